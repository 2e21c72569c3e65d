/* The dispatcher's entries: see burst-dispatch.S.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_DISPATCH_H
#define PGOINLINE_RUNTIME_BURST_DISPATCH_H

#include "runtime/burst-layout.h"

/* Where a thread goes on to begin a burst: rdx is pgo_burst_tls_offset, TARGET the program's address, why
   PGO_WHY_START; rax, rcx, rdx, rsi are saved in the state, all else is live.  Not a function.  */
void pgo_burst_begin (void);

/* From the trampolines (burst-cache.c): rdx is pgo_burst_tls_offset; rax, rcx, rdx are saved.  Not functions.  */
void pgo_burst_indirect (void);
void pgo_burst_link (void);
void pgo_burst_changed (void);
void pgo_burst_stop (void);
void pgo_burst_go (void);
void pgo_burst_quit (void);

/* Copy N bytes of the program's memory FROM to TO, in a burst: how many, the last ones, couldn't be read.  */
size_t pgo_burst_read (void *to, const void *from, size_t n);
/* Its only instruction that may fault, and where it goes on then.  */
extern const char pgo_burst_read_at[], pgo_burst_read_end[];

/* First and end of the dispatcher's instructions.  */
extern const char pgo_burst_text_start[], pgo_burst_text_end[];

/* Signal handler: asks pgo_burst_on_signal, and if that returns the program's own, goes on there as
   if the kernel had called it.  */
void pgo_burst_signal_entry (int signal, void *info, void *context);

/* What a handler returns to.  */
void pgo_burst_restorer (void);

/* In C, called by the dispatcher on the recorder's stack, all the program's registers in SELF.

   pgo_burst_find must use general registers only.  The first two return where to go on in the cache, or 0: then
   the next is called, at last pgo_burst_finish, whose result is the stack pointer for rt_sigreturn.  */
uint64_t pgo_burst_find (struct pgo_burst_thread *self);
uint64_t pgo_burst_resolve (struct pgo_burst_thread *self);
void *pgo_burst_finish (struct pgo_burst_thread *self);

/* The program's handler to be called, or NULL.  */
void *pgo_burst_on_signal (int signal, void *info, void *context);

#endif
