/* Export: the counts that -fprofile-use has read, as a profile keyed like any other.

   For tests and measurements only: it tells the loss in keys, matching and inference apart from the loss in
   the evidence.  Functions are read one by one, right after GCC's "profile" pass has counted them and before it
   splits them into parts; then the unit's profile is written.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/flow-view.h"

static uint64_t
block_count (basic_block bb)
{
  return bb->count.initialized_p () && bb->count.ipa_p () ? bb->count.ipa ().to_gcov_type () : 0;
}

/* Steps from the function down to CONTEXT, outermost first.  */
static void
context_steps (const struct pgo_flow_view *view, uint32_t context, auto_vec<struct pgo_step> *steps)
{
  for (; context; context = view->contexts[context].parent)
    {
      struct pgo_step step = { view->contexts[context].at, view->contexts[context].name,
                               view->contexts[context].file };
      steps->safe_insert (0, step);
    }
}

/* The unit's profile under construction.  */
static struct pgo_profile *profile;

static void
export_function (void)
{
  struct pgo_flow_view view;
  pgo_flow_view_build (&view);
  auto_vec<struct pgo_instance *> instances;
  for (unsigned c = 0; c < view.contexts.length (); c++)
    {
      const struct pgo_context *context = &view.contexts[c];
      struct pgo_instance *instance
        = c == 0 ? pgo_profile_add_function (profile, context->name, context->file)
                 : pgo_instance_add_inlined (profile, instances[context->parent], context->at, context->name,
                                             context->file);
      instance->kind = PGO_EVIDENCE_EXACT;
      instances.safe_push (instance);
    }
  instances[0]->head = instances[0]->head_samples = block_count (ENTRY_BLOCK_PTR_FOR_FN (cfun));

  /* Duplicates of a location would be added up: tell each block's greatest witness only once.  */
  auto_vec<int> first (view.n_blocks);
  first.safe_grow_cleared (view.n_blocks);
  for (unsigned i = 0; i < view.statements.length (); i++)
    {
      const struct pgo_statement *s = &view.statements[i];
      uint64_t count = block_count (BASIC_BLOCK_FOR_FN (cfun, s->block));
      bool repeated = false;
      if (first[s->block] == 0)
        first[s->block] = i + 1;
      for (unsigned k = first[s->block] - 1; k < i && !repeated; k++)
        repeated = view.statements[k].context == s->context && view.statements[k].block == s->block
                   && pgo_location_compare (view.statements[k].at, s->at) == 0;
      if (!repeated)
        pgo_instance_add_line (profile, instances[s->context], s->at, count, count);
    }
  for (unsigned i = 0; i < view.statements.length (); i++)
    {
      const struct pgo_statement *s = &view.statements[i];
      if (s->kind != PGO_STATEMENT_BRANCH)
        continue;
      edge e;
      edge_iterator ei;
      FOR_EACH_EDGE (e, ei, BASIC_BLOCK_FOR_FN (cfun, s->block)->succs)
        if (e->dest != EXIT_BLOCK_PTR_FOR_FN (cfun) && first[e->dest->index] && e->count ().ipa_p ())
          {
            const struct pgo_statement *t = &view.statements[first[e->dest->index] - 1];
            auto_vec<struct pgo_step> from_steps, to_steps;
            context_steps (&view, s->context, &from_steps);
            context_steps (&view, t->context, &to_steps);
            struct pgo_place from = { from_steps.address (), from_steps.length (), s->at };
            struct pgo_place to = { to_steps.address (), to_steps.length (), t->at };
            uint64_t count = e->count ().ipa ().to_gcov_type ();
            pgo_instance_add_branch (profile, instances[0], from, to, count, count);
          }
    }
}

static struct pgo_profile *
make_profile (void)
{
  struct pgo_profile *made = pgo_profile_new ();
  struct pgo_origin *origin = pgo_profile_add_origin (made);
  origin->kind = PGO_EVIDENCE_EXACT;
  origin->binary = pgo_profile_string (made, "instrumented");
  origin->build_id = pgo_profile_string (made, "");
  return made;
}

static void
write_profile (void)
{
  struct pgo_status status = {};
  if (!profile)
    profile = make_profile ();
  pgo_profile_normalize (profile);
  char *path = pgo_unit_path (pgo_plugin.options.export_file, main_input_filename ? main_input_filename : "-",
                              ".pgo.xml");
  if (!pgo_profile_write (profile, path, &status))
    pgo_error (&status, false);
  pgo_free (path);
  pgo_profile_free (profile);
  profile = NULL;
}

namespace
{

const pass_data export_data = {
  GIMPLE_PASS, "pgoinline-export", OPTGROUP_NONE, TV_IPA_PROFILE, PROP_cfg, 0, 0, 0, 0,
};

class export_pass : public gimple_opt_pass
{
public:
  export_pass (gcc::context *context) : gimple_opt_pass (export_data, context) {}
  bool gate (function *) override { return !in_lto_p && flag_branch_probabilities && !seen_error (); }
  unsigned int execute (function *fn) override
  {
    if (!profile)
      profile = make_profile ();
    if (profile_status_for_fn (fn) == PROFILE_READ && DECL_SOURCE_LOCATION (fn->decl) != BUILTINS_LOCATION)
      export_function ();
    return 0;
  }
};

const pass_data write_data = {
  SIMPLE_IPA_PASS, "pgoinline-export-write", OPTGROUP_NONE, TV_IPA_PROFILE, 0, 0, 0, 0, 0,
};

class write_pass : public simple_ipa_opt_pass
{
public:
  write_pass (gcc::context *context) : simple_ipa_opt_pass (write_data, context) {}
  bool gate (function *) override { return !in_lto_p && flag_branch_probabilities && !seen_error (); }
  unsigned int execute (function *) override
  {
    write_profile ();
    return 0;
  }
};

} // namespace

opt_pass *
pgo_make_export_pass (gcc::context *context)
{
  return new export_pass (context);
}

opt_pass *
pgo_make_export_write_pass (gcc::context *context)
{
  return new write_pass (context);
}
