/* The tokens of the query language.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "lexer.h"

#include "json.h"
#include "text.h"

#include <string.h>

static const char *const kind_names[TOKEN_KINDS] =
{
  "the end", "a name", "a constant", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||",
  "(", ")", "[", "]", ",", ".",
#define KEYWORD_NAME(upper, lower) #lower,
  KEYWORDS (KEYWORD_NAME)
#undef KEYWORD_NAME
};

#define FIRST_KEYWORD TOKEN_AND

struct lexer
lexer_new (const char *bytes, size_t length, struct atoms *atoms, struct arena *arena)
{
  return (struct lexer) { bytes, bytes, bytes + length, atoms, arena };
}

const char *
token_kind_name (enum token_kind kind)
{
  return kind_names[kind];
}

static bool
is_letter (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

/* A keyword, or a name.  */
static enum token_kind
word_kind (const char *text, size_t length)
{
  unsigned low = FIRST_KEYWORD, high = TOKEN_KINDS;
  while (low < high)
    {
      unsigned middle = (low + high) / 2;
      int order = compare_name (kind_names[middle], text, length);
      if (!order)
        return (enum token_kind) middle;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return TOKEN_NAME;
}

/* Is the byte after the current one C?  Then it is taken as well.  */
static bool
followed_by (struct lexer *lexer, char c)
{
  if (lexer->end - lexer->next < 2 || lexer->next[1] != c)
    return false;
  lexer->next++;
  return true;
}

/* TOKEN_END if it is none.  Leaves NEXT on the last byte.  */
static enum token_kind
punctuation (struct lexer *lexer)
{
  switch (*lexer->next)
    {
    case '=': return TOKEN_EQUAL;
    case '+': return TOKEN_PLUS;
    case '-': return TOKEN_MINUS;
    case '*': return TOKEN_STAR;
    case '/': return TOKEN_SLASH;
    case '%': return TOKEN_PERCENT;
    case '(': return TOKEN_OPEN;
    case ')': return TOKEN_CLOSE;
    case '[': return TOKEN_OPEN_LIST;
    case ']': return TOKEN_CLOSE_LIST;
    case ',': return TOKEN_COMMA;
    case '.': return TOKEN_DOT;
    case '!': return followed_by (lexer, '=') ? TOKEN_UNEQUAL : TOKEN_END;
    case '|': return followed_by (lexer, '|') ? TOKEN_CONCATENATE : TOKEN_END;
    case '<':
      if (followed_by (lexer, '>'))
        return TOKEN_UNEQUAL;
      return followed_by (lexer, '=') ? TOKEN_LESS_EQUAL : TOKEN_LESS;
    case '>': return followed_by (lexer, '=') ? TOKEN_GREATER_EQUAL : TOKEN_GREATER;
    default:  return TOKEN_END;
    }
}

bool
lexer_next (struct lexer *lexer, struct token *token, struct error *error)
{
  while (lexer->next < lexer->end && (*lexer->next == ' ' || *lexer->next == '\t'))
    lexer->next++;
  *token = (struct token) { .kind = TOKEN_END, .text = lexer->next };
  if (lexer->next == lexer->end)
    return true;

  char first = *lexer->next;
  if (is_letter (first))
    {
      while (lexer->next < lexer->end && (is_letter (*lexer->next) || is_digit (*lexer->next)))
        lexer->next++;
      token->length = lexer->next - token->text;
      token->kind = word_kind (token->text, token->length);
      return true;
    }
  if (is_digit (first) || first == '"')
    {
      if (!json_parse (lexer->next, lexer->end - lexer->next, &lexer->next, lexer->atoms, lexer->arena,
                       &token->constant, error))
        return false;
      token->length = lexer->next - token->text;
      token->kind = TOKEN_CONSTANT;
      return true;
    }
  token->kind = punctuation (lexer);
  if (token->kind == TOKEN_END)
    return fail (error, "unexpected character at byte %td", lexer->next - lexer->start + 1);
  lexer->next++;
  token->length = lexer->next - token->text;
  return true;
}
