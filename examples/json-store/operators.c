/* Operators that pass rows on as they come: scans, filter, join, limit.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "operators.h"

#include <inttypes.h>
#include <string.h>

/* --- All documents.  */

struct scan
{
  struct operator operator;
  const struct collection *collection;
  uint32_t at;
};

static const struct value *
scan_next (struct operator *operator)
{
  struct scan *scan = (struct scan *) operator;
  struct execution *execution = operator->execution;
  while (scan->at < scan->collection->numbers)
    {
      const struct document *document = scan->collection->documents[scan->at++];
      if (!document)
        continue;
      execution->examined++;
      execution->document = document->number;
      execution->sources[0] = document->root;
      return execution->sources;
    }
  return NULL;
}

static void
scan_describe (const struct operator *operator, struct text *text)
{
  const struct scan *scan = (const struct scan *) operator;
  text_format (text, "scan %s, %" PRIu32 " documents", scan->collection->name, scan->collection->count);
}

struct operator *
operator_scan (struct execution *execution, const struct collection *collection)
{
  struct scan *scan = arena_zero (execution->arena, sizeof *scan);
  scan->operator = (struct operator) { scan_next, scan_describe, NULL, execution };
  scan->collection = collection;
  return &scan->operator;
}

/* --- Part of an index.  */

struct index_scan
{
  struct operator operator;
  const struct collection *collection;
  const struct index *index;
  struct bound low, high;
  bool descending;
  bool started;
  struct cursor cursor;
};

/* Has the value left the range?  */
static bool
beyond (const struct index_scan *scan, struct value value)
{
  const struct bound *end = scan->descending ? &scan->low : &scan->high;
  if (!end->given)
    return false;
  int order = scan->index->tree.compare (value, end->value);
  if (scan->descending)
    order = -order;
  return order > 0 || (order == 0 && end->exclusive);
}

static void
index_scan_start (struct index_scan *scan)
{
  const struct btree *tree = &scan->index->tree;
  scan->started = true;
  if (!scan->descending)
    scan->cursor = (scan->low.given ? btree_seek (tree, scan->low.value, scan->low.exclusive)
                    : btree_first (tree));
  else
    scan->cursor = (scan->high.given ? btree_seek (tree, scan->high.value, !scan->high.exclusive)
                    : btree_last (tree));
}

static const struct value *
index_scan_next (struct operator *operator)
{
  struct index_scan *scan = (struct index_scan *) operator;
  struct execution *execution = operator->execution;
  if (!scan->started)
    index_scan_start (scan);
  const struct entry *entry
    = scan->descending ? cursor_previous (&scan->cursor) : cursor_next (&scan->cursor);
  if (!entry || beyond (scan, entry->value))
    return NULL;
  execution->examined++;
  execution->document = entry->document;
  execution->sources[0] = scan->collection->documents[entry->document - 1]->root;
  return execution->sources;
}

static void
index_scan_describe (const struct operator *operator, struct text *text)
{
  const struct index_scan *scan = (const struct index_scan *) operator;
  bool point = (scan->low.given && scan->high.given && !scan->low.exclusive && !scan->high.exclusive
                && value_compare (scan->low.value, scan->high.value) == 0);
  text_format (text, "index %s.", scan->collection->name);
  path_print (text, operator->execution->atoms, &scan->index->path);
  text_string (text, point ? ", one value" : scan->low.given || scan->high.given ? ", a range" : ", all");
  if (scan->descending)
    text_string (text, ", descending");
}

struct operator *
operator_index_scan (struct execution *execution, const struct collection *collection,
                     const struct index *index, struct bound low, struct bound high, bool descending)
{
  struct index_scan *scan = arena_zero (execution->arena, sizeof *scan);
  scan->operator = (struct operator) { index_scan_next, index_scan_describe, NULL, execution };
  scan->collection = collection;
  scan->index = index;
  scan->low = low;
  scan->high = high;
  scan->descending = descending;
  return &scan->operator;
}

/* --- Filter.  */

struct filter
{
  struct operator operator;
  struct expression *condition;
};

static const struct value *
filter_next (struct operator *operator)
{
  struct filter *filter = (struct filter *) operator;
  struct frame *frame = &operator->execution->frame;
  const struct value *row;
  while ((row = operator->below->next (operator->below)))
    {
      frame->row = row;
      if (value_truth (evaluate (filter->condition, frame)))
        return row;
    }
  return NULL;
}

static void
filter_describe (const struct operator *operator, struct text *text)
{
  (void) operator;
  text_string (text, "filter");
}

struct operator *
operator_filter (struct operator *below, struct expression *condition)
{
  struct filter *filter = arena_zero (below->execution->arena, sizeof *filter);
  filter->operator = (struct operator) { filter_next, filter_describe, below, below->execution };
  filter->condition = condition;
  return &filter->operator;
}

/* --- Join.  */

/* A document of the joined collection, in the hash table.  */
struct partner
{
  uint64_t hash;
  struct value key;
  struct value root;
  uint32_t next;                /* In the same bucket, by number plus 1; 0: last.  */
};

struct join
{
  struct operator operator;
  const struct collection *collection;
  unsigned slot;
  struct expression *left, *right;
  const struct index *index;    /* NULL: hash table.  */
  struct cursor cursor;
  bool built;
  struct partner *partners;
  uint32_t *buckets;            /* First partner plus 1.  */
  uint32_t mask, candidate;
  bool matching;                /* A row of BELOW is being matched.  */
  struct value key;
  uint64_t hash;
};

static void
join_build (struct join *join)
{
  struct execution *execution = join->operator.execution;
  const struct collection *collection = join->collection;
  uint32_t buckets = 16, count = 0;
  while (buckets < collection->count && buckets < UINT32_C (1) << 30)
    buckets *= 2;
  join->built = true;
  join->mask = buckets - 1;
  join->buckets = arena_zero (execution->arena, buckets * sizeof *join->buckets);
  join->partners = arena_alloc (execution->arena, collection->count * sizeof *join->partners);
  execution->frame.row = execution->sources;
  /* Backwards, so that the partners in a bucket are in the order of their numbers.  */
  for (uint32_t i = collection->numbers; i-- > 0;)
    {
      if (!collection->documents[i])
        continue;
      execution->examined++;
      execution->sources[join->slot] = collection->documents[i]->root;
      struct value key = evaluate (join->right, &execution->frame);
      if (key.type <= VALUE_NULL)
        continue;
      uint64_t hash = value_hash (key);
      uint32_t *bucket = &join->buckets[hash & join->mask];
      join->partners[count] = (struct partner) { hash, key, collection->documents[i]->root, *bucket };
      *bucket = ++count;
    }
}

/* The next document that matches the current key; false if there is none left.  */
static bool
join_hash_match (struct join *join, struct value *root)
{
  while (join->candidate)
    {
      const struct partner *partner = &join->partners[join->candidate - 1];
      join->candidate = partner->next;
      if (partner->hash == join->hash && value_compare (partner->key, join->key) == 0)
        {
          *root = partner->root;
          return true;
        }
    }
  return false;
}

static bool
join_index_match (struct join *join, struct value *root)
{
  const struct entry *entry = cursor_next (&join->cursor);
  if (!entry || join->index->tree.compare (entry->value, join->key) != 0)
    return false;
  join->operator.execution->examined++;
  *root = join->collection->documents[entry->document - 1]->root;
  return true;
}

/* Could INDEX have VALUE?  Its comparator takes no other.  */
static bool
index_takes (const struct index *index, struct value value)
{
  return (index->kind == INDEX_NUMBERS ? value_is_number (value)
          : index->kind == INDEX_STRINGS ? value.type == VALUE_STRING : true);
}

static const struct value *
join_next (struct operator *operator)
{
  struct join *join = (struct join *) operator;
  struct execution *execution = operator->execution;
  if (!join->index && !join->built)
    join_build (join);
  for (;;)
    {
      struct value root;
      if (join->matching && (join->index ? join_index_match (join, &root) : join_hash_match (join, &root)))
        {
          execution->sources[join->slot] = root;
          return execution->sources;
        }
      join->matching = false;
      const struct value *row = operator->below->next (operator->below);
      if (!row)
        return NULL;
      execution->frame.row = row;
      join->key = evaluate (join->left, &execution->frame);
      if (join->key.type <= VALUE_NULL)
        continue;
      if (!join->index)
        {
          join->hash = value_hash (join->key);
          join->candidate = join->buckets[join->hash & join->mask];
          join->matching = true;
        }
      else if (index_takes (join->index, join->key))
        {
          join->cursor = btree_seek (&join->index->tree, join->key, false);
          join->matching = true;
        }
    }
}

static void
join_describe (const struct operator *operator, struct text *text)
{
  const struct join *join = (const struct join *) operator;
  text_format (text, "join %s, %s", join->collection->name, join->index ? "by index" : "by hash table");
}

struct operator *
operator_join (struct operator *below, const struct collection *collection, unsigned slot,
               struct expression *left, struct expression *right, const struct index *index)
{
  struct join *join = arena_zero (below->execution->arena, sizeof *join);
  join->operator = (struct operator) { join_next, join_describe, below, below->execution };
  join->collection = collection;
  join->slot = slot;
  join->left = left;
  join->right = right;
  join->index = index;
  return &join->operator;
}

/* --- Limit.  */

struct limit
{
  struct operator operator;
  uint64_t skip, most;
};

static const struct value *
limit_next (struct operator *operator)
{
  struct limit *limit = (struct limit *) operator;
  if (!limit->most)
    return NULL;
  for (; limit->skip; limit->skip--)
    if (!operator->below->next (operator->below))
      return NULL;
  limit->most--;
  return operator->below->next (operator->below);
}

static void
limit_describe (const struct operator *operator, struct text *text)
{
  const struct limit *limit = (const struct limit *) operator;
  if (limit->skip)
    text_format (text, "skip %" PRIu64, limit->skip);
  if (limit->most != UINT64_MAX)
    text_format (text, "%slimit %" PRIu64, limit->skip ? ", " : "", limit->most);
}

struct operator *
operator_limit (struct operator *below, uint64_t skip, uint64_t most)
{
  struct limit *limit = arena_zero (below->execution->arena, sizeof *limit);
  limit->operator = (struct operator) { limit_next, limit_describe, below, below->execution };
  limit->skip = skip;
  limit->most = most;
  return &limit->operator;
}
