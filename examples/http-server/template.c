/* Templates: see template.h.  Parsed once into a tree, executed for each page.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Blocks within blocks.  */
#define MAX_DEPTH 16

enum node_kind
{
  NODE_TEXT,
  NODE_PRINT,
  NODE_RANGE,
  NODE_IF,
  NODE_WITH
};

enum form
{
  FORM_HTML,
  FORM_URL,
  FORM_UPPER,
  FORM_GROUPED
};

struct template
{
  enum node_kind kind;
  enum form form;               /* Of PRINT.  */
  const char *text;             /* Of TEXT; else the path, after its first dot.  */
  size_t length;
  struct template *body, *otherwise; /* Of RANGE, IF, WITH.  */
  struct template *next;
};

struct parser
{
  const char *source, *at;
  const char *error;
  bool else_came;
  int depth;
};

/* A part of the source.  */
struct piece
{
  const char *at, *end;
};

static struct piece
trim (struct piece piece)
{
  while (piece.at < piece.end && isspace ((unsigned char) *piece.at))
    piece.at++;
  while (piece.end > piece.at && isspace ((unsigned char) piece.end[-1]))
    piece.end--;
  return piece;
}

static bool
piece_is (struct piece piece, const char *string)
{
  size_t n = strlen (string);
  return (size_t) (piece.end - piece.at) == n && memcmp (piece.at, string, n) == 0;
}

/* Whether PIECE starts with the word WORD; then what follows is left in it.  */
static bool
take_word (struct piece *piece, const char *word)
{
  size_t n = strlen (word);
  if ((size_t) (piece->end - piece->at) <= n || memcmp (piece->at, word, n) != 0
      || !isspace ((unsigned char) piece->at[n]))
    return false;
  piece->at += n;
  *piece = trim (*piece);
  return true;
}

static struct template *
new_node (enum node_kind kind, struct piece piece)
{
  struct template *node = calloc (1, sizeof *node);
  if (node == NULL)
    exit (1);
  node->kind = kind;
  node->text = piece.at;
  node->length = (size_t) (piece.end - piece.at);
  return node;
}

/* ".A.B": the path is left in *PIECE.  */
static bool
take_path (struct parser *parser, struct piece *piece)
{
  bool good = piece->at < piece->end && *piece->at == '.';
  for (const char *c = piece->at; c < piece->end; c++)
    good &= *c == '.' || *c == '_' || isalnum ((unsigned char) *c);
  if (!good)
    parser->error = "a name is wanted, like .Name";
  else
    piece->at++;
  return good;
}

static struct template *parse_list (struct parser *parser);

/* {{range}}, {{if}}, {{with}}, whose path is PIECE.  */
static struct template *
parse_block (struct parser *parser, enum node_kind kind, struct piece piece)
{
  if (!take_path (parser, &piece))
    return NULL;
  if (++parser->depth > MAX_DEPTH)
    {
      parser->error = "blocks too deep";
      return NULL;
    }
  struct template *node = new_node (kind, piece);
  node->body = parse_list (parser);
  if (parser->error == NULL && parser->else_came)
    {
      node->otherwise = parse_list (parser);
      if (parser->error == NULL && parser->else_came)
        parser->error = "a second {{else}}";
    }
  parser->depth--;
  return node;
}

static struct template *
parse_print (struct parser *parser, struct piece piece)
{
  static const char *const names[] = { "html", "url", "upper", "grouped" };
  const char *bar = memchr (piece.at, '|', (size_t) (piece.end - piece.at));
  enum form form = FORM_HTML;
  if (bar != NULL)
    {
      struct piece name = trim ((struct piece) { bar + 1, piece.end });
      piece = trim ((struct piece) { piece.at, bar });
      while (form <= FORM_GROUPED && !piece_is (name, names[form]))
        form++;
      if (form > FORM_GROUPED)
        {
          parser->error = "after | comes html, url, upper or grouped";
          return NULL;
        }
    }
  if (!take_path (parser, &piece))
    return NULL;
  struct template *node = new_node (NODE_PRINT, piece);
  node->form = form;
  return node;
}

/* Nodes up to the {{end}} or {{else}} of the block, or, outside of blocks, the end.  */
static struct template *
parse_list (struct parser *parser)
{
  struct template *first = NULL, **last = &first;
  parser->else_came = false;
  while (parser->error == NULL)
    {
      const char *open = strstr (parser->at, "{{");
      struct piece text = { parser->at, open != NULL ? open : parser->at + strlen (parser->at) };
      if (text.at != text.end)
        {
          *last = new_node (NODE_TEXT, text);
          last = &(*last)->next;
        }
      parser->at = text.end;
      if (open == NULL)
        {
          if (parser->depth != 0)
            parser->error = "no {{end}}";
          return first;
        }
      const char *close = strstr (open, "}}");
      if (close == NULL)
        {
          parser->error = "no }}";
          break;
        }
      struct piece action = trim ((struct piece) { open + 2, close });
      if (piece_is (action, "end") || piece_is (action, "else"))
        {
          if (parser->depth == 0)
            {
              parser->error = "no block to end";
              break;
            }
          parser->at = close + 2;
          parser->else_came = piece_is (action, "else");
          return first;
        }
      parser->at = close + 2;
      if (action.end - action.at >= 4 && memcmp (action.at, "/*", 2) == 0)
        continue;
      if (take_word (&action, "range"))
        *last = parse_block (parser, NODE_RANGE, action);
      else if (take_word (&action, "if"))
        *last = parse_block (parser, NODE_IF, action);
      else if (take_word (&action, "with"))
        *last = parse_block (parser, NODE_WITH, action);
      else
        *last = parse_print (parser, action);
      if (*last != NULL)
        last = &(*last)->next;
      if (parser->error != NULL)
        parser->at = open;
    }
  return first;
}

struct template *
template_parse (const char *source, const char **error, int *line)
{
  struct parser parser = { .source = source, .at = source };
  struct template *template = parse_list (&parser);
  *error = parser.error;
  *line = 1;
  for (const char *c = source; c < parser.at; c++)
    *line += *c == '\n';
  if (parser.error == NULL)
    return template != NULL ? template : new_node (NODE_TEXT, (struct piece) { source, source });
  template_free (template);
  return NULL;
}

/* The value at hand and those around it.  */
struct scope
{
  const struct value *value;
  const struct scope *around;
};

/* PATH in SCOPE: its first name in the innermost value that has it.  */
static struct value
look_up (const struct scope *scope, const char *path, size_t length)
{
  const char *end = path + length;
  if (length == 0)
    return *scope->value;
  const char *dot = memchr (path, '.', length);
  size_t n = dot != NULL ? (size_t) (dot - path) : length;
  struct value value = { .kind = VALUE_NONE };
  for (; scope != NULL && value.kind == VALUE_NONE; scope = scope->around)
    value = value_field (scope->value, path, n);
  while (dot != NULL)
    {
      const char *name = dot + 1;
      dot = memchr (name, '.', (size_t) (end - name));
      value = value_field (&value, name, (size_t) ((dot != NULL ? dot : end) - name));
    }
  return value;
}

static void
print_upper (const char *string, struct text *out)
{
  for (; *string != 0; string++)
    {
      char c[2] = { (char) toupper ((unsigned char) *string), 0 };
      text_add_html (out, c);
    }
}

static void
print (const struct value *value, enum form form, struct text *out)
{
  if (value->kind == VALUE_NUMBER)
    {
      if (form == FORM_GROUPED)
        text_add_grouped (out, value->number);
      else
        text_add_number (out, value->number);
    }
  else if (value->kind == VALUE_TEXT)
    {
      if (form == FORM_URL)
        text_add_url (out, value->text);
      else if (form == FORM_UPPER)
        print_upper (value->text, out);
      else
        text_add_html (out, value->text);
    }
}

static void
execute (const struct template *node, const struct scope *scope, struct text *out)
{
  for (; node != NULL; node = node->next)
    {
      if (node->kind == NODE_TEXT)
        {
          text_add_n (out, node->text, node->length);
          continue;
        }
      struct value value = look_up (scope, node->text, node->length);
      struct scope inner = { &value, scope };
      switch (node->kind)
        {
        case NODE_PRINT:
          print (&value, node->form, out);
          break;
        case NODE_IF:
          execute (value_is_true (&value) ? node->body : node->otherwise, scope, out);
          break;
        case NODE_WITH:
          if (value_is_true (&value))
            execute (node->body, &inner, out);
          else
            execute (node->otherwise, scope, out);
          break;
        case NODE_RANGE:
          if (value.kind != VALUE_LIST || value.n == 0)
            execute (node->otherwise, scope, out);
          else
            for (size_t i = 0; i < value.n; i++)
              {
                inner.value = &value.items[i];
                execute (node->body, &inner, out);
              }
          break;
        case NODE_TEXT:
          break;
        }
    }
}

void
template_execute (const struct template *template, const struct value *value, struct text *out)
{
  struct scope scope = { value, NULL };
  execute (template, &scope, out);
}

void
template_free (struct template *node)
{
  while (node != NULL)
    {
      struct template *next = node->next;
      template_free (node->body);
      template_free (node->otherwise);
      free (node);
      node = next;
    }
}
