/* A CPU-time timer for every thread of the process, kept up as threads come and go.

   Each sends its own thread a signal for each period of CPU time that the thread has used.  The kernel
   counts in ticks: at most CONFIG_HZ signals a second; what it skipped is in si_overrun.  A thread that
   waits gets none, so no system call is interrupted in its sleep.

   All calls but pgo_thread_timers_free_signal are made on the collector's thread.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_THREAD_TIMERS_H
#define PGOINLINE_RUNTIME_THREAD_TIMERS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Threads looked after; the rest go unsampled and are counted.  */
#define PGO_MAX_TIMERS 32768u

struct pgo_thread_timers;

/* An empty set, for SIGNAL_NUMBER every PERIOD_NS.  NULL if there is no memory.  */
struct pgo_thread_timers *pgo_thread_timers_new (int signal_number, uint64_t period_ns);

/* Count user time only, before the first scan: where the kernel accounts by ticks, a signal then never comes
   while a system call is going on, which it might interrupt.  */
void pgo_thread_timers_count_user_time (struct pgo_thread_timers *);

/* Give timers to threads without one, take those of threads that are gone.  Cheap if the number of
   threads is what it was; every 16th call looks all the same.  0, or -errno if there are threads and
   none could get a timer.  */
int pgo_thread_timers_scan (struct pgo_thread_timers *);

/* When to scan again, ms: soon after threads came or went, seldom after a quiet while.  */
unsigned pgo_thread_timers_poll_ms (const struct pgo_thread_timers *);

/* How many threads found no place or were refused a timer.  */
uint64_t pgo_thread_timers_refused (const struct pgo_thread_timers *);

/* Delete all timers and the set.  Signals may still be pending.  */
void pgo_thread_timers_free (struct pgo_thread_timers *);

/* In a forked child, which has no timers: free the set only.  */
void pgo_thread_timers_forget (struct pgo_thread_timers *);

/* Whether INFO comes from such a timer of this process.  Async-signal-safe.  */
bool pgo_thread_timers_owns (const siginfo_t *info);

/* Of such: the thread's id; 0 where pointers have 32 bits.  */
int pgo_thread_timers_tid (const siginfo_t *info);

/* A signal number that nobody uses: the highest real-time signal with the default disposition, but none
   in TAKEN (0: ends).  0 if there is none.  For the sampler's prepare.  */
int pgo_thread_timers_free_signal (const int *taken);

#endif
