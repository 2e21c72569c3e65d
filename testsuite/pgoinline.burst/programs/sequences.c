/* Restartable sequences: a counter for each CPU, incremented without a lock.  Executed elsewhere than where the kernel
   knows it, the sequence would not restart, and increments would be lost.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/rseq.h>
#include <unistd.h>

#define MAX_CPUS 1024
#define N_THREADS 6
#define N_TIMES 500000u

static struct { uint64_t count; char pad[56]; } the_counters[MAX_CPUS] __attribute__ ((aligned (64)));

static struct rseq *
area (void)
{
  return (struct rseq *) ((char *) __builtin_thread_pointer () + __rseq_offset);
}

/* Add 1 to this CPU's counter.  The window between load and store is made wide.  */
static void
increment (void)
{
  struct rseq *rseq = area ();
  for (;;)
    {
      uint32_t cpu = rseq->cpu_id_start;
      __asm__ goto (".pushsection __rseq_cs, \"aw\"; .balign 32\n"
                    "3: .long 0, 0; .quad 1f, 2f-1f, 4f\n .popsection\n"
                    "lea 3b(%%rip), %%rax; mov %%rax, %[cs]\n"
                    "1: cmp %[cpu], %[current]; jne %l[again]\n"
                    "mov %[count], %%rax\n"
                    "mov $20, %%ecx; 5: dec %%ecx; jnz 5b; jmp 7f; 7:\n"
                    "inc %%rax\n"
                    "mov %%rax, %[count]\n"
                    "2: jmp 8f\n"
                    ".byte 0x0f, 0xb9, 0x3d; .long 0x53053053\n"
                    "4: jmp %l[again]\n"
                    "8:\n"
                    : : [cs] "m" (rseq->rseq_cs), [cpu] "r" (cpu), [current] "m" (rseq->cpu_id),
                        [count] "m" (the_counters[cpu].count)
                    : "rax", "rcx", "memory", "cc" : again);
      return;
    again:;
    }
}

static void *
run (void *argument)
{
  uint64_t x = (uintptr_t) argument;
  for (unsigned i = 0; i < N_TIMES; i++)
    {
      increment ();
      x = x * 6364136223846793005u + i;
    }
  return (void *) (uintptr_t) x;
}

int
main (void)
{
  pthread_t threads[N_THREADS];
  uint64_t sum = 0, mix = 0;
  if (__rseq_size == 0)
    {
      puts ("no restartable sequences here");
      return 0;
    }
  for (uintptr_t i = 0; i < N_THREADS; i++)
    pthread_create (&threads[i], NULL, run, (void *) i);
  for (unsigned i = 0; i < N_THREADS; i++)
    {
      void *result;
      pthread_join (threads[i], &result);
      mix ^= (uintptr_t) result;
    }
  for (unsigned i = 0; i < MAX_CPUS; i++)
    sum += the_counters[i].count;
  printf ("%llu of %llu, %llu\n", (unsigned long long) sum, (unsigned long long) N_THREADS * N_TIMES,
          (unsigned long long) mix);
  return sum != (uint64_t) N_THREADS * N_TIMES;
}
