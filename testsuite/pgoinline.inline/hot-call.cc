/* The same for a member function that is called through a reference: only the call that runs is inlined.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "hot-call-cc.pgo.xml" } */
/* { dg-do run } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

class generator
{
public:
  explicit generator (unsigned seed) : m_state (seed), m_carry (1) { }
  unsigned next (unsigned salt);

private:
  unsigned m_state, m_carry, m_table[64];
};

unsigned
generator::next (unsigned salt)
{
  unsigned x = m_state * 1664525u + 1013904223u + salt;
  x ^= x >> 15;
  x *= 2246822519u + m_carry;
  m_table[x & 63] += salt;
  x ^= m_table[(x >> 6) & 63];
  x = (x << 11 | x >> 21) * 3266489917u;
  m_carry += x >> 28;
  m_table[(x >> 12) & 63] ^= x + m_carry;
  x += m_table[salt & 63] ^ (x >> 7);
  m_state = x ^ (m_carry << 3);
  return x ^ x >> 16;
}

unsigned __attribute__ ((noipa))
hot_user (generator &g, unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum ^= g.next (i);
  return sum;
}

unsigned __attribute__ ((noipa))
cold_user (generator &g)
{
  return g.next (1) + g.next (2);
}

int
main ()
{
  static generator g (7);
  unsigned sum = 0;
  for (unsigned i = 0; i < 100; i++)
    sum += hot_user (g, 1000);
  sum += cold_user (g);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<_Z8hot_user[^>]*>:\n(.+\n)*.*call.*<_ZN9generator4next} } } */
/* { dg-final { scan-disassembly {<_Z9cold_user[^>]*>:\n(.+\n)*.*(call|jmp).*<_ZN9generator4next} } } */
/* { dg-final { scan-report {id="_Z8hot_user[^>]* &gt; 4:19 _ZN9generator4next[^>]*" stage="after" decision="inline"} } } */
