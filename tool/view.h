/* A profile or an index, opened to be looked at.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_VIEW_H
#define PGOINLINE_TOOL_VIEW_H

#include "core/source.h"

struct pgo_view
{
  const char *path;
  /* One of the two: the XML profile with its contexts, or the index.  */
  struct pgo_profile *profile;
  struct pgo_source *source;
  /* By name, file, keys, checksum; of an index those with all contexts added up.  */
  const struct pgo_instance **functions;
  uint32_t n_functions, n_origins;
  const struct pgo_origin *origins;
  const struct pgo_summary *summary;
  enum pgo_evidence kind;       /* As pgo_source_kind.  */
  char id[65];                  /* As pgo_source_id.  */
};

/* PATH must outlive the view.  NULL and STATUS on failure.  */
struct pgo_view *pgo_view_open (const char *path, struct pgo_status *status);
/* NULL is allowed.  */
void pgo_view_close (struct pgo_view *);

/* Make the functions of VIEW those with all contexts added up, as they are for an index.  */
void pgo_view_flatten (struct pgo_view *view);

/* The weight of FUNCTION's own lines, without what is inlined into it; 0 if FUNCTION is NULL.  */
uint64_t pgo_view_own_weight (const struct pgo_instance *function);

#endif
