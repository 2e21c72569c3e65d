/* The budget: does a process that bursts cost so much keep the share, and use it?

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/burst-budget.h"
#include "unit.h"

enum { PERIOD_NS = 4000000, TICK_NS = 2500, BURST_NS = 1000, LEAST = 4000, MOST = 1000000, TWO_SECONDS = 500 };

struct program
{
  unsigned record_ns[2];        /* In turn for a tenth of a second each.  */
  unsigned between_ends;        /* Records from one system call to the next; 0: none.  */
  unsigned interrupted;         /* Each so many-th burst is, for a tenth of a second.  */
};

static struct
{
  double percent;               /* Of CPU time, that bursts took.  */
  uint64_t longest, shortest, last, left_out;
} the;

/* TICKS ticks of PROGRAM, after pgo_budget_open.  */
static void
run (const struct program *program, unsigned ticks)
{
  uint64_t took = 0, random = 1, bursts = 0;
  the.longest = the.left_out = 0;
  the.shortest = MOST;
  for (unsigned i = 0; i < ticks; i++)
    {
      unsigned record_ns = program->record_ns[i / 25 % 2];
      took += TICK_NS;
      if (!pgo_budget_earn (1))
        {
          the.left_out++;
          continue;
        }
      uint32_t length = pgo_budget_length (), n = length;
      random = random * 6364136223846793005u + 1442695040888963407u;
      uint64_t end = program->between_ends ? (random >> 33) % program->between_ends : MOST;
      n = end < n ? (uint32_t) end : n;
      bool interrupted = program->interrupted && ++bursts % program->interrupted == 0;
      pgo_budget_pay (length, n, (uint64_t) n * record_ns + (interrupted ? 100000000 : 0), 0);
      took += (uint64_t) n * record_ns + BURST_NS;
      the.last = length;
      the.longest = length > the.longest ? length : the.longest;
      the.shortest = length < the.shortest ? length : the.shortest;
    }
  the.percent = 100.0 * (double) took / ((double) ticks * PERIOD_NS);
}

/* As burst-control.c has it.  */
static unsigned
least_at (unsigned percent)
{
  return percent <= 5 ? LEAST : LEAST * percent / 5;
}

static void
open_in_debt (unsigned percent, int64_t debt)
{
  pgo_budget_open (&(struct pgo_budget_settings) {
    .allowance = (int64_t) PERIOD_NS * percent / 100, .tick_cost = TICK_NS, .burst_cost = BURST_NS, .record_cost = 50 * 256,
    .debt = debt, .least = least_at (percent), .most = MOST });
}

static void
open_budget (unsigned percent)
{
  open_in_debt (percent, 0);
}

/* Many processes of six ticks, of which one burst would cost more than they may: their debts are all there are.  */
static void
test_short_processes (void)
{
  enum { PROCESSES = 4000, TICKS = 6, FIRST_NS = 4200000 };
  unsigned bursts[TICKS] = { 0 }, all = 0;
  for (int p = 0; p < PROCESSES; p++)
    {
      open_in_debt (5, (int64_t) FIRST_NS * p / PROCESSES);
      for (unsigned t = 0; t < TICKS; t++)
        if (pgo_budget_earn (1))
          {
            pgo_budget_charge (FIRST_NS);
            bursts[t]++;
            all++;
          }
    }
  double percent = 100.0 * all * FIRST_NS / ((double) PROCESSES * TICKS * PERIOD_NS);
  CHECK ("short processes keep the budget, taken together", percent > 4.5 && percent < 5.5);
  bool even = true;
  for (unsigned t = 0; t < TICKS; t++)
    even &= bursts[t] * TICKS > all * 9 / 10 && bursts[t] * TICKS < all * 11 / 10;
  CHECK ("and have bursts at all of their ticks", even);
}

/* Bursts of 4,000 records at 50 ns, for which a tick pays.  */
static void
test_overhead (void)
{
  pgo_budget_open (&(struct pgo_budget_settings) {
    .allowance = 200000, .record_cost = 50 * 256, .first_cost = 1500000, .least = LEAST, .most = MOST });
  CHECK ("the first burst stands for what its overhead leaves out", pgo_budget_begin () == 256 * 17 / 2);
  CHECK ("once", pgo_budget_begin () == 256);
  pgo_budget_charge (400000);
  CHECK ("overhead between bursts is left out, too", pgo_budget_begin () == 3 * 256);
  pgo_budget_pay (LEAST, LEAST, 300000, 100000);
  /* A record's cost is an average, rounded up.  */
  uint32_t half = pgo_budget_begin () - 256;
  CHECK ("of a burst, only the slow path is", half == 127 || half == 128);
  pgo_budget_charge (1000000000000);
  CHECK ("a burst stands for a second at most", pgo_budget_begin () == 257 * 256);
}

int
main (void)
{
  test_overhead ();
  static const unsigned percents[] = { 1, 5, 30 }, costs[] = { 7, 25, 90, 250 };
  char name[100];
  for (unsigned p = 0; p < 3; p++)
    for (unsigned c = 0; c < 4; c++)
      {
        struct program program = { .record_ns = { costs[c], costs[c] } };
        open_budget (percents[p]);
        run (&program, TWO_SECONDS);
        snprintf (name, sizeof name, "%u%% in two seconds, a record of %u ns", percents[p], costs[c]);
        CHECK (name, the.percent > percents[p] - 1 && the.percent < percents[p] + 1);
        snprintf (name, sizeof name, "%u%%, a record of %u ns: longer bursts where ticks aren't enough, else fewer",
                  percents[p], costs[c]);
        bool enough = (uint64_t) least_at (percents[p]) * costs[c] > (uint64_t) PERIOD_NS * percents[p] / 100;
        if (enough)
          CHECK (name, the.longest == least_at (percents[p]) && the.left_out > 0);
        else
          CHECK (name, the.longest > least_at (percents[p]) && the.left_out < 5);
      }

  struct program phases = { .record_ns = { 7, 90 } };
  open_budget (30);
  run (&phases, TWO_SECONDS);
  CHECK ("30%, records dear and cheap in turn", the.percent > 29 && the.percent < 31);

  struct program interrupted = { .record_ns = { 20, 20 }, .interrupted = 20 };
  open_budget (5);
  run (&interrupted, TWO_SECONDS);
  CHECK ("time that a thread was descheduled isn't charged for", the.percent > 4 && the.percent < 6);

  /* Two in five may end early, or what is behind a system call is missed.  */
  struct program calling = { .record_ns = { 7, 7 }, .between_ends = 20000 };
  open_budget (5);
  run (&calling, TWO_SECONDS);
  CHECK ("bursts don't go far beyond where they end in any case", the.longest < 15000);
  CHECK ("but as far as they may", the.longest > 6000);

  struct program plain = { .record_ns = { 7, 7 } };
  run (&plain, TWO_SECONDS);
  CHECK ("they do once nothing ends them any more", the.last > 20000);

  open_budget (5);
  run (&plain, TWO_SECONDS / 4);
  uint64_t cost = pgo_budget_cost ();
  pgo_budget_forget ();
  CHECK ("a child begins its account anew", cost > 0 && pgo_budget_cost () == 0);
  test_short_processes ();
  return unit_done ();
}
