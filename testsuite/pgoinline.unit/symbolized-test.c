/* A symbolized pprof, made here byte by byte, and the profile that it is.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/source.h"
#include "core/symbolized.h"
#include "testsuite/lib/unit.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

struct bytes
{
  unsigned char data[8192];
  size_t n;
};

static void
varint (struct bytes *b, uint64_t value)
{
  for (; value > 0x7f; value >>= 7)
    b->data[b->n++] = (unsigned char) (value | 0x80);
  b->data[b->n++] = (unsigned char) value;
}

static void
number (struct bytes *b, unsigned field, uint64_t value)
{
  varint (b, field << 3);
  varint (b, value);
}

static void
message (struct bytes *b, unsigned field, const void *data, size_t n)
{
  varint (b, field << 3 | 2);
  varint (b, n);
  memcpy (b->data + b->n, data, n);
  b->n += n;
}

static void
add_function (struct bytes *b, uint64_t id, uint64_t name, uint64_t system_name, uint64_t start)
{
  struct bytes m = { .n = 0 };
  number (&m, 1, id);
  number (&m, 2, name);
  number (&m, 3, system_name);
  number (&m, 5, start);
  message (b, 5, m.data, m.n);
}

/* Location ID with N pairs of function and line, the innermost first.  */
static void
add_location (struct bytes *b, uint64_t id, const uint64_t (*lines)[2], unsigned n)
{
  struct bytes m = { .n = 0 };
  number (&m, 1, id);
  for (unsigned i = 0; i < n; i++)
    {
      struct bytes line = { .n = 0 };
      number (&line, 1, lines[i][0]);
      number (&line, 2, lines[i][1]);
      message (&m, 4, line.data, line.n);
    }
  message (b, 4, m.data, m.n);
}

static void
add_sample (struct bytes *b, uint64_t leaf, uint64_t caller, uint64_t samples)
{
  struct bytes m = { .n = 0 };
  number (&m, 1, leaf);
  if (caller)
    number (&m, 1, caller);
  number (&m, 2, samples);
  number (&m, 2, samples * 10);
  message (b, 2, m.data, m.n);
}

/* hot, at line 10, calls; leaf, at 100, is inlined into hot; odd has no start line.  */
static void
make (struct bytes *b)
{
  static const char *const strings[] = { "", "samples", "count", "cpu", "nanoseconds", "main.hot", "leaf",
                                         "_Z4leafi.constprop.0", "odd", "/usr/bin/prog" };
  struct bytes m = { .n = 0 };
  b->n = 0;
  number (&m, 1, 1);
  number (&m, 2, 2);
  message (b, 1, m.data, m.n);
  m.n = 0;
  number (&m, 1, 3);
  number (&m, 2, 4);
  message (b, 1, m.data, m.n);
  m.n = 0;
  number (&m, 1, 1);
  number (&m, 5, 9);
  message (b, 3, m.data, m.n);
  add_sample (b, 1, 0, 40);
  add_sample (b, 2, 3, 60);
  add_sample (b, 3, 0, 5);
  add_sample (b, 4, 1, 7);
  add_sample (b, 5, 0, 3);
  add_location (b, 1, (const uint64_t[][2]) { { 1, 12 } }, 1);
  add_location (b, 2, (const uint64_t[][2]) { { 2, 103 }, { 1, 14 } }, 2);
  add_location (b, 3, (const uint64_t[][2]) { { 3, 58 } }, 1);
  add_location (b, 4, (const uint64_t[][2]) { { 3, 55 } }, 1);
  add_location (b, 5, NULL, 0);
  add_function (b, 1, 5, 0, 10);
  add_function (b, 2, 6, 7, 100);
  add_function (b, 3, 8, 0, 0);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    message (b, 6, strings[i], strlen (strings[i]));
  number (b, 12, 10);
}

static void
write_file (const char *path, const struct bytes *b, const char *mode)
{
  gzFile file = gzopen (path, mode);
  gzwrite (file, b->data, (unsigned) b->n);
  gzclose (file);
}

static uint64_t
weight_at (const struct pgo_instance *i, int32_t line)
{
  const struct pgo_line *l = i ? pgo_instance_find_line (i, (struct pgo_location) { line, 0, 0 }) : NULL;
  return l ? l->weight : 0;
}

static bool
calls (const struct pgo_instance *i, int32_t line, const char *callee, uint64_t samples)
{
  for (uint32_t c = 0; i && c < i->n_calls; c++)
    if (i->calls[c].at.line == line && strcmp (i->calls[c].callee, callee) == 0)
      return i->calls[c].samples == samples;
  return false;
}

int
main (void)
{
  static struct bytes b;
  struct pgo_status status = { 0 };
  struct pgo_symbolized s;
  make (&b);
  write_file ("p.pprof", &b, "wb");
  CHECK ("it is a pprof", pgo_file_is_pprof ("p.pprof"));
  REQUIRE ("it is read", pgo_symbolized_read ("p.pprof", &s, &status));
  CHECK ("its samples", s.samples == 115 && s.unknown == 3);
  const struct pgo_instance *hot = pgo_profile_find (s.profile, "main.hot", NULL);
  const struct pgo_instance *odd = pgo_profile_find (s.profile, "odd", NULL);
  CHECK ("lines count from the function's", weight_at (hot, 2) == 40 * 250);
  CHECK ("they have no columns", hot && hot->keys == PGO_KEYS_LINE && hot->kind == PGO_EVIDENCE_TIME);
  CHECK ("what was inlined is below", hot && hot->n_inlined == 1 && hot->inlined[0]->at.line == 4
                                      && strcmp (hot->inlined[0]->name, "_Z4leafi") == 0
                                      && weight_at (hot->inlined[0], 3) == 60 * 250);
  CHECK ("without a start line, the first line seen", weight_at (odd, 4) == 5 * 250 && weight_at (odd, 1) == 7 * 250);
  CHECK ("calls", calls (odd, 4, "main.hot", 60) && calls (hot, 2, "odd", 7));
  CHECK ("the origin", s.profile->n_origins == 1 && strcmp (s.profile->origins[0].binary, "prog") == 0
                       && s.profile->origins[0].samples == 112);
  pgo_profile_free (s.profile);

  write_file ("plain.pprof", &b, "wbT");
  struct pgo_source *source = pgo_source_open ("plain.pprof", &status);
  CHECK ("a compiler opens it, uncompressed, too", source && pgo_source_find (source, "main.hot", NULL, &status));
  CHECK ("it has an id", source && strlen (pgo_source_id (source, &status)) == 64);
  pgo_source_close (source);

  b.n = 0;
  add_location (&b, 1, (const uint64_t[][2]) { { 1, 12 } }, 1);
  write_file ("none.pprof", &b, "wb");
  CHECK ("no sample types", !pgo_symbolized_read ("none.pprof", &s, &status) && strstr (status.message, "no CPU samples"));
  make (&b);
  add_location (&b, 1, NULL, 0);
  write_file ("twice.pprof", &b, "wb");
  CHECK ("a location twice", !pgo_symbolized_read ("twice.pprof", &s, &status) && strstr (status.message, "two locations"));
  make (&b);
  add_sample (&b, 77, 0, 1);
  write_file ("missing.pprof", &b, "wb");
  CHECK ("a location that is missing", !pgo_symbolized_read ("missing.pprof", &s, &status)
                                       && strstr (status.message, "not there"));
  make (&b);
  b.n -= 5;
  write_file ("cut.pprof", &b, "wb");
  CHECK ("a file that is cut", !pgo_symbolized_read ("cut.pprof", &s, &status));
  FILE *text = fopen ("text", "w");
  fputs ("\n<?xml version='1.0'?>\n", text);
  fclose (text);
  CHECK ("text is none", !pgo_file_is_pprof ("text") && !pgo_file_is_pprof ("no such file"));
  return unit_done ();
}
