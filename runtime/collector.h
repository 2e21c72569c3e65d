/* The collector: the thread that drives the samplers, and writes what they sampled.  thread.h has the rules for
   what runs there.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_COLLECTOR_H
#define PGOINLINE_RUNTIME_COLLECTOR_H

#include "runtime/mappings.h"
#include "runtime/options.h"
#include "runtime/sample-table.h"
#include "runtime/sampler.h"

struct pgo_collector_report
{
  const char *engine;           /* "perf", "timer"; "none" if no clock runs.  */
  char refusal[PGO_REASON];     /* Why an engine that was to run doesn't, or "".  */
  char clock[PGO_REASON], burst[PGO_REASON]; /* What they say of themselves, or "".  */
  uint64_t date_ns;             /* Since 1970, of the start.  */
  uint64_t duration_ns, user_ns; /* Time and user CPU time of the process from start to stop, or now.  */
};

/* Start the thread and the samplers that OPTIONS asks for; all three arguments stay the caller's, and in
   place until pgo_collector_stop.  With WAIT, returns 0, or an errno value if there is no thread or no
   clock; without, 0 unless there is no thread, and what became of the samplers is told by the report.
   Callers take turns: these functions are not for two threads at once.  Async-signal-safe where the
   thread is a raw one.  */
int pgo_collector_start (const struct pgo_options *options, struct pgo_table *table,
                         struct pgo_mappings *mappings, bool wait);

/* Whether the thread is there.  It ends by itself when it can't follow the program's credentials.  */
bool pgo_collector_running (void);

/* Do FUNCTION (DATA) on the collector's thread, having drained the samplers and looked at the mappings,
   so that table and mappings are up to date.  Waits for it.  False if the thread isn't there or doesn't
   answer.  */
bool pgo_collector_call (void (*function) (void *), void *data);

/* Have FUNCTION (NULL) called on the collector's thread, soon, having drained.  Doesn't wait.
   Async-signal-safe.  */
void pgo_collector_post (void (*function) (void *));

/* Stop the samplers, having drained, do FUNCTION (DATA) on the collector's thread if it isn't NULL, and
   end the thread.  False if it isn't there or doesn't answer in time: then nothing that was given to it may
   be freed.  */
bool pgo_collector_stop (void (*function) (void *), void *data);

/* In the child of a fork: it has no such thread; forget that there was one.  Async-signal-safe.  */
void pgo_collector_forget (void);

/* Async-signal-safe.  */
void pgo_collector_report (struct pgo_collector_report *);

/* For samplers, on the collector's thread: code was mapped.  As pgo_mappings_add.  */
void pgo_collector_mapped (uint64_t start, uint64_t limit, uint64_t offset, const char *name,
                           const uint8_t *build_id, size_t build_id_size);

#endif
