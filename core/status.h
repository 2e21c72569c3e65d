/* Errors as values.  core never prints and never exits: a function that can fail takes a
   struct pgo_status, fills it at the first failure and returns false.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_STATUS_H
#define PGOINLINE_CORE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/* What went wrong: FILE ("" if none), LINE in it (0 if none) and one line of MESSAGE without a
   newline.  Zero-initialise before use; after a success the contents are unchanged.  Owns nothing.  */
struct pgo_status
{
  unsigned line;
  char file[256];
  char message[512];
};

/* Fill STATUS from FILE (may be NULL), LINE and a printf format.  Always returns false, so that
   callers can `return pgo_fail (...)`.  Texts too long are cut.  */
bool pgo_fail (struct pgo_status *status, const char *file, unsigned line, const char *format, ...)
  __attribute__ ((format (printf, 4, 5)));

/* Write "FILE:LINE: MESSAGE" (without what is absent) into BUFFER of SIZE bytes; return BUFFER.  */
char *pgo_status_text (const struct pgo_status *status, char *buffer, size_t size);

#endif
