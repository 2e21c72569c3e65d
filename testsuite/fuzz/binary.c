/* Programs and their debug info: any bytes are an ELF file with or without DWARF, or an error with a message; what
   tables are made of it are tables: sorted, within their bounds, each index a valid one.

   libelf and libdw read the bytes first; what they make of damaged ones is theirs, what is done with it ours.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "tool/marks.h"
#include "tool/symbolize.h"

#include <string.h>

/* Functions of which the layout is read.  */
#define LAYOUTS_MAX 64

static void
check_symbols (const struct binary *b)
{
  for (uint32_t i = 0; i < b->n_symbols; i++)
    {
      FUZZ_CHECK ("symbols by address", i == 0 || b->symbols[i - 1].address <= b->symbols[i].address);
      FUZZ_CHECK ("a symbol of a name", b->by_name[i] < b->n_symbols);
      const struct symbol *s = binary_symbol_around (b, b->symbols[i].address);
      FUZZ_CHECK ("a symbol is around itself", !s || s->address <= b->symbols[i].address);
    }
}

static void
check_code (const struct binary *b)
{
  volatile unsigned sink = 0;
  for (uint32_t i = 0; i < b->n_segments; i++)
    {
      uint64_t size = 0, address;
      const unsigned char *code = binary_code (b, b->segments[i].address, &size);
      if (code && size)
        sink += code[0] + code[size - 1];
      binary_address (b, b->segments[i].offset, &address);
    }
  (void) sink;
}

static void
check_layout (const struct layout *l)
{
  FUZZ_CHECK ("a function is a scope", l->n_scopes > 0);
  for (uint32_t i = 1; i < l->n_scopes; i++)
    FUZZ_CHECK ("a scope is in an earlier one", l->scopes[i].parent < i && l->scopes[i].depth > 0);
  for (uint32_t i = 0; i < l->n_spans; i++)
    {
      FUZZ_CHECK ("a span is of a scope", l->spans[i].scope < l->n_scopes && l->spans[i].low < l->spans[i].high);
      FUZZ_CHECK ("spans follow each other", i == 0 || l->spans[i - 1].high <= l->spans[i].low);
      uint64_t address = l->spans[i].low;
      uint32_t scope = layout_scope (l, address);
      struct pgo_location at;
      FUZZ_CHECK ("a span's scope is found", scope == l->spans[i].scope);
      layout_location (l, scope, layout_row (l, address), &at);
    }
  for (uint32_t i = 0; i < l->n_entries; i++)
    FUZZ_CHECK ("an entry is of a scope", l->entries[i].scope < l->n_scopes);
  for (uint32_t i = 1; i < l->n_rows; i++)
    FUZZ_CHECK ("rows by address", l->rows[i - 1].address <= l->rows[i].address);
}

static void
check_debug_info (const struct binary *b)
{
  struct pgo_status status = { 0 };
  struct debug_info *d = debug_info_read (b, &status);
  FUZZ_CHECK ("a failure says why", d || status.message[0]);
  for (uint32_t i = 0; d && i < d->n_ranges; i++)
    FUZZ_CHECK ("ranges don't overlap", d->ranges[i].low < d->ranges[i].high && d->ranges[i].function < d->n_functions
                && (i == 0 || d->ranges[i - 1].high <= d->ranges[i].low));
  for (uint32_t i = 0; d && i < d->n_functions && i < LAYOUTS_MAX; i++)
    {
      struct layout l;
      if (layout_read (d, &d->functions[i], &l))
        {
          check_layout (&l);
          layout_clear (&l);
        }
    }
  debug_info_free (d);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct pgo_status status = { 0 };
  struct binary *b = binary_open (fuzz_file (0, data, size), NULL, 0, &status);
  FUZZ_CHECK ("a failure says why", b || status.message[0]);
  if (!b)
    return 0;
  uint64_t checksum;
  struct marks *marks = marks_read (b);
  marks_find (marks, "main", NULL, &checksum);
  marks_free (marks);
  check_symbols (b);
  check_code (b);
  if (b->dwarf)
    check_debug_info (b);
  binary_close (b);
  return 0;
}
