/* What a compiler opens, an index or an XML profile: any bytes open or fail, and every function that an
   opened one is asked for is found, absent, or an error.  An index is tried as it is, which its sums mostly refuse, and
   again with sums that fit it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/index.h"
#include "core/profile-io.h"
#include "core/source.h"

#include <string.h>

/* Touch everything, so that a sanitizer sees what is not there.  */
static uint64_t
visit (const struct pgo_instance *i, unsigned depth)
{
  uint64_t sum = strlen (i->name) + (i->file ? strlen (i->file) : 0) + i->head + i->total + (uint64_t) i->kind;
  FUZZ_CHECK ("no deeper than an index may be", depth < 1000);
  for (uint32_t n = 0; n < i->n_lines; n++)
    sum += i->lines[n].weight + (uint64_t) i->lines[n].at.line;
  for (uint32_t n = 0; n < i->n_calls; n++)
    sum += i->calls[n].weight + strlen (i->calls[n].callee);
  for (uint32_t n = 0; n < i->n_branches; n++)
    for (uint32_t s = 0; s < i->branches[n].from.n_steps; s++)
      sum += strlen (i->branches[n].from.steps[s].callee);
  for (uint32_t n = 0; n < i->n_inlined; n++)
    sum += visit (i->inlined[n], depth + 1);
  return sum;
}

static uint64_t
get8 (const uint8_t *at)
{
  uint64_t value = 0;
  for (unsigned i = 8; i-- > 0;)
    value = value << 8 | at[i];
  return value;
}

static void
put8 (uint8_t *at, uint64_t value)
{
  for (unsigned i = 0; i < 8; i++)
    at[i] = (uint8_t) (value >> 8 * i);
}

/* The sum of a NUL-terminated string at OFFSET of the strings of the index, if it is there.  */
static uint64_t
check_text (uint64_t check, const uint8_t *index, size_t size, uint64_t offset)
{
  uint64_t strings = get8 (index + INDEX_STRINGS);
  if (strings > size || offset >= size - strings || !memchr (index + strings + offset, 0, size - strings - offset))
    return check;
  return pgo_index_check (check, index + strings + offset, strlen ((const char *) index + strings + offset));
}

/* Make the sums of INDEX fit what it holds, where that is within its SIZE bytes.  */
static void
mend (uint8_t *index, size_t size)
{
  put8 (index + INDEX_FILE_SIZE, size);
  uint64_t info = get8 (index + INDEX_INFO), info_size = get8 (index + INDEX_INFO + 8);
  if (info <= size && info_size <= size - info)
    put8 (index + INDEX_INFO_CHECK, pgo_index_check (INDEX_CHECK_BEGIN, index + info, info_size));
  put8 (index + INDEX_HEADER_CHECK, pgo_index_check (INDEX_CHECK_BEGIN, index, INDEX_HEADER_CHECK));
  uint64_t table = get8 (index + INDEX_TABLE), n = get8 (index + INDEX_FUNCTIONS), trees = get8 (index + INDEX_TREES);
  for (uint64_t i = 0; table <= size && i < n && i < (size - table) / INDEX_ENTRY_BYTES; i++)
    {
      uint8_t *entry = index + table + i * INDEX_ENTRY_BYTES;
      uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, entry, INDEX_ENTRY_CHECK);
      uint64_t tree = get8 (entry + INDEX_ENTRY_TREE), tree_size = get8 (entry + INDEX_ENTRY_TREE_SIZE);
      check = check_text (check, index, size, get8 (entry + INDEX_ENTRY_NAME));
      if (get8 (entry + INDEX_ENTRY_FILE) != INDEX_NO_STRING)
        check = check_text (check, index, size, get8 (entry + INDEX_ENTRY_FILE));
      if (trees <= size && tree <= size - trees && tree_size <= size - trees - tree)
        check = pgo_index_check (check, index + trees + tree, tree_size);
      put8 (entry + INDEX_ENTRY_CHECK, check);
    }
}

static void
ask (const uint8_t *data, size_t size)
{
  static const char *const names[] = { "main", "f", "choose", "pick", "hot", "_Z8odd_useri", "", "zz" };
  volatile uint64_t sink = 0;
  struct pgo_status status = { 0 };
  struct pgo_source *s = pgo_source_open (fuzz_file (0, data, size), &status);
  if (!s)
    {
      FUZZ_CHECK ("a failure says why", status.message[0]);
      return;
    }
  sink += pgo_source_summary (s)->max + pgo_source_kind (s);
  for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++)
    for (unsigned with_file = 0; with_file < 2; with_file++)
      {
        const struct pgo_instance *i = pgo_source_find (s, names[n], with_file ? "a.c" : NULL, &status);
        if (i)
          sink += visit (i, 0);
      }
  for (uint32_t i = 0; i < pgo_source_n_functions (s); i++)
    {
      const struct pgo_instance *function = pgo_source_at (s, i, &status);
      if (function)
        sink += visit (function, 0);
    }
  pgo_source_verify (s, &status);
  pgo_source_id (s, &status);
  pgo_source_close (s);
  (void) sink;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ask (data, size);
  if (size < INDEX_HEADER_BYTES || memcmp (data, PGO_INDEX_MAGIC, sizeof PGO_INDEX_MAGIC - 1) != 0)
    return 0;
  uint8_t *index = malloc (size);
  FUZZ_CHECK ("memory", index != NULL);
  memcpy (index, data, size);
  mend (index, size);
  ask (index, size);
  free (index);
  return 0;
}
