/* The burst recorder as one of the collector's samplers.

   For measurements and stress tests PGOSAMPLE may hold burst-hz=N (ticks by perf events, as many), burst-records=N
   (the length of bursts), burst-dual=1 (map the code cache twice), burst-blocks=N (its size) and burst-machine=WHAT
   (pretend that the machine is WHAT: see the_machines).

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-control.h"
#include "runtime/burst-signals.h"
#include "runtime/burst-ticks.h"
#include "runtime/raw.h"
#include "runtime/sampler.h"

#include <errno.h>
#include <string.h>

/* CPU time between ticks: as short as kernels' ticks usually are, for they give no more, but so that the ticks themselves (see
   TICK_NS) don't take more than a tenth of the budget.  */
#define TEN_TICKS_NS 25000u
#define MIN_PERIOD_NS 4000000u
#define MAX_PERIOD_NS 100000000u
/* How often the handlers are looked at, in polls, and counts moved to the table.  */
#define CHECK_EVERY 16u

static struct
{
  struct pgo_table *table;      /* NULL: not running.  */
  unsigned polls;
} burst;

/* The number that OPTIONS has for KEY, or 0.  */
static uint64_t
number_of (const struct pgo_options *options, const char *key)
{
  char text[16];
  uint64_t number = 0;
  if (pgo_options_get (options, key, text, sizeof text))
    for (const char *at = text; *at >= '0' && *at <= '9' && number < 1000000; at++)
      number = number * 10 + (uint64_t) (*at - '0');
  return number;
}

static const struct
{
  const char *name;
  enum pgo_burst_machine machine;
} the_machines[] = {
  { "no-xsave", PGO_MACHINE_NO_XSAVE },
  { "no-tsc", PGO_MACHINE_NO_TSC },
  { "shadow-stack", PGO_MACHINE_SHADOW_STACK },
  { "shadow-stack-later", PGO_MACHINE_SHADOW_STACK_LATER },
};

static enum pgo_burst_machine
machine_of (const struct pgo_options *options)
{
  char text[24];
  if (pgo_options_get (options, "burst-machine", text, sizeof text))
    for (unsigned i = 0; i < sizeof the_machines / sizeof the_machines[0]; i++)
      if (strcmp (text, the_machines[i].name) == 0)
        return the_machines[i].machine;
  return PGO_MACHINE_AS_IT_IS;
}

/* WHO: "burst: " where the collector doesn't say so itself.  */
static int
refuse (char reason[PGO_REASON], const char *who, const char *why, int error)
{
  struct pgo_text text = pgo_text_in (reason, PGO_REASON);
  pgo_text_add (&text, who);
  pgo_text_add (&text, why);
  return error;
}

static int
burst_prepare (const struct pgo_options *options, char reason[PGO_REASON])
{
  int number = pgo_signals_tick ();
  if (number == 0)
    number = pgo_ticks_free_signal (number_of (options, "burst-hz") != 0);
  if (number == 0)
    return refuse (reason, "", "no free signal", EBUSY);
  int error = pgo_signals_begin (number);
  return error != 0 ? refuse (reason, "", "no signal handlers", error) : 0;
}

static int
burst_start (const struct pgo_options *options, struct pgo_table *table, char reason[PGO_REASON])
{
  struct pgo_burst_settings settings = { .budget_ppm = options->burst_ppm };
  uint64_t hz = number_of (options, "burst-hz");
  settings.records = (uint32_t) number_of (options, "burst-records");
  settings.dual = number_of (options, "burst-dual") != 0;
  settings.max_blocks = (uint32_t) number_of (options, "burst-blocks");
  settings.machine = machine_of (options);
  settings.period_ns = (uint64_t) TEN_TICKS_NS * 1000000u / options->burst_ppm;
  if (settings.period_ns < MIN_PERIOD_NS)
    settings.period_ns = MIN_PERIOD_NS;
  if (settings.period_ns > MAX_PERIOD_NS)
    settings.period_ns = MAX_PERIOD_NS;
  if (hz != 0)
    settings.period_ns = 1000000000u / hz;
  settings.at_once = hz != 0;
  const char *why = pgo_burst_open (&settings);
  if (why)
    return refuse (reason, "burst: ", why, ENOSYS);
  burst.polls = 0;
  pgo_burst_run ();
  int error = pgo_ticks_start (pgo_signals_tick (), settings.period_ns, hz != 0);
  if (error == 0)
    {
      burst.table = table;
      return 0;
    }
  pgo_burst_pause ();
  return refuse (reason, "burst: ", "no timers", -error);
}

static void
burst_poll (void)
{
  if (!burst.table)
    return;
  if (burst.polls++ % CHECK_EVERY == 0 && !pgo_signals_intact ())
    pgo_burst_refuse ("a signal handler was installed behind the C library");
  if (!pgo_burst_refusal ())
    pgo_ticks_scan ();
  pgo_burst_service (burst.table);
}

static unsigned
burst_poll_ms (void)
{
  return burst.table ? pgo_ticks_poll_ms () : 0;
}

static void
burst_stop (void)
{
  pgo_ticks_stop ();
  pgo_burst_pause ();
  pgo_burst_service (burst.table);
  burst.table = NULL;
}

static void
burst_forget (void)
{
  pgo_signals_forget ();
  pgo_ticks_forget ();
  burst.table = NULL;
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
  pgo_text_add (&text, " bursts of ");
  pgo_text_add_number (&text, report.length);
  pgo_text_add (&text, ", ");
  pgo_text_add_number (&text, report.records);
  pgo_text_add (&text, " records of ");
  pgo_text_add_number (&text, report.record_ps / 1000);
  pgo_text_add (&text, " ns, ");
  pgo_text_add_milli (&text, report.cpu_ns ? report.burst_ns * 100000 / report.cpu_ns : 0);
  pgo_text_add (&text, "% of CPU time");
  /* Why there weren't more records.  */
  static const char *const reasons[PGO_N_SKIPS] = {
    [PGO_SKIP_CREDIT] = "for the budget", [PGO_SKIP_STATE] = "state", [PGO_SKIP_BUFFERS] = "buffers",
    [PGO_SKIP_PENDING] = "pending", [PGO_SKIP_PAUSED] = "paused", [PGO_END_REFUSED] = "system call",
    [PGO_END_FOREIGN] = "foreign code", [PGO_END_LOCKED] = "lock", [PGO_END_FULL] = "full", [PGO_END_CHANGED] = "changed",
    [PGO_END_FAULT] = "fault", [PGO_END_LONG] = "too long"
  };
  for (int i = 0; i < PGO_N_SKIPS; i++)
    {
      if (i == 0 || i == PGO_END_REFUSED)
        pgo_text_add (&text, i == 0 ? "; ticks left out:" : "; early ends:");
      if (report.skips[i] == 0)
        continue;
      pgo_text_add (&text, " ");
      pgo_text_add (&text, reasons[i]);
      pgo_text_add (&text, " ");
      pgo_text_add_number (&text, report.skips[i]);
    }
  if (report.emptied != 0)
    {
      pgo_text_add (&text, "; emptied ");
      pgo_text_add_number (&text, report.emptied);
    }
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

#endif
