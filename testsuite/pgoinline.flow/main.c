/* Run the machine for as many rounds as the argument says; print the result.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same name as a static function of machine.c, and another temperature.  */
static unsigned __attribute__ ((noinline))
describe (unsigned value)
{
  unsigned digits = 0;
  for (; value; value /= 10)
    digits += value % 10;
  return digits;
}

int
main (int argc, char **argv)
{
  unsigned rounds = argc > 1 ? (unsigned) atoi (argv[1]) : 1000, sum = 0;
  struct machine m = { 7, 0, { 0 } };
  for (unsigned round = 0; round < rounds; round++)
    {
      memset (m.code, ADD, CODE_MAX);
      m.code[CODE_MAX - 1] = m.code[CODE_MAX - 2] = STOP;
      m.code[10] = SKIP;
      if (round % 1000 == 999)
        m.code[20] = DIVIDE;
      sum += describe (run_machine (&m));
    }
  printf ("%u\n", sum);
  return 0;
}
