/* The sample table: how often each address, or chain of addresses, was seen.

   Bounded, lock-free, in memory of its own (mmap): pgo_table_add may be called from any thread and any
   signal handler, also one that interrupts pgo_table_add; it never waits and never allocates.

   An entry is a kind, a chain of addresses, a count and a time.  Each kind becomes sample types of the one
   pprof file (see pprof-write.h), an entry one sample whose other values are 0.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_SAMPLE_TABLE_H
#define PGOINLINE_RUNTIME_SAMPLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pgo_sample_kind
{
  PGO_SAMPLE_CLOCK,             /* Call chain, leaf first: samples/count and cpu/nanoseconds.  */
  PGO_SAMPLE_BRANCH,            /* [to, from]: branch/count.  FROM is the jump's own address.  */
  PGO_SAMPLE_RANGE,             /* [last, first]: range/count.  LAST is the address of the last
                                   instruction executed in a row that began at FIRST.  */
  PGO_N_SAMPLE_KINDS
};

/* Addresses an entry can hold; longer chains are cut at the root's end.  */
#define PGO_TABLE_DEPTH 127

struct pgo_table;

/* A table of at most SIZE_BYTES; memory is taken as it fills.  NULL if there is none.  */
struct pgo_table *pgo_table_new (size_t size_bytes);
void pgo_table_free (struct pgo_table *);
/* Forget everything.  Nobody may be adding.  */
void pgo_table_clear (struct pgo_table *);

/* Add COUNT observations and TIME_NS to the entry of KIND with the N addresses at ADDRESSES (absolute, as
   the program's own program counter had them).  False if the table is full: counted as overflow.
   Async-signal-safe.  About 10 ns when the entry is there; an engine that adds more than a few
   hundred thousand a second should sum up in a buffer of its own first.  */
bool pgo_table_add (struct pgo_table *, enum pgo_sample_kind kind, const uint64_t *addresses, unsigned n,
                    uint64_t count, uint64_t time_ns);

/* COUNT observations of KIND were made but never reached the table.  Async-signal-safe.  */
void pgo_table_add_lost (struct pgo_table *, enum pgo_sample_kind kind, uint64_t count);

/* What was added of KIND, by counts that weigh observations, were COUNT of them.  Async-signal-safe.  */
void pgo_table_add_records (struct pgo_table *, enum pgo_sample_kind kind, uint64_t count);

struct pgo_table_totals
{
  uint64_t added[PGO_N_SAMPLE_KINDS];    /* Observations in the table.  */
  uint64_t records[PGO_N_SAMPLE_KINDS];  /* As pgo_table_add_records was told.  */
  uint64_t lost[PGO_N_SAMPLE_KINDS];     /* Known to have been lost before it.  */
  uint64_t overflow[PGO_N_SAMPLE_KINDS]; /* Refused for want of room.  */
};
void pgo_table_totals (const struct pgo_table *, struct pgo_table_totals *);

/* Addresses mean what was mapped there at the time: when a range is mapped anew to something else, the
   collector raises the epoch, and later observations of the same address are other entries.  */
void pgo_table_set_epoch (struct pgo_table *, unsigned epoch);

struct pgo_table_entry
{
  enum pgo_sample_kind kind;
  unsigned epoch;
  unsigned n;
  const uint64_t *addresses;
  uint64_t count, time_ns;
};

/* The entries, in no particular order, each once, while others may be adding.  Start with *CURSOR 0; false at
   the end.  */
bool pgo_table_next (const struct pgo_table *, size_t *cursor, struct pgo_table_entry *);

/* The entries in the order of their making.  False at the end, or at one that is just being made; a
   later call with the same *CURSOR goes on from there.  */
bool pgo_table_next_new (const struct pgo_table *, size_t *cursor, struct pgo_table_entry *);

#endif
