/* pgoinline show report: the calls of reports, for people (text, html), spreadsheets (csv) and programs (json).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show.h"
#include "tool/show-decisions.h"
#include "core/alloc.h"
#include "core/report-read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void
csv_text (struct pgo_output *out, const char *text)
{
  pgo_output_text (out, "\"");
  for (; text && *text; text++)
    pgo_output_bytes (out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
  pgo_output_text (out, "\"");
}

/* RFC 4180, a heading and a line for each call; what is absent is empty.  */
static void
print_csv (struct pgo_output *out, const struct pgo_report_calls *report, struct pgo_report_call **calls, uint32_t n)
{
  pgo_output_text (out, "unit,id,stage,decision,reason,gcc");
  for (unsigned f = 0; f < PGO_N_FEATURES; f++)
    pgo_output_printf (out, ",%s", pgo_feature_name ((enum pgo_call_feature) f));
  pgo_output_text (out, "\n");
  for (uint32_t i = 0; i < n; i++)
    {
      const char *const texts[] = { report->unit, calls[i]->id, calls[i]->stage,
                                    pgo_decision_name (calls[i]->decision), calls[i]->reason, calls[i]->gcc };
      for (unsigned t = 0; t < sizeof texts / sizeof *texts; t++)
        {
          pgo_output_text (out, t ? "," : "");
          csv_text (out, texts[t]);
        }
      for (unsigned f = 0; f < PGO_N_FEATURES; f++)
        {
          pgo_output_text (out, ",");
          if (calls[i]->has[f])
            pgo_output_printf (out, "%" PRId64, calls[i]->features[f]);
        }
      pgo_output_text (out, "\n");
    }
}

static void
print_json (struct pgo_output *out, const struct pgo_report_calls *report, struct pgo_report_call **calls, uint32_t n)
{
  pgo_output_text (out, "{\n ");
  pgo_show_json_text (out, "unit", report->unit);
  pgo_output_text (out, ",\n \"calls\": [");
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_report_call *call = calls[i];
      pgo_output_text (out, i ? ",\n  {" : "\n  {");
      pgo_show_json_text (out, "id", call->id);
      pgo_output_text (out, ", ");
      pgo_show_json_text (out, "stage", call->stage);
      pgo_output_text (out, ", ");
      pgo_show_json_text (out, "decision", pgo_decision_name (call->decision));
      pgo_output_text (out, ", ");
      pgo_show_json_text (out, "reason", call->reason);
      pgo_output_text (out, ", ");
      pgo_show_json_text (out, "gcc", call->gcc);
      for (unsigned f = 0; f < PGO_N_FEATURES; f++)
        if (call->has[f])
          pgo_output_printf (out, ", \"%s\": %" PRId64, pgo_feature_name ((enum pgo_call_feature) f),
                             call->features[f]);
      pgo_output_text (out, "}");
    }
  pgo_output_text (out, n ? "\n ]\n}\n" : "]\n}\n");
}

static void
print_text (struct pgo_output *out, const struct pgo_report_calls *report, struct pgo_report_call **calls, uint32_t n)
{
  (void) report;
  pgo_output_text (out, "         count   growth  decision  reason        call\n");
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_report_call *call = calls[i];
      pgo_output_printf (out, "%14" PRId64 " %8" PRId64 "  %-8s  %-12s  ", call->features[PGO_FEATURE_count],
                         call->features[PGO_FEATURE_growth], pgo_decision_name (call->decision),
                         call->reason ? call->reason : "");
      pgo_output_plain (out, call->id);
      pgo_output_text (out, "\n");
    }
}

static const struct
{
  const char *name;
  void (*print) (struct pgo_output *, const struct pgo_report_calls *, struct pgo_report_call **, uint32_t);
} formats[] = { { "text", print_text }, { "csv", print_csv }, { "json", print_json }, { "html", NULL } };
#define N_FORMATS (sizeof formats / sizeof *formats)

bool
pgo_show_report_format (const char *name, unsigned *format)
{
  for (unsigned f = 0; f < N_FORMATS; f++)
    if (strcmp (formats[f].name, name) == 0)
      {
        *format = f;
        return true;
      }
  return false;
}

/* Oftenest first, then as in the file.  */
static int
oftener_first (const void *a_call, const void *b_call)
{
  const struct pgo_report_call *a = *(struct pgo_report_call *const *) a_call;
  const struct pgo_report_call *b = *(struct pgo_report_call *const *) b_call;
  int64_t x = a->features[PGO_FEATURE_count], y = b->features[PGO_FEATURE_count];
  if (x != y)
    return x > y ? -1 : 1;
  return a < b ? -1 : a > b;
}

bool
pgo_report_call_is_in (const struct pgo_report_call *call, const char *function)
{
  size_t length = strlen (function);
  return strncmp (call->id, function, length) == 0 && strncmp (call->id + length, " > ", 3) == 0;
}

/* The same as a page.  */
static bool
show_page (const char *path, const char *function, uint64_t top, struct pgo_status *status)
{
  struct pgo_decisions *decisions = pgo_decisions_read (&path, 1, status);
  bool good = decisions && (!function || pgo_decisions_any (decisions, function)
                            || pgo_fail (status, path, 0, "no call in %.200s", function));
  struct pgo_output *out = good ? pgo_output_open ("-", status) : NULL;
  if (out)
    {
      pgo_html_begin (out, path);
      pgo_decisions_html_table (out, decisions, function, top);
      pgo_html_end (out);
    }
  good = out && pgo_output_commit (out, status);
  pgo_decisions_free (decisions);
  return good;
}

bool
pgo_show_report (const char *path, const char *function, unsigned format, uint64_t top, struct pgo_status *status)
{
  if (!formats[format].print)
    return show_page (path, function, top, status);
  struct pgo_report_calls *report = pgo_report_read (path, status);
  if (!report)
    return false;
  struct pgo_report_call **calls = pgo_alloc_array (report->n_calls, sizeof *calls);
  uint32_t n = 0;
  for (uint32_t i = 0; i < report->n_calls; i++)
    if (!function || pgo_report_call_is_in (&report->calls[i], function))
      calls[n++] = &report->calls[i];
  bool good = n > 0 || !function || pgo_fail (status, path, 0, "no call in %.200s", function);
  if (n)
    qsort (calls, n, sizeof *calls, oftener_first);
  struct pgo_output *out = good ? pgo_output_open ("-", status) : NULL;
  if (out)
    {
      formats[format].print (out, report, calls, n > top ? (uint32_t) top : n);
      good = pgo_output_commit (out, status);
    }
  pgo_free (calls);
  pgo_report_calls_free (report);
  return good && out;
}
