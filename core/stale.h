/* A function that was edited since its profile was made: which of its locations are which.

   Both sides list the *anchors* of a function: the locations that they know, with the callee where there is a call.
   Lines are aligned, in order, so that most of what both have in common stands together; within a pair of lines,
   columns are.

       profile                            source now
       2:3                                2:3
       3:7   parse                        4:7   parse         a line was inserted
       3:14                               4:14
       5:3   emit, 5:9                    6:5   emit, 6:11    indented
                                          9:3                 new: stays unmapped

   Names of callees are what edits leave alone most often (the idea of LLVM's SampleProfileMatcher); the pattern of
   columns in a line, taken from its first, is the next best, and all there is in a function that calls nothing.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_STALE_H
#define PGOINLINE_CORE_STALE_H

#include <stdbool.h>
#include <stdint.h>

struct pgo_anchor
{
  int32_t line;
  uint32_t column;
  const char *callee;           /* Of a call there, inlined or not; else NULL.  */
};

/* Order of anchors: by line, column, callee (NULL first).  */
int pgo_anchor_compare (const void *a, const void *b);

/* No anchor of the profile.  */
#define PGO_STALE_NONE UINT32_MAX

enum pgo_stale_result
{
  PGO_STALE_FRESH,              /* Nothing has changed, or nothing better is to be had than equal locations.  */
  PGO_STALE_ADJUSTED,           /* Aligned; but so few locations are elsewhere that it need not have been edited.  */
  PGO_STALE_ALIGNED,
  PGO_STALE_LIMITED             /* As FRESH, because the function is too large to align.  */
};

/* Align the N_PROFILE anchors of a profile with the N_SOURCE ones of the source, both in their order and without
   duplicates.  When the result is ALIGNED or ADJUSTED, TO[i] is the profile's anchor for SOURCE[i], or PGO_STALE_NONE; else TO is
   left undefined.  Time and memory are at most proportional to the product of the numbers of lines, and linear for a
   function that hasn't changed.  */
enum pgo_stale_result pgo_stale_align (const struct pgo_anchor *profile, uint32_t n_profile,
                                       const struct pgo_anchor *source, uint32_t n_source, uint32_t *to);

/* How alike the two are, in percent: what their lines have in common when they are aligned, of what both sides have
   in common with themselves on average (Dice 1945).  Those of large functions are taken for pairs where their
   locations are equal.  */
uint32_t pgo_stale_likeness (const struct pgo_anchor *profile, uint32_t n_profile, const struct pgo_anchor *source,
                             uint32_t n_source);

#endif
