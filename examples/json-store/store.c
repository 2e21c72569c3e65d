/* The store: collections by name, and its snapshots.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "store.h"

#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The names of the types a rule may demand.  */
static const struct
{
  const char *name;
  unsigned bits;
} types[] =
{
  { "array",   1u << VALUE_ARRAY },
  { "boolean", 1u << VALUE_BOOLEAN },
  { "missing", 1u << VALUE_MISSING },
  { "null",    1u << VALUE_NULL },
  { "number",  1u << VALUE_INTEGER | 1u << VALUE_REAL },
  { "object",  1u << VALUE_OBJECT },
  { "string",  1u << VALUE_STRING },
};

#define N_TYPES (sizeof types / sizeof *types)

struct store *
store_new (void)
{
  struct store *store = allocate (sizeof *store);
  *store = (struct store) { .atoms = atoms_new () };
  return store;
}

void
store_free (struct store *store)
{
  for (unsigned i = 0; i < store->n_collections; i++)
    collection_free (store->collections[i]);
  atoms_free (store->atoms);
  free (store);
}

/* Where the collection is, or belongs.  */
static unsigned
place_of (const struct store *store, const char *name, size_t length, bool *found)
{
  unsigned low = 0, high = store->n_collections;
  *found = false;
  while (low < high)
    {
      unsigned middle = (low + high) / 2;
      int order = compare_name (store->collections[middle]->name, name, length);
      if (!order)
        {
          *found = true;
          return middle;
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

struct collection *
store_find (const struct store *store, const char *name, size_t length)
{
  bool found;
  unsigned at = place_of (store, name, length, &found);
  return found ? store->collections[at] : NULL;
}

struct collection *
store_get (struct store *store, const char *name, size_t length, struct error *error)
{
  bool found;
  unsigned at = place_of (store, name, length, &found);
  if (found)
    return store->collections[at];
  if (store->n_collections == COLLECTIONS_MAX)
    {
      fail (error, "more than %d collections", COLLECTIONS_MAX);
      return NULL;
    }
  memmove (store->collections + at + 1, store->collections + at,
           (store->n_collections - at) * sizeof *store->collections);
  store->collections[at] = collection_new (name, length);
  store->n_collections++;
  log_info ("new collection %s", store->collections[at]->name);
  return store->collections[at];
}

void
store_drop (struct store *store, struct collection *collection)
{
  unsigned at = 0;
  while (store->collections[at] != collection)
    at++;
  store->n_collections--;
  memmove (store->collections + at, store->collections + at + 1,
           (store->n_collections - at) * sizeof *store->collections);
  collection_free (collection);
}

const char *
index_kind_name (enum index_kind kind)
{
  static const char *const names[] = { "any", "numbers", "strings" };
  return names[kind];
}

unsigned
type_bits (const char *name, size_t length)
{
  for (size_t i = 0; i < N_TYPES; i++)
    if (compare_name (types[i].name, name, length) == 0)
      return types[i].bits;
  return 0;
}

static void
dump_rule (const struct store *store, const struct collection *collection, const struct rule *rule,
           struct text *text)
{
  text_format (text, "require %s ", collection->name);
  path_print (text, store->atoms, &rule->path);
  for (size_t i = 0; i < N_TYPES; i++)
    if (rule->types & types[i].bits)
      text_format (text, " %s", types[i].name);
  text_byte (text, '\n');
}

static void
dump_index (const struct store *store, const struct collection *collection, const struct index *index,
            struct text *text)
{
  text_format (text, "index %s ", collection->name);
  path_print (text, store->atoms, &index->path);
  if (index->kind != INDEX_ANY)
    text_format (text, " %s", index_kind_name (index->kind));
  text_string (text, index->unique ? " unique\n" : "\n");
}

void
store_dump (const struct store *store, struct text *text)
{
  for (unsigned i = 0; i < store->n_collections; i++)
    {
      const struct collection *collection = store->collections[i];
      for (unsigned j = 0; j < collection->n_rules; j++)
        dump_rule (store, collection, &collection->rules[j], text);
      for (unsigned j = 0; j < collection->n_indexes; j++)
        dump_index (store, collection, &collection->indexes[j], text);
      for (uint32_t j = 0; j < collection->numbers; j++)
        if (collection->documents[j])
          {
            text_format (text, "insert %s ", collection->name);
            json_print (text, store->atoms, collection->documents[j]->root);
            text_byte (text, '\n');
          }
    }
}

static bool
write_all (int fd, const char *bytes, size_t length)
{
  while (length)
    {
      ssize_t written = write (fd, bytes, length);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      bytes += written;
      length -= written;
    }
  return true;
}

bool
store_save (const struct store *store, const char *file, struct error *error)
{
  char temporary[PATH_MAX];
  if (snprintf (temporary, sizeof temporary, "%s.new", file) >= (int) sizeof temporary)
    return fail (error, "file name too long");
  int fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail (error, "%.160s: %s", temporary, strerror (errno));
  struct text text = { 0 };
  store_dump (store, &text);
  bool ok = write_all (fd, text.bytes, text.length) && fsync (fd) == 0;
  ok = close (fd) == 0 && ok;
  ok = ok && rename (temporary, file) == 0;
  if (!ok)
    {
      fail (error, "%.160s: %s", file, strerror (errno));
      unlink (temporary);
    }
  text_free (&text);
  return ok;
}

uint64_t
collection_checksum (const struct store *store, const struct collection *collection)
{
  struct text text = { 0 };
  uint64_t sum = CHECKSUM_START;
  for (uint32_t i = 0; i < collection->numbers; i++)
    if (collection->documents[i])
      {
        text.length = 0;
        json_print (&text, store->atoms, collection->documents[i]->root);
        sum = checksum (sum, text.bytes, text.length);
      }
  text_free (&text);
  return sum;
}
