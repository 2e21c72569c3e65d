/* Samples never say "never": what they did not see keeps a small count and stays in its function.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "never-time.pgo.xml" } */
/* { dg-plugin "verbose" } */
int slow (int), quick (int);

int
choose (int *p, int x)
{
  if (p == 0)
    return quick (x);
  return slow (x) + *p;
}

int
unused (int x)
{
  return slow (x) * 3;
}
/* { expect-message {2 functions, 2 in the profile \(0 never run\)} } */
/* { dg-final { scan-assembler-not {choose\.cold} } } */
/* { dg-final { xpath-report {//function[@name='choose']/@evidence} "time" } } */
/* { dg-final { xpath-report {//function[@name='choose']/@class} "hot" } } */
/* { dg-final { xpath-report {count(//function[@name='choose']/block[@class='cold'])} "0" } } */
/* { dg-final { xpath-report {count(//function[@name='unused']/block[@class='hot'])} "0" } } */
/* { dg-final { xpath-report {//function[@name='choose']/call[@callee='quick']/@class} "hot" } } */
/* { dg-require "xmllint" } */
