/* fork, vfork, posix_spawn, exec and system, also from several threads, between and in bursts.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <pthread.h>
#include <spawn.h>
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
