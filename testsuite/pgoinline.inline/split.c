/* A function that is called often, nearly always returns at once, and is large: its hot beginning is inlined, what is
   seldom or never needed stays out of line, with the unlikely code.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "split.pgo.xml" } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

struct buffer
{
  unsigned used, size, sum, grown;
  unsigned char *bytes;
};

static unsigned char store[4][1 << 20];

#define ROUND(h, x) \
  h ^= h >> 15; h *= 2246822519u; h ^= h >> 13; h += (h & 255) * x; h ^= h >> 16; h *= x | 1; \
  h = (h << 11 | h >> 21) + x * 668265263u; h ^= (x << 3) ^ (h >> 2); h = (h << 13 | h >> 19) + x

/* Early out; the cold rest ends the function.  */
static int
put (struct buffer *b, unsigned char c)
{
  if (b->used < b->size)
    {
      b->bytes[b->used++] = c;
      return 0;
    }
  unsigned h = b->sum ^ c;
  for (unsigned i = 0; i < b->used; i++)
    {
      ROUND (h, i);
      b->bytes[i] ^= h;
    }
  ROUND (h, c);
  ROUND (h, b->grown);
  b->sum = h;
  b->used = 0;
  b->bytes = store[++b->grown & 3];
  printf ("grown %u\n", b->grown);
  return 1;
}

int __attribute__ ((noipa))
hot_user (struct buffer *b, unsigned n)
{
  int grown = 0;
  for (unsigned i = 0; i < n; i++)
    grown += put (b, i);
  return grown;
}

int __attribute__ ((noipa))
other_user (struct buffer *b)
{
  return put (b, 1) + put (b, 2);
}

int
main (void)
{
  struct buffer b = { 0, sizeof store[0], 0, 0, store[0] };
  int grown = 0;
  for (unsigned i = 0; i < 100; i++)
    grown += hot_user (&b, 1000);
  grown += other_user (&b);
  printf ("%d\n", grown);
  return 0;
}
/* { dg-final { scan-assembler {\.section\t\.text\.unlikely.*\n([\t.].+\n)*put\.part\.0:} } } */
/* { dg-final { scan-assembler {^hot_user\.cold:\n(.+\n)*.*call\tput\.part\.0$} } } */
/* { dg-final { scan-assembler-not {\t(call|jmp)\tput$} } } */
/* { dg-final { scan-report {id="hot_user &gt; 4:14 put"[^>]* gcc="inlined"} } } */
/* { dg-final { scan-report {id="hot_user &gt; 4:14 put &gt; 0 put\.part\.0" stage="after" decision="leave"} } } */
