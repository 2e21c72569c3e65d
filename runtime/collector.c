/* The collector's thread: see collector.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/collector.h"
#include "runtime/credentials.h"
#include "runtime/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* The thread's own use is below 16 KiB.  */
#define STACK_BYTES (128u << 10)
#define GUARD_BYTES 65536u
/* An answer takes well below a millisecond, a file of samples up to a second.  Who doesn't answer hangs in a
   file system, or in a debugger.  */
#define ANSWER_MS 30000
/* How long a thread that said it would end may take.  */
#define END_MS 10000
/* Unknown addresses make the mappings be read again, at most this often.  */
#define MAPPINGS_MS 100
/* And where nobody tells of new ones, at least this often: known addresses may mean something else by now.  A
   reading takes some 100 us.  */
#define STALE_MAPPINGS_MS 1000

#ifndef CLOSE_RANGE_UNSHARE
# define CLOSE_RANGE_UNSHARE 2
#endif

enum command
{
  COMMAND_CALL,
  COMMAND_STOP
};

static struct
{
  const struct pgo_options *options;
  struct pgo_table *table;
  struct pgo_mappings *mappings;
  const struct pgo_sampler *clock, *burst; /* Those that run.  */
  struct pgo_collector_report report;
  uint64_t start_ns, start_user_ns;
  bool stopped;
  int error;                    /* Of starting: an errno value.  */

  enum command command;
  void (*function) (void *);    /* For the command, or NULL.  */
  void *data;
  void (*posted) (void *);      /* NULL: nothing.  */
  uint32_t asked, answered;     /* Numbers of commands; starting is number 1.  */
  uint32_t wake;                /* Changes when there is something to do.  */
  uint32_t alive;               /* Not 0 until the kernel is done with the thread's stack.  */
  int tid;
  char *stack;

  size_t cursor;                /* In the table: entries before it were looked at.  */
  uint64_t mappings_ns;         /* When they were read.  */
  bool unknown;                 /* An address since then was in none of them.  */
  unsigned follow_ms;
} collector;

int
pgo_collector_tid (void)
{
  return __atomic_load_n (&collector.tid, __ATOMIC_RELAXED);
}

void
pgo_collector_mapped (uint64_t start, uint64_t limit, uint64_t offset, const char *name,
                      const uint8_t *build_id, size_t build_id_size)
{
  pgo_mappings_add (collector.mappings, start, limit, offset, name, build_id, build_id_size);
  pgo_table_set_epoch (collector.table, pgo_mappings_epoch (collector.mappings));
}

static void
read_mappings (void)
{
  pgo_mappings_read (collector.mappings);
  pgo_table_set_epoch (collector.table, pgo_mappings_epoch (collector.mappings));
  collector.mappings_ns = pgo_raw_now_ns ();
  collector.unknown = false;
}

/* Look at what is new in the table, and for unknown addresses at the mappings.  */
static void
look_at_new_entries (void)
{
  struct pgo_table_entry entry;
  long hint = -1;
  while (pgo_table_next_new (collector.table, &collector.cursor, &entry))
    {
      /* Callers come by frame pointers that may be none: the leaf will do.  */
      unsigned n = entry.kind == PGO_SAMPLE_CLOCK ? 1 : entry.n;
      for (unsigned i = 0; i < n && !collector.unknown; i++)
        {
          hint = pgo_mappings_find (collector.mappings, entry.addresses[i], entry.epoch, hint);
          collector.unknown = hint < 0;
        }
    }
  uint64_t age_ns = pgo_raw_now_ns () - collector.mappings_ns;
  bool stale = !collector.clock->tells_mappings && age_ns >= STALE_MAPPINGS_MS * 1000000ull;
  if (stale || (collector.unknown && age_ns >= MAPPINGS_MS * 1000000ull))
    read_mappings ();
}

static void
poll_samplers (void)
{
  collector.clock->poll ();
  if (collector.burst != NULL)
    collector.burst->poll ();
  look_at_new_entries ();
}

static void
describe_samplers (void)
{
  if (collector.clock != NULL)
    collector.clock->describe (collector.report.clock);
  if (collector.burst != NULL)
    collector.burst->describe (collector.report.burst);
}

static void
take_time (void)
{
  collector.report.duration_ns = pgo_raw_now_ns () - collector.start_ns;
  collector.report.user_ns = pgo_raw_user_time_ns () - collector.start_user_ns;
}

static void
stop_samplers (void)
{
  if (collector.burst != NULL)
    collector.burst->stop ();
  if (collector.clock != NULL)
    collector.clock->stop ();
  collector.stopped = true;
}

/* Give this thread a table of file descriptors of its own, without any.  */
static bool
own_descriptors (void)
{
#ifdef SYS_close_range
  /* Linux 5.9: without a moment in which copies of the program's descriptors are held.  */
  if (!pgo_raw_forbidden (SYS_close_range)
      && pgo_syscall (SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE) == 0)
    return true;
#endif
  if (pgo_raw_forbidden (SYS_unshare) || pgo_syscall (SYS_unshare, CLONE_FILES) != 0)
    return false;
  /* How many there may be is unknown: the listing names them.  While it is read some are closed, so
     until there are none but the listing's own.  */
  int listing = pgo_raw_open ("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY, 0);
  if (listing < 0)
    return false;
  _Alignas (8) char buffer[2048];
  bool any;
  do
    {
      long n;
      any = false;
      pgo_syscall (SYS_lseek, listing, 0, SEEK_SET);
      while ((n = pgo_syscall (SYS_getdents64, listing, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < n;)
          {
            uint16_t size;
            memcpy (&size, buffer + at + 16, sizeof size);
            const char *name = buffer + at + 19;
            int fd = *name >= '0' && *name <= '9' ? 0 : -1;
            for (; fd >= 0 && *name != 0; name++)
              fd = fd * 10 + (*name - '0');
            if (fd >= 0 && fd != listing)
              {
                pgo_raw_close (fd);
                any = true;
              }
            at += size;
          }
    }
  while (any);
  pgo_raw_close (listing);
  return true;
}

static int
start_sampler (const struct pgo_sampler **running, const struct pgo_sampler *sampler)
{
  char reason[PGO_REASON];
  reason[0] = 0;
  int error = sampler->start (collector.options, collector.table, reason);
  if (error == 0)
    *running = sampler;
  else
    {
      struct pgo_text text = pgo_text_in (collector.report.refusal, sizeof collector.report.refusal);
      text.length = strlen (collector.report.refusal);
      if (text.length != 0)
        pgo_text_add (&text, "; ");
      pgo_text_add (&text, reason);
    }
  return error;
}

/* On the new thread: an errno value, 0 if the clock runs.  */
static int
start_samplers (const struct pgo_sampler *clock, const struct pgo_sampler *burst)
{
  pgo_raw_probe ();
  if (!own_descriptors ())
    {
      struct pgo_text text = pgo_text_in (collector.report.refusal, sizeof collector.report.refusal);
      pgo_text_add (&text, "no file descriptors of its own");
      return EPERM;
    }
  collector.follow_ms = pgo_credentials_begin ();
  read_mappings ();
  collector.report.date_ns = pgo_raw_date_ns ();
  collector.start_ns = pgo_raw_now_ns ();
  collector.start_user_ns = pgo_raw_user_time_ns ();
  int error = start_sampler (&collector.clock, clock);
  if (error == 0)
    {
      collector.report.engine = clock->name;
      if (burst != NULL)
        start_sampler (&collector.burst, burst);
    }
  return error;
}

static void
answer (uint32_t number)
{
  __atomic_store_n (&collector.answered, number, __ATOMIC_RELEASE);
  pgo_raw_wake (&collector.answered);
}

/* The shortest wait that the samplers and the credentials allow, ms; -1: for ever.  */
static long
next_wait (void)
{
  unsigned waits[3] = { collector.follow_ms, collector.clock != NULL ? collector.clock->poll_ms () : 0,
                        collector.burst != NULL ? collector.burst->poll_ms () : 0 };
  long shortest = -1;
  for (int i = 0; i < 3; i++)
    if (waits[i] != 0 && (shortest < 0 || (long) waits[i] < shortest))
      shortest = (long) waits[i];
  return shortest;
}

/* What the thread is to start, handed over by spawn.  */
static const struct pgo_sampler *the_clock, *the_burst;

/* Bring everything up to date, and then do what COMMAND says.  False if the thread is to end.  */
static bool
obey (enum command command)
{
  poll_samplers ();
  describe_samplers ();
  if (command == COMMAND_STOP)
    {
      stop_samplers ();
      look_at_new_entries ();
    }
  read_mappings ();
  take_time ();
  if (collector.function != NULL)
    collector.function (collector.data);
  return command != COMMAND_STOP;
}

static void
do_posted (void)
{
  void (*posted) (void *) = __atomic_exchange_n (&collector.posted, NULL, __ATOMIC_ACQ_REL);
  if (posted == NULL)
    return;
  describe_samplers ();
  read_mappings ();
  take_time ();
  posted (NULL);
}

static void
run (void)
{
  __atomic_store_n (&collector.tid, (int) pgo_syscall (SYS_gettid), __ATOMIC_RELAXED);
  pgo_syscall (SYS_prctl, PR_SET_NAME, "pgosample");
  uint32_t done = 1;
  collector.error = start_samplers (the_clock, the_burst);
  bool more = collector.error == 0;
  answer (done);
  while (more)
    {
      uint32_t wake = __atomic_load_n (&collector.wake, __ATOMIC_ACQUIRE);
      uint32_t asked = __atomic_load_n (&collector.asked, __ATOMIC_ACQUIRE);
      if (asked == done && __atomic_load_n (&collector.posted, __ATOMIC_ACQUIRE) == NULL)
        pgo_raw_wait (&collector.wake, wake, next_wait ());
      /* Before anything is written: with the rights that the program has now.  */
      if (collector.follow_ms != 0 && !pgo_credentials_follow ())
        {
          stop_samplers ();
          break;
        }
      if (asked != done)
        {
          more = obey (collector.command);
          done = asked;
          answer (done);
        }
      else
        {
          poll_samplers ();
          do_posted ();
        }
    }
  pgo_credentials_end ();
}

#if PGO_RAW_THREAD

/* The thread's TLS block: its pointer is in the middle, so that what code reads at fixed offsets from
   it, like the stack protector's canary, is there.  */
static _Alignas (64) uintptr_t thread_block[512];

static int
make_thread (void)
{
  uintptr_t *pointer = thread_block + 256;
  if (collector.stack == NULL)
    {
      collector.stack = pgo_raw_map (STACK_BYTES + GUARD_BYTES);
      if (collector.stack == NULL)
        return ENOMEM;
      pgo_syscall (SYS_mprotect, collector.stack, GUARD_BYTES, PROT_NONE);
    }
  memset (thread_block, 0, sizeof thread_block);
  /* x86: the block's own address at 0 and 16 (the ABI's TCB).  */
  pointer[0] = pointer[2] = (uintptr_t) pointer;
  collector.alive = 1;
  long tid = pgo_raw_clone (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
                              | CLONE_SETTLS | CLONE_CHILD_CLEARTID,
                            collector.stack + STACK_BYTES + GUARD_BYTES, pointer, &collector.alive, run);
  if (tid > 0)
    return 0;
  collector.alive = 0;
  return (int) -tid;
}

#else

static void *
run_thread (void *unused)
{
  (void) unused;
  run ();
  __atomic_store_n (&collector.alive, 0, __ATOMIC_RELEASE);
  return NULL;
}

static int
make_thread (void)
{
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init (&attributes);
  if (error != 0)
    return error;
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  collector.alive = 1;
  error = pthread_create (&thread, &attributes, run_thread, NULL);
  pthread_attr_destroy (&attributes);
  if (error != 0)
    collector.alive = 0;
  return error;
}

#endif

/* Wait for answer NUMBER: false if it doesn't come, because the thread is gone or stuck.  No system call but
   futex: the program may have forbidden others.  */
static bool
await (uint32_t number)
{
  enum { PIECE_MS = 10 };
  for (int waits = 0; waits < ANSWER_MS / PIECE_MS; waits++)
    {
      /* It may have answered as its last act, so look at that first.  */
      uint32_t alive = __atomic_load_n (&collector.alive, __ATOMIC_ACQUIRE);
      uint32_t answered = __atomic_load_n (&collector.answered, __ATOMIC_ACQUIRE);
      if ((int32_t) (answered - number) >= 0)
        return true;
      if (alive == 0)
        return false;
      pgo_raw_wait (&collector.answered, answered, PIECE_MS);
    }
  return false;
}

/* Wait until the thread is gone, so that its stack can be used again.  The kernel's wake is for a shared
   futex, which pgo_raw_wait isn't: it is quick enough to look again.  */
static bool
await_end (void)
{
  for (int tries = 0; tries < END_MS; tries++)
    {
      uint32_t alive = __atomic_load_n (&collector.alive, __ATOMIC_ACQUIRE);
      if (alive == 0)
        return true;
      if (tries < 100)
        pgo_syscall (SYS_sched_yield);
      else
        pgo_raw_wait (&collector.alive, alive, 1);
    }
  return false;
}

/* Start the thread with CLOCK and the burst recorder, if asked for.  An errno value.  */
static int
spawn (const struct pgo_sampler *clock, bool wait)
{
  char reason[PGO_REASON];
  reason[0] = 0;
  int error = clock->prepare != NULL ? clock->prepare (collector.options, reason) : 0;
  if (error != 0)
    {
      struct pgo_text text = pgo_text_in (collector.report.refusal, sizeof collector.report.refusal);
      pgo_text_add (&text, reason);
      return error;
    }
  the_clock = clock;
  the_burst = NULL;
  if (collector.options->burst_ppm != 0)
    {
      struct pgo_text text = pgo_text_in (collector.report.burst, sizeof collector.report.burst);
      if (&pgo_burst_sampler == NULL)
        pgo_text_add (&text, "not in this library");
      else if (pgo_burst_sampler.prepare != NULL
               && pgo_burst_sampler.prepare (collector.options, reason) != 0)
        pgo_text_add (&text, reason);
      else
        the_burst = &pgo_burst_sampler;
    }

  /* Not even a signal that is pending now may find the thread with it unblocked.  */
  uint64_t all = ~(uint64_t) 0, old;
  collector.asked = 1;
  collector.answered = 0;
  collector.posted = NULL;
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof all);
  error = make_thread ();
  pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
  if (error != 0)
    {
      struct pgo_text text = pgo_text_in (collector.report.refusal, sizeof collector.report.refusal);
      pgo_text_add (&text, "thread: ");
      pgo_text_add_error (&text, error);
      return error;
    }
  if (!wait)
    return 0;
  if (!await (1))
    return EAGAIN;
  if (collector.error != 0)
    await_end ();
  return collector.error;
}

int
pgo_collector_start (const struct pgo_options *options, struct pgo_table *table,
                     struct pgo_mappings *mappings, bool wait)
{
  collector.options = options;
  collector.table = table;
  collector.mappings = mappings;
  collector.clock = collector.burst = NULL;
  collector.cursor = 0;
  collector.stopped = false;
  memset (&collector.report, 0, sizeof collector.report);
  collector.report.engine = "none";
  int error = EINVAL;
  /* The stack of a thread that was told to stop.  */
  if (!await_end ())
    return EAGAIN;
  if (options->engine != PGO_ENGINE_TIMER)
    error = spawn (&pgo_perf_sampler, wait);
  if (options->engine == PGO_ENGINE_TIMER
      || (options->engine == PGO_ENGINE_AUTO && error != 0 && error != EAGAIN))
    error = spawn (&pgo_timer_sampler, wait);
  return error;
}

static void
wake_thread (void)
{
  __atomic_fetch_add (&collector.wake, 1, __ATOMIC_RELEASE);
  pgo_raw_wake (&collector.wake);
}

bool
pgo_collector_running (void)
{
  return __atomic_load_n (&collector.alive, __ATOMIC_ACQUIRE) != 0;
}

/* Have COMMAND done, with FUNCTION.  False without an answer.  */
static bool
ask (enum command command, void (*function) (void *), void *data)
{
  if (__atomic_load_n (&collector.alive, __ATOMIC_ACQUIRE) == 0 || !await (1))
    return false;
  uint32_t number = collector.asked + 1;
  collector.command = command;
  collector.function = function;
  collector.data = data;
  __atomic_store_n (&collector.asked, number, __ATOMIC_RELEASE);
  wake_thread ();
  return await (number);
}

bool
pgo_collector_call (void (*function) (void *), void *data)
{
  return ask (COMMAND_CALL, function, data);
}

void
pgo_collector_post (void (*function) (void *))
{
  __atomic_store_n (&collector.posted, function, __ATOMIC_RELEASE);
  wake_thread ();
}

bool
pgo_collector_stop (void (*function) (void *), void *data)
{
  bool answered = ask (COMMAND_STOP, function, data);
  if (answered)
    collector.clock = collector.burst = NULL;
  return answered;
}

void
pgo_collector_forget (void)
{
  if (collector.clock != NULL)
    collector.clock->forget ();
  if (collector.burst != NULL)
    collector.burst->forget ();
  collector.clock = collector.burst = NULL;
  collector.alive = 0;
  collector.tid = 0;
}

void
pgo_collector_report (struct pgo_collector_report *report)
{
  *report = collector.report;
}
