/* The syntax of statements: what the parser makes and the planner takes.

     QUERY   from NAME [ALIAS] {join NAME [ALIAS] on EXPR = EXPR} [where EXPR]
             [group by EXPR {, EXPR}] [having EXPR]
             [select [distinct] * | EXPR [as NAME] {, EXPR [as NAME]}]
             [order by EXPR [nocase] [asc | desc] {, ...}] [limit N] [offset N]
     UPDATE  update NAME [ALIAS] set PATH = EXPR {, PATH = EXPR} [where EXPR]
     DELETE  delete from NAME [ALIAS] [where EXPR]

     EXPR    or, and, not; = != < <= > >= in like; ||; + -; * / %; unary -; in that order of strength
             constant, [EXPR, ...], PATH, NAME (EXPR, ...), (EXPR)
             any (NAME in EXPR, EXPR), all (...), total (...): over the items of an array
     PATH    NAME {. NAME | [N]}, where the first name may be a source's

   Everything is in the arena of the statement.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_SYNTAX_H
#define JSON_STORE_SYNTAX_H

#include "log.h"
#include "path.h"

#define SOURCES_MAX 4
#define LIST_MAX 64             /* Items of select, group by, order by, set; arguments of a call.  */
#define SYNTAX_DEPTH_MAX 100    /* Parentheses and operators within each other.  */

enum syntax_kind
{
  SYNTAX_CONSTANT,
  SYNTAX_PATH,
  SYNTAX_LIST,                  /* The children are its items.  */
  SYNTAX_CALL,                  /* NAME, the children are the arguments.  */
  /* Children: an array, then what is asked of each item, called NAME.  */
  SYNTAX_ANY, SYNTAX_ALL, SYNTAX_TOTAL,
  SYNTAX_NOT, SYNTAX_NEGATE,
  SYNTAX_OR, SYNTAX_AND,
  SYNTAX_EQUAL, SYNTAX_UNEQUAL, SYNTAX_LESS, SYNTAX_LESS_EQUAL, SYNTAX_GREATER, SYNTAX_GREATER_EQUAL,
  SYNTAX_IN, SYNTAX_LIKE,
  SYNTAX_CONCATENATE,
  SYNTAX_ADD, SYNTAX_SUBTRACT, SYNTAX_MULTIPLY, SYNTAX_DIVIDE, SYNTAX_REMAINDER
};

struct syntax
{
  enum syntax_kind kind;
  const char *text;             /* Where it begins in the statement.  */
  struct value constant;
  atom name;
  struct path path;
  struct syntax **children;
  unsigned n_children;
};

struct source
{
  const char *collection;       /* LENGTH bytes.  */
  size_t length;
  atom alias;                   /* The name paths may begin with.  */
  struct syntax *on_left, *on_right; /* Of a join; NULL for the first source.  */
};

struct select_item
{
  struct syntax *value;
  atom name;
};

struct order_term
{
  struct syntax *value;
  bool descending, nocase;
};

struct assignment
{
  struct path path;
  struct syntax *value;
};

enum statement_kind
{
  STATEMENT_QUERY,
  STATEMENT_UPDATE,
  STATEMENT_DELETE
};

struct statement
{
  enum statement_kind kind;
  struct source sources[SOURCES_MAX];
  unsigned n_sources;
  struct syntax *where;         /* NULL: all.  */
  struct syntax **group;
  unsigned n_group;
  struct syntax *having;        /* NULL: all.  */
  bool distinct;
  struct select_item *select;   /* None: whole documents.  */
  unsigned n_select;
  struct order_term *order;
  unsigned n_order;
  struct assignment *set;
  unsigned n_set;
  uint64_t limit, offset;       /* UINT64_MAX, 0 if not given.  */
};

/* Parse one statement.  False with ERROR, which tells the place, if it is not well-formed.  */
bool statement_parse (const char *bytes, size_t length, struct atoms *, struct arena *, struct statement *,
                      struct error *);
/* Parse a path alone.  */
bool path_parse (const char *bytes, size_t length, struct atoms *, struct arena *, struct path *,
                 struct error *);
/* The same expression?  */
bool syntax_equal (const struct syntax *, const struct syntax *);

#endif
