/* The inline plan on any call graph, with and without orders of a replay file: it ends, and is a plan.

   Input: three bytes of limits, one that seeds the orders (0: none), then groups of eight bytes, a function or a
   call each.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/inline-plan.h"

#include <string.h>

#define FUNCTIONS_MAX 64
#define CALLS_MAX 256

/* A value of eight bits and an exponent, so that both small and great ones come up.  */
static int64_t
value_of (uint8_t mantissa, unsigned exponent)
{
  return (int64_t) mantissa << exponent;
}

static enum pgo_call_order
random_order (void *data, const struct pgo_inline_plan *plan, uint32_t call)
{
  /* The fourth copy of a copy is left: orders alone have no bound.  */
  unsigned depth = 0;
  for (uint32_t via = plan->calls[call].via; via != PGO_NO_CALL; via = plan->calls[via].via)
    depth++;
  if (depth > 3)
    return PGO_ORDER_LEAVE;
  return (enum pgo_call_order) ((plan->calls[call].origin * 2654435761u >> 16 ^ *(const uint8_t *) data) % 4);
}

static void
check_plan (const struct pgo_callgraph *g, const struct pgo_inline_plan *plan)
{
  FUZZ_CHECK ("all calls are there", plan->n_calls >= g->n_edges && plan->n_order <= plan->n_calls);
  for (uint32_t i = 0; i < plan->n_calls; i++)
    {
      const struct pgo_planned_call *c = &plan->calls[i];
      bool copy = c->via != PGO_NO_CALL;
      FUZZ_CHECK ("a call of the graph, or a copy of an earlier one", copy == (i >= g->n_edges));
      FUZZ_CHECK ("it came with an earlier one", copy ? c->via < i && c->origin < i : c->origin == i);
      FUZZ_CHECK ("its copies are there", c->first_copy <= c->end_copies && c->end_copies <= plan->n_calls);
      FUZZ_CHECK ("executions are not negative", c->edge.count >= 0);
      FUZZ_CHECK ("a known reason", c->reason < PGO_N_REASONS);
    }
  for (uint32_t i = 0; i < plan->n_order; i++)
    {
      const struct pgo_planned_call *c = &plan->calls[plan->order[i]];
      FUZZ_CHECK ("what is inlined is possible", c->edge.possible && c->edge.callee != PGO_NO_FUNCTION
                  && c->edge.callee != c->edge.caller && pgo_reason_decision (c->reason) == PGO_CALL_INLINE);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct pgo_call_function functions[FUNCTIONS_MAX];
  static struct pgo_call_edge calls[CALLS_MAX];
  if (size < 4 + 16)
    return 0;
  struct pgo_inline_limits limits = { 1 + value_of (data[0], data[0] % 32), (uint64_t) value_of (data[1], data[1] % 56),
                                      value_of (data[2], data[2] % 20) };
  uint32_t n_functions = 0, n_calls = 0;
  for (const uint8_t *at = data + 4; data + size - at >= 8; at += 8)
    if (at[0] % 4 == 0 || n_functions == 0)
      {
        if (n_functions < FUNCTIONS_MAX)
          functions[n_functions++] = (struct pgo_call_function) {
            value_of (at[1], at[2] % 54), value_of (at[3], at[4] % 16), value_of (at[5], at[6] % 16), at[7] & 1, at[7] & 2
          };
      }
    else if (n_calls < CALLS_MAX)
      {
        struct pgo_call_edge *c = &calls[n_calls++];
        memset (c, 0, sizeof *c);
        c->caller = at[1];
        c->callee = at[2] == 255 ? PGO_NO_FUNCTION : at[2];
        c->possible = at[0] & 8;
        c->counted = at[0] & 16;
        c->count = value_of (at[3], at[4] % 54);
        c->growth = value_of (at[5], at[4] / 64 * 5) * (at[0] & 32 ? -1 : 1);
        c->time_saved = value_of (at[6], at[7] % 54);
        c->callee_size = at[6];
        c->callee_hot_calls = at[7] & 1;
        c->arguments = at[7] % 8;
      }
  for (uint32_t i = 0; i < n_calls; i++)
    {
      calls[i].caller %= n_functions;
      if (calls[i].callee != PGO_NO_FUNCTION)
        calls[i].callee %= n_functions;
    }
  struct pgo_callgraph g = { n_functions, n_calls, functions, calls };
  struct pgo_inline_plan plan, again;
  pgo_order_function *order = data[3] ? random_order : NULL;
  uint8_t seed = data[3];
  pgo_inline_plan_make (&g, &limits, order, &seed, &plan);
  check_plan (&g, &plan);
  pgo_inline_plan_make (&g, &limits, order, &seed, &again);
  FUZZ_CHECK ("the same plan again", again.n_calls == plan.n_calls && again.n_order == plan.n_order
              && again.growth == plan.growth
              && (!plan.n_order || memcmp (again.order, plan.order, plan.n_order * sizeof *plan.order) == 0));
  pgo_inline_plan_clear (&plan);
  pgo_inline_plan_clear (&again);
  return 0;
}
