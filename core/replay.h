/* A report's decisions, to be obeyed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_REPLAY_H
#define PGOINLINE_CORE_REPLAY_H

#include "core/inline-plan.h"
#include "core/status.h"

struct pgo_replay;

/* The decisions of the report at PATH, or, if PATH is a directory, of UNIT's report in it (pgo_unit_path).  NULL
   and STATUS if it cannot be read or two of its entries contradict each other.  */
struct pgo_replay *pgo_replay_open (const char *path, const char *unit, struct pgo_status *status);
void pgo_replay_close (struct pgo_replay *);

/* What is ordered for the call ID; PGO_ORDER_NONE if it is not named.  That it was asked for is noted.  */
enum pgo_call_order pgo_replay_find (struct pgo_replay *, const char *id);

/* The calls that something is to be done with and that were never asked for, I from 0, by id; NULL behind the
   last.  */
const char *pgo_replay_unknown (const struct pgo_replay *, uint32_t i);

#endif
