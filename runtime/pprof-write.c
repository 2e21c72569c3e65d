/* The samples as a file: see pprof-write.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/pprof-write.h"
#include "runtime/raw.h"
#include "runtime/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

/* Field numbers of profile.proto.  */
enum
{
  PROFILE_SAMPLE_TYPE = 1,
  PROFILE_SAMPLE = 2,
  PROFILE_MAPPING = 3,
  PROFILE_LOCATION = 4,
  PROFILE_STRING = 6,
  PROFILE_TIME_NANOS = 9,
  PROFILE_DURATION_NANOS = 10,
  PROFILE_PERIOD_TYPE = 11,
  PROFILE_PERIOD = 12,
  PROFILE_COMMENT = 13,
  PROFILE_DEFAULT_SAMPLE_TYPE = 14,

  VALUE_TYPE_TYPE = 1,
  VALUE_TYPE_UNIT = 2,

  SAMPLE_LOCATION = 1,
  SAMPLE_VALUE = 2,

  MAPPING_ID = 1,
  MAPPING_START = 2,
  MAPPING_LIMIT = 3,
  MAPPING_OFFSET = 4,
  MAPPING_FILE = 5,
  MAPPING_BUILD_ID = 6,

  LOCATION_ID = 1,
  LOCATION_MAPPING = 2,
  LOCATION_ADDRESS = 3
};

enum
{
  WIRE_VARINT = 0,
  WIRE_BYTES = 2
};

/* The string table begins with these; comments follow, then name and build-id of each mapping.  */
enum
{
  STRING_EMPTY,
  STRING_SAMPLES,
  STRING_COUNT,
  STRING_CPU,
  STRING_NANOSECONDS,
  STRING_BRANCH,
  STRING_RANGE,
  N_FIXED_STRINGS
};
static const char *const fixed_strings[N_FIXED_STRINGS] = { "", "samples", "count", "cpu", "nanoseconds",
                                                            "branch", "range" };

#define MAX_VALUES 4
/* A varint has at most 10 bytes.  */
#define IDS_BYTES (PGO_TABLE_DEPTH * 10)
#define VALUES_BYTES (MAX_VALUES * 10)
#define SAMPLE_BYTES (IDS_BYTES + VALUES_BYTES + 40)
#define SMALL_BYTES 96

/* An address in an epoch, and what becomes of it.  */
struct place
{
  uint64_t address;
  uint32_t epoch;
  uint32_t id;                  /* Of the location; from 1.  */
  int32_t mapping;              /* Index, or -1.  */
};

/* The work of one writing: a snapshot of the table, sorted.  */
struct snapshot
{
  const struct pgo_pprof *what;
  struct pgo_sink *sink;
  struct pgo_table_entry *entries;
  struct place *places;
  size_t n_entries, n_places, room_entries, room_places;
  uint32_t n_locations;
  size_t n_mappings;
  long main_mapping;            /* Index of the program's own, or -1.  */
  uint8_t ids[IDS_BYTES], sample[SAMPLE_BYTES]; /* For write_sample.  */
  char temporary[PGO_MAPPING_NAME];
};

/* A message being put together, in a buffer that is large enough for it.  */
struct message
{
  uint8_t *bytes;
  size_t length;
};

/* For a message of a few numbers.  */
#define SMALL_MESSAGE { (uint8_t[SMALL_BYTES]) { 0 }, 0 }

static void
put_varint (struct message *m, uint64_t n)
{
  for (; n >= 0x80; n >>= 7)
    m->bytes[m->length++] = (uint8_t) (n | 0x80);
  m->bytes[m->length++] = (uint8_t) n;
}

static void
put_field (struct message *m, unsigned field, uint64_t n)
{
  put_varint (m, field << 3 | WIRE_VARINT);
  put_varint (m, n);
}

/* FIELD of the outermost message: a string of LENGTH bytes, or an embedded message.  */
static void
write_bytes (struct pgo_sink *sink, unsigned field, const void *bytes, size_t length)
{
  struct message head = SMALL_MESSAGE;
  put_varint (&head, field << 3 | WIRE_BYTES);
  put_varint (&head, length);
  pgo_sink_write (sink, head.bytes, head.length);
  pgo_sink_write (sink, bytes, length);
}

static void
write_number (struct pgo_sink *sink, unsigned field, uint64_t n)
{
  struct message m = SMALL_MESSAGE;
  put_field (&m, field, n);
  pgo_sink_write (sink, m.bytes, m.length);
}

static void
write_value_type (struct pgo_sink *sink, unsigned field, unsigned type, unsigned unit)
{
  struct message m = SMALL_MESSAGE;
  put_field (&m, VALUE_TYPE_TYPE, type);
  put_field (&m, VALUE_TYPE_UNIT, unit);
  write_bytes (sink, field, m.bytes, m.length);
}

/* Heapsort: in place, no recursion, no allocation, which libc's qsort doesn't promise.  Inlined, for COMPARE and SIZE to be known:
   short processes spend more time here than anywhere else in the library.  */
static inline __attribute__ ((always_inline)) void
sort (void *array, size_t n, size_t size, int (*compare) (const void *, const void *))
{
  char *base = array;
  char spare[sizeof (struct pgo_table_entry)];
  for (size_t built = n / 2, end = n; end > 1;)
    {
      if (built > 0)
        built--;
      else
        {
          end--;
          memcpy (spare, base, size);
          memcpy (base, base + end * size, size);
          memcpy (base + end * size, spare, size);
        }
      for (size_t at = built, child; (child = 2 * at + 1) < end; at = child)
        {
          if (child + 1 < end && compare (base + child * size, base + (child + 1) * size) < 0)
            child++;
          if (compare (base + at * size, base + child * size) >= 0)
            break;
          memcpy (spare, base + at * size, size);
          memcpy (base + at * size, base + child * size, size);
          memcpy (base + child * size, spare, size);
        }
    }
}

static int
compare_entries (const void *left, const void *right)
{
  const struct pgo_table_entry *a = left, *b = right;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  for (unsigned i = 0; i < a->n && i < b->n; i++)
    if (a->addresses[i] != b->addresses[i])
      return a->addresses[i] < b->addresses[i] ? -1 : 1;
  if (a->n != b->n)
    return a->n < b->n ? -1 : 1;
  return a->epoch < b->epoch ? -1 : a->epoch > b->epoch;
}

static int
compare_places (const void *left, const void *right)
{
  const struct place *a = left, *b = right;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return a->epoch < b->epoch ? -1 : a->epoch > b->epoch;
}

/* Copy the table's entries and collect their addresses.  False without memory.  */
static bool
take_entries (struct snapshot *shot)
{
  struct pgo_table_entry entry;
  size_t cursor = 0;
  while (pgo_table_next (shot->what->table, &cursor, &entry))
    {
      shot->room_entries++;
      shot->room_places += entry.n;
    }
  shot->entries = pgo_raw_map ((shot->room_entries + 1) * sizeof shot->entries[0]);
  shot->places = pgo_raw_map ((shot->room_places + 1) * sizeof shot->places[0]);
  if (shot->entries == NULL || shot->places == NULL)
    return false;

  /* There may be more by now: those wait for the next writing.  */
  cursor = 0;
  while (shot->n_entries < shot->room_entries && pgo_table_next (shot->what->table, &cursor, &entry)
         && shot->n_places + entry.n <= shot->room_places)
    {
      if (entry.count == 0)
        continue;
      for (unsigned i = 0; i < entry.n; i++)
        {
          struct place *p = &shot->places[shot->n_places++];
          p->address = entry.addresses[i];
          p->epoch = entry.epoch;
        }
      shot->entries[shot->n_entries++] = entry;
    }
  sort (shot->entries, shot->n_entries, sizeof shot->entries[0], compare_entries);
  return true;
}

/* Sort the places, drop duplicates, find the mappings and number the locations.  */
static void
settle_places (struct snapshot *shot)
{
  sort (shot->places, shot->n_places, sizeof shot->places[0], compare_places);
  size_t kept = 0;
  long hint = -1;
  for (size_t i = 0; i < shot->n_places; i++)
    {
      struct place *p = &shot->places[kept];
      if (kept > 0 && compare_places (p - 1, &shot->places[i]) == 0)
        continue;
      *p = shot->places[i];
      hint = pgo_mappings_find (shot->what->mappings, p->address, p->epoch, hint);
      /* Mappings that came after the snapshot are not written.  */
      p->mapping = hint < (long) shot->n_mappings ? (int32_t) hint : -1;
      bool same = kept > 0 && p[-1].address == p->address && p[-1].mapping == p->mapping;
      p->id = same ? p[-1].id : ++shot->n_locations;
      kept++;
    }
  shot->n_places = kept;
}

static const struct place *
find_place (const struct snapshot *shot, uint64_t address, uint32_t epoch)
{
  struct place key = { address, epoch, 0, 0 };
  size_t low = 0, high = shot->n_places;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      int order = compare_places (&shot->places[middle], &key);
      if (order == 0)
        return &shot->places[middle];
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

/* Mapping 1 is the program by convention: it changes places with what is first.  */
static uint64_t
mapping_id (const struct snapshot *shot, long index)
{
  if (index < 0)
    return 0;
  if (index == shot->main_mapping)
    return 1;
  return (index == 0 && shot->main_mapping > 0 ? (uint64_t) shot->main_mapping : (uint64_t) index) + 1;
}

static void
write_types (const struct snapshot *shot)
{
  write_value_type (shot->sink, PROFILE_SAMPLE_TYPE, STRING_SAMPLES, STRING_COUNT);
  write_value_type (shot->sink, PROFILE_SAMPLE_TYPE, STRING_CPU, STRING_NANOSECONDS);
  if (shot->what->has_burst)
    {
      write_value_type (shot->sink, PROFILE_SAMPLE_TYPE, STRING_BRANCH, STRING_COUNT);
      write_value_type (shot->sink, PROFILE_SAMPLE_TYPE, STRING_RANGE, STRING_COUNT);
    }
}

static void
write_sample (struct snapshot *shot, const struct pgo_table_entry *entry)
{
  struct message ids = { shot->ids, 0 }, sample = { shot->sample, 0 }, values = SMALL_MESSAGE;
  for (unsigned i = 0; i < entry->n; i++)
    {
      const struct place *place = find_place (shot, entry->addresses[i], entry->epoch);
      if (place == NULL)
        return;
      /* A frame pointer that was none: what it led to is no code.  */
      if (entry->kind == PGO_SAMPLE_CLOCK && i > 0 && place->mapping < 0)
        break;
      put_varint (&ids, place->id);
    }
  uint64_t value[MAX_VALUES] = { 0, 0, 0, 0 };
  switch (entry->kind)
    {
    case PGO_SAMPLE_CLOCK:
      value[0] = entry->count;
      value[1] = entry->time_ns;
      break;
    case PGO_SAMPLE_BRANCH:
      value[2] = entry->count;
      break;
    case PGO_SAMPLE_RANGE:
      value[3] = entry->count;
      break;
    case PGO_N_SAMPLE_KINDS:
      return;
    }
  for (int i = 0; i < (shot->what->has_burst ? 4 : 2); i++)
    put_varint (&values, value[i]);

  put_varint (&sample, SAMPLE_LOCATION << 3 | WIRE_BYTES);
  put_varint (&sample, ids.length);
  memcpy (sample.bytes + sample.length, ids.bytes, ids.length);
  sample.length += ids.length;
  put_varint (&sample, SAMPLE_VALUE << 3 | WIRE_BYTES);
  put_varint (&sample, values.length);
  memcpy (sample.bytes + sample.length, values.bytes, values.length);
  sample.length += values.length;
  write_bytes (shot->sink, PROFILE_SAMPLE, sample.bytes, sample.length);
}

static void
write_mapping (const struct snapshot *shot, long index)
{
  const struct pgo_mapping *mapping = pgo_mappings_get (shot->what->mappings, (size_t) index);
  unsigned string = N_FIXED_STRINGS + shot->what->n_comments + 2 * (unsigned) index;
  struct message m = SMALL_MESSAGE;
  put_field (&m, MAPPING_ID, mapping_id (shot, index));
  put_field (&m, MAPPING_START, mapping->start);
  put_field (&m, MAPPING_LIMIT, mapping->limit);
  put_field (&m, MAPPING_OFFSET, mapping->offset);
  put_field (&m, MAPPING_FILE, string);
  put_field (&m, MAPPING_BUILD_ID, string + 1);
  write_bytes (shot->sink, PROFILE_MAPPING, m.bytes, m.length);
}

static void
write_mappings (const struct snapshot *shot)
{
  if (shot->main_mapping >= 0)
    write_mapping (shot, shot->main_mapping);
  for (long i = 0; i < (long) shot->n_mappings; i++)
    if (i != shot->main_mapping)
      write_mapping (shot, i);
}

static void
write_locations (const struct snapshot *shot)
{
  uint32_t last = 0;
  for (size_t i = 0; i < shot->n_places; i++)
    {
      const struct place *p = &shot->places[i];
      if (p->id == last)
        continue;
      last = p->id;
      struct message m = SMALL_MESSAGE;
      put_field (&m, LOCATION_ID, p->id);
      if (p->mapping >= 0)
        put_field (&m, LOCATION_MAPPING, mapping_id (shot, p->mapping));
      put_field (&m, LOCATION_ADDRESS, p->address);
      write_bytes (shot->sink, PROFILE_LOCATION, m.bytes, m.length);
    }
}

static void
write_strings (const struct snapshot *shot)
{
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < N_FIXED_STRINGS; i++)
    write_bytes (shot->sink, PROFILE_STRING, fixed_strings[i], strlen (fixed_strings[i]));
  for (unsigned i = 0; i < shot->what->n_comments; i++)
    write_bytes (shot->sink, PROFILE_STRING, shot->what->comments[i], strlen (shot->what->comments[i]));
  for (size_t i = 0; i < shot->n_mappings; i++)
    {
      const struct pgo_mapping *mapping = pgo_mappings_get (shot->what->mappings, i);
      char id[2 * PGO_BUILD_ID_BYTES];
      uint32_t n = __atomic_load_n (&mapping->build_id_size, __ATOMIC_ACQUIRE);
      for (uint32_t k = 0; k < n; k++)
        {
          id[2 * k] = digits[mapping->build_id[k] >> 4];
          id[2 * k + 1] = digits[mapping->build_id[k] & 15];
        }
      write_bytes (shot->sink, PROFILE_STRING, mapping->name, strlen (mapping->name));
      write_bytes (shot->sink, PROFILE_STRING, id, 2 * n);
    }
}

static void
write_rest (const struct snapshot *shot)
{
  write_number (shot->sink, PROFILE_TIME_NANOS, shot->what->date_ns);
  write_number (shot->sink, PROFILE_DURATION_NANOS, shot->what->duration_ns);
  write_value_type (shot->sink, PROFILE_PERIOD_TYPE, STRING_CPU, STRING_NANOSECONDS);
  write_number (shot->sink, PROFILE_PERIOD, shot->what->period_ns);
  for (unsigned i = 0; i < shot->what->n_comments; i++)
    write_number (shot->sink, PROFILE_COMMENT, N_FIXED_STRINGS + i);
  write_number (shot->sink, PROFILE_DEFAULT_SAMPLE_TYPE, STRING_CPU);
}

/* SHOT is zeroed.  0 or an errno value.  */
static int
write_all (struct snapshot *shot, const struct pgo_pprof *what, int fd)
{
  shot->what = what;
  shot->n_mappings = pgo_mappings_count (what->mappings);
  shot->main_mapping = pgo_mappings_find (what->mappings, getauxval (AT_ENTRY), 0, -1);
  if (shot->main_mapping >= (long) shot->n_mappings)
    shot->main_mapping = -1;
  shot->sink = pgo_sink_open (fd);
  int error = ENOMEM;
  if (shot->sink != NULL && take_entries (shot))
    {
      settle_places (shot);
      write_types (shot);
      for (size_t i = 0; i < shot->n_entries; i++)
        write_sample (shot, &shot->entries[i]);
      write_mappings (shot);
      write_locations (shot);
      write_strings (shot);
      write_rest (shot);
      error = 0;
    }
  if (shot->sink != NULL)
    {
      int failed = pgo_sink_close (shot->sink);
      if (error == 0)
        error = failed;
    }
  pgo_raw_unmap (shot->entries, (shot->room_entries + 1) * sizeof shot->entries[0]);
  pgo_raw_unmap (shot->places, (shot->room_places + 1) * sizeof shot->places[0]);
  return error;
}

/* What is at PATH; 0 if nothing, or unknown.  */
static unsigned
file_type (const char *path)
{
  struct statx status;
  memset (&status, 0, sizeof status);
  if (pgo_syscall (SYS_statx, AT_FDCWD, path, 0, STATX_TYPE, &status) != 0)
    return 0;
  return status.stx_mode & S_IFMT;
}

static int
write_in_place (struct snapshot *shot, const struct pgo_pprof *what, const char *path)
{
  int fd = pgo_raw_open (path, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0);
  if (fd < 0)
    return -fd;
  int error = write_all (shot, what, fd);
  pgo_raw_close (fd);
  return error;
}

static int
write_and_rename (struct snapshot *shot, const struct pgo_pprof *what, const char *path)
{
  struct pgo_text name = pgo_text_in (shot->temporary, sizeof shot->temporary);
  pgo_text_add (&name, path);
  pgo_text_add (&name, ".");
  pgo_text_add_number (&name, (uint64_t) pgo_syscall (SYS_getpid));
  pgo_text_add (&name, ".tmp");
  if (name.length + 1 >= name.size)
    return ENAMETOOLONG;
  /* A process writes one file at a time: what has this name already is a dead one's.  */
  pgo_syscall (SYS_unlinkat, AT_FDCWD, name.bytes, 0);
  int fd = pgo_raw_open (name.bytes, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
  if (fd < 0)
    return -fd;
  int error = write_all (shot, what, fd);
  pgo_raw_close (fd);
  if (error == 0)
    error = (int) -pgo_syscall (SYS_renameat2, AT_FDCWD, name.bytes, AT_FDCWD, path, 0);
  if (error != 0)
    pgo_syscall (SYS_unlinkat, AT_FDCWD, name.bytes, 0);
  return error;
}

int
pgo_pprof_write (const struct pgo_pprof *what, const char *path)
{
  /* Not on the stack, which may be a small one.  */
  struct snapshot *shot = pgo_raw_map (sizeof *shot);
  if (shot == NULL)
    return ENOMEM;
  int error;
  switch (file_type (path))
    {
    case 0:
    case S_IFREG:
      error = write_and_rename (shot, what, path);
      break;
    case S_IFCHR:
      /* A rename would replace /dev/null.  */
      error = write_in_place (shot, what, path);
      break;
    case S_IFDIR:
      error = EISDIR;
      break;
    default:
      /* A pipe or socket could block the program, or kill it by SIGPIPE.  */
      error = EINVAL;
      break;
    }
  pgo_raw_unmap (shot, sizeof *shot);
  return error;
}

int
pgo_pprof_write_fd (const struct pgo_pprof *what, int fd)
{
  struct snapshot *shot = pgo_raw_map (sizeof *shot);
  if (shot == NULL)
    return ENOMEM;
  int error = write_all (shot, what, fd);
  pgo_raw_unmap (shot, sizeof *shot);
  return error;
}
