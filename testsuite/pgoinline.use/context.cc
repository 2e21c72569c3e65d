/* The same inline function in two callers: what the profile tells of each caller's instance is used there,
   not the sum.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "context.pgo.xml" } */
/* { dg-require "xmllint" } */
extern int odd_calls (int), even_calls (int);

static inline __attribute__ ((always_inline)) int
pick (int x)
{
  if (x & 1)
    return odd_calls (x);
  return even_calls (x);
}

int
odd_user (int x)
{
  return pick (x) + 1;
}

int
even_user (int x)
{
  return pick (x) + 2;
}
/* { dg-final { xpath-report {//function[contains(@name,'odd_user')]/call[contains(@callee,'odd_calls')]/@class} "hot" } } */
/* { dg-final { xpath-report {//function[contains(@name,'odd_user')]/call[contains(@callee,'even_calls')]/@class} "cold" } } */
/* { dg-final { xpath-report {//function[contains(@name,'even_user')]/call[contains(@callee,'odd_calls')]/@class} "cold" } } */
/* { dg-final { xpath-report {//function[contains(@name,'even_user')]/call[contains(@callee,'even_calls')]/@class} "hot" } } */
/* { dg-final { scan-assembler-times {^_Z[a-z0-9_]*\.cold:} 2 } } */
