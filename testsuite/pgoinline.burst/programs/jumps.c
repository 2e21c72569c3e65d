/* setjmp and longjmp, ucontext switches with stacks of their own, and coroutines switched by hand, all of
   which move the stack pointer under the feet of whoever keeps anything on the stack.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

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

static jmp_buf the_jump;

__attribute__ ((noinline)) static unsigned
descend (unsigned depth, uint64_t seed)
{
  volatile uint64_t frame[8] = { seed, depth };
  if (work (seed, 5) % 13 == 0)
    longjmp (the_jump, (int) depth + 1);
  if (depth == 30)
    return 0;
  return descend (depth + 1, seed * 3 + depth) + (frame[0] != seed);
}

#define N_CONTEXTS 16
static ucontext_t the_main, the_contexts[N_CONTEXTS];
static uint64_t the_sums[N_CONTEXTS];
static unsigned the_finished;

static void
run_context (int index)
{
  for (unsigned i = 0; i < 300; i++)
    {
      the_sums[index] += work ((uint64_t) index * 1000 + i, 50) >> 50;
      swapcontext (&the_contexts[index], &the_contexts[(index + 1) % N_CONTEXTS]);
    }
  the_finished++;
}

/* Coroutines: push what a call preserves, exchange stack pointers, pop.  */
void switch_to (void **from, void *to);
__asm__ (".text; .globl switch_to; switch_to: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15;"
         "mov %rsp, (%rdi); mov %rsi, %rsp; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret");

#define N_COROUTINES 8
static struct
{
  void *stack_pointer;
  uint64_t sum;
  char stack[8192] __attribute__ ((aligned (16)));
} the_coroutines[N_COROUTINES];
static void *the_scheduler;
static unsigned the_current;

static void
coroutine (void)
{
  unsigned self = the_current;
  for (unsigned i = 0;; i++)
    {
      the_coroutines[self].sum += work (self * 7919 + i, 30) >> 48;
      switch_to (&the_coroutines[self].stack_pointer, the_scheduler);
    }
}

static void
jump (void)
{
  unsigned volatile jumps = 0, ends = 0, depths = 0;
  for (volatile unsigned i = 0; i < 60000; i++)
    {
      int depth = setjmp (the_jump);
      if (depth == 0)
        ends += descend (0, i) == 0;
      else
        {
          jumps++;
          depths += (unsigned) depth;
        }
    }
  printf ("jumps %u, ends %u, depths %u\n", jumps, ends, depths);
}

int
main (void)
{
  jump ();
  for (int i = 0; i < N_CONTEXTS; i++)
    {
      getcontext (&the_contexts[i]);
      the_contexts[i].uc_stack.ss_sp = malloc (65536);
      the_contexts[i].uc_stack.ss_size = 65536;
      the_contexts[i].uc_link = i + 1 < N_CONTEXTS ? &the_contexts[i + 1] : &the_main;
      makecontext (&the_contexts[i], (void (*) (void)) (void *) run_context, 1, i);
    }
  swapcontext (&the_main, &the_contexts[0]);
  uint64_t sum = 0;
  for (int i = 0; i < N_CONTEXTS; i++)
    sum = sum * 31 + the_sums[i];
  printf ("contexts %u, sum %llu\n", the_finished, (unsigned long long) sum);

  for (unsigned i = 0; i < N_COROUTINES; i++)
    {
      uint64_t *top = (uint64_t *) (void *) (the_coroutines[i].stack + sizeof the_coroutines[i].stack);
      *--top = 0;
      *--top = (uintptr_t) coroutine;
      top -= 6;
      memset (top, 0, 48);
      the_coroutines[i].stack_pointer = top;
    }
  for (unsigned round = 0; round < 40000; round++)
    {
      the_current = round * 5 % N_COROUTINES;
      switch_to (&the_scheduler, the_coroutines[the_current].stack_pointer);
    }
  sum = 0;
  for (unsigned i = 0; i < N_COROUTINES; i++)
    sum = sum * 31 + the_coroutines[i].sum;
  printf ("coroutines, sum %llu\n", (unsigned long long) sum);
  return 0;
}
