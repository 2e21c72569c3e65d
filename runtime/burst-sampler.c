/* The burst recorder as one of the collector's samplers.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-control.h"
#include "runtime/burst-signals.h"
#include "runtime/raw.h"
#include "runtime/sampler.h"
#include "runtime/thread-timers.h"

#include <errno.h>

/* CPU time between ticks: as long as it takes to earn the credit for a burst of some 2,000 records, but not
   less than what kernels' ticks usually are: they give no more.  */
#define BURST_EARNED_NS 120000u
#define MIN_PERIOD_NS 4000000u
#define MAX_PERIOD_NS 100000000u
/* How often the handlers are looked at, in polls, and counts moved to the table.  */
#define CHECK_EVERY 16u

static struct
{
  struct pgo_table *table;
  struct pgo_thread_timers *timers;
  unsigned polls;
} burst;

static int
refuse (char reason[PGO_REASON], const char *why, int error)
{
  struct pgo_text text = pgo_text_in (reason, PGO_REASON);
  pgo_text_add (&text, "burst: ");
  pgo_text_add (&text, why);
  return error;
}

static int
burst_prepare (const struct pgo_options *options, char reason[PGO_REASON])
{
  static const int none[] = { 0 };
  (void) options;
  int number = pgo_signals_tick ();
  if (number == 0)
    number = pgo_thread_timers_free_signal (none);
  if (number == 0)
    return refuse (reason, "no free signal", EBUSY);
  int error = pgo_signals_begin (number);
  return error != 0 ? refuse (reason, "no signal handlers", error) : 0;
}

static int
burst_start (const struct pgo_options *options, struct pgo_table *table, char reason[PGO_REASON])
{
  struct pgo_burst_settings settings = { .budget_ppm = options->burst_ppm };
  char text[16];
  settings.period_ns = (uint64_t) BURST_EARNED_NS * 1000000u / options->burst_ppm;
  if (settings.period_ns < MIN_PERIOD_NS)
    settings.period_ns = MIN_PERIOD_NS;
  if (settings.period_ns > MAX_PERIOD_NS)
    settings.period_ns = MAX_PERIOD_NS;
  settings.dual = pgo_options_get (options, "burst-dual", text, sizeof text);
  const char *why = pgo_burst_open (&settings);
  if (why)
    return refuse (reason, why, ENOSYS);
  burst.table = table;
  burst.polls = 0;
  burst.timers = pgo_thread_timers_new (pgo_signals_tick (), settings.period_ns);
  if (!burst.timers)
    return refuse (reason, "no memory for timers", ENOMEM);
  pgo_thread_timers_count_user_time (burst.timers);
  pgo_burst_run ();
  int error = pgo_thread_timers_scan (burst.timers);
  if (error == 0)
    return 0;
  pgo_burst_pause ();
  pgo_thread_timers_free (burst.timers);
  burst.timers = NULL;
  return refuse (reason, "no timers", -error);
}

static void
burst_poll (void)
{
  if (!burst.timers)
    return;
  if (burst.polls++ % CHECK_EVERY == 0 && !pgo_signals_intact ())
    pgo_burst_refuse ("a signal handler was installed behind the C library");
  if (!pgo_burst_refusal ())
    pgo_thread_timers_scan (burst.timers);
  pgo_burst_service (burst.table);
}

static unsigned
burst_poll_ms (void)
{
  return burst.timers ? pgo_thread_timers_poll_ms (burst.timers) : 0;
}

static void
burst_stop (void)
{
  pgo_thread_timers_free (burst.timers);
  burst.timers = NULL;
  pgo_burst_pause ();
  pgo_burst_service (burst.table);
}

static void
burst_forget (void)
{
  pgo_thread_timers_forget (burst.timers);
  burst.timers = NULL;
  pgo_burst_forget ();
}

static void
burst_describe (char line[PGO_REASON])
{
  struct pgo_burst_report report;
  struct pgo_text text = pgo_text_in (line, PGO_REASON);
  pgo_burst_report (&report);
  const char *refusal = pgo_burst_refusal ();
  if (refusal)
    {
      pgo_text_add (&text, refusal);
      pgo_text_add (&text, "; ");
    }
  pgo_text_add_number (&text, report.bursts);
  pgo_text_add (&text, " bursts, ");
  pgo_text_add_number (&text, report.records);
  pgo_text_add (&text, " records of ");
  pgo_text_add_number (&text, report.record_ps / 1000);
  pgo_text_add (&text, " ns, ");
  pgo_text_add_milli (&text, report.cpu_ns ? report.burst_ns * 100000 / report.cpu_ns : 0);
  pgo_text_add (&text, "% of CPU time");
}

const struct pgo_sampler pgo_burst_sampler = {
  .name = "burst",
  .prepare = burst_prepare,
  .start = burst_start,
  .poll = burst_poll,
  .poll_ms = burst_poll_ms,
  .stop = burst_stop,
  .forget = burst_forget,
  .describe = burst_describe,
};
