/* Memory that is there: these never return NULL.  What runs out of it ends the process, through
   pgo_out_of_memory; only what libxml2 or the C library report by themselves becomes a status.  A file that was being
   written is then as it was, with its temporary left beside it (testsuite/pgoinline.unit/allocation-test.c lets every
   allocation of core fail in turn).  A header without inline functions, because GCC poisons
   malloc in the plugin's sources.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_ALLOC_H
#define PGOINLINE_CORE_ALLOC_H

#include <stddef.h>

/* SIZE bytes, zeroed; SIZE 0 gives one byte.  Free with pgo_free.  */
void *pgo_alloc (size_t size);
/* COUNT elements of SIZE bytes, zeroed; a product that overflows is out of memory.  */
void *pgo_alloc_array (size_t count, size_t size);
/* BLOCK (may be NULL) with room for COUNT elements of SIZE bytes; what is new is not zeroed.  */
void *pgo_realloc_array (void *block, size_t count, size_t size);
/* The LENGTH bytes at TEXT and a NUL.  */
char *pgo_text_copy (const char *text, size_t length);
void pgo_free (void *block);

/* Called when memory is out: runs the handler, if one is set, and aborts when it returns.  */
void pgo_out_of_memory (void) __attribute__ ((noreturn));
/* HANDLER says so to the user and ends the process; NULL: none.  */
void pgo_set_out_of_memory_handler (void (*handler) (void));

#endif
