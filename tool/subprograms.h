/* What functions of debug info are called in a profile.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SUBPROGRAMS_H
#define PGOINLINE_TOOL_SUBPROGRAMS_H

#include "core/pool.h"
#include "tool/marks.h"
#include "tool/symbolize.h"

struct subprograms;

/* POOL keeps the names, MARKS tells which functions were marked; both must outlive the result.  */
struct subprograms *subprograms_new (struct pgo_pool *pool, struct marks *marks);
void subprograms_free (struct subprograms *);

/* Note which classes and functions the functions of UNIT are declared in: of each unit, before subprogram_of is
   asked.  */
void subprograms_read_scopes (struct subprograms *, Dwarf_Die *unit);

/* The subprogram that DIE, or what it is an instance of, is.  NULL if it has no name.  It lives until the next one is
   asked for; its strings live as long as the pool.  */
const struct subprogram *subprogram_of (struct subprograms *, Dwarf_Die *die);

#endif
