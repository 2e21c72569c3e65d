/* C3.  The functions are taken from the most to the least dense; each brings its cluster behind that of the caller
   that calls it most, unless that caller is not much of a reason to be there, or the cluster would become too big or
   too thin.  The clusters follow one another by density.

        main 10/100 B ── 900 ──► parse 900/100 B ── 5000 ──► next 5000/50 B
                                  └── 3 ──► fault 3/400 B

   next comes behind parse, that pair behind main; fault would thin the cluster out and stays alone.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/function-order.h"
#include "core/alloc.h"

#include <stdbool.h>
#include <stdlib.h>

/* Least share of a function's calls that its most frequent caller must make, in percent; the greatest size of a
   cluster, and how many times thinner a cluster may become: HFSort in BOLT (HFSort.cpp), from the authors.  */
#define MIN_CALLER_PERCENT 10
#define MAX_CLUSTER_BYTES (UINT64_C (1) << 20)
#define MAX_THINNING 8

/* A function of unknown size is taken for a small one, in bytes.  */
#define UNKNOWN_SIZE_BYTES 128

#define NONE UINT32_MAX

struct cluster
{
  uint32_t first, last;         /* Functions, linked by next.  */
  double weight, size_bytes;
};

struct dense
{
  uint32_t index;
  double density;               /* Weight a byte.  */
};

static int
denser_first (const void *a_dense, const void *b_dense)
{
  const struct dense *a = a_dense, *b = b_dense;
  if (a->density > b->density)
    return -1;
  if (a->density < b->density)
    return 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static int
call_order (const void *a_call, const void *b_call)
{
  const struct pgo_order_call *a = a_call, *b = b_call;
  if (a->callee != b->callee)
    return a->callee < b->callee ? -1 : 1;
  if (a->caller != b->caller)
    return a->caller < b->caller ? -1 : 1;
  return a->weight < b->weight ? -1 : a->weight > b->weight;
}

/* For each function the caller that calls it most, or NONE.  */
static void
find_callers (uint32_t n, const struct pgo_order_call *calls, uint32_t n_calls, uint32_t *caller)
{
  struct pgo_order_call *sorted = pgo_alloc_array (n_calls, sizeof *sorted);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < n_calls; i++)
    if (calls[i].caller != calls[i].callee && calls[i].weight)
      sorted[kept++] = calls[i];
  if (kept)
    qsort (sorted, kept, sizeof *sorted, call_order);
  for (uint32_t i = 0; i < n; i++)
    caller[i] = NONE;
  for (uint32_t i = 0; i < kept;)
    {
      uint32_t callee = sorted[i].callee, best = NONE;
      double all = 0, most = 0;
      while (i < kept && sorted[i].callee == callee)
        {
          uint32_t from = sorted[i].caller;
          double weight = 0;
          for (; i < kept && sorted[i].callee == callee && sorted[i].caller == from; i++)
            weight += (double) sorted[i].weight;
          all += weight;
          if (weight > most)
            {
              most = weight;
              best = from;
            }
        }
      if (most * 100 >= all * MIN_CALLER_PERCENT)
        caller[callee] = best;
    }
  pgo_free (sorted);
}

void
pgo_function_order (const struct pgo_order_function *functions, uint32_t n, const struct pgo_order_call *calls,
                    uint32_t n_calls, uint32_t *order)
{
  uint32_t *caller = pgo_alloc_array (n, sizeof *caller), *next = pgo_alloc_array (n, sizeof *next);
  uint32_t *cluster_of = pgo_alloc_array (n, sizeof *cluster_of);
  struct cluster *clusters = pgo_alloc_array (n, sizeof *clusters);
  struct dense *dense = pgo_alloc_array (n, sizeof *dense);

  find_callers (n, calls, n_calls, caller);
  for (uint32_t i = 0; i < n; i++)
    {
      double size = functions[i].size_bytes ? (double) functions[i].size_bytes : UNKNOWN_SIZE_BYTES;
      clusters[i] = (struct cluster) { i, i, (double) functions[i].weight, size };
      dense[i] = (struct dense) { i, clusters[i].weight / size };
      cluster_of[i] = i;
      next[i] = NONE;
    }
  if (n)
    qsort (dense, n, sizeof *dense, denser_first);
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t function = dense[i].index;
      if (functions[function].weight == 0 || caller[function] == NONE)
        continue;
      uint32_t x = caller[function], y = function;
      while (cluster_of[x] != x)
        x = cluster_of[x] = cluster_of[cluster_of[x]];
      while (cluster_of[y] != y)
        y = cluster_of[y] = cluster_of[cluster_of[y]];
      struct cluster *cx = &clusters[x], *cy = &clusters[y];
      double size = cx->size_bytes + cy->size_bytes, weight = cx->weight + cy->weight;
      if (x == y || size > (double) MAX_CLUSTER_BYTES || cx->weight * size > MAX_THINNING * weight * cx->size_bytes)
        continue;
      next[cx->last] = cy->first;
      cx->last = cy->last;
      cx->weight = weight;
      cx->size_bytes = size;
      cluster_of[y] = x;
    }

  uint32_t n_clusters = 0;
  for (uint32_t i = 0; i < n; i++)
    if (cluster_of[i] == i)
      dense[n_clusters++] = (struct dense) { i, clusters[i].weight / clusters[i].size_bytes };
  if (n_clusters)
    qsort (dense, n_clusters, sizeof *dense, denser_first);
  for (uint32_t i = 0; i < n_clusters; i++)
    for (uint32_t function = clusters[dense[i].index].first; function != NONE; function = next[function])
      *order++ = function;
  pgo_free (caller);
  pgo_free (next);
  pgo_free (cluster_of);
  pgo_free (clusters);
  pgo_free (dense);
}
