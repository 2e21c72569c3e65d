/* The samples as a file: gzip'ed profile.proto (github.com/google/pprof, proto/profile.proto).

   Sample types, each sample having a value of each: samples/count, cpu/nanoseconds, and, where the
   library has the burst recorder, branch/count and range/count.  In a branch sample the stack is [to,
   from], in a range sample [last, first] (sample-table.h).  Locations are addresses; there are no
   functions or lines.  The address of a caller is one less than the return address.  Locations outside
   of any mapping have mapping 0. Two mappings may share a range, if it was mapped anew: go by the
   location's mapping id.

   Comments are "key: value", always these, in this order, then one "note: ..." for each remark:
     collector: pgosample 1.0       process: PID                  main: yes|no
     engine: perf|timer             hz: 99 asked, 98.700 achieved (a second of user CPU time)
     duration: NANOSECONDS          cpu: NANOSECONDS              (user time of the process while sampling)
     lost: N                        (clock samples known to be lost on the way)
     overflow: N                    (clock samples that found the table full)
   and with the burst recorder
     branch-records: N              (branch/count and range/count stand for those, too, that the budget had no room for, since
                                    code was new to the recorder: so many were made, those of a long burst counted as of a
                                    usual one)
     branch-lost: N, branch-overflow: N   (the same of them both, weighed)

   Writing uses no libc state (raw.h), so it may run in a signal handler.  Equal samples make equal bytes
   but for times and the process id.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_PPROF_WRITE_H
#define PGOINLINE_RUNTIME_PPROF_WRITE_H

#include "runtime/mappings.h"
#include "runtime/sample-table.h"

#define PGO_MAX_COMMENTS 17

struct pgo_pprof
{
  const struct pgo_table *table;
  const struct pgo_mappings *mappings;
  uint64_t period_ns;
  uint64_t date_ns, duration_ns; /* Since 1970; of the sampling so far.  */
  bool has_burst;               /* Four sample types, not two.  */
  const char *comments[PGO_MAX_COMMENTS];
  unsigned n_comments;
};

/* Write to PATH through a temporary beside it, or in place if it is a character device.  0 or an errno value;
   then PATH is as it was.  Pipes and sockets are refused (EINVAL): they could block or kill the program.  */
int pgo_pprof_write (const struct pgo_pprof *, const char *path);

/* Write to an open descriptor; if that is a pipe or socket, SIGPIPE is the caller's concern.  0 or an
   errno value.  */
int pgo_pprof_write_fd (const struct pgo_pprof *, int fd);

#endif
