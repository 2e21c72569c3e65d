/* Collections.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "collection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest document, and the last number: UINT32_MAX is the index's infinity.  */
#define DOCUMENT_BYTES_MAX ((size_t) 16 << 20)
#define NUMBERS_MAX (UINT32_MAX - 1)

struct collection *
collection_new (const char *name, size_t length)
{
  struct collection *collection = allocate (sizeof *collection);
  *collection = (struct collection) { 0 };
  collection->name = arena_copy (&collection->memory, name, length);
  return collection;
}

void
collection_free (struct collection *collection)
{
  for (unsigned i = 0; i < collection->n_indexes; i++)
    btree_free (&collection->indexes[i].tree);
  for (uint32_t i = 0; i < collection->numbers; i++)
    free (collection->documents[i]);
  free (collection->documents);
  arena_free (&collection->memory);
  free (collection);
}

const struct document *
collection_get (const struct collection *collection, uint64_t number)
{
  return number >= 1 && number <= collection->numbers ? collection->documents[number - 1] : NULL;
}

/* Does INDEX hold VALUE?  Otherwise the document is not in it.  */
static bool
indexable (const struct index *index, struct value value)
{
  switch (index->kind)
    {
    case INDEX_NUMBERS:
      return value_is_number (value);
    case INDEX_STRINGS:
      return value.type == VALUE_STRING;
    default:
      return value.type != VALUE_MISSING;
    }
}

/* "users: age", to say what an error is about.  */
static void
describe (const struct collection *collection, const struct atoms *atoms, const struct path *path,
          struct text *text)
{
  text_string (text, collection->name);
  text_string (text, ": ");
  path_print (text, atoms, path);
  text_byte (text, 0);
}

static bool
fail_at (const struct collection *collection, const struct atoms *atoms, const struct path *path,
         const char *what, struct error *error)
{
  struct text text = { 0 };
  describe (collection, atoms, path, &text);
  fail (error, "%.120s %s", text.bytes, what);
  text_free (&text);
  return false;
}

static bool
obeys_rules (struct collection *collection, const struct atoms *atoms, struct value root, struct error *error)
{
  for (unsigned i = 0; i < collection->n_rules; i++)
    {
      struct rule *rule = &collection->rules[i];
      struct value value = path_get (&rule->path, root);
      if (!(rule->types >> value.type & 1))
        {
          char what[60];
          snprintf (what, sizeof what, "must not be %s", value_type_name (value));
          return fail_at (collection, atoms, &rule->path, what, error);
        }
    }
  return true;
}

/* Is a document other than NUMBER in INDEX with VALUE?  */
static bool
taken (const struct index *index, struct value value, uint32_t number)
{
  struct cursor cursor = btree_seek (&index->tree, value, false);
  for (const struct entry *entry; (entry = cursor_next (&cursor));)
    {
      if (index->tree.compare (entry->value, value) != 0)
        break;
      if (entry->document != number)
        return true;
    }
  return false;
}

/* May ROOT be the document NUMBER (0: a new one)?  */
static bool
acceptable (struct collection *collection, const struct atoms *atoms, uint32_t number, struct value root,
            struct error *error)
{
  if (root.type != VALUE_OBJECT)
    return fail (error, "%s: a document must be an object, not %s", collection->name, value_type_name (root));
  if (value_copy_bytes (root) > DOCUMENT_BYTES_MAX)
    return fail (error, "%s: document too large", collection->name);
  if (!obeys_rules (collection, atoms, root, error))
    return false;
  for (unsigned i = 0; i < collection->n_indexes; i++)
    {
      struct index *index = &collection->indexes[i];
      if (!index->unique)
        continue;
      struct value value = path_get (&index->path, root);
      if (indexable (index, value) && taken (index, value, number))
        return fail_at (collection, atoms, &index->path, "must be unique", error);
    }
  return true;
}

static struct document *
new_document (uint32_t number, struct value root)
{
  size_t bytes = sizeof (struct document) + value_copy_bytes (root);
  struct document *document = allocate (bytes);
  char *room = (char *) (document + 1);
  document->number = number;
  document->bytes = bytes;
  document->root = value_copy (root, &room);
  return document;
}

static void
index_document (struct collection *collection, const struct document *document)
{
  for (unsigned i = 0; i < collection->n_indexes; i++)
    {
      struct index *index = &collection->indexes[i];
      struct value value = path_get (&index->path, document->root);
      if (indexable (index, value))
        btree_insert (&index->tree, (struct entry) { value, document->number });
    }
}

static void
unindex_document (struct collection *collection, const struct document *document)
{
  for (unsigned i = 0; i < collection->n_indexes; i++)
    {
      struct index *index = &collection->indexes[i];
      struct value value = path_get (&index->path, document->root);
      if (indexable (index, value))
        btree_remove (&index->tree, (struct entry) { value, document->number });
    }
}

static void
put_document (struct collection *collection, struct document *document)
{
  collection->documents[document->number - 1] = document;
  collection->count++;
  collection->bytes += document->bytes;
  index_document (collection, document);
}

uint32_t
collection_insert (struct collection *collection, const struct atoms *atoms, struct value root,
                   struct error *error)
{
  if (!acceptable (collection, atoms, 0, root, error))
    return 0;
  if (collection->numbers == NUMBERS_MAX)
    return fail (error, "%s: too many documents", collection->name), 0;
  if (collection->numbers == collection->room)
    {
      collection->room = grown (collection->room);
      collection->documents
        = reallocate (collection->documents, collection->room * sizeof *collection->documents);
    }
  uint32_t number = ++collection->numbers;
  put_document (collection, new_document (number, root));
  return number;
}

void
collection_remove (struct collection *collection, uint32_t number)
{
  struct document *document = collection->documents[number - 1];
  unindex_document (collection, document);
  collection->documents[number - 1] = NULL;
  collection->count--;
  collection->bytes -= document->bytes;
  free (document);
}

bool
collection_replace (struct collection *collection, const struct atoms *atoms, uint32_t number,
                    struct value root, struct error *error)
{
  if (!acceptable (collection, atoms, number, root, error))
    return false;
  struct document *document = new_document (number, root);      /* ROOT may share parts of the old one.  */
  collection_remove (collection, number);
  put_document (collection, document);
  return true;
}

static struct path
copy_path (struct arena *arena, const struct path *path)
{
  struct path copy = { arena_alloc (arena, path->count * sizeof *path->steps), path->count };
  if (path->count)
    memcpy (copy.steps, path->steps, path->count * sizeof *path->steps);
  return copy;
}

struct index *
collection_find_index (struct collection *collection, const struct path *path)
{
  for (unsigned i = 0; i < collection->n_indexes; i++)
    if (path_equal (&collection->indexes[i].path, path))
      return &collection->indexes[i];
  return NULL;
}

bool
collection_add_index (struct collection *collection, const struct atoms *atoms, const struct path *path,
                      enum index_kind kind, bool unique, struct error *error)
{
  static value_comparator *const comparators[] =
    { value_compare, value_compare_numbers, value_compare_strings };
  if (collection->n_indexes == INDEXES_MAX)
    return fail (error, "%s: more than %d indexes", collection->name, INDEXES_MAX);
  if (collection_find_index (collection, path))
    return fail_at (collection, atoms, path, "is indexed already", error);

  struct index index = { .path = *path, .kind = kind, .unique = unique };
  index.tree = btree_empty (comparators[kind]);
  for (uint32_t i = 0; i < collection->numbers; i++)
    {
      if (!collection->documents[i])
        continue;
      struct value value = path_get (&index.path, collection->documents[i]->root);
      if (!indexable (&index, value))
        continue;
      if (unique && taken (&index, value, i + 1))
        {
          btree_free (&index.tree);
          return fail_at (collection, atoms, path, "is not unique", error);
        }
      btree_insert (&index.tree, (struct entry) { value, i + 1 });
    }
  index.path = copy_path (&collection->memory, path);
  collection->indexes[collection->n_indexes++] = index;
  log_info ("%s: index %u holds %zu of %" PRIu32 " documents", collection->name, collection->n_indexes,
            index.tree.count, collection->count);
  return true;
}

bool
collection_add_rule (struct collection *collection, const struct atoms *atoms, const struct path *path,
                     unsigned types, struct error *error)
{
  if (collection->n_rules == RULES_MAX)
    return fail (error, "%s: more than %d rules", collection->name, RULES_MAX);
  struct rule rule = { copy_path (&collection->memory, path), types };
  for (uint32_t i = 0; i < collection->numbers; i++)
    {
      if (!collection->documents[i])
        continue;
      struct value value = path_get (&rule.path, collection->documents[i]->root);
      if (!(types >> value.type & 1))
        {
          char what[80];
          snprintf (what, sizeof what, "is %s in document %" PRIu32, value_type_name (value), i + 1);
          return fail_at (collection, atoms, path, what, error);
        }
    }
  collection->rules[collection->n_rules++] = rule;
  return true;
}
