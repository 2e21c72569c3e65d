/* A symbolized pprof as a profile: see symbolized.h.

   Walked three times: tables; the strings that they need; samples.  Samples are added up by location, so that memory
   grows with the code that ran.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/symbolized.h"
#include "core/alloc.h"
#include "core/assembler-name.h"
#include "core/pprof-stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* 48, 24 and 16 bytes each.  */
#define FUNCTIONS_MAX (1u << 21)
#define LOCATIONS_MAX (1u << 20)
#define LINES_MAX (1u << 21)
/* Calls, of a location and a function each; half of the table free.  */
#define CALLS_MAX (1u << 21)
#define TYPES_MAX 64
/* Longer than any name that compilers make.  */
#define STRING_BYTES_MAX (UINT64_C (1) << 16)
/* The weight of a clock sample.  Where code is known, a sample is 1000 executions divided by the instructions of its
   block; of a line one knows nothing, and takes it for four instructions.  */
#define WEIGHT_PER_SAMPLE 250

struct function
{
  uint64_t id, name, system_name, file; /* Indices of strings.  */
  int64_t start;                /* Line; 0: not told.  */
  int64_t first;                /* Least line that a location has.  */
};

struct line
{
  uint64_t function;            /* Its id, then its index; UINT64_MAX: none.  */
  int64_t line;
};

/* LINES from the innermost outwards.  */
struct location
{
  uint64_t id;
  uint32_t first_line, n_lines;
  uint64_t samples;
};

struct call
{
  uint32_t from;                /* Location; its innermost line calls.  */
  uint32_t to;                  /* Function.  */
  uint64_t samples;
};

struct wanted
{
  uint64_t index;
  char *text;                   /* NULL: not found.  */
};

struct reader
{
  struct pgo_pprof_stream in;
  uint64_t type_names[TYPES_MAX], type_units[TYPES_MAX];
  struct function *functions;
  struct location *locations;
  struct line *lines;
  struct call *calls;           /* A hash table of N_SLOTS; FROM UINT32_MAX: free.  */
  struct wanted *wanted;
  uint32_t n_types, n_functions, n_locations, n_lines, n_calls, n_slots, n_wanted;
  uint64_t n_strings, period, duration_ns, samples, unknown, binary;
  int clock_value, cpu_value;   /* Indices of values; -1: none.  */
};

#define GROW(ARRAY, N) \
  ((((N) & ((N) - 1)) == 0) \
   ? (void) ((ARRAY) = pgo_realloc_array ((ARRAY), (N) ? (size_t) (N) * 2 : 1, sizeof *(ARRAY))) : (void) 0)

bool
pgo_file_is_pprof (const char *path)
{
  unsigned char bytes[64];
  gzFile file = gzopen (path, "rbe");
  int n = file ? gzread (file, bytes, sizeof bytes) : -1;
  if (file)
    gzclose_r (file);
  /* A field of 1 to 14, a varint or bytes; and some byte that isn't text.  */
  if (n < 2 || bytes[0] >> 3 < 1 || bytes[0] >> 3 > 14 || ((bytes[0] & 7) != 0 && (bytes[0] & 7) != 2))
    return false;
  for (int i = 0; i < n; i++)
    if (bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t' && bytes[i] != '\r')
      return true;
  return false;
}

/* ---- Tables.  */

static bool
read_type (struct reader *r, struct pgo_pprof_message m)
{
  struct pgo_pprof_field field;
  bool damaged = false;
  if (r->n_types == TYPES_MAX)
    return pgo_pprof_bad (&r->in, "more than 64 sample types");
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if (field.number == PPROF_TYPE_TYPE)
      r->type_names[r->n_types] = field.value;
    else if (field.number == PPROF_TYPE_UNIT)
      r->type_units[r->n_types] = field.value;
  r->n_types++;
  return !damaged || pgo_pprof_bad (&r->in, "damaged sample type");
}

static bool
read_function (struct reader *r, struct pgo_pprof_message m)
{
  struct pgo_pprof_field field;
  struct function function = { .first = INT64_MAX };
  bool damaged = false;
  if (r->n_functions == FUNCTIONS_MAX)
    return pgo_pprof_bad (&r->in, "more than 2097152 functions");
  while (pgo_pprof_next_field (&m, &field, &damaged))
    switch (field.number)
      {
      case PPROF_FUNCTION_ID: function.id = field.value; break;
      case PPROF_FUNCTION_NAME: function.name = field.value; break;
      case PPROF_FUNCTION_SYSTEM_NAME: function.system_name = field.value; break;
      case PPROF_FUNCTION_FILE: function.file = field.value; break;
      case PPROF_FUNCTION_START: function.start = (int64_t) field.value; break;
      }
  if (damaged)
    return pgo_pprof_bad (&r->in, "damaged function");
  GROW (r->functions, r->n_functions);
  r->functions[r->n_functions++] = function;
  return true;
}

static bool
read_line (struct reader *r, struct pgo_pprof_message m)
{
  struct pgo_pprof_field field;
  struct line line = { 0, 0 };
  bool damaged = false;
  if (r->n_lines == LINES_MAX)
    return pgo_pprof_bad (&r->in, "more than 2097152 lines");
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if (field.number == PPROF_LINE_FUNCTION)
      line.function = field.value;
    else if (field.number == PPROF_LINE_LINE)
      line.line = (int64_t) field.value;
  GROW (r->lines, r->n_lines);
  r->lines[r->n_lines++] = line;
  return !damaged;
}

static bool
read_location (struct reader *r, struct pgo_pprof_message m)
{
  struct pgo_pprof_field field;
  struct location location = { .first_line = r->n_lines };
  bool damaged = false;
  if (r->n_locations == LOCATIONS_MAX)
    return pgo_pprof_bad (&r->in, "more than 1048576 locations");
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if (field.number == PPROF_LOCATION_ID)
      location.id = field.value;
    else if (field.number == PPROF_LOCATION_LINE
             && (field.wire != PPROF_WIRE_BYTES || !read_line (r, field.bytes)))
      return r->in.status->message[0] ? false : pgo_pprof_bad (&r->in, "damaged location");
  if (damaged)
    return pgo_pprof_bad (&r->in, "damaged location");
  location.n_lines = r->n_lines - location.first_line;
  GROW (r->locations, r->n_locations);
  r->locations[r->n_locations++] = location;
  return true;
}

static bool
visit_tables (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct reader *r = data;
  struct pgo_pprof_message m;
  if (wire == PPROF_WIRE_VARINT)
    {
      if (number == PPROF_PERIOD)
        r->period = value;
      else if (number == PPROF_DURATION)
        r->duration_ns = value;
      return true;
    }
  switch (number)
    {
    case PPROF_SAMPLE_TYPE:
      return pgo_pprof_read_message (&r->in, value, &m) && read_type (r, m);
    case PPROF_FUNCTION:
      return pgo_pprof_read_message (&r->in, value, &m) && read_function (r, m);
    case PPROF_LOCATION:
      return pgo_pprof_read_message (&r->in, value, &m) && read_location (r, m);
    case PPROF_MAPPING:
      {
        struct pgo_pprof_field field;
        bool damaged = false;
        if (!pgo_pprof_read_message (&r->in, value, &m))
          return false;
        while (pgo_pprof_next_field (&m, &field, &damaged))
          if (field.number == PPROF_MAPPING_FILE && r->binary == 0)
            r->binary = field.value;
        return !damaged || pgo_pprof_bad (&r->in, "damaged mapping");
      }
    default:
      return pgo_pprof_skip (&r->in, value);
    }
}

/* ---- Strings.  */

static int
compare_wanted (const void *a, const void *b)
{
  const struct wanted *x = a, *y = b;
  return x->index < y->index ? -1 : x->index > y->index;
}

static void
want (struct reader *r, uint64_t index)
{
  GROW (r->wanted, r->n_wanted);
  r->wanted[r->n_wanted++] = (struct wanted) { index, NULL };
}

static void
want_strings (struct reader *r)
{
  uint32_t n = 0;
  want (r, r->binary);
  for (uint32_t i = 0; i < r->n_types; i++)
    {
      want (r, r->type_names[i]);
      want (r, r->type_units[i]);
    }
  for (uint32_t i = 0; i < r->n_functions; i++)
    {
      want (r, r->functions[i].name);
      want (r, r->functions[i].system_name);
      want (r, r->functions[i].file);
    }
  qsort (r->wanted, r->n_wanted, sizeof *r->wanted, compare_wanted);
  for (uint32_t i = 0; i < r->n_wanted; i++)
    if (n == 0 || r->wanted[i].index != r->wanted[n - 1].index)
      r->wanted[n++] = r->wanted[i];
  r->n_wanted = n;
}

static struct wanted *
find_wanted (const struct reader *r, uint64_t index)
{
  const struct wanted key = { index, NULL };
  return bsearch (&key, r->wanted, r->n_wanted, sizeof key, compare_wanted);
}

static bool
visit_strings (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct reader *r = data;
  if (wire == PPROF_WIRE_VARINT)
    return true;
  struct wanted *wanted = number == PPROF_STRING ? find_wanted (r, r->n_strings) : NULL;
  r->n_strings += number == PPROF_STRING;
  if (!wanted)
    return pgo_pprof_skip (&r->in, value);
  if (value > STRING_BYTES_MAX)
    return pgo_pprof_bad (&r->in, "name of more than 64 KiB");
  wanted->text = pgo_alloc (value + 1);
  if (value && !pgo_pprof_read (&r->in, wanted->text, value))
    return false;
  return !memchr (wanted->text, '\0', value) || pgo_pprof_bad (&r->in, "name with a NUL byte");
}

static const char *
string_at (const struct reader *r, uint64_t index)
{
  const struct wanted *wanted = find_wanted (r, index);
  return wanted && wanted->text ? wanted->text : "";
}

/* ---- Between.  */

static bool
resolve_types (struct reader *r)
{
  r->clock_value = r->cpu_value = -1;
  for (uint32_t i = 0; i < r->n_types; i++)
    {
      const char *name = string_at (r, r->type_names[i]), *unit = string_at (r, r->type_units[i]);
      if (strcmp (name, "samples") == 0 && strcmp (unit, "count") == 0)
        r->clock_value = (int) i;
      else if (strcmp (name, "cpu") == 0 && strcmp (unit, "nanoseconds") == 0)
        r->cpu_value = (int) i;
    }
  return r->clock_value >= 0 || r->cpu_value >= 0
         || pgo_fail (r->in.status, r->in.path, 0, "no CPU samples: neither samples/count nor cpu/nanoseconds is among "
                      "the sample types");
}

static int
compare_functions (const void *a, const void *b)
{
  const struct function *x = a, *y = b;
  return x->id < y->id ? -1 : x->id > y->id;
}

static int
compare_locations (const void *a, const void *b)
{
  const struct location *x = a, *y = b;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* Let lines tell the index of their function; find where functions begin.  */
static bool
resolve_tables (struct reader *r)
{
  bool any = false;
  if (r->n_functions)
    qsort (r->functions, r->n_functions, sizeof *r->functions, compare_functions);
  if (r->n_locations)
    qsort (r->locations, r->n_locations, sizeof *r->locations, compare_locations);
  for (uint32_t i = 1; i < r->n_functions; i++)
    if (r->functions[i].id == r->functions[i - 1].id)
      return pgo_fail (r->in.status, r->in.path, 0, "two functions with id %" PRIu64, r->functions[i].id);
  for (uint32_t i = 1; i < r->n_locations; i++)
    if (r->locations[i].id == r->locations[i - 1].id)
      return pgo_fail (r->in.status, r->in.path, 0, "two locations with id %" PRIu64, r->locations[i].id);
  for (uint32_t i = 0; i < r->n_lines; i++)
    {
      struct line *line = &r->lines[i];
      const struct function key = { .id = line->function };
      struct function *function
        = r->n_functions ? bsearch (&key, r->functions, r->n_functions, sizeof key, compare_functions) : NULL;
      line->function = UINT64_MAX;
      if (!function || !*string_at (r, function->name) || line->line <= 0 || line->line > INT32_MAX)
        continue;
      any = true;
      line->function = (uint64_t) (function - r->functions);
      if (line->line < function->first)
        function->first = line->line;
    }
  for (uint32_t i = 0; i < r->n_functions; i++)
    {
      struct function *function = &r->functions[i];
      if (function->start <= 0 || function->start > INT32_MAX)
        function->start = function->first - 1;
    }
  return any || pgo_fail (r->in.status, r->in.path, 0, "no location has a function and a line");
}

/* ---- Samples.  */

static uint32_t
hash_call (uint32_t from, uint32_t to)
{
  uint64_t key = ((uint64_t) from << 32 | to) * UINT64_C (0x9e3779b97f4a7c15);
  return (uint32_t) (key >> 32);
}

static struct call *
find_call (struct call *calls, uint32_t n_slots, uint32_t from, uint32_t to)
{
  uint32_t slot = hash_call (from, to) & (n_slots - 1);
  while (calls[slot].from != UINT32_MAX && (calls[slot].from != from || calls[slot].to != to))
    slot = (slot + 1) & (n_slots - 1);
  return &calls[slot];
}

static bool
add_call (struct reader *r, uint32_t from, uint32_t to, uint64_t samples)
{
  if (2 * r->n_calls >= r->n_slots)
    {
      if (r->n_calls >= CALLS_MAX)
        return pgo_pprof_bad (&r->in, "more than 2097152 different calls");
      uint32_t n_slots = r->n_slots ? 2 * r->n_slots : 1024;
      struct call *calls = pgo_alloc_array (n_slots, sizeof *calls);
      for (uint32_t i = 0; i < n_slots; i++)
        calls[i].from = UINT32_MAX;
      for (uint32_t i = 0; i < r->n_slots; i++)
        if (r->calls[i].from != UINT32_MAX)
          *find_call (calls, n_slots, r->calls[i].from, r->calls[i].to) = r->calls[i];
      pgo_free (r->calls);
      r->calls = calls;
      r->n_slots = n_slots;
    }
  struct call *call = find_call (r->calls, r->n_slots, from, to);
  if (call->from == UINT32_MAX)
    {
      *call = (struct call) { from, to, 0 };
      r->n_calls++;
    }
  call->samples = pgo_add (call->samples, samples);
  return true;
}

static struct location *
find_location (const struct reader *r, uint64_t id)
{
  const struct location key = { .id = id };
  return r->n_locations ? bsearch (&key, r->locations, r->n_locations, sizeof key, compare_locations) : NULL;
}

/* Whether all lines of LOCATION have functions, and there are some.  */
static bool
is_symbolized (const struct reader *r, const struct location *location)
{
  for (uint32_t i = 0; i < location->n_lines; i++)
    if (r->lines[location->first_line + i].function == UINT64_MAX)
      return false;
  return location->n_lines > 0 && location->n_lines < PGO_DEPTH_MAX;
}

/* A repeated integer field: the first two, and how many there are; those of KEEP as well.  */
struct integers
{
  uint64_t first[2], kept[2], n;
  int keep[2];
};

static void
add_integer (struct integers *integers, uint64_t value)
{
  if (integers->n < 2)
    integers->first[integers->n] = value;
  for (int k = 0; k < 2; k++)
    if (integers->keep[k] >= 0 && integers->n == (uint64_t) integers->keep[k])
      integers->kept[k] = value;
  integers->n++;
}

static bool
add_integers (struct integers *integers, struct pgo_pprof_field *field)
{
  uint64_t value;
  if (field->wire == PPROF_WIRE_VARINT)
    {
      add_integer (integers, field->value);
      return true;
    }
  if (field->wire != PPROF_WIRE_BYTES)
    return false;
  while (field->bytes.at < field->bytes.end)
    if (!pgo_pprof_varint (&field->bytes, &value))
      return false;
    else
      add_integer (integers, value);
  return true;
}

static bool
add_sample (struct reader *r, const struct integers *stack, uint64_t samples)
{
  if (samples == 0)
    return true;
  r->samples = pgo_add (r->samples, samples);
  struct location *leaf = stack->n ? find_location (r, stack->first[0]) : NULL;
  if (stack->n && !leaf)
    return pgo_pprof_bad (&r->in, "sample with a location that is not there");
  if (!leaf || !is_symbolized (r, leaf))
    {
      r->unknown = pgo_add (r->unknown, samples);
      return true;
    }
  leaf->samples = pgo_add (leaf->samples, samples);
  struct location *caller = stack->n > 1 ? find_location (r, stack->first[1]) : NULL;
  /* gccgo repeats the location for each function that was inlined there.  */
  if (!caller || caller == leaf || !is_symbolized (r, caller))
    return true;
  uint64_t callee = r->lines[leaf->first_line + leaf->n_lines - 1].function;
  return add_call (r, (uint32_t) (caller - r->locations), (uint32_t) callee, samples);
}

static bool
visit_samples (void *data, unsigned number, unsigned wire, uint64_t value)
{
  struct reader *r = data;
  struct pgo_pprof_message m;
  struct pgo_pprof_field field;
  struct integers stack = { .keep = { -1, -1 } }, values = { .keep = { r->clock_value, r->cpu_value } };
  bool damaged = false;
  if (wire == PPROF_WIRE_VARINT)
    return true;
  if (number != PPROF_SAMPLE)
    return pgo_pprof_skip (&r->in, value);
  if (!pgo_pprof_read_message (&r->in, value, &m))
    return false;
  while (pgo_pprof_next_field (&m, &field, &damaged))
    if ((field.number == PPROF_SAMPLE_LOCATION && !add_integers (&stack, &field))
        || (field.number == PPROF_SAMPLE_VALUE && !add_integers (&values, &field)))
      return pgo_pprof_bad (&r->in, "damaged sample");
  if (damaged)
    return pgo_pprof_bad (&r->in, "damaged sample");
  uint64_t samples = values.kept[0];
  if (r->clock_value < 0)
    {
      uint64_t period = r->period ? r->period : 1;
      samples = values.kept[1] / period + (values.kept[1] % period >= period - period / 2);
    }
  /* Negative in a difference of two profiles.  */
  return add_sample (r, &stack, samples <= INT64_MAX ? samples : 0);
}

/* ---- The profile.  */

/* The name of FUNCTION as assembler and Go have it, folded, in NAME of SIZE.  */
static const char *
function_name (const struct reader *r, const struct function *function, char *name, size_t size)
{
  const char *text = string_at (r, function->system_name);
  if (!*text)
    text = string_at (r, function->name);
  size_t length = assembler_name_length (text);
  if (length >= size)
    length = size - 1;
  memcpy (name, text, length);
  name[length] = '\0';
  assembler_name_unify (name);
  return name;
}

static struct pgo_location
location_of (const struct reader *r, const struct line *line)
{
  return (struct pgo_location) { (int32_t) (line->line - r->functions[line->function].start), 0, 0 };
}

/* The instance of LOCATION's innermost line; BY_FUNCTION are the functions' own.  */
static struct pgo_instance *
instance_of (const struct reader *r, struct pgo_profile *profile, struct pgo_instance **by_function,
             const struct location *location)
{
  char *name = pgo_alloc (STRING_BYTES_MAX + 1);
  const struct line *lines = &r->lines[location->first_line];
  uint64_t outermost = lines[location->n_lines - 1].function;
  struct pgo_instance *instance = by_function[outermost];
  if (!instance)
    {
      instance = pgo_profile_add_function (
        profile, function_name (r, &r->functions[outermost], name, STRING_BYTES_MAX + 1), NULL);
      by_function[outermost] = instance;
    }
  for (uint32_t i = location->n_lines - 1;; i--)
    {
      instance->kind = PGO_EVIDENCE_TIME;
      instance->keys = PGO_KEYS_LINE;
      if (i == 0)
        break;
      /* Those that are there already become one when the profile is normalised.  */
      instance = pgo_instance_add_inlined (
        profile, instance, location_of (r, &lines[i]),
        function_name (r, &r->functions[lines[i - 1].function], name, STRING_BYTES_MAX + 1), NULL);
    }
  pgo_free (name);
  return instance;
}

static struct pgo_profile *
build (const struct reader *r)
{
  struct pgo_profile *profile = pgo_profile_new ();
  struct pgo_instance **by_function = pgo_alloc_array (r->n_functions, sizeof *by_function);
  char *name = pgo_alloc (STRING_BYTES_MAX + 1);
  for (uint32_t i = 0; i < r->n_locations; i++)
    {
      const struct location *location = &r->locations[i];
      if (location->samples)
        pgo_instance_add_line (profile, instance_of (r, profile, by_function, location),
                               location_of (r, &r->lines[location->first_line]),
                               pgo_scale (location->samples, WEIGHT_PER_SAMPLE, 1), location->samples);
    }
  for (uint32_t i = 0; i < r->n_slots; i++)
    {
      const struct call *call = &r->calls[i];
      if (call->from == UINT32_MAX)
        continue;
      const struct location *from = &r->locations[call->from];
      pgo_instance_add_call (profile, instance_of (r, profile, by_function, from),
                             location_of (r, &r->lines[from->first_line]),
                             function_name (r, &r->functions[call->to], name, STRING_BYTES_MAX + 1), NULL,
                             pgo_scale (call->samples, WEIGHT_PER_SAMPLE, 1), call->samples);
    }
  const char *binary = string_at (r, r->binary), *slash = strrchr (binary, '/');
  struct pgo_origin *origin = pgo_profile_add_origin (profile);
  origin->kind = PGO_EVIDENCE_TIME;
  origin->keys = PGO_KEYS_LINE;
  origin->binary = pgo_profile_string (profile, slash ? slash + 1 : binary);
  origin->samples = r->samples - r->unknown;
  origin->duration_ns = r->duration_ns;
  pgo_free (name);
  pgo_free (by_function);
  pgo_profile_normalize (profile);
  pgo_profile_order (profile);
  return profile;
}

bool
pgo_symbolized_read (const char *path, struct pgo_symbolized *symbolized, struct pgo_status *status)
{
  struct reader r = { .in = { .path = path, .status = status } };
  bool ok = pgo_pprof_walk (&r.in, visit_tables, &r);
  if (ok)
    want_strings (&r);
  ok = ok && pgo_pprof_walk (&r.in, visit_strings, &r) && resolve_types (&r) && resolve_tables (&r)
       && pgo_pprof_walk (&r.in, visit_samples, &r);
  if (ok && r.samples == r.unknown)
    ok = pgo_fail (status, path, 0, r.samples ? "no sample is symbolized" : "no samples");
  if (ok)
    *symbolized = (struct pgo_symbolized) { build (&r), r.samples, r.unknown };
  for (uint32_t i = 0; i < r.n_wanted; i++)
    pgo_free (r.wanted[i].text);
  pgo_free (r.wanted);
  pgo_free (r.functions);
  pgo_free (r.locations);
  pgo_free (r.lines);
  pgo_free (r.calls);
  pgo_pprof_clear (&r.in);
  return ok;
}
