/* A program that takes what the burst recorder has, or goes behind its back:

     own signal     uses the recorder's signal, as all of the real-time ones
     own handler    installs a handler for SIGSEGV by a system call of its own, and needs it
     own none       none of it

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned the_received;
static sigjmp_buf the_jump;

static void
on_signal (int number)
{
  (void) number;
  the_received++;
}

static void
on_fault (int number)
{
  (void) number;
  siglongjmp (the_jump, 1);
}

/* Until the process has used so much CPU time.  */
static void
burn_ms (long ms)
{
  struct timespec now;
  uint64_t x = 1;
  do
    {
      for (unsigned i = 0; i < 20000; i++)
        {
          x = x * 6364136223846793005u + 1442695040888963407u;
          if (x >> 62 == 3)
            x ^= x >> 17;
        }
      __asm__ volatile ("" : "+r" (x)); /* Not to be optimised away.  */
      clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    }
  while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < ms);
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  burn_ms (200);
  if (!strcmp (what, "signal"))
    {
      for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        signal (number, on_signal);
      for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        raise (number);
    }
  else if (!strcmp (what, "handler"))
    {
      /* What the kernel takes; the C library's restorer isn't needed by a handler that never returns.  */
      struct
      {
        void (*handler) (int);
        unsigned long flags;
        void (*restorer) (void);
        uint64_t mask;
      } action = { .handler = on_fault, .flags = 0x04000000 };
      syscall (SYS_rt_sigaction, SIGSEGV, &action, NULL, 8);
    }
  /* The collector looks at the handlers every 1.6 s at the latest.  */
  for (int i = 0; i < 4 && strcmp (what, "none"); i++)
    {
      struct timespec wait = { 0, 500000000 };
      burn_ms (250 + 50 * i);
      nanosleep (&wait, NULL);
    }
  volatile int faults = strcmp (what, "handler") == 0 ? 100 : 0;
  char *volatile nowhere = NULL;
  while (faults-- > 0)
    {
      if (sigsetjmp (the_jump, 1) == 0)
        *nowhere = 1;
      the_received++;
    }
  burn_ms (500);
  printf ("received %s\n", the_received == 0 ? "none" : the_received >= (unsigned) (SIGRTMAX - SIGRTMIN + 1) ? "all" : "some");
  return 3;
}
