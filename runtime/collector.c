/* The collector's thread: see collector.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/collector.h"
#include "runtime/credentials.h"
#include "runtime/raw.h"
#include "runtime/thread.h"

#include <errno.h>
#include <string.h>

/* An answer takes well below a millisecond, a file of samples up to a second.  Who doesn't answer hangs in a
   file system, or in a debugger.  */
#define ANSWER_MS 30000
/* Unknown addresses make the mappings be read again, at most this often.  */
#define MAPPINGS_MS 100
/* And where nobody tells of new ones, at least this often: known addresses may mean something else by now.  A
   reading takes some 100 us.  */
#define STALE_MAPPINGS_MS 1000

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

  size_t cursor;                /* In the table: entries before it were looked at.  */
  uint64_t mappings_ns;         /* When they were read.  */
  bool unknown;                 /* An address since then was in none of them.  */
  unsigned follow_ms;
  struct pgo_credentials credentials;
} collector;

static void run (void);
static struct pgo_thread the_thread = { .name = "pgosample", .function = run };

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
  if (!pgo_thread_own_descriptors ())
    {
      struct pgo_text text = pgo_text_in (collector.report.refusal, sizeof collector.report.refusal);
      pgo_text_add (&text, "no file descriptors of its own");
      return EPERM;
    }
  collector.follow_ms = pgo_credentials_begin (&collector.credentials);
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
      if (collector.follow_ms != 0 && !pgo_credentials_follow (&collector.credentials))
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
  pgo_credentials_end (&collector.credentials);
}

/* Wait for answer NUMBER: false if it doesn't come, because the thread is gone or stuck.  No system call but
   futex: the program may have forbidden others.  */
static bool
await (uint32_t number)
{
  enum { PIECE_MS = 10 };
  for (int waits = 0; waits < ANSWER_MS / PIECE_MS; waits++)
    {
      /* It may have answered as its last act, so look at that first.  */
      bool alive = pgo_thread_alive (&the_thread);
      uint32_t answered = __atomic_load_n (&collector.answered, __ATOMIC_ACQUIRE);
      if ((int32_t) (answered - number) >= 0)
        return true;
      if (!alive)
        return false;
      pgo_raw_wait (&collector.answered, answered, PIECE_MS);
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
        pgo_text_add (&text, "only in 64-bit programs on x86");
      else if (pgo_burst_sampler.prepare != NULL
               && pgo_burst_sampler.prepare (collector.options, reason) != 0)
        pgo_text_add (&text, reason);
      else
        the_burst = &pgo_burst_sampler;
    }

  collector.asked = 1;
  collector.answered = 0;
  collector.posted = NULL;
  error = pgo_thread_start (&the_thread);
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
    pgo_thread_await_end (&the_thread);
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
  if (!pgo_thread_await_end (&the_thread))
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
  return pgo_thread_alive (&the_thread);
}

/* Have COMMAND done, with FUNCTION.  False without an answer.  */
static bool
ask (enum command command, void (*function) (void *), void *data)
{
  if (!pgo_thread_alive (&the_thread) || !await (1))
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
  /* Also what the parent's thread was about to start, and the signal handlers that bursts leave behind.  */
  if (the_clock != NULL)
    the_clock->forget ();
  if (&pgo_burst_sampler != NULL)
    pgo_burst_sampler.forget ();
  collector.clock = collector.burst = NULL;
  pgo_thread_forget (&the_thread);
}

void
pgo_collector_report (struct pgo_collector_report *report)
{
  *report = collector.report;
}
