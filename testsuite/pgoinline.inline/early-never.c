/* GCC's early inliner is kept from calls that never ran, where the code would grow.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "early-never.pgo.xml" } */
/* { dg-require-target "x86_64" } */
int seen;

static int
mix (int x, int y)
{
  return (x ^ 3) * (y | seen) + (y >> (x & 7));
}

int __attribute__ ((noipa))
hot (int x)
{
  return mix (x, 5);
}

int __attribute__ ((noipa))
never (int x, int y)
{
  return mix (x, y) * mix (y, x) + mix (x, x) * mix (y, y) + mix (x, 9) * mix (9, y);
}

int
main (int argc, char **argv)
{
  (void) argv;
  for (int i = 0; i < 1000; i++)
    seen += hot (i);
  if (argc > 5)
    seen += never (argc, seen);
  return seen == 5;
}
/* { dg-final { scan-report {id="hot &gt; 2:10 mix \(early\)" stage="early" decision="leave" reason="untouched" gcc="inlined"} } } */
/* { dg-final { scan-report {id="never &gt; 2:10 mix \(early\)" stage="early" decision="refuse" reason="never" gcc="not asked"} } } */
/* { dg-final { scan-assembler {^never:\n(.+\n)*.*call\tmix} } } */
/* { dg-final { scan-assembler-not {^hot:\n(\t.+\n)*.*(call|jmp)\tmix} } } */
