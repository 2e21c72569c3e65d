/* Run a command and let one of its system calls on files below a directory go wrong.

     fault N WHAT DIRECTORY COMMAND...

   Counted, in all its processes and threads, are the calls that change files: writing, making, cutting, renaming and
   removing them, of files below DIRECTORY, which is absolute.  At the N-th, before it is done, the process is killed
   (WHAT is "kill"), or the call fails with WHAT, "ENOSPC", "EIO" or "EROFS".  N 0: nothing goes wrong.

   The exit status is the command's, 128 + N of a signal; 99 if there were fewer calls than N; 98 if it cannot be done
   here.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define BELOW_FEW 99
#define CANNOT 98

#if defined __x86_64__ && defined __linux__

#include <sys/syscall.h>
#include <sys/user.h>

#define TASKS_MAX 256

/* A thread that is traced.  */
static struct task
{
  pid_t id;
  bool inside;                  /* A system call.  */
  bool failing;                 /* The one that is to fail.  */
} tasks[TASKS_MAX];

static const char *directory;
static long wanted, seen, error_code;

static struct task *
task_of (pid_t id)
{
  for (unsigned pass = 0; pass < 2; pass++)
    for (unsigned i = 0; i < TASKS_MAX; i++)
      if (tasks[i].id == (pass ? 0 : id))
        {
          tasks[i].id = id;
          return &tasks[i];
        }
  fprintf (stderr, "fault: too many threads\n");
  exit (CANNOT);
}

static bool
is_below (const char *path)
{
  size_t n = strlen (directory);
  return strncmp (path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool
descriptor_is_below (pid_t id, int fd)
{
  char link[64], path[4096];
  snprintf (link, sizeof link, "/proc/%d/fd/%d", (int) id, fd);
  ssize_t n = readlink (link, path, sizeof path - 1);
  if (n <= 0)
    return false;
  path[n] = '\0';
  return is_below (path);
}

/* The string at ADDRESS in the process, from its working directory if it is relative.  */
static bool
path_is_below (pid_t id, uint64_t address)
{
  char name[64], path[4096], whole[8192] = "";
  snprintf (name, sizeof name, "/proc/%d/mem", (int) id);
  int memory = open (name, O_RDONLY);
  ssize_t n = memory >= 0 ? pread (memory, path, sizeof path - 1, (off_t) address) : -1;
  if (memory >= 0)
    close (memory);
  if (n <= 0)
    return false;
  path[n] = '\0';
  if (path[0] != '/')
    {
      snprintf (name, sizeof name, "/proc/%d/cwd", (int) id);
      ssize_t length = readlink (name, whole, sizeof path - 1);
      if (length <= 0)
        return false;
      whole[length] = '/';
      whole[length + 1] = '\0';
    }
  strncat (whole, path, sizeof path - 1);
  return is_below (whole);
}

/* Whether the call in R changes a file that is meant.  */
static bool
is_meant (pid_t id, const struct user_regs_struct *r)
{
  switch (r->orig_rax)
    {
    case SYS_write: case SYS_pwrite64: case SYS_writev: case SYS_ftruncate: case SYS_fchmod: case SYS_fsync:
      return descriptor_is_below (id, (int) r->rdi);
    case SYS_open:
      return (r->rsi & O_CREAT) && path_is_below (id, r->rdi);
    case SYS_openat:
      return (r->rdx & O_CREAT) && path_is_below (id, r->rsi);
    case SYS_creat: case SYS_rename: case SYS_unlink: case SYS_link: case SYS_truncate: case SYS_mkdir:
      return path_is_below (id, r->rdi);
    case SYS_renameat: case SYS_renameat2: case SYS_unlinkat: case SYS_linkat: case SYS_mkdirat:
      return path_is_below (id, r->rsi);
    default:
      return false;
    }
}

static void
at_call (struct task *task)
{
  struct user_regs_struct r;
  task->inside = !task->inside;
  if (ptrace (PTRACE_GETREGS, task->id, NULL, &r) != 0)
    return;
  if (!task->inside)
    {
      if (task->failing)
        {
          r.rax = (uint64_t) -error_code;
          ptrace (PTRACE_SETREGS, task->id, NULL, &r);
          task->failing = false;
        }
      return;
    }
  if (!is_meant (task->id, &r) || ++seen != wanted)
    return;
  if (error_code == 0)
    {
      /* It does not get to make the call.  */
      r.orig_rax = (uint64_t) -1;
      ptrace (PTRACE_SETREGS, task->id, NULL, &r);
      kill (task->id, SIGKILL);
      return;
    }
  r.orig_rax = (uint64_t) -1;
  ptrace (PTRACE_SETREGS, task->id, NULL, &r);
  task->failing = true;
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; int code; } errors[]
    = { { "kill", 0 }, { "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EROFS", EROFS } };
  if (argc < 5)
    return CANNOT;
  wanted = strtol (argv[1], NULL, 10);
  directory = argv[3];
  error_code = -1;
  for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strcmp (argv[2], errors[i].name) == 0)
      error_code = errors[i].code;
  pid_t first = error_code < 0 ? -1 : fork ();
  if (first < 0)
    return CANNOT;
  if (first == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit (CANNOT);
      raise (SIGSTOP);
      execvp (argv[4], argv + 4);
      _exit (127);
    }
  int state, end = CANNOT;
  if (waitpid (first, &state, 0) != first || !WIFSTOPPED (state))
    return CANNOT;
  if (ptrace (PTRACE_SETOPTIONS, first, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
              | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0)
    return CANNOT;
  task_of (first);
  ptrace (PTRACE_SYSCALL, first, NULL, NULL);
  for (pid_t id; (id = waitpid (-1, &state, __WALL)) > 0;)
    {
      struct task *task = task_of (id);
      if (!WIFSTOPPED (state))
        {
          if (id == first)
            end = WIFEXITED (state) ? WEXITSTATUS (state) : 128 + WTERMSIG (state);
          memset (task, 0, sizeof *task);
          continue;
        }
      int signal = WSTOPSIG (state), event = state >> 16;
      if (signal == (SIGTRAP | 0x80))
        at_call (task);
      /* Events, and the stop in which a new thread begins, are not the program's.  */
      bool own = signal == (SIGTRAP | 0x80) || event || (signal == SIGSTOP && id != first);
      ptrace (PTRACE_SYSCALL, id, NULL, own ? 0 : signal);
    }
  return wanted && seen < wanted ? BELOW_FEW : end;
}

#else

int
main (void)
{
  return CANNOT;
}

#endif
