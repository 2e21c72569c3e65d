/* pgoinline diff: how much two profiles agree.

   Overlap of two distributions: the sum over all lines of the smaller of their two shares, 1 for the same
   shape and 0 for nothing in common.  Contexts are added up before, so that two builds which inlined
   differently are compared by what their source lines did.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/view.h"
#include "core/alloc.h"
#include "core/atomic-file.h"
#include "core/profile-compare.h"

#include <stdlib.h>
#include <string.h>

/* Functions listed unless --top says otherwise.  */
#define TOP_DEFAULT 20
/* Shares that add up to less are rounding: half of what is printed.  */
#define DIFFERENCE_MIN 5e-7

enum { OPTION_FORMAT, OPTION_TOP };

const struct pgo_option pgo_diff_options[] = {
  [OPTION_FORMAT] = { "--format", 0, "text|json|html", "text is the default; html is a page" },
  [OPTION_TOP] = { "--top", 'n', "N", "list the N functions that differ most; 0: all; default 20" },
  { NULL, 0, NULL, NULL }
};

/* A function of A, of B (NULL: not there), or of both.  */
struct pair
{
  const struct pgo_instance *a, *b;
  double share_a, share_b;      /* Of its own lines in the profile's weight.  */
  double common;                /* Sum of the lines' smaller shares: its part of the overlap.  */
  double overlap;               /* Of its own lines' distributions; 0 if one side has no weight.  */
};

static double
share (uint64_t part, uint64_t whole)
{
  return whole ? (double) part / (double) whole : 0;
}

/* Sum over the lines of both of the smaller of WEIGHT / WHOLE.  */
static double
common_share (const struct pgo_instance *a, uint64_t whole_a, const struct pgo_instance *b, uint64_t whole_b)
{
  double sum = 0;
  for (uint32_t i = 0, j = 0; a && b && i < a->n_lines && j < b->n_lines;)
    {
      int order = pgo_location_compare (a->lines[i].at, b->lines[j].at);
      if (order == 0)
        {
          double share_a = share (a->lines[i].weight, whole_a), share_b = share (b->lines[j].weight, whole_b);
          sum += share_a < share_b ? share_a : share_b;
        }
      i += order <= 0;
      j += order >= 0;
    }
  return sum;
}

static struct pair
compare (const struct pgo_instance *a, uint64_t whole_a, const struct pgo_instance *b, uint64_t whole_b)
{
  uint64_t own_a = pgo_view_own_weight (a), own_b = pgo_view_own_weight (b);
  return (struct pair) {
    a, b, share (own_a, whole_a), share (own_b, whole_b),
    common_share (a, whole_a, b, whole_b), common_share (a, own_a, b, own_b)
  };
}

static const struct pgo_instance *
either (const struct pair *pair)
{
  return pair->a ? pair->a : pair->b;
}

/* What a function takes away from the overlap.  */
static double
difference (const struct pair *pair)
{
  return pair->share_a + pair->share_b - 2 * pair->common;
}

static int
more_different_first (const void *a_pair, const void *b_pair)
{
  const struct pair *a = a_pair, *b = b_pair;
  double a_difference = difference (a), b_difference = difference (b);
  if (a_difference != b_difference)
    return a_difference > b_difference ? -1 : 1;
  return pgo_instance_compare (either (a), either (b));
}

/* Own weight of all functions: the whole, whether contexts are added up or not.  */
static uint64_t
whole_weight (const struct pgo_view *view)
{
  uint64_t weight = 0;
  for (uint32_t i = 0; i < view->n_functions; i++)
    weight = pgo_add (weight, pgo_view_own_weight (view->functions[i]));
  return weight;
}

static void
print_text (struct pgo_output *out, double overlap, const struct pair *pairs, uint32_t n, uint32_t n_more)
{
  pgo_output_printf (out, "overlap %.4f\n", overlap);
  if (n)
    pgo_output_printf (out, "\n%9s %9s %8s  %s\n", "share A", "share B", "overlap", "function");
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_instance *function = either (&pairs[i]);
      pgo_output_printf (out, "%8.3f%% %8.3f%% %8.4f  ", 100 * pairs[i].share_a, 100 * pairs[i].share_b,
                         pairs[i].overlap);
      pgo_output_plain (out, function->name);
      if (function->file)
        {
          pgo_output_text (out, " in ");
          pgo_output_plain (out, function->file);
        }
      if (!pairs[i].a || !pairs[i].b)
        pgo_output_printf (out, " (only in %s)", pairs[i].a ? "A" : "B");
      else if (function->keys == PGO_KEYS_MARK)
        pgo_output_printf (out, " (checksum %016llx)", (unsigned long long) function->checksum);
      pgo_output_text (out, "\n");
    }
  if (n_more)
    pgo_output_printf (out, "%u more\n", n_more);
}

static void
print_json (struct pgo_output *out, double overlap, const struct pair *pairs, uint32_t n)
{
  pgo_output_printf (out, "{\n \"overlap\": %.6f,\n \"functions\": [", overlap);
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_instance *function = either (&pairs[i]);
      pgo_output_text (out, i ? ",\n  {\"name\": " : "\n  {\"name\": ");
      pgo_output_json (out, function->name);
      if (function->file)
        {
          pgo_output_text (out, ", \"file\": ");
          pgo_output_json (out, function->file);
        }
      pgo_output_printf (out, ", \"share_a\": %.6f, \"share_b\": %.6f, \"overlap\": %.6f, \"in\": \"%s\"}",
                         pairs[i].share_a, pairs[i].share_b, pairs[i].overlap,
                         pairs[i].a ? pairs[i].b ? "both" : "a" : "b");
    }
  pgo_output_text (out, "\n ]\n}\n");
}

static void
print_html (struct pgo_output *out, const struct pgo_view *a, const struct pgo_view *b, double overlap,
            const struct pair *pairs, uint32_t n, uint32_t n_more)
{
  pgo_output_text (out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>pgoinline diff</title>"
                   "<style>body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}"
                   "td,th{padding:1px 10px;text-align:left}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
                   ".a,.b{display:inline-block;height:.7em;background:#3465a4}.b{background:#e4572e}</style></head><body>\n"
                   "<h1>Overlap ");
  pgo_output_printf (out, "%.4f</h1>\n<p><span class=\"a\" style=\"width:.7em\"></span> A: <code>", overlap);
  pgo_output_xml (out, a->path);
  pgo_output_text (out, "</code><br/><span class=\"b\" style=\"width:.7em\"></span> B: <code>");
  pgo_output_xml (out, b->path);
  pgo_output_text (out, "</code></p>\n<table>\n<tr><th class=\"n\">share A</th><th class=\"n\">share B</th><th></th>"
                   "<th class=\"n\">overlap</th><th>function</th></tr>\n");
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_instance *function = either (&pairs[i]);
      pgo_output_printf (out, "<tr><td class=\"n\">%.3f%%</td><td class=\"n\">%.3f%%</td><td><span class=\"a\" "
                         "style=\"width:%.1fem\"></span><br/><span class=\"b\" style=\"width:%.1fem\"></span></td>"
                         "<td class=\"n\">%.4f</td><td><code>", 100 * pairs[i].share_a, 100 * pairs[i].share_b,
                         20 * pairs[i].share_a, 20 * pairs[i].share_b, pairs[i].overlap);
      pgo_output_xml (out, function->name);
      pgo_output_text (out, "</code> ");
      if (function->file)
        pgo_output_xml (out, function->file);
      if (!pairs[i].a || !pairs[i].b)
        pgo_output_printf (out, " only in %s", pairs[i].a ? "A" : "B");
      pgo_output_text (out, "</td></tr>\n");
    }
  pgo_output_text (out, "</table>\n");
  if (n_more)
    pgo_output_printf (out, "<p>%u more</p>\n", n_more);
  pgo_output_text (out, "</body></html>\n");
}

/* As the option --format has them.  */
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, N_FORMATS };
static const char *const format_names[N_FORMATS] = { "text", "json", "html" };

static bool
diff (struct pgo_view *a, struct pgo_view *b, enum format format, uint32_t top, struct pgo_status *status)
{
  pgo_view_flatten (a);
  pgo_view_flatten (b);
  uint64_t whole_a = whole_weight (a), whole_b = whole_weight (b);
  struct pair *pairs = pgo_alloc_array ((size_t) a->n_functions + b->n_functions, sizeof *pairs);
  uint32_t n = 0;
  double overlap = 0;
  for (uint32_t i = 0, j = 0; i < a->n_functions || j < b->n_functions; n++)
    {
      int order = i == a->n_functions ? 1 : j == b->n_functions ? -1
                  : pgo_instance_compare (a->functions[i], b->functions[j]);
      pairs[n] = compare (order <= 0 ? a->functions[i] : NULL, whole_a, order >= 0 ? b->functions[j] : NULL,
                          whole_b);
      overlap += pairs[n].common;
      i += order <= 0;
      j += order >= 0;
    }
  /* Two profiles that say nothing say the same.  */
  if (whole_a == 0 && whole_b == 0)
    overlap = 1;
  qsort (pairs, n, sizeof *pairs, more_different_first);

  uint32_t differ = 0;
  while (differ < n && difference (&pairs[differ]) > DIFFERENCE_MIN)
    differ++;
  uint32_t listed = top == 0 || differ < top ? differ : top;
  struct pgo_output *out = pgo_output_open ("-", status);
  if (!out)
    {
      pgo_free (pairs);
      return false;
    }
  if (format == FORMAT_JSON)
    print_json (out, overlap, pairs, listed);
  else if (format == FORMAT_HTML)
    print_html (out, a, b, overlap, pairs, listed, differ - listed);
  else
    print_text (out, overlap, pairs, listed, differ - listed);
  pgo_free (pairs);
  return pgo_output_commit (out, status);
}

int
pgo_diff (int argc, char **argv)
{
  struct pgo_arguments args;
  const char *inputs[2] = { NULL, NULL };
  unsigned n = 0;
  enum format format = FORMAT_TEXT;
  unsigned long long top = TOP_DEFAULT;
  pgo_arguments_begin (&args, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_FORMAT:
        for (format = 0; format < N_FORMATS && strcmp (format_names[format], args.value) != 0;)
          format++;
        if (format == N_FORMATS)
          return pgo_report_usage (args.command, "--format=%s: expected text, json or html", args.value);
        break;
      case OPTION_TOP:
        if (!pgo_parse_number (args.value, 0, UINT32_MAX, &top))
          return pgo_report_usage (args.command, "--top=%s: expected a number", args.value);
        break;
      case PGO_ARGUMENT_OPERAND:
        if (n == 2)
          return pgo_report_usage (args.command, "two profiles, not %s too", args.value);
        inputs[n++] = args.value;
        break;
      case PGO_ARGUMENT_HELP: return PGO_EXIT_DONE;
      case PGO_ARGUMENT_WRONG: return PGO_EXIT_USAGE;
      default:
        {
          if (n != 2)
            return pgo_report_usage (args.command, "expected two profiles");
          struct pgo_status status = { 0 };
          struct pgo_view *a = pgo_view_open (inputs[0], &status);
          struct pgo_view *b = a ? pgo_view_open (inputs[1], &status) : NULL;
          bool good = b && diff (a, b, format, (uint32_t) top, &status);
          pgo_view_close (a);
          pgo_view_close (b);
          return good ? PGO_EXIT_DONE : pgo_report_failure (&status);
        }
      }
}
