/* What exact evidence saw never run goes to the cold section; the arm that GCC's own estimate holds
   unlikely (a null pointer) is the hot one.  Under LTO the counts are streamed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-do link } */
/* { dg-profile "never.pgo.xml" } */
/* { dg-options "-O2" } */
/* { dg-variants {"" "-flto" "-O1 -freorder-blocks-and-partition" "-O3" "-fPIE -pie" "-g"} } */
/* { dg-require-target "x86_64" } */
int __attribute__ ((noipa)) slow (int x) { return x + 1; }
int __attribute__ ((noipa)) quick (int x) { return x - 1; }

int __attribute__ ((noipa))
choose (int *p, int x)
{
  if (p == 0)
    return quick (x);
  return slow (x) + *p;
}

int __attribute__ ((noipa))
unused (int x)
{
  return slow (x) * 3;
}

int
main (int argc, char **argv)
{
  volatile int sum = 0;
  (void) argv;
  for (int i = 0; i < 1000; i++)
    sum += choose (0, i);
  if (argc > 1)
    sum += unused (sum);
  return 0;
}
/* { dg-final { scan-disassembly {^[0-9a-f]+ <choose\.cold>:\n(.+\n)*.*call.*<slow>} } } */
