/* A call that came with a body that early inlining took has its place told from the function whose source it is in.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call.pgo.xml" } */
int outside (int);

static inline int
wrap (int x)
{

  return outside (x + 1);
}

int
user (int x)
{
  x = outside (x);
  return wrap (x) * 3;
}
/* { dg-final { scan-report {<call callee="outside" at="2:7"} } } */
/* { dg-final { scan-report {<call callee="outside" in="wrap" at="3:10"} } } */
