/* Every signal with handlers of the program's own: sent by itself, by timers, by other threads; nested, on
   signal stacks, left by siglongjmp; SIGPROF and SIGVTALRM in use.  What the handlers see must be the program's:
   the interrupted address in its code, and the mask.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

extern const char __executable_start[], etext[];

static volatile unsigned the_counts[65], the_values, the_foreign, the_masks;
static sigjmp_buf the_jump;
static volatile bool the_stop;

static uint64_t
work (uint64_t seed, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      if (seed >> 62 == 3)
        seed ^= seed >> 17;
    }
  __asm__ volatile ("" : "+r" (seed)); /* Not to be optimised away.  */
  return seed;
}

/* Interrupted code is the program's, or a library's: nothing generated.  */
static bool
is_mapped_from_file (uint64_t pc)
{
  char line[600];
  bool found = false;
  if (pc >= (uintptr_t) __executable_start && pc < (uintptr_t) etext)
    return true;
  FILE *maps = fopen ("/proc/self/maps", "r");
  while (!found && fgets (line, sizeof line, maps))
    {
      unsigned long start, end;
      if (sscanf (line, "%lx-%lx", &start, &end) == 2 && pc >= start && pc < end)
        found = strchr (line, '/') || strstr (line, "[vdso]");
    }
  fclose (maps);
  return found;
}

static void
on_signal (int number, siginfo_t *info, void *opaque)
{
  int saved = errno;
  ucontext_t *context = opaque;
  the_counts[number]++;
  if (info->si_code == SI_QUEUE)
    the_values += (unsigned) info->si_value.sival_int;
  if (!is_mapped_from_file ((uint64_t) context->uc_mcontext.gregs[REG_RIP]))
    the_foreign++;
  /* The interrupted code had nothing blocked.  */
  for (int i = 1; i < 32; i++)
    if (sigismember (&context->uc_sigmask, i) == 1)
      the_masks |= 1u << i;
  errno = saved;
}

static void
on_nested (int number)
{
  the_counts[number]++;
  if (number == SIGUSR1)
    raise (SIGUSR2);
  work (number, 100);
}

static void
on_jump (int number)
{
  the_counts[number]++;
  siglongjmp (the_jump, 1);
}

/* The recorder takes one of these for itself, and ends when the program turns out to use it: they come last.  */
static bool
recorders (int number)
{
  return number == SIGURG || number == SIGRTMAX - 1;
}

static bool
usable (int number)
{
  /* 32 and 33 are the C library's.  */
  return number != SIGKILL && number != SIGSTOP && number != 32 && number != 33;
}

static void
install (int number, int flags)
{
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | flags;
  sigfillset (&action.sa_mask);
  if (sigaction (number, &action, NULL) != 0)
    printf ("sigaction %d: %s\n", number, strerror (errno));
}

static void *
bombard (void *argument)
{
  pthread_t target = *(pthread_t *) argument;
  for (unsigned i = 0; i < 3000; i++)
    {
      pthread_kill (target, i % 2 ? SIGUSR1 : SIGRTMIN + 1);
      work (i, 500);
    }
  return NULL;
}

static long
cpu_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All signals, in turn, several ways: those that the recorder may have taken, or the others.  */
static void
use_all (bool taken)
{
  unsigned raised = 0, queued = 0, ignored = 0, kept = 0;
  memset ((void *) the_counts, 0, sizeof the_counts);
  the_values = 0;
  for (int number = 1; number <= 64; number++)
    {
      if (!usable (number) || recorders (number) != taken)
        continue;
      struct sigaction before, old;
      sigaction (number, NULL, &before);
      install (number, number % 3 == 0 ? SA_RESTART : number % 3 == 1 ? SA_ONSTACK : 0);
      for (unsigned i = 0; i < 20; i++)
        {
          work (number, 2000);
          raise (number);
        }
      raised += the_counts[number] == 20;
      work (number, 20000);
      for (unsigned i = 1; i <= 10; i++)
        sigqueue (getpid (), number, (union sigval) { .sival_int = (int) i });
      queued += the_counts[number] == 30;
      sigaction (number, NULL, &old);
      kept += old.sa_sigaction == on_signal && (old.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL;
      if (signal (number, SIG_IGN) == (sighandler_t) (void *) on_signal)
        {
          raise (number);
          ignored += the_counts[number] == 30 && signal (number, SIG_DFL) == SIG_IGN;
        }
    }
  printf ("raised %u, queued %u (%u), ignored %u, kept %u\n", raised, queued, the_values, ignored, kept);
}

int
main (void)
{
  /* Whoever started this may have ignored some.  */
  for (int number = 1; number <= 64; number++)
    if (usable (number) && !recorders (number))
      signal (number, SIG_DFL);
  use_all (false);

  /* Nested.  */
  memset ((void *) the_counts, 0, sizeof the_counts);
  signal (SIGUSR1, on_nested);
  signal (SIGUSR2, on_nested);
  for (unsigned i = 0; i < 500; i++)
    {
      work (i, 300);
      raise (SIGUSR1);
    }
  printf ("nested %u %u\n", the_counts[SIGUSR1], the_counts[SIGUSR2]);

  /* From another thread, asynchronously.  */
  memset ((void *) the_counts, 0, sizeof the_counts);
  install (SIGUSR1, SA_RESTART);
  install (SIGRTMIN + 1, SA_RESTART);
  pthread_t self = pthread_self (), thread;
  pthread_create (&thread, NULL, bombard, &self);
  uint64_t mix = 0;
  for (unsigned i = 0; i < 300; i++)
    mix ^= work (i, 20000);
  pthread_join (thread, NULL);
  /* Signals wait for the end of a burst, which comes with a system call at the latest.  */
  sched_yield ();
  printf ("bombarded %u, usual ones %s; %llu\n", the_counts[SIGRTMIN + 1],
          the_counts[SIGUSR1] >= 1 && the_counts[SIGUSR1] <= 1500 ? "some" : "wrong", (unsigned long long) mix);

  /* Left by a jump, on a signal stack.  */
  static char stack[65536];
  stack_t signal_stack = { .ss_sp = stack, .ss_size = sizeof stack };
  sigaltstack (&signal_stack, NULL);
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_handler = on_jump;
  action.sa_flags = SA_ONSTACK;
  sigaction (SIGALRM, &action, NULL);
  unsigned volatile jumps = 0;
  memset ((void *) the_counts, 0, sizeof the_counts);
  struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
  if (sigsetjmp (the_jump, 1))
    jumps++;
  setitimer (ITIMER_REAL, &timer, NULL);
  while (jumps < 100)
    mix ^= work (jumps, 1000);
  memset (&timer, 0, sizeof timer);
  setitimer (ITIMER_REAL, &timer, NULL);
  stack_t now;
  sigaltstack (NULL, &now);
  printf ("jumped %s, stack %d\n", jumps >= 100 ? "often" : "no", now.ss_sp == (void *) stack && now.ss_flags == 0);
  signal (SIGALRM, SIG_DFL);

  /* The program's own profiling timers.  */
  memset ((void *) the_counts, 0, sizeof the_counts);
  install (SIGPROF, SA_RESTART);
  install (SIGVTALRM, SA_RESTART);
  timer = (struct itimerval) { { 0, 10000 }, { 0, 10000 } };
  setitimer (ITIMER_PROF, &timer, NULL);
  setitimer (ITIMER_VIRTUAL, &timer, NULL);
  /* How many come in a time is not certain: the kernel counts it by its ticks.  But none when the timers are off.  */
  long begin_ms = cpu_ms (), used_ms;
  do
    {
      mix ^= work (mix, 20000);
      used_ms = cpu_ms () - begin_ms;
    }
  while ((the_counts[SIGPROF] < 15 || the_counts[SIGVTALRM] < 5) && used_ms < 10000);
  memset (&timer, 0, sizeof timer);
  setitimer (ITIMER_PROF, &timer, NULL);
  setitimer (ITIMER_VIRTUAL, &timer, NULL);
  sched_yield ();
  unsigned profiled = the_counts[SIGPROF] + the_counts[SIGVTALRM];
  for (unsigned i = 0; i < 1000; i++)
    mix ^= work (mix, 20000);
  bool quiet = the_counts[SIGPROF] + the_counts[SIGVTALRM] == profiled;
  printf ("profiled %s\n", used_ms < 10000 && quiet ? "right" : "wrong");

  use_all (true);
  printf ("foreign addresses %u, foreign masks %u\n", the_foreign, the_masks);
  return the_foreign != 0;
}
