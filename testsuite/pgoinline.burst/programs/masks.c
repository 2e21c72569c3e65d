/* Threads that block signals, wait for them, or take them from descriptors; calls that a signal would interrupt.
   What the program asked for it must get, and nothing else.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

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

static volatile unsigned the_received;
static void
on_signal (int number)
{
  (void) number;
  the_received++;
}

/* Blocks everything, works, and takes what comes.  */
static void *
waiter (void *argument)
{
  unsigned *received = argument;
  sigset_t all;
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, NULL);
  for (;;)
    {
      int number = 0;
      siginfo_t info;
      struct timespec limit = { 5, 0 };
      work (3, 200000);
      switch (received[0] % 3)
        {
        case 0: sigwait (&all, &number); break;
        case 1: number = sigwaitinfo (&all, &info); break;
        default: number = sigtimedwait (&all, &info, &limit); break;
        }
      if (number == SIGTERM)
        return NULL;
      if (number == SIGUSR1)
        received[0]++;
      else
        received[1]++;
    }
}

/* Takes signals that all others block.  */
static void *
taker (void *argument)
{
  unsigned *taken = argument;
  sigset_t all;
  sigfillset (&all);
  for (;;)
    {
      int number = 0;
      work (7, 100000); /* One that is sent meanwhile waits, too.  */
      sigwait (&all, &number);
      if (number == SIGTERM)
        return NULL;
      __atomic_fetch_add (&taken[number != SIGSEGV && number != SIGBUS], 1, __ATOMIC_RELAXED);
    }
}

int
main (void)
{
  sigset_t all, set, old;
  unsigned equal = 0, pendings = 0;

  /* Masks are as they were set.  */
  sigfillset (&all);
  for (unsigned i = 0; i < 3000; i++)
    {
      sigset_t wanted;
      sigemptyset (&wanted);
      for (int k = 1; k <= 64; k++)
        if (work (i, (unsigned) k % 7) >> k & 1)
          sigaddset (&wanted, k);
      sigprocmask (SIG_SETMASK, &wanted, NULL);
      work (i, 1000);
      sigprocmask (SIG_BLOCK, NULL, &set);
      int same = 1;
      for (int k = 1; k <= 64; k++)
        if (k != SIGKILL && k != SIGSTOP && k != 32 && k != 33)
          same &= sigismember (&set, k) == sigismember (&wanted, k);
      equal += (unsigned) same;
      sigemptyset (&set);
      sigprocmask (SIG_SETMASK, &set, &old);
      for (int k = 1; k <= 64; k++)
        if (k != SIGKILL && k != SIGSTOP && k != 32 && k != 33)
          same &= sigismember (&old, k) == sigismember (&wanted, k);
      equal += (unsigned) same;
    }
  printf ("masks %u\n", equal);

  /* Nothing is pending but what was sent.  */
  signal (SIGUSR1, on_signal);
  for (unsigned i = 0; i < 300; i++)
    {
      sigprocmask (SIG_BLOCK, &all, &old);
      work (i, 30000);
      raise (SIGUSR1);
      sigpending (&set);
      int right = 1;
      for (int k = 1; k <= 64; k++)
        right &= (sigismember (&set, k) == 1) == (k == SIGUSR1);
      pendings += (unsigned) right;
      /* Waits for the one, and is interrupted by no other.  */
      sigset_t none;
      sigemptyset (&none);
      unsigned before = the_received;
      sigsuspend (&none);
      pendings += the_received == before + 1;
      sigprocmask (SIG_SETMASK, &old, NULL);
    }
  printf ("pending %u\n", pendings);

  /* Threads that wait for any signal get those that are meant for them.  */
  unsigned received[3][2] = { { 0 } };
  pthread_t threads[3];
  sigprocmask (SIG_BLOCK, &all, &old);
  for (int i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, waiter, received[i]);
  for (unsigned i = 0; i < 60; i++)
    for (int k = 0; k < 3; k++)
      {
        unsigned volatile *count = &received[k][0];
        while (*count < i)
          usleep (100);
        pthread_kill (threads[k], SIGUSR1);
      }
  for (int i = 0; i < 3; i++)
    {
      while (*(unsigned volatile *) &received[i][0] < 60)
        usleep (100);
      pthread_kill (threads[i], SIGTERM);
      pthread_join (threads[i], NULL);
    }
  sigprocmask (SIG_SETMASK, &old, NULL);
  printf ("waited for %u %u %u, strange %u\n", received[0][0], received[1][0], received[2][0],
          received[0][1] + received[1][1] + received[2][1]);

  /* What is sent to the process, and blocked in all threads but by one that waits, gets there: the signals of faults, too.  */
  unsigned taken[2] = { 0, 0 };
  sigprocmask (SIG_BLOCK, &all, &old);
  pthread_create (&threads[0], NULL, taker, taken);
  for (unsigned i = 0; i < 100; i++)
    {
      unsigned volatile *count = &taken[0];
      kill (getpid (), i % 2 ? SIGSEGV : SIGBUS);
      for (unsigned k = 0; *count <= i && k < 20000; k++)
        {
          work (i, 30000);
          if (k % 32 == 31)
            usleep (1000);
        }
    }
  pthread_kill (threads[0], SIGTERM);
  pthread_join (threads[0], NULL);
  sigprocmask (SIG_SETMASK, &old, NULL);
  printf ("taken %u, strange %u\n", taken[0], taken[1]);

  /* A descriptor for all signals.  */
  sigprocmask (SIG_BLOCK, &all, &old);
  int fd = signalfd (-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
  unsigned ours = 0, strange = 0;
  for (unsigned i = 0; i < 200; i++)
    {
      struct signalfd_siginfo info;
      work (i, 50000);
      raise (SIGUSR2);
      while (read (fd, &info, sizeof info) == sizeof info)
        *(info.ssi_signo == SIGUSR2 ? &ours : &strange) += 1;
    }
  close (fd);
  sigprocmask (SIG_SETMASK, &old, NULL);
  printf ("descriptor %u, strange %u\n", ours, strange);

  /* Calls that any handled signal interrupts, though it restarts others.  */
  unsigned interrupted = 0;
  int pipes[2];
  if (pipe (pipes) != 0)
    return 1;
  int poller = epoll_create1 (0);
  sem_t semaphore;
  sem_init (&semaphore, 0, 0);
  for (unsigned i = 0; i < 150; i++)
    {
      struct pollfd wanted = { .fd = pipes[0], .events = POLLIN };
      struct timespec brief = { 0, 1000000 };
      struct timeval limit = { 0, 1000 };
      struct epoll_event event;
      fd_set fds;
      FD_ZERO (&fds);
      FD_SET (pipes[0], &fds);
      work (i, 50000);
      interrupted += poll (&wanted, 1, 1) != 0;
      work (i, 50000);
      interrupted += select (pipes[0] + 1, &fds, NULL, NULL, &limit) != 0;
      work (i, 50000);
      interrupted += nanosleep (&brief, NULL) != 0;
      work (i, 50000);
      interrupted += epoll_wait (poller, &event, 1, 1) != 0;
      work (i, 50000);
      interrupted += usleep (1000) != 0;
      work (i, 50000);
      struct timespec until;
      clock_gettime (CLOCK_REALTIME, &until);
      until.tv_nsec += 1000000;
      if (until.tv_nsec >= 1000000000)
        until.tv_sec++, until.tv_nsec -= 1000000000;
      interrupted += sem_timedwait (&semaphore, &until) == 0 || errno != ETIMEDOUT;
    }
  printf ("interrupted %u\n", interrupted);
  return 0;
}
