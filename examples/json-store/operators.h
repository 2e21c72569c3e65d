/* Operators: the stages that rows pass through, each asking the one below it for the next row.

   A row is an array of values, by slot.  Up to grouping, slot I is the document of source I; after it,
   the keys come first, then the aggregates.  A row is good until its operator is asked for the next.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_OPERATORS_H
#define JSON_STORE_OPERATORS_H

#include "collection.h"
#include "expression.h"

/* What is common to the operators of one statement.  */
struct execution
{
  struct arena *arena;
  struct atoms *atoms;
  struct frame frame;
  struct value *sources;        /* The row of documents, which scans and joins fill.  */
  uint32_t document;            /* Number of the first source's current document.  */
  uint64_t examined;            /* Documents looked at.  */
};

struct operator
{
  /* The next row, NULL after the last.  */
  const struct value *(*next) (struct operator *);
  /* What the operator does, for `explain'.  */
  void (*describe) (const struct operator *, struct text *);
  struct operator *below;       /* NULL: this is the first.  */
  struct execution *execution;
};

/* One end of an index range: none if it is not GIVEN.  */
struct bound
{
  bool given, exclusive;
  struct value value;
};

struct sort_key
{
  struct expression *value;
  value_comparator *compare;
  bool descending;
};

/* All documents of a collection, by number.  */
struct operator *operator_scan (struct execution *, const struct collection *);
/* The documents that INDEX has from LOW to HIGH, which must be values it can have, in its order or the
   reverse.  */
struct operator *operator_index_scan (struct execution *, const struct collection *, const struct index *,
                                      struct bound low, struct bound high, bool descending);
/* The rows of BELOW for which CONDITION is true.  */
struct operator *operator_filter (struct operator *below, struct expression *condition);
/* The rows of BELOW, each with every document of COLLECTION, in SLOT, for which RIGHT equals LEFT.  With
   an INDEX, on what RIGHT is, that is asked; otherwise a hash table is made first.  */
struct operator *operator_join (struct operator *below, const struct collection *, unsigned slot,
                                struct expression *left, struct expression *right, const struct index *);
/* One row a group, in the order in which the groups were met.  Without keys, there is one group.  */
struct operator *operator_group (struct operator *below, struct expression **keys, unsigned n_keys,
                                 const struct aggregate_use *, unsigned n_uses);
/* The rows of BELOW, of N_SLOTS values, in order; those that are equal as they came.  No more than MOST.  */
struct operator *operator_sort (struct operator *below, unsigned n_slots, const struct sort_key *,
                                unsigned n_keys, uint64_t most);
/* The rows of BELOW without the first SKIP, and no more than MOST.  */
struct operator *operator_limit (struct operator *below, uint64_t skip, uint64_t most);

#endif
