/* Collections: documents, the indexes over them and the rules they obey.

   Documents are numbered from 1 in the order they came; numbers are not used again.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_COLLECTION_H
#define JSON_STORE_COLLECTION_H

#include "btree.h"
#include "log.h"
#include "path.h"

#define INDEXES_MAX 16
#define RULES_MAX 32

struct document
{
  uint32_t number;
  uint32_t bytes;               /* Of this block.  */
  struct value root;            /* An object; all of it is in this block.  */
};

/* What an index orders: everything there is at its path, or numbers, or strings only.  */
enum index_kind
{
  INDEX_ANY,
  INDEX_NUMBERS,
  INDEX_STRINGS
};

struct index
{
  struct path path;
  enum index_kind kind;
  bool unique;                  /* No two documents have the same value.  */
  struct btree tree;
};

/* What must be at a path.  */
struct rule
{
  struct path path;
  unsigned types;               /* Bit T: a value of enum value_type T will do.  */
};

struct collection
{
  char *name;
  struct document **documents;  /* By number - 1; NULL: removed.  */
  uint32_t numbers, room;       /* Numbers given out.  */
  uint32_t count;               /* Documents.  */
  uint64_t bytes;               /* Of documents.  */
  struct index indexes[INDEXES_MAX];
  unsigned n_indexes;
  struct rule rules[RULES_MAX];
  unsigned n_rules;
  struct arena memory;          /* Of the paths.  */
};

struct collection *collection_new (const char *name, size_t length);
void collection_free (struct collection *);

/* The document NUMBER, NULL if there is none.  */
const struct document *collection_get (const struct collection *, uint64_t number);

/* Put a copy of ROOT in.  Returns its number, 0 with ERROR if it breaks a rule or a unique index.  */
uint32_t collection_insert (struct collection *, const struct atoms *, struct value root, struct error *);
/* Let the document NUMBER, which is there, be a copy of ROOT.  False with ERROR as above; then nothing
   has changed.  */
bool collection_replace (struct collection *, const struct atoms *, uint32_t number, struct value root,
                         struct error *);
/* Take the document NUMBER, which is there, out.  */
void collection_remove (struct collection *, uint32_t number);

/* Index what is at PATH (copied).  False with ERROR if there are too many indexes, such an index
   already, or documents that break its uniqueness.  */
bool collection_add_index (struct collection *, const struct atoms *, const struct path *path,
                           enum index_kind, bool unique, struct error *);
/* The index on PATH, NULL if there is none.  */
struct index *collection_find_index (struct collection *, const struct path *path);
/* Demand that what is at PATH (copied) is of one of TYPES.  False with ERROR if there are too many
   rules or a document breaks it.  */
bool collection_add_rule (struct collection *, const struct atoms *, const struct path *path, unsigned types,
                          struct error *);

#endif
