/* Alignment of two versions of a function: see stale.h.

   Lines are aligned by dynamic programming (Needleman and Wunsch 1970) on what two lines have in common.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/stale.h"
#include "core/alloc.h"

#include <stdlib.h>
#include <string.h>

/* What two lines have in common, in points.  A callee outweighs the three or four columns that a line of code has;
   a column that is where it was is worth more than one that is only as far from the line's first.  */
#define POINTS_CALLEE 8
#define POINTS_COLUMN 2
#define POINTS_SAME_INDENT 1
/* The line stands as far after the one before it as it did.  */
#define POINTS_SAME_GAP 1
/* Both lines call, but nothing that the other does.  */
#define POINTS_OTHER_CALLEE (-6)

/* A function is fresh if, in percent, so many of the profile's locations are there still.  Not all need be: the
   compiler has optimised some away by the time it looks.  Of the 1,003 functions of lua, unedited, 123 have a context
   (of few locations) that falls below and is aligned; instructions are 247.05M with that and 247.00M without.  */
#define FRESH_PERCENT 90
/* Aligning must be so much better, in percent of the points, than taking locations as they are.  */
#define GAIN_PERCENT 10
/* And, in percent of the points that the smaller side has in common with itself, so good: else it is another
   function.  */
#define LIKE_PERCENT 40

/* A function was edited, not only optimised otherwise, if so many of its locations are elsewhere, or two and none is
   where it was.  What a function's first line and closing brace stand for have no statement when it is matched and
   are paired with what is next to them: of lua's 1,003 functions, unedited, 123 had such pairs, 13 of them three.  */
#define EDITED_MOVES 3
#define EDITED_MOVES_OF_ALL 2

/* Pairs of lines that are compared at most: 16 MiB and half a second.  */
#define MAX_CELLS (UINT64_C (1) << 24)
/* The same for likeness, which is asked of many pairs of functions: a millisecond or two.  */
#define MAX_LIKENESS_CELLS (UINT64_C (1) << 16)

/* Anchors [FIRST, END) of one line.  */
struct row
{
  int32_t line;
  uint32_t first, end;
};

struct side
{
  const struct pgo_anchor *anchors;
  uint32_t n_anchors;
  struct row *rows;
  uint32_t n_rows;
};

enum step { STEP_NONE, STEP_PROFILE, STEP_SOURCE, STEP_PAIR };

int
pgo_anchor_compare (const void *a, const void *b)
{
  const struct pgo_anchor *x = a, *y = b;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  if (x->column != y->column)
    return x->column < y->column ? -1 : 1;
  if (!x->callee || !y->callee)
    return (x->callee != NULL) - (y->callee != NULL);
  return strcmp (x->callee, y->callee);
}

static struct side
make_side (const struct pgo_anchor *anchors, uint32_t n)
{
  struct side side = { anchors, n, pgo_alloc_array (n, sizeof *side.rows), 0 };
  for (uint32_t i = 0; i < n; i++)
    {
      if (i == 0 || anchors[i].line != anchors[i - 1].line)
        side.rows[side.n_rows++] = (struct row) { anchors[i].line, i, i };
      side.rows[side.n_rows - 1].end = i + 1;
    }
  return side;
}

/* What line A of the profile and B of the source have in common; 0 if they are no pair.  */
static int
likeness (const struct side *profile, const struct row *a, const struct side *source, const struct row *b)
{
  const struct pgo_anchor *p = profile->anchors, *s = source->anchors;
  int points = 0;
  bool a_calls = false, b_calls = false, common = false;
  uint32_t i = a->first, k = b->first;
  while (i < a->end && k < b->end)
    {
      uint32_t from_first_a = p[i].column - p[a->first].column, from_first_b = s[k].column - s[b->first].column;
      if (from_first_a == from_first_b)
        points += POINTS_COLUMN;
      i += from_first_a <= from_first_b;
      k += from_first_b <= from_first_a;
    }
  points += p[a->first].column == s[b->first].column ? POINTS_SAME_INDENT : 0;
  for (k = b->first; k < b->end; k++)
    b_calls |= s[k].callee != NULL;
  for (i = a->first; i < a->end; i++)
    if (p[i].callee)
      {
        a_calls = true;
        for (k = b->first; k < b->end; k++)
          if (s[k].callee && strcmp (p[i].callee, s[k].callee) == 0)
            {
              common = true;
              points += POINTS_CALLEE;
              break;
            }
      }
  if (a_calls && b_calls && !common)
    points += POINTS_OTHER_CALLEE;
  return points > 0 ? points : 0;
}

static bool
same_gap (const struct side *profile, uint32_t i, const struct side *source, uint32_t k)
{
  return i > 0 && k > 0
         && (int64_t) profile->rows[i].line - profile->rows[i - 1].line
              == (int64_t) source->rows[k].line - source->rows[k - 1].line;
}

/* The points of taking each location for what it was, and how many of the profile's are there.  */
static uint64_t
identity_points (const struct side *profile, const struct side *source, uint32_t *found)
{
  uint64_t points = 0;
  uint32_t i = 0, k = 0;
  *found = 0;
  while (i < profile->n_anchors && k < source->n_anchors)
    {
      const struct pgo_anchor *p = &profile->anchors[i], *s = &source->anchors[k];
      int order = p->line != s->line ? (p->line < s->line ? -1 : 1)
                  : p->column != s->column ? (p->column < s->column ? -1 : 1) : 0;
      if (order == 0)
        {
          ++*found;
          points += POINTS_COLUMN;
          points += p->callee && s->callee && strcmp (p->callee, s->callee) == 0 ? POINTS_CALLEE : 0;
        }
      i += order <= 0;
      k += order > 0;
    }
  for (i = 0, k = 0; i < profile->n_rows && k < source->n_rows;)
    {
      const struct row *a = &profile->rows[i], *b = &source->rows[k];
      if (a->line == b->line)
        {
          points += profile->anchors[a->first].column == source->anchors[b->first].column ? POINTS_SAME_INDENT : 0;
          points += same_gap (profile, i, source, k) ? POINTS_SAME_GAP : 0;
        }
      i += a->line <= b->line;
      k += b->line <= a->line;
    }
  return points;
}

/* Align the lines: PAIR[k] is the profile's row for row K of the source.  The points of it.  */
static uint64_t
align_rows (const struct side *profile, const struct side *source, uint32_t *pair)
{
  uint32_t n = profile->n_rows, m = source->n_rows;
  uint64_t *above = pgo_alloc_array ((size_t) m + 1, sizeof *above);
  uint64_t *here = pgo_alloc_array ((size_t) m + 1, sizeof *here);
  uint8_t *steps = pgo_alloc_array ((size_t) (n + 1) * (m + 1), sizeof *steps);
  for (uint32_t i = 1; i <= n; i++)
    {
      uint8_t *row = steps + (size_t) i * (m + 1);
      here[0] = 0;
      for (uint32_t k = 1; k <= m; k++)
        {
          int points = likeness (profile, &profile->rows[i - 1], source, &source->rows[k - 1]);
          if (points > 0 && same_gap (profile, i - 1, source, k - 1))
            points += POINTS_SAME_GAP;
          here[k] = above[k];
          row[k] = STEP_PROFILE;
          if (here[k - 1] > here[k])
            {
              here[k] = here[k - 1];
              row[k] = STEP_SOURCE;
            }
          if (points > 0 && above[k - 1] + (uint64_t) points >= here[k])
            {
              here[k] = above[k - 1] + (uint64_t) points;
              row[k] = STEP_PAIR;
            }
        }
      uint64_t *swap = above;
      above = here;
      here = swap;
    }
  uint64_t points = above[m];
  for (uint32_t k = 0; k < m; k++)
    pair[k] = PGO_STALE_NONE;
  for (uint32_t i = n, k = m; i > 0 && k > 0;)
    {
      enum step step = steps[(size_t) i * (m + 1) + k];
      if (step == STEP_PAIR)
        pair[k - 1] = i - 1;
      i -= step != STEP_SOURCE;
      k -= step != STEP_PROFILE;
    }
  pgo_free (above);
  pgo_free (here);
  pgo_free (steps);
  return points;
}

/* Give anchors of SOURCE's row B that have none yet the one of row A whose column is theirs plus SHIFT.  */
static void
pair_by_shift (const struct side *profile, const struct row *a, const struct side *source, const struct row *b,
               int64_t shift, uint32_t *to, bool *taken)
{
  for (uint32_t k = b->first, i = a->first; k < b->end; k++)
    {
      int64_t wanted = (int64_t) source->anchors[k].column + shift;
      while (i < a->end && profile->anchors[i].column < wanted)
        i++;
      if (i == a->end)
        return;
      if (to[k] == PGO_STALE_NONE && !taken[i] && profile->anchors[i].column == wanted)
        {
          to[k] = i;
          taken[i] = true;
        }
    }
}

/* The calls of two rows: the same callees, in order.  */
static void
pair_calls (const struct side *profile, const struct row *a, const struct side *source, const struct row *b,
            uint32_t *to, bool *taken)
{
  for (uint32_t k = b->first; k < b->end; k++)
    for (uint32_t i = a->first; source->anchors[k].callee && i < a->end; i++)
      if (!taken[i] && profile->anchors[i].callee
          && strcmp (profile->anchors[i].callee, source->anchors[k].callee) == 0)
        {
          to[k] = i;
          taken[i] = true;
          break;
        }
}

/* Between what is paired, where as many are left on both sides, they are pairs.  */
static void
pair_rest (const struct row *a, const struct row *b, uint32_t *to, bool *taken)
{
  uint32_t i = a->first;
  for (uint32_t k = b->first; k < b->end;)
    {
      if (to[k] != PGO_STALE_NONE)
        {
          i = to[k] + 1;
          k++;
          continue;
        }
      uint32_t k_end = k, i_end = i;
      while (k_end < b->end && to[k_end] == PGO_STALE_NONE)
        k_end++;
      while (i_end < a->end && !taken[i_end])
        i_end++;
      bool both_end = (k_end == b->end) == (i_end == a->end) && (k_end == b->end || to[k_end] == i_end);
      if (both_end && k_end - k == i_end - i)
        for (uint32_t n = 0; n < k_end - k; n++)
          {
            to[k + n] = i + n;
            taken[i + n] = true;
          }
      k = k_end;
    }
}

static void
align_columns (const struct side *profile, const struct side *source, const uint32_t *pair, uint32_t *to)
{
  bool *taken = pgo_alloc_array (profile->n_anchors, sizeof *taken);
  for (uint32_t k = 0; k < source->n_anchors; k++)
    to[k] = PGO_STALE_NONE;
  for (uint32_t r = 0; r < source->n_rows; r++)
    {
      if (pair[r] == PGO_STALE_NONE)
        continue;
      const struct row *a = &profile->rows[pair[r]], *b = &source->rows[r];
      const struct pgo_anchor *p = profile->anchors, *s = source->anchors;
      pair_calls (profile, a, source, b, to, taken);
      /* An edit within the line leaves what is left of it, and what is right of it together.  */
      pair_by_shift (profile, a, source, b, (int64_t) p[a->first].column - s[b->first].column, to, taken);
      pair_by_shift (profile, a, source, b, (int64_t) p[a->end - 1].column - s[b->end - 1].column, to, taken);
      pair_rest (a, b, to, taken);
    }
  pgo_free (taken);
}

/* Whether the pairs TO show an edit.  */
static bool
shows_edit (const struct side *profile, const struct side *source, const uint32_t *to)
{
  uint32_t moved = 0, kept = 0;
  for (uint32_t k = 0; k < source->n_anchors; k++)
    if (to[k] != PGO_STALE_NONE)
      {
        const struct pgo_anchor *p = &profile->anchors[to[k]], *s = &source->anchors[k];
        bool same = p->line == s->line && p->column == s->column;
        kept += same;
        moved += !same;
      }
  return moved >= (kept > 0 ? EDITED_MOVES : EDITED_MOVES_OF_ALL);
}

enum pgo_stale_result
pgo_stale_align (const struct pgo_anchor *profile, uint32_t n_profile, const struct pgo_anchor *source,
                 uint32_t n_source, uint32_t *to)
{
  if (n_profile == 0 || n_source == 0)
    return PGO_STALE_FRESH;
  struct side p = make_side (profile, n_profile), s = make_side (source, n_source);
  enum pgo_stale_result result = PGO_STALE_FRESH;
  uint32_t found;
  uint64_t identity = identity_points (&p, &s, &found);
  if ((uint64_t) found * 100 < (uint64_t) n_profile * FRESH_PERCENT)
    {
      if ((uint64_t) (p.n_rows + 1) * (s.n_rows + 1) > MAX_CELLS)
        result = PGO_STALE_LIMITED;
      else
        {
          uint32_t *pair = pgo_alloc_array (s.n_rows, sizeof *pair);
          uint64_t points = align_rows (&p, &s, pair);
          uint32_t all;
          uint64_t most_profile = identity_points (&p, &p, &all), most_source = identity_points (&s, &s, &all);
          uint64_t most = most_profile < most_source ? most_profile : most_source;
          if (points * 100 > identity * (100 + GAIN_PERCENT) && points * 100 >= most * LIKE_PERCENT)
            {
              align_columns (&p, &s, pair, to);
              result = shows_edit (&p, &s, to) ? PGO_STALE_ALIGNED : PGO_STALE_ADJUSTED;
            }
          pgo_free (pair);
        }
    }
  pgo_free (p.rows);
  pgo_free (s.rows);
  return result;
}

uint32_t
pgo_stale_likeness (const struct pgo_anchor *profile, uint32_t n_profile, const struct pgo_anchor *source,
                    uint32_t n_source)
{
  if (n_profile == 0 || n_source == 0)
    return 0;
  struct side p = make_side (profile, n_profile), s = make_side (source, n_source);
  uint32_t all;
  uint64_t most_profile = identity_points (&p, &p, &all), most_source = identity_points (&s, &s, &all);
  uint64_t points = identity_points (&p, &s, &all);
  if ((uint64_t) (p.n_rows + 1) * (s.n_rows + 1) <= MAX_LIKENESS_CELLS)
    {
      uint32_t *pair = pgo_alloc_array (s.n_rows, sizeof *pair);
      uint64_t aligned = align_rows (&p, &s, pair);
      points = aligned > points ? aligned : points;
      pgo_free (pair);
    }
  pgo_free (p.rows);
  pgo_free (s.rows);
  return (uint32_t) (points * 200 / (most_profile + most_source));
}
