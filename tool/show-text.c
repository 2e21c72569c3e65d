/* Views of a profile for people: as text, and calls as a graph.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show.h"
#include "core/alloc.h"
#include "core/profile-compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static double
percent (uint64_t part, uint64_t whole)
{
  return whole ? 100.0 * (double) part / (double) whole : 0;
}

/* "NAME" or "NAME in FILE".  */
static void
print_name (struct pgo_output *out, const char *name, const char *file)
{
  pgo_output_plain (out, name);
  if (file)
    {
      pgo_output_text (out, " in ");
      pgo_output_plain (out, file);
    }
}

static void
print_summary (struct pgo_output *out, const struct pgo_view *view)
{
  const struct pgo_summary *summary = view->summary;
  pgo_output_printf (out, "%s of version %d, %s evidence, id %s\n", view->source ? "index" : "profile",
                     PGO_PROFILE_VERSION, pgo_evidence_name (view->kind), view->id);
  for (uint32_t i = 0; i < view->n_origins; i++)
    {
      const struct pgo_origin *origin = &view->origins[i];
      pgo_output_text (out, "from ");
      pgo_output_plain (out, *origin->binary ? origin->binary : "?");
      pgo_output_text (out, " (build-id ");
      pgo_output_plain (out, *origin->build_id ? origin->build_id : "none");
      pgo_output_printf (out, "): %" PRIu64 " samples, %s", origin->samples,
                         pgo_evidence_name (origin->kind));
      if (origin->lost)
        pgo_output_printf (out, ", %" PRIu64 " lost", origin->lost);
      if (origin->duration_ns)
        pgo_output_printf (out, ", %.1f s", (double) origin->duration_ns / 1e9);
      pgo_output_text (out, "\n");
    }
  pgo_output_printf (out,
                     "functions %u, with weight %" PRIu64 "\nlines with weight %" PRIu64 "\n"
                     "weight %" PRIu64 ", greatest %" PRIu64 "\n",
                     view->n_functions, summary->functions, summary->lines, summary->total, summary->max);
  if (summary->n_cutoffs)
    pgo_output_printf (out, "\n%10s %20s %12s\n", "of weight", "lines of at least", "lines");
  for (uint32_t i = 0; i < summary->n_cutoffs; i++)
    pgo_output_printf (out, "%9.4f%% %20" PRIu64 " %12" PRIu64 "\n",
                       (double) summary->cutoffs[i].cutoff_ppm / 1e4, summary->cutoffs[i].min_weight,
                       summary->cutoffs[i].lines);
}

static void
print_functions (struct pgo_output *out, const struct pgo_show *show)
{
  uint64_t whole = show->view->summary->total, sum = 0;
  pgo_output_printf (out, "%9s %9s %16s %14s  %-7s%s\n", "share", "so far", "weight", "entries", "kind",
                     "function");
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      const struct pgo_instance *f = show->functions[i];
      sum = pgo_add (sum, f->total);
      pgo_output_printf (out, "%8.3f%% ", percent (f->total, whole));
      /* With contexts added up, what is inlined counts in its callers too.  */
      if (show->view->source)
        pgo_output_printf (out, "%9s ", "-");
      else
        pgo_output_printf (out, "%8.3f%% ", percent (sum, whole));
      pgo_output_printf (out, "%16" PRIu64 " %14" PRIu64 "  %-7s", f->total, f->head,
                         pgo_evidence_name (f->kind));
      print_name (out, f->name, f->file);
      pgo_output_text (out, "\n");
    }
}

static void
print_place (struct pgo_output *out, const struct pgo_place *place)
{
  char text[PGO_LOCATION_TEXT];
  for (uint32_t i = 0; i < place->n_steps; i++)
    {
      pgo_output_printf (out, "%s ", pgo_location_text (place->steps[i].at, text));
      pgo_output_plain (out, place->steps[i].callee);
      pgo_output_text (out, " > ");
    }
  pgo_output_text (out, pgo_location_text (place->at, text));
}

static void
print_weight (struct pgo_output *out, uint64_t weight, uint64_t samples)
{
  pgo_output_printf (out, "  %" PRIu64, weight);
  if (samples != weight)
    pgo_output_printf (out, " (%" PRIu64 " samples)", samples);
  pgo_output_text (out, "\n");
}

static void
print_tree (struct pgo_output *out, const struct pgo_instance *instance, int indent)
{
  char text[PGO_LOCATION_TEXT];
  print_name (out, instance->name, instance->file);
  pgo_output_printf (out, ": weight %" PRIu64 ", entered %" PRIu64 ", %s", instance->total, instance->head,
                     pgo_evidence_name (instance->kind));
  if (instance->keys == PGO_KEYS_MARK)
    pgo_output_printf (out, ", marks of %016" PRIx64, instance->checksum);
  else if (instance->keys == PGO_KEYS_LINE)
    pgo_output_text (out, ", by line");
  if (instance->size_bytes)
    pgo_output_printf (out, ", %" PRIu64 " bytes", instance->size_bytes);
  pgo_output_text (out, "\n");
  indent += 2;
  for (uint32_t i = 0; i < instance->n_lines; i++)
    {
      pgo_output_printf (out, "%*s%s", indent, "", pgo_location_text (instance->lines[i].at, text));
      print_weight (out, instance->lines[i].weight, instance->lines[i].samples);
    }
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *call = &instance->calls[i];
      pgo_output_printf (out, "%*s%s calls ", indent, "", pgo_location_text (call->at, text));
      print_name (out, call->callee, call->callee_file);
      print_weight (out, call->weight, call->samples);
    }
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      const struct pgo_branch *branch = &instance->branches[i];
      pgo_output_printf (out, "%*s", indent, "");
      print_place (out, &branch->from);
      pgo_output_text (out, " goes to ");
      print_place (out, &branch->to);
      print_weight (out, branch->weight, branch->samples);
    }
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    {
      pgo_output_printf (out, "%*s%s inlines ", indent, "",
                         pgo_location_text (instance->inlined[i]->at, text));
      print_tree (out, instance->inlined[i], indent);
    }
}

static void
print_calls (struct pgo_output *out, const struct pgo_show *show)
{
  char text[PGO_LOCATION_TEXT];
  pgo_output_printf (out, "%9s %16s\n", "share", "weight");
  for (uint32_t i = 0; i < show->n_calls; i++)
    {
      const struct pgo_show_call *call = &show->calls[i];
      pgo_output_printf (out, "%8.3f%% %16" PRIu64 "  ", percent (call->weight, show->call_weight),
                         call->weight);
      print_name (out, call->caller->name, call->caller->file);
      pgo_output_printf (out, " %s %s ", pgo_location_text (call->at, text),
                         call->inlined ? "inlines" : "calls");
      print_name (out, call->callee, call->callee_file);
      if (call->caller != call->function)
        {
          pgo_output_text (out, ", in code of ");
          print_name (out, call->function->name, call->function->file);
        }
      pgo_output_text (out, "\n");
    }
}

static void
print_order (struct pgo_output *out, const struct pgo_show *show)
{
  pgo_output_printf (out, "%6s %16s %10s  %s\n", "rank", "weight", "bytes", "function");
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      const struct pgo_instance *f = show->functions[i];
      pgo_output_printf (out, "%6u %16" PRIu64 " %10" PRIu64 "  ", f->rank, f->total, f->size_bytes);
      print_name (out, f->name, f->file);
      pgo_output_text (out, "\n");
    }
}

void
pgo_show_symbols (struct pgo_output *out, const struct pgo_show *show)
{
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      pgo_output_text (out, show->functions[i]->name);
      pgo_output_text (out, "\n");
    }
}

void
pgo_show_text (struct pgo_output *out, const struct pgo_show *show)
{
  switch (show->what)
    {
    case PGO_SHOW_SUMMARY: print_summary (out, show->view); break;
    case PGO_SHOW_FUNCTIONS: print_functions (out, show); break;
    case PGO_SHOW_CALLS: print_calls (out, show); break;
    case PGO_SHOW_ORDER: print_order (out, show); break;
    case PGO_SHOW_LINES:
      for (uint32_t i = 0; i < show->n_functions; i++)
        print_tree (out, show->functions[i], 0);
      break;
    }
}

/* ---- Graphviz -------------------------------------------------------------------------------------- */

/* A string in quotes; in DOT only the quote and the backslash are special there.  */
static void
print_quoted (struct pgo_output *out, const char *name)
{
  pgo_output_text (out, "\"");
  for (; *name; name++)
    {
      if (*name == '"' || *name == '\\')
        pgo_output_text (out, "\\");
      pgo_output_bytes (out, (unsigned char) *name < ' ' ? "?" : name, 1);
    }
  pgo_output_text (out, "\"");
}

static int
by_functions (const void *a_call, const void *b_call)
{
  const struct pgo_show_call *a = a_call, *b = b_call;
  int order = strcmp (a->caller->name, b->caller->name);
  return order ? order : strcmp (a->callee, b->callee);
}

void
pgo_show_dot (struct pgo_output *out, const struct pgo_show *show)
{
  struct pgo_show_call *calls = pgo_alloc_array (show->n_calls, sizeof *calls);
  if (show->n_calls)
    memcpy (calls, show->calls, show->n_calls * sizeof *calls);
  qsort (calls, show->n_calls, sizeof *calls, by_functions);

  pgo_output_text (out, "digraph calls {\n rankdir=LR;\n node [shape=box];\n");
  for (uint32_t i = 0; i < show->n_calls;)
    {
      uint64_t weight = 0, inlined = 0;
      uint32_t first = i;
      for (; i < show->n_calls && by_functions (&calls[first], &calls[i]) == 0; i++)
        {
          weight = pgo_add (weight, calls[i].weight);
          inlined = pgo_add (inlined, calls[i].inlined ? calls[i].weight : 0);
        }
      double share = percent (weight, show->call_weight);
      pgo_output_text (out, " ");
      print_quoted (out, calls[first].caller->name);
      pgo_output_text (out, " -> ");
      print_quoted (out, calls[first].callee);
      /* Width from 1 to 6 points by share; dashed where most of it was inlined.  */
      pgo_output_printf (out, " [label=\"%" PRIu64 "\", penwidth=%.2f%s];\n", weight, 1 + share / 20,
                         inlined > weight - inlined ? ", style=dashed" : "");
    }
  pgo_output_text (out, "}\n");
  pgo_free (calls);
}
