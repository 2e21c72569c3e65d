/* Libraries that are loaded, executed in bursts, closed, and replaced by others at the same addresses; closed by one thread
   while another executes them, and executed by the closing itself.

   { burst-library plug }
   { burst-options "-ldl" }
   { burst-no-static }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef uint64_t function (uint64_t, unsigned);

static uint64_t
use (const char *name, uint64_t seed, unsigned n, void **where)
{
  void *library = dlopen (name, RTLD_NOW | RTLD_LOCAL);
  function *f = library ? (function *) dlsym (library, "plug") : NULL;
  if (!f)
    {
      printf ("%s\n", dlerror ());
      exit (1);
    }
  *where = (void *) f;
  seed = f (seed, n);
  dlclose (library);
  return seed;
}

static void *
other_thread (void *argument)
{
  uint64_t seed = (uintptr_t) argument;
  void *where;
  for (unsigned i = 0; i < 60; i++)
    seed = use (i % 3 ? "./libplug.so" : "./libplug-other.so", seed, 20000, &where);
  return (void *) (uintptr_t) seed;
}

int
main (void)
{
  uint64_t seed = 1;
  void *first = NULL, *last = NULL;
  unsigned same = 0;
  for (unsigned i = 0; i < 300; i++)
    {
      seed = use (i % 2 ? "./libplug.so" : "./libplug-other.so", seed, 20000, &last);
      if (!first)
        first = last;
      same += first == last;
    }
  uint64_t closed = 0;
  for (unsigned i = 0; i < 100; i++)
    {
      void *library = dlopen (i % 2 ? "./libplug.so" : "./libplug-other.so", RTLD_NOW | RTLD_LOCAL);
      uint64_t **at_close = library ? dlsym (library, "plug_closed") : NULL, *opened = library ? dlsym (library, "plug_opened") : NULL;
      if (!at_close || !opened)
        return 1;
      *at_close = &closed;
      closed ^= *opened;
      dlclose (library);
    }
  printf ("closed %llu\n", (unsigned long long) closed);
  printf ("%llu, %s\n", (unsigned long long) seed, same > 100 ? "mostly at one address" : "at many addresses");

  pthread_t threads[3];
  for (uintptr_t i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, other_thread, (void *) (i + 1));
  for (int i = 0; i < 3; i++)
    {
      void *result;
      pthread_join (threads[i], &result);
      seed ^= (uintptr_t) result;
    }
  printf ("%llu\n", (unsigned long long) seed);
  return 0;
}
