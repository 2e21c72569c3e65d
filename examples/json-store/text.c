/* Text under construction.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "text.h"

#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
reserve (struct text *text, size_t extra)
{
  if (text->room - text->length >= extra)
    return;
  size_t room = grown (text->length + extra);
  text->bytes = reallocate (text->bytes, room);
  text->room = room;
}

void
text_byte (struct text *text, char byte)
{
  reserve (text, 1);
  text->bytes[text->length++] = byte;
}

void
text_append (struct text *text, const char *bytes, size_t length)
{
  if (!length)
    return;
  reserve (text, length);
  memcpy (text->bytes + text->length, bytes, length);
  text->length += length;
}

void
text_string (struct text *text, const char *string)
{
  text_append (text, string, strlen (string));
}

void
text_integer (struct text *text, int64_t number)
{
  char digits[24];
  char *first = digits + sizeof digits;
  uint64_t rest = number < 0 ? -(uint64_t) number : (uint64_t) number;
  do
    *--first = '0' + rest % 10;
  while (rest /= 10);
  if (number < 0)
    *--first = '-';
  text_append (text, first, digits + sizeof digits - first);
}

void
text_format (struct text *text, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vsnprintf (NULL, 0, format, arguments);
  va_end (arguments);
  if (length <= 0)
    return;
  reserve (text, (size_t) length + 1);
  va_start (arguments, format);
  vsnprintf (text->bytes + text->length, (size_t) length + 1, format, arguments);
  va_end (arguments);
  text->length += length;
}

void
text_consume (struct text *text, size_t count)
{
  memmove (text->bytes, text->bytes + count, text->length - count);
  text->length -= count;
}

void
text_free (struct text *text)
{
  free (text->bytes);
  *text = (struct text) { 0 };
}

int
compare_name (const char *string, const char *bytes, size_t length)
{
  size_t own = strlen (string);
  int order = memcmp (string, bytes, own < length ? own : length);
  return order ? order : (own > length) - (own < length);
}

uint64_t
checksum (uint64_t sum, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++)
    sum = (sum ^ (unsigned char) bytes[i]) * UINT64_C (0x100000001b3);
  return sum;
}
