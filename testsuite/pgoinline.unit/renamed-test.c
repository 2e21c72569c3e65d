/* Which pairs of names are one function.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/renamed.h"
#include "core/stale.h"
#include "testsuite/lib/unit.h"

#define N(array) (uint32_t) (sizeof (array) / sizeof (array)[0])
#define LIKE PGO_RENAMED_LIKE_PERCENT

static bool
is (const struct pgo_renamed *pair, uint32_t source, uint32_t profile)
{
  return pair->source == source && pair->profile == profile;
}

static void
choose (void)
{
  struct pgo_renamed one[] = { { 0, 0, LIKE, 3, false } };
  CHECK ("a pair that is like enough", pgo_renamed_choose (one, 1) == 1 && is (&one[0], 0, 0));
  struct pgo_renamed unlike[] = { { 0, 0, LIKE - 1, 9, true } };
  CHECK ("one that is not", pgo_renamed_choose (unlike, 1) == 0);
  struct pgo_renamed small[] = { { 0, 0, 100, 2, false } };
  CHECK ("one of functions that are too small", pgo_renamed_choose (small, 1) == 0);
  struct pgo_renamed called[] = { { 0, 0, 100, 1, true } };
  CHECK ("which is called where the other was", pgo_renamed_choose (called, 1) == 1);
  CHECK ("nothing of nothing", pgo_renamed_choose (NULL, 0) == 0);

  struct pgo_renamed twins[] = { { 0, 0, 90, 9, false }, { 0, 1, 85, 9, false } };
  CHECK ("two that are alike as much: neither", pgo_renamed_choose (twins, 2) == 0);
  struct pgo_renamed sources[] = { { 1, 0, 85, 9, false }, { 0, 0, 90, 9, false } };
  CHECK ("two functions of the source for one: neither", pgo_renamed_choose (sources, 2) == 0);
  struct pgo_renamed clear[] = { { 0, 1, 60, 9, false }, { 0, 0, 90, 9, false } };
  CHECK ("one that is much more alike", pgo_renamed_choose (clear, 2) == 1 && is (&clear[0], 0, 0));
  struct pgo_renamed call[] = { { 0, 1, 95, 9, false }, { 0, 0, 60, 9, true } };
  CHECK ("a call says more than likeness", pgo_renamed_choose (call, 2) == 1 && is (&call[0], 0, 0));

  /*   source      profile
       0 ---99---- 0
         \--80
       1 ---82---- 1        1 could be either 0 or 1, until 0 is taken.  */
  struct pgo_renamed chain[] = { { 1, 1, 82, 9, false }, { 1, 0, 80, 9, false }, { 0, 0, 99, 9, false } };
  CHECK ("what is chosen takes rivals away",
         pgo_renamed_choose (chain, 3) == 2 && is (&chain[0], 0, 0) && is (&chain[1], 1, 1));
  struct pgo_renamed back[] = { { 0, 0, 99, 9, false }, { 1, 0, 80, 9, false }, { 1, 1, 82, 9, false } };
  CHECK ("in any order", pgo_renamed_choose (back, 3) == 2 && is (&back[0], 0, 0) && is (&back[1], 1, 1));
}

static void
likeness (void)
{
  const struct pgo_anchor old[] = { { 2, 3, "parse" }, { 2, 9, NULL }, { 4, 5, "emit" }, { 5, 7, NULL }, { 7, 3, "close" } };
  struct pgo_anchor now[N (old) + 1];
  CHECK ("a function is itself", pgo_stale_likeness (old, N (old), old, N (old)) == 100);
  CHECK ("nothing is like nothing", pgo_stale_likeness (old, 0, old, N (old)) == 0
                                    && pgo_stale_likeness (old, N (old), old, 0) == 0);
  for (uint32_t i = 0; i < N (old); i++)
    now[i] = (struct pgo_anchor) { old[i].line + (i > 1), old[i].column, old[i].callee };
  CHECK ("with a line more, nearly", pgo_stale_likeness (old, N (old), now, N (old)) >= 95);
  now[N (old)] = (struct pgo_anchor) { 9, 3, "more" };
  uint32_t more = pgo_stale_likeness (old, N (old), now, N (old) + 1);
  CHECK ("with a call more, less, whichever side has it",
         more >= LIKE && more < 95 && more == pgo_stale_likeness (now, N (old) + 1, old, N (old)));
  for (uint32_t i = 0; i < N (old); i++)
    now[i] = (struct pgo_anchor) { old[i].line, old[i].column + i, old[i].callee ? "other" : NULL };
  CHECK ("other calls make another function", pgo_stale_likeness (old, N (old), now, N (old)) < LIKE);
}

int
main (void)
{
  choose ();
  likeness ();
  return unit_done ();
}
