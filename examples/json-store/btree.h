/* B+-trees: the ordered indexes of a collection.

   An entry is a value and the number of the document it is from; entries are ordered by value, then
   number, so that equal values are allowed and every entry is unique.  The tree does not own what the
   values point to: an entry must be removed before its document goes away.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_BTREE_H
#define JSON_STORE_BTREE_H

#include "value.h"

struct entry
{
  struct value value;
  uint32_t document;
};

struct btree_node;

struct btree
{
  struct btree_node *root;      /* NULL: empty.  */
  value_comparator *compare;
  size_t count;                 /* Entries.  */
  unsigned height;              /* 0: empty, 1: one leaf.  */
};

/* A place between two entries.  Any change of the tree invalidates it.  */
struct cursor
{
  const struct btree_node *leaf; /* NULL: at an end.  */
  unsigned at;
};

struct btree btree_empty (value_comparator *);
void btree_free (struct btree *);
/* Put ENTRY in; false if it is there already.  */
bool btree_insert (struct btree *, struct entry entry);
/* Take ENTRY out; false if it is not there.  */
bool btree_remove (struct btree *, struct entry entry);

/* Before the first entry; after the last.  */
struct cursor btree_first (const struct btree *);
struct cursor btree_last (const struct btree *);
/* Before the first entry with a value not less than VALUE; with AFTER, greater than VALUE.  */
struct cursor btree_seek (const struct btree *, struct value value, bool after);
/* The entry after (before) the cursor, which moves over it; NULL at the end.  */
const struct entry *cursor_next (struct cursor *);
const struct entry *cursor_previous (struct cursor *);

#endif
