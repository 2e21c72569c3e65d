/* A process that has given up almost every system call: read, write, exit_group and the return from signals are
   left; another one kills it.

   { burst-least 0 }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
enter (void)
{
#define ALLOW(number) \
  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    ALLOW (SYS_read), ALLOW (SYS_write), ALLOW (SYS_exit_group), ALLOW (SYS_rt_sigreturn),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
  };
  struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

int
main (void)
{
  /* In a child, so that what is left at the exit can be done by the parent.  */
  int fds[2];
  if (pipe (fds) != 0)
    return 1;
  pid_t pid = fork ();
  if (pid == 0)
    {
      /* Long enough for the recorder to have found the thread.  */
      uint64_t sum = work (1, 30000000);
      if (enter ())
        _exit (2);
      for (unsigned i = 0; i < 50; i++)
        {
          sum = work (sum + i, 1000000);
          if (write (fds[1], &sum, sizeof sum) != sizeof sum)
            _exit (3);
        }
      _exit (7);
    }
  close (fds[1]);
  uint64_t sum, mix = 0;
  while (read (fds[0], &sum, sizeof sum) == sizeof sum)
    mix = mix * 31 + sum;
  int status;
  waitpid (pid, &status, 0);
  printf ("sandboxed %llu, status %x\n", (unsigned long long) mix, (unsigned) status);
  return 0;
}
