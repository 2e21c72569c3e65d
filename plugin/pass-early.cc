/* Early: the calls that GCC's early inliner takes, before there are counts.

   It runs on each function, callees first, and inlines what is hardly larger than the call that it replaces.  The
   profile has no counts for blocks yet, but its instances tell what never ran: a function, or a call that was inlined in
   the profiled binary.  Such calls are kept from it if the code would grow, and those that a replay file refuses.

   The id of a decision made here ends in " (early)": what is left of the calls is decided on again later.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/call-id.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/pass-inline.h"
#include "plugin/renamed.h"

/* The calls of the current function between the two passes.  */
struct early_calls
{
  struct pgo_call_view view;
  auto_vec<char *> ids;         /* If there are orders or a report.  */
  auto_vec<enum pgo_call_reason> reasons;
  auto_vec<bool> inlined;
  hash_map<cgraph_edge *, unsigned> numbers;
  cgraph_edge_hook_list *hook;
};

static struct early_calls *early;

/* When the early inliner is done with a function, the edges of what it inlined are removed.  */
static void
edge_removed (cgraph_edge *e, void *)
{
  if (unsigned *number = early->numbers.get (e))
    early->inlined[*number] = !e->inline_failed;
}

/* Whether E is inlined whatever the profile says, or not at all.  */
static bool
is_settled (cgraph_edge *e)
{
  return DECL_DISREGARD_INLINE_LIMITS (e->callee->decl) || !pgo_call_possible (e);
}

/* Whether exact evidence says that E, a call of the current function, whose instance is CALLER, never ran.  */
static bool
never_ran (cgraph_edge *e, const struct pgo_instance *caller)
{
  if (!caller || caller->kind != PGO_EVIDENCE_EXACT)
    return false;
  if (caller->total == 0)
    return true;
  struct pgo_location at = pgo_source_location (gimple_location (e->call_stmt), 0, current_function_decl);
  const struct pgo_instance *callee = pgo_instance_find_inlined (caller, at, pgo_decl_name (e->callee->decl));
  return callee && callee->total == 0;
}

static unsigned
before_early_inliner (void)
{
  if (!pgo_open_orders ())
    return 0;
  const struct pgo_instance *caller = pgo_plugin.source ? pgo_find_function (current_function_decl) : NULL;
  bool named = pgo_has_orders () || pgo_plugin.report;
  if (!named && !caller)
    return 0;
  early = new early_calls;
  pgo_call_view_build_early (&early->view, cgraph_node::get (current_function_decl));
  if (named)
    pgo_call_ids (&early->view, &early->ids);
  for (unsigned i = 0; i < early->view.calls.length (); i++)
    {
      cgraph_edge *e = early->view.calls[i];
      struct pgo_call_edge *call = &early->view.edges[i];
      early->inlined.safe_push (false);
      early->reasons.safe_push (PGO_REASON_IMPOSSIBLE);
      if (is_settled (e))
        continue;
      call->counted = never_ran (e, caller);
      early->numbers.put (e, i);
      early->reasons[i] = pgo_inline_refuse_early (call, named ? pgo_order_for_early (early->ids[i]) : PGO_ORDER_NONE);
      if (pgo_reason_decision (early->reasons[i]) != PGO_CALL_REFUSE)
        continue;
      pgo_say_call (early->reasons[i], e);
      pgo_refuse_call (e);
    }
  early->hook = symtab->add_edge_removal_hook (edge_removed, NULL);
  return 0;
}

static void
report_early (unsigned i)
{
  bool refused = pgo_reason_decision (early->reasons[i]) == PGO_CALL_REFUSE;
  if (!refused && !early->inlined[i])
    return;
  char *id = concat (early->ids[i], PGO_EARLY_SUFFIX, NULL);
  pgo_report_call ("early", id, early->reasons[i], refused ? "not asked" : "inlined", &early->view.edges[i]);
  free (id);
}

static unsigned
after_early_inliner (void)
{
  if (!early)
    return 0;
  symtab->remove_edge_removal_hook (early->hook);
  for (unsigned i = 0; i < early->ids.length (); i++)
    {
      if (pgo_plugin.report)
        report_early (i);
      pgo_free (early->ids[i]);
    }
  delete early;
  early = NULL;
  return 0;
}

namespace
{

const pass_data before_data = {
  GIMPLE_PASS, "pgoinline-before-early", OPTGROUP_INLINE, TV_EARLY_INLINING, 0, 0, 0, 0, 0,
};

const pass_data after_data = {
  GIMPLE_PASS, "pgoinline-after-early", OPTGROUP_INLINE, TV_EARLY_INLINING, 0, 0, 0, 0, 0,
};

class early_pass : public gimple_opt_pass
{
public:
  early_pass (gcc::context *context, const pass_data &data, unsigned (*work) (void))
    : gimple_opt_pass (data, context), m_work (work)
  {
  }
  /* Where the early inliner itself does anything: not on functions that come later.  */
  bool gate (function *) override { return optimize && !flag_no_inline && !ipa_node_params_sum && !seen_error (); }
  unsigned int execute (function *) override { return m_work (); }

private:
  unsigned (*m_work) (void);
};

} // namespace

opt_pass *
pgo_make_before_early_pass (gcc::context *context)
{
  return new early_pass (context, before_data, before_early_inliner);
}

opt_pass *
pgo_make_after_early_pass (gcc::context *context)
{
  return new early_pass (context, after_data, after_early_inliner);
}
