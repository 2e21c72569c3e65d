/* Counts of what bursts recorded: how often each exit was taken, and how often each indirect exit led where.

   Bursts log exits and targets into buffers of their thread; at a burst's end the log is added up here.  The
   collector's thread takes the sums over into the sample table: for each exit a range (block's start to the exit)
   and, if control was transferred, a branch.

   One at a time: to add, the lock is held; who doesn't get it keeps his log and tries again later.  Nothing allocates.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_RECORDS_H
#define PGOINLINE_RUNTIME_BURST_RECORDS_H

#include "runtime/sample-table.h"

/* Pairs of indirect exit and target that are kept.  */
#define PGO_MAX_PAIRS 65536u


/* Outside handlers, once.  False if there is no memory.  */
bool pgo_records_open (void);

/* Wait for PATIENCE counts of the time stamp counter, about, but no longer.  */
bool pgo_records_lock (uint64_t patience);
void pgo_records_unlock (void);
/* In the child of a fork.  */
void pgo_records_forget (void);

/* What a record of a burst counts, which begins with the N exits IDS: the less, the longer its records take when they are not
   recorded, as is estimated from the instructions, basic blocks and returns of each, and the longer the burst was to be:
   LENGTH records where USUAL ones would do.

   Ticks come by time.  In code with few branches they begin bursts that, having a number of records, are long in time,
   and would make its branches seem more frequent than they are.  Weighed, all bursts stand for as much time.  */
uint32_t pgo_records_weight (const uint32_t *ids, size_t n, uint32_t length, uint32_t usual);

/* Add the log of a burst that stands for as many, in 256ths: the ids of N exits in the order they were taken, and the targets of
   those that are indirect.  */
void pgo_records_add (const uint32_t *ids, size_t n, const uint64_t *targets, size_t n_targets, uint32_t weight,
                      uint32_t stands_for);

/* Move all counts to TABLE, taking the lock for a part of them at a time, with PATIENCE for each.  False if it wasn't had: the
   rest is for the next time.  Needs no burst to have ended; the cache must not be emptied meanwhile.  */
bool pgo_records_drain (struct pgo_table *table, uint64_t patience);

/* Indirect transfers so far whose target found no room.  */
uint64_t pgo_records_lost (void);

/* For tests and measurements: called with each burst before it is added.  NULL: none.  */
extern void (*pgo_records_observer) (const uint32_t *ids, size_t n, const uint64_t *targets, size_t n_targets);

#endif
