/* Anchors of contexts and instances: see anchors.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/anchors.h"
#include "core/alloc.h"
#include "core/stale.h"

#include <stdlib.h>
#include <string.h>

struct anchors
{
  struct pgo_anchor *list;
  uint32_t n, room;
};

struct pgo_stale_map
{
  struct anchors profile, source;
  uint32_t *to;
  bool edited;                  /* Since the profile was made.  */
};

/* FIRST[C] … FIRST[C + 1] of the result: the I of N with KEY (I) == C, in order.  */
static uint32_t *
group (uint32_t n, uint32_t n_groups, uint32_t *first, uint32_t (*key) (const struct pgo_match_input *, uint32_t),
       const struct pgo_match_input *input)
{
  uint32_t *members = pgo_alloc_array (n, sizeof *members);
  for (uint32_t i = 0; i < n; i++)
    first[key (input, i) + 2]++;
  for (uint32_t c = 0; c < n_groups; c++)
    first[c + 2] += first[c + 1];
  for (uint32_t i = 0; i < n; i++)
    members[first[key (input, i) + 1]++] = i;
  return members;
}

static uint32_t
statement_context (const struct pgo_match_input *input, uint32_t i)
{
  return input->statements[i].context;
}

/* The function itself, context 0, is its own parent; it is not an inlined call.  */
static uint32_t
context_parent (const struct pgo_match_input *input, uint32_t i)
{
  return input->contexts[i].parent;
}

void
pgo_anchor_index_make (struct pgo_anchor_index *index, const struct pgo_match_input *input)
{
  index->first_statement = pgo_alloc_array ((size_t) input->n_contexts + 2, sizeof *index->first_statement);
  index->first_context = pgo_alloc_array ((size_t) input->n_contexts + 2, sizeof *index->first_context);
  index->statements
    = group (input->n_statements, input->n_contexts, index->first_statement, statement_context, input);
  index->contexts = group (input->n_contexts, input->n_contexts, index->first_context, context_parent, input);
}

void
pgo_anchor_index_clear (struct pgo_anchor_index *index)
{
  pgo_free (index->statements);
  pgo_free (index->first_statement);
  pgo_free (index->contexts);
  pgo_free (index->first_context);
}

static void
add_anchor (struct anchors *anchors, struct pgo_location at, const char *callee, bool by_line)
{
  if (anchors->n == anchors->room)
    {
      anchors->room = anchors->room ? 2 * anchors->room : 64;
      anchors->list = pgo_realloc_array (anchors->list, anchors->room, sizeof *anchors->list);
    }
  anchors->list[anchors->n++] = (struct pgo_anchor) { at.line, by_line ? 0 : at.column, callee };
}

/* Sort; leave out what is there twice, and locations without a callee that have one.  */
static void
settle (struct anchors *anchors)
{
  uint32_t n = 0;
  qsort (anchors->list, anchors->n, sizeof *anchors->list, pgo_anchor_compare);
  for (uint32_t i = 0; i < anchors->n; i++)
    {
      const struct pgo_anchor *a = &anchors->list[i], *next = i + 1 < anchors->n ? a + 1 : NULL;
      bool same_place = next && next->line == a->line && next->column == a->column;
      if (same_place && (!a->callee || strcmp (a->callee, next->callee) == 0))
        continue;
      anchors->list[n++] = *a;
    }
  anchors->n = n;
}

static void
gather_profile (struct anchors *anchors, const struct pgo_instance *instance, bool by_line)
{
  for (uint32_t i = 0; i < instance->n_lines; i++)
    add_anchor (anchors, instance->lines[i].at, NULL, by_line);
  for (uint32_t i = 0; i < instance->n_calls; i++)
    add_anchor (anchors, instance->calls[i].at, instance->calls[i].callee, by_line);
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    add_anchor (anchors, instance->inlined[i]->at, instance->inlined[i]->name, by_line);
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      const struct pgo_branch *b = &instance->branches[i];
      if (b->from.n_steps == 0)
        add_anchor (anchors, b->from.at, NULL, by_line);
      if (b->to.n_steps == 0)
        add_anchor (anchors, b->to.at, NULL, by_line);
    }
  settle (anchors);
}

static void
gather_source (struct anchors *anchors, const struct pgo_match_input *input, const struct pgo_anchor_index *index,
               uint32_t context, bool by_line)
{
  for (uint32_t i = index->first_statement[context]; i < index->first_statement[context + 1]; i++)
    {
      const struct pgo_statement *s = &input->statements[index->statements[i]];
      add_anchor (anchors, s->at, s->callee, by_line);
    }
  for (uint32_t i = index->first_context[context]; i < index->first_context[context + 1]; i++)
    if (index->contexts[i] != 0)
      {
        const struct pgo_context *c = &input->contexts[index->contexts[i]];
        add_anchor (anchors, c->at, c->name, by_line);
      }
  settle (anchors);
}

struct pgo_stale_map *
pgo_stale_map_make (const struct pgo_instance *instance, const struct pgo_match_input *input,
                    const struct pgo_anchor_index *index, uint32_t context, bool by_line, bool *limited)
{
  struct pgo_stale_map *map = pgo_alloc (sizeof *map);
  gather_profile (&map->profile, instance, by_line);
  gather_source (&map->source, input, index, context, by_line);
  map->to = pgo_alloc_array (map->source.n, sizeof *map->to);
  enum pgo_stale_result result
    = pgo_stale_align (map->profile.list, map->profile.n, map->source.list, map->source.n, map->to);
  *limited |= result == PGO_STALE_LIMITED;
  map->edited = result == PGO_STALE_ALIGNED;
  if (map->edited || result == PGO_STALE_ADJUSTED)
    return map;
  pgo_stale_map_free (map);
  return NULL;
}

uint32_t
pgo_anchors_likeness (const struct pgo_instance *instance, const struct pgo_match_input *input,
                      const struct pgo_anchor_index *index, uint32_t context, uint32_t *n_anchors)
{
  struct anchors profile = { 0 }, source = { 0 };
  bool by_line = instance->keys != PGO_KEYS_SOURCE;
  gather_profile (&profile, instance, by_line);
  gather_source (&source, input, index, context, by_line);
  uint32_t likeness = pgo_stale_likeness (profile.list, profile.n, source.list, source.n);
  *n_anchors = profile.n;
  pgo_free (profile.list);
  pgo_free (source.list);
  return likeness;
}

void
pgo_stale_map_free (struct pgo_stale_map *map)
{
  if (!map)
    return;
  pgo_free (map->profile.list);
  pgo_free (map->source.list);
  pgo_free (map->to);
  pgo_free (map);
}

bool
pgo_stale_map_edited (const struct pgo_stale_map *map)
{
  return map->edited;
}

bool
pgo_stale_map_find (const struct pgo_stale_map *map, struct pgo_location at, struct pgo_location *found)
{
  const struct pgo_anchor wanted = { at.line, at.column, NULL };
  uint32_t low = 0, high = map->source.n;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (pgo_anchor_compare (&map->source.list[middle], &wanted) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  for (; low < map->source.n; low++)
    {
      const struct pgo_anchor *source = &map->source.list[low];
      if (source->line != at.line || source->column != at.column)
        break;
      if (map->to[low] == PGO_STALE_NONE)
        continue;
      const struct pgo_anchor *profile = &map->profile.list[map->to[low]];
      *found = (struct pgo_location) { profile->line, profile->column, at.discriminator };
      return true;
    }
  return false;
}
