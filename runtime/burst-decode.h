/* The lengths and kinds of x86-64 machine instructions, as far as the burst recorder must know them.

   Every instruction is one of: plain (its bytes may be executed elsewhere, after a rip-relative
   displacement is corrected), one of the transfers of control listed below, or refused (a burst ends
   before it).  What the tables don't know is refused: a wrong length would change the program, a refusal
   costs a few records.  An invalid encoding may pass as plain: it traps, in the copy as in the original.

   Why not a library: the recorder is preloaded into programs that may hold another version of it, and is
   linked into static ones, for which distributions have none.  The tests compare every opcode, prefix and
   operand form with Zydis.

   Pure functions, no calls, no memory but the arguments: may be used in a signal handler.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_BURST_DECODE_H
#define PGOINLINE_RUNTIME_BURST_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* Architectural limit, bytes.  */
#define PGO_INSN_MAX 15

enum pgo_insn_kind
{
  PGO_INSN_REFUSED,
  PGO_INSN_PLAIN,
  PGO_INSN_JCC,                 /* Conditional jump, relative.  */
  PGO_INSN_LOOP,                /* loop, loope, loopne, jrcxz, jecxz: conditional, 8-bit displacement only.  */
  PGO_INSN_JMP,                 /* Relative.  */
  PGO_INSN_CALL,                /* Relative.  */
  PGO_INSN_JMP_INDIRECT,        /* Near, through register or memory.  */
  PGO_INSN_CALL_INDIRECT,
  PGO_INSN_RET                  /* Near.  */
};

/* Why an instruction is refused.  */
enum pgo_refusal
{
  PGO_REFUSAL_NONE,
  PGO_REFUSAL_SYSCALL,          /* syscall, sysenter.  */
  PGO_REFUSAL_TRAP,             /* int, int3, int1, into, ud0, ud1, ud2, hlt, iret.  */
  PGO_REFUSAL_FAR,              /* Far jumps, calls and returns.  */
  PGO_REFUSAL_TRANSACTION,      /* xbegin, xend, xabort.  */
  PGO_REFUSAL_SEGMENT,          /* Changes fs, gs or another segment, or jumps through them.  */
  PGO_REFUSAL_STATE,            /* popf (trap flag), xrstor, wrpkru, tiles, shadow stack, user interrupts.  */
  PGO_REFUSAL_UNKNOWN,          /* Privileged, invalid, not in the tables, or cut off by the end.  */
  PGO_REFUSAL_PREFIX,           /* A prefix that changes what a branch or address means (0x66, 0x67).  */
  PGO_REFUSAL_SEQUENCE          /* Takes the address of a restartable sequence's descriptor (burst-translate.c).  */
};

struct pgo_insn
{
  uint8_t kind;                 /* enum pgo_insn_kind.  */
  uint8_t refusal;              /* enum pgo_refusal, of a refused one.  */
  uint8_t length;               /* Bytes; of a refused one only a lower bound.  */
  uint8_t opcode_at;            /* Offset of the opcode's last byte.  */
  uint8_t modrm_at;             /* Offset of the ModRM byte; 0: there is none.  */
  uint8_t rip_at;               /* Offset of the 32-bit rip-relative displacement; 0: there is none.  */
  uint8_t operand_length;       /* Bytes of ModRM, SIB and displacement together.  */
  uint8_t rex;                  /* The REX prefix, or 0.  */
  uint8_t condition;            /* JCC: the low four bits of the opcode.  */
  uint16_t pop;                 /* RET: bytes popped after the return address.  */
  int32_t displacement;         /* Relative transfers: from the end of the instruction.  */
};

/* Decode the instruction at BYTES, of which SIZE may be read.  Always fills INSN.  */
void pgo_insn_decode (const uint8_t *bytes, size_t size, struct pgo_insn *insn);

/* "syscall", "trap", "far transfer", ...: static.  */
const char *pgo_refusal_name (enum pgo_refusal refusal);

#endif
