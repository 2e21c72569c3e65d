/* The inline plan on drawn call graphs.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/inline-plan.h"
#include "testsuite/lib/unit.h"

#include <string.h>

/* A call as it is drawn: COUNT executions, GROWTH instructions.  */
static struct pgo_call_edge
call (uint32_t caller, uint32_t callee, int64_t count, int64_t growth)
{
  struct pgo_call_edge e;
  memset (&e, 0, sizeof e);
  e.caller = caller;
  e.callee = callee;
  e.possible = e.counted = true;
  e.count = count;
  e.growth = growth;
  e.callee_size = e.callee_hot_size = growth;
  e.caller_count = 1;
  e.arguments = 1;
  return e;
}

static const struct pgo_inline_limits limits = { .hot_count = 100, .total_weight = 1000000, .budget = 1000 };

static enum pgo_call_reason
reason_of (const struct pgo_inline_plan *plan, uint32_t c)
{
  return plan->calls[c].reason;
}

/*  main ──1000──► a ──1000──► b      The chain is inlined into main as a whole, and a and b into each other
      └────2─────► b                  only where that pays.  The second call of b is cold.  */
static void
test_chain (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 1000, 20, 0, true, false }, { 1002, 30, 0, true, false } };
  struct pgo_call_edge e[] = { call (0, 1, 1000, 18), call (1, 2, 1000, 28), call (0, 2, 2, 28) };
  struct pgo_callgraph g = { 3, 3, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("chain: main > a is inlined", reason_of (&plan, 0) == PGO_REASON_BENEFIT);
  CHECK ("chain: the cold call is left", reason_of (&plan, 2) == PGO_REASON_COLD);
  bool whole = false;
  for (uint32_t i = 0; i < plan.n_order; i++)
    {
      const struct pgo_planned_call *c = &plan.calls[plan.order[i]];
      whole |= c->edge.caller == 0 && c->via != PGO_NO_CALL && c->edge.callee == 2;
      whole |= plan.order[i] == 1;
    }
  CHECK ("chain: b's code gets into main", whole);
  CHECK ("chain: every copy names smaller calls", plan.n_calls == 3
         || (plan.calls[3].via < 3 && plan.calls[3].origin < 3));
  pgo_inline_plan_clear (&plan);
}

/*  x ──900──► leaf     Executions are shared out: the copy that came with x > mid has x's part.
    x ──300──► mid ──600──► leaf
    y ──300──► mid  */
static void
test_shares (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 1, 50, 0, false, false }, { 600, 10, 0, true, false }, { 600, 500, 0, true, false } };
  struct pgo_call_edge e[] = { call (0, 2, 300, 5), call (1, 2, 300, 5), call (2, 3, 600, 490) };
  struct pgo_callgraph g = { 4, 3, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("shares: both calls of mid are inlined", plan.n_order == 2 && plan.n_calls == 5);
  CHECK ("shares: each copy has half", plan.n_calls == 5 && plan.calls[3].edge.count == 300
         && plan.calls[4].edge.count == 300);
  CHECK ("shares: nothing is left for the original", plan.calls[2].edge.count == 0);
  CHECK ("shares: copies belong to their functions", plan.n_calls == 5 && plan.calls[3].edge.caller == 0
         && plan.calls[4].edge.caller == 1 && plan.calls[3].origin == 2 && plan.calls[3].via == 0);
  CHECK ("shares: a callee that goes away gives its size back", plan.growth == 5 + 5 - 10);
  pgo_inline_plan_clear (&plan);
}

/*  0 ══► 1 ══► 2 ══► … ══► 30     Each calls the next twice, and grows by nothing for it: without a bound on the number
    of calls, a million copies by the twentieth level.  */
static void
test_doubling (void)
{
  enum { LEVELS = 31 };
  struct pgo_call_function f[LEVELS];
  struct pgo_call_edge e[2 * (LEVELS - 1)];
  for (uint32_t i = 0; i < LEVELS; i++)
    {
      f[i] = (struct pgo_call_function) { INT64_C (1) << 50, 2, 0, true, false };
      if (i + 1 < LEVELS)
        e[2 * i] = e[2 * i + 1] = call (i, i + 1, INT64_C (1) << 49, 0);
    }
  struct pgo_callgraph g = { LEVELS, 2 * (LEVELS - 1), f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("doubling: inlining goes on for some levels", plan.n_order > 100);
  CHECK ("doubling: and ends", plan.n_calls < 50000);
  pgo_inline_plan_clear (&plan);
}

/*  f ──5000──► f,  f ──500──► g ──500──► f  */
static void
test_recursion (void)
{
  struct pgo_call_function f[] = { { 5600, 30, 0, false, false }, { 500, 30, 0, true, false } };
  struct pgo_call_edge e[] = { call (0, 0, 5000, 28), call (0, 1, 500, 28), call (1, 0, 500, 28) };
  struct pgo_callgraph g = { 2, 3, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("recursion: a call of itself is left", reason_of (&plan, 0) == PGO_REASON_RECURSIVE);
  uint32_t worst = 0;
  for (uint32_t i = 0; i < plan.n_order; i++)
    {
      uint32_t depth = 0;
      for (uint32_t c = plan.order[i]; c != PGO_NO_CALL; c = plan.calls[c].via)
        depth++;
      worst = depth > worst ? depth : worst;
    }
  CHECK ("recursion: it ends", plan.n_order <= 4 && worst <= 2);
  pgo_inline_plan_clear (&plan);
}

/* The same growth, which is not worth it where it makes a second copy of as much hot code.  */
static void
test_growth (void)
{
  struct pgo_call_function f[] = { { 1, 0, 0, false, false }, { 10000, 290, 0, false, false }, { 450, 290, 0, false, false },
                                   { 10000, 290, 0, false, false } };
  struct pgo_call_edge e[] = { call (0, 1, 400, 290), call (0, 2, 400, 290), call (0, 3, 400, 290) };
  e[2].callee_hot_size = 40;
  for (uint32_t c = 0; c < 3; c++)
    {
      struct pgo_callgraph g = { 4, 1, f, &e[c] };
      struct pgo_inline_plan plan;
      pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
      CHECK (c == 0 ? "growth: hot code is doubled" : c == 1 ? "growth: hot code moves" : "growth: most of it is cold",
             reason_of (&plan, 0) == (c == 0 ? PGO_REASON_POOR : PGO_REASON_BENEFIT));
      pgo_inline_plan_clear (&plan);
    }
}

/* What the rules refuse, each alone.  */
static void
test_rules (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 1000, 40, 0, false, false }, { 1000, 40, 4000, false, false },
                                   { 1, 100000, 0, false, false } };
  struct pgo_call_edge e[] = { call (0, 1, 1000, 30), call (0, 1, 99, 30), call (0, 1, 1000, 30), call (0, 1, 1000, 30),
                               call (0, 1, 101, 5000), call (0, 2, 1000, 30), call (3, 1, 101, 90), call (0, 1, 1000, -2) };
  e[2].possible = false;
  e[3].counted = false;
  struct pgo_callgraph g = { 4, 8, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("rules: hot and small", reason_of (&plan, 0) == PGO_REASON_BENEFIT);
  CHECK ("rules: below the hot count", reason_of (&plan, 1) == PGO_REASON_COLD);
  CHECK ("rules: not possible", reason_of (&plan, 2) == PGO_REASON_IMPOSSIBLE);
  CHECK ("rules: no count", reason_of (&plan, 3) == PGO_REASON_NO_COUNT);
  CHECK ("rules: too large", reason_of (&plan, 4) == PGO_REASON_LARGE_CALLEE);
  CHECK ("rules: frame", reason_of (&plan, 5) == PGO_REASON_LARGE_FRAME);
  CHECK ("rules: a giant is not fed for little", pgo_reason_decision (reason_of (&plan, 6)) == PGO_CALL_LEAVE);
  CHECK ("rules: what shrinks is inlined", reason_of (&plan, 7) == PGO_REASON_SHRINKS);
  pgo_inline_plan_clear (&plan);

  struct pgo_inline_limits none = limits;
  none.budget = 0;
  pgo_inline_plan_make (&g, &none, NULL, NULL, &plan);
  CHECK ("budget: nothing that grows", reason_of (&plan, 0) == PGO_REASON_BUDGET);
  CHECK ("budget: what shrinks all the same", reason_of (&plan, 7) == PGO_REASON_SHRINKS);
  pgo_inline_plan_clear (&plan);
}

/* Of equal calls the first comes first, and the better before the worse.  */
static void
test_order (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 9000, 40, 0, false, false } };
  struct pgo_call_edge e[] = { call (0, 1, 2000, 30), call (0, 1, 5000, 30), call (0, 1, 2000, 30) };
  struct pgo_callgraph g = { 2, 3, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &plan);
  CHECK ("order: best first", plan.n_order == 3 && plan.order[0] == 1);
  CHECK ("order: then as in the graph", plan.n_order == 3 && plan.order[1] == 0 && plan.order[2] == 2);
  struct pgo_inline_limits tight = limits;
  tight.budget = 40;
  pgo_inline_plan_clear (&plan);
  pgo_inline_plan_make (&g, &tight, NULL, NULL, &plan);
  CHECK ("order: the budget goes to the best", plan.n_order == 1 && plan.order[0] == 1
         && reason_of (&plan, 0) == PGO_REASON_BUDGET);
  pgo_inline_plan_clear (&plan);
}

static enum pgo_call_order
orders (void *data, const struct pgo_inline_plan *plan, uint32_t c)
{
  (void) plan;
  const enum pgo_call_order *given = data;
  return c < 4 ? given[c] : PGO_ORDER_NONE;
}

static void
test_replay (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 1000, 40, 0, false, false } };
  struct pgo_call_edge e[] = { call (0, 1, 1000, 30), call (0, 1, 1000, 30), call (0, 1, 1, 3000), call (0, 1, 1000, 30) };
  e[3].possible = false;
  enum pgo_call_order given[] = { PGO_ORDER_REFUSE, PGO_ORDER_LEAVE, PGO_ORDER_INLINE, PGO_ORDER_INLINE };
  struct pgo_callgraph g = { 2, 4, f, e };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &limits, orders, given, &plan);
  CHECK ("replay: refuse", reason_of (&plan, 0) == PGO_REASON_FORBIDDEN);
  CHECK ("replay: leave", reason_of (&plan, 1) == PGO_REASON_UNTOUCHED);
  CHECK ("replay: inline, whatever it costs", reason_of (&plan, 2) == PGO_REASON_ORDERED);
  CHECK ("replay: but not what is impossible", reason_of (&plan, 3) == PGO_REASON_IMPOSSIBLE);
  pgo_inline_plan_clear (&plan);
  CHECK ("replay: refused before", pgo_inline_refuse (&e[0], PGO_ORDER_REFUSE) == PGO_REASON_FORBIDDEN);
  CHECK ("replay: left before", pgo_inline_refuse (&e[0], PGO_ORDER_LEAVE) == PGO_REASON_UNTOUCHED);
}

/* Before GCC's early inliner: what never ran and grows.  */
static void
test_early (void)
{
  struct pgo_call_edge call = { .possible = true, .counted = true, .growth = 3 };
  CHECK ("early: never ran, and grows", pgo_inline_refuse_early (&call, PGO_ORDER_NONE) == PGO_REASON_NEVER);
  CHECK ("early: unless ordered otherwise", pgo_inline_refuse_early (&call, PGO_ORDER_LEAVE) == PGO_REASON_UNTOUCHED
                                            && pgo_inline_refuse_early (&call, PGO_ORDER_REFUSE) == PGO_REASON_FORBIDDEN);
  call.growth = 0;
  CHECK ("early: never ran, and does not grow", pgo_inline_refuse_early (&call, PGO_ORDER_NONE) == PGO_REASON_UNTOUCHED);
  call.growth = 3;
  call.count = 1;
  CHECK ("early: ran", pgo_inline_refuse_early (&call, PGO_ORDER_NONE) == PGO_REASON_UNTOUCHED);
  call.count = 0;
  call.counted = false;
  CHECK ("early: not known", pgo_inline_refuse_early (&call, PGO_ORDER_NONE) == PGO_REASON_UNTOUCHED);
}

static void
test_names (void)
{
  enum pgo_call_decision decision;
  bool good = true;
  for (int r = 0; r < PGO_N_REASONS; r++)
    {
      enum pgo_call_reason reason = (enum pgo_call_reason) r;
      good &= pgo_decision_parse (pgo_decision_name (pgo_reason_decision (reason)), &decision)
              && decision == pgo_reason_decision (reason);
      for (int other = 0; other < r; other++)
        good &= strcmp (pgo_reason_name (reason), pgo_reason_name ((enum pgo_call_reason) other)) != 0;
    }
  CHECK ("names: each reason has a decision and its own name", good);
  CHECK ("names: an unknown decision", !pgo_decision_parse ("maybe", &decision));
}

/* Saturation: counts at the limit of 64 bits.  */
static void
test_limits (void)
{
  struct pgo_call_function f[] = { { INT64_MAX, 50, 0, false, false }, { INT64_MAX, 40, 0, false, false } };
  struct pgo_call_edge e[] = { call (0, 1, INT64_MAX, 30), call (0, 1, INT64_MAX, 30) };
  struct pgo_callgraph g = { 2, 2, f, e };
  struct pgo_inline_limits most = { .hot_count = 1, .total_weight = UINT64_MAX, .budget = 1000 };
  struct pgo_inline_plan plan;
  pgo_inline_plan_make (&g, &most, NULL, NULL, &plan);
  CHECK ("limits: greatest counts", plan.calls[0].benefit == INT64_MAX && plan.n_calls == 2);
  pgo_inline_plan_clear (&plan);

  /* A callee that never runs is not called, whatever is said of the call.  */
  struct pgo_call_function never[] = { { 9000, 50, 0, false, true }, { 0, 40, 0, false, true } };
  struct pgo_call_edge e2[] = { call (0, 1, 9000, 30) };
  struct pgo_callgraph g2 = { 2, 1, never, e2 };
  pgo_inline_plan_make (&g2, &limits, NULL, NULL, &plan);
  CHECK ("limits: a call runs no oftener than its callee", plan.calls[0].reason == PGO_REASON_COLD);
  pgo_inline_plan_clear (&plan);
  struct pgo_callgraph empty = { 0, 0, NULL, NULL };
  pgo_inline_plan_make (&empty, &most, NULL, NULL, &plan);
  CHECK ("limits: nothing", plan.n_calls == 0 && plan.n_order == 0);
  pgo_inline_plan_clear (&plan);
}

int
main (void)
{
  test_chain ();
  test_shares ();
  test_doubling ();
  test_recursion ();
  test_growth ();
  test_rules ();
  test_order ();
  test_replay ();
  test_early ();
  test_names ();
  test_limits ();
  return unit_done ();
}
