/* Threads that come and go during bursts; mutexes, condition variables, barriers, thread-specific data,
   cancellation.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t the_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t the_condition = PTHREAD_COND_INITIALIZER;
static uint64_t the_sum, the_queue[16];
static unsigned the_head, the_tail, the_done;
static __thread uint64_t the_own;
static pthread_key_t the_key;
static unsigned the_destroyed;

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

static void *
add_up (void *argument)
{
  uint64_t own = 0;
  for (unsigned i = 0; i < 2000; i++)
    {
      uint64_t value = work ((uintptr_t) argument + i, 20) >> 40;
      own += value;
      the_own += value;
      pthread_mutex_lock (&the_mutex);
      the_sum += value;
      pthread_mutex_unlock (&the_mutex);
    }
  return (void *) (uintptr_t) (own == the_own);
}

static void *
produce (void *argument)
{
  for (unsigned i = 0; i < 5000; i++)
    {
      uint64_t value = work ((uintptr_t) argument * 7 + i, 10);
      pthread_mutex_lock (&the_mutex);
      while (the_head - the_tail == 16)
        pthread_cond_wait (&the_condition, &the_mutex);
      the_queue[the_head++ % 16] = value;
      pthread_cond_broadcast (&the_condition);
      pthread_mutex_unlock (&the_mutex);
    }
  return NULL;
}

static void *
consume (void *argument)
{
  uint64_t *sum = argument;
  pthread_mutex_lock (&the_mutex);
  while (the_done < 2 * 5000)
    {
      if (the_head == the_tail)
        {
          pthread_cond_wait (&the_condition, &the_mutex);
          continue;
        }
      *sum += the_queue[the_tail++ % 16];
      the_done++;
      pthread_cond_broadcast (&the_condition);
    }
  pthread_mutex_unlock (&the_mutex);
  return NULL;
}

static void *
brief (void *argument)
{
  pthread_setspecific (the_key, argument);
  return (void *) (uintptr_t) work ((uintptr_t) argument, 3000);
}

static void
destroy (void *value)
{
  (void) value;
  __atomic_fetch_add (&the_destroyed, 1, __ATOMIC_RELAXED);
}

static void *
spin (void *argument)
{
  int old;
  pthread_setcanceltype (PTHREAD_CANCEL_ASYNCHRONOUS, &old);
  for (volatile uint64_t n = (uintptr_t) argument;; n = work (n, 100))
    ;
  return NULL;
}

int
main (void)
{
  pthread_t threads[8];
  unsigned good = 0;
  uint64_t mix = 0;
  for (unsigned round = 0; round < 4; round++)
    {
      for (uintptr_t i = 0; i < 4; i++)
        pthread_create (&threads[i], NULL, add_up, (void *) (i * 1000 + round));
      for (unsigned i = 0; i < 4; i++)
        {
          void *result;
          pthread_join (threads[i], &result);
          good += result != NULL;
        }
    }
  printf ("sum %llu, own %u\n", (unsigned long long) the_sum, good);

  uint64_t sums[2] = { 0, 0 };
  for (uintptr_t i = 0; i < 2; i++)
    {
      pthread_create (&threads[i], NULL, produce, (void *) (i + 1));
      pthread_create (&threads[i + 2], NULL, consume, &sums[i]);
    }
  for (unsigned i = 0; i < 4; i++)
    pthread_join (threads[i], NULL);
  printf ("queue %llu of %u\n", (unsigned long long) (sums[0] + sums[1]), the_done);

  pthread_key_create (&the_key, destroy);
  for (uintptr_t i = 1; i <= 2000; i++)
    {
      void *result;
      if (pthread_create (&threads[0], NULL, brief, (void *) i) != 0)
        abort ();
      pthread_join (threads[0], &result);
      mix ^= (uintptr_t) result;
    }
  printf ("brief %llu, destroyed %u\n", (unsigned long long) mix, the_destroyed);

  unsigned canceled = 0;
  for (uintptr_t i = 0; i < 40; i++)
    {
      void *result;
      pthread_create (&threads[0], NULL, spin, (void *) i);
      usleep (500);
      pthread_cancel (threads[0]);
      pthread_join (threads[0], &result);
      canceled += result == PTHREAD_CANCELED;
    }
  printf ("canceled %u\n", canceled);
  return 3;
}
