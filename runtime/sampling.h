/* One run of the sampler at a time: the program's own (PGOSAMPLE, pgosample_start) or a request's.

   For the endpoint's thread: no libc state, as in thread.h.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_SAMPLING_H
#define PGOINLINE_RUNTIME_SAMPLING_H

#include "runtime/options.h"

/* Start a run for a request.  0, or an errno value: EALREADY if a run is on, EAGAIN or ENOMEM, or the reason why no
   engine could start, of which STATUS (SIZE bytes) tells.  What an earlier run has left is dropped.  */
int pgo_sampling_begin (const struct pgo_options *options, char *status, size_t size);

/* End it, and write what was sampled to FD, or nothing if that is negative.  0 or an errno value: EINVAL if the run
   isn't on any more.  */
int pgo_sampling_end (int fd);

#endif
