/* Inline: the plan's decisions, call by call, around GCC's own inliner.

   Before "inline" all calls are viewed: those that the plan refuses are kept from GCC's inliner.  After it they
   are viewed again: those that GCC declined and the plan wants are inlined.

     main                         before: main > 5:3 rare is refused, it never runs
      ├ 5:3 rare                  GCC:    main > 8:3 tiny is inlined
      ├ 8:3 tiny                  after:  main > 9:3 step is inlined, and of what came with it,
      └ 9:3 step                          main > 9:3 step > 4:10 hash
           └ 4:10 hash

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/random.h"
#include "plugin/call-id.h"
#include "plugin/pass-inline.h"
#include "plugin/pass-promote.h"

/* The plan's knowledge of GCC's edges: the number of each that is still there, and the edge of each number.  */
struct call_map
{
  auto_vec<cgraph_edge *> calls;        /* NULL: gone.  */
  hash_map<cgraph_edge *, uint32_t> numbers;
  cgraph_edge_hook_list *hook;
};

static void
forget_call (cgraph_edge *e, void *data)
{
  struct call_map *map = (struct call_map *) data;
  if (uint32_t *number = map->numbers.get (e))
    {
      map->calls[*number] = NULL;
      map->numbers.remove (e);
    }
}

static void
bind_call (struct call_map *map, uint32_t number, cgraph_edge *e)
{
  /* The last call of a function moves with its body instead of being copied.  */
  forget_call (e, map);
  map->calls[number] = e;
  map->numbers.put (e, number);
}

static void
open_map (struct call_map *map, const struct pgo_call_view *view, uint32_t n_calls)
{
  map->calls.safe_grow_cleared (n_calls);
  for (unsigned i = 0; i < view->calls.length (); i++)
    bind_call (map, i, view->calls[i]);
  map->hook = symtab->add_edge_removal_hook (forget_call, map);
}

static void
close_map (struct call_map *map)
{
  symtab->remove_edge_removal_hook (map->hook);
}

/* The calls before GCC's inliner, until they are reported after it.  */
struct first_view
{
  struct pgo_call_view view;
  auto_vec<char *> ids;
  auto_vec<enum pgo_call_reason> reasons;
  struct call_map map;
};

static struct first_view *before;

static struct pgo_replay *replay;

bool
pgo_open_orders (void)
{
  struct pgo_status status = {};
  if (!pgo_plugin.options.replay || replay)
    return true;
  replay = pgo_replay_open (pgo_plugin.options.replay, pgo_unit_name (), &status);
  if (!replay)
    pgo_error (&status, false);
  return replay != NULL;
}

bool
pgo_has_orders (void)
{
  return replay || pgo_plugin.options.random_decisions;
}

/* An order for the option random-decisions: inlining is asked for most, being what can go wrong most.  */
static enum pgo_call_order
random_order (const char *id)
{
  uint64_t state = pgo_random_begin (pgo_plugin.options.random_decisions, id);
  switch (pgo_random_next (&state) % 4)
    {
    case 0: return PGO_ORDER_REFUSE;
    case 1: return PGO_ORDER_LEAVE;
    default: return PGO_ORDER_INLINE;
    }
}

/* What the replay file says of ID as it is, of all stages or, with EARLY, the early one.  */
static enum pgo_call_order
replay_order (const char *id, bool early)
{
  char *name = concat (id, early ? PGO_EARLY_SUFFIX : "", NULL);
  enum pgo_call_order order = pgo_replay_find (replay, name);
  free (name);
  return order;
}

/* ORDER, or what replay-fallback makes of none.  */
static enum pgo_call_order
with_fallback (enum pgo_call_order order)
{
  bool none = strcmp (pgo_plugin.options.replay_fallback, "none") == 0;
  return order == PGO_ORDER_NONE && none ? PGO_ORDER_LEAVE : order;
}

/* Who refuses a call at one stage and says nothing of the other does not want it inlined at all.  */
static enum pgo_call_order
order_at (const char *id, bool early)
{
  if (pgo_plugin.options.random_decisions)
    return random_order (id);
  if (!replay)
    return PGO_ORDER_NONE;
  enum pgo_call_order order = replay_order (id, early);
  if (order == PGO_ORDER_NONE && replay_order (id, !early) == PGO_ORDER_REFUSE)
    order = PGO_ORDER_REFUSE;
  return with_fallback (order);
}

enum pgo_call_order
pgo_order_for (const char *id)
{
  return order_at (id, false);
}

enum pgo_call_order
pgo_order_for_early (const char *id)
{
  return order_at (id, true);
}

/* What growth-budget lets every unit grow, however small it is, in instructions: a program in many small units
   (lua, 33 of them) is not to be worse off than one in one.  */
#define SMALL_UNIT_BUDGET 300

static struct pgo_inline_limits
limits_of (const struct pgo_call_view *view)
{
  struct pgo_inline_limits limits = {};
  /* Without counts, GCC has no threshold either.  */
  limits.hot_count = profile_info ? MAX (INT64_C (1), (int64_t) get_hot_bb_threshold ()) : 1;
  limits.total_weight = pgo_plugin.source ? pgo_source_summary (pgo_plugin.source)->total : 0;
  int64_t size = 0;
  for (unsigned f = 0; f < view->functions.length (); f++)
    size += view->functions[f].size;
  limits.budget = size * pgo_plugin.options.growth_budget_percent / 100 + SMALL_UNIT_BUDGET;
  return limits;
}

/* What became of E in GCC's inliner.  */
static const char *
gcc_outcome (cgraph_edge *e)
{
  if (!e)
    return "removed";
  if (!e->inline_failed)
    return "inlined";
  const char *why = cgraph_inline_failed_string (e->inline_failed);
  return why && *why ? why : "declined";
}

void
pgo_report_call (const char *stage, const char *id, enum pgo_call_reason reason, const char *gcc,
                 const struct pgo_call_edge *call)
{
  struct pgo_report *r = pgo_plugin.report;
  pgo_report_begin (r, "call-site");
  pgo_report_text (r, "id", id);
  pgo_report_text (r, "stage", stage);
  pgo_report_text (r, "decision", pgo_decision_name (pgo_reason_decision (reason)));
  pgo_report_text (r, "reason", pgo_reason_name (reason));
  pgo_report_text (r, "gcc", gcc);
#define FEATURE(field, attribute, text) pgo_report_integer (r, attribute, call->field);
#include "core/call-features.def"
#undef FEATURE
  pgo_report_end (r);
}

void
pgo_say_call (enum pgo_call_reason reason, cgraph_edge *e)
{
  if (!dump_enabled_p () || !e->call_stmt)
    return;
  enum pgo_call_decision decision = pgo_reason_decision (reason);
  dump_printf_loc (decision == PGO_CALL_INLINE ? MSG_OPTIMIZED_LOCATIONS : MSG_MISSED_OPTIMIZATION, e->call_stmt,
                   "pgoinline: %s %C -> %C: %s\n", pgo_decision_name (decision), e->caller, e->callee,
                   pgo_reason_text (reason));
}

void
pgo_refuse_call (cgraph_edge *e)
{
  e->call_stmt_cannot_inline_p = true;
  /* The one code that GCC takes for final and has no text of its own.  */
  e->inline_failed = CIF_UNSPECIFIED;
}

/* ---- Before GCC's inliner -------------------------------------------------------------------------- */

static unsigned
refuse_unit (void)
{
  if (!pgo_open_orders () || !(pgo_has_orders () || pgo_plugin.report))
    return 0;
  before = new first_view;
  pgo_call_view_build (&before->view);
  pgo_call_ids (&before->view, &before->ids);
  for (unsigned i = 0; i < before->view.edges.length (); i++)
    {
      cgraph_edge *e = before->view.calls[i];
      enum pgo_call_order order = pgo_order_for (before->ids[i]);
      enum pgo_call_reason reason = pgo_inline_refuse (&before->view.edges[i], order);
      before->reasons.safe_push (reason);
      if (pgo_reason_decision (reason) != PGO_CALL_REFUSE)
        continue;
      pgo_say_call (reason, e);
      pgo_refuse_call (e);
    }
  open_map (&before->map, &before->view, before->view.calls.length ());
  return 0;
}

/* The calls that GCC's inliner disposed of, or that it was not asked about: the others are reported as they are
   after it.  */
static void
report_before (void)
{
  for (unsigned i = 0; i < before->view.calls.length (); i++)
    {
      cgraph_edge *e = before->map.calls[i];
      bool refused = pgo_reason_decision (before->reasons[i]) == PGO_CALL_REFUSE;
      if (!e || !e->inline_failed || refused)
        pgo_report_call ("before", before->ids[i], before->reasons[i], refused ? "not asked" : gcc_outcome (e),
                     &before->view.edges[i]);
    }
}

static void
close_before (void)
{
  if (!before)
    return;
  close_map (&before->map);
  for (unsigned i = 0; i < before->ids.length (); i++)
    pgo_free (before->ids[i]);
  delete before;
  before = NULL;
}

/* ---- After it -------------------------------------------------------------------------------------- */

/* Ids of the plan's calls, of which those of the graph are known and those of copies are made when asked for.  */
struct plan_ids
{
  auto_vec<char *> ids;
};

/* The id of CALL: of a copy, that of the call it came with, and behind it how the callee names the original.  */
static const char *
id_of (struct plan_ids *names, const struct pgo_inline_plan *plan, uint32_t call)
{
  while (names->ids.length () <= call)
    {
      const struct pgo_planned_call *c = &plan->calls[names->ids.length ()];
      const char *via = names->ids[c->via], *inside = strstr (names->ids[c->origin], " > ");
      size_t length = strlen (via) + strlen (inside) + 1;
      char *id = (char *) pgo_alloc (length);
      snprintf (id, length, "%s%s", via, inside);
      names->ids.safe_push (id);
    }
  return names->ids[call];
}

/* Growth of the unit, in instructions, after which random-decisions asks for no more inlining: calls come with
   their callees, and could multiply without end.  */
#define RANDOM_GROWTH_MAX 20000

static enum pgo_call_order
plan_order (void *data, const struct pgo_inline_plan *plan, uint32_t call)
{
  if (pgo_plugin.options.random_decisions && plan->growth > RANDOM_GROWTH_MAX)
    return PGO_ORDER_LEAVE;
  return pgo_order_for (id_of ((struct plan_ids *) data, plan, call));
}

/* Bind the plan's COPIES of the calls below ORIGINAL to the calls below COPY, its clone or itself.  */
static void
bind_copies (struct call_map *map, hash_map<cgraph_edge *, uint32_t> *copies, cgraph_node *original,
             cgraph_node *copy)
{
  for (cgraph_edge *o = original->callees; o; o = o->next_callee)
    for (cgraph_edge *c = copy->callees; c; c = c->next_callee)
      if (c->call_stmt == o->call_stmt && c->lto_stmt_uid == o->lto_stmt_uid
          && c->speculative_id == o->speculative_id && c->callee->decl == o->callee->decl
          && !c->inline_failed == !o->inline_failed)
        {
          if (!o->inline_failed)
            bind_copies (map, copies, o->callee, c->callee);
          else if (uint32_t *number = copies->get (o))
            bind_call (map, *number, c);
          break;
        }
}

/* Inline CALL of PLAN; false if it is not there any more.  */
static bool
apply_call (struct call_map *map, const struct pgo_inline_plan *plan, uint32_t call)
{
  cgraph_edge *e = map->calls[call];
  if (!e || !e->inline_failed || e->recursive_p () || !pgo_call_possible (e))
    return false;
  hash_map<cgraph_edge *, uint32_t> copies;
  for (uint32_t c = plan->calls[call].first_copy; c < plan->calls[call].end_copies; c++)
    if (cgraph_edge *original = map->calls[plan->calls[c].origin])
      copies.put (original, c);
  pgo_say_call (plan->calls[call].reason, e);
  cgraph_node *callee = e->callee->ultimate_alias_target ();
  forget_call (e, map);
  /* It does not tell that a call through a pointer became direct, which has another size.  */
  inline_call (e, true, NULL, NULL, false);
  pgo_calls_changed (e->caller);
  bind_copies (map, &copies, callee, e->callee);
  return true;
}

static void
note_unknown (void)
{
  const char *id;
  for (uint32_t i = 0; (id = pgo_replay_unknown (replay, i)); i++)
    inform (UNKNOWN_LOCATION, "pgoinline: %s: no such call: %s", pgo_plugin.options.replay, id);
}

static unsigned
inline_unit (void)
{
  struct pgo_call_view view;
  struct pgo_inline_plan plan;
  struct plan_ids names;
  struct call_map map;
  if (before && pgo_plugin.report)
    report_before ();
  if (pgo_plugin.options.promote)
    pgo_promote_calls ();
  pgo_call_view_build (&view);
  /* Names are for files that are written and read.  */
  auto_vec<const char *> outcomes;
  if (before)
    pgo_call_ids (&view, &names.ids);
  for (unsigned i = 0; before && i < view.calls.length (); i++)
    {
      uint32_t *first = before->map.numbers.get (view.calls[i]);
      bool refused = first && pgo_reason_decision (before->reasons[*first]) == PGO_CALL_REFUSE;
      outcomes.safe_push (refused ? NULL : gcc_outcome (view.calls[i]));
    }
  struct pgo_callgraph graph
    = { view.functions.length (), view.edges.length (), view.functions.address (), view.edges.address () };
  struct pgo_inline_limits limits = limits_of (&view);
  pgo_inline_plan_make (&graph, &limits, pgo_has_orders () ? plan_order : NULL, &names, &plan);

  open_map (&map, &view, plan.n_calls);
  for (uint32_t i = 0; i < plan.n_order; i++)
    if (!apply_call (&map, &plan, plan.order[i]))
      {
        plan.calls[plan.order[i]].reason = PGO_REASON_NOT_APPLIED;
        if (replay && pgo_order_for (id_of (&names, &plan, plan.order[i])) == PGO_ORDER_INLINE)
          inform (UNKNOWN_LOCATION, "pgoinline: %s: cannot be inlined any more: %s", pgo_plugin.options.replay,
                  id_of (&names, &plan, plan.order[i]));
      }
  close_map (&map);
  if (pgo_plugin.options.promote)
    pgo_promote_finish ();
  for (uint32_t i = 0; before && i < plan.n_calls; i++)
    {
      const char *id = id_of (&names, &plan, i);
      if (pgo_plugin.report && (i >= outcomes.length () || outcomes[i]))
        pgo_report_call ("after", id, plan.calls[i].reason, i < outcomes.length () ? outcomes[i] : "not asked",
                     &plan.calls[i].edge);
      if (replay && pgo_reason_decision (plan.calls[i].reason) != PGO_CALL_INLINE
          && pgo_replay_find (replay, id) == PGO_ORDER_INLINE && plan.calls[i].reason != PGO_REASON_NOT_APPLIED)
        inform (UNKNOWN_LOCATION, "pgoinline: %s: %s: %s", pgo_plugin.options.replay, id,
                pgo_reason_text (plan.calls[i].reason));
    }
  if (replay)
    note_unknown ();
  for (unsigned i = 0; i < names.ids.length (); i++)
    pgo_free (names.ids[i]);
  bool changed = plan.n_order > 0;
  pgo_inline_plan_clear (&plan);
  close_before ();
  return changed ? TODO_remove_functions : 0;
}

void
pgo_inline_finish (void)
{
  pgo_replay_close (replay);
  replay = NULL;
}

namespace
{

const pass_data refuse_data = {
  IPA_PASS, "pgoinline-refuse", OPTGROUP_INLINE, TV_IPA_INLINING, 0, 0, 0, 0, 0,
};

const pass_data inline_data = {
  IPA_PASS, "pgoinline-inline", OPTGROUP_INLINE, TV_IPA_INLINING, 0, 0, 0, 0, 0,
};

class inline_pass : public ipa_opt_pass_d
{
public:
  inline_pass (gcc::context *context, const pass_data &data, unsigned (*work) (void))
    : ipa_opt_pass_d (data, context, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL), m_work (work)
  {
  }
  bool gate (function *) override
  {
    bool wanted = profile_info || pgo_plugin.options.random_decisions;
    return optimize && !flag_no_inline && wanted && !seen_error ();
  }
  unsigned int execute (function *) override { return m_work (); }

private:
  unsigned (*m_work) (void);
};

} // namespace

opt_pass *
pgo_make_refuse_pass (gcc::context *context)
{
  return new inline_pass (context, refuse_data, refuse_unit);
}

opt_pass *
pgo_make_inline_pass (gcc::context *context)
{
  return new inline_pass (context, inline_data, inline_unit);
}
