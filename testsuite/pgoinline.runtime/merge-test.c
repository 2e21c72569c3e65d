/* Files of samples made into one, and damaged ones.
   { unit-options "@TOP@/tool/pprof-merge.c @TOP@/tool/pprof-comments.c @TOP@/tool/pprof-wire.c @TOP@/tool/record-files.c -lz" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/pprof-merge.h"
#include "tool/pprof-wire.h"
#include "tool/record-files.h"
#include "core/alloc.h"
#include "unit.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static struct wire_buffer file;

/* FIELD of the file: a message of the N numbers that follow, field 1 first; 0 is left out.  */
static void
put_numbers (unsigned field, int n, ...)
{
  struct wire_buffer m = { NULL, 0, 0 };
  va_list numbers;
  va_start (numbers, n);
  for (int i = 1; i <= n; i++)
    {
      unsigned value = va_arg (numbers, unsigned);
      if (value)
        wire_put_number (&m, (unsigned) i, value);
    }
  va_end (numbers);
  wire_put_bytes (&file, field, m.bytes, m.length);
  pgo_free (m.bytes);
}

/* A sample of COUNT at locations FIRST and (if not 0) SECOND.  */
static void
put_sample (unsigned first, unsigned second, unsigned count, unsigned branches)
{
  struct wire_buffer m = { NULL, 0, 0 }, part = { NULL, 0, 0 };
  wire_put_varint (&part, first);
  if (second)
    wire_put_varint (&part, second);
  wire_put_bytes (&m, 1, part.bytes, part.length);
  part.length = 0;
  wire_put_varint (&part, count);
  wire_put_varint (&part, count * 10ull);
  wire_put_varint (&part, branches);
  wire_put_bytes (&m, 2, part.bytes, part.length);
  wire_put_bytes (&file, PPROF_SAMPLE, m.bytes, m.length);
  pgo_free (m.bytes);
  pgo_free (part.bytes);
}

/* Two mappings; locations 1 and 2 of the first, 3 of the second, 4 of none.  NUMBER makes this process's
   second mapping its own; its losses are NUMBER.  */
static void
make_file (unsigned number, const char *last_type)
{
  char lost[32], records[32];
  snprintf (lost, sizeof lost, "lost: %u", number);
  snprintf (records, sizeof records, "branch-records: %u", 10 * number);
  const char *const strings[] = {
    "",   "samples",      "count",          "cpu",                      "nanoseconds", last_type, "/bin/program", "abcd",
    lost, "engine: perf", "note: the same", "hz: 99 asked, 1 achieved", "cpu: 500", records
  };
  file.length = 0;
  put_numbers (PPROF_SAMPLE_TYPE, 2, 1, 2);
  put_numbers (PPROF_SAMPLE_TYPE, 2, 3, 4);
  put_numbers (PPROF_SAMPLE_TYPE, 2, 5, 2);
  put_sample (1, 0, 5, 0);
  put_sample (2, 3, 0, number);
  put_sample (4, 0, 1, 0);
  put_numbers (PPROF_MAPPING, 6, 1, 0x1000, 0x2000, 0, 6, 7);
  put_numbers (PPROF_MAPPING, 6, 2, 0x3000 + number, 0x4000, 0, 6, 0);
  put_numbers (PPROF_LOCATION, 3, 1, 1, 0x1100);
  put_numbers (PPROF_LOCATION, 3, 2, 1, 0x1200);
  put_numbers (PPROF_LOCATION, 3, 3, 2, 0x3300);
  put_numbers (PPROF_LOCATION, 3, 4, 0, 0x9999);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    wire_put_bytes (&file, PPROF_STRING, strings[i], strlen (strings[i]));
  for (unsigned i = 8; i < sizeof strings / sizeof strings[0]; i++)
    wire_put_number (&file, PPROF_COMMENT, i);
  wire_put_number (&file, PPROF_TIME_NANOS, 1000 + number);
  wire_put_number (&file, PPROF_DURATION_NANOS, 50 + number);
  put_numbers (PPROF_PERIOD_TYPE, 2, 3, 4);
  wire_put_number (&file, PPROF_PERIOD, 10);
  wire_put_number (&file, PPROF_DEFAULT_SAMPLE_TYPE, 3);
}

static bool
write_file (const char *path)
{
  struct pgo_status status;
  return wire_write_file (path, &file, &status);
}

static unsigned
count_fields (const struct wire_buffer *all, int number)
{
  struct wire w = { all->bytes, all->bytes + all->length }, inside;
  uint64_t value;
  int field;
  unsigned n = 0;
  while ((field = wire_field (&w, &value, &inside)) > 0)
    n += field == number;
  return n;
}

static bool
contains (const struct wire_buffer *all, const char *text)
{
  return memmem (all->bytes, all->length, text, strlen (text)) != NULL;
}

static void
test_merge (void)
{
  const char *paths[] = { "a.pprof", "b.pprof" };
  struct pgo_status status = { 0 };
  struct record_summary summary;
  struct wire_buffer all;
  make_file (1, "branch");
  REQUIRE ("write", write_file (paths[0]));
  make_file (2, "branch");
  REQUIRE ("write another", write_file (paths[1]));
  REQUIRE ("merge", pprof_merge (paths, 2, "out.pprof", &status));
  REQUIRE ("read", wire_read_file ("out.pprof", &all, &status));
  CHECK ("the common mapping is there once", count_fields (&all, PPROF_MAPPING) == 3);
  CHECK ("so are common locations", count_fields (&all, PPROF_LOCATION) == 5);
  CHECK ("equal stacks are one sample", count_fields (&all, PPROF_SAMPLE) == 4);
  CHECK ("types remain", count_fields (&all, PPROF_SAMPLE_TYPE) == 3);
  REQUIRE ("summary", record_summary_read ("out.pprof", &summary, &status));
  CHECK ("counts add up", summary.clock == 12 && summary.branch_records == 30);
  CHECK ("losses add up", summary.lost == 3 && contains (&all, "lost: 3"));
  CHECK ("a remark remains once",
         contains (&all, "note: the same") && strcmp (summary.note, "the same") == 0);
  CHECK ("the engine remains", strcmp (summary.engine, "perf") == 0);
  CHECK ("times add up", contains (&all, "cpu: 1000"));

  struct wire_buffer again;
  CHECK ("equal inputs, equal bytes", pprof_merge (paths, 2, "again.pprof", &status)
                                        && wire_read_file ("again.pprof", &again, &status)
                                        && again.length == all.length
                                        && memcmp (again.bytes, all.bytes, all.length) == 0);
  pgo_free (again.bytes);
  pgo_free (all.bytes);
  const char *merged[] = { "out.pprof", "a.pprof" };
  CHECK ("a merged file can be merged, onto itself", pprof_merge (merged, 2, "out.pprof", &status)
                                                       && record_summary_read ("out.pprof", &summary, &status)
                                                       && summary.clock == 18);
}

static bool
fails (const char *first, const char *second)
{
  const char *paths[] = { first, second };
  struct pgo_status status = { 0 };
  FILE *out = fopen ("kept", "w");
  fputs ("old", out);
  fclose (out);
  char text[4] = "";
  bool failed = !pprof_merge (paths, 2, "kept", &status) && status.file[0] != 0 && status.message[0] != 0;
  out = fopen ("kept", "r");
  bool kept = fread (text, 1, 3, out) == 3 && strcmp (text, "old") == 0;
  fclose (out);
  return failed && kept;
}

static void
test_damage (void)
{
  const char *paths[] = { "a.pprof", "damaged.pprof" };
  struct pgo_status status;
  CHECK ("an absent file fails, and nothing is overwritten", fails ("a.pprof", "absent.pprof"));
  make_file (1, "other");
  write_file ("other.pprof");
  CHECK ("so do other sample types", fails ("a.pprof", "other.pprof"));
  file.length = 0;
  put_sample (1, 0, 1, 0);
  write_file ("empty.pprof");
  CHECK ("so do samples without locations", fails ("empty.pprof", "a.pprof"));

  /* Each cut, and each byte changed in some ways: whatever comes of it, no crash and no hang.  */
  make_file (1, "branch");
  size_t length = file.length;
  unsigned n_failed = 0;
  for (size_t cut = 0; cut < length; cut += 3)
    {
      file.length = cut;
      write_file (paths[1]);
      n_failed += !pprof_merge (paths, 2, "out.pprof", &status);
    }
  CHECK ("cuts inside of a field fail", n_failed > length / 6);
  file.length = length;
  static const uint8_t changes[] = { 0x01, 0x80, 0xff };
  for (size_t at = 0; at < length; at++)
    for (size_t i = 0; i < sizeof changes; i++)
      {
        file.bytes[at] ^= changes[i];
        write_file (paths[1]);
        pprof_merge (paths, 2, "out.pprof", &status);
        file.bytes[at] ^= changes[i];
      }
  FILE *cut = fopen ("damaged.pprof", "r+");
  CHECK ("a file cut in its gzip fails",
         cut && ftruncate (fileno (cut), 60) == 0 && fails ("a.pprof", "damaged.pprof"));
  if (cut)
    fclose (cut);
}

int
main (void)
{
  test_merge ();
  test_damage ();
  pgo_free (file.bytes);
  return unit_done ();
}
