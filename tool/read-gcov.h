/* gcov's JSON (gcov --json-format, or its .gcov.json.gz): exact counts by line.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_READ_GCOV_H
#define PGOINLINE_TOOL_READ_GCOV_H

#include "core/profile.h"

struct gcov
{
  struct pgo_profile *profile;  /* Not normalised; functions have their source's base name as file.  */
  uint64_t lines, unknown;      /* Executions of lines; those of them of lines that belong to no function.  */
};

/* Read PATH; false and STATUS if it is malformed, or tells of no function.  */
bool gcov_read (const char *path, struct gcov *gcov, struct pgo_status *status);

/* gcov doesn't tell which functions are visible outside their unit: in PROFILE, let those by line keep their file
   only where several files have a function of one name.  */
void gcov_settle_files (struct pgo_profile *profile);

#endif
