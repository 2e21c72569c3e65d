/* Branch records may say "never", where so many went by that some would have gone there.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "never-branch.pgo.xml" } */
/* { dg-require "xmllint" } */
int slow (int), quick (int);

int
many (int *p, int x)
{
  if (p == 0)
    return quick (x);
  return slow (x) + *p;
}

int
few (int *p, int x)
{
  if (p == 0)
    return quick (x);
  return slow (x) - *p;
}

int
unseen (int x)
{
  return slow (x) * 3;
}
/* { dg-final { scan-assembler {\.section\t\.text\.unlikely[^\n]*\n([^\n]*\n){1,4}unseen:} } } */
/* { dg-final { xpath-report {//function[@name='unseen']/@result} "not-run" } } */
/* { dg-final { scan-assembler {many\.cold} } } */
/* { dg-final { scan-assembler-not {few\.cold} } } */
/* { dg-final { xpath-report {//function[@name='many']/call[@callee='slow']/@class} "cold" } } */
/* { dg-final { xpath-report {//function[@name='few']/call[@callee='slow']/@class} "warm" } } */
