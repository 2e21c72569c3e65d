/* Inference on drawn graphs: evidence in, counts out.

   In the drawings a number beside a block is its true count; (n) is a witness given to the solver.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/flowgraph.h"
#include "testsuite/lib/unit.h"

#include <string.h>

static struct pgo_flow_edge edges[128];
static struct pgo_flow_evidence evidence[64];
static uint32_t n_blocks, n_edges, n_evidence;
static uint64_t block[64], edge_count[128];

static void
graph (uint32_t blocks)
{
  n_blocks = blocks;
  n_edges = n_evidence = 0;
}

static void
edge (uint32_t src, uint32_t dst, double probability)
{
  edges[n_edges++] = (struct pgo_flow_edge) { src, dst, probability };
}

static void
witness (uint32_t b, uint64_t value)
{
  evidence[n_evidence++] = (struct pgo_flow_evidence) { b, false, value, PGO_TRUST_FULL, PGO_TRUST_FULL };
}

static enum pgo_infer_result
solve (void)
{
  struct pgo_flowgraph g = { n_blocks, n_edges, n_evidence, edges, evidence };
  struct pgo_flow_counts c = { block, edge_count };
  memset (block, 0xff, sizeof block);
  memset (edge_count, 0xff, sizeof edge_count);
  return pgo_infer (&g, &c);
}

/* Whether what enters each block leaves it, as far as it has edges at all.  */
static bool
conserved (void)
{
  for (uint32_t b = 0; b < n_blocks; b++)
    {
      uint64_t in = 0, out = 0;
      bool has_in = false, has_out = false;
      for (uint32_t e = 0; e < n_edges; e++)
        {
          if (edges[e].dst == b)
            in += edge_count[e], has_in = true;
          if (edges[e].src == b)
            out += edge_count[e], has_out = true;
        }
      if ((has_in && in != block[b]) || (has_out && out != block[b]))
        return false;
    }
  return true;
}

static bool
near (uint64_t count, uint64_t wanted, uint64_t tolerance)
{
  return count + tolerance >= wanted && count <= wanted + tolerance;
}

/*      0
        2  (100)
       / \
   (75)3   4
       \ /
        5
        1            */
static void
diamond (void)
{
  graph (6);
  edge (0, 2, 1);
  edge (2, 3, .5);
  edge (2, 4, .5);
  edge (3, 5, 1);
  edge (4, 5, 1);
  edge (5, 1, 1);
}

static void
test_diamonds (void)
{
  diamond ();
  CHECK ("no witness: nothing to infer", solve () == PGO_INFER_NOTHING && block[2] == UINT64_MAX);

  diamond ();
  witness (2, 100);
  witness (3, 75);
  CHECK ("diamond: solved", solve () == PGO_INFER_DONE);
  CHECK ("diamond: the arm without a witness gets the rest", block[4] == 25 && block[3] == 75 && block[5] == 100);
  CHECK ("diamond: entry and exit follow", block[0] == 100 && block[1] == 100);
  CHECK ("diamond: conserved", conserved ());

  /* One witness above: the arms follow the static estimate.  */
  diamond ();
  edges[1].probability = .9;
  edges[2].probability = .1;
  witness (2, 1000);
  solve ();
  CHECK ("unknown is not zero: arms follow the estimate", near (block[3], 900, 1) && near (block[4], 100, 1));
  CHECK ("unknown arms: conserved", conserved ());

  /* Only the join is known; what leads there follows.  */
  diamond ();
  witness (5, 40);
  solve ();
  CHECK ("counts go up as well as down", block[0] == 40 && near (block[3], 20, 1) && conserved ());

  /* Never run, and known to be so.  */
  diamond ();
  witness (2, 50);
  witness (3, 0);
  solve ();
  CHECK ("a zero is kept", block[3] == 0 && block[4] == 50);

  diamond ();
  for (uint32_t b = 2; b < 6; b++)
    witness (b, 0);
  CHECK ("all zero", solve () == PGO_INFER_DONE && block[0] == 0 && block[5] == 0 && edge_count[0] == 0);

  /* 100 in, 70 + 50 in the arms, 100 out: the arms bend least relative to their Poisson noise.  */
  diamond ();
  witness (2, 100);
  witness (3, 70);
  witness (4, 50);
  witness (5, 100);
  solve ();
  CHECK ("contradiction: conserved", conserved ());
  CHECK ("contradiction: between the witnesses", block[2] >= 100 && block[2] <= 120 && block[3] <= 70 && block[4] <= 50);

  /* A surplus in a hot block does not leak through a cold one.  */
  diamond ();
  witness (2, 1000000);
  witness (3, 900000);
  witness (4, 3);
  witness (5, 1000000);
  solve ();
  CHECK ("a cold witness outlives noise in hot ones", block[4] == 3 && conserved ());
}

/*   0 → 2 → 3 ⇄ 3 → 4 → 1   */
static void
test_loops (void)
{
  graph (5);
  edge (0, 2, 1);
  edge (2, 3, 1);
  edge (3, 3, .9);
  edge (3, 4, .1);
  edge (4, 1, 1);
  witness (2, 10);
  witness (3, 5000);
  CHECK ("loop: solved", solve () == PGO_INFER_DONE);
  CHECK ("loop: trip count from body and entry", edge_count[2] == 4990 && edge_count[3] == 10 && conserved ());

  n_evidence = 0;
  witness (2, 10);
  solve ();
  CHECK ("loop without a witness iterates by the estimate", near (block[3], 100, 3) && conserved ());

  /* A service's main loop: no way out.  0 → 2 → 3 → 3  */
  graph (4);
  edge (0, 2, 1);
  edge (2, 3, 1);
  edge (3, 3, 1);
  witness (2, 1);
  witness (3, 1000);
  CHECK ("endless loop: solved", solve () == PGO_INFER_DONE);
  CHECK ("endless loop: exact", block[2] == 1 && block[3] == 1000 && edge_count[2] == 999);

  /* Two loops in a row, only the outer blocks and one edge known:
     0 → 2 → 3 ⇄ 4, 3 → 5 → 1  */
  graph (6);
  edge (0, 2, 1);
  edge (2, 3, 1);
  edge (3, 4, .5);
  edge (4, 3, 1);
  edge (3, 5, .5);
  edge (5, 1, 1);
  witness (5, 8);
  evidence[n_evidence++] = (struct pgo_flow_evidence) { 2, true, 72, PGO_TRUST_FULL, PGO_TRUST_FULL };
  solve ();
  CHECK ("an edge is a witness too", block[4] == 72 && block[3] == 80 && block[2] == 8 && conserved ());
}

/* A call that does not return ends block 3:   0 → 2 → {3, 4}, 4 → 1  */
static void
test_dead_end (void)
{
  graph (5);
  edge (0, 2, 1);
  edge (2, 3, .01);
  edge (2, 4, .99);
  edge (4, 1, 1);
  witness (2, 100);
  witness (3, 2);
  CHECK ("dead end: solved", solve () == PGO_INFER_DONE);
  CHECK ("dead end: flow leaves there", block[3] == 2 && block[4] == 98);
}

static void
test_bounds (void)
{
  /* An upper bound only: what was hoisted may have run more often than its block.  */
  diamond ();
  edges[1].probability = .9;
  edges[2].probability = .1;
  witness (2, 1000);
  evidence[n_evidence++] = (struct pgo_flow_evidence) { 3, false, 400, 0, PGO_TRUST_FULL };
  solve ();
  CHECK ("an upper bound bounds", block[3] <= 400 && block[2] == 1000 && conserved ());

  /* The weighted median of three witnesses of one block.  */
  graph (3);
  edge (0, 2, 1);
  edge (2, 1, 1);
  witness (2, 10);
  witness (2, 100);
  witness (2, 101);
  solve ();
  CHECK ("the median of witnesses", block[2] >= 10 && block[2] <= 101 && conserved ());

  /* Beyond 2^48.  */
  diamond ();
  witness (2, UINT64_C (1) << 60);
  witness (3, UINT64_C (1) << 59);
  CHECK ("huge values: solved", solve () == PGO_INFER_DONE);
  CHECK ("huge values: exact and conserved", block[2] == UINT64_C (1) << 60 && block[4] == UINT64_C (1) << 59 && conserved ());
  diamond ();
  witness (2, UINT64_MAX);
  witness (3, 1);
  CHECK ("greatest value", solve () != PGO_INFER_NOTHING && conserved ());
}

static uint64_t state = 88172645463325252;
static uint32_t
next (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11);
}

/* Random graphs, random walks as the truth: complete evidence is reproduced, partial evidence conserved.  */
static void
test_random (void)
{
  bool exact = true, kept = true, same = true;
  for (unsigned round = 0; round < 300; round++)
    {
      uint64_t truth[64] = { 0 };
      graph (4 + next () % 40);
      uint32_t first[65];
      for (uint32_t b = 0; b < n_blocks; b++)
        {
          first[b] = n_edges;
          if (b == 0)
            edge (0, 2, 1);
          else if (b >= 2)
            {
              edge (b, b + 1 < n_blocks ? b + 1 : 1, .5);
              if (next () % 3)
                edge (b, 2 + next () % (n_blocks - 2), .3);
            }
        }
      first[n_blocks] = n_edges;
      for (unsigned walk = 0; walk < 50; walk++)
        {
          uint32_t b = 0;
          for (; b != 1; b = edges[first[b] + next () % (first[b + 1] - first[b])].dst)
            truth[b]++;
          truth[1]++;
        }
      for (uint32_t b = 0; b < n_blocks; b++)
        witness (b, truth[b]);
      solve ();
      exact &= memcmp (block, truth, n_blocks * sizeof *truth) == 0 && conserved ();
      for (uint32_t i = 0; i < n_evidence; i++)
        evidence[i].value = evidence[i].value * (50 + next () % 100) / 100;
      n_evidence = n_evidence * 2 / 3;
      solve ();
      kept &= conserved ();
      uint64_t once[64];
      memcpy (once, block, sizeof once);
      solve ();
      same &= memcmp (once, block, n_blocks * sizeof *once) == 0;
    }
  CHECK ("random graphs: complete evidence is reproduced", exact);
  CHECK ("random graphs: noisy evidence is conserved", kept);
  CHECK ("random graphs: the same twice", same);
}

int
main (void)
{
  test_diamonds ();
  test_loops ();
  test_dead_end ();
  test_bounds ();
  test_random ();
  return unit_done ();
}
