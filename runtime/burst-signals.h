/* The program's signal handling, where the burst recorder stands in between.

   For the signals of faults the recorder's handler is installed in place of the program's, with the program's flags and
   mask, and passes on what isn't its own, as if the kernel had called.  For the recorder's own signal the
   program's wishes are noted and carried out when somebody else sends it.  sigaction, signal and their
   like show the program what it asked for.

   Who bypasses them, by a system call of his own, is found out at the next service: then bursts are given up.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_SIGNALS_H
#define PGOINLINE_RUNTIME_BURST_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Take over; TICK is the recorder's own signal.  In the forked child once more: nothing to do then.  On one of the
   program's threads; async-signal-safe.  0 or an errno value.  */
int pgo_signals_begin (int tick);

/* In the child of a fork, which has the parent's handlers, but not who was about to change them.  */
void pgo_signals_forget (void);

/* Whether this is the child of a vfork: it has handlers and masks of its own, but the memory here is its parent's.  */
bool pgo_signals_borrowed (void);

/* The number chosen before, or 0.  */
int pgo_signals_tick (void);

/* The program has turned out to use that signal itself: it has it back, and there will be no more bursts.  */
bool pgo_signals_given_back (void);

/* burst-masks.c: whether the program wants the recorder's signal blocked in this thread, and to note that it does
   if it is blocked, and unblock it.  */
bool pgo_signals_wants_blocked (void);
void pgo_signals_unblock (int tick);

/* Send the signal of INFO once more, to the process if it was meant for that: another thread may wait for it.  */
void pgo_signals_send_again (const siginfo_t *info);

/* Whether the recorder's handlers are still in place.  On the collector's thread.  */
bool pgo_signals_intact (void);

#endif
