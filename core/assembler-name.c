/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/assembler-name.h"

#include <string.h>

/* The suffixes, and whether a number follows: never, or always, or either.  */
static const struct
{
  const char *text;
  bool bare, numbered, part;
} suffixes[] =
{
  { ".cold", true, true, true },
  { ".part", false, true, true },
  { ".isra", false, true, false },
  { ".constprop", false, true, false },
  { ".lto_priv", false, true, false },
  { ".localalias", true, true, false },
  { ".clone", false, true, false },
};

/* Index of the suffix that ends the first LENGTH bytes of NAME, with the length before it, or -1.  */
static int
last_suffix (const char *name, size_t length, size_t *before)
{
  size_t digits = length;
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9')
    digits--;
  bool numbered = digits < length && digits > 0 && name[digits - 1] == '.';
  size_t end = numbered ? digits - 1 : length;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    {
      size_t size = strlen (suffixes[i].text);
      if ((numbered ? suffixes[i].numbered : suffixes[i].bare) && end > size
          && memcmp (name + end - size, suffixes[i].text, size) == 0)
        {
          *before = end - size;
          return i;
        }
    }
  return -1;
}

size_t
assembler_name_length (const char *name)
{
  size_t length = strlen (name);
  while (last_suffix (name, length, &length) >= 0)
    continue;
  return length;
}

bool
assembler_name_is_part (const char *name)
{
  size_t length = strlen (name);
  for (int suffix; (suffix = last_suffix (name, length, &length)) >= 0;)
    if (suffixes[suffix].part)
      return true;
  return false;
}

/* Where a mangled name says which copy of a constructor or destructor it is: the index of the digit of C1,
   C2, D1 or D2; 0 if it says nothing of the kind.  Identifiers, which are preceded by their length, are
   passed over.  */
static size_t
copy_digit (const char *name)
{
  if (strncmp (name, "_ZN", 3) != 0)
    return 0;
  for (size_t i = 3; name[i]; i++)
    if (name[i] >= '1' && name[i] <= '9')
      {
        /* Not the bound of an array type (A12_) or the value of a literal (Li12E).  */
        bool is_literal = name[i - 2] == 'L' && name[i - 1] >= 'a' && name[i - 1] <= 'z';
        bool is_length = name[i - 1] != 'A' && !is_literal;
        size_t length = 0, left = strlen (name + i);
        for (; name[i] >= '0' && name[i] <= '9' && length < left; i++)
          length = length * 10 + (name[i] - '0');
        i--;
        if (is_length && length <= strlen (name + i + 1))
          i += length;
      }
    else if ((name[i] == 'C' || name[i] == 'D') && (name[i + 1] == '1' || name[i + 1] == '2')
             && (name[i + 2] == 'E' || name[i + 2] == 'I' || name[i + 2] == 'B'))
      return i + 1;
  return 0;
}

void
assembler_name_unify (char *name)
{
  size_t digit = copy_digit (name);
  if (digit)
    name[digit] = '4';
}
