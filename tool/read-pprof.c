/* Reader of pprof files: profile.proto of github.com/google/pprof, plain or gzip'ed.

   Sample types that are understood, each the name and unit of a value that every sample has:
     samples/count, cpu/nanoseconds   clock samples; the leaf address counts, callers don't
     branch/count                     branch records: the stack is [to, from]
     range/count                      code executed in order: the stack is [last, first]

   A file may be a gigabyte, so it is never held: it is walked three times (mappings and locations; strings
   that are needed; samples), a message at a time.  Messages of a protocol buffer may come in any order.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/samples.h"
#include "core/alloc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Uncompressed size in bytes; also what stops a gzip bomb.  */
#define PPROF_BYTES_MAX (UINT64_C (1) << 33)
/* A message below the profile, in bytes: a sample with its stack and labels, a location with its lines.
   Strings and functions, which are not needed, may be larger.  */
#define MESSAGE_BYTES_MAX (UINT64_C (1) << 20)
/* Strings that are needed: file names, build-ids, names of types.  */
#define STRING_BYTES_MAX (UINT64_C (1) << 16)
/* 24 bytes each.  */
#define LOCATIONS_MAX (1u << 23)
#define MAPPINGS_MAX (1u << 16)
#define TYPES_MAX 64
#define COMMENTS_MAX 64

/* Fields of profile.proto.  */
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE = 2, PROFILE_MAPPING = 3, PROFILE_LOCATION = 4,
       PROFILE_STRING = 6, PROFILE_DURATION = 10, PROFILE_PERIOD = 12, PROFILE_COMMENT = 13,
       PROFILE_FIELD_MAX = 15 };
enum { TYPE_TYPE = 1, TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2 };
enum { MAPPING_ID = 1, MAPPING_START = 2, MAPPING_LIMIT = 3, MAPPING_OFFSET = 4, MAPPING_FILE = 5,
       MAPPING_BUILD_ID = 6 };
enum { LOCATION_ID = 1, LOCATION_MAPPING = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4 };

/* Wire types.  */
enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct type
{
  uint64_t name, unit;          /* Strings.  */
};

struct mapping
{
  uint64_t id, start, limit, offset, file, build_id;
  uint32_t module;
};

struct location
{
  uint64_t id, address;
  uint32_t mapping;             /* Index; MAPPINGS_MAX: none.  */
};

struct wanted
{
  uint64_t index;
  char *text;                   /* NULL: not found.  */
};

struct pprof
{
  const char *path;
  struct pgo_status *status;
  struct samples *samples;

  /* The file.  */
  gzFile file;
  uint64_t offset;              /* Of the next byte, uncompressed.  */
  unsigned char *message;
  size_t message_room;

  struct type types[TYPES_MAX];
  uint64_t comments[COMMENTS_MAX];
  struct mapping *mappings;
  struct location *locations;
  struct wanted *wanted;
  uint32_t n_types, n_comments, n_mappings, n_locations, n_wanted;
  uint64_t period, n_strings;
  bool any_address, any_line, locations_sorted;
  int clock_value, cpu_value, branch_value, range_value; /* Indices of values; -1: none.  */
};

/* ---- Wire format.  */

static bool
bad (struct pprof *p, const char *message)
{
  return pgo_fail (p->status, p->path, 0, "byte %" PRIu64 ": %s", p->offset, message);
}

/* Read SIZE bytes; false and STATUS if there are fewer.  */
static bool
read_bytes (struct pprof *p, void *to, size_t size)
{
  int got = gzread (p->file, to, size);
  if (got < 0)
    {
      int error;
      const char *message = gzerror (p->file, &error);
      if (error == Z_ERRNO || error == Z_BUF_ERROR)
        message = error == Z_ERRNO ? strerror (errno) : "truncated gzip stream";
      return bad (p, message);
    }
  p->offset += got;
  if ((size_t) got < size)
    {
      int error;
      gzerror (p->file, &error);
      return bad (p, error == Z_BUF_ERROR ? "truncated gzip stream" : "truncated");
    }
  if (p->offset > PPROF_BYTES_MAX)
    return bad (p, "more than 8 GiB");
  return true;
}

static bool
skip_bytes (struct pprof *p, uint64_t size)
{
  char buffer[16384];
  while (size > 0)
    {
      size_t part = size < sizeof buffer ? size : sizeof buffer;
      if (!read_bytes (p, buffer, part))
        return false;
      size -= part;
    }
  return true;
}

/* Read the varint of a top-level field.  AT_END, if not NULL, may be the end of the file instead.  */
static bool
read_varint (struct pprof *p, uint64_t *value, bool *at_end)
{
  *value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7)
    {
      int byte = gzgetc (p->file);
      if (byte < 0)
        {
          int error;
          const char *message = gzerror (p->file, &error);
          if (error != Z_OK && error != Z_STREAM_END)
            return bad (p, error == Z_BUF_ERROR ? "truncated gzip stream" : message);
          if (shift == 0 && at_end)
            {
              *at_end = true;
              return true;
            }
          return bad (p, "truncated");
        }
      p->offset++;
      if (shift == 63 && (byte & 0x7f) > 1)
        return bad (p, "number of more than 64 bits");
      *value |= (uint64_t) (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
  return bad (p, "number of more than 64 bits");
}

/* A message in memory.  */
struct message
{
  const unsigned char *at, *end;
};

/* Read a field of M: its number, wire type, and value or (as a message) bytes.  False at the end or, with
   *DAMAGED, if malformed.  */
static bool
message_varint (struct message *m, uint64_t *value)
{
  *value = 0;
  for (unsigned shift = 0; m->at < m->end && shift < 70; shift += 7)
    {
      unsigned byte = *m->at++;
      if (shift == 63 && (byte & 0x7f) > 1)
        return false;
      *value |= (uint64_t) (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
  return false;
}

struct field
{
  uint64_t number, value;
  unsigned wire;
  struct message bytes;
};

static bool
next_field (struct message *m, struct field *field, bool *damaged)
{
  uint64_t tag;
  if (m->at == m->end)
    return false;
  *damaged = true;
  if (!message_varint (m, &tag) || tag >> 3 == 0)
    return false;
  field->number = tag >> 3;
  field->wire = tag & 7;
  field->value = 0;
  size_t left = m->end - m->at;
  switch (field->wire)
    {
    case WIRE_VARINT:
      if (!message_varint (m, &field->value))
        return false;
      break;
    case WIRE_FIXED64:
    case WIRE_FIXED32:
      {
        size_t size = field->wire == WIRE_FIXED64 ? 8 : 4;
        if (left < size)
          return false;
        m->at += size;
        break;
      }
    case WIRE_BYTES:
      if (!message_varint (m, &field->value) || field->value > (uint64_t) (m->end - m->at))
        return false;
      field->bytes = (struct message) { m->at, m->at + field->value };
      m->at += field->value;
      break;
    default:
      return false;
    }
  *damaged = false;
  return true;
}

/* Read a message of SIZE bytes into memory.  */
static bool
read_message (struct pprof *p, uint64_t size, struct message *m)
{
  if (size > MESSAGE_BYTES_MAX)
    return bad (p, "message of more than 1 MiB");
  if (!p->message || size > p->message_room)
    {
      p->message_room = size * 2 + 64;
      p->message = pgo_realloc_array (p->message, p->message_room, 1);
    }
  if (size && !read_bytes (p, p->message, size))
    return false;
  *m = (struct message) { p->message, p->message + size };
  return true;
}

/* Call VISIT for each top-level field: VALUE is a varint's value or the number of bytes that VISIT must read
   or skip.  */
static bool
walk (struct pprof *p, bool (*visit) (struct pprof *, unsigned number, unsigned wire, uint64_t value))
{
  p->file = gzopen (p->path, "rbe");
  if (!p->file)
    return pgo_fail (p->status, p->path, 0, "%s", errno ? strerror (errno) : "out of memory");
  gzbuffer (p->file, 1 << 17);
  p->offset = 0;
  bool ok = true, at_end = false;
  while (ok)
    {
      uint64_t tag, value;
      ok = read_varint (p, &tag, &at_end);
      if (!ok || at_end)
        break;
      if (tag >> 3 == 0 || tag >> 3 > PROFILE_FIELD_MAX)
        ok = bad (p, "field that a pprof profile does not have");
      else if ((tag & 7) != WIRE_VARINT && (tag & 7) != WIRE_BYTES)
        ok = bad (p, "field of a kind that a pprof profile does not have");
      else
        ok = read_varint (p, &value, NULL) && visit (p, tag >> 3, tag & 7, value);
    }
  gzclose_r (p->file);
  p->file = NULL;
  return ok;
}

/* ---- First walk: types, mappings, locations.  */

static bool
read_type (struct pprof *p, uint64_t size)
{
  struct message m;
  struct field field;
  bool damaged = false;
  if (p->n_types == TYPES_MAX)
    return bad (p, "more than 64 sample types");
  if (!read_message (p, size, &m))
    return false;
  struct type *type = &p->types[p->n_types++];
  while (next_field (&m, &field, &damaged))
    if (field.number == TYPE_TYPE)
      type->name = field.value;
    else if (field.number == TYPE_UNIT)
      type->unit = field.value;
  return !damaged || bad (p, "damaged sample type");
}

/* Room for one more element in ARRAY of N, whose room is the next power of two.  */
#define GROW(ARRAY, N) \
  ((((N) & ((N) - 1)) == 0) \
   ? (void) ((ARRAY) = pgo_realloc_array ((ARRAY), (N) ? (size_t) (N) * 2 : 1, sizeof *(ARRAY))) : (void) 0)

static bool
read_mapping (struct pprof *p, uint64_t size)
{
  struct message m;
  struct field field;
  bool damaged = false;
  if (p->n_mappings == MAPPINGS_MAX)
    return bad (p, "more than 65536 mappings");
  if (!read_message (p, size, &m))
    return false;
  struct mapping mapping = { .module = SAMPLES_NO_MODULE };
  while (next_field (&m, &field, &damaged))
    switch (field.number)
      {
      case MAPPING_ID: mapping.id = field.value; break;
      case MAPPING_START: mapping.start = field.value; break;
      case MAPPING_LIMIT: mapping.limit = field.value; break;
      case MAPPING_OFFSET: mapping.offset = field.value; break;
      case MAPPING_FILE: mapping.file = field.value; break;
      case MAPPING_BUILD_ID: mapping.build_id = field.value; break;
      }
  if (damaged)
    return bad (p, "damaged mapping");
  GROW (p->mappings, p->n_mappings);
  p->mappings[p->n_mappings++] = mapping;
  return true;
}

static bool
read_location (struct pprof *p, uint64_t size)
{
  struct message m;
  struct field field;
  bool damaged = false;
  uint64_t mapping = 0;
  if (p->n_locations == LOCATIONS_MAX)
    return bad (p, "more than 8388608 locations");
  if (!read_message (p, size, &m))
    return false;
  struct location location = { .mapping = MAPPINGS_MAX };
  while (next_field (&m, &field, &damaged))
    switch (field.number)
      {
      case LOCATION_ID: location.id = field.value; break;
      case LOCATION_MAPPING: mapping = field.value; break;
      case LOCATION_ADDRESS: location.address = field.value; break;
      case LOCATION_LINE: p->any_line = true; break;
      }
  if (damaged || location.id == 0)
    return bad (p, "damaged location");
  /* Mapping ids are small; their index is found when all are known.  */
  if (mapping > UINT32_MAX)
    return bad (p, "location with a mapping that is not there");
  location.mapping = mapping;
  p->any_address |= location.address != 0;
  p->locations_sorted &= p->n_locations == 0 || p->locations[p->n_locations - 1].id < location.id;
  GROW (p->locations, p->n_locations);
  p->locations[p->n_locations++] = location;
  return true;
}

static bool
add_comment (struct pprof *p, uint64_t index)
{
  if (p->n_comments < COMMENTS_MAX)
    p->comments[p->n_comments++] = index;
  return true;
}

static bool
visit_tables (struct pprof *p, unsigned number, unsigned wire, uint64_t value)
{
  if (wire == WIRE_VARINT)
    {
      if (number == PROFILE_DURATION)
        p->samples->duration_ns = value;
      else if (number == PROFILE_PERIOD)
        p->period = value;
      else if (number == PROFILE_COMMENT)
        add_comment (p, value);
      return true;
    }
  switch (number)
    {
    case PROFILE_SAMPLE_TYPE:
      return read_type (p, value);
    case PROFILE_MAPPING:
      return read_mapping (p, value);
    case PROFILE_LOCATION:
      return read_location (p, value);
    case PROFILE_COMMENT:
      {
        struct message m;
        uint64_t index;
        if (!read_message (p, value, &m))
          return false;
        while (m.at < m.end)
          if (!message_varint (&m, &index))
            return bad (p, "damaged comment");
          else
            add_comment (p, index);
        return true;
      }
    default:
      return skip_bytes (p, value);
    }
}

/* ---- Second walk: strings.  */

static int
compare_wanted (const void *x, const void *y)
{
  const struct wanted *a = x, *b = y;
  return a->index < b->index ? -1 : a->index > b->index;
}

static struct wanted *
find_wanted (const struct pprof *p, uint64_t index)
{
  const struct wanted key = { .index = index };
  return p->n_wanted ? bsearch (&key, p->wanted, p->n_wanted, sizeof key, compare_wanted) : NULL;
}

static void
want (struct pprof *p, uint64_t index)
{
  GROW (p->wanted, p->n_wanted);
  p->wanted[p->n_wanted++] = (struct wanted) { index, NULL };
}

static void
want_strings (struct pprof *p)
{
  for (uint32_t i = 0; i < p->n_types; i++)
    {
      want (p, p->types[i].name);
      want (p, p->types[i].unit);
    }
  for (uint32_t i = 0; i < p->n_mappings; i++)
    {
      want (p, p->mappings[i].file);
      want (p, p->mappings[i].build_id);
    }
  for (uint32_t i = 0; i < p->n_comments; i++)
    want (p, p->comments[i]);
  if (p->n_wanted == 0)
    return;
  qsort (p->wanted, p->n_wanted, sizeof *p->wanted, compare_wanted);
  uint32_t kept = 1;
  for (uint32_t i = 1; i < p->n_wanted; i++)
    if (p->wanted[i].index != p->wanted[kept - 1].index)
      p->wanted[kept++] = p->wanted[i];
  p->n_wanted = kept;
}

static bool
visit_strings (struct pprof *p, unsigned number, unsigned wire, uint64_t value)
{
  if (wire == WIRE_VARINT)
    return true;
  struct wanted *wanted = number == PROFILE_STRING ? find_wanted (p, p->n_strings) : NULL;
  p->n_strings += number == PROFILE_STRING;
  if (!wanted)
    return skip_bytes (p, value);
  if (value > STRING_BYTES_MAX)
    return bad (p, "name of more than 64 KiB");
  wanted->text = pgo_alloc (value + 1);
  if (value && !read_bytes (p, wanted->text, value))
    return false;
  return !memchr (wanted->text, '\0', value) || bad (p, "name with a NUL byte");
}

/* The string of an index, "" if there is none.  */
static const char *
string_at (const struct pprof *p, uint64_t index)
{
  const struct wanted *wanted = find_wanted (p, index);
  return wanted && wanted->text ? wanted->text : "";
}

/* ---- Between: what the tables mean.  */

static int
compare_mappings (const void *x, const void *y)
{
  const struct mapping *a = x, *b = y;
  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  return a->start < b->start ? -1 : a->start > b->start;
}

static int
compare_locations (const void *x, const void *y)
{
  const struct location *a = x, *b = y;
  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return a->mapping < b->mapping ? -1 : a->mapping > b->mapping;
}

static bool
resolve_types (struct pprof *p)
{
  p->clock_value = p->cpu_value = p->branch_value = p->range_value = -1;
  char list[160] = "";
  for (uint32_t i = 0; i < p->n_types; i++)
    {
      const char *name = string_at (p, p->types[i].name), *unit = string_at (p, p->types[i].unit);
      bool count = strcmp (unit, "count") == 0;
      if (strcmp (name, "samples") == 0 && count)
        p->clock_value = i;
      else if (strcmp (name, "cpu") == 0 && strcmp (unit, "nanoseconds") == 0)
        p->cpu_value = i;
      else if (strcmp (name, "branch") == 0 && count)
        p->branch_value = i;
      else if (strcmp (name, "range") == 0 && count)
        p->range_value = i;
      size_t used = strlen (list);
      snprintf (list + used, sizeof list - used, "%s%s/%s", used ? ", " : "", name, unit);
    }
  if (p->clock_value < 0 && p->cpu_value < 0 && p->branch_value < 0)
    return pgo_fail (p->status, p->path, 0, "no CPU samples: of samples/count, cpu/nanoseconds, branch/count "
                     "none is among the sample types (%s)", *list ? list : "there are none");
  return true;
}

static bool
resolve_tables (struct pprof *p)
{
  if (p->n_locations && !p->any_address)
    return pgo_fail (p->status, p->path, 0, p->any_line
                     ? "symbolized pprof without addresses: not read yet; "
                     "give one with addresses and mappings"
                     : "pprof without addresses");
  if (p->n_mappings)
    qsort (p->mappings, p->n_mappings, sizeof *p->mappings, compare_mappings);
  for (uint32_t i = 0; i < p->n_mappings; i++)
    {
      struct mapping *m = &p->mappings[i];
      char build_id[256];
      size_t n = 0;
      /* Go tells ids of its own kind, which are no hexadecimal numbers, for programs without another.  */
      const char *id = string_at (p, m->build_id);
      if (strlen (id) < sizeof build_id && strspn (id, "0123456789abcdefABCDEF") == strlen (id))
        for (; id[n]; n++)
          build_id[n] = tolower ((unsigned char) id[n]);
      build_id[n] = '\0';
      if (i && m->id == m[-1].id)
        return pgo_fail (p->status, p->path, 0, "two mappings with id %" PRIu64, m->id);
      m->module = samples_module (p->samples, string_at (p, m->file), build_id,
                                  m->limit > m->start ? SPACE_FILE : SPACE_RUNTIME, 0, p->status);
      if (m->module == SAMPLES_NO_MODULE)
        return false;
    }
  if (!p->locations_sorted)
    qsort (p->locations, p->n_locations, sizeof *p->locations, compare_locations);
  for (uint32_t i = 0; i < p->n_locations; i++)
    {
      struct location *location = &p->locations[i];
      if (i && location->id == location[-1].id)
        return pgo_fail (p->status, p->path, 0, "two locations with id %" PRIu64, location->id);
      const struct mapping key = { .id = location->mapping };
      uint32_t low = 0, high = p->n_mappings;
      while (low < high)
        {
          uint32_t middle = low + (high - low) / 2;
          if (p->mappings[middle].id < key.id)
            low = middle + 1;
          else
            high = middle;
        }
      bool found = location->mapping != 0 && low < p->n_mappings && p->mappings[low].id == key.id;
      if (location->mapping != 0 && !found)
        return pgo_fail (p->status, p->path, 0,
                         "location %" PRIu64 " has mapping %" PRIu32 ", which is not there", location->id,
                         location->mapping);
      location->mapping = found ? low : MAPPINGS_MAX;
    }
  return true;
}

/* What the runtime's comments tell of losses: "lost: 12", "overflow: 3", "branch-lost: 0", …  */
static void
read_comments (struct pprof *p)
{
  static const char *const keys[] = { "lost: ", "overflow: ", "branch-lost: ", "branch-overflow: " };
  for (uint32_t c = 0; c < p->n_comments; c++)
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
      {
        const char *text = string_at (p, p->comments[c]);
        size_t length = strlen (keys[k]);
        if (strncmp (text, keys[k], length) == 0 && isdigit ((unsigned char) text[length]))
          p->samples->lost = pgo_add (p->samples->lost, strtoull (text + length, NULL, 10));
      }
}

/* ---- Third walk: samples.  */

/* The module and its own address of a location; SAMPLES_NO_MODULE if it is in no mapping.  */
static bool
place (struct pprof *p, uint64_t id, uint32_t *module, uint64_t *at)
{
  uint32_t low = 0, high = p->n_locations;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (p->locations[middle].id < id)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == p->n_locations || p->locations[low].id != id)
    return bad (p, "sample with a location that is not there");
  const struct location *location = &p->locations[low];
  *module = SAMPLES_NO_MODULE;
  *at = 0;
  if (location->mapping == MAPPINGS_MAX)
    return true;
  const struct mapping *m = &p->mappings[location->mapping];
  if (m->limit > m->start)
    {
      if (location->address < m->start || location->address >= m->limit)
        return true;
      *at = location->address - m->start + m->offset;
    }
  else
    *at = location->address;
  *module = m->module;
  return true;
}

/* A packed or repeated integer field: its first FIRST_MAX values, and how many there are.  */
struct integers
{
  uint64_t first[TYPES_MAX];
  uint64_t n;
};

static bool
add_integers (struct integers *integers, struct field *field)
{
  if (field->wire == WIRE_VARINT)
    {
      if (integers->n < TYPES_MAX)
        integers->first[integers->n] = field->value;
      integers->n++;
      return true;
    }
  if (field->wire != WIRE_BYTES)
    return false;
  while (field->bytes.at < field->bytes.end)
    {
      uint64_t value;
      if (!message_varint (&field->bytes, &value))
        return false;
      if (integers->n < TYPES_MAX)
        integers->first[integers->n] = value;
      integers->n++;
    }
  return true;
}

/* Value INDEX of a sample; 0 if it has none, or it is negative (a difference of profiles).  */
static uint64_t
value_at (const struct integers *values, int index)
{
  return index >= 0 && values->first[index] <= INT64_MAX ? values->first[index] : 0;
}

static bool
add_sample (struct pprof *p, const struct integers *stack, const struct integers *values)
{
  uint64_t clock = value_at (values, p->clock_value);
  uint64_t branch = value_at (values, p->branch_value), range = value_at (values, p->range_value);
  if (p->clock_value < 0 && p->cpu_value >= 0)
    {
      uint64_t period = p->period ? p->period : 1, cpu = value_at (values, p->cpu_value);
      clock = cpu / period + (cpu % period >= period - period / 2);
    }
  uint32_t module, to_module;
  uint64_t at, to;
  if (stack->n == 0)
    {
      p->samples->unmapped = pgo_add (p->samples->unmapped, clock);
      return true;
    }
  if (!place (p, stack->first[0], &module, &at))
    return false;
  if (clock && module == SAMPLES_NO_MODULE)
    p->samples->unmapped = pgo_add (p->samples->unmapped, clock);
  else if (clock && !samples_add (p->samples, SAMPLE_CLOCK, module, at, 0, 0, clock, p->status))
    return false;
  if (!branch && !range)
    return true;
  if (stack->n != 2)
    return bad (p, "branch record whose stack has not two locations");
  to_module = module;
  to = at;
  if (!place (p, stack->first[1], &module, &at))
    return false;
  if (module == SAMPLES_NO_MODULE)
    p->samples->unmapped = pgo_add (p->samples->unmapped, branch);
  else if (branch && !samples_add (p->samples, SAMPLE_BRANCH, module, at, to_module, to, branch, p->status))
    return false;
  return !range || module == SAMPLES_NO_MODULE || to_module != module
         || samples_add (p->samples, SAMPLE_RANGE, module, at, to_module, to, range, p->status);
}

static bool
visit_samples (struct pprof *p, unsigned number, unsigned wire, uint64_t value)
{
  if (wire == WIRE_VARINT)
    return true;
  if (number != PROFILE_SAMPLE)
    return skip_bytes (p, value);
  struct message m;
  struct field field;
  struct integers stack = { .n = 0 }, values = { .n = 0 };
  bool damaged = false;
  if (!read_message (p, value, &m))
    return false;
  while (next_field (&m, &field, &damaged))
    if ((field.number == SAMPLE_LOCATION && !add_integers (&stack, &field))
        || (field.number == SAMPLE_VALUE && !add_integers (&values, &field)))
      return bad (p, "damaged sample");
  if (damaged)
    return bad (p, "damaged sample");
  if (values.n != p->n_types)
    return bad (p, "sample with more or fewer values than there are sample types");
  return add_sample (p, &stack, &values);
}

struct samples *
samples_read_pprof (const char *path, struct pgo_status *status)
{
  struct pprof p = { .path = path, .status = status, .locations_sorted = true };
  p.samples = samples_new (path, "pprof");
  bool ok = walk (&p, visit_tables);
  if (ok)
    want_strings (&p);
  ok = ok && walk (&p, visit_strings) && resolve_types (&p) && resolve_tables (&p)
       && walk (&p, visit_samples);
  if (ok)
    read_comments (&p);
  for (uint32_t i = 0; i < p.n_wanted; i++)
    pgo_free (p.wanted[i].text);
  pgo_free (p.wanted);
  pgo_free (p.mappings);
  pgo_free (p.locations);
  pgo_free (p.message);
  if (!ok)
    {
      samples_free (p.samples);
      return NULL;
    }
  samples_finish (p.samples);
  return p.samples;
}
