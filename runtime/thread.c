/* The runtime's own threads: see thread.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/thread.h"
#include "runtime/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* A thread's own use is below 16 KiB.  */
#define STACK_BYTES (128u << 10)
#define GUARD_BYTES 65536u
/* How long a thread that said it would end may take.  */
#define END_MS 10000
/* The collector's and the endpoint's.  */
#define MAX_THREADS 2

#ifndef CLOSE_RANGE_UNSHARE
# define CLOSE_RANGE_UNSHARE 2
#endif

static int the_tids[MAX_THREADS];

/* Put TO where FROM is; 0 is a free place.  */
static void
replace_tid (int from, int to)
{
  for (int i = 0; i < MAX_THREADS; i++)
    {
      int expected = from;
      if (__atomic_compare_exchange_n (&the_tids[i], &expected, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return;
    }
}

bool
pgo_thread_is_ours (int tid)
{
  for (int i = 0; i < MAX_THREADS; i++)
    if (__atomic_load_n (&the_tids[i], __ATOMIC_RELAXED) == tid)
      return true;
  return false;
}

bool
pgo_thread_own_descriptors (void)
{
#ifdef SYS_close_range
  /* Linux 5.9: without a moment in which copies of the program's descriptors are held.  */
  if (!pgo_raw_forbidden (SYS_close_range)
      && pgo_syscall (SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE) == 0)
    return true;
#endif
  if (pgo_raw_forbidden (SYS_unshare) || pgo_syscall (SYS_unshare, CLONE_FILES) != 0)
    return false;
  /* How many there may be is unknown: the listing names them.  While it is read some are closed, so
     until there are none but the listing's own.  */
  int listing = pgo_raw_open ("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY, 0);
  if (listing < 0)
    return false;
  _Alignas (8) char buffer[2048];
  bool any;
  do
    {
      long n;
      any = false;
      pgo_syscall (SYS_lseek, listing, 0, SEEK_SET);
      while ((n = pgo_syscall (SYS_getdents64, listing, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < n;)
          {
            uint16_t size;
            memcpy (&size, buffer + at + 16, sizeof size);
            const char *name = buffer + at + 19;
            int fd = *name >= '0' && *name <= '9' ? 0 : -1;
            for (; fd >= 0 && *name != 0; name++)
              fd = fd * 10 + (*name - '0');
            if (fd >= 0 && fd != listing)
              {
                pgo_raw_close (fd);
                any = true;
              }
            at += size;
          }
    }
  while (any);
  pgo_raw_close (listing);
  return true;
}

/* The thread begins and ends here.  */
static void
live (struct pgo_thread *thread)
{
  int tid = (int) pgo_syscall (SYS_gettid);
  __atomic_store_n (&thread->tid, tid, __ATOMIC_RELAXED);
  replace_tid (0, tid);
  pgo_syscall (SYS_prctl, PR_SET_NAME, thread->name);
  thread->function ();
  replace_tid (tid, 0);
}

#if PGO_RAW_THREAD

/* clone's function has no argument: the thread finds itself through its thread pointer.  */
# define POINTER_WORD 256
# define SELF_WORD 500

static void
live_here (void)
{
  uintptr_t *pointer;
# if defined __x86_64__
  __asm__ ("mov %%fs:0, %0" : "=r" (pointer));
# else
  __asm__ ("mrs %0, tpidr_el0" : "=r" (pointer));
# endif
  live ((struct pgo_thread *) pointer[SELF_WORD - POINTER_WORD]);
}

static int
make_thread (struct pgo_thread *thread)
{
  uintptr_t *pointer = thread->block + POINTER_WORD;
  if (thread->stack == NULL)
    {
      thread->stack = pgo_raw_map (STACK_BYTES + GUARD_BYTES);
      if (thread->stack == NULL)
        return ENOMEM;
      pgo_syscall (SYS_mprotect, thread->stack, GUARD_BYTES, PROT_NONE);
    }
  memset (thread->block, 0, sizeof thread->block);
  /* x86: the block's own address at 0 and 16 (the ABI's TCB).  */
  pointer[0] = pointer[2] = (uintptr_t) pointer;
  thread->block[SELF_WORD] = (uintptr_t) thread;
  thread->alive = 1;
  long tid = pgo_raw_clone (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
                              | CLONE_SETTLS | CLONE_CHILD_CLEARTID,
                            thread->stack + STACK_BYTES + GUARD_BYTES, pointer, &thread->alive, live_here);
  if (tid > 0)
    return 0;
  thread->alive = 0;
  return (int) -tid;
}

#else

static void *
live_here (void *thread)
{
  live (thread);
  __atomic_store_n (&((struct pgo_thread *) thread)->alive, 0, __ATOMIC_RELEASE);
  return NULL;
}

static int
make_thread (struct pgo_thread *thread)
{
  pthread_attr_t attributes;
  pthread_t id;
  int error = pthread_attr_init (&attributes);
  if (error != 0)
    return error;
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  thread->alive = 1;
  error = pthread_create (&id, &attributes, live_here, thread);
  pthread_attr_destroy (&attributes);
  if (error != 0)
    thread->alive = 0;
  return error;
}

#endif

int
pgo_thread_start (struct pgo_thread *thread)
{
  /* Not even a signal that is pending now may find the thread with it unblocked.  */
  uint64_t all = ~(uint64_t) 0, old;
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof all);
  int error = make_thread (thread);
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
  return error;
}

bool
pgo_thread_alive (const struct pgo_thread *thread)
{
  return __atomic_load_n (&thread->alive, __ATOMIC_ACQUIRE) != 0;
}

/* The kernel's wake is for a shared futex, which pgo_raw_wait isn't: it is quick enough to look again.  */
bool
pgo_thread_await_end (struct pgo_thread *thread)
{
  for (int tries = 0; tries < END_MS; tries++)
    {
      uint32_t alive = __atomic_load_n (&thread->alive, __ATOMIC_ACQUIRE);
      if (alive == 0)
        return true;
      if (tries < 100)
        pgo_syscall (SYS_sched_yield);
      else
        pgo_raw_wait (&thread->alive, alive, 1);
    }
  return false;
}

void
pgo_thread_forget (struct pgo_thread *thread)
{
  if (thread->tid != 0)
    replace_tid (thread->tid, 0);
  thread->alive = 0;
  thread->tid = 0;
}
