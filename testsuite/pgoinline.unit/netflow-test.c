/* Minimum-cost circulations, against drawn answers and, on small random graphs, against brute force.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/netflow.h"
#include "testsuite/lib/unit.h"

#include <string.h>

static uint64_t state = 88172645463325252;
static uint32_t
next (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11);
}

static bool
feasible (const struct pgo_arc *arcs, uint32_t n, const int64_t *flow)
{
  int64_t balance[16] = { 0 };
  for (uint32_t i = 0; i < n; i++)
    {
      if (flow[i] < 0 || flow[i] > arcs[i].capacity)
        return false;
      balance[arcs[i].tail] -= flow[i];
      balance[arcs[i].head] += flow[i];
    }
  for (unsigned v = 0; v < 16; v++)
    if (balance[v])
      return false;
  return true;
}

static int64_t
cost (const struct pgo_arc *arcs, uint32_t n, const int64_t *flow)
{
  int64_t sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += arcs[i].cost * flow[i];
  return sum;
}

/* The least cost of all circulations with flows 0 … capacity, by trying them.  */
static int64_t
brute_force (const struct pgo_arc *arcs, uint32_t n)
{
  int64_t flow[16] = { 0 }, best = 0;
  for (;;)
    {
      uint32_t i = 0;
      while (i < n && flow[i] == arcs[i].capacity)
        flow[i++] = 0;
      if (i == n)
        return best;
      flow[i]++;
      if (feasible (arcs, n, flow) && cost (arcs, n, flow) < best)
        best = cost (arcs, n, flow);
    }
}

int
main (void)
{
  /* 0 →(earns 3, at most 5) 1 → 2 → 0, two ways from 1 to 2: one cheap and narrow.  */
  static const struct pgo_arc arcs[] = {
    { 0, 1, 5, -3 }, { 1, 2, 2, 1 }, { 1, 2, PGO_NETFLOW_UNBOUNDED, 2 }, { 2, 0, PGO_NETFLOW_UNBOUNDED, 0 },
  };
  int64_t flow[16];
  uint64_t pivots;
  CHECK ("drawn: optimal", pgo_min_cost_circulation (3, arcs, 4, 1000, flow, &pivots) == PGO_NETFLOW_OPTIMAL);
  CHECK ("drawn: the cheap way first", flow[0] == 5 && flow[1] == 2 && flow[2] == 3 && flow[3] == 5);
  CHECK ("limit: feasible", pgo_min_cost_circulation (3, arcs, 4, 1, flow, &pivots) == PGO_NETFLOW_LIMIT
                            && feasible (arcs, 4, flow) && pivots == 1);

  static const struct pgo_arc endless[] = { { 0, 1, PGO_NETFLOW_UNBOUNDED, -1 }, { 1, 0, PGO_NETFLOW_UNBOUNDED, 0 } };
  CHECK ("an endless gain is refused",
         pgo_min_cost_circulation (2, endless, 2, 1000, flow, NULL) == PGO_NETFLOW_UNBOUNDED_COST);
  static const struct pgo_arc loop[] = { { 0, 0, 7, -1 }, { 0, 0, 7, 1 } };
  CHECK ("an arc to itself", pgo_min_cost_circulation (1, loop, 2, 1000, flow, NULL) == PGO_NETFLOW_OPTIMAL
                             && flow[0] == 7 && flow[1] == 0);
  CHECK ("no arc", pgo_min_cost_circulation (3, NULL, 0, 1000, flow, NULL) == PGO_NETFLOW_OPTIMAL);

  bool right = true, valid = true;
  for (unsigned round = 0; round < 2000; round++)
    {
      struct pgo_arc random[8];
      uint32_t nodes = 2 + next () % 4, n = 1 + next () % 7;
      for (uint32_t i = 0; i < n; i++)
        random[i] = (struct pgo_arc) { next () % nodes, next () % nodes, next () % 4, (int64_t) (next () % 11) - 6 };
      right &= pgo_min_cost_circulation (nodes, random, n, 100000, flow, NULL) == PGO_NETFLOW_OPTIMAL;
      valid &= feasible (random, n, flow);
      right &= cost (random, n, flow) == brute_force (random, n);
    }
  CHECK ("random: feasible", valid);
  CHECK ("random: as cheap as brute force", right);
  return unit_done ();
}
