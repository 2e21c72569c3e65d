/* The anchors of a context's source and of its instance in the profile, and what alignment (core/stale.h) made of
   them: the location by which the profile knows a location of the source.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_ANCHORS_H
#define PGOINLINE_CORE_ANCHORS_H

#include "core/match.h"

/* The statements and the inlined calls of each context of an input, together.  */
struct pgo_anchor_index
{
  uint32_t *statements, *first_statement; /* Those of context C: from first[C] to before first[C + 1].  */
  uint32_t *contexts, *first_context;     /* Likewise, the contexts whose parent is C.  */
};

void pgo_anchor_index_make (struct pgo_anchor_index *index, const struct pgo_match_input *input);
void pgo_anchor_index_clear (struct pgo_anchor_index *index);

struct pgo_stale_map;

/* How INSTANCE's locations and those of context CONTEXT correspond, if it is not by being equal; else NULL.  BY_LINE:
   the profile's columns mean nothing.  *LIMITED is set if the function was edited, and is too large to tell.  */
struct pgo_stale_map *pgo_stale_map_make (const struct pgo_instance *instance, const struct pgo_match_input *input,
                                          const struct pgo_anchor_index *index, uint32_t context, bool by_line,
                                          bool *limited);
void pgo_stale_map_free (struct pgo_stale_map *map);

/* Whether MAP shows that the function was edited since the profile was made.  */
bool pgo_stale_map_edited (const struct pgo_stale_map *map);

/* How alike INSTANCE and context CONTEXT are (pgo_stale_likeness); *N_ANCHORS: of INSTANCE.  */
uint32_t pgo_anchors_likeness (const struct pgo_instance *instance, const struct pgo_match_input *input,
                               const struct pgo_anchor_index *index, uint32_t context, uint32_t *n_anchors);

/* The profile's location for AT of the source, with AT's discriminator; false if it has none.  */
bool pgo_stale_map_find (const struct pgo_stale_map *map, struct pgo_location at, struct pgo_location *found);

#endif
