/* Call chains by frame pointers, in a signal handler.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_FRAMES_H
#define PGOINLINE_RUNTIME_FRAMES_H

#include <stdint.h>

/* The program counter where the signal of CONTEXT (a ucontext_t) struck; 0 on machines not known here.  */
uint64_t pgo_frames_pc (const void *context);

/* The same and its callers into CHAIN, at most MAX (>= 1): how many.  A caller's address is one less
   than the return address.  Ends at the first frame pointer that can't be one; memory is read by system
   call, so that none faults.  Code built without frame pointers yields the leaf, perhaps followed by
   nonsense.  */
unsigned pgo_frames_walk (const void *context, uint64_t *chain, unsigned max);

#endif
