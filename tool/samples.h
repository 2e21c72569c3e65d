/* Raw samples: what a collector saw, in addresses of the modules (programs and libraries) it ran.

   One struct samples holds one input file.  Equal observations are counted, not listed, so memory grows
   with the code that ran and not with the length of the recording.  Readers (read-*.c) build it with the
   functions below; attribute.c reads it.  It owns everything; strings live as long as it does.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SAMPLES_H
#define PGOINLINE_TOOL_SAMPLES_H

#include "core/profile.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Different observations that one input may hold: 48 bytes each, half of the table free.  A recording of
   all of gcc's cc1 needs 2 million.  */
#define SAMPLES_MAX_RECORDS (1u << 23)
/* Modules of one input.  */
#define SAMPLES_MAX_MODULES (1u << 16)
/* Known symbol addresses of one input.  */
#define SAMPLES_MAX_ANCHORS (1u << 20)

/* Where a record's TO is in no known module.  */
#define SAMPLES_NO_MODULE UINT32_MAX

/* What one record tells.  */
enum sample_kind
{
  SAMPLE_CLOCK,                 /* FROM was the program counter of COUNT clock samples.  */
  SAMPLE_INSN,                  /* Exact: the instruction at FROM was executed COUNT times.  */
  SAMPLE_JUMP,                  /* Exact: the jump at FROM went to TO COUNT times.  */
  SAMPLE_CALL,                  /* Exact: the call (or tail call) at FROM went to TO COUNT times.  */
  SAMPLE_BRANCH,                /* Branch record: a jump, call or return at FROM went to TO.  */
  SAMPLE_RANGE                  /* Branch record: the code from FROM to TO, inclusive, ran in order.  */
};

/* What an address of a module counts from.  */
enum sample_space
{
  SPACE_ELF,                    /* The virtual addresses in its ELF file.  */
  SPACE_FILE,                   /* Offsets in the file.  */
  SPACE_RUNTIME                 /* Addresses in the process: load bias unknown, see anchors.  */
};

/* "The byte OFFSET behind the start of SYMBOL is at ADDRESS": tells load biases, verifies that a binary
   is the one that ran, and names what has no ELF file here.  */
struct sample_anchor
{
  uint64_t address, offset;
  const char *symbol;
};

struct sample_module
{
  const char *path;             /* As recorded.  */
  const char *build_id;         /* Lower-case hexadecimal; "" if the input does not tell.  */
  enum sample_space space;
  uint32_t process;             /* SPACE_RUNTIME: biases are per process; else 0.  */
  struct sample_anchor *anchors;
  uint32_t n_anchors, room_anchors;
};

struct sample
{
  uint64_t from, to, count;     /* TO is 0 where the kind has none.  */
  uint32_t kind;                /* enum sample_kind */
  uint32_t from_module, to_module;
};

struct samples
{
  const char *input;            /* The input file's name.  */
  const char *format;           /* "pprof", "perf script", "callgrind".  */
  struct sample_module *modules;
  struct sample *records;       /* A hash table until samples_finish, then sorted.  */
  uint32_t n_modules, n_records;
  uint64_t unmapped;            /* Observations in no module.  */
  uint64_t lost;                /* Lost by the collector, as far as it knows.  */
  uint64_t branch_records;      /* If the collector weighed them: how many there were; else 0.  */
  uint64_t range_counts;        /* Sum of the counts of ranges, each the end of one record; by samples_finish.  */
  uint64_t duration_ns;         /* 0: unknown.  */

  /* Private to samples.c.  */
  uint32_t room_modules, room_records, n_all_anchors;
  uint32_t *module_slots, n_module_slots;
  struct pgo_pool *pool;
};

struct samples *samples_new (const char *input, const char *format);
/* NULL is allowed.  */
void samples_free (struct samples *);

/* The module's index, added when it is not known yet; UINT32_MAX and STATUS beyond SAMPLES_MAX_MODULES.
   PATH and BUILD_ID are copied; " (deleted)" behind PATH is cut off.  */
uint32_t samples_module (struct samples *, const char *path, const char *build_id, enum sample_space space,
                         uint32_t process, struct pgo_status *status);

/* Count an observation.  False and STATUS beyond SAMPLES_MAX_RECORDS.  */
bool samples_add (struct samples *, enum sample_kind kind, uint32_t from_module, uint64_t from,
                  uint32_t to_module, uint64_t to, uint64_t count, struct pgo_status *status);

/* Tell an anchor.  Those beyond SAMPLES_MAX_ANCHORS are forgotten.  */
void samples_add_anchor (struct samples *, uint32_t module, const char *symbol, uint64_t offset,
                         uint64_t address);

/* SYMBOL's interned copy in the samples' own memory.  */
const char *samples_string (struct samples *, const char *text, size_t length);

/* Sort records by kind, module, address (a total order) and each module's anchors by address, offset,
   symbol, without duplicates.  Call once, after the last addition.  */
void samples_finish (struct samples *);

/* So many branch records stand behind COUNT of them, as weighed by the collector.  */
uint64_t samples_branch_records (const struct samples *, uint64_t count);

/* How much an observation of KIND counts as for shares and match quality: clock samples, executed
   instructions, branch records are comparable within one kind.  Calls and jumps of exact inputs count
   nothing, because their instructions do; so do ranges beside branches.  */
bool sample_kind_counts (enum sample_kind kind);
enum pgo_evidence sample_kind_evidence (enum sample_kind kind);

/* The readers.  Each reads the file PATH, which is of its format (sniffed by convert.c), into finished
   samples, or returns NULL and STATUS with the line or, for binary formats, the byte offset.  */
struct samples *samples_read_callgrind (const char *path, struct pgo_status *status);
struct samples *samples_read_perf (const char *path, struct pgo_status *status);
struct samples *samples_read_pprof (const char *path, struct pgo_status *status);

#endif
