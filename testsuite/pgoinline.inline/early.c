/* What GCC's early inliner takes, before there are counts, is reported too.  Of what never runs, as the profile says,
   it takes what gets no larger.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call.pgo.xml" } */
/* { dg-require-target "x86_64" } */
int seen;

static int
tiny (int x)
{
  return x + seen;
}

static int
outer (int x)
{
  return tiny (x * 2);
}

#define BOTH(x) (tiny (x) + tiny (x + 1))

int
user (int x)
{
  x = outer (x);
  return tiny (x);
}

int
twice (int x)
{
  return BOTH (x);
}
/* { dg-final { scan-assembler-not {call|jmp} } } */
/* { dg-final { scan-report {<call-site id="user &gt; 2:7 outer \(early\)" stage="early" decision="leave" reason="untouched" gcc="inlined"[^>]* growth="-?[0-9]+"} } } */
/* { dg-final { scan-report {<call-site id="user &gt; 3:10 tiny \(early\)" stage="early"} } } */
/* { dg-final { scan-report {<call-site id="outer &gt; 2:10 tiny \(early\)" stage="early"} } } */
/* { dg-final { scan-report {<call-site id="twice &gt; 2:10 tiny \(early\)" stage="early"} } } */
/* { dg-final { scan-report {<call-site id="twice &gt; 2:10 tiny#2 \(early\)" stage="early"} } } */
