/* An indirect call whose frequent target is in another unit: in link-time optimisation it gets a guard, and the target's
   body behind it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "promote-units.pgo.xml" } */
/* { dg-do run } */
/* { dg-options "-O2 -flto=1" } */
/* { dg-additional-sources "promote-units-targets.c" } */
/* { dg-variants {"" "-flto=2 -flto-partition=max"} } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

typedef unsigned (*operation) (unsigned, unsigned);
extern operation volatile table[];

unsigned __attribute__ ((noipa))
mostly (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    {
      operation f = table[i % 16 == 0 ? 1 : 0];
      sum = f (sum, i);
    }
  return sum;
}

unsigned __attribute__ ((noipa))
largely (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    {
      operation f = table[i % 16 == 0 ? 1 : 2];
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
      operation f = table[i % 3];
      sum = f (sum, i);
    }
  return sum;
}

int
main (void)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += mostly (1000) + largely (1000) + evenly (100);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*(lea|cmp).*<twist>} } } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*0x5eed} } } */
/* { dg-final { scan-disassembly {<mostly>:\n(.+\n)*.*call +\*} } } */
/* { dg-final { scan-disassembly {<largely>:\n(.+\n)*.*0x4badcafe} } } */
/* { dg-final { scan-disassembly-not {<evenly>:\n(.+\n)*.*(5eed|4badcafe)} } } */
/* { dg-final { scan-report {id="mostly &gt; @[0-9]+ twist"[^>]* guarded="1"} } } */
/* { dg-final { scan-report {id="largely &gt; @[0-9]+ churn" stage="after" decision="inline" reason="benefit"[^>]* guarded="1"} } } */
