/* Promotion under link-time optimisation, where the target of an indirect call may be in any unit.

   Statements and the profile's locations are at hand when a unit is compiled, the targets when the program is
   linked.  What carries a target across is GCC's own, of -fprofile-use: a function has a profile id, an indirect
   call a histogram with the id of its most frequent target, and "profile_estimate" in whole-program analysis makes
   the guarded call, if that has half of the executions.  The ids are ours: made of the name that a profile has for a
   function, they are the same wherever it is called.

   GCC's inliner takes back what it does not inline, by limits that are not the plan's; so the targets are noted when
   "profile_estimate" has run, and those calls are promoted again for the plan.

     main.c     f = table[i]; s += f (x)      histogram: id of square.c's "square", 97%
     square.c   unsigned square (unsigned)    profile id: the same
     link       s += f == square ? x * x : f (x)

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/location-key.h"
#include "plugin/pass-promote.h"

/* GCC's layout of a histogram of values: all executions, the number of values, and for each value and count.  */
enum { HISTOGRAM_ALL, HISTOGRAM_VALUES, HISTOGRAM_FIRST_VALUE, HISTOGRAM_FIRST_COUNT, HISTOGRAM_SIZE };

/* An id for the function that a profile knows as NAME of FILE (NULL if all units see it): not zero, which GCC takes for
   none, nor negative.  Functions that come to share one are no targets.  */
static unsigned
profile_id (const char *name, const char *file)
{
  /* FNV-1a.  */
  uint32_t sum = 0x811c9dc5;
  for (; *name; name++)
    sum = (sum ^ (unsigned char) *name) * 0x01000193;
  for (; file && *file; file++)
    sum = (sum ^ (unsigned char) *file) * 0x01000193;
  sum &= 0x7fffffff;
  return sum ? sum : 1;
}

static void
note_target (cgraph_edge *e)
{
  struct pgo_call_target targets[PGO_TARGETS_MAX];
  uint64_t total;
  if (!pgo_profiled_targets (e, targets, &total))
    return;
  histogram_value h = gimple_alloc_histogram_value (cfun, HIST_TYPE_INDIR_CALL, e->call_stmt, NULL_TREE);
  h->n_counters = HISTOGRAM_SIZE;
  h->hvalue.counters = XCNEWVEC (gcov_type, HISTOGRAM_SIZE);
  h->hvalue.counters[HISTOGRAM_ALL] = REG_BR_PROB_BASE;
  h->hvalue.counters[HISTOGRAM_VALUES] = 1;
  h->hvalue.counters[HISTOGRAM_FIRST_VALUE] = profile_id (targets[0].callee, targets[0].callee_file);
  h->hvalue.counters[HISTOGRAM_FIRST_COUNT] = (gcov_type) pgo_scale (targets[0].weight, REG_BR_PROB_BASE, total);
  gimple_add_histogram_value (cfun, e->call_stmt, h);
}

void
pgo_note_targets (cgraph_node *node)
{
  if (!flag_lto || !pgo_plugin.options.promote || !pgo_plugin.source || !opt_for_fn (node->decl, flag_ipa_profile))
    return;
  /* When the program is linked, it is not known whether a call passes a static chain.  */
  if (!DECL_STATIC_CHAIN (node->decl))
    node->profile_id = profile_id (pgo_decl_name (node->decl), pgo_decl_file (node->decl));
  /* Of other functions GCC reads no histograms.  */
  if (!ENTRY_BLOCK_PTR_FOR_FN (cfun)->count.ipa_p ())
    return;
  for (cgraph_edge *e = node->indirect_calls; e; e = e->next_callee)
    if (!gimple_histogram_value (cfun, e->call_stmt))
      note_target (e);
}

/* The profile id of a call's target, and its share of the call's executions.  */
struct known_target
{
  unsigned id;
  profile_probability share;
};

/* Of indirect calls, their copies included, from "profile_estimate" to our inlining.  */
struct known_targets
{
  hash_map<cgraph_edge *, known_target> of;
  cgraph_edge_hook_list *removal;
  cgraph_2edge_hook_list *duplication;
};

static struct known_targets *known;

static void
forget_edge (cgraph_edge *e, void *)
{
  known->of.remove (e);
}

static void
copy_edge (cgraph_edge *from, cgraph_edge *to, void *)
{
  /* A direct call, which promotion makes of an indirect one, is no copy.  */
  known_target *target = to->indirect_unknown_callee ? known->of.get (from) : NULL;
  if (target)
    {
      known_target copy = *target;
      known->of.put (to, copy);
    }
}

static unsigned
know_targets (void)
{
  cgraph_node *node;
  /* GCC has just chosen another, by what it sees of the program's time.  */
  if (in_lto_p)
    set_hot_bb_threshold (pgo_hot_threshold ());
  known = new known_targets;
  FOR_EACH_FUNCTION (node)
    for (cgraph_edge *e = node->indirect_calls; e; e = e->next_callee)
      if (cgraph_edge *direct = e->speculative ? e->first_speculative_call_target () : NULL)
        {
          known_target target = { direct->callee->ultimate_alias_target ()->profile_id,
                                  direct->count.probability_in (e->count + direct->count) };
          if (target.id && target.share.initialized_p ())
            known->of.put (e, target);
        }
  known->removal = symtab->add_edge_removal_hook (forget_edge, NULL);
  known->duplication = symtab->add_edge_duplication_hook (copy_edge, NULL);
  return 0;
}

void
pgo_promote_known (void)
{
  if (!known)
    return;
  cgraph_node *node;
  hash_map<int_hash<unsigned, 0>, cgraph_node *> by_id;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (node->profile_id && !node->alias && !node->inlined_to && !node->clone_of)
      {
        bool shared;
        cgraph_node *&slot = by_id.get_or_insert (node->profile_id, &shared);
        slot = shared ? NULL : node;
      }
  FOR_EACH_FUNCTION (node)
    {
      bool changed = false;
      for (cgraph_edge *e = node->indirect_calls; e; e = e->next_callee)
        {
          known_target *target = known->of.get (e);
          cgraph_node **callee = target && pgo_may_promote (e) ? by_id.get (target->id) : NULL;
          if (!callee || !*callee || (*callee)->decl == e->caller->decl
              || (*callee)->get_availability () <= AVAIL_INTERPOSABLE)
            continue;
          e->make_speculative (*callee, e->count.apply_probability (target->share), 0);
          changed = true;
        }
      if (changed)
        pgo_calls_changed (node);
    }
  symtab->remove_edge_removal_hook (known->removal);
  symtab->remove_edge_duplication_hook (known->duplication);
  delete known;
  known = NULL;
}

namespace
{

const pass_data know_data = {
  IPA_PASS, "pgoinline-promote", OPTGROUP_INLINE, TV_IPA_PROFILE, 0, 0, 0, 0, 0,
};

class know_pass : public ipa_opt_pass_d
{
public:
  know_pass (gcc::context *context)
    : ipa_opt_pass_d (know_data, context, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL)
  {
  }
  bool gate (function *) override { return (flag_lto || in_lto_p) && pgo_plugin.source && !seen_error (); }
  unsigned int execute (function *) override { return know_targets (); }
};

} // namespace

opt_pass *
pgo_make_promote_pass (gcc::context *context)
{
  return new know_pass (context);
}
