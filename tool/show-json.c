/* Views of a profile for programs.  Weights are numbers without fraction; readers that keep numbers in
   doubles lose digits above 2^53.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show.h"

static void
number (struct pgo_output *out, const char *key, uint64_t value)
{
  pgo_output_printf (out, "\"%s\": ", key);
  pgo_output_u64 (out, value);
}

void
pgo_show_json_text (struct pgo_output *out, const char *key, const char *value)
{
  pgo_output_printf (out, "\"%s\": ", key);
  if (value)
    pgo_output_json (out, value);
  else
    pgo_output_text (out, "null");
}

static void
location (struct pgo_output *out, const char *key, struct pgo_location at)
{
  char buffer[PGO_LOCATION_TEXT];
  pgo_show_json_text (out, key, pgo_location_text (at, buffer));
}

static void
comma (struct pgo_output *out)
{
  pgo_output_text (out, ", ");
}

/* Between the elements of a list, and before its first.  */
static void
next (struct pgo_output *out, uint32_t i, int indent)
{
  pgo_output_printf (out, "%s\n%*s", i ? "," : "", indent, "");
}

static void
weight (struct pgo_output *out, uint64_t value, uint64_t samples)
{
  number (out, "weight", value);
  comma (out);
  number (out, "samples", samples);
}

static void
print_summary (struct pgo_output *out, const struct pgo_view *view)
{
  const struct pgo_summary *summary = view->summary;
  pgo_output_text (out, "{\n ");
  pgo_show_json_text (out, "type", view->source ? "index" : "profile");
  comma (out);
  number (out, "version", PGO_PROFILE_VERSION);
  comma (out);
  pgo_show_json_text (out, "kind", pgo_evidence_name (view->kind));
  comma (out);
  pgo_show_json_text (out, "id", view->id);
  pgo_output_text (out, ",\n \"origins\": [");
  for (uint32_t i = 0; i < view->n_origins; i++)
    {
      const struct pgo_origin *origin = &view->origins[i];
      next (out, i, 2);
      pgo_output_text (out, "{");
      pgo_show_json_text (out, "kind", pgo_evidence_name (origin->kind));
      comma (out);
      pgo_show_json_text (out, "binary", origin->binary);
      comma (out);
      pgo_show_json_text (out, "build_id", origin->build_id);
      comma (out);
      number (out, "samples", origin->samples);
      comma (out);
      number (out, "lost", origin->lost);
      comma (out);
      number (out, "duration_ns", origin->duration_ns);
      pgo_output_text (out, "}");
    }
  pgo_output_text (out, "],\n ");
  number (out, "functions", view->n_functions);
  comma (out);
  number (out, "functions_with_weight", summary->functions);
  comma (out);
  number (out, "lines_with_weight", summary->lines);
  comma (out);
  number (out, "total", summary->total);
  comma (out);
  number (out, "max", summary->max);
  pgo_output_text (out, ",\n \"cutoffs\": [");
  for (uint32_t i = 0; i < summary->n_cutoffs; i++)
    {
      next (out, i, 2);
      pgo_output_text (out, "{");
      number (out, "ppm", summary->cutoffs[i].cutoff_ppm);
      comma (out);
      number (out, "min_weight", summary->cutoffs[i].min_weight);
      comma (out);
      number (out, "lines", summary->cutoffs[i].lines);
      pgo_output_text (out, "}");
    }
  pgo_output_text (out, "]\n}\n");
}

/* The members that every instance has, without the braces.  */
static void
print_instance (struct pgo_output *out, const struct pgo_instance *instance)
{
  pgo_show_json_text (out, "name", instance->name);
  comma (out);
  pgo_show_json_text (out, "file", instance->file);
  comma (out);
  pgo_show_json_text (out, "kind", pgo_evidence_name (instance->kind));
  comma (out);
  number (out, "total", instance->total);
  comma (out);
  number (out, "head", instance->head);
  comma (out);
  number (out, "size", instance->size_bytes);
  comma (out);
  number (out, "rank", instance->rank);
}

static void
print_place (struct pgo_output *out, const char *key, const struct pgo_place *place)
{
  pgo_output_printf (out, "\"%s\": {\"inlined\": [", key);
  for (uint32_t i = 0; i < place->n_steps; i++)
    {
      pgo_output_text (out, i ? ", {" : "{");
      location (out, "at", place->steps[i].at);
      comma (out);
      pgo_show_json_text (out, "name", place->steps[i].callee);
      comma (out);
      pgo_show_json_text (out, "file", place->steps[i].callee_file);
      pgo_output_text (out, "}");
    }
  pgo_output_text (out, "], ");
  location (out, "at", place->at);
  pgo_output_text (out, "}");
}

static void
print_tree (struct pgo_output *out, const struct pgo_instance *instance, int indent)
{
  pgo_output_text (out, "{");
  if (instance->depth)
    {
      location (out, "at", instance->at);
      comma (out);
    }
  print_instance (out, instance);
  if (instance->keys == PGO_KEYS_MARK)
    pgo_output_printf (out, ", \"marks\": \"%016llx\"", (unsigned long long) instance->checksum);
  else if (instance->keys == PGO_KEYS_LINE)
    pgo_output_text (out, ", \"keys\": \"line\"");
  pgo_output_printf (out, ",\n%*s\"lines\": [", ++indent, "");
  for (uint32_t i = 0; i < instance->n_lines; i++)
    {
      next (out, i, indent + 1);
      pgo_output_text (out, "{");
      location (out, "at", instance->lines[i].at);
      comma (out);
      weight (out, instance->lines[i].weight, instance->lines[i].samples);
      pgo_output_text (out, "}");
    }
  pgo_output_printf (out, "],\n%*s\"calls\": [", indent, "");
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      next (out, i, indent + 1);
      pgo_output_text (out, "{");
      location (out, "at", instance->calls[i].at);
      comma (out);
      pgo_show_json_text (out, "callee", instance->calls[i].callee);
      comma (out);
      pgo_show_json_text (out, "callee_file", instance->calls[i].callee_file);
      comma (out);
      weight (out, instance->calls[i].weight, instance->calls[i].samples);
      pgo_output_text (out, "}");
    }
  pgo_output_printf (out, "],\n%*s\"branches\": [", indent, "");
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      next (out, i, indent + 1);
      pgo_output_text (out, "{");
      print_place (out, "from", &instance->branches[i].from);
      comma (out);
      print_place (out, "to", &instance->branches[i].to);
      comma (out);
      weight (out, instance->branches[i].weight, instance->branches[i].samples);
      pgo_output_text (out, "}");
    }
  pgo_output_printf (out, "],\n%*s\"inlined\": [", indent, "");
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    {
      next (out, i, indent + 1);
      print_tree (out, instance->inlined[i], indent + 1);
    }
  pgo_output_text (out, "]}");
}

static void
print_call (struct pgo_output *out, const struct pgo_show_call *call)
{
  pgo_output_text (out, "{");
  pgo_show_json_text (out, "function", call->function->name);
  comma (out);
  pgo_show_json_text (out, "function_file", call->function->file);
  comma (out);
  pgo_show_json_text (out, "caller", call->caller->name);
  comma (out);
  pgo_show_json_text (out, "caller_file", call->caller->file);
  comma (out);
  location (out, "at", call->at);
  comma (out);
  pgo_show_json_text (out, "callee", call->callee);
  comma (out);
  pgo_show_json_text (out, "callee_file", call->callee_file);
  pgo_output_printf (out, ", \"inlined\": %s, ", call->inlined ? "true" : "false");
  weight (out, call->weight, call->samples);
  pgo_output_text (out, "}");
}

void
pgo_show_json (struct pgo_output *out, const struct pgo_show *show)
{
  if (show->what == PGO_SHOW_SUMMARY)
    {
      print_summary (out, show->view);
      return;
    }
  pgo_output_text (out, "[");
  for (uint32_t i = 0; show->what == PGO_SHOW_CALLS && i < show->n_calls; i++)
    {
      next (out, i, 1);
      print_call (out, &show->calls[i]);
    }
  for (uint32_t i = 0; show->what != PGO_SHOW_CALLS && i < show->n_functions; i++)
    {
      next (out, i, 1);
      if (show->what == PGO_SHOW_LINES)
        print_tree (out, show->functions[i], 1);
      else
        {
          pgo_output_text (out, "{");
          print_instance (out, show->functions[i]);
          pgo_output_text (out, "}");
        }
    }
  pgo_output_text (out, "\n]\n");
}
