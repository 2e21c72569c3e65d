/* The runtime's own threads: the collector's and the endpoint's.

   In a libc-made thread they would cost more than they do: from its first pthread_create on, glibc's malloc
   takes locks, which alone was 1% of lua's instructions.  Also would a process then outlive the
   pthread_exit of its last own thread.  So, where raw.h has system calls, a thread is made by clone,
   unknown to libc:

   - It runs with all signals blocked, on a stack of its own, with a thread pointer of its own; it calls
     nothing that uses libc's state.
   - Its table of file descriptors is its own, empty at first (pgo_thread_own_descriptors): the program
     neither sees nor closes what it opens, and it keeps none of the program's files open.
   - libc cannot carry the program's setuid over to it.  It looks, and follows (credentials.h).

   Elsewhere it is a detached pthread, with the same rules, but with those two faults.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_THREAD_H
#define PGOINLINE_RUNTIME_THREAD_H

#include <stdbool.h>
#include <stdint.h>

struct pgo_thread
{
  const char *name;             /* As in /proc/PID/comm; at most 15 bytes.  */
  void (*function) (void);      /* The thread ends with it.  */

  uint32_t alive;               /* Not 0 until the kernel is done with the thread's stack.  */
  int tid;                      /* 0 before it runs.  */
  char *stack;
  /* The thread's TLS block: its pointer is in the middle, so that what code reads at fixed offsets from it,
     like the stack protector's canary, is there.  */
  _Alignas (64) uintptr_t block[512];
};

/* Start a thread at THREAD, static, which has ended (pgo_thread_await_end) or was never started.  0 or an
   errno value.  Async-signal-safe where it is a raw one.  */
int pgo_thread_start (struct pgo_thread *thread);

bool pgo_thread_alive (const struct pgo_thread *thread);

/* Wait until the thread is gone, so that its stack can be used again.  False if that takes longer than ten
   seconds.  */
bool pgo_thread_await_end (struct pgo_thread *thread);

/* In the child of a fork: it has no such thread.  Async-signal-safe.  */
void pgo_thread_forget (struct pgo_thread *thread);

/* On such a thread: give it a table of file descriptors of its own, without any.  False if that isn't
   possible.  */
bool pgo_thread_own_descriptors (void);

/* Whether TID is a thread of the runtime, which no sampler may sample.  */
bool pgo_thread_is_ours (int tid);

#endif
