/* The tokens of the query language.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_LEXER_H
#define JSON_STORE_LEXER_H

#include "log.h"
#include "value.h"

/* Keywords are reserved; they are written in small letters.  In the order of their names.  */
#define KEYWORDS(k) \
  k (AND, and) k (AS, as) k (ASC, asc) k (BY, by) k (DELETE, delete) k (DESC, desc) \
  k (DISTINCT, distinct) k (FALSE, false) k (FROM, from) k (GROUP, group) k (HAVING, having) k (IN, in) \
  k (JOIN, join) k (LIKE, like) k (LIMIT, limit) k (NOCASE, nocase) k (NOT, not) k (NULL, null) \
  k (OFFSET, offset) k (ON, on) k (OR, or) k (ORDER, order) k (SELECT, select) k (SET, set) \
  k (TRUE, true) k (UPDATE, update) k (WHERE, where)

enum token_kind
{
  TOKEN_END,
  TOKEN_NAME,
  TOKEN_CONSTANT,               /* A number or a string.  */
  TOKEN_EQUAL, TOKEN_UNEQUAL, TOKEN_LESS, TOKEN_LESS_EQUAL, TOKEN_GREATER, TOKEN_GREATER_EQUAL,
  TOKEN_PLUS, TOKEN_MINUS, TOKEN_STAR, TOKEN_SLASH, TOKEN_PERCENT, TOKEN_CONCATENATE,
  TOKEN_OPEN, TOKEN_CLOSE, TOKEN_OPEN_LIST, TOKEN_CLOSE_LIST, TOKEN_COMMA, TOKEN_DOT,
#define KEYWORD_TOKEN(upper, lower) TOKEN_##upper,
  KEYWORDS (KEYWORD_TOKEN)
#undef KEYWORD_TOKEN
  TOKEN_KINDS
};

struct token
{
  enum token_kind kind;
  const char *text;             /* Where it is in the statement.  */
  size_t length;
  struct value constant;
};

struct lexer
{
  const char *start, *next, *end;
  struct atoms *atoms;
  struct arena *arena;
};

struct lexer lexer_new (const char *bytes, size_t length, struct atoms *, struct arena *);
/* The next token, TOKEN_END at the end and from then on.  False with ERROR if there is none.  */
bool lexer_next (struct lexer *, struct token *, struct error *);
/* How a token is called in messages.  */
const char *token_kind_name (enum token_kind);

#endif
