/* Promote: indirect calls to the functions that the profile saw them go to.

   After GCC's inliner, before the plan: an indirect call that is hot gets a guarded direct call for each of its
   frequent targets (GCC's speculative edges).  The plan sees these like any other calls; those that it does not inline
   are taken back, since a guard alone only costs.

     s += f (x)     becomes, when square is inlined,     s += f == square ? x * x : f (x)

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/random.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/renamed.h"
#include "plugin/pass-promote.h"

/* Least number of samples of a call by which its targets are known; of exact evidence each execution is one.  */
#define MIN_SAMPLES 8

/* Functions with a body by their name in the profile; NULL where several have it.  */
typedef hash_map<nofree_string_hash, cgraph_node *> name_map;

/* Whether NODE is a function of the unit as it was written, not a copy.  */
static bool
is_candidate (cgraph_node *node)
{
  return !node->inlined_to && !node->alias && !node->clone_of && gimple_has_body_p (node->decl);
}

static void
fill_names (name_map *names)
{
  cgraph_node *node;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (is_candidate (node))
      {
        bool known;
        cgraph_node *&slot = names->get_or_insert (pgo_profile_name (node->decl), &known);
        slot = known ? NULL : node;
      }
}

/* The instance of the profile that SCOPE, inlined early into the body of FUNCTION, is; if the profile does not have
   it in this context, all that it has of the scope's function.  */
static const struct pgo_instance *
find_instance (tree scope, tree function)
{
  tree self = scope ? pgo_scope_function (scope) : function;
  if (!self)
    return NULL;
  if (scope)
    {
      tree outer = pgo_inlined_scope (BLOCK_SUPERCONTEXT (scope));
      tree caller = outer ? pgo_scope_function (outer) : function;
      const struct pgo_instance *parent = caller ? find_instance (outer, function) : NULL;
      if (parent)
        if (const struct pgo_instance *instance
              = pgo_instance_find_inlined (parent, pgo_source_location (BLOCK_SOURCE_LOCATION (scope), 0, caller),
                                           pgo_profile_name (self)))
          return instance;
    }
  return pgo_find_function (self);
}

/* Whether CALL passes and takes what TARGET does, so that TARGET's body may stand in its place.  */
static bool
types_fit (gcall *call, tree target)
{
  if (stdarg_p (TREE_TYPE (target)) || gimple_call_internal_p (call))
    return false;
  tree given = gimple_call_return_type (call), wanted = TREE_TYPE (TREE_TYPE (target));
  if (!types_compatible_p (given, wanted))
    return false;
  unsigned n = 0;
  for (tree parameter = DECL_ARGUMENTS (target); parameter; parameter = DECL_CHAIN (parameter), n++)
    if (n >= gimple_call_num_args (call)
        || !types_compatible_p (TREE_TYPE (gimple_call_arg (call, n)), TREE_TYPE (parameter)))
      return false;
  return n == gimple_call_num_args (call);
}

bool
pgo_may_promote (cgraph_edge *e)
{
  return !e->speculative && e->indirect_info && !e->indirect_info->num_speculative_call_targets
         && !e->indirect_info->by_ref && e->count.initialized_p () && e->count.ipa_p ()
         && opt_for_fn (e->caller->decl, optimize) && !opt_for_fn (e->caller->decl, optimize_debug);
}

/* A function to be called directly, in PROBABILITY (of REG_BR_PROB_BASE) of the call's executions.  */
struct promotion
{
  cgraph_node *target;
  unsigned probability;
};

/* Whether E may become a call of TARGET.  C's nested functions are called through trampolines, which alone know their static
   chains; Go's closures are passed theirs.  */
static bool
may_be_target (cgraph_edge *e, cgraph_node *target)
{
  return target->decl != e->caller->decl && types_fit (e->call_stmt, target->decl)
         && (!DECL_STATIC_CHAIN (target->decl) || gimple_call_chain (e->call_stmt))
         && target->get_availability () > AVAIL_INTERPOSABLE;
}

uint32_t
pgo_profiled_targets (cgraph_edge *e, struct pgo_call_target targets[PGO_TARGETS_MAX], uint64_t *total)
{
  cgraph_node *body = e->caller;
  while (body->clone_of)
    body = body->clone_of;
  location_t at = gimple_location (e->call_stmt);
  tree scope = pgo_inlined_scope (LOCATION_BLOCK (at));
  tree within = scope ? pgo_scope_function (scope) : body->decl;
  const struct pgo_instance *instance = within ? find_instance (scope, body->decl) : NULL;
  if (!instance)
    return 0;
  struct pgo_location key = instance->keys == PGO_KEYS_MARK ? pgo_location_key (at, 0, within)
                                                            : pgo_source_location (at, 0, within);
  return pgo_call_targets (instance, key, MIN_SAMPLES, targets, total);
}

/* The targets of E that the profile knows, if it is hot.  */
static void
profiled_targets (cgraph_edge *e, name_map *names, auto_vec<promotion> *promotions)
{
  if (!e->maybe_hot_p () || e->count.ipa ().to_gcov_type () <= 0)
    return;
  struct pgo_call_target targets[PGO_TARGETS_MAX];
  uint64_t total;
  uint32_t n = pgo_profiled_targets (e, targets, &total);
  for (uint32_t i = 0; i < n; i++)
    {
      cgraph_node **found = names->get (targets[i].callee), *target = found ? *found : NULL;
      const char *file = target ? pgo_decl_file (target->decl) : NULL;
      if (!target || !file != !targets[i].callee_file || (file && strcmp (file, targets[i].callee_file) != 0)
          || !may_be_target (e, target))
        continue;
      promotion p = { target, (unsigned) pgo_scale (targets[i].weight, REG_BR_PROB_BASE, total) };
      promotions->safe_push (p);
    }
}

/* Targets for the option random-decisions: functions of the unit that E could call, as STATE has it.  */
static void
random_targets (cgraph_edge *e, uint64_t *state, auto_vec<promotion> *promotions)
{
  cgraph_node *target;
  FOR_EACH_DEFINED_FUNCTION (target)
    if (promotions->length () < PGO_TARGETS_MAX && is_candidate (target) && may_be_target (e, target)
        && pgo_random_next (state) % 2)
      {
        promotion p = { target, (unsigned) (pgo_random_next (state) % (REG_BR_PROB_BASE / PGO_TARGETS_MAX)) };
        promotions->safe_push (p);
      }
}

void
pgo_calls_changed (cgraph_node *node)
{
  ipa_update_overall_fn_summary (node->inlined_to ? node->inlined_to : node);
}

void
pgo_promote_calls (void)
{
  name_map names;
  cgraph_node *node;
  uint64_t state = pgo_plugin.options.random_decisions;
  if (!(pgo_plugin.source || pgo_plugin.options.random_decisions))
    return;
  pgo_promote_known ();
  if (in_lto_p)
    return;
  fill_names (&names);
  FOR_EACH_FUNCTION (node)
    {
      bool changed = false;
      for (cgraph_edge *e = node->indirect_calls, *next; e; e = next)
        {
          auto_vec<promotion> promotions;
          next = e->next_callee;
          if (!e->call_stmt || !pgo_may_promote (e))
            continue;
          if (pgo_plugin.options.random_decisions)
            random_targets (e, &state, &promotions);
          else
            profiled_targets (e, &names, &promotions);
          profile_count all = e->count;
          for (unsigned i = 0; i < promotions.length (); i++)
            e->make_speculative (promotions[i].target, all.apply_probability (promotions[i].probability), i);
          changed |= promotions.length () > 0;
        }
      if (changed)
        pgo_calls_changed (node);
    }
}

void
pgo_promote_finish (void)
{
  cgraph_node *node;
  FOR_EACH_FUNCTION (node)
    {
      bool changed = false;
      for (cgraph_edge *e = node->callees, *next; e; e = next)
        {
          next = e->next_callee;
          if (e->speculative && e->inline_failed && !speculation_useful_p (e, false))
            {
              cgraph_edge::resolve_speculation (e);
              changed = true;
            }
        }
      if (changed)
        pgo_calls_changed (node);
    }
}
