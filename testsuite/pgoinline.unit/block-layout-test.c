/* Block layout: small graphs with drawn answers, all orders of small random graphs, and large graphs.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/block-layout.h"
#include "testsuite/lib/unit.h"

#include <stdint.h>
#include <string.h>

#define MAX_BLOCKS 20000
#define MAX_EDGES 60000

static uint32_t size_bytes[MAX_BLOCKS], order[MAX_BLOCKS];
static uint64_t count[MAX_BLOCKS];
static struct pgo_layout_edge edges[MAX_EDGES];
static struct pgo_layout_graph graph;

static uint64_t state = 88172645463325252;
static uint32_t
next (uint32_t below)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11) % below;
}

/* N blocks of 10 bytes, in the order 0, 1, …; the first stays.  */
static void
begin (uint32_t n)
{
  graph = (struct pgo_layout_graph) { n, 0, size_bytes, count, edges, true };
  for (uint32_t i = 0; i < n; i++)
    {
      size_bytes[i] = 10;
      count[i] = 0;
      order[i] = i;
    }
}

/* Counts of blocks are the sums of their incoming edges', or outgoing, if that is more.  */
static void
add (uint32_t src, uint32_t dst, uint64_t times, bool conditional, bool can_fall)
{
  edges[graph.n_edges++] = (struct pgo_layout_edge) { src, dst, times, can_fall, conditional };
}

static void
count_blocks (void)
{
  static uint64_t in[MAX_BLOCKS], out[MAX_BLOCKS];
  memset (in, 0, sizeof in);
  memset (out, 0, sizeof out);
  for (uint32_t i = 0; i < graph.n_edges; i++)
    {
      out[edges[i].src] += edges[i].count;
      in[edges[i].dst] += edges[i].count;
    }
  for (uint32_t i = 0; i < graph.n_blocks; i++)
    count[i] = in[i] > out[i] ? in[i] : out[i];
}

static void
jump (uint32_t src, uint32_t dst, uint64_t times)
{
  add (src, dst, times, false, true);
}

static void
branch (uint32_t src, uint32_t left, uint64_t left_times, uint32_t right, uint64_t right_times)
{
  add (src, left, left_times, true, true);
  add (src, right, right_times, true, true);
}

static struct pgo_layout_figures before, after;

static enum pgo_layout_result
improve (void)
{
  count_blocks ();
  return pgo_layout_improve (&graph, order, &before, &after);
}

static bool
is (const char *expected)
{
  char text[256] = "";
  for (uint32_t i = 0; i < graph.n_blocks; i++)
    sprintf (text + strlen (text), "%s%u", i ? " " : "", order[i]);
  if (strcmp (text, expected) != 0)
    printf ("# %s, expected %s\n", text, expected);
  return strcmp (text, expected) == 0;
}

static bool
permutation (void)
{
  static bool seen[MAX_BLOCKS];
  memset (seen, 0, sizeof seen);
  for (uint32_t i = 0; i < graph.n_blocks; i++)
    if (order[i] >= graph.n_blocks || seen[order[i]])
      return false;
    else
      seen[order[i]] = true;
  return true;
}

static void
test_diamond (void)
{
  /*       0
         10/ \90
          1   2
           \ /
            3      */
  begin (4);
  branch (0, 1, 10, 2, 90);
  jump (1, 3, 10);
  jump (2, 3, 90);
  CHECK ("diamond: improved", improve () == PGO_LAYOUT_BETTER);
  CHECK ("diamond: the frequent side falls through", is ("0 2 3 1"));
  CHECK ("diamond: figures", before.conditional == 100 * PGO_LAYOUT_UNIT && before.taken == 90 * PGO_LAYOUT_UNIT
                               && after.taken == 10 * PGO_LAYOUT_UNIT && after.score > before.score);
  CHECK ("diamond: a good order is kept", improve () == PGO_LAYOUT_KEPT && is ("0 2 3 1")
                                            && before.score == after.score);
}

static void
test_loop (void)
{
  /* A loop that is tested at its head: turned, its test comes last and each round takes one jump.

          0            0
          |            |
     +--> 1 --+        2 <-+     1: test
     |    |99 |        |   |     2: body
     +--- 2   |1       1 --+     3: behind
              3        |
                       3                    */
  begin (4);
  jump (0, 1, 1);
  branch (1, 2, 99, 3, 1);
  jump (2, 1, 99);
  CHECK ("loop: improved", improve () == PGO_LAYOUT_BETTER);
  CHECK ("loop: turned", is ("0 2 1 3"));
}

static void
test_cold (void)
{
  /* 0 → 1 → 2 → 3 never leaves for 4, which leads to 5 and back; they keep their order.  */
  begin (6);
  graph.n_edges = 0;
  order[0] = 0, order[1] = 4, order[2] = 5, order[3] = 1, order[4] = 2, order[5] = 3;
  branch (0, 4, 0, 1, 50);
  jump (4, 5, 0);
  jump (5, 1, 0);
  jump (1, 2, 50);
  jump (2, 3, 50);
  CHECK ("cold: improved", improve () == PGO_LAYOUT_BETTER);
  CHECK ("cold: what did not run comes last, in its order", is ("0 1 2 3 4 5"));
  CHECK ("cold: no jump taken", after.taken == 0);
}

static void
test_first (void)
{
  /* 0 is entered and also the target of a hot loop; it stays first, if it must.  */
  begin (3);
  branch (0, 1, 100, 2, 1);
  jump (1, 0, 99);
  jump (2, 0, 0);
  improve ();
  CHECK ("first: stays", order[0] == 0);
  begin (3);
  graph.first_is_fixed = false;
  branch (0, 1, 99, 2, 1);
  jump (1, 0, 99);
  improve ();
  CHECK ("first: need not stay", is ("1 0 2"));
}

static void
test_cannot_fall (void)
{
  /* A computed jump has no fall-through: 1 … 4 lie by density, none is worth more than being near.  */
  begin (5);
  for (uint32_t i = 1; i < 5; i++)
    add (0, i, 10 * i, false, false);
  improve ();
  CHECK ("computed jump: the nearest is the most frequent", is ("0 4 3 2 1"));
}

static void
test_split (void)
{
  /* 0 → 1 → 3 is found first (heavier edges); 2, which ran between 1 and 3 half of the time, is put into it only if
     that gains; here it does not break 1 → 3.

        0
        |100
        1 --40--> 2
        |60       |40
        3 <-------+      */
  begin (5);
  order[2] = 4, order[3] = 3, order[4] = 2;
  jump (0, 1, 100);
  branch (1, 2, 40, 3, 60);
  jump (2, 3, 40);
  branch (3, 4, 100, 2, 0);
  improve ();
  CHECK ("split: two fall-throughs of 40 outweigh one of 60", is ("0 1 2 3 4"));
}

/* Greatest score of all orders in which block 0 comes first.  */
static uint64_t
best_score (uint32_t *at, uint32_t k)
{
  struct pgo_layout_figures figures;
  if (k == graph.n_blocks)
    {
      pgo_layout_measure (&graph, at, &figures);
      return figures.score;
    }
  uint64_t best = 0;
  for (uint32_t i = k; i < graph.n_blocks; i++)
    {
      uint32_t t = at[k];
      at[k] = at[i], at[i] = t;
      uint64_t found = best_score (at, k + 1);
      best = found > best ? found : best;
      t = at[k];
      at[k] = at[i], at[i] = t;
    }
  return best;
}

/* A graph of N blocks, each with up to two ways out, and a few computed jumps.  */
static void
random_graph (uint32_t n, uint32_t nearness)
{
  begin (n);
  for (uint32_t i = 0; i < n; i++)
    {
      size_bytes[i] = next (40);
      uint32_t near = i > nearness ? i - nearness : 0, width = 2 * nearness < n ? 2 * nearness : n;
      uint32_t a = (near + next (width)) % n, b = (near + next (width)) % n;
      switch (next (12))
        {
        case 0: break;
        case 1:
          for (uint32_t k = next (6); k-- > 0;)
            add (i, (near + next (width)) % n, next (100), false, false);
          break;
        case 2: case 3: case 4: jump (i, a, next (4) ? next (1000) : 0); break;
        default:
          if (a != b)
            branch (i, a, next (1000), b, next (5) ? next (100) : 0);
        }
    }
}

static void
test_random (void)
{
  bool valid = true, never_worse = true, told = true;
  uint64_t reached = 0, possible = 0;
  for (int round = 0; round < 400; round++)
    {
      random_graph (2 + next (6), 8);
      improve ();
      valid &= permutation () && order[0] == 0;
      never_worse &= after.score >= before.score;
      struct pgo_layout_figures again;
      pgo_layout_measure (&graph, order, &again);
      told &= again.score == after.score && again.taken == after.taken;
      uint32_t all[8];
      for (uint32_t i = 0; i < graph.n_blocks; i++)
        all[i] = i;
      reached += after.score;
      possible += best_score (all, 1);
    }
  CHECK ("random: a permutation with the first block first", valid);
  CHECK ("random: never worse than what was given", never_worse);
  CHECK ("random: the figures are those of the order", told);
  printf ("# %.4f of the best score\n", (double) reached / (double) possible);
  CHECK ("random: 99% of the best score of all orders", (double) reached >= .99 * (double) possible);
}

static void
test_large (void)
{
  static uint32_t first[MAX_BLOCKS];
  bool valid = true, better = true;
  for (uint32_t n = 200; n <= MAX_BLOCKS; n *= 10)
    {
      random_graph (n, 10);
      better &= improve () != PGO_LAYOUT_KEPT;
      valid &= permutation () && order[0] == 0;
      memcpy (first, order, n * sizeof *order);
      for (uint32_t i = 0; i < n; i++)
        order[i] = i;
      improve ();
      better &= memcmp (first, order, n * sizeof *order) == 0;
    }
  CHECK ("large: a permutation with the first block first", valid);
  CHECK ("large: better, and the same each time", better);
}

static void
test_bound (void)
{
  /* The hub of an interpreter: every edge from it ends in another chain, every one leads back.  */
  uint32_t n = MAX_BLOCKS;
  begin (n);
  for (uint32_t i = 1; i < n; i++)
    {
      add (0, i, 1 + next (1000), false, false);
      jump (i, 0, 1 + next (1000));
    }
  enum pgo_layout_result result = improve ();
  CHECK ("bound: an order all the same", permutation () && order[0] == 0 && after.score >= before.score);
  CHECK ("bound: the bound on work is met", result == PGO_LAYOUT_LIMITED);
}

static void
test_extremes (void)
{
  begin (4);
  branch (0, 1, UINT64_MAX, 2, UINT64_MAX);
  jump (1, 3, UINT64_MAX);
  jump (2, 3, 1);
  size_bytes[1] = 0;
  improve ();
  CHECK ("extremes: greatest counts", permutation () && order[0] == 0 && after.score >= before.score);
  begin (0);
  CHECK ("extremes: no block", improve () == PGO_LAYOUT_KEPT && after.score == 0);
  begin (1);
  branch (0, 0, 5, 0, 0);
  CHECK ("extremes: one block", improve () == PGO_LAYOUT_KEPT);
}

int
main (void)
{
  test_diamond ();
  test_loop ();
  test_cold ();
  test_first ();
  test_cannot_fall ();
  test_split ();
  test_random ();
  test_large ();
  test_bound ();
  test_extremes ();
  return unit_done ();
}
