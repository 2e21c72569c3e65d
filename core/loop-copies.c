/* Benefit against growth; see loop-copies.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/loop-copies.h"

/* What GCC makes at most: a body unrolled is there eight times (its parameter max-unroll-times), and has at most so many
   instructions (max-unrolled-insns).  */
#define MAX_COPIES 7u
#define MAX_GROWTH 200u
/* Instructions that an iteration saves in a copy: to count it, and to jump back.  */
#define SAVED 2u
/* Least benefit that an instruction of growth is worth, in billionths of the profile's whole weight.  Chosen by measurement:
   docs/algorithms.md, "Passes that grow code".  */
#define MIN_RATE_PPB 5000u

bool
pgo_loop_copies_pay (const struct pgo_loop *loop, uint64_t total)
{
  __extension__ typedef unsigned __int128 wide;
  /* A loop that is peeled gets a copy for each iteration and one for the way out.  */
  uint64_t copies = loop->iterations < 0 || loop->iterations >= MAX_COPIES ? MAX_COPIES : (uint64_t) loop->iterations + 1;
  if (loop->size != 0 && copies > MAX_GROWTH / loop->size)
    copies = MAX_GROWTH / loop->size;
  wide growth = (wide) copies * loop->size;
  return (wide) loop->count * SAVED * 1000000000u >= growth * MIN_RATE_PPB * total;
}
