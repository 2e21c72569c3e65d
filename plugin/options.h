/* The plugin's options.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_OPTIONS_H
#define PGOINLINE_PLUGIN_OPTIONS_H

#include "plugin/gcc-common.h"

/* Default of growth-budget, in percent: docs/algorithms.md, "Inlining".  */
#define PGO_GROWTH_BUDGET 50
/* Default of hot-cutoff, as of -fprofile-use.  By exact counts, 999000 is .14% of instructions better in the geometric mean
   of the benchmark, and .text 4% more (misses of the first-level instruction cache: tcc 5%, duktape 3% more); by branch
   records lua is 247.2M instructions at 990000 and 252.3M at 999000 (-O2 262.8M).  */
#define PGO_HOT_CUTOFF_PPM 990000

/* A field for each entry of options.def; text is borrowed from the command line.  */
struct pgo_options
{
#define PGO_TYPE_STRING const char *
#define PGO_TYPE_PPM uint32_t
#define PGO_TYPE_PERCENT uint32_t
#define PGO_TYPE_NUMBER uint64_t
#define PGO_TYPE_SWITCH bool
#define PGO_TYPE_FLAG bool
#define OPTION(key, kind, field, default_value, argument, help) PGO_TYPE_##kind field;
#include "plugin/options.def"
#undef OPTION
};

/* Read the plugin's arguments; what is wrong with them is told through error ().  */
void pgo_parse_options (const struct plugin_name_args *args, struct pgo_options *options);

/* Leave out of what GCC records of the command line (DW_AT_producer, -frecord-gcc-switches, -fverbose-asm) the
   options that name a file: where the profile and the plugin lie is no part of what is built.  The profile's id
   stays.  */
void pgo_leave_paths_unrecorded (const struct plugin_name_args *plugin);

#endif
