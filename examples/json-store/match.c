/* Patterns of `like': % is any bytes, _ any one byte.

   Most patterns have their % at the ends only, and are found by comparing or searching bytes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "expression.h"

#include <string.h>

static bool
match_equal (struct value text, struct value pattern)
{
  return text.length == pattern.length && !memcmp (text.bytes, pattern.bytes, pattern.length);
}

static bool
match_prefix (struct value text, struct value pattern)
{
  return text.length >= pattern.length && !memcmp (text.bytes, pattern.bytes, pattern.length);
}

static bool
match_suffix (struct value text, struct value pattern)
{
  return (text.length >= pattern.length
          && !memcmp (text.bytes + text.length - pattern.length, pattern.bytes, pattern.length));
}

static bool
match_within (struct value text, struct value pattern)
{
  if (!pattern.length)
    return true;
  for (uint32_t at = 0; at + pattern.length <= text.length; at++)
    if (text.bytes[at] == pattern.bytes[0] && !memcmp (text.bytes + at, pattern.bytes, pattern.length))
      return true;
  return false;
}

/* Any pattern: on a mismatch, let the last % take one byte more.  */
static bool
match_general (struct value text, struct value pattern)
{
  uint32_t t = 0, p = 0, resume_t = 0, resume_p = 0;
  bool resumable = false;
  while (t < text.length)
    {
      if (p < pattern.length && pattern.bytes[p] == '%')
        {
          resumable = true;
          resume_p = ++p;
          resume_t = t;
        }
      else if (p < pattern.length && (pattern.bytes[p] == '_' || pattern.bytes[p] == text.bytes[t]))
        t++, p++;
      else if (resumable)
        {
          p = resume_p;
          t = ++resume_t;
        }
      else
        return false;
    }
  while (p < pattern.length && pattern.bytes[p] == '%')
    p++;
  return p == pattern.length;
}

matcher *
matcher_for (struct value *pattern)
{
  if (!pattern->length)
    return match_equal;
  bool first = pattern->bytes[0] == '%';
  bool last = pattern->length > first && pattern->bytes[pattern->length - 1] == '%';
  uint32_t inner = pattern->length - first - last;
  const char *bytes = pattern->bytes + first;
  if (memchr (bytes, '%', inner) || memchr (bytes, '_', inner))
    return match_general;
  pattern->bytes = bytes;
  pattern->length = inner;
  if (first)
    return last || !inner ? match_within : match_suffix;
  return last ? match_prefix : match_equal;
}
