/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/marks.h"
#include "core/alloc.h"
#include "core/pool.h"

#include <stdlib.h>
#include <string.h>

/* Section of marked functions: lines of checksum, name and perhaps file, with tabs between.  */
#define SECTION ".pgoinline.marks"
#define CHECKSUM_DIGITS 16

struct marked
{
  const char *name, *file;      /* FILE "" if none.  */
  uint64_t checksum;
  bool ambiguous;
};

struct marks
{
  struct marked *list;          /* By name, file.  */
  uint32_t n, room;
  struct pgo_pool *pool;
};

static int
compare_marked (const void *x, const void *y)
{
  const struct marked *a = x, *b = y;
  int order = strcmp (a->name, b->name);
  if (order == 0)
    order = strcmp (a->file, b->file);
  if (order == 0 && a->checksum != b->checksum)
    order = a->checksum < b->checksum ? -1 : 1;
  return order;
}

static void
add_line (struct marks *marks, const char *text, size_t length)
{
  char digits[CHECKSUM_DIGITS + 1], *end;
  if (length < CHECKSUM_DIGITS + 2 || text[CHECKSUM_DIGITS] != '\t')
    return;
  memcpy (digits, text, CHECKSUM_DIGITS);
  digits[CHECKSUM_DIGITS] = '\0';
  uint64_t checksum = strtoull (digits, &end, 16);
  if (*end)
    return;
  const char *name = text + CHECKSUM_DIGITS + 1, *stop = text + length;
  const char *tab = memchr (name, '\t', stop - name);
  const char *file = tab ? tab + 1 : stop;
  if (marks->n == marks->room)
    {
      marks->room = marks->room ? 2 * marks->room : 256;
      marks->list = pgo_realloc_array (marks->list, marks->room, sizeof *marks->list);
    }
  marks->list[marks->n++]
    = (struct marked) { pgo_pool_intern (marks->pool, name, (tab ? tab : stop) - name),
                        pgo_pool_intern (marks->pool, file, stop - file), checksum, false };
}

struct marks *
marks_read (const struct binary *binary)
{
  struct marks *marks = pgo_alloc (sizeof *marks);
  marks->pool = pgo_pool_new ();
  size_t size;
  const char *text = binary_section (binary, SECTION, &size);
  for (const char *stop = text ? text + size : NULL; text < stop;)
    {
      const char *end = memchr (text, '\n', stop - text);
      if (!end)
        break;
      add_line (marks, text, end - text);
      text = end + 1;
    }
  if (marks->n)
    qsort (marks->list, marks->n, sizeof *marks->list, compare_marked);
  /* COMDAT functions come from several units.  */
  uint32_t kept = 0;
  for (uint32_t i = 0; i < marks->n; i++)
    {
      struct marked *last = kept ? &marks->list[kept - 1] : NULL;
      if (!last || strcmp (last->name, marks->list[i].name) != 0 || strcmp (last->file, marks->list[i].file) != 0)
        marks->list[kept++] = marks->list[i];
      else if (last->checksum != marks->list[i].checksum)
        last->ambiguous = true;
    }
  marks->n = kept;
  return marks;
}

void
marks_free (struct marks *marks)
{
  if (!marks)
    return;
  pgo_pool_free (marks->pool);
  pgo_free (marks->list);
  pgo_free (marks);
}

bool
marks_any (const struct marks *marks)
{
  return marks->n > 0;
}

bool
marks_find (const struct marks *marks, const char *name, const char *file, uint64_t *checksum)
{
  uint32_t low = 0, high = marks->n;
  file = file ? file : "";
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      int order = strcmp (marks->list[middle].name, name);
      if (order == 0)
        order = strcmp (marks->list[middle].file, file);
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == marks->n || strcmp (marks->list[low].name, name) != 0 || strcmp (marks->list[low].file, file) != 0
      || marks->list[low].ambiguous)
    return false;
  *checksum = marks->list[low].checksum;
  return true;
}
