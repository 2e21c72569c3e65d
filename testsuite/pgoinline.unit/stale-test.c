/* Two versions of a function, and which locations are which.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/alloc.h"
#include "core/stale.h"
#include "testsuite/lib/unit.h"

#include <string.h>

#define N(array) (uint32_t) (sizeof (array) / sizeof (array)[0])

/* The function that is edited.  */
static const struct pgo_anchor old[] = {
  { 2, 3, NULL },   { 3, 7, "parse" }, { 3, 14, NULL }, { 5, 3, NULL }, { 5, 9, "emit" }, { 6, 5, NULL },
  { 6, 12, NULL },  { 7, 3, NULL },    { 8, 5, "emit" }, { 9, 10, NULL }, { 11, 3, "close" },
};

static uint32_t to[64];

static enum pgo_stale_result
align (const struct pgo_anchor *now, uint32_t n)
{
  return pgo_stale_align (old, N (old), now, n, to);
}

/* Whether anchor I of the source is at OLD's (LINE, COLUMN).  */
static bool
is (uint32_t i, int32_t line, uint32_t column)
{
  return to[i] != PGO_STALE_NONE && old[to[i]].line == line && old[to[i]].column == column;
}

/* The source NOW, of N anchors, is OLD with LINES more from line FROM on and COLUMNS more in all: are all of them
   found?  What is at line SKIP is new.  */
static bool
all_found (const struct pgo_anchor *now, uint32_t n, int32_t skip)
{
  uint32_t expected = 0;
  if (align (now, n) != PGO_STALE_ALIGNED)
    return false;
  for (uint32_t i = 0; i < n; i++)
    if (now[i].line == skip)
      {
        if (to[i] != PGO_STALE_NONE)
          return false;
      }
    else if (to[i] != expected++)
      return false;
  return expected == N (old);
}

static uint32_t
edit (struct pgo_anchor *now, int32_t from, int32_t lines, int32_t columns)
{
  memcpy (now, old, sizeof old);
  for (uint32_t i = 0; i < N (old); i++)
    {
      now[i].line += now[i].line >= from ? lines : 0;
      now[i].column += (uint32_t) columns;
    }
  return N (old);
}

static void
test_small (void)
{
  struct pgo_anchor now[32];
  CHECK ("unchanged", align (old, N (old)) == PGO_STALE_FRESH);
  CHECK ("nothing", align (old, 0) == PGO_STALE_FRESH && pgo_stale_align (old, 0, old, N (old), to) == PGO_STALE_FRESH);
  CHECK ("a line more at the top", all_found (now, edit (now, 0, 1, 0), INT32_MIN));
  CHECK ("two lines more in the middle", all_found (now, edit (now, 5, 2, 0), INT32_MIN));
  CHECK ("a line less", all_found (now, edit (now, 5, -1, 0), INT32_MIN));
  CHECK ("indented", all_found (now, edit (now, 0, 0, 4), INT32_MIN));
  CHECK ("moved and indented", all_found (now, edit (now, 0, -20, 2), INT32_MIN));

  /* A line of its own kind inserted: it is nobody's.  */
  uint32_t n = edit (now, 5, 1, 0);
  memmove (now + 4, now + 3, (n - 3) * sizeof *now);
  now[3] = (struct pgo_anchor) { 5, 3, "check" };
  CHECK ("a call inserted", all_found (now, n + 1, 5));

  /* The call on line 3 has another argument: "parse (a, b) + 1" instead of "parse (a) + 1"; and a line above.  */
  n = edit (now, 0, 1, 0);
  now[2].column += 3;
  CHECK ("an argument more: what is right of it", all_found (now, n, INT32_MIN));

  /* Line 3 broken in two.  */
  n = edit (now, 4, 1, 0);
  now[2].line = 4;
  now[2].column = 9;
  CHECK ("a line broken: the rest is found", align (now, n) == PGO_STALE_ALIGNED && is (1, 3, 7) && is (3, 5, 3)
                                             && is (10, 11, 3) && to[2] == PGO_STALE_NONE);

  /* The two calls of emit are told apart by what is around them, not taken for each other.  */
  n = edit (now, 0, 3, 0);
  memmove (now + 3, now + 5, (n - 5) * sizeof *now);
  CHECK ("a line taken out: nobody takes its place", align (now, n - 2) == PGO_STALE_ALIGNED && is (5, 7, 3)
                                                     && is (6, 8, 5) && is (3, 6, 5));

  /* What a compiler may leave of the same source: no first line, and a return where there was a brace.  */
  static const struct pgo_anchor tiny[] = { { 0, 56, NULL }, { 1, 17, "make" }, { 2, 16, NULL }, { 4, 1, NULL } };
  static const struct pgo_anchor seen[] = { { 1, 17, "make" }, { 1, 49, NULL }, { 2, 16, NULL }, { 3, 10, NULL } };
  static const struct pgo_anchor later[] = { { 4, 17, "make" }, { 4, 49, NULL }, { 5, 16, NULL }, { 6, 10, NULL } };
  CHECK ("a tiny function, otherwise optimised, was not edited",
         pgo_stale_align (tiny, N (tiny), seen, N (seen), to) == PGO_STALE_ADJUSTED && to[0] == 1 && to[2] == 2);
  CHECK ("a tiny function all of which is elsewhere was",
         pgo_stale_align (tiny, N (tiny), later, N (later), to) == PGO_STALE_ALIGNED && to[0] == 1 && to[2] == 2);

  struct pgo_anchor other[] = { { 1, 1, "x" }, { 2, 1, "y" }, { 3, 1, "z" } };
  CHECK ("another function", align (other, N (other)) == PGO_STALE_FRESH);
}

/* Columns within one pair of lines.  */
static void
test_columns (void)
{
  static const struct pgo_anchor before[] = { { 1, 3, "f" }, { 1, 9, NULL }, { 1, 20, "f" }, { 1, 30, NULL } };
  struct pgo_anchor now[4];
  memcpy (now, before, sizeof now);
  for (int i = 0; i < 4; i++)
    now[i].line = 9;
  now[1].column = 10;
  CHECK ("one that moved between two that didn't", pgo_stale_align (before, 4, now, 4, to) == PGO_STALE_ALIGNED
                                                   && to[0] == 0 && to[1] == 1 && to[2] == 2 && to[3] == 3);
  CHECK ("fewer: what is sure", pgo_stale_align (before, 4, now + 2, 2, to) == PGO_STALE_ALIGNED && to[1] == 3);
}

/* A large function of lines that look alike: a line is inserted, and a block of ten taken out.  */
static void
test_large (void)
{
  enum { LINES = 3000 };
  struct pgo_anchor *before = pgo_alloc_array (2 * LINES, sizeof *before), *now = pgo_alloc_array (2 * LINES, sizeof *now);
  uint32_t *map = pgo_alloc_array (2 * LINES, sizeof *map), n = 0, wrong = 0;
  for (int32_t i = 0; i < LINES; i++)
    {
      before[2 * i] = (struct pgo_anchor) { 2 * i, 5, i % 7 == 0 ? "call" : NULL };
      before[2 * i + 1] = (struct pgo_anchor) { 2 * i, 9 + (uint32_t) i * 5 % 13, NULL };
    }
  for (int32_t i = 0; i < 2 * LINES; i++)
    if (before[i].line < 2000 || before[i].line >= 2020)
      {
        now[n] = before[i];
        now[n++].line += before[i].line >= 1000 ? 3 : 0;
      }
  CHECK ("a large function is aligned", pgo_stale_align (before, 2 * LINES, now, n, map) == PGO_STALE_ALIGNED);
  for (uint32_t i = 0; i < n; i++)
    wrong += map[i] == PGO_STALE_NONE || before[map[i]].column != now[i].column
             || before[map[i]].line != now[i].line - (now[i].line >= 1000 ? 3 : 0);
  CHECK ("with less than one percent taken for others", wrong < n / 100);

  uint32_t huge = 5000;
  struct pgo_anchor *rows = pgo_alloc_array (huge, sizeof *rows), *shifted = pgo_alloc_array (huge, sizeof *shifted);
  for (uint32_t i = 0; i < huge; i++)
    {
      rows[i] = (struct pgo_anchor) { (int32_t) i * 3, 1, NULL };
      shifted[i] = (struct pgo_anchor) { (int32_t) i * 3 + 1, 1, NULL };
    }
  uint32_t *other = pgo_alloc_array (huge, sizeof *other);
  CHECK ("too large a function is left alone", pgo_stale_align (rows, huge, shifted, huge, other) == PGO_STALE_LIMITED);
  CHECK ("but not one that hasn't changed", pgo_stale_align (rows, huge, rows, huge, other) == PGO_STALE_FRESH);
  pgo_free (before);
  pgo_free (now);
  pgo_free (map);
  pgo_free (rows);
  pgo_free (shifted);
  pgo_free (other);
}

/* Any anchors: no anchor of the profile is given twice, and the result is the same again.  */
static void
test_random (void)
{
  static const char *const names[] = { NULL, NULL, NULL, "f", "g", "h" };
  uint64_t state = 1;
  bool once = true, same = true;
  for (int round = 0; round < 3000; round++)
    {
      struct pgo_anchor lists[2][40];
      uint32_t n[2], first[64], taken[40] = { 0 };
      for (int side = 0; side < 2; side++)
        {
          n[side] = 0;
          for (uint32_t i = 0; i < 40; i++)
            {
              state = state * UINT64_C (6364136223846793005) + 1442695040888963407u;
              struct pgo_anchor a = { (int32_t) (state >> 33) % 12, (uint32_t) (state >> 40) % 9, names[(state >> 50) % 6] };
              lists[side][n[side]++] = a;
            }
          qsort (lists[side], n[side], sizeof lists[side][0], pgo_anchor_compare);
          uint32_t kept = 0;
          for (uint32_t i = 0; i < n[side]; i++)
            if (kept == 0 || pgo_anchor_compare (&lists[side][kept - 1], &lists[side][i]) != 0)
              lists[side][kept++] = lists[side][i];
          n[side] = kept;
        }
      if (pgo_stale_align (lists[0], n[0], lists[1], n[1], to) != PGO_STALE_ALIGNED)
        continue;
      memcpy (first, to, n[1] * sizeof *to);
      for (uint32_t i = 0; i < n[1]; i++)
        if (to[i] != PGO_STALE_NONE)
          once &= to[i] < n[0] && taken[to[i]]++ == 0;
      pgo_stale_align (lists[0], n[0], lists[1], n[1], to);
      same &= memcmp (first, to, n[1] * sizeof *to) == 0;
    }
  CHECK ("an anchor of the profile is one of the source", once);
  CHECK ("the same again", same);
}

int
main (void)
{
  test_small ();
  test_columns ();
  test_large ();
  test_random ();
  return unit_done ();
}
