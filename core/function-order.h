/* Function order: an order of a program's functions that puts callers before and near their callees, and what is
   dense in executions together.

   C3, call-chain clustering (Ottoni and Maher, "Optimizing Function Placement for Large-Scale Data-Center
   Applications", CGO 2017).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_FUNCTION_ORDER_H
#define PGOINLINE_CORE_FUNCTION_ORDER_H

#include <stdint.h>

/* SIZE_BYTES of the code that runs (0: unknown), and WEIGHT, its executions of statements: they give the density.  */
struct pgo_order_function
{
  uint64_t weight, size_bytes;
};

/* CALLER calls CALLEE WEIGHT times.  There may be several of a pair.  */
struct pgo_order_call
{
  uint32_t caller, callee;
  uint64_t weight;
};

/* Write a permutation of 0 … N - 1 to ORDER.  Ties go to the smaller number.  Linear but for sorting.
   Deterministic.  */
void pgo_function_order (const struct pgo_order_function *functions, uint32_t n, const struct pgo_order_call *calls,
                         uint32_t n_calls, uint32_t *order);

#endif
