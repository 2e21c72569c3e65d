/* Functions that a source has under another name than its profile.

   Both sides of a pair are without the other's: a function of the source of which the profile knows nothing, and one of
   the profile whose name the source doesn't have.  They are taken for one when they are alike (core/stale.h), and like
   nothing else as much.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_RENAMED_H
#define PGOINLINE_CORE_RENAMED_H

#include <stdbool.h>
#include <stdint.h>

/* Likeness, in percent, from which two functions may be one.  lua, exact counts of an optimised binary, every third static
   function renamed: of 133 such pairs with three anchors or more 90% reach 46, half of them 72; of 1,454 pairs of different
   functions, 2 in 100 do.  */
#define PGO_RENAMED_LIKE_PERCENT 45

struct pgo_renamed
{
  uint32_t source, profile;     /* Numbers of the two functions.  */
  uint32_t likeness;            /* In percent, as pgo_anchors_likeness has it.  */
  uint32_t anchors;             /* Of the profile's function.  */
  bool called;                  /* Where the one is called now, the other one was.  */
};

/* Keep those of the N PAIRS that hold, at the front, by SOURCE; returns how many.  No function is in two of them.  The
   order of PAIRS doesn't matter.  */
uint32_t pgo_renamed_choose (struct pgo_renamed *pairs, uint32_t n);

#endif
