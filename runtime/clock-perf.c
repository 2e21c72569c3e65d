/* Clock samples by perf_event_open: the kernel's cpu-clock timer, user code only.

   For each thread that is there and each CPU, one event that the thread's later children-threads inherit; all
   events of a CPU write to one ring, since an inherited event may only be mapped per CPU.  No signal is
   involved, so nothing of the program is disturbed.  The rings also tell of each executable mapping as it is
   made, with its build-id, which is how libraries that are closed again keep their names.

   SPDX-License-Identifier: MIT  */
#include "runtime/collector.h"
#include "runtime/raw.h"
#include "runtime/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* CPUs that can have a ring.  */
#define MAX_CPUS 1024
/* Events beyond one a CPU, for the threads that were there at the start.  */
#define MAX_EXTRA_EVENTS 16384
/* Ring sizes, pages, powers of two.  An unprivileged user may lock 516 KiB a CPU in all, so leaf samples
   (16 bytes) get 8 pages, 20 seconds' worth at 99 Hz.  Chains are some hundred bytes.  */
#define LEAF_PAGES 8
#define CHAIN_PAGES 32
/* Frames: the kernel's own default limit, kernel.perf_event_max_stack.  */
#define MAX_FRAMES 127
/* Rings are drained when they could be a quarter full, but within these.  */
#define MIN_POLL_MS 20
#define MAX_POLL_MS 1000

/* Not in the headers of Linux before 5.12 and 5.13.  */
#ifndef PERF_RECORD_MISC_MMAP_BUILD_ID
# define PERF_RECORD_MISC_MMAP_BUILD_ID (1 << 14)
#endif

struct ring
{
  struct perf_event_mmap_page *control;
  int fd;
};

static struct
{
  struct pgo_table *table;
  uint64_t period_ns;
  size_t page_bytes, ring_bytes; /* Of a ring's data.  */
  unsigned poll_ms;
  int n_cpus;                   /* 1 + the greatest number of one that is online.  */
  bool no_room;                 /* A ring could not be mapped.  */
  bool stacks;
  bool forked_too;              /* The kernel cannot restrict inheritance to threads.  */
  struct perf_event_attr attr;
  bool online[MAX_CPUS];
  struct ring rings[MAX_CPUS];
  int extra[MAX_EXTRA_EVENTS];
  int n_extra;
  uint32_t pid;
  int threads[1024];            /* Attached so far, in order of attachment, while starting.  */
  int n_threads;
  int error;
  uint64_t throttled;
  _Alignas (8) uint8_t record[65536]; /* One, copied out of where it wraps.  */
} perf;

static int
open_event (int tid, int cpu)
{
  if (pgo_raw_forbidden (SYS_perf_event_open))
    return -EPERM;
  return (int) pgo_syscall (SYS_perf_event_open, &perf.attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Open the first event, for TID on CPU, finding out what this kernel knows.  */
static int
open_first_event (int tid, int cpu)
{
  int fd = open_event (tid, cpu);
  if (fd == -EINVAL)
    {
      /* Linux 5.12.  */
      perf.attr.build_id = 0;
      fd = open_event (tid, cpu);
    }
  if (fd == -EINVAL)
    {
      /* Linux 5.13.  Without, forked children write to our rings: those samples are dropped.  */
      perf.attr.inherit_thread = 0;
      perf.forked_too = true;
      fd = open_event (tid, cpu);
    }
  if (fd == -EOVERFLOW && perf.stacks)
    {
      /* The administrator's limit is lower.  */
      perf.attr.sample_max_stack = 0;
      fd = open_event (tid, cpu);
    }
  return fd;
}

static int
map_ring (int cpu, int fd)
{
  long memory = pgo_syscall (SYS_mmap, 0, perf.page_bytes + perf.ring_bytes, PROT_READ | PROT_WRITE,
                             MAP_SHARED, fd, 0);
  if (pgo_raw_failed (memory))
    {
      perf.no_room = true;
      return (int) memory;
    }
  perf.rings[cpu].control = (struct perf_event_mmap_page *) memory;
  perf.rings[cpu].fd = fd;
  return 0;
}

/* Attach thread TID on all CPUs: 0 or -errno.  */
static int
attach_thread (int tid)
{
  bool first = perf.n_threads == 0;
  for (int cpu = 0; cpu < perf.n_cpus; cpu++)
    {
      if (first ? !perf.online[cpu] : perf.rings[cpu].control == NULL)
        continue;
      int fd = first ? open_first_event (tid, cpu) : open_event (tid, cpu);
      if (fd == -ENODEV && first)
        continue;               /* Went offline.  */
      if (fd == -ESRCH)
        return 0;               /* Gone.  */
      if (fd < 0)
        return fd;
      long error;
      if (first)
        error = map_ring (cpu, fd);
      else if (perf.n_extra == MAX_EXTRA_EVENTS)
        error = -EMFILE;
      else
        error = pgo_syscall (SYS_ioctl, fd, PERF_EVENT_IOC_SET_OUTPUT, perf.rings[cpu].fd);
      if (error != 0)
        {
          pgo_raw_close (fd);
          return (int) error;
        }
      if (!first)
        perf.extra[perf.n_extra++] = fd;
    }
  return 0;
}

/* pgo_raw_each_thread calls this: attach TID if it wasn't.  */
static bool
attach_new_thread (int tid, void *data)
{
  int *n_new = data;
  if (pgo_thread_is_ours (tid))
    return true;
  for (int i = 0; i < perf.n_threads; i++)
    if (perf.threads[i] == tid)
      return true;
  if (perf.n_threads == (int) (sizeof perf.threads / sizeof perf.threads[0]))
    perf.error = -EMFILE;
  else
    perf.error = attach_thread (tid);
  if (perf.error != 0)
    return false;
  perf.threads[perf.n_threads++] = tid;
  ++*n_new;
  return true;
}

/* Fill online and n_cpus from a list like "0-3,8".  False if there is none.  */
static bool
find_cpus (void)
{
  char list[4096];
  int fd = pgo_raw_open ("/sys/devices/system/cpu/online", O_RDONLY, 0);
  if (fd < 0)
    return false;
  long n = pgo_raw_read (fd, list, sizeof list - 1);
  pgo_raw_close (fd);
  list[n > 0 ? n : 0] = 0;
  int first = -1, number = -1;
  for (const char *c = list;; c++)
    if (*c >= '0' && *c <= '9')
      number = number < 0 ? *c - '0' : number < MAX_CPUS ? number * 10 + (*c - '0') : number;
    else
      {
        if (*c == '-')
          first = number;
        else if (number >= 0)
          for (int cpu = first >= 0 ? first : number; cpu <= number && cpu < MAX_CPUS; cpu++)
            {
              perf.online[cpu] = true;
              perf.n_cpus = cpu + 1;
            }
        if (*c != '-')
          first = -1;
        number = -1;
        if (*c == 0)
          return perf.n_cpus > 0;
      }
}

/* The same from the CPUs that this thread may run on.  */
static bool
find_cpus_by_affinity (void)
{
  uint64_t mask[MAX_CPUS / 64];
  memset (mask, 0, sizeof mask);
  if (pgo_syscall (SYS_sched_getaffinity, 0, sizeof mask, mask) < 0)
    return false;
  for (int cpu = 0; cpu < MAX_CPUS; cpu++)
    if (mask[cpu / 64] >> cpu % 64 & 1)
      {
        perf.online[cpu] = true;
        perf.n_cpus = cpu + 1;
      }
  return perf.n_cpus > 0;
}

static void
release (void)
{
  for (int i = 0; i < perf.n_extra; i++)
    pgo_raw_close (perf.extra[i]);
  perf.n_extra = 0;
  for (int cpu = 0; cpu < perf.n_cpus; cpu++)
    if (perf.rings[cpu].control != NULL)
      {
        pgo_raw_close (perf.rings[cpu].fd);
        pgo_raw_unmap (perf.rings[cpu].control, perf.page_bytes + perf.ring_bytes);
        perf.rings[cpu].control = NULL;
      }
}

/* Attach all threads: 0 or -errno.  */
static int
attach_all (void)
{
  int n_new, error;
  perf.n_threads = perf.error = 0;
  perf.no_room = false;
  /* A thread that isn't attached yet may start another meanwhile: until there is nothing new.  */
  do
    {
      n_new = 0;
      error = pgo_raw_each_thread (attach_new_thread, &n_new);
      if (error == 0)
        error = perf.error;
    }
  while (error == 0 && n_new != 0);
  return error == 0 && perf.n_threads == 0 ? -ESRCH : error;
}

static int
perf_start (const struct pgo_options *options, struct pgo_table *table, char reason[PGO_REASON])
{
  perf.table = table;
  perf.period_ns = 1000000000u / options->hz;
  perf.page_bytes = getauxval (AT_PAGESZ);
  perf.ring_bytes = perf.page_bytes * (options->stacks ? CHAIN_PAGES : LEAF_PAGES);
  perf.n_cpus = 0;
  memset (perf.online, 0, sizeof perf.online);
  perf.stacks = options->stacks;
  perf.forked_too = false;
  perf.n_extra = 0;
  perf.throttled = 0;
  perf.pid = (uint32_t) pgo_syscall (SYS_getpid);

  struct perf_event_attr *attr = &perf.attr;
  memset (attr, 0, sizeof *attr);
  attr->size = sizeof *attr;
  attr->type = PERF_TYPE_SOFTWARE;
  attr->config = PERF_COUNT_SW_CPU_CLOCK;
  attr->sample_period = perf.period_ns;
  attr->sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID;
  attr->exclude_kernel = attr->exclude_hv = 1;
  attr->inherit = attr->inherit_thread = 1;
  attr->mmap = attr->mmap2 = attr->build_id = 1;
  if (options->stacks)
    {
      attr->sample_type |= PERF_SAMPLE_CALLCHAIN;
      attr->exclude_callchain_kernel = 1;
      attr->sample_max_stack = MAX_FRAMES;
    }

  int error = find_cpus () || find_cpus_by_affinity () ? attach_all () : -ENODEV;
  /* All rings have one size: if there is no room for one, try again with smaller ones.  */
  while (error != 0 && perf.no_room && perf.ring_bytes > perf.page_bytes)
    {
      release ();
      perf.ring_bytes /= 2;
      error = attach_all ();
    }
  if (error != 0)
    {
      release ();
      struct pgo_text text = pgo_text_in (reason, PGO_REASON);
      pgo_text_add (&text, "perf: ");
      pgo_text_add_error (&text, -error);
      return -error;
    }

  /* 24 bytes a leaf sample; chains seldom reach their limit.  */
  size_t bytes = options->stacks ? 512 : 24;
  uint64_t ms = (uint64_t) perf.ring_bytes * 1000 / (4 * bytes * options->hz);
  perf.poll_ms = (unsigned) (ms < MIN_POLL_MS ? MIN_POLL_MS : ms > MAX_POLL_MS ? MAX_POLL_MS : ms);
  return 0;
}

/* Number WORD of a record's 64-bit words.  */
static uint64_t
word_at (const uint8_t *record, size_t word)
{
  uint64_t value;
  memcpy (&value, record + 8 * word, sizeof value);
  return value;
}

/* header, ip, pid and tid, [number, chain].  */
static void
take_sample (const uint8_t *record, size_t size)
{
  if (size < 24)
    return;
  if (perf.forked_too && (uint32_t) word_at (record, 2) != perf.pid)
    return;
  uint64_t chain[PGO_TABLE_DEPTH];
  unsigned n = 1;
  chain[0] = word_at (record, 1);
  if (perf.stacks && size >= 32)
    {
      uint64_t length = word_at (record, 3);
      bool leaf = true;
      if (length > (size - 32) / 8)
        length = (size - 32) / 8;
      for (uint64_t i = 0; i < length && n < PGO_TABLE_DEPTH; i++)
        {
          uint64_t address = word_at (record, 4 + i);
          if (address >= (uint64_t) PERF_CONTEXT_MAX)
            continue;           /* "User addresses follow."  */
          if (!leaf)
            chain[n++] = address - 1;
          leaf = false;         /* The first is the sample's own.  */
        }
    }
  pgo_table_add (perf.table, PGO_SAMPLE_CLOCK, chain, n, 1, perf.period_ns);
}

/* header, pid and tid, address, length, offset, (build-id or inode) of 24 bytes, protection and flags,
   name.  */
static void
take_mapping (const uint8_t *record, size_t size, unsigned misc)
{
  if (size < 8 * 9 || (perf.forked_too && (uint32_t) word_at (record, 1) != perf.pid))
    return;
  const uint8_t *id = record + 8 * 5;
  size_t id_size = misc & PERF_RECORD_MISC_MMAP_BUILD_ID ? id[0] : 0;
  const char *name = (const char *) record + 8 * 9;
  if (id_size > 20 || memchr (name, 0, size - 8 * 9) == NULL)
    return;
  uint64_t start = word_at (record, 2);
  pgo_collector_mapped (start, start + word_at (record, 3), word_at (record, 4), name, id + 4, id_size);
}

static void
take_record (const uint8_t *record, const struct perf_event_header *header)
{
  switch (header->type)
    {
    case PERF_RECORD_SAMPLE:
      take_sample (record, header->size);
      break;
    case PERF_RECORD_MMAP2:
      take_mapping (record, header->size, header->misc);
      break;
    case PERF_RECORD_LOST:
      /* header, id, number.  */
      if (header->size >= 24)
        pgo_table_add_lost (perf.table, PGO_SAMPLE_CLOCK, word_at (record, 2));
      break;
    case PERF_RECORD_THROTTLE:
      perf.throttled++;
      break;
    default:
      break;
    }
}

static void
drain (struct ring *ring)
{
  const uint8_t *data = (const uint8_t *) ring->control + perf.page_bytes;
  uint64_t mask = perf.ring_bytes - 1;
  uint64_t head = __atomic_load_n (&ring->control->data_head, __ATOMIC_ACQUIRE);
  uint64_t tail = ring->control->data_tail;
  while (head - tail >= sizeof (struct perf_event_header))
    {
      struct perf_event_header header;
      memcpy (&header, data + (tail & mask), sizeof header); /* Records are 8-byte aligned.  */
      if (header.size < sizeof header || header.size > head - tail)
        {
          tail = head;
          break;
        }
      size_t before_end = perf.ring_bytes - (tail & mask);
      if (header.size <= before_end)
        take_record (data + (tail & mask), &header);
      else
        {
          memcpy (perf.record, data + (tail & mask), before_end);
          memcpy (perf.record + before_end, data, header.size - before_end);
          take_record (perf.record, &header);
        }
      tail += header.size;
    }
  __atomic_store_n (&ring->control->data_tail, tail, __ATOMIC_RELEASE);
}

static void
perf_poll (void)
{
  for (int cpu = 0; cpu < perf.n_cpus; cpu++)
    if (perf.rings[cpu].control != NULL)
      drain (&perf.rings[cpu]);
}

static unsigned
perf_poll_ms (void)
{
  return perf.poll_ms;
}

static void
perf_stop (void)
{
  for (int cpu = 0; cpu < perf.n_cpus; cpu++)
    if (perf.rings[cpu].control != NULL)
      pgo_syscall (SYS_ioctl, perf.rings[cpu].fd, PERF_EVENT_IOC_DISABLE, 0);
  for (int i = 0; i < perf.n_extra; i++)
    pgo_syscall (SYS_ioctl, perf.extra[i], PERF_EVENT_IOC_DISABLE, 0);
  perf_poll ();
  release ();
}

static void
perf_forget (void)
{
  /* The kernel doesn't copy the rings' mappings into a child, nor has it the descriptors, which were the
     collector's.  */
  for (int cpu = 0; cpu < perf.n_cpus; cpu++)
    perf.rings[cpu].control = NULL;
  perf.n_extra = 0;
}

static void
perf_describe (char line[PGO_REASON])
{
  struct pgo_text text = pgo_text_in (line, PGO_REASON);
  if (perf.throttled != 0)
    {
      pgo_text_add (&text, "the kernel throttled the clock ");
      pgo_text_add_number (&text, perf.throttled);
      pgo_text_add (&text, " times");
    }
}

const struct pgo_sampler pgo_perf_sampler = {
  .name = "perf",
  .tells_mappings = true,
  .start = perf_start,
  .poll = perf_poll,
  .poll_ms = perf_poll_ms,
  .stop = perf_stop,
  .forget = perf_forget,
  .describe = perf_describe,
};
