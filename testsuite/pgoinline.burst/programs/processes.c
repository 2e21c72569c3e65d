/* fork, vfork, posix_spawn, exec and system, also from several threads, between and in bursts, as soon as a process
   has begun, and while another thread changes signal handlers.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

static int
wait_for (pid_t pid)
{
  int status = -1;
  if (waitpid (pid, &status, 0) != pid)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static int
forked (unsigned i)
{
  pid_t pid = fork ();
  if (pid == 0)
    {
      uint64_t x = work (i, 200000);
      /* A grandchild, too.  */
      pid_t inner = fork ();
      if (inner == 0)
        _exit ((int) (work (x, 1000) & 63));
      _exit (wait_for (inner) == (int) (work (x, 1000) & 63) ? (int) (x & 127) : 255);
    }
  uint64_t x = work (i, 200000);
  return wait_for (pid) == (int) (x & 127);
}

static int
vforked (const char *program, unsigned i)
{
  char text[20];
  snprintf (text, sizeof text, "%u", i);
  char *const args[] = { (char *) program, text, NULL };
  volatile uint64_t x = work (i, 20000);
  pid_t pid = vfork ();
  if (pid == 0)
    {
      x = work (x, 10);         /* Seen by the parent.  */
      execv (program, args);
      _exit (99);
    }
  return wait_for (pid) == (int) (work (i, 100000) & 127) && x == work (work (i, 20000), 10);
}

static int
spawned (const char *program, unsigned i)
{
  char text[20];
  pid_t pid;
  snprintf (text, sizeof text, "%u", i);
  char *const args[] = { (char *) program, text, NULL };
  if (posix_spawn (&pid, program, NULL, NULL, args, environ) != 0)
    return 0;
  work (i, 100000);
  return wait_for (pid) == (int) (work (i, 100000) & 127);
}

/* A process that forks before it has done anything, and again.  */
static int
forked_at_once (unsigned i)
{
  pid_t pid = fork ();
  if (pid == 0)
    {
      for (unsigned k = 0; k < 3 && (pid = fork ()) == 0; k++)
        work (i, 50 * i);
      uint64_t x = work (i, 300000);
      _exit (pid == 0 || wait_for (pid) == (int) (x & 127) ? (int) (x & 127) : 255);
    }
  return wait_for (pid) == (int) (work (i, 300000) & 127);
}

static volatile unsigned the_faults;

static void
on_fault (int number)
{
  (void) number;
  the_faults++;
}

/* A child of vfork has signal handlers and a mask of its own, though the memory is the parent's.  */
static int
vforked_apart (const char *program, unsigned i)
{
  char text[20];
  snprintf (text, sizeof text, "%u", i);
  char *const args[] = { (char *) program, text, NULL };
  sigset_t all, set;
  sigfillset (&all);
  signal (SIGSEGV, on_fault);
  pid_t pid = vfork ();
  if (pid == 0)
    {
      signal (SIGSEGV, SIG_DFL);
      sigprocmask (SIG_BLOCK, &all, NULL);
      execv (program, args);
      _exit (99);
    }
  int good = wait_for (pid) == (int) (work (i, 100000) & 127);
  unsigned before = the_faults;
  raise (SIGSEGV);
  good &= the_faults == before + 1 && signal (SIGSEGV, SIG_DFL) == on_fault;
  sigprocmask (SIG_BLOCK, NULL, &set);
  for (int k = 1; k <= 64; k++)
    good &= sigismember (&set, k) != 1;
  return good;
}

static volatile bool the_stop;

static void *
change_handlers (void *unused)
{
  (void) unused;
  while (!the_stop)
    signal (SIGBUS, signal (SIGBUS, SIG_IGN) == SIG_IGN ? SIG_DFL : SIG_IGN);
  return NULL;
}

/* wait_for, of a child that may hang.  */
static int
wait_or_kill (pid_t pid)
{
  for (unsigned i = 0; i < 20000; i++)
    {
      int status;
      if (waitpid (pid, &status, WNOHANG) == pid)
        return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
      usleep (1000);
    }
  kill (pid, SIGKILL);
  return wait_for (pid);
}

/* While another thread is in the middle of it, wherever that is.  */
static unsigned
forked_meanwhile (unsigned n)
{
  pthread_t thread;
  unsigned good = 0;
  pthread_create (&thread, NULL, change_handlers, NULL);
  for (unsigned i = 0; i < n; i++)
    {
      pid_t pid = fork ();
      if (pid == 0)
        {
          signal (SIGSEGV, on_fault);
          _exit (signal (SIGSEGV, SIG_DFL) == on_fault ? 5 : 6);
        }
      good += wait_or_kill (pid) == 5;
    }
  the_stop = true;
  pthread_join (thread, NULL);
  return good;
}

static const char *the_program;

static void *
thread (void *argument)
{
  uintptr_t good = 0;
  for (unsigned i = 0; i < 10; i++)
    {
      good += (unsigned) forked (i + 100);
      good += (unsigned) spawned (the_program, i + 200);
      good += (unsigned) vforked (the_program, i + 300);
    }
  (void) argument;
  return (void *) good;
}

int
main (int argc, char **argv)
{
  if (argc == 2)
    return (int) (work ((unsigned) atoi (argv[1]), 100000) & 127);
  if (argc == 3)
    {
      printf ("after exec %llu\n", (unsigned long long) work (7, 3000000));
      return 5;
    }
  unsigned forks = 0, vforks = 0, spawns = 0, systems = 0;
  the_program = argv[0];
  for (unsigned i = 0; i < 25; i++)
    {
      forks += (unsigned) forked (i);
      vforks += (unsigned) vforked (argv[0], i);
      spawns += (unsigned) spawned (argv[0], i);
    }
  for (unsigned i = 0; i < 5; i++)
    systems += system ("exit 3") >> 8 == 3;
  printf ("forks %u, vforks %u, spawns %u, systems %u\n", forks, vforks, spawns, systems);

  unsigned at_once = 0, apart = 0;
  for (unsigned i = 0; i < 30; i++)
    {
      at_once += (unsigned) forked_at_once (i);
      apart += (unsigned) vforked_apart (argv[0], i);
    }
  printf ("at once %u, apart %u, meanwhile %u\n", at_once, apart, forked_meanwhile (200));

  pthread_t threads[3];
  uintptr_t good = 0;
  for (int i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, thread, NULL);
  for (int i = 0; i < 3; i++)
    {
      void *result;
      pthread_join (threads[i], &result);
      good += (uintptr_t) result;
    }
  printf ("in threads %u\n", (unsigned) good);

  FILE *pipe = popen ("cat", "w");
  fprintf (pipe, "through a pipe %llu\n", (unsigned long long) work (5, 1000000));
  fflush (stdout);
  pclose (pipe);
  fflush (stdout);
  execl (argv[0], argv[0], "a", "b", (char *) NULL);
  return 1;
}
