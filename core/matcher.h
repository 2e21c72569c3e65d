/* What core/match.c and core/match-branches.c share.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_MATCHER_H
#define PGOINLINE_CORE_MATCHER_H

#include "core/match.h"

struct pgo_stale_map;

/* How an instance is looked up: by source location, by mark or, when it has no columns or its marks are of a CFG
   that has changed since, by line alone.  */
enum pgo_lookup_by { PGO_BY_SOURCE, PGO_BY_MARK, PGO_BY_LINE };

/* How much of a source location has to agree.  Statements for which the profile has nothing are looked up again with
   less: optimisers drop the discriminators of blocks that they copy or merge, and columns differ by the compiler's
   version.  */
enum pgo_agreement { PGO_AGREE_ALL, PGO_AGREE_COLUMN, PGO_AGREE_LINE };

/* A statement with what it was looked up by; sorted so that equal locations stand together.  */
struct pgo_lookup
{
  uint32_t context, block;
  struct pgo_location at;
  enum pgo_statement_kind kind;
  /* Of a call, its callee: its name, or NULL; where it was inlined when it was profiled, and wherever it ran; or NULL.  */
  const char *callee;
  const struct pgo_instance *inlined, *called;
};

struct pgo_matcher
{
  const struct pgo_match_input *input;
  const struct pgo_instance **instances; /* By context; NULL: not in the profile.  */
  enum pgo_lookup_by *by;       /* By context.  */
  struct pgo_stale_map **stale; /* By context; NULL: not edited since.  */
  struct pgo_lookup *lookups;
  uint32_t n_lookups;
  struct pgo_match *match;
  uint32_t room;
};

/* Trust in a witness, in thousandths, for exact evidence: UNDER against a smaller count, OVER against a greater one.  */
struct pgo_trust
{
  uint32_t under, over;
};

/* What is said of one block or edge.  */
struct pgo_testimony
{
  bool is_edge;
  uint32_t index;
  uint64_t value, samples;
  enum pgo_evidence kind;
};

/* Add the witnesses that a testimony amounts to, trusted as the number of its samples allows.  */
void pgo_matcher_add (struct pgo_matcher *, const struct pgo_testimony *, struct pgo_trust);

/* AT, of context CONTEXT, as the context's instance knows it.  MARK: its block mark, or 0.  */
struct pgo_location pgo_matcher_known_as (const struct pgo_matcher *, uint32_t context, struct pgo_location at,
                                          uint32_t mark);

/* Whether the profile can't tell the blocks at AT of CONTEXT apart: it has no discriminator there.  GCC gives the blocks of a
   location discriminators, and drops them where it makes new blocks.  */
bool pgo_matcher_any_discriminator (const struct pgo_matcher *, uint32_t context, struct pgo_location at);

/* Whether the source of CONTEXT was edited since it was profiled.  */
bool pgo_matcher_edited (const struct pgo_matcher *, uint32_t context);

/* AT, as far as AGREE goes.  */
static inline struct pgo_location
pgo_agreed (struct pgo_location at, enum pgo_agreement agree)
{
  return (struct pgo_location) { at.line, agree == PGO_AGREE_LINE ? 0 : at.column,
                                 agree == PGO_AGREE_ALL ? at.discriminator : 0 };
}

/* Witnesses of edges, from the instances' branches.  */
void pgo_matcher_add_branches (struct pgo_matcher *);

#endif
