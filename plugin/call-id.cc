/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/call-id.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"

const char *
pgo_call_root_name (cgraph_node *node)
{
  if (node->clone_of || node->former_clone_of || node->split_part)
    return targetm.strip_name_encoding (IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (node->decl)));
  return pgo_decl_name (node->decl);
}

static void
append (auto_vec<char> *text, const char *more)
{
  for (; *more; more++)
    text->safe_push (*more);
}

static void
append_step (auto_vec<char> *text, struct pgo_location at, const char *callee)
{
  char location[PGO_LOCATION_TEXT];
  append (text, " > ");
  append (text, pgo_location_text (at, location));
  append (text, " ");
  append (text, callee);
}

/* The calls that were inlined around SCOPE in the body of FUNCTION, outermost first.  Returns the function whose
   source SCOPE is of.  */
static tree
append_scopes (auto_vec<char> *text, tree scope, tree function)
{
  if (!scope)
    return function;
  tree caller = append_scopes (text, pgo_inlined_scope (BLOCK_SUPERCONTEXT (scope)), function);
  tree callee = pgo_scope_function (scope);
  if (!callee)
    return caller;
  append_step (text, pgo_source_location (BLOCK_SOURCE_LOCATION (scope), 0, caller), pgo_decl_name (callee));
  return callee;
}

/* What a call of NODE is a call of: a part that was split off a function is not called in any source.  */
static const char *
callee_name (cgraph_node *node)
{
  return node->split_part ? pgo_call_root_name (node) : pgo_decl_name (node->decl);
}

static void
append_call (auto_vec<char> *text, cgraph_edge *e)
{
  cgraph_node *caller = e->caller;
  if (caller->inlined_to)
    append_call (text, caller->callers);
  else
    append (text, pgo_call_root_name (caller));
  while (caller->clone_of)
    caller = caller->clone_of;
  if (e->call_stmt)
    {
      location_t at = gimple_location (e->call_stmt);
      tree within = append_scopes (text, pgo_inlined_scope (LOCATION_BLOCK (at)), caller->decl);
      struct pgo_location place = {};
      if (LOCATION_LOCUS (at) != UNKNOWN_LOCATION)
        place = pgo_source_location (at, 0, within);
      append_step (text, place, callee_name (e->callee));
    }
  else
    {
      /* In WPA there are no statements, only their numbers.  */
      char number[24];
      snprintf (number, sizeof number, " > @%u ", e->lto_stmt_uid);
      append (text, number);
      append (text, callee_name (e->callee));
    }
}

struct named_call
{
  char *id;
  unsigned index;
};

static int
compare_names (const void *a, const void *b)
{
  const struct named_call *x = (const struct named_call *) a, *y = (const struct named_call *) b;
  int order = strcmp (x->id, y->id);
  return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

void
pgo_call_ids (const struct pgo_call_view *view, auto_vec<char *> *ids)
{
  auto_vec<struct named_call> sorted;
  for (unsigned i = 0; i < view->calls.length (); i++)
    {
      auto_vec<char> text;
      append_call (&text, view->calls[i]);
      struct named_call call = { pgo_text_copy (text.address (), text.length ()), i };
      ids->safe_push (call.id);
      sorted.safe_push (call);
    }
  sorted.qsort (compare_names);
  for (unsigned i = 1, n = 1; i < sorted.length (); i++)
    {
      /* The first of them still has the plain id.  */
      unsigned first = i - n;
      n = strcmp (sorted[first].id, sorted[i].id) == 0 ? n + 1 : 1;
      if (n == 1)
        continue;
      size_t length = strlen (sorted[i].id);
      char *numbered = (char *) pgo_alloc (length + 16);
      snprintf (numbered, length + 16, "%s#%u", sorted[i].id, n);
      pgo_free (sorted[i].id);
      (*ids)[sorted[i].index] = numbered;
    }
}
