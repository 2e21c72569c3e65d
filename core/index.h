/* The index: the merged trees of a profile in a file that is mapped, so that a compiler pays for what it
   looks up and not for the size of the profile.  docs/profile-format.md describes it for others.

   All numbers are little-endian and read byte by byte: no alignment, no dependence on the host.

     header    INDEX_HEADER_BYTES: below
     info      kind of evidence, origins, summary: varints, texts as length and bytes
     table     INDEX_ENTRY_BYTES a function, by name, file (none first), keys, checksum
     trees     an encoded instance a function
     strings   NUL-terminated; named by their offset here; the last byte is a NUL

   A varint is unsigned LEB128; "signed" is a varint of the zigzag form.  A reference is a varint: 0 for
   no string, else its offset + 1.  A location is signed LINE less that of the location before it in the
   same list (0 before the first), column, discriminator.  A weight is WEIGHT, WEIGHT xor SAMPLES.

     instance  byte: kind + 4 * keys; if keys are marks 8 bytes of checksum; weight of the head; size; rank;
               n lines:    location, weight
               n calls:    location, reference of the callee, of its file, weight
               n branches: place, place, weight
               n inlined:  location, reference of the name, of the file, instance
     place     n steps: location, reference of the callee, of its file;  then a location

   Private to core's index files and their tests.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_INDEX_H
#define PGOINLINE_CORE_INDEX_H

#include "core/profile-io.h"

#include <stdint.h>

/* Offsets in the header.  */
enum
{
  INDEX_MAGIC = 0,              /* PGO_INDEX_MAGIC */
  INDEX_VERSION = 8,            /* u32: PGO_PROFILE_VERSION */
  INDEX_HEADER_SIZE = 12,       /* u32: INDEX_HEADER_BYTES */
  INDEX_FILE_SIZE = 16,         /* u64: of the file */
  INDEX_FUNCTIONS = 24,         /* u64: number of entries in the table */
  INDEX_INFO = 32,              /* u64, u64: offset in the file, bytes; likewise the next three */
  INDEX_TABLE = 48,
  INDEX_TREES = 64,
  INDEX_STRINGS = 80,
  INDEX_ID = 96,                /* 32 bytes: pgo_source_id */
  INDEX_CONTENT = 128,          /* 32 bytes: SHA-256 of all behind the header */
  INDEX_INFO_CHECK = 160,       /* u64: pgo_index_check of the info */
  INDEX_HEADER_CHECK = 168,     /* u64: pgo_index_check of the header before this */
  INDEX_HEADER_BYTES = 176
};

/* Offsets in an entry of the table.  */
enum
{
  INDEX_ENTRY_NAME = 0,         /* u64: offset in the strings */
  INDEX_ENTRY_FILE = 8,         /* u64: the same, or INDEX_NO_STRING */
  INDEX_ENTRY_TREE = 16,        /* u64: offset in the trees */
  INDEX_ENTRY_TREE_SIZE = 24,   /* u64: bytes */
  INDEX_ENTRY_TOTAL = 32,       /* u64: pgo_instance.total */
  INDEX_ENTRY_CHECK = 40,       /* u64: of the entry before this, then name, then file if any, then tree */
  INDEX_ENTRY_BYTES = 48
};

#define INDEX_NO_STRING UINT64_MAX

/* A sum of N bytes behind what CHECK covers; begin with INDEX_CHECK_BEGIN.  The bytes are taken in words of
   8, the last filled up with zeros, then N as a word.  A word W makes CHECK (CHECK xor W) *
   INDEX_CHECK_PRIME, and that xor itself shifted right by 32: FNV-1a's step (Fowler, Noll, Vo) with a word
   for a byte, which needs the shift to bring high bits down.  Both are one to one, so one changed word
   always changes the sum.  Finds accidents, not forgeries: whatever an index holds, reading it is safe.  */
#define INDEX_CHECK_BEGIN UINT64_C (0xcbf29ce484222325)
#define INDEX_CHECK_PRIME UINT64_C (0x100000001b3)
uint64_t pgo_index_check (uint64_t check, const void *bytes, size_t n);

struct pgo_index;

/* Map the index at PATH.  NULL and STATUS if it is none, of another version, truncated, or damaged in what
   opening reads (header and info).  */
struct pgo_index *pgo_index_open (const char *path, struct pgo_status *status);
void pgo_index_close (struct pgo_index *);
/* With origins and summary, and those functions that were decoded.  */
const struct pgo_profile *pgo_index_profile (const struct pgo_index *);
/* As the functions of core/source.h.  */
enum pgo_evidence pgo_index_kind (const struct pgo_index *);
const char *pgo_index_id (const struct pgo_index *);
uint32_t pgo_index_n_functions (const struct pgo_index *);
const struct pgo_instance *pgo_index_find (struct pgo_index *, const char *name, const char *file,
                                           struct pgo_status *status);
bool pgo_index_name_at (const struct pgo_index *, uint32_t i, const char **name, const char **file);
const struct pgo_instance *pgo_index_at (struct pgo_index *, uint32_t i, struct pgo_status *status);
bool pgo_index_verify (struct pgo_index *, struct pgo_status *status);

#endif
