/* A profile as the compiler sees it: function by function, each the sum over all contexts.

   The tree of a function F holds what F's own body did wherever it ran: the out-of-line code and every
   inlined copy of F in any caller, added up; below it, likewise, each callee that was inlined into F,
   with the counts of that context.  An XML profile is read whole; an index is mapped and decoded a
   function at a time, so its cost does not depend on its size.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_SOURCE_H
#define PGOINLINE_CORE_SOURCE_H

#include "core/profile.h"

struct pgo_source;

/* Open an XML profile or an index, told apart by content.  NULL and STATUS on failure.  */
struct pgo_source *pgo_source_open (const char *path, struct pgo_status *status);
void pgo_source_close (struct pgo_source *);

const struct pgo_summary *pgo_source_summary (const struct pgo_source *);
/* Greatest evidence kind of the origins.  */
enum pgo_evidence pgo_source_kind (const struct pgo_source *);
/* SHA-256 of the file's bytes, lower-case hexadecimal; NULL and STATUS if it cannot be read.  */
const char *pgo_source_id (struct pgo_source *, struct pgo_status *status);

/* The merged tree of a function, or NULL if the profile has none (STATUS is untouched then) or the
   index is damaged there (STATUS is filled).  NAME and FILE as in pgo_profile_find.  Valid until close.  */
const struct pgo_instance *pgo_source_find (struct pgo_source *, const char *name, const char *file,
                                            struct pgo_status *status);

/* Build in TARGET the merged tree of every function of PROFILE (both normalised afterwards).  */
void pgo_flatten (const struct pgo_profile *profile, struct pgo_profile *target);

#endif
