/* Minimum-cost circulation on a directed graph, by the primal network simplex method.

   Deterministic: arcs are priced in the order given, ties broken by that order.  Every intermediate
   flow is feasible, so that stopping early yields a valid, if not cheapest, circulation.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_NETFLOW_H
#define PGOINLINE_CORE_NETFLOW_H

#include <stdbool.h>
#include <stdint.h>

/* No bound on an arc's flow.  */
#define PGO_NETFLOW_UNBOUNDED (INT64_MAX / 4)

/* An arc from node TAIL to node HEAD that carries 0 … CAPACITY units at COST each.  Costs stay below
   2^40 in absolute value, so that sums along a path of 2^20 arcs do not overflow.  */
struct pgo_arc
{
  uint32_t tail, head;
  int64_t capacity;
  int64_t cost;
};

enum pgo_netflow_result
{
  PGO_NETFLOW_OPTIMAL,
  PGO_NETFLOW_LIMIT,            /* MAX_PIVOTS reached: feasible, perhaps not cheapest.  */
  PGO_NETFLOW_UNBOUNDED_COST    /* A cycle of negative cost without a bound: the caller's error.  */
};

/* Find a cheapest circulation.  ARCS (N_ARCS of them, nodes 0 … N_NODES - 1) are read; FLOW[i] is set for
   each.  *PIVOTS, if not NULL, is set to the number of steps taken.  Work: pricing O(N_ARCS) at worst
   and O(N_NODES) a pivot; in practice a small multiple of N_ARCS pivots with short paths.  */
enum pgo_netflow_result pgo_min_cost_circulation (uint32_t n_nodes, const struct pgo_arc *arcs,
                                                  uint32_t n_arcs, uint64_t max_pivots,
                                                  int64_t *flow, uint64_t *pivots);

#endif
