/* The endpoint: collections over HTTP, as net/http/pprof has them.

     /debug/pprof/profile?seconds=N&burst=P%    samples of the next N seconds, as pprof-write.h has them
     /debug/pprof/cmdline                       the command line, arguments separated by NUL bytes
     /debug/pprof/                              what there is
     /debug/gcov?discard=1                      have an instrumented program write its counters (gcov.h)

   One thread of the runtime's own (thread.h) and one loop; until a profile is asked for it sleeps.  One
   collection at a time: a second one is refused with 429, or with 409 while the program itself samples.  A client
   that goes away ends its collection.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_HTTP_ENDPOINT_H
#define PGOINLINE_RUNTIME_HTTP_ENDPOINT_H

#include "runtime/options.h"

/* Listen where OPTIONS (copied) says http=, and collect with the rest of OPTIONS.  Returns 0, or an errno value:
   EINVAL (no address, or none that is understood), ENAMETOOLONG, EALREADY, EADDRINUSE and whatever else socket, bind
   and clone can say.  */
int pgo_endpoint_start (const struct pgo_options *options);

/* End it.  0, or EINVAL if it isn't there.  */
int pgo_endpoint_stop (void);

/* When the process exits: leave no socket behind.  */
void pgo_endpoint_at_exit (void);

/* In the child of a fork, which has no such thread; where the socket is one a process (%p), start one.
   Async-signal-safe.  */
void pgo_endpoint_after_fork (void);

/* Where it listens, "" if it doesn't.  Static.  */
const char *pgo_endpoint_place (void);

#endif
