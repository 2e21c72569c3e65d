/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/call-targets.h"

#include <string.h>

static int
compare_files (const char *a, const char *b)
{
  return a && b ? strcmp (a, b) : !!a - !!b;
}

static bool
comes_before (const struct pgo_call_target *a, const struct pgo_call_target *b)
{
  if (a->weight != b->weight)
    return a->weight > b->weight;
  int order = strcmp (a->callee, b->callee);
  return order ? order < 0 : compare_files (a->callee_file, b->callee_file) < 0;
}

/* All executions of CALL's target at its place in INSTANCE; 0 unless CALL is the first of them.  */
static uint64_t
whole_weight (const struct pgo_instance *instance, uint32_t call)
{
  const struct pgo_call *c = &instance->calls[call];
  uint64_t weight = 0;
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *other = &instance->calls[i];
      if (other->at.line != c->at.line || other->at.column != c->at.column || strcmp (other->callee, c->callee) != 0
          || compare_files (other->callee_file, c->callee_file) != 0)
        continue;
      if (i < call)
        return 0;
      weight = pgo_add (weight, other->weight);
    }
  return weight;
}

uint32_t
pgo_call_targets (const struct pgo_instance *instance, struct pgo_location at, uint64_t min_samples,
                  struct pgo_call_target targets[PGO_TARGETS_MAX], uint64_t *total)
{
  uint32_t n = 0;
  uint64_t samples = 0;
  *total = 0;
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *call = &instance->calls[i];
      if (call->at.line != at.line || call->at.column != at.column)
        continue;
      samples = pgo_add (samples, call->samples);
      struct pgo_call_target target = { call->callee, call->callee_file, whole_weight (instance, i) };
      if (target.weight == 0)
        continue;
      *total = pgo_add (*total, target.weight);
      uint32_t place = n;
      while (place > 0 && comes_before (&target, &targets[place - 1]))
        place--;
      if (place == PGO_TARGETS_MAX)
        continue;
      n += n < PGO_TARGETS_MAX;
      for (uint32_t move = n - 1; move > place; move--)
        targets[move] = targets[move - 1];
      targets[place] = target;
    }
  if (samples < min_samples)
    return 0;
  uint32_t worth = 0;
  while (worth < n && pgo_scale (targets[worth].weight, 100, *total) >= PGO_TARGET_SHARE)
    worth++;
  return worth;
}
