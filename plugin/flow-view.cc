/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/pass-mark.h"
#include "plugin/renamed.h"

typedef hash_map<tree, uint32_t> context_map;

tree
pgo_inlined_scope (tree block)
{
  while (block && TREE_CODE (block) == BLOCK && !inlined_function_outer_scope_p (block))
    block = BLOCK_SUPERCONTEXT (block);
  return block && TREE_CODE (block) == BLOCK ? block : NULL_TREE;
}

tree
pgo_scope_function (tree scope)
{
  tree origin = block_ultimate_origin (scope);
  return origin && TREE_CODE (origin) == FUNCTION_DECL ? origin : NULL_TREE;
}

/* KEY, of a statement at LOC, as it was before LOC was marked: the first of what the mark stands for.  Returns
   the mark, or 0 if LOC has none.  */
static uint32_t
unmark (location_t loc, struct pgo_location *key)
{
  unsigned n;
  const struct pgo_marked_source *sources = pgo_mark_sources (loc, &n);
  if (n == 0)
    return 0;
  uint32_t mark = key->column;
  key->column = sources[0].column;
  return mark;
}

struct pgo_location
pgo_source_location (location_t loc, int discriminator, tree fndecl)
{
  struct pgo_location key = pgo_location_key (loc, discriminator, fndecl);
  unmark (loc, &key);
  return key;
}

void
pgo_report_place (struct pgo_report *report, location_t loc)
{
  tree scope = pgo_inlined_scope (LOCATION_BLOCK (loc)), inlined = scope ? pgo_scope_function (scope) : NULL_TREE;
  struct pgo_location at = pgo_source_location (loc, 0, inlined ? inlined : current_function_decl);
  char text[PGO_LOCATION_TEXT];
  if (inlined)
    pgo_report_text (report, "in", pgo_decl_name (inlined));
  pgo_report_text (report, "at", pgo_location_text (at, text));
}

/* Context of the inlined SCOPE (NULL_TREE: the function itself), made if need be, parents first.  */
static uint32_t
scope_context (struct pgo_flow_view *view, context_map *map, tree scope)
{
  if (!scope)
    return 0;
  if (uint32_t *known = map->get (scope))
    return *known;
  tree outer = pgo_inlined_scope (BLOCK_SUPERCONTEXT (scope));
  uint32_t parent = scope_context (view, map, outer);
  tree callee = pgo_scope_function (scope);
  tree caller = outer ? pgo_scope_function (outer) : current_function_decl;
  uint32_t index = parent;
  if (callee && caller)
    {
      struct pgo_context context;
      context.parent = parent;
      context.at = pgo_location_key (BLOCK_SOURCE_LOCATION (scope), 0, caller);
      context.mark = unmark (BLOCK_SOURCE_LOCATION (scope), &context.at);
      context.checksum = pgo_mark_checksum (callee);
      context.name = pgo_profile_name (callee);
      context.file = pgo_decl_file (callee);
      /* Two calls at one location (of a macro, say) are one context: the profile cannot tell them apart.  */
      for (index = parent + 1; index < view->contexts.length (); index++)
        if (view->contexts[index].parent == parent && strcmp (view->contexts[index].name, context.name) == 0
            && pgo_location_compare (view->contexts[index].at, context.at) == 0
            && view->contexts[index].mark == context.mark)
          break;
      if (index == view->contexts.length ())
        view->contexts.safe_push (context);
    }
  map->put (scope, index);
  return index;
}

static void
add_statement (struct pgo_flow_view *view, context_map *map, basic_block bb, location_t loc,
               enum pgo_statement_kind kind, tree callee)
{
  if (LOCATION_LOCUS (loc) == UNKNOWN_LOCATION || LOCATION_LOCUS (loc) == BUILTINS_LOCATION)
    return;
  tree scope = pgo_inlined_scope (LOCATION_BLOCK (loc));
  tree function = scope ? pgo_scope_function (scope) : current_function_decl;
  if (!function)
    return;
  struct pgo_statement statement;
  statement.block = bb->index;
  statement.context = scope_context (view, map, scope);
  statement.at = pgo_location_key (loc, pgo_discriminator (bb, loc), function);
  statement.kind = kind;
  statement.mark = 0;
  statement.callee = callee ? pgo_profile_name (callee) : NULL;
  statement.called = callee && kind == PGO_STATEMENT_CALL && pgo_plugin.source ? pgo_find_function (callee) : NULL;
  unsigned n;
  if (const struct pgo_marked_source *sources = pgo_mark_sources (loc, &n))
    {
      statement.mark = statement.at.column;
      for (unsigned i = 0; i < n; i++)
        {
          statement.at.column = sources[i].column;
          statement.at.discriminator = sources[i].discriminator;
          view->statements.safe_push (statement);
        }
      return;
    }
  view->statements.safe_push (statement);
}

static enum pgo_statement_kind
statement_kind (gimple *stmt)
{
  switch (gimple_code (stmt))
    {
    case GIMPLE_COND:
    case GIMPLE_SWITCH:
    case GIMPLE_GOTO:
      return PGO_STATEMENT_BRANCH;
    case GIMPLE_CALL:
      if (gimple_call_internal_p (stmt) || gimple_call_builtin_p (stmt)
          || (gimple_call_flags (stmt) & (ECF_CONST | ECF_PURE)))
        return PGO_STATEMENT_PLAIN;
      return PGO_STATEMENT_CALL;
    default:
      return PGO_STATEMENT_PLAIN;
    }
}

void
pgo_flow_view_edges (struct pgo_flow_view *view)
{
  basic_block bb;
  view->n_blocks = last_basic_block_for_fn (cfun);
  FOR_BB_BETWEEN (bb, ENTRY_BLOCK_PTR_FOR_FN (cfun), EXIT_BLOCK_PTR_FOR_FN (cfun), next_bb)
    {
      edge e;
      edge_iterator ei;
      FOR_EACH_EDGE (e, ei, bb->succs)
        {
          struct pgo_flow_edge out;
          out.src = bb->index;
          out.dst = e->dest->index;
          out.probability = e->probability.initialized_p ()
                            ? e->probability.to_reg_br_prob_base () / (double) REG_BR_PROB_BASE
                            : 1.0 / EDGE_COUNT (bb->succs);
          view->edges.safe_push (out);
          view->cfg_edges.safe_push (e);
        }
    }
}

void
pgo_flow_view_build (struct pgo_flow_view *view)
{
  basic_block bb;
  context_map map;
  struct pgo_context self = {};
  self.name = pgo_decl_name (current_function_decl);
  self.file = pgo_decl_file (current_function_decl);
  self.checksum = pgo_mark_checksum (current_function_decl);
  view->contexts.safe_push (self);
  FOR_EACH_BB_FN (bb, cfun)
    for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
      {
        gimple *stmt = gsi_stmt (gsi);
        if (!is_gimple_debug (stmt) && gimple_code (stmt) != GIMPLE_LABEL && !gimple_clobber_p (stmt)
            && gimple_code (stmt) != GIMPLE_PREDICT && gimple_code (stmt) != GIMPLE_NOP)
          add_statement (view, &map, bb, gimple_location (stmt), statement_kind (stmt),
                         is_gimple_call (stmt) ? gimple_call_fndecl (stmt) : NULL_TREE);
      }
  pgo_flow_view_edges (view);
}

uint64_t
pgo_flow_view_checksum (const struct pgo_flow_view *view)
{
  /* FNV-1a over the edges.  */
  uint64_t sum = UINT64_C (0xcbf29ce484222325);
  for (unsigned i = 0; i < view->edges.length (); i++)
    {
      uint64_t pair = (uint64_t) view->edges[i].src << 32 | view->edges[i].dst;
      for (int byte = 0; byte < 8; byte++, pair >>= 8)
        sum = (sum ^ (pair & 0xff)) * UINT64_C (0x100000001b3);
    }
  return sum;
}
