/* B+-trees.

   Entries are in the leaves, which are chained both ways.  A branch with N children has N - 1
   separators: separator I is the least entry below child I + 1, always, so that no separator outlives
   the document it points to.  Nodes split when full; a node is freed when its last entry goes, and is
   not joined with a neighbour before that: stores that shrink tend to grow again.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "btree.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

/* Entries of a leaf, separators of a branch: about a kilobyte.  */
#define NODE_ENTRIES 40

struct btree_node
{
  unsigned count;               /* Of entries.  */
  bool leaf;
  struct entry entries[NODE_ENTRIES];
};

struct leaf
{
  struct btree_node node;
  struct leaf *previous, *next;
};

struct branch
{
  struct btree_node node;
  struct btree_node *children[NODE_ENTRIES + 1];
};

/* Strictly, a pointer to a structure is a pointer to its first member.  */
static struct leaf *
as_leaf (const struct btree_node *node)
{
  return (struct leaf *) node;
}

static struct branch *
as_branch (const struct btree_node *node)
{
  return (struct branch *) node;
}

struct btree
btree_empty (value_comparator *compare)
{
  return (struct btree) { .compare = compare };
}

static void
free_node (struct btree_node *node)
{
  if (!node->leaf)
    for (unsigned i = 0; i <= node->count; i++)
      free_node (as_branch (node)->children[i]);
  free (node);
}

void
btree_free (struct btree *tree)
{
  if (tree->root)
    free_node (tree->root);
  *tree = btree_empty (tree->compare);
}

static int
compare_entries (const struct btree *tree, struct entry a, struct entry b)
{
  int order = tree->compare (a.value, b.value);
  return order ? order : (a.document > b.document) - (a.document < b.document);
}

/* The number of NODE's entries that are less than ENTRY; with OR_EQUAL, not greater.  */
static unsigned
position (const struct btree *tree, const struct btree_node *node, struct entry entry, bool or_equal)
{
  unsigned low = 0, high = node->count;
  while (low < high)
    {
      unsigned middle = (low + high) / 2;
      int order = compare_entries (tree, node->entries[middle], entry);
      if (order < 0 || (or_equal && order == 0))
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
open_gap (struct btree_node *node, unsigned at)
{
  memmove (node->entries + at + 1, node->entries + at, (node->count - at) * sizeof *node->entries);
  node->count++;
}

static void
close_gap (struct btree_node *node, unsigned at)
{
  node->count--;
  memmove (node->entries + at, node->entries + at + 1, (node->count - at) * sizeof *node->entries);
}

/* A new node on the right of a full one.  SEPARATOR is its least entry.  */
struct split
{
  struct btree_node *right;     /* NULL: there was room.  */
  struct entry separator;
};

static struct split
split_leaf (struct leaf *left)
{
  struct leaf *right = allocate (sizeof *right);
  unsigned kept = NODE_ENTRIES / 2;
  right->node.leaf = true;
  right->node.count = NODE_ENTRIES - kept;
  memcpy (right->node.entries, left->node.entries + kept, right->node.count * sizeof *right->node.entries);
  left->node.count = kept;
  right->previous = left;
  right->next = left->next;
  if (left->next)
    left->next->previous = right;
  left->next = right;
  return (struct split) { &right->node, right->node.entries[0] };
}

static struct split
split_branch (struct branch *left)
{
  struct branch *right = allocate (sizeof *right);
  unsigned kept = NODE_ENTRIES / 2;
  right->node.leaf = false;
  right->node.count = NODE_ENTRIES - kept - 1;
  memcpy (right->node.entries, left->node.entries + kept + 1,
          right->node.count * sizeof *right->node.entries);
  memcpy (right->children, left->children + kept + 1, (right->node.count + 1) * sizeof *right->children);
  left->node.count = kept;
  return (struct split) { &right->node, left->node.entries[kept] };
}

static void
insert_child (struct branch *branch, unsigned at, struct split split)
{
  open_gap (&branch->node, at);
  branch->node.entries[at] = split.separator;
  memmove (branch->children + at + 2, branch->children + at + 1,
           (branch->node.count - at - 1) * sizeof *branch->children);
  branch->children[at + 1] = split.right;
}

/* Insert ENTRY below NODE.  *PRESENT is set if it is there already.  */
static struct split
insert_below (struct btree *tree, struct btree_node *node, struct entry entry, bool *present)
{
  struct split split = { 0 };
  if (node->leaf)
    {
      unsigned at = position (tree, node, entry, false);
      if (at < node->count && compare_entries (tree, node->entries[at], entry) == 0)
        {
          *present = true;
          return split;
        }
      if (node->count == NODE_ENTRIES)
        {
          split = split_leaf (as_leaf (node));
          if (at > node->count)
            {
              at -= node->count;
              node = split.right;
            }
        }
      open_gap (node, at);
      node->entries[at] = entry;
      return split;
    }

  unsigned at = position (tree, node, entry, true);
  struct split below = insert_below (tree, as_branch (node)->children[at], entry, present);
  if (!below.right)
    return split;
  if (node->count == NODE_ENTRIES)
    {
      split = split_branch (as_branch (node));
      if (at > node->count)
        {
          at -= node->count + 1;
          node = split.right;
        }
    }
  insert_child (as_branch (node), at, below);
  return split;
}

bool
btree_insert (struct btree *tree, struct entry entry)
{
  if (!tree->root)
    {
      struct leaf *leaf = allocate (sizeof *leaf);
      leaf->node.leaf = true;
      leaf->node.count = 0;
      leaf->previous = leaf->next = NULL;
      tree->root = &leaf->node;
      tree->height = 1;
    }
  bool present = false;
  struct split split = insert_below (tree, tree->root, entry, &present);
  if (split.right)
    {
      struct branch *root = allocate (sizeof *root);
      root->node.leaf = false;
      root->node.count = 1;
      root->node.entries[0] = split.separator;
      root->children[0] = tree->root;
      root->children[1] = split.right;
      tree->root = &root->node;
      tree->height++;
    }
  tree->count += !present;
  return !present;
}

/* What became of a subtree that an entry was to be taken out of.  */
enum outcome
{
  NOT_THERE,
  REMOVED,
  REMOVED_LEAST,                /* The subtree has a new least entry.  */
  REMOVED_LAST                  /* The subtree is empty.  */
};

static void
unchain (struct leaf *leaf)
{
  if (leaf->previous)
    leaf->previous->next = leaf->next;
  if (leaf->next)
    leaf->next->previous = leaf->previous;
}

/* Remove ENTRY below NODE.  *LEAST is set with REMOVED_LEAST.  */
static enum outcome
remove_below (struct btree *tree, struct btree_node *node, struct entry entry, struct entry *least)
{
  if (node->leaf)
    {
      unsigned at = position (tree, node, entry, false);
      if (at == node->count || compare_entries (tree, node->entries[at], entry) != 0)
        return NOT_THERE;
      close_gap (node, at);
      if (!node->count)
        {
          unchain (as_leaf (node));
          return REMOVED_LAST;
        }
      if (at)
        return REMOVED;
      *least = node->entries[0];
      return REMOVED_LEAST;
    }

  struct branch *branch = as_branch (node);
  unsigned at = position (tree, node, entry, true);
  enum outcome outcome = remove_below (tree, branch->children[at], entry, least);
  if (outcome == REMOVED_LEAST && at > 0)
    {
      node->entries[at - 1] = *least;
      return REMOVED;
    }
  if (outcome != REMOVED_LAST)
    return outcome;

  free (branch->children[at]);
  if (!node->count)
    return REMOVED_LAST;
  memmove (branch->children + at, branch->children + at + 1, (node->count - at) * sizeof *branch->children);
  if (at > 0)
    {
      close_gap (node, at - 1);
      return REMOVED;
    }
  *least = node->entries[0];
  close_gap (node, 0);
  return REMOVED_LEAST;
}

bool
btree_remove (struct btree *tree, struct entry entry)
{
  struct entry least;
  enum outcome outcome = tree->root ? remove_below (tree, tree->root, entry, &least) : NOT_THERE;
  if (outcome == NOT_THERE)
    return false;
  tree->count--;
  if (outcome == REMOVED_LAST)
    {
      free (tree->root);
      tree->root = NULL;
      tree->height = 0;
    }
  while (tree->root && !tree->root->leaf && !tree->root->count)
    {
      struct btree_node *only = as_branch (tree->root)->children[0];
      free (tree->root);
      tree->root = only;
      tree->height--;
    }
  return true;
}

struct cursor
btree_first (const struct btree *tree)
{
  const struct btree_node *node = tree->root;
  while (node && !node->leaf)
    node = as_branch (node)->children[0];
  return (struct cursor) { node, 0 };
}

struct cursor
btree_last (const struct btree *tree)
{
  const struct btree_node *node = tree->root;
  while (node && !node->leaf)
    node = as_branch (node)->children[node->count];
  return (struct cursor) { node, node ? node->count : 0 };
}

struct cursor
btree_seek (const struct btree *tree, struct value value, bool after)
{
  /* Document numbers begin at 1 and end before UINT32_MAX.  */
  struct entry bound = { value, after ? UINT32_MAX : 0 };
  const struct btree_node *node = tree->root;
  if (!node)
    return (struct cursor) { NULL, 0 };
  while (!node->leaf)
    node = as_branch (node)->children[position (tree, node, bound, true)];
  return (struct cursor) { node, position (tree, node, bound, false) };
}

const struct entry *
cursor_next (struct cursor *cursor)
{
  if (cursor->leaf && cursor->at == cursor->leaf->count)
    {
      struct leaf *next = as_leaf (cursor->leaf)->next;
      cursor->leaf = next ? &next->node : NULL;
      cursor->at = 0;
    }
  return cursor->leaf ? &cursor->leaf->entries[cursor->at++] : NULL;
}

const struct entry *
cursor_previous (struct cursor *cursor)
{
  if (cursor->leaf && cursor->at == 0)
    {
      struct leaf *previous = as_leaf (cursor->leaf)->previous;
      cursor->leaf = previous ? &previous->node : NULL;
      cursor->at = previous ? previous->node.count : 0;
    }
  return cursor->leaf ? &cursor->leaf->entries[--cursor->at] : NULL;
}
