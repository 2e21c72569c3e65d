/* Extended TSP by greedy merging of chains, after Newell and Pupyrev (2020).

   Every block begins as a chain.  The two chains whose merging gains most are merged, until nothing gains.  Two
   chains X and Y merge as X Y; or Y is put into X, or X, cut in two, is turned round Y:

       X1 Y X2        Y X2 X1        X2 X1 Y

   The last two rotate loops.  X is cut anywhere if it is short; else where Y can then fall through from or into it, if
   that can make up for the fall-through that is cut.  What a cut changes is told by the edges that cross it and are
   shorter than the reach of a jump's value, so its cost does not depend on the length of the chain.

   Candidates wait in a heap under an upper bound, the value of all their edges if they fell through, and are worked
   out only when they come to its top.  (Turning X may gain more than that by itself; then it is found later.)

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/layout-chains.h"
#include "core/alloc.h"

#include <string.h>

/* Value of a traversal, PGO_CHAIN_VALUE_UNIT being 1: falling through from a conditional jump; needing no jump at all; a jump of
   distance 0.  A jump is worth less in proportion to its distance, and nothing from the given one on.  By Newell and
   Pupyrev (2020), tuned there for x86-64.  The more for an unconditional fall-through saves a loop that is tested at its head a
   jump each time; LLVM has 1.05 (CodeLayout.cpp), by which duktape takes .5% more conditional jumps in .1% fewer instructions,
   and lua and tcc as many in as many.  */
#define VALUE_FALL_CONDITIONAL 100000
#define VALUE_FALL 101000
#define VALUE_JUMP 10000
#define REACH_FORWARD_BYTES 1024
#define REACH_BACKWARD_BYTES 640

/* Chains longer than this, in blocks, are cut only where the other chain falls through.  luaV_execute, 505 blocks:
   with 0, 16 and 128 (LLVM's) the score is 8.240, 8.240 and 8.253 million, the work as 1, 1.4 and 15; the share of
   jumps taken is the same.  */
#define SPLIT_MAX 16

int64_t
pgo_chain_edge_value (const struct pgo_chain_edge *e, uint32_t end, uint32_t start)
{
  if (end == start)
    return !e->can_fall ? VALUE_JUMP : e->conditional ? VALUE_FALL_CONDITIONAL : VALUE_FALL;
  if (start > end)
    {
      uint32_t distance = start - end;
      return distance < REACH_FORWARD_BYTES
                 ? VALUE_JUMP - (int64_t)VALUE_JUMP * distance / REACH_FORWARD_BYTES
                 : 0;
    }
  uint32_t distance = end - start;
  return distance < REACH_BACKWARD_BYTES ? VALUE_JUMP - (int64_t)VALUE_JUMP * distance / REACH_BACKWARD_BYTES
                                         : 0;
}

int64_t
pgo_chain_greatest_value (const struct pgo_chain_edge *e)
{
  return e->count * (!e->can_fall ? VALUE_JUMP : e->conditional ? VALUE_FALL_CONDITIONAL : VALUE_FALL);
}

/* Where the pieces of X and Y begin when they are merged in a certain way.  */
struct arrangement
{
  uint32_t x1, x2, y;   /* Addresses; X2 stands for what begins at CUT in X.  */
  uint32_t cut;         /* Blocks, and … */
  uint32_t cut_address; /* … bytes.  */
};

static uint32_t
moved_address (const struct pgo_chain_layout *l, const struct arrangement *a, uint32_t x, uint32_t block)
{
  if (l->chain_of[block] != x)
    return a->y + l->address[block];
  if (l->place[block] < a->cut)
    return a->x1 + l->address[block];
  return a->x2 + (l->address[block] - a->cut_address);
}

static int64_t
moved_value (const struct pgo_chain_layout *l, const struct arrangement *a, uint32_t x,
             const struct pgo_chain_edge *e)
{
  return e->count
         * pgo_chain_edge_value (e, moved_address (l, a, x, e->src) + l->size_bytes[e->src],
                                 moved_address (l, a, x, e->dst));
}

static struct arrangement
arrange (const struct pgo_chain_layout *l, const struct pgo_chain_candidate *c)
{
  const struct pgo_chain *x = &l->chains[c->x], *y = &l->chains[c->y];
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
crossing_value (struct pgo_chain_layout *l, uint32_t x, uint32_t from, uint32_t to,
                const struct arrangement *a, uint32_t cut)
{
  int64_t sum = 0;
  const struct pgo_chain *chain = &l->chains[x];
  for (uint32_t i = from; i < to; i++)
    {
      uint32_t block = chain->blocks[i];
      for (uint32_t j = l->first_end[block]; j < l->first_end[block + 1]; j++)
        {
          const struct pgo_chain_edge *e = &l->edges[l->ends[j]];
          uint32_t other = e->src == block ? e->dst : e->src;
          if (l->chain_of[other] != x || l->place[other] < cut)
            continue;
          sum += a ? moved_value (l, a, x, e)
                   : e->count
                         * pgo_chain_edge_value (e, l->address[e->src] + l->size_bytes[e->src],
                                                 l->address[e->dst]);
        }
      l->work += l->first_end[block + 1] - l->first_end[block] + 1;
    }
  return sum;
}

/* Gain of X's own edges when it is cut and put together as C says.  */
static int64_t
cut_gain (struct pgo_chain_layout *l, const struct pgo_chain_candidate *c, const struct arrangement *a)
{
  const struct pgo_chain *x = &l->chains[c->x];
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
fall_value (const struct pgo_chain_layout *l, uint32_t block, uint32_t next)
{
  int64_t sum = 0;
  for (uint32_t i = 0; i < 2 && l->falls[block][i] != PGO_CHAIN_NONE; i++)
    {
      const struct pgo_chain_edge *e = &l->edges[l->falls[block][i]];
      if (e->dst == next)
        sum += pgo_chain_greatest_value (e);
    }
  return sum;
}

/* Make BEST the better of itself and of merging as C says; BETWEEN are the N edges between the two.  */
static void
consider (struct pgo_chain_layout *l, struct pgo_chain_candidate *c, enum pgo_chain_way way, uint32_t cut,
          uint32_t n, struct pgo_chain_candidate *best)
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

bool
pgo_chain_is_first (const struct pgo_chain_layout *l, uint32_t chain)
{
  return l->first_is_fixed && l->chain_of[0] == chain;
}

/* Consider cutting X, if it can be worth more than BEST: BOUND is the most that the edges between X and Y are.  */
static void
consider_cut (struct pgo_chain_layout *l, struct pgo_chain_candidate *c, enum pgo_chain_way way, uint32_t cut,
              uint32_t n, int64_t bound, struct pgo_chain_candidate *best)
{
  const uint32_t *blocks = l->chains[c->x].blocks;
  if (bound - fall_value (l, blocks[cut - 1], blocks[cut]) > best->gain)
    consider (l, c, way, cut, n, best);
}

/* The ways to merge X and Y with X before or around Y.  */
static void
consider_around (struct pgo_chain_layout *l, uint32_t x, uint32_t y, uint32_t n, int64_t bound,
                 struct pgo_chain_candidate *best)
{
  const struct pgo_chain *cx = &l->chains[x], *cy = &l->chains[y];
  struct pgo_chain_candidate c = {
    .x = x, .y = y, .x_stamp = cx->stamp, .y_stamp = cy->stamp, .exact = true
  };
  if (pgo_chain_is_first (l, y))
    {
      /* Only Y X2 X1 begins with Y; Y X is considered the other way round.  */
      if (l->work > l->work_limit)
        return;
      uint32_t last = cy->blocks[cy->n_blocks - 1];
      for (uint32_t i = 0; i < n; i++)
        {
          const struct pgo_chain_edge *e = &l->edges[l->between[i]];
          if (e->can_fall && e->src == last && l->place[e->dst] > 0)
            consider_cut (l, &c, Y_X2_X1, l->place[e->dst], n, bound, best);
        }
      return;
    }
  consider (l, &c, X_Y, cx->n_blocks, n, best);
  if (l->work > l->work_limit || cx->n_blocks < 2)
    return;
  bool fixed = pgo_chain_is_first (l, x);
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
      const struct pgo_chain_edge *e = &l->edges[l->between[i]];
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
static struct pgo_chain_candidate
best_merge (struct pgo_chain_layout *l, uint32_t x, uint32_t y)
{
  struct pgo_chain_candidate best = {
    .x = x, .y = y, .x_stamp = l->chains[x].stamp, .y_stamp = l->chains[y].stamp
  };
  /* The edges between them are found from the one with fewer blocks.  */
  uint32_t small = l->chains[x].n_blocks <= l->chains[y].n_blocks ? x : y, big = x + y - small, n = 0;
  int64_t bound = 0;
  for (uint32_t i = 0; i < l->chains[small].n_blocks; i++)
    {
      uint32_t block = l->chains[small].blocks[i];
      for (uint32_t j = l->first_end[block]; j < l->first_end[block + 1]; j++)
        {
          const struct pgo_chain_edge *e = &l->edges[l->ends[j]];
          if (l->chain_of[e->src == block ? e->dst : e->src] != big)
            continue;
          l->between[n++] = l->ends[j];
          bound += pgo_chain_greatest_value (e);
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
comes_before (const struct pgo_chain_candidate *a, const struct pgo_chain_candidate *b)
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
heap_push (struct pgo_chain_layout *l, struct pgo_chain_candidate c)
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

static struct pgo_chain_candidate
heap_pop (struct pgo_chain_layout *l)
{
  struct pgo_chain_candidate top = l->heap[0], last = l->heap[--l->n_heap];
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

void
pgo_chain_push_bound (struct pgo_chain_layout *l, uint32_t a, uint32_t b, int64_t bound)
{
  uint32_t x = a < b ? a : b, y = a < b ? b : a;
  heap_push (
      l, (struct pgo_chain_candidate){
             .gain = bound, .x = x, .y = y, .x_stamp = l->chains[x].stamp, .y_stamp = l->chains[y].stamp });
}

/* --- Merging.  --- */

void
pgo_chain_place_blocks (struct pgo_chain_layout *l, uint32_t chain)
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
join_links (struct pgo_chain_layout *l, uint32_t x, uint32_t y)
{
  struct pgo_chain *cx = &l->chains[x], *cy = &l->chains[y];
  cx->links = pgo_realloc_array (cx->links, (size_t)cx->n_links + cy->n_links + 1, sizeof *cx->links);
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
        cx->links[n++] = (struct pgo_chain_link){ z, bound };
      struct pgo_chain *cz = &l->chains[z];
      uint32_t kept = 0;
      for (uint32_t j = 0; j < cz->n_links; j++)
        {
          struct pgo_chain_link link = cz->links[j];
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
merge_chains (struct pgo_chain_layout *l, const struct pgo_chain_candidate *c)
{
  struct pgo_chain *x = &l->chains[c->x], *y = &l->chains[c->y];
  uint32_t n = x->n_blocks + y->n_blocks;
  uint32_t *blocks = pgo_alloc_array (n, sizeof *blocks);
  uint32_t x1 = c->cut, x2 = x->n_blocks - x1;
  uint32_t x1_at = 0, x2_at = 0, y_at = 0;
  switch (c->way)
    {
    case X_Y:
      y_at = x->n_blocks;
      break;
    case X1_Y_X2:
      y_at = x1;
      x2_at = x1 + y->n_blocks;
      break;
    case Y_X2_X1:
      x2_at = y->n_blocks;
      x1_at = y->n_blocks + x2;
      break;
    case X2_X1_Y:
      x1_at = x2;
      y_at = x->n_blocks;
      break;
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
  y->stamp = PGO_CHAIN_NONE;
  pgo_chain_place_blocks (l, c->x);
}

bool
pgo_chain_merge_all (struct pgo_chain_layout *l)
{
  while (l->n_heap)
    {
      struct pgo_chain_candidate c = heap_pop (l);
      struct pgo_chain *x = &l->chains[c.x], *y = &l->chains[c.y];
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
        pgo_chain_push_bound (l, c.x, x->links[i].chain, x->links[i].bound);
    }
  return true;
}
