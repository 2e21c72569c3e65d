/* Values to JSON text.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows the backslash in the short escape of BYTE; 0 if it has none.  */
static char
short_escape (unsigned char byte)
{
  switch (byte)
    {
    case '"':  return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default:   return 0;
    }
}

void
json_print_string (struct text *text, const char *bytes, size_t length)
{
  text_byte (text, '"');
  size_t plain = 0;             /* Where the bytes that stand for themselves begin.  */
  for (size_t i = 0; i < length; i++)
    {
      unsigned char byte = bytes[i];
      if (byte >= ' ' && byte != '"' && byte != '\\')
        continue;
      text_append (text, bytes + plain, i - plain);
      plain = i + 1;
      char escape = short_escape (byte);
      if (escape)
        {
          text_byte (text, '\\');
          text_byte (text, escape);
        }
      else
        text_format (text, "\\u%04x", byte);
    }
  text_append (text, bytes + plain, length - plain);
  text_byte (text, '"');
}

static void
print_real (struct text *text, double real)
{
  char digits[40];
  /* Prices and the like: the number nearest to a whole count of hundredths.  */
  double hundredths = rint (real * 100);
  if (fabs (hundredths) < 1e13 && real == hundredths / 100 && real != 0)
    {
      int64_t whole = (int64_t) hundredths;
      uint64_t magnitude = whole < 0 ? -(uint64_t) whole : (uint64_t) whole;
      unsigned fraction = magnitude % 100;
      if (whole < 0)
        text_byte (text, '-');
      text_integer (text, (int64_t) (magnitude / 100));
      text_byte (text, '.');
      text_byte (text, '0' + fraction / 10);
      if (fraction % 10)
        text_byte (text, '0' + fraction % 10);
      return;
    }
  int length = 0;
  for (int precision = 15; precision <= 17; precision++)
    {
      length = snprintf (digits, sizeof digits, "%.*g", precision, real);
      if (strtod (digits, NULL) == real)
        break;
    }
  /* A real stays one when it is read again.  */
  if (!strpbrk (digits, ".e"))
    {
      memcpy (digits + length, ".0", 2);
      length += 2;
    }
  text_append (text, digits, length);
}

static void
print_array (struct text *text, const struct atoms *atoms, struct value array)
{
  text_byte (text, '[');
  for (uint32_t i = 0; i < array.length; i++)
    {
      if (i)
        text_byte (text, ',');
      json_print (text, atoms, array.items[i]);
    }
  text_byte (text, ']');
}

static void
print_object (struct text *text, const struct atoms *atoms, struct value object)
{
  text_byte (text, '{');
  for (uint32_t i = 0; i < object.length; i++)
    {
      size_t length;
      const char *name = atoms_bytes (atoms, object.members[i].name, &length);
      if (i)
        text_byte (text, ',');
      json_print_string (text, name, length);
      text_byte (text, ':');
      json_print (text, atoms, object.members[i].value);
    }
  text_byte (text, '}');
}

void
json_print (struct text *text, const struct atoms *atoms, struct value value)
{
  switch (value.type)
    {
    case VALUE_BOOLEAN:
      text_string (text, value.boolean ? "true" : "false");
      break;
    case VALUE_INTEGER:
      text_integer (text, value.integer);
      break;
    case VALUE_REAL:
      print_real (text, value.real);
      break;
    case VALUE_STRING:
      json_print_string (text, value.bytes, value.length);
      break;
    case VALUE_ARRAY:
      print_array (text, atoms, value);
      break;
    case VALUE_OBJECT:
      print_object (text, atoms, value);
      break;
    default:
      text_append (text, "null", 4);
      break;
    }
}
