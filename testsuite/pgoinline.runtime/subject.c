/* The program that is sampled: `subject MODE [ARGUMENT]'.  What it learns about itself it prints;
   check-*.sh judge.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef WITH_API
# include "runtime/pgosample.h"
#endif

extern char **environ;

static uint64_t
thread_cpu_ns (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

/* Three equal bodies, apart only so that samples can be told apart by address.  Each uses MS of its
   thread's CPU time in user code.  */
#define BURN(NAME, SECTION) \
  __attribute__ ((noinline, noclone, section (SECTION))) uint64_t NAME (unsigned ms) \
  { \
    volatile uint64_t sum = 1; \
    for (uint64_t end = thread_cpu_ns () + ms * 1000000ull; thread_cpu_ns () < end;) \
      for (int i = 0; i < 20000; i++) \
        sum = sum * 6364136223846793005ull + 1; \
    return sum; \
  }
BURN (burn_a, "text_a")
BURN (burn_b, "text_b")
BURN (burn_c, "text_c")
extern const char __start_text_a[], __stop_text_a[], __start_text_b[], __stop_text_b[], __start_text_c[],
  __stop_text_c[];

static void
print_ranges (void)
{
  printf ("range a %lx %lx\n", (long) __start_text_a, (long) __stop_text_a);
  printf ("range b %lx %lx\n", (long) __start_text_b, (long) __stop_text_b);
  printf ("range c %lx %lx\n", (long) __start_text_c, (long) __stop_text_c);
  fflush (stdout);
}

static unsigned
count_entries (const char *path)
{
  DIR *directory = opendir (path);
  unsigned n = 0;
  while (directory && readdir (directory))
    n++;
  if (directory)
    closedir (directory);
  return n - 2;
}

/* What a process that isn't sampled must not have more of than it would have anyway.  */
static int
mode_probe (void)
{
  char line[256];
  FILE *status = fopen ("/proc/self/status", "r");
  while (fgets (line, sizeof line, status))
    if (!strncmp (line, "SigCgt", 6) || !strncmp (line, "SigBlk", 6) || !strncmp (line, "Threads", 7))
      fputs (line, stdout);
  fclose (status);
  FILE *timers = fopen ("/proc/self/timers", "r");
  unsigned n = 0;
  while (timers && fgets (line, sizeof line, timers))
    n++;
  printf ("timers %u\n", n);
  if (timers)
    fclose (timers);
  int next = dup (0);
  printf ("next descriptor %d\ndescriptors %u\n", next, count_entries ("/proc/self/fd"));
  printf ("single threaded %d\n", __libc_single_threaded);
  printf ("PGOSAMPLE %s\n", getenv ("PGOSAMPLE") ? getenv ("PGOSAMPLE") : "-");
  return 0;
}

static void *
thread_a (void *ms)
{
  burn_a ((unsigned) (uintptr_t) ms);
  return NULL;
}
static void *
thread_b (void *ms)
{
  burn_b ((unsigned) (uintptr_t) ms);
  return NULL;
}
static void *
thread_c (void *ms)
{
  burn_c ((unsigned) (uintptr_t) ms);
  return NULL;
}

static void
run_threads (unsigned ms)
{
  pthread_t a, b, c;
  pthread_create (&a, NULL, thread_a, (void *) (uintptr_t) ms);
  pthread_create (&b, NULL, thread_b, (void *) (uintptr_t) (2 * ms));
  pthread_create (&c, NULL, thread_c, (void *) (uintptr_t) (3 * ms));
  pthread_join (a, NULL);
  pthread_join (b, NULL);
  pthread_join (c, NULL);
}

static int
mode_threads (void)
{
  print_ranges ();
  run_threads (200);
  return 0;
}

static int
wait_for (pid_t pid)
{
  int status = 0;
  if (waitpid (pid, &status, 0) != pid)
    return 99;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

/* The parent burns in A, the child in B, the grandchild in C.  */
static int
mode_fork (void)
{
  print_ranges ();
  burn_a (100);
  pid_t pid = fork ();
  if (pid == 0)
    {
      burn_b (200);
      pid = fork ();
      if (pid == 0)
        {
          burn_c (200);
          exit (5);
        }
      exit (wait_for (pid));
    }
  printf ("child %d\n", (int) pid);
  return wait_for (pid);
}

/* Fork while threads run, allocate and fork too: the child must come up, every time.  */
static void *
fork_and_wait (void *bad)
{
  for (int i = 0; i < 40; i++)
    {
      free (malloc (1000));
      pid_t pid = fork ();
      if (pid == 0)
        {
          free (malloc (100000));
          if (i % 2)
            _exit (7);
          exit (7);
        }
      if (wait_for (pid) != 7)
        __atomic_fetch_add ((int *) bad, 1, __ATOMIC_RELAXED);
    }
  return NULL;
}

static int
mode_forks (void)
{
  int bad = 0;
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, fork_and_wait, &bad);
  for (int i = 0; i < 3; i++)
    pthread_join (threads[i], NULL);
  printf ("bad %d\n", bad);
  return bad != 0;
}

static int
mode_exec (const char *self)
{
  print_ranges ();
  pid_t pid = fork ();
  if (pid == 0)
    execl (self, self, "burn-b", NULL);
  burn_a (100);
  return wait_for (pid);
}

static int
mode_spawn (char *self)
{
  char *args[] = { self, "burn-b", NULL };
  pid_t pid;
  int bad = 0;
  burn_a (50);
  if (posix_spawn (&pid, self, NULL, NULL, args, environ) != 0 || wait_for (pid) != 0)
    bad = 1;
  pid = vfork ();
  if (pid == 0)
    {
      execv (self, args);
      _exit (1);
    }
  bad += wait_for (pid);
  pid = vfork ();
  if (pid == 0)
    _exit (3);
  bad += wait_for (pid) != 3;
  burn_a (50);
  printf ("bad %d\n", bad);
  return bad;
}

static volatile sig_atomic_t n_profs;
static void
on_prof (int number)
{
  (void) number;
  n_profs++;
}

/* A program with a profiling timer of its own.  */
static int
mode_sigprof (void)
{
  struct sigaction action = { .sa_handler = on_prof, .sa_flags = SA_RESTART }, now;
  struct itimerval every = { { 0, 10000 }, { 0, 10000 } };
  sigaction (SIGPROF, &action, NULL);
  setitimer (ITIMER_PROF, &every, NULL);
  burn_a (300);
  sigaction (SIGPROF, NULL, &now);
  printf ("profs %d\nhandler %s\n", n_profs > 0, now.sa_handler == on_prof ? "kept" : "lost");
  return 0;
}

static volatile bool burning = true;
static void *
burn_on (void *unused)
{
  while (burning)
    burn_b (20);
  return unused;
}

/* Calls that SA_RESTART doesn't restart, while this thread and another also use the CPU.  */
static int
mode_eintr (void)
{
  pthread_t other;
  int interrupted = 0, ends[2], sockets[2];
  char byte;
  pthread_create (&other, NULL, burn_on, NULL);
  socketpair (AF_UNIX, SOCK_STREAM, 0, sockets);
  struct timeval limit = { 0, 20000 };
  setsockopt (sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (pipe (ends) != 0)
    return 1;
  int epoll = epoll_create1 (0);
  sem_t semaphore;
  sem_init (&semaphore, 0, 0);
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, NULL);
  for (int round = 0; round < 8; round++)
    {
      struct timespec nap = { 0, 20000000 }, until;
      struct pollfd fd = { ends[0], POLLIN, 0 };
      struct epoll_event event;
      burn_a (15);
      errno = 0;
      interrupted += nanosleep (&nap, NULL) != 0 && errno == EINTR;
      burn_a (1);
      interrupted += poll (&fd, 1, 20) < 0 && errno == EINTR;
      burn_a (1);
      interrupted += epoll_wait (epoll, &event, 1, 20) < 0 && errno == EINTR;
      burn_a (1);
      clock_gettime (CLOCK_REALTIME, &until);
      until.tv_nsec += 20000000;
      if (until.tv_nsec >= 1000000000)
        {
          until.tv_nsec -= 1000000000;
          until.tv_sec++;
        }
      interrupted += sem_timedwait (&semaphore, &until) != 0 && errno == EINTR;
      burn_a (1);
      interrupted += recv (sockets[0], &byte, 1, 0) < 0 && errno == EINTR;
      burn_a (1);
      interrupted += sigtimedwait (&set, NULL, &nap) < 0 && errno == EINTR;
    }
  burning = false;
  pthread_join (other, NULL);
  printf ("interrupted %d\n", interrupted);
  return 0;
}

/* Raise signal NUMBER at itself; is FILE there then, though the process goes on?  */
static int
mode_signal (int number, const char *file)
{
  burn_a (200);
  raise (number);
  for (int i = 0; i < 1000 && access (file, F_OK) != 0; i++)
    usleep (10000);
  printf ("there %d\n", access (file, F_OK) == 0);
  fflush (stdout);
  raise (number);
  burn_a (50);
  _exit (0);
}

static int
mode_dlopen (const char *library)
{
  void *handle = dlopen (library, RTLD_NOW);
  unsigned (*burn) (unsigned) = handle ? (unsigned (*) (unsigned)) dlsym (handle, "burn_library") : NULL;
  if (!burn)
    return 1;
  burn (300);
  dlclose (handle);
  printf ("mapped %d\n", dlopen (library, RTLD_NOW | RTLD_NOLOAD) != NULL);
  burn_a (100);
  return 0;
}

static void *
burn_and_end (void *unused)
{
  burn_a (100);
  return unused;
}

/* The process must end with its last thread.  */
static int
mode_pthread_exit (void)
{
  pthread_t other;
  pthread_create (&other, NULL, burn_and_end, NULL);
  pthread_detach (other);
  pthread_exit (NULL);
}

/* Threads whose Uid or Gid lines differ from the first thread's, or that have capabilities.  */
static int
count_privileged (void)
{
  DIR *tasks = opendir ("/proc/self/task");
  struct dirent *entry;
  int n = 0;
  while ((entry = readdir (tasks)) != NULL)
    if (entry->d_name[0] != '.')
      {
        char name[300], line[256];
        bool privileged = false;
        snprintf (name, sizeof name, "/proc/self/task/%s/status", entry->d_name);
        FILE *status = fopen (name, "r");
        while (status && fgets (line, sizeof line, status))
          {
            unsigned id[4];
            unsigned long long caps;
            if (sscanf (line, "Uid: %u %u %u %u", id, id + 1, id + 2, id + 3) == 4
                || sscanf (line, "Gid: %u %u %u %u", id, id + 1, id + 2, id + 3) == 4)
              for (int i = 0; i < 4; i++)
                privileged |= id[i] != 65534;
            if (sscanf (line, "CapPrm: %llx", &caps) == 1 || sscanf (line, "CapEff: %llx", &caps) == 1)
              privileged |= caps != 0;
            if (!strncmp (line, "Groups:", 7))
              privileged |= strspn (line + 7, " \t\n") != strlen (line + 7);
          }
        if (status)
          fclose (status);
        n += privileged;
      }
  closedir (tasks);
  return n;
}

/* Everything at once, and then the exit: from main, or from a signal handler that interrupts malloc.  */
static void *
storm_signals (void *unused)
{
  for (;;)
    {
      kill (getpid (), SIGUSR2);
      usleep (500);
    }
  return unused;
}
static void *
storm_forks (void *unused)
{
  for (;;)
    {
      pid_t pid = fork ();
      if (pid == 0)
        {
          burn_b (1);
          raise (SIGUSR2);
          _exit (0);
        }
      waitpid (pid, NULL, 0);
    }
  return unused;
}
static void *
storm_threads (void *unused)
{
  for (;;)
    {
      pthread_t threads[8];
      for (int i = 0; i < 8; i++)
        pthread_create (&threads[i], NULL, thread_c, (void *) 1);
      for (int i = 0; i < 8; i++)
        pthread_join (threads[i], NULL);
    }
  return unused;
}
static void *
storm_libraries (void *library)
{
  for (;;)
    {
      void *handle = dlopen (library, RTLD_NOW);
      if (handle)
        dlclose (handle);
    }
  return NULL;
}
static void
exit_from_handler (int number)
{
  (void) number;
  exit (7);
}
static int
mode_storm (const char *how, char *library)
{
  pthread_t thread;
  sigset_t alarms;
  sigemptyset (&alarms);
  sigaddset (&alarms, SIGALRM);
  /* For this thread alone: in the one that forks, an exit within libc's fork would wait for fork's own lock, for ever.  */
  pthread_sigmask (SIG_BLOCK, &alarms, NULL);
  pthread_create (&thread, NULL, storm_signals, NULL);
  pthread_create (&thread, NULL, storm_forks, NULL);
  pthread_create (&thread, NULL, storm_threads, NULL);
  if (strcmp (how, "main") == 0)
    {
      pthread_create (&thread, NULL, storm_libraries, library);
      burn_a (300);
      exit (7);
    }
  signal (SIGALRM, exit_from_handler);
  pthread_sigmask (SIG_UNBLOCK, &alarms, NULL);
  alarm (1);
  for (;;)
    free (malloc (10));
}

/* A daemon that drops root.  */
static int
mode_setuid (void)
{
  burn_a (50);
  if (setgroups (0, NULL) != 0 || setresgid (65534, 65534, 65534) != 0 || setresuid (65534, 65534, 65534) != 0)
    return 1;
  int n = 1;
  for (int i = 0; i < 200 && n != 0; i++)
    {
      usleep (10000);
      n = count_privileged ();
    }
  burn_b (100);
  printf ("privileged %d\nthreads %u\n", n, count_entries ("/proc/self/task"));
  return 0;
}

/* Daemons close what they don't know.  */
static int
mode_closefrom (void)
{
  burn_a (50);
  for (int fd = 3; fd < 1024; fd++)
    close (fd);
  int file = open ("/dev/null", O_RDONLY);
  burn_b (200);
  printf ("file %d %s\n", file, fcntl (file, F_GETFD) >= 0 ? "open" : "closed");
  return 0;
}

/* Install a filter that answers CALLS (their number is N) with ACTION and lets the others pass, or, if ALLOW,
   lets CALLS pass and answers the others with it.  */
static bool
filter_calls (const int *calls, unsigned n, bool allow, unsigned action)
{
  struct sock_filter code[64];
  unsigned length = 0;
  code[length++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (unsigned i = 0; i < n; i++)
    {
      code[length++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (unsigned) calls[i], 0, 1);
      code[length++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, allow ? SECCOMP_RET_ALLOW : action);
    }
  code[length++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, allow ? action : SECCOMP_RET_ALLOW);
  struct sock_fprog program = { (unsigned short) length, code };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Run the program that follows where a filter forbids what samplers need: by an error, as containers do,
   or by death, as service managers do.  */
static int
mode_filtered (const char *how, char **command)
{
  static const int calls[] = { SYS_perf_event_open, SYS_process_vm_readv };
  unsigned action = strcmp (how, "kill") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
  if (!filter_calls (calls, 2, false, action))
    return 98;
  execv (command[0], command);
  return 99;
}

/* A program that locks itself in: it can use what it has opened, and end.  */
static int
mode_sandbox (void)
{
  static const int calls[] = { SYS_read, SYS_write, SYS_exit_group, SYS_futex, SYS_getpid, SYS_rt_sigreturn,
                               SYS_clock_gettime };
  puts ("locked in");
  fflush (stdout);
  if (!filter_calls (calls, sizeof calls / sizeof calls[0], true, SECCOMP_RET_KILL_PROCESS))
    return 98;
  burn_a (200);
  return 4;
}

__attribute__ ((noinline, noclone, optimize ("no-omit-frame-pointer", "no-optimize-sibling-calls"))) static void
inner (unsigned ms)
{
  burn_c (ms);
  __asm__ volatile ("");
}
__attribute__ ((noinline, noclone, section ("text_outer"),
                optimize ("no-omit-frame-pointer", "no-optimize-sibling-calls"))) void
outer (unsigned ms)
{
  inner (ms);
  __asm__ volatile ("");
}
extern const char __start_text_outer[], __stop_text_outer[];

static int
mode_stacks (void)
{
  print_ranges ();
  printf ("range outer %lx %lx\n", (long) __start_text_outer, (long) __stop_text_outer);
  outer (300);
  return 0;
}

#ifdef __x86_64__
/* Frame pointers that point everywhere.  */
__attribute__ ((noinline)) static void
spin_with_frame_pointer (uint64_t value)
{
  __asm__ volatile ("push %%rbp\n\t"
                    "mov %0, %%rbp\n\t"
                    "mov $20000000, %%ecx\n"
                    "1:\n\t"
                    "dec %%ecx\n\t"
                    "jnz 1b\n\t"
                    "pop %%rbp"
                    :
                    : "r" (value)
                    : "rcx", "memory", "cc");
}
static int
mode_garbage (void)
{
  uint64_t *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t here[4] = { (uint64_t) here, 0x1234, (uint64_t) here + 8, 0xffffffffffffffff };
  page[510] = (uint64_t) page + 4088;
  page[511] = 42;
  spin_with_frame_pointer (0);
  spin_with_frame_pointer (8);
  spin_with_frame_pointer (0xffffffffffffffff);
  spin_with_frame_pointer (0x8000000000000000);
  spin_with_frame_pointer ((uint64_t) here);       /* Points to itself.  */
  spin_with_frame_pointer ((uint64_t) here + 16);  /* Goes back.  */
  spin_with_frame_pointer ((uint64_t) here + 1);
  spin_with_frame_pointer ((uint64_t) page + 4080);
  spin_with_frame_pointer ((uint64_t) page + 4088); /* The return address would be on the next page.  */
  spin_with_frame_pointer ((uint64_t) here + (1 << 19));
  puts ("alive");
  return 0;
}
#endif

#ifdef WITH_API
static int
mode_api (void)
{
  int before = pgosample_stop (), none = pgosample_write ("none.pprof");
  printf ("idle %d %d %s\n", before == EINVAL, none == EINVAL, pgosample_status ());
  printf ("start %d\n", pgosample_start ("hz=500,out=api.pprof"));
  printf ("again %d\n", pgosample_start (NULL) == EALREADY);
  printf ("status %s\n", pgosample_status ());
  print_ranges ();
  burn_a (150);
  printf ("first %d\n", pgosample_write ("first.pprof"));
  burn_b (150);
  printf ("second %d\n", pgosample_write (NULL));
  printf ("nowhere %d\n", pgosample_write ("/nonexistent/x.pprof") == ENOENT);
  printf ("folder %d\n", pgosample_write ("/tmp") == EISDIR);
  printf ("null %d\n", pgosample_write ("/dev/null"));
  printf ("stop %d\n", pgosample_stop ());
  burn_c (150);
  printf ("third %d\n", pgosample_write ("third.pprof"));
  printf ("restart %d\n", pgosample_start ("hz=500,engine=timer,memory=1,colour=blue,out=restarted.pprof"));
  printf ("status %s\n", pgosample_status ());
  burn_c (200);
  printf ("fourth %d\n", pgosample_write ("fourth.pprof"));
  printf ("stop %d\nstatus %s\n", pgosample_stop (), pgosample_status ());
  return 0;
}

static bool parked = true;
static void *
park_then_burn (void *unused)
{
  while (__atomic_load_n (&parked, __ATOMIC_ACQUIRE))
    usleep (1000);
  run_threads (100);
  return unused;
}

/* Threads that were there before the start, and their children.  */
static int
mode_api_threads (const char *options)
{
  pthread_t other;
  pthread_create (&other, NULL, park_then_burn, NULL);
  usleep (20000);
  printf ("start %d\n", pgosample_start (options));
  print_ranges ();
  parked = false;
  pthread_join (other, NULL);
  return 0;
}

/* Writes from several threads at once, and by signal, while sampling starts and stops.  */
static void *
write_often (void *name)
{
  for (int i = 0; i < 30; i++)
    {
      pgosample_write (name);
      if (i % 10 == 5)
        raise (SIGUSR2);
    }
  return NULL;
}
static int
mode_api_race (void)
{
  pthread_t threads[3];
  const char *names[] = { "race.0.pprof", "race.1.pprof", "race.2.pprof" };
  pgosample_start ("hz=2000,signal=USR2,out=race.pprof");
  for (int i = 0; i < 3; i++)
    pthread_create (&threads[i], NULL, write_often, (void *) names[i]);
  for (int i = 0; i < 20; i++)
    {
      burn_a (5);
      pgosample_stop ();
      pgosample_start ("hz=2000,signal=USR2,out=race.pprof");
    }
  for (int i = 0; i < 3; i++)
    pthread_join (threads[i], NULL);
  puts ("done");
  return 0;
}
#endif

int
main (int argc, char **argv)
{
  const char *mode = argc > 1 ? argv[1] : "";
  const char *argument = argc > 2 ? argv[2] : "";
#define MODE(NAME, CALL) \
  if (!strcmp (mode, NAME)) \
    return CALL
  MODE ("probe", mode_probe ());
  MODE ("burn", (burn_a ((unsigned) atoi (argument)), puts ("burnt"), 3));
  MODE ("burn-b", (print_ranges (), burn_b (100), 0));
  MODE ("threads", mode_threads ());
  MODE ("fork", mode_fork ());
  MODE ("forks", mode_forks ());
  MODE ("exec", mode_exec (argv[0]));
  MODE ("spawn", mode_spawn (argv[0]));
  MODE ("sigprof", mode_sigprof ());
  MODE ("eintr", mode_eintr ());
  MODE ("signal", mode_signal (atoi (argument), argc > 3 ? argv[3] : ""));
  MODE ("dlopen", mode_dlopen (argument));
  MODE ("pthread-exit", mode_pthread_exit ());
  MODE ("setuid", mode_setuid ());
  MODE ("closefrom", mode_closefrom ());
  MODE ("storm", mode_storm (argument, argv[3]));
  MODE ("filtered", mode_filtered (argument, argv + 3));
  MODE ("sandbox", mode_sandbox ());
  MODE ("stacks", mode_stacks ());
#ifdef __x86_64__
  MODE ("garbage", mode_garbage ());
#endif
#ifdef WITH_API
  MODE ("api", mode_api ());
  MODE ("api-threads", mode_api_threads (argument));
  MODE ("api-race", mode_api_race ());
#endif
  fprintf (stderr, "subject: no mode %s\n", mode);
  return 2;
}
