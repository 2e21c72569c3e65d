/* Block layout: the order of a function's blocks in which control falls through most, and jumps short.

   The measure is the Extended TSP score (Newell and Pupyrev, "Improved Basic Block Reordering", IEEE
   Transactions on Computers 2020): every traversal of an edge earns 1 if it falls through, and up to 0.1,
   less by distance, if it jumps to code that is likely in the same or the next cache lines.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_BLOCK_LAYOUT_H
#define PGOINLINE_CORE_BLOCK_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Control goes COUNT times from block SRC to block DST.  CAN_FALL: the edge needs no jump if DST is laid out
   behind SRC.  CONDITIONAL: the jump it else needs is a conditional one, or shares its block with one.  */
struct pgo_layout_edge
{
  uint32_t src, dst;
  uint64_t count;
  bool can_fall, conditional;
};

/* SIZE_BYTES and COUNT (executions) for each block.  FIRST_IS_FIXED: the first block of the order that is given
   stays the first.  */
struct pgo_layout_graph
{
  uint32_t n_blocks, n_edges;
  const uint32_t *size_bytes;
  const uint64_t *count;
  const struct pgo_layout_edge *edges;
  bool first_is_fixed;
};

/* What an order is worth.  Counts are in units of 1 / PGO_LAYOUT_UNIT traversals, saturating.  */
#define PGO_LAYOUT_UNIT 1000
struct pgo_layout_figures
{
  uint64_t score;               /* Extended TSP.  */
  uint64_t conditional;         /* Traversals of edges out of conditional jumps … */
  uint64_t taken;               /* … and of those that take the jump.  */
};

enum pgo_layout_result
{
  PGO_LAYOUT_KEPT,              /* No better order was found: ORDER is untouched.  */
  PGO_LAYOUT_BETTER,
  PGO_LAYOUT_LIMITED            /* Better, but the bound on work was met.  */
};

/* The figures of ORDER, a permutation of the blocks.  */
void pgo_layout_measure (const struct pgo_layout_graph *graph, const uint32_t *order,
                         struct pgo_layout_figures *figures);

/* Replace ORDER by one of a greater score, if one is found.  BEFORE and AFTER are the figures of the order given
   and of that returned.  Blocks that did not run keep their order, behind the others.  Work: near-linear in
   practice; bounded by a multiple of the size of the graph, beyond which chains are joined along their heaviest
   edges without splitting any.  Deterministic; ties go to the order given.  */
enum pgo_layout_result pgo_layout_improve (const struct pgo_layout_graph *graph, uint32_t *order,
                                           struct pgo_layout_figures *before, struct pgo_layout_figures *after);

#endif
