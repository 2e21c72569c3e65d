/* From a statement to the operators that carry it out.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_PLAN_H
#define JSON_STORE_PLAN_H

#include "operators.h"
#include "store.h"

struct plan
{
  struct execution *execution;
  struct operator *last;        /* Where rows come out.  */
  struct collection *target;    /* The first source.  */
  struct expression **select;   /* By select_item; made for all but whole documents.  */
  struct expression **set;      /* By assignment.  */
};

/* Plan STATEMENT; everything is made in ARENA.  False with ERROR if a collection or a name is not known.

   An index of the first source is used if a condition compares what it is on with a constant: best one
   value of a unique index, then one value, then a range with two ends, then with one.  Conditions are
   tested as soon as the sources that they speak of are there.  The order of an index saves a sort.  */
bool plan_statement (const struct store *, struct statement *, struct arena *, struct plan *, struct error *);
/* Append what the plan does, a line an operator, the first first.  */
void plan_describe (const struct plan *, struct text *);

#endif
