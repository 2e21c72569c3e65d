/* libpgosample: what the program and the environment ask for.  See pgosample.h.

   At most one run of the sampler at a time; one lock for all that is asked by API, endpoint, fork and exit.  Files
   are written by the collector's thread, or, when that is gone, by who asks.

   SPDX-License-Identifier: MIT  */
#include "runtime/pgosample.h"
#include "runtime/collector.h"
#include "runtime/gcov.h"
#include "runtime/http-endpoint.h"
#include "runtime/pprof-write.h"
#include "runtime/raw.h"
#include "runtime/sampling.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__ ((visibility ("default")))

/* Most an exit waits for a writing that is going on.  */
#define EXIT_WAIT_MS 10000

static struct
{
  uint32_t lock;                /* 0 free, 1 taken, 2 taken and waited for.  */
  bool running;
  bool for_request;             /* The run is the endpoint's, not the program's.  */
  bool has_samples;             /* There was a run of the program's.  */
  bool fork_handled;            /* pthread_atfork was called.  */
  int pid;                      /* Process the run belongs to: a vfork child isn't it.  */
  struct pgo_options options;
  struct pgo_table *table;
  struct pgo_mappings *mappings;
  struct pgo_collector_report report; /* As of the last sync or stop.  */
  char status[2 * PGO_REASON];
} sampler;

static bool
try_lock (void)
{
  uint32_t free = 0;
  return __atomic_compare_exchange_n (&sampler.lock, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* False if it wasn't free within TIMEOUT_MS (negative: no limit).  No system call but futex.  */
static bool
take_lock (long timeout_ms)
{
  enum { PIECE_MS = 10 };
  if (try_lock ())
    return true;
  for (long waits = 0; __atomic_exchange_n (&sampler.lock, 2, __ATOMIC_ACQUIRE) != 0; waits++)
    {
      if (timeout_ms >= 0 && waits >= timeout_ms / PIECE_MS)
        return false;
      pgo_raw_wait (&sampler.lock, 2, PIECE_MS);
    }
  return true;
}

static void
release_lock (void)
{
  if (__atomic_exchange_n (&sampler.lock, 0, __ATOMIC_RELEASE) == 2)
    pgo_raw_wake (&sampler.lock);
}

/* The comments that pprof-write.h promises, in ROOM.  */
static void
write_comments (struct pgo_pprof *pprof, char *room, size_t size)
{
  const struct pgo_collector_report *report = &sampler.report;
  struct pgo_table_totals totals;
  struct pgo_text text = pgo_text_in (room, size);
  pgo_table_totals (sampler.table, &totals);
  int pid = (int) pgo_syscall (SYS_getpid);

#define BEGIN(KEY) \
  (pprof->comments[pprof->n_comments++] = text.bytes + text.length, pgo_text_add (&text, KEY))
#define END() (text.length + 1 < text.size ? (void) (text.bytes[++text.length] = 0) : (void) 0)
  BEGIN ("collector: pgosample " PGOINLINE_VERSION);
  END ();
  BEGIN ("process: ");
  pgo_text_add_number (&text, (uint64_t) pid);
  END ();
  BEGIN ("main: ");
  pgo_text_add (&text, sampler.options.main_pid == 0 || sampler.options.main_pid == pid ? "yes" : "no");
  END ();
  BEGIN ("engine: ");
  pgo_text_add (&text, report->engine);
  END ();
  BEGIN ("hz: ");
  pgo_text_add_number (&text, sampler.options.hz);
  pgo_text_add (&text, " asked, ");
  uint64_t user_us = report->user_ns / 1000;
  pgo_text_add_milli (&text, user_us != 0 ? totals.added[PGO_SAMPLE_CLOCK] * 1000000000u / user_us : 0);
  pgo_text_add (&text, " achieved");
  END ();
  BEGIN ("duration: ");
  pgo_text_add_number (&text, report->duration_ns);
  END ();
  BEGIN ("cpu: ");
  pgo_text_add_number (&text, report->user_ns);
  END ();
  BEGIN ("lost: ");
  pgo_text_add_number (&text, totals.lost[PGO_SAMPLE_CLOCK]);
  END ();
  BEGIN ("overflow: ");
  pgo_text_add_number (&text, totals.overflow[PGO_SAMPLE_CLOCK]);
  END ();
  if (pprof->has_burst)
    {
      BEGIN ("branch-records: ");
      pgo_text_add_number (&text, totals.records[PGO_SAMPLE_RANGE]);
      END ();
      BEGIN ("branch-lost: ");
      pgo_text_add_number (&text, totals.lost[PGO_SAMPLE_BRANCH] + totals.lost[PGO_SAMPLE_RANGE]);
      END ();
      BEGIN ("branch-overflow: ");
      pgo_text_add_number (&text, totals.overflow[PGO_SAMPLE_BRANCH] + totals.overflow[PGO_SAMPLE_RANGE]);
      END ();
    }

  const char *notes[] = { report->refusal, report->clock, report->burst };
  for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
    if (notes[i][0] != 0)
      {
        BEGIN ("note: ");
        pgo_text_add (&text, i == 2 ? "burst: " : "");
        pgo_text_add (&text, notes[i]);
        END ();
      }
  if (sampler.options.refused[0] != 0)
    {
      BEGIN ("note: not understood: ");
      pgo_text_add (&text, sampler.options.refused);
      END ();
    }
  if (pgo_mappings_refused (sampler.mappings) != 0)
    {
      BEGIN ("note: mappings left out: ");
      pgo_text_add_number (&text, pgo_mappings_refused (sampler.mappings));
      END ();
    }
#undef BEGIN
#undef END
}

/* Write to FD, or, if that is negative, to PATH (NULL: out=) what is in the table.  On the collector's thread,
   or where there is none.  An errno value.  */
static int
write_samples (const char *path, int fd)
{
  /* Not on the stack, which may be a small one.  */
  struct room
  {
    struct pgo_pprof pprof;
    char path[PGO_OPTIONS_TEXT];
    char comments[2048];
  } *room = pgo_raw_map (sizeof *room);
  if (room == NULL)
    return ENOMEM;
  int error = 0;
  if (path == NULL && fd < 0)
    {
      if (!pgo_options_path (&sampler.options, sampler.pid, room->path, sizeof room->path))
        error = ENAMETOOLONG;
      path = room->path;
    }
  if (error == 0)
    {
      struct pgo_pprof *pprof = &room->pprof;
      pgo_collector_report (&sampler.report);
      pprof->table = sampler.table;
      pprof->mappings = sampler.mappings;
      pprof->period_ns = 1000000000u / sampler.options.hz;
      pprof->date_ns = sampler.report.date_ns;
      pprof->duration_ns = sampler.report.duration_ns;
      pprof->has_burst = &pgo_burst_sampler != NULL;
      write_comments (pprof, room->comments, sizeof room->comments);
      error = fd >= 0 ? pgo_pprof_write_fd (pprof, fd) : pgo_pprof_write (pprof, path);
    }
  pgo_raw_unmap (room, sizeof *room);
  return error;
}

struct writing
{
  const char *path;             /* NULL: out=.  */
  int error;                    /* An errno value.  */
  bool if_any;                  /* Only if there are samples.  */
};

static bool
has_any (void)
{
  struct pgo_table_totals totals;
  pgo_table_totals (sampler.table, &totals);
  for (int kind = 0; kind < PGO_N_SAMPLE_KINDS; kind++)
    if (totals.added[kind] + totals.lost[kind] + totals.overflow[kind] != 0)
      return true;
  return false;
}

static void
do_write (void *data)
{
  struct writing *writing = data;
  if (!writing->if_any || has_any ())
    writing->error = write_samples (writing->path, -1);
}

static void
write_posted (void *unused)
{
  (void) unused;
  write_samples (NULL, -1);
}

static void
on_signal (int number)
{
  (void) number;
  pgo_collector_post (write_posted);
}

static void
set_status (const char *refusal)
{
  const struct pgo_collector_report *report = &sampler.report;
  struct pgo_text text = pgo_text_in (sampler.status, sizeof sampler.status);
  if (sampler.running)
    {
      pgo_text_add (&text, report->engine);
      pgo_text_add (&text, ": ");
      pgo_text_add_number (&text, sampler.options.hz);
      pgo_text_add (&text, " Hz");
    }
  else
    pgo_text_add (&text, "off");
  const char *notes[] = { refusal, report->refusal, report->burst };
  for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
    if (notes[i] != NULL && notes[i][0] != 0)
      {
        pgo_text_add (&text, "; ");
        pgo_text_add (&text, notes[i]);
      }
  if (sampler.options.refused[0] != 0)
    {
      pgo_text_add (&text, "; not understood: ");
      pgo_text_add (&text, sampler.options.refused);
    }
  if (pgo_endpoint_place ()[0] != 0)
    {
      pgo_text_add (&text, "; http ");
      pgo_text_add (&text, pgo_endpoint_place ());
    }
}

/* Start with sampler.options, with the lock.  An errno value.  */
static int
start (bool wait)
{
  if (sampler.table == NULL)
    sampler.table = pgo_table_new (sampler.options.memory_bytes);
  else
    pgo_table_clear (sampler.table);
  if (sampler.mappings == NULL)
    sampler.mappings = pgo_mappings_new ();
  if (sampler.table == NULL || sampler.mappings == NULL)
    {
      set_status ("out of memory");
      return ENOMEM;
    }
  sampler.pid = (int) pgo_syscall (SYS_getpid);
  sampler.has_samples = !sampler.for_request;
  int error = pgo_collector_start (&sampler.options, sampler.table, sampler.mappings, wait);
  if (wait)
    pgo_collector_report (&sampler.report);
  sampler.running = error == 0;
  if (wait)
    set_status (NULL);
  return error;
}

/* Stop, with the lock, and have FUNCTION (DATA) done on the collector's thread, unless it is NULL or there
   is none any more.  */
static void
stop (void (*function) (void *), void *data)
{
  bool stopped = pgo_collector_stop (function, data);
  pgo_collector_report (&sampler.report);
  sampler.running = false;
  set_status (stopped ? NULL : "the collector doesn't answer");
}

/* A forked child has the memory but neither the thread nor the timers.  Only async-signal-safe calls
   here, where the thread is a raw one: other threads of the parent may have held any lock.  */
static void
after_fork_in_child (void)
{
  bool was_running = sampler.running && !sampler.for_request;
  sampler.lock = 0;
  sampler.running = false;
  sampler.has_samples = false;
  pgo_collector_forget ();
  pgo_endpoint_after_fork ();
  if (!was_running || !sampler.options.children)
    return;
  /* What refused to run in the parent does so here.  */
  if (strcmp (sampler.report.engine, "timer") == 0)
    sampler.options.engine = PGO_ENGINE_TIMER;
  else
    sampler.options.engine = PGO_ENGINE_PERF;
  if (sampler.options.main_pid == 0)
    sampler.options.main_pid = sampler.pid;
  start (false);
}

static void
handle_signal (void)
{
  struct sigaction action;
  if (sampler.options.signal == 0)
    return;
  memset (&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset (&action.sa_mask);
  sigaction (sampler.options.signal, &action, NULL);
}

/* An errno value.  */
static int
handle_forks (void)
{
  if (!sampler.fork_handled && pthread_atfork (NULL, NULL, after_fork_in_child) != 0)
    return ENOMEM;
  sampler.fork_handled = true;
  return 0;
}

/* As pgosample_start, the options being parsed.  */
static int
start_asked (void)
{
  int error = handle_forks ();
  if (error != 0)
    return error;
  sampler.for_request = false;
  error = start (true);
  if (error == 0)
    handle_signal ();
  return error;
}

/* The table for the next run, of MEMORY_BYTES.  */
static void
fit_table (size_t memory_bytes)
{
  if (sampler.options.memory_bytes != memory_bytes)
    sampler.table = NULL;       /* Left behind, not freed: a late signal may yet look at it.  */
}

API int
pgosample_start (const char *options)
{
  take_lock (-1);
  int error = EALREADY;
  if (!sampler.running)
    {
      size_t memory_bytes = sampler.options.memory_bytes;
      pgo_options_parse (&sampler.options, options);
      fit_table (memory_bytes);
      if (sampler.options.main_pid == 0)
        sampler.options.main_pid = (int) getpid ();
      error = start_asked ();
    }
  release_lock ();
  return error;
}

API int
pgosample_stop (void)
{
  int error = EINVAL;
  take_lock (-1);
  if (sampler.running && !sampler.for_request)
    {
      stop (NULL, NULL);
      error = 0;
    }
  release_lock ();
  return error;
}

int
pgo_sampling_begin (const struct pgo_options *options, char *status, size_t size)
{
  struct pgo_text text = pgo_text_in (status, size);
  take_lock (-1);
  int error = EALREADY;
  if (!sampler.running)
    {
      size_t memory_bytes = sampler.options.memory_bytes;
      int main_pid = sampler.options.main_pid;
      sampler.options = *options;
      sampler.options.main_pid = main_pid;
      fit_table (memory_bytes);
      sampler.for_request = true;
      error = start (true);
    }
  pgo_text_add (&text, sampler.status);
  release_lock ();
  return error;
}

int
pgo_sampling_end (int fd)
{
  int error = EINVAL;
  take_lock (-1);
  if (sampler.running && sampler.for_request)
    {
      stop (NULL, NULL);
      error = fd >= 0 ? write_samples (NULL, fd) : 0;
    }
  release_lock ();
  return error;
}

/* Listen as OPTIONS say.  An errno value.  */
static int
serve (const struct pgo_options *options)
{
  int error = handle_forks ();
  char counters[8];
  if (error == 0 && pgo_options_get (options, "gcov", counters, sizeof counters) && strcmp (counters, "on") == 0)
    /* Without counters there, who asks for them is told.  */
    pgo_gcov_begin ();
  if (error == 0)
    error = pgo_endpoint_start (options);
  char refusal[PGO_REASON];
  struct pgo_text text = pgo_text_in (refusal, sizeof refusal);
  if (error != 0 && error != EALREADY)
    {
      pgo_text_add (&text, "no http: ");
      if (error == EINVAL)
        pgo_text_add (&text, "address not understood");
      else
        pgo_text_add_error (&text, error);
    }
  set_status (refusal);
  return error;
}

API int
pgosample_serve (const char *options)
{
  static struct pgo_options parsed;
  /* Without the lock: the thread may need it to end what it does.  */
  int error = options == NULL ? pgo_endpoint_stop () : 0;
  take_lock (-1);
  if (options == NULL)
    set_status (NULL);
  else
    {
      pgo_options_parse (&parsed, options);
      error = serve (&parsed);
    }
  release_lock ();
  return error;
}

API int
pgosample_write (const char *path)
{
  /* Static, with a copy of the name: a collector that answers too late may yet look at it.  */
  static struct writing writing;
  static char name[PGO_OPTIONS_TEXT];
  int error = EINVAL;
  take_lock (-1);
  struct pgo_text copy = pgo_text_in (name, sizeof name);
  pgo_text_add (&copy, path != NULL ? path : "");
  writing = (struct writing) { path != NULL ? name : NULL, EIO, false };
  if (copy.length + 1 >= copy.size)
    error = ENAMETOOLONG;
  else if (sampler.has_samples && sampler.pid == (int) getpid ())
    {
      if (!sampler.running || !pgo_collector_running ())
        do_write (&writing);
      else
        pgo_collector_call (do_write, &writing);
      error = writing.error;
    }
  release_lock ();
  return error;
}

API const char *
pgosample_status (void)
{
  return sampler.status[0] != 0 ? sampler.status : "off";
}

/* The program may have restricted itself by now: where the collector writes, this thread makes no system
   calls but getpid and futex.  */
static void __attribute__ ((destructor))
at_exit (void)
{
  pgo_endpoint_at_exit ();
  if (!sampler.running || sampler.pid != (int) getpid () || !take_lock (EXIT_WAIT_MS))
    return;
  if (sampler.running && sampler.for_request)
    stop (NULL, NULL);
  else if (sampler.running)
    {
      struct writing writing = { NULL, 0, sampler.options.main_pid != sampler.pid };
      bool alone = !pgo_collector_running ();
      stop (do_write, &writing);
      if (alone)
        do_write (&writing);
      sampler.has_samples = false;
    }
  release_lock ();
}

/* Have exec'ed images know which process was first: append ",main=PID" to PGOSAMPLE.  */
static void
tell_children (const char *text)
{
  char longer[PGO_OPTIONS_TEXT];
  struct pgo_text value = pgo_text_in (longer, sizeof longer);
  pgo_text_add (&value, text);
  pgo_text_add (&value, ",main=");
  pgo_text_add_number (&value, (uint64_t) sampler.options.main_pid);
  if (value.length + 1 < value.size)
    setenv ("PGOSAMPLE", longer, 1);
}

static void __attribute__ ((constructor))
at_start (void)
{
  /* Not in a process that has more rights than who started it.  */
  const char *text = secure_getenv ("PGOSAMPLE");
  if (text == NULL || text[0] == 0 || strcmp (text, "off") == 0)
    return;
  take_lock (-1);
  pgo_options_parse (&sampler.options, text);
  int pid = (int) getpid ();
  if (sampler.options.main_pid == 0)
    {
      sampler.options.main_pid = pid;
      tell_children (text);
    }
  bool is_main = sampler.options.main_pid == pid;
  char where[PGO_OPTIONS_TEXT], out[PGO_OPTIONS_TEXT];
  bool serves = pgo_options_get (&sampler.options, "http", where, sizeof where);
  /* Who names the endpoint wants samples when they are asked for there.  */
  bool samples = !serves || pgo_options_get (&sampler.options, "out", out, sizeof out);
  if (serves && (is_main || (sampler.options.children && strstr (where, "%p") != NULL)))
    serve (&sampler.options);
  if (samples && (sampler.options.children || is_main))
    start_asked ();
  release_lock ();
}
