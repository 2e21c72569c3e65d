/* The order of blocks: every block, and every run of blocks that did not run, begins as a chain; layout-chains.c merges
   them; what is left is put one behind the other by density.  The better of the result and of the order given is kept.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/block-layout.h"
#include "core/alloc.h"
#include "core/layout-chains.h"

#include <stdlib.h>
#include <string.h>

/* Edges looked at, for each block and edge of the graph, before the simple method takes over.  */
#define WORK_FACTOR 5000

static int
heavier_edge_first (const void *a_edge, const void *b_edge)
{
  const struct pgo_chain_edge *a = *(const struct pgo_chain_edge *const *)a_edge,
                              *b = *(const struct pgo_chain_edge *const *)b_edge;
  if (a->count != b->count)
    return a->count > b->count ? -1 : 1;
  if (a->src != b->src)
    return a->src < b->src ? -1 : 1;
  return a->dst < b->dst ? -1 : a->dst > b->dst;
}

/* What is left when the bound is met: ends of chains are joined, heaviest edge first (Pettis and Hansen, PLDI 1990,
   bottom-up positioning).  Smaller chains move into greater ones, so that no block moves more than log N times.  */
static void
join_ends (struct pgo_chain_layout *l)
{
  const struct pgo_chain_edge **edges = pgo_alloc_array (l->n_edges, sizeof *edges);
  for (uint32_t i = 0; i < l->n_edges; i++)
    edges[i] = &l->edges[i];
  qsort (edges, l->n_edges, sizeof *edges, heavier_edge_first);
  /* Chains become lists: a block's successor, each chain's first and last.  */
  uint32_t *next = pgo_alloc_array (l->n_blocks, sizeof *next);
  uint32_t *head = pgo_alloc_array (l->n_blocks, sizeof *head),
           *tail = pgo_alloc_array (l->n_blocks, sizeof *tail);
  uint32_t *joined = pgo_alloc_array (l->n_blocks, sizeof *joined);
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      struct pgo_chain *chain = &l->chains[c];
      joined[c] = c;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        next[chain->blocks[i]] = i + 1 < chain->n_blocks ? chain->blocks[i + 1] : PGO_CHAIN_NONE;
      if (chain->n_blocks)
        {
          head[c] = chain->blocks[0];
          tail[c] = chain->blocks[chain->n_blocks - 1];
        }
    }
  for (uint32_t i = 0; i < l->n_edges; i++)
    {
      const struct pgo_chain_edge *e = edges[i];
      uint32_t x = l->chain_of[e->src], y = l->chain_of[e->dst];
      while (joined[x] != x)
        x = joined[x] = joined[joined[x]];
      while (joined[y] != y)
        y = joined[y] = joined[joined[y]];
      if (!e->can_fall || x == y || tail[x] != e->src || head[y] != e->dst
          || (l->first_is_fixed && head[y] == 0))
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
      struct pgo_chain *chain = &l->chains[c];
      pgo_free (chain->blocks);
      chain->blocks = NULL;
      if (!chain->n_blocks)
        continue;
      chain->blocks = pgo_alloc_array (chain->n_blocks, sizeof *chain->blocks);
      uint32_t block = head[c];
      for (uint32_t i = 0; i < chain->n_blocks; i++, block = next[block])
        chain->blocks[i] = block;
      pgo_chain_place_blocks (l, c);
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
  uint32_t chain, first_place; /* The least number of its blocks: the order given.  */
  bool first, ran;
  double density; /* Executions by bytes.  */
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
concatenate (const struct pgo_chain_layout *l, uint32_t *order)
{
  struct rank *ranks = pgo_alloc_array (l->n_blocks, sizeof *ranks);
  uint32_t n = 0;
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      const struct pgo_chain *chain = &l->chains[c];
      if (!chain->n_blocks)
        continue;
      struct rank rank = { .chain = c, .first_place = chain->blocks[0], .first = pgo_chain_is_first (l, c) };
      double executions = 0, bytes = 0;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        {
          uint32_t block = chain->blocks[i];
          if (block < rank.first_place)
            rank.first_place = block;
          executions += (double)l->count[block] * l->size_bytes[block];
          bytes += l->size_bytes[block];
        }
      rank.ran = executions > 0;
      rank.density = executions / bytes;
      ranks[n++] = rank;
    }
  qsort (ranks, n, sizeof *ranks, denser_first);
  for (uint32_t r = 0; r < n; r++)
    {
      const struct pgo_chain *chain = &l->chains[ranks[r].chain];
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
  while (sum >> shift >> PGO_CHAIN_COUNT_BITS)
    shift++;
  return shift;
}

static void
set_up (struct pgo_chain_layout *l, const struct pgo_layout_graph *graph, const uint32_t *order)
{
  uint32_t n = graph->n_blocks;
  unsigned shift = count_shift (graph);
  *l = (struct pgo_chain_layout){ .n_blocks = n, .first_is_fixed = graph->first_is_fixed };
  l->size_bytes = pgo_alloc_array (n, sizeof *l->size_bytes);
  l->count = pgo_alloc_array (n, sizeof *l->count);
  l->edges = pgo_alloc_array (graph->n_edges, sizeof *l->edges);
  l->first_end = pgo_alloc_array ((size_t)n + 1, sizeof *l->first_end);
  l->ends = pgo_alloc_array (2 * (size_t)graph->n_edges, sizeof *l->ends);
  l->falls = pgo_alloc_array (n, sizeof *l->falls);
  l->chain_of = pgo_alloc_array (n, sizeof *l->chain_of);
  l->place = pgo_alloc_array (n, sizeof *l->place);
  l->address = pgo_alloc_array (n, sizeof *l->address);
  l->chains = pgo_alloc_array (n, sizeof *l->chains);
  l->between = pgo_alloc_array (2 * (size_t)graph->n_edges, sizeof *l->between);
  l->link_at = pgo_alloc_array (n, sizeof *l->link_at);
  l->work_limit = (uint64_t)WORK_FACTOR * ((uint64_t)n + graph->n_edges);

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
      int64_t count = (int64_t)(e->count >> shift);
      if (count == 0 || e->src == e->dst)
        continue;
      l->edges[l->n_edges++] =
          (struct pgo_chain_edge){ number[e->src], number[e->dst], count, e->can_fall, e->conditional };
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
      struct pgo_chain *chain = &l->chains[i];
      chain->blocks = pgo_alloc_array (1, sizeof *chain->blocks);
      chain->blocks[0] = i;
      chain->n_blocks = 1;
      chain->size_bytes = l->size_bytes[i];
      pgo_chain_place_blocks (l, i);
      l->falls[i][0] = l->falls[i][1] = PGO_CHAIN_NONE;
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
join_idle (struct pgo_chain_layout *l, const struct pgo_layout_graph *graph, const uint32_t *order)
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
        struct pgo_chain *chain = &l->chains[run];
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
                l->chains[block].stamp = PGO_CHAIN_NONE;
              }
          }
        pgo_chain_place_blocks (l, run);
      }
  pgo_free (falls);
  pgo_free (number);
}

/* The links of all chains, and a candidate for each.  */
static void
link_chains (struct pgo_chain_layout *l)
{
  for (uint32_t c = 0; c < l->n_blocks; c++)
    {
      struct pgo_chain *chain = &l->chains[c];
      uint32_t n = 0;
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        n += l->first_end[chain->blocks[i] + 1] - l->first_end[chain->blocks[i]];
      chain->links = pgo_alloc_array (n, sizeof *chain->links);
      for (uint32_t i = 0; i < chain->n_blocks; i++)
        for (uint32_t j = l->first_end[chain->blocks[i]]; j < l->first_end[chain->blocks[i] + 1]; j++)
          {
            const struct pgo_chain_edge *e = &l->edges[l->ends[j]];
            uint32_t other = l->chain_of[e->src == chain->blocks[i] ? e->dst : e->src];
            if (other == c)
              continue;
            if (!l->link_at[other])
              {
                chain->links[chain->n_links] = (struct pgo_chain_link){ .chain = other };
                l->link_at[other] = ++chain->n_links;
              }
            chain->links[l->link_at[other] - 1].bound += pgo_chain_greatest_value (e);
          }
      for (uint32_t i = 0; i < chain->n_links; i++)
        {
          l->link_at[chain->links[i].chain] = 0;
          if (c < chain->links[i].chain)
            pgo_chain_push_bound (l, c, chain->links[i].chain, chain->links[i].bound);
        }
    }
}

static void
tear_down (struct pgo_chain_layout *l)
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
  value /= PGO_CHAIN_VALUE_UNIT / PGO_LAYOUT_UNIT;
  return value > UINT64_MAX >> shift ? UINT64_MAX : value << shift;
}

void
pgo_layout_measure (const struct pgo_layout_graph *graph, const uint32_t *order,
                    struct pgo_layout_figures *figures)
{
  uint32_t n = graph->n_blocks, address = 0;
  unsigned shift = count_shift (graph);
  uint32_t *start = pgo_alloc_array (n, sizeof *start), *end = pgo_alloc_array (n, sizeof *end);
  /* Of a block's conditional jump: all traversals, those of its greatest edge, those that fall through.  */
  struct way_out
  {
    uint64_t all, greatest, fall;
    bool falls;
  } *out = pgo_alloc_array (n, sizeof *out);
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
      struct pgo_chain_edge edge = { e->src, e->dst, (int64_t)(e->count >> shift), e->can_fall,
                                     e->conditional };
      uint64_t count = (uint64_t)edge.count;
      score += count * (uint64_t)pgo_chain_edge_value (&edge, end[e->src], start[e->dst]);
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
  *figures = (struct pgo_layout_figures){ .score = in_units (score, shift),
                                          .conditional = in_units (conditional * PGO_CHAIN_VALUE_UNIT, shift),
                                          .taken = in_units (taken * PGO_CHAIN_VALUE_UNIT, shift) };
  pgo_free (start);
  pgo_free (end);
  pgo_free (out);
}

enum pgo_layout_result
pgo_layout_improve (const struct pgo_layout_graph *graph, uint32_t *order, struct pgo_layout_figures *before,
                    struct pgo_layout_figures *after)
{
  struct pgo_chain_layout l;
  pgo_layout_measure (graph, order, before);
  *after = *before;
  if (graph->n_blocks < 2)
    return PGO_LAYOUT_KEPT;
  set_up (&l, graph, order);
  join_idle (&l, graph, order);
  link_chains (&l);
  bool complete = pgo_chain_merge_all (&l);
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
