/* Annotate: give the CFG and the call graph the counts of the profile.

   Runs in place of GCC's "profile" pass: after early inlining and early optimisation, where -fprofile-use
   reads instrumented counts; what comes after cannot tell the difference.  For each function: view the CFG
   as arrays, match its statements against the profile, infer counts, write them back.

   A function that the profile does not know keeps GCC's own estimate.  One that exact evidence knows not to
   have run gets counts of zero, as with -fprofile-use.  One that abundant branch records did not see keeps its estimate
   and becomes unlikely ("cold", as by the attribute): smaller, and elsewhere.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/random.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/pass-promote.h"
#include "plugin/renamed.h"

/* Least probability of an edge out of a block that ran, unless evidence is exact, or branch records abound: not seen
   is not never.  The count of blocks is kept at 1 for the same reason; GCC takes less than runs / unlikely-frac,
   1 / 20, for never executed.  */
#define FLOOR_PROBABILITY (REG_BR_PROB_BASE / 2000)

struct unit_summary
{
  uint32_t functions, known, never, statements, matched, limited, stale;
  uint64_t weight, weight_matched;
};

static const char *
count_class (profile_count count)
{
  if (!count.initialized_p () || !count.ipa_p ())
    return "unknown";
  if (maybe_hot_count_p (cfun, count))
    return "hot";
  if (count.ipa () == profile_count::zero ())
    return "cold";
  return "warm";
}

/* COUNT with what GCC calls its quality.  "Precise" lets small counts mean "never executed"; below "adjusted"
   (which "afdo" is) loops lose the iterations that counts tell: minigzip by branch records 177.5M instructions
   with afdo, 173.3M with adjusted, 173.8M by exact counts (-O2 182.9M).  */
static profile_count
make_count (uint64_t count, enum pgo_evidence kind)
{
  if (count > (uint64_t) INT64_MAX / 2)
    count = INT64_MAX / 2;
  profile_count result = profile_count::from_gcov_type ((gcov_type) count);
  return kind == PGO_EVIDENCE_EXACT ? result : result.apply_scale ((int64_t) 1, (int64_t) 1);
}

/* Write COUNTS into the CFG; NEVER as of pgo_match_never.  */
static void
apply_counts (const struct pgo_flow_view *view, const struct pgo_flow_counts *counts, enum pgo_evidence kind,
              const bool *never)
{
  bool exact = kind == PGO_EVIDENCE_EXACT;
  auto_vec<unsigned> ways;      /* Out of each block, that may be taken.  */
  ways.safe_grow_cleared (view->n_blocks);
  for (unsigned i = 0; i < view->edges.length (); i++)
    ways[view->edges[i].src] += !never[view->edges[i].dst];
  for (unsigned i = 0; i < view->cfg_edges.length (); i++)
    {
      uint64_t from = counts->block[view->edges[i].src];
      /* A block that was not reached keeps the static estimate of where it leads.  */
      if (from == 0)
        continue;
      edge e = view->cfg_edges[i];
      uint64_t taken = MIN (counts->edge[i], from);
      /* GCC's own arithmetic is 64 bits.  */
      while (from > (uint64_t) INT64_MAX / REG_BR_PROB_BASE)
        {
          from >>= 1;
          taken >>= 1;
        }
      e->probability = profile_probability::probability_in_gcov_type ((gcov_type) taken, (gcov_type) from);
      if (never[view->edges[i].dst])
        /* With any other quality what follows from it is not never, either.  */
        e->probability = profile_probability::never ();
      else if (!exact && !(e->flags & (EDGE_EH | EDGE_ABNORMAL | EDGE_FAKE)))
        {
          int now = e->probability.to_reg_br_prob_base ();
          bool alone = ways[view->edges[i].src] == 1;
          if (!alone && now < FLOOR_PROBABILITY)
            e->probability = profile_probability::from_reg_br_prob_base (FLOOR_PROBABILITY);
          else if (!alone && now > REG_BR_PROB_BASE - FLOOR_PROBABILITY)
            e->probability = profile_probability::from_reg_br_prob_base (REG_BR_PROB_BASE - FLOOR_PROBABILITY);
          e->probability = e->probability.adjusted ();
        }
    }
  basic_block bb;
  FOR_ALL_BB_FN (bb, cfun)
    {
      uint64_t count = counts->block[bb->index];
      if (!exact && count == 0)
        count = 1;
      bb->count = never[bb->index] ? profile_count::zero () : make_count (count, kind);
    }
}

/* The function did not run, says exact evidence: local shape as estimated, globally zero.  */
static void
apply_never (void)
{
  basic_block bb;
  FOR_ALL_BB_FN (bb, cfun)
    if (bb->count.initialized_p () && !(bb->count == profile_count::zero ()))
      bb->count = bb->count.global0 ();
}

/* Branch records abound, and there is none of the function.  */
static void
apply_unlikely (tree fndecl)
{
  if (!lookup_attribute ("hot", DECL_ATTRIBUTES (fndecl)) && !lookup_attribute ("cold", DECL_ATTRIBUTES (fndecl)))
    DECL_ATTRIBUTES (fndecl) = tree_cons (get_identifier ("cold"), NULL_TREE, DECL_ATTRIBUTES (fndecl));
}

/* Random evidence for the option of that name: some blocks huge, some zero, some unknown.  */
static void
random_evidence (const struct pgo_flow_view *view, auto_vec<struct pgo_flow_evidence> *evidence)
{
  uint64_t state = pgo_random_begin (pgo_plugin.options.random_counts, view->contexts[0].name);
  for (uint32_t b = 0; b < view->n_blocks; b++)
    {
      uint64_t choice = pgo_random_next (&state), value = pgo_random_next (&state);
      if (choice % 4 == 0)
        continue;
      struct pgo_flow_evidence e = { b, false, choice % 4 == 1 ? 0 : value >> (24 + choice / 4 % 40),
                                     PGO_TRUST_FULL, PGO_TRUST_FULL };
      evidence->safe_push (e);
    }
}

/* The witnesses of block or edge INDEX as elements of the report.  */
static void
report_evidence (const struct pgo_match *match, bool is_edge, uint32_t index)
{
  struct pgo_report *r = pgo_plugin.report;
  for (uint32_t i = 0; i < match->n_evidence; i++)
    {
      const struct pgo_flow_evidence *e = &match->evidence[i];
      if (e->is_edge != is_edge || e->index != index)
        continue;
      pgo_report_begin (r, i < match->n_witnesses ? "witness" : "estimate");
      pgo_report_number (r, "value", e->value);
      pgo_report_number (r, "under", e->under);
      pgo_report_number (r, "over", e->over);
      pgo_report_end (r);
    }
}

static void
report_function (const struct pgo_flow_view *view, const struct pgo_match *match, const char *result,
                 const char *evidence, uint32_t disagreement)
{
  const struct pgo_match_quality *quality = match ? &match->quality : NULL;
  struct pgo_report *r = pgo_plugin.report;
  if (!r)
    return;
  char checksum[24];
  snprintf (checksum, sizeof checksum, "%016" PRIx64, pgo_flow_view_checksum (view));
  pgo_report_begin (r, "function");
  pgo_report_text (r, "name", view->contexts[0].name);
  if (view->contexts[0].file)
    pgo_report_text (r, "file", view->contexts[0].file);
  if (const struct pgo_instance *renamed = pgo_renamed_function (current_function_decl))
    pgo_report_text (r, "known-as", renamed->name);
  pgo_report_text (r, "evidence", evidence);
  pgo_report_text (r, "result", result);
  pgo_report_text (r, "class", count_class (ENTRY_BLOCK_PTR_FOR_FN (cfun)->count));
  pgo_report_text (r, "checksum", checksum);
  if (quality)
    {
      pgo_report_number (r, "statements", quality->statements);
      pgo_report_number (r, "matched", quality->statements - quality->unmatched);
      pgo_report_number (r, "inlined", quality->contexts - 1);
      pgo_report_number (r, "inlined-matched", quality->contexts_matched ? quality->contexts_matched - 1 : 0);
      if (quality->stale_contexts || quality->stale_limited)
        {
          pgo_report_text (r, "stale", quality->stale_limited ? "limited" : "aligned");
          pgo_report_number (r, "stale-matched", quality->stale);
        }
      pgo_report_number (r, "weight", quality->weight);
      pgo_report_number (r, "weight-matched", quality->weight_matched);
      pgo_report_number (r, "disagreement", disagreement);
    }
  basic_block bb;
  uint32_t edge_index = 0;
  bool evident = match && pgo_plugin.options.report_evidence;
  FOR_BB_BETWEEN (bb, ENTRY_BLOCK_PTR_FOR_FN (cfun), NULL, next_bb)
    {
      edge e;
      edge_iterator ei;
      pgo_report_begin (r, "block");
      pgo_report_number (r, "index", bb->index);
      if (bb->count.initialized_p () && bb->count.ipa_p ())
        pgo_report_number (r, "count", bb->count.ipa ().to_gcov_type ());
      pgo_report_text (r, "class", count_class (bb->count));
      if (evident)
        report_evidence (match, false, bb->index);
      FOR_EACH_EDGE (e, ei, bb->succs)
        {
          pgo_report_begin (r, "edge");
          pgo_report_number (r, "to", e->dest->index);
          if (e->probability.initialized_p ())
            pgo_report_number (r, "ppm", (uint64_t) (e->probability.to_reg_br_prob_base ()
                                                     * INT64_C (1000000) / REG_BR_PROB_BASE));
          if (evident)
            report_evidence (match, true, edge_index);
          edge_index++;
          pgo_report_end (r);
        }
      pgo_report_end (r);
    }
  for (struct cgraph_edge *e = cgraph_node::get (current_function_decl)->callees; e; e = e->next_callee)
    {
      pgo_report_begin (r, "call");
      pgo_report_text (r, "callee", pgo_decl_name (e->callee->decl));
      pgo_report_place (r, gimple_location (e->call_stmt));
      if (e->count.initialized_p () && e->count.ipa_p ())
        pgo_report_number (r, "count", e->count.ipa ().to_gcov_type ());
      pgo_report_text (r, "class", count_class (e->count));
      pgo_report_end (r);
    }
  pgo_report_end (r);
}

/* Which of profile use's passes may grow a function's code: by the executions of its most frequent block, in millionths
   of the profile's weight.  From the first on those of loops (each loop is looked at in pass-loops.cc), from the second on
   tail duplication, too.  Chosen by measurement: docs/algorithms.md, "Passes that grow code".  */
#define GROWTH_PPM 100
#define TRACER_PPM 800

static void
limit_options (void)
{
  uint64_t most = 0;
  profile_count max = cfun->cfg->count_max;
  if (profile_status_for_fn (cfun) == PROFILE_READ && max.initialized_p () && max.ipa ().initialized_p ())
    most = max.ipa ().to_gcov_type ();
  uint64_t total = pgo_plugin.source ? pgo_source_summary (pgo_plugin.source)->total : 0;
  if (profile_status_for_fn (cfun) != PROFILE_READ || most < pgo_scale (total, GROWTH_PPM, 1000000))
    pgo_limit_options (current_function_decl, PGO_OPTIONS_OF_USER);
  else if (most < pgo_scale (total, TRACER_PPM, 1000000))
    pgo_limit_options (current_function_decl, PGO_OPTIONS_NO_TRACER);
}

/* Annotate cfun.  */
static void
annotate_function (struct cgraph_node *node, struct unit_summary *unit)
{
  struct pgo_flow_view view;
  struct pgo_match match = {};
  const struct pgo_instance *tree = NULL;
  enum pgo_evidence kind = PGO_EVIDENCE_EXACT;
  const char *result = "absent";
  uint32_t disagreement = 0;
  auto_vec<struct pgo_flow_evidence> random;

  pgo_flow_view_build (&view);
  unit->functions++;
  struct pgo_flowgraph graph = { view.n_blocks, view.edges.length (), 0, view.edges.address (), NULL };
  if (pgo_plugin.options.random_counts)
    {
      random_evidence (&view, &random);
      graph.n_evidence = random.length ();
      graph.evidence = random.address ();
    }
  else
    {
      tree = pgo_find_function (current_function_decl);
      if (tree)
        {
          struct pgo_match_input input
            = { view.contexts.length (), view.statements.length (), view.n_blocks, view.edges.length (),
                view.contexts.address (), view.statements.address (), view.edges.address () };
          kind = tree->kind;
          pgo_match_function (tree, &input, &match);
          if (!pgo_match_worth_it (tree, pgo_source_clock_samples (pgo_plugin.source))
              || (kind != PGO_EVIDENCE_EXACT && !pgo_match_temper (&match, tree, &graph)))
            match.n_evidence = 0;
          graph.n_evidence = match.n_evidence;
          graph.evidence = match.evidence;
          unit->known++;
          unit->statements += match.quality.statements;
          unit->matched += match.quality.statements - match.quality.unmatched;
          unit->stale += match.quality.stale_contexts > 0 || match.quality.stale_limited;
          unit->weight += match.quality.weight;
          unit->weight_matched += match.quality.weight_matched;
        }
    }

  if (tree && tree->total == 0 && tree->head == 0)
    {
      result = "not-run";
      if (kind == PGO_EVIDENCE_EXACT)
        {
          unit->never++;
          apply_never ();
          profile_status_for_fn (cfun) = PROFILE_READ;
          node->count = ENTRY_BLOCK_PTR_FOR_FN (cfun)->count;
        }
      else if (kind == PGO_EVIDENCE_BRANCH)
        apply_unlikely (current_function_decl);
    }
  else if (tree || graph.n_evidence)
    {
      struct pgo_flow_counts counts;
      counts.block = XCNEWVEC (uint64_t, view.n_blocks);
      counts.edge = XCNEWVEC (uint64_t, view.edges.length () + 1);
      enum pgo_infer_result inferred = pgo_infer (&graph, &counts);
      if (inferred != PGO_INFER_NOTHING)
        disagreement = pgo_infer_disagreement (&graph, &counts);
      result = inferred == PGO_INFER_NOTHING ? "unmatched" : inferred == PGO_INFER_DONE ? "done" : "limited";
      unit->limited += inferred == PGO_INFER_LIMITED;
      if (inferred != PGO_INFER_NOTHING)
        {
          bool *never = XCNEWVEC (bool, view.n_blocks);
          pgo_match_never (&match, &graph, &counts, never);
          apply_counts (&view, &counts, kind, never);
          XDELETEVEC (never);
          profile_status_for_fn (cfun) = PROFILE_READ;
          node->count = ENTRY_BLOCK_PTR_FOR_FN (cfun)->count;
        }
      XDELETEVEC (counts.block);
      XDELETEVEC (counts.edge);
    }
  update_max_bb_count ();
  limit_options ();
  compute_function_frequency ();
  cgraph_edge::rebuild_edges ();
  report_function (&view, tree ? &match : NULL, result, pgo_evidence_name (tree ? kind : PGO_EVIDENCE_NONE), disagreement);
  pgo_match_clear (&match);
}

gcov_type
pgo_hot_threshold (void)
{
  const struct pgo_summary *summary = pgo_source_summary (pgo_plugin.source);
  uint32_t cutoff = pgo_plugin.options.hot_cutoff_ppm;
  for (uint32_t i = 0; i < summary->n_cutoffs; i++)
    if (summary->cutoffs[i].cutoff_ppm >= cutoff)
      return MAX (1, MIN (summary->cutoffs[i].min_weight, (uint64_t) INT64_MAX / 2));
  return 1;
}

bool
pgo_is_annotated (cgraph_node *node)
{
  return gimple_has_body_p (node->decl) && DECL_SOURCE_LOCATION (node->decl) != BUILTINS_LOCATION
         && !(node->clone_of && node->decl == node->clone_of->decl);
}

static unsigned
annotate_unit (void)
{
  struct cgraph_node *node;
  struct unit_summary unit = {};

  /* The inliner insists on it wherever counts were read.  */
  profile_info = XCNEW (struct gcov_summary);
  profile_info->runs = 1;
  profile_info->sum_max = INT64_C (1) << 32;
  if (pgo_plugin.source)
    {
      profile_info->sum_max = (int64_t) MIN (pgo_source_summary (pgo_plugin.source)->max, (uint64_t) INT64_MAX / 2);
      set_hot_bb_threshold (pgo_hot_threshold ());
    }
  unsigned renamed = pgo_plugin.options.random_counts ? 0 : pgo_find_renamed ();

  FOR_EACH_DEFINED_FUNCTION (node)
    {
      if (!pgo_is_annotated (node))
        continue;
      push_cfun (DECL_STRUCT_FUNCTION (node->decl));
      if (execute_fixup_cfg () & TODO_cleanup_cfg)
        cleanup_tree_cfg ();
      annotate_function (node, &unit);
      pgo_note_targets (node);
      free_dominance_info (CDI_DOMINATORS);
      free_dominance_info (CDI_POST_DOMINATORS);
      pop_cfun ();
    }

  uint64_t share = unit.statements ? UINT64_C (100) * unit.matched / unit.statements : 100;
  if (unit.known > unit.never && share < pgo_plugin.options.min_match_percent)
    emit_diagnostic (pgo_plugin.options.strict ? DK_ERROR : DK_NOTE, UNKNOWN_LOCATION, 0,
                     "pgoinline: of the statements that %s may know, %u%% match it, less than %u%%",
                     pgo_plugin.options.profile, (unsigned) share, pgo_plugin.options.min_match_percent);
  if (pgo_plugin.options.verbose)
    inform (UNKNOWN_LOCATION, "pgoinline: %u functions, %u in the profile (%u never run); %u of %u statements matched",
            unit.functions, unit.known, unit.never, unit.matched, unit.statements);
  if (pgo_plugin.options.verbose && renamed)
    inform (UNKNOWN_LOCATION, "pgoinline: %u functions had another name when the profile was made", renamed);
  if (pgo_plugin.options.verbose && unit.stale)
    inform (UNKNOWN_LOCATION, "pgoinline: %u functions were edited since the profile was made (stale)", unit.stale);
  return 0;
}

namespace
{

const pass_data annotate_data = {
  SIMPLE_IPA_PASS, "pgoinline-annotate", OPTGROUP_NONE, TV_IPA_PROFILE, 0, 0, 0, 0, TODO_rebuild_cgraph_edges,
};

class annotate_pass : public simple_ipa_opt_pass
{
public:
  annotate_pass (gcc::context *context) : simple_ipa_opt_pass (annotate_data, context) {}
  bool gate (function *) override { return !in_lto_p && !seen_error (); }
  unsigned int execute (function *) override { return annotate_unit (); }
};

} // namespace

opt_pass *
pgo_make_annotate_pass (gcc::context *context)
{
  return new annotate_pass (context);
}
