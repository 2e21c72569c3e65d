/* Functions that the profile has under another name: `find' was look_up, and `insert' hands its work to
   insert_locked.  `other', which is like nothing that is gone, stays unknown.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "renamed.pgo.xml" } */
/* { dg-require "xmllint" } */
extern int odd_calls (int), even_calls (int), third_calls (int), prepare (int), report (int);
#define NOINLINE __attribute__ ((noinline, noipa))

static NOINLINE int
find (int x)
{
  if (x & 1)
    return odd_calls (x);
  return even_calls (x);
}

static NOINLINE int
other (int x)
{
  for (int i = 0; i < x; i++)
    if (third_calls (i))
      return i;
  return report (x);
}

static NOINLINE int
insert_locked (int x)
{
  prepare (x);
  if (x > 9)
    return third_calls (x);
  return report (x);
}

int
insert (int x)
{
  return insert_locked (x);
}

int
user (int x)
{
  return find (x) + other (x);
}
/* { dg-final { xpath-report {//function[@name='find']/@known-as} "look_up" } } */
/* { dg-final { xpath-report {//function[@name='find']/@result} "done" } } */
/* { dg-final { xpath-report {//function[@name='find']/call[@callee='odd_calls']/@class} "hot" } } */
/* { dg-final { xpath-report {//function[@name='find']/call[@callee='even_calls']/@class} "cold" } } */
/* { dg-final { xpath-report {//function[@name='insert_locked']/@known-as} "insert" } } */
/* { dg-final { xpath-report {//function[@name='insert_locked']/call[@callee='third_calls']/@class} "hot" } } */
/* { dg-final { xpath-report {//function[@name='insert_locked']/call[@callee='report']/@class} "cold" } } */
/* { dg-final { xpath-report {string(//function[@name='other']/@known-as)} "" } } */
/* { dg-final { xpath-report {//function[@name='other']/@result} "absent" } } */
