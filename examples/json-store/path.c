/* Paths.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "path.h"

#include <string.h>

static struct value
item_at (struct value array, int32_t item)
{
  if (array.type != VALUE_ARRAY)
    return value_of_type (VALUE_MISSING);
  int64_t at = item < 0 ? (int64_t) array.length + item : item;
  return at >= 0 && at < array.length ? array.items[at] : value_of_type (VALUE_MISSING);
}

struct value
path_get (struct path *path, struct value value)
{
  for (unsigned i = 0; i < path->count; i++)
    {
      struct path_step *step = &path->steps[i];
      value = step->name ? value_member (value, step->name, &step->hint) : item_at (value, step->item);
    }
  return value;
}

static bool
set_below (const struct path_step *step, unsigned count, struct value root, struct value value,
           struct arena *arena, struct value *result)
{
  if (!count)
    {
      *result = value;
      return true;
    }
  if (!step->name)
    {
      int64_t at = step->item < 0 ? (int64_t) root.length + step->item : step->item;
      if (root.type != VALUE_ARRAY || at < 0 || at >= root.length)
        return false;
      struct value *items = arena_alloc (arena, root.length * sizeof *items);
      memcpy (items, root.items, root.length * sizeof *items);
      *result = root;
      result->items = items;
      return set_below (step + 1, count - 1, root.items[at], value, arena, &items[at]);
    }

  if (root.type == VALUE_MISSING)
    root = (struct value) { .type = VALUE_OBJECT };
  if (root.type != VALUE_OBJECT)
    return false;
  uint32_t at = 0;
  while (at < root.length && root.members[at].name != step->name)
    at++;
  struct member *members = arena_alloc (arena, ((size_t) root.length + 1) * sizeof *members);
  if (root.length)
    memcpy (members, root.members, root.length * sizeof *members);
  *result = root;
  result->members = members;
  if (at == root.length)
    {
      members[at] = (struct member) { step->name, value_of_type (VALUE_MISSING) };
      result->length++;
    }
  return set_below (step + 1, count - 1, members[at].value, value, arena, &members[at].value);
}

bool
path_set (const struct path *path, struct value root, struct value value, struct arena *arena,
          struct value *result)
{
  return set_below (path->steps, path->count, root, value, arena, result);
}

bool
path_equal (const struct path *a, const struct path *b)
{
  if (a->count != b->count)
    return false;
  for (unsigned i = 0; i < a->count; i++)
    if (a->steps[i].name != b->steps[i].name || (!a->steps[i].name && a->steps[i].item != b->steps[i].item))
      return false;
  return true;
}

void
path_print (struct text *text, const struct atoms *atoms, const struct path *path)
{
  for (unsigned i = 0; i < path->count; i++)
    if (path->steps[i].name)
      {
        if (i)
          text_byte (text, '.');
        text_string (text, atoms_bytes (atoms, path->steps[i].name, NULL));
      }
    else
      text_format (text, "[%d]", (int) path->steps[i].item);
}
