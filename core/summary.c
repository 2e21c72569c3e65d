/* The summary of a profile: how its weight is spread, whence what is hot.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-compare.h"
#include "core/alloc.h"

#include <stdlib.h>

/* The cutoffs of the detailed summary that GCC's gcov and LLVM's profiles use: dense towards the end,
   where thresholds are set (the default is 990000).  */
static const uint32_t cutoffs_ppm[] = {
  10000, 100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000,
  950000, 990000, 999000, 999900, 999990, 999999
};
#define N_CUTOFFS (sizeof cutoffs_ppm / sizeof *cutoffs_ppm)

static uint64_t
count_lines (const struct pgo_instance *instance)
{
  uint64_t n = instance->n_lines;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    n += count_lines (instance->inlined[i]);
  return n;
}

/* Append the weights above 0 of a tree at WEIGHTS; return where to go on.  */
static uint64_t *
gather_weights (const struct pgo_instance *instance, uint64_t *weights)
{
  for (uint32_t i = 0; i < instance->n_lines; i++)
    if (instance->lines[i].weight)
      *weights++ = instance->lines[i].weight;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    weights = gather_weights (instance->inlined[i], weights);
  return weights;
}

static int
descending (const void *a_weight, const void *b_weight)
{
  uint64_t a = *(const uint64_t *) a_weight, b = *(const uint64_t *) b_weight;
  return a > b ? -1 : a < b;
}

void
pgo_profile_summarize (struct pgo_profile *profile)
{
  struct pgo_summary *summary = &profile->summary;
  *summary = (struct pgo_summary) { .cutoffs = summary->cutoffs };
  if (!summary->cutoffs)
    summary->cutoffs = pgo_profile_alloc (profile, N_CUTOFFS * sizeof *summary->cutoffs);

  uint64_t room = 0;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    {
      room += count_lines (profile->functions[i]);
      summary->functions += profile->functions[i]->total > 0;
    }
  uint64_t *weights = pgo_alloc_array (room, sizeof *weights), *end = weights;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    end = gather_weights (profile->functions[i], end);
  size_t n = (size_t) (end - weights);
  qsort (weights, n, sizeof *weights, descending);

  __extension__ typedef unsigned __int128 wide;
  wide total = 0, sum = 0;
  for (size_t i = 0; i < n; i++)
    total += weights[i];
  summary->total = total > UINT64_MAX ? UINT64_MAX : (uint64_t) total;
  summary->max = n ? weights[0] : 0;
  summary->lines = n;

  /* TOTAL is below 2^64 * 2^40, and times 10^6 still below 2^128.  */
  for (size_t i = 0, cutoff = 0; i < n && cutoff < N_CUTOFFS;)
    {
      /* Lines of equal weight are hot together or not at all.  */
      uint64_t weight = weights[i];
      for (; i < n && weights[i] == weight; i++)
        sum += weight;
      for (; cutoff < N_CUTOFFS && sum * 1000000 >= total * cutoffs_ppm[cutoff]; cutoff++)
        summary->cutoffs[summary->n_cutoffs++] = (struct pgo_cutoff) { cutoffs_ppm[cutoff], weight, i };
    }
  pgo_free (weights);
}

uint64_t
pgo_summary_min_weight (const struct pgo_summary *summary, uint32_t cutoff_ppm)
{
  if (summary->n_cutoffs == 0)
    return UINT64_MAX;
  uint32_t i = 0;
  while (i + 1 < summary->n_cutoffs && summary->cutoffs[i].cutoff_ppm < cutoff_ppm)
    i++;
  return summary->cutoffs[i].min_weight;
}
