/* How far a command is, as a bar on standard error.

   Only where standard error is a terminal, only once the command has taken PROGRESS_AFTER_MS (progress.c), and wiped
   when it is done or fails, so that what stays on the screen is the same with and without.  PGOINLINE_PROGRESS=off has
   none, PGOINLINE_PROGRESS=now has it from the start.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_PROGRESS_H
#define PGOINLINE_TOOL_PROGRESS_H

#include <stdint.h>

/* What follows is WHAT, TOTAL of it, in any unit; the text must live until the next call of this.  */
void pgo_progress_begin (const char *what, uint64_t total);
/* So much of it is done.  Cheap enough for a call every thousand steps or so.  */
void pgo_progress_reach (uint64_t done);
/* What follows is done; what stands on the terminal's line is wiped.  Without effect if there is nothing.  */
void pgo_progress_end (void);

/* OFFSET bytes of the file PATH, as it is stored, have been read.  The first for a PATH, or an offset less than the one
   before, begins anew.  */
void pgo_progress_read (const char *path, uint64_t offset);

#endif
