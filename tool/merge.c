/* pgoinline merge: add profiles up, one input in memory at a time.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/progress.h"
#include "core/alloc.h"
#include "core/profile-io.h"

#include <stdlib.h>
#include <string.h>

/* Greatest weight of an input.  */
#define WEIGHT_MAX 1000000

enum { OPTION_OUTPUT, OPTION_WEIGHT };

const struct pgo_option pgo_merge_options[] = {
  [OPTION_OUTPUT] = { "--output", 'o', "FILE", "where the profile goes; - is standard output" },
  [OPTION_WEIGHT] = { "--weight", 0, "N,...",
                      "count each input N times (1 to 1000000), in the order of the inputs" },
  { NULL, 0, NULL, NULL }
};

/* Numbers separated by commas, exactly N of them.  */
static bool
parse_weights (const char *text, uint64_t *weights, int n)
{
  for (int i = 0; i < n; i++)
    {
      char number[24];
      size_t length = strcspn (text, ",");
      unsigned long long weight;
      if (length >= sizeof number)
        return false;
      memcpy (number, text, length);
      number[length] = '\0';
      if (!pgo_parse_number (number, 1, WEIGHT_MAX, &weight) || (text[length] == ',') != (i + 1 < n))
        return false;
      weights[i] = weight;
      text += length + 1;
    }
  return true;
}

static uint64_t
count_elements (const struct pgo_instance *instance)
{
  uint64_t n = 1 + (uint64_t) instance->n_lines + instance->n_calls + instance->n_branches;
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    n += count_elements (instance->inlined[i]);
  return n;
}

static uint64_t
count_profile (const struct pgo_profile *profile)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < profile->n_functions; i++)
    n += count_elements (profile->functions[i]);
  return n;
}

static int
merge (const char *const *inputs, const uint64_t *weights, int n, const char *output)
{
  struct pgo_status status = { 0 };
  struct pgo_profile *sum = pgo_profile_new ();
  /* Adding up is put off until as much is pending as is there: linear time, and twice the memory.  */
  uint64_t there = 0, pending = 0;
  bool good = true;
  pgo_progress_begin ("merging", (uint64_t) n);
  for (int i = 0; i < n && good; i++)
    {
      pgo_progress_reach ((uint64_t) i);
      struct pgo_profile *input = pgo_profile_read (inputs[i], &status);
      good = input != NULL;
      if (!good)
        break;
      pgo_profile_merge (sum, input, weights[i]);
      pending += count_profile (input);
      pgo_profile_free (input);
      if (pending > there)
        {
          pgo_profile_normalize (sum);
          there = count_profile (sum);
          pending = 0;
        }
    }
  if (good)
    {
      pgo_profile_normalize (sum);
      pgo_profile_order (sum);
      good = pgo_profile_write (sum, output, &status);
    }
  pgo_progress_end ();
  pgo_profile_free (sum);
  return good ? PGO_EXIT_DONE : pgo_report_failure (&status);
}

int
pgo_merge (int argc, char **argv)
{
  struct pgo_arguments args;
  const char *output = NULL, *weight = NULL;
  const char **inputs = pgo_alloc_array ((size_t) argc, sizeof *inputs);
  uint64_t *weights = pgo_alloc_array ((size_t) argc, sizeof *weights);
  int n = 0, result = -1;

  pgo_arguments_begin (&args, argc, argv);
  while (result < 0)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_OUTPUT: output = args.value; break;
      case OPTION_WEIGHT: weight = args.value; break;
      case PGO_ARGUMENT_OPERAND:
        weights[n] = 1;
        inputs[n++] = args.value;
        break;
      case PGO_ARGUMENT_HELP: result = PGO_EXIT_DONE; break;
      case PGO_ARGUMENT_WRONG: result = PGO_EXIT_USAGE; break;
      default:
        if (n == 0)
          result = pgo_report_usage (args.command, "no input");
        else if (!output)
          result = pgo_report_usage (args.command, "no output: -o FILE");
        else if (weight && !parse_weights (weight, weights, n))
          result = pgo_report_usage (args.command,
                                     "--weight=%s: expected %d numbers from 1 to %d, with commas between",
                                     weight, n, WEIGHT_MAX);
        else
          result = merge (inputs, weights, n, output);
      }
  pgo_free (weights);
  pgo_free (inputs);
  return result;
}
