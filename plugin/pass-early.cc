/* Early: the calls that GCC's early inliner takes, before there are counts.

   It runs on each function, callees first, and inlines what is no larger than the call that it replaces, or hardly.
   Calls that a replay file refuses are kept from it; those that it took are reported, as far as their ids tell them
   from others: of several calls of one function at one place, as a macro makes them, none.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/call-id.h"
#include "plugin/pass-inline.h"

/* The calls of the current function between the two passes.  */
struct early_calls
{
  struct pgo_call_view view;
  auto_vec<char *> ids;
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

typedef hash_set<nofree_string_hash> id_set;

/* Whether the call with ID, of which IDS has "#2", "#3" if there are more at the same place, is alone there.  */
static bool
is_alone (const char *id, id_set *ids)
{
  char *second = concat (id, "#2", NULL);
  bool alone = !strchr (id, '#') && !ids->contains (second);
  free (second);
  return alone;
}

static unsigned
before_early_inliner (void)
{
  if (!pgo_open_orders () || !(pgo_has_orders () || pgo_plugin.report))
    return 0;
  early = new early_calls;
  pgo_call_view_build_early (&early->view, cgraph_node::get (current_function_decl));
  pgo_call_ids (&early->view, &early->ids);
  for (unsigned i = 0; i < early->view.calls.length (); i++)
    {
      cgraph_edge *e = early->view.calls[i];
      early->inlined.safe_push (false);
      if (is_settled (e))
        continue;
      early->numbers.put (e, i);
      if (pgo_order_for (early->ids[i]) != PGO_ORDER_REFUSE)
        continue;
      pgo_say_call (PGO_REASON_FORBIDDEN, e);
      pgo_refuse_call (e);
    }
  early->hook = symtab->add_edge_removal_hook (edge_removed, NULL);
  return 0;
}

static unsigned
after_early_inliner (void)
{
  if (!early)
    return 0;
  symtab->remove_edge_removal_hook (early->hook);
  id_set ids;
  for (unsigned i = 0; i < early->ids.length (); i++)
    ids.add (early->ids[i]);
  for (unsigned i = 0; i < early->ids.length (); i++)
    if (pgo_plugin.report && early->inlined[i] && is_alone (early->ids[i], &ids))
      pgo_report_call ("early", early->ids[i], PGO_REASON_UNTOUCHED, "inlined", &early->view.edges[i]);
  for (unsigned i = 0; i < early->ids.length (); i++)
    pgo_free (early->ids[i]);
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
