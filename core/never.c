/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/match.h"

/* Records of a block from which on a way out of it that none of them took is taken for one that is never taken.
   Chosen by measurement (docs/algorithms.md, "Annotation"); by the rule of three such a way is taken less often than once
   in 6,600 times, with 95% confidence.  */
#define COVERED_BLOCK_RECORDS 20000

void
pgo_match_never (const struct pgo_match *match, const struct pgo_flowgraph *graph, const struct pgo_flow_counts *counts,
                 bool *never)
{
  for (uint32_t b = 0; b < graph->n_blocks; b++)
    never[b] = match->records_per_count > 0 && b != PGO_FLOW_ENTRY && b != PGO_FLOW_EXIT && counts->block[b] == 0;
  /* A block is reached if one of the ways to it may be taken.  */
  for (bool changed = match->records_per_count > 0; changed;)
    {
      changed = false;
      for (uint32_t e = 0; e < graph->n_edges; e++)
        {
          uint32_t src = graph->edges[e].src, dst = graph->edges[e].dst;
          bool covered = never[src] || (double) counts->block[src] * match->records_per_count >= COVERED_BLOCK_RECORDS;
          if (never[dst] && !covered)
            {
              never[dst] = false;
              changed = true;
            }
        }
    }
}
