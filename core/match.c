/* Matching by location, and what each match is worth.

   A statement's own line in the profile is a witness of its block.  How far it is to be trusted depends on
   what optimisers do to such statements: a call stays in its block; the condition of a branch nearly
   always; a computation may be hoisted out of a loop (its weight is then too small), executed
   speculatively (too large), or shared with another block.  Most of what they do takes executions away: a
   branch whose outcome is known on some path is left out there, a value that is there already is not
   computed again.  So a count is rather too small than too large, and a greater one is resisted less.  A
   location that stands in several blocks cannot tell them apart: it bounds each from above.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/matcher.h"
#include "core/alloc.h"
#include "core/anchors.h"
#include "core/profile-compare.h"
#include "core/renamed.h"

#include <stdlib.h>
#include <string.h>

/* Trust in a witness by kind of statement, in thousandths, for exact evidence and a location of its own: UNDER against
   a smaller count, OVER against a greater one.  Chosen by comparing inferred with instrumented counts on lua, tcc,
   duktape and minigzip, from exact counts, those of marked code and branch records (docs/algorithms.md).  */
static const struct pgo_trust kind_trust[] = {
  [PGO_STATEMENT_PLAIN] = { 700, 300 },
  [PGO_STATEMENT_CALL] = { 900, 900 },
  [PGO_STATEMENT_BRANCH] = { 700, 500 },
};
/* Of a call that has no code of its own any more: its callee's, inlined, is entered by a computation as any.  */
static const struct pgo_trust inlined_trust = { 700, 300 };
/* Of the function's entry: what ran inline elsewhere may have been counted with it.  */
static const struct pgo_trust entry_trust = { 500, 1000 };
/* A location in several blocks, as an upper bound of each.  */
static const struct pgo_trust shared_trust = { 0, 200 };
/* Of how often a call's callee was entered: as of a call.  */
static const struct pgo_trust callee_trust = { 0, 900 };
/* Bytes of code from which on a function is seen where it was inlined.  Less may have become nothing there, and seems to be
   entered less often than it is.  Some 15 instructions, what GCC inlines at -O2 without being asked.  */
#define SURELY_SEEN_BYTES 64
/* Samples at which clock and branch evidence reach half of their trust.  */
#define HALF_TRUST_SAMPLES 8

static int
compare_lookup (const void *a, const void *b)
{
  const struct pgo_lookup *x = a, *y = b;
  if (x->context != y->context)
    return x->context < y->context ? -1 : 1;
  int order = pgo_location_compare (x->at, y->at);
  if (order)
    return order;
  if (x->block != y->block)
    return x->block < y->block ? -1 : 1;
  return x->kind < y->kind ? 1 : x->kind > y->kind ? -1 : 0;
}

static void
add_evidence (struct pgo_matcher *m, bool is_edge, uint32_t index, uint64_t value, uint32_t under, uint32_t over)
{
  if (under == 0 && over == 0)
    return;
  if (m->match->n_evidence == m->room)
    {
      m->room = m->room ? 2 * m->room : 64;
      m->match->evidence = pgo_realloc_array (m->match->evidence, m->room, sizeof *m->match->evidence);
    }
  m->match->evidence[m->match->n_evidence++]
    = (struct pgo_flow_evidence) { index, is_edge, value, under, over };
}

static uint32_t
scale_trust (uint32_t trust, uint64_t samples)
{
  return trust ? (uint32_t) (trust * (samples + 1) / (samples + 1 + HALF_TRUST_SAMPLES)) + 1 : 0;
}

void
pgo_matcher_add (struct pgo_matcher *m, const struct pgo_testimony *t, struct pgo_trust trust)
{
  uint32_t under = trust.under, over = trust.over;
  if (t->kind != PGO_EVIDENCE_EXACT)
    {
      under = scale_trust (under, t->samples);
      over = scale_trust (over, t->samples);
    }
  add_evidence (m, t->is_edge, t->index, t->value, under, over);
  /* Few branch records leave open how often something ran, but not that it ran many times as often.  (The clock may never
     tick in a block that is short.)  */
  if (t->kind == PGO_EVIDENCE_BRANCH && over < trust.over)
    add_evidence (m, t->is_edge, t->index, pgo_add (t->value, HALF_TRUST_SAMPLES), 0, trust.over - over);
}

static enum pgo_lookup_by
how_to_look_up (const struct pgo_instance *instance, const struct pgo_context *context)
{
  if (instance->keys == PGO_KEYS_SOURCE)
    return PGO_BY_SOURCE;
  if (instance->keys == PGO_KEYS_LINE)
    return PGO_BY_LINE;
  return instance->checksum == 0 || instance->checksum == context->checksum ? PGO_BY_MARK : PGO_BY_LINE;
}

/* Where nothing of a profile is.  */
#define NOWHERE_LINE INT32_MIN

struct pgo_location
pgo_matcher_known_as (const struct pgo_matcher *m, uint32_t context, struct pgo_location at, uint32_t mark)
{
  if (m->by[context] != PGO_BY_SOURCE)
    at = (struct pgo_location) { at.line, m->by[context] == PGO_BY_MARK ? mark : 0, 0 };
  if (m->stale[context] && !pgo_stale_map_find (m->stale[context], at, &at))
    at.line = NOWHERE_LINE;
  return at;
}

/* The first of INSTANCE's lines that are not before AT.  */
static uint32_t
first_line (const struct pgo_instance *instance, struct pgo_location at, enum pgo_agreement agree)
{
  uint32_t low = 0, high = instance->n_lines;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (pgo_location_compare (pgo_agreed (instance->lines[middle].at, agree), at) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

bool
pgo_matcher_any_discriminator (const struct pgo_matcher *m, uint32_t context, struct pgo_location at)
{
  const struct pgo_instance *instance = m->instances[context];
  if (m->by[context] != PGO_BY_SOURCE || at.discriminator != 0)
    return false;
  uint32_t next = first_line (instance, at, PGO_AGREE_ALL);
  next += next < instance->n_lines && pgo_location_compare (instance->lines[next].at, at) == 0;
  return next == instance->n_lines
         || pgo_location_compare (pgo_agreed (instance->lines[next].at, PGO_AGREE_COLUMN), at) != 0;
}

bool
pgo_matcher_edited (const struct pgo_matcher *m, uint32_t context)
{
  return m->stale[context] && pgo_stale_map_edited (m->stale[context]);
}

/* What was inlined into PARENT at AT under another name than context CONTEXT has now, if it is one instance and like
   it; else NULL.  */
static const struct pgo_instance *
find_renamed (const struct pgo_matcher *m, const struct pgo_anchor_index *index, const struct pgo_instance *parent,
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
find_instances (struct pgo_matcher *m, const struct pgo_instance *tree)
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
          struct pgo_location at = pgo_matcher_known_as (m, context->parent, context->at, context->mark);
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
          if (m->by[c] != PGO_BY_MARK)
            m->stale[c] = pgo_stale_map_make (m->instances[c], in, &index, c, m->by[c] == PGO_BY_LINE,
                                              &m->match->quality.stale_limited);
          m->match->quality.stale_contexts += pgo_matcher_edited (m, c);
        }
    }
  pgo_anchor_index_clear (&index);
}

/* The greatest of INSTANCE's lines that agree with AT and are not TAKEN, by statements that agree better; marked in
   TAKING are all of them.  NULL if there is none.  */
static const struct pgo_line *
greatest_at (const struct pgo_instance *instance, struct pgo_location at, enum pgo_agreement agree, const bool *taken,
             bool *taking)
{
  const struct pgo_line *greatest = NULL;
  for (uint32_t i = first_line (instance, at, agree);
       i < instance->n_lines && pgo_location_compare (pgo_agreed (instance->lines[i].at, agree), at) == 0; i++)
    if (!taken[i])
      {
        taking[i] = true;
        if (!greatest || instance->lines[i].weight > greatest->weight)
          greatest = &instance->lines[i];
      }
  return greatest;
}

/* Executions of the call LOOKUP of INSTANCE, if they are known by themselves: a line's are those of whatever else has its
   location, too, all that a macro stands for.  Discriminators are the machine block's and say nothing of a call.  */
static bool
find_calls (const struct pgo_instance *instance, const struct pgo_lookup *lookup, struct pgo_testimony *t)
{
  struct pgo_location at = pgo_agreed (lookup->at, PGO_AGREE_COLUMN);
  uint32_t low = 0, high = instance->n_calls;
  if (!lookup->callee || lookup->inlined || instance->kind == PGO_EVIDENCE_TIME)
    return false;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (pgo_location_compare (instance->calls[middle].at, at) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  bool found = false;
  *t = (struct pgo_testimony) { false, lookup->block, 0, 0, instance->kind };
  for (; low < instance->n_calls; low++)
    {
      const struct pgo_call *call = &instance->calls[low];
      if (pgo_location_compare (pgo_agreed (call->at, PGO_AGREE_COLUMN), at) != 0)
        break;
      if (strcmp (call->callee, lookup->callee) != 0)
        continue;
      found = true;
      t->value = pgo_add (t->value, call->weight);
      t->samples = pgo_add (t->samples, call->samples);
    }
  return found;
}

/* Witnesses of the N statements at LOOKUPS, which share context and, as far as AGREE goes, location: what LINE says.  */
static void
add_witnesses (struct pgo_matcher *m, const struct pgo_lookup *lookups, uint32_t n, enum pgo_agreement agree,
               const struct pgo_line *line)
{
  const struct pgo_instance *instance = m->instances[lookups->context];
  struct pgo_match_quality *quality = &m->match->quality;
  uint32_t *counters[] = { &quality->exact, &quality->without_discriminator, &quality->without_column };
  *counters[agree] += n;
  quality->stale += pgo_matcher_edited (m, lookups->context) ? n : 0;
  quality->weight_matched = pgo_add (quality->weight_matched, line->weight);
  /* A line of one block, of which the profile knows nothing but lines, is as good as a location.  */
  bool shared = agree == PGO_AGREE_LINE && instance->keys != PGO_KEYS_LINE;
  for (uint32_t i = 1; i < n; i++)
    shared |= lookups[i].block != lookups[i - 1].block;
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_lookup *s = &lookups[i];
      /* The greatest kind of a block comes first.  */
      if (i > 0 && s->block == s[-1].block)
        continue;
      struct pgo_testimony t;
      if (shared || !find_calls (instance, s, &t))
        {
          /* Where only the beginning of the callee was inlined, the line counts the calls of the rest.  */
          uint64_t weight = s->inlined && s->inlined->head > line->weight ? s->inlined->head : line->weight;
          t = (struct pgo_testimony) { false, s->block, weight, line->samples, instance->kind };
        }
      pgo_matcher_add (m, &t, shared ? shared_trust : kind_trust[s->kind]);
    }
}

/* Witnesses of the N statements at LOOKUPS, those of one context.  */
static void
match_context (struct pgo_matcher *m, const struct pgo_lookup *lookups, uint32_t n)
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
  struct pgo_lookup *left = pgo_alloc_array (n, sizeof *left);
  memcpy (left, lookups, n * sizeof *left);
  /* A line is taken only once all statements that agree with it equally well have had it.  */
  bool *taken = pgo_alloc_array (instance->n_lines, sizeof *taken);
  bool *taking = pgo_alloc_array (instance->n_lines, sizeof *taking);
  enum pgo_agreement last = m->by[context] == PGO_BY_MARK ? PGO_AGREE_ALL : PGO_AGREE_LINE;
  for (enum pgo_agreement agree = m->by[context] == PGO_BY_LINE ? PGO_AGREE_LINE : PGO_AGREE_ALL; agree <= last && n > 0; agree++)
    {
      for (uint32_t i = 0; i < n; i++)
        left[i].at = pgo_agreed (left[i].at, agree);
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
        struct pgo_testimony t = { false, left[i].block, callee->head, callee->head_samples, callee->kind };
        pgo_matcher_add (m, &t, inlined_trust);
      }
  pgo_free (left);
  pgo_free (taken);
  pgo_free (taking);
}

/* What statement S of the source calls, as the profile has it inlined AT, which is its location there, if it tells how
   often it was entered; or NULL.  */
static const struct pgo_instance *
inlined_callee (const struct pgo_matcher *m, const struct pgo_statement *s, struct pgo_location at)
{
  const struct pgo_instance *caller = m->instances[s->context];
  if (!caller || !s->callee || s->kind != PGO_STATEMENT_CALL)
    return NULL;
  /* Inlined calls have no discriminators.  */
  at.discriminator = 0;
  const struct pgo_instance *callee = pgo_instance_find_inlined (caller, at, s->callee);
  return callee && (callee->head || callee->total == 0) ? callee : NULL;
}

/* A call of a function that the profile knows.  */
struct call
{
  const struct pgo_lookup *lookup;
  const struct pgo_line *line;  /* Or NULL.  */
};

static int
compare_call (const void *a, const void *b)
{
  const struct call *x = a, *y = b;
  int order = pgo_name_compare (x->lookup->called->name, y->lookup->called->name);
  if (order == 0)
    order = pgo_name_compare (x->lookup->called->file, y->lookup->called->file);
  return order ? order : compare_lookup (x->lookup, y->lookup);
}

/* Whether LOOKUP is a call that runs no oftener than the profile says that its callee is entered.  */
static bool
is_bounded (const struct pgo_matcher *m, const struct pgo_lookup *lookup)
{
  const struct pgo_instance *called = lookup->called;
  if (!called || lookup->inlined || called->kind == PGO_EVIDENCE_TIME || called->size_bytes < SURELY_SEEN_BYTES
      || (called->head == 0 && called->total > 0))
    return false;
  /* A call that is new tells of its callee, not the other way round.  */
  return m->instances[lookup->context] && !pgo_matcher_edited (m, lookup->context);
}

/* Calls of one function from many places, handlers of errors, say, are often merged into one: the others have no code that
   would tell.  But all together they run no oftener than it is entered.  */
static void
bound_calls (struct pgo_matcher *m)
{
  struct call *calls = pgo_alloc_array ((size_t) m->n_lookups + 1, sizeof *calls);
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->n_lookups; i++)
    if (is_bounded (m, &m->lookups[i]))
      calls[n++] = (struct call) { &m->lookups[i],
                                   pgo_instance_find_line (m->instances[m->lookups[i].context], m->lookups[i].at) };
  qsort (calls, n, sizeof *calls, compare_call);
  for (uint32_t i = 0, next; i < n; i = next)
    {
      const struct pgo_instance *called = calls[i].lookup->called;
      uint64_t told = 0;
      for (next = i; next < n && calls[next].lookup->called == called; next++)
        if (calls[next].line && (next == i || calls[next].line != calls[next - 1].line))
          told = pgo_add (told, calls[next].line->weight);
      uint64_t rest = called->head > told ? called->head - told : 0;
      for (uint32_t k = i; k < next; k++)
        if (!calls[k].line)
          {
            struct pgo_testimony t = { false, calls[k].lookup->block, rest, called->head_samples, called->kind };
            pgo_matcher_add (m, &t, callee_trust);
          }
    }
  pgo_free (calls);
}

void
pgo_match_function (const struct pgo_instance *tree, const struct pgo_match_input *input, struct pgo_match *match)
{
  struct pgo_matcher m = { .input = input, .match = match };
  memset (match, 0, sizeof *match);
  match->quality.weight = tree->total;
  find_instances (&m, tree);

  m.lookups = pgo_alloc_array (input->n_statements, sizeof *m.lookups);
  m.n_lookups = input->n_statements;
  for (uint32_t i = 0; i < input->n_statements; i++)
    {
      const struct pgo_statement *s = &input->statements[i];
      struct pgo_location at = pgo_matcher_known_as (&m, s->context, s->at, s->mark);
      m.lookups[i] = (struct pgo_lookup) { s->context, s->block, at, s->kind, s->kind == PGO_STATEMENT_CALL ? s->callee : NULL,
                                           inlined_callee (&m, s, at), s->called };
    }
  qsort (m.lookups, m.n_lookups, sizeof *m.lookups, compare_lookup);
  for (uint32_t i = 0, next; i < m.n_lookups; i = next)
    {
      for (next = i + 1; next < m.n_lookups && m.lookups[next].context == m.lookups[i].context;)
        next++;
      match_context (&m, &m.lookups[i], next - i);
    }
  pgo_matcher_add_branches (&m);
  bound_calls (&m);
  if (tree->kind == PGO_EVIDENCE_EXACT || tree->head_samples > 0)
    {
      struct pgo_testimony t = { false, PGO_FLOW_ENTRY, tree->head, tree->head_samples, tree->kind };
      pgo_matcher_add (&m, &t, entry_trust);
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
