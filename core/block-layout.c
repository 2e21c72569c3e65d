/* Extended TSP by greedy merging of chains, after Newell and Pupyrev (2020).

   Every block begins as a chain.  The two chains whose merging gains most are merged, until nothing gains.  Two
   chains X and Y merge as X Y; or Y is put into X, or X, cut in two, is turned round Y:

       X1 Y X2        Y X2 X1        X2 X1 Y

   The last two rotate loops.  X is cut anywhere if it is short; else where Y can then fall through from or into it, if
   that can make up for the fall-through that is cut.  What a cut changes is told by the edges that cross it and are
   shorter than the reach of a jump's value, so its cost does not depend on the length of the chain.

   Candidates wait in a heap under an upper bound, the value of all their edges if they fell through, and are worked
   out only when they come to its top.  (Turning X may gain more than that by itself; then it is found later.)

   Positions: blocks are numbered by their place in the order given, which so decides all ties.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/block-layout.h"
#include "core/alloc.h"

#include <stdlib.h>
#include <string.h>

/* Value of a traversal, VALUE_UNIT being 1: falling through from a conditional jump; needing no jump at all; a jump of
   distance 0.  A jump is worth less in proportion to its distance, and nothing from the given one on.  By Newell and
   Pupyrev (2020), tuned there for x86-64; the more for an unconditional fall-through is LLVM's (CodeLayout.cpp).  */
#define VALUE_UNIT 100000
#define VALUE_FALL_CONDITIONAL 100000
#define VALUE_FALL 105000
#define VALUE_JUMP 10000
#define REACH_FORWARD_BYTES 1024
#define REACH_BACKWARD_BYTES 640

/* Chains longer than this, in blocks, are cut only where the other chain falls through.  luaV_execute, 505 blocks:
   with 0, 16 and 128 (LLVM's) the score is 8.240, 8.240 and 8.253 million, the work as 1, 1.4 and 15; the share of
   jumps taken is the same.  */
#define SPLIT_MAX 16

/* Edges looked at, for each block and edge of the graph, before the simple method takes over.  */
#define WORK_FACTOR 5000

/* Sums of values of all edges stay below 2^62: counts add up to less than 2^44.  */
#define COUNT_BITS 44

#define NONE UINT32_MAX

/* A number of other chains, and the most that their edges with this one can be worth.  */
struct link
{
  uint32_t chain;
  int64_t bound;
};

struct chain
{
  uint32_t *blocks;             /* In order.  */
  uint32_t n_blocks, size_bytes;
  uint32_t stamp;               /* Changes with the chain; UINT32_MAX: merged away.  */
  struct link *links;
  uint32_t n_links;
};

enum way { X_Y, X1_Y_X2, Y_X2_X1, X2_X1_Y };

struct candidate
{
  int64_t gain;                 /* Or its upper bound, if not EXACT.  */
  uint32_t x, y, x_stamp, y_stamp;
  uint32_t cut;                 /* Blocks of X1.  */
  enum way way;
  bool exact;
};

struct edge
{
  uint32_t src, dst;
  int64_t count;
  bool can_fall, conditional;
};

struct layout
{
  uint32_t n_blocks, n_edges;
  uint32_t *size_bytes;
  uint64_t *count;
  struct edge *edges;           /* Without those that never ran and those from a block to itself.  */
  uint32_t *first_end, *ends;   /* Edges at block B: ends[first_end[B]] … ends[first_end[B + 1]].  */
  uint32_t (*falls)[2];         /* A block's edges that can fall, NONE after the last.  */
  uint32_t *chain_of, *place, *address; /* Of a block: its chain, its index and offset in bytes there.  */
  struct chain *chains;
  struct candidate *heap;
  uint32_t n_heap, room_heap;
  uint32_t *between;            /* Scratch: edges between two chains.  */
  uint32_t *link_at;            /* Scratch of join_links: index + 1 by chain; 0 when not in use.  */
  bool first_is_fixed;
  uint64_t work, work_limit;
};

/* Value of one traversal from code that ends at END to code at START.  */
static int64_t
edge_value (const struct edge *e, uint32_t end, uint32_t start)
{
  if (end == start)
    return !e->can_fall ? VALUE_JUMP : e->conditional ? VALUE_FALL_CONDITIONAL : VALUE_FALL;
  if (start > end)
    {
      uint32_t distance = start - end;
      return distance < REACH_FORWARD_BYTES ? VALUE_JUMP - (int64_t) VALUE_JUMP * distance / REACH_FORWARD_BYTES : 0;
    }
  uint32_t distance = end - start;
  return distance < REACH_BACKWARD_BYTES ? VALUE_JUMP - (int64_t) VALUE_JUMP * distance / REACH_BACKWARD_BYTES : 0;
}

/* Value of all its traversals if it fell through, or jumped no distance.  */
static int64_t
greatest_value (const struct edge *e)
{
  return e->count * (!e->can_fall ? VALUE_JUMP : e->conditional ? VALUE_FALL_CONDITIONAL : VALUE_FALL);
}

/* Where the pieces of X and Y begin when they are merged in a certain way.  */
struct arrangement
{
  uint32_t x1, x2, y;           /* Addresses; X2 stands for what begins at CUT in X.  */
  uint32_t cut;                 /* Blocks, and … */
  uint32_t cut_address;         /* … bytes.  */
};

static uint32_t
moved_address (const struct layout *l, const struct arrangement *a, uint32_t x, uint32_t block)
{
  if (l->chain_of[block] != x)
    return a->y + l->address[block];
  if (l->place[block] < a->cut)
    return a->x1 + l->address[block];
  return a->x2 + (l->address[block] - a->cut_address);
}

static int64_t
moved_value (const struct layout *l, const struct arrangement *a, uint32_t x, const struct edge *e)
{
  return e->count * edge_value (e, moved_address (l, a, x, e->src) + l->size_bytes[e->src],
                                moved_address (l, a, x, e->dst));
}

static struct arrangement
arrange (const struct layout *l, const struct candidate *c)
{
  const struct chain *x = &l->chains[c->x], *y = &l->chains[c->y];
  uint32_t x1_size = c->cut < x->n_blocks ? l->address[x->blocks[c->cut]] : x->size_bytes;
  uint32_t x2_size = x->size_bytes - x1_size;
  struct arrangement a = { .cut = c->cut, .cut_address = x1_size };
  switch (c->way)
    {
    case X_Y:
      a.y = x->size_bytes;
      break;
    case X1_Y_X2:
      a.y = x1_size;
      a.x2 = x1_size + y->size_bytes;
      break;
    case Y_X2_X1:
      a.x2 = y->size_bytes;
      a.x1 = y->size_bytes + x2_size;
      break;
    case X2_X1_Y:
      a.x1 = x2_size;
      a.y = x->size_bytes;
      break;
    }
  return a;
}

/* The value that the edges between X1 and X2 have, as X is now (A NULL), or in arrangement A: those with an end in the
   blocks FROM … TO - 1, all of X1.  */
static int64_t
crossing_value (struct layout *l, uint32_t x, uint32_t from, uint32_t to, const struct arrangement *a, uint32_t cut)
{
  int64_t sum = 0;
  const struct chain *chain = &l->chains[x];
  for (uint32_t i = from; i < to; i++)
    {
      uint32_t block = chain->blocks[i];
      for (uint32_t j = l->first_end[block]; j < l->first_end[block + 1]; j++)
        {
          const struct edge *e = &l->edges[l->ends[j]];
          uint32_t other = e->src == block ? e->dst : e->src;
          if (l->chain_of[other] != x || l->place[other] < cut)
            continue;
          sum += a ? moved_value (l, a, x, e)
                   : e->count * edge_value (e, l->address[e->src] + l->size_bytes[e->src], l->address[e->dst]);
        }
      l->work += l->first_end[block + 1] - l->first_end[block] + 1;
    }
  return sum;
}

/* Gain of X's own edges when it is cut and put together as C says.  */
static int64_t
cut_gain (struct layout *l, const struct candidate *c, const struct arrangement *a)
{
  const struct chain *x = &l->chains[c->x];
  /* An edge across the cut has its end in X1 within reach of the cut, or of the beginning, if X1 comes last.  */
  uint32_t near = c->cut, head = 0;
  while (near > 0)
    {
      uint32_t block = x->blocks[near - 1];
      if (a->cut_address - (l->address[block] + l->size_bytes[block]) >= REACH_FORWARD_BYTES)
        break;
      near--;
    }
  int64_t now = crossing_value (l, c->x, near, c->cut, NULL, c->cut);
  if (c->way == X1_Y_X2)
    return crossing_value (l, c->x, near, c->cut, a, c->cut) - now;
  while (head < c->cut && l->address[x->blocks[head]] < REACH_FORWARD_BYTES)
    head++;
  return crossing_value (l, c->x, 0, head, a, c->cut) - now;
}

/* Value of falling through from BLOCK to NEXT.  */
static int64_t
fall_value (const struct layout *l, uint32_t block, uint32_t next)
{
  int64_t sum = 0;
  for (uint32_t i = 0; i < 2 && l->falls[block][i] != NONE; i++)
    {
      const struct edge *e = &l->edges[l->falls[block][i]];
      if (e->dst == next)
        sum += greatest_value (e);
    }
  return sum;
}

/* Make BEST the better of itself and of merging as C says; BETWEEN are the N edges between the two.  */
static void
consider (struct layout *l, struct candidate *c, enum way way, uint32_t cut, uint32_t n, struct candidate *best)
{
  c->way = way;
  c->cut = cut;
  struct arrangement a = arrange (l, c);
  c->gain = way == X_Y ? 0 : cut_gain (l, c, &a);
  for (uint32_t i = 0; i < n; i++)
    c->gain += moved_value (l, &a, c->x, &l->edges[l->between[i]]);
  l->work += n + 1;
  if (c->gain > best->gain)
    *best = *c;
}

/* Whether CHAIN holds the block that must come first.  */
static bool
is_first (const struct layout *l, uint32_t chain)
{
  return l->first_is_fixed && l->chain_of[0] == chain;
}

/* Consider cutting X, if it can be worth more than BEST: BOUND is the most that the edges between X and Y are.  */
static void
consider_cut (struct layout *l, struct candidate *c, enum way way, uint32_t cut, uint32_t n, int64_t bound,
              struct candidate *best)
{
  const uint32_t *blocks = l->chains[c->x].blocks;
  if (bound - fall_value (l, blocks[cut - 1], blocks[cut]) > best->gain)
    consider (l, c, way, cut, n, best);
}

/* The ways to merge X and Y with X before or around Y.  */
static void
consider_around (struct layout *l, uint32_t x, uint32_t y, uint32_t n, int64_t bound, struct candidate *best)
{
  const struct chain *cx = &l->chains[x], *cy = &l->chains[y];
  struct candidate c = { .x = x, .y = y, .x_stamp = cx->stamp, .y_stamp = cy->stamp, .exact = true };
  if (is_first (l, y))
    {
      /* Only Y X2 X1 begins with Y; Y X is considered the other way round.  */
      if (l->work > l->work_limit)
        return;
      uint32_t last = cy->blocks[cy->n_blocks - 1];
      for (uint32_t i = 0; i < n; i++)
        {
          const struct edge *e = &l->edges[l->between[i]];
          if (e->can_fall && e->src == last && l->place[e->dst] > 0)
            consider_cut (l, &c, Y_X2_X1, l->place[e->dst], n, bound, best);
        }
      return;
    }
  consider (l, &c, X_Y, cx->n_blocks, n, best);
  if (l->work > l->work_limit || cx->n_blocks < 2)
    return;
  bool fixed = is_first (l, x);
  if (cx->n_blocks <= SPLIT_MAX)
    {
      for (uint32_t cut = 1; cut < cx->n_blocks; cut++)
        {
          consider (l, &c, X1_Y_X2, cut, n, best);
          if (!fixed)
            {
              consider (l, &c, Y_X2_X1, cut, n, best);
              consider (l, &c, X2_X1_Y, cut, n, best);
            }
        }
      return;
    }
  uint32_t first = cy->blocks[0], last = cy->blocks[cy->n_blocks - 1];
  for (uint32_t i = 0; i < n; i++)
    {
      const struct edge *e = &l->edges[l->between[i]];
      if (!e->can_fall)
        continue;
      if (e->dst == first && l->place[e->src] + 1 < cx->n_blocks)
        {
          consider_cut (l, &c, X1_Y_X2, l->place[e->src] + 1, n, bound, best);
          if (!fixed)
            consider_cut (l, &c, X2_X1_Y, l->place[e->src] + 1, n, bound, best);
        }
      if (e->src == last && l->place[e->dst] > 0)
        {
          consider_cut (l, &c, X1_Y_X2, l->place[e->dst], n, bound, best);
          if (!fixed)
            consider_cut (l, &c, Y_X2_X1, l->place[e->dst], n, bound, best);
        }
    }
}

/* The best way to merge X and Y; its gain is 0 if there is none.  */
static struct candidate
best_merge (struct layout *l, uint32_t x, uint32_t y)
{
  struct candidate best = { .x = x, .y = y, .x_stamp = l->chains[x].stamp, .y_stamp = l->chains[y].stamp };
  /* The edges between them are found from the one with fewer blocks.  */
  uint32_t small = l->chains[x].n_blocks <= l->chains[y].n_blocks ? x : y, big = x + y - small, n = 0;
  int64_t bound = 0;
  for (uint32_t i = 0; i < l->chains[small].n_blocks; i++)
    {
      uint32_t block = l->chains[small].blocks[i];
      for (uint32_t j = l->first_end[block]; j < l->first_end[block + 1]; j++)
        {
          const struct edge *e = &l->edges[l->ends[j]];
          if (l->chain_of[e->src == block ? e->dst : e->src] != big)
            continue;
          l->between[n++] = l->ends[j];
          bound += greatest_value (e);
        }
      l->work += l->first_end[block + 1] - l->first_end[block] + 1;
    }
  consider_around (l, x, y, n, bound, &best);
  consider_around (l, y, x, n, bound, &best);
  best.exact = true;
  return best;
}

/* --- The heap: greatest gain first; what is exact before what is not.  --- */

static bool
comes_before (const struct candidate *a, const struct candidate *b)
{
  if (a->gain != b->gain)
    return a->gain > b->gain;
  if (a->exact != b->exact)
    return a->exact;
  if (a->x != b->x)
    return a->x < b->x;
  if (a->y != b->y)
    return a->y < b->y;
  return a->x_stamp + a->y_stamp < b->x_stamp + b->y_stamp;
}

static void
heap_push (struct layout *l, struct candidate c)
{
  if (l->n_heap == l->room_heap)
    {
      l->room_heap = l->room_heap ? 2 * l->room_heap : 64;
      l->heap = pgo_realloc_array (l->heap, l->room_heap, sizeof *l->heap);
    }
  uint32_t at = l->n_heap++;
  for (; at > 0 && comes_before (&c, &l->heap[(at - 1) / 2]); at = (at - 1) / 2)
    l->heap[at] = l->heap[(at - 1) / 2];
  l->heap[at] = c;
  l->work++;
}

static struct candidate
heap_pop (struct layout *l)
{
  struct candidate top = l->heap[0], last = l->heap[--l->n_heap];
  uint32_t at = 0;
  for (;;)
    {
      uint32_t child = 2 * at + 1;
      if (child >= l->n_heap)
        break;
      if (child + 1 < l->n_heap && comes_before (&l->heap[child + 1], &l->heap[child]))
        child++;
      if (!comes_before (&l->heap[child], &last))
        break;
      l->heap[at] = l->heap[child];
      at = child;
    }
  l->heap[at] = last;
  l->work++;
  return top;
}

static void
push_bound (struct layout *l, uint32_t a, uint32_t b, int64_t bound)
{
  uint32_t x = a < b ? a : b, y = a < b ? b : a;
  heap_push (l, (struct candidate) { .gain = bound, .x = x, .y = y, .x_stamp = l->chains[x].stamp,
                                     .y_stamp = l->chains[y].stamp });
}

/* --- Merging.  --- */

static void
place_blocks (struct layout *l, uint32_t chain)
{
  uint32_t address = 0;
  for (uint32_t i = 0; i < l->chains[chain].n_blocks; i++)
    {
      uint32_t block = l->chains[chain].blocks[i];
      l->chain_of[block] = chain;
      l->place[block] = i;
      l->address[block] = address;
      address += l->size_bytes[block];
    }
  l->work += l->chains[chain].n_blocks;
}

/* X takes over Y's links; whoever is linked with Y is so with X.  */
static void
join_links (struct layout *l, uint32_t x, uint32_t y)
{
  struct chain *cx = &l->chains[x], *cy = &l->chains[y];
  cx->links = pgo_realloc_array (cx->links, (size_t) cx->n_links + cy->n_links + 1, sizeof *cx->links);
  uint32_t n = 0;
  for (uint32_t i = 0; i < cx->n_links; i++)
    if (cx->links[i].chain != y)
      {
        cx->links[n] = cx->links[i];
        l->link_at[cx->links[n].chain] = n + 1;
        n++;
      }
  for (uint32_t i = 0; i < cy->n_links; i++)
    {
      uint32_t z = cy->links[i].chain;
      int64_t bound = cy->links[i].bound;
      if (z == x)
        continue;
      bool shared = l->link_at[z] != 0;
      if (shared)
        cx->links[l->link_at[z] - 1].bound += bound;
      else
        cx->links[n++] = (struct link) { z, bound };
      struct chain *cz = &l->chains[z];
      uint32_t kept = 0;
      for (uint32_t j = 0; j < cz->n_links; j++)
        {
          struct link link = cz->links[j];
          if (link.chain == y && shared)
            continue;
          if (link.chain == y)
            link.chain = x;
          else if (link.chain == x)
            link.bound += bound;
          cz->links[kept++] = link;
        }
      l->work += cz->n_links;
      cz->n_links = kept;
    }
  for (uint32_t i = 0; i < n; i++)
    l->link_at[cx->links[i].chain] = 0;
  cx->n_links = n;
  pgo_free (cy->links);
  cy->links = NULL;
  cy->n_links = 0;
}

static void
merge_chains (struct layout *l, const struct candidate *c)
{
  struct chain *x = &l->chains[c->x], *y = &l->chains[c->y];
  uint32_t n = x->n_blocks + y->n_blocks;
  uint32_t *blocks = pgo_alloc_array (n, sizeof *blocks);
  uint32_t x1 = c->cut, x2 = x->n_blocks - x1;
  uint32_t x1_at = 0, x2_at = 0, y_at = 0;
  switch (c->way)
    {
    case X_Y: y_at = x->n_blocks; break;
    case X1_Y_X2: y_at = x1; x2_at = x1 + y->n_blocks; break;
    case Y_X2_X1: x2_at = y->n_blocks; x1_at = y->n_blocks + x2; break;
    case X2_X1_Y: x1_at = x2; y_at = x->n_blocks; break;
    }
  memcpy (blocks + x1_at, x->blocks, x1 * sizeof *blocks);
  if (x2)
    memcpy (blocks + x2_at, x->blocks + x1, x2 * sizeof *blocks);
  memcpy (blocks + y_at, y->blocks, y->n_blocks * sizeof *blocks);
  pgo_free (x->blocks);
  pgo_free (y->blocks);
  y->blocks = NULL;
  y->n_blocks = 0;
  x->blocks = blocks;
  x->n_blocks = n;
  x->size_bytes += y->size_bytes;
  join_links (l, c->x, c->y);
  x->stamp++;
  y->stamp = NONE;
  place_blocks (l, c->x);
}

/* The main part.  False if the bound on work was met.  */
static bool
merge_best_first (struct layout *l)
{
  while (l->n_heap)
    {
      struct candidate c = heap_pop (l);
      struct chain *x = &l->chains[c.x], *y = &l->chains[c.y];
      if (x->stamp != c.x_stamp || y->stamp != c.y_stamp)
        continue;
      if (!c.exact)
        {
          c = best_merge (l, c.x, c.y);
          if (c.gain > 0)
            heap_push (l, c);
          if (l->work > l->work_limit)
            return false;
          continue;
        }
      merge_chains (l, &c);
      for (uint32_t i = 0; i < x->n_links; i++)
        push_bound (l, c.x, x->links[i].chain, x->links[i].bound);
    }
  return true;
}

static int
heavier_edge_first (const void *a_edge, const void *b_edge)
{
  const struct edge *a = *(const struct edge *const *) a_edge, *b = *(const struct edge *const *) b_edge;
  if (a->count != b->count)
    return a->count > b->count ? -1 : 1;
  if (a->src != b->src)
    return a->src < b->src ? -1 : 1;
  return a->dst < b->dst ? -1 : a->dst > b->dst;
}

/* What is left when the bound is met: ends of chains are joined, heaviest edge first (Pettis and Hansen, PLDI 1990,
   bottom-up positioning).  Smaller chains move into greater ones, so that no block moves more than log N times.  */
static void
join_ends (struct layout *l)
{
  const struct edge **edges = pgo_alloc_array (l->n_edges, sizeof *edges);
  for (uint32_t i = 0; i < l->n_edges; i++)
    edges[i] = &l->edges[i];
  qsort (edges, l->n_edges, sizeof *edges, heavier_edge_first);
  /* Chains become lists: a block's successor, each chain's first and last.  */
  uint32_t *next = pgo_alloc_array (l->n_blocks, sizeof *next);
  uint32_t *head = pgo_alloc_array (l->n_blocks, sizeof *head), *tail = pgo_alloc_array (l->n_blocks, sizeof *tail);
  uint32_t *joined = pgo_alloc_array (l->n_blocks, sizeof *joined);
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      struct chain *chain = &l->chains[c];
      joined[c] = c;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        next[chain->blocks[i]] = i + 1 < chain->n_blocks ? chain->blocks[i + 1] : NONE;
      if (chain->n_blocks)
        {
          head[c] = chain->blocks[0];
          tail[c] = chain->blocks[chain->n_blocks - 1];
        }
    }
  for (uint32_t i = 0; i < l->n_edges; i++)
    {
      const struct edge *e = edges[i];
      uint32_t x = l->chain_of[e->src], y = l->chain_of[e->dst];
      while (joined[x] != x)
        x = joined[x] = joined[joined[x]];
      while (joined[y] != y)
        y = joined[y] = joined[joined[y]];
      if (!e->can_fall || x == y || tail[x] != e->src || head[y] != e->dst || (l->first_is_fixed && head[y] == 0))
        continue;
      next[tail[x]] = head[y];
      tail[x] = tail[y];
      joined[y] = x;
      l->chains[x].n_blocks += l->chains[y].n_blocks;
      l->chains[x].size_bytes += l->chains[y].size_bytes;
      l->chains[y].n_blocks = 0;
    }
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      struct chain *chain = &l->chains[c];
      pgo_free (chain->blocks);
      chain->blocks = NULL;
      if (!chain->n_blocks)
        continue;
      chain->blocks = pgo_alloc_array (chain->n_blocks, sizeof *chain->blocks);
      uint32_t block = head[c];
      for (uint32_t i = 0; i < chain->n_blocks; i++, block = next[block])
        chain->blocks[i] = block;
      place_blocks (l, c);
    }
  pgo_free (edges);
  pgo_free (next);
  pgo_free (head);
  pgo_free (tail);
  pgo_free (joined);
}

/* --- From chains to an order.  --- */

struct rank
{
  uint32_t chain, first_place;  /* The least number of its blocks: the order given.  */
  bool first, ran;
  double density;               /* Executions by bytes.  */
};

static int
denser_first (const void *a_rank, const void *b_rank)
{
  const struct rank *a = a_rank, *b = b_rank;
  if (a->first != b->first)
    return a->first ? -1 : 1;
  if (a->ran != b->ran)
    return a->ran ? -1 : 1;
  if (a->density > b->density)
    return -1;
  if (a->density < b->density)
    return 1;
  return a->first_place < b->first_place ? -1 : a->first_place > b->first_place;
}

/* The chains one behind the other, the first block's first, then by density, into ORDER: numbers of blocks.  */
static void
concatenate (const struct layout *l, uint32_t *order)
{
  struct rank *ranks = pgo_alloc_array (l->n_blocks, sizeof *ranks);
  uint32_t n = 0;
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      const struct chain *chain = &l->chains[c];
      if (!chain->n_blocks)
        continue;
      struct rank rank = { .chain = c, .first_place = chain->blocks[0], .first = is_first (l, c) };
      double executions = 0, bytes = 0;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        {
          uint32_t block = chain->blocks[i];
          if (block < rank.first_place)
            rank.first_place = block;
          executions += (double) l->count[block] * l->size_bytes[block];
          bytes += l->size_bytes[block];
        }
      rank.ran = executions > 0;
      rank.density = executions / bytes;
      ranks[n++] = rank;
    }
  qsort (ranks, n, sizeof *ranks, denser_first);
  for (uint32_t r = 0; r < n; r++)
    {
      const struct chain *chain = &l->chains[ranks[r].chain];
      memcpy (order, chain->blocks, chain->n_blocks * sizeof *order);
      order += chain->n_blocks;
    }
  pgo_free (ranks);
}

/* --- Setting up.  --- */

/* Number of bits to shift counts right so that sums of values do not overflow.  */
static unsigned
count_shift (const struct pgo_layout_graph *graph)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < graph->n_edges; i++)
    sum = sum + graph->edges[i].count < sum ? UINT64_MAX : sum + graph->edges[i].count;
  unsigned shift = 0;
  while (sum >> shift >> COUNT_BITS)
    shift++;
  return shift;
}

static void
set_up (struct layout *l, const struct pgo_layout_graph *graph, const uint32_t *order)
{
  uint32_t n = graph->n_blocks;
  unsigned shift = count_shift (graph);
  *l = (struct layout) { .n_blocks = n, .first_is_fixed = graph->first_is_fixed };
  l->size_bytes = pgo_alloc_array (n, sizeof *l->size_bytes);
  l->count = pgo_alloc_array (n, sizeof *l->count);
  l->edges = pgo_alloc_array (graph->n_edges, sizeof *l->edges);
  l->first_end = pgo_alloc_array ((size_t) n + 1, sizeof *l->first_end);
  l->ends = pgo_alloc_array (2 * (size_t) graph->n_edges, sizeof *l->ends);
  l->falls = pgo_alloc_array (n, sizeof *l->falls);
  l->chain_of = pgo_alloc_array (n, sizeof *l->chain_of);
  l->place = pgo_alloc_array (n, sizeof *l->place);
  l->address = pgo_alloc_array (n, sizeof *l->address);
  l->chains = pgo_alloc_array (n, sizeof *l->chains);
  l->between = pgo_alloc_array (2 * (size_t) graph->n_edges, sizeof *l->between);
  l->link_at = pgo_alloc_array (n, sizeof *l->link_at);
  l->work_limit = (uint64_t) WORK_FACTOR * ((uint64_t) n + graph->n_edges);

  uint32_t *number = pgo_alloc_array (n, sizeof *number);
  for (uint32_t i = 0; i < n; i++)
    {
      number[order[i]] = i;
      l->count[i] = graph->count[order[i]];
      /* An empty block would share its successor's address.  */
      l->size_bytes[i] = graph->size_bytes[order[i]] ? graph->size_bytes[order[i]] : 1;
    }
  for (uint32_t i = 0; i < graph->n_edges; i++)
    {
      const struct pgo_layout_edge *e = &graph->edges[i];
      int64_t count = (int64_t) (e->count >> shift);
      if (count == 0 || e->src == e->dst)
        continue;
      l->edges[l->n_edges++]
        = (struct edge) { number[e->src], number[e->dst], count, e->can_fall, e->conditional };
      l->first_end[number[e->src]]++;
      l->first_end[number[e->dst]]++;
    }
  pgo_free (number);
  uint32_t sum = 0;
  for (uint32_t i = 0; i <= n; i++)
    {
      sum += i < n ? l->first_end[i] : 0;
      l->first_end[i] = sum;
    }
  for (uint32_t i = l->n_edges; i-- > 0;)
    {
      l->ends[--l->first_end[l->edges[i].src]] = i;
      l->ends[--l->first_end[l->edges[i].dst]] = i;
    }
  for (uint32_t i = 0; i < n; i++)
    {
      struct chain *chain = &l->chains[i];
      chain->blocks = pgo_alloc_array (1, sizeof *chain->blocks);
      chain->blocks[0] = i;
      chain->n_blocks = 1;
      chain->size_bytes = l->size_bytes[i];
      place_blocks (l, i);
      l->falls[i][0] = l->falls[i][1] = NONE;
    }
  for (uint32_t i = l->n_edges; i-- > 0;)
    if (l->edges[i].can_fall)
      {
        uint32_t *falls = l->falls[l->edges[i].src];
        falls[1] = falls[0];
        falls[0] = i;
      }
}

/* Blocks that did not run keep the fall-throughs of the order given.  */
static void
join_idle (struct layout *l, const struct pgo_layout_graph *graph, const uint32_t *order)
{
  bool *falls = pgo_alloc_array (l->n_blocks, sizeof *falls);
  uint32_t *number = pgo_alloc_array (l->n_blocks, sizeof *number);
  for (uint32_t i = 0; i < l->n_blocks; i++)
    number[order[i]] = i;
  for (uint32_t i = 0; i < graph->n_edges; i++)
    {
      const struct pgo_layout_edge *e = &graph->edges[i];
      if (e->can_fall && graph->count[e->src] == 0 && graph->count[e->dst] == 0
          && number[e->dst] == number[e->src] + 1)
        falls[number[e->src]] = true;
    }
  for (uint32_t i = 0; i + 1 < l->n_blocks; i++)
    if (falls[i])
      {
        uint32_t run = i;
        while (i + 1 < l->n_blocks && falls[i])
          i++;
        struct chain *chain = &l->chains[run];
        chain->blocks = pgo_realloc_array (chain->blocks, i - run + 1, sizeof *chain->blocks);
        chain->n_blocks = 0;
        chain->size_bytes = 0;
        for (uint32_t block = run; block <= i; block++)
          {
            chain->blocks[chain->n_blocks++] = block;
            chain->size_bytes += l->size_bytes[block];
            if (block != run)
              {
                pgo_free (l->chains[block].blocks);
                l->chains[block].blocks = NULL;
                l->chains[block].n_blocks = 0;
                l->chains[block].stamp = NONE;
              }
          }
        place_blocks (l, run);
      }
  pgo_free (falls);
  pgo_free (number);
}

/* The links of all chains, and a candidate for each.  */
static void
link_chains (struct layout *l)
{
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      struct chain *chain = &l->chains[c];
      uint32_t n = 0;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        n += l->first_end[chain->blocks[i] + 1] - l->first_end[chain->blocks[i]];
      chain->links = pgo_alloc_array (n, sizeof *chain->links);
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        for (uint32_t j = l->first_end[chain->blocks[i]]; j < l->first_end[chain->blocks[i] + 1]; j++)
          {
            const struct edge *e = &l->edges[l->ends[j]];
            uint32_t other = l->chain_of[e->src == chain->blocks[i] ? e->dst : e->src];
            if (other == c)
              continue;
            if (!l->link_at[other])
              {
                chain->links[chain->n_links] = (struct link) { .chain = other };
                l->link_at[other] = ++chain->n_links;
              }
            chain->links[l->link_at[other] - 1].bound
              += greatest_value (e);
          }
      for (uint32_t i = 0; i < chain->n_links; i++)
        {
          l->link_at[chain->links[i].chain] = 0;
          if (c < chain->links[i].chain)
            push_bound (l, c, chain->links[i].chain, chain->links[i].bound);
        }
    }
}

static void
tear_down (struct layout *l)
{
  for (uint32_t i = 0; i < l->n_blocks; i++)
    {
      pgo_free (l->chains[i].blocks);
      pgo_free (l->chains[i].links);
    }
  pgo_free (l->size_bytes);
  pgo_free (l->count);
  pgo_free (l->edges);
  pgo_free (l->first_end);
  pgo_free (l->ends);
  pgo_free (l->falls);
  pgo_free (l->chain_of);
  pgo_free (l->place);
  pgo_free (l->address);
  pgo_free (l->chains);
  pgo_free (l->between);
  pgo_free (l->link_at);
  pgo_free (l->heap);
}

static uint64_t
in_units (uint64_t value, unsigned shift)
{
  value /= VALUE_UNIT / PGO_LAYOUT_UNIT;
  return value > UINT64_MAX >> shift ? UINT64_MAX : value << shift;
}

void
pgo_layout_measure (const struct pgo_layout_graph *graph, const uint32_t *order, struct pgo_layout_figures *figures)
{
  uint32_t n = graph->n_blocks, address = 0;
  unsigned shift = count_shift (graph);
  uint32_t *start = pgo_alloc_array (n, sizeof *start), *end = pgo_alloc_array (n, sizeof *end);
  /* Of a block's conditional jump: all traversals, those of its greatest edge, those that fall through.  */
  struct way_out { uint64_t all, greatest, fall; bool falls; } *out = pgo_alloc_array (n, sizeof *out);
  uint64_t score = 0, conditional = 0, taken = 0;

  for (uint32_t i = 0; i < n; i++)
    {
      start[order[i]] = address;
      address += graph->size_bytes[order[i]] ? graph->size_bytes[order[i]] : 1;
      end[order[i]] = address;
    }
  for (uint32_t i = 0; i < graph->n_edges; i++)
    {
      const struct pgo_layout_edge *e = &graph->edges[i];
      struct edge edge = { e->src, e->dst, (int64_t) (e->count >> shift), e->can_fall, e->conditional };
      uint64_t count = (uint64_t) edge.count;
      score += count * (uint64_t) edge_value (&edge, end[e->src], start[e->dst]);
      if (!e->conditional)
        continue;
      struct way_out *o = &out[e->src];
      o->all += count;
      if (count > o->greatest)
        o->greatest = count;
      if (e->can_fall && end[e->src] == start[e->dst])
        {
          o->falls = true;
          o->fall += count;
        }
    }
  /* If neither way follows, the jump goes the more frequent one and an unconditional jump the other.  */
  for (uint32_t i = 0; i < n; i++)
    {
      conditional += out[i].all;
      taken += out[i].falls ? out[i].all - out[i].fall : out[i].greatest;
    }
  *figures = (struct pgo_layout_figures) { .score = in_units (score, shift),
                                           .conditional = in_units (conditional * VALUE_UNIT, shift),
                                           .taken = in_units (taken * VALUE_UNIT, shift) };
  pgo_free (start);
  pgo_free (end);
  pgo_free (out);
}

enum pgo_layout_result
pgo_layout_improve (const struct pgo_layout_graph *graph, uint32_t *order, struct pgo_layout_figures *before,
                    struct pgo_layout_figures *after)
{
  struct layout l;
  pgo_layout_measure (graph, order, before);
  *after = *before;
  if (graph->n_blocks < 2)
    return PGO_LAYOUT_KEPT;
  set_up (&l, graph, order);
  join_idle (&l, graph, order);
  link_chains (&l);
  bool complete = merge_best_first (&l);
  if (!complete)
    join_ends (&l);
  uint32_t *found = pgo_alloc_array (graph->n_blocks, sizeof *found);
  concatenate (&l, found);
  tear_down (&l);
  for (uint32_t i = 0; i < graph->n_blocks; i++)
    found[i] = order[found[i]];

  struct pgo_layout_figures figures;
  pgo_layout_measure (graph, found, &figures);
  enum pgo_layout_result result = PGO_LAYOUT_KEPT;
  if (figures.score > before->score)
    {
      memcpy (order, found, graph->n_blocks * sizeof *order);
      *after = figures;
      result = complete ? PGO_LAYOUT_BETTER : PGO_LAYOUT_LIMITED;
    }
  pgo_free (found);
  return result;
}
