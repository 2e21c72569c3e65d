/* Credit and length; see burst-budget.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-budget.h"

/* A burst that took more than so many times its expected time was interrupted.  */
#define OUTLIER 4u
/* Records' worth that each burst takes besides: entry and exit.  */
#define EDGE_RECORDS 32u
/* Most credit that is saved up: so many ticks' worth, about a second's, so that what phases with cheap records leave goes to
   those with dear ones, whose ticks would be left out else.  */
#define CREDIT_TICKS 250
/* Ticks in which savings are spent, by longer bursts: a quarter of a second's.  */
#define SPEND_TICKS 64
/* Averages are over some so many bursts, without which one outlier would stop the next.  */
#define AVERAGE 16u
/* How far a burst may go beyond the records that bursts have had on average: 5/4.  If something ends bursts every D records,
   those of L have L (1 - L / 2D) on average, so that L stays below 2/5 of D and two in five end early.  */
#define REACH_UP 5u
#define REACH_DOWN 4u
/* Bursts that one may stand for besides itself: the ticks of about a second, in which a program may have come to do something
   else.  */
#define MOST_OTHERS 256u
/* Shorter bursts than that are mostly beginning and end: they don't tell a record's cost.  */
#define TELLING_RECORDS 256u

static struct
{
  struct pgo_budget_settings settings;
  int64_t credit;
  uint64_t cost;                /* All that was charged.  */
  uint64_t overhead;            /* Of that, what no burst stands for yet.  */
  uint64_t record_cost;         /* Of 256, without the slow path.  */
  uint64_t full_cost, full_records; /* With it: decaying sums.  */
  uint64_t reach;               /* Records that bursts have had, times AVERAGE.  */
} the;

static uint64_t
load (const uint64_t *value)
{
  return __atomic_load_n (value, __ATOMIC_RELAXED);
}

static void
store (uint64_t *to, uint64_t value)
{
  __atomic_store_n (to, value, __ATOMIC_RELAXED);
}

void
pgo_budget_open (const struct pgo_budget_settings *settings)
{
  the.settings = *settings;
  the.credit = -settings->debt;
  the.overhead = (uint64_t) settings->first_cost;
  the.record_cost = (uint64_t) settings->record_cost;
  the.full_records = 0;
  the.full_cost = 0;
  the.reach = (uint64_t) settings->least * AVERAGE;
}

bool
pgo_budget_earn (uint64_t ticks)
{
  int64_t earned = (int64_t) ticks * the.settings.allowance - the.settings.tick_cost;
  int64_t credit = __atomic_add_fetch (&the.credit, earned, __ATOMIC_RELAXED), most = CREDIT_TICKS * the.settings.allowance;
  if (credit > most)
    __atomic_store_n (&the.credit, most, __ATOMIC_RELAXED);
  __atomic_fetch_add (&the.cost, (uint64_t) the.settings.tick_cost, __ATOMIC_RELAXED);
  return credit >= 0;
}

uint32_t
pgo_budget_begin (void)
{
  /* A burst costs what its records do, but takes a tick, which earns as much, at least.  */
  uint64_t overhead = __atomic_exchange_n (&the.overhead, 0, __ATOMIC_RELAXED);
  uint64_t cost = load (&the.record_cost) * the.settings.least / 256, allowance = (uint64_t) the.settings.allowance;
  if (cost < allowance)
    cost = allowance;
  uint64_t others = cost ? overhead * 256 / cost : 0;
  return 256 + (uint32_t) (others < MOST_OTHERS * 256 ? others : MOST_OTHERS * 256);
}

static void
charge (uint64_t cost, uint64_t overhead)
{
  __atomic_fetch_sub (&the.credit, (int64_t) cost, __ATOMIC_RELAXED);
  __atomic_fetch_add (&the.cost, cost, __ATOMIC_RELAXED);
  __atomic_fetch_add (&the.overhead, overhead, __ATOMIC_RELAXED);
}

uint32_t
pgo_budget_length (void)
{
  const struct pgo_budget_settings *s = &the.settings;
  uint64_t cost = load (&the.full_cost), records = load (&the.full_records);
  if (records < TELLING_RECORDS || cost == 0)
    return s->least;
  int64_t credit = __atomic_load_n (&the.credit, __ATOMIC_RELAXED);
  int64_t pays = s->allowance - s->tick_cost - s->burst_cost + credit / SPEND_TICKS;
  if (pays <= 0)
    return s->least;
  uint64_t most = s->most, length = (uint64_t) ((__uint128_t) (uint64_t) pays * records / cost);
  uint64_t far = load (&the.reach) * REACH_UP / (REACH_DOWN * AVERAGE);
  most = most < far ? most : far;
  length = length < most ? length : most;
  return length > s->least ? (uint32_t) length : s->least;
}

void
pgo_budget_pay (uint32_t length, uint32_t n, uint64_t took, uint64_t slow)
{
  uint64_t cost = took > slow ? took - slow : 0, record_cost = load (&the.record_cost);
  uint64_t expected = (n + EDGE_RECORDS) * record_cost / 256;
  if (cost > OUTLIER * expected)
    cost = OUTLIER * expected;
  if (n >= TELLING_RECORDS)
    store (&the.record_cost, (record_cost * (AVERAGE - 1) + cost * 256 / n) / AVERAGE + 1);
  cost += slow;
  uint64_t full_cost = load (&the.full_cost), full_records = load (&the.full_records), reach = load (&the.reach);
  store (&the.full_cost, full_cost - full_cost / AVERAGE + cost);
  store (&the.full_records, full_records - full_records / AVERAGE + n);
  /* A burst that was shorter than bursts are now tells nothing by having had all its records.  */
  if (n < length || n * (uint64_t) AVERAGE > reach)
    store (&the.reach, reach - reach / AVERAGE + n);
  charge (cost + (uint64_t) the.settings.burst_cost, slow);
}

void
pgo_budget_charge (uint64_t cost)
{
  charge (cost, cost);
}

uint64_t
pgo_budget_cost (void)
{
  return load (&the.cost);
}

uint64_t
pgo_budget_record_cost (void)
{
  return load (&the.record_cost);
}

void
pgo_budget_forget (void)
{
  store (&the.cost, 0);
}
