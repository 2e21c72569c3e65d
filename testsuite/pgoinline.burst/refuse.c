/* Run a program where something that the burst recorder needs is refused:

     refuse WHAT PROGRAM ARG...

   WHAT: timers (timer_create), code (memory that is writable and executable), memory (that, and files in memory), killed (the
   same, but who asks for a file in memory is killed), twice (that, and executable memory that is shared), kernel (what becomes
   executable was never writable, by the kernel's own rule), space (most of the addresses), signals (every real-time
   signal is ignored).

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
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* prctl's PR_SET_MDWE, of Linux 6.3.  */
#define SET_MDWE 65
#define MDWE_REFUSE_EXEC_GAIN 1
/* Enough for the program, the library and its table of samples, not for the buffers of a thousand threads.  */
#define SPACE_BYTES ((rlim_t) 64 << 20)

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
static struct sock_filter death[] = {
  LOAD (nr), IF (SYS_memfd_create, 1), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), ALLOW
};
static struct sock_filter no_shared_code[] = {
  LOAD (nr), IF (SYS_mmap, 7),
  LOAD (args[2]), BPF_STMT (BPF_ALU | BPF_AND | BPF_K, PROT_EXEC), IF (PROT_EXEC, 4),
  LOAD (args[3]), BPF_STMT (BPF_ALU | BPF_AND | BPF_K, MAP_SHARED), IF (MAP_SHARED, 1), REFUSE (EACCES),
  ALLOW
};

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
  else if (!strcmp (what, "killed"))
    failed = FILTER (no_code) || FILTER (death);
  else if (!strcmp (what, "twice"))
    failed = FILTER (no_code) || FILTER (no_shared_code);
  else if (!strcmp (what, "kernel"))
    failed = prctl (SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0;
  else if (!strcmp (what, "space"))
    {
      struct rlimit limit = { SPACE_BYTES, SPACE_BYTES };
      failed = setrlimit (RLIMIT_AS, &limit) != 0;
    }
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
