/* Promotion of indirect calls, on behalf of the pass that inlines.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_PASS_PROMOTE_H
#define PGOINLINE_PLUGIN_PASS_PROMOTE_H

/* Give each hot indirect call guarded direct calls of the targets that the profile knows.  */
void pgo_promote_calls (void);
/* Take back those that were not inlined.  */
void pgo_promote_finish (void);

#endif
