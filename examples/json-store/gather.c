/* Operators that take all rows before they give the first: group and sort.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "operators.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- Group.  */

struct group
{
  uint64_t hash;
  struct group *next_in_bucket, *next;
  struct value *keys;
  struct accumulator accumulators[];
};

struct grouping
{
  struct operator operator;
  struct expression **keys;
  unsigned n_keys;
  const struct aggregate_use *uses;
  unsigned n_uses;
  bool gathered;
  struct group **buckets;
  uint32_t mask, count;
  struct group *first, **last;
  struct value *row;
};

#define FIRST_BUCKETS 64

static void
grow_buckets (struct grouping *grouping)
{
  uint32_t buckets = (grouping->mask + 1) * 4;
  grouping->buckets = arena_zero (grouping->operator.execution->arena, buckets * sizeof *grouping->buckets);
  grouping->mask = buckets - 1;
  for (struct group *group = grouping->first; group; group = group->next)
    {
      struct group **bucket = &grouping->buckets[group->hash & grouping->mask];
      group->next_in_bucket = *bucket;
      *bucket = group;
    }
}

static bool
same_keys (const struct value *a, const struct value *b, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (value_compare (a[i], b[i]) != 0)
      return false;
  return true;
}

/* The group with KEYS, made if it is new.  */
static struct group *
find_group (struct grouping *grouping, const struct value *keys)
{
  struct arena *arena = grouping->operator.execution->arena;
  uint64_t hash = 0;
  for (unsigned i = 0; i < grouping->n_keys; i++)
    hash = hash * UINT64_C (0x9e3779b97f4a7c15) + value_hash (keys[i]);
  struct group **bucket = &grouping->buckets[hash & grouping->mask];
  for (struct group *group = *bucket; group; group = group->next_in_bucket)
    if (group->hash == hash && same_keys (group->keys, keys, grouping->n_keys))
      return group;

  struct group *group = arena_zero (arena, sizeof *group + grouping->n_uses * sizeof *group->accumulators);
  group->hash = hash;
  group->keys = arena_alloc (arena, grouping->n_keys * sizeof *keys);
  if (grouping->n_keys)
    memcpy (group->keys, keys, grouping->n_keys * sizeof *keys);
  group->next_in_bucket = *bucket;
  *bucket = group;
  *grouping->last = group;
  grouping->last = &group->next;
  if (++grouping->count > grouping->mask)
    grow_buckets (grouping);
  return group;
}

static void
gather_groups (struct grouping *grouping)
{
  struct execution *execution = grouping->operator.execution;
  struct operator *below = grouping->operator.below;
  struct value keys[LIST_MAX] = { 0 };
  grouping->gathered = true;
  if (!grouping->n_keys)        /* The one group is there even if no row is.  */
    find_group (grouping, keys);
  for (const struct value *row; (row = below->next (below));)
    {
      execution->frame.row = row;
      for (unsigned i = 0; i < grouping->n_keys; i++)
        keys[i] = evaluate (grouping->keys[i], &execution->frame);
      struct group *group = find_group (grouping, keys);
      for (unsigned i = 0; i < grouping->n_uses; i++)
        {
          const struct aggregate_use *use = &grouping->uses[i];
          struct value value = value_integer (1);
          if (use->argument)
            value = evaluate (use->argument, &execution->frame);
          use->aggregate->add (&group->accumulators[i], value);
        }
    }
}

static const struct value *
group_next (struct operator *operator)
{
  struct grouping *grouping = (struct grouping *) operator;
  if (!grouping->gathered)
    gather_groups (grouping);
  struct group *group = grouping->first;
  if (!group)
    return NULL;
  grouping->first = group->next;
  if (grouping->n_keys)
    memcpy (grouping->row, group->keys, grouping->n_keys * sizeof *grouping->row);
  for (unsigned i = 0; i < grouping->n_uses; i++)
    grouping->row[grouping->n_keys + i] = grouping->uses[i].aggregate->result (&group->accumulators[i]);
  return grouping->row;
}

static void
group_describe (const struct operator *operator, struct text *text)
{
  const struct grouping *grouping = (const struct grouping *) operator;
  text_format (text, "group by %u keys, %u aggregates", grouping->n_keys, grouping->n_uses);
}

struct operator *
operator_group (struct operator *below, struct expression **keys, unsigned n_keys,
                const struct aggregate_use *uses, unsigned n_uses)
{
  struct arena *arena = below->execution->arena;
  struct grouping *grouping = arena_zero (arena, sizeof *grouping);
  grouping->operator = (struct operator) { group_next, group_describe, below, below->execution };
  grouping->keys = keys;
  grouping->n_keys = n_keys;
  grouping->uses = uses;
  grouping->n_uses = n_uses;
  grouping->mask = FIRST_BUCKETS - 1;
  grouping->buckets = arena_zero (arena, FIRST_BUCKETS * sizeof *grouping->buckets);
  grouping->last = &grouping->first;
  grouping->row = arena_alloc (arena, (n_keys + n_uses) * sizeof *grouping->row);
  return &grouping->operator;
}

/* --- Sort.  */

struct sorted
{
  struct value *keys;
  struct value *row;
  uint64_t arrival;             /* Breaks ties.  */
};

struct sorting
{
  struct operator operator;
  const struct sort_key *keys;
  unsigned n_keys, n_slots;
  uint64_t most;
  bool gathered;
  struct sorted *items;
  size_t count, room, at;
};

/* With fewer rows wanted than this, only the best so far are kept, in a heap.  */
#define HEAP_MAX 4096

static int
compare_sorted (const struct sorting *sorting, const struct sorted *a, const struct sorted *b)
{
  for (unsigned i = 0; i < sorting->n_keys; i++)
    {
      int order = sorting->keys[i].compare (a->keys[i], b->keys[i]);
      if (order)
        return sorting->keys[i].descending ? -order : order;
    }
  return (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

/* Merge sort, on short runs sorted by insertion.  SPACE has room for COUNT items.  */
static void
merge_sort (const struct sorting *sorting, struct sorted *items, size_t count, struct sorted *space)
{
  if (count <= 8)
    {
      for (size_t i = 1; i < count; i++)
        {
          struct sorted item = items[i];
          size_t j = i;
          for (; j > 0 && compare_sorted (sorting, &items[j - 1], &item) > 0; j--)
            items[j] = items[j - 1];
          items[j] = item;
        }
      return;
    }
  size_t half = count / 2;
  merge_sort (sorting, items, half, space);
  merge_sort (sorting, items + half, count - half, space);
  if (compare_sorted (sorting, &items[half - 1], &items[half]) <= 0)
    return;
  memcpy (space, items, half * sizeof *items);
  size_t left = 0, right = half, out = 0;
  while (left < half && right < count)
    if (compare_sorted (sorting, &space[left], &items[right]) <= 0)
      items[out++] = space[left++];
    else
      items[out++] = items[right++];
  memcpy (items + out, space + left, (half - left) * sizeof *items);
}

/* Let the item at AT sink: the worst is at the top of the heap.  */
static void
sink (struct sorting *sorting, size_t at)
{
  struct sorted *items = sorting->items, item = items[at];
  for (size_t child; (child = 2 * at + 1) < sorting->count; at = child)
    {
      if (child + 1 < sorting->count && compare_sorted (sorting, &items[child + 1], &items[child]) > 0)
        child++;
      if (compare_sorted (sorting, &items[child], &item) <= 0)
        break;
      items[at] = items[child];
    }
  items[at] = item;
}

static void
keep (struct sorting *sorting, struct sorted *item, const struct value *row)
{
  struct arena *arena = sorting->operator.execution->arena;
  size_t keys_bytes = sorting->n_keys * sizeof *item->keys, row_bytes = sorting->n_slots * sizeof *row;
  struct sorted *place;
  if (sorting->count == sorting->most)
    {
      /* The heap is full: the new item takes the memory of the worst, or goes.  */
      if (compare_sorted (sorting, item, &sorting->items[0]) >= 0)
        return;
      place = &sorting->items[0];
    }
  else
    {
      if (sorting->count == sorting->room)
        {
          sorting->room = grown (sorting->room);
          sorting->items = reallocate (sorting->items, sorting->room * sizeof *sorting->items);
        }
      place = &sorting->items[sorting->count++];
      place->keys = arena_alloc (arena, keys_bytes);
      place->row = arena_alloc (arena, row_bytes);
    }
  memcpy (place->keys, item->keys, keys_bytes);
  memcpy (place->row, row, row_bytes);
  place->arrival = item->arrival;
  if (sorting->count < sorting->most)
    return;
  if (place != &sorting->items[0])      /* Just full: make the heap.  */
    for (size_t i = sorting->count / 2; i-- > 0;)
      sink (sorting, i);
  else
    sink (sorting, 0);
}

static void
gather_sorted (struct sorting *sorting)
{
  struct execution *execution = sorting->operator.execution;
  struct operator *below = sorting->operator.below;
  struct value keys[LIST_MAX];
  struct sorted item = { .keys = keys };
  sorting->gathered = true;
  if (!sorting->most)
    return;
  for (const struct value *row; (row = below->next (below)); item.arrival++)
    {
      execution->frame.row = row;
      for (unsigned i = 0; i < sorting->n_keys; i++)
        keys[i] = evaluate (sorting->keys[i].value, &execution->frame);
      keep (sorting, &item, row);
    }
  struct sorted *items = arena_alloc (execution->arena, sorting->count * sizeof *items);
  struct sorted *space = arena_alloc (execution->arena, sorting->count * sizeof *space);
  if (sorting->count)
    memcpy (items, sorting->items, sorting->count * sizeof *items);
  free (sorting->items);
  sorting->items = items;
  merge_sort (sorting, items, sorting->count, space);
}

static const struct value *
sort_next (struct operator *operator)
{
  struct sorting *sorting = (struct sorting *) operator;
  if (!sorting->gathered)
    gather_sorted (sorting);
  return sorting->at < sorting->count ? sorting->items[sorting->at++].row : NULL;
}

static void
sort_describe (const struct operator *operator, struct text *text)
{
  const struct sorting *sorting = (const struct sorting *) operator;
  text_format (text, "sort by %u keys", sorting->n_keys);
  if (sorting->most != UINT64_MAX)
    text_format (text, ", the first %" PRIu64, sorting->most);
}

struct operator *
operator_sort (struct operator *below, unsigned n_slots, const struct sort_key *keys, unsigned n_keys,
               uint64_t most)
{
  struct sorting *sorting = arena_zero (below->execution->arena, sizeof *sorting);
  sorting->operator = (struct operator) { sort_next, sort_describe, below, below->execution };
  sorting->keys = keys;
  sorting->n_keys = n_keys;
  sorting->n_slots = n_slots;
  sorting->most = most <= HEAP_MAX ? most : UINT64_MAX;
  return &sorting->operator;
}
