/* The burst recorder's decoder and translator on any bytes for code: nothing behind the end is read, the code
   written fits its room, everything in it is understood and, with Zydis, understood by that in the same way, jumps
   lead to its own instructions or to the trampolines, and the program's instructions are copied whole.

   Input: a byte of flags, eight of the address, then the program's code.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-translate.h"

#include <string.h>

#if PGO_HAVE_ZYDIS
# include <Zydis/Zydis.h>
#endif

#define HEAD 9
#define FS_PREFIX 0x64
/* Where the code written is executed; the program's is within reach of it or not, as the input has it.  */
#define OUT_PC UINT64_C (0x7f1234560000)

static const struct pgo_trampolines the_trampolines = {
  .indirect = OUT_PC - 0x1000, .link = OUT_PC - 0x1010, .changed = OUT_PC - 0x1020,
  .stop = OUT_PC - 0x1030, .go = OUT_PC - 0x1040, .quit = OUT_PC - 0x1050,
};

/* In place of the one that looks into loaded objects: some operands are descriptors of restartable sequences.  */
bool
pgo_object_is_sequence (const struct pgo_object *object, uint64_t pc, uint64_t address)
{
  (void) object, (void) pc;
  return (address & 0xff) == 0x5a;
}

static bool
is_trampoline (uint64_t address)
{
  const uint64_t *all = (const uint64_t *) &the_trampolines;
  for (unsigned i = 0; i < sizeof the_trampolines / sizeof *all; i++)
    if (all[i] == address)
      return true;
  return false;
}

/* Bytes that the fuzzer gave may be no instruction at all, which then traps in the copy as in the original; what
   Zydis knows it must know by the same length.  */
static void
check_length (const uint8_t *bytes, size_t size, const struct pgo_insn *insn)
{
#if PGO_HAVE_ZYDIS
  ZydisDecoder decoder;
  ZydisDecoderContext context;
  ZydisDecodedInstruction z;
  ZydisDecoderInit (&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  if (ZYAN_SUCCESS (ZydisDecoderDecodeInstruction (&decoder, &context, bytes, size, &z)))
    FUZZ_CHECK ("an instruction is as long as Zydis says", z.length == insn->length);
#else
  (void) bytes, (void) size, (void) insn;
#endif
}

/* The written code, instruction by instruction.  */
static void
check_code (const struct pgo_translate_request *q, const struct pgo_translation *t)
{
  const uint8_t *code = q->out;
  bool checks = !q->start;
  bool begins[PGO_BLOCK_ROOM + 1] = { false };
  for (uint32_t at = 0; at < t->code_size;)
    {
      struct pgo_insn insn;
      pgo_insn_decode (code + at, t->code_size - at, &insn);
      FUZZ_CHECK ("what is written is understood", insn.kind != PGO_INSN_REFUSED);
      FUZZ_CHECK ("no transfer of the program's own is written", insn.kind != PGO_INSN_CALL && insn.kind != PGO_INSN_RET
                  && insn.kind != PGO_INSN_JMP_INDIRECT && insn.kind != PGO_INSN_CALL_INDIRECT);
      check_length (code + at, t->code_size - at, &insn);
      /* The program's bytes are compared up to the first load from the thread's state.  */
      checks &= code[at] != FS_PREFIX;
      if (checks && insn.rip_at)
        {
          int32_t displacement;
          memcpy (&displacement, code + at + insn.rip_at, 4);
          uint64_t address = OUT_PC + at + insn.length + (uint64_t) (int64_t) displacement;
          FUZZ_CHECK ("the program's own bytes are checked", address - q->pc < t->size);
        }
      begins[at] = true;
      at += insn.length;
      FUZZ_CHECK ("the code ends with an instruction", at <= t->code_size);
    }
  for (uint32_t at = 0; at < t->code_size;)
    {
      struct pgo_insn insn;
      pgo_insn_decode (code + at, t->code_size - at, &insn);
      at += insn.length;
      if (insn.kind == PGO_INSN_PLAIN)
        continue;
      uint64_t target = OUT_PC + at + (uint64_t) (int64_t) insn.displacement;
      bool inside = target >= OUT_PC && target < OUT_PC + t->code_size && begins[target - OUT_PC];
      FUZZ_CHECK ("a jump goes to an instruction or a trampoline", inside || is_trampoline (target));
    }
  FUZZ_CHECK ("the entry is an instruction", begins[t->entry]);
  for (unsigned i = 0; i < t->n_exits; i++)
    FUZZ_CHECK ("a link is in the code", t->exits[i].link == 0
                || (t->exits[i].link % 4 == 0 && t->exits[i].link > OUT_PC
                    && t->exits[i].link + 4 <= OUT_PC + t->code_size && begins[t->exits[i].link - 1 - OUT_PC]));
  for (unsigned i = 0; i < t->n_places; i++)
    FUZZ_CHECK ("a place is an instruction", begins[t->places[i].code_at] && t->places[i].at <= t->size);
}

/* The program's plain instructions are in the code as they were, but for rip-relative displacements, which lead to
   the same address.  */
static void
check_copies (const struct pgo_translate_request *q, const struct pgo_translation *t)
{
  unsigned n = 0;
  for (unsigned at = 0; at < t->size;)
    {
      struct pgo_insn insn, copy;
      pgo_insn_decode (q->bytes + at, q->size - at, &insn);
      FUZZ_CHECK ("what is translated is understood", insn.kind != PGO_INSN_REFUSED);
      for (; insn.kind == PGO_INSN_PLAIN && n < t->n_places; n++)
        if (t->places[n].state == PGO_PLACE_LIVE && t->places[n].at == at)
          break;
      if (insn.kind == PGO_INSN_PLAIN)
        {
          FUZZ_CHECK ("each instruction has its copy", n < t->n_places);
          const uint8_t *program = q->bytes + at, *code = q->out + t->places[n].code_at;
          pgo_insn_decode (code, PGO_INSN_MAX, &copy);
          FUZZ_CHECK ("of the same length", copy.length == insn.length && copy.rip_at == insn.rip_at);
          for (unsigned i = 0; i < insn.length; i++)
            if (!insn.rip_at || i < insn.rip_at || i >= insn.rip_at + 4u)
              FUZZ_CHECK ("of the same bytes", program[i] == code[i]);
          if (insn.rip_at)
            {
              int32_t before, after;
              memcpy (&before, program + insn.rip_at, 4);
              memcpy (&after, code + insn.rip_at, 4);
              FUZZ_CHECK ("with the same operand", q->pc + at + insn.length + (uint64_t) (int64_t) before
                          == OUT_PC + t->places[n].code_at + insn.length + (uint64_t) (int64_t) after);
            }
        }
      at += insn.length;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < HEAD)
    return 0;
  uint64_t pc;
  memcpy (&pc, data + 1, 8);
  /* Mostly close by: from farther than 2 GB little can be translated.  */
  if (data[0] & 2)
    pc = OUT_PC + (uint64_t) (int64_t) (int32_t) pc;
  size -= HEAD;
  /* Allocations of exactly these bytes, so that a sanitizer sees what is touched beyond.  */
  uint8_t *bytes = malloc (size ? size : 1), *out = malloc (PGO_BLOCK_ROOM);
  FUZZ_CHECK ("memory", bytes && out);
  memcpy (bytes, data + HEAD, size);
  struct pgo_translate_request q = {
    .pc = pc, .bytes = bytes, .size = size, .start = data[0] & 1, .block_id = 7, .first_exit_id = 1000, .tls = -4096,
    .trampolines = &the_trampolines, .out = out, .out_pc = OUT_PC,
  };
  struct pgo_translation t;
  memset (&t, 0xee, sizeof t);
  memset (out, 0xcc, PGO_BLOCK_ROOM);
  if (pgo_translate (&q, &t))
    {
      FUZZ_CHECK ("the code has its room", t.code_size > 0 && t.code_size <= PGO_BLOCK_ROOM && t.entry < t.code_size);
      FUZZ_CHECK ("what is covered is there", t.size > 0 && t.size <= size);
      FUZZ_CHECK ("exits", t.n_exits > 0 && t.n_exits <= PGO_BLOCK_EXITS);
      FUZZ_CHECK ("places", t.n_places <= PGO_BLOCK_PLACES);
      check_code (&q, &t);
      check_copies (&q, &t);
    }
  free (bytes);
  free (out);
  return 0;
}

#else

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  (void) data, (void) size;
  return 0;
}

#endif
