/* Bursts: their beginning on a tick, their end, and the budget in between.

   The safety contract.

   What happens in a signal handler.  The tick's handler adds the CPU time gone by to the credit, and, if that pays for a
   burst, copies the interrupted registers and lets the thread go on in the dispatcher instead, with
   all signals blocked but those of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP).  No allocation, no lock, no
   system call.

   What happens in a burst.  The thread executes copies of its instructions.  Its stack is not touched, nothing is
   written below its stack pointer; its calls push their own return addresses.  New code is translated under a lock
   that is tried, never waited for; records are added up under another, which is waited for 40 us at most; on a stack of the
   recorder's; without system calls.  Memory of the program's is read by one instruction (pgo_burst_read), which may fault.
   The burst's end is one rt_sigreturn, the system call that every signal handler ends with: it gives back registers,
   extended state and signal mask at once.  (A fault's signal that was sent meanwhile takes a few more.)

   What the program can observe.
     - Signals other than those of faults arrive when the burst is over: within PGO_BURST_MAX_NS or little more, before the
       next system call in any case.
     - A fault is as ever: the burst is given up with the registers of the faulting instruction, which then faults in
       the original code.  For this the library's handler stands before the program's for the five signals; sigaction
       and signal don't show it (rt_sigaction does, and so does SigCgt in /proc).  One of the five that is sent, rather than
       caused, ends the burst, too, or arrives at its end.
     - One real-time signal is in use (pgo_thread_timers_free_signal).  sigaction, sigwait and signal masks
       are kept from it (burst-signals.c).  A program that ignores that signal doesn't pass this on to one that it
       executes.
     - fnstenv and fxsave show the address of the last x87 instruction, which may be one in the cache.
     - Memory: the code cache, below PGO_AREA_BYTES for each 2 GB with code.

   What ends a burst.  The number of records that it was to have; a system call; an instruction of the classes in
   burst-decode.h; code outside of read-only segments of loaded objects (just-in-time compilers), in the dynamic
   loader, the vdso or this library; a restartable sequence; a fault; a lock that is taken; a full cache.  No burst
   begins in a thread that is being single-stepped, in 32-bit code, on its signal stack, or on a user shadow stack
   (pgo_burst_refusal).

   Self-modifying code: each block compares the program's bytes with those it was made from before it executes.
   What a block changes within itself ahead of where it is goes unnoticed; code in writable segments isn't recorded.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_CONTROL_H
#define PGOINLINE_RUNTIME_BURST_CONTROL_H

#include "runtime/burst-layout.h"
#include "runtime/sample-table.h"

#include <signal.h>

/* Signals that may arrive in a burst.  */
#define PGO_BURST_FAULTS 5u

/* Records of a burst; burst-budget.h says how many.  Short ones are dominated by where they begin, which is biased towards slow
   instructions; at most as many as PGO_BURST_MAX_NS may hold, at 2 ns each (loops, on the fastest machine there was).  */
#define PGO_BURST_MIN_RECORDS 256
#define PGO_BURST_MAX_RECORDS 1000000
/* A burst that lasts longer ends before its time, so that signals needn't wait: looked at every PGO_BURST_LOG records.  */
#define PGO_BURST_MAX_NS 2000000
/* Records that are logged before they are added up, within a burst.  What it touches of the caches is 16 to 20 KB.  */
#define PGO_BURST_LOG 4000
/* Threads that have been in a burst and still exist; further ones go without.  */
#define PGO_BURST_THREADS 1024u

/* What tests may have the machine be.  */
enum pgo_burst_machine
{
  PGO_MACHINE_AS_IT_IS,
  PGO_MACHINE_NO_XSAVE,
  PGO_MACHINE_NO_TSC,
  PGO_MACHINE_SHADOW_STACK,     /* User shadow stacks are on, */
  PGO_MACHINE_SHADOW_STACK_LATER /* from the first tick on.  */
};

struct pgo_burst_settings
{
  uint32_t budget_ppm;          /* Of CPU time; millionths.  */
  uint64_t period_ns;           /* CPU time between ticks of a thread.  */
  uint32_t records;             /* Length of bursts; 0: what uses the budget.  */
  bool at_once;                 /* Begin without a debt, for stress.  */
  bool dual;                    /* Map the code cache twice in any case.  */
  uint32_t max_blocks;          /* Empty it when it has some hundreds less; 0: when it is full.  */
  enum pgo_burst_machine machine;
};

/* Why there are fewer records than the ticks could have given.  */
enum pgo_burst_skip
{
  PGO_SKIP_CREDIT,              /* Ticks: the budget was spent.  */
  PGO_SKIP_STATE,               /* Ticks: single-stepping, 32-bit code, a signal stack.  */
  PGO_SKIP_BUFFERS,             /* Ticks: too many threads.  */
  PGO_SKIP_PENDING,             /* Ticks: the last burst's log isn't added up yet.  */
  PGO_SKIP_PAUSED,              /* Ticks: the cache is being emptied, or the recorder stopped.  */
  PGO_END_REFUSED,              /* Bursts: before a system call or another instruction that is refused.  */
  PGO_END_FOREIGN,              /* Bursts: code that isn't recorded.  */
  PGO_END_LOCKED,               /* Bursts: another thread was translating.  */
  PGO_END_FULL,                 /* Bursts: the cache is full or out of reach.  */
  PGO_END_CHANGED,              /* Bursts: code kept changing.  */
  PGO_END_FAULT,                /* Bursts.  */
  PGO_END_LONG,                 /* Bursts: they took too much time.  */
  PGO_N_SKIPS
};

struct pgo_burst_report
{
  uint64_t ticks, bursts, length, records, lost_targets; /* LENGTH: of a burst, of late.  */
  uint64_t cpu_ns;              /* CPU time of the ticks: what the share is of.  */
  uint64_t burst_ns;            /* Time spent in and for bursts.  */
  uint64_t record_ps;           /* Picoseconds a record costs, lately.  */
  uint64_t emptied;             /* Times that the code cache was full.  */
  uint64_t skips[PGO_N_SKIPS];
};

/* Find out whether this machine can.  NULL, or a one-line reason (static).  Then make the buffers, tables and code
   cache.  On the collector's thread.  */
const char *pgo_burst_open (const struct pgo_burst_settings *);

/* Let ticks begin bursts; from where the settings were opened.  */
void pgo_burst_run (void);

/* No new burst begins; wait until none runs.  False if one still does after a second: nothing may be freed then.  */
bool pgo_burst_pause (void);

/* Add up pending logs, and move all counts to TABLE.  Give back the buffers of threads that are gone.  Make room in the
   cache if need be.  On the collector's thread.  */
void pgo_burst_service (struct pgo_table *table);

/* In the child of a fork, in its only thread.  */
void pgo_burst_forget (void);

/* A reason why bursts were given up since they were opened, or NULL; and to give them up.  */
const char *pgo_burst_refusal (void);
void pgo_burst_refuse (const char *reason);

void pgo_burst_report (struct pgo_burst_report *);

/* The tick: in its signal handler.  OVERRUN: ticks that the kernel left out before it.  */
void pgo_burst_tick (int overrun, int tid, void *context);

/* A signal found the thread at CONTEXT.  True if a burst was active, and the thread at an instruction of the program's: the
   burst is over, and CONTEXT what it would be without it.  */
bool pgo_burst_fault (void *context);

/* A signal found the thread in a burst, elsewhere: keep INFO for its end.  SLOT: which signal.  False if there is no burst,
   or it is ending: nothing of the program's is executed before its signal mask is back.  */
bool pgo_burst_defer (unsigned slot, const siginfo_t *info);

#endif
