/* Building, searching and adding up profiles.  Sorting is in profile-normalize.c, text in profile-text.c.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-compare.h"
#include "core/alloc.h"
#include "core/pool.h"

#include <string.h>

struct pgo_profile *
pgo_profile_new (void)
{
  struct pgo_profile *profile = pgo_alloc (sizeof *profile);
  profile->pool = pgo_pool_new ();
  return profile;
}

void
pgo_profile_free (struct pgo_profile *profile)
{
  if (!profile)
    return;
  pgo_pool_free (profile->pool);
  pgo_free (profile);
}

const char *
pgo_profile_string_n (struct pgo_profile *profile, const char *text, size_t length)
{
  return pgo_pool_intern (profile->pool, text, length);
}

const char *
pgo_profile_string (struct pgo_profile *profile, const char *text)
{
  return text ? pgo_pool_intern (profile->pool, text, strlen (text)) : NULL;
}

void *
pgo_profile_alloc (struct pgo_profile *profile, size_t size)
{
  return pgo_pool_alloc (profile->pool, size);
}

uint64_t
pgo_add (uint64_t a, uint64_t b)
{
  return a + b < a ? UINT64_MAX : a + b;
}

uint64_t
pgo_scale (uint64_t value, uint64_t numerator, uint64_t denominator)
{
  if (denominator == 0)
    return 0;
  if (numerator == denominator)
    return value;
  __extension__ typedef unsigned __int128 wide;
  wide quotient = ((wide) value * numerator + denominator / 2) / denominator;
  return quotient > UINT64_MAX ? UINT64_MAX : (uint64_t) quotient;
}

/* Room for one more element of ARRAY, which is N long.  */
#define ROOM_FOR_ONE(PROFILE, ARRAY, N, ROOM) \
  ((ARRAY) = pgo_pool_grow ((PROFILE)->pool, (ARRAY), (N), &(ROOM), (size_t) (N) + 1, sizeof *(ARRAY)))

struct pgo_origin *
pgo_profile_add_origin (struct pgo_profile *profile)
{
  ROOM_FOR_ONE (profile, profile->origins, profile->n_origins, profile->room_origins);
  struct pgo_origin *origin = &profile->origins[profile->n_origins++];
  memset (origin, 0, sizeof *origin);
  origin->binary = origin->build_id = pgo_profile_string (profile, "");
  return origin;
}

static struct pgo_instance *
new_instance (struct pgo_profile *profile, const char *name, const char *file, uint32_t depth)
{
  struct pgo_instance *instance = profile->spare;
  if (instance)
    {
      profile->spare = (struct pgo_instance *) instance->inlined;
      memset (instance, 0, sizeof *instance);
    }
  else
    instance = pgo_pool_alloc (profile->pool, sizeof *instance);
  instance->name = pgo_profile_string (profile, name);
  instance->file = pgo_profile_string (profile, file);
  instance->depth = depth;
  return instance;
}

struct pgo_instance *
pgo_profile_add_function (struct pgo_profile *profile, const char *name, const char *file)
{
  ROOM_FOR_ONE (profile, profile->functions, profile->n_functions, profile->room_functions);
  return profile->functions[profile->n_functions++] = new_instance (profile, name, file, 0);
}

struct pgo_instance *
pgo_instance_add_inlined (struct pgo_profile *profile, struct pgo_instance *instance, struct pgo_location at,
                          const char *name, const char *file)
{
  struct pgo_instance *child = new_instance (profile, name, file, instance->depth + 1);
  child->at = at;
  if (child->depth > PGO_DEPTH_MAX)
    return child;
  ROOM_FOR_ONE (profile, instance->inlined, instance->n_inlined, instance->room_inlined);
  return instance->inlined[instance->n_inlined++] = child;
}

struct pgo_instance *
pgo_instance_get_inlined (struct pgo_profile *profile, struct pgo_instance *instance, struct pgo_location at,
                          const char *name, const char *file)
{
  name = pgo_profile_string (profile, name);
  file = pgo_profile_string (profile, file);
  /* From the end: what was added last is asked for most.  */
  for (uint32_t i = instance->n_inlined; i-- > 0;)
    {
      struct pgo_instance *child = instance->inlined[i];
      if (child->name == name && child->file == file && pgo_location_compare (child->at, at) == 0)
        return child;
    }
  return pgo_instance_add_inlined (profile, instance, at, name, file);
}

void
pgo_instance_add_line (struct pgo_profile *profile, struct pgo_instance *instance, struct pgo_location at,
                       uint64_t weight, uint64_t samples)
{
  ROOM_FOR_ONE (profile, instance->lines, instance->n_lines, instance->room_lines);
  instance->lines[instance->n_lines++] = (struct pgo_line) { at, weight, samples };
}

void
pgo_instance_add_call (struct pgo_profile *profile, struct pgo_instance *instance, struct pgo_location at,
                       const char *callee, const char *callee_file, uint64_t weight, uint64_t samples)
{
  ROOM_FOR_ONE (profile, instance->calls, instance->n_calls, instance->room_calls);
  instance->calls[instance->n_calls++] = (struct pgo_call) {
    at, pgo_profile_string (profile, callee), pgo_profile_string (profile, callee_file), weight, samples
  };
}

static struct pgo_place
copy_place (struct pgo_profile *profile, const struct pgo_place *place)
{
  struct pgo_place copy = { NULL, 0, place->at };
  if (place->n_steps)
    {
      uint32_t room = 0;
      struct pgo_step *steps = pgo_pool_grow (profile->pool, NULL, 0, &room, place->n_steps, sizeof *steps);
      for (uint32_t i = 0; i < place->n_steps; i++)
        {
          const struct pgo_step *step = &place->steps[i];
          steps[i] = (struct pgo_step) { step->at, pgo_profile_string (profile, step->callee),
                                         pgo_profile_string (profile, step->callee_file) };
        }
      copy.steps = steps;
      copy.n_steps = place->n_steps;
    }
  return copy;
}

void
pgo_place_release (struct pgo_profile *profile, struct pgo_place *place)
{
  pgo_pool_release (profile->pool, (struct pgo_step *) place->steps, place->n_steps, sizeof *place->steps);
  place->steps = NULL;
  place->n_steps = 0;
}

void
pgo_instance_add_branch (struct pgo_profile *profile, struct pgo_instance *instance, struct pgo_place from,
                         struct pgo_place to, uint64_t weight, uint64_t samples)
{
  if (from.n_steps > PGO_DEPTH_MAX || to.n_steps > PGO_DEPTH_MAX)
    return;
  ROOM_FOR_ONE (profile, instance->branches, instance->n_branches, instance->room_branches);
  instance->branches[instance->n_branches++] = (struct pgo_branch) {
    copy_place (profile, &from), copy_place (profile, &to), weight, samples
  };
}

enum pgo_evidence
pgo_evidence_combine (enum pgo_evidence a, enum pgo_evidence b)
{
  if (a == PGO_EVIDENCE_NONE || b == PGO_EVIDENCE_NONE)
    return a == PGO_EVIDENCE_NONE ? b : a;
  return a < b ? a : b;
}

enum pgo_evidence
pgo_profile_kind (const struct pgo_profile *profile)
{
  enum pgo_evidence kind = PGO_EVIDENCE_NONE;
  for (uint32_t i = 0; i < profile->n_origins; i++)
    kind = profile->origins[i].kind > kind ? profile->origins[i].kind : kind;
  for (uint32_t i = 0; i < profile->n_functions && profile->n_origins == 0; i++)
    kind = profile->functions[i]->kind > kind ? profile->functions[i]->kind : kind;
  return kind;
}

/* Weight of all lines of a tree, whether normalised or not.  */
static uint64_t
tree_weight (const struct pgo_instance *instance)
{
  uint64_t weight = 0;
  for (uint32_t i = 0; i < instance->n_lines; i++)
    weight = pgo_add (weight, instance->lines[i].weight);
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    weight = pgo_add (weight, tree_weight (instance->inlined[i]));
  return weight;
}

static void
release_arrays (struct pgo_profile *profile, struct pgo_instance *instance)
{
  struct pgo_pool *pool = profile->pool;
  pgo_pool_release (pool, instance->lines, instance->room_lines, sizeof *instance->lines);
  pgo_pool_release (pool, instance->calls, instance->room_calls, sizeof *instance->calls);
  pgo_pool_release (pool, instance->branches, instance->room_branches, sizeof *instance->branches);
  pgo_pool_release (pool, instance->inlined, instance->room_inlined, sizeof *instance->inlined);
}

static void
make_spare (struct pgo_profile *profile, struct pgo_instance *instance)
{
  release_arrays (profile, instance);
  instance->inlined = (struct pgo_instance **) profile->spare;
  profile->spare = instance;
}

/* Drop what INSTANCE holds and all below it.  */
static void
clear_body (struct pgo_profile *profile, struct pgo_instance *instance)
{
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      pgo_place_release (profile, &instance->branches[i].from);
      pgo_place_release (profile, &instance->branches[i].to);
    }
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    {
      clear_body (profile, instance->inlined[i]);
      make_spare (profile, instance->inlined[i]);
    }
  instance->n_lines = instance->n_calls = instance->n_branches = instance->n_inlined = 0;
}

static void
merge_header (struct pgo_instance *target, const struct pgo_instance *source, uint64_t numerator,
              uint64_t denominator)
{
  target->kind = pgo_evidence_combine (target->kind, source->kind);
  target->head = pgo_add (target->head, pgo_scale (source->head, numerator, denominator));
  target->head_samples =
      pgo_add (target->head_samples, pgo_scale (source->head_samples, numerator, denominator));
  if (source->size_bytes > target->size_bytes)
    target->size_bytes = source->size_bytes;
  if (target->rank == 0)
    target->rank = source->rank;
}

void
pgo_instance_merge (struct pgo_profile *profile, struct pgo_instance *target,
                    const struct pgo_instance *source, uint64_t numerator, uint64_t denominator)
{
  if (target->keys != source->keys || target->checksum != source->checksum)
    {
      bool empty = !target->n_lines && !target->n_calls && !target->n_branches && !target->n_inlined;
      if (!empty && pgo_scale (tree_weight (source), numerator, denominator) <= tree_weight (target))
        return;
      clear_body (profile, target);
      if (!empty)
        {
          target->head = target->head_samples = target->size_bytes = 0;
          target->kind = PGO_EVIDENCE_NONE;
        }
      target->keys = source->keys;
      target->checksum = source->checksum;
    }
  merge_header (target, source, numerator, denominator);

  for (uint32_t i = 0; i < source->n_lines; i++)
    {
      const struct pgo_line *line = &source->lines[i];
      pgo_instance_add_line (profile, target, line->at, pgo_scale (line->weight, numerator, denominator),
                             pgo_scale (line->samples, numerator, denominator));
    }
  for (uint32_t i = 0; i < source->n_calls; i++)
    {
      const struct pgo_call *call = &source->calls[i];
      pgo_instance_add_call (profile, target, call->at, call->callee, call->callee_file,
                             pgo_scale (call->weight, numerator, denominator),
                             pgo_scale (call->samples, numerator, denominator));
    }
  for (uint32_t i = 0; i < source->n_branches; i++)
    {
      const struct pgo_branch *branch = &source->branches[i];
      pgo_instance_add_branch (profile, target, branch->from, branch->to,
                               pgo_scale (branch->weight, numerator, denominator),
                               pgo_scale (branch->samples, numerator, denominator));
    }
  for (uint32_t i = 0; i < source->n_inlined; i++)
    {
      const struct pgo_instance *child = source->inlined[i];
      if (target->depth < PGO_DEPTH_MAX)
        pgo_instance_merge (profile,
                            pgo_instance_add_inlined (profile, target, child->at, child->name, child->file),
                            child, numerator, denominator);
    }
}

void
pgo_instance_absorb (struct pgo_profile *profile, struct pgo_instance *target, struct pgo_instance *source)
{
#define MOVE(ARRAY) \
  do \
    { \
      target->ARRAY = pgo_pool_grow (profile->pool, target->ARRAY, target->n_##ARRAY, &target->room_##ARRAY, \
                                     (size_t) target->n_##ARRAY + source->n_##ARRAY, sizeof *target->ARRAY); \
      if (source->n_##ARRAY) \
        memcpy (target->ARRAY + target->n_##ARRAY, source->ARRAY, \
                source->n_##ARRAY * sizeof *target->ARRAY); \
      target->n_##ARRAY += source->n_##ARRAY; \
    } \
  while (0)
  MOVE (lines);
  MOVE (calls);
  MOVE (branches);
  MOVE (inlined);
#undef MOVE
  merge_header (target, source, 1, 1);
  make_spare (profile, source);
}

void
pgo_profile_merge (struct pgo_profile *target, const struct pgo_profile *source, uint64_t factor)
{
  for (uint32_t i = 0; i < source->n_origins; i++)
    {
      const struct pgo_origin *origin = &source->origins[i];
      struct pgo_origin *copy = pgo_profile_add_origin (target);
      copy->kind = origin->kind;
      copy->keys = origin->keys;
      copy->binary = pgo_profile_string (target, origin->binary);
      copy->build_id = pgo_profile_string (target, origin->build_id);
      copy->samples = pgo_scale (origin->samples, factor, 1);
      copy->lost = pgo_scale (origin->lost, factor, 1);
      copy->duration_ns = pgo_scale (origin->duration_ns, factor, 1);
    }
  for (uint32_t i = 0; i < source->n_functions; i++)
    {
      const struct pgo_instance *function = source->functions[i];
      struct pgo_instance *copy = pgo_profile_add_function (target, function->name, function->file);
      pgo_instance_merge (target, copy, function, factor, 1);
      copy->rank = 0;
    }
}

struct named
{
  const char *name, *file;
  uint64_t total;
};

static bool
get_named (const struct pgo_named_list *list, uint32_t i, struct named *named)
{
  return i < list->n && list->get (list->context, i, &named->name, &named->file, &named->total);
}

/* First of LIST that is not before NAME and FILE, or, with BEYOND, whose name is after NAME.
   UINT32_MAX if a thing cannot be read.  */
static uint32_t
first_not_before (const struct pgo_named_list *list, const char *name, const char *file, bool beyond)
{
  uint32_t low = 0, high = list->n;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      struct named other;
      if (!get_named (list, middle, &other))
        return UINT32_MAX;
      int order = strcmp (other.name, name);
      if (order == 0)
        order = beyond ? -1 : pgo_name_compare (other.file, file);
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The heaviest of the things of NAME and FILE; UINT32_MAX if there are none.  */
static uint32_t
heaviest (const struct pgo_named_list *list, const char *name, const char *file)
{
  uint32_t best = UINT32_MAX;
  uint64_t best_total = 0;
  struct named other;
  for (uint32_t i = first_not_before (list, name, file, false); get_named (list, i, &other); i++)
    {
      if (strcmp (other.name, name) != 0 || pgo_name_compare (other.file, file) != 0)
        break;
      if (best == UINT32_MAX || other.total > best_total)
        {
          best = i;
          best_total = other.total;
        }
    }
  return best;
}

uint32_t
pgo_find_named (const struct pgo_named_list *list, const char *name, const char *file)
{
  uint32_t found = heaviest (list, name, file);
  if (found != UINT32_MAX)
    return found;
  if (file)
    return heaviest (list, name, NULL);

  /* Sorted by file below the name: there is only one file if the first and the last have the same.  */
  struct named first, last;
  uint32_t end = first_not_before (list, name, NULL, true);
  if (end == 0 || end == UINT32_MAX || !get_named (list, first_not_before (list, name, NULL, false), &first)
      || !get_named (list, end - 1, &last) || strcmp (first.name, name) != 0
      || pgo_name_compare (first.file, last.file) != 0)
    return UINT32_MAX;
  return heaviest (list, name, first.file);
}

static bool
get_function (const void *context, uint32_t i, const char **name, const char **file, uint64_t *total)
{
  const struct pgo_instance *function = ((const struct pgo_profile *) context)->functions[i];
  *name = function->name;
  *file = function->file;
  *total = function->total;
  return true;
}

const struct pgo_instance *
pgo_profile_find (const struct pgo_profile *profile, const char *name, const char *file)
{
  const struct pgo_named_list list = { profile->n_functions, get_function, profile };
  uint32_t i = pgo_find_named (&list, name, file);
  return i == UINT32_MAX ? NULL : profile->functions[i];
}

const struct pgo_instance *
pgo_instance_find_inlined (const struct pgo_instance *instance, struct pgo_location at, const char *name)
{
  uint32_t low = 0, high = instance->n_inlined;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      const struct pgo_instance *child = instance->inlined[middle];
      int order = pgo_location_compare (child->at, at);
      if (order < 0 || (order == 0 && strcmp (child->name, name) < 0))
        low = middle + 1;
      else
        high = middle;
    }
  const struct pgo_instance *best = NULL;
  for (; low < instance->n_inlined; low++)
    {
      const struct pgo_instance *child = instance->inlined[low];
      if (pgo_location_compare (child->at, at) != 0 || strcmp (child->name, name) != 0)
        break;
      if (!best || child->total > best->total)
        best = child;
    }
  return best;
}

const struct pgo_line *
pgo_instance_find_line (const struct pgo_instance *instance, struct pgo_location at)
{
  uint32_t low = 0, high = instance->n_lines;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (pgo_location_compare (instance->lines[middle].at, at) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low < instance->n_lines && pgo_location_compare (instance->lines[low].at, at) == 0)
    return &instance->lines[low];
  return NULL;
}
