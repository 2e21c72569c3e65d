/* The unit's call graph as core's integer-indexed arrays, while IPA summaries are there.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_CALL_VIEW_H
#define PGOINLINE_PLUGIN_CALL_VIEW_H

#include "plugin/core.h"

/* Functions that stand out of line, in the compiler's order; their calls that are not inlined, those of calls
   inlined into them included, function by function.  */
struct pgo_call_view
{
  auto_vec<struct pgo_call_function> functions;
  auto_vec<cgraph_node *> nodes;        /* The same in GCC.  */
  auto_vec<struct pgo_call_edge> edges;
  auto_vec<cgraph_edge *> calls;        /* The same in GCC.  */
};

/* Fill VIEW (empty) from the symbol table.  */
void pgo_call_view_build (struct pgo_call_view *view);

/* Fill VIEW (empty) with the calls of NODE before there are counts: what is known of a call by itself, and its growth.
   Functions are not listed, nor numbered.  */
void pgo_call_view_build_early (struct pgo_call_view *view, cgraph_node *node);

/* Whether attributes, options and the language let E, which has a callee, be inlined.  */
bool pgo_call_possible (cgraph_edge *e);

#endif
