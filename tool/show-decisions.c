/* Inline decisions on a page: the calls of reports as a table, and those of a line beside its source.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show-decisions.h"
#include "tool/show.h"
#include "core/alloc.h"
#include "core/assembler-name.h"
#include "core/report-read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Before each step of a call's id (docs/reports.md).  */
#define STEP " > "

struct decision
{
  const struct pgo_report_call *call;
  const char *unit;
  char *caller, *callee;        /* In whose source the call is; what it calls.  */
  int64_t line;                 /* Offset of the call in CALLER; -1: not told.  */
  uint32_t place;               /* In the reports: breaks ties.  */
};

struct pgo_decisions
{
  struct pgo_report_calls **reports;
  uint32_t n_reports, n;
  struct decision *list;        /* By caller, line, callee, place.  */
};

static int
compare_decisions (const void *a_decision, const void *b_decision)
{
  const struct decision *a = a_decision, *b = b_decision;
  int order = strcmp (a->caller, b->caller);
  if (order)
    return order;
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  order = strcmp (a->callee, b->callee);
  if (order)
    return order;
  return a->place < b->place ? -1 : a->place > b->place;
}

/* Take D's id apart: "root > AT inlined > AT callee#2".  */
static void
parse_id (struct decision *d)
{
  const char *id = d->call->id, *last = NULL, *before = NULL;
  for (const char *step = strstr (id, STEP); step; step = strstr (step + 1, STEP))
    {
      before = last;
      last = step;
    }
  d->line = -1;
  if (!last)
    {
      d->caller = pgo_text_copy (id, strlen (id));
      d->callee = pgo_text_copy ("", 0);
      return;
    }
  /* The function of the step before, behind its location, or the root, which may be a copy that GCC made.  */
  const char *caller = before ? strchr (before + strlen (STEP), ' ') : NULL;
  if (caller && caller < last)
    d->caller = pgo_text_copy (caller + 1, (size_t) (last - caller - 1));
  else
    {
      char *root = pgo_text_copy (id, (size_t) ((before ? before : last) - id));
      d->caller = pgo_text_copy (root, assembler_name_length (root));
      pgo_free (root);
    }
  const char *at = last + strlen (STEP), *callee = strchr (at, ' ');
  if (*at != '@')
    d->line = strtol (at, NULL, 10);
  callee = callee ? callee + 1 : at;
  d->callee = pgo_text_copy (callee, strcspn (callee, "#"));
}

struct pgo_decisions *
pgo_decisions_read (const char *const *paths, uint32_t n, struct pgo_status *status)
{
  struct pgo_decisions *decisions = pgo_alloc (sizeof *decisions);
  decisions->reports = pgo_alloc_array (n, sizeof *decisions->reports);
  for (uint32_t i = 0; i < n; i++)
    {
      struct pgo_report_calls *report = pgo_report_read (paths[i], status);
      if (!report)
        {
          pgo_decisions_free (decisions);
          return NULL;
        }
      decisions->reports[decisions->n_reports++] = report;
      decisions->list = pgo_realloc_array (decisions->list, (size_t) decisions->n + report->n_calls,
                                           sizeof *decisions->list);
      for (uint32_t c = 0; c < report->n_calls; c++)
        {
          struct decision *d = &decisions->list[decisions->n];
          *d = (struct decision) { .call = &report->calls[c], .unit = report->unit, .place = decisions->n++ };
          parse_id (d);
        }
    }
  if (decisions->n)
    qsort (decisions->list, decisions->n, sizeof *decisions->list, compare_decisions);
  return decisions;
}

void
pgo_decisions_free (struct pgo_decisions *decisions)
{
  if (!decisions)
    return;
  for (uint32_t i = 0; i < decisions->n; i++)
    {
      pgo_free (decisions->list[i].caller);
      pgo_free (decisions->list[i].callee);
    }
  for (uint32_t i = 0; i < decisions->n_reports; i++)
    pgo_report_calls_free (decisions->reports[i]);
  pgo_free (decisions->list);
  pgo_free (decisions->reports);
  pgo_free (decisions);
}

/* What became of CALL: a class of the page's style and a word.  */
static const char *
outcome (const struct pgo_report_call *call)
{
  if (call->decision == PGO_CALL_INLINE)
    return "inline";
  if (call->decision == PGO_CALL_REFUSE)
    return "refuse";
  return call->gcc && strcmp (call->gcc, "inlined") == 0 ? "gcc" : "leave";
}

static void
print_outcome (struct pgo_output *out, const struct pgo_report_call *call)
{
  const char *text = outcome (call);
  pgo_output_printf (out, "<span class=\"d-%s\">%s</span>", text, strcmp (text, "gcc") == 0 ? "inlined by GCC" : text);
}

static int
oftener_first (const void *a_decision, const void *b_decision)
{
  const struct decision *a = *(const struct decision *const *) a_decision;
  const struct decision *b = *(const struct decision *const *) b_decision;
  int64_t x = a->call->features[PGO_FEATURE_count], y = b->call->features[PGO_FEATURE_count];
  if (x != y)
    return x > y ? -1 : 1;
  return a->place < b->place ? -1 : a->place > b->place;
}

bool
pgo_decisions_any (const struct pgo_decisions *decisions, const char *function)
{
  for (uint32_t i = 0; i < decisions->n; i++)
    if (pgo_report_call_is_in (decisions->list[i].call, function))
      return true;
  return false;
}

void
pgo_decisions_html_table (struct pgo_output *out, const struct pgo_decisions *decisions, const char *function,
                          uint64_t top)
{
  const struct decision **sorted = pgo_alloc_array (decisions->n, sizeof *sorted);
  uint32_t n = 0, n_inline = 0, n_gcc = 0;
  for (uint32_t i = 0; i < decisions->n; i++)
    if (!function || pgo_report_call_is_in (decisions->list[i].call, function))
      {
        sorted[n++] = &decisions->list[i];
        n_inline += decisions->list[i].call->decision == PGO_CALL_INLINE;
        n_gcc += strcmp (outcome (decisions->list[i].call), "gcc") == 0;
      }
  if (n)
    qsort (sorted, n, sizeof *sorted, oftener_first);
  pgo_output_printf (out, "<p>%" PRIu32 " calls of %" PRIu32 " unit%s: %" PRIu32 " inlined by the plan, %" PRIu32
                     " by GCC. The most executed first.</p>\n<table>\n<tr><th class=\"n\">executions</th>"
                     "<th class=\"n\">growth</th><th>decision</th><th>reason</th><th>GCC</th><th>call</th></tr>\n",
                     n, decisions->n_reports, decisions->n_reports == 1 ? "" : "s", n_inline, n_gcc);
  for (uint32_t i = 0; i < n && i < top; i++)
    {
      const struct pgo_report_call *call = sorted[i]->call;
      pgo_output_printf (out, "<tr><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64 "</td><td>",
                         call->features[PGO_FEATURE_count], call->features[PGO_FEATURE_growth]);
      print_outcome (out, call);
      pgo_output_text (out, "</td><td>");
      pgo_output_xml (out, call->reason ? call->reason : "");
      pgo_output_text (out, "</td><td class=\"dim\">");
      pgo_output_xml (out, call->gcc ? call->gcc : "");
      pgo_output_text (out, "</td><td><code>");
      pgo_output_xml (out, call->id);
      pgo_output_text (out, "</code>");
      if (decisions->n_reports > 1 && sorted[i]->unit)
        {
          pgo_output_text (out, " <span class=\"dim\">");
          pgo_output_xml (out, sorted[i]->unit);
          pgo_output_text (out, "</span>");
        }
      pgo_output_text (out, "</td></tr>\n");
    }
  pgo_output_text (out, "</table>\n");
  if (n > top)
    pgo_output_printf (out, "<p class=\"dim\">%" PRIu64 " more are not listed.</p>\n", n - top);
  pgo_free (sorted);
}

/* Whether A and B, neighbours in the list, read the same on a page.  */
static bool
same_on_line (const struct decision *a, const struct decision *b)
{
  const char *x = a->call->reason ? a->call->reason : "", *y = b->call->reason ? b->call->reason : "";
  return strcmp (a->callee, b->callee) == 0 && strcmp (outcome (a->call), outcome (b->call)) == 0 && strcmp (x, y) == 0;
}

void
pgo_decisions_html_line (struct pgo_output *out, const struct pgo_decisions *decisions, const char *function,
                         int64_t line)
{
  uint32_t low = 0, high = decisions->n;
  const struct decision wanted = { .caller = (char *) function, .callee = (char *) "", .line = line };
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (compare_decisions (&decisions->list[middle], &wanted) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  for (uint32_t i = low, next; i < decisions->n; i = next)
    {
      const struct decision *d = &decisions->list[i];
      if (d->line != line || strcmp (d->caller, function) != 0)
        break;
      for (next = i + 1; next < decisions->n && decisions->list[next].line == line
                         && strcmp (decisions->list[next].caller, function) == 0
                         && same_on_line (d, &decisions->list[next]);)
        next++;
      pgo_output_text (out, " <span class=\"dim\">");
      pgo_output_xml (out, d->callee);
      pgo_output_text (out, ":</span> ");
      print_outcome (out, d->call);
      if (d->call->reason && d->call->decision != PGO_CALL_INLINE && strcmp (outcome (d->call), "gcc") != 0)
        {
          pgo_output_text (out, " <span class=\"dim\">");
          pgo_output_xml (out, d->call->reason);
          pgo_output_text (out, "</span>");
        }
      if (next - i > 1)
        pgo_output_printf (out, " <span class=\"dim\">in %" PRIu32 " places</span>", next - i);
    }
}
