/* Text under construction: see text.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
room_for (struct text *text, size_t n)
{
  if (text->room - text->length < n)
    {
      size_t room = text->room != 0 ? text->room : 256;
      while (room - text->length < n)
        room *= 2;
      text->bytes = realloc (text->bytes, room);
      if (text->bytes == NULL)
        {
          fputs ("http-server: out of memory\n", stderr);
          exit (1);
        }
      text->room = room;
    }
  return text->bytes + text->length;
}

void
text_add_n (struct text *text, const char *bytes, size_t n)
{
  memcpy (room_for (text, n), bytes, n);
  text->length += n;
}

void
text_add (struct text *text, const char *string)
{
  text_add_n (text, string, strlen (string));
}

/* The digits of NUMBER, with a comma after every third from the right if GROUPED.  */
static void
add_digits (struct text *text, long number, int grouped)
{
  char digits[40];
  size_t at = sizeof digits;
  unsigned long rest = number < 0 ? 0ul - (unsigned long) number : (unsigned long) number;
  int n = 0;
  do
    {
      if (grouped && n != 0 && n % 3 == 0)
        digits[--at] = ',';
      digits[--at] = (char) ('0' + rest % 10);
      n++;
    }
  while ((rest /= 10) != 0);
  if (number < 0)
    digits[--at] = '-';
  text_add_n (text, digits + at, sizeof digits - at);
}

void
text_add_number (struct text *text, long number)
{
  add_digits (text, number, 0);
}

void
text_add_grouped (struct text *text, long number)
{
  add_digits (text, number, 1);
}

/* What C is in HTML; NULL: itself.  */
static const char *
entity (char c)
{
  switch (c)
    {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    default:
      return NULL;
    }
}

void
text_add_html (struct text *text, const char *string)
{
  const char *from = string;
  for (; *string != 0; string++)
    {
      const char *escaped = entity (*string);
      if (escaped == NULL)
        continue;
      text_add_n (text, from, (size_t) (string - from));
      text_add (text, escaped);
      from = string + 1;
    }
  text_add_n (text, from, (size_t) (string - from));
}

void
text_add_url (struct text *text, const char *string)
{
  static const char digits[] = "0123456789ABCDEF";
  for (; *string != 0; string++)
    {
      unsigned char c = (unsigned char) *string;
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr ("-_.~", c) != NULL)
        text_add_n (text, string, 1);
      else
        {
          char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };
          text_add_n (text, escaped, 3);
        }
    }
}

void
text_clear (struct text *text)
{
  text->length = 0;
}

void
text_free (struct text *text)
{
  free (text->bytes);
  *text = (struct text) { 0 };
}
