/* pgoinline: the plugin's entry, and its passes in the order in which they run.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/location-key.h"
#include "plugin/pass-mark.h"

/* What GCC looks up by name.  */
#define PUBLIC __attribute__ ((visibility ("default")))

PUBLIC int plugin_is_GPL_compatible;

struct pgo_plugin pgo_plugin;

static struct plugin_info information = {
  PGOINLINE_VERSION,
  "Profile-guided optimisation from samples.  Options: -fplugin-arg-pgoinline-KEY[=VALUE]\n"
#define OPTION(key, kind, field, default_value, argument, help) "  " key "=" argument "\t" help "\n"
#include "plugin/options.def"
#undef OPTION
};

/* Weak: c-family has it, other front ends do not, and mkdeps.h is not shipped.  */
extern class mkdeps *cpp_get_deps (struct cpp_reader *) __attribute__ ((weak));
extern void deps_add_dep (class mkdeps *, const char *) __attribute__ ((weak));
extern struct cpp_reader *parse_in __attribute__ ((weak));

void
pgo_error (const struct pgo_status *status, bool fatal)
{
  char text[sizeof *status + 16];
  pgo_status_text (status, text, sizeof text);
  if (fatal)
    fatal_error (UNKNOWN_LOCATION, "pgoinline: %s", text);
  error ("pgoinline: %s", text);
}

static void
out_of_memory (void)
{
  fatal_error (UNKNOWN_LOCATION, "pgoinline: out of memory");
}

/* Profile use in GCC turns these on (opts.cc, enable_fdo_optimizations; the list is GCC's own, but for the
   last, which follows from unrolling and peeling and was derived before plugins were loaded).  */
#define PROFILE_USE_FLAGS(FLAG) \
  FLAG (x_flag_unroll_loops, 1) \
  FLAG (x_flag_peel_loops, 1) \
  FLAG (x_flag_tracer, 1) \
  FLAG (x_flag_inline_functions, 1) \
  FLAG (x_flag_ipa_cp, 1) \
  FLAG (x_flag_ipa_cp_clone, 1) \
  FLAG (x_flag_ipa_bit_cp, 1) \
  FLAG (x_flag_predictive_commoning, 1) \
  FLAG (x_flag_split_loops, 1) \
  FLAG (x_flag_unswitch_loops, 1) \
  FLAG (x_flag_gcse_after_reload, 1) \
  FLAG (x_flag_tree_loop_vectorize, 1) \
  FLAG (x_flag_tree_slp_vectorize, 1) \
  FLAG (x_flag_version_loops_for_strides, 1) \
  FLAG (x_flag_vect_cost_model, VECT_COST_MODEL_DYNAMIC) \
  FLAG (x_flag_tree_loop_distribute_patterns, 1) \
  FLAG (x_flag_loop_interchange, 1) \
  FLAG (x_flag_unroll_jam, 1) \
  FLAG (x_flag_tree_loop_distribution, 1) \
  FLAG (x_flag_cunroll_grow_size, 1)

/* The user's options, before we turned on what profile use does.  */
static struct gcc_options user_options;

/* Turn the flags on where the user has not said otherwise.  It must happen before the options that functions
   inherit are fixed, that is, when the plugin is loaded.  */
static void
set_profile_use_flags (void)
{
  user_options = global_options;
#define FLAG(name, value) \
  if (!global_options_set.name) \
    global_options.name = value;
  FLAG (x_flag_branch_probabilities, 1)
  PROFILE_USE_FLAGS (FLAG)
#undef FLAG
}

void
pgo_limit_options (tree fndecl, enum pgo_option_limit limit)
{
  static tree nodes[2];
  tree own = DECL_FUNCTION_SPECIFIC_OPTIMIZATION (fndecl);
  if (own && own != optimization_default_node)
    return;
  if (!nodes[limit])
    {
      struct gcc_options options = global_options;
      cl_optimization_restore (&options, &global_options_set, TREE_OPTIMIZATION (optimization_default_node));
#define FLAG(name, value) options.name = user_options.name;
      if (limit == PGO_OPTIONS_OF_USER)
        {
          PROFILE_USE_FLAGS (FLAG)
        }
      else
        {
          FLAG (x_flag_tracer, 1)
        }
#undef FLAG
      nodes[limit] = build_optimization_node (&options, &global_options_set);
    }
  DECL_FUNCTION_SPECIFIC_OPTIMIZATION (fndecl) = nodes[limit];
}

const char *
pgo_unit_name (void)
{
  /* The first input of link-time optimisation may be a temporary file.  */
  if (in_lto_p && dump_base_name)
    return lbasename (dump_base_name);
  return main_input_filename ? main_input_filename : "-";
}

/* The process that opened the report: link-time optimisation forks to write its parts.  */
static pid_t report_owner;

/* A fatal error of the compiler ends it without PLUGIN_FINISH.  */
static void
discard_report (void)
{
  if (pgo_plugin.report && getpid () == report_owner)
    pgo_report_discard (pgo_plugin.report);
}

/* The first moment at which real work is certain: not for -E, -fsyntax-only or --version.  */
static void
start_unit (void *, void *)
{
  const struct pgo_options *options = &pgo_plugin.options;
  struct pgo_status status = {};
  if (options->profile)
    {
      pgo_plugin.source = pgo_source_open (options->profile, &status);
      if (!pgo_plugin.source)
        pgo_error (&status, true);
      if (options->id)
        {
          const char *id = pgo_source_id (pgo_plugin.source, &status);
          if (!id)
            pgo_error (&status, true);
          else if (strcmp (id, options->id) != 0)
            fatal_error (UNKNOWN_LOCATION, "pgoinline: %s: is profile %s, not %s as option %<id%> asks",
                         options->profile, id, options->id);
        }
      if (&parse_in && parse_in && cpp_get_deps && deps_add_dep)
        if (class mkdeps *deps = cpp_get_deps (parse_in))
          deps_add_dep (deps, options->profile);
    }
  /* Of link-time optimisation there is one report: of the whole program.  */
  if (options->report && !flag_ltrans)
    {
      pgo_plugin.report = pgo_report_open (options->report, pgo_unit_name (), &status);
      if (!pgo_plugin.report)
        pgo_error (&status, true);
      report_owner = getpid ();
      atexit (discard_report);
    }
}

static void
finish_unit (void *, void *)
{
  pgo_mark_emit ();
}

static void
finish (void *, void *)
{
  struct pgo_status status = {};
  pgo_inline_finish ();
  if (pgo_plugin.report && !pgo_report_close (pgo_plugin.report, &status))
    pgo_error (&status, false);
  pgo_plugin.report = NULL;
  if (pgo_plugin.source)
    pgo_source_close (pgo_plugin.source);
  pgo_plugin.source = NULL;
}

static void
register_pass_at (const char *plugin, opt_pass *pass, enum pass_positioning_ops where, const char *reference)
{
  struct register_pass_info info;
  info.pass = pass;
  info.reference_pass_name = reference;
  info.ref_pass_instance_number = 1;
  info.pos_op = where;
  register_callback (plugin, PLUGIN_PASS_MANAGER_SETUP, NULL, &info);
}

/* The machine that a GCC configured by ARGUMENTS compiles for, *LENGTH bytes; NULL if it does not say.  */
static const char *
configured_target (const char *arguments, size_t *length)
{
  const char *target = strstr (arguments, "--target=");
  if (!target)
    return NULL;
  target += strlen ("--target=");
  *length = strcspn (target, " ");
  return target;
}

/* Whether RUNNING is the GCC that the plugin was built for; an error if not.  Headers and plugin share GCC's internal
   structures, which are stable within a major.minor release of one target; distributions rebuild those, so that
   comparing more (as plugin_default_version_check does) refuses compilers that fit.  */
static bool
check_compiler (const struct plugin_gcc_version *running)
{
  const char *built = pgo_built_for ();
  size_t major_minor = strcspn (built, ".");
  major_minor += built[major_minor] ? 1 + strcspn (built + major_minor + 1, ".") : 0;
  if (strncmp (built, running->basever, major_minor) != 0
      || (running->basever[major_minor] != '\0' && running->basever[major_minor] != '.'))
    {
      error ("pgoinline: built for GCC %s, loaded into GCC %s: build or install the plugin for this compiler",
             built, running->basever);
      return false;
    }
  size_t built_length, length;
  const char *built_target = configured_target (gcc_version.configuration_arguments, &built_length);
  const char *target = configured_target (running->configuration_arguments, &length);
  if (built_target && target && (built_length != length || memcmp (built_target, target, length) != 0))
    {
      error ("pgoinline: built for GCC for %.*s, loaded into GCC for %.*s: build or install the plugin for this compiler",
             (int) built_length, built_target, (int) length, target);
      return false;
    }
  return true;
}

/* default.pgo beside the main source file, as Go has it; NULL if there is none.  */
static const char *
default_profile (void)
{
  if (num_in_fnames == 0)
    return NULL;
  const char *source = in_fnames[0], *base = lbasename (source);
  char *path = XNEWVEC (char, (base - source) + sizeof "default.pgo");
  memcpy (path, source, base - source);
  strcpy (path + (base - source), "default.pgo");
  if (access (path, F_OK) == 0)
    return path;
  free (path);
  return NULL;
}

PUBLIC int
plugin_init (struct plugin_name_args *plugin, struct plugin_gcc_version *version)
{
  if (!check_compiler (version))
    return 1;
  register_callback (plugin->base_name, PLUGIN_INFO, NULL, &information);
  pgo_set_out_of_memory_handler (out_of_memory);
  struct pgo_options *options = &pgo_plugin.options;
  pgo_parse_options (plugin, options);
  pgo_leave_paths_unrecorded (plugin);
  if (!options->profile && !options->export_file && !options->random_counts)
    options->profile = default_profile ();
  if (!options->profile && !options->export_file && !options->random_counts && !options->mark
      && !options->random_layout && !options->random_decisions)
    return 0;

  if (strcmp (options->replay_fallback, "heuristics") != 0 && strcmp (options->replay_fallback, "none") != 0)
    error ("pgoinline: option %<replay-fallback%> is %<heuristics%> or %<none%>, not %qs", options->replay_fallback);
  const char *name = plugin->base_name;
  register_callback (name, PLUGIN_START_UNIT, start_unit, NULL);
  register_callback (name, PLUGIN_ALL_IPA_PASSES_START, pgo_name_functions, NULL);
  register_callback (name, PLUGIN_FINISH, finish, NULL);
  /* Whether a profile has marks is known only when it is opened: the pass asks then.  */
  register_pass_at (name, pgo_make_mark_pass (g), PASS_POS_INSERT_BEFORE, "opt_local_passes");
  register_callback (name, PLUGIN_FINISH_UNIT, finish_unit, NULL);
  if (options->profile || options->random_counts)
    {
      set_profile_use_flags ();
      if (!in_lto_p)
        register_pass_at (name, pgo_make_annotate_pass (g), PASS_POS_REPLACE, "profile");
    }
  else if (options->export_file)
    {
      register_pass_at (name, pgo_make_export_pass (g), PASS_POS_INSERT_BEFORE, "feedback_fnsplit");
      register_pass_at (name, pgo_make_export_write_pass (g), PASS_POS_INSERT_AFTER, "profile");
    }
  if (options->profile && options->promote && options->inline_calls)
    register_pass_at (name, pgo_make_promote_pass (g), PASS_POS_INSERT_AFTER, "profile_estimate");
  if (((options->profile || options->random_counts) && options->inline_calls) || options->random_decisions)
    {
      register_pass_at (name, pgo_make_before_early_pass (g), PASS_POS_INSERT_BEFORE, "einline");
      register_pass_at (name, pgo_make_after_early_pass (g), PASS_POS_INSERT_AFTER, "einline");
      register_pass_at (name, pgo_make_refuse_pass (g), PASS_POS_INSERT_BEFORE, "inline");
      register_pass_at (name, pgo_make_inline_pass (g), PASS_POS_INSERT_AFTER, "inline");
    }
  if (options->profile)
    register_pass_at (name, pgo_make_loops_pass (g), PASS_POS_INSERT_BEFORE, "cunroll");
  if (((options->profile || options->random_counts) && options->layout) || options->random_layout)
    register_pass_at (name, pgo_make_layout_pass (g), PASS_POS_REPLACE, "bbro");
  if ((options->profile && options->order) || options->random_layout)
    pgo_order_functions ();
  return 0;
}
