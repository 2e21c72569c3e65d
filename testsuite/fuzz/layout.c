/* Block layout of any graph: it ends, with an order of all blocks that is no worse than the one given.

   Input: a byte for the number of blocks, one of flags, then groups of five bytes, a block or an edge each.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/block-layout.h"

#include <string.h>

#define BLOCKS_MAX 130
#define EDGES_MAX 512

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static uint32_t sizes[BLOCKS_MAX], order[BLOCKS_MAX], again[BLOCKS_MAX];
  static uint64_t counts[BLOCKS_MAX];
  static struct pgo_layout_edge edges[EDGES_MAX];
  if (size < 2)
    return 0;
  uint32_t n = 2 + data[0] % (BLOCKS_MAX - 2), n_edges = 0;
  for (uint32_t b = 0; b < n; b++)
    sizes[b] = 4, counts[b] = b, order[b] = again[b] = b;
  for (const uint8_t *at = data + 2; data + size - at >= 5; at += 5)
    if (at[0] % 4 == 0)
      {
        sizes[at[1] % n] = (uint32_t) at[2] << at[3] % 20;
        counts[at[1] % n] = (uint64_t) at[4] << at[3] / 4;
      }
    else if (n_edges < EDGES_MAX)
      edges[n_edges++] = (struct pgo_layout_edge) { at[1] % n, at[2] % n, (uint64_t) at[3] << at[4] % 64, at[0] & 4, at[0] & 8 };
  struct pgo_layout_graph g = { n, n_edges, sizes, counts, edges, data[1] & 1 };
  struct pgo_layout_figures before, after, told;
  enum pgo_layout_result result = pgo_layout_improve (&g, order, &before, &after);
  bool there[BLOCKS_MAX] = { false };
  for (uint32_t i = 0; i < n; i++)
    {
      FUZZ_CHECK ("each block once", order[i] < n && !there[order[i]]);
      there[order[i]] = true;
    }
  FUZZ_CHECK ("the first stays the first", !g.first_is_fixed || order[0] == 0);
  FUZZ_CHECK ("no worse", after.score >= before.score);
  pgo_layout_measure (&g, order, &told);
  FUZZ_CHECK ("the figures are the order's", memcmp (&told, &after, sizeof told) == 0);
  FUZZ_CHECK ("the same result again", pgo_layout_improve (&g, again, &before, &after) == result);
  FUZZ_CHECK ("the same order again", memcmp (order, again, n * sizeof *order) == 0);
  return 0;
}
