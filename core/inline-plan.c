/* The inline plan.

   Greedy by benefit per growth.  The benefit of inlining a call is what its executions save: the call and the
   return, the passing of arguments, saving and restoring registers around them, and what GCC estimates that the
   arguments show.  The cost is the growth of the code, weighed by how large the function that is fed has grown
   already: registers run out and its code no longer fits the caches.

   When a call is inlined the callee's calls are copied into the caller with their share of the executions, and
   compete in turn, so that a chain a -> b -> c is planned as a whole.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/inline-plan.h"
#include "core/alloc.h"

#include <string.h>

/* All constants were chosen by instructions of the five benchmark programs, exact evidence (docs/algorithms.md).  */

/* Instructions of a call itself: call, return, and what keeps the stack in order around them.  */
#define CALL_COST 4
/* Registers that a callee with calls or loops of its own saves and restores, in instructions; a smaller one fewer:
   one for so many instructions of it.  The x86-64 ABI has six to save.  */
#define SAVED_REGISTERS 6
#define INSTRUCTIONS_PER_SAVE 8
/* Largest growth by one call, in instructions; what it saves for it ends it earlier.  Four times as much as before, since
   searches on lua and tcc found calls refused for nothing else: docs/algorithms.md, "Inlining".  */
#define MAX_GROWTH 1200
/* What an instruction of growth weighs in percent: of code that does not run, since it will be put aside; of a callee
   that is hardly called any more by others, since what runs is moved and not doubled.  */
#define COLD_GROWTH_PERCENT 40
#define MOVED_GROWTH_PERCENT 50
/* Size, in instructions, of a function in which growth weighs twice as much as in a small one.  */
#define PRESSURE_SIZE 3000
/* Least benefit that an instruction of growth is worth, in billionths of the profile's whole weight.  */
#define MIN_RATE_PPB 18000
/* A frame is large from so many bytes on, and is then not joined to that of a caller with a smaller one: the
   caller's other paths would pay for it in stack depth.  */
#define LARGE_FRAME 1000
/* Most calls that a plan may come to have, copies included: so many for each of the graph, and so many more.  Growth
   bounds them long before, unless bodies that do not grow call each other twice, level by level: a few such
   levels, with a wrong profile, took all memory there was (testsuite/fuzz/plan.c).  */
#define MAX_CALLS_EACH 8
#define MAX_CALLS_MORE 10000

static const struct
{
  enum pgo_call_decision decision;
  const char *name, *text;
} reasons[] = {
#define REASON(id, decision, name, text) { PGO_CALL_##decision, name, text },
#include "core/reasons.def"
#undef REASON
};

static const char *const decisions[] = { "inline", "refuse", "leave" };

enum pgo_call_decision
pgo_reason_decision (enum pgo_call_reason reason)
{
  return reasons[reason].decision;
}

const char *
pgo_reason_name (enum pgo_call_reason reason)
{
  return reasons[reason].name;
}

const char *
pgo_reason_text (enum pgo_call_reason reason)
{
  return reasons[reason].text;
}

const char *
pgo_decision_name (enum pgo_call_decision decision)
{
  return decisions[decision];
}

bool
pgo_decision_parse (const char *name, enum pgo_call_decision *decision)
{
  for (unsigned i = 0; i < sizeof decisions / sizeof *decisions; i++)
    if (strcmp (name, decisions[i]) == 0)
      {
        *decision = (enum pgo_call_decision) i;
        return true;
      }
  return false;
}

/* The state of a function while planning.  */
struct body
{
  int64_t count, size, stack;
  uint32_t calls;               /* Of it, not inlined.  */
  uint32_t first;               /* Call held by it, chained by `next`.  */
};

struct planner
{
  const struct pgo_callgraph *graph;
  const struct pgo_inline_limits *limits;
  pgo_order_function *order;
  void *data;
  struct pgo_inline_plan *plan;
  struct body *bodies;
  uint32_t *next;               /* Of each call, the next in the same function.  */
  uint32_t room_calls, room_order;
  int64_t least_key;            /* Of a call that is worth it.  */
  uint64_t max_calls;           /* From so many on nothing more is inlined.  */
  /* Heap of calls by key, greatest first; of equal ones the smaller index.  */
  struct { int64_t key; uint32_t call; } *heap;
  uint32_t n_heap, room_heap;
};

/* VALUE * NUMERATOR / DENOMINATOR, none negative; saturates.  */
static int64_t
scale (int64_t value, int64_t numerator, int64_t denominator)
{
  if (denominator <= 0 || value <= 0 || numerator <= 0)
    return 0;
  __extension__ unsigned __int128 product = (unsigned __int128) value * (unsigned __int128) numerator;
  product /= (unsigned __int128) denominator;
  return product > INT64_MAX ? INT64_MAX : (int64_t) product;
}

static int64_t
min64 (int64_t a, int64_t b)
{
  return a < b ? a : b;
}

static int64_t
max64 (int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* Thousandths of an instruction that one execution of CALL saves when it is inlined.  */
static int64_t
saved_by_one (const struct pgo_call_edge *call)
{
  int64_t size = call->callee_hot_size > 0 ? call->callee_hot_size : call->callee_size;
  int64_t registers = call->callee_hot_calls > 0 || call->callee_loops > 0 ? SAVED_REGISTERS
                      : min64 (SAVED_REGISTERS, size / INSTRUCTIONS_PER_SAVE);
  int64_t instructions = CALL_COST + call->arguments + call->constant_arguments + registers;
  return instructions * 1000 + call->time_saved;
}

/* Growth of the caller by inlining CALL, whose callee may have grown itself.  */
static int64_t
caller_growth (const struct planner *p, const struct pgo_call_edge *call)
{
  return call->growth + p->bodies[call->callee].size - p->graph->functions[call->callee].size;
}

/* Growth of the unit by inlining CALL.  */
static int64_t
unit_growth (const struct planner *p, const struct pgo_call_edge *call)
{
  const struct body *callee = &p->bodies[call->callee];
  bool last = p->graph->functions[call->callee].removable && callee->calls == 1;
  return caller_growth (p, call) - (last ? callee->size : 0);
}

/* Growth as it weighs: less for code that does not run or that moves, more in a large function.  */
static int64_t
weighed_growth (const struct planner *p, const struct pgo_call_edge *call)
{
  int64_t growth = 1;
  if (call->callee != PGO_NO_FUNCTION)
    {
      int64_t whole = max64 (call->callee_size, 1);
      int64_t cold = call->callee_hot_size > 0 ? max64 (whole - call->callee_hot_size, 0) : 0;
      int64_t others = max64 (p->bodies[call->callee].count - call->count, 0);
      growth = max64 (caller_growth (p, call), 1);
      growth -= scale (scale (growth, cold, whole), 100 - COLD_GROWTH_PERCENT, 100);
      if (others < p->limits->hot_count)
        growth = max64 (scale (growth, MOVED_GROWTH_PERCENT, 100), 1);
    }
  /* GCC's estimates may add up to less than nothing.  */
  int64_t size = max64 (p->bodies[call->caller].size, 0);
  return growth + growth * size / PRESSURE_SIZE;
}

static int64_t
key_of (const struct planner *p, uint32_t call)
{
  const struct pgo_planned_call *c = &p->plan->calls[call];
  return c->benefit / weighed_growth (p, &c->edge);
}

static bool
before (const struct planner *p, uint32_t a, uint32_t b)
{
  if (p->heap[a].key != p->heap[b].key)
    return p->heap[a].key > p->heap[b].key;
  return p->heap[a].call < p->heap[b].call;
}

static void
swap (struct planner *p, uint32_t a, uint32_t b)
{
  int64_t key = p->heap[a].key;
  uint32_t call = p->heap[a].call;
  p->heap[a] = p->heap[b];
  p->heap[b].key = key;
  p->heap[b].call = call;
}

static void
push (struct planner *p, uint32_t call)
{
  if (p->n_heap == p->room_heap)
    {
      p->room_heap = p->room_heap ? 2 * p->room_heap : 64;
      p->heap = pgo_realloc_array (p->heap, p->room_heap, sizeof *p->heap);
    }
  uint32_t at = p->n_heap++;
  p->heap[at].key = key_of (p, call);
  p->heap[at].call = call;
  for (; at > 0 && before (p, at, (at - 1) / 2); at = (at - 1) / 2)
    swap (p, at, (at - 1) / 2);
}

static uint32_t
pop (struct planner *p)
{
  uint32_t result = p->heap[0].call, at = 0;
  p->heap[0] = p->heap[--p->n_heap];
  for (;;)
    {
      uint32_t best = at;
      for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < p->n_heap; child++)
        if (before (p, child, best))
          best = child;
      if (best == at)
        return result;
      swap (p, at, best);
      at = best;
    }
}

/* How often CALL runs: not oftener than its callee, which may be better known.  */
static int64_t
believed_count (const struct planner *p, const struct pgo_call_edge *call)
{
  bool bounded = call->callee != PGO_NO_FUNCTION && p->graph->functions[call->callee].counted;
  return bounded ? min64 (call->count, p->graph->functions[call->callee].count) : call->count;
}

static int64_t
benefit_of (const struct planner *p, const struct pgo_call_edge *call)
{
  return scale (believed_count (p, call), saved_by_one (call), 1000);
}

/* Whether the callee of CALL is the function that it would be inlined into, or is inlined around it by the plan.  */
static bool
is_recursive (const struct planner *p, uint32_t call)
{
  const struct pgo_planned_call *c = &p->plan->calls[call];
  uint32_t callee = c->edge.callee;
  if (callee == c->edge.caller)
    return true;
  for (uint32_t via = c->via; via != PGO_NO_CALL; via = p->plan->calls[via].via)
    if (p->plan->calls[via].edge.callee == callee)
      return true;
  return false;
}

/* Decide on CALL as things are.  */
static enum pgo_call_reason
judge (const struct planner *p, uint32_t call)
{
  const struct pgo_planned_call *c = &p->plan->calls[call];
  const struct pgo_call_edge *e = &c->edge;
  enum pgo_call_order order = p->order ? p->order (p->data, p->plan, call) : PGO_ORDER_NONE;
  if (!e->possible || e->callee == PGO_NO_FUNCTION)
    return PGO_REASON_IMPOSSIBLE;
  if (order == PGO_ORDER_REFUSE)
    return PGO_REASON_FORBIDDEN;
  if (order == PGO_ORDER_LEAVE)
    return PGO_REASON_UNTOUCHED;
  if (is_recursive (p, call))
    return PGO_REASON_RECURSIVE;
  if (p->plan->n_calls >= p->max_calls)
    return PGO_REASON_BUDGET;
  if (order == PGO_ORDER_INLINE)
    return PGO_REASON_ORDERED;
  if (!e->counted)
    return PGO_REASON_NO_COUNT;
  if (believed_count (p, e) < p->limits->hot_count || e->count <= 0)
    return PGO_REASON_COLD;
  if (caller_growth (p, e) <= 0)
    return PGO_REASON_SHRINKS;
  if (caller_growth (p, e) > MAX_GROWTH)
    return PGO_REASON_LARGE_CALLEE;
  if (p->bodies[e->callee].stack > LARGE_FRAME && p->bodies[e->callee].stack > p->bodies[e->caller].stack)
    return PGO_REASON_LARGE_FRAME;
  if (key_of (p, call) < p->least_key)
    {
      bool poor = c->benefit / max64 (caller_growth (p, e), 1) < p->least_key;
      return poor ? PGO_REASON_POOR : PGO_REASON_LARGE_CALLER;
    }
  if (unit_growth (p, e) > 0 && p->plan->growth + unit_growth (p, e) > p->limits->budget)
    return PGO_REASON_BUDGET;
  return PGO_REASON_BENEFIT;
}

/* A new call of the plan, whose EDGE is filled in.  */
static uint32_t
add_call (struct planner *p, uint32_t via, uint32_t origin, const struct pgo_call_edge *edge)
{
  struct pgo_inline_plan *plan = p->plan;
  if (plan->n_calls == p->room_calls)
    {
      p->room_calls = p->room_calls ? 2 * p->room_calls : 64;
      plan->calls = pgo_realloc_array (plan->calls, p->room_calls, sizeof *plan->calls);
      p->next = pgo_realloc_array (p->next, p->room_calls, sizeof *p->next);
    }
  uint32_t index = plan->n_calls++;
  struct pgo_planned_call *c = &plan->calls[index];
  c->via = via;
  c->origin = via == PGO_NO_CALL ? index : origin;
  c->edge = *edge;
  c->reason = PGO_REASON_UNTOUCHED;
  c->first_copy = c->end_copies = index;
  c->benefit = benefit_of (p, edge);
  p->next[index] = p->bodies[edge->caller].first;
  p->bodies[edge->caller].first = index;
  if (edge->callee != PGO_NO_FUNCTION)
    p->bodies[edge->callee].calls++;
  return index;
}

/* Inline CALL: its callee's calls are copied, and counts and sizes follow.  */
static void
inline_call (struct planner *p, uint32_t call)
{
  struct pgo_call_edge e = p->plan->calls[call].edge;
  struct body *caller = &p->bodies[e.caller], *callee = &p->bodies[e.callee];
  p->plan->growth += unit_growth (p, &e);
  caller->size += caller_growth (p, &e);
  caller->stack += callee->stack;
  callee->calls--;
  int64_t all = callee->count, part = min64 (e.count, all);
  callee->count = all - part;
  p->plan->calls[call].first_copy = p->plan->n_calls;
  /* Newly added calls go to the caller's list, so this one does not change under our feet.  */
  for (uint32_t c = callee->first; c != PGO_NO_CALL; c = p->next[c])
    {
      struct pgo_planned_call *original = &p->plan->calls[c];
      if (pgo_reason_decision (original->reason) == PGO_CALL_INLINE)
        continue;
      struct pgo_call_edge copy = original->edge;
      copy.caller = e.caller;
      copy.count = scale (original->edge.count, e.count, all);
      copy.caller_count = e.caller_count;
      copy.inline_depth = e.inline_depth + 1 + original->edge.inline_depth;
      original->edge.count -= min64 (copy.count, original->edge.count);
      original->benefit = benefit_of (p, &original->edge);
      uint32_t index = add_call (p, call, c, &copy);
      push (p, index);
    }
  p->plan->calls[call].end_copies = p->plan->n_calls;
}

void
pgo_inline_plan_make (const struct pgo_callgraph *graph, const struct pgo_inline_limits *limits,
                      pgo_order_function *order, void *data, struct pgo_inline_plan *plan)
{
  struct planner p = { .graph = graph, .limits = limits, .order = order, .data = data, .plan = plan };
  int64_t weight = limits->total_weight > INT64_MAX ? INT64_MAX : (int64_t) limits->total_weight;
  memset (plan, 0, sizeof *plan);
  p.least_key = max64 (scale (MIN_RATE_PPB, weight, 1000000000), 1);
  p.max_calls = (uint64_t) MAX_CALLS_EACH * graph->n_edges + MAX_CALLS_MORE;
  p.bodies = pgo_alloc_array (graph->n_functions, sizeof *p.bodies);
  for (uint32_t f = 0; f < graph->n_functions; f++)
    {
      p.bodies[f].count = graph->functions[f].count;
      p.bodies[f].size = graph->functions[f].size;
      p.bodies[f].stack = graph->functions[f].stack;
      p.bodies[f].first = PGO_NO_CALL;
    }
  for (uint32_t e = 0; e < graph->n_edges; e++)
    add_call (&p, PGO_NO_CALL, e, &graph->edges[e]);
  for (uint32_t e = 0; e < graph->n_edges; e++)
    push (&p, e);
  while (p.n_heap > 0)
    {
      uint32_t call = pop (&p);
      /* What was pushed earlier may have lost in the meantime.  */
      int64_t key = key_of (&p, call);
      if (p.n_heap > 0 && (key < p.heap[0].key || (key == p.heap[0].key && call > p.heap[0].call)))
        {
          push (&p, call);
          continue;
        }
      enum pgo_call_reason reason = judge (&p, call);
      plan->calls[call].reason = reason;
      if (pgo_reason_decision (reason) != PGO_CALL_INLINE)
        continue;
      if (plan->n_order == p.room_order)
        {
          p.room_order = p.room_order ? 2 * p.room_order : 64;
          plan->order = pgo_realloc_array (plan->order, p.room_order, sizeof *plan->order);
        }
      plan->order[plan->n_order++] = call;
      inline_call (&p, call);
    }
  pgo_free (p.bodies);
  pgo_free (p.next);
  pgo_free (p.heap);
}

void
pgo_inline_plan_clear (struct pgo_inline_plan *plan)
{
  pgo_free (plan->calls);
  pgo_free (plan->order);
  memset (plan, 0, sizeof *plan);
}

enum pgo_call_reason
pgo_inline_refuse (const struct pgo_call_edge *call, enum pgo_call_order order)
{
  if (!call->possible || call->callee == PGO_NO_FUNCTION)
    return PGO_REASON_IMPOSSIBLE;
  if (order != PGO_ORDER_NONE)
    return order == PGO_ORDER_REFUSE ? PGO_REASON_FORBIDDEN : PGO_REASON_UNTOUCHED;
  return PGO_REASON_UNTOUCHED;
}

/* Before GCC's other inliner cold calls are not refused: it takes them where the unit shrinks, by the end of a body out of
   line, and refusing those made .text larger (lua 1.058 to 1.064 of -O2's, tcc 1.040 to 1.050).  */
enum pgo_call_reason
pgo_inline_refuse_early (const struct pgo_call_edge *call, enum pgo_call_order order)
{
  enum pgo_call_reason reason = pgo_inline_refuse (call, order);
  bool grows = reason == PGO_REASON_UNTOUCHED && order == PGO_ORDER_NONE && call->growth > 0;
  return grows && call->counted && call->count == 0 ? PGO_REASON_NEVER : reason;
}
