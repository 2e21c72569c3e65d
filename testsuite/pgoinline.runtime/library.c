/* A library for `subject dlopen'.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdint.h>
#include <time.h>

static uint64_t
thread_cpu_ns (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

/* Use MS of this thread's CPU time.  */
unsigned burn_library (unsigned ms);

unsigned
burn_library (unsigned ms)
{
  volatile uint64_t sum = 1;
  for (uint64_t end = thread_cpu_ns () + ms * 1000000ull; thread_cpu_ns () < end;)
    for (int i = 0; i < 20000; i++)
      sum = sum * 6364136223846793005ull + 1;
  return (unsigned) sum;
}
