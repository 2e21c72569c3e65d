/* Every count in here is known: what exact evidence of it must say.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>

#ifndef ROUNDS
#define ROUNDS 1000
#endif

static volatile unsigned sink;

static inline unsigned
mixed (unsigned value)                          /* 2 * ROUNDS: once in each visitor, inlined.  */
{
  value ^= value >> 3;
  if (value % 4 == 1)
    sink += value;
  return value * 2654435761u;
}

__attribute__ ((noinline)) void
visit_even (unsigned i)                         /* ROUNDS / 2  */
{
  sink = mixed (i);
}

__attribute__ ((noinline)) void
visit_odd (unsigned i)                          /* ROUNDS / 2  */
{
  sink += mixed (i) + 1;
}

__attribute__ ((noinline)) void
never (unsigned i)                              /* 0  */
{
  printf ("%u\n", i);
}

static void (*const visitors[]) (unsigned) = { visit_even, visit_odd };

__attribute__ ((noinline)) unsigned
classify (unsigned i)                           /* ROUNDS  */
{
  switch (i % 10)
    {
    case 0: sink = 1; break;
    case 1: sink = 12; break;
    case 2: sink = 123; break;
    case 3: sink += 7; break;
    case 4: sink ^= i; break;
    case 5: sink -= 11; break;
    default: sink = i * 3;
    }
  return sink;
}

int
main (int argc, char **argv)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < ROUNDS; i++)
    {
      visitors[i % 2] (i);
      sum += classify (i);
      if (i % 8 == 7)
        sum ^= i;
    }
  if (argc > 100)
    never (argc);
  printf ("%u %s\n", sum, argv[0] ? "done" : "");
  return 0;
}
