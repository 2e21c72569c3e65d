/* Block layout, in place of GCC's "bbro": on final RTL, after hot and cold blocks were parted.

   GCC's own pass runs first: it copies small blocks, cleans up, and finds an order.  Where counts were read, the
   blocks of each partition are then ordered by core/block-layout.h, beginning with GCC's order, which stays if no
   better one is found.  What must hold afterwards is what the stock pass leaves: the entry's partition comes first
   and is whole, edges and jumps agree, crtl->bb_reorder_complete.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/plugin.h"
#include "plugin/random.h"

extern "C" {
#include "core/block-layout.h"
}

/* Counts are given to the layout in thousandths, so that a probability of a block that ran once is not lost.  */
#define COUNT_SCALE 1000

static uint64_t
scaled_count (profile_count count)
{
  if (!count.initialized_p ())
    return 0;
  gcov_type value = count.to_gcov_type ();
  return value < INT64_MAX / COUNT_SCALE ? (uint64_t) value * COUNT_SCALE : (uint64_t) INT64_MAX;
}

static uint64_t
edge_count (edge e)
{
  profile_count count = e->src->count;
  if (!count.initialized_p () || !e->probability.initialized_p ())
    return 0;
  return count.to_gcov_type () < INT64_MAX / COUNT_SCALE / 1024
           ? scaled_count (profile_count::from_gcov_type (count.to_gcov_type () * COUNT_SCALE)
                             .apply_probability (e->probability)) / COUNT_SCALE
           : scaled_count (e->count ());
}

/* Debug instructions must not make a difference.  */
static uint32_t
block_size_bytes (basic_block bb)
{
  rtx_insn *insn;
  uint32_t size = 0;
  FOR_BB_INSNS (bb, insn)
    if (NONDEBUG_INSN_P (insn))
      size += get_attr_length (insn);
  return size;
}

/* Append the ways out of BB that stay among the blocks numbered in NUMBER (UINT32_MAX: not among them).  */
static void
add_edges (basic_block bb, const vec<uint32_t> &number, auto_vec<struct pgo_layout_edge> *edges)
{
  edge e;
  edge_iterator ei;
  bool conditional = EDGE_COUNT (bb->succs) == 2 && any_condjump_p (BB_END (bb));
  FOR_EACH_EDGE (e, ei, bb->succs)
    {
      if (e->dest == EXIT_BLOCK_PTR_FOR_FN (cfun) || number[e->dest->index] == UINT32_MAX)
        continue;
      bool can_fall = !(e->flags & (EDGE_COMPLEX | EDGE_CROSSING)) && (conditional || (e->flags & EDGE_FALLTHRU));
      struct pgo_layout_edge way = { number[bb->index], number[e->dest->index], edge_count (e), can_fall, conditional };
      edges->safe_push (way);
    }
}

struct function_layout
{
  enum pgo_layout_result result;
  struct pgo_layout_figures before, after;
  uint64_t hot_bytes, cold_bytes;
};

static void
add_figures (struct pgo_layout_figures *sum, const struct pgo_layout_figures *figures)
{
  sum->score += figures->score;
  sum->conditional += figures->conditional;
  sum->taken += figures->taken;
}

static void
shuffle (auto_vec<uint32_t> *order, bool first_is_fixed)
{
  uint64_t state = pgo_random_begin (pgo_plugin.options.random_layout,
                                     IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (current_function_decl)));
  unsigned first = first_is_fixed ? 1 : 0;
  for (unsigned i = order->length (); i-- > first + 1;)
    std::swap ((*order)[i], (*order)[first + pgo_random_next (&state) % (i - first + 1)]);
}

/* Order BLOCKS, those of one partition.  */
static void
lay_out_partition (auto_vec<basic_block> *blocks, bool first_is_fixed, bool cold, struct function_layout *layout)
{
  unsigned n = blocks->length ();
  auto_vec<uint32_t> number, sizes, order;
  auto_vec<uint64_t> counts;
  auto_vec<struct pgo_layout_edge> edges;
  number.safe_grow (last_basic_block_for_fn (cfun));
  memset (number.address (), 0xff, number.length () * sizeof (uint32_t));
  for (unsigned i = 0; i < n; i++)
    number[(*blocks)[i]->index] = i;
  uint64_t size = 0;
  for (unsigned i = 0; i < n; i++)
    {
      basic_block bb = (*blocks)[i];
      sizes.safe_push (block_size_bytes (bb));
      counts.safe_push (scaled_count (bb->count));
      order.safe_push (i);
      add_edges (bb, number, &edges);
      size += sizes[i];
    }
  *(cold ? &layout->cold_bytes : &layout->hot_bytes) = size;
  if (pgo_plugin.options.random_layout)
    shuffle (&order, first_is_fixed);
  else
    {
      struct pgo_layout_graph graph = { n, edges.length (), sizes.address (), counts.address (), edges.address (),
                                        first_is_fixed };
      struct pgo_layout_figures before, after;
      enum pgo_layout_result result = pgo_layout_improve (&graph, order.address (), &before, &after);
      layout->result = MAX (layout->result, result);
      add_figures (&layout->before, &before);
      add_figures (&layout->after, &after);
    }
  auto_vec<basic_block> old;
  old.safe_splice (*blocks);
  for (unsigned i = 0; i < n; i++)
    (*blocks)[i] = old[order[i]];
}

/* SCORE in executions, to three places: what is better may be so by less than one.  */
static void
report_score (struct pgo_report *r, const char *attribute, uint64_t score)
{
  char text[32];
  uint64_t thousandths = score / (COUNT_SCALE * PGO_LAYOUT_UNIT / 1000);
  snprintf (text, sizeof text, "%llu.%03llu", (unsigned long long) (thousandths / 1000),
            (unsigned long long) (thousandths % 1000));
  pgo_report_text (r, attribute, text);
}

static void
report_layout (const struct function_layout *layout)
{
  static const char *const names[] = { "kept", "better", "limited" };
  struct pgo_report *r = pgo_plugin.report;
  if (!r)
    return;
  pgo_report_begin (r, "layout");
  pgo_report_text (r, "function", IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (current_function_decl)));
  pgo_report_text (r, "result", names[layout->result]);
  report_score (r, "score-before", layout->before.score);
  report_score (r, "score", layout->after.score);
  pgo_report_number (r, "conditional", layout->after.conditional / COUNT_SCALE / PGO_LAYOUT_UNIT);
  pgo_report_number (r, "taken-before", layout->before.taken / COUNT_SCALE / PGO_LAYOUT_UNIT);
  pgo_report_number (r, "taken", layout->after.taken / COUNT_SCALE / PGO_LAYOUT_UNIT);
  pgo_report_number (r, "hot-bytes", layout->hot_bytes);
  pgo_report_number (r, "cold-bytes", layout->cold_bytes);
  pgo_report_end (r);
}

/* Whether counts of this function are known and tell anything.  */
static bool
counts_known (void)
{
  profile_count entry = ENTRY_BLOCK_PTR_FOR_FN (cfun)->count;
  return entry.initialized_p () && entry.ipa_p () && entry.quality () >= AFDO
         && cfun->cfg->count_max.initialized_p () && cfun->cfg->count_max.nonzero_p ();
}

static void
lay_out_function (void)
{
  struct function_layout layout = {};
  auto_vec<basic_block> partition[2];
  basic_block bb;

  /* GCC refuses to enter this mode again on parted functions, because edges that are forwarded might then cross;
     nothing is left to forward after its own pass, and the verifier below checks it.  */
  crtl->bb_reorder_complete = false;
  cfg_layout_initialize (0);
  basic_block first = ENTRY_BLOCK_PTR_FOR_FN (cfun)->next_bb;
  FOR_EACH_BB_FN (bb, cfun)
    partition[BB_PARTITION (bb) != BB_PARTITION (first)].safe_push (bb);
  lay_out_partition (&partition[0], true, false, &layout);
  if (partition[1].length ())
    lay_out_partition (&partition[1], false, true, &layout);

  basic_block last = NULL;
  for (unsigned p = 0; p < 2; p++)
    for (unsigned i = 0; i < partition[p].length (); i++)
      {
        if (last)
          last->aux = partition[p][i];
        last = partition[p][i];
      }
  relink_block_chain (/*stay_in_cfglayout_mode=*/true);
  crtl->bb_reorder_complete = true;
  FOR_EACH_BB_FN (bb, cfun)
    if (bb->next_bb != EXIT_BLOCK_PTR_FOR_FN (cfun))
      bb->aux = bb->next_bb;
  cfg_layout_finalize ();
  FOR_EACH_BB_FN (bb, cfun)
    df_recompute_luids (bb);
  report_layout (&layout);
}

namespace
{

const pass_data layout_data = {
  RTL_PASS, "bbro", OPTGROUP_NONE, TV_REORDER_BLOCKS, 0, 0, 0, 0, 0,
};

class layout_pass : public rtl_opt_pass
{
public:
  layout_pass (gcc::context *context)
    : rtl_opt_pass (layout_data, context), stock (make_pass_reorder_blocks (context)) {}
  bool gate (function *fun) override { return stock->gate (fun); }
  unsigned int execute (function *fun) override
  {
    unsigned todo = stock->execute (fun);
    if (n_basic_blocks_for_fn (fun) > NUM_FIXED_BLOCKS + 1
        && (pgo_plugin.options.random_layout || (pgo_plugin.options.layout && counts_known ())))
      lay_out_function ();
    return todo;
  }

private:
  rtl_opt_pass *stock;
};

} // namespace

opt_pass *
pgo_make_layout_pass (gcc::context *context)
{
  return new layout_pass (context);
}
