/* Context-sensitive trees to the sum over contexts.

   Each instance, wherever it is, is a copy of its function: it and all below it are added to that
   function's merged tree.

     main              merged main = itself      merged f = main/f + out-of-line f
      +-- f                                                  +-- g   (of main/f)
      |   +-- g        merged g = main/f/g + h/g
     f                                                       what f did out of line has no g
     h
      +-- g

   An instance is added once for itself and once for each function around it, so the work is the number of
   instances times the depth of inlining, which PGO_DEPTH_MAX bounds.  Recursion needs no care: where f is
   inlined in f, the merged body of f is the outer and the inner body, and below it, where the call was,
   the inner one.  A merged tree that has doubled since is normalised, so that memory follows the result
   and not the number of copies.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/source.h"
#include "core/alloc.h"
#include "core/profile-compare.h"

#include <stdlib.h>
#include <string.h>

/* Elements (lines, calls, branches, instances) a merged tree may gather before it is normalised.  */
#define PENDING_MIN 4096

static uint64_t
count_instances (const struct pgo_instance *instance)
{
  uint64_t n = 1;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    n += count_instances (instance->inlined[i]);
  return n;
}

static uint64_t
count_elements (const struct pgo_instance *instance)
{
  uint64_t n = 1 + (uint64_t) instance->n_lines + instance->n_calls + instance->n_branches;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    n += count_elements (instance->inlined[i]);
  return n;
}

static const struct pgo_instance **
gather (const struct pgo_instance *instance, const struct pgo_instance **copies)
{
  *copies++ = instance;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    copies = gather (instance->inlined[i], copies);
  return copies;
}

/* The key of a merged tree: as pgo_instance_compare, but for the location.  */
static int
compare_copies (const struct pgo_instance *a, const struct pgo_instance *b)
{
  int order = pgo_name_compare (a->name, b->name);
  if (!order)
    order = pgo_name_compare (a->file, b->file);
  if (!order && a->keys != b->keys)
    order = a->keys < b->keys ? -1 : 1;
  if (!order && a->checksum != b->checksum)
    order = a->checksum < b->checksum ? -1 : 1;
  return order;
}

static int
copy_order (const void *a, const void *b)
{
  return compare_copies (*(const struct pgo_instance *const *) a, *(const struct pgo_instance *const *) b);
}

/* Origins and summary are of the whole program.  */
static void
copy_whole (const struct pgo_profile *profile, struct pgo_profile *target)
{
  target->n_origins = 0;
  for (uint32_t i = 0; i < profile->n_origins; i++)
    {
      const struct pgo_origin *origin = &profile->origins[i];
      struct pgo_origin *copy = pgo_profile_add_origin (target);
      *copy = *origin;
      copy->binary = pgo_profile_string (target, origin->binary);
      copy->build_id = pgo_profile_string (target, origin->build_id);
    }
  const struct pgo_summary *summary = &profile->summary;
  /* TARGET's own array has room for all cutoffs.  */
  struct pgo_cutoff *cutoffs = target->summary.cutoffs;
  if (summary->n_cutoffs)
    memcpy (cutoffs, summary->cutoffs, summary->n_cutoffs * sizeof *cutoffs);
  target->summary = *summary;
  target->summary.cutoffs = cutoffs;
}

void
pgo_flatten (const struct pgo_profile *profile, struct pgo_profile *target)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    n += count_instances (profile->functions[i]);
  const struct pgo_instance **copies = pgo_alloc_array (n, sizeof *copies), **end = copies;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    end = gather (profile->functions[i], end);
  /* Equal ones are added up, in which their order does not matter.  */
  qsort (copies, n, sizeof *copies, copy_order);

  for (uint64_t i = 0; i < n;)
    {
      struct pgo_instance *merged = pgo_profile_add_function (target, copies[i]->name, copies[i]->file);
      uint64_t pending = 0, limit = PENDING_MIN;
      uint64_t first = i;
      for (; i < n && compare_copies (copies[first], copies[i]) == 0; i++)
        {
          pgo_instance_merge (target, merged, copies[i], 1, 1);
          pending += count_elements (copies[i]);
          if (pending > limit)
            {
              pgo_instance_normalize (target, merged);
              pending = count_elements (merged);
              limit = pending * 2 > PENDING_MIN ? pending * 2 : PENDING_MIN;
            }
        }
    }
  pgo_free (copies);
  pgo_profile_normalize (target);
  copy_whole (profile, target);
}
