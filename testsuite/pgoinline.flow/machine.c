/* A machine with four instructions: a program whose hot and cold parts are known.

   `add` and `step` are run nearly always, `divide` once in a thousand rounds, `fault` never.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

/* The same name as a static function of main.c, and another temperature.  */
static void __attribute__ ((noinline))
describe (const struct machine *m)
{
  fprintf (stderr, "fault at %u: accumulator %u\n", m->at, m->accumulator);
}

static unsigned __attribute__ ((noinline))
fault (struct machine *m)
{
  describe (m);
  for (unsigned i = 0; i < CODE_MAX; i++)
    fprintf (stderr, "%u: %u\n", i, m->code[i]);
  exit (3);
}

static unsigned __attribute__ ((noinline))
divide (struct machine *m)
{
  unsigned divisor = m->accumulator % 13;
  if (divisor == 0)
    divisor = 1;
  for (unsigned i = 0; i < 8; i++)
    m->accumulator = m->accumulator / divisor + i;
  return m->at + 1;
}

static unsigned
add (struct machine *m, unsigned value)
{
  if (value & 1)
    m->accumulator += value * 3;
  else
    m->accumulator ^= value << 2;
  return m->at + 1;
}

/* One round through the code.  */
unsigned
run_machine (struct machine *m)
{
  m->at = 0;
  while (m->code[m->at] != STOP)
    switch (m->code[m->at])
      {
      case ADD:
        m->at = add (m, m->at + m->accumulator);
        break;
      case SKIP:
        m->at += 1 + (m->accumulator & 1);
        break;
      case DIVIDE:
        m->at = divide (m);
        break;
      default:
        m->at = fault (m);
        break;
      }
  return m->accumulator;
}
