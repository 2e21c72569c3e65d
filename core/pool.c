/* A pool is a list of chunks.  Arrays are powers of two in bytes, so that one that has grown out of its
   place leaves a place for another: a free list per power.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/pool.h"
#include "core/alloc.h"

#include <stdbool.h>
#include <string.h>

#define ALIGNMENT 16
#define CHUNK_BYTES ((size_t) 64 * 1024)
/* Chunks grow with the pool up to this, so that large profiles make few of them.  */
#define CHUNK_BYTES_MAX ((size_t) 4 * 1024 * 1024)
/* Smallest array in bytes.  */
#define ARRAY_BYTES_MIN 32
#define SIZE_CLASSES 48

struct chunk
{
  struct chunk *next;
  size_t size, used;            /* Bytes of DATA.  */
  _Alignas (ALIGNMENT) char data[];
};

struct free_array
{
  struct free_array *next;
};

struct string
{
  uint64_t hash;
  size_t length;
  char text[];
};

struct pgo_pool
{
  struct chunk *chunks;         /* The first one is the one with room.  */
  size_t next_chunk_bytes;
  struct free_array *free_arrays[SIZE_CLASSES];
  struct string **strings;      /* Open addressing; N_SLOTS is a power of two.  */
  size_t n_strings, n_slots;
};

struct pgo_pool *
pgo_pool_new (void)
{
  struct pgo_pool *pool = pgo_alloc (sizeof *pool);
  pool->next_chunk_bytes = CHUNK_BYTES;
  return pool;
}

void
pgo_pool_free (struct pgo_pool *pool)
{
  if (!pool)
    return;
  for (struct chunk *chunk = pool->chunks, *next; chunk; chunk = next)
    {
      next = chunk->next;
      pgo_free (chunk);
    }
  pgo_free (pool->strings);
  pgo_free (pool);
}

/* SIZE bytes (a multiple of ALIGNMENT), not yet used, hence zero.  */
static void *
take (struct pgo_pool *pool, size_t size)
{
  struct chunk *chunk = pool->chunks;
  if (chunk && chunk->size - chunk->used >= size)
    {
      chunk->used += size;
      return chunk->data + chunk->used - size;
    }
  if (size > SIZE_MAX - sizeof *chunk)
    pgo_out_of_memory ();

  /* What is large gets a chunk of its own, behind the one with room.  */
  bool own = size > pool->next_chunk_bytes / 4;
  size_t bytes = own ? size : pool->next_chunk_bytes;
  struct chunk *fresh = pgo_alloc (sizeof *fresh + bytes);
  fresh->size = bytes;
  fresh->used = size;
  if (own && chunk)
    {
      fresh->next = chunk->next;
      chunk->next = fresh;
    }
  else
    {
      fresh->next = chunk;
      pool->chunks = fresh;
    }
  if (!own && pool->next_chunk_bytes < CHUNK_BYTES_MAX)
    pool->next_chunk_bytes *= 2;
  return fresh->data;
}

void *
pgo_pool_alloc (struct pgo_pool *pool, size_t size)
{
  if (size > SIZE_MAX - ALIGNMENT)
    pgo_out_of_memory ();
  size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return take (pool, size ? size : ALIGNMENT);
}

/* FNV-1a (Fowler, Noll, Vo), 64 bits: only where a string lies depends on it, never an order.  */
static uint64_t
hash_text (const char *text, size_t length)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char) text[i]) * UINT64_C (0x100000001b3);
  return hash ^ hash >> 32;
}

static void
enlarge_table (struct pgo_pool *pool)
{
  size_t n_slots = pool->n_slots ? pool->n_slots * 2 : 256;
  struct string **slots = pgo_alloc_array (n_slots, sizeof *slots);
  for (size_t i = 0; i < pool->n_slots; i++)
    if (pool->strings[i])
      {
        size_t at = pool->strings[i]->hash & (n_slots - 1);
        while (slots[at])
          at = (at + 1) & (n_slots - 1);
        slots[at] = pool->strings[i];
      }
  pgo_free (pool->strings);
  pool->strings = slots;
  pool->n_slots = n_slots;
}

const char *
pgo_pool_intern (struct pgo_pool *pool, const char *text, size_t length)
{
  if (pool->n_strings >= pool->n_slots / 2)
    enlarge_table (pool);
  uint64_t hash = hash_text (text, length);
  size_t at = hash & (pool->n_slots - 1);
  for (struct string *s; (s = pool->strings[at]) != NULL; at = (at + 1) & (pool->n_slots - 1))
    if (s->hash == hash && s->length == length && memcmp (s->text, text, length) == 0)
      return s->text;
  if (length > SIZE_MAX / 2)
    pgo_out_of_memory ();
  struct string *fresh = pgo_pool_alloc (pool, sizeof *fresh + length + 1);
  fresh->hash = hash;
  fresh->length = length;
  memcpy (fresh->text, text, length);
  pool->strings[at] = fresh;
  pool->n_strings++;
  return fresh->text;
}

/* Number of the smallest class that holds BYTES: class C is ARRAY_BYTES_MIN << C.  */
static unsigned
class_of (size_t bytes)
{
  unsigned class = 0;
  while (class < SIZE_CLASSES && ((size_t) ARRAY_BYTES_MIN << class) < bytes)
    class++;
  if (class == SIZE_CLASSES)
    pgo_out_of_memory ();
  return class;
}

void *
pgo_pool_grow (struct pgo_pool *pool, void *array, uint32_t used, uint32_t *room, size_t need, size_t size)
{
  if (need <= *room)
    return array;
  if (need > UINT32_MAX)
    pgo_out_of_memory ();
  unsigned class = class_of (need * size);
  size_t bytes = (size_t) ARRAY_BYTES_MIN << class;
  void *fresh = pool->free_arrays[class];
  if (fresh)
    pool->free_arrays[class] = pool->free_arrays[class]->next;
  else
    fresh = take (pool, bytes);
  if (used)
    memcpy (fresh, array, (size_t) used * size);
  pgo_pool_release (pool, array, *room, size);
  *room = (uint32_t) (bytes / size);
  return fresh;
}

void
pgo_pool_release (struct pgo_pool *pool, void *array, uint32_t room, size_t size)
{
  if (!array)
    return;
  /* The array was given the smallest class with NEED elements, and ROOM >= NEED fits in it too: so ROOM
     elements have that same class.  */
  unsigned class = class_of ((size_t) room * size);
  struct free_array *free_array = array;
  free_array->next = pool->free_arrays[class];
  pool->free_arrays[class] = free_array;
}
