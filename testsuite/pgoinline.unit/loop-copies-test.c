/* Which loops may be copied.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/loop-copies.h"
#include "testsuite/lib/unit.h"

/* Of a program of a million statements, executed.  */
static bool
pays (uint64_t count, int64_t iterations, uint64_t size)
{
  struct pgo_loop loop = { count, iterations, size };
  return pgo_loop_copies_pay (&loop, 1000000);
}

int
main (void)
{
  /* An iteration saves 2 executions, and an instruction of growth has to save 5, of a million.  */
  CHECK ("hot and small", pays (1000, 3, 10));
  CHECK ("seldom", !pays (10, 3, 10));
  CHECK ("just enough", pays (10, 3, 1) && pays (100, 3, 10) && !pays (99, 3, 10));
  CHECK ("fewer iterations are fewer copies", pays (50, 1, 10) && !pays (50, 2, 10));
  CHECK ("at most seven copies", pays (175, 7, 10) && pays (175, 1000000, 10) && pays (175, -1, 10));
  CHECK ("none beyond 200 instructions", pays (500, -1, 100) && !pays (499, -1, 100) && pays (0, -1, 201));
  CHECK ("an empty loop costs nothing", pays (0, -1, 0));
  struct pgo_loop loop = { UINT64_MAX, INT64_MAX, 28 };
  CHECK ("the largest numbers", pgo_loop_copies_pay (&loop, UINT64_MAX));
  loop.count = 1;
  CHECK ("and the least", !pgo_loop_copies_pay (&loop, UINT64_MAX) && pgo_loop_copies_pay (&loop, 0));
  return unit_done ();
}
