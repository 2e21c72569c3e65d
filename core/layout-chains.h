/* Chains of blocks: what block-layout.c sets up and layout-chains.c merges.  Private to these two.

   Blocks are numbered by their place in the order given, which so decides all ties.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_LAYOUT_CHAINS_H
#define PGOINLINE_CORE_LAYOUT_CHAINS_H

#include <stdbool.h>
#include <stdint.h>

/* Value of a traversal of an edge that is worth 1.  */
#define PGO_CHAIN_VALUE_UNIT 100000

/* Sums of values of all edges must stay below 2^62: counts add up to less than 2 to this.  */
#define PGO_CHAIN_COUNT_BITS 44

#define PGO_CHAIN_NONE UINT32_MAX

/* A number of other chains, and the most that their edges with this one can be worth.  */
struct pgo_chain_link
{
  uint32_t chain;
  int64_t bound;
};

struct pgo_chain
{
  uint32_t *blocks; /* In order.  */
  uint32_t n_blocks, size_bytes;
  uint32_t stamp; /* Changes with the chain; UINT32_MAX: merged away.  */
  struct pgo_chain_link *links;
  uint32_t n_links;
};

enum pgo_chain_way
{
  X_Y,
  X1_Y_X2,
  Y_X2_X1,
  X2_X1_Y
};

struct pgo_chain_candidate
{
  int64_t gain; /* Or its upper bound, if not EXACT.  */
  uint32_t x, y, x_stamp, y_stamp;
  uint32_t cut; /* Blocks of X1.  */
  enum pgo_chain_way way;
  bool exact;
};

struct pgo_chain_edge
{
  uint32_t src, dst;
  int64_t count;
  bool can_fall, conditional;
};

struct pgo_chain_layout
{
  uint32_t n_blocks, n_edges;
  uint32_t *size_bytes;
  uint64_t *count;
  struct pgo_chain_edge *edges; /* Without those that never ran and those from a block to itself.  */
  uint32_t *first_end, *ends;   /* Edges at block B: ends[first_end[B]] … ends[first_end[B + 1]].  */
  uint32_t (*falls)[2];         /* A block's edges that can fall, NONE after the last.  */
  uint32_t *chain_of, *place, *address; /* Of a block: its chain, its index and offset in bytes there.  */
  struct pgo_chain *chains;
  struct pgo_chain_candidate *heap;
  uint32_t n_heap, room_heap;
  uint32_t *between; /* Scratch: edges between two chains.  */
  uint32_t *link_at; /* Scratch of join_links: index + 1 by chain; 0 when not in use.  */
  bool first_is_fixed;
  uint64_t work, work_limit;
};

/* Value of one traversal of E from code that ends at END to code at START.  */
int64_t pgo_chain_edge_value (const struct pgo_chain_edge *e, uint32_t end, uint32_t start);
/* Value of all its traversals if it fell through, or jumped no distance.  */
int64_t pgo_chain_greatest_value (const struct pgo_chain_edge *e);

/* Whether CHAIN holds the block that must come first.  */
bool pgo_chain_is_first (const struct pgo_chain_layout *, uint32_t chain);
/* Set what is kept of each block of CHAIN: its chain, place and address.  */
void pgo_chain_place_blocks (struct pgo_chain_layout *, uint32_t chain);
/* Make A and B, whose edges are worth BOUND at most, candidates for merging.  */
void pgo_chain_push_bound (struct pgo_chain_layout *, uint32_t a, uint32_t b, int64_t bound);
/* Merge candidates, best first, until nothing gains.  False if the bound on work was met before.  */
bool pgo_chain_merge_all (struct pgo_chain_layout *);

#endif
