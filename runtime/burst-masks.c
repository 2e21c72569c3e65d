/* The program's signal masks, kept from the recorder's signal.

   A thread that blocks all signals would not be recorded, and would find the recorder's signal where it waits for
   any: so that signal is taken out of what the program blocks, and what the program wished is noted, a thread, for when it
   asks.  A mask that the program looks at by other ways (a handler's context, /proc) has it unblocked.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-signals.h"
#include "runtime/raw.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define API __attribute__ ((visibility ("default")))
#define BIT(number) (1ull << ((number) - 1))
/* Signals that the C library needs: it never lets a program block them.  */
#define LIBRARY_SIGNALS (BIT (32) | BIT (33))

/* The program wants the recorder's signal blocked in this thread.  */
static __thread bool the_wish __attribute__ ((tls_model ("initial-exec")));

bool
pgo_signals_wants_blocked (void)
{
  return the_wish;
}

void
pgo_signals_unblock (int tick)
{
  uint64_t bit = BIT (tick), old = 0;
  pgo_syscall (SYS_rt_sigprocmask, SIG_UNBLOCK, &bit, &old, sizeof bit);
  the_wish = old & bit;
}

/* As pthread_sigmask.  */
static int
change_mask (int how, const sigset_t *set, sigset_t *old)
{
  int tick = pgo_signals_tick ();
  uint64_t wanted = 0, before = 0, bit = tick && !pgo_signals_given_back () ? BIT (tick) : 0;
  bool wished = the_wish;
  if (set)
    {
      memcpy (&wanted, set, sizeof wanted);
      if (how != SIG_UNBLOCK)
        wanted &= ~LIBRARY_SIGNALS;
      if (how == SIG_SETMASK)
        wished = wanted & bit;
      else if (wanted & bit)
        wished = how == SIG_BLOCK;
      if (how != SIG_UNBLOCK)
        wanted &= ~bit;
    }
  long error = pgo_syscall (SYS_rt_sigprocmask, how, set ? &wanted : NULL, &before, sizeof wanted);
  if (error != 0)
    return (int) -error;
  if (old)
    {
      if (bit)
        before = (before & ~bit) | (the_wish ? bit : 0);
      /* As many bytes as the C library's writes: who knows the kernel's size may have no more.  */
      memcpy (old, &before, sizeof before);
    }
  if (bit && wished != the_wish && !pgo_signals_borrowed ())
    the_wish = wished;
  return 0;
}

API int
pthread_sigmask (int how, const sigset_t *set, sigset_t *old)
{
  return change_mask (how, set, old);
}

API int
sigprocmask (int how, const sigset_t *set, sigset_t *old)
{
  int error = change_mask (how, set, old);
  if (error == 0)
    return 0;
  errno = error;
  return -1;
}

#endif
