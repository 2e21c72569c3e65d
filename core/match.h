/* From a function as the compiler sees it and its profile to witnesses of block and edge counts.

   After early inlining a statement belongs to a *context*: the function itself, or a call that was inlined
   into it, perhaps in several steps.  The profile's instance tree of the function has the same shape, and
   a statement is looked up in the instance of its context by location.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_MATCH_H
#define PGOINLINE_CORE_MATCH_H

#include "core/flowgraph.h"
#include "core/profile.h"

/* Context 0 is the function.  Each other context is NAME inlined at AT of context PARENT, a smaller index.
   NAME and FILE as in struct pgo_instance.  MARK is the mark of the call, or 0; CHECKSUM that of NAME's CFG, which
   tells whether a profile's marks are still good, or 0 if it is not known.  */
struct pgo_context
{
  uint32_t parent;
  struct pgo_location at;
  const char *name, *file;
  uint32_t mark;
  uint64_t checksum;
};

enum pgo_statement_kind
{
  PGO_STATEMENT_PLAIN,
  PGO_STATEMENT_CALL,           /* A call that returns: its block is not left before it.  */
  PGO_STATEMENT_BRANCH          /* The condition, switch or computed jump that ends a block.  */
};

/* MARK is the block mark that the statement was given, or 0.  A statement may be listed several times, with
   all locations that its mark stands for.  CALLEE is the name of what a direct call calls, else NULL; CALLED what the profile
   has of it, wherever it ran, or NULL.  */
struct pgo_statement
{
  uint32_t block, context;
  struct pgo_location at;
  enum pgo_statement_kind kind;
  uint32_t mark;
  const char *callee;
  const struct pgo_instance *called;
};

/* All arrays belong to the caller.  EDGES as in struct pgo_flowgraph.  */
struct pgo_match_input
{
  uint32_t n_contexts, n_statements, n_blocks, n_edges;
  const struct pgo_context *contexts;
  const struct pgo_statement *statements;
  const struct pgo_flow_edge *edges;
};

/* How well it matched.  Weights are of the function's lines, those inlined into it included.  */
struct pgo_match_quality
{
  uint32_t statements, exact, without_column, without_discriminator, unmatched;
  uint32_t contexts, contexts_matched;
  /* Contexts whose source was edited since the profile was made, and statements that match all the same.  */
  uint32_t stale_contexts, stale;
  bool stale_limited;           /* One of them is too large to align.  */
  uint64_t weight, weight_matched;
};

struct pgo_match
{
  struct pgo_flow_evidence *evidence; /* To be freed with pgo_match_clear.  */
  uint32_t n_evidence;
  uint32_t n_witnesses;         /* Of them the profile's; those after are the static estimate's.  */
  double records_per_count;     /* Branch records that an execution stands for; 0 of other kinds of evidence.  */
  struct pgo_match_quality quality;
};

/* Look up INPUT in TREE, the function's merged instance (normalised).  *MATCH is overwritten.  */
void pgo_match_function (const struct pgo_instance *tree, const struct pgo_match_input *input,
                         struct pgo_match *match);
void pgo_match_clear (struct pgo_match *match);

/* The least clock samples of a profile that are heard.  With fewer the functions that have some are a matter of
   chance, and a unit of which some functions are annotated may be worse off than without: by 20 minigzip is 1.03
   and tcc 1.017 of -O2's instructions, by 500 .97 both.  */
#define PGO_CLOCK_SAMPLES_MIN 200

/* Whether the profile, which has CLOCK_SAMPLES of them, says enough of the function TREE to be heard.  Only clock
   samples may be too few.  */
bool pgo_match_worth_it (const struct pgo_instance *tree, uint64_t clock_samples);

/* Temper sampled evidence in MATCH, of a function with TREE and GRAPH (whose evidence is not read), by the static
   estimate: each block gets a further witness, its estimated frequency in the scale of the function's weights,
   which outvotes few samples and yields to many.  False if no sample fell on the function.  */
bool pgo_match_temper (struct pgo_match *match, const struct pgo_instance *tree, const struct pgo_flowgraph *graph);

/* NEVER[graph->n_blocks]: which blocks of the function may be called never executed on the word of branch records: no
   record says that they run, and so many say that it was possible to get there that some would.  COUNTS are those
   inferred from MATCH, which was tempered.  What other kinds of evidence do not say either way is false.  */
void pgo_match_never (const struct pgo_match *match, const struct pgo_flowgraph *graph,
                      const struct pgo_flow_counts *counts, bool *never);

#endif
