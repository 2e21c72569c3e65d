/* Arenas: memory given out piece by piece and taken back all at once.

   A statement's tokens, expressions, rows and results live in the arena of the session that runs it
   and vanish when the next statement begins.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_ARENA_H
#define JSON_STORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena
{
  char *next, *limit;           /* The free part of the current block.  */
  struct arena_block *current;  /* Newest first; NULL: nothing was allocated.  */
  size_t allocated_bytes;       /* Given out since the last reset.  */
};

/* SIZE bytes, aligned for any value.  Never NULL: out of memory ends the program.  */
void *arena_alloc (struct arena *, size_t size);
/* The same, zeroed.  */
void *arena_zero (struct arena *, size_t size);
/* A copy of LENGTH bytes at BYTES, with a NUL after them.  */
char *arena_copy (struct arena *, const char *bytes, size_t length);
/* Take everything back; one block is kept for the next use.  */
void arena_reset (struct arena *);
/* Take everything back.  */
void arena_free (struct arena *);

/* malloc and realloc that end the program, with a message, where memory is exhausted.  */
void *allocate (size_t size);
void *reallocate (void *old, size_t size);
/* The room to give an array of COUNT elements that must grow: never less than 8, half as much again.  */
size_t grown (size_t count);

#endif
