/* Which loops may be copied: peeled, or unrolled.

   Profile use lets GCC copy the bodies of all loops of a function that run often enough to be compiled for speed.  But a
   copy is growth, as by inlining, and has to be paid by what the loop itself saves.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_LOOP_COPIES_H
#define PGOINLINE_CORE_LOOP_COPIES_H

#include <stdbool.h>
#include <stdint.h>

struct pgo_loop
{
  uint64_t count;               /* Executions of its header.  */
  int64_t iterations;           /* Each time that it is entered, on average; negative: unknown.  */
  uint64_t size;                /* Instructions of its body, as the compiler estimates them.  */
};

/* Whether copies of LOOP, as many as GCC would make, save more than their growth is worth in a program whose profile weighs
   TOTAL (executions of statements).  */
bool pgo_loop_copies_pay (const struct pgo_loop *loop, uint64_t total);

#endif
