/* Decoding, and what several blocks that carry one location say together.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/assembler-name.h"
#include "unit.h"

#include <elf.h>
#include <string.h>

/* Decode the bytes of the hexadecimal TEXT at address 0x1000.  */
static struct insn
decoded (const struct decoder *decoder, const char *text)
{
  unsigned char bytes[16] = { 0 };
  unsigned n = 0;
  for (unsigned byte; sscanf (text + 2 * n, "%2x", &byte) == 1 && n < sizeof bytes; n++)
    bytes[n] = byte;
  struct insn insn;
  if (!decode (decoder, bytes, n, 0x1000, &insn))
    insn = (struct insn) { .flow = FLOW_STOP };
  return insn;
}

static void
test_decoder (int machine, const char *name, bool required)
{
  static const struct
  {
    int machine;
    const char *what, *bytes;
    enum insn_flow flow;
    uint64_t target;
    unsigned length;
    bool is_nop, repeats;
  } cases[] = {
    { EM_X86_64, "je", "7402", FLOW_CONDITIONAL, 0x1004, 2, false, false },
    { EM_X86_64, "jne backwards", "0f85faffffff", FLOW_CONDITIONAL, 0x1000, 6, false, false },
    { EM_X86_64, "jmp", "ebfe", FLOW_JUMP, 0x1000, 2, false, false },
    { EM_X86_64, "jmp *", "ffe0", FLOW_INDIRECT_JUMP, 0, 2, false, false },
    { EM_X86_64, "notrack jmp *", "3effe0", FLOW_INDIRECT_JUMP, 0, 3, false, false },
    { EM_X86_64, "call", "e8fb000000", FLOW_CALL, 0x1100, 5, false, false },
    { EM_X86_64, "call *", "ffd0", FLOW_INDIRECT_CALL, 0, 2, false, false },
    { EM_X86_64, "ret", "c3", FLOW_RETURN, 0, 1, false, false },
    { EM_X86_64, "ud2", "0f0b", FLOW_STOP, 0, 2, false, false },
    { EM_X86_64, "add", "4801d8", FLOW_NEXT, 0, 3, false, false },
    { EM_X86_64, "nop", "0f1f00", FLOW_NEXT, 0, 3, true, false },
    { EM_X86_64, "rep movsb", "f3a4", FLOW_NEXT, 0, 2, false, true },
    { EM_X86_64, "loop", "e2fe", FLOW_CONDITIONAL, 0x1000, 2, false, false },
    { EM_386, "call", "e8fb000000", FLOW_CALL, 0x1100, 5, false, false },
    { EM_386, "inc", "40", FLOW_NEXT, 0, 1, false, false },
    { EM_AARCH64, "b", "01000014", FLOW_JUMP, 0x1004, 4, false, false },
    { EM_AARCH64, "b backwards", "ffffff17", FLOW_JUMP, 0x0ffc, 4, false, false },
    { EM_AARCH64, "bl", "02000094", FLOW_CALL, 0x1008, 4, false, false },
    { EM_AARCH64, "b.eq", "40000054", FLOW_CONDITIONAL, 0x1008, 4, false, false },
    { EM_AARCH64, "b.al", "4e000054", FLOW_JUMP, 0x1008, 4, false, false },
    { EM_AARCH64, "cbz", "400000b4", FLOW_CONDITIONAL, 0x1008, 4, false, false },
    { EM_AARCH64, "cbnz backwards", "e0ffffb5", FLOW_CONDITIONAL, 0x0ffc, 4, false, false },
    { EM_AARCH64, "tbnz", "40000037", FLOW_CONDITIONAL, 0x1008, 4, false, false },
    { EM_AARCH64, "br", "00001fd6", FLOW_INDIRECT_JUMP, 0, 4, false, false },
    { EM_AARCH64, "blr", "00003fd6", FLOW_INDIRECT_CALL, 0, 4, false, false },
    { EM_AARCH64, "ret", "c0035fd6", FLOW_RETURN, 0, 4, false, false },
    { EM_AARCH64, "retaa", "ff0b5fd6", FLOW_RETURN, 0, 4, false, false },
    { EM_AARCH64, "braa", "01081fd7", FLOW_INDIRECT_JUMP, 0, 4, false, false },
    { EM_AARCH64, "brk", "000020d4", FLOW_STOP, 0, 4, false, false },
    { EM_AARCH64, "nop", "1f2003d5", FLOW_NEXT, 0, 4, true, false },
    { EM_AARCH64, "add", "0000008b", FLOW_NEXT, 0, 4, false, false },
  };
  const struct binary binary = { .machine = machine };
  struct decoder *decoder = decoder_new (&binary);
  if (!decoder)
    {
      if (required)
        CHECK ("a decoder", false);
      else
        printf ("UNSUPPORTED: %s: no decoder\n", name);
      return;
    }
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (cases[i].machine == machine)
      {
        char title[80];
        struct insn insn = decoded (decoder, cases[i].bytes);
        snprintf (title, sizeof title, "%s: %s", name, cases[i].what);
        CHECK (title, insn.flow == cases[i].flow && insn.target == cases[i].target
                      && insn.length == cases[i].length && insn.is_nop == cases[i].is_nop
                      && insn.repeats == cases[i].repeats);
      }
  decoder_free (decoder);
}

/* Six blocks; the numbers are intervals of the dominator and the postdominator tree:

        0            dominates all
       / \
      1   2          neither dominates the other
       \ /
        3            postdominates 0, 1, 2
        |
        4 <-+        a loop
        +---+
        5  */
static const struct code_block diamond[] = {
  [0] = { .dom_enter = 1, .dom_leave = 6, .post_enter = 6, .post_leave = 6 },
  [1] = { .dom_enter = 2, .dom_leave = 2, .post_enter = 4, .post_leave = 4 },
  [2] = { .dom_enter = 3, .dom_leave = 3, .post_enter = 5, .post_leave = 5 },
  [3] = { .dom_enter = 4, .dom_leave = 6, .post_enter = 3, .post_leave = 6 },
  [4] = { .dom_enter = 5, .dom_leave = 6, .post_enter = 2, .post_leave = 6 },
  [5] = { .dom_enter = 6, .dom_leave = 6, .post_enter = 1, .post_leave = 6 },
};

static uint64_t
combined (uint32_t a, uint64_t count_a, uint32_t b, uint64_t count_b, uint32_t c, uint64_t count_c)
{
  struct code code = { .blocks = (struct code_block *) diamond, .n_blocks = 6, .has_flow = true };
  struct key_use uses[3] = { { .block = a, .count = count_a }, { .block = b, .count = count_b },
                             { .block = c, .count = count_c } };
  return combine_key_weights (&code, uses, c == NONE ? b == NONE ? 1 : 2 : 3);
}

static void
test_combining (void)
{
  CHECK ("one block", combined (1, 7, NONE, 0, NONE, 0) == 7);
  CHECK ("copies on different paths add up", combined (1, 7, 2, 5, NONE, 0) == 12);
  CHECK ("pieces on one path: the greater", combined (0, 12, 1, 7, NONE, 0) == 12);
  CHECK ("by postdominance too", combined (2, 7, 3, 12, NONE, 0) == 12);
  CHECK ("a piece before both arms", combined (0, 12, 1, 7, 2, 5) == 12);
  CHECK ("a piece sunk from both arms", combined (1, 7, 2, 5, 3, 12) == 12);
  CHECK ("a piece hoisted that was not counted", combined (0, 0, 1, 7, 2, 5) == 12);
  CHECK ("hoisted out of a loop", combined (3, 12, 4, 500, NONE, 0) == 500);
  CHECK ("saturating", combined (1, UINT64_MAX, 2, 5, NONE, 0) == UINT64_MAX);

  struct code code = { .blocks = (struct code_block *) diamond, .n_blocks = 6, .has_flow = true };
  struct key_use twice[] = { { .block = 3, .count = 12, .n_conditional = 1 },
                             { .block = 4, .count = 500, .n_conditional = 1 } };
  CHECK ("a loop's condition before it and in it", combine_key_weights (&code, twice, 2) == 512);
  struct key_use calls[] = { { .block = 0, .count = 100 }, { .block = 1, .count = 7, .n_calls = 1 },
                             { .block = 3, .count = 12, .n_calls = 1 } };
  CHECK ("copies of a call add up, arguments don't count", combine_key_weights (&code, calls, 3) == 19);
  struct key_use tree[] = { { .block = 0, .count = 12, .n_conditional = 1 },
                            { .block = 1, .count = 7, .n_conditional = 1, .decides_on = true },
                            { .block = 2, .count = 5, .n_conditional = 1, .decides_on = true } };
  CHECK ("a tree of jumps counts once", combine_key_weights (&code, tree, 3) == 12);
  code.has_flow = false;
  struct key_use unknown[] = { { .block = 1, .count = 7 }, { .block = 2, .count = 5 } };
  CHECK ("without control flow: the greatest", combine_key_weights (&code, unknown, 2) == 7);
}

static bool
folds (const char *name, const char *folded, bool part)
{
  return assembler_name_length (name) == strlen (folded)
         && memcmp (name, folded, strlen (folded)) == 0 && assembler_name_is_part (name) == part;
}

static void
test_names (void)
{
  CHECK ("plain", folds ("f", "f", false));
  CHECK (".cold", folds ("f.cold", "f", true));
  CHECK (".cold.N", folds ("f.cold.3", "f", true));
  CHECK (".part.N", folds ("f.part.0", "f", true));
  CHECK (".isra.N", folds ("f.isra.12", "f", false));
  CHECK (".constprop.N", folds ("f.constprop.0", "f", false));
  CHECK (".lto_priv.N", folds ("f.lto_priv.0", "f", false));
  CHECK ("combined", folds ("f.lto_priv.0.isra.0.part.1.constprop.0.cold", "f", true));
  CHECK ("a nested function's number stays", folds ("f.0", "f.0", false));
  CHECK ("and is not taken for a suffix's", folds ("f.0.cold", "f.0", true));
  CHECK ("a suffix alone is a name", folds (".cold", ".cold", false));
  CHECK ("a suffix without its number", folds ("f.part", "f.part", false));
  CHECK ("another suffix", folds ("f.avx2", "f.avx2", false));
}

int
main (void)
{
#if PGO_HAVE_ZYDIS
  const bool have_zydis = true;
#else
  const bool have_zydis = false;
#endif
  test_decoder (EM_X86_64, "x86-64", have_zydis);
  test_decoder (EM_386, "i386", have_zydis);
  test_decoder (EM_AARCH64, "AArch64", true);
  test_combining ();
  test_names ();
  return unit_done ();
}
