/* JSON text to values: recursive descent over the bytes, children gathered on a stack.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longest number that is not an integer.  */
#define NUMBER_BYTES_MAX 400

struct parser
{
  const char *start, *next, *end;
  struct atoms *atoms;
  struct arena *arena;
  struct error *error;
  unsigned depth;
  struct member *stack;         /* Members and items (without name) of what is open.  */
  size_t count, room;
};

static bool parse_value (struct parser *, struct value *);

static bool
syntax_error (struct parser *parser, const char *what)
{
  return fail (parser->error, "JSON: %s at byte %td", what, parser->next - parser->start + 1);
}

static void
skip_space (struct parser *parser)
{
  while (parser->next < parser->end
         && (*parser->next == ' ' || *parser->next == '\t' || *parser->next == '\n' || *parser->next == '\r'))
    parser->next++;
}

static struct member *
push (struct parser *parser)
{
  if (parser->count == parser->room)
    {
      parser->room = grown (parser->room);
      parser->stack = reallocate (parser->stack, parser->room * sizeof *parser->stack);
    }
  return &parser->stack[parser->count++];
}

unsigned
utf8_length (const char *bytes, size_t length)
{
  const unsigned char *b = (const unsigned char *) bytes;
  if (b[0] < 0x80)
    return 1;
  if (b[0] < 0xc2)
    return 0;
  if (b[0] < 0xe0)
    return length >= 2 && (b[1] & 0xc0) == 0x80 ? 2 : 0;
  if (b[0] < 0xf0)
    {
      if (length < 3 || (b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80)
        return 0;
      bool overlong = b[0] == 0xe0 && b[1] < 0xa0, surrogate = b[0] == 0xed && b[1] >= 0xa0;
      return overlong || surrogate ? 0 : 3;
    }
  if (b[0] > 0xf4 || length < 4)
    return 0;
  if ((b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80 || (b[3] & 0xc0) != 0x80)
    return 0;
  bool overlong = b[0] == 0xf0 && b[1] < 0x90, beyond = b[0] == 0xf4 && b[1] >= 0x90;
  return overlong || beyond ? 0 : 4;
}

/* Four hexadecimal digits; -1 if they are not there.  */
static int
parse_hex4 (struct parser *parser)
{
  if (parser->end - parser->next < 4)
    return -1;
  int code = 0;
  for (int i = 0; i < 4; i++)
    {
      char digit = *parser->next++;
      if (digit >= '0' && digit <= '9')
        code = code * 16 + digit - '0';
      else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
        code = code * 16 + (digit | 32) - 'a' + 10;
      else
        return -1;
    }
  return code;
}

static char *
put_utf8 (char *out, unsigned code)
{
  if (code < 0x80)
    *out++ = code;
  else if (code < 0x800)
    {
      *out++ = 0xc0 | code >> 6;
      *out++ = 0x80 | (code & 0x3f);
    }
  else if (code < 0x10000)
    {
      *out++ = 0xe0 | code >> 12;
      *out++ = 0x80 | (code >> 6 & 0x3f);
      *out++ = 0x80 | (code & 0x3f);
    }
  else
    {
      *out++ = 0xf0 | code >> 18;
      *out++ = 0x80 | (code >> 12 & 0x3f);
      *out++ = 0x80 | (code >> 6 & 0x3f);
      *out++ = 0x80 | (code & 0x3f);
    }
  return out;
}

/* The character after a backslash; NULL on error.  */
static char *
parse_escape (struct parser *parser, char *out)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (parser->next == parser->end)
    return syntax_error (parser, "unfinished escape"), NULL;
  char kind = *parser->next++;
  const char *simple = kind ? strchr (from, kind) : NULL;
  if (simple)
    {
      *out++ = to[simple - from];
      return out;
    }
  if (kind != 'u')
    return syntax_error (parser, "unknown escape"), NULL;
  int code = parse_hex4 (parser);
  if (code < 0 || (code >= 0xdc00 && code < 0xe000))
    return syntax_error (parser, "malformed \\u escape"), NULL;
  if (code >= 0xd800 && code < 0xdc00)
    {
      bool paired = parser->end - parser->next >= 2 && parser->next[0] == '\\' && parser->next[1] == 'u';
      if (paired)
        parser->next += 2;
      int low = paired ? parse_hex4 (parser) : -1;
      if (low < 0xdc00 || low >= 0xe000)
        return syntax_error (parser, "lone surrogate"), NULL;
      code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
    }
  return put_utf8 (out, code);
}

/* The rest of a string that has an escape: OPEN is where its text began.  */
static bool
parse_escaped_string (struct parser *parser, const char *open, struct value *value)
{
  const char *close = parser->next;
  while (close < parser->end && *close != '"')
    close += *close == '\\' && close + 1 < parser->end ? 2 : 1;
  if (close == parser->end)
    return syntax_error (parser, "unfinished string");
  /* No escape is longer than the character it stands for.  */
  char *text = arena_alloc (parser->arena, close - open + 1), *out = text;
  memcpy (out, open, parser->next - open);
  out += parser->next - open;
  while (*parser->next != '"')
    {
      if (*parser->next == '\\')
        {
          parser->next++;
          out = parse_escape (parser, out);
          if (!out)
            return false;
          continue;
        }
      unsigned bytes = utf8_length (parser->next, parser->end - parser->next);
      if (!bytes)
        return syntax_error (parser, "string is not UTF-8");
      if ((unsigned char) *parser->next < ' ')
        return syntax_error (parser, "control character in a string");
      while (bytes--)
        *out++ = *parser->next++;
    }
  parser->next++;
  *value = value_string (text, out - text);
  return true;
}

/* A string; NEXT is behind the opening quote.  */
static bool
parse_string (struct parser *parser, struct value *value)
{
  const char *open = parser->next;
  while (parser->next < parser->end)
    {
      unsigned char byte = *parser->next;
      if (byte == '"')
        {
          *value = value_string (open, parser->next++ - open);
          return true;
        }
      if (byte == '\\')
        return parse_escaped_string (parser, open, value);
      if (byte < ' ')
        return syntax_error (parser, "control character in a string");
      if (byte < 0x80)
        {
          parser->next++;
          continue;
        }
      unsigned bytes = utf8_length (parser->next, parser->end - parser->next);
      if (!bytes)
        return syntax_error (parser, "string is not UTF-8");
      parser->next += bytes;
    }
  return syntax_error (parser, "unfinished string");
}

static bool
parse_real (struct parser *parser, const char *first, struct value *value)
{
  char copy[NUMBER_BYTES_MAX + 1];
  size_t length = parser->next - first;
  if (length > NUMBER_BYTES_MAX)
    return syntax_error (parser, "number too long");
  memcpy (copy, first, length);
  copy[length] = 0;
  double real = strtod (copy, NULL);
  if (!isfinite (real))
    return syntax_error (parser, "number too large");
  *value = value_real (real);
  return true;
}

/* At least one digit.  */
static bool
skip_digits (struct parser *parser)
{
  const char *first = parser->next;
  while (parser->next < parser->end && *parser->next >= '0' && *parser->next <= '9')
    parser->next++;
  return parser->next > first;
}

static bool
parse_number (struct parser *parser, struct value *value)
{
  const char *first = parser->next;
  bool negative = *first == '-';
  parser->next += negative;
  uint64_t magnitude = 0;
  bool fits = true;
  const char *digits = parser->next;
  while (parser->next < parser->end && *parser->next >= '0' && *parser->next <= '9')
    {
      unsigned digit = *parser->next++ - '0';
      if (magnitude > (uint64_t) (INT64_MAX - digit) / 10)
        fits = false;
      magnitude = magnitude * 10 + digit;
    }
  if (parser->next == digits)
    return syntax_error (parser, "expected a value");
  if (*digits == '0' && parser->next > digits + 1)
    return syntax_error (parser, "number starts with 0");

  bool whole = true;
  if (parser->next < parser->end && *parser->next == '.')
    {
      whole = false;
      parser->next++;
      if (!skip_digits (parser))
        return syntax_error (parser, "expected a digit");
    }
  if (parser->next < parser->end && (*parser->next | 32) == 'e')
    {
      whole = false;
      parser->next++;
      if (parser->next < parser->end && (*parser->next == '+' || *parser->next == '-'))
        parser->next++;
      if (!skip_digits (parser))
        return syntax_error (parser, "expected a digit");
    }
  if (!whole || !fits || (negative && !magnitude))
    return parse_real (parser, first, value);
  *value = value_integer (negative ? -(int64_t) magnitude : (int64_t) magnitude);
  return true;
}

static bool
parse_word (struct parser *parser, const char *word, struct value result, struct value *value)
{
  size_t length = strlen (word);
  if ((size_t) (parser->end - parser->next) < length || memcmp (parser->next, word, length))
    return syntax_error (parser, "expected a value");
  parser->next += length;
  *value = result;
  return true;
}

/* After an item: true if another follows.  *OK says whether the text was well-formed.  */
static bool
another (struct parser *parser, char close, bool *ok)
{
  skip_space (parser);
  *ok = parser->next < parser->end && (*parser->next == ',' || *parser->next == close);
  if (!*ok)
    return syntax_error (parser, close == ']' ? "expected , or ]" : "expected , or }");
  return *parser->next++ == ',';
}

static bool
parse_array (struct parser *parser, struct value *value)
{
  size_t first = parser->count;
  bool ok = true;
  skip_space (parser);
  if (parser->next < parser->end && *parser->next == ']')
    parser->next++;
  else
    do
      {
        struct value item;
        if (!parse_value (parser, &item))
          return false;
        push (parser)->value = item;
      }
    while (another (parser, ']', &ok));
  if (!ok)
    return false;
  size_t count = parser->count - first;
  struct value *items = arena_alloc (parser->arena, count * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] = parser->stack[first + i].value;
  parser->count = first;
  *value = (struct value) { .type = VALUE_ARRAY, .length = count, .items = items };
  return true;
}

/* A member's name and the colon.  FIRST is where the object's members begin on the stack.  */
static bool
parse_name (struct parser *parser, size_t first, atom *name)
{
  struct value string;
  skip_space (parser);
  if (parser->next == parser->end || *parser->next != '"')
    return syntax_error (parser, "expected a member's name");
  parser->next++;
  if (!parse_string (parser, &string))
    return false;
  *name = atoms_intern (parser->atoms, string.bytes, string.length);
  for (size_t i = first; i < parser->count; i++)
    if (parser->stack[i].name == *name)
      return syntax_error (parser, "member given twice");
  if (parser->count - first >= JSON_MEMBERS_MAX)
    return syntax_error (parser, "object with too many members");
  skip_space (parser);
  if (parser->next == parser->end || *parser->next != ':')
    return syntax_error (parser, "expected :");
  parser->next++;
  return true;
}

static bool
parse_object (struct parser *parser, struct value *value)
{
  size_t first = parser->count;
  bool ok = true;
  skip_space (parser);
  if (parser->next < parser->end && *parser->next == '}')
    parser->next++;
  else
    do
      {
        struct member member;
        if (!parse_name (parser, first, &member.name) || !parse_value (parser, &member.value))
          return false;
        *push (parser) = member;
      }
    while (another (parser, '}', &ok));
  if (!ok)
    return false;
  size_t count = parser->count - first;
  struct member *members = arena_alloc (parser->arena, count * sizeof *members);
  if (count)
    memcpy (members, parser->stack + first, count * sizeof *members);
  parser->count = first;
  *value = (struct value) { .type = VALUE_OBJECT, .length = count, .members = members };
  return true;
}

static bool
parse_nested (struct parser *parser, bool (*parse) (struct parser *, struct value *), struct value *value)
{
  if (parser->depth == JSON_DEPTH_MAX)
    return syntax_error (parser, "nested too deeply");
  parser->next++;
  parser->depth++;
  bool ok = parse (parser, value);
  parser->depth--;
  return ok;
}

static bool
parse_value (struct parser *parser, struct value *value)
{
  skip_space (parser);
  if (parser->next == parser->end)
    return syntax_error (parser, "expected a value");
  switch (*parser->next)
    {
    case '"':
      parser->next++;
      return parse_string (parser, value);
    case '{':
      return parse_nested (parser, parse_object, value);
    case '[':
      return parse_nested (parser, parse_array, value);
    case 't':
      return parse_word (parser, "true", value_boolean (true), value);
    case 'f':
      return parse_word (parser, "false", value_boolean (false), value);
    case 'n':
      return parse_word (parser, "null", value_of_type (VALUE_NULL), value);
    default:
      return parse_number (parser, value);
    }
}

bool
json_parse (const char *bytes, size_t length, const char **end, struct atoms *atoms, struct arena *arena,
            struct value *value, struct error *error)
{
  struct parser parser =
    { .start = bytes, .next = bytes, .end = bytes + length, .atoms = atoms, .arena = arena, .error = error };
  bool ok = length <= INT_MAX ? parse_value (&parser, value) : fail (error, "JSON: text too long");
  free (parser.stack);
  if (!ok)
    return false;
  if (end)
    *end = parser.next;
  else
    {
      skip_space (&parser);
      if (parser.next < parser.end)
        return syntax_error (&parser, "text after the value");
    }
  return true;
}
