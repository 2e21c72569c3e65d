/* An indirect call that mostly goes to one function: a guard, and the function's body behind it.  Of a second call,
   whose targets are many and seldom, nothing is promoted.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "promote.pgo.xml" } */
/* { dg-do run } */
/* { dg-variants {"" "-flto=1"} } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

typedef unsigned (*operation) (unsigned, unsigned);

static unsigned __attribute__ ((noinline)) add (unsigned a, unsigned b) { return a + b; }
static unsigned twist (unsigned a, unsigned b) { return (a ^ 0x5eed) * 3 + (b << 2 | b >> 7); }
static unsigned keep (unsigned a, unsigned b) { return a | b; }
static unsigned drop (unsigned a, unsigned b) { return a & ~b; }
static unsigned swap (unsigned a, unsigned b) { return b - a; }
static unsigned half (unsigned a, unsigned b) { return a / 2 + b; }
static unsigned last (unsigned a, unsigned b) { return a * 7 + b; }

operation volatile table[] = { add, twist, keep, drop, swap, half, last };

unsigned __attribute__ ((noipa))
mostly (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    {
      operation f = table[i % 16 == 0 ? 2 : 1];
      sum = f (sum, i);
    }
  return sum;
}

unsigned __attribute__ ((noipa))
evenly (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    {
      operation f = table[i % 7];
      sum = f (sum, i);
    }
  return sum;
}

int
main (void)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += mostly (1000) + evenly (1000);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*(lea|cmp).*<twist>|<mostly>:\n(.+\n)*.*lea.*\n(.+\n)*.*cmp} } } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*5eed} } } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*call +\*} } } */
/* { dg-final { scan-disassembly-not {<evenly>:\n(.+\n)*.*5eed} } } */
/* { dg-final { scan-report {id="mostly &gt; (6:13|@[0-9]+) twist"[^>]* guarded="1"} } } */
