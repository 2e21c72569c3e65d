/* The views of `pgoinline show': what is shown is gathered once and printed by format.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SHOW_H
#define PGOINLINE_TOOL_SHOW_H

#include "tool/view.h"
#include "core/atomic-file.h"

enum pgo_show_view
{
  PGO_SHOW_SUMMARY,
  PGO_SHOW_FUNCTIONS,           /* Hottest first.  */
  PGO_SHOW_LINES,               /* The trees, by name.  */
  PGO_SHOW_CALLS,               /* Heaviest first.  */
  PGO_SHOW_ORDER                /* By rank.  */
};

/* A call, inlined in the profiled binary or not.  */
struct pgo_show_call
{
  const struct pgo_instance *function; /* In whose code it is.  */
  const struct pgo_instance *caller;   /* In whose source it is: FUNCTION or inlined in it.  */
  struct pgo_location at;
  const char *callee, *callee_file;
  uint64_t weight, samples;
  bool inlined;
  uint64_t place;               /* In the profile, from 0: breaks ties.  */
};

struct pgo_show
{
  const struct pgo_view *view;
  enum pgo_show_view what;
  /* What is to be listed, in order.  */
  const struct pgo_instance **functions;
  uint32_t n_functions;
  struct pgo_show_call *calls;
  uint32_t n_calls;
  uint64_t call_weight;         /* Of all calls, listed or not.  */
  /* For a page.  */
  uint64_t own_weight;          /* Of all functions' own lines, listed or not.  */
  struct source_text *sources;  /* NULL: none.  */
  const struct pgo_decisions *decisions; /* NULL: none.  */
};

/* "KEY": VALUE as JSON; null if VALUE is NULL.  */
void pgo_show_json_text (struct pgo_output *, const char *key, const char *value);

/* The number of the format NAME of reports: text, csv, json or html; false if it is none.  */
bool pgo_show_report_format (const char *name, unsigned *format);
/* Whether CALL is in the code of FUNCTION: its id begins with it.  */
struct pgo_report_call;
bool pgo_report_call_is_in (const struct pgo_report_call *call, const char *function);
/* Print the calls of the report at PATH, those in FUNCTION's code (NULL: all), the TOP most executed.  */
bool pgo_show_report (const char *path, const char *function, unsigned format, uint64_t top, struct pgo_status *status);

void pgo_show_text (struct pgo_output *, const struct pgo_show *);
void pgo_show_json (struct pgo_output *, const struct pgo_show *);
/* Graphviz; of calls only: an edge for each pair of functions.  */
void pgo_show_dot (struct pgo_output *, const struct pgo_show *);
/* A page of its own: functions, with all contexts added up; calls; decisions on them; annotated source.  */
void pgo_show_html (struct pgo_output *, const struct pgo_show *);
/* What all pages begin and end with.  */
void pgo_html_begin (struct pgo_output *, const char *title);
void pgo_html_end (struct pgo_output *);
/* Inline stacks with their weight, "outer;inlined;inlined 123", as flame graphs are made of.  */
void pgo_show_folded (struct pgo_output *, const struct pgo_show *);
/* The names alone, for a linker's symbol ordering file; of the order only.  */
void pgo_show_symbols (struct pgo_output *, const struct pgo_show *);

#endif
