/* A virtual call that mostly reaches one class, whose methods are in another unit: in link-time optimisation the body
   is behind a guard.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "promote-units-cc.pgo.xml" } */
/* { dg-do run } */
/* { dg-options "-O2 -flto=1" } */
/* { dg-additional-sources "promote-units-targets.cc" } */
/* { dg-variants {"" "-flto=2 -flto-partition=max"} } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>
#include "promote-units.h"

shape *volatile shapes[2];

unsigned __attribute__ ((noipa))
total (unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    {
      shape *s = shapes[i % 32 == 0];
      sum += s->area (sum + i);
    }
  return sum;
}

unsigned __attribute__ ((noipa))
seldom (unsigned n)
{
  return shapes[n % 2]->area (n);
}

int
main ()
{
  shapes[0] = new square;
  shapes[1] = new circle;
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += total (1000);
  sum += seldom (sum & 1);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly {<_Z5totalj[^>]*>:\n(.+\n)*.*(lea|cmp).*<_ZN6square4areaEj} } } */
/* { dg-final { scan-disassembly {<_Z5totalj[^>]*>:\n(.+\n)*.*5eed} } } */
/* { dg-final { scan-disassembly {<_Z5totalj[^>]*>:\n(.+\n)*.*call +\*} } } */
/* { dg-final { scan-disassembly-not {<_Z6seldomj[^>]*>:\n(.+\n)*.*5eed} } } */
/* { dg-final { scan-report {id="_Z5totalj &gt; @[0-9]+ _ZN6square4areaEj[^>]* guarded="1"} } } */
