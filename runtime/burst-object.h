/* Loaded ELF objects: which one an address belongs to, and what of it may be executed in a burst.

   Only code in read-only executable segments of loaded objects is translated: not what a program made
   itself (just-in-time compilers), not the dynamic loader, the vdso, or this library.

   pgo_object_find may be called in a signal handler: it uses _dl_find_object, which is lock-free
   (C library 2.35 and later).

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_OBJECT_H
#define PGOINLINE_RUNTIME_BURST_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGO_OBJECT_SEGMENTS 8

struct pgo_object
{
  uint64_t start, end;          /* Mapped from, to.  */
  unsigned n_segments;
  struct
  {
    uint64_t start, end;        /* Of what is in the file: the rest of the page may be anything.  */
    bool writable, executable;
  } segments[PGO_OBJECT_SEGMENTS]; /* All readable.  */
};

/* Find out what is to be excluded.  Once, outside signal handlers.  False if the C library has no
   _dl_find_object.  */
bool pgo_object_init (void);

/* Whether ADDRESS is in an object that is to be recorded.  */
bool pgo_object_recorded (uint64_t address);

/* The same, and which: in a burst.  */
bool pgo_object_find (uint64_t address, struct pgo_object *);

/* End of the executable segment that ADDRESS is in, or 0.  */
uint64_t pgo_object_code_end (const struct pgo_object *, uint64_t address);

/* Whether SIZE bytes at ADDRESS can be read in OBJECT.  */
bool pgo_object_readable (const struct pgo_object *, uint64_t address, size_t size);

/* Whether at ADDRESS, in OBJECT (NULL: no), is the descriptor of a restartable sequence (struct rseq_cs) close to PC.
   In a burst.  */
bool pgo_object_is_sequence (const struct pgo_object *, uint64_t pc, uint64_t address);

#endif
