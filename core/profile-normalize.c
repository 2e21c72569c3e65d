/* The normal form of a profile: sorted, each key once.

   Adding up is commutative and associative (saturating sums, weakest evidence, greatest size), so the
   normal form does not depend on the order in which a profile was built or merged.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-compare.h"

#include <stdlib.h>
#include <string.h>

int
pgo_location_compare (struct pgo_location a, struct pgo_location b)
{
  if (a.line != b.line)
    return a.line < b.line ? -1 : 1;
  if (a.column != b.column)
    return a.column < b.column ? -1 : 1;
  if (a.discriminator != b.discriminator)
    return a.discriminator < b.discriminator ? -1 : 1;
  return 0;
}

int
pgo_name_compare (const char *a, const char *b)
{
  if (a == b)
    return 0;
  if (!a || !b)
    return a ? 1 : -1;
  return strcmp (a, b);
}

int
pgo_place_compare (const struct pgo_place *a, const struct pgo_place *b)
{
  for (uint32_t i = 0; i < a->n_steps && i < b->n_steps; i++)
    {
      int order = pgo_location_compare (a->steps[i].at, b->steps[i].at);
      if (!order)
        order = pgo_name_compare (a->steps[i].callee, b->steps[i].callee);
      if (!order)
        order = pgo_name_compare (a->steps[i].callee_file, b->steps[i].callee_file);
      if (order)
        return order;
    }
  if (a->n_steps != b->n_steps)
    return a->n_steps < b->n_steps ? -1 : 1;
  return pgo_location_compare (a->at, b->at);
}

int
pgo_call_compare (const struct pgo_call *a, const struct pgo_call *b)
{
  int order = pgo_location_compare (a->at, b->at);
  if (!order)
    order = pgo_name_compare (a->callee, b->callee);
  return order ? order : pgo_name_compare (a->callee_file, b->callee_file);
}

int
pgo_branch_compare (const struct pgo_branch *a, const struct pgo_branch *b)
{
  int order = pgo_place_compare (&a->from, &b->from);
  return order ? order : pgo_place_compare (&a->to, &b->to);
}

int
pgo_instance_compare (const struct pgo_instance *a, const struct pgo_instance *b)
{
  int order = pgo_location_compare (a->at, b->at);
  if (!order)
    order = pgo_name_compare (a->name, b->name);
  if (!order)
    order = pgo_name_compare (a->file, b->file);
  if (!order && a->keys != b->keys)
    order = a->keys < b->keys ? -1 : 1;
  if (!order && a->checksum != b->checksum)
    order = a->checksum < b->checksum ? -1 : 1;
  return order;
}

static int
line_order (const void *a, const void *b)
{
  return pgo_location_compare (((const struct pgo_line *) a)->at, ((const struct pgo_line *) b)->at);
}

static int
call_order (const void *a, const void *b)
{
  return pgo_call_compare (a, b);
}

static int
branch_order (const void *a, const void *b)
{
  return pgo_branch_compare (a, b);
}

static int
instance_order (const void *a, const void *b)
{
  return pgo_instance_compare (*(struct pgo_instance *const *) a, *(struct pgo_instance *const *) b);
}

static int
origin_order (const void *a_origin, const void *b_origin)
{
  const struct pgo_origin *a = a_origin, *b = b_origin;
  int order = pgo_name_compare (a->binary, b->binary);
  if (!order)
    order = pgo_name_compare (a->build_id, b->build_id);
  if (!order && a->kind != b->kind)
    order = a->kind < b->kind ? -1 : 1;
  if (!order && a->keys != b->keys)
    order = a->keys < b->keys ? -1 : 1;
  return order;
}

/* As qsort, but nothing is done for what is sorted already, as a profile from a file is.  True if keys may
   be there more than once.  */
static bool
sort (void *array, uint32_t n, size_t size, int (*order) (const void *, const void *))
{
  bool ascending = true, equal = false;
  for (uint32_t i = 1; i < n && ascending; i++)
    {
      const char *element = (const char *) array + i * size;
      int o = order (element - size, element);
      ascending = o <= 0;
      equal |= o == 0;
    }
  if (ascending)
    return equal;
  qsort (array, n, size, order);
  return true;
}

static void
normalize_lines (struct pgo_instance *instance)
{
  struct pgo_line *lines = instance->lines;
  if (!sort (lines, instance->n_lines, sizeof *lines, line_order))
    return;
  uint32_t last = 0;
  for (uint32_t i = 1; i < instance->n_lines; i++)
    if (pgo_location_compare (lines[last].at, lines[i].at) == 0)
      {
        lines[last].weight = pgo_add (lines[last].weight, lines[i].weight);
        lines[last].samples = pgo_add (lines[last].samples, lines[i].samples);
      }
    else
      lines[++last] = lines[i];
  instance->n_lines = last + 1;
}

static void
normalize_calls (struct pgo_instance *instance)
{
  struct pgo_call *calls = instance->calls;
  if (!sort (calls, instance->n_calls, sizeof *calls, call_order))
    return;
  uint32_t last = 0;
  for (uint32_t i = 1; i < instance->n_calls; i++)
    if (pgo_call_compare (&calls[last], &calls[i]) == 0)
      {
        calls[last].weight = pgo_add (calls[last].weight, calls[i].weight);
        calls[last].samples = pgo_add (calls[last].samples, calls[i].samples);
      }
    else
      calls[++last] = calls[i];
  instance->n_calls = last + 1;
}

static void
normalize_branches (struct pgo_profile *profile, struct pgo_instance *instance)
{
  struct pgo_branch *branches = instance->branches;
  if (!sort (branches, instance->n_branches, sizeof *branches, branch_order))
    return;
  uint32_t last = 0;
  for (uint32_t i = 1; i < instance->n_branches; i++)
    if (pgo_branch_compare (&branches[last], &branches[i]) == 0)
      {
        branches[last].weight = pgo_add (branches[last].weight, branches[i].weight);
        branches[last].samples = pgo_add (branches[last].samples, branches[i].samples);
        pgo_place_release (profile, &branches[i].from);
        pgo_place_release (profile, &branches[i].to);
      }
    else
      branches[++last] = branches[i];
  instance->n_branches = last + 1;
}

/* What has no meaning where it is must not tell instances apart.  */
static void
clear_meaningless (struct pgo_instance *instance)
{
  if (instance->keys != PGO_KEYS_MARK)
    instance->checksum = 0;
  if (instance->depth > 0)
    instance->rank = 0;
  else
    instance->at = (struct pgo_location) { 0, 0, 0 };
}

/* Sort and unite *N instances; each is normalised after it has absorbed its likes.  */
static void
normalize_instances (struct pgo_profile *profile, struct pgo_instance **instances, uint32_t *n)
{
  for (uint32_t i = 0; i < *n; i++)
    clear_meaningless (instances[i]);
  if (sort (instances, *n, sizeof *instances, instance_order))
    {
      uint32_t last = 0;
      for (uint32_t i = 1; i < *n; i++)
        if (pgo_instance_compare (instances[last], instances[i]) == 0)
          pgo_instance_absorb (profile, instances[last], instances[i]);
        else
          instances[++last] = instances[i];
      *n = last + 1;
    }
  for (uint32_t i = 0; i < *n; i++)
    pgo_instance_normalize (profile, instances[i]);
}

void
pgo_instance_normalize (struct pgo_profile *profile, struct pgo_instance *instance)
{
  normalize_lines (instance);
  normalize_calls (instance);
  normalize_branches (profile, instance);
  normalize_instances (profile, instance->inlined, &instance->n_inlined);

  instance->total = 0;
  for (uint32_t i = 0; i < instance->n_lines; i++)
    instance->total = pgo_add (instance->total, instance->lines[i].weight);
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    instance->total = pgo_add (instance->total, instance->inlined[i]->total);
}

static void
normalize_origins (struct pgo_profile *profile)
{
  struct pgo_origin *origins = profile->origins;
  if (!sort (origins, profile->n_origins, sizeof *origins, origin_order))
    return;
  uint32_t last = 0;
  for (uint32_t i = 1; i < profile->n_origins; i++)
    if (origin_order (&origins[last], &origins[i]) == 0)
      {
        origins[last].samples = pgo_add (origins[last].samples, origins[i].samples);
        origins[last].lost = pgo_add (origins[last].lost, origins[i].lost);
        origins[last].duration_ns = pgo_add (origins[last].duration_ns, origins[i].duration_ns);
      }
    else
      origins[++last] = origins[i];
  profile->n_origins = last + 1;
}

void
pgo_profile_normalize (struct pgo_profile *profile)
{
  normalize_origins (profile);
  normalize_instances (profile, profile->functions, &profile->n_functions);
  pgo_profile_summarize (profile);
}
