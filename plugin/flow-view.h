/* The current function as core's integer-indexed arrays, and core's counts back into it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_FLOW_VIEW_H
#define PGOINLINE_PLUGIN_FLOW_VIEW_H

#include "plugin/core.h"

/* Blocks are numbered as in the CFG (entry 0, exit 1, gaps where GCC has none); edges in the order of
   their source blocks.  */
struct pgo_flow_view
{
  auto_vec<struct pgo_context> contexts;
  auto_vec<struct pgo_statement> statements;
  auto_vec<struct pgo_flow_edge> edges;
  auto_vec<edge> cfg_edges;     /* The same edges in GCC.  */
  uint32_t n_blocks;
};

/* Fill VIEW (empty) from cfun.  */
void pgo_flow_view_build (struct pgo_flow_view *view);

/* Only n_blocks and edges of it.  */
void pgo_flow_view_edges (struct pgo_flow_view *view);

/* A checksum of the shape of cfun's CFG: blocks and edges, not code.  */
uint64_t pgo_flow_view_checksum (const struct pgo_flow_view *view);

/* The innermost scope at or around BLOCK that is the body of an inlined call, or NULL_TREE.  */
tree pgo_inlined_scope (tree block);
/* The function that an inlined SCOPE is the body of, or NULL_TREE.  */
tree pgo_scope_function (tree scope);
/* The key of LOC in FNDECL, as it was before LOC was marked.  */
struct pgo_location pgo_source_location (location_t loc, int discriminator, tree fndecl);
/* Where LOC of cfun is, as attributes of the report's element: the function "in" whose inlined body it is, and the line offset
   and column "at" which.  */
void pgo_report_place (struct pgo_report *report, location_t loc);

#endif
