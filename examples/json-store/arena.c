/* Arenas: memory given out piece by piece and taken back all at once.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "arena.h"

#include "log.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16
#define BLOCK_BYTES ((size_t) 256 << 10)

struct arena_block
{
  struct arena_block *older;
  size_t size_bytes;            /* Of the memory after the header.  */
};

/* The header, rounded up so that what follows it is aligned.  */
#define HEADER ((sizeof (struct arena_block) + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1))

void *
allocate (size_t size)
{
  void *memory = malloc (size ? size : 1);
  if (!memory)
    log_fatal ("out of memory: %zu bytes", size);
  return memory;
}

void *
reallocate (void *old, size_t size)
{
  void *memory = realloc (old, size ? size : 1);
  if (!memory)
    log_fatal ("out of memory: %zu bytes", size);
  return memory;
}

size_t
grown (size_t count)
{
  if (count > SIZE_MAX / 4)
    log_fatal ("out of memory: %zu elements", count);
  return count < 8 ? 8 : count + count / 2;
}

static void
add_block (struct arena *arena, size_t size)
{
  size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
  struct arena_block *block = allocate (HEADER + room);
  block->older = arena->current;
  block->size_bytes = room;
  arena->current = block;
  arena->next = (char *) block + HEADER;
  arena->limit = arena->next + room;
}

void *
arena_alloc (struct arena *arena, size_t size)
{
  if (size > SIZE_MAX / 2)
    log_fatal ("out of memory: %zu bytes", size);
  size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
  if (size > (size_t) (arena->limit - arena->next))
    add_block (arena, size);
  void *memory = arena->next;
  arena->next += size;
  arena->allocated_bytes += size;
  return memory;
}

void *
arena_zero (struct arena *arena, size_t size)
{
  return memset (arena_alloc (arena, size), 0, size);
}

char *
arena_copy (struct arena *arena, const char *bytes, size_t length)
{
  char *copy = arena_alloc (arena, length + 1);
  if (length)
    memcpy (copy, bytes, length);
  copy[length] = 0;
  return copy;
}

void
arena_reset (struct arena *arena)
{
  struct arena_block *block = arena->current;
  arena->allocated_bytes = 0;
  if (!block)
    return;
  while (block->older)
    {
      struct arena_block *older = block->older;
      free (block);
      block = older;
    }
  if (block->size_bytes > BLOCK_BYTES)  /* One huge statement must not pin its memory for ever.  */
    {
      free (block);
      *arena = (struct arena) { 0 };
      return;
    }
  arena->current = block;
  arena->next = (char *) block + HEADER;
  arena->limit = arena->next + block->size_bytes;
}

void
arena_free (struct arena *arena)
{
  for (struct arena_block *block = arena->current, *older; block; block = older)
    {
      older = block->older;
      free (block);
    }
  *arena = (struct arena) { 0 };
}
