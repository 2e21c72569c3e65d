/* Blocks are ordered so that control falls through most, and no worse than GCC has them.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-do run } */
/* { dg-profile "blocks.pgo.xml" } */
/* { dg-options "-O2 -fchecking" } */
/* { dg-require "xmllint" } */
/* { dg-require-target "x86_64" } */
int __attribute__ ((noipa)) one (int x) { return x + 1; }
int __attribute__ ((noipa)) two (int x) { return x - 1; }
int __attribute__ ((noipa)) three (int x) { return x * 3; }

int __attribute__ ((noipa))
step (int kind, int x)
{
  switch (kind)
    {
    case 0:
      x = one (x);
      if (x & 1)
        return x;
      break;
    case 1:
      x = two (x);
      if (x > 4)
        return three (x);
      break;
    case 2:
      x = three (x);
      /* Fall through.  */
    default:
      if (x < 0)
        return one (x);
    }
  return two (x) + kind;
}

int
main (int argc, char **argv)
{
  volatile int sum = 0;
  (void) argv;
  for (int i = 0; i < 1000; i++)
    sum += step (i % 10 < 4 ? 1 : i % 10 < 8 ? 0 : i % 10 < 9 ? 2 : argc + 3, i);
  return 0;
}
/* The loop of main is turned, and its score never falls.  */
/* { dg-final { xpath-report "//layout\[@function='main'\]/@result" "better" } } */
/* { dg-final { xpath-report "//layout\[@function='main'\]/@score > //layout\[@function='main'\]/@score-before" "true" } } */
/* { dg-final { xpath-report "//layout\[@function='main'\]/@taken <= //layout\[@function='main'\]/@taken-before" "true" } } */
/* { dg-final { xpath-report "count(//layout\[@score < @score-before\])" "0" } } */
