/* What the passes around GCC's inliners share: orders from outside, the report, GCC's channels.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_PASS_INLINE_H
#define PGOINLINE_PLUGIN_PASS_INLINE_H

#include "plugin/core.h"

/* Open the file of option replay, if there is one; false if it could not be: the compilation has failed.  */
bool pgo_open_orders (void);
/* Whether there are orders: of a replay file or at random.  */
bool pgo_has_orders (void);
/* What they say of the call with ID.  */
enum pgo_call_order pgo_order_for (const char *id);
/* The same, to be obeyed by the early inliner.  */
#define PGO_EARLY_SUFFIX " (early)"
enum pgo_call_order pgo_order_for_early (const char *id);

/* Report a call; GCC is what GCC's own inliner did.  */
void pgo_report_call (const char *stage, const char *id, enum pgo_call_reason reason, const char *gcc,
                      const struct pgo_call_edge *call);
/* Tell GCC's channels of the decision on E.  */
void pgo_say_call (enum pgo_call_reason reason, cgraph_edge *e);

/* Keep E from GCC's inliners.  */
void pgo_refuse_call (cgraph_edge *e);

#endif
