/* Reader of pprof files: profile.proto of github.com/google/pprof, plain or gzip'ed.

   Sample types that are understood, each the name and unit of a value that every sample has:
     samples/count, cpu/nanoseconds   clock samples; the leaf address counts, callers don't
     branch/count                     branch records: the stack is [to, from]
     range/count                      code executed in order: the stack is [last, first]

   A file may be a gigabyte, so it is never held: it is walked three times (mappings and locations; strings
   that are needed; samples), a message at a time.  Messages of a protocol buffer may come in any order.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/pprof-comments.h"
#include "tool/samples.h"
#include "core/alloc.h"
#include "core/pprof-stream.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Strings that are needed: file names, build-ids, names of types.  */
#define STRING_BYTES_MAX (UINT64_C (1) << 16)
/* 24 bytes each.  */
#define LOCATIONS_MAX (1u << 23)
#define MAPPINGS_MAX (1u << 16)
#define TYPES_MAX 64
#define COMMENTS_MAX 64

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
  struct pgo_pprof_stream in;
  struct samples *samples;

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

/* ---- First walk: types, mappings, locations.  */

static bool
read_type (struct pprof *p, uint64_t size)
{
  struct pgo_pprof_message m;
  struct pgo_pprof_field field;
  bool damaged = false;
  if (p->n_types == TYPES_MAX)
    return pgo_pprof_bad (&p->in, "more than 64 sample types");
  if (!pgo_pprof_read_message (&p->in, size, &m))
    return false;
  struct type *type = &p->types[p->n_types++];
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if (field.number == PPROF_TYPE_TYPE)
      type->name = field.value;
    else if (field.number == PPROF_TYPE_UNIT)
      type->unit = field.value;
  return !damaged || pgo_pprof_bad (&p->in, "damaged sample type");
}

/* Room for one more element in ARRAY of N, whose room is the next power of two.  */
#define GROW(ARRAY, N) \
  ((((N) & ((N) - 1)) == 0) \
   ? (void) ((ARRAY) = pgo_realloc_array ((ARRAY), (N) ? (size_t) (N) * 2 : 1, sizeof *(ARRAY))) : (void) 0)

static bool
read_mapping (struct pprof *p, uint64_t size)
{
  struct pgo_pprof_message m;
  struct pgo_pprof_field field;
  bool damaged = false;
  if (p->n_mappings == MAPPINGS_MAX)
    return pgo_pprof_bad (&p->in, "more than 65536 mappings");
  if (!pgo_pprof_read_message (&p->in, size, &m))
    return false;
  struct mapping mapping = { .module = SAMPLES_NO_MODULE };
  while (pgo_pprof_next_field (&m, &field, &damaged))
    switch (field.number)
      {
      case PPROF_MAPPING_ID: mapping.id = field.value; break;
      case PPROF_MAPPING_START: mapping.start = field.value; break;
      case PPROF_MAPPING_LIMIT: mapping.limit = field.value; break;
      case PPROF_MAPPING_OFFSET: mapping.offset = field.value; break;
      case PPROF_MAPPING_FILE: mapping.file = field.value; break;
      case PPROF_MAPPING_BUILD_ID: mapping.build_id = field.value; break;
      }
  if (damaged)
    return pgo_pprof_bad (&p->in, "damaged mapping");
  GROW (p->mappings, p->n_mappings);
  p->mappings[p->n_mappings++] = mapping;
  return true;
}

static bool
read_location (struct pprof *p, uint64_t size)
{
  struct pgo_pprof_message m;
  struct pgo_pprof_field field;
  bool damaged = false;
  uint64_t mapping = 0;
  if (p->n_locations == LOCATIONS_MAX)
    return pgo_pprof_bad (&p->in, "more than 8388608 locations");
  if (!pgo_pprof_read_message (&p->in, size, &m))
    return false;
  struct location location = { .mapping = MAPPINGS_MAX };
  while (pgo_pprof_next_field (&m, &field, &damaged))
    switch (field.number)
      {
      case PPROF_LOCATION_ID: location.id = field.value; break;
      case PPROF_LOCATION_MAPPING: mapping = field.value; break;
      case PPROF_LOCATION_ADDRESS: location.address = field.value; break;
      case PPROF_LOCATION_LINE: p->any_line = true; break;
      }
  if (damaged || location.id == 0)
    return pgo_pprof_bad (&p->in, "damaged location");
  /* Mapping ids are small; their index is found when all are known.  */
  if (mapping > UINT32_MAX)
    return pgo_pprof_bad (&p->in, "location with a mapping that is not there");
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
visit_tables (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct pprof *p = data;
  if (wire == PPROF_WIRE_VARINT)
    {
      if (number == PPROF_DURATION)
        p->samples->duration_ns = value;
      else if (number == PPROF_PERIOD)
        p->period = value;
      else if (number == PPROF_COMMENT)
        add_comment (p, value);
      return true;
    }
  switch (number)
    {
    case PPROF_SAMPLE_TYPE:
      return read_type (p, value);
    case PPROF_MAPPING:
      return read_mapping (p, value);
    case PPROF_LOCATION:
      return read_location (p, value);
    case PPROF_COMMENT:
      {
        struct pgo_pprof_message m;
        uint64_t index;
        if (!pgo_pprof_read_message (&p->in, value, &m))
          return false;
        while (m.at < m.end)
          if (!pgo_pprof_varint (&m, &index))
            return pgo_pprof_bad (&p->in, "damaged comment");
          else
            add_comment (p, index);
        return true;
      }
    default:
      return pgo_pprof_skip (&p->in, value);
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
visit_strings (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct pprof *p = data;
  if (wire == PPROF_WIRE_VARINT)
    return true;
  struct wanted *wanted = number == PPROF_STRING ? find_wanted (p, p->n_strings) : NULL;
  p->n_strings += number == PPROF_STRING;
  if (!wanted)
    return pgo_pprof_skip (&p->in, value);
  if (value > STRING_BYTES_MAX)
    return pgo_pprof_bad (&p->in, "name of more than 64 KiB");
  wanted->text = pgo_alloc (value + 1);
  if (value && !pgo_pprof_read (&p->in, wanted->text, value))
    return false;
  return !memchr (wanted->text, '\0', value) || pgo_pprof_bad (&p->in, "name with a NUL byte");
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
    return pgo_fail (p->in.status, p->in.path, 0, "no CPU samples: of samples/count, cpu/nanoseconds, branch/count "
                     "none is among the sample types (%s)", *list ? list : "there are none");
  return true;
}

static bool
resolve_tables (struct pprof *p)
{
  if (p->n_locations && !p->any_address)
    return pgo_fail (p->in.status, p->in.path, 0, p->any_line
                     ? "symbolized pprof without addresses: there is nothing to look up in a binary"
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
        return pgo_fail (p->in.status, p->in.path, 0, "two mappings with id %" PRIu64, m->id);
      m->module = samples_module (p->samples, string_at (p, m->file), build_id,
                                  m->limit > m->start ? SPACE_FILE : SPACE_RUNTIME, 0, p->in.status);
      if (m->module == SAMPLES_NO_MODULE)
        return false;
    }
  if (!p->locations_sorted)
    qsort (p->locations, p->n_locations, sizeof *p->locations, compare_locations);
  for (uint32_t i = 0; i < p->n_locations; i++)
    {
      struct location *location = &p->locations[i];
      if (i && location->id == location[-1].id)
        return pgo_fail (p->in.status, p->in.path, 0, "two locations with id %" PRIu64, location->id);
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
        return pgo_fail (p->in.status, p->in.path, 0,
                         "location %" PRIu64 " has mapping %" PRIu32 ", which is not there", location->id,
                         location->mapping);
      location->mapping = found ? low : MAPPINGS_MAX;
    }
  return true;
}

/* What the runtime's comments tell of losses: "lost: 12", "overflow: 3", "branch-lost: 0", …; and "branch-records: 4000".  */
static void
read_comments (struct pprof *p)
{
  for (uint32_t c = 0; c < p->n_comments; c++)
    for (int k = 0; k < PPROF_N_SUMS; k++)
      {
        const char *text = string_at (p, p->comments[c]);
        size_t length = strlen (pprof_sum_keys[k]);
        uint64_t *sum = k == PPROF_BRANCH_RECORDS ? &p->samples->branch_records : &p->samples->lost;
        if (strncmp (text, pprof_sum_keys[k], length) == 0 && isdigit ((unsigned char) text[length]))
          *sum = pgo_add (*sum, strtoull (text + length, NULL, 10));
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
    return pgo_pprof_bad (&p->in, "sample with a location that is not there");
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
add_integers (struct integers *integers, struct pgo_pprof_field *field)
{
  if (field->wire == PPROF_WIRE_VARINT)
    {
      if (integers->n < TYPES_MAX)
        integers->first[integers->n] = field->value;
      integers->n++;
      return true;
    }
  if (field->wire != PPROF_WIRE_BYTES)
    return false;
  while (field->bytes.at < field->bytes.end)
    {
      uint64_t value;
      if (!pgo_pprof_varint (&field->bytes, &value))
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
  else if (clock && !samples_add (p->samples, SAMPLE_CLOCK, module, at, 0, 0, clock, p->in.status))
    return false;
  if (!branch && !range)
    return true;
  if (stack->n != 2)
    return pgo_pprof_bad (&p->in, "branch record whose stack has not two locations");
  to_module = module;
  to = at;
  if (!place (p, stack->first[1], &module, &at))
    return false;
  if (module == SAMPLES_NO_MODULE)
    p->samples->unmapped = pgo_add (p->samples->unmapped, branch);
  else if (branch && !samples_add (p->samples, SAMPLE_BRANCH, module, at, to_module, to, branch, p->in.status))
    return false;
  return !range || module == SAMPLES_NO_MODULE || to_module != module
         || samples_add (p->samples, SAMPLE_RANGE, module, at, to_module, to, range, p->in.status);
}

static bool
visit_samples (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct pprof *p = data;
  if (wire == PPROF_WIRE_VARINT)
    return true;
  if (number != PPROF_SAMPLE)
    return pgo_pprof_skip (&p->in, value);
  struct pgo_pprof_message m;
  struct pgo_pprof_field field;
  struct integers stack = { .n = 0 }, values = { .n = 0 };
  bool damaged = false;
  if (!pgo_pprof_read_message (&p->in, value, &m))
    return false;
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if ((field.number == PPROF_SAMPLE_LOCATION && !add_integers (&stack, &field))
        || (field.number == PPROF_SAMPLE_VALUE && !add_integers (&values, &field)))
      return pgo_pprof_bad (&p->in, "damaged sample");
  if (damaged)
    return pgo_pprof_bad (&p->in, "damaged sample");
  if (values.n != p->n_types)
    return pgo_pprof_bad (&p->in, "sample with more or fewer values than there are sample types");
  return add_sample (p, &stack, &values);
}

struct samples *
samples_read_pprof (const char *path, struct pgo_status *status)
{
  struct pprof p = { .in = { .path = path, .status = status }, .locations_sorted = true };
  p.samples = samples_new (path, "pprof");
  bool ok = pgo_pprof_walk (&p.in, visit_tables, &p);
  if (ok)
    want_strings (&p);
  ok = ok && pgo_pprof_walk (&p.in, visit_strings, &p) && resolve_types (&p) && resolve_tables (&p)
       && pgo_pprof_walk (&p.in, visit_samples, &p);
  if (ok)
    read_comments (&p);
  for (uint32_t i = 0; i < p.n_wanted; i++)
    pgo_free (p.wanted[i].text);
  pgo_free (p.wanted);
  pgo_free (p.mappings);
  pgo_free (p.locations);
  pgo_pprof_clear (&p.in);
  if (!ok)
    {
      samples_free (p.samples);
      return NULL;
    }
  samples_finish (p.samples);
  return p.samples;
}
