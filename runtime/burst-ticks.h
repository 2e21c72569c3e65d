/* What makes bursts begin: a signal to each thread for each period of CPU time that it uses.

   By per-thread CPU timers (thread-timers.h), which come with the kernel's own ticks and cost 2 to 4 us each, but
   are no more than CONFIG_HZ a second.  For stress tests also by per-thread perf events, which can come much more
   often; each costs 25 us in a virtual machine, and they need the permission for perf_event_open.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_TICKS_H
#define PGOINLINE_RUNTIME_BURST_TICKS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A signal for the ticks, that nobody uses: 0 if there is none.  Perf events need one of the classic signals, of which only one
   is pending at a time: SIGURG, which is ignored by default, so that one that is still pending when the program executes
   another doesn't end it.  On one of the program's threads; async-signal-safe.  */
int pgo_ticks_free_signal (bool perf);

/* Start, for the threads there are.  0 or -errno.  This and the next three on the collector's thread.  */
int pgo_ticks_start (int signal_number, uint64_t period_ns, bool perf);
/* Look for new threads.  */
void pgo_ticks_scan (void);
unsigned pgo_ticks_poll_ms (void);
void pgo_ticks_stop (void);

/* In the child of a fork.  */
void pgo_ticks_forget (void);

/* Whether INFO, of the signal of the ticks, is a tick; then *OVERRUN, ticks left out before it, and *TID.
   Async-signal-safe.  */
bool pgo_ticks_owns (const siginfo_t *info, int *overrun, int *tid);

#endif
