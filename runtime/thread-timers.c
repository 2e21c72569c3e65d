/* A CPU-time timer for every thread: see thread-timers.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/thread-timers.h"
#include "runtime/collector.h"
#include "runtime/raw.h"
#include "runtime/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* In each signal's value, to tell ours from others': "pgos".  */
#define MAGIC 0x70676f73
/* Slots: a power of two, twice what may be in use.  */
#define N_SLOTS (2 * PGO_MAX_TIMERS)
/* Scans that see no change before the pace drops.  */
#define QUIET_SCANS 20u
/* 10 ms: a thread loses at most that at its start, when threads come and go; 100 ms costs nothing.  */
#define FAST_POLL_MS 10u
#define SLOW_POLL_MS 100u
#define FULL_SCAN_EVERY 16u
/* The highest real-time signals, which qemu-user has not: it has two fewer than Linux.  */
#define RESERVED_SIGNALS 2
/* A scan may take this share of the time between scans: 1 / 200, half a percent.  */
#define SCAN_SHARE 200u

struct timer
{
  int tid;                      /* 0: empty slot.  */
  int id;                       /* The kernel's timer_t; -1: refused.  */
  uint32_t scan;                /* The last one that saw the thread.  */
};

struct pgo_thread_timers
{
  int signal_number;
  bool user_time;
  uint64_t period_ns;
  uint32_t scan, n_timers, n_refused_now;
  uint32_t quiet;               /* Scans without change.  */
  uint32_t n_links;             /* Of /proc/self/task at the last full scan: 2 + threads.  */
  uint64_t refused;
  uint64_t scan_ns;             /* What the last full scan took.  */
  int error;                    /* The last refusal.  */
  struct timer timers[PGO_MAX_TIMERS]; /* In no order, n_timers of them.  */
  uint16_t slots[N_SLOTS];      /* Index + 1 by hash of tid; rebuilt by full scans that drop timers.  */
};

struct pgo_thread_timers *
pgo_thread_timers_new (int signal_number, uint64_t period_ns)
{
  struct pgo_thread_timers *set = pgo_raw_map (sizeof *set);
  if (set != NULL)
    {
      set->signal_number = signal_number;
      set->period_ns = period_ns;
    }
  return set;
}

void
pgo_thread_timers_count_user_time (struct pgo_thread_timers *set)
{
  set->user_time = true;
}

static uint32_t
slot_of (int tid)
{
  return (uint32_t) tid * 2654435761u >> 16 & (N_SLOTS - 1);
}

static struct timer *
find (struct pgo_thread_timers *set, int tid)
{
  for (uint32_t slot = slot_of (tid); set->slots[slot] != 0; slot = (slot + 1) & (N_SLOTS - 1))
    if (set->timers[set->slots[slot] - 1].tid == tid)
      return &set->timers[set->slots[slot] - 1];
  return NULL;
}

static void
enter (struct pgo_thread_timers *set, uint32_t index)
{
  uint32_t slot = slot_of (set->timers[index].tid);
  while (set->slots[slot] != 0)
    slot = (slot + 1) & (N_SLOTS - 1);
  set->slots[slot] = (uint16_t) (index + 1);
}

/* linux/posix-timers_types.h: the clock of a thread's CPU time, CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED
   or, of its user time alone, CPUCLOCK_VIRT.  */
static long
thread_clock (const struct pgo_thread_timers *set, int tid)
{
  return ~(long) tid * 8 + (4 | (set->user_time ? 1 : 2));
}

static int
make_timer (const struct pgo_thread_timers *set, int tid)
{
  struct sigevent event;
  int id;
  memset (&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = set->signal_number;
  /* The thread id in the lower half, where there is room.  */
  event.sigev_value.sival_ptr = (void *) (uintptr_t) ((uint64_t) MAGIC << 32 | (uint32_t) tid);
  if (sizeof (void *) == 4)
    event.sigev_value.sival_int = MAGIC;
#ifdef sigev_notify_thread_id
  event.sigev_notify_thread_id = tid;
#else
  event._sigev_un._tid = tid;
#endif
  if (pgo_raw_forbidden (SYS_timer_create))
    return -EPERM;
  long error = pgo_syscall (SYS_timer_create, (int) thread_clock (set, tid), &event, &id);
  if (error != 0)
    return (int) error;
  struct itimerspec when;
  when.it_interval.tv_sec = when.it_value.tv_sec = (time_t) (set->period_ns / 1000000000u);
  when.it_interval.tv_nsec = (long) (set->period_ns % 1000000000u);
  /* The first comes early by a share that differs between threads, else threads that live shorter than a
     period would never be seen.  */
  uint64_t first = set->period_ns / 16 * (1 + (uint64_t) tid * 7 % 16);
  when.it_value.tv_sec = (time_t) (first / 1000000000u);
  when.it_value.tv_nsec = (long) (first % 1000000000u) + 1;
  error = pgo_syscall (SYS_timer_settime, id, 0, &when, NULL);
  if (error != 0)
    {
      pgo_syscall (SYS_timer_delete, id);
      return (int) error;
    }
  return id;
}

/* Whether the timer's thread is gone: the kernel has nothing to tell of its next expiry then.  */
static bool
is_dead (const struct timer *timer)
{
  struct itimerspec when;
  memset (&when, 0, sizeof when);
  return timer->id >= 0 && pgo_syscall (SYS_timer_gettime, timer->id, &when) == 0 && when.it_value.tv_sec == 0
         && when.it_value.tv_nsec == 0;
}

static void
arm (struct pgo_thread_timers *set, struct timer *timer)
{
  timer->id = make_timer (set, timer->tid);
  if (timer->id < 0 && timer->id != -EINVAL && timer->id != -ESRCH)
    {
      /* Not merely a thread that ended meanwhile.  */
      set->error = timer->id;
      set->refused++;
      set->n_refused_now++;
    }
  if (timer->id < 0)
    timer->id = -1;
}

static bool
see_thread (int tid, void *data)
{
  struct pgo_thread_timers *set = data;
  if (pgo_thread_is_ours (tid))
    return true;
  struct timer *timer = find (set, tid);
  if (timer != NULL)
    {
      timer->scan = set->scan;
      if (is_dead (timer))
        {
          /* Another thread has its number.  */
          pgo_syscall (SYS_timer_delete, timer->id);
          arm (set, timer);
        }
      return true;
    }
  if (set->n_timers == PGO_MAX_TIMERS - 1)
    {
      set->refused++;
      return true;
    }
  timer = &set->timers[set->n_timers];
  timer->tid = tid;
  timer->scan = set->scan;
  arm (set, timer);
  enter (set, set->n_timers++);
  set->quiet = 0;
  return true;
}

/* Drop the timers of threads that this scan didn't see.  */
static void
drop_dead (struct pgo_thread_timers *set)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < set->n_timers; i++)
    if (set->timers[i].scan == set->scan)
      set->timers[kept++] = set->timers[i];
    else if (set->timers[i].id >= 0)
      pgo_syscall (SYS_timer_delete, set->timers[i].id);
  if (kept == set->n_timers)
    return;
  set->n_timers = kept;
  memset (set->slots, 0, sizeof set->slots);
  for (uint32_t i = 0; i < kept; i++)
    enter (set, i);
  set->quiet = 0;
}

int
pgo_thread_timers_scan (struct pgo_thread_timers *set)
{
  struct statx status;
  uint32_t n_links = 0;
  set->scan++;
  set->quiet++;
  if (pgo_syscall (SYS_statx, AT_FDCWD, "/proc/self/task", 0, STATX_NLINK, &status) == 0)
    n_links = status.stx_nlink;
  if (n_links != 0 && n_links == set->n_links && set->scan % FULL_SCAN_EVERY != 0)
    return 0;
  set->n_links = n_links;
  set->error = 0;
  set->n_refused_now = 0;
  uint64_t start_ns = pgo_raw_now_ns ();
  int error = pgo_raw_each_thread (see_thread, set);
  if (error != 0)
    return error;
  drop_dead (set);
  set->scan_ns = pgo_raw_now_ns () - start_ns;
  return set->n_timers != 0 && set->n_refused_now == set->n_timers ? set->error : 0;
}

unsigned
pgo_thread_timers_poll_ms (const struct pgo_thread_timers *set)
{
  uint64_t pace_ms = set->scan_ns * SCAN_SHARE / 1000000u;
  uint64_t poll_ms = set->quiet < QUIET_SCANS ? FAST_POLL_MS : SLOW_POLL_MS;
  return (unsigned) (poll_ms > pace_ms ? poll_ms : pace_ms < 1000 ? pace_ms : 1000);
}

uint64_t
pgo_thread_timers_refused (const struct pgo_thread_timers *set)
{
  return set->refused;
}

void
pgo_thread_timers_free (struct pgo_thread_timers *set)
{
  if (set == NULL)
    return;
  for (uint32_t i = 0; i < set->n_timers; i++)
    if (set->timers[i].id >= 0)
      pgo_syscall (SYS_timer_delete, set->timers[i].id);
  pgo_raw_unmap (set, sizeof *set);
}

void
pgo_thread_timers_forget (struct pgo_thread_timers *set)
{
  if (set != NULL)
    pgo_raw_unmap (set, sizeof *set);
}

bool
pgo_thread_timers_owns (const siginfo_t *info)
{
  uint64_t value = (uintptr_t) info->si_value.sival_ptr;
  return info->si_code == SI_TIMER && (sizeof (void *) == 4 ? value : value >> 32) == MAGIC;
}

int
pgo_thread_timers_tid (const siginfo_t *info)
{
  return sizeof (void *) == 4 ? 0 : (int) (uint32_t) (uintptr_t) info->si_value.sival_ptr;
}

int
pgo_thread_timers_free_signal (const int *taken)
{
  for (int number = SIGRTMAX - RESERVED_SIGNALS; number >= SIGRTMIN; number--)
    {
      struct sigaction old;
      bool is_taken = false;
      for (const int *t = taken; *t != 0; t++)
        is_taken |= *t == number;
      if (!is_taken && sigaction (number, NULL, &old) == 0 && (old.sa_flags & SA_SIGINFO) == 0
          && old.sa_handler == SIG_DFL)
        return number;
    }
  return 0;
}
