/* Names and locations as the debug information of the profiled binary gives them.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_LOCATION_KEY_H
#define PGOINLINE_PLUGIN_LOCATION_KEY_H

#include "plugin/core.h"

/* The name a profile has for FNDECL: the assembler name if it is visible outside its unit, else the name
   that DW_AT_name gets, with the classes and functions that it is declared in before it: tool/subprograms.c has
   examples.  Lives as long as the compilation.  */
const char *pgo_decl_name (tree fndecl);

/* Callback of PLUGIN_ALL_IPA_PASSES_START: name all functions of the unit, before link-time optimisation makes the
   trees of all front ends alike.  */
void pgo_name_functions (void *, void *);

/* Base name of the file that declares FNDECL if it is not visible outside its unit, else NULL.  */
const char *pgo_decl_file (tree fndecl);

/* LOC seen from FNDECL, the function whose source it is.  */
struct pgo_location pgo_location_key (location_t loc, int discriminator, tree fndecl);

#endif
