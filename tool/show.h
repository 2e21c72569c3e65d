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
};

void pgo_show_text (struct pgo_output *, const struct pgo_show *);
void pgo_show_json (struct pgo_output *, const struct pgo_show *);
/* Graphviz; of calls only: an edge for each pair of functions.  */
void pgo_show_dot (struct pgo_output *, const struct pgo_show *);
/* The names alone, for a linker's symbol ordering file; of the order only.  */
void pgo_show_symbols (struct pgo_output *, const struct pgo_show *);

#endif
