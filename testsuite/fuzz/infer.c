/* The flow solver on any graph with any evidence: it ends, and its counts conserve flow.

   Input: a byte for the number of blocks, then groups of bytes, an edge or a witness each.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/flowgraph.h"

#include <string.h>

#define BLOCKS_MAX 66
#define EDGES_MAX 512
#define EVIDENCE_MAX 256

/* Whether every block from which flow could not get out lacks flow anyway: what the entry reaches must
   reach the exit or a block without successors, else no counts are conserved.  */
static bool
can_conserve (const struct pgo_flow_edge *edges, uint32_t n_edges, uint32_t n_blocks)
{
  bool ends[BLOCKS_MAX], has_out[BLOCKS_MAX] = { false };
  for (uint32_t e = 0; e < n_edges; e++)
    has_out[edges[e].src] = true;
  for (uint32_t b = 0; b < n_blocks; b++)
    ends[b] = !has_out[b];
  for (uint32_t round = 0; round < n_blocks; round++)
    for (uint32_t e = 0; e < n_edges; e++)
      ends[edges[e].src] |= ends[edges[e].dst];
  for (uint32_t b = 0; b < n_blocks; b++)
    if (!ends[b])
      return false;
  return true;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct pgo_flow_edge edges[EDGES_MAX];
  static struct pgo_flow_evidence evidence[EVIDENCE_MAX];
  static uint64_t block[BLOCKS_MAX], edge[EDGES_MAX], again_block[BLOCKS_MAX], again_edge[EDGES_MAX];
  if (size < 1)
    return 0;
  uint32_t n_blocks = 2 + data[0] % (BLOCKS_MAX - 2), n_edges = 0, n_evidence = 0;
  const uint8_t *at = data + 1, *end = data + size;
  while (end - at >= 4)
    {
      unsigned a = at[1], b = at[2];
      if (at[0] & 1 && n_edges < EDGES_MAX)
        {
          uint32_t src = a % n_blocks, dst = b % n_blocks;
          if (src != PGO_FLOW_EXIT && dst != PGO_FLOW_ENTRY)
            edges[n_edges++] = (struct pgo_flow_edge) { src, dst, at[3] / 255.0 };
        }
      else if (n_evidence < EVIDENCE_MAX && n_edges)
        {
          bool is_edge = at[0] & 2;
          uint64_t value = ((uint64_t) b << 8 | at[3]) << (at[0] >> 2);
          evidence[n_evidence++] = (struct pgo_flow_evidence) {
            is_edge ? a % n_edges : a % n_blocks, is_edge, value, at[3] * 1000u / 255, (at[3] ^ b) * 1000u / 255
          };
        }
      at += 4;
    }
  struct pgo_flowgraph g = { n_blocks, n_edges, n_evidence, edges, evidence };
  struct pgo_flow_counts counts = { block, edge };
  memset (block, 0xee, sizeof block);
  memset (edge, 0xee, sizeof edge);
  enum pgo_infer_result result = pgo_infer (&g, &counts);
  if (result == PGO_INFER_NOTHING)
    return 0;
  for (uint32_t b = 0; b < n_blocks && can_conserve (edges, n_edges, n_blocks); b++)
    {
      uint64_t in = 0, out = 0;
      bool has_in = false, has_out = false;
      for (uint32_t e = 0; e < n_edges; e++)
        {
          if (edges[e].dst == b)
            in += edge[e], has_in = true;
          if (edges[e].src == b)
            out += edge[e], has_out = true;
        }
      FUZZ_CHECK ("what enters a block is its count", !has_in || b == PGO_FLOW_EXIT || in == block[b]);
      FUZZ_CHECK ("what leaves a block is its count", !has_out || out == block[b]);
    }
  struct pgo_flow_counts again = { again_block, again_edge };
  FUZZ_CHECK ("the same result again", pgo_infer (&g, &again) == result);
  FUZZ_CHECK ("the same counts again", memcmp (block, again_block, n_blocks * sizeof *block) == 0
                                       && memcmp (edge, again_edge, n_edges * sizeof *edge) == 0);
  return 0;
}
