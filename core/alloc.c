/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void (*out_of_memory_handler) (void);

void
pgo_set_out_of_memory_handler (void (*handler) (void))
{
  out_of_memory_handler = handler;
}

void
pgo_out_of_memory (void)
{
  if (out_of_memory_handler)
    out_of_memory_handler ();
  abort ();
}

void *
pgo_alloc (size_t size)
{
  return pgo_alloc_array (size ? size : 1, 1);
}

void *
pgo_alloc_array (size_t count, size_t size)
{
  if (count == 0 || size == 0)
    count = size = 1;
  void *block = calloc (count, size);
  if (!block)
    pgo_out_of_memory ();
  return block;
}

void *
pgo_realloc_array (void *block, size_t count, size_t size)
{
  if (size != 0 && count > SIZE_MAX / size)
    pgo_out_of_memory ();
  size_t bytes = count * size;
  block = realloc (block, bytes ? bytes : 1);
  if (!block)
    pgo_out_of_memory ();
  return block;
}

char *
pgo_text_copy (const char *text, size_t length)
{
  char *copy = pgo_alloc (length + 1);
  memcpy (copy, text, length);
  return copy;
}

void
pgo_free (void *block)
{
  free (block);
}
