/* A program that is asked for profiles: two threads that burn CPU time, and what the checks want of it.

     service [HOW]    HOW: nothing, or
       api            serve by pgosample_serve, not by the environment
       sample         sample by pgosample_start meanwhile
       fork           the busy threads run in a child
       stop           stop serving after a line on standard input, and say so

   Prints a line "at PLACE" with the address, and then lines about what it did; ends when standard input does.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/pgosample.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

volatile unsigned sink;

__attribute__ ((noinline)) void
burn (void)
{
  for (unsigned i = 0; i < 1000000; i++)
    sink += i * sink;
}

static void *
work (void *unused)
{
  for (;;)
    {
      burn ();
      usleep (20000);
    }
  return unused;
}

static void
start_work (void)
{
  pthread_t thread;
  for (int i = 0; i < 2; i++)
    pthread_create (&thread, NULL, work, NULL);
}

static void
tell_place (void)
{
  const char *place = strstr (pgosample_status (), "; http ");
  printf ("at %s\n", place != NULL ? place + 7 : "nowhere");
}

int
main (int argc, char **argv)
{
  const char *how = argc > 1 ? argv[1] : "";
  char line[100];
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (strcmp (how, "api") == 0)
    {
      printf ("nowhere %d\n", pgosample_serve ("hz=5") == EINVAL && pgosample_serve ("http=x") == EINVAL
                                && pgosample_serve (NULL) == EINVAL);
      printf ("serve %d\n", pgosample_serve ("http=127.0.0.1:0,hz=500"));
      printf ("again %d\n", pgosample_serve ("http=127.0.0.1:0") == EALREADY);
    }
  if (strcmp (how, "sample") == 0)
    printf ("start %d\n", pgosample_start ("hz=100,out=own.pprof"));
  if (strcmp (how, "fork") == 0)
    {
      pid_t child = fork ();
      if (child == 0)
        {
          start_work ();
          pause ();
        }
      tell_place ();
      while (fgets (line, sizeof line, stdin) != NULL)
        ;
      kill (child, SIGKILL);
      return 0;
    }
  start_work ();
  tell_place ();
  while (fgets (line, sizeof line, stdin) != NULL)
    if (strcmp (how, "stop") == 0)
      {
        printf ("stop %d\n", pgosample_serve (NULL));
        tell_place ();
      }
    else
      {
        /* What an API call says while a request's collection runs.  */
        printf ("api %d %d %d\n", pgosample_start (NULL) == EALREADY, pgosample_stop () == EINVAL,
                pgosample_write ("no.pprof") == EINVAL);
      }
  return 3;
}
