/* Function order: a function that has a rank in the profile goes into a section of its own, .text.sorted.RANK.NAME.

   GNU ld's own script sorts sections of these names, between .text.hot and the rest of .text, in every kind of link;
   no linker script and no LTO is needed.  (GCC 12 has no use of its own for them.)  The section is chosen where GCC
   chooses it, at output, so that nothing earlier sees a section that the user did not ask for: parts of a function
   that are never executed go to .text.unlikely as ever, COMDAT functions stay in their groups, attributes and the
   names that -ffunction-sections gives are obeyed or replaced at that point, and LTRANS does the same as cc1.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/random.h"
#include "plugin/location-key.h"
#include "plugin/renamed.h"

/* Sections are sorted as text.  Later ranks, of which there are none, would go unsorted.  */
#define RANK_DIGITS 7
#define RANK_MAX 9999999

/* A line of the caches, of x86-64 and most AArch64 processors: at the beginning of one, a function is in as few as can be.
   Misses of the first-level instruction cache, exact counts, of gcc -O2's: docs/algorithms.md, "Function order".  */
#define LINE_BYTES 64

/* What the target does otherwise.  */
static section *(*stock_function_section) (tree, enum node_frequency, bool, bool);

/* Ranks by DECL_UID, since the question is asked many times a function.  */
static hash_map<int_hash<int, -1, -2>, uint32_t> *ranks;

/* Of the function that DECL is, or is a copy or a part of.  Under LTO a static function that became global, and a part
   of one, may have no other trace of that than their names.  */
static uint32_t
look_up_rank (tree decl)
{
  struct pgo_status status = {};
  tree origin = DECL_ORIGIN (decl);
  const char *name = pgo_decl_name (origin);
  const struct pgo_instance *function = pgo_find_function (origin);
  size_t length = strcspn (name, ".");
  if (!function && name[length] && DECL_SOURCE_FILE (origin))
    {
      char *folded = pgo_text_copy (name, length);
      function = pgo_source_find (pgo_plugin.source, folded, lbasename (DECL_SOURCE_FILE (origin)), &status);
      pgo_free (folded);
    }
  return function ? function->rank : 0;
}

/* A rank, or none, for the option random-layout.  */
static uint32_t
random_rank (tree decl)
{
  uint64_t state = pgo_random_begin (pgo_plugin.options.random_layout, IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (decl)));
  return pgo_random_next (&state) % 4 ? pgo_random_next (&state) % RANK_MAX : 0;
}

static uint32_t
find_rank (tree decl)
{
  bool known;
  uint32_t &rank = ranks->get_or_insert (DECL_UID (decl), &known);
  if (!known)
    rank = pgo_plugin.options.random_layout ? random_rank (decl) : look_up_rank (decl);
  return rank;
}

/* GCC aligns the function at hand once it has asked for its section: SORTED, to a line, unless the user wishes
   otherwise.  */
static void
align_function (bool sorted)
{
  static align_flags stock;
  static bool changed;
  if (changed)
    align_functions = stock;
  changed = sorted && !global_options_set.x_flag_align_functions && !global_options_set.x_str_align_functions;
  if (!changed)
    return;
  stock = align_functions;
  align_functions.levels[0].log = floor_log2 (LINE_BYTES);
  align_functions.levels[0].maxskip = LINE_BYTES - 1;
}

static section *
order_function_section (tree decl, enum node_frequency frequency, bool startup, bool exit)
{
  if (decl && TREE_CODE (decl) == FUNCTION_DECL && flag_reorder_functions
      && (pgo_plugin.source || pgo_plugin.options.random_layout)
      && frequency != NODE_FREQUENCY_UNLIKELY_EXECUTED
      && (!DECL_SECTION_NAME (decl) || symtab_node::get (decl)->implicit_section))
    {
      uint32_t rank = find_rank (decl);
      if (rank && rank <= RANK_MAX)
        {
          align_function (true);
          const char *name = targetm.strip_name_encoding (IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (decl)));
          char prefix[sizeof ".text.sorted.." + RANK_DIGITS];
          snprintf (prefix, sizeof prefix, ".text.sorted.%0*u.", RANK_DIGITS, rank);
          return get_named_section (decl, ACONCAT ((prefix, name, NULL)), 0);
        }
    }
  align_function (false);
  return stock_function_section ? stock_function_section (decl, frequency, startup, exit) : NULL;
}

void
pgo_order_functions (void)
{
#ifdef OBJECT_FORMAT_ELF
  ranks = new hash_map<int_hash<int, -1, -2>, uint32_t>;
  stock_function_section = targetm.asm_out.function_section;
  targetm.asm_out.function_section = order_function_section;
#endif
}
