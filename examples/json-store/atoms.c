/* Atoms: an open-addressing hash table of names, linear probing, at most three quarters full.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "atoms.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct name
{
  const char *bytes;
  uint32_t length, hash;
};

struct atoms
{
  struct arena memory;
  struct name *names;           /* By atom; names[0] is not used.  */
  uint32_t count, room;
  atom *slots;                  /* ATOM_NONE: free.  */
  uint32_t mask;                /* Number of slots, a power of two, less 1.  */
};

#define FIRST_SLOTS 256

struct atoms *
atoms_new (void)
{
  struct atoms *atoms = allocate (sizeof *atoms);
  *atoms = (struct atoms) { .count = 1, .room = FIRST_SLOTS, .mask = FIRST_SLOTS - 1 };
  atoms->names = allocate (FIRST_SLOTS * sizeof *atoms->names);
  atoms->slots = allocate (FIRST_SLOTS * sizeof *atoms->slots);
  memset (atoms->slots, 0, FIRST_SLOTS * sizeof *atoms->slots);
  return atoms;
}

void
atoms_free (struct atoms *atoms)
{
  if (!atoms)
    return;
  arena_free (&atoms->memory);
  free (atoms->names);
  free (atoms->slots);
  free (atoms);
}

static uint32_t
hash_name (const char *bytes, size_t length)
{
  uint32_t hash = 0x811c9dc5;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char) bytes[i]) * 0x01000193;
  return hash ^ hash >> 15;
}

/* The slot that holds the name, or the free one where it belongs.  */
static uint32_t
probe (const struct atoms *atoms, const char *bytes, size_t length, uint32_t hash)
{
  uint32_t slot = hash & atoms->mask;
  for (atom name; (name = atoms->slots[slot]) != ATOM_NONE; slot = (slot + 1) & atoms->mask)
    {
      const struct name *known = &atoms->names[name];
      if (known->hash == hash && known->length == length && !memcmp (known->bytes, bytes, length))
        break;
    }
  return slot;
}

static void
rehash (struct atoms *atoms)
{
  uint32_t slots = (atoms->mask + 1) * 2;
  free (atoms->slots);
  atoms->slots = allocate (slots * sizeof *atoms->slots);
  memset (atoms->slots, 0, slots * sizeof *atoms->slots);
  atoms->mask = slots - 1;
  for (atom name = 1; name < atoms->count; name++)
    {
      uint32_t slot = atoms->names[name].hash & atoms->mask;
      while (atoms->slots[slot] != ATOM_NONE)
        slot = (slot + 1) & atoms->mask;
      atoms->slots[slot] = name;
    }
}

atom
atoms_intern (struct atoms *atoms, const char *bytes, size_t length)
{
  uint32_t hash = hash_name (bytes, length);
  uint32_t slot = probe (atoms, bytes, length, hash);
  if (atoms->slots[slot] != ATOM_NONE)
    return atoms->slots[slot];

  if (atoms->count == atoms->room)
    {
      atoms->room = grown (atoms->room);
      atoms->names = reallocate (atoms->names, atoms->room * sizeof *atoms->names);
    }
  atom name = atoms->count++;
  atoms->names[name] = (struct name) { arena_copy (&atoms->memory, bytes, length), length, hash };
  atoms->slots[slot] = name;
  if (atoms->count > atoms->mask / 4 * 3)
    rehash (atoms);
  return name;
}

atom
atoms_find (const struct atoms *atoms, const char *bytes, size_t length)
{
  return atoms->slots[probe (atoms, bytes, length, hash_name (bytes, length))];
}

const char *
atoms_bytes (const struct atoms *atoms, atom name, size_t *length)
{
  if (length)
    *length = atoms->names[name].length;
  return atoms->names[name].bytes;
}

size_t
atoms_count (const struct atoms *atoms)
{
  return atoms->count - 1;
}
