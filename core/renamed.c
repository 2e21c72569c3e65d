/* Which of two names are one function: see renamed.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/renamed.h"

#include <stdlib.h>

/* Fewer anchors say nothing, unless a call says the same: what PGO_RENAMED_LIKE_PERCENT was measured with.  */
#define ANCHORS_MIN 3
/* The next best must be less alike by so much, in percent: as core/stale.c asks of an alignment.  */
#define MARGIN_PERCENT 10

/* What is called alike comes before what only looks alike.  */
static uint32_t
strength (const struct pgo_renamed *pair)
{
  return pair->likeness + (pair->called ? 100 : 0);
}

static int
stronger_first (const void *a_pair, const void *b_pair)
{
  const struct pgo_renamed *a = a_pair, *b = b_pair;
  if (strength (a) != strength (b))
    return strength (a) > strength (b) ? -1 : 1;
  if (a->source != b->source)
    return a->source < b->source ? -1 : 1;
  return a->profile < b->profile ? -1 : a->profile > b->profile;
}

static int
by_source (const void *a_pair, const void *b_pair)
{
  const struct pgo_renamed *a = a_pair, *b = b_pair;
  return a->source < b->source ? -1 : a->source > b->source;
}

static bool
share_one (const struct pgo_renamed *a, const struct pgo_renamed *b)
{
  return a->source == b->source || a->profile == b->profile;
}

static void
swap (struct pgo_renamed *a, struct pgo_renamed *b)
{
  struct pgo_renamed t = *a;
  *a = *b;
  *b = t;
}

uint32_t
pgo_renamed_choose (struct pgo_renamed *pairs, uint32_t n)
{
  uint32_t n_open = 0;
  for (uint32_t i = 0; i < n; i++)
    if (pairs[i].likeness >= PGO_RENAMED_LIKE_PERCENT && (pairs[i].called || pairs[i].anchors >= ANCHORS_MIN))
      pairs[n_open++] = pairs[i];
  if (n_open == 0)
    return 0;
  uint32_t n_chosen = 0, end = n_open;
  /* What is chosen takes its rivals away, which may leave another pair without any.  Chosen ones are [0, N_CHOSEN), open
     ones [N_CHOSEN, END).  */
  for (bool again = true; again;)
    {
      again = false;
      qsort (pairs + n_chosen, end - n_chosen, sizeof *pairs, stronger_first);
      for (uint32_t i = n_chosen; i < end && !again; i++)
        {
          bool rival = false;
          for (uint32_t k = n_chosen; k < end && !rival; k++)
            rival = k != i && share_one (&pairs[i], &pairs[k])
                    && strength (&pairs[k]) + MARGIN_PERCENT > strength (&pairs[i]);
          if (rival)
            continue;
          swap (&pairs[n_chosen], &pairs[i]);
          const struct pgo_renamed chosen = pairs[n_chosen++];
          for (uint32_t k = n_chosen; k < end;)
            if (share_one (&chosen, &pairs[k]))
              swap (&pairs[k], &pairs[--end]);
            else
              k++;
          again = true;
        }
    }
  qsort (pairs, n_chosen, sizeof *pairs, by_source);
  return n_chosen;
}
