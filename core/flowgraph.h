/* The control-flow graph of one function as inference sees it, and the counts it gives back.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_FLOWGRAPH_H
#define PGOINLINE_CORE_FLOWGRAPH_H

#include <stdbool.h>
#include <stdint.h>

/* Block 0 is the entry, block 1 the exit; neither holds statements.  */
#define PGO_FLOW_ENTRY 0
#define PGO_FLOW_EXIT 1

/* Full trust, in thousandths.  */
#define PGO_TRUST_FULL 1000

/* PROBABILITY (0 … 1) is the static estimate that control leaves SRC by this edge.  The estimates of a
   block need not add up to 1; they are normalised.  */
struct pgo_flow_edge
{
  uint32_t src, dst;
  double probability;
};

/* A witness: the count of block (or, if IS_EDGE, edge) INDEX is about VALUE.  UNDER and OVER say how much
   it is to be trusted against a smaller and a greater count, 0 (not at all) … PGO_TRUST_FULL; a witness
   of something hoisted, say, has a trustworthy upper bound only.  An object may have many witnesses.  */
struct pgo_flow_evidence
{
  uint32_t index;
  bool is_edge;
  uint64_t value;
  uint32_t under, over;
};

struct pgo_flowgraph
{
  uint32_t n_blocks, n_edges, n_evidence;
  const struct pgo_flow_edge *edges;
  const struct pgo_flow_evidence *evidence;
};

/* BLOCK[n_blocks], EDGE[n_edges]: provided by the caller.  */
struct pgo_flow_counts
{
  uint64_t *block, *edge;
};

enum pgo_infer_result
{
  PGO_INFER_NOTHING,            /* No witness: the counts are untouched.  */
  PGO_INFER_DONE,
  PGO_INFER_LIMITED             /* The bound on work was met: conserved, not the best fit.  */
};

/* Give every block and edge a count such that flow is conserved: a block's count equals the sum of its
   incoming and the sum of its outgoing edges' (blocks without successors lead to the exit, the exit leads
   back to the entry).  Consistent evidence is reproduced exactly; otherwise the weighted sum of relative
   deviations is least.  What no witness speaks of follows the static estimate.  With values above 2^48 all
   counts are multiples of a power of two.  Deterministic.  */
enum pgo_infer_result pgo_infer (const struct pgo_flowgraph *graph, struct pgo_flow_counts *counts);

/* How far COUNTS are from the evidence of GRAPH: the deviations from its witnesses by the greater of what they
   say and what was counted, both weighed by trust, in thousandths.  0 is agreement, 1000 none at all.  */
uint32_t pgo_infer_disagreement (const struct pgo_flowgraph *graph, const struct pgo_flow_counts *counts);

#endif
