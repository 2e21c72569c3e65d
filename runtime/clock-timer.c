/* Clock samples by per-thread CPU timers, for where perf_event_open is not allowed.

   Each tick's signal handler adds one sample, weighing 1 + overrun: the kernel ticks at CONFIG_HZ at
   most and tells what it skipped.  The price: a signal number is taken, threads that block it go unseen
   meanwhile, and a thread is found only some ms after its start.  System time counts too: of user time
   alone, kernels that account by ticks miss up to half in a busy virtual machine.  Linux 5.9 and later
   send the signal on the way back to the program, so a system call isn't interrupted by it.

   SPDX-License-Identifier: MIT  */
#include "runtime/collector.h"
#include "runtime/frames.h"
#include "runtime/raw.h"
#include "runtime/thread-timers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* Frames of a chain: a signal stack may be small.  */
#define MAX_FRAMES 64

static struct
{
  struct pgo_table *table;      /* NULL: not sampling.  Read by the handler.  */
  struct pgo_thread_timers *timers;
  uint64_t period_ns;
  int signal_number;            /* 0: no handler yet.  It stays once it is there: signals may be pending.  */
  bool stacks;
} timer;

static void
on_tick (int number, siginfo_t *info, void *context)
{
  (void) number;
  struct pgo_table *table = __atomic_load_n (&timer.table, __ATOMIC_ACQUIRE);
  if (table == NULL || !pgo_thread_timers_owns (info))
    return;
  uint64_t weight = 1 + (uint64_t) (info->si_overrun > 0 ? info->si_overrun : 0);
  uint64_t chain[MAX_FRAMES];
  unsigned n = 1;
  if (timer.stacks)
    n = pgo_frames_walk (context, chain, MAX_FRAMES);
  else
    chain[0] = pgo_frames_pc (context);
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, n, weight, weight * timer.period_ns);
}

static int
timer_prepare (const struct pgo_options *options, char reason[PGO_REASON])
{
  static const int none[] = { 0 };
  (void) options;
  if (timer.signal_number != 0)
    return 0;
  struct sigaction action;
  int number = pgo_thread_timers_free_signal (none);
  memset (&action, 0, sizeof action);
  action.sa_sigaction = on_tick;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  /* What interrupts a sample may be the program's own handler, with a deep stack.  */
  sigfillset (&action.sa_mask);
  if (number == 0 || sigaction (number, &action, NULL) != 0)
    {
      struct pgo_text text = pgo_text_in (reason, PGO_REASON);
      pgo_text_add (&text, "timer: no free signal");
      return EBUSY;
    }
  timer.signal_number = number;
  return 0;
}

static int
timer_start (const struct pgo_options *options, struct pgo_table *table, char reason[PGO_REASON])
{
  timer.period_ns = 1000000000u / options->hz;
  timer.stacks = options->stacks;
  timer.timers = pgo_thread_timers_new (timer.signal_number, timer.period_ns);
  __atomic_store_n (&timer.table, table, __ATOMIC_RELEASE);
  int error = timer.timers != NULL ? pgo_thread_timers_scan (timer.timers) : -ENOMEM;
  if (error == 0)
    return 0;
  __atomic_store_n (&timer.table, NULL, __ATOMIC_RELEASE);
  pgo_thread_timers_free (timer.timers);
  timer.timers = NULL;
  struct pgo_text text = pgo_text_in (reason, PGO_REASON);
  pgo_text_add (&text, "timer: ");
  pgo_text_add_error (&text, -error);
  return -error;
}

static void
timer_poll (void)
{
  pgo_thread_timers_scan (timer.timers);
}

static unsigned
timer_poll_ms (void)
{
  return pgo_thread_timers_poll_ms (timer.timers);
}

static void
timer_stop (void)
{
  struct pgo_thread_timers *timers = timer.timers;
  __atomic_store_n (&timer.table, NULL, __ATOMIC_RELEASE);
  timer.timers = NULL;
  pgo_thread_timers_free (timers);
}

static void
timer_forget (void)
{
  timer.table = NULL;
  pgo_thread_timers_forget (timer.timers);
  timer.timers = NULL;
}

static void
timer_describe (char line[PGO_REASON])
{
  struct pgo_text text = pgo_text_in (line, PGO_REASON);
  uint64_t refused = timer.timers != NULL ? pgo_thread_timers_refused (timer.timers) : 0;
  pgo_text_add (&text, "signal ");
  pgo_text_add_number (&text, (uint64_t) timer.signal_number);
  if (refused != 0)
    {
      pgo_text_add (&text, "; threads without a timer: ");
      pgo_text_add_number (&text, refused);
    }
}

const struct pgo_sampler pgo_timer_sampler = {
  .name = "timer",
  .prepare = timer_prepare,
  .start = timer_start,
  .poll = timer_poll,
  .poll_ms = timer_poll_ms,
  .stop = timer_stop,
  .forget = timer_forget,
  .describe = timer_describe,
};
