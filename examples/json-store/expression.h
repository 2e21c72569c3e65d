/* Expressions made ready to run: trees of closures.

   Every node has a function that evaluates it; which function, is settled when the expression is
   compiled: by operator, and again where operands are of a kind that allows a shorter way.

   Comparisons: = and != hold or not between any two values; < <= > >= hold only between two numbers, two
   strings or two booleans.  A missing member equals null.  Arithmetic on anything but numbers is null.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_EXPRESSION_H
#define JSON_STORE_EXPRESSION_H

#include "syntax.h"

/* Folds (any, all, total) within each other.  */
#define VARIABLES_MAX 4

/* What an expression is evaluated on.  */
struct frame
{
  const struct value *row;      /* By slot.  */
  struct value variables[VARIABLES_MAX]; /* The items that folds are at.  */
  struct arena *arena;          /* For strings and arrays made on the way.  */
};

struct expression;
typedef struct value evaluator (struct expression *, struct frame *);
typedef struct value function (struct value *arguments, unsigned count, struct frame *);
typedef bool matcher (struct value text, struct value pattern);

struct expression
{
  evaluator *evaluate;
  struct expression **children;
  unsigned n_children;
  unsigned slot;                /* Of the row, or the variable.  */
  struct path path;             /* Below the slot.  */
  struct value constant;        /* A constant; the pattern of `like'.  */
  value_comparator *compare;
  unsigned accept;              /* Comparison: bit 0 less, bit 1 equal, bit 2 greater.  */
  function *call;
  matcher *match;
};

static inline struct value
evaluate (struct expression *expression, struct frame *frame)
{
  return expression->evaluate (expression, frame);
}

/* An aggregate function: what it does with the values of a group.  */
struct accumulator
{
  uint64_t count;
  int64_t integer;              /* Sum, as long as it is an integer.  */
  double real, lost;            /* Sum as a real, and what rounding lost of it.  */
  bool is_real;
  struct value extreme;
};
struct aggregate
{
  const char *name;
  bool needs_argument;
  void (*add) (struct accumulator *, struct value);
  struct value (*result) (const struct accumulator *);
};
/* The aggregate function of that name, NULL if there is none.  */
const struct aggregate *aggregate_find (const char *name);

/* A scalar function.  */
struct scalar
{
  const char *name;
  unsigned least, most;         /* Arguments.  */
  function *call;
};
/* The scalar function of that name, NULL if there is none.  */
const struct scalar *scalar_find (const char *name);

/* An aggregate that a grouped statement needs.  */
struct aggregate_use
{
  const struct syntax *syntax;
  const struct aggregate *aggregate;
  struct expression *argument;  /* NULL: count ().  */
};

/* What names mean where an expression stands.  */
struct naming
{
  const struct statement *statement;
  unsigned n_sources;           /* Those that may be named: slots 0 to N_SOURCES - 1.  */
  struct atoms *atoms;
  struct arena *arena;
  struct error *error;
  atom variables[VARIABLES_MAX];
  unsigned n_variables;
  /* After grouping: slots are the keys, then the aggregates, which compiling collects.  */
  bool grouped;
  struct aggregate_use *uses;
  unsigned n_uses;
};

/* Compile; NULL with the naming's ERROR set if a name or a call is wrong.  */
struct expression *expression_compile (struct naming *, const struct syntax *);
/* Does SYNTAX call an aggregate function?  */
bool syntax_has_aggregate (const struct syntax *, const struct atoms *);
/* The sources SYNTAX speaks of, bit I for source I.  False with ERROR if a name is unknown.  */
bool syntax_sources (const struct statement *, const struct syntax *, const struct atoms *, unsigned *sources,
                     struct error *);
/* The source that PATH begins with, and what is left of the path.  -1 if it is not clear.  */
int path_source (const struct statement *, const struct path *path, struct path *rest);
/* The matcher for a pattern of `like' (% any bytes, _ one byte); *PATTERN is cut to what it needs.  */
matcher *matcher_for (struct value *pattern);

#endif
