/* The call graph of a unit as the inline plan sees it: integers, no names.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_CALLGRAPH_H
#define PGOINLINE_CORE_CALLGRAPH_H

#include <stdbool.h>
#include <stdint.h>

/* No function: of an indirect call, or one whose body is elsewhere.  */
#define PGO_NO_FUNCTION UINT32_MAX

/* A function that stands out of line, with what is inlined into it.  SIZE in instructions, STACK in bytes.
   REMOVABLE: it goes away when all calls of it are inlined.
   COUNTED: the profile knows COUNT.  */
struct pgo_call_function
{
  int64_t count, size, stack;
  bool removable, counted;
};

/* A call in CALLER (the function that stands out of line, whatever the call came inlined from) of CALLEE.
   POSSIBLE: nothing forbids inlining it.  The features are those of call-features.def.  */
struct pgo_call_edge
{
  uint32_t caller, callee;
  bool possible, counted;
#define FEATURE(field, attribute, text) int64_t field;
#include "core/call-features.def"
#undef FEATURE
};

struct pgo_callgraph
{
  uint32_t n_functions, n_edges;
  const struct pgo_call_function *functions;
  const struct pgo_call_edge *edges;
};

#endif
