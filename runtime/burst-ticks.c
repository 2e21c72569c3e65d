/* Ticks.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-ticks.h"

#include "runtime/collector.h"
#include "runtime/raw.h"
#include "runtime/thread-timers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>

/* Threads that can have an event.  */
#define MAX_EVENTS 1024u
#define PERF_POLL_MS 5u

struct event
{
  int tid, fd;
  uint32_t scan;                /* The last one that saw the thread.  */
};

static struct
{
  struct pgo_thread_timers *timers; /* NULL: not running, or perf.  */
  bool perf;
  int signal_number;
  uint64_t period_ns;
  struct event events[MAX_EVENTS];
  uint32_t n_events, scan;
  int error;
} the;

int
pgo_ticks_free_signal (bool perf)
{
  static const int none[] = { 0 };
  struct sigaction old;
  if (!perf)
    return pgo_thread_timers_free_signal (none);
  return sigaction (SIGSTKFLT, NULL, &old) == 0 && old.sa_handler == SIG_DFL ? SIGSTKFLT : 0;
}

/* An event that signals TID.  A descriptor of this thread's own table, or -errno.  */
static int
open_event (int tid)
{
  struct perf_event_attr attr;
  memset (&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.sample_period = the.period_ns;
  attr.exclude_kernel = attr.exclude_hv = 1;
  attr.wakeup_events = 1;
  attr.disabled = 1;
  long fd = pgo_syscall (SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0)
    return (int) fd;
  struct f_owner_ex owner = { F_OWNER_TID, tid };
  long error = pgo_syscall (SYS_fcntl, fd, F_SETOWN_EX, &owner);
  if (error == 0)
    error = pgo_syscall (SYS_fcntl, fd, F_SETSIG, the.signal_number);
  if (error == 0)
    error = pgo_syscall (SYS_fcntl, fd, F_SETFL, O_ASYNC | O_NONBLOCK);
  if (error == 0)
    error = pgo_syscall (SYS_ioctl, fd, PERF_EVENT_IOC_ENABLE, 0);
  if (error == 0)
    return (int) fd;
  pgo_raw_close ((int) fd);
  return (int) error;
}

static bool
see_thread (int tid, void *unused)
{
  (void) unused;
  if (tid == pgo_collector_tid ())
    return true;
  for (uint32_t i = 0; i < the.n_events; i++)
    if (the.events[i].tid == tid)
      {
        the.events[i].scan = the.scan;
        return true;
      }
  if (the.n_events == MAX_EVENTS)
    return false;
  int fd = open_event (tid);
  if (fd >= 0)
    the.events[the.n_events++] = (struct event) { .tid = tid, .fd = fd, .scan = the.scan };
  else if (fd != -ESRCH)
    the.error = fd;
  return true;
}

void
pgo_ticks_scan (void)
{
  if (the.timers)
    pgo_thread_timers_scan (the.timers);
  if (!the.perf)
    return;
  the.scan++;
  pgo_raw_each_thread (see_thread, NULL);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < the.n_events; i++)
    if (the.events[i].scan == the.scan)
      the.events[kept++] = the.events[i];
    else
      pgo_raw_close (the.events[i].fd);
  the.n_events = kept;
}

int
pgo_ticks_start (int signal_number, uint64_t period_ns, bool perf)
{
  the.signal_number = signal_number;
  the.period_ns = period_ns;
  the.error = 0;
  __atomic_store_n (&the.perf, perf, __ATOMIC_RELEASE);
  if (perf)
    {
      pgo_ticks_scan ();
      return the.n_events == 0 ? the.error : 0;
    }
  the.timers = pgo_thread_timers_new (signal_number, period_ns);
  if (!the.timers)
    return -ENOMEM;
  pgo_thread_timers_count_user_time (the.timers);
  int error = pgo_thread_timers_scan (the.timers);
  if (error != 0)
    pgo_ticks_stop ();
  return error;
}

unsigned
pgo_ticks_poll_ms (void)
{
  return the.timers ? pgo_thread_timers_poll_ms (the.timers) : the.perf ? PERF_POLL_MS : 0;
}

void
pgo_ticks_stop (void)
{
  pgo_thread_timers_free (the.timers);
  the.timers = NULL;
  for (uint32_t i = 0; i < the.n_events; i++)
    pgo_raw_close (the.events[i].fd);
  the.n_events = 0;
}

void
pgo_ticks_forget (void)
{
  pgo_thread_timers_forget (the.timers);
  the.timers = NULL;
  /* The descriptors were in the collector's table: the child never had them.  */
  the.n_events = 0;
}

bool
pgo_ticks_owns (const siginfo_t *info, int *overrun, int *tid)
{
  if (__atomic_load_n (&the.perf, __ATOMIC_ACQUIRE))
    {
      if (info->si_code != POLL_IN && info->si_code != POLL_HUP)
        return false;
      /* A look without a lock, for want of a better one: this is for tests.  */
      *overrun = *tid = 0;
      for (uint32_t i = 0; i < MAX_EVENTS && *tid == 0; i++)
        if (the.events[i].fd == info->si_fd)
          *tid = the.events[i].tid;
      return true;
    }
  if (!pgo_thread_timers_owns (info))
    return false;
  *overrun = info->si_overrun;
  *tid = pgo_thread_timers_tid (info);
  return true;
}

#endif
