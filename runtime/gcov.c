/* Counters of an instrumented program: see gcov.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/gcov.h"
#include "runtime/raw.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#define WRITE_MS 30000
#define PIECE_MS 10

/* NULL where the program has none, or doesn't export them.  */
extern void __gcov_dump (void) __attribute__ ((weak, visibility ("default")));
extern void __gcov_reset (void) __attribute__ ((weak, visibility ("default")));

static struct
{
  int pid;                      /* Of the process that the thread is in; 0: none was made.  */
  bool discard;
  uint32_t asked, done;         /* Numbers of writings.  */
} gcov;

bool
pgo_gcov_is_there (void)
{
  return __gcov_dump != NULL && __gcov_reset != NULL;
}

static void *
work (void *unused)
{
  for (;;)
    {
      uint32_t asked = __atomic_load_n (&gcov.asked, __ATOMIC_ACQUIRE);
      if (asked == gcov.done)
        {
          pgo_raw_wait (&gcov.asked, asked, -1);
          continue;
        }
      if (!gcov.discard)
        __gcov_dump ();
      /* Else nothing would be written at exit any more.  */
      __gcov_reset ();
      __atomic_store_n (&gcov.done, asked, __ATOMIC_RELEASE);
      pgo_raw_wake (&gcov.done);
    }
  return unused;
}

int
pgo_gcov_begin (void)
{
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  if (!pgo_gcov_is_there ())
    return ENOENT;
  int pid = (int) pgo_syscall (SYS_getpid);
  if (gcov.pid == pid)
    return 0;
  int error = pthread_attr_init (&attributes);
  if (error != 0)
    return error;
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  gcov.asked = gcov.done = 0;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  error = pthread_create (&thread, &attributes, work, NULL);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  pthread_attr_destroy (&attributes);
  if (error == 0)
    gcov.pid = pid;
  return error;
}

int
pgo_gcov_write (bool discard)
{
  if (gcov.pid == 0 || gcov.pid != (int) pgo_syscall (SYS_getpid))
    return ENOENT;
  uint32_t number = gcov.asked + 1;
  gcov.discard = discard;
  __atomic_store_n (&gcov.asked, number, __ATOMIC_RELEASE);
  pgo_raw_wake (&gcov.asked);
  for (int waits = 0; waits < WRITE_MS / PIECE_MS; waits++)
    {
      uint32_t done = __atomic_load_n (&gcov.done, __ATOMIC_ACQUIRE);
      if (done == number)
        return 0;
      pgo_raw_wait (&gcov.done, done, PIECE_MS);
    }
  return EAGAIN;
}
