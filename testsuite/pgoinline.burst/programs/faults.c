/* Faults and traps that the program handles itself: page protection as a write barrier, guard pages, null
   pointers, division by zero, ud2, int3, single-stepping, stack overflow on a signal stack; handlers that
   return, change registers, jump away, are reset on delivery; the same signals sent by another thread meanwhile, also to
   handlers that run on a signal stack.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096

static char *the_heap;
static volatile unsigned the_barriers, the_skips, the_steps, the_breaks, the_wrong;
static sigjmp_buf the_jump;

extern const char skip_load[], skip_load_end[], skip_divide[], skip_divide_end[], skip_undefined[];

static void
on_fault (int number, siginfo_t *info, void *opaque)
{
  ucontext_t *context = opaque;
  greg_t *registers = context->uc_mcontext.gregs;
  const char *pc = (const char *) registers[REG_RIP], *address = info->si_addr;
  if (number == SIGSEGV && address >= the_heap && address < the_heap + 64 * PAGE)
    {
      the_barriers++;
      mprotect ((char *) ((uintptr_t) address & ~(uintptr_t) (PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
      return;
    }
  if (pc == skip_load && number == SIGSEGV && address == (char *) 16)
    {
      /* All registers as the code below left them.  */
      the_wrong += registers[REG_RCX] != 0x1111 || registers[REG_RDX] != 0x2222 || registers[REG_R11] != 0x3333;
      registers[REG_RAX] = 7;
      registers[REG_RIP] += skip_load_end - skip_load;
      the_skips++;
      return;
    }
  if (pc == skip_divide && number == SIGFPE && info->si_code == FPE_INTDIV && address == pc)
    {
      registers[REG_RAX] = 8;
      registers[REG_RIP] += skip_divide_end - skip_divide;
      the_skips++;
      return;
    }
  if (pc == skip_undefined && number == SIGILL)
    {
      registers[REG_RIP] += 2;
      the_skips++;
      return;
    }
  siglongjmp (the_jump, number);
}

static void
on_trap (int number, siginfo_t *info, void *opaque)
{
  (void) number;
  if (info->si_code == TRAP_TRACE)
    the_steps++;
  else
    the_breaks++;
  (void) opaque;
}

static uint64_t
skipping (uint64_t n)
{
  uint64_t sum = 0;
  for (uint64_t i = 0; i < n; i++)
    {
      uint64_t result;
      __asm__ volatile ("mov $0x1111, %%ecx; mov $0x2222, %%edx; mov $0x3333, %%r11d; xor %%eax, %%eax\n"
                        "  cmp $1, %%ecx; je 1f\n"
                        "1: .globl skip_load, skip_load_end; skip_load: mov 16(%%rax), %%rax; skip_load_end:\n"
                        : "=&a" (result) : : "rcx", "rdx", "r11", "cc", "memory");
      sum += result;
      __asm__ volatile ("xor %%edx, %%edx; mov $5, %%eax; xor %%ecx, %%ecx\n"
                        "  .globl skip_divide, skip_divide_end; skip_divide: div %%ecx; skip_divide_end:\n"
                        : "=&a" (result) : : "rcx", "rdx", "cc");
      sum += result;
      if (i % 16 == 0)
        __asm__ volatile (".globl skip_undefined; skip_undefined: ud2");
    }
  return sum;
}

static volatile int the_limit = 1 << 30;

static int
overflow (int depth)
{
  volatile char room[512];
  room[0] = (char) depth;
  return depth == the_limit ? 0 : overflow (depth + 1) + room[0];
}

/* Signals of faults that are sent: to code that causes others, and to a handler that runs on a signal stack.  */
static volatile unsigned the_sent, the_spoilt;
static volatile bool the_end;

static void
on_sent_or_fault (int number, siginfo_t *info, void *context)
{
  volatile uint64_t frame[64];
  for (unsigned i = 0; i < 64; i++)
    frame[i] = i;
  if (number == SIGSEGV && info->si_code > 0)
    on_fault (number, info, context);
  else if (info->si_code == SI_TKILL)
    the_sent++;
  else
    the_spoilt++;
  for (unsigned k = 0; number == SIGUSR1 && k < 300; k++)
    for (unsigned i = 0; i < 64; i++)
      the_spoilt += frame[i] != i;
}

static void *
send_faults (void *target)
{
  static const int numbers[] = { SIGSEGV, SIGBUS, SIGUSR1, SIGFPE };
  for (unsigned i = 0; !the_end; i++)
    {
      struct timespec pause = { 0, 100000 };
      pthread_kill (*(pthread_t *) target, numbers[i % 4]);
      nanosleep (&pause, NULL);
    }
  return NULL;
}

static uint64_t
bombarded (unsigned rounds)
{
  struct sigaction action;
  uint64_t x = 1, sum = 0;
  pthread_t self = pthread_self (), thread;
  memset (&action, 0, sizeof action);
  action.sa_sigaction = on_sent_or_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  sigaction (SIGFPE, &action, NULL);
  sigaction (SIGUSR1, &action, NULL);
  memset (the_heap, 0, 64 * PAGE);
  pthread_create (&thread, NULL, send_faults, &self);
  for (unsigned round = 0; round < rounds; round++)
    {
      mprotect (the_heap, 64 * PAGE, PROT_READ);
      for (unsigned i = 0; i < 20000; i++)
        {
          x = x * 6364136223846793005u + 1442695040888963407u;
          the_heap[(x >> 33) % (64 * PAGE)]++;
        }
    }
  the_end = true;
  pthread_join (thread, NULL);
  for (unsigned i = 0; i < 64 * PAGE; i++)
    sum += (unsigned char) the_heap[i];
  return sum;
}

/* How a child ends that runs ACT.  */
static int
ending (void (*act) (void))
{
  fflush (stdout);
  pid_t pid = fork ();
  if (pid == 0)
    {
      uint64_t x = 1;
      for (unsigned i = 0; i < 3000000; i++)
        x = x * 6364136223846793005u + i;
      if (x != 0)
        act ();
      _exit (1);
    }
  int status;
  waitpid (pid, &status, 0);
  return WIFSIGNALED (status) ? -WTERMSIG (status) : WEXITSTATUS (status);
}

static int *volatile the_null;
static void die_null (void) { *the_null = 1; }
static void die_divide (void) { volatile int zero = 0; _exit (5 / zero); }
static void die_trap (void) { __asm__ volatile ("int3"); }
static void die_kill (void) { kill (getpid (), SIGSEGV); _exit (2); }
static void die_overflow (void) { _exit (overflow (0)); }
static void die_ignored (void) { signal (SIGSEGV, SIG_IGN); die_null (); }
static void die_blocked (void)
{
  sigset_t set;
  sigfillset (&set);
  sigprocmask (SIG_SETMASK, &set, NULL);
  signal (SIGSEGV, (sighandler_t) (void *) on_fault);
  die_null ();
}
static volatile int the_resets;
static void on_reset (int number) { (void) number; the_resets++; }
static void
die_reset (void)
{
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_handler = on_reset;
  action.sa_flags = (int) SA_RESETHAND;
  sigaction (SIGSEGV, &action, NULL);
  raise (SIGSEGV);
  sigaction (SIGSEGV, NULL, &action);
  if (the_resets != 1 || action.sa_handler != SIG_DFL)
    _exit (3);
  die_null ();
}

/* A handler that is reset when it is called, by a fault: the usual reporter of crashes.  */
static void
on_reset_jump (int number)
{
  struct sigaction now;
  sigaction (number, NULL, &now);
  the_resets += now.sa_handler == SIG_DFL && (now.sa_flags & (int) SA_RESETHAND) && (now.sa_flags & SA_NODEFER);
  siglongjmp (the_jump, number);
}

static void
reset_by_faults (unsigned n)
{
  struct sigaction action, before;
  uint64_t x = 1;
  memset (&action, 0, sizeof action);
  action.sa_handler = on_reset_jump;
  action.sa_flags = (int) (SA_RESETHAND | SA_NODEFER);
  sigaction (SIGSEGV, NULL, &before);
  for (unsigned volatile i = 0; i < n; i++)
    {
      sigaction (SIGSEGV, &action, NULL);
      for (unsigned k = 0; k < 2000; k++)
        x = x * 6364136223846793005u + k;
      if (sigsetjmp (the_jump, 1) == 0)
        *(volatile char *) (uintptr_t) (x ? 1 : 8192) = 1;
    }
  sigaction (SIGSEGV, &before, NULL);
}

int
main (void)
{
  struct sigaction action, old;
  static char stack[65536];
  stack_t signal_stack = { .ss_sp = stack, .ss_size = sizeof stack };
  sigaltstack (&signal_stack, NULL);
  memset (&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  sigaction (SIGFPE, &action, NULL);
  sigaction (SIGILL, &action, NULL);
  action.sa_sigaction = on_trap;
  sigaction (SIGTRAP, &action, NULL);
  sigaction (SIGSEGV, NULL, &old);
  printf ("installed %d %x\n", old.sa_sigaction == on_fault, old.sa_flags & 0xf);

  /* A write barrier.  */
  the_heap = mmap (NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t x = 1, sum = 0;
  for (unsigned round = 0; round < 60; round++)
    {
      mprotect (the_heap, 64 * PAGE, PROT_READ);
      for (unsigned i = 0; i < 20000; i++)
        {
          x = x * 6364136223846793005u + 1442695040888963407u;
          the_heap[(x >> 33) % (64 * PAGE)]++;
        }
    }
  for (unsigned i = 0; i < 64 * PAGE; i++)
    sum += (unsigned char) the_heap[i];
  printf ("barriers %u, sum %llu\n", the_barriers, (unsigned long long) sum);

  sum = skipping (20000);
  printf ("skipped %u, sum %llu, wrong registers %u\n", the_skips, (unsigned long long) sum, the_wrong);

  /* Away from a fault by a jump.  */
  unsigned volatile jumps = 0;
  for (volatile unsigned i = 0; i < 3000; i++)
    {
      if (sigsetjmp (the_jump, 1) == 0)
        *(volatile char *) (uintptr_t) (i % 2 ? 1 : 8192) = 1;
      else
        jumps++;
      for (unsigned k = 0; k < 500; k++)
        x = x * 6364136223846793005u + k;
    }
  printf ("jumped %u\n", jumps);

  sum = bombarded (60);
  printf ("bombarded %s, sum %llu, spoilt %u\n", the_sent != 0 ? "often" : "never", (unsigned long long) sum, the_spoilt);
  sigaction (SIGSEGV, &old, NULL);

  reset_by_faults (3000);
  printf ("reset %u\n", the_resets);
  the_resets = 0;

  /* Stack overflow.  */
  unsigned volatile overflows = 0;
  for (volatile unsigned i = 0; i < 5; i++)
    {
      if (sigsetjmp (the_jump, 1) == 0)
        printf ("%d\n", overflow (0));
      else
        overflows++;
    }
  printf ("overflowed %u\n", overflows);

  /* Traps.  */
  for (unsigned i = 0; i < 2000; i++)
    {
      for (unsigned k = 0; k < 200; k++)
        x = x * 6364136223846793005u + k;
      __asm__ volatile ("int3");
    }
  for (unsigned i = 0; i < 200; i++)
    {
      for (unsigned k = 0; k < 200; k++)
        x = x * 6364136223846793005u + k;
      __asm__ volatile ("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; xor %%ecx, %%ecx; 1: inc %%ecx; cmp $5, %%ecx; jne 1b;"
                        "pushfq; andq $~0x100, (%%rsp); popfq" : : : "rcx", "cc", "memory");
    }
  printf ("breaks %u, steps %u\n", the_breaks, the_steps);

  signal (SIGSEGV, SIG_DFL);
  signal (SIGFPE, SIG_DFL);
  signal (SIGTRAP, SIG_DFL);
  printf ("ends %d %d %d", ending (die_null), ending (die_divide), ending (die_trap));
  printf (" %d %d %d", ending (die_kill), ending (die_overflow), ending (die_ignored));
  printf (" %d %d\n", ending (die_blocked), ending (die_reset));
  return x != 0;
}
