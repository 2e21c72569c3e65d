/* The planner.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plan.h"

#include <float.h>
#include <string.h>

/* Conditions joined by `and'.  */
#define CONDITIONS_MAX 64

struct condition
{
  const struct syntax *syntax;
  unsigned sources;             /* Those it speaks of, bit I for source I.  */
  bool used;                    /* By the index scan, or by a filter.  */
};

struct planner
{
  const struct store *store;
  struct statement *statement;
  struct plan *plan;
  struct arena *arena;
  struct error *error;
  struct collection *collections[SOURCES_MAX];
  struct condition conditions[CONDITIONS_MAX];
  unsigned n_conditions;
  struct naming naming;
  struct index *ordered_by;     /* Rows come in the order of this index of the first source; or NULL.  */
};

static bool
split_conditions (struct planner *planner, const struct syntax *syntax)
{
  if (syntax->kind == SYNTAX_AND)
    return (split_conditions (planner, syntax->children[0])
            && split_conditions (planner, syntax->children[1]));
  if (planner->n_conditions == CONDITIONS_MAX)
    return fail (planner->error, "more than %d conditions", CONDITIONS_MAX);
  struct condition *condition = &planner->conditions[planner->n_conditions++];
  condition->syntax = syntax;
  return syntax_sources (planner->statement, syntax, planner->store->atoms, &condition->sources,
                         planner->error);
}

/* The index on what SYNTAX says of source NUMBER; NULL if there is none.  */
static struct index *
index_on (const struct planner *planner, const struct syntax *syntax, unsigned number)
{
  struct path rest;
  if (syntax->kind != SYNTAX_PATH)
    return NULL;
  if (path_source (planner->statement, &syntax->path, &rest) != (int) number)
    return NULL;
  return collection_find_index (planner->collections[number], &rest);
}

/* --- Which part of which index.  */

/* What a condition has to say of an index.  */
struct restriction
{
  struct index *index;          /* NULL: nothing.  */
  enum syntax_kind operator;    /* Equal, less ..., with the index's path on the left.  */
  struct value constant;
};

static enum syntax_kind
mirrored (enum syntax_kind operator)
{
  switch (operator)
    {
    case SYNTAX_LESS:          return SYNTAX_GREATER;
    case SYNTAX_LESS_EQUAL:    return SYNTAX_GREATER_EQUAL;
    case SYNTAX_GREATER:       return SYNTAX_LESS;
    case SYNTAX_GREATER_EQUAL: return SYNTAX_LESS_EQUAL;
    default:                   return operator;
    }
}

static bool
negative_number (const struct syntax *syntax)
{
  return (syntax->kind == SYNTAX_NEGATE && syntax->children[0]->kind == SYNTAX_CONSTANT
          && value_is_number (syntax->children[0]->constant));
}

/* Constants, and negative ones, which are written with an operator.  */
static bool
constant_of (const struct syntax *syntax, struct value *constant)
{
  if (negative_number (syntax))
    {
      struct value number = syntax->children[0]->constant;
      *constant = number.type == VALUE_INTEGER ? value_integer (-number.integer) : value_real (-number.real);
      return true;
    }
  *constant = syntax->constant;
  return syntax->kind == SYNTAX_CONSTANT;
}

static struct restriction
restriction_of (const struct planner *planner, const struct syntax *syntax)
{
  struct restriction none = { 0 }, found = { .operator = syntax->kind };
  switch (syntax->kind)
    {
    case SYNTAX_EQUAL:
    case SYNTAX_LESS:
    case SYNTAX_LESS_EQUAL:
    case SYNTAX_GREATER:
    case SYNTAX_GREATER_EQUAL:
      break;
    default:
      return none;
    }
  const struct syntax *path = syntax->children[0];
  if (!constant_of (syntax->children[1], &found.constant))
    {
      path = syntax->children[1];
      found.operator = mirrored (syntax->kind);
      if (!constant_of (syntax->children[0], &found.constant))
        return none;
    }
  found.index = index_on (planner, path, 0);
  if (!found.index)
    return none;
  /* What is missing equals null, and is in no index.  */
  if (found.constant.type <= VALUE_NULL
      || (found.index->kind == INDEX_NUMBERS && !value_is_number (found.constant))
      || (found.index->kind == INDEX_STRINGS && found.constant.type != VALUE_STRING))
    return none;
  return found;
}

/* Make the range of values between LOW and HIGH narrower.  */
static void
restrict_range (struct restriction restriction, struct bound *low, struct bound *high)
{
  value_comparator *compare = restriction.index->tree.compare;
  struct bound bound = { true, false, restriction.constant };
  bound.exclusive = restriction.operator == SYNTAX_LESS || restriction.operator == SYNTAX_GREATER;
  bool equal = restriction.operator == SYNTAX_EQUAL;
  if (equal || restriction.operator == SYNTAX_GREATER || restriction.operator == SYNTAX_GREATER_EQUAL)
    {
      int order = low->given ? compare (bound.value, low->value) : 1;
      if (order > 0 || (order == 0 && bound.exclusive))
        *low = bound;
    }
  if (equal || restriction.operator == SYNTAX_LESS || restriction.operator == SYNTAX_LESS_EQUAL)
    {
      int order = high->given ? compare (bound.value, high->value) : -1;
      if (order < 0 || (order == 0 && bound.exclusive))
        *high = bound;
    }
}

/* Booleans 0, numbers 1, strings 2: comparisons hold within one of them.  */
static unsigned
class_of (struct value value)
{
  return value.type == VALUE_BOOLEAN ? 0 : value_is_number (value) ? 1 : 2;
}

/* The least value of the class that VALUE is of, or of the NEXT.  */
static struct value
least_of_class (struct value value, bool next)
{
  static const struct value least[] =
  {
    { .type = VALUE_BOOLEAN, .boolean = false },
    { .type = VALUE_REAL, .real = -DBL_MAX },
    { .type = VALUE_STRING, .bytes = "" },
    { .type = VALUE_ARRAY },
  };
  return least[class_of (value) + next];
}

/* < 5 holds for numbers only: shut the open end of a range in an index of values of all types.  */
static void
shut_range (const struct index *index, struct bound *low, struct bound *high)
{
  if (index->kind != INDEX_ANY || low->given == high->given)
    return;
  if (low->given)
    *high = (struct bound) { true, true, least_of_class (low->value, true) };
  else
    *low = (struct bound) { true, false, least_of_class (high->value, false) };
}

static bool
is_upper (struct restriction restriction)
{
  return restriction.operator == SYNTAX_LESS || restriction.operator == SYNTAX_LESS_EQUAL;
}

/* How good RESTRICTION is: 0 useless.  */
static unsigned
merit (const struct planner *planner, struct restriction restriction)
{
  if (!restriction.index)
    return 0;
  if (restriction.operator == SYNTAX_EQUAL)
    return restriction.index->unique ? 5 : 4;
  /* Another condition may shut the other end.  */
  for (unsigned i = 0; i < planner->n_conditions; i++)
    {
      struct restriction other = restriction_of (planner, planner->conditions[i].syntax);
      if (other.index == restriction.index && is_upper (other) != is_upper (restriction))
        return 2;
    }
  return 1;
}

/* `order by' may name a column of `select'.  */
static const struct syntax *
order_value (const struct statement *statement, const struct order_term *term)
{
  const struct syntax *value = term->value;
  if (value->kind == SYNTAX_PATH && value->path.count == 1)
    for (unsigned i = 0; i < statement->n_select; i++)
      if (statement->select[i].name == value->path.steps[0].name)
        return statement->select[i].value;
  return value;
}

/* Does the statement ask for the order of INDEX alone?  Then, in which direction.  */
static bool
wants_order (const struct planner *planner, const struct index *index, bool *descending)
{
  const struct statement *statement = planner->statement;
  if (statement->n_order != 1 || statement->n_group || statement->order[0].nocase)
    return false;
  *descending = statement->order[0].descending;
  return index_on (planner, order_value (statement, &statement->order[0]), 0) == index;
}

/* The first operator: documents of the first source.  */
static struct operator *
plan_first (struct planner *planner)
{
  struct execution *execution = planner->plan->execution;
  struct collection *collection = planner->collections[0];
  struct bound low = { 0 }, high = { 0 };
  struct restriction best = { 0 };
  unsigned best_merit = 0;
  bool descending = false;
  for (unsigned i = 0; i < planner->n_conditions; i++)
    {
      struct restriction restriction = restriction_of (planner, planner->conditions[i].syntax);
      unsigned own = merit (planner, restriction);
      if (own > best_merit)
        {
          best = restriction;
          best_merit = own;
        }
    }
  if (!best.index)
    {
      /* Without a condition, an index is of use if it has all documents in the order that is wanted.  */
      for (unsigned i = 0; i < collection->n_indexes; i++)
        if (collection->indexes[i].tree.count == collection->count
            && wants_order (planner, &collection->indexes[i], &descending) && !descending)
          {
            planner->ordered_by = &collection->indexes[i];
            return operator_index_scan (execution, collection, planner->ordered_by, low, high, false);
          }
      return operator_scan (execution, collection);
    }
  for (unsigned i = 0; i < planner->n_conditions; i++)
    {
      struct restriction restriction = restriction_of (planner, planner->conditions[i].syntax);
      if (restriction.index != best.index || class_of (restriction.constant) != class_of (best.constant))
        continue;
      restrict_range (restriction, &low, &high);
      planner->conditions[i].used = true;
    }
  shut_range (best.index, &low, &high);
  /* Backwards, documents with equal values would come in the wrong order: only a unique index may.  */
  if (wants_order (planner, best.index, &descending) && (!descending || best.index->unique))
    planner->ordered_by = best.index;
  else
    descending = false;
  return operator_index_scan (execution, collection, best.index, low, high, descending);
}

/* --- The stages after it.  */

/* Test the conditions that speak of no source beyond the first N_SOURCES.  */
static bool
plan_filters (struct planner *planner, unsigned n_sources, struct operator **last)
{
  planner->naming.n_sources = n_sources;
  for (unsigned i = 0; i < planner->n_conditions; i++)
    {
      struct condition *condition = &planner->conditions[i];
      if (condition->used || condition->sources >> n_sources)
        continue;
      struct expression *test = expression_compile (&planner->naming, condition->syntax);
      if (!test)
        return false;
      *last = operator_filter (*last, test);
      condition->used = true;
    }
  return true;
}

/* Join source NUMBER.  One side of its condition must speak of it alone, the other of those before.  */
static bool
plan_join (struct planner *planner, unsigned number, struct operator **last)
{
  struct source *source = &planner->statement->sources[number];
  struct syntax *left = source->on_left, *right = source->on_right;
  unsigned left_sources, right_sources, own = 1u << number;
  if (!syntax_sources (planner->statement, left, planner->store->atoms, &left_sources, planner->error)
      || !syntax_sources (planner->statement, right, planner->store->atoms, &right_sources, planner->error))
    return false;
  if (left_sources == own)
    {
      struct syntax *other = left;
      left = right;
      right = other;
      left_sources = right_sources;
      right_sources = own;
    }
  if (right_sources != own || left_sources & own)
    return fail (planner->error, "a join compares `%.*s' with a source before it", (int) source->length,
                 source->collection);

  planner->naming.n_sources = number;
  struct expression *left_key = expression_compile (&planner->naming, left);
  planner->naming.n_sources = number + 1;
  struct expression *right_key = left_key ? expression_compile (&planner->naming, right) : NULL;
  if (!right_key)
    return false;
  const struct index *index = index_on (planner, right, number);
  /* An index of numbers or strings may lack what = would find.  */
  if (index && index->kind != INDEX_ANY && index->tree.count != planner->collections[number]->count)
    index = NULL;
  *last = operator_join (*last, planner->collections[number], number, left_key, right_key, index);
  return true;
}

static bool
compile_all (struct planner *planner, unsigned count,
             const struct syntax *(*get) (struct statement *, unsigned), struct expression ***expressions)
{
  *expressions = arena_zero (planner->arena, count * sizeof **expressions);
  for (unsigned i = 0; i < count; i++)
    {
      (*expressions)[i] = expression_compile (&planner->naming, get (planner->statement, i));
      if (!(*expressions)[i])
        return false;
    }
  return true;
}

static const struct syntax *
group_key (struct statement *statement, unsigned i)
{
  return statement->group[i];
}

static const struct syntax *
select_value (struct statement *statement, unsigned i)
{
  return statement->select[i].value;
}

static const struct syntax *
set_value (struct statement *statement, unsigned i)
{
  return statement->set[i].value;
}

/* Is the statement about groups of rows?  */
static bool
is_grouped (const struct planner *planner)
{
  const struct statement *statement = planner->statement;
  const struct atoms *atoms = planner->store->atoms;
  if (statement->n_group || statement->having)
    return true;
  for (unsigned i = 0; i < statement->n_select; i++)
    if (syntax_has_aggregate (statement->select[i].value, atoms))
      return true;
  return false;
}

/* `select distinct' is a group by all columns.  */
static bool
distinct_to_group (struct planner *planner)
{
  struct statement *statement = planner->statement;
  if (!statement->distinct)
    return true;
  if (!statement->n_select)
    return fail (planner->error, "select distinct needs columns");
  if (is_grouped (planner))
    return fail (planner->error, "select distinct does not go with groups");
  statement->group = arena_alloc (planner->arena, statement->n_select * sizeof *statement->group);
  for (unsigned i = 0; i < statement->n_select; i++)
    statement->group[i] = statement->select[i].value;
  statement->n_group = statement->n_select;
  return true;
}

/* Grouping, `having', `select' and `order by': from rows of documents to rows of results.  */
static bool
plan_results (struct planner *planner, struct operator **last)
{
  struct statement *statement = planner->statement;
  struct naming *naming = &planner->naming;
  unsigned n_slots = statement->n_sources;
  struct expression **keys = NULL, *having = NULL;
  bool grouped = is_grouped (planner);
  if (grouped && !statement->n_select)
    return fail (planner->error, "groups need a select");
  if (grouped && !compile_all (planner, statement->n_group, group_key, &keys))
    return false;
  naming->grouped = grouped;

  /* All that may use aggregates is compiled before the operator that makes them.  */
  if (!compile_all (planner, statement->n_select, select_value, &planner->plan->select))
    return false;
  if (statement->having && !(having = expression_compile (naming, statement->having)))
    return false;
  struct sort_key *order = arena_zero (planner->arena, statement->n_order * sizeof *order);
  for (unsigned i = 0; i < statement->n_order; i++)
    {
      struct order_term *term = &statement->order[i];
      order[i].value = expression_compile (naming, order_value (statement, term));
      order[i].compare = term->nocase ? value_compare_nocase : value_compare;
      order[i].descending = term->descending;
      if (!order[i].value)
        return false;
    }

  if (grouped)
    {
      *last = operator_group (*last, keys, statement->n_group, naming->uses, naming->n_uses);
      n_slots = statement->n_group + naming->n_uses;
    }
  if (having)
    *last = operator_filter (*last, having);
  if (statement->n_order && !planner->ordered_by)
    {
      bool few = statement->limit <= UINT64_MAX - statement->offset;
      *last = operator_sort (*last, n_slots, order, statement->n_order,
                             few ? statement->limit + statement->offset : UINT64_MAX);
    }
  if (statement->offset || statement->limit != UINT64_MAX)
    *last = operator_limit (*last, statement->offset, statement->limit);
  return true;
}

static struct execution *
new_execution (struct planner *planner)
{
  struct execution *execution = arena_zero (planner->arena, sizeof *execution);
  execution->arena = planner->arena;
  execution->atoms = planner->store->atoms;
  execution->frame.arena = planner->arena;
  execution->sources = arena_zero (planner->arena, SOURCES_MAX * sizeof *execution->sources);
  return execution;
}

bool
plan_statement (const struct store *store, struct statement *statement, struct arena *arena,
                struct plan *plan, struct error *error)
{
  struct planner planner =
    { .store = store, .statement = statement, .plan = plan, .arena = arena, .error = error };
  for (unsigned i = 0; i < statement->n_sources; i++)
    {
      struct source *source = &statement->sources[i];
      planner.collections[i] = store_find (store, source->collection, source->length);
      if (!planner.collections[i])
        return fail (error, "no collection `%.*s'", (int) (source->length < 80 ? source->length : 80),
                     source->collection);
      for (unsigned j = 0; j < i; j++)
        if (statement->sources[j].alias == source->alias)
          return fail (error, "two sources have the same name");
    }
  planner.naming = (struct naming)
    { .statement = statement, .atoms = store->atoms, .arena = arena, .error = error };
  *plan = (struct plan) { .execution = new_execution (&planner), .target = planner.collections[0] };

  if (!distinct_to_group (&planner) || (statement->where && !split_conditions (&planner, statement->where)))
    return false;
  struct operator *last = plan_first (&planner);
  if (!plan_filters (&planner, 1, &last))
    return false;
  for (unsigned i = 1; i < statement->n_sources; i++)
    if (!plan_join (&planner, i, &last) || !plan_filters (&planner, i + 1, &last))
      return false;
  if (statement->kind == STATEMENT_UPDATE && !compile_all (&planner, statement->n_set, set_value, &plan->set))
    return false;
  if (statement->kind == STATEMENT_QUERY && !plan_results (&planner, &last))
    return false;
  plan->last = last;
  return true;
}

static void
describe_below (const struct operator *operator, struct text *text)
{
  if (operator->below)
    describe_below (operator->below, text);
  operator->describe (operator, text);
  text_byte (text, '\n');
}

void
plan_describe (const struct plan *plan, struct text *text)
{
  describe_below (plan->last, text);
}
