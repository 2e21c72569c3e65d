/* Atoms: the names of object members, each stored once and known by a small number.

   Two names are the same if and only if their atoms are; looking a member up compares integers.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_ATOMS_H
#define JSON_STORE_ATOMS_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t atom;

/* Not a name.  */
#define ATOM_NONE 0

struct atoms;

struct atoms *atoms_new (void);
void atoms_free (struct atoms *);
/* The atom of LENGTH bytes at BYTES, made if it is new.  */
atom atoms_intern (struct atoms *, const char *bytes, size_t length);
/* The same, but ATOM_NONE if it is new.  */
atom atoms_find (const struct atoms *, const char *bytes, size_t length);
/* The bytes (NUL after them) of NAME, which must be an atom of this table.  */
const char *atoms_bytes (const struct atoms *, atom name, size_t *length);
/* How many there are.  */
size_t atoms_count (const struct atoms *);

#endif
