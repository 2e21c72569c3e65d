/* For the debugger: breakpoints, steps and a watchpoint in code that bursts run through.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdint.h>
#include <stdio.h>

volatile unsigned watched;

__attribute__ ((noinline)) uint64_t
work (uint64_t seed, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      if (seed >> 62 == 3)
        seed ^= seed >> 17;
    }
  return seed;
}

__attribute__ ((noinline)) void
mark (unsigned round, uint64_t value)
{
  __asm__ volatile ("" : : "r" (round), "r" (value) : "memory");
}

int
main (void)
{
  uint64_t x = 1;
  for (unsigned i = 0; i < 40; i++)
    {
      x = work (x, 300000);
      mark (i, x);
      if (i % 10 == 9)
        watched = i;
    }
  printf ("%llu\n", (unsigned long long) x);
  return 6;
}
