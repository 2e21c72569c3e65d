/* The parser of statements: recursive descent, binary operators by precedence climbing.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "syntax.h"

#include "lexer.h"

#include <string.h>

struct parser
{
  struct lexer lexer;
  struct token token;           /* The current one.  */
  struct error *error;
  unsigned depth;
};

/* How strongly an operator binds; 0: not a binary operator.  */
static const struct
{
  uint8_t strength;
  uint8_t kind;                 /* enum syntax_kind */
} binary[TOKEN_KINDS] =
{
  [TOKEN_OR] = { 1, SYNTAX_OR },
  [TOKEN_AND] = { 2, SYNTAX_AND },
  [TOKEN_EQUAL] = { 4, SYNTAX_EQUAL },
  [TOKEN_UNEQUAL] = { 4, SYNTAX_UNEQUAL },
  [TOKEN_LESS] = { 4, SYNTAX_LESS },
  [TOKEN_LESS_EQUAL] = { 4, SYNTAX_LESS_EQUAL },
  [TOKEN_GREATER] = { 4, SYNTAX_GREATER },
  [TOKEN_GREATER_EQUAL] = { 4, SYNTAX_GREATER_EQUAL },
  [TOKEN_IN] = { 4, SYNTAX_IN },
  [TOKEN_LIKE] = { 4, SYNTAX_LIKE },
  [TOKEN_CONCATENATE] = { 5, SYNTAX_CONCATENATE },
  [TOKEN_PLUS] = { 6, SYNTAX_ADD },
  [TOKEN_MINUS] = { 6, SYNTAX_SUBTRACT },
  [TOKEN_STAR] = { 7, SYNTAX_MULTIPLY },
  [TOKEN_SLASH] = { 7, SYNTAX_DIVIDE },
  [TOKEN_PERCENT] = { 7, SYNTAX_REMAINDER },
};

#define STRENGTH_ANY 1
#define STRENGTH_NOT 3
#define STRENGTH_UNARY 8

static struct syntax *parse_expression (struct parser *, unsigned strength);

static bool
advance (struct parser *parser)
{
  return lexer_next (&parser->lexer, &parser->token, parser->error);
}

static bool
unexpected (struct parser *parser, const char *wanted)
{
  return fail (parser->error, "expected %s, not %s, at byte %td", wanted,
               token_kind_name (parser->token.kind), parser->token.text - parser->lexer.start + 1);
}

/* Pass a token of KIND.  */
static bool
expect (struct parser *parser, enum token_kind kind)
{
  return parser->token.kind == kind ? advance (parser) : unexpected (parser, token_kind_name (kind));
}

/* Pass a token of KIND if it is the current one.  *OK is cleared on error.  */
static bool
accept (struct parser *parser, enum token_kind kind, bool *ok)
{
  if (!*ok || parser->token.kind != kind)
    return false;
  *ok = advance (parser);
  return *ok;
}

static atom
intern_token (struct parser *parser)
{
  return atoms_intern (parser->lexer.atoms, parser->token.text, parser->token.length);
}

/* A name.  */
static bool
parse_name (struct parser *parser, atom *name)
{
  if (parser->token.kind != TOKEN_NAME)
    return unexpected (parser, "a name");
  *name = intern_token (parser);
  return advance (parser);
}

static struct syntax *
new_syntax (struct parser *parser, enum syntax_kind kind, const char *text, unsigned n_children)
{
  struct syntax *syntax = arena_zero (parser->lexer.arena, sizeof *syntax);
  syntax->kind = kind;
  syntax->text = text;
  syntax->n_children = n_children;
  if (n_children)
    syntax->children = arena_zero (parser->lexer.arena, n_children * sizeof *syntax->children);
  return syntax;
}

/* After an opening bracket: one integer and the closing one.  */
static bool
parse_item_step (struct parser *parser, struct path_step *step)
{
  bool ok = true, negative = accept (parser, TOKEN_MINUS, &ok);
  struct value item = parser->token.constant;
  if (!ok)
    return false;
  if (parser->token.kind != TOKEN_CONSTANT || item.type != VALUE_INTEGER || item.integer > INT32_MAX)
    return unexpected (parser, "an item's number");
  step->name = ATOM_NONE;
  step->item = negative ? -(int32_t) item.integer : (int32_t) item.integer;
  return advance (parser) && expect (parser, TOKEN_CLOSE_LIST);
}

/* The steps of a path, from its first name.  Keywords are names after a dot.  */
static bool
parse_path (struct parser *parser, struct path *path)
{
  struct path_step steps[PATH_STEPS_MAX] = { 0 };
  if (!parse_name (parser, &steps[0].name))
    return false;
  unsigned count = 1;
  for (bool ok = true;;)
    {
      bool dot = accept (parser, TOKEN_DOT, &ok), bracket = !dot && accept (parser, TOKEN_OPEN_LIST, &ok);
      if (!ok)
        return false;
      if (!dot && !bracket)
        break;
      if (count == PATH_STEPS_MAX)
        return fail (parser->error, "path with more than %d steps", PATH_STEPS_MAX);
      struct path_step *step = &steps[count++];
      if (bracket && !parse_item_step (parser, step))
        return false;
      if (!dot)
        continue;
      if (parser->token.kind != TOKEN_NAME && parser->token.kind < TOKEN_AND)
        return unexpected (parser, "a name");
      step->name = intern_token (parser);
      if (!advance (parser))
        return false;
    }
  path->count = count;
  path->steps = arena_alloc (parser->lexer.arena, count * sizeof *path->steps);
  memcpy (path->steps, steps, count * sizeof *path->steps);
  return true;
}

/* Expressions, with commas between, up to CLOSE, which is passed.  */
static bool
parse_list (struct parser *parser, enum token_kind close, struct syntax *parent)
{
  struct syntax *items[LIST_MAX];
  unsigned count = 0;
  bool ok = true;
  if (parser->token.kind != close)
    do
      {
        if (count == LIST_MAX)
          return fail (parser->error, "list with more than %d items", LIST_MAX);
        items[count] = parse_expression (parser, STRENGTH_ANY);
        if (!items[count++])
          return false;
      }
    while (accept (parser, TOKEN_COMMA, &ok));
  if (!ok || !expect (parser, close))
    return false;
  parent->n_children = count;
  parent->children = arena_alloc (parser->lexer.arena, count * sizeof *items);
  if (count)
    memcpy (parent->children, items, count * sizeof *items);
  return true;
}

/* What any, all and total are; SYNTAX_CALL for any other name.  */
static enum syntax_kind
fold_kind (const struct parser *parser, atom name)
{
  const char *bytes = atoms_bytes (parser->lexer.atoms, name, NULL);
  if (!strcmp (bytes, "any"))
    return SYNTAX_ANY;
  if (!strcmp (bytes, "all"))
    return SYNTAX_ALL;
  return strcmp (bytes, "total") ? SYNTAX_CALL : SYNTAX_TOTAL;
}

/* NAME in EXPR, EXPR): a fold, after the bracket.  */
static bool
parse_fold (struct parser *parser, struct syntax *fold)
{
  struct syntax **children = arena_zero (parser->lexer.arena, 2 * sizeof *children);
  fold->children = children;
  fold->n_children = 2;
  if (!parse_name (parser, &fold->name) || !expect (parser, TOKEN_IN))
    return false;
  children[0] = parse_expression (parser, STRENGTH_ANY);
  if (!children[0] || !expect (parser, TOKEN_COMMA))
    return false;
  children[1] = parse_expression (parser, STRENGTH_ANY);
  return children[1] && expect (parser, TOKEN_CLOSE);
}

/* A path, a call or a fold.  */
static struct syntax *
parse_named (struct parser *parser)
{
  struct syntax *syntax = new_syntax (parser, SYNTAX_PATH, parser->token.text, 0);
  if (!parse_path (parser, &syntax->path))
    return NULL;
  if (parser->token.kind != TOKEN_OPEN || syntax->path.count > 1)
    return syntax;
  syntax->name = syntax->path.steps[0].name;
  syntax->kind = fold_kind (parser, syntax->name);
  bool ok = advance (parser);
  if (syntax->kind != SYNTAX_CALL)
    return ok && parse_fold (parser, syntax) ? syntax : NULL;
  bool star = accept (parser, TOKEN_STAR, &ok);         /* count (*) is count ().  */
  if (ok && star && parser->token.kind != TOKEN_CLOSE)
    ok = unexpected (parser, ")");
  return ok && parse_list (parser, TOKEN_CLOSE, syntax) ? syntax : NULL;
}

static struct syntax *
parse_constant (struct parser *parser, struct value constant)
{
  struct syntax *syntax = new_syntax (parser, SYNTAX_CONSTANT, parser->token.text, 0);
  syntax->constant = constant;
  return advance (parser) ? syntax : NULL;
}

static struct syntax *
parse_unary (struct parser *parser, enum syntax_kind kind, unsigned strength)
{
  struct syntax *syntax = new_syntax (parser, kind, parser->token.text, 1);
  if (!advance (parser))
    return NULL;
  syntax->children[0] = parse_expression (parser, strength);
  return syntax->children[0] ? syntax : NULL;
}

static struct syntax *
parse_operand (struct parser *parser)
{
  struct syntax *syntax;
  switch (parser->token.kind)
    {
    case TOKEN_NAME:
      return parse_named (parser);
    case TOKEN_CONSTANT:
      return parse_constant (parser, parser->token.constant);
    case TOKEN_TRUE:
      return parse_constant (parser, value_boolean (true));
    case TOKEN_FALSE:
      return parse_constant (parser, value_boolean (false));
    case TOKEN_NULL:
      return parse_constant (parser, value_of_type (VALUE_NULL));
    case TOKEN_NOT:
      return parse_unary (parser, SYNTAX_NOT, STRENGTH_NOT);
    case TOKEN_MINUS:
      return parse_unary (parser, SYNTAX_NEGATE, STRENGTH_UNARY);
    case TOKEN_OPEN:
      if (!advance (parser))
        return NULL;
      syntax = parse_expression (parser, STRENGTH_ANY);
      return syntax && expect (parser, TOKEN_CLOSE) ? syntax : NULL;
    case TOKEN_OPEN_LIST:
      syntax = new_syntax (parser, SYNTAX_LIST, parser->token.text, 0);
      return advance (parser) && parse_list (parser, TOKEN_CLOSE_LIST, syntax) ? syntax : NULL;
    default:
      unexpected (parser, "an expression");
      return NULL;
    }
}

/* An expression whose binary operators bind at least with STRENGTH.  */
static struct syntax *
parse_expression (struct parser *parser, unsigned strength)
{
  if (parser->depth == SYNTAX_DEPTH_MAX)
    {
      fail (parser->error, "expression nested too deeply");
      return NULL;
    }
  parser->depth++;
  struct syntax *left = parse_operand (parser);
  unsigned chained = 0;         /* a + b + c ... is nested as well, to the left.  */
  while (left && binary[parser->token.kind].strength >= strength)
    {
      unsigned own = binary[parser->token.kind].strength;
      struct syntax *both = new_syntax (parser, binary[parser->token.kind].kind, left->text, 2);
      both->children[0] = left;
      both->children[1] = advance (parser) ? parse_expression (parser, own + 1) : NULL;
      left = both->children[1] ? both : NULL;
      if (left && ++chained > SYNTAX_DEPTH_MAX)
        {
          fail (parser->error, "expression too long");
          left = NULL;
        }
    }
  parser->depth--;
  return left;
}

/* NAME [ALIAS] */
static bool
parse_source (struct parser *parser, struct statement *statement)
{
  if (statement->n_sources == SOURCES_MAX)
    return fail (parser->error, "more than %d sources", SOURCES_MAX);
  struct source *source = &statement->sources[statement->n_sources++];
  source->collection = parser->token.text;
  source->length = parser->token.length;
  if (!parse_name (parser, &source->alias))
    return false;
  return parser->token.kind == TOKEN_NAME ? parse_name (parser, &source->alias) : true;
}

static bool
parse_join (struct parser *parser, struct statement *statement)
{
  if (!parse_source (parser, statement) || !expect (parser, TOKEN_ON))
    return false;
  struct source *source = &statement->sources[statement->n_sources - 1];
  const char *at = parser->token.text;
  struct syntax *on = parse_expression (parser, STRENGTH_ANY);
  if (!on)
    return false;
  if (on->kind != SYNTAX_EQUAL)
    return fail (parser->error, "a join is on EXPR = EXPR, at byte %td", at - parser->lexer.start + 1);
  source->on_left = on->children[0];
  source->on_right = on->children[1];
  return true;
}

static bool
parse_where (struct parser *parser, struct statement *statement)
{
  bool ok = true;
  if (accept (parser, TOKEN_WHERE, &ok))
    ok = (statement->where = parse_expression (parser, STRENGTH_ANY)) != NULL;
  return ok;
}

static bool
parse_group (struct parser *parser, struct statement *statement)
{
  bool ok = true;
  if (accept (parser, TOKEN_GROUP, &ok))
    {
      if (!expect (parser, TOKEN_BY))
        return false;
      statement->group = arena_alloc (parser->lexer.arena, LIST_MAX * sizeof *statement->group);
      do
        {
          if (statement->n_group == LIST_MAX)
            return fail (parser->error, "group by more than %d expressions", LIST_MAX);
          struct syntax *key = parse_expression (parser, STRENGTH_ANY);
          if (!key)
            return false;
          statement->group[statement->n_group++] = key;
        }
      while (accept (parser, TOKEN_COMMA, &ok));
    }
  if (accept (parser, TOKEN_HAVING, &ok))
    ok = (statement->having = parse_expression (parser, STRENGTH_ANY)) != NULL;
  return ok;
}

/* What a column without a name is called: as its path's last member, its function, or its number.  */
static atom
column_name (struct parser *parser, const struct syntax *value, unsigned number)
{
  if (value->kind == SYNTAX_CALL)
    return value->name;
  if (value->kind == SYNTAX_PATH && value->path.steps[value->path.count - 1].name)
    return value->path.steps[value->path.count - 1].name;
  char name[16] = "column";
  size_t length = strlen (name);
  if (number >= 10)
    name[length++] = '0' + number / 10;
  name[length++] = '0' + number % 10;
  return atoms_intern (parser->lexer.atoms, name, length);
}

static bool
parse_select (struct parser *parser, struct statement *statement)
{
  bool ok = true;
  if (!accept (parser, TOKEN_SELECT, &ok))
    return ok;
  statement->distinct = accept (parser, TOKEN_DISTINCT, &ok);
  if (accept (parser, TOKEN_STAR, &ok) || !ok)
    return ok;
  statement->select = arena_alloc (parser->lexer.arena, LIST_MAX * sizeof *statement->select);
  do
    {
      if (statement->n_select == LIST_MAX)
        return fail (parser->error, "more than %d columns", LIST_MAX);
      struct select_item *item = &statement->select[statement->n_select++];
      item->value = parse_expression (parser, STRENGTH_ANY);
      if (!item->value)
        return false;
      item->name = column_name (parser, item->value, statement->n_select);
      if (accept (parser, TOKEN_AS, &ok))
        ok = parse_name (parser, &item->name);
    }
  while (accept (parser, TOKEN_COMMA, &ok));
  return ok;
}

static bool
parse_order (struct parser *parser, struct statement *statement)
{
  bool ok = true;
  if (!accept (parser, TOKEN_ORDER, &ok))
    return ok;
  if (!expect (parser, TOKEN_BY))
    return false;
  statement->order = arena_zero (parser->lexer.arena, LIST_MAX * sizeof *statement->order);
  do
    {
      if (statement->n_order == LIST_MAX)
        return fail (parser->error, "order by more than %d expressions", LIST_MAX);
      struct order_term *term = &statement->order[statement->n_order++];
      term->value = parse_expression (parser, STRENGTH_ANY);
      if (!term->value)
        return false;
      term->nocase = accept (parser, TOKEN_NOCASE, &ok);
      if (!accept (parser, TOKEN_ASC, &ok))
        term->descending = accept (parser, TOKEN_DESC, &ok);
    }
  while (accept (parser, TOKEN_COMMA, &ok));
  return ok;
}

/* An integer after KEYWORD, if that is there.  */
static bool
parse_count (struct parser *parser, enum token_kind keyword, uint64_t *count)
{
  bool ok = true;
  if (!accept (parser, keyword, &ok))
    return ok;
  if (parser->token.kind != TOKEN_CONSTANT || parser->token.constant.type != VALUE_INTEGER)
    return unexpected (parser, "an integer");
  *count = parser->token.constant.integer;
  return advance (parser);
}

static bool
parse_query (struct parser *parser, struct statement *statement)
{
  bool ok = parse_source (parser, statement);
  while (accept (parser, TOKEN_JOIN, &ok))
    ok = parse_join (parser, statement);
  return (ok && parse_where (parser, statement) && parse_group (parser, statement)
          && parse_select (parser, statement) && parse_order (parser, statement)
          && parse_count (parser, TOKEN_LIMIT, &statement->limit)
          && parse_count (parser, TOKEN_OFFSET, &statement->offset));
}

static bool
parse_update (struct parser *parser, struct statement *statement)
{
  bool ok = true;
  if (!parse_source (parser, statement) || !expect (parser, TOKEN_SET))
    return false;
  statement->set = arena_alloc (parser->lexer.arena, LIST_MAX * sizeof *statement->set);
  do
    {
      if (statement->n_set == LIST_MAX)
        return fail (parser->error, "more than %d assignments", LIST_MAX);
      struct assignment *set = &statement->set[statement->n_set++];
      if (!parse_path (parser, &set->path) || !expect (parser, TOKEN_EQUAL))
        return false;
      set->value = parse_expression (parser, STRENGTH_ANY);
      if (!set->value)
        return false;
    }
  while (accept (parser, TOKEN_COMMA, &ok));
  return ok && parse_where (parser, statement);
}

bool
statement_parse (const char *bytes, size_t length, struct atoms *atoms, struct arena *arena,
                 struct statement *statement, struct error *error)
{
  struct parser parser = { .lexer = lexer_new (bytes, length, atoms, arena), .error = error };
  bool ok = advance (&parser);
  *statement = (struct statement) { .limit = UINT64_MAX };
  if (accept (&parser, TOKEN_FROM, &ok))
    ok = parse_query (&parser, statement);
  else if (accept (&parser, TOKEN_UPDATE, &ok))
    {
      statement->kind = STATEMENT_UPDATE;
      ok = parse_update (&parser, statement);
    }
  else if (accept (&parser, TOKEN_DELETE, &ok))
    {
      statement->kind = STATEMENT_DELETE;
      ok = (expect (&parser, TOKEN_FROM) && parse_source (&parser, statement)
            && parse_where (&parser, statement));
    }
  else if (ok)
    ok = unexpected (&parser, "from, update or delete");
  return ok && (parser.token.kind == TOKEN_END || unexpected (&parser, "the end"));
}

bool
path_parse (const char *bytes, size_t length, struct atoms *atoms, struct arena *arena, struct path *path,
            struct error *error)
{
  struct parser parser = { .lexer = lexer_new (bytes, length, atoms, arena), .error = error };
  return (advance (&parser) && parse_path (&parser, path)
          && (parser.token.kind == TOKEN_END || unexpected (&parser, "the end")));
}

bool
syntax_equal (const struct syntax *a, const struct syntax *b)
{
  if (a->kind != b->kind || a->name != b->name || a->n_children != b->n_children)
    return false;
  if (a->kind == SYNTAX_CONSTANT && (a->constant.type != b->constant.type
                                     || value_compare (a->constant, b->constant) != 0))
    return false;
  if (a->kind == SYNTAX_PATH && !path_equal (&a->path, &b->path))
    return false;
  for (unsigned i = 0; i < a->n_children; i++)
    if (!syntax_equal (a->children[i], b->children[i]))
      return false;
  return true;
}
