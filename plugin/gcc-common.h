/* All of GCC's headers, and all differences between its versions: 11 and 12 are built and tested; what is for 13 to 15
   is from their sources and was never built.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_GCC_COMMON_H
#define PGOINLINE_PLUGIN_GCC_COMMON_H

#include "gcc-plugin.h"
#include "plugin-version.h"
#include "tree.h"
#include "gimple.h"
#include "tree-pass.h"
#include "context.h"
#include "ssa.h"
#include "cgraph.h"
#include "cfghooks.h"
#include "cfgloop.h"
#include "cfganal.h"
#include "tree-cfg.h"
#include "tree-cfgcleanup.h"
#include "tree-into-ssa.h"
#include "tree-ssa-loop-niter.h"
#include "gimple-iterator.h"
#include "gimple-pretty-print.h"
#include "diagnostic.h"
#include "diagnostic-core.h"
#include "langhooks.h"
#include "predict.h"
#include "profile.h"
#include "stringpool.h"
#include "output.h"
#include "attribs.h"
#include "target.h"
#include "toplev.h"
#include "opts.h"
#include "options.h"
#include "alloc-pool.h"
#include "symbol-summary.h"
#include "tree-inline.h"
#include "tree-vrp.h"
#include "ipa-prop.h"
#include "ipa-fnsummary.h"
#include "ipa-inline.h"
#include "value-prof.h"
#include "rtl.h"
#include "df.h"
#include "memmodel.h"
#include "emit-rtl.h"
#include "insn-attr.h"
#include "cfgrtl.h"
#include "cfgcleanup.h"

/* gcov-io.h defines it, but the plugin package of GCC 11 lacks a header that it includes.  */
struct gcov_summary
{
  unsigned runs;
  int64_t sum_max;
};

/* The release the plugin is built for.  */
static inline const char *
pgo_built_for (void)
{
  return gcc_version.basever;
}

/* The discriminator of a statement at LOC in BB.  GCC 13 moved them from blocks into locations (input.h).  */
static inline int
pgo_discriminator (basic_block bb, location_t loc)
{
#if GCCPLUGIN_VERSION_MAJOR >= 13
  (void) bb;
  return get_discriminator_from_loc (loc);
#else
  (void) loc;
  return bb->discriminator;
#endif
}

/* NEW_LOC, which stands for OLD_LOC, with its discriminator.  */
static inline location_t
pgo_keep_discriminator (location_t new_loc, location_t old_loc)
{
#if GCCPLUGIN_VERSION_MAJOR >= 13
  int discriminator = get_discriminator_from_loc (old_loc);
  return discriminator ? location_with_discriminator (new_loc, discriminator) : new_loc;
#else
  (void) old_loc;
  return new_loc;
#endif
}

#endif
