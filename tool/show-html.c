/* A profile as one HTML page, which needs nothing else: summary, functions, their call graph, and each function's
   source with its heat.

   Well-formed as XML, too.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/show.h"
#include "tool/show-decisions.h"
#include "tool/source-text.h"
#include "core/alloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Functions of the graph: more don't fit on a screen.  */
#define GRAPH_FUNCTIONS 24
#define NODE_WIDTH 168
#define NODE_HEIGHT 36
#define NODE_GAP_X 22
#define NODE_GAP_Y 54
/* Characters of a name in a node.  */
#define NODE_TEXT 22
/* Lines shown around those that are known, and at most.  */
#define LINES_AROUND 1
#define LINES_MAX 4000
/* Decisions in the table; those of a line stand beside it all the same.  */
#define DECISIONS_MAX 200
/* Shades of heat.  */
#define SHADES 10

static const char style[] =
  "body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:76em;padding:0 1em;color:#222}"
  "table{border-collapse:collapse}td,th{padding:1px 10px;text-align:left;vertical-align:top}"
  "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
  "code,pre,.src td{font:13px/1.35 ui-monospace,monospace}.src td{white-space:pre;padding:0 8px}"
  ".src td.t{white-space:pre-wrap;width:100%}"
  ".bar{display:inline-block;height:.7em;background:#e4572e}.dim{color:#888}h2{margin-top:2em}"
  ".d-inline,.d-gcc{color:#2d7d46}.d-inline{font-weight:bold}.d-refuse{color:#c0392b}.d-leave{color:#888}"
  "h3{margin:1.6em 0 .3em}a{color:#1a5fb4;text-decoration:none}svg{max-width:100%;height:auto}"
  "@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}a{color:#8ab4f8}svg text{fill:#ddd}}";

static double
percent (uint64_t part, uint64_t whole)
{
  return whole ? 100.0 * (double) part / (double) whole : 0;
}

static void
name (struct pgo_output *out, const char *text, const char *file)
{
  pgo_output_text (out, "<code>");
  pgo_output_xml (out, text);
  pgo_output_text (out, "</code>");
  if (file)
    {
      pgo_output_text (out, " <span class=\"dim\">");
      pgo_output_xml (out, file);
      pgo_output_text (out, "</span>");
    }
}

/* The number of the function NAME (FILE) among those listed, or UINT32_MAX.  */
static uint32_t
find_listed (const struct pgo_show *show, const char *text, const char *file)
{
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      const struct pgo_instance *f = show->functions[i];
      if (strcmp (f->name, text) == 0 && (!file || !f->file || strcmp (f->file, file) == 0))
        return i;
    }
  return UINT32_MAX;
}

/* The name as a link to the function's part of the page, if it has one.  */
static void
link_name (struct pgo_output *out, const struct pgo_show *show, const char *text, const char *file)
{
  uint32_t listed = find_listed (show, text, file);
  if (listed != UINT32_MAX)
    pgo_output_printf (out, "<a href=\"#f%" PRIu32 "\">", listed);
  name (out, text, file);
  if (listed != UINT32_MAX)
    pgo_output_text (out, "</a>");
}

static void
print_summary (struct pgo_output *out, const struct pgo_view *view)
{
  pgo_output_printf (out, "<p>%s evidence; %u functions, %" PRIu64 " of them with weight; %" PRIu64
                     " lines with weight; id <code>%.16s</code></p>\n<table>\n",
                     pgo_evidence_name (view->kind), view->n_functions, view->summary->functions,
                     view->summary->lines, view->id);
  pgo_output_text (out, "<tr><th>from</th><th>build-id</th><th>evidence</th><th class=\"n\">samples</th>"
                   "<th class=\"n\">seconds</th></tr>\n");
  for (uint32_t i = 0; i < view->n_origins; i++)
    {
      const struct pgo_origin *origin = &view->origins[i];
      pgo_output_text (out, "<tr><td>");
      pgo_output_xml (out, *origin->binary ? origin->binary : "?");
      pgo_output_text (out, "</td><td><code>");
      pgo_output_xml (out, *origin->build_id ? origin->build_id : "none");
      pgo_output_printf (out, "</code></td><td>%s</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%.1f</td></tr>\n",
                         pgo_evidence_name (origin->kind), origin->samples, (double) origin->duration_ns / 1e9);
    }
  pgo_output_text (out, "</table>\n");
}

static void
print_functions (struct pgo_output *out, const struct pgo_show *show)
{
  pgo_output_text (out, "<h2>Functions</h2>\n<table>\n<tr><th class=\"n\">share</th><th></th><th class=\"n\">weight</th>"
                   "<th class=\"n\">entries</th><th>evidence</th><th>function</th></tr>\n");
  for (uint32_t i = 0; i < show->n_functions; i++)
    {
      const struct pgo_instance *f = show->functions[i];
      uint64_t own = pgo_view_own_weight (f);
      double share = percent (own, show->own_weight);
      pgo_output_printf (out, "<tr><td class=\"n\">%.2f%%</td><td><span class=\"bar\" style=\"width:%.1fem\"></span></td>"
                         "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td><td>%s</td><td>",
                         share, share / 5, own, f->head, pgo_evidence_name (f->kind));
      link_name (out, show, f->name, f->file);
      pgo_output_text (out, "</td></tr>\n");
    }
  pgo_output_text (out, "</table>\n");
}

/* ---- The call graph.  */

struct graph
{
  const struct pgo_show *show;
  uint32_t n;
  uint64_t weight[GRAPH_FUNCTIONS][GRAPH_FUNCTIONS]; /* Of calls, from the first to the second.  */
  uint32_t layer[GRAPH_FUNCTIONS], place[GRAPH_FUNCTIONS];
  uint8_t state[GRAPH_FUNCTIONS]; /* 0: not seen; 1: above us; 2: done.  */
  uint64_t greatest;
};

static void
add_edge (struct graph *g, uint32_t from, const char *callee, const char *file, uint64_t weight)
{
  uint32_t to = find_listed (g->show, callee, file);
  if (to >= g->n || weight == 0 || to == from)
    return;
  g->weight[from][to] = pgo_add (g->weight[from][to], weight);
  if (g->weight[from][to] > g->greatest)
    g->greatest = g->weight[from][to];
}

/* Put what FUNCTION calls below it; calls back to what is above don't count.  */
static void
lay_out (struct graph *g, uint32_t function)
{
  g->state[function] = 1;
  for (uint32_t to = 0; to < g->n; to++)
    if (g->weight[function][to] && g->state[to] != 1)
      {
        bool deeper = g->layer[to] < g->layer[function] + 1;
        if (deeper)
          g->layer[to] = g->layer[function] + 1;
        if (deeper || g->state[to] == 0)
          lay_out (g, to);
      }
  g->state[function] = 2;
}

static void
make_graph (struct graph *g)
{
  for (uint32_t f = 0; f < g->n; f++)
    {
      const struct pgo_instance *caller = g->show->functions[f];
      for (uint32_t i = 0; i < caller->n_calls; i++)
        add_edge (g, f, caller->calls[i].callee, caller->calls[i].callee_file, caller->calls[i].weight);
      for (uint32_t i = 0; i < caller->n_inlined; i++)
        add_edge (g, f, caller->inlined[i]->name, caller->inlined[i]->file, caller->inlined[i]->head);
    }
  /* From those that nobody calls; then whoever is left.  */
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t f = 0; f < g->n; f++)
      {
        bool called = false;
        for (uint32_t from = 0; from < g->n; from++)
          called |= g->weight[from][f] != 0;
        if (g->state[f] == 0 && (pass == 1 || !called))
          lay_out (g, f);
      }
}

static void
print_graph (struct pgo_output *out, const struct pgo_show *show)
{
  struct graph *g = pgo_alloc (sizeof *g);
  uint32_t in_layer[GRAPH_FUNCTIONS + 1] = { 0 }, widest = 1, deepest = 0;
  g->show = show;
  g->n = show->n_functions < GRAPH_FUNCTIONS ? show->n_functions : GRAPH_FUNCTIONS;
  make_graph (g);
  for (uint32_t f = 0; f < g->n; f++)
    {
      uint32_t layer = g->layer[f] < GRAPH_FUNCTIONS ? g->layer[f] : GRAPH_FUNCTIONS;
      g->layer[f] = layer;
      g->place[f] = in_layer[layer]++;
      widest = in_layer[layer] > widest ? in_layer[layer] : widest;
      deepest = layer > deepest ? layer : deepest;
    }
  int width = (int) widest * (NODE_WIDTH + NODE_GAP_X), height = (int) (deepest + 1) * (NODE_HEIGHT + NODE_GAP_Y);
  pgo_output_printf (out, "<h2>Calls among the first %" PRIu32 "</h2>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                     "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-size=\"12\" font-family=\"monospace\">\n",
                     g->n, width, height, width, height);
#define X(F) ((int) ((g->place[F] * 2 + widest - in_layer[g->layer[F]]) * (NODE_WIDTH + NODE_GAP_X) / 2))
#define Y(F) ((int) g->layer[F] * (NODE_HEIGHT + NODE_GAP_Y) + 4)
  for (uint32_t from = 0; from < g->n; from++)
    for (uint32_t to = 0; to < g->n; to++)
      if (g->weight[from][to])
        {
          int x = X (from) + NODE_WIDTH / 2, y = Y (from) + NODE_HEIGHT, tx = X (to) + NODE_WIDTH / 2, ty = Y (to);
          pgo_output_printf (out, "<path d=\"M%d %dC%d %d %d %d %d %d\" fill=\"none\" stroke=\"#999\" "
                             "stroke-width=\"%.1f\"><title>%" PRIu64 "</title></path>\n",
                             x, y, x, y + NODE_GAP_Y / 2, tx, ty - NODE_GAP_Y / 2, tx, ty,
                             1 + 5 * (double) g->weight[from][to] / (double) g->greatest, g->weight[from][to]);
        }
  for (uint32_t f = 0; f < g->n; f++)
    {
      const struct pgo_instance *function = show->functions[f];
      double share = percent (pgo_view_own_weight (function), show->own_weight);
      char text[4 * NODE_TEXT + 4];
      uint32_t n = 0, characters = 0;
      for (const char *c = function->name; *c && characters < NODE_TEXT; characters++)
        for (unsigned k = pgo_utf8_length (c) ? pgo_utf8_length (c) : 1; k > 0; k--)
          text[n++] = *c++;
      text[n] = '\0';
      pgo_output_printf (out, "<a href=\"#f%" PRIu32 "\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
                         "fill=\"#e4572e\" fill-opacity=\"%.2f\" stroke=\"#777\"/><text x=\"%d\" y=\"%d\" "
                         "text-anchor=\"middle\">", f, X (f), Y (f), NODE_WIDTH, NODE_HEIGHT,
                         .05 + .75 * share / 100, X (f) + NODE_WIDTH / 2, Y (f) + 15);
      pgo_output_xml (out, text);
      pgo_output_printf (out, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill-opacity=\".7\">%.2f%%</text>"
                         "</a>\n", X (f) + NODE_WIDTH / 2, Y (f) + 30, share);
    }
#undef X
#undef Y
  pgo_output_text (out, "</svg>\n");
  pgo_free (g);
}

/* ---- Functions with their source.  */

/* What is known of one line.  */
struct known_line
{
  uint64_t weight;              /* The greatest of its statements'.  */
  bool is_known;
};

static void
print_calls_of_line (struct pgo_output *out, const struct pgo_show *show, const struct pgo_instance *function,
                     int32_t line)
{
  for (uint32_t i = 0; i < function->n_inlined; i++)
    if (function->inlined[i]->at.line == line)
      {
        pgo_output_text (out, " <span class=\"dim\">inlined </span>");
        link_name (out, show, function->inlined[i]->name, NULL);
        pgo_output_printf (out, " <span class=\"dim\">%" PRIu64 "</span>", function->inlined[i]->head);
      }
  for (uint32_t i = 0; i < function->n_calls; i++)
    if (function->calls[i].at.line == line)
      {
        pgo_output_text (out, " <span class=\"dim\">calls </span>");
        link_name (out, show, function->calls[i].callee, NULL);
        pgo_output_printf (out, " <span class=\"dim\">%" PRIu64 "</span>", function->calls[i].weight);
      }
}

static void
print_lines (struct pgo_output *out, const struct pgo_show *show, const struct pgo_instance *function)
{
  int64_t first = INT64_MAX, last = INT64_MIN, declared = 0;
  uint64_t greatest = 0;
  const char *path = show->sources ? source_text_find (show->sources, function->name, function->file, &declared) : NULL;
  for (uint32_t i = 0; i < function->n_lines; i++)
    {
      int64_t line = function->lines[i].at.line;
      first = line < first ? line : first;
      last = line > last ? line : last;
      greatest = function->lines[i].weight > greatest ? function->lines[i].weight : greatest;
    }
  if (path)
    {
      pgo_output_text (out, "<p class=\"dim\">");
      pgo_output_xml (out, path);
      pgo_output_printf (out, ":%" PRId64 "</p>\n", declared);
      first = first > 0 ? 0 : first;
      first -= LINES_AROUND;
      last += LINES_AROUND;
    }
  if (last - first > LINES_MAX)
    last = first + LINES_MAX;
  pgo_output_text (out, "<table class=\"src\">\n");
  for (int64_t line = first; line <= last; line++)
    {
      struct known_line known = { 0, false };
      for (uint32_t i = 0; i < function->n_lines; i++)
        if (function->lines[i].at.line == line)
          {
            known.is_known = true;
            if (function->lines[i].weight > known.weight)
              known.weight = function->lines[i].weight;
          }
      if (!path && !known.is_known)
        continue;
      unsigned shade = known.weight ? 1 + (unsigned) ((SHADES - 2) * ((double) known.weight / (double) greatest)) : 0;
      pgo_output_printf (out, "<tr%s%u\"><td class=\"n dim\">%" PRId64 "</td><td class=\"n\">",
                         known.is_known ? " class=\"h" : " class=\"x", shade, path ? declared + line : line);
      if (known.is_known)
        pgo_output_printf (out, "%" PRIu64, known.weight);
      pgo_output_text (out, "</td><td class=\"t\">");
      uint32_t length;
      const char *text = path ? source_text_line (show->sources, path, declared + line, &length) : NULL;
      if (text)
        {
          char *copy = pgo_text_copy (text, length);
          pgo_output_xml (out, copy);
          pgo_free (copy);
        }
      print_calls_of_line (out, show, function, (int32_t) line);
      if (show->decisions)
        pgo_decisions_html_line (out, show->decisions, function->name, line);
      pgo_output_text (out, "</td></tr>\n");
    }
  pgo_output_text (out, "</table>\n");
}

static void
print_callers (struct pgo_output *out, const struct pgo_show *show, const struct pgo_instance *function)
{
  const char *separator = "<p>called by ";
  for (uint32_t f = 0; f < show->n_functions; f++)
    {
      const struct pgo_instance *caller = show->functions[f];
      uint64_t weight = 0;
      for (uint32_t i = 0; i < caller->n_calls; i++)
        if (strcmp (caller->calls[i].callee, function->name) == 0)
          weight = pgo_add (weight, caller->calls[i].weight);
      for (uint32_t i = 0; i < caller->n_inlined; i++)
        if (strcmp (caller->inlined[i]->name, function->name) == 0)
          weight = pgo_add (weight, caller->inlined[i]->head);
      if (weight == 0)
        continue;
      pgo_output_text (out, separator);
      link_name (out, show, caller->name, caller->file);
      pgo_output_printf (out, " <span class=\"dim\">%" PRIu64 "</span>", weight);
      separator = ", ";
    }
  if (*separator == ',')
    pgo_output_text (out, "</p>\n");
}

static void
print_function (struct pgo_output *out, const struct pgo_show *show, uint32_t index)
{
  const struct pgo_instance *function = show->functions[index];
  pgo_output_printf (out, "<h3 id=\"f%" PRIu32 "\">", index);
  name (out, function->name, function->file);
  pgo_output_printf (out, " %.2f%%</h3>\n", percent (pgo_view_own_weight (function), show->own_weight));
  print_callers (out, show, function);
  print_lines (out, show, function);
}

void
pgo_html_begin (struct pgo_output *out, const char *title)
{
  pgo_output_text (out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                   "<meta name=\"viewport\" content=\"width=device-width\"/><title>");
  pgo_output_xml (out, title);
  pgo_output_text (out, "</title><style>");
  pgo_output_text (out, style);
  for (unsigned shade = 1; shade < SHADES; shade++)
    pgo_output_printf (out, ".h%u{background:rgba(228,87,46,%.2f)}", shade, shade * .75 / (SHADES - 1));
  pgo_output_text (out, ".h0{color:#888}</style></head><body>\n<h1>");
  pgo_output_xml (out, title);
  pgo_output_text (out, "</h1>\n");
}

void
pgo_html_end (struct pgo_output *out)
{
  pgo_output_text (out, "</body></html>\n");
}

void
pgo_show_html (struct pgo_output *out, const struct pgo_show *show)
{
  pgo_html_begin (out, show->view->path);
  print_summary (out, show->view);
  print_functions (out, show);
  if (show->n_functions)
    print_graph (out, show);
  if (show->decisions)
    {
      pgo_output_text (out, "<h2>Decisions on calls</h2>\n");
      pgo_decisions_html_table (out, show->decisions, NULL, DECISIONS_MAX);
    }
  pgo_output_text (out, "<h2>Source</h2>\n<p class=\"dim\">A line's weight is that of its heaviest statement, all callers "
                   "added up. Grey: seen not to run. White: nothing known.</p>\n");
  for (uint32_t i = 0; i < show->n_functions; i++)
    print_function (out, show, i);
  pgo_html_end (out);
}

/* ---- Folded stacks, for flame graphs.  */

static void
fold (struct pgo_output *out, const struct pgo_instance *instance, const struct pgo_instance **stack, uint32_t depth)
{
  uint64_t own = pgo_view_own_weight (instance);
  stack[depth++] = instance;
  if (own)
    {
      for (uint32_t i = 0; i < depth; i++)
        {
          if (i)
            pgo_output_text (out, ";");
          /* A semicolon would be a frame, a blank the end.  */
          for (const char *c = stack[i]->name; *c; c++)
            pgo_output_bytes (out, *c == ';' || *c == ' ' || (unsigned char) *c < ' ' ? "_" : c, 1);
        }
      pgo_output_printf (out, " %" PRIu64 "\n", own);
    }
  for (uint32_t i = 0; i < instance->n_inlined && depth < PGO_DEPTH_MAX + 1; i++)
    fold (out, instance->inlined[i], stack, depth);
}

void
pgo_show_folded (struct pgo_output *out, const struct pgo_show *show)
{
  const struct pgo_instance *stack[PGO_DEPTH_MAX + 2];
  for (uint32_t i = 0; i < show->n_functions; i++)
    fold (out, show->functions[i], stack, 0);
}
