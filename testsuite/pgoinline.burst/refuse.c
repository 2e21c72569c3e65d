/* Run a program where something that the burst recorder needs is refused:

     refuse WHAT PROGRAM ARG...

   WHAT: timers (timer_create), code (memory that is writable and executable), memory (that, and files in memory),
   signals (every real-time signal is ignored).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, field))
/* Go on if the value is N, else leave COUNT instructions out.  */
#define IF(n, count) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, n, 0, count)
#define REFUSE(error) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter no_timers[] = { LOAD (nr), IF (SYS_timer_create, 1), REFUSE (EPERM), ALLOW };
static struct sock_filter no_code[] = {
  LOAD (nr), IF (SYS_mmap, 4),
  LOAD (args[2]), BPF_STMT (BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC), IF (PROT_WRITE | PROT_EXEC, 1), REFUSE (EACCES),
  ALLOW
};
static struct sock_filter no_memory[] = { LOAD (nr), IF (SYS_memfd_create, 1), REFUSE (EPERM), ALLOW };

static int
filter (struct sock_filter *code, size_t n)
{
  struct sock_fprog program = { .len = (unsigned short) n, .filter = code };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

#define FILTER(code) filter (code, sizeof code / sizeof *code)

int
main (int argc, char **argv)
{
  int failed = argc < 3;
  const char *what = argc < 3 ? "" : argv[1];
  if (!strcmp (what, "timers"))
    failed = FILTER (no_timers);
  else if (!strcmp (what, "code"))
    failed = FILTER (no_code);
  else if (!strcmp (what, "memory"))
    failed = FILTER (no_code) || FILTER (no_memory);
  else if (!strcmp (what, "signals"))
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
      signal (number, SIG_IGN);
  else
    failed = 1;
  if (failed)
    {
      fprintf (stderr, "refuse: %s: cannot be refused\n", what);
      return 125;
    }
  execvp (argv[2], argv + 2);
  return 127;
}
