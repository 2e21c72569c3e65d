/* The recorder's instruction decoder against Zydis: every prefix combination, opcode, ModRM byte and
   the SIB bytes that matter, then random bytes.

   What must hold: where the decoder accepts and Zydis knows the instruction, length, kind, rip-relative
   operand and displacement agree; whatever transfers control or changes segments, the trap flag or
   extended state wholesale isn't accepted as plain.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/burst-decode.h"
#include "unit.h"

#include <Zydis/Zydis.h>
#include <string.h>

static ZydisDecoder the_decoder;

static struct
{
  unsigned long tried, known, accepted, refused, trapping;
  unsigned long wrong_length, wrong_kind, wrong_rip, wrong_displacement, unsafe, short_refusal;
} the_counts;

static unsigned the_shown;

/* Instructions that Zydis knows and that were refused as unknown, perhaps for a prefix; for the log.  */
static unsigned char refused_mnemonic[ZYDIS_MNEMONIC_MAX_VALUE + 1];

static void
show (const char *what, const uint8_t *bytes, const ZydisDecodedInstruction *z, const struct pgo_insn *insn)
{
  if (the_shown++ >= 30)
    return;
  printf ("# %s:", what);
  for (unsigned i = 0; i < PGO_INSN_MAX; i++)
    printf (" %02x", bytes[i]);
  printf (": %s length %u, ours kind %u length %u rip %u\n", ZydisMnemonicGetString (z->mnemonic), z->length,
          insn->kind, insn->length, insn->rip_at);
}

/* The kind that Zydis' description amounts to; PGO_INSN_REFUSED for what must never be accepted.  */
static enum pgo_insn_kind
kind_of (const ZydisDecodedInstruction *z)
{
  bool far = z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
  bool relative = z->attributes & ZYDIS_ATTRIB_IS_RELATIVE && z->raw.imm[0].size;
  switch (z->meta.category)
    {
    case ZYDIS_CATEGORY_COND_BR:
      switch (z->mnemonic)
        {
        case ZYDIS_MNEMONIC_LOOP: case ZYDIS_MNEMONIC_LOOPE: case ZYDIS_MNEMONIC_LOOPNE:
        case ZYDIS_MNEMONIC_JRCXZ: case ZYDIS_MNEMONIC_JECXZ:
          return PGO_INSN_LOOP;
        case ZYDIS_MNEMONIC_XBEGIN: case ZYDIS_MNEMONIC_XEND: case ZYDIS_MNEMONIC_XABORT:
          return PGO_INSN_REFUSED;
        default:
          return PGO_INSN_JCC;
        }
    case ZYDIS_CATEGORY_UNCOND_BR:
      return far || z->mnemonic != ZYDIS_MNEMONIC_JMP ? PGO_INSN_REFUSED
             : relative ? PGO_INSN_JMP : PGO_INSN_JMP_INDIRECT;
    case ZYDIS_CATEGORY_CALL:
      return far ? PGO_INSN_REFUSED : relative ? PGO_INSN_CALL : PGO_INSN_CALL_INDIRECT;
    case ZYDIS_CATEGORY_RET:
      return far || z->mnemonic != ZYDIS_MNEMONIC_RET ? PGO_INSN_REFUSED : PGO_INSN_RET;
    case ZYDIS_CATEGORY_SYSCALL: case ZYDIS_CATEGORY_SYSRET: case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_IO: case ZYDIS_CATEGORY_IOSTRINGOP: case ZYDIS_CATEGORY_VTX:
    case ZYDIS_CATEGORY_UINTR: case ZYDIS_CATEGORY_SGX: case ZYDIS_CATEGORY_HRESET:
    case ZYDIS_CATEGORY_ENQCMD: case ZYDIS_CATEGORY_SMAP: case ZYDIS_CATEGORY_AMX_TILE:
      return PGO_INSN_REFUSED;
    default:
      break;
    }
  switch (z->mnemonic)
    {
    case ZYDIS_MNEMONIC_POPF: case ZYDIS_MNEMONIC_POPFQ: case ZYDIS_MNEMONIC_WRFSBASE:
    case ZYDIS_MNEMONIC_WRGSBASE: case ZYDIS_MNEMONIC_LFS: case ZYDIS_MNEMONIC_LGS: case ZYDIS_MNEMONIC_LSS:
    case ZYDIS_MNEMONIC_WRPKRU: case ZYDIS_MNEMONIC_XRSTOR: case ZYDIS_MNEMONIC_XRSTOR64:
    case ZYDIS_MNEMONIC_XRSTORS: case ZYDIS_MNEMONIC_XRSTORS64: case ZYDIS_MNEMONIC_SWAPGS:
    case ZYDIS_MNEMONIC_HLT: case ZYDIS_MNEMONIC_UD0: case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2: case ZYDIS_MNEMONIC_CLI: case ZYDIS_MNEMONIC_STI:
    case ZYDIS_MNEMONIC_RSTORSSP: case ZYDIS_MNEMONIC_WRSSD: case ZYDIS_MNEMONIC_WRSSQ:
    case ZYDIS_MNEMONIC_WRUSSD: case ZYDIS_MNEMONIC_WRUSSQ: case ZYDIS_MNEMONIC_INCSSPD:
    case ZYDIS_MNEMONIC_INCSSPQ: case ZYDIS_MNEMONIC_SETSSBSY: case ZYDIS_MNEMONIC_CLRSSBSY:
    case ZYDIS_MNEMONIC_SAVEPREVSSP: case ZYDIS_MNEMONIC_UMONITOR: case ZYDIS_MNEMONIC_UMWAIT:
    case ZYDIS_MNEMONIC_TPAUSE: case ZYDIS_MNEMONIC_MONITOR: case ZYDIS_MNEMONIC_MWAIT:
      return PGO_INSN_REFUSED;
    case ZYDIS_MNEMONIC_POP:    /* pop fs, pop gs.  */
      return z->opcode_map == ZYDIS_OPCODE_MAP_0F ? PGO_INSN_REFUSED : PGO_INSN_PLAIN;
    case ZYDIS_MNEMONIC_MOV:    /* To a segment, control or debug register.  */
      if (z->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && z->opcode == 0x8e)
        return PGO_INSN_REFUSED;
      return z->opcode_map == ZYDIS_OPCODE_MAP_0F && (z->opcode & 0xf0) == 0x20 ? PGO_INSN_REFUSED
             : PGO_INSN_PLAIN;
    default:
      return PGO_INSN_PLAIN;
    }
}

static void
compare (const uint8_t bytes[PGO_INSN_MAX])
{
  struct pgo_insn insn;
  ZydisDecoderContext context;
  ZydisDecodedInstruction z;
  pgo_insn_decode (bytes, PGO_INSN_MAX, &insn);
  the_counts.tried++;
  if (!ZYAN_SUCCESS (ZydisDecoderDecodeInstruction (&the_decoder, &context, bytes, PGO_INSN_MAX, &z)))
    {
      /* Traps, in the copy as in the original; but a transfer must not come of it.  */
      if (insn.kind == PGO_INSN_PLAIN)
        the_counts.trapping++;
      return;
    }
  the_counts.known++;
  enum pgo_insn_kind kind = kind_of (&z);
  if (insn.kind == PGO_INSN_REFUSED)
    {
      the_counts.refused++;
      if (kind != PGO_INSN_REFUSED && insn.refusal == PGO_REFUSAL_UNKNOWN)
        refused_mnemonic[z.mnemonic] = 1;
      if (insn.length > z.length)
        the_counts.short_refusal++;
      return;
    }
  the_counts.accepted++;
  if (kind == PGO_INSN_REFUSED)
    {
      the_counts.unsafe++;
      show ("unsafe", bytes, &z, &insn);
    }
  else if (kind != insn.kind)
    {
      the_counts.wrong_kind++;
      show ("kind", bytes, &z, &insn);
    }
  if (insn.length != z.length)
    {
      the_counts.wrong_length++;
      show ("length", bytes, &z, &insn);
    }
  bool rip = (z.attributes & ZYDIS_ATTRIB_HAS_MODRM) && z.raw.modrm.mod == 0 && z.raw.modrm.rm == 5
             && z.raw.disp.size;
  /* Zydis gives mov to and from control registers no memory form whatever mod says: not accepted here.  */
  if (rip ? insn.rip_at != z.raw.disp.offset : insn.rip_at != 0)
    {
      the_counts.wrong_rip++;
      show ("rip", bytes, &z, &insn);
    }
  if ((insn.kind == PGO_INSN_JCC || insn.kind == PGO_INSN_JMP || insn.kind == PGO_INSN_CALL
       || insn.kind == PGO_INSN_LOOP)
      && (insn.displacement != z.raw.imm[0].value.s
          || (insn.kind == PGO_INSN_JCC && insn.condition != (z.opcode & 15))))
    {
      the_counts.wrong_displacement++;
      show ("displacement", bytes, &z, &insn);
    }
  if (insn.kind == PGO_INSN_RET && insn.pop != (z.opcode == 0xc2 ? z.raw.imm[0].value.u : 0))
    {
      the_counts.wrong_displacement++;
      show ("pop", bytes, &z, &insn);
    }
}

/* All ModRM bytes after PREFIX, with SIB bytes that have and haven't a base; the rest is a pattern in
   which a length mistake shows up as another displacement.  */
static void
operands (const uint8_t *prefix, unsigned n)
{
  static const uint8_t sibs[] = { 0x00, 0x25, 0x65, 0xe4 };
  uint8_t bytes[PGO_INSN_MAX];
  memcpy (bytes, prefix, n);
  for (unsigned modrm = 0; modrm < 256; modrm++)
    for (unsigned s = 0; s < ((modrm & 7) == 4 && modrm < 0xc0 ? sizeof sibs : 1); s++)
      {
        for (unsigned i = n; i < PGO_INSN_MAX; i++)
          bytes[i] = 0x11 * i;
        bytes[n] = modrm;
        if ((modrm & 7) == 4 && modrm < 0xc0)
          bytes[n + 1] = sibs[s];
        compare (bytes);
      }
}

int
main (void)
{
  static const uint8_t prefixes[][3] = {
    { 0 }, { 0x66 }, { 0xf2 }, { 0xf3 }, { 0x67 }, { 0x64 }, { 0x65 }, { 0x2e }, { 0x3e }, { 0xf0 },
    { 0x66, 0x67 }, { 0x66, 0xf2 }, { 0x66, 0xf3 }, { 0xf2, 0xf3 }, { 0xf3, 0xf2 }, { 0x64, 0x66 }, { 0x48, 0x66 }
  };
  static const uint8_t rexes[] = { 0, 0x40, 0x41, 0x48, 0x4f };
  ZydisDecoderInit (&the_decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);

  /* Legacy encodings, maps 0, 0f, 0f38, 0f3a.  */
  static const uint8_t maps[][2] = { { 0 }, { 0x0f }, { 0x0f, 0x38 }, { 0x0f, 0x3a } };
  for (unsigned p = 0; p < sizeof prefixes / sizeof *prefixes; p++)
    for (unsigned r = 0; r < sizeof rexes; r++)
      for (unsigned m = 0; m < 4; m++)
        for (unsigned opcode = 0; opcode < 256; opcode++)
          {
            uint8_t head[8];
            unsigned n = 0;
            for (unsigned i = 0; i < 3 && prefixes[p][i]; i++)
              head[n++] = prefixes[p][i];
            if (rexes[r])
              head[n++] = rexes[r];
            for (unsigned i = 0; i < 2 && maps[m][i]; i++)
              head[n++] = maps[m][i];
            head[n++] = opcode;
            operands (head, n);
          }
  /* VEX: both lengths of prefix, every map number, pp, W, L.  */
  for (unsigned opcode = 0; opcode < 256; opcode++)
    for (unsigned second = 0; second < 256; second += 1 + (second % 4 == 3 ? 4 : 0))
      {
        uint8_t head[3] = { 0xc5, second, opcode };
        operands (head, 3);
      }
  for (unsigned opcode = 0; opcode < 256; opcode++)
    for (unsigned map = 0; map < 32; map++)
      for (unsigned third = 0; third < 16; third++)
        {
          uint8_t head[4] = { 0xc4, 0xe0 | map, 0x70 | (third & 7) | (third & 8) << 4, opcode };
          operands (head, 4);
        }
  /* EVEX.  */
  for (unsigned opcode = 0; opcode < 256; opcode++)
    for (unsigned map = 0; map < 16; map++)
      for (unsigned pp = 0; pp < 4; pp++)
        for (unsigned w = 0; w < 2; w++)
          for (unsigned l = 0; l < 2; l++)
            {
              uint8_t head[5] = { 0x62, 0xf0 | map, 0x7c | pp | w << 7, 0x09 | (l ? 0x40 : 0), opcode };
              operands (head, 5);
            }
  /* Random bytes, from a fixed seed, half of them with a likely start.  */
  uint64_t state = 88172645463325252u;
  for (unsigned i = 0; i < 2000000; i++)
    {
      uint8_t bytes[16];
      for (unsigned k = 0; k < 2; k++)
        {
          state ^= state << 13, state ^= state >> 7, state ^= state << 17;
          memcpy (bytes + 8 * k, &state, 8);
        }
      static const uint8_t starts[] = { 0x0f, 0x48, 0x66, 0xf3, 0xc5, 0xc4, 0x62, 0xff };
      if (i % 2)
        bytes[0] = starts[i / 2 % sizeof starts];
      compare (bytes);
    }

  printf ("# tried %lu, known to Zydis %lu, accepted %lu, refused %lu, unknown to Zydis and plain %lu\n",
          the_counts.tried, the_counts.known, the_counts.accepted, the_counts.refused, the_counts.trapping);
  printf ("# refused as unknown:");
  for (unsigned i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
    if (refused_mnemonic[i])
      printf (" %s", ZydisMnemonicGetString (i));
  printf ("\n");
  CHECK ("tried at least ten million encodings", the_counts.tried > 10000000);
  CHECK ("more are accepted than refused", the_counts.accepted > the_counts.refused);
  CHECK ("lengths agree", the_counts.wrong_length == 0);
  CHECK ("kinds agree", the_counts.wrong_kind == 0);
  CHECK ("nothing unsafe is accepted", the_counts.unsafe == 0);
  CHECK ("rip-relative operands agree", the_counts.wrong_rip == 0);
  CHECK ("displacements agree", the_counts.wrong_displacement == 0);
  CHECK ("a refused length is a lower bound", the_counts.short_refusal == 0);

  /* Cut off anywhere, an instruction is refused, and nothing behind the end is read.  */
  static const uint8_t long_one[] = { 0x66, 0x48, 0x81, 0x84, 0x25, 1, 2, 3, 4, 5, 6, 7, 8 };
  struct pgo_insn insn;
  bool cut = true;
  pgo_insn_decode (long_one, sizeof long_one, &insn);
  CHECK ("an add with everything is plain", insn.kind == PGO_INSN_PLAIN && insn.length == sizeof long_one);
  for (unsigned n = 0; n < sizeof long_one; n++)
    {
      uint8_t *copy = malloc (n ? n : 1);
      memcpy (copy, long_one, n);
      pgo_insn_decode (copy, n, &insn);
      cut &= insn.kind == PGO_INSN_REFUSED && insn.refusal == PGO_REFUSAL_UNKNOWN;
      free (copy);
    }
  CHECK ("cut off it is refused", cut);
  static const uint8_t prefixed[16] = { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                        0x66, 0x66, 0x66, 0x90 };
  pgo_insn_decode (prefixed, sizeof prefixed, &insn);
  CHECK ("sixteen bytes are too many", insn.kind == PGO_INSN_REFUSED);

  static const struct { uint8_t bytes[5]; enum pgo_refusal why; const char *name; } refused[] = {
    { { 0x0f, 0x05 }, PGO_REFUSAL_SYSCALL, "syscall is refused as such" },
    { { 0x0f, 0x34 }, PGO_REFUSAL_SYSCALL, "sysenter is refused as such" },
    { { 0xcc }, PGO_REFUSAL_TRAP, "int3 is refused as such" },
    { { 0xcd, 0x80 }, PGO_REFUSAL_TRAP, "int is refused as such" },
    { { 0x0f, 0x0b }, PGO_REFUSAL_TRAP, "ud2 is refused as such" },
    { { 0xf4 }, PGO_REFUSAL_TRAP, "hlt is refused as such" },
    { { 0xcf }, PGO_REFUSAL_TRAP, "iret is refused as such" },
    { { 0xcb }, PGO_REFUSAL_FAR, "far ret is refused as such" },
    { { 0xff, 0x18 }, PGO_REFUSAL_FAR, "far call is refused as such" },
    { { 0x9d }, PGO_REFUSAL_STATE, "popf is refused as such" },
    { { 0xc4, 0xe2, 0x78, 0x49, 0x00 }, PGO_REFUSAL_STATE, "ldtilecfg is refused as such" },
    { { 0xf3, 0x0f, 0xae, 0xd0 }, PGO_REFUSAL_SEGMENT, "wrfsbase is refused as such" },
    { { 0x8e, 0xe0 }, PGO_REFUSAL_SEGMENT, "mov to fs is refused as such" },
    { { 0x64, 0xff, 0x20 }, PGO_REFUSAL_SEGMENT, "jmp through fs is refused as such" },
    { { 0x0f, 0x01, 0xd5 }, PGO_REFUSAL_TRANSACTION, "xend is refused as such" },
    { { 0x66, 0xc3 }, PGO_REFUSAL_PREFIX, "16-bit ret is refused as such" },
    { { 0x67, 0x8b, 0x05 }, PGO_REFUSAL_PREFIX, "eip-relative load is refused as such" }
  };
  for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++)
    {
      uint8_t bytes[PGO_INSN_MAX] = { 0 };
      memcpy (bytes, refused[i].bytes, 5);
      pgo_insn_decode (bytes, sizeof bytes, &insn);
      CHECK (refused[i].name, insn.kind == PGO_INSN_REFUSED && insn.refusal == refused[i].why);
    }
  return unit_done ();
}
