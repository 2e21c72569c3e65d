/* A virtual call that mostly reaches one class.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "promote-cc.pgo.xml" } */
/* { dg-do run } */
/* { dg-variants {"" "-flto=1"} } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

struct shape
{
  virtual unsigned area (unsigned) = 0;
};
struct square : shape
{
  unsigned area (unsigned a) override { return a * a ^ 0x5eed; }
};
struct circle : shape
{
  unsigned area (unsigned a) override { return a * a * 355 / 113; }
};

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

int
main ()
{
  shapes[0] = new square;
  shapes[1] = new circle;
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += total (1000);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly {<_Z5totalj[^>]*>:\n(.+\n)*.*5eed} } } */
/* { dg-final { scan-disassembly {<_Z5totalj[^>]*>:\n(.+\n)*.*call +\*} } } */
/* { dg-final { scan-report {id="_Z5totalj &gt; (6:22|@[0-9]+) _ZN6square4areaEj"[^>]* guarded="1"} } } */
