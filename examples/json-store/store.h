/* The store: collections by name.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_STORE_H
#define JSON_STORE_STORE_H

#include "collection.h"

#define COLLECTIONS_MAX 64

struct store
{
  struct atoms *atoms;          /* Of all member names, in documents and in queries.  */
  struct collection *collections[COLLECTIONS_MAX]; /* In the order of their names.  */
  unsigned n_collections;
};

struct store *store_new (void);
void store_free (struct store *);
/* The collection of that name, NULL if there is none.  */
struct collection *store_find (const struct store *, const char *name, size_t length);
/* The same, made if there is none; NULL with ERROR if there are too many.  */
struct collection *store_get (struct store *, const char *name, size_t length, struct error *);
void store_drop (struct store *, struct collection *);

/* Append the commands that make an empty store equal to this one, but for the documents' numbers.  */
void store_dump (const struct store *, struct text *);
/* Write them to FILE, by way of FILE.new.  */
bool store_save (const struct store *, const char *file, struct error *);
/* The checksum of one collection's documents.  */
uint64_t collection_checksum (const struct store *, const struct collection *);

/* "any", "numbers", "strings"; the bit of a type's name in rule.types, 0 if it is none.  */
const char *index_kind_name (enum index_kind);
unsigned type_bits (const char *name, size_t length);

#endif
