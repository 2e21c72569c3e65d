/* A loop that most callers never enter, as the compiler knows on their way to it: it leaves the test out there.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>

static volatile unsigned sink;

__attribute__ ((noinline)) unsigned
threaded (unsigned i)                           /* 1000  */
{
  unsigned n = 0;
  if (i % 4 == 0)
    n = i % 7 + 1;                              /* 250  */
  sink = i;
  while (n > 0)                                 /* Tested 1000 times too little: never on the first arrival.  */
    {
      sink += n;
      n--;
    }
  sink++;
  return sink;
}

int
main (void)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < 1000; i++)
    sum += threaded (i);
  printf ("%u\n", sum);
  return 0;
}
