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

/* Open an XML profile, an index, or a symbolized pprof (core/symbolized.h), told apart by content.  NULL and STATUS on failure.  An index stays
   mapped until close: it is to be replaced by renaming (as pgo_index_write does), never written over.  */
struct pgo_source *pgo_source_open (const char *path, struct pgo_status *status);
void pgo_source_close (struct pgo_source *);

const struct pgo_summary *pgo_source_summary (const struct pgo_source *);
/* *N origins.  */
const struct pgo_origin *pgo_source_origins (const struct pgo_source *, uint32_t *n);
/* Clock samples that it was made of; UINT64_MAX if there are no origins that could tell.  */
uint64_t pgo_source_clock_samples (const struct pgo_source *);
/* Whether any code that the profile is of was marked.  */
bool pgo_source_marked (const struct pgo_source *);
/* Greatest evidence kind of the origins, or of the functions if there are no origins.  */
enum pgo_evidence pgo_source_kind (const struct pgo_source *);
/* Lower-case hexadecimal SHA-256: of the file's bytes; for an index that of the canonical text of the
   profile it was made from.  So a profile that pgoinline has written and its index have the same id.  NULL
   and STATUS if there is none.  */
const char *pgo_source_id (struct pgo_source *, struct pgo_status *status);
/* Whether it was opened from an index.  */
bool pgo_source_is_index (const struct pgo_source *);
/* Read all of it: that every tree can be decoded, that an index is the bytes that were written.  */
bool pgo_source_verify (struct pgo_source *, struct pgo_status *status);

/* The merged tree of a function, or NULL if the profile has none (STATUS is untouched then) or the
   index is damaged there (STATUS is filled).  NAME and FILE as in pgo_profile_find.  Valid until close.  */
const struct pgo_instance *pgo_source_find (struct pgo_source *, const char *name, const char *file,
                                            struct pgo_status *status);

/* The functions one by one: I from 0 to below the number of them, by name, file, keys, checksum.  NULL and
   STATUS if the index is damaged there.  Valid until close.  */
uint32_t pgo_source_n_functions (const struct pgo_source *);
/* Name and file (or NULL) alone, which is cheap; false if the index is damaged there.  */
bool pgo_source_name_at (const struct pgo_source *, uint32_t i, const char **name, const char **file);
const struct pgo_instance *pgo_source_at (struct pgo_source *, uint32_t i, struct pgo_status *status);

/* Build in TARGET, a new profile, the merged tree of every function of PROFILE, which is normalised as TARGET
   then is.  Origins and summary are PROFILE's.  */
void pgo_flatten (const struct pgo_profile *profile, struct pgo_profile *target);

#endif
