/* A sampler: something that puts samples into the table while the program runs.

   The collector (collector.h) is one thread, all signals blocked, whose file descriptors are its own
   (the program never sees them) and which libc doesn't know: what runs there uses raw.h, and neither
   errno, malloc nor stdio.  It drives the samplers through this table of functions.  Clock samplers:
   pgo_perf_sampler, pgo_timer_sampler, one of which runs.  The burst recorder is a further one, beside
   whichever clock runs.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_SAMPLER_H
#define PGOINLINE_RUNTIME_SAMPLER_H

#include "runtime/options.h"
#include "runtime/sample-table.h"

/* Room for a one-line reason or description, with its NUL.  */
#define PGO_REASON 240

struct pgo_sampler
{
  const char *name;             /* As in engine=: "perf", "timer", "burst".  */
  bool tells_mappings;          /* Calls pgo_collector_mapped for each that is made.  */

  /* Before start, on the thread that asks for sampling: what needs libc, like signal handlers.  May be
     NULL.  In a forked child it is called again, from pthread_atfork.  As start, but only
     async-signal-safe calls.  */
  int (*prepare) (const struct pgo_options *, char reason[PGO_REASON]);

  /* Begin, for all present threads.  On the collector's thread.  0, or an errno value and a REASON; then
     nothing is left behind.  */
  int (*start) (const struct pgo_options *, struct pgo_table *, char reason[PGO_REASON]);

  /* On the collector's thread, at the latest every poll_ms (0: never), and before each write: drain
     buffers, look for new threads, hold the budget.  */
  void (*poll) (void);
  unsigned (*poll_ms) (void);

  /* End; drain.  On the collector's thread.  */
  void (*stop) (void);

  /* In the child of a fork, in its only thread, from pthread_atfork: give up what was the parent's
     (ids of timers, mappings) without harming it.  start may follow.  Async-signal-safe calls only.  */
  void (*forget) (void);

  /* A line for the samples' comments: rate achieved, share of time, what was refused.  */
  void (*describe) (char line[PGO_REASON]);
};

extern const struct pgo_sampler pgo_perf_sampler, pgo_timer_sampler;

/* Absent (NULL) where the library is built without the burst recorder.  Its start is called when
   options.burst_ppm is above 0; a refusal is noted in the comments and the clock goes on.  */
extern const struct pgo_sampler pgo_burst_sampler __attribute__ ((weak, visibility ("hidden")));

#endif
