/* System calls and memory without libc's state.

   The collector's thread is made by clone, unknown to libc (collector.h tells why), and has no libc
   thread-local storage: code that runs there, or in a signal handler, uses these and the functions of
   memory.c (memcpy and its kin), but nothing else of libc: no errno, malloc or stdio.  Results are the
   kernel's: -errno on failure.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_RAW_H
#define PGOINLINE_RUNTIME_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Elsewhere the collector is an ordinary thread, and libc's syscall will do.  */
#if (defined __x86_64__ && defined __LP64__) || defined __aarch64__
# ifndef PGO_RAW_THREAD
#  define PGO_RAW_THREAD 1
# endif
#else
# define PGO_RAW_THREAD 0
#endif

#if defined __x86_64__ && defined __LP64__
static inline long
pgo_syscall6 (long number, long a, long b, long c, long d, long e, long f)
{
  long result;
  register long r10 __asm__ ("r10") = d;
  register long r8 __asm__ ("r8") = e;
  register long r9 __asm__ ("r9") = f;
  __asm__ volatile ("syscall"
                    : "=a" (result)
                    : "a" (number), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
                    : "rcx", "r11", "memory");
  return result;
}
#elif defined __aarch64__
static inline long
pgo_syscall6 (long number, long a, long b, long c, long d, long e, long f)
{
  register long x8 __asm__ ("x8") = number;
  register long x0 __asm__ ("x0") = a;
  register long x1 __asm__ ("x1") = b;
  register long x2 __asm__ ("x2") = c;
  register long x3 __asm__ ("x3") = d;
  register long x4 __asm__ ("x4") = e;
  register long x5 __asm__ ("x5") = f;
  __asm__ volatile ("svc 0"
                    : "+r" (x0)
                    : "r" (x8), "r" (x1), "r" (x2), "r" (x3), "r" (x4), "r" (x5)
                    : "memory", "cc");
  return x0;
}
#else
# include <errno.h>
# include <unistd.h>
/* libc's, keeping errno.  */
static inline long
pgo_syscall6 (long number, long a, long b, long c, long d, long e, long f)
{
  int saved = errno;
  long result = syscall (number, a, b, c, d, e, f);
  if (result == -1)
    result = -errno;
  errno = saved;
  return result;
}
#endif

/* pgo_syscall (number, up to six arguments).  */
#define PGO_SYSCALL_PICK(n, a, b, c, d, e, f, ...) \
  pgo_syscall6 (n, (long) (a), (long) (b), (long) (c), (long) (d), (long) (e), (long) (f))
#define pgo_syscall(...) PGO_SYSCALL_PICK (__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static inline bool
pgo_raw_failed (long result)
{
  return (unsigned long) result > -4096ul;
}

#if PGO_RAW_THREAD
/* clone (FLAGS, with CLONE_VM) on the stack that ends at STACK_END, multiple of 16: the new thread runs
   FUNCTION and ends.  TLS and CLEAR_TID as the flags say.  The thread's id, or -errno.  libc's clone
   isn't used, because sanitizers replace it.  */
static inline long
pgo_raw_clone (unsigned long flags, void *stack_end, void *tls, uint32_t *clear_tid, void (*function) (void))
{
  long result;
# if defined __x86_64__
  register long r10 __asm__ ("r10") = (long) clear_tid;
  register long r8 __asm__ ("r8") = (long) tls;
  register long r9 __asm__ ("r9") = (long) function;
  __asm__ volatile ("syscall\n\t"
                    "test %%rax, %%rax\n\t"
                    "jnz 1f\n\t"
                    "xor %%ebp, %%ebp\n\t"
                    "call *%%r9\n\t"
                    "mov %[exit], %%eax\n\t"
                    "xor %%edi, %%edi\n\t"
                    "syscall\n"
                    "1:"
                    : "=a" (result)
                    : "a" (SYS_clone), "D" (flags), "S" (stack_end), "d" (0), "r" (r10), "r" (r8), "r" (r9),
                      [exit] "i" (SYS_exit)
                    : "rcx", "r11", "memory");
# else
  register long x8 __asm__ ("x8") = SYS_clone;
  register long x0 __asm__ ("x0") = (long) flags;
  register long x1 __asm__ ("x1") = (long) stack_end;
  register long x2 __asm__ ("x2") = 0;
  register long x3 __asm__ ("x3") = (long) tls;
  register long x4 __asm__ ("x4") = (long) clear_tid;
  register long x5 __asm__ ("x5") = (long) function;
  __asm__ volatile ("svc 0\n\t"
                    "cbnz x0, 1f\n\t"
                    "mov x29, 0\n\t"
                    "mov x30, 0\n\t"
                    "blr x5\n\t"
                    "mov x0, 0\n\t"
                    "mov x8, %[exit]\n\t"
                    "svc 0\n"
                    "1:"
                    : "+r" (x0)
                    : "r" (x8), "r" (x1), "r" (x2), "r" (x3), "r" (x4), "r" (x5), [exit] "i" (SYS_exit)
                    : "memory", "cc");
  result = x0;
# endif
  return result;
}
#endif

/* Find out which of the system calls that filters like to kill for (seccomp, systemd's SystemCallFilter=) are
   forbidden here: a forked child tries each.  Without a filter it does nothing.  */
void pgo_raw_probe (void);
/* Whether system call NUMBER was found to be forbidden.  False of those that weren't tried.  */
bool pgo_raw_forbidden (long number);

/* SIZE zeroed bytes, whole pages, taken as they are touched; NULL if there is none.  */
void *pgo_raw_map (size_t size);
void pgo_raw_unmap (void *memory, size_t size);

/* A descriptor that exec closes, or -errno.  */
int pgo_raw_open (const char *path, int flags, int mode);
void pgo_raw_close (int fd);
/* Up to SIZE bytes; short only at the end of the file; -errno.  */
long pgo_raw_read (int fd, void *buffer, size_t size);
/* All SIZE bytes: 0 or -errno.  */
int pgo_raw_write (int fd, const void *data, size_t size);

/* Copy SIZE bytes at ADDRESS of this process, which need not be mapped: false if not all of them are
   readable.  */
bool pgo_raw_peek (uint64_t address, void *buffer, size_t size);

/* Sleep until *WORD is no longer EXPECTED, a wake, or TIMEOUT_MS (negative: none).  May wake early.  */
void pgo_raw_wait (uint32_t *word, uint32_t expected, long timeout_ms);
void pgo_raw_wake (uint32_t *word);

/* CLOCK_MONOTONIC and CLOCK_REALTIME, nanoseconds.  */
uint64_t pgo_raw_now_ns (void);
uint64_t pgo_raw_date_ns (void);
/* CPU time of the calling thread.  */
uint64_t pgo_raw_thread_time_ns (void);

/* User CPU time of the whole process so far, nanoseconds.  */
uint64_t pgo_raw_user_time_ns (void);

/* Text built in a fixed buffer: appends are cut at its end, and it is always terminated.  */
struct pgo_text
{
  char *bytes;
  size_t size, length;
};
static inline struct pgo_text
pgo_text_in (char *bytes, size_t size)
{
  struct pgo_text text = { bytes, size, 0 };
  if (size != 0)
    bytes[0] = 0;
  return text;
}
void pgo_text_add (struct pgo_text *, const char *string);
void pgo_text_add_n (struct pgo_text *, const char *bytes, size_t n);
void pgo_text_add_number (struct pgo_text *, uint64_t number);
/* NUMBER / 1000 with three decimals.  */
void pgo_text_add_milli (struct pgo_text *, uint64_t number);
/* The message for errno value NUMBER, of those that occur here; else "error N".  */
void pgo_text_add_error (struct pgo_text *, int number);

/* Calls FUNCTION for each thread id of the process, until it returns false.  0 or -errno.  */
int pgo_raw_each_thread (bool (*function) (int tid, void *data), void *data);

#endif
