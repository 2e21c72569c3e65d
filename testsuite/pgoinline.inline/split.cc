/* The same for a member function, whose cold part is in the middle of the function: GCC splits only what ends one, so the
   whole of it is inlined where it is called often, and the cold part of that is with the unlikely code.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "split-cc.pgo.xml" } */
/* { dg-do run } */
/* { dg-variants {"" "-flto=1" "-flto=2 -flto-partition=max"} } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

static unsigned char store[4][1 << 20];

#define ROUND(h, x) \
  h ^= h >> 15; h *= 2246822519u; h ^= h >> 13; h += (h & 255) * x; h ^= h >> 16; h *= x | 1; \
  h = (h << 11 | h >> 21) + x * 668265263u; h ^= (x << 3) ^ (h >> 2); h = (h << 13 | h >> 19) + x

class buffer
{
public:
  unsigned used = 0, size = sizeof store[0], sum = 0, grown = 0;
  unsigned char *bytes = store[0];
  unsigned add (unsigned char c);
  bool put (unsigned char c);
};

/* The cold part comes first, and what is hot follows it.  */
unsigned
buffer::add (unsigned char c)
{
  if (__builtin_expect (used >= size, 0))
    {
      unsigned h = sum ^ c;
      for (unsigned i = 0; i < used; i++)
        {
          ROUND (h, i);
          bytes[i] ^= h;
        }
      ROUND (h, c);
      ROUND (h, grown);
      sum = h;
      used = 0;
      bytes = store[++grown & 3];
      printf ("grown %u\n", grown);
    }
  bytes[used++] = c;
  return used + sum;
}

/* The cold rest ends the function.  */
bool
buffer::put (unsigned char c)
{
  if (used < size)
    {
      bytes[used++] = c;
      return false;
    }
  unsigned h = sum ^ c ^ 0x4badcafe;
  for (unsigned i = 0; i < used; i++)
    {
      ROUND (h, i);
      bytes[i] ^= h;
    }
  ROUND (h, c);
  sum = h;
  used = 0;
  bytes = store[++grown & 3];
  printf ("grown %u\n", grown);
  return true;
}

unsigned __attribute__ ((noipa))
hot_add (buffer *b, unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum += b->add (i);
  return sum;
}

unsigned __attribute__ ((noipa))
hot_put (buffer *b, unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum += b->put (i);
  return sum;
}

unsigned __attribute__ ((noipa))
other_put (buffer *b)
{
  return b->put (1) + b->put (2);
}

int
main ()
{
  static buffer b;
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += hot_add (&b, 1000) + hot_put (&b, 1000);
  if (sum == 1)
    sum = other_put (&b);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<_Z7hot_putP6bufferj>:\n(.+\n)*.*call} } } */
/* { dg-final { scan-disassembly {<_Z7hot_putP6bufferj.cold>:\n(.+\n)*.*call.*<_ZN6buffer3putEh.part.0} } } */
/* { dg-final { scan-disassembly-not {<_Z7hot_addP6bufferj>:\n(.+\n)*.*call} } } */
/* { dg-final { scan-disassembly {<_Z7hot_addP6bufferj.cold>:\n(.+\n)*.*call.*<printf@plt>} } } */
/* { dg-final { scan-disassembly-not {<_ZN6buffer3addEh.part} } } */
