/* What a recording wrote: the file that was asked for, and beside it those of other processes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_RECORD_FILES_H
#define PGOINLINE_TOOL_RECORD_FILES_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct record_file
{
  char *path;
  uint64_t inode;
  int64_t size, seconds, nanoseconds; /* Of the last change.  */
};

struct record_files
{
  struct record_file *files;    /* Sorted: the one asked for first, then by process id.  */
  size_t n_files, room_files;
};

/* The files that a recording to PATH may have made by now: PATH itself and STEM.PID[ENDING], where ENDING is
   SUFFIX if PATH ends in that, and STEM is what is before it.  Free with record_files_free.  */
void record_files_list (const char *path, const char *suffix, struct record_files *);
/* Take those out of AFTER that are in BEFORE and haven't changed.  */
void record_files_subtract (struct record_files *after, const struct record_files *before);
void record_files_free (struct record_files *);

/* What a file of samples says of itself.  */
struct record_summary
{
  uint64_t clock, branch_records; /* Observations of each kind.  */
  uint64_t lost;                /* With what found the table full.  */
  char engine[16];
  char hz[64];                  /* "997 asked, 992.275 achieved".  */
  char note[256];               /* The first remark, or "".  */
};

bool record_summary_read (const char *path, struct record_summary *, struct pgo_status *status);

#endif
