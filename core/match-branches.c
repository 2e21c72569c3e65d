/* Matching of branches: where control went, edge by edge.

   A branch of the profile (struct pgo_branch) tells from which location code of which other was reached: the way out of the
   first one's block that leads to the second sooner is the edge that was taken.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/alloc.h"
#include "core/matcher.h"
#include "core/profile-compare.h"

#include <string.h>

/* Of the ways out of a branch.  */
static const struct pgo_trust edge_trust = { 800, 500 };
/* Of those of a computed goto: its jumps are merged and copied, but what they lead to stays where it is.  Chosen on lua's
   interpreter loop, where more is better (docs/algorithms.md).  */
static const struct pgo_trust goto_trust = { 4000, 4000 };

/* How far, in edges, code of a branch's target is looked for beyond the branch.  */
#define MAX_TARGET_DISTANCE 12
/* The same for a switch or computed jump, whose many ways would make a far search expensive.  */
#define MAX_SWITCH_DISTANCE 2
/* Edges, without a choice, from a computed goto in the source to the block that all of them share: two in lua's interpreter
   loop, and as many for blocks without statements.  */
#define MAX_GOTO_DISTANCE 4

/* Blocks without statements, one behind the other, that are passed over: a bound, since they may form a loop; one is usual.  */
#define MAX_EMPTY 4

/* The function's graph and, of each edge and block in it, what branches tell.  */
struct way
{
  uint64_t weight, samples;
  bool seen;
};
struct fork
{
  enum pgo_evidence kind;       /* NONE: no branch is known here.  */
  bool unresolved;              /* Some of what left the block could not be told apart.  */
  bool is_goto;                 /* A computed goto, in a context whose source is as it was.  */
};
struct branches
{
  struct pgo_matcher *matcher;
  struct way *ways;             /* By edge.  */
  struct fork *forks;           /* By block.  */
  bool *named;                  /* By block: has statements that a location of the profile may mean.  */
  uint32_t *out_first, *out_edges; /* Edges out of block B: out_edges[out_first[B]] to before out_edges[out_first[B + 1]].  */
  /* Search from a fork: distance[b] is valid if visit[b] equals the number of the search.  */
  uint32_t *distance, *visit, *queue;
  uint32_t search;
};

/* The context that PLACE names below context TOP, or UINT32_MAX.  */
static uint32_t
place_context (const struct pgo_matcher *m, uint32_t top, const struct pgo_place *place)
{
  uint32_t context = top;
  for (uint32_t s = 0; s < place->n_steps; s++)
    {
      uint32_t c;
      for (c = context + 1; c < m->input->n_contexts; c++)
        if (m->input->contexts[c].parent == context
            && pgo_location_compare (pgo_matcher_known_as (m, context, m->input->contexts[c].at, m->input->contexts[c].mark),
                                     place->steps[s].at) == 0
            && strcmp (m->input->contexts[c].name, place->steps[s].callee) == 0)
          break;
      if (c == m->input->n_contexts)
        return UINT32_MAX;
      context = c;
    }
  return context;
}

/* The lookups of CONTEXT that agree with AT: the first of them, and *END past the last.  */
static uint32_t
find_agreeing (const struct pgo_matcher *m, uint32_t context, struct pgo_location at, enum pgo_agreement agree, uint32_t *end)
{
  uint32_t low = 0, high = m->n_lookups;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      const struct pgo_lookup *l = &m->lookups[middle];
      if (l->context < context
          || (l->context == context && pgo_location_compare (pgo_agreed (l->at, agree), pgo_agreed (at, agree)) < 0))
        low = middle + 1;
      else
        high = middle;
    }
  for (*end = low; *end < m->n_lookups && m->lookups[*end].context == context
                   && pgo_location_compare (pgo_agreed (m->lookups[*end].at, agree), pgo_agreed (at, agree)) == 0;)
    ++*end;
  return low;
}

/* The lookups of a location, if need be without its discriminator: the first of them, and *END past the last.  */
static uint32_t
find_lookups (const struct pgo_matcher *m, uint32_t context, struct pgo_location at, uint32_t *end)
{
  uint32_t first = find_agreeing (m, context, at, PGO_AGREE_ALL, end);
  return first < *end || m->by[context] != PGO_BY_SOURCE ? first : find_agreeing (m, context, at, PGO_AGREE_COLUMN, end);
}

/* The same for where a branch went; none where the discriminator is needed to tell blocks apart.  */
static uint32_t
find_destination (const struct pgo_matcher *m, uint32_t context, struct pgo_location at, uint32_t *end)
{
  uint32_t first = find_lookups (m, context, at, end);
  bool agrees = first < *end && m->lookups[first].at.discriminator == at.discriminator;
  for (uint32_t i = first + 1; !agrees && i < *end; i++)
    if (m->lookups[i].block != m->lookups[first].block)
      *end = first;
  return first;
}

/* Whether the lookups [FROM, TO) are of one block, or of one and BLOCK.  */
static bool
is_one_block (const struct pgo_matcher *m, uint32_t from, uint32_t to, uint32_t block)
{
  uint32_t other = block;
  for (uint32_t i = from; i < to; i++)
    if (m->lookups[i].block != block && m->lookups[i].block != other)
      {
        if (other != block)
          return false;
        other = m->lookups[i].block;
      }
  return other != block;
}

static uint32_t
n_ways (const struct branches *b, uint32_t block)
{
  return b->out_first[block + 1] - b->out_first[block];
}

/* Edges from the head of EDGE to the nearest block of lookups [FROM, TO), not through SOURCE, or
   UINT32_MAX if there are more than MAX.  */
static uint32_t
distance_to (struct branches *b, uint32_t edge, uint32_t source, uint32_t from, uint32_t to, uint32_t max)
{
  uint32_t head = 0, tail = 0;
  b->search++;
  b->visit[source] = b->search;
  /* A block of nothing is no code: the way through it and that round it lead to the same.  */
  uint32_t start = b->matcher->input->edges[edge].dst;
  for (unsigned hops = 0; hops < MAX_EMPTY && !b->named[start] && n_ways (b, start) == 1; hops++)
    start = b->matcher->input->edges[b->out_edges[b->out_first[start]]].dst;
  if (start == source)
    return UINT32_MAX;
  b->queue[tail++] = start;
  b->visit[start] = b->search;
  b->distance[start] = 0;
  while (head < tail)
    {
      uint32_t block = b->queue[head++];
      for (uint32_t i = from; i < to; i++)
        if (b->matcher->lookups[i].block == block)
          return b->distance[block];
      if (b->distance[block] == max)
        continue;
      for (uint32_t i = b->out_first[block]; i < b->out_first[block + 1]; i++)
        {
          uint32_t next = b->matcher->input->edges[b->out_edges[i]].dst;
          if (b->visit[next] != b->search)
            {
              b->visit[next] = b->search;
              b->distance[next] = b->distance[block] + 1;
              b->queue[tail++] = next;
            }
        }
    }
  return UINT32_MAX;
}

/* The way out of BLOCK that leads to lookups [FROM, TO) sooner than any other, or UINT32_MAX.  */
static uint32_t
edge_towards (struct branches *b, uint32_t block, uint32_t from, uint32_t to)
{
  uint32_t best = UINT32_MAX, best_distance = UINT32_MAX;
  uint32_t max = n_ways (b, block) > 2 ? MAX_SWITCH_DISTANCE : MAX_TARGET_DISTANCE;
  for (uint32_t i = b->out_first[block]; i < b->out_first[block + 1]; i++)
    {
      uint32_t distance = distance_to (b, b->out_edges[i], block, from, to, max);
      if (distance < best_distance)
        {
          best_distance = distance;
          best = b->out_edges[i];
        }
      else if (distance == best_distance)
        best = UINT32_MAX;
    }
  return best;
}

/* The block that branches at lookups [BEGIN, END): a location that ends several blocks does not tell which.  Or, where only
   computations and a way without a choice are, the computed goto that they lead to: GCC has one of a function, until late, for
   all that are in the source.  UINT32_MAX if there is none.  */
static uint32_t
branching_block (const struct branches *b, uint32_t begin, uint32_t end, bool *is_goto)
{
  uint32_t branch = UINT32_MAX, computed = UINT32_MAX;
  bool several = false;
  for (uint32_t i = begin; i < end; i++)
    {
      uint32_t block = b->matcher->lookups[i].block;
      if (b->matcher->lookups[i].kind == PGO_STATEMENT_BRANCH)
        {
          if (branch != UINT32_MAX && branch != block)
            return UINT32_MAX;
          branch = block;
          continue;
        }
      for (unsigned hops = 0; hops < MAX_GOTO_DISTANCE && n_ways (b, block) == 1; hops++)
        block = b->matcher->input->edges[b->out_edges[b->out_first[block]]].dst;
      if (n_ways (b, block) <= 2)
        continue;
      several |= computed != UINT32_MAX && computed != block;
      computed = block;
    }
  *is_goto = branch == UINT32_MAX;
  return branch != UINT32_MAX ? branch : several ? UINT32_MAX : computed;
}

/* What left a branch at one location, by the edges it went.  LIST [0, N) has the same FROM, in the instance of context TOP.  */
static void
add_branch (struct branches *b, uint32_t top, const struct pgo_branch *list, uint32_t n)
{
  struct pgo_matcher *m = b->matcher;
  uint32_t end, context = place_context (m, top, &list->from);
  if (context == UINT32_MAX)
    return;
  bool is_goto;
  uint32_t begin = find_lookups (m, context, list->from.at, &end);
  uint32_t block = branching_block (b, begin, end, &is_goto);
  /* What leads to one or two places from before a computed goto may be a way into code that it shares.  */
  if (block == UINT32_MAX || (is_goto && n <= 2))
    return;
  struct fork *fork = &b->forks[block];
  fork->kind = m->instances[context]->kind;
  fork->is_goto |= is_goto && !pgo_matcher_edited (m, context);
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t to_end, edge = UINT32_MAX, to_context = place_context (m, top, &list[i].to);
      if (to_context != UINT32_MAX)
        {
          uint32_t to_begin = find_destination (m, to_context, list[i].to.at, &to_end);
          edge = edge_towards (b, block, to_begin, to_end);
          if (edge == UINT32_MAX && pgo_matcher_any_discriminator (m, to_context, list[i].to.at))
            {
              to_begin = find_agreeing (m, to_context, list[i].to.at, PGO_AGREE_COLUMN, &to_end);
              if (is_one_block (m, to_begin, to_end, block))
                edge = edge_towards (b, block, to_begin, to_end);
            }
        }
      if (edge == UINT32_MAX)
        {
          fork->unresolved |= list[i].weight > 0;
          continue;
        }
      struct way *way = &b->ways[edge];
      way->weight = pgo_add (way->weight, list[i].weight);
      way->samples = pgo_add (way->samples, list[i].samples);
      way->seen = true;
    }
}

/* Witnesses of the ways out of BLOCK.  */
static void
add_witnesses (struct branches *b, uint32_t block)
{
  const struct fork *fork = &b->forks[block];
  struct pgo_trust trust = fork->is_goto ? goto_trust : edge_trust;
  /* What could not be told apart may have gone any way.  */
  if (fork->unresolved)
    trust.over = 0;
  for (uint32_t i = b->out_first[block]; fork->kind != PGO_EVIDENCE_NONE && i < b->out_first[block + 1]; i++)
    {
      const struct way *way = &b->ways[b->out_edges[i]];
      struct pgo_testimony t = { true, b->out_edges[i], way->weight, way->samples, fork->kind };
      /* A computed goto's jumps tell all that they led to.  */
      if (way->seen || fork->is_goto)
        pgo_matcher_add (b->matcher, &t, trust);
    }
}

void
pgo_matcher_add_branches (struct pgo_matcher *m)
{
  const struct pgo_match_input *in = m->input;
  struct branches b = {
    .matcher = m,
    .ways = pgo_alloc_array ((size_t) in->n_edges + 1, sizeof *b.ways),
    .forks = pgo_alloc_array (in->n_blocks, sizeof *b.forks),
    .named = pgo_alloc_array ((size_t) in->n_blocks + 1, sizeof *b.named),
    .out_first = pgo_alloc_array ((size_t) in->n_blocks + 2, sizeof *b.out_first),
    .out_edges = pgo_alloc_array ((size_t) in->n_edges + 1, sizeof *b.out_edges),
    .distance = pgo_alloc_array (in->n_blocks, sizeof *b.distance),
    .visit = pgo_alloc_array (in->n_blocks, sizeof *b.visit),
    .queue = pgo_alloc_array ((size_t) in->n_blocks + 1, sizeof *b.queue)
  };
  for (uint32_t i = 0; i < m->n_lookups; i++)
    b.named[m->lookups[i].block] = true;
  for (uint32_t e = 0; e < in->n_edges; e++)
    b.out_first[in->edges[e].src + 2]++;
  for (uint32_t k = 0; k < in->n_blocks; k++)
    b.out_first[k + 2] += b.out_first[k + 1];
  for (uint32_t e = 0; e < in->n_edges; e++)
    b.out_edges[b.out_first[in->edges[e].src + 1]++] = e;
  for (uint32_t c = 0; c < in->n_contexts; c++)
    {
      const struct pgo_instance *instance = m->instances[c];
      for (uint32_t i = 0, next; instance && i < instance->n_branches; i = next)
        {
          const struct pgo_branch *list = &instance->branches[i];
          for (next = i + 1; next < instance->n_branches && pgo_place_compare (&list->from, &instance->branches[next].from) == 0;)
            next++;
          add_branch (&b, c, list, next - i);
        }
    }
  for (uint32_t k = 0; k < in->n_blocks; k++)
    add_witnesses (&b, k);
  pgo_free (b.ways);
  pgo_free (b.forks);
  pgo_free (b.named);
  pgo_free (b.out_first);
  pgo_free (b.out_edges);
  pgo_free (b.distance);
  pgo_free (b.visit);
  pgo_free (b.queue);
}
