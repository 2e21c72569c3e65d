/* From addresses to source: functions, what was inlined where, lines.

   The debug info of a binary is walked once for its functions; what is inside a function is read when it
   is asked for, into a *layout*: sorted tables for all of the function's addresses.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SYMBOLIZE_H
#define PGOINLINE_TOOL_SYMBOLIZE_H

#include "core/profile.h"
#include "tool/binary.h"

/* Greatest number of functions and of inlined calls in one function; what is beyond is left out.  */
#define SYMBOLIZE_MAX_FUNCTIONS (1u << 24)
#define SYMBOLIZE_MAX_SCOPES (1u << 18)
/* Deepest nesting of DIEs that is followed.  */
#define SYMBOLIZE_MAX_DEPTH 512

/* What a name in a profile stands for: NAME and FILE as in struct pgo_instance, interned in the debug
   info (equal strings, equal pointers).  DECL_LINE is the line of the declaration, 0 if unknown.  */
struct subprogram
{
  const char *name, *file;
  int64_t decl_line;
  bool is_marked;               /* Columns are block marks, of a CFG with CHECKSUM.  */
  uint64_t checksum;
};

/* A function with code of its own.  */
struct function
{
  struct subprogram subprogram;
  uint64_t entry;
  bool is_part;                 /* A .part.N: a piece split from the function it is named by.  */
  uint32_t unit;                /* Private, as is DIE.  */
  Dwarf_Die die;
};

/* Code from LOW to HIGH, exclusive, belongs to a function.  A function may have several: .cold parts.  */
struct function_range
{
  uint64_t low, high;
  uint32_t function;            /* Index.  */
};

struct debug_info
{
  const struct binary *binary;
  struct function *functions;   /* In the order of their DIEs.  */
  struct function_range *ranges; /* By LOW; they don't overlap.  */
  uint32_t n_functions, n_ranges;

  /* Private to symbolize.c.  */
  uint32_t room_functions, room_ranges;
  struct unit *units;
  uint32_t n_units;
  struct subprograms *subprograms;
  struct marks *marks;
  struct pgo_pool *pool;
};

/* Walk the DWARF of BINARY, which must have some and outlive the result.  NULL and STATUS if it cannot
   be read.  */
struct debug_info *debug_info_read (const struct binary *binary, struct pgo_status *status);
/* Whether any function of it was marked.  */
bool debug_info_marked (const struct debug_info *);
/* NULL is allowed.  */
void debug_info_free (struct debug_info *);

/* The function whose code holds ADDRESS, or NULL.  */
const struct function *debug_info_function (const struct debug_info *, uint64_t address);

/* Scope 0 is the function; each other scope is a call that was inlined into scope PARENT, a smaller index,
   at AT.  Copies of one inlined call (in unrolled loops, duplicated blocks) are one scope.  */
struct scope
{
  uint32_t parent, depth;       /* Depth 0: the function.  */
  struct pgo_location at;       /* Relative to PARENT's declaration.  */
  struct subprogram subprogram;
};

/* SCOPE is the innermost one from LOW to HIGH, exclusive.  */
struct span
{
  uint64_t low, high;
  uint32_t scope;
};

/* A copy of an inlined call is entered at ADDRESS.  */
struct scope_entry
{
  uint64_t address;
  uint32_t scope;
};

/* A row of the line table: it says where the code from ADDRESS on comes from, until the next row.  Of
   several rows at one address the last one counts; the others are statements that left no code there.  */
struct line_row
{
  uint64_t address;
  int64_t line;                 /* 0: not known from here on.  */
  uint32_t column, discriminator;
  bool is_statement;            /* A recommended breakpoint.  */
};

struct layout
{
  const struct function *function;
  struct function_range *ranges; /* This function's, by LOW.  */
  struct scope *scopes;
  struct span *spans;           /* By LOW; they cover RANGES exactly.  */
  struct scope_entry *entries;  /* By address, then scope.  */
  const struct line_row *rows;  /* Of the function's unit, by address.  Belong to the debug info.  */
  uint32_t n_ranges, n_scopes, n_spans, n_entries, n_rows;
};

/* Read the layout of a function; false if its debug info is damaged (LAYOUT is cleared then).  */
bool layout_read (struct debug_info *, const struct function *, struct layout *layout);
void layout_clear (struct layout *);

/* The innermost scope at ADDRESS, UINT32_MAX if it is not the function's.  */
uint32_t layout_scope (const struct layout *, uint64_t address);
/* The row that counts at ADDRESS, or NULL.  */
const struct line_row *layout_row (const struct layout *, uint64_t address);
/* The location key of ROW in SCOPE; false if ROW is NULL or tells no line.  */
bool layout_location (const struct layout *, uint32_t scope, const struct line_row *row,
                      struct pgo_location *at);

/* What the profile calls the function that starts at ADDRESS, with or without debug info: FILE is NULL
   when only a symbol is known.  DEBUG may be NULL.  False if nothing starts there, or just a part.
   The strings live as long as DEBUG and BINARY do; *LENGTH bytes of *NAME count.  */
bool symbolize_entry (const struct debug_info *debug, const struct binary *binary, uint64_t address,
                      const char **name, size_t *length, const char **file);

#endif
