/* The samples of several processes in one file.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_PPROF_MERGE_H
#define PGOINLINE_TOOL_PPROF_MERGE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Write to OUT the samples of the N files at PATHS, all by one runtime.  Equal mappings, locations and stacks
   become one.  Losses and times of the comments are summed up; the duration is the longest.  Each remark
   remains once.  False and STATUS if a file is damaged or has other sample types than the first, or OUT
   can't be written; OUT is then as it was.  */
bool pprof_merge (const char *const *paths, size_t n, const char *out, struct pgo_status *status);

#endif
