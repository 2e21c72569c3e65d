/* Memory and string functions of the library's own.

   They take the place of libc's for everything in this library (nothing else sees them: they are
   hidden).  libc's can be replaced by the program's, and sanitizers do that; such replacements look for
   thread-local storage, which the collector's thread does not have, and need not be safe in a signal
   handler.

   Plain loops: what the runtime copies is small.  GCC must not turn them into calls of themselves.

   SPDX-License-Identifier: MIT  */
#include <stdint.h>
#include <string.h>

#if defined __GNUC__ && !defined __clang__
# pragma GCC optimize ("no-tree-loop-distribute-patterns")
#endif

/* Eight bytes at any address.  */
typedef uint64_t __attribute__ ((may_alias, aligned (1))) word;

void *
memcpy (void *restrict to, const void *restrict from, size_t n)
{
  unsigned char *t = to;
  const unsigned char *f = from;
  for (; n >= sizeof (word); n -= sizeof (word), t += sizeof (word), f += sizeof (word))
    *(word *) t = *(const word *) f;
  while (n-- > 0)
    *t++ = *f++;
  return to;
}

void *
memmove (void *to, const void *from, size_t n)
{
  unsigned char *t = to;
  const unsigned char *f = from;
  if ((uintptr_t) t - (uintptr_t) f >= n)
    while (n-- > 0)
      *t++ = *f++;
  else
    while (n-- > 0)
      t[n] = f[n];
  return to;
}

void *
memset (void *to, int byte, size_t n)
{
  unsigned char *t = to;
  word all = (unsigned char) byte * 0x0101010101010101u;
  for (; n >= sizeof (word); n -= sizeof (word), t += sizeof (word))
    *(word *) t = all;
  while (n-- > 0)
    *t++ = (unsigned char) byte;
  return to;
}

int
memcmp (const void *left, const void *right, size_t n)
{
  const unsigned char *a = left, *b = right;
  for (size_t i = 0; i < n; i++)
    if (a[i] != b[i])
      return a[i] - b[i];
  return 0;
}

void *
memchr (const void *bytes, int byte, size_t n)
{
  const unsigned char *b = bytes;
  for (size_t i = 0; i < n; i++)
    if (b[i] == (unsigned char) byte)
      return (void *) (b + i);
  return NULL;
}

size_t
strlen (const char *string)
{
  size_t n = 0;
  while (string[n] != 0)
    n++;
  return n;
}

int
strncmp (const char *left, const char *right, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      unsigned char a = (unsigned char) left[i], b = (unsigned char) right[i];
      if (a != b || a == 0)
        return a - b;
    }
  return 0;
}

int
strcmp (const char *left, const char *right)
{
  return strncmp (left, right, SIZE_MAX);
}

char *
strchr (const char *string, int c)
{
  for (;; string++)
    {
      if (*string == (char) c)
        return (char *) string;
      if (*string == 0)
        return NULL;
    }
}

size_t
strcspn (const char *string, const char *reject)
{
  size_t n = 0;
  while (string[n] != 0 && strchr (reject, string[n]) == NULL)
    n++;
  return n;
}
