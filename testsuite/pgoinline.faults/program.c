/* What is profiled: a second of work, half of it in a function that another profile does not know as hot.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>
#include <stdlib.h>

static unsigned __attribute__ ((noinline))
mix (unsigned x)
{
  return x % 3 == 0 ? x * 2654435761u : x ^ x >> 7;
}

static unsigned __attribute__ ((noinline))
rare (unsigned x)
{
  return x / 5 + 1;
}

int
main (int argc, char **argv)
{
  unsigned long rounds = argc > 1 ? strtoul (argv[1], NULL, 10) : 1000;
  unsigned sum = 1;
  for (unsigned long i = 0; i < rounds; i++)
    sum += i % 1000 == 999 ? rare (sum) : mix (sum + (unsigned) i);
  printf ("%u\n", sum);
  return 0;
}
