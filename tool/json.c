/* JSON: see json.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/json.h"
#include "tool/progress.h"
#include "core/alloc.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define DEPTH_MAX 64
#define TEXT_MAX 65536u
/* Uncompressed; also what stops a gzip bomb.  */
#define BYTES_MAX (UINT64_C (1) << 33)
/* Between two reports of progress.  */
#define PROGRESS_BYTES (1 << 22)

/* What may come next in the innermost array or object.  */
enum expect { EXPECT_FIRST, EXPECT_COMMA, EXPECT_NAME, EXPECT_COLON, EXPECT_VALUE };

struct json
{
  const char *path;
  struct pgo_status *status;
  gzFile file;
  uint64_t n_bytes;
  unsigned line;
  int ahead;                    /* Next byte; -1: end; -2: not read yet.  */
  unsigned depth;
  bool failed;
  char open[DEPTH_MAX];         /* '{' or '['.  */
  enum expect expect[DEPTH_MAX];
  uint64_t number;
  size_t length;
  char text[TEXT_MAX + 8];
};

struct json *
json_open (const char *path, struct pgo_status *status)
{
  gzFile file = gzopen (path, "rbe");
  if (!file)
    {
      pgo_fail (status, path, 0, "%s", errno ? strerror (errno) : "out of memory");
      return NULL;
    }
  gzbuffer (file, 1 << 17);
  struct json *j = pgo_alloc (sizeof *j);
  j->path = path;
  j->status = status;
  j->file = file;
  j->line = 1;
  j->ahead = -2;
  return j;
}

void
json_close (struct json *j)
{
  if (!j)
    return;
  gzclose_r (j->file);
  pgo_free (j);
}

bool
json_fail (struct json *j, const char *message)
{
  if (!j->failed)
    pgo_fail (j->status, j->path, j->line, "%s", message);
  j->failed = true;
  return false;
}

static int
peek (struct json *j)
{
  if (j->ahead == -2)
    {
      j->ahead = gzgetc (j->file);
      int error = Z_OK;
      if (j->ahead < 0)
        gzerror (j->file, &error);
      if (error != Z_OK && error != Z_STREAM_END)
        json_fail (j, "damaged gzip stream");
      if (j->n_bytes % PROGRESS_BYTES == 0)
        pgo_progress_read (j->path, (uint64_t) gzoffset (j->file));
      if (++j->n_bytes > BYTES_MAX)
        {
          json_fail (j, "more than 8 GiB");
          j->ahead = -1;
        }
    }
  return j->ahead;
}

static int
take (struct json *j)
{
  int c = peek (j);
  if (c >= 0)
    j->ahead = -2;
  j->line += c == '\n';
  return c;
}

static int
skip_space (struct json *j)
{
  int c;
  while ((c = peek (j)) == ' ' || c == '\n' || c == '\t' || c == '\r')
    take (j);
  return c;
}

static bool
add_byte (struct json *j, unsigned byte)
{
  if (j->length >= TEXT_MAX)
    return json_fail (j, "string of more than 64 KiB");
  j->text[j->length++] = (char) byte;
  return true;
}

/* CODE in UTF-8.  */
static bool
add_code (struct json *j, unsigned code)
{
  if (code == 0)
    return json_fail (j, "string with a NUL");
  if (code < 0x80)
    return add_byte (j, code);
  if (code < 0x800)
    return add_byte (j, 0xc0 | code >> 6) && add_byte (j, 0x80 | (code & 0x3f));
  if (code < 0x10000)
    return add_byte (j, 0xe0 | code >> 12) && add_byte (j, 0x80 | (code >> 6 & 0x3f))
           && add_byte (j, 0x80 | (code & 0x3f));
  return add_byte (j, 0xf0 | code >> 18) && add_byte (j, 0x80 | (code >> 12 & 0x3f))
         && add_byte (j, 0x80 | (code >> 6 & 0x3f)) && add_byte (j, 0x80 | (code & 0x3f));
}

static bool
take_hex (struct json *j, unsigned *code)
{
  *code = 0;
  for (int i = 0; i < 4; i++)
    {
      int c = take (j);
      int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (c < 0 || digit < 0)
        return json_fail (j, "bad \\u in a string");
      *code = *code << 4 | (unsigned) digit;
    }
  return true;
}

static bool
take_escape (struct json *j)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  unsigned code, low;
  int c = take (j);
  const char *known = c > 0 ? strchr (from, c) : NULL;
  if (known)
    return add_byte (j, (unsigned char) to[known - from]);
  if (c != 'u')
    return json_fail (j, "bad escape in a string");
  if (!take_hex (j, &code))
    return false;
  if (code >= 0xd800 && code < 0xdc00)
    {
      if (take (j) != '\\' || take (j) != 'u' || !take_hex (j, &low) || low < 0xdc00 || low > 0xdfff)
        return json_fail (j, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (code >= 0xdc00 && code < 0xe000)
    return json_fail (j, "half of a surrogate pair");
  return add_code (j, code);
}

static bool
take_string (struct json *j)
{
  j->length = 0;
  take (j);
  for (;;)
    {
      int c = take (j);
      if (c == '"')
        break;
      if (c < ' ')
        return json_fail (j, c < 0 ? "truncated" : "control character in a string");
      if (c == '\\' ? !take_escape (j) : !add_byte (j, (unsigned) c))
        return false;
    }
  j->text[j->length] = '\0';
  return true;
}

static bool
is_digit (int c)
{
  return c >= '0' && c <= '9';
}

static bool
take_number (struct json *j)
{
  bool negative = peek (j) == '-';
  if (negative)
    take (j);
  j->number = 0;
  if (!is_digit (peek (j)))
    return json_fail (j, "no value");
  while (is_digit (peek (j)))
    {
      unsigned digit = (unsigned) (take (j) - '0');
      j->number = j->number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : j->number * 10 + digit;
    }
  if (peek (j) == '.')
    {
      take (j);
      if (!is_digit (peek (j)))
        return json_fail (j, "bad number");
      while (is_digit (peek (j)))
        take (j);
    }
  if ((peek (j) | 32) == 'e')
    return json_fail (j, "number with an exponent");
  if (negative)
    j->number = 0;
  return true;
}

static enum json_token
take_word (struct json *j)
{
  static const struct { const char *word; enum json_token token; } words[]
    = { { "true", JSON_TRUE }, { "false", JSON_FALSE }, { "null", JSON_NULL } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (peek (j) == words[i].word[0])
      {
        for (const char *c = words[i].word; *c; c++)
          if (take (j) != *c)
            {
              json_fail (j, "no value");
              return JSON_ERROR;
            }
        return words[i].token;
      }
  json_fail (j, "no value");
  return JSON_ERROR;
}

static enum json_token
open_value (struct json *j, int c)
{
  if (j->depth == DEPTH_MAX)
    {
      json_fail (j, "more than 64 levels");
      return JSON_ERROR;
    }
  take (j);
  j->open[j->depth] = (char) c;
  j->expect[j->depth++] = EXPECT_FIRST;
  return c == '{' ? JSON_OBJECT : JSON_ARRAY;
}

/* The punctuation before the next token inside of something open.  True if it is the end of that.  */
static bool
take_punctuation (struct json *j)
{
  enum expect *expect = &j->expect[j->depth - 1];
  int close = j->open[j->depth - 1] == '{' ? '}' : ']';
  int c = skip_space (j);
  if ((*expect == EXPECT_FIRST || *expect == EXPECT_COMMA) && c == close)
    {
      take (j);
      return true;
    }
  if (*expect == EXPECT_COMMA)
    {
      if (c != ',')
        json_fail (j, c < 0 ? "truncated" : "no comma");
      else
        take (j);
    }
  if (*expect == EXPECT_FIRST || *expect == EXPECT_COMMA)
    *expect = close == '}' ? EXPECT_NAME : EXPECT_VALUE;
  else if (*expect == EXPECT_COLON)
    {
      if (c != ':')
        json_fail (j, c < 0 ? "truncated" : "no colon");
      else
        take (j);
      *expect = EXPECT_VALUE;
    }
  return false;
}

enum json_token
json_next (struct json *j)
{
  if (j->failed)
    return JSON_ERROR;
  if (j->depth > 0)
    {
      if (take_punctuation (j))
        return j->open[--j->depth] == '{' ? JSON_OBJECT_END : JSON_ARRAY_END;
      if (j->failed)
        return JSON_ERROR;
    }
  int c = skip_space (j);
  if (j->failed)
    return JSON_ERROR;
  if (c < 0 && j->depth == 0)
    return JSON_END;
  if (j->depth > 0)
    {
      enum expect *expect = &j->expect[j->depth - 1];
      if (*expect == EXPECT_NAME)
        {
          if (c != '"')
            json_fail (j, c < 0 ? "truncated" : "no name");
          *expect = EXPECT_COLON;
          return !j->failed && take_string (j) ? JSON_NAME : JSON_ERROR;
        }
      *expect = EXPECT_COMMA;
    }
  switch (c)
    {
    case '{':
    case '[':
      return open_value (j, c);
    case '"':
      return take_string (j) ? JSON_STRING : JSON_ERROR;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      return take_number (j) ? JSON_NUMBER : JSON_ERROR;
    case -1:
      json_fail (j, "truncated");
      return JSON_ERROR;
    default:
      return take_word (j);
    }
}

const char *
json_text (const struct json *j)
{
  return j->text;
}

uint64_t
json_number (const struct json *j)
{
  return j->number;
}

bool
json_skip (struct json *j, enum json_token token)
{
  unsigned depth = 0;
  for (;;)
    {
      if (token == JSON_OBJECT || token == JSON_ARRAY)
        depth++;
      else if (token == JSON_OBJECT_END || token == JSON_ARRAY_END)
        depth--;
      else if (token == JSON_ERROR || token == JSON_END)
        return false;
      if (depth == 0 && token != JSON_NAME)
        return true;
      token = json_next (j);
    }
}
