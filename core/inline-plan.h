/* The inline plan: which calls are inlined beyond what GCC inlined, which are kept from it, and why.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_INLINE_PLAN_H
#define PGOINLINE_CORE_INLINE_PLAN_H

#include "core/callgraph.h"

enum pgo_call_decision
{
  PGO_CALL_INLINE,
  PGO_CALL_REFUSE,
  PGO_CALL_LEAVE
};

enum pgo_call_reason
{
#define REASON(id, decision, name, text) PGO_REASON_##id,
#include "core/reasons.def"
#undef REASON
  PGO_N_REASONS
};

enum pgo_call_decision pgo_reason_decision (enum pgo_call_reason);
/* Short name and text of a reason, as in reasons.def.  */
const char *pgo_reason_name (enum pgo_call_reason);
const char *pgo_reason_text (enum pgo_call_reason);
/* "inline", "refuse", "leave".  */
const char *pgo_decision_name (enum pgo_call_decision);
/* The reverse; false if NAME is none of them.  */
bool pgo_decision_parse (const char *name, enum pgo_call_decision *decision);

/* What a replay file says of a call.  */
enum pgo_call_order
{
  PGO_ORDER_NONE,               /* Nothing: the model decides.  */
  PGO_ORDER_INLINE,
  PGO_ORDER_REFUSE,
  PGO_ORDER_LEAVE
};

struct pgo_inline_limits
{
  int64_t hot_count;            /* Least count of a hot call.  */
  uint64_t total_weight;        /* Of the whole profile.  */
  int64_t budget;               /* Instructions by which the unit may grow.  */
};

/* A call of the plan: one of the graph, with its index there, or, behind those, a copy that came with an
   inlined body: the call ORIGIN of the callee of the call VIA, both of the plan and smaller.  */
struct pgo_planned_call
{
  uint32_t via, origin;         /* PGO_NO_CALL, and itself, of a call of the graph.  */
  struct pgo_call_edge edge;    /* Of a copy: scaled to the call VIA, in the function that this is in.  */
  enum pgo_call_reason reason;
  uint32_t first_copy, end_copies; /* The calls that come with it, if it is inlined.  */
  int64_t benefit;              /* Estimate of executed instructions that inlining saves.  */
};
#define PGO_NO_CALL UINT32_MAX

struct pgo_inline_plan
{
  uint32_t n_calls, n_order;
  struct pgo_planned_call *calls;
  uint32_t *order;              /* The calls to inline, in this order.  */
  int64_t growth;               /* Of the unit, by them.  */
};

/* What the replay file says of CALL of PLAN, all calls up to which are filled in.  */
typedef enum pgo_call_order pgo_order_function (void *data, const struct pgo_inline_plan *plan, uint32_t call);

/* Plan for GRAPH, as it is after GCC has inlined.  ORDER may be NULL.  *PLAN is overwritten; to be freed with
   pgo_inline_plan_clear.  Deterministic: of equal calls the first in the graph comes first.  */
void pgo_inline_plan_make (const struct pgo_callgraph *graph, const struct pgo_inline_limits *limits,
                           pgo_order_function *order, void *data, struct pgo_inline_plan *plan);
void pgo_inline_plan_clear (struct pgo_inline_plan *plan);

/* Whether CALL, before GCC inlines, is to be kept from it: the reason says so, or leaves it to GCC.  */
enum pgo_call_reason pgo_inline_refuse (const struct pgo_call_edge *call, enum pgo_call_order order);
/* The same for the early inliner, of a call that is counted only where its count is exact.  */
enum pgo_call_reason pgo_inline_refuse_early (const struct pgo_call_edge *call, enum pgo_call_order order);

#endif
