/* Translation: a stretch of the program's machine code to code that does the same and records where
   control went.

   A *block* begins where control arrived and goes on through conditional jumps that are not taken, to
   the first unconditional transfer, the first instruction that is refused (burst-decode.h), or a size
   limit.  It leaves by one of its *exits*.  A run through a block says: everything from its first
   instruction to the exit's was executed once (a range), and, unless the exit is a mere continuation, control
   went from there to the exit's target (a branch).

   The code of a block:
     check      the program's bytes, against what they were when they were translated: PGO_WHY_CHANGED
     body       the instructions, rip-relative operands corrected; jumps lead to the exits below
     exits      save rax and rcx; log the exit's id, count; go on to the next block, linked or by the dispatcher

   A call pushes the program's own return address.  Nothing is written below the program's stack pointer.

   Pure: depends on nothing but its arguments (and, to recognise restartable sequences, on the data
   that a lea in the code points to, through pgo_object_readable).  No calls to the C library.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_TRANSLATE_H
#define PGOINLINE_RUNTIME_BURST_TRANSLATE_H

#include "runtime/burst-decode.h"
#include "runtime/burst-object.h"

#include <stdbool.h>

/* Limits of a block.  Longer ones check and translate more that isn't executed, shorter ones spend
   more records on continuations; between 64 and 128 bytes the measured cost is flat.  */
#define PGO_BLOCK_BYTES 96      /* Begun before this offset, an instruction is still in.  */
#define PGO_BLOCK_JUMPS 4       /* Conditional jumps.  */
#define PGO_BLOCK_INSNS 40
/* Bytes of the program's code that are enough for any block.  */
#define PGO_BLOCK_LOOK (PGO_BLOCK_BYTES + 2 * PGO_INSN_MAX)

#define PGO_BLOCK_EXITS (PGO_BLOCK_JUMPS + 1)
#define PGO_BLOCK_PLACES (PGO_BLOCK_INSNS + (PGO_BLOCK_BYTES + PGO_INSN_MAX) / 8 + 2 + PGO_BLOCK_EXITS)
/* Code bytes that suffice for any block.  */
#define PGO_BLOCK_ROOM 2048

enum pgo_exit_kind
{
  PGO_EXIT_JUMP,                /* A jump, taken.  */
  PGO_EXIT_CALL,
  PGO_EXIT_INDIRECT_JUMP,
  PGO_EXIT_INDIRECT_CALL,
  PGO_EXIT_RETURN,
  PGO_EXIT_CONTINUE,            /* No transfer: the block was cut off.  */
  PGO_EXIT_STOP                 /* Before an instruction that is refused.  */
};

struct pgo_exit
{
  uint64_t from;                /* Address of the transfer; CONTINUE, STOP: of the last instruction before.  */
  uint64_t to;                  /* Where it goes; unknown (0) when indirect.  */
  uint64_t link;                /* Address of the displacement of its jump to the next block; 0: none.  */
  uint8_t kind;                 /* enum pgo_exit_kind.  */
  uint8_t insns, blocks;        /* That the program executes up to it: instructions, its own one included; basic blocks.  */
};

/* What the program's registers are while an instruction of the block executes that may fault.  */
enum pgo_place_state
{
  PGO_PLACE_LIVE,               /* All in place.  */
  PGO_PLACE_SAVED               /* rax and rcx in the thread's state.  */
};

struct pgo_place
{
  uint16_t code_at;             /* Offset of the instruction in the block's code,  */
  uint8_t at;                   /* of the program's instruction in the program's code.  */
  uint8_t state;                /* enum pgo_place_state.  */
};

/* The entries of an area's trampolines, which all blocks of the area jump to (burst-cache.h).  They
   are entered with rax and rcx saved.  */
struct pgo_trampolines
{
  uint64_t indirect;            /* eax: exit id, rcx: target.  Logs it.  */
  uint64_t link;                /* eax: exit id.  */
  uint64_t changed;             /* eax: block id.  */
  uint64_t stop;                /* eax: exit id.  */
  uint64_t go;                  /* rcx: target.  Not logged.  */
  uint64_t quit;                /* rcx: target.  */
};

struct pgo_translate_request
{
  uint64_t pc;                  /* Address of the program's code.  */
  const uint8_t *bytes;         /* A copy of it, for the program may change it at any time:  */
  size_t size;                  /* PGO_BLOCK_LOOK bytes, or up to where code ends or cannot be read.  */
  const struct pgo_object *object; /* That it is in; NULL: nothing is known of it.  */
  bool start;                   /* The first piece of a burst: to the first transfer, nothing checked or
                                   logged, conditional jumps end it.  It is executed once.  */
  uint32_t block_id, first_exit_id;
  int32_t tls;                  /* pgo_burst_tls_offset.  */
  const struct pgo_trampolines *trampolines;
  uint8_t *out;                 /* PGO_BLOCK_ROOM bytes, written here,  */
  uint64_t out_pc;              /* executed there.  */
};

struct pgo_translation
{
  uint32_t code_size;           /* Bytes written.  */
  uint32_t entry;               /* Offset in them of the first instruction to execute.  */
  uint16_t size;                /* Bytes of the program covered.  */
  uint8_t n_exits, n_places;
  uint8_t refusal;              /* enum pgo_refusal of the instruction that ended the block, if one did.  */
  struct pgo_exit exits[PGO_BLOCK_EXITS];
  struct pgo_place places[PGO_BLOCK_PLACES];
};

/* Translate.  False if the first instruction is refused (see refusal) or, refusal being NONE, something
   is out of the reach of 32-bit displacements.  */
bool pgo_translate (const struct pgo_translate_request *, struct pgo_translation *);

#endif
