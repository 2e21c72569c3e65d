/* What the passes share, and the passes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_PLUGIN_H
#define PGOINLINE_PLUGIN_PLUGIN_H

#include "plugin/core.h"
#include "plugin/options.h"

struct pgo_plugin
{
  struct pgo_options options;
  struct pgo_source *source;    /* NULL: none, or not yet opened.  */
  struct pgo_report *report;    /* NULL: none asked for.  */
};

extern struct pgo_plugin pgo_plugin;

/* What reports and replay files are named after: the source file; of link-time optimisation, what is linked, with ".wpa"
   (GCC's own name for dumps).  */
const char *pgo_unit_name (void);

/* STATUS as an error of the compilation; with FATAL it ends there.  */
void pgo_error (const struct pgo_status *status, bool fatal);

enum pgo_option_limit
{
  PGO_OPTIONS_OF_USER,          /* As the user gave them: nothing that profile use turns on.  */
  PGO_OPTIONS_NO_TRACER         /* What profile use turns on but for tail duplication.  */
};

/* Compile FNDECL, unless an attribute gives it options of its own, with fewer than those that profile use turns on.  */
void pgo_limit_options (tree fndecl, enum pgo_option_limit limit);

/* Whether NODE is a function that counts are for: with a body, of the source, no second copy.  */
bool pgo_is_annotated (cgraph_node *node);

/* The least count that is hot: of the whole profile, that at which the cutoff is reached.  */
gcov_type pgo_hot_threshold (void);

/* Annotate: in place of GCC's "profile" (pass-annotate.cc).  */
opt_pass *pgo_make_annotate_pass (gcc::context *);
/* Promote, of link-time optimisation: after GCC's "profile_estimate" (promote-units.cc).  */
opt_pass *pgo_make_promote_pass (gcc::context *);
/* Around GCC's early inliner (pass-early.cc).  */
opt_pass *pgo_make_before_early_pass (gcc::context *);
opt_pass *pgo_make_after_early_pass (gcc::context *);
/* Refuse, inline: before and after GCC's "inline" (pass-inline.cc).  */
opt_pass *pgo_make_refuse_pass (gcc::context *);
opt_pass *pgo_make_inline_pass (gcc::context *);
/* The unit is done: free what inlining keeps.  */
void pgo_inline_finish (void);
/* Loops: before GCC's "cunroll", which peels (pass-loops.cc).  */
opt_pass *pgo_make_loops_pass (gcc::context *);
/* Export: after GCC's "profile", which has read instrumented counts (pass-export.cc).  */
opt_pass *pgo_make_export_pass (gcc::context *);
opt_pass *pgo_make_export_write_pass (gcc::context *);
/* Block layout: in place of GCC's "bbro" (pass-layout.cc).  */
opt_pass *pgo_make_layout_pass (gcc::context *);
/* Function order: no pass, but where sections are chosen at output (pass-order.cc).  */
void pgo_order_functions (void);

#endif
