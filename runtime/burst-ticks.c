/* Ticks.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-ticks.h"

#include "runtime/collector.h"
#include "runtime/raw.h"
#include "runtime/thread.h"
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
  uint64_t who;                 /* Descriptor, and thread in the lower half; read by signal handlers.  0: no event.  */
  uint32_t scan;                /* The last one that saw the thread.  */
};

static struct
{
  struct pgo_thread_timers *timers; /* NULL: not running, or perf.  */
  bool perf;
  int signal_number;
  uint64_t period_ns;
  struct event events[MAX_EVENTS];
  uint32_t n_events, scan;      /* Beyond n_events there are none.  */
  int error;
} the;

int
pgo_ticks_free_signal (bool perf)
{
  static const int none[] = { 0 };
  struct sigaction old;
  if (!perf)
    return pgo_thread_timers_free_signal (none);
  return sigaction (SIGURG, NULL, &old) == 0 && old.sa_handler == SIG_DFL ? SIGURG : 0;
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
  if (pgo_thread_is_ours (tid))
    return true;
  uint32_t free = the.n_events;
  for (uint32_t i = 0; i < the.n_events; i++)
    if ((int) (uint32_t) the.events[i].who == tid)
      {
        the.events[i].scan = the.scan;
        return true;
      }
    else if (the.events[i].who == 0)
      free = i;
  if (free == MAX_EVENTS)
    return false;
  int fd = open_event (tid);
  if (fd >= 0)
    {
      the.events[free].scan = the.scan;
      __atomic_store_n (&the.events[free].who, (uint64_t) fd << 32 | (uint32_t) tid, __ATOMIC_RELEASE);
      the.n_events += free == the.n_events;
    }
  else if (fd != -ESRCH)
    the.error = fd;
  return true;
}

static void
close_event (struct event *event)
{
  int fd = (int) (event->who >> 32);
  if (event->who == 0)
    return;
  __atomic_store_n (&event->who, 0, __ATOMIC_RELEASE);
  pgo_raw_close (fd);
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
  for (uint32_t i = 0; i < the.n_events; i++)
    if (the.events[i].scan != the.scan)
      close_event (&the.events[i]);
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
  struct pgo_thread_timers *timers = the.timers;
  the.timers = NULL;
  pgo_thread_timers_free (timers);
  for (uint32_t i = 0; i < the.n_events; i++)
    close_event (&the.events[i]);
  the.n_events = 0;
}

void
pgo_ticks_forget (void)
{
  pgo_thread_timers_forget (the.timers);
  the.timers = NULL;
  /* The descriptors were in the collector's table: the child never had them.  */
  for (uint32_t i = 0; i < the.n_events; i++)
    the.events[i].who = 0;
  the.n_events = 0;
}

bool
pgo_ticks_owns (const siginfo_t *info, int *overrun, int *tid)
{
  if (__atomic_load_n (&the.perf, __ATOMIC_ACQUIRE))
    {
      if (info->si_code != POLL_IN && info->si_code != POLL_HUP)
        return false;
      *overrun = *tid = 0;
      for (uint32_t i = 0; i < MAX_EVENTS && *tid == 0; i++)
        {
          uint64_t who = __atomic_load_n (&the.events[i].who, __ATOMIC_ACQUIRE);
          if (who != 0 && (int) (who >> 32) == info->si_fd)
            *tid = (int) (uint32_t) who;
        }
      return true;
    }
  if (!pgo_thread_timers_owns (info))
    return false;
  *overrun = info->si_overrun;
  *tid = pgo_thread_timers_tid (info);
  return true;
}

#endif
