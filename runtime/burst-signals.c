/* Signals: handlers that stand before the program's, and the functions of the C library by which it would notice.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-signals.h"

#include "runtime/burst-cache.h"
#include "runtime/burst-control.h"
#include "runtime/burst-dispatch.h"
#include "runtime/burst-ticks.h"
#include "runtime/raw.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#define API __attribute__ ((visibility ("default")))
#define KERNEL_MASK_BYTES 8
#define KERNEL_SA_RESTORER 0x04000000

/* The C library's own name for sigaction, which also works where ours has taken the usual one.  */
extern int __sigaction (int, const struct sigaction *, struct sigaction *);

/* What rt_sigaction takes.  */
struct kernel_action
{
  void *handler;
  unsigned long flags;
  void (*restorer) (void);
  uint64_t mask;
};

struct guarded
{
  int number;
  struct sigaction wanted;      /* By the program.  */
  void *installed;              /* Handler that the kernel should have now.  */
};

static struct
{
  bool begun, given_back;
  char lock;
  int pid;                      /* Of the process whose handlers these are.  */
  struct guarded signals[PGO_BURST_FAULTS + 1]; /* The last one is the tick.  */
} the = {
  .signals = { { .number = SIGSEGV }, { .number = SIGBUS }, { .number = SIGFPE }, { .number = SIGILL },
               { .number = SIGTRAP }, { .number = 0 } }
};

#define N_FAULTS PGO_BURST_FAULTS
#define TICK (&the.signals[N_FAULTS])

static inline __attribute__ ((always_inline)) struct guarded *
find (int number)
{
  if (number <= 0 || !__atomic_load_n (&the.begun, __ATOMIC_ACQUIRE))
    return NULL;
  for (unsigned i = 0; i <= N_FAULTS; i++)
    if (the.signals[i].number == number)
      return &the.signals[i];
  return NULL;
}

/* The lock is held for a few system calls, with all signals blocked, so that no handler can want it meanwhile.  */
static uint64_t
lock (void)
{
  uint64_t all = ~(uint64_t) 0, old = 0;
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, KERNEL_MASK_BYTES);
  while (__atomic_test_and_set (&the.lock, __ATOMIC_ACQUIRE))
    pgo_syscall (SYS_sched_yield);
  return old;
}

static void
unlock (uint64_t old)
{
  __atomic_clear (&the.lock, __ATOMIC_RELEASE);
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, KERNEL_MASK_BYTES);
}

/* Let the kernel have what the program wants of G, with the recorder's handler in between.  0 or an errno value.  */
static int
install (struct guarded *g, const struct sigaction *wanted)
{
  struct sigaction action = *wanted, now;
  if (g == TICK)
    {
      /* Its flags are the recorder's.  */
      g->wanted = *wanted;
      return 0;
    }
  void *handler = (void *) wanted->sa_sigaction;
  if (handler == (void *) SIG_DFL)
    {
      memset (&action, 0, sizeof action);
      action.sa_flags = SA_ONSTACK | SA_RESTART;
    }
  if (handler != (void *) SIG_IGN)
    {
      /* A fault in a burst comes a second time, and must find the handler again.  */
      action.sa_sigaction = (void (*) (int, siginfo_t *, void *)) pgo_burst_signal_entry;
      action.sa_flags = (action.sa_flags & ~(int) SA_RESETHAND) | SA_SIGINFO;
    }
  if (__sigaction (g->number, &action, NULL) != 0 || __sigaction (g->number, NULL, &now) != 0)
    return errno;
  g->installed = (void *) action.sa_sigaction;
  g->wanted = *wanted;
  if (handler != (void *) SIG_DFL)
    {
      /* What the kernel adds: the restorer, and the flag for it.  */
      const int own = SA_SIGINFO | (int) SA_RESETHAND;
      g->wanted.sa_flags = (now.sa_flags & ~own) | (wanted->sa_flags & own);
      g->wanted.sa_restorer = now.sa_restorer;
    }
  return 0;
}

int
pgo_signals_begin (int tick)
{
  the.pid = (int) pgo_syscall (SYS_getpid);
  if (__atomic_load_n (&the.begun, __ATOMIC_ACQUIRE))
    return 0;
  int saved = errno, error = 0;
  uint64_t old = lock ();
  for (unsigned i = 0; i < N_FAULTS && error == 0; i++)
    {
      struct sigaction wanted;
      if (__sigaction (the.signals[i].number, NULL, &wanted) != 0)
        error = errno;
      else
        error = install (&the.signals[i], &wanted);
    }
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_sigaction = (void (*) (int, siginfo_t *, void *)) pgo_burst_signal_entry;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  /* The handler causes no fault, and those sent by others wait until it knows how they are to be taken.  */
  sigfillset (&action.sa_mask);
  memset (&TICK->wanted, 0, sizeof TICK->wanted);
  TICK->installed = (void *) action.sa_sigaction;
  if (error == 0 && __sigaction (tick, &action, NULL) != 0)
    error = errno;
  if (error == 0)
    {
      TICK->number = tick;
      __atomic_store_n (&the.begun, true, __ATOMIC_RELEASE);
    }
  unlock (old);
  if (error == 0)
    pgo_signals_unblock (tick);
  errno = saved;
  return error;
}

void
pgo_signals_forget (void)
{
  the.pid = (int) pgo_syscall (SYS_getpid);
  the.lock = 0;
}

bool
pgo_signals_borrowed (void)
{
  return pgo_syscall (SYS_getpid) != the.pid;
}

int
pgo_signals_tick (void)
{
  return TICK->number;
}

bool
pgo_signals_given_back (void)
{
  return __atomic_load_n (&the.given_back, __ATOMIC_RELAXED);
}

bool
pgo_signals_intact (void)
{
  bool intact = true;
  uint64_t old = lock ();
  for (unsigned i = 0; i <= N_FAULTS; i++)
    {
      struct kernel_action now = { 0 };
      if (pgo_syscall (SYS_rt_sigaction, the.signals[i].number, NULL, &now, KERNEL_MASK_BYTES) == 0)
        intact &= now.handler == the.signals[i].installed;
    }
  unlock (old);
  return intact;
}

PGO_BURST_TEXT
void
pgo_signals_send_again (const siginfo_t *info)
{
  /* rt_sigqueueinfo takes any thread's number for its process, but codes of the kernel's from the thread of that number only.  */
  long tid = pgo_syscall (SYS_gettid);
  if (info->si_code == SI_USER)
    pgo_syscall (SYS_rt_sigqueueinfo, tid, info->si_signo, info);
  else
    pgo_syscall (SYS_rt_tgsigqueueinfo, pgo_syscall (SYS_getpid), tid, info->si_signo, info);
}

/* Send the signal of INFO again, and have it blocked where the handler of CONTEXT returns to.  */
PGO_BURST_TEXT
static void
put_off (const siginfo_t *info, ucontext_t *context)
{
  int number = info->si_signo;
  uint64_t mask;
  pgo_signals_send_again (info);
  memcpy (&mask, &context->uc_sigmask, sizeof mask);
  mask |= 1ull << (number - 1);
  memcpy (&context->uc_sigmask, &mask, sizeof mask);
}

PGO_BURST_TEXT
void *
pgo_burst_on_signal (int number, void *opaque, void *context)
{
  const siginfo_t *info = opaque;
  ucontext_t *uc = context;
  struct guarded *g = find (number);
  if (!g)
    return NULL;
  int overrun, tid;
  if (g == TICK && pgo_ticks_owns (info, &overrun, &tid))
    {
      pgo_burst_tick (overrun, tid, context);
      return NULL;
    }
  uint64_t pc = (uint64_t) uc->uc_mcontext.gregs[REG_RIP];
  bool in_dispatcher = pc >= (uintptr_t) pgo_burst_text_start && pc < (uintptr_t) pgo_burst_text_end;
  if (pgo_burst_self.active || in_dispatcher)
    {
      bool caused = info->si_code > 0 && number != SIGTRAP;
      if (caused && pc == (uintptr_t) pgo_burst_read_at)
        {
          uc->uc_mcontext.gregs[REG_RIP] = (greg_t) (uintptr_t) pgo_burst_read_end;
          return NULL;
        }
      bool over = pgo_burst_fault (context);
      if (caused && over)
        return NULL;
      /* Sent: to be delivered when the burst is over.  That is now, if the thread is between two of the program's instructions.
         If not, it must not be blocked while the program may still cause the same one.  */
      if (over)
        pgo_signals_send_again (info);
      else if (caused || !pgo_burst_defer ((unsigned) (g - the.signals), info))
        put_off (info, uc);
      return NULL;
    }

  if (g == TICK)
    {
      /* Somebody else's: the program uses the signal, after all.  */
      pgo_burst_refuse ("the program uses the recorder's signal");
      __atomic_store_n (&the.given_back, true, __ATOMIC_RELAXED);
      if (pgo_signals_wants_blocked ())
        {
          put_off (info, uc);
          return NULL;
        }
    }

  void *handler = (void *) g->wanted.sa_sigaction;
  if (handler == (void *) SIG_IGN)
    return NULL;                /* The recorder's signal, sent by someone.  */
  if (handler == (void *) SIG_DFL)
    {
      /* The end of the program, and as it would have been: where a fault was, it happens again.  */
      struct kernel_action action = { 0 };
      pgo_syscall (SYS_rt_sigaction, number, &action, NULL, KERNEL_MASK_BYTES);
      if (info->si_code <= 0 || number == SIGTRAP)
        pgo_signals_send_again (info);
      return NULL;
    }
  if (g->wanted.sa_flags & (int) SA_RESETHAND)
    g->wanted.sa_handler = SIG_DFL;
  return handler;
}

/* What follows stands in for the C library's functions of the same names.  */

/* Handlers that the program wants to run with the recorder's signal blocked, a bit each.  It isn't, lest it be pending
   where such a handler waits for signals.  */
static uint64_t the_masking;

/* __sigaction, but for that.  */
static int
set_action (int number, const struct sigaction *action, struct sigaction *old)
{
  struct sigaction wanted;
  int tick = __atomic_load_n (&the.begun, __ATOMIC_ACQUIRE) ? TICK->number : 0;
  bool valid = number > 0 && number <= 64;
  bool masking = false, masked = valid && (__atomic_load_n (&the_masking, __ATOMIC_RELAXED) >> (number - 1) & 1);
  if (action && tick)
    {
      wanted = *action;
      masking = sigismember (&wanted.sa_mask, tick) == 1;
      if (masking)
        sigdelset (&wanted.sa_mask, tick);
      action = &wanted;
    }
  int result = __sigaction (number, action, old);
  if (result != 0 || !tick || !valid)
    return result;
  if (old && masked)
    sigaddset (&old->sa_mask, tick);
  if (action && masking != masked && !pgo_signals_borrowed ())
    __atomic_fetch_xor (&the_masking, 1ull << (number - 1), __ATOMIC_RELAXED);
  return 0;
}

API int
sigaction (int number, const struct sigaction *restrict action, struct sigaction *restrict old)
{
  struct guarded *g = find (number);
  if (!g)
    return set_action (number, action, old);
  if (pgo_signals_borrowed ())
    {
      int result = __sigaction (number, action, old);
      if (result == 0 && old && (void *) old->sa_sigaction == (void *) pgo_burst_signal_entry)
        *old = g->wanted;
      return result;
    }
  int error = 0;
  uint64_t mask = lock ();
  struct sigaction before = g->wanted;
  if (action)
    {
      struct sigaction wanted = *action;
      error = install (g, &wanted);
    }
  unlock (mask);
  if (error != 0)
    {
      errno = error;
      return -1;
    }
  if (old)
    *old = before;
  return 0;
}

static sighandler_t
set_handler (int number, sighandler_t handler, int flags, bool masked)
{
  struct sigaction action, old;
  if (handler == SIG_ERR || number <= 0 || number >= NSIG)
    {
      errno = EINVAL;
      return SIG_ERR;
    }
  memset (&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  if (masked)
    sigaddset (&action.sa_mask, number);
  return sigaction (number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

API sighandler_t
signal (int number, sighandler_t handler)
{
  /* The C library's, which knows of siginterrupt, under another name.  */
  return find (number) ? set_handler (number, handler, SA_RESTART, true) : ssignal (number, handler);
}

/* signal, in programs compiled for System V or strict ISO C.  */
API sighandler_t __sysv_signal (int, sighandler_t);
API sighandler_t
__sysv_signal (int number, sighandler_t handler)
{
  return set_handler (number, handler, (int) (SA_RESETHAND | SA_NODEFER), false);
}

#endif
