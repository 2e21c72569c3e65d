/* Mark: stamp each statement with the number of its block.

   Debug information leads from an instruction back to a line; what a profile needs is the block.  So, while
   each function's CFG is still that of the source, the column of every location becomes the ordinal of the
   block among those blocks of the function that share the line:

       if (a) x ();  else y ();        3:1  3:8  3:20   becomes   3:1  3:2  3:3

   Statements carry their location through inlining and optimisation into the line table, and a profile of
   the binary is then keyed by blocks.  No code changes.  The price: a debugger or a warning of a later
   pass shows the mark for a column.

   Runs before early inlining, so that all copies of a function carry the same marks.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/pass-mark.h"
#include "plugin/flow-view.h"
#include "plugin/location-key.h"
#include "plugin/plugin.h"

/* Greatest mark: the columns that line maps have (LINE_MAP_MAX_COLUMN_NUMBER, line-map.cc).  */
#define MAX_MARK ((1U << 12) - 1)

/* One location to stamp: SLOT of the statement, phi argument or edge.  */
struct stamp
{
  const char *file;
  int line;
  uint32_t mark;
  bool system_header;
  struct pgo_marked_source source;
};

/* What a stamped location stood for.  */
struct mark_sources
{
  auto_vec<struct pgo_marked_source> list;
};

static hash_map<int_hash<location_t, UNKNOWN_LOCATION>, mark_sources *> *sources;
static hash_map<tree, uint64_t> *checksums;
static auto_vec<tree> *marked;

/* Call VISIT (LOC, BB, DATA) for every location in cfun; what it returns is stored.  */
template<typename VISIT>
static void
each_location (VISIT visit)
{
  basic_block bb;
  FOR_BB_BETWEEN (bb, ENTRY_BLOCK_PTR_FOR_FN (cfun)->next_bb, EXIT_BLOCK_PTR_FOR_FN (cfun), next_bb)
    {
      edge e;
      edge_iterator ei;
      for (gimple_stmt_iterator gsi = gsi_start_bb (bb); !gsi_end_p (gsi); gsi_next (&gsi))
        {
          gimple *stmt = gsi_stmt (gsi);
          gimple_set_location (stmt, visit (gimple_location (stmt), bb));
        }
      FOR_EACH_EDGE (e, ei, bb->succs)
        {
          e->goto_locus = visit (e->goto_locus, bb);
          for (gphi_iterator psi = gsi_start_phis (e->dest); !gsi_end_p (psi); gsi_next (&psi))
            gimple_phi_arg_set_location (psi.phi (), e->dest_idx,
                                         visit (gimple_phi_arg_location (psi.phi (), e->dest_idx), bb));
        }
    }
}

static bool
has_place (location_t loc)
{
  return LOCATION_LOCUS (loc) != UNKNOWN_LOCATION && LOCATION_LOCUS (loc) != BUILTINS_LOCATION;
}

struct line_of_file
{
  const char *file;
  int line;
};

struct line_hash : typed_noop_remove<line_of_file>
{
  typedef line_of_file value_type;
  typedef line_of_file compare_type;
  static hashval_t hash (const value_type &v) { return htab_hash_string (v.file) * 31 + v.line; }
  static bool equal (const value_type &a, const value_type &b)
  { return a.line == b.line && strcmp (a.file, b.file) == 0; }
  static const bool empty_zero_p = true;
  static bool is_empty (const value_type &v) { return v.file == NULL; }
  static bool is_deleted (const value_type &v) { return v.line == -1; }
  static void mark_empty (value_type &v) { v.file = NULL; }
  static void mark_deleted (value_type &v) { v.line = -1; }
};

struct line_traits : simple_hashmap_traits<line_hash, uint64_t>
{
};

/* The last block seen on a line, and its mark: block << 32 | mark.  */
typedef hash_map<line_of_file, uint64_t, line_traits> line_marks;

/* The mark of BB on the line of AT: blocks are visited one after the other, so that the last one tells.  */
static uint32_t
line_mark (line_marks *lines, const expanded_location &at, basic_block bb)
{
  line_of_file key = { at.file, at.line };
  bool existed;
  uint64_t &last = lines->get_or_insert (key, &existed);
  if (!existed)
    last = 0;
  if (!existed || (int) (last >> 32) != bb->index)
    last = (uint64_t) bb->index << 32 | ((uint32_t) last + 1);
  return (uint32_t) last;
}

static int
compare_stamps (const void *a, const void *b)
{
  const struct stamp *x = (const struct stamp *) a, *y = (const struct stamp *) b;
  int order = strcmp (x->file, y->file);
  if (order)
    return order;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  if (x->mark != y->mark)
    return x->mark < y->mark ? -1 : 1;
  if (x->source.column != y->source.column)
    return x->source.column < y->source.column ? -1 : 1;
  if (x->source.discriminator != y->source.discriminator)
    return x->source.discriminator < y->source.discriminator ? -1 : 1;
  return 0;
}

static bool
same_place (const struct stamp *a, const struct stamp *b)
{
  return a->mark == b->mark && a->line == b->line && strcmp (a->file, b->file) == 0;
}

/* The stamps of a unit, sorted and without duplicates, and the location that each place got.  */
struct stamps
{
  auto_vec<struct stamp> list;
  auto_vec<location_t> locations;
};

static void
collect (struct stamps *stamps)
{
  line_marks lines;
  each_location ([&] (location_t loc, basic_block bb)
    {
      if (has_place (loc))
        {
          expanded_location at = expand_location (loc);
          if (at.file)
            {
              uint32_t mark = line_mark (&lines, at, bb);
              struct stamp s = { at.file, at.line, mark, at.sysp,
                                 { (uint32_t) MAX (at.column, 0), (uint32_t) pgo_discriminator (bb, loc) } };
              if (mark <= MAX_MARK)
                stamps->list.safe_push (s);
            }
        }
      return loc;
    });
}

/* Make line maps for the sorted stamps: a location for each place, UNKNOWN_LOCATION where GCC has no more.  */
static void
make_locations (struct stamps *stamps)
{
  /* Ranges of expressions are of no use here and cost five bits of every location.  */
  unsigned range_bits = line_table->default_range_bits;
  line_table->default_range_bits = 0;
  for (unsigned i = 0, next; i < stamps->list.length (); i = next)
    {
      const struct stamp *s = &stamps->list[i];
      bool new_file = i == 0 || strcmp (stamps->list[i - 1].file, s->file) != 0;
      if (new_file)
        {
          if (i > 0)
            linemap_add (line_table, LC_LEAVE, 0, NULL, 0);
          linemap_add (line_table, LC_ENTER, s->system_header, s->file, s->line);
        }
      unsigned last = i;
      while (last + 1 < stamps->list.length () && stamps->list[last + 1].line == s->line
             && strcmp (stamps->list[last + 1].file, s->file) == 0)
        last++;
      bool room = linemap_line_start (line_table, s->line, stamps->list[last].mark + 1) != 0;
      for (next = i; next <= last; next++)
        {
          location_t loc = UNKNOWN_LOCATION;
          if (room)
            {
              loc = linemap_position_for_column (line_table, stamps->list[next].mark);
              if (LOCATION_COLUMN (loc) != (int) stamps->list[next].mark)
                loc = UNKNOWN_LOCATION;
            }
          stamps->locations.safe_push (loc);
        }
    }
  if (stamps->list.length ())
    linemap_add (line_table, LC_LEAVE, 0, NULL, 0);
  line_table->default_range_bits = range_bits;

  for (unsigned i = 0; i < stamps->list.length (); i++)
    if (stamps->locations[i] != UNKNOWN_LOCATION)
      {
        bool existed;
        mark_sources *&list = sources->get_or_insert (stamps->locations[i], &existed);
        if (!existed)
          list = new mark_sources ();
        if (i == 0 || !same_place (&stamps->list[i - 1], &stamps->list[i])
            || compare_stamps (&stamps->list[i - 1], &stamps->list[i]) != 0)
          list->list.safe_push (stamps->list[i].source);
      }
}

/* The location made for the place of PROBE.  */
static location_t
find_location (const struct stamps *stamps, const struct stamp *probe)
{
  unsigned low = 0, high = stamps->list.length ();
  while (low < high)
    {
      unsigned middle = low + (high - low) / 2;
      if (compare_stamps (&stamps->list[middle], probe) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low < stamps->list.length () && same_place (&stamps->list[low], probe) ? stamps->locations[low]
                                                                                 : UNKNOWN_LOCATION;
}

static void
stamp_function (const struct stamps *stamps)
{
  line_marks lines;
  each_location ([&] (location_t loc, basic_block bb)
    {
      if (!has_place (loc))
        return loc;
      expanded_location at = expand_location (loc);
      if (!at.file)
        return loc;
      struct stamp probe = { at.file, at.line, line_mark (&lines, at, bb), false, { 0, 0 } };
      location_t stamped = find_location (stamps, &probe);
      return stamped == UNKNOWN_LOCATION
             ? loc : pgo_keep_discriminator (set_block (stamped, LOCATION_BLOCK (loc)), loc);
    });
}

static bool
to_be_marked (struct cgraph_node *node)
{
  return gimple_has_body_p (node->decl) && DECL_SOURCE_LOCATION (node->decl) != BUILTINS_LOCATION
         && !(node->clone_of && node->decl == node->clone_of->decl);
}

static unsigned
mark_unit (void)
{
  struct cgraph_node *node;
  struct stamps stamps;
  sources = new hash_map<int_hash<location_t, UNKNOWN_LOCATION>, mark_sources *> ();
  checksums = new hash_map<tree, uint64_t> ();
  marked = new auto_vec<tree> ();
  FOR_EACH_DEFINED_FUNCTION (node)
    if (to_be_marked (node))
      {
        push_cfun (DECL_STRUCT_FUNCTION (node->decl));
        collect (&stamps);
        struct pgo_flow_view view;
        pgo_flow_view_edges (&view);
        checksums->put (node->decl, pgo_flow_view_checksum (&view));
        marked->safe_push (node->decl);
        pop_cfun ();
      }
  stamps.list.qsort (compare_stamps);
  make_locations (&stamps);
  FOR_EACH_DEFINED_FUNCTION (node)
    if (to_be_marked (node))
      {
        push_cfun (DECL_STRUCT_FUNCTION (node->decl));
        stamp_function (&stamps);
        pop_cfun ();
      }
  return 0;
}

const struct pgo_marked_source *
pgo_mark_sources (location_t loc, unsigned *n)
{
  mark_sources **found = sources ? sources->get (LOCATION_LOCUS (loc)) : NULL;
  *n = found ? (*found)->list.length () : 0;
  return found ? (*found)->list.address () : NULL;
}

uint64_t
pgo_mark_checksum (tree fndecl)
{
  uint64_t *known = checksums ? checksums->get (fndecl) : NULL;
  return known ? *known : 0;
}

static int
compare_names (const void *a, const void *b)
{
  tree x = *(const tree *) a, y = *(const tree *) b;
  int order = strcmp (pgo_decl_name (x), pgo_decl_name (y));
  if (order)
    return order;
  return DECL_UID (x) < DECL_UID (y) ? -1 : DECL_UID (x) > DECL_UID (y);
}

void
pgo_mark_emit (void)
{
  if (!marked || marked->is_empty () || !asm_out_file)
    return;
  marked->qsort (compare_names);
  fprintf (asm_out_file, "\t.section\t" PGO_MARKS_SECTION ",\"\",@progbits\n");
  for (unsigned i = 0; i < marked->length (); i++)
    {
      tree decl = (*marked)[i];
      const char *file = pgo_decl_file (decl);
      char checksum[24];
      snprintf (checksum, sizeof checksum, "%016" PRIx64, pgo_mark_checksum (decl));
      char *line = concat (checksum, "\t", pgo_decl_name (decl), file ? "\t" : "", file ? file : "", "\n", NULL);
      ASM_OUTPUT_ASCII (asm_out_file, line, (int) strlen (line));
      free (line);
    }
}

namespace
{

const pass_data mark_data = {
  SIMPLE_IPA_PASS, "pgoinline-mark", OPTGROUP_NONE, TV_NONE, 0, 0, 0, 0, 0,
};

class mark_pass : public simple_ipa_opt_pass
{
public:
  mark_pass (gcc::context *context) : simple_ipa_opt_pass (mark_data, context) {}
  bool gate (function *) override
  {
    /* Without optimisation, no profile is used, and debuggers stop at each column of a line.  */
    return !in_lto_p && optimize && !seen_error ()
           && (pgo_plugin.options.mark || (pgo_plugin.source && pgo_source_marked (pgo_plugin.source)));
  }
  unsigned int execute (function *) override { return mark_unit (); }
};

} // namespace

opt_pass *
pgo_make_mark_pass (gcc::context *context)
{
  return new mark_pass (context);
}
