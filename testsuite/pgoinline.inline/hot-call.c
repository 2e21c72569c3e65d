/* A function that is too large for GCC's inliner is inlined where it is called often, and called where it is
   called seldom.  What comes with it is planned too: of the chain hot_user > encode > spread nothing is left.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call.pgo.xml" } */
/* { dg-do run } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

static unsigned table[256];

static unsigned
spread (unsigned x, unsigned salt)
{
  unsigned h = x * 2654435761u + salt;
  h ^= h >> 15;
  h *= 2246822519u;
  h ^= h >> 13;
  h += table[h & 255] * 3266489917u;
  h ^= h >> 16;
  h *= salt | 1;
  h ^= table[(h >> 8) & 255];
  table[h & 255] += x ^ salt;
  return h ^ (h >> 11);
}

static unsigned
encode (unsigned a, unsigned b, unsigned c)
{
  unsigned x = spread (a, 17) + 3 * b;
  x ^= table[(a + b) & 255] + (x << 7);
  x += table[(b ^ c) & 255] ^ (x >> 5);
  x *= 668265263u;
  x ^= (a << 3) + (b >> 2) + table[x & 255];
  table[(x >> 4) & 255] ^= c;
  x = (x << 13 | x >> 19) + a * b;
  return x ^ table[c & 255];
}

unsigned __attribute__ ((noipa))
hot_user (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum = encode (sum, i, 5);
  return sum;
}

unsigned __attribute__ ((noipa))
cold_user (unsigned n)
{
  return encode (n, 1, n) + spread (n, n);
}

int
main (void)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += hot_user (1000);
  sum += cold_user (sum);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<hot_user>:\n(.+\n)*.*call.*<(encode|spread)} } } */
/* { dg-final { scan-disassembly {<cold_user>:\n(.+\n)*.*(call|jmp).*<encode} } } */
/* { dg-final { scan-report {id="hot_user &gt; 4:11 encode" stage="after" decision="inline" reason="benefit"} } } */
/* { dg-final { scan-report {id="cold_user &gt; 2:10 encode"[^>]* decision="leave" reason="cold"} } } */
