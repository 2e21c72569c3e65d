/* Matching by location, and what each match is worth.

   A statement's own line in the profile is a witness of its block.  How far it is to be trusted depends on
   what optimisers do to such statements: a call stays in its block; the condition of a branch nearly
   always; a computation may be hoisted out of a loop (its weight is then too small), executed
   speculatively (too large), or shared with another block.  Most of what they do takes executions away: a
   branch whose outcome is known on some path is left out there, a value that is there already is not
   computed again.  So a count is rather too small than too large, and a greater one is resisted less.  A
   location that stands in several blocks cannot tell them apart: it bounds each from above.

   Where control went from a branch is told by pgo_branch: the way that leads sooner to code of the target
   location is the edge that was taken.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/match.h"
#include "core/alloc.h"
#include "core/anchors.h"
#include "core/renamed.h"

#include <stdlib.h>
#include <string.h>

/* Trust in a witness by kind of statement, in thousandths, for exact evidence and a location of its own: UNDER against
   a smaller count, OVER against a greater one.  Chosen by comparing inferred with instrumented counts on lua, tcc,
   duktape and minigzip, from exact counts, those of marked code and branch records (docs/algorithms.md).  */
struct trust
{
  uint32_t under, over;
};
static const struct trust kind_trust[] = {
  [PGO_STATEMENT_PLAIN] = { 700, 300 },
  [PGO_STATEMENT_CALL] = { 900, 900 },
  [PGO_STATEMENT_BRANCH] = { 700, 500 },
};
/* Of a call that has no code of its own any more: its callee's, inlined, is entered by a computation as any.  */
static const struct trust inlined_trust = { 700, 300 };
/* Of the function's entry: what ran inline elsewhere may have been counted with it.  */
static const struct trust entry_trust = { 500, 1000 };
/* Of the ways out of a branch.  */
static const struct trust edge_trust = { 800, 500 };
/* A location in several blocks, as an upper bound of each.  */
#define SHARED_TRUST 200
/* Samples at which clock and branch evidence reach half of their trust.  */
#define HALF_TRUST_SAMPLES 8

/* How far, in edges, code of a branch's target is looked for beyond the branch.  */
#define MAX_TARGET_DISTANCE 12
/* The same for a switch or computed jump, whose many ways would make a far search expensive.  */
#define MAX_SWITCH_DISTANCE 2

/* How an instance is looked up: by source location, by mark or, when it has no columns or its marks are of a CFG
   that has changed since, by line alone.  */
enum lookup_by { BY_SOURCE, BY_MARK, BY_LINE };

/* How much of a source location has to agree.  Statements for which the profile has nothing are looked up again with
   less: optimisers drop the discriminators of blocks that they copy or merge, and columns differ by the compiler's
   version.  */
enum agreement { AGREE_ALL, AGREE_COLUMN, AGREE_LINE };

/* A statement with what it was looked up by; sorted so that equal locations stand together.  */
struct lookup
{
  uint32_t context, block;
  struct pgo_location at;
  enum pgo_statement_kind kind;
  const struct pgo_instance *inlined;   /* Of a call, its callee, where it was inlined when it was profiled; or NULL.  */
};

struct matcher
{
  const struct pgo_match_input *input;
  const struct pgo_instance **instances; /* By context; NULL: not in the profile.  */
  enum lookup_by *by;           /* By context.  */
  struct pgo_stale_map **stale; /* By context; NULL: not edited since.  */
  struct lookup *lookups;
  uint32_t n_lookups;
  struct pgo_match *match;
  uint32_t room;
  uint32_t *out_first, *out_edges;
  /* Search from a branch: distance[b] is valid if visit[b] equals the number of the search.  */
  uint32_t *distance, *visit, *queue;
  uint32_t search;
};

static int
compare_lookup (const void *a, const void *b)
{
  const struct lookup *x = a, *y = b;
  if (x->context != y->context)
    return x->context < y->context ? -1 : 1;
  int order = pgo_location_compare (x->at, y->at);
  if (order)
    return order;
  if (x->block != y->block)
    return x->block < y->block ? -1 : 1;
  return x->kind < y->kind ? 1 : x->kind > y->kind ? -1 : 0;
}

static uint32_t
scale_trust (enum pgo_evidence kind, uint64_t samples, uint32_t trust)
{
  if (kind == PGO_EVIDENCE_EXACT)
    return trust;
  return (uint32_t) (trust * (samples + 1) / (samples + 1 + HALF_TRUST_SAMPLES)) + 1;
}

static void
add_evidence (struct matcher *m, bool is_edge, uint32_t index, uint64_t value, uint32_t under, uint32_t over)
{
  if (m->match->n_evidence == m->room)
    {
      m->room = m->room ? 2 * m->room : 64;
      m->match->evidence = pgo_realloc_array (m->match->evidence, m->room, sizeof *m->match->evidence);
    }
  m->match->evidence[m->match->n_evidence++]
    = (struct pgo_flow_evidence) { index, is_edge, value, under, over };
}

static enum lookup_by
how_to_look_up (const struct pgo_instance *instance, const struct pgo_context *context)
{
  if (instance->keys == PGO_KEYS_SOURCE)
    return BY_SOURCE;
  if (instance->keys == PGO_KEYS_LINE)
    return BY_LINE;
  return instance->checksum == 0 || instance->checksum == context->checksum ? BY_MARK : BY_LINE;
}

/* Where nothing of a profile is.  */
#define NOWHERE_LINE INT32_MIN

/* AT, of context CONTEXT, as the context's instance knows it.  */
static struct pgo_location
known_as (const struct matcher *m, uint32_t context, struct pgo_location at, uint32_t mark)
{
  if (m->by[context] != BY_SOURCE)
    at = (struct pgo_location) { at.line, m->by[context] == BY_MARK ? mark : 0, 0 };
  if (m->stale[context] && !pgo_stale_map_find (m->stale[context], at, &at))
    at.line = NOWHERE_LINE;
  return at;
}

/* What was inlined into PARENT at AT under another name than context CONTEXT has now, if it is one instance and like
   it; else NULL.  */
static const struct pgo_instance *
find_renamed (const struct matcher *m, const struct pgo_anchor_index *index, const struct pgo_instance *parent,
              struct pgo_location at, uint32_t context)
{
  const struct pgo_instance *found = NULL;
  uint32_t n_anchors;
  for (uint32_t i = 0; i < parent->n_inlined; i++)
    if (pgo_location_compare (parent->inlined[i]->at, at) == 0)
      {
        if (found)
          return NULL;
        found = parent->inlined[i];
      }
  return found && pgo_anchors_likeness (found, m->input, index, context, &n_anchors) >= PGO_RENAMED_LIKE_PERCENT
         ? found : NULL;
}

static void
find_instances (struct matcher *m, const struct pgo_instance *tree)
{
  const struct pgo_match_input *in = m->input;
  m->instances = pgo_alloc_array (in->n_contexts, sizeof *m->instances);
  m->by = pgo_alloc_array (in->n_contexts, sizeof *m->by);
  m->stale = pgo_alloc_array (in->n_contexts, sizeof *m->stale);
  struct pgo_anchor_index index;
  pgo_anchor_index_make (&index, in);
  m->instances[0] = tree;
  m->match->quality.contexts = in->n_contexts;
  for (uint32_t c = 0; c < in->n_contexts; c++)
    {
      const struct pgo_context *context = &in->contexts[c];
      const struct pgo_instance *parent = c > 0 ? m->instances[context->parent] : NULL;
      if (parent)
        {
          struct pgo_location at = known_as (m, context->parent, context->at, context->mark);
          m->instances[c] = pgo_instance_find_inlined (parent, at, context->name);
          /* Where columns are not what they were, a line may still have one call of that name.  */
          for (uint32_t i = 0; !m->instances[c] && i < parent->n_inlined; i++)
            if (parent->inlined[i]->at.line == at.line && strcmp (parent->inlined[i]->name, context->name) == 0)
              m->instances[c] = parent->inlined[i];
          if (!m->instances[c])
            m->instances[c] = find_renamed (m, &index, parent, at, c);
        }
      if (m->instances[c])
        {
          m->by[c] = how_to_look_up (m->instances[c], context);
          m->match->quality.contexts_matched++;
          /* Marks of the same CFG are as good as new.  */
          if (m->by[c] != BY_MARK)
            m->stale[c] = pgo_stale_map_make (m->instances[c], in, &index, c, m->by[c] == BY_LINE,
                                              &m->match->quality.stale_limited);
          m->match->quality.stale_contexts += m->stale[c] && pgo_stale_map_edited (m->stale[c]);
        }
    }
  pgo_anchor_index_clear (&index);
}

/* AT, as far as AGREE goes.  */
static struct pgo_location
agreed (struct pgo_location at, enum agreement agree)
{
  return (struct pgo_location) { at.line, agree == AGREE_LINE ? 0 : at.column,
                                 agree == AGREE_ALL ? at.discriminator : 0 };
}

/* The greatest of INSTANCE's lines that agree with AT and are not TAKEN, by statements that agree better; marked in
   TAKING are all of them.  NULL if there is none.  */
static const struct pgo_line *
greatest_at (const struct pgo_instance *instance, struct pgo_location at, enum agreement agree, const bool *taken,
             bool *taking)
{
  const struct pgo_line *greatest = NULL;
  uint32_t low = 0, high = instance->n_lines;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (pgo_location_compare (agreed (instance->lines[middle].at, agree), at) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  for (; low < instance->n_lines && pgo_location_compare (agreed (instance->lines[low].at, agree), at) == 0; low++)
    if (!taken[low])
      {
        taking[low] = true;
        if (!greatest || instance->lines[low].weight > greatest->weight)
          greatest = &instance->lines[low];
      }
  return greatest;
}

/* Witnesses of the N statements at LOOKUPS, which share context and, as far as AGREE goes, location: what LINE says.  */
static void
add_witnesses (struct matcher *m, const struct lookup *lookups, uint32_t n, enum agreement agree,
               const struct pgo_line *line)
{
  const struct pgo_instance *instance = m->instances[lookups->context];
  struct pgo_match_quality *quality = &m->match->quality;
  uint32_t *counters[] = { &quality->exact, &quality->without_discriminator, &quality->without_column };
  *counters[agree] += n;
  const struct pgo_stale_map *stale = m->stale[lookups->context];
  quality->stale += stale && pgo_stale_map_edited (stale) ? n : 0;
  quality->weight_matched = pgo_add (quality->weight_matched, line->weight);
  /* A line of one block, of which the profile knows nothing but lines, is as good as a location.  */
  bool shared = agree == AGREE_LINE && instance->keys != PGO_KEYS_LINE;
  for (uint32_t i = 1; i < n; i++)
    shared |= lookups[i].block != lookups[i - 1].block;
  for (uint32_t i = 0; i < n; i++)
    {
      const struct lookup *s = &lookups[i];
      /* The greatest kind of a block comes first.  */
      if (i > 0 && s->block == s[-1].block)
        continue;
      uint32_t under = kind_trust[s->kind].under, over = kind_trust[s->kind].over;
      if (shared)
        {
          under = 0;
          over = SHARED_TRUST;
        }
      if (under)
        under = scale_trust (instance->kind, line->samples, under);
      /* Where only the beginning of the callee was inlined, the line counts the calls of the rest.  */
      uint64_t weight = s->inlined && s->inlined->head > line->weight ? s->inlined->head : line->weight;
      add_evidence (m, false, s->block, weight, under, scale_trust (instance->kind, line->samples, over));
    }
}

/* Witnesses of the N statements at LOOKUPS, those of one context.  */
static void
match_context (struct matcher *m, const struct lookup *lookups, uint32_t n)
{
  uint32_t context = lookups->context;
  const struct pgo_instance *instance = m->instances[context];
  struct pgo_match_quality *quality = &m->match->quality;
  quality->statements += n;
  if (!instance)
    {
      quality->unmatched += n;
      return;
    }
  struct lookup *left = pgo_alloc_array (n, sizeof *left);
  memcpy (left, lookups, n * sizeof *left);
  /* A line is taken only once all statements that agree with it equally well have had it.  */
  bool *taken = pgo_alloc_array (instance->n_lines, sizeof *taken);
  bool *taking = pgo_alloc_array (instance->n_lines, sizeof *taking);
  enum agreement last = m->by[context] == BY_MARK ? AGREE_ALL : AGREE_LINE;
  for (enum agreement agree = m->by[context] == BY_LINE ? AGREE_LINE : AGREE_ALL; agree <= last && n > 0; agree++)
    {
      for (uint32_t i = 0; i < n; i++)
        left[i].at = agreed (left[i].at, agree);
      qsort (left, n, sizeof *left, compare_lookup);
      uint32_t n_left = 0;
      for (uint32_t i = 0, next; i < n; i = next)
        {
          for (next = i + 1; next < n && pgo_location_compare (left[next].at, left[i].at) == 0;)
            next++;
          const struct pgo_line *line = greatest_at (instance, left[i].at, agree, taken, taking);
          if (line)
            add_witnesses (m, &left[i], next - i, agree, line);
          else
            {
              memmove (&left[n_left], &left[i], (next - i) * sizeof *left);
              n_left += next - i;
            }
        }
      n = n_left;
      memcpy (taken, taking, instance->n_lines * sizeof *taken);
    }
  quality->unmatched += n;
  for (uint32_t i = 0; i < n; i++)
    if (left[i].inlined)
      {
        const struct pgo_instance *callee = left[i].inlined;
        add_evidence (m, false, left[i].block, callee->head,
                      scale_trust (callee->kind, callee->head_samples, inlined_trust.under),
                      scale_trust (callee->kind, callee->head_samples, inlined_trust.over));
      }
  pgo_free (left);
  pgo_free (taken);
  pgo_free (taking);
}

/* The context that PLACE names below context TOP, or UINT32_MAX.  */
static uint32_t
place_context (const struct matcher *m, uint32_t top, const struct pgo_place *place)
{
  uint32_t context = top;
  for (uint32_t s = 0; s < place->n_steps; s++)
    {
      uint32_t c;
      for (c = context + 1; c < m->input->n_contexts; c++)
        if (m->input->contexts[c].parent == context
            && pgo_location_compare (known_as (m, context, m->input->contexts[c].at, m->input->contexts[c].mark),
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
find_agreeing (const struct matcher *m, uint32_t context, struct pgo_location at, enum agreement agree, uint32_t *end)
{
  uint32_t low = 0, high = m->n_lookups;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      const struct lookup *l = &m->lookups[middle];
      if (l->context < context
          || (l->context == context && pgo_location_compare (agreed (l->at, agree), agreed (at, agree)) < 0))
        low = middle + 1;
      else
        high = middle;
    }
  for (*end = low; *end < m->n_lookups && m->lookups[*end].context == context
                   && pgo_location_compare (agreed (m->lookups[*end].at, agree), agreed (at, agree)) == 0;)
    ++*end;
  return low;
}

/* The lookups of a location, if need be without its discriminator: the first of them, and *END past the last.  */
static uint32_t
find_lookups (const struct matcher *m, uint32_t context, struct pgo_location at, uint32_t *end)
{
  uint32_t first = find_agreeing (m, context, at, AGREE_ALL, end);
  return first < *end || m->by[context] != BY_SOURCE ? first : find_agreeing (m, context, at, AGREE_COLUMN, end);
}

/* The same for where a branch went; none where the discriminator is needed to tell blocks apart.  */
static uint32_t
find_destination (const struct matcher *m, uint32_t context, struct pgo_location at, uint32_t *end)
{
  uint32_t first = find_lookups (m, context, at, end);
  bool agrees = first < *end && m->lookups[first].at.discriminator == at.discriminator;
  for (uint32_t i = first + 1; !agrees && i < *end; i++)
    if (m->lookups[i].block != m->lookups[first].block)
      *end = first;
  return first;
}

/* Edges from the head of EDGE to the nearest block of lookups [FROM, TO), not through SOURCE, or
   UINT32_MAX if there are more than MAX.  */
static uint32_t
distance_to (struct matcher *m, uint32_t edge, uint32_t source, uint32_t from, uint32_t to, uint32_t max)
{
  uint32_t head = 0, tail = 0;
  m->search++;
  m->visit[source] = m->search;
  uint32_t start = m->input->edges[edge].dst;
  if (start == source)
    return UINT32_MAX;
  m->queue[tail++] = start;
  m->visit[start] = m->search;
  m->distance[start] = 0;
  while (head < tail)
    {
      uint32_t b = m->queue[head++];
      for (uint32_t i = from; i < to; i++)
        if (m->lookups[i].block == b)
          return m->distance[b];
      if (m->distance[b] == max)
        continue;
      for (uint32_t i = m->out_first[b]; i < m->out_first[b + 1]; i++)
        {
          uint32_t d = m->input->edges[m->out_edges[i]].dst;
          if (m->visit[d] != m->search)
            {
              m->visit[d] = m->search;
              m->distance[d] = m->distance[b] + 1;
              m->queue[tail++] = d;
            }
        }
    }
  return UINT32_MAX;
}

/* The way out of BLOCK that leads to lookups [FROM, TO) sooner than any other, or UINT32_MAX.  */
static uint32_t
edge_towards (struct matcher *m, uint32_t block, uint32_t from, uint32_t to)
{
  uint32_t best = UINT32_MAX, best_distance = UINT32_MAX;
  uint32_t max = m->out_first[block + 1] - m->out_first[block] > 2 ? MAX_SWITCH_DISTANCE : MAX_TARGET_DISTANCE;
  for (uint32_t i = m->out_first[block]; i < m->out_first[block + 1]; i++)
    {
      uint32_t distance = distance_to (m, m->out_edges[i], block, from, to, max);
      if (distance < best_distance)
        {
          best_distance = distance;
          best = m->out_edges[i];
        }
      else if (distance == best_distance)
        best = UINT32_MAX;
    }
  return best;
}

/* Witnesses of edges: what left the branch at one location, by the edges it went.  BRANCHES [0, N) have
   the same FROM, in the instance of context TOP.  */
static void
match_branch (struct matcher *m, uint32_t top, const struct pgo_branch *branches, uint32_t n)
{
  uint32_t end, context = place_context (m, top, &branches->from);
  if (context == UINT32_MAX)
    return;
  uint32_t begin = find_lookups (m, context, branches->from.at, &end);
  /* A location that ends several blocks does not tell which of them branched.  */
  uint32_t block = UINT32_MAX;
  for (uint32_t i = begin; i < end; i++)
    if (m->lookups[i].kind == PGO_STATEMENT_BRANCH)
      {
        if (block != UINT32_MAX && block != m->lookups[i].block)
          return;
        block = m->lookups[i].block;
      }
  if (block == UINT32_MAX)
    return;
  uint32_t n_out = m->out_first[block + 1] - m->out_first[block];
  uint64_t *weight = pgo_alloc_array (n_out, sizeof *weight);
  uint64_t *samples = pgo_alloc_array (n_out, sizeof *samples);
  bool *seen = pgo_alloc_array (n_out, sizeof *seen);
  bool resolved = true;
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t to_end, edge = UINT32_MAX, to_context = place_context (m, top, &branches[i].to);
      if (to_context != UINT32_MAX)
        {
          uint32_t to_begin = find_destination (m, to_context, branches[i].to.at, &to_end);
          edge = edge_towards (m, block, to_begin, to_end);
        }
      if (edge == UINT32_MAX)
        {
          resolved &= branches[i].weight == 0;
          continue;
        }
      for (uint32_t k = 0; k < n_out; k++)
        if (m->out_edges[m->out_first[block] + k] == edge)
          {
            weight[k] = pgo_add (weight[k], branches[i].weight);
            samples[k] = pgo_add (samples[k], branches[i].samples);
            seen[k] = true;
          }
    }
  for (uint32_t k = 0; k < n_out; k++)
    if (seen[k])
      {
        enum pgo_evidence kind = m->instances[context]->kind;
        uint32_t under = scale_trust (kind, samples[k], edge_trust.under);
        uint32_t over = scale_trust (kind, samples[k], edge_trust.over);
        /* What could not be told apart may have gone this way as well.  */
        add_evidence (m, true, m->out_edges[m->out_first[block] + k], weight[k], under, resolved ? over : 0);
      }
  pgo_free (weight);
  pgo_free (samples);
  pgo_free (seen);
}

static bool
same_place (const struct pgo_place *a, const struct pgo_place *b)
{
  if (a->n_steps != b->n_steps || pgo_location_compare (a->at, b->at) != 0)
    return false;
  for (uint32_t s = 0; s < a->n_steps; s++)
    if (pgo_location_compare (a->steps[s].at, b->steps[s].at) != 0
        || strcmp (a->steps[s].callee, b->steps[s].callee) != 0)
      return false;
  return true;
}

static void
match_branches (struct matcher *m)
{
  const struct pgo_match_input *in = m->input;
  m->out_first = pgo_alloc_array ((size_t) in->n_blocks + 2, sizeof *m->out_first);
  m->out_edges = pgo_alloc_array ((size_t) in->n_edges + 1, sizeof *m->out_edges);
  m->distance = pgo_alloc_array (in->n_blocks, sizeof *m->distance);
  m->visit = pgo_alloc_array (in->n_blocks, sizeof *m->visit);
  m->queue = pgo_alloc_array ((size_t) in->n_blocks + 1, sizeof *m->queue);
  for (uint32_t e = 0; e < in->n_edges; e++)
    m->out_first[in->edges[e].src + 2]++;
  for (uint32_t b = 0; b < in->n_blocks; b++)
    m->out_first[b + 2] += m->out_first[b + 1];
  for (uint32_t e = 0; e < in->n_edges; e++)
    m->out_edges[m->out_first[in->edges[e].src + 1]++] = e;
  for (uint32_t c = 0; c < in->n_contexts; c++)
    {
      const struct pgo_instance *instance = m->instances[c];
      if (!instance)
        continue;
      for (uint32_t i = 0, next; i < instance->n_branches; i = next)
        {
          for (next = i + 1; next < instance->n_branches
                             && same_place (&instance->branches[i].from, &instance->branches[next].from);)
            next++;
          match_branch (m, c, &instance->branches[i], next - i);
        }
    }
  pgo_free (m->out_first);
  pgo_free (m->out_edges);
  pgo_free (m->distance);
  pgo_free (m->visit);
  pgo_free (m->queue);
}

/* What statement S of the source calls, as the profile has it inlined AT, which is its location there, if it tells how
   often it was entered; or NULL.  */
static const struct pgo_instance *
inlined_callee (const struct matcher *m, const struct pgo_statement *s, struct pgo_location at)
{
  const struct pgo_instance *caller = m->instances[s->context];
  if (!caller || !s->callee || s->kind != PGO_STATEMENT_CALL)
    return NULL;
  /* Inlined calls have no discriminators.  */
  at.discriminator = 0;
  const struct pgo_instance *callee = pgo_instance_find_inlined (caller, at, s->callee);
  return callee && (callee->head || callee->total == 0) ? callee : NULL;
}

void
pgo_match_function (const struct pgo_instance *tree, const struct pgo_match_input *input, struct pgo_match *match)
{
  struct matcher m = { .input = input, .match = match };
  memset (match, 0, sizeof *match);
  match->quality.weight = tree->total;
  find_instances (&m, tree);

  m.lookups = pgo_alloc_array (input->n_statements, sizeof *m.lookups);
  m.n_lookups = input->n_statements;
  for (uint32_t i = 0; i < input->n_statements; i++)
    {
      const struct pgo_statement *s = &input->statements[i];
      struct pgo_location at = known_as (&m, s->context, s->at, s->mark);
      m.lookups[i] = (struct lookup) { s->context, s->block, at, s->kind, inlined_callee (&m, s, at) };
    }
  qsort (m.lookups, m.n_lookups, sizeof *m.lookups, compare_lookup);
  for (uint32_t i = 0, next; i < m.n_lookups; i = next)
    {
      for (next = i + 1; next < m.n_lookups && m.lookups[next].context == m.lookups[i].context;)
        next++;
      match_context (&m, &m.lookups[i], next - i);
    }
  match_branches (&m);
  if (tree->kind == PGO_EVIDENCE_EXACT || tree->head_samples > 0)
    {
      uint32_t under = scale_trust (tree->kind, tree->head_samples, entry_trust.under);
      uint32_t over = scale_trust (tree->kind, tree->head_samples, entry_trust.over);
      add_evidence (&m, false, PGO_FLOW_ENTRY, tree->head, under, over);
    }
  match->n_witnesses = match->n_evidence;
  for (uint32_t c = 0; c < input->n_contexts; c++)
    pgo_stale_map_free (m.stale[c]);
  pgo_free (m.stale);
  pgo_free (m.lookups);
  pgo_free (m.instances);
  pgo_free (m.by);
}

void
pgo_match_clear (struct pgo_match *match)
{
  pgo_free (match->evidence);
  memset (match, 0, sizeof *match);
}
