/* pgoinline show: print what a profile says.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show.h"
#include "tool/show-decisions.h"
#include "tool/commands.h"
#include "tool/source-text.h"
#include "core/alloc.h"
#include "core/profile-compare.h"

#include <stdlib.h>
#include <string.h>

/* Functions of a page, unless --top says otherwise.  */
#define PAGE_FUNCTIONS 50

enum { OPTION_FORMAT, OPTION_TOP, OPTION_BINARY, OPTION_REPORT };

const struct pgo_option pgo_show_options[] = {
  [OPTION_FORMAT] = { "--format", 0, "text|json|dot|html|folded|csv|symbols",
                      "text is the default; dot (Graphviz) is for calls, csv for report; html is a page; folded is for "
                      "flame graphs; symbols (--symbol-ordering-file) for order" },
  [OPTION_TOP] = { "--top", 'n', "N", "list the first N only; of a page by default 50" },
  [OPTION_BINARY] = { "--binary", 0, "ELF", "html: show the source that the debug info of ELF leads to" },
  [OPTION_REPORT] = { "--report", 0, "FILE", "html: the decisions on calls, of the report of a compilation; may be repeated" },
  { NULL, 0, NULL, NULL }
};

static const char *const view_names[] = {
  [PGO_SHOW_SUMMARY] = "summary",
  [PGO_SHOW_FUNCTIONS] = "functions",
  [PGO_SHOW_LINES] = "lines",
  [PGO_SHOW_CALLS] = "calls",
  [PGO_SHOW_ORDER] = "order"
};
#define N_VIEWS (sizeof view_names / sizeof *view_names)

static const struct
{
  const char *name;
  void (*print) (struct pgo_output *, const struct pgo_show *);
} formats[] = {
  { "text", pgo_show_text },
  { "json", pgo_show_json },
  { "dot", pgo_show_dot },
  { "html", pgo_show_html },
  { "folded", pgo_show_folded },
  { "symbols", pgo_show_symbols }
};
#define N_FORMATS (sizeof formats / sizeof *formats)

static int
heavier_itself_first (const void *a_function, const void *b_function)
{
  const struct pgo_instance *a = *(const struct pgo_instance *const *) a_function;
  const struct pgo_instance *b = *(const struct pgo_instance *const *) b_function;
  uint64_t weight_a = pgo_view_own_weight (a), weight_b = pgo_view_own_weight (b);
  if (weight_a != weight_b)
    return weight_a > weight_b ? -1 : 1;
  return pgo_instance_compare (a, b);
}

static int
heavier_first (const void *a_function, const void *b_function)
{
  const struct pgo_instance *a = *(const struct pgo_instance *const *) a_function;
  const struct pgo_instance *b = *(const struct pgo_instance *const *) b_function;
  if (a->total != b->total)
    return a->total > b->total ? -1 : 1;
  return pgo_instance_compare (a, b);
}

static int
lower_rank_first (const void *a_function, const void *b_function)
{
  const struct pgo_instance *a = *(const struct pgo_instance *const *) a_function;
  const struct pgo_instance *b = *(const struct pgo_instance *const *) b_function;
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  return pgo_instance_compare (a, b);
}

static int
heavier_call_first (const void *a_call, const void *b_call)
{
  const struct pgo_show_call *a = a_call, *b = b_call;
  if (a->weight != b->weight)
    return a->weight > b->weight ? -1 : 1;
  return a->place < b->place ? -1 : a->place > b->place;
}

static void
add_call (struct pgo_show *show, uint32_t *room, struct pgo_show_call call)
{
  if (show->n_calls == *room)
    {
      *room = *room ? *room * 2 : 256;
      show->calls = pgo_realloc_array (show->calls, *room, sizeof *show->calls);
    }
  call.place = show->n_calls;
  show->calls[show->n_calls++] = call;
  show->call_weight = pgo_add (show->call_weight, call.weight);
}

static void
gather_calls (struct pgo_show *show, uint32_t *room, const struct pgo_instance *function,
              const struct pgo_instance *caller)
{
  for (uint32_t i = 0; i < caller->n_calls; i++)
    {
      const struct pgo_call *call = &caller->calls[i];
      add_call (show, room,
                (struct pgo_show_call) { function, caller, call->at, call->callee, call->callee_file,
                                        call->weight, call->samples, false, 0 });
    }
  for (uint32_t i = 0; i < caller->n_inlined; i++)
    {
      const struct pgo_instance *inlined = caller->inlined[i];
      add_call (show, room,
                (struct pgo_show_call) { function, caller, inlined->at, inlined->name, inlined->file,
                                        inlined->head, inlined->head_samples, true, 0 });
      gather_calls (show, room, function, inlined);
    }
}

/* Fill SHOW with what is to be listed: of FUNCTION (NULL: all), the first TOP.  */
static bool
gather (struct pgo_show *show, const char *function, uint64_t top, struct pgo_status *status)
{
  const struct pgo_view *view = show->view;
  show->functions = pgo_alloc_array (view->n_functions, sizeof *show->functions);
  for (uint32_t i = 0; i < view->n_functions; i++)
    {
      const struct pgo_instance *f = view->functions[i];
      if ((!function || strcmp (f->name, function) == 0) && (show->what != PGO_SHOW_ORDER || f->rank))
        show->functions[show->n_functions++] = f;
    }
  if (function && show->n_functions == 0)
    return pgo_fail (status, view->path, 0, "no function %.200s", function);

  if (show->what == PGO_SHOW_FUNCTIONS)
    qsort (show->functions, show->n_functions, sizeof *show->functions, heavier_first);
  else if (show->what == PGO_SHOW_ORDER)
    qsort (show->functions, show->n_functions, sizeof *show->functions, lower_rank_first);
  else if (show->what == PGO_SHOW_CALLS)
    {
      uint32_t room = 0;
      for (uint32_t i = 0; i < show->n_functions; i++)
        gather_calls (show, &room, show->functions[i], show->functions[i]);
      if (show->n_calls)
        qsort (show->calls, show->n_calls, sizeof *show->calls, heavier_call_first);
    }
  if (show->n_functions > top)
    show->n_functions = (uint32_t) top;
  if (show->n_calls > top)
    show->n_calls = (uint32_t) top;
  return true;
}

/* The first TOP functions by their own weight; and where their source is, if BINARY isn't NULL.  */
static bool
gather_page (struct pgo_show *show, uint64_t top, const char *binary, struct pgo_status *status)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      uint64_t own = pgo_view_own_weight (show->functions[i]);
      show->own_weight = pgo_add (show->own_weight, own);
      if (own)
        show->functions[n++] = show->functions[i];
    }
  show->n_functions = n;
  if (n)
    qsort (show->functions, n, sizeof *show->functions, heavier_itself_first);
  if (top == UINT64_MAX)
    top = PAGE_FUNCTIONS;
  if (n > top)
    show->n_functions = (uint32_t) top;
  if (binary)
    show->sources = source_text_open (binary, status);
  return !binary || show->sources;
}

/* What a page shows besides the profile.  */
struct page
{
  const char *binary;           /* NULL: none.  */
  const char **reports;
  uint32_t n_reports;
};

static int
print (enum pgo_show_view what, unsigned format, const char *path, const char *function, uint64_t top,
       const struct page *page)
{
  struct pgo_status status = { 0 };
  struct pgo_view *view = pgo_view_open (path, &status);
  if (!view)
    return pgo_report_failure (&status);
  bool is_page = formats[format].print == pgo_show_html;
  struct pgo_show show = { .view = view, .what = what };
  if (is_page)
    pgo_view_flatten (view);
  bool good = gather (&show, function, is_page ? UINT64_MAX : top, &status);
  if (is_page && good)
    good = gather_page (&show, top, page->binary, &status);
  struct pgo_decisions *decisions = NULL;
  if (good && page->n_reports)
    {
      show.decisions = decisions = pgo_decisions_read (page->reports, page->n_reports, &status);
      good = decisions != NULL;
    }
  struct pgo_output *out = good ? pgo_output_open ("-", &status) : NULL;
  if (out)
    {
      formats[format].print (out, &show);
      good = pgo_output_commit (out, &status);
    }
  pgo_free (show.functions);
  pgo_free (show.calls);
  source_text_close (show.sources);
  pgo_decisions_free (decisions);
  pgo_view_close (view);
  return good && out ? PGO_EXIT_DONE : pgo_report_failure (&status);
}

static unsigned
find_view (const char *name)
{
  unsigned i = 0;
  while (i < N_VIEWS && strcmp (view_names[i], name) != 0)
    i++;
  return i;
}

static int
run (int argc, char **argv, struct page *page)
{
  struct pgo_arguments args;
  const char *operands[3] = { NULL, NULL, NULL };
  const char *format_name = "text";
  unsigned n = 0, format = 0;
  unsigned long long top = UINT64_MAX;
  pgo_arguments_begin (&args, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_FORMAT:
        format_name = args.value;
        break;
      case OPTION_BINARY:
        page->binary = args.value;
        break;
      case OPTION_REPORT:
        page->reports[page->n_reports++] = args.value;
        break;
      case OPTION_TOP:
        if (!pgo_parse_number (args.value, 1, UINT32_MAX, &top))
          return pgo_report_usage (args.command, "--top=%s: expected a number from 1", args.value);
        break;
      case PGO_ARGUMENT_OPERAND:
        if (n == 3)
          return pgo_report_usage (args.command, "too many operands: %s", args.value);
        operands[n++] = args.value;
        break;
      case PGO_ARGUMENT_HELP: return PGO_EXIT_DONE;
      case PGO_ARGUMENT_WRONG: return PGO_EXIT_USAGE;
      default:
        {
          if (n > 1 && strcmp (operands[0], "report") == 0)
            {
              struct pgo_status status = { 0 };
              if (!pgo_show_report_format (format_name, &format))
                return pgo_report_usage (args.command, "--format=%s: expected text, csv, json or html",
                                         format_name);
              return pgo_show_report (operands[1], operands[2], format, top, &status) ? PGO_EXIT_DONE
                                                                                      : pgo_report_failure (&status);
            }
          for (format = 0; format < N_FORMATS && strcmp (formats[format].name, format_name) != 0;)
            format++;
          if (format == N_FORMATS)
            return pgo_report_usage (args.command, "--format=%s: expected text, json, dot, html, folded or symbols",
                                     format_name);
          unsigned view = n ? find_view (operands[0]) : N_VIEWS;
          unsigned first = view < N_VIEWS;
          if (view == N_VIEWS && n > 1)
            return pgo_report_usage (args.command, "%s: expected summary, functions, lines, calls, order or report",
                                     operands[0]);
          if (n <= first)
            return pgo_report_usage (args.command, "no profile");
          if (view == N_VIEWS)
            view = PGO_SHOW_SUMMARY;
          const char *function = operands[first + 1];
          if (function && (view == PGO_SHOW_SUMMARY || view == PGO_SHOW_ORDER))
            return pgo_report_usage (args.command, "%s is of the whole profile, not of %s", view_names[view],
                                     function);
          if (formats[format].print == pgo_show_dot && view != PGO_SHOW_CALLS)
            return pgo_report_usage (args.command, "--format=dot shows calls, not %s", view_names[view]);
          if (formats[format].print == pgo_show_symbols && view != PGO_SHOW_ORDER)
            return pgo_report_usage (args.command, "--format=symbols shows order, not %s", view_names[view]);
          bool is_whole = formats[format].print == pgo_show_html || formats[format].print == pgo_show_folded;
          if (is_whole && (first || function))
            return pgo_report_usage (args.command, "--format=%s is of the whole profile", formats[format].name);
          if ((page->binary || page->n_reports) && formats[format].print != pgo_show_html)
            return pgo_report_usage (args.command, "--%s is for --format=html", page->binary ? "binary" : "report");
          return print ((enum pgo_show_view) view, format, operands[first], function, top, page);
        }
      }
}

int
pgo_show (int argc, char **argv)
{
  struct page page = { NULL, pgo_alloc_array ((size_t) argc, sizeof *page.reports), 0 };
  int result = run (argc, argv, &page);
  pgo_free (page.reports);
  return result;
}
