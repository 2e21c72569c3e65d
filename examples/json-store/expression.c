/* Compiling expressions: names to slots, operators to evaluators, constants folded.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "expression.h"

#include "evaluate.h"

#include <string.h>

/* Most aggregates of one statement.  */
#define USES_MAX LIST_MAX

static struct expression *
new_expression (struct naming *naming, evaluator *how, unsigned n_children)
{
  struct expression *expression = arena_zero (naming->arena, sizeof *expression);
  expression->evaluate = how;
  expression->n_children = n_children;
  if (n_children)
    expression->children = arena_zero (naming->arena, n_children * sizeof *expression->children);
  return expression;
}

static bool
is_constant (const struct expression *expression)
{
  return expression->evaluate == evaluate_constant;
}

int
path_source (const struct statement *statement, const struct path *path, struct path *rest)
{
  *rest = *path;
  for (unsigned i = 0; i < statement->n_sources; i++)
    if (statement->sources[i].alias == path->steps[0].name)
      {
        rest->steps++;
        rest->count--;
        return i;
      }
  return statement->n_sources == 1 ? 0 : -1;
}

static bool
unknown_name (const struct atoms *atoms, const struct path *path, struct error *error)
{
  return fail (error, "which source is `%.60s' of?", atoms_bytes (atoms, path->steps[0].name, NULL));
}

static struct expression *
compile_path (struct naming *naming, const struct syntax *syntax)
{
  for (unsigned i = naming->n_variables; i-- > 0;)
    if (naming->variables[i] == syntax->path.steps[0].name)
      {
        bool whole = syntax->path.count == 1;
        struct expression *expression
          = new_expression (naming, whole ? evaluate_variable : evaluate_variable_path, 0);
        expression->slot = i;
        expression->path = (struct path) { syntax->path.steps + 1, syntax->path.count - 1 };
        return expression;
      }

  struct path rest;
  int source = path_source (naming->statement, &syntax->path, &rest);
  if (source < 0 || (unsigned) source >= naming->n_sources)
    return unknown_name (naming->atoms, &syntax->path, naming->error), NULL;
  if (naming->grouped)
    {
      const char *name = atoms_bytes (naming->atoms, syntax->path.steps[0].name, NULL);
      return fail (naming->error, "`%.60s' is neither grouped by nor in an aggregate", name), NULL;
    }
  evaluator *how = !rest.count ? evaluate_slot : evaluate_path;
  if (rest.count == 1 && rest.steps[0].name)
    how = evaluate_member;
  struct expression *expression = new_expression (naming, how, 0);
  expression->slot = source;
  expression->path = rest;
  return expression;
}

/* A slot for the aggregate: the one it has already, or a new one.  */
static struct expression *
compile_aggregate (struct naming *naming, const struct syntax *syntax, const struct aggregate *aggregate)
{
  if (!naming->grouped)
    return fail (naming->error, "`%s' is not allowed here", aggregate->name), NULL;
  if (syntax->n_children > 1 || (aggregate->needs_argument && !syntax->n_children))
    return fail (naming->error, "`%s' takes one argument", aggregate->name), NULL;
  struct expression *expression = new_expression (naming, evaluate_slot, 0);
  unsigned use = 0;
  while (use < naming->n_uses && !syntax_equal (naming->uses[use].syntax, syntax))
    use++;
  expression->slot = naming->statement->n_group + use;
  if (use < naming->n_uses)
    return expression;

  if (naming->n_uses == USES_MAX)
    return fail (naming->error, "more than %d aggregates", USES_MAX), NULL;
  if (!naming->uses)
    naming->uses = arena_zero (naming->arena, USES_MAX * sizeof *naming->uses);
  struct naming inner = *naming;        /* The argument is about single rows.  */
  inner.grouped = false;
  inner.n_variables = 0;
  struct expression *argument = NULL;
  if (syntax->n_children && !(argument = expression_compile (&inner, syntax->children[0])))
    return NULL;
  naming->uses[naming->n_uses++] = (struct aggregate_use) { syntax, aggregate, argument };
  return expression;
}

/* Compile the children; false on error.  */
static bool
compile_children (struct naming *naming, const struct syntax *syntax, struct expression *expression)
{
  for (unsigned i = 0; i < syntax->n_children; i++)
    {
      expression->children[i] = expression_compile (naming, syntax->children[i]);
      if (!expression->children[i])
        return false;
    }
  return true;
}

/* What depends on constants alone is evaluated now.  */
static struct expression *
fold_constant (struct naming *naming, struct expression *expression)
{
  for (unsigned i = 0; i < expression->n_children; i++)
    if (!is_constant (expression->children[i]))
      return expression;
  struct frame frame = { .arena = naming->arena };
  struct expression *folded = new_expression (naming, evaluate_constant, 0);
  folded->constant = evaluate (expression, &frame);
  return folded;
}

static struct expression *
compile_call (struct naming *naming, const struct syntax *syntax)
{
  const char *name = atoms_bytes (naming->atoms, syntax->name, NULL);
  const struct aggregate *aggregate = aggregate_find (name);
  if (aggregate)
    return compile_aggregate (naming, syntax, aggregate);
  const struct scalar *scalar = scalar_find (name);
  if (!scalar)
    return fail (naming->error, "no function `%.60s'", name), NULL;
  if (syntax->n_children < scalar->least || syntax->n_children > scalar->most)
    return fail (naming->error, "wrong number of arguments of `%s'", name), NULL;
  struct expression *expression = new_expression (naming, evaluate_call, syntax->n_children);
  expression->call = scalar->call;
  return compile_children (naming, syntax, expression) ? fold_constant (naming, expression) : NULL;
}

static struct expression *
compile_fold (struct naming *naming, const struct syntax *syntax)
{
  evaluator *how = syntax->kind == SYNTAX_ANY ? evaluate_any
                   : syntax->kind == SYNTAX_ALL ? evaluate_all : evaluate_total;
  struct expression *expression = new_expression (naming, how, 2);
  expression->slot = naming->n_variables;
  expression->children[0] = expression_compile (naming, syntax->children[0]);
  if (!expression->children[0])
    return NULL;
  if (naming->n_variables == VARIABLES_MAX)
    return fail (naming->error, "more than %d items at a time", VARIABLES_MAX), NULL;
  naming->variables[naming->n_variables++] = syntax->name;
  expression->children[1] = expression_compile (naming, syntax->children[1]);
  naming->n_variables--;
  return expression->children[1] ? expression : NULL;
}

/* The fastest comparator for values that are comparable with CONSTANT.  */
static value_comparator *
comparator_for (struct value constant)
{
  if (value_is_number (constant))
    return value_compare_numbers;
  return constant.type == VALUE_STRING ? value_compare_strings : value_compare;
}

static struct expression *
compile_operator (struct naming *naming, const struct syntax *syntax)
{
  /* ACCEPT is as in struct expression.  */
  static const struct
  {
    evaluator *how;
    unsigned accept;
  } operators[] =
  {
    [SYNTAX_LIST] = { evaluate_list, 0 },
    [SYNTAX_NOT] = { evaluate_not, 0 },
    [SYNTAX_NEGATE] = { evaluate_negate, 0 },
    [SYNTAX_OR] = { evaluate_or, 0 },
    [SYNTAX_AND] = { evaluate_and, 0 },
    [SYNTAX_EQUAL] = { evaluate_equal, 2 },
    [SYNTAX_UNEQUAL] = { evaluate_equal, 5 },
    [SYNTAX_LESS] = { evaluate_ordered, 1 },
    [SYNTAX_LESS_EQUAL] = { evaluate_ordered, 3 },
    [SYNTAX_GREATER] = { evaluate_ordered, 4 },
    [SYNTAX_GREATER_EQUAL] = { evaluate_ordered, 6 },
    [SYNTAX_IN] = { evaluate_in, 0 },
    [SYNTAX_LIKE] = { evaluate_like, 0 },
    [SYNTAX_CONCATENATE] = { evaluate_concatenate, 0 },
    [SYNTAX_ADD] = { evaluate_add, 0 },
    [SYNTAX_SUBTRACT] = { evaluate_subtract, 0 },
    [SYNTAX_MULTIPLY] = { evaluate_multiply, 0 },
    [SYNTAX_DIVIDE] = { evaluate_divide, 0 },
    [SYNTAX_REMAINDER] = { evaluate_remainder, 0 },
  };
  struct expression *expression = new_expression (naming, operators[syntax->kind].how, syntax->n_children);
  expression->accept = operators[syntax->kind].accept;
  if (!compile_children (naming, syntax, expression))
    return NULL;
  struct expression *folded = fold_constant (naming, expression);
  if (folded != expression || syntax->n_children != 2 || !is_constant (expression->children[1]))
    return folded;

  /* A constant on the right, as most comparisons have, allows a shorter way.  */
  struct value constant = expression->children[1]->constant;
  if (expression->evaluate == evaluate_ordered)
    {
      expression->evaluate = evaluate_ordered_constant;
      expression->constant = constant;
      expression->compare = comparator_for (constant);
    }
  else if (expression->evaluate == evaluate_like && constant.type == VALUE_STRING)
    {
      expression->evaluate = evaluate_like_constant;
      expression->match = matcher_for (&constant);
      expression->constant = constant;
    }
  return expression;
}

struct expression *
expression_compile (struct naming *naming, const struct syntax *syntax)
{
  if (naming->grouped)
    for (unsigned i = 0; i < naming->statement->n_group; i++)
      if (syntax_equal (naming->statement->group[i], syntax))
        {
          struct expression *key = new_expression (naming, evaluate_slot, 0);
          key->slot = i;
          return key;
        }
  switch (syntax->kind)
    {
    case SYNTAX_CONSTANT:
      {
        struct expression *constant = new_expression (naming, evaluate_constant, 0);
        constant->constant = syntax->constant;
        return constant;
      }
    case SYNTAX_PATH:
      return compile_path (naming, syntax);
    case SYNTAX_CALL:
      return compile_call (naming, syntax);
    case SYNTAX_ANY:
    case SYNTAX_ALL:
    case SYNTAX_TOTAL:
      return compile_fold (naming, syntax);
    default:
      return compile_operator (naming, syntax);
    }
}

bool
syntax_has_aggregate (const struct syntax *syntax, const struct atoms *atoms)
{
  if (syntax->kind == SYNTAX_CALL && aggregate_find (atoms_bytes (atoms, syntax->name, NULL)))
    return true;
  for (unsigned i = 0; i < syntax->n_children; i++)
    if (syntax_has_aggregate (syntax->children[i], atoms))
      return true;
  return false;
}

/* The same below folds over VARIABLES.  */
static bool
sources_below (const struct statement *statement, const struct syntax *syntax, const struct atoms *atoms,
               atom *variables, unsigned n_variables, unsigned *sources, struct error *error)
{
  if (syntax->kind == SYNTAX_PATH)
    {
      for (unsigned i = 0; i < n_variables; i++)
        if (variables[i] == syntax->path.steps[0].name)
          return true;
      struct path rest;
      int source = path_source (statement, &syntax->path, &rest);
      if (source < 0)
        return unknown_name (atoms, &syntax->path, error);
      *sources |= 1u << source;
      return true;
    }
  bool fold = syntax->kind == SYNTAX_ANY || syntax->kind == SYNTAX_ALL || syntax->kind == SYNTAX_TOTAL;
  if (fold && n_variables == VARIABLES_MAX)
    return fail (error, "more than %d items at a time", VARIABLES_MAX);
  for (unsigned i = 0; i < syntax->n_children; i++)
    {
      if (fold && i == 1)
        variables[n_variables++] = syntax->name;
      if (!sources_below (statement, syntax->children[i], atoms, variables, n_variables, sources, error))
        return false;
    }
  return true;
}

bool
syntax_sources (const struct statement *statement, const struct syntax *syntax, const struct atoms *atoms,
                unsigned *sources, struct error *error)
{
  atom variables[VARIABLES_MAX];
  *sources = 0;
  return sources_below (statement, syntax, atoms, variables, 0, sources, error);
}
