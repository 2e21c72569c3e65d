/* Names of calls that stay the same from build to build, wherever the source lies.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_CALL_ID_H
#define PGOINLINE_PLUGIN_CALL_ID_H

#include "plugin/call-view.h"

/* The function of the unit that NODE, which stands out of line, is: its name as in a profile; of a copy that GCC
   made of it the assembler name, which tells them apart.  */
const char *pgo_call_root_name (cgraph_node *node);

/* The ids of the calls of VIEW, each in memory of its own (pgo_free).  An id is the name of the function that
   stands out of line, then, from the outside in, " > LINE:COLUMN CALLEE" of each call that was inlined around
   the call and of itself; the numbers are as in a profile.  The second call with the same id has "#2" added, and
   so on.  */
void pgo_call_ids (const struct pgo_call_view *view, auto_vec<char *> *ids);

#endif
