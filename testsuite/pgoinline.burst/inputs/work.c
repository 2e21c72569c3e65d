/* For the burst recorder: something for a compiler to do.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value { enum { NUMBER, WORD, LIST } kind; union { double number; char *word; struct { struct value *items; size_t n; } list; }; };

static const char *at;

static struct value
parse (void)
{
  struct value value = { 0 };
  while (isspace ((unsigned char) *at))
    at++;
  if (*at == '(')
    {
      value.kind = LIST;
      for (at++; *at && *at != ')';)
        {
          value.list.items = realloc (value.list.items, (value.list.n + 1) * sizeof value);
          value.list.items[value.list.n++] = parse ();
          while (isspace ((unsigned char) *at))
            at++;
        }
      at += *at == ')';
    }
  else if (isdigit ((unsigned char) *at))
    value.number = strtod (at, (char **) &at);
  else
    {
      size_t length = strcspn (at, " ()\n");
      value.kind = WORD;
      value.word = strndup (at, length);
      at += length + !length;
    }
  return value;
}

static double
evaluate (const struct value *value)
{
  double result = 0;
  switch (value->kind)
    {
    case NUMBER:
      return value->number;
    case WORD:
      return strlen (value->word);
    default:
      if (value->list.n && value->list.items[0].kind == WORD)
        switch (value->list.items[0].word[0])
          {
          case '+': for (size_t i = 1; i < value->list.n; i++) result += evaluate (&value->list.items[i]); break;
          case '*': result = 1; for (size_t i = 1; i < value->list.n; i++) result *= evaluate (&value->list.items[i]); break;
          case '-': for (size_t i = 1; i < value->list.n; i++) result = (i == 1 ? 0 : result) + (i == 1 ? 1 : -1) * evaluate (&value->list.items[i]); break;
          default: break;
          }
      return result;
    }
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      at = argv[i];
      struct value value = parse ();
      printf ("%g\n", evaluate (&value));
    }
  return 0;
}
