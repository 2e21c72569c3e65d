/* The code cache: translated blocks, where they are, and what leads from one to another.

   Code lies in *areas*, each within 2 GB of the executable mappings it serves, so that rip-relative operands
   keep their form.  An area is private writable and executable memory, or, where that is refused (SELinux,
   MemoryDenyWriteExecute), one file in memory mapped twice: once to execute, once to write.

   Blocks are only ever added; when the cache is full it is emptied as a whole, while no burst runs.  A block whose
   program code has changed stays, unreachable: its check fails, and the lookup finds its successor.

   Who may call what: finding needs no lock and waits for nothing.  Adding needs the caller to hold
   pgo_cache_try_lock.  Opening, extending and emptying belong to one thread, while no burst runs (extending:
   while the lock is held).

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_CACHE_H
#define PGOINLINE_RUNTIME_BURST_CACHE_H

#include "runtime/burst-layout.h"
#include "runtime/burst-translate.h"

/* Bytes of an area's code, and areas.  A block takes some 300 to 500 bytes, for 40 of the program.  */
#define PGO_AREA_BYTES (16u << 20)
#define PGO_MAX_AREAS 8
/* Blocks, of at most three quarters of the slots; exits.  */
#define PGO_MAX_BLOCKS (PGO_BURST_SLOTS / 4 * 3)
#define PGO_MAX_EXITS (3 * PGO_MAX_BLOCKS)
/* Probes from a slot's index upwards, as many slots more has the table; and further ones, anywhere: with so many, one in some 10,000
   blocks finds no place in a table that is three quarters full.  */
#define PGO_NEAR_PROBES 16
#define PGO_FAR_PROBES 32
/* First pieces of bursts lie at fixed places of an area, one a burst that may run at a time.  */
#define PGO_START_ROOM 512

struct pgo_cache_exit
{
  uint64_t start;               /* Of its block.  */
  uint64_t from, to, link;      /* As in struct pgo_exit, like KIND, INSNS and BLOCKS.  */
  uint64_t count;               /* Times logged, for burst-records.  */
  uint8_t kind, insns, blocks;
};

struct pgo_cache_totals
{
  uint32_t blocks, exits, areas;
  uint64_t code_bytes, empties;
  bool dual;                    /* Mapped twice.  */
};

/* Make areas for the executable mappings there are, with N_STARTS places for first pieces.  DUAL: twice
   mapped in any case.  MAX_BLOCKS: as many, or 0 for all there is room for.  NULL, or a one-line reason (static).  */
const char *pgo_cache_open (unsigned n_starts, bool dual, uint32_t max_blocks);
/* Make areas for mappings that have come out of reach of all.  */
void pgo_cache_extend (void);
/* In the child of a fork, where no burst runs: what was shared with the parent is given up, the rest emptied.  */
void pgo_cache_forget (void);
/* Forget all blocks.  */
void pgo_cache_empty (void);
/* Little room is left: to be emptied soon.  */
bool pgo_cache_full (void);
/* A mapping was met that no area reaches: call pgo_cache_extend.  */
bool pgo_cache_wants_area (void);
void pgo_cache_totals (struct pgo_cache_totals *);

bool pgo_cache_try_lock (void);
void pgo_cache_unlock (void);

/* For struct pgo_burst_thread.lookup.  */
struct pgo_burst_slot *pgo_cache_slots (void);

/* Entry of the block for the program's address PC, or 0.  */
uint64_t pgo_cache_find (uint64_t pc);

/* Translate the block at PC, which is in OBJECT, and add it.  Returns its entry, or 0 if its first
   instruction is refused (*REFUSAL says why) or there is no room or reach (*REFUSAL is NONE).  */
uint64_t pgo_cache_add (uint64_t pc, const struct pgo_object *object, enum pgo_refusal *refusal);

/* The same for the first piece of a burst, in place START (below n_starts), which replaces what was there.  Needs no
   lock.  The places of instructions that may fault are kept for pgo_cache_locate.  */
uint64_t pgo_cache_add_start (unsigned start, uint64_t pc, const struct pgo_object *object,
                              enum pgo_refusal *refusal);

/* The program's address that block ID was made from.  */
uint64_t pgo_cache_block_pc (uint32_t id);

/* Entry of the block that has taken the place of block ID, whose program code has changed, or 0.  */
uint64_t pgo_cache_successor (uint32_t id);

struct pgo_cache_exit *pgo_cache_exit (uint32_t id);
uint32_t pgo_cache_n_exits (void);

/* Let exit ID lead to CODE, an entry, from now on; if it can't (too far), nothing changes.  */
void pgo_cache_link (uint32_t id, uint64_t code);

/* Whether CODE is an address in an area.  */
bool pgo_cache_holds (uint64_t code);

/* What the program would be executing when an instruction of the cache at CODE faults: its address and the state of
   its registers.  False if nothing at CODE can fault.  */
bool pgo_cache_locate (uint64_t code, uint64_t *pc, enum pgo_place_state *state);

/* The program's address of the block that holds CODE: exact for its own instructions, the block's start for the
   recorder's.  0: the dispatcher.  For samples that hit the cache.  */
uint64_t pgo_cache_original (uint64_t code);

#endif
