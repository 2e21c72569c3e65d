/* Results of a C unit test, one line each, for lib/pgoinline.exp to relay.

   A test program calls CHECK for each thing it claims and returns `unit_done ()` from main:

     CHECK ("an empty profile has no functions", p->n_functions == 0);

   A name is one line and unique in its program.  A program that prints no result, or that crashes
   before `unit_done` prints its last line, fails as a whole.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TESTSUITE_UNIT_H
#define PGOINLINE_TESTSUITE_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned unit_failures;

/* Print the result; flushed, so that it survives a crash in the next check.  */
static inline bool
unit_check (const char *name, bool good, const char *file, int line)
{
  if (good)
    printf ("PASS: %s\n", name);
  else
    {
      printf ("FAIL: %s: %s:%d\n", name, file, line);
      unit_failures++;
    }
  fflush (stdout);
  return good;
}

/* Value: whether COND holds.  */
#define CHECK(name, cond) unit_check ((name), (cond), __FILE__, __LINE__)

/* End the program if COND does not hold, for what the rest of the test stands on.  */
#define REQUIRE(name, cond) \
  do { if (!CHECK ((name), (cond))) exit (unit_done ()); } while (0)

/* The last line of a test program, and its exit status.  */
static inline int
unit_done (void)
{
  printf ("DONE: %u failed\n", unit_failures);
  fflush (stdout);
  return unit_failures ? 1 : 0;
}

#endif
