/* Fixed work in four threads, for burst-budget: a hash table that is filled and searched, and sorting.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, SLOTS = 1 << 16, ROUNDS = 1000 };

static int
compare (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
  return (x > y) - (x < y);
}

static void *
work (void *argument)
{
  uint64_t random = (uintptr_t) argument * 0x9e3779b97f4a7c15u + 1, sum = 0;
  uint32_t *table = calloc (SLOTS, sizeof *table), *values = malloc (SLOTS / 4 * sizeof *values);
  for (unsigned round = 0; round < ROUNDS; round++)
    {
      for (unsigned i = 0; i < SLOTS / 4; i++)
        {
          random = random * 6364136223846793005u + 1442695040888963407u;
          uint32_t value = values[i] = (uint32_t) (random >> 40) | 1, at = value * 2654435761u % SLOTS;
          while (table[at] != 0 && table[at] != value)
            at = (at + 1) % SLOTS;
          table[at] = value;
        }
      qsort (values, SLOTS / 4, sizeof *values, compare);
      for (unsigned i = 0; i < SLOTS / 4; i++)
        sum += values[i] * (uint64_t) i;
      for (unsigned i = 0; i < SLOTS; i++)
        table[i] = 0;
    }
  free (table);
  free (values);
  return (void *) (uintptr_t) sum;
}

int
main (void)
{
  pthread_t threads[THREADS];
  uint64_t sum = 0;
  for (uintptr_t i = 0; i < THREADS; i++)
    pthread_create (&threads[i], NULL, work, (void *) (i + 1));
  for (int i = 0; i < THREADS; i++)
    {
      void *result;
      pthread_join (threads[i], &result);
      sum += (uintptr_t) result;
    }
  printf ("%llu\n", (unsigned long long) sum);
  return 0;
}
