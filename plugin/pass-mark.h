/* Block marks: where optimised code came from, told by the line table.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_PASS_MARK_H
#define PGOINLINE_PLUGIN_PASS_MARK_H

#include "plugin/core.h"

/* The section that tells the checksums of marked functions, a line each: checksum (16 hexadecimal digits), name
   and, for a function that is not visible outside its unit, file, with tabs between.  Not loaded; strip and
   the linker treat it like debug information.  */
#define PGO_MARKS_SECTION ".pgoinline.marks"

/* A source location that a mark stands for: column and discriminator.  */
struct pgo_marked_source
{
  uint32_t column, discriminator;
};

/* The source locations of the statements that were marked with LOC, *N of them; NULL if it is no mark.  */
const struct pgo_marked_source *pgo_mark_sources (location_t loc, unsigned *n);

/* The checksum of FNDECL's CFG when it was marked; 0 if it was not.  */
uint64_t pgo_mark_checksum (tree fndecl);

/* Write the section of the marked functions into the assembler file.  */
void pgo_mark_emit (void);

opt_pass *pgo_make_mark_pass (gcc::context *);

#endif
