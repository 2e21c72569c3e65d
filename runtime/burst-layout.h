/* What machine code and C share: the state of a thread in a burst, and its offsets for the dispatcher and
   for translated code.

   Translated code runs on the program's stack without touching it, in the program's registers.  What it
   needs for itself it keeps in struct pgo_burst_thread, in thread-local storage of the initial-exec model,
   which every instruction can reach by an fs segment prefix without a register.

   Conventions.  Blocks are entered with the program's rax and rcx saved in the thread's state, all else live; a
   block restores them before the first instruction of the program.  No instruction of the recorder on the way
   from block to block changes a flag: it adds by lea, compares by adding a negated value, and tests by jrcxz.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_LAYOUT_H
#define PGOINLINE_RUNTIME_BURST_LAYOUT_H

/* Elsewhere the recorder is absent.  PGO_NO_BURST: for the test of that.  */
#if defined __x86_64__ && defined __LP64__ && defined __linux__ && !defined PGO_NO_BURST
# define PGO_BURST_SUPPORTED 1
#else
# define PGO_BURST_SUPPORTED 0
#endif

/* Offsets in struct pgo_burst_thread, bytes.  */
#define PGO_T_RAX 0
#define PGO_T_RCX 8
#define PGO_T_RDX 16
#define PGO_T_RSI 24
#define PGO_T_COUNT 32
#define PGO_T_LOG_END 40
#define PGO_T_TARGETS 48
#define PGO_T_TARGET 56
#define PGO_T_ID 64
#define PGO_T_WHY 72
#define PGO_T_LOOKUP 80
#define PGO_T_STACK 88
#define PGO_T_XSAVE 96
#define PGO_T_RSP 104
#define PGO_T_RFLAGS 112
#define PGO_T_RBX 120
#define PGO_T_RBP 128
#define PGO_T_RDI 136
#define PGO_T_R8 144
#define PGO_T_R9 152
#define PGO_T_R10 160
#define PGO_T_R11 168
#define PGO_T_R12 176
#define PGO_T_R13 184
#define PGO_T_R14 192
#define PGO_T_R15 200
#define PGO_T_INDEX 208
#define PGO_T_FEATURES 216
#define PGO_T_ACTIVE 232

/* Why the dispatcher was entered.  */
#define PGO_WHY_START 0         /* A burst begins at TARGET.  */
#define PGO_WHY_LOOKUP 1        /* The target of an indirect transfer, TARGET, is not in the table.  */
#define PGO_WHY_LINK 2          /* Direct exit ID isn't linked yet.  */
#define PGO_WHY_CHANGED 3       /* The program's bytes are no longer those that block ID was made from.  */
#define PGO_WHY_STOP 4          /* The burst ends at exit ID.  */
#define PGO_WHY_QUIT 5          /* The burst ends, going to TARGET.  */

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

/* For what runs between blocks, where the extended state is the program's.  */
#define PGO_GENERAL_REGS __attribute__ ((target ("general-regs-only")))

/* For functions that look at a burst from outside, in signal handlers: no burst enters this section.  It is one that the
   linker gives names to begin and end.  */
#define PGO_BURST_TEXT __attribute__ ((section ("pgo_burst_text"), noinline))
extern const char __start_pgo_burst_text[] __attribute__ ((visibility ("hidden")));
extern const char __stop_pgo_burst_text[] __attribute__ ((visibility ("hidden")));

/* A place of the lookup table, indexed by bits 3 to 18 of the program's address, then upwards, then as probe_slot
   (burst-cache.c) says.  Blocks closer than 8 bytes are few; and the fewer slots lie between those in use, the fewer pages the
   table touches, each of which is a fault.  */
struct pgo_burst_slot
{
  uint64_t minus_pc;            /* Negated address; 0: free.  */
  uint64_t code;                /* Of its block.  */
};

#define PGO_BURST_SLOTS 65536
#define PGO_BURST_SLOT_SHIFT 3

struct pgo_burst_buffers;

/* One a thread, zero until its first burst.  */
struct pgo_burst_thread
{
  uint64_t rax, rcx, rdx, rsi;  /* The program's registers.  */
  int64_t count;                /* Records left, negated.  */
  uint32_t *log_end;            /* Exit ids are logged from log_end + count on.  */
  uint64_t *targets;            /* Next place in the log of indirect targets.  */
  uint64_t target;
  uint64_t id;                  /* Of an exit or block.  */
  uint64_t why;                 /* PGO_WHY_*.  */
  struct pgo_burst_slot *lookup;
  void *stack;                  /* Top of the recorder's stack.  */
  void *xsave;                  /* Extended state, while C code that may use it runs.  */
  uint64_t rsp, rflags, rbx, rbp, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t index;               /* The dispatcher's.  */
  uint64_t features;            /* Of extended state: those that the kernel saves.  */
  struct pgo_burst_buffers *buffers; /* The thread's own, from its first burst on.  */
  uint32_t active;              /* A burst runs.  */
};

#define PGO_T_CHECK(field, offset) \
  _Static_assert (offsetof (struct pgo_burst_thread, field) == (offset), #field)
PGO_T_CHECK (rax, PGO_T_RAX);
PGO_T_CHECK (rcx, PGO_T_RCX);
PGO_T_CHECK (rdx, PGO_T_RDX);
PGO_T_CHECK (rsi, PGO_T_RSI);
PGO_T_CHECK (count, PGO_T_COUNT);
PGO_T_CHECK (log_end, PGO_T_LOG_END);
PGO_T_CHECK (targets, PGO_T_TARGETS);
PGO_T_CHECK (target, PGO_T_TARGET);
PGO_T_CHECK (id, PGO_T_ID);
PGO_T_CHECK (why, PGO_T_WHY);
PGO_T_CHECK (lookup, PGO_T_LOOKUP);
PGO_T_CHECK (stack, PGO_T_STACK);
PGO_T_CHECK (xsave, PGO_T_XSAVE);
PGO_T_CHECK (rsp, PGO_T_RSP);
PGO_T_CHECK (rflags, PGO_T_RFLAGS);
PGO_T_CHECK (rbx, PGO_T_RBX);
PGO_T_CHECK (rbp, PGO_T_RBP);
PGO_T_CHECK (rdi, PGO_T_RDI);
PGO_T_CHECK (r8, PGO_T_R8);
PGO_T_CHECK (r9, PGO_T_R9);
PGO_T_CHECK (r10, PGO_T_R10);
PGO_T_CHECK (r11, PGO_T_R11);
PGO_T_CHECK (r12, PGO_T_R12);
PGO_T_CHECK (r13, PGO_T_R13);
PGO_T_CHECK (r14, PGO_T_R14);
PGO_T_CHECK (r15, PGO_T_R15);
PGO_T_CHECK (index, PGO_T_INDEX);
PGO_T_CHECK (features, PGO_T_FEATURES);
PGO_T_CHECK (active, PGO_T_ACTIVE);
#undef PGO_T_CHECK

extern __thread struct pgo_burst_thread pgo_burst_self __attribute__ ((tls_model ("initial-exec")));

#if PGO_BURST_SUPPORTED
/* From fs to pgo_burst_self: the same in every thread.  */
static inline intptr_t
pgo_burst_tls_offset (void)
{
  uintptr_t fs;
  __asm__ ("mov %%fs:0, %0" : "=r" (fs));
  return (intptr_t) ((uintptr_t) &pgo_burst_self - fs);
}
#endif

#endif

#endif
