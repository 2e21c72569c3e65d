/* Promotion of indirect calls, on behalf of the passes that annotate and inline.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_PASS_PROMOTE_H
#define PGOINLINE_PLUGIN_PASS_PROMOTE_H

#include "plugin/core.h"

/* Give each hot indirect call guarded direct calls of the targets that the profile knows.  */
void pgo_promote_calls (void);
/* The targets of E, an indirect call with a statement, that the profile has at its place, as pgo_call_targets.  */
uint32_t pgo_profiled_targets (cgraph_edge *e, struct pgo_call_target targets[PGO_TARGETS_MAX], uint64_t *total);
/* Whether E, an indirect call, may be promoted and is not.  */
bool pgo_may_promote (cgraph_edge *e);
/* GCC keeps sums over the calls of a function: make them anew for the one that NODE is, or is inlined into.  */
void pgo_calls_changed (cgraph_node *node);

/* For link-time optimisation (promote-units.cc).  NODE, the current function, has counts: note what its indirect
   calls go to.  */
void pgo_note_targets (cgraph_node *node);
/* Promote again what GCC's inliner has taken back.  */
void pgo_promote_known (void);

/* Take back those that were not inlined.  */
void pgo_promote_finish (void);

#endif
