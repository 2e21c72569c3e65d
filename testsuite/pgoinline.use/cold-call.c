/* A callee that -O2 inlines everywhere is called where exact evidence saw the call not run.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-profile "cold-call.pgo.xml" } */
/* { dg-do run } */
/* { dg-require-target "x86_64" } */
#include <stdio.h>

static unsigned
mix (unsigned *table, unsigned x)
{
  unsigned h = x * 2654435761u;
  h ^= h >> 15;
  table[h & 63] += x;
  return h + table[x & 63];
}

unsigned __attribute__ ((noipa))
hot_user (unsigned *table, unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum += mix (table, i);
  return sum;
}

unsigned __attribute__ ((noipa))
cold_user (unsigned *table, unsigned n)
{
  return mix (table, n) + mix (table, n + 1);
}

int
main (int argc, char **argv)
{
  static unsigned table[64];
  unsigned sum = 0;
  (void) argv;
  for (unsigned i = 0; i < 100; i++)
    sum += hot_user (table, 1000);
  if (argc > 1)
    sum += cold_user (table, 7);
  printf ("%u\n", sum);
  return 0;
}
/* { dg-output {^[0-9]+\n$} } */
/* { dg-final { scan-disassembly-not {<hot_user>:\n(.+\n)*.*call.*<mix>} } } */
/* { dg-final { scan-disassembly {<cold_user>:\n(.+\n)*.*(call|jmp).*<mix>} } } */
