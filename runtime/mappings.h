/* The executable mappings a process had, with their build-ids: what its addresses meant, and when.

   One thread at a time adds; others may look up meanwhile.  Memory of its own, bounded; nothing of libc's
   state.  Mappings are never removed: a library that was closed keeps its entry.  When its range is mapped
   to something else, the epoch rises, and each of the two is found for addresses seen in its own epochs.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_MAPPINGS_H
#define PGOINLINE_RUNTIME_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mappings kept; later ones are counted as refused.  A program that makes more is generating code.  */
#define PGO_MAX_MAPPINGS 8192u
/* SHA-1 ids have 20 bytes; ld --build-id=0x... may make longer ones, which are cut.  */
#define PGO_BUILD_ID_BYTES 32u
/* Of a file name, with its NUL, as the kernel limits it.  */
#define PGO_MAPPING_NAME 4096u

struct pgo_mapping
{
  uint64_t start, limit;        /* Addresses: start <= address < limit.  */
  uint64_t offset;              /* Of START in the file.  */
  uint32_t first_epoch, last_epoch; /* Inclusive; UINT32_MAX: to this day.  */
  const char *name;             /* Path, or "[vdso]", or "//anon" for generated code.  */
  uint8_t build_id[PGO_BUILD_ID_BYTES];
  uint32_t build_id_size;       /* 0: none known.  */
};

struct pgo_mappings;

/* NULL if there is no memory.  */
struct pgo_mappings *pgo_mappings_new (void);
void pgo_mappings_free (struct pgo_mappings *);
/* Forget all of them.  Nobody may be looking.  */
void pgo_mappings_clear (struct pgo_mappings *);

/* Add what /proc/self/maps lists as executable.  False if it cannot be read.  */
bool pgo_mappings_read (struct pgo_mappings *);

/* Add one that a mmap event told of.  NAME and BUILD_ID are copied.  */
void pgo_mappings_add (struct pgo_mappings *, uint64_t start, uint64_t limit, uint64_t offset,
                       const char *name, const uint8_t *build_id, size_t build_id_size);

unsigned pgo_mappings_epoch (const struct pgo_mappings *);
size_t pgo_mappings_count (const struct pgo_mappings *);
size_t pgo_mappings_refused (const struct pgo_mappings *);
const struct pgo_mapping *pgo_mappings_get (const struct pgo_mappings *, size_t index);

/* Index of the mapping that held ADDRESS in EPOCH, or -1.  HINT is tried first.  */
long pgo_mappings_find (const struct pgo_mappings *, uint64_t address, unsigned epoch, long hint);

#endif
