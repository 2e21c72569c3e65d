/* Which function of the profile a function of the unit is: by name, or, if it has another name by now, by what it does.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_RENAMED_H
#define PGOINLINE_PLUGIN_RENAMED_H

#include "plugin/core.h"

/* Find the functions of the unit that the profile has under another name.  To be called once, before functions are
   matched; until then, and without a profile, none is.  Returns how many there are.  */
unsigned pgo_find_renamed (void);

/* FNDECL's merged tree, NULL if the profile has none.  A damaged index is an error of the compilation.  */
const struct pgo_instance *pgo_find_function (tree fndecl);

/* The name by which the profile knows FNDECL: that of pgo_decl_name, or the one it had.  */
const char *pgo_profile_name (tree fndecl);

/* The function that FNDECL is taken for, NULL if it is known by its own name or not at all.  */
const struct pgo_instance *pgo_renamed_function (tree fndecl);

#endif
