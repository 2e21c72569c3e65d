/* Instructions of x86-64 and i386 (by Zydis, where it is installed) and AArch64, as far as control flow is
   concerned.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/alloc.h"

#include <elf.h>
#include <string.h>

#if PGO_HAVE_ZYDIS
#include <Zydis/Zydis.h>
#endif

struct decoder
{
  int machine;
#if PGO_HAVE_ZYDIS
  ZydisDecoder zydis;
#endif
};

struct decoder *
decoder_new (const struct binary *binary)
{
  struct decoder *decoder = pgo_alloc (sizeof *decoder);
  decoder->machine = binary->machine;
  bool ok = binary->machine == EM_AARCH64;
#if PGO_HAVE_ZYDIS
  if (binary->machine == EM_X86_64)
    /* x32 binaries are 64-bit code in 32-bit files.  */
    ok = ZYAN_SUCCESS (ZydisDecoderInit (&decoder->zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64));
  else if (binary->machine == EM_386)
    ok = ZYAN_SUCCESS (ZydisDecoderInit (&decoder->zydis, ZYDIS_MACHINE_MODE_LEGACY_32,
                                         ZYDIS_STACK_WIDTH_32));
#endif
  if (!ok)
    {
      pgo_free (decoder);
      return NULL;
    }
  return decoder;
}

void
decoder_free (struct decoder *decoder)
{
  pgo_free (decoder);
}

#if PGO_HAVE_ZYDIS
static bool
decode_x86 (const struct decoder *decoder, const unsigned char *code, uint64_t size, uint64_t address,
            struct insn *insn)
{
  ZydisDecodedInstruction decoded;
  if (!ZYAN_SUCCESS (ZydisDecoderDecodeInstruction (&decoder->zydis, NULL, code, size, &decoded)))
    return false;
  insn->length = decoded.length;
  insn->flow = FLOW_NEXT;
  bool direct = decoded.raw.imm[0].is_relative;
  switch (decoded.meta.category)
    {
    case ZYDIS_CATEGORY_COND_BR:
      insn->flow = direct ? FLOW_CONDITIONAL : FLOW_NEXT;
      break;
    case ZYDIS_CATEGORY_UNCOND_BR:
      insn->flow = direct ? FLOW_JUMP : FLOW_INDIRECT_JUMP;
      break;
    case ZYDIS_CATEGORY_CALL:
      insn->flow = direct ? FLOW_CALL : FLOW_INDIRECT_CALL;
      break;
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSRET:
      insn->flow = FLOW_RETURN;
      break;
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_WIDENOP:
      insn->is_nop = true;
      break;
    default:
      if (decoded.mnemonic == ZYDIS_MNEMONIC_UD2 || decoded.mnemonic == ZYDIS_MNEMONIC_UD1
          || decoded.mnemonic == ZYDIS_MNEMONIC_UD0 || decoded.mnemonic == ZYDIS_MNEMONIC_HLT
          || decoded.mnemonic == ZYDIS_MNEMONIC_INT3)
        insn->flow = FLOW_STOP;
      break;
    }
  insn->repeats = (decoded.attributes
                   & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
  if (direct)
    insn->target = address + decoded.length + (uint64_t) decoded.raw.imm[0].value.s;
  if (decoder->machine == EM_386)
    insn->target = (uint32_t) insn->target;
  return true;
}
#endif

/* Bits LOW to LOW + SIZE - 1 of WORD as a signed count of instructions, in bytes.  */
static uint64_t
branch_offset (uint32_t word, unsigned low, unsigned size)
{
  uint64_t bits = (word >> low) & ((UINT32_C (1) << size) - 1);
  uint64_t sign = UINT64_C (1) << (size - 1);
  return ((bits ^ sign) - sign) * 4;
}

/* Encodings: Arm Architecture Reference Manual, C4.1.66 "Branches, Exception Generating and System
   instructions".  */
static bool
decode_aarch64 (const unsigned char *code, uint64_t size, uint64_t address, struct insn *insn)
{
  if (size < 4)
    return false;
  uint32_t word = code[0] | code[1] << 8 | code[2] << 16 | (uint32_t) code[3] << 24;
  insn->length = 4;
  insn->flow = FLOW_NEXT;
  if ((word & 0x7c000000) == 0x14000000)        /* B, BL */
    {
      insn->flow = word >> 31 ? FLOW_CALL : FLOW_JUMP;
      insn->target = address + branch_offset (word, 0, 26);
    }
  else if ((word & 0xff000000) == 0x54000000)   /* B.cond, BC.cond; AL and NV always go.  */
    {
      insn->flow = (word & 0xe) == 0xe ? FLOW_JUMP : FLOW_CONDITIONAL;
      insn->target = address + branch_offset (word, 5, 19);
    }
  else if ((word & 0x7e000000) == 0x34000000)   /* CBZ, CBNZ */
    {
      insn->flow = FLOW_CONDITIONAL;
      insn->target = address + branch_offset (word, 5, 19);
    }
  else if ((word & 0x7e000000) == 0x36000000)   /* TBZ, TBNZ */
    {
      insn->flow = FLOW_CONDITIONAL;
      insn->target = address + branch_offset (word, 5, 14);
    }
  else if ((word & 0xfe000000) == 0xd6000000)   /* Branch to register, with and without authentication */
    {
      static const uint8_t flow_of[16] = {
        [0] = FLOW_INDIRECT_JUMP, [1] = FLOW_INDIRECT_CALL, [2] = FLOW_RETURN, [4] = FLOW_RETURN,
        [8] = FLOW_INDIRECT_JUMP, [9] = FLOW_INDIRECT_CALL };
      insn->flow = flow_of[word >> 21 & 15];
    }
  else if ((word & 0xffe0001f) == 0xd4200000 || word >> 16 == 0)        /* BRK, UDF */
    insn->flow = FLOW_STOP;
  else if (word == 0xd503201f)                  /* NOP */
    insn->is_nop = true;
  return true;
}

bool
decode (const struct decoder *decoder, const unsigned char *code, uint64_t size, uint64_t address,
        struct insn *insn)
{
  memset (insn, 0, sizeof *insn);
  insn->address = address;
  if (decoder->machine == EM_AARCH64)
    return decode_aarch64 (code, size, address, insn);
#if PGO_HAVE_ZYDIS
  return decode_x86 (decoder, code, size, address, insn);
#else
  return false;
#endif
}
