/* Where an indirect call went.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_CALL_TARGETS_H
#define PGOINLINE_CORE_CALL_TARGETS_H

#include "core/profile.h"

/* The targets of one call that may be promoted: each guard costs a compare and a branch.  */
#define PGO_TARGETS_MAX 3
/* Least share of the call's executions of such a target, in percent: a guard that seldom holds is in the way.  */
#define PGO_TARGET_SHARE 20

struct pgo_call_target
{
  const char *callee, *callee_file;     /* As in struct pgo_call.  */
  uint64_t weight;
};

/* The targets of the call at AT of INSTANCE, whatever its discriminator, that have the least share and more,
   heaviest first, then by name: how many are in TARGETS.  *TOTAL is the weight of all.  With fewer than MIN_SAMPLES
   samples of the call there are none.  */
uint32_t pgo_call_targets (const struct pgo_instance *instance, struct pgo_location at, uint64_t min_samples,
                           struct pgo_call_target targets[PGO_TARGETS_MAX], uint64_t *total);

#endif
