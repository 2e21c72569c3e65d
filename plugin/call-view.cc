/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/call-view.h"
#include "plugin/location-key.h"

/* What a body's blocks tell.  */
struct body_facts
{
  int64_t blocks, loops, hot_size;
};

typedef hash_map<tree, body_facts> facts_map;

static bool
ran (profile_count count)
{
  return count.initialized_p () && !(count == profile_count::zero ()) && (!count.ipa_p () || count.ipa ().nonzero_p ());
}

/* Facts of NODE's own body; nothing is known of it in WPA.  */
static body_facts
facts_of (facts_map *map, cgraph_node *node)
{
  while (node->clone_of)
    node = node->clone_of;
  if (body_facts *known = map->get (node->decl))
    return *known;
  body_facts facts = { 0, 0, 0 };
  function *body = DECL_STRUCT_FUNCTION (node->decl);
  if (body && body->cfg && gimple_has_body_p (node->decl))
    {
      basic_block bb;
      facts.blocks = n_basic_blocks_for_fn (body) - NUM_FIXED_BLOCKS;
      facts.loops = loops_for_fn (body) ? (int64_t) number_of_loops (body) - 1 : 0;
      FOR_EACH_BB_FN (bb, body)
        if (ran (bb->count))
          for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
            facts.hot_size += estimate_num_insns (gsi_stmt (gsi), &eni_size_weights);
    }
  map->put (node->decl, facts);
  return facts;
}

/* Facts of NODE with what is inlined into it.  */
static body_facts
whole_facts (facts_map *map, cgraph_node *node)
{
  body_facts facts = facts_of (map, node);
  for (cgraph_edge *e = node->callees; e; e = e->next_callee)
    if (!e->inline_failed)
      {
        body_facts more = whole_facts (map, e->callee);
        facts.blocks += more.blocks;
        facts.loops += more.loops;
        facts.hot_size += more.hot_size;
      }
  return facts;
}

static int64_t
count_of (profile_count count)
{
  return count.initialized_p () && count.ipa ().initialized_p () ? count.ipa ().to_gcov_type () : 0;
}

static bool
counted (profile_count count)
{
  return count.initialized_p () && count.ipa_p () && count.ipa ().initialized_p ();
}

static int64_t
thousandths (sreal value)
{
  return (value * 1000).to_int ();
}

static int64_t
share_of (int64_t part, int64_t whole)
{
  return whole > 0 ? (int64_t) MIN (INT64_C (1000), (int64_t) (1000.0 * part / whole)) : 0;
}

/* Calls in NODE and what is inlined into it: all, those that ran, and thousandths made in one execution of ROOT.  */
static void
count_calls (cgraph_node *node, int64_t *all, int64_t *hot, sreal *rate)
{
  for (cgraph_edge *e = node->callees; e; e = e->next_callee)
    if (e->inline_failed)
      {
        if (fndecl_built_in_p (e->callee->decl) && !e->callee->definition)
          continue;
        ++*all;
        if (ran (e->count))
          ++*hot, *rate += e->sreal_frequency ();
      }
    else
      count_calls (e->callee, all, hot, rate);
  for (cgraph_edge *e = node->indirect_calls; e; e = e->next_callee)
    {
      ++*all;
      if (ran (e->count))
        ++*hot, *rate += e->sreal_frequency ();
    }
}

static cgraph_node *
root_of (cgraph_edge *e)
{
  return e->caller->inlined_to ? e->caller->inlined_to : e->caller;
}

/* The options that change what code means: bodies for which they differ must not be mixed.  */
static bool
same_semantics (cgraph_node *caller, cgraph_node *callee)
{
  const struct cl_optimization *a = opts_for_fn (caller->decl), *b = opts_for_fn (callee->decl);
  if (a == b)
    return true;
#define SAME(flag) a->x_##flag == b->x_##flag
  return SAME (optimize) && SAME (optimize_size) && SAME (optimize_debug) && SAME (flag_wrapv) && SAME (flag_trapv)
         && SAME (flag_pcc_struct_return) && SAME (flag_rounding_math) && SAME (flag_trapping_math)
         && SAME (flag_unsafe_math_optimizations) && SAME (flag_finite_math_only) && SAME (flag_signaling_nans)
         && SAME (flag_cx_limited_range) && SAME (flag_signed_zeros) && SAME (flag_associative_math)
         && SAME (flag_reciprocal_math) && SAME (flag_fp_int_builtin_inexact) && SAME (flag_errno_math)
         && SAME (flag_non_call_exceptions) && SAME (flag_exceptions) && SAME (flag_devirtualize)
         && SAME (flag_strict_aliasing);
#undef SAME
}

/* It asks what GCC's own inliner asks, or more.  */
bool
pgo_call_possible (cgraph_edge *e)
{
  if (!e->callee || !e->inline_failed || e->call_stmt_cannot_inline_p
      || cgraph_inline_failed_type (e->inline_failed) == CIF_FINAL_ERROR)
    return false;
  enum availability availability;
  cgraph_node *caller = root_of (e), *callee = e->callee->ultimate_alias_target (&availability, caller);
  if (!callee->definition || availability <= AVAIL_INTERPOSABLE || callee->calls_comdat_local || callee->inlined_to
      || callee->thunk || e->callee->thunk || caller->thunk)
    return false;
  ipa_fn_summary *summary = ipa_fn_summaries->get (callee);
  if (!summary || !summary->inlinable || !ipa_fn_summaries->get (caller) || !ipa_size_summaries->get (callee))
    return false;
  if (!opt_for_fn (caller->decl, optimize) || opt_for_fn (caller->decl, optimize_debug) || !same_semantics (caller, callee))
    return false;
  if (lookup_attribute ("noinline", DECL_ATTRIBUTES (callee->decl)) || DECL_UNINLINABLE (callee->decl))
    return false;
  tree personality = DECL_FUNCTION_PERSONALITY (callee->decl);
  if (personality && DECL_FUNCTION_PERSONALITY (caller->decl) && personality != DECL_FUNCTION_PERSONALITY (caller->decl))
    return false;
  if (flag_sanitize || flag_sanitize_coverage || flag_tm || flag_live_patching)
    return false;
  return targetm.target_option.can_inline_p (caller->decl, callee->decl);
}

static void
argument_facts (cgraph_edge *e, struct pgo_call_edge *out)
{
  if (!e->call_stmt)
    {
      /* WPA: there are summaries instead of statements.  */
      ipa_edge_args *args = ipa_edge_args_sum ? ipa_edge_args_sum->get (e) : NULL;
      out->arguments = args ? ipa_get_cs_argument_count (args) : 0;
      return;
    }
  out->arguments = gimple_call_num_args (e->call_stmt);
  for (unsigned i = 0; i < gimple_call_num_args (e->call_stmt); i++)
    {
      tree argument = gimple_call_arg (e->call_stmt, i);
      out->constant_arguments += is_gimple_min_invariant (argument) && TREE_CODE (argument) != ADDR_EXPR;
      out->address_arguments += TREE_CODE (argument) == ADDR_EXPR;
    }
  out->result_used = gimple_call_lhs (e->call_stmt) != NULL_TREE;
}

static void
call_facts (ipa_call_summary *summary, struct pgo_call_edge *out)
{
  out->call_size = summary->call_stmt_size;
  out->call_time = summary->call_stmt_time;
  out->loop_depth = summary->loop_depth;
}

static bool
count_caller (cgraph_node *node, void *data)
{
  for (cgraph_edge *e = node->callers; e; e = e->next_caller)
    ++*(int64_t *) data;
  return false;
}

/* What is the same for all calls of a function.  */
struct function_facts
{
  body_facts whole;
  int64_t calls, hot_calls, call_rate, callers;
};

/* What making the view takes.  */
struct builder
{
  struct pgo_call_view *view;
  hash_map<cgraph_node *, uint32_t> numbers;
  facts_map bodies;
  auto_vec<function_facts> functions;   /* As those of the view.  */
};

static void
add_function_facts (struct builder *b, cgraph_node *node)
{
  function_facts facts = { whole_facts (&b->bodies, node), 0, 0, 0, 0 };
  sreal rate = 0;
  count_calls (node, &facts.calls, &facts.hot_calls, &rate);
  facts.call_rate = thousandths (rate);
  node->call_for_symbol_and_aliases (count_caller, &facts.callers, true);
  b->functions.safe_push (facts);
}

static void
add_call (struct builder *b, cgraph_edge *e, uint32_t caller, int64_t inline_depth)
{
  struct pgo_call_edge out = {};
  cgraph_node *root = root_of (e), *callee = e->callee->ultimate_alias_target ();
  ipa_call_summary *summary = ipa_call_summaries->get (e);
  out.caller = caller;
  uint32_t *number = b->numbers.get (callee);
  out.callee = number ? *number : PGO_NO_FUNCTION;
  out.possible = number && summary && pgo_call_possible (e);
  out.counted = counted (e->count);
  out.count = count_of (e->count);
  out.frequency = thousandths (e->sreal_frequency ());
  out.caller_count = count_of (root->count);
  ipa_size_summary *caller_size = ipa_size_summaries->get (root);
  out.caller_size = caller_size ? caller_size->size : 0;
  out.caller_hot_size = b->functions[caller].whole.hot_size;
  out.caller_blocks = b->functions[caller].whole.blocks;
  out.inline_depth = inline_depth;
  out.guarded = e->speculative;
  argument_facts (e, &out);
  if (summary)
    call_facts (summary, &out);
  if (ipa_fn_summary *info = ipa_fn_summaries->get (root))
    out.caller_stack = info->estimated_stack_size;
  if (number)
    {
      out.callee_count = count_of (callee->count);
      out.share = share_of (out.count, out.callee_count);
      ipa_size_summary *size = ipa_size_summaries->get (callee);
      out.callee_size = size ? size->size : 0;
      out.callee_self_size = size ? size->self_size : 0;
      const function_facts &facts = b->functions[*number];
      out.callee_hot_size = facts.whole.hot_size;
      out.callee_blocks = facts.whole.blocks;
      out.callee_loops = facts.whole.loops;
      out.callee_calls = facts.calls;
      out.callee_hot_calls = facts.hot_calls;
      out.callee_call_rate = facts.call_rate;
      out.callers = facts.callers;
      out.removable = b->view->functions[*number].removable;
      out.declared_inline = DECL_DECLARED_INLINE_P (callee->decl);
      if (ipa_fn_summary *info = ipa_fn_summaries->get (callee))
        {
          out.callee_stack = info->estimated_stack_size;
          out.recursive = info->scc_no != 0;
        }
    }
  if (out.possible)
    {
      sreal unspecialized, time = estimate_edge_time (e, &unspecialized);
      out.growth = estimate_edge_growth (e);
      out.time = thousandths (time);
      out.time_saved = MAX (INT64_C (0), thousandths (unspecialized - time));
      out.hints = estimate_edge_hints (e);
    }
  b->view->edges.safe_push (out);
  b->view->calls.safe_push (e);
}

/* The calls of NODE and, below it, of what is inlined, in the order of their statements.  */
static void
add_calls (struct builder *b, cgraph_node *node, uint32_t caller, int64_t inline_depth)
{
  auto_vec<cgraph_edge *> calls;
  for (cgraph_edge *e = node->callees; e; e = e->next_callee)
    calls.safe_push (e);
  for (unsigned i = calls.length (); i-- > 0;)
    if (calls[i]->inline_failed)
      add_call (b, calls[i], caller, inline_depth);
    else
      add_calls (b, calls[i]->callee, caller, inline_depth + 1);
}

void
pgo_call_view_build (struct pgo_call_view *view)
{
  cgraph_node *node;
  struct builder b;
  b.view = view;
  FOR_EACH_FUNCTION (node)
    if (!node->inlined_to && node->definition && !node->alias && ipa_size_summaries->get (node)
        && ipa_fn_summaries->get (node))
      {
        struct pgo_call_function f = { count_of (node->count), ipa_size_summaries->get (node)->size,
                                       ipa_fn_summaries->get (node)->estimated_stack_size,
                                       node->can_remove_if_no_direct_calls_p (true), counted (node->count) };
        b.numbers.put (node, view->nodes.length ());
        view->nodes.safe_push (node);
        view->functions.safe_push (f);
        add_function_facts (&b, node);
      }
  for (unsigned i = 0; i < view->nodes.length (); i++)
    add_calls (&b, view->nodes[i], i, 0);
}

void
pgo_call_view_build_early (struct pgo_call_view *view, cgraph_node *node)
{
  auto_vec<cgraph_edge *> calls;
  for (cgraph_edge *e = node->callees; e; e = e->next_callee)
    calls.safe_push (e);
  for (unsigned i = calls.length (); i-- > 0;)
    {
      cgraph_edge *e = calls[i];
      struct pgo_call_edge out = {};
      ipa_call_summary *summary = ipa_call_summaries->get (e);
      out.possible = summary && pgo_call_possible (e);
      out.callee = out.possible ? 0 : PGO_NO_FUNCTION;
      argument_facts (e, &out);
      if (summary)
        call_facts (summary, &out);
      if (out.possible)
        {
          cgraph_node *callee = e->callee->ultimate_alias_target ();
          out.caller_size = ipa_size_summaries->get (node)->size;
          out.callee_size = ipa_size_summaries->get (callee)->size;
          out.declared_inline = DECL_DECLARED_INLINE_P (callee->decl);
          out.growth = estimate_edge_growth (e);
        }
      view->edges.safe_push (out);
      view->calls.safe_push (e);
    }
}
