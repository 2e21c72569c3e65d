/* A symbolized pprof as a profile: one whose locations have functions and lines, as Go's runtime/pprof and
   continuous profilers write them.

   The leaf of each stack counts, with what was inlined there; for the call above it, a call.  There are no columns
   (PGO_KEYS_LINE) and the evidence is time.  Where functions have no start line (before Go 1.20), the first of their
   lines that was seen stands for it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_SYMBOLIZED_H
#define PGOINLINE_CORE_SYMBOLIZED_H

#include "core/profile.h"

/* Whether PATH seems to be a pprof, plain or gzip'ed.  */
bool pgo_file_is_pprof (const char *path);

/* What a pprof holds: see pgo_symbolized_read.  */
struct pgo_symbolized
{
  struct pgo_profile *profile;  /* Normalised.  */
  uint64_t samples, unknown;    /* Clock samples; those of them whose leaf has no function.  */
};

/* Read the pprof PATH.  False and STATUS if it is none, or nothing in it is symbolized.  PROFILE is the caller's
   then.  */
bool pgo_symbolized_read (const char *path, struct pgo_symbolized *symbolized, struct pgo_status *status);

#endif
