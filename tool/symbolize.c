/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/symbolize.h"
#include "core/alloc.h"
#include "core/assembler-name.h"
#include "core/pool.h"
#include "tool/marks.h"
#include "tool/subprograms.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

struct unit
{
  Dwarf_Die die;
  struct line_row *rows;
  uint32_t n_rows;
  bool rows_read;
};

static bool
attribute_number (Dwarf_Die *die, unsigned name, uint64_t *value)
{
  Dwarf_Attribute attribute;
  Dwarf_Word word;
  if (!dwarf_attr (die, name, &attribute) || dwarf_formudata (&attribute, &word) != 0)
    return false;
  *value = word;
  return true;
}

/* Call VISIT (DATA, LOW, HIGH) for each range of code of DIE; false if DWARF is damaged.  */
static bool
each_range (Dwarf_Die *die, void (*visit) (void *data, uint64_t low, uint64_t high), void *data)
{
  Dwarf_Addr base, low, high;
  ptrdiff_t offset = 0;
  while ((offset = dwarf_ranges (die, offset, &base, &low, &high)) > 0)
    if (low < high)
      visit (data, low, high);
  return offset == 0;
}

static void
add_function_range (void *data, uint64_t low, uint64_t high)
{
  struct debug_info *info = data;
  /* What the linker threw away was moved to where there is no code.  */
  uint64_t size;
  if (!binary_code (info->binary, low, &size) || size < high - low)
    return;
  if (info->n_ranges == info->room_ranges)
    {
      info->room_ranges = info->room_ranges ? info->room_ranges * 2 : 1024;
      info->ranges = pgo_realloc_array (info->ranges, info->room_ranges, sizeof *info->ranges);
    }
  info->ranges[info->n_ranges++] = (struct function_range) { low, high, info->n_functions };
}

static void
add_function (struct debug_info *info, Dwarf_Die *die, uint32_t unit)
{
  uint32_t first = info->n_ranges;
  if (info->n_functions == SYMBOLIZE_MAX_FUNCTIONS)
    return;
  each_range (die, add_function_range, info);
  if (info->n_ranges == first)
    return;
  const struct subprogram *subprogram = subprogram_of (info->subprograms, die);
  if (!subprogram)
    {
      info->n_ranges = first;
      return;
    }
  if (info->n_functions == info->room_functions)
    {
      info->room_functions = info->room_functions ? info->room_functions * 2 : 1024;
      info->functions = pgo_realloc_array (info->functions, info->room_functions, sizeof *info->functions);
    }
  Dwarf_Addr entry;
  if (dwarf_entrypc (die, &entry) != 0 || entry < info->ranges[first].low
      || entry >= info->ranges[first].high)
    entry = info->ranges[first].low;
  struct function *function = &info->functions[info->n_functions++];
  *function = (struct function) { .subprogram = *subprogram, .entry = entry, .unit = unit, .die = *die };

  for (const struct symbol *s = binary_symbol (info->binary, entry);
       s && s < info->binary->symbols + info->binary->n_symbols && s->address == entry; s++)
    if (assembler_name_is_part (s->name))
      function->is_part = true;
}

/* Add the functions below DIE.  */
static void
walk_functions (struct debug_info *info, Dwarf_Die *die, uint32_t unit, unsigned depth)
{
  Dwarf_Die child;
  if (depth > SYMBOLIZE_MAX_DEPTH || dwarf_child (die, &child) != 0)
    return;
  do
    switch (dwarf_tag (&child))
      {
      case DW_TAG_subprogram:
        add_function (info, &child, unit);
        /* Fall through.  */
      case DW_TAG_namespace:
      case DW_TAG_module:
      case DW_TAG_structure_type:
      case DW_TAG_class_type:
      case DW_TAG_union_type:
      case DW_TAG_interface_type:
      case DW_TAG_lexical_block:
        if (dwarf_haschildren (&child) > 0)
          walk_functions (info, &child, unit, depth + 1);
        break;
      }
  while (dwarf_siblingof (&child, &child) == 0);
}

static int
compare_ranges (const void *x, const void *y)
{
  const struct function_range *a = x, *b = y;
  if (a->low != b->low)
    return a->low < b->low ? -1 : 1;
  if (a->function != b->function)
    return a->function < b->function ? -1 : 1;
  return a->high < b->high ? -1 : a->high > b->high;
}

struct debug_info *
debug_info_read (const struct binary *binary, struct pgo_status *status)
{
  struct debug_info *info = pgo_alloc (sizeof *info);
  info->binary = binary;
  info->pool = pgo_pool_new ();
  info->marks = marks_read (binary);
  info->subprograms = subprograms_new (info->pool, info->marks);

  uint32_t room = 0;
  int result;
  Dwarf_CU *cu = NULL;
  Dwarf_Die die, split;
  Dwarf_Half version;
  uint8_t type;
  while (dwarf_get_units (binary->dwarf, cu, &cu, &version, &type, &die, &split) == 0)
    if (type == DW_UT_compile || type == DW_UT_skeleton || type == DW_UT_partial)
      subprograms_read_scopes (info->subprograms, type == DW_UT_skeleton && split.addr ? &split : &die);
  cu = NULL;
  while ((result = dwarf_get_units (binary->dwarf, cu, &cu, &version, &type, &die, &split)) == 0)
    {
      if (type != DW_UT_compile && type != DW_UT_skeleton && type != DW_UT_partial)
        continue;
      if (info->n_units == room)
        {
          room = room ? room * 2 : 64;
          info->units = pgo_realloc_array (info->units, room, sizeof *info->units);
        }
      /* The line table belongs to the skeleton of a split unit.  */
      info->units[info->n_units] = (struct unit) { .die = die };
      walk_functions (info, type == DW_UT_skeleton && split.addr ? &split : &die, info->n_units++, 0);
    }
  if (result < 0)
    {
      pgo_fail (status, binary->path, 0, "damaged debug info: %s", dwarf_errmsg (-1));
      debug_info_free (info);
      return NULL;
    }

  if (info->n_ranges)
    qsort (info->ranges, info->n_ranges, sizeof *info->ranges, compare_ranges);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < info->n_ranges; i++)
    {
      struct function_range range = info->ranges[i];
      if (kept && range.low < info->ranges[kept - 1].high)
        {
          /* One code of several functions (identical code folding): it counts for the first.  */
          if (range.high <= info->ranges[kept - 1].high)
            continue;
          range.low = info->ranges[kept - 1].high;
        }
      info->ranges[kept++] = range;
    }
  info->n_ranges = kept;
  return info;
}

void
debug_info_free (struct debug_info *info)
{
  if (!info)
    return;
  for (uint32_t i = 0; i < info->n_units; i++)
    pgo_free (info->units[i].rows);
  pgo_free (info->units);
  pgo_free (info->functions);
  pgo_free (info->ranges);
  subprograms_free (info->subprograms);
  marks_free (info->marks);
  pgo_pool_free (info->pool);
  pgo_free (info);
}

const struct function *
debug_info_function (const struct debug_info *info, uint64_t address)
{
  uint32_t low = 0, high = info->n_ranges;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (info->ranges[middle].high <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low < info->n_ranges && info->ranges[low].low <= address
         ? &info->functions[info->ranges[low].function] : NULL;
}

bool
symbolize_entry (const struct debug_info *debug, const struct binary *binary, uint64_t address,
                 const char **name, size_t *length, const char **file)
{
  *file = NULL;
  const struct function *function = debug ? debug_info_function (debug, address) : NULL;
  if (function)
    {
      if (function->entry != address || function->is_part)
        return false;
      *name = function->subprogram.name;
      *file = function->subprogram.file;
      *length = strlen (*name);
      return true;
    }
  const struct symbol *symbol = binary_symbol (binary, address);
  if (!symbol || assembler_name_is_part (symbol->name))
    return false;
  *name = symbol->name;
  *length = assembler_name_length (symbol->name);
  return true;
}

/* The rows of a unit's line table, read once.  */
static const struct unit *
unit_with_rows (struct debug_info *info, uint32_t index)
{
  struct unit *unit = &info->units[index];
  if (unit->rows_read)
    return unit;
  unit->rows_read = true;
  Dwarf_Lines *lines;
  size_t n;
  if (dwarf_getsrclines (&unit->die, &lines, &n) != 0 || n == 0 || n > UINT32_MAX)
    return unit;
  unit->rows = pgo_alloc_array (n, sizeof *unit->rows);
  for (size_t i = 0; i < n; i++)
    {
      Dwarf_Line *line = dwarf_onesrcline (lines, i);
      Dwarf_Addr address;
      int number = 0, column = 0;
      unsigned discriminator = 0;
      bool statement = false, end = false;
      if (!line || dwarf_lineaddr (line, &address) != 0)
        continue;
      dwarf_lineno (line, &number);
      dwarf_linecol (line, &column);
      dwarf_linediscriminator (line, &discriminator);
      dwarf_linebeginstatement (line, &statement);
      dwarf_lineendsequence (line, &end);
      unit->rows[unit->n_rows++]
        = (struct line_row) { address, end || number < 0 ? 0 : number, column < 0 ? 0 : column, discriminator,
                              statement && !end };
    }
  return unit;
}

const struct line_row *
layout_row (const struct layout *layout, uint64_t address)
{
  uint32_t low = 0, high = layout->n_rows;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (layout->rows[middle].address <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 ? &layout->rows[low - 1] : NULL;
}

/* LINE of a scope's source as an offset from its declaration.  */
static bool
line_offset (const struct scope *scope, int64_t line, int32_t *offset)
{
  int64_t difference = line - scope->subprogram.decl_line;
  *offset = (int32_t) difference;
  return *offset == difference;
}

bool
layout_location (const struct layout *layout, uint32_t scope, const struct line_row *row,
                 struct pgo_location *at)
{
  if (!row || row->line == 0)
    return false;
  at->column = row->column;
  /* A mark says all that a discriminator does.  */
  at->discriminator = layout->scopes[scope].subprogram.is_marked ? 0 : row->discriminator;
  return line_offset (&layout->scopes[scope], row->line, &at->line);
}

/* A range of an inlined call, or of the function.  */
struct scope_range
{
  uint64_t low, high;
  uint32_t scope, depth;
};

/* What is needed while a layout is read.  */
struct layout_reader
{
  struct debug_info *info;
  struct layout *layout;
  struct scope_range *ranges;
  uint32_t n_ranges, room_ranges;
  uint32_t room_scopes, room_entries;
  uint32_t *slots, n_slots;     /* Scopes by what they are: open addressing, index + 1.  */
  uint32_t scope;               /* Whose ranges are being visited.  */
};

static void
add_scope_range (void *data, uint64_t low, uint64_t high)
{
  struct layout_reader *reader = data;
  if (reader->n_ranges == reader->room_ranges)
    {
      reader->room_ranges = reader->room_ranges ? reader->room_ranges * 2 : 32;
      reader->ranges = pgo_realloc_array (reader->ranges, reader->room_ranges, sizeof *reader->ranges);
    }
  reader->ranges[reader->n_ranges++]
    = (struct scope_range) { low, high, reader->scope, reader->layout->scopes[reader->scope].depth };
}

static uint32_t *
scope_slot (struct layout_reader *reader, const struct scope *scope)
{
  uint64_t hash = (uintptr_t) scope->subprogram.name ^ (uintptr_t) scope->subprogram.file << 1;
  hash = hash * 31 + scope->parent;
  hash = hash * 31 + (uint32_t) scope->at.line;
  hash = (hash * 31 + scope->at.column) * UINT64_C (0x9e3779b97f4a7c15);
  uint32_t mask = reader->n_slots - 1;
  for (uint32_t slot = (hash >> 32) & mask;; slot = (slot + 1) & mask)
    {
      if (reader->slots[slot] == 0)
        return &reader->slots[slot];
      const struct scope *s = &reader->layout->scopes[reader->slots[slot] - 1];
      if (s->parent == scope->parent && s->at.line == scope->at.line && s->at.column == scope->at.column
          && s->subprogram.name == scope->subprogram.name && s->subprogram.file == scope->subprogram.file)
        return &reader->slots[slot];
    }
}

/* The index of SCOPE, added if it is new; UINT32_MAX if there are too many.  */
static uint32_t
intern_scope (struct layout_reader *reader, const struct scope *scope)
{
  struct layout *layout = reader->layout;
  if (layout->n_scopes * 2 >= reader->n_slots)
    {
      reader->n_slots = reader->n_slots ? reader->n_slots * 2 : 64;
      pgo_free (reader->slots);
      reader->slots = pgo_alloc_array (reader->n_slots, sizeof *reader->slots);
      for (uint32_t i = 0; i < layout->n_scopes; i++)
        *scope_slot (reader, &layout->scopes[i]) = i + 1;
    }
  uint32_t *slot = scope_slot (reader, scope);
  if (*slot)
    return *slot - 1;
  if (layout->n_scopes == SYMBOLIZE_MAX_SCOPES)
    return UINT32_MAX;
  if (layout->n_scopes == reader->room_scopes)
    {
      reader->room_scopes = reader->room_scopes ? reader->room_scopes * 2 : 16;
      layout->scopes = pgo_realloc_array (layout->scopes, reader->room_scopes, sizeof *layout->scopes);
    }
  layout->scopes[layout->n_scopes] = *scope;
  *slot = ++layout->n_scopes;
  return layout->n_scopes - 1;
}

/* An inlined call: DIE below scope PARENT.  Returns its scope, or PARENT if it cannot be told.  */
static uint32_t
add_inlined (struct layout_reader *reader, Dwarf_Die *die, uint32_t parent)
{
  struct layout *layout = reader->layout;
  const struct subprogram *subprogram = subprogram_of (reader->info->subprograms, die);
  uint64_t line = 0, column = 0;
  attribute_number (die, DW_AT_call_line, &line);
  attribute_number (die, DW_AT_call_column, &column);
  struct scope scope = { .parent = parent, .depth = layout->scopes[parent].depth + 1 };
  if (!subprogram || line == 0 || line > INT32_MAX || column > UINT32_MAX
      || !line_offset (&layout->scopes[parent], line, &scope.at.line))
    return parent;
  scope.at.column = column;
  scope.subprogram = *subprogram;
  uint32_t index = intern_scope (reader, &scope);
  if (index == UINT32_MAX)
    return parent;
  reader->scope = index;
  uint32_t first = reader->n_ranges;
  each_range (die, add_scope_range, reader);
  if (reader->n_ranges == first)
    return index;

  Dwarf_Addr entry;
  if (dwarf_entrypc (die, &entry) != 0)
    entry = reader->ranges[first].low;
  if (layout->n_entries == reader->room_entries)
    {
      reader->room_entries = reader->room_entries ? reader->room_entries * 2 : 16;
      layout->entries = pgo_realloc_array (layout->entries, reader->room_entries, sizeof *layout->entries);
    }
  layout->entries[layout->n_entries++] = (struct scope_entry) { entry, index };
  return index;
}

static void
walk_scopes (struct layout_reader *reader, Dwarf_Die *die, uint32_t scope, unsigned depth)
{
  Dwarf_Die child;
  if (depth > SYMBOLIZE_MAX_DEPTH || dwarf_child (die, &child) != 0)
    return;
  do
    switch (dwarf_tag (&child))
      {
      case DW_TAG_inlined_subroutine:
        {
          uint32_t inner = add_inlined (reader, &child, scope);
          walk_scopes (reader, &child, inner, depth + 1);
          break;
        }
      case DW_TAG_lexical_block:
        walk_scopes (reader, &child, scope, depth + 1);
        break;
      }
  while (dwarf_siblingof (&child, &child) == 0);
}

static int
compare_scope_ranges (const void *x, const void *y)
{
  const struct scope_range *a = x, *b = y;
  if (a->low != b->low)
    return a->low < b->low ? -1 : 1;
  if (a->depth != b->depth)
    return a->depth < b->depth ? -1 : 1;
  /* Outer before inner also among equals of one depth.  */
  if (a->high != b->high)
    return a->high > b->high ? -1 : 1;
  return a->scope < b->scope ? -1 : a->scope > b->scope;
}

static int
compare_entries (const void *x, const void *y)
{
  const struct scope_entry *a = x, *b = y;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return a->scope < b->scope ? -1 : a->scope > b->scope;
}

static void
add_span (struct layout *layout, uint32_t *room, uint64_t low, uint64_t high, uint32_t scope)
{
  if (low >= high)
    return;
  struct span *last = layout->n_spans ? &layout->spans[layout->n_spans - 1] : NULL;
  if (last && last->scope == scope && last->high == low)
    {
      last->high = high;
      return;
    }
  if (layout->n_spans == *room)
    {
      *room = *room ? *room * 2 : 32;
      layout->spans = pgo_realloc_array (layout->spans, *room, sizeof *layout->spans);
    }
  layout->spans[layout->n_spans++] = (struct span) { low, high, scope };
}

/* Cut the nested ranges of the reader into spans, innermost scope first: a sweep with a stack of what is
   open.  */
static void
make_spans (struct layout_reader *reader)
{
  struct layout *layout = reader->layout;
  uint32_t room = 0, depth = 0;
  qsort (reader->ranges, reader->n_ranges, sizeof *reader->ranges, compare_scope_ranges);
  struct scope_range *stack = pgo_alloc_array (reader->n_ranges + 1, sizeof *stack);
  uint64_t at = 0;
  for (uint32_t i = 0; i <= reader->n_ranges; i++)
    {
      uint64_t next = i < reader->n_ranges ? reader->ranges[i].low : UINT64_MAX;
      /* Close what ends before NEXT.  */
      while (depth > 0)
        {
          struct scope_range *top = &stack[depth - 1];
          uint64_t end = top->high < next ? top->high : next;
          if (end > at)
            {
              add_span (layout, &room, at, end, top->scope);
              at = end;
            }
          if (top->high > next)
            break;
          depth--;
        }
      if (i < reader->n_ranges)
        {
          at = next;
          stack[depth++] = reader->ranges[i];
        }
    }
  pgo_free (stack);
}

/* Cut from the spans what lies outside of the function's ranges: inlined calls that are told to reach
   beyond them, and code that another function has.  */
static void
clip_spans (struct layout *layout)
{
  struct span *old = layout->spans;
  uint32_t n_old = layout->n_spans, room = 0, r = 0;
  layout->spans = NULL;
  layout->n_spans = 0;
  for (uint32_t i = 0; i < n_old; i++)
    {
      while (r < layout->n_ranges && layout->ranges[r].high <= old[i].low)
        r++;
      for (uint32_t k = r; k < layout->n_ranges && layout->ranges[k].low < old[i].high; k++)
        add_span (layout, &room, old[i].low > layout->ranges[k].low ? old[i].low : layout->ranges[k].low,
                  old[i].high < layout->ranges[k].high ? old[i].high : layout->ranges[k].high, old[i].scope);
    }
  pgo_free (old);
}

bool
layout_read (struct debug_info *info, const struct function *function, struct layout *layout)
{
  memset (layout, 0, sizeof *layout);
  struct layout_reader reader = { .info = info, .layout = layout };
  uint32_t index = function - info->functions;
  layout->function = function;

  Dwarf_Die die = function->die;
  const struct scope outermost = { .subprogram = function->subprogram };
  intern_scope (&reader, &outermost);
  bool ok = each_range (&die, add_scope_range, &reader) && reader.n_ranges > 0;
  if (ok)
    {
      /* Those of its ranges that it kept.  */
      uint32_t room = 0;
      for (uint32_t i = 0; i < reader.n_ranges; i++)
        {
          const struct scope_range *range = &reader.ranges[i];
          uint32_t low = 0, high = info->n_ranges;
          while (low < high)
            {
              uint32_t middle = low + (high - low) / 2;
              if (info->ranges[middle].high <= range->low)
                low = middle + 1;
              else
                high = middle;
            }
          for (; low < info->n_ranges && info->ranges[low].low < range->high; low++)
            if (info->ranges[low].function == index)
              {
                if (layout->n_ranges == room)
                  {
                    room = room ? room * 2 : 2;
                    layout->ranges = pgo_realloc_array (layout->ranges, room, sizeof *layout->ranges);
                  }
                layout->ranges[layout->n_ranges++] = info->ranges[low];
              }
        }
      if (layout->n_ranges)
        qsort (layout->ranges, layout->n_ranges, sizeof *layout->ranges, compare_ranges);
      uint32_t kept = 0;
      for (uint32_t i = 0; i < layout->n_ranges; i++)
        if (kept == 0 || layout->ranges[i].low > layout->ranges[kept - 1].low)
          layout->ranges[kept++] = layout->ranges[i];
      layout->n_ranges = kept;

      walk_scopes (&reader, &die, 0, 0);
      make_spans (&reader);
      clip_spans (layout);
      if (layout->n_entries)
        qsort (layout->entries, layout->n_entries, sizeof *layout->entries, compare_entries);
      const struct unit *unit = unit_with_rows (info, function->unit);
      layout->rows = unit->rows;
      layout->n_rows = unit->n_rows;
    }
  pgo_free (reader.ranges);
  pgo_free (reader.slots);
  if (!ok || layout->n_ranges == 0)
    {
      layout_clear (layout);
      return false;
    }
  return true;
}

void
layout_clear (struct layout *layout)
{
  pgo_free (layout->ranges);
  pgo_free (layout->scopes);
  pgo_free (layout->spans);
  pgo_free (layout->entries);
  memset (layout, 0, sizeof *layout);
}

uint32_t
layout_scope (const struct layout *layout, uint64_t address)
{
  uint32_t low = 0, high = layout->n_spans;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (layout->spans[middle].high <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low < layout->n_spans && layout->spans[low].low <= address ? layout->spans[low].scope : UINT32_MAX;
}

bool
debug_info_marked (const struct debug_info *info)
{
  return marks_any (info->marks);
}
