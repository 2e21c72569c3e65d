/* The samples of several processes in one file: see pprof-merge.h.

   All that has an id is interned: mappings by what they are, locations by their mapping and address,
   stacks by their locations.  An id is 1 + the index in the order of first appearance, so equal inputs
   make equal bytes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/pprof-merge.h"
#include "tool/pprof-comments.h"
#include "tool/pprof-wire.h"
#include "core/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 4
/* The runtime's PGO_TABLE_DEPTH, and to spare.  */
#define MAX_STACK 1024
/* Greatest id in a file: each takes some bytes, so more can't be meant.  */
#define MAX_ID (1u << 26)

/* Keys of bytes, numbered from 0.  */
struct interner
{
  struct wire_buffer keys;      /* All of them, one after the other.  */
  size_t *starts;               /* N + 1 of them.  */
  uint32_t *slots;              /* Number + 1 by hash.  */
  uint32_t n, room, n_slots;
};

static uint32_t
hash_of (const uint8_t *bytes, size_t length)
{
  uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a.  */
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return (uint32_t) (hash ^ hash >> 32);
}

static bool
key_is (const struct interner *in, uint32_t number, const uint8_t *bytes, size_t length)
{
  return in->starts[number + 1] - in->starts[number] == length
         && (length == 0 || memcmp (in->keys.bytes + in->starts[number], bytes, length) == 0);
}

static void
enter (struct interner *in, uint32_t number)
{
  size_t start = in->starts[number], length = in->starts[number + 1] - start;
  /* The first key of all may be empty, and have no bytes.  */
  uint32_t slot = hash_of (length ? in->keys.bytes + start : NULL, length) & (in->n_slots - 1);
  while (in->slots[slot])
    slot = (slot + 1) & (in->n_slots - 1);
  in->slots[slot] = number + 1;
}

static uint32_t
intern (struct interner *in, const void *key, size_t length)
{
  const uint8_t *bytes = key;
  if (in->n_slots)
    for (uint32_t slot = hash_of (bytes, length) & (in->n_slots - 1); in->slots[slot];
         slot = (slot + 1) & (in->n_slots - 1))
      if (key_is (in, in->slots[slot] - 1, bytes, length))
        return in->slots[slot] - 1;
  if (in->n + 1 >= in->room)
    {
      in->room = in->room ? 2 * in->room : 1024;
      in->starts = pgo_realloc_array (in->starts, in->room, sizeof in->starts[0]);
      in->starts[0] = 0;
    }
  wire_put (&in->keys, bytes, length);
  in->starts[++in->n] = in->keys.length;
  if (2 * in->n > in->n_slots)
    {
      in->n_slots = in->n_slots ? 2 * in->n_slots : 2048;
      pgo_free (in->slots);
      in->slots = pgo_alloc_array (in->n_slots, sizeof in->slots[0]);
      for (uint32_t i = 0; i < in->n; i++)
        enter (in, i);
    }
  else
    enter (in, in->n - 1);
  return in->n - 1;
}

static void
free_interner (struct interner *in)
{
  pgo_free (in->keys.bytes);
  pgo_free (in->starts);
  pgo_free (in->slots);
}

struct mapping
{
  uint64_t start, limit, offset, name, build_id; /* The last two: strings of the output.  */
};

struct location
{
  uint64_t mapping, address;    /* Mapping: id in the output, 0: none.  */
};

struct values
{
  uint64_t value[MAX_VALUES];
};

struct merger
{
  struct interner strings, mappings, locations, stacks, notes;
  struct values *values;        /* By stack.  */
  uint32_t room_values;
  unsigned n_values;
  uint64_t types[MAX_VALUES][2], period_type[2], default_type, period;
  uint64_t time_ns, duration_ns, user_ns;
  uint64_t sums[PPROF_N_SUMS];
  char collector[128], engine[32];
  uint64_t hz;
  size_t n_files;
};


/* A file being merged: its tables, by index or id, translated to the output's.  */
struct input
{
  const char *path;
  struct pgo_status *status;
  struct wire_buffer all;
  struct wire *strings;
  uint64_t *mappings, *locations; /* By id: ids in the output; 0: not told.  */
  uint32_t n_strings, room_strings, room_mappings, room_locations;
};

static bool
damaged (struct input *in)
{
  return pgo_fail (in->status, in->path, 0, "damaged samples");
}

/* Make ARRAY, of *ROOM zeroed numbers, reach INDEX.  */
static uint64_t *
reach (uint64_t *array, uint32_t *room, uint64_t index)
{
  if (index < *room)
    return array;
  uint32_t larger = *room ? *room : 256;
  while (larger <= index)
    larger *= 2;
  array = pgo_realloc_array (array, larger, sizeof array[0]);
  memset (array + *room, 0, (larger - *room) * sizeof array[0]);
  *room = larger;
  return array;
}

/* Read the numbers of MESSAGE into VALUES by field; those of field N and above are ignored.  */
static bool
read_numbers (struct wire message, uint64_t *values, int n)
{
  uint64_t value;
  struct wire inside;
  int field;
  memset (values, 0, (size_t) n * sizeof values[0]);
  while ((field = wire_field (&message, &value, &inside)) > 0)
    if (field < n)
      values[field] = value;
  return field == 0;
}

/* Index of a string in the output, which has only those that are used.  */
static bool
translate_string (struct merger *m, struct input *in, uint64_t index, uint64_t *string)
{
  if (index >= in->n_strings)
    return damaged (in);
  struct wire text = in->strings[index];
  *string = intern (&m->strings, text.at, (size_t) (text.end - text.at));
  return true;
}

static bool
read_mapping (struct merger *m, struct input *in, struct wire message)
{
  uint64_t v[7];
  if (!read_numbers (message, v, 7) || v[1] == 0 || v[1] > MAX_ID)
    return damaged (in);
  struct mapping mapping = { v[2], v[3], v[4], 0, 0 };
  if (!translate_string (m, in, v[5], &mapping.name) || !translate_string (m, in, v[6], &mapping.build_id))
    return false;
  in->mappings = reach (in->mappings, &in->room_mappings, v[1]);
  in->mappings[v[1]] = 1 + (uint64_t) intern (&m->mappings, &mapping, sizeof mapping);
  return true;
}

static bool
read_location (struct merger *m, struct input *in, struct wire message)
{
  uint64_t v[4];
  if (!read_numbers (message, v, 4) || v[1] == 0 || v[1] > MAX_ID
      || (v[2] != 0 && (v[2] >= in->room_mappings || in->mappings[v[2]] == 0)))
    return damaged (in);
  struct location location = { v[2] ? in->mappings[v[2]] : 0, v[3] };
  in->locations = reach (in->locations, &in->room_locations, v[1]);
  in->locations[v[1]] = 1 + (uint64_t) intern (&m->locations, &location, sizeof location);
  return true;
}

static bool
read_sample (struct merger *m, struct input *in, struct wire message)
{
  uint64_t value, id, stack[MAX_STACK];
  struct wire inside, ids = { NULL, NULL }, values = { NULL, NULL };
  struct values v = { { 0 } };
  unsigned n = 0, n_values = 0;
  int field;
  while ((field = wire_field (&message, &value, &inside)) > 0)
    if (field == 1)
      ids = inside;
    else if (field == 2)
      values = inside;
  if (field < 0)
    return damaged (in);
  while (ids.at < ids.end)
    {
      if (n == MAX_STACK || !wire_varint (&ids, &id) || id >= in->room_locations || in->locations[id] == 0)
        return damaged (in);
      stack[n++] = in->locations[id];
    }
  while (values.at < values.end)
    if (n_values == m->n_values || !wire_varint (&values, &v.value[n_values++]))
      return damaged (in);

  /* A branch and a range can have the same locations: what kind it is belongs to the key.  */
  uint64_t kind = 0;
  for (unsigned i = 0; i < n_values; i++)
    kind |= (uint64_t) (v.value[i] != 0) << i;
  if (n == MAX_STACK)
    return damaged (in);
  stack[n++] = kind;
  uint32_t number = intern (&m->stacks, stack, n * sizeof stack[0]);
  if (number >= m->room_values)
    {
      uint32_t room = m->room_values ? 2 * m->room_values : 4096;
      m->values = pgo_realloc_array (m->values, room, sizeof m->values[0]);
      memset (m->values + m->room_values, 0, (room - m->room_values) * sizeof m->values[0]);
      m->room_values = room;
    }
  for (unsigned i = 0; i < n_values; i++)
    if (__builtin_add_overflow (m->values[number].value[i], v.value[i], &m->values[number].value[i]))
      m->values[number].value[i] = UINT64_MAX;
  return true;
}

static const char *
after (const char *text, const char *key)
{
  size_t length = strlen (key);
  return strncmp (text, key, length) == 0 ? text + length : NULL;
}

static void
read_comment (struct merger *m, struct wire string)
{
  char text[512];
  const char *rest;
  size_t length = (size_t) (string.end - string.at);
  if (length >= sizeof text)
    length = sizeof text - 1;
  memcpy (text, string.at, length);
  text[length] = '\0';
  for (int i = 0; i < PPROF_N_SUMS; i++)
    if ((rest = after (text, pprof_sum_keys[i])) != NULL)
      m->sums[i] += strtoull (rest, NULL, 10);
  if ((rest = after (text, "cpu: ")) != NULL)
    m->user_ns += strtoull (rest, NULL, 10);
  if ((rest = after (text, "hz: ")) != NULL && m->hz == 0)
    m->hz = strtoull (rest, NULL, 10);
  if (after (text, "collector: ") && m->collector[0] == '\0')
    snprintf (m->collector, sizeof m->collector, "%.127s", text);
  if ((rest = after (text, "engine: ")) != NULL && strcmp (rest, "none") != 0
      && (m->engine[0] == '\0' || strcmp (m->engine, rest) != 0))
    snprintf (m->engine, sizeof m->engine, "%.31s", m->engine[0] == '\0' ? rest : "mixed");
  if (after (text, "note: "))
    intern (&m->notes, text, strlen (text));
}

/* Of the first file: what the values are.  Of others: they must be the same.  */
static bool
read_type (struct merger *m, struct input *in, struct wire message, unsigned *n)
{
  uint64_t v[3], type[2];
  if (*n == MAX_VALUES || !read_numbers (message, v, 3))
    return damaged (in);
  if (!translate_string (m, in, v[1], &type[0]) || !translate_string (m, in, v[2], &type[1]))
    return false;
  if (m->n_files == 0)
    {
      memcpy (m->types[*n], type, sizeof type);
      m->n_values = *n + 1;
    }
  else if (*n >= m->n_values || memcmp (m->types[*n], type, sizeof type) != 0)
    return pgo_fail (in->status, in->path, 0, "other sample types than in the first file");
  ++*n;
  return true;
}

/* The fields of the outermost message that need the strings only (and types), in any order in the file.  */
static bool
read_header (struct merger *m, struct input *in)
{
  struct wire all = { in->all.bytes, in->all.bytes + in->all.length }, inside;
  uint64_t value, v[3];
  unsigned n_types = 0;
  int field;
  while ((field = wire_field (&all, &value, &inside)) > 0)
    switch (field)
      {
      case PPROF_SAMPLE_TYPE:
        if (!read_type (m, in, inside, &n_types))
          return false;
        break;
      case PPROF_MAPPING:
        if (!read_mapping (m, in, inside))
          return false;
        break;
      case PPROF_TIME_NANOS:
        if (m->time_ns == 0 || value < m->time_ns)
          m->time_ns = value;
        break;
      case PPROF_DURATION_NANOS:
        if (value > m->duration_ns)
          m->duration_ns = value;
        break;
      case PPROF_PERIOD_TYPE:
        if (!read_numbers (inside, v, 3))
          return damaged (in);
        if (!translate_string (m, in, v[1], &m->period_type[0])
            || !translate_string (m, in, v[2], &m->period_type[1]))
          return false;
        break;
      case PPROF_PERIOD:
        m->period = value;
        break;
      case PPROF_COMMENT:
        if (value >= in->n_strings)
          return damaged (in);
        read_comment (m, in->strings[value]);
        break;
      case PPROF_DEFAULT_SAMPLE_TYPE:
        if (!translate_string (m, in, value, &m->default_type))
          return false;
        break;
      default:
        break;
      }
  return field == 0 || damaged (in);
}

/* Pass over the fields of NUMBER, with READ.  */
static bool
read_all (struct merger *m, struct input *in, int number,
          bool (*read) (struct merger *, struct input *, struct wire))
{
  struct wire all = { in->all.bytes, in->all.bytes + in->all.length }, inside;
  uint64_t value;
  int field;
  while ((field = wire_field (&all, &value, &inside)) > 0)
    if (field == number && !read (m, in, inside))
      return false;
  return field == 0 || damaged (in);
}

static bool
read_string (struct merger *m, struct input *in, struct wire text)
{
  (void) m;
  if (in->n_strings == in->room_strings)
    {
      in->room_strings = in->room_strings ? 2 * in->room_strings : 256;
      in->strings = pgo_realloc_array (in->strings, in->room_strings, sizeof in->strings[0]);
    }
  in->strings[in->n_strings++] = text;
  return true;
}

static bool
read_input (struct merger *m, const char *path, struct pgo_status *status)
{
  struct input in;
  memset (&in, 0, sizeof in);
  in.path = path;
  in.status = status;
  bool good = wire_read_file (path, &in.all, status) && read_all (m, &in, PPROF_STRING, read_string)
              && read_header (m, &in) && read_all (m, &in, PPROF_LOCATION, read_location)
              && read_all (m, &in, PPROF_SAMPLE, read_sample);
  pgo_free (in.all.bytes);
  pgo_free (in.strings);
  pgo_free (in.mappings);
  pgo_free (in.locations);
  m->n_files++;
  return good;
}

static const void *
key_of (const struct interner *in, uint32_t number, size_t *length)
{
  *length = in->starts[number + 1] - in->starts[number];
  return in->keys.bytes + in->starts[number];
}

/* The message that a pair of strings makes: ValueType.  */
static void
put_type (struct wire_buffer *out, unsigned field, const uint64_t type[2])
{
  struct wire_buffer message = { NULL, 0, 0 };
  wire_put_number (&message, 1, type[0]);
  wire_put_number (&message, 2, type[1]);
  wire_put_bytes (out, field, message.bytes, message.length);
  pgo_free (message.bytes);
}

static void
put_sample (const struct merger *m, struct wire_buffer *out, uint32_t number, struct wire_buffer scratch[2])
{
  size_t length;
  uint64_t id;
  const uint8_t *key = key_of (&m->stacks, number, &length);
  struct wire_buffer *ids = &scratch[0], *message = &scratch[1];
  ids->length = message->length = 0;
  /* The last is the kind.  */
  for (size_t at = 0; at + sizeof id < length; at += sizeof id)
    {
      memcpy (&id, key + at, sizeof id);
      wire_put_varint (ids, id);
    }
  wire_put_bytes (message, 1, ids->bytes, ids->length);
  ids->length = 0;
  for (unsigned i = 0; i < m->n_values; i++)
    wire_put_varint (ids, m->values[number].value[i]);
  wire_put_bytes (message, 2, ids->bytes, ids->length);
  wire_put_bytes (out, PPROF_SAMPLE, message->bytes, message->length);
}

static void
put_samples (const struct merger *m, struct wire_buffer *out)
{
  struct wire_buffer scratch[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };
  for (uint32_t i = 0; i < m->stacks.n; i++)
    put_sample (m, out, i, scratch);
  pgo_free (scratch[0].bytes);
  pgo_free (scratch[1].bytes);
}

static void
put_tables (const struct merger *m, struct wire_buffer *out)
{
  struct wire_buffer message = { NULL, 0, 0 };
  size_t length;
  for (uint32_t i = 0; i < m->mappings.n; i++)
    {
      struct mapping mapping;
      memcpy (&mapping, key_of (&m->mappings, i, &length), sizeof mapping);
      message.length = 0;
      wire_put_number (&message, 1, i + 1);
      wire_put_number (&message, 2, mapping.start);
      wire_put_number (&message, 3, mapping.limit);
      wire_put_number (&message, 4, mapping.offset);
      wire_put_number (&message, 5, mapping.name);
      wire_put_number (&message, 6, mapping.build_id);
      wire_put_bytes (out, PPROF_MAPPING, message.bytes, message.length);
    }
  for (uint32_t i = 0; i < m->locations.n; i++)
    {
      struct location location;
      memcpy (&location, key_of (&m->locations, i, &length), sizeof location);
      message.length = 0;
      wire_put_number (&message, 1, i + 1);
      if (location.mapping)
        wire_put_number (&message, 2, location.mapping);
      wire_put_number (&message, 3, location.address);
      wire_put_bytes (out, PPROF_LOCATION, message.bytes, message.length);
    }
  pgo_free (message.bytes);
}

/* Add a comment, as a string of the output.  */
static void __attribute__ ((format (printf, 3, 4)))
comment (struct merger *m, struct wire_buffer *comments, const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  wire_put_number (comments, PPROF_COMMENT, intern (&m->strings, text, strlen (text)));
}

/* The comments of runtime/pprof-write.h for all processes together.  */
static void
put_comments (struct merger *m, struct wire_buffer *out)
{
  uint64_t n_samples = 0;
  for (uint32_t i = 0; i < m->stacks.n; i++)
    n_samples += m->values[i].value[0];
  double rate = m->user_ns ? (double) n_samples * 1e9 / (double) m->user_ns : 0;
  comment (m, out, "%s", m->collector);
  comment (m, out, "process: %zu of them", m->n_files);
  comment (m, out, "main: yes");
  comment (m, out, "engine: %s", m->engine[0] ? m->engine : "none");
  unsigned long long millihertz = (unsigned long long) (rate * 1000);
  comment (m, out, "hz: %llu asked, %llu.%03llu achieved", (unsigned long long) m->hz, millihertz / 1000,
           millihertz % 1000);
  comment (m, out, "duration: %llu", (unsigned long long) m->duration_ns);
  comment (m, out, "cpu: %llu", (unsigned long long) m->user_ns);
  for (int i = 0; i < (m->n_values > 2 ? PPROF_N_SUMS : PPROF_BRANCH_RECORDS); i++)
    comment (m, out, "%s%llu", pprof_sum_keys[i], (unsigned long long) m->sums[i]);
  for (uint32_t i = 0; i < m->notes.n; i++)
    {
      size_t length;
      const char *note = key_of (&m->notes, i, &length);
      comment (m, out, "%.*s", (int) length, note);
    }
}

static bool
write_output (struct merger *m, const char *path, struct pgo_status *status)
{
  struct wire_buffer out = { NULL, 0, 0 };
  for (unsigned i = 0; i < m->n_values; i++)
    put_type (&out, PPROF_SAMPLE_TYPE, m->types[i]);
  put_samples (m, &out);
  put_tables (m, &out);
  put_comments (m, &out);
  for (uint32_t i = 0; i < m->strings.n; i++)
    {
      size_t length;
      const void *text = key_of (&m->strings, i, &length);
      wire_put_bytes (&out, PPROF_STRING, text, length);
    }
  wire_put_number (&out, PPROF_TIME_NANOS, m->time_ns);
  wire_put_number (&out, PPROF_DURATION_NANOS, m->duration_ns);
  put_type (&out, PPROF_PERIOD_TYPE, m->period_type);
  wire_put_number (&out, PPROF_PERIOD, m->period);
  wire_put_number (&out, PPROF_DEFAULT_SAMPLE_TYPE, m->default_type);
  bool good = wire_write_file (path, &out, status);
  pgo_free (out.bytes);
  return good;
}

bool
pprof_merge (const char *const *paths, size_t n, const char *out, struct pgo_status *status)
{
  struct merger m;
  memset (&m, 0, sizeof m);
  intern (&m.strings, "", 0);
  bool good = true;
  for (size_t i = 0; i < n && good; i++)
    good = read_input (&m, paths[i], status);
  good = good && write_output (&m, out, status);
  free_interner (&m.strings);
  free_interner (&m.mappings);
  free_interner (&m.locations);
  free_interner (&m.stacks);
  free_interner (&m.notes);
  pgo_free (m.values);
  return good;
}
