/* The share of CPU time that bursts may take, and their length, which uses it.

   Credit.  The process earns with the CPU time that passes, by the budget's share, and pays with the time that ticks and
   bursts take.  A tick begins a burst if there is credit.  So the share holds from the first burst on, give or take one,
   whatever bursts happen to cost.  A process begins with a debt: a part, by chance, of what its first burst will cost, since all
   code is new to the recorder then.  So processes too short to earn a burst have one with the probability that their time is
   worth of it, the share holds for many of them together, and no moment of theirs is favoured.

   Length.  A burst takes what a tick earns, and a part of what was saved, at the cost of late.  It never has fewer records
   than LEAST: where records are dear, ticks are left out instead, for shorter bursts are worse (docs/algorithms.md).  Nor many
   more than bursts have had before something else ended them: the longer they are, the more of them end at a system call,
   which tells against the code behind it.

   Times are in any unit, the same for all.  All functions but the first are async-signal-safe, and may be called by several
   threads at once: what these lose to each other is an average's.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_BUDGET_H
#define PGOINLINE_RUNTIME_BURST_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* Costs and allowances: times.  */
struct pgo_budget_settings
{
  int64_t allowance;            /* What a tick earns.  */
  int64_t tick_cost, burst_cost; /* Of a tick and of a burst, besides what is measured of the latter.  */
  int64_t record_cost;          /* First guess: of 256 records.  */
  int64_t first_cost;           /* Of a process's first burst, besides its records.  */
  int64_t debt;                 /* To begin with.  */
  uint32_t least, most;         /* Records of a burst.  */
};

void pgo_budget_open (const struct pgo_budget_settings *);

/* So many ticks have come.  Whether one of them may begin a burst.  */
bool pgo_budget_earn (uint64_t ticks);

/* A burst begins: what it stands for, in 256ths of bursts.  That is itself, and as many as were left out since the last one to
   pay for overhead, which is what is spent on other than records.  */
uint32_t pgo_budget_begin (void);

/* Records that the next burst is to have.  */
uint32_t pgo_budget_length (void);

/* A burst that was to have LENGTH records had N, because the program ended it if they differ; it took TOOK, and SLOW of that was
   on the slow path.  The thread may have been descheduled meanwhile: time much beyond what N records cost lately isn't
   charged.  */
void pgo_budget_pay (uint32_t length, uint32_t n, uint64_t took, uint64_t slow);

/* COST was spent besides, for the bursts there were: overhead.  */
void pgo_budget_charge (uint64_t cost);

/* All that was charged since; and what 256 records cost lately, but for the slow path.  */
uint64_t pgo_budget_cost (void);
uint64_t pgo_budget_record_cost (void);

/* In the child of a fork: nothing was charged yet.  */
void pgo_budget_forget (void);

#endif
