/* A pool: memory that is freed all at once, arrays that grow in it, and interned strings.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_POOL_H
#define PGOINLINE_CORE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pgo_pool;

struct pgo_pool *pgo_pool_new (void);
/* With all that was taken from it.  NULL is allowed.  */
void pgo_pool_free (struct pgo_pool *);

/* SIZE zeroed bytes, aligned to 16.  */
void *pgo_pool_alloc (struct pgo_pool *, size_t size);

/* The pool's one copy of LENGTH bytes at TEXT, with a NUL: equal strings, equal pointers.  */
const char *pgo_pool_intern (struct pgo_pool *, const char *text, size_t length);

/* ARRAY (NULL if ROOM is 0) of ROOM elements of SIZE bytes, the first USED of them in use, with room
   for NEED or more: the array itself, or a larger copy while the old one goes back to the pool.  ROOM
   is updated.  What is not in use is not zeroed.  Only arrays from here may be given.  */
void *pgo_pool_grow (struct pgo_pool *, void *array, uint32_t used, uint32_t *room, size_t need, size_t size);
/* Give an array from pgo_pool_grow back for other arrays to use.  NULL is allowed.  */
void pgo_pool_release (struct pgo_pool *, void *array, uint32_t room, size_t size);

#endif
