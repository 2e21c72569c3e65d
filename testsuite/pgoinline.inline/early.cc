/* The same of member functions, which are small and many.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call-cc.pgo.xml" } */
/* { dg-require-target "x86_64" } */
struct counter
{
  int value;
  int get () const { return value; }
  void add (int n) { value = get () + n; }
};

int
user (counter &c)
{
  c.add (5);
  return c.get ();
}
/* { dg-final { scan-assembler-not {call|jmp} } } */
/* { dg-final { scan-report {<call-site id="_Z4userR7counter &gt; 2:9 _ZN7counter3addEi \(early\)" stage="early"[^>]* gcc="inlined"} } } */
/* { dg-final { scan-report {<call-site id="_ZN7counter3addEi &gt; 0:34 _ZNK7counter3getEv \(early\)" stage="early"} } } */
