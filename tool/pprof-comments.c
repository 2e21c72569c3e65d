/* See pprof-comments.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/pprof-comments.h"

const char *const pprof_sum_keys[PPROF_N_SUMS] = {
  [PPROF_LOST] = "lost: ", [PPROF_OVERFLOW] = "overflow: ", [PPROF_BRANCH_RECORDS] = "branch-records: ",
  [PPROF_BRANCH_LOST] = "branch-lost: ", [PPROF_BRANCH_OVERFLOW] = "branch-overflow: "
};
