/* What the runtime tells in the comments of its files, for all that read them.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_PPROF_COMMENTS_H
#define PGOINLINE_TOOL_PPROF_COMMENTS_H

/* Numbers that the runtime's comments tell (runtime/pprof-write.h) and that add up.  All are losses but the branch records; the
   first two are told without a burst recorder, too.  */
enum pprof_sum
{
  PPROF_LOST,
  PPROF_OVERFLOW,
  PPROF_BRANCH_RECORDS,
  PPROF_BRANCH_LOST,
  PPROF_BRANCH_OVERFLOW,
  PPROF_N_SUMS
};
/* The comments' beginnings, "lost: " and so on.  */
extern const char *const pprof_sum_keys[PPROF_N_SUMS];

#endif
