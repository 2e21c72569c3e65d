/* Loops: which of them may be copied.

   Runs before GCC's "cunroll", which unrolls completely and peels; "loop2_unroll", which unrolls, comes later.  Both copy
   what is to be compiled for speed.  Here the loops for which that does not pay (core/loop-copies.h) are marked as the
   user's "#pragma GCC unroll 1" marks them, which either obeys.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/flow-view.h"

/* Whether the user asked for loops to be copied: then they are.  */
static bool
user_copies_loops (void)
{
  return optimize >= 3 || (flag_unroll_loops && global_options_set.x_flag_unroll_loops)
         || (flag_peel_loops && global_options_set.x_flag_peel_loops);
}

static uint64_t
body_size (class loop *loop)
{
  uint64_t size = 0;
  basic_block *body = get_loop_body (loop);
  for (unsigned i = 0; i < loop->num_nodes; i++)
    for (gimple_stmt_iterator at = gsi_start_bb (body[i]); !gsi_end_p (at); gsi_next (&at))
      size += (uint64_t) estimate_num_insns (gsi_stmt (at), &eni_size_weights);
  free (body);
  return size;
}

/* Of the first statement of the header that has one; or unknown.  */
static location_t
loop_location (class loop *loop)
{
  for (gimple_stmt_iterator at = gsi_start_nondebug_bb (loop->header); !gsi_end_p (at); gsi_next_nondebug (&at))
    if (gimple_has_location (gsi_stmt (at)))
      return gimple_location (gsi_stmt (at));
  return UNKNOWN_LOCATION;
}

static void
report_loop (class loop *loop, const struct pgo_loop *facts, bool pays)
{
  struct pgo_report *r = pgo_plugin.report;
  if (!r)
    return;
  pgo_report_begin (r, "loop");
  pgo_report_text (r, "function", IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (current_function_decl)));
  pgo_report_place (r, loop_location (loop));
  pgo_report_text (r, "decision", pays ? "copy" : "keep");
  pgo_report_number (r, "count", facts->count);
  if (facts->iterations >= 0)
    pgo_report_number (r, "iterations", (uint64_t) facts->iterations);
  pgo_report_number (r, "size", facts->size);
  pgo_report_end (r);
}

/* Whether GCC may unroll LOOP completely, which saves more than a copy does: constants become known.  */
static bool
ends_soon (class loop *loop)
{
  HOST_WIDE_INT bound = max_loop_iterations_int (loop);
  return bound >= 0 && bound <= param_max_completely_peel_times;
}

/* GCC peels and unrolls only the innermost.  */
static void
limit_loop (class loop *loop, uint64_t total)
{
  profile_count count = loop->header->count;
  if (loop->inner || loop->unroll != 0 || ends_soon (loop) || !count.initialized_p () || !count.ipa ().initialized_p ())
    return;
  struct pgo_loop facts = { (uint64_t) count.ipa ().to_gcov_type (), get_estimated_loop_iterations_int (loop),
                            body_size (loop) };
  bool pays = pgo_loop_copies_pay (&facts, total);
  if (!pays)
    loop->unroll = 1;
  report_loop (loop, &facts, pays);
}

namespace
{

const pass_data loops_data = {
  GIMPLE_PASS, "pgoinline-loops", OPTGROUP_LOOP, TV_NONE, PROP_cfg, 0, 0, 0, 0,
};

class loops_pass : public gimple_opt_pass
{
public:
  loops_pass (gcc::context *context) : gimple_opt_pass (loops_data, context) {}
  bool gate (function *fun) override
  {
    return pgo_plugin.source && profile_status_for_fn (fun) == PROFILE_READ && (flag_unroll_loops || flag_peel_loops)
           && !user_copies_loops ();
  }
  unsigned int execute (function *fun) override
  {
    uint64_t total = pgo_source_summary (pgo_plugin.source)->total;
    class loop *loop;
    unsigned i;
    FOR_EACH_VEC_SAFE_ELT (get_loops (fun), i, loop)
      if (loop && loop->num != 0 && loop->header)
        limit_loop (loop, total);
    return 0;
  }
};

} // namespace

opt_pass *
pgo_make_loops_pass (gcc::context *context)
{
  return new loops_pass (context);
}
