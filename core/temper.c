/* Samples and branch records against the static estimate.

   A block's clock samples over its instructions are a noisy and biased estimate of its executions: a slow
   instruction collects many times what a fast one does, and a block of few instructions is missed although
   it runs.  Branch records are not biased, but a function that is rarely executed has few.  GCC's static estimate
   is often wrong too, but not in the same places.  So both are witnesses, and the number of samples decides which
   is heard: the fit takes the weighted median.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/match.h"
#include "core/alloc.h"

/* Trust in the static estimate of a block, and in a statement's clock samples when they are many.  Half of the
   latter, and of the trust in branch records, is reached at HALF_TRUST_SAMPLES.  Measured on lua, 700 samples
   (docs/algorithms.md).  */
#define STATIC_TRUST 60
#define CLOCK_TRUST 300
#define HALF_TRUST_SAMPLES 4

/* A function with fewer clock samples, one counted for each line of its block, is better off with the estimate alone:
   lua by 5,295 clock samples is .984 of -O2's instructions at 32, .989 at 0 and 1.005 at three to four times as many.  */
#define FUNCTION_SAMPLES_MIN 32

/* Count of the entry in the static estimate: enough for whole numbers of rare blocks.  */
#define STATIC_ENTRY (UINT64_C (1) << 20)

/* Frequency of each block by GRAPH's probabilities alone.  */
static uint64_t *
static_counts (const struct pgo_flowgraph *graph)
{
  struct pgo_flow_evidence entry = { PGO_FLOW_ENTRY, false, STATIC_ENTRY, PGO_TRUST_FULL, PGO_TRUST_FULL };
  struct pgo_flowgraph alone = *graph;
  struct pgo_flow_counts counts = { pgo_alloc_array (graph->n_blocks, sizeof *counts.block),
                                    pgo_alloc_array (graph->n_edges + (size_t) 1, sizeof *counts.edge) };
  alone.evidence = &entry;
  alone.n_evidence = 1;
  pgo_infer (&alone, &counts);
  pgo_free (counts.edge);
  return counts.block;
}

/* Add the weight and samples of all lines of TREE and of what was inlined into it.  */
static void
sum_lines (const struct pgo_instance *tree, double *weight, double *samples)
{
  for (uint32_t i = 0; i < tree->n_lines; i++)
    {
      *weight += (double) tree->lines[i].weight;
      *samples += (double) tree->lines[i].samples;
    }
  for (uint32_t i = 0; i < tree->n_inlined; i++)
    sum_lines (tree->inlined[i], weight, samples);
}

bool
pgo_match_worth_it (const struct pgo_instance *tree, uint64_t clock_samples)
{
  double weight = 0, samples = 0;
  sum_lines (tree, &weight, &samples);
  return tree->kind != PGO_EVIDENCE_TIME || (clock_samples >= PGO_CLOCK_SAMPLES_MIN && samples >= FUNCTION_SAMPLES_MIN);
}

/* What is left of TRUST (0 remains 0) with N samples.  */
static uint32_t
tempered (uint32_t trust, double n)
{
  return trust ? 1 + (uint32_t) (trust * n / (n + HALF_TRUST_SAMPLES)) : 0;
}

bool
pgo_match_temper (struct pgo_match *match, const struct pgo_instance *tree, const struct pgo_flowgraph *graph)
{
  uint64_t *estimate = static_counts (graph);
  double weight = 0, frequency = 0, samples = 0;
  for (uint32_t i = 0; i < match->n_evidence; i++)
    {
      const struct pgo_flow_evidence *e = &match->evidence[i];
      if (e->is_edge || e->under == 0)
        continue;
      weight += (double) e->value;
      frequency += (double) estimate[e->index];
    }
  bool sampled = weight > 0 && frequency > 0;
  if (sampled)
    {
      double scale = weight / frequency, all = 0;
      sum_lines (tree, &all, &samples);
      double samples_per_weight = samples / all;
      match->records_per_count = tree->kind == PGO_EVIDENCE_BRANCH ? samples_per_weight : 0;
      uint32_t own = match->n_evidence;
      match->evidence = pgo_realloc_array (match->evidence, (size_t) own + graph->n_blocks, sizeof *match->evidence);
      for (uint32_t i = 0; i < own; i++)
        {
          struct pgo_flow_evidence *e = &match->evidence[i];
          if (e->is_edge)
            continue;
          /* What was expected and not seen is evidence, too.  */
          double expected = (double) estimate[e->index] * scale, seen = (double) e->value;
          double n = (expected > seen ? expected : seen) * samples_per_weight;
          bool timed = tree->kind == PGO_EVIDENCE_TIME;
          e->under = tempered (timed && e->under ? CLOCK_TRUST : e->under, n);
          e->over = tempered (timed && e->over ? CLOCK_TRUST : e->over, n);
        }
      for (uint32_t b = 2; b < graph->n_blocks; b++)
        {
          double value = (double) estimate[b] * scale;
          struct pgo_flow_evidence e = { b, false, value < 1e15 ? (uint64_t) value : UINT64_C (1000000000000000),
                                         STATIC_TRUST, STATIC_TRUST };
          match->evidence[match->n_evidence++] = e;
        }
    }
  pgo_free (estimate);
  return sampled;
}
