/* Names of subprograms.  A function that other units can call goes by its assembler name.  One that they cannot has no
   such name in debug info, only that of the source, which several may share: methods of classes in an anonymous
   namespace, lambdas (all of them are "operator()"), functions contained in others.  So what it is declared in goes
   before it, as in "scanner::digit", "sweep::diverged"; of classes without a name that are local to a function, lambdas
   above all, also the line, counted from the function's: "main::<unnamed>+12::operator()".  The plugin makes the
   same names of GCC's trees (pgo_decl_name in plugin/location-key.cc).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/subprograms.h"
#include "core/alloc.h"
#include "core/assembler-name.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

/* Longest chain of DW_AT_abstract_origin that is followed; GCC makes two steps under LTO.  */
#define ORIGIN_CHAIN_MAX 8

/* End of the mangled name of a deleting destructor (Itanium C++ ABI, 5.1.4.3).  */
#define DELETING_SUFFIX "D0Ev"

/* A table by the address, in memory, of a DIE.  */
struct die_entry
{
  const void *die;
  const char *scope;            /* What a subprogram is declared in, with "::" behind it, or NULL.  */
  bool is_named;                /* SUBPROGRAM is filled in.  */
  struct subprogram subprogram;
};

struct subprograms
{
  struct die_entry *slots;
  uint32_t n, room;
  struct pgo_pool *pool;
  struct marks *marks;
};

struct subprograms *
subprograms_new (struct pgo_pool *pool, struct marks *marks)
{
  struct subprograms *table = pgo_alloc (sizeof *table);
  table->pool = pool;
  table->marks = marks;
  return table;
}

void
subprograms_free (struct subprograms *table)
{
  pgo_free (table->slots);
  pgo_free (table);
}

static struct die_entry *
die_slot (struct subprograms *table, const void *die)
{
  uint32_t mask = table->room - 1;
  uint32_t slot = (uint32_t) (((uintptr_t) die * UINT64_C (0x9e3779b97f4a7c15)) >> 32) & mask;
  while (table->slots[slot].die && table->slots[slot].die != die)
    slot = (slot + 1) & mask;
  return &table->slots[slot];
}

/* The entry of DIE, added if it is new.  */
static struct die_entry *
die_entry (struct subprograms *table, const void *die)
{
  if (table->n * 2 >= table->room)
    {
      struct subprograms old = *table;
      table->room = old.room ? old.room * 2 : 1024;
      table->slots = pgo_alloc_array (table->room, sizeof *table->slots);
      for (uint32_t i = 0; i < old.room; i++)
        if (old.slots[i].die)
          *die_slot (table, old.slots[i].die) = old.slots[i];
      pgo_free (old.slots);
    }
  struct die_entry *entry = die_slot (table, die);
  table->n += entry->die == NULL;
  entry->die = die;
  return entry;
}

/* What the functions below a DIE are declared in.  */
struct scope_path
{
  const char *text;             /* "" or with "::" behind it; interned.  */
  int function_line;            /* Of the innermost function, 0: none.  */
};

/* PATH with DIE, a class or a function, at its end.  */
static struct scope_path
scope_within (struct subprograms *table, const struct scope_path *path, Dwarf_Die *die, bool is_class)
{
  struct scope_path inner = *path;
  Dwarf_Attribute attribute;
  const char *name = dwarf_attr_integrate (die, DW_AT_name, &attribute) ? dwarf_formstring (&attribute) : NULL;
  int line = 0;
  dwarf_decl_line (die, &line);
  char offset[16] = "";
  if (is_class && path->function_line && (!name || *name == '<'))
    snprintf (offset, sizeof offset, "%+d", line - path->function_line);
  if (!is_class)
    inner.function_line = line;
  if (!name)
    name = "<unnamed>";
  size_t length = strlen (path->text) + strlen (name) + strlen (offset) + 2;
  char *text = pgo_alloc (length + 1);
  snprintf (text, length + 1, "%s%s%s::", path->text, name, offset);
  inner.text = pgo_pool_intern (table->pool, text, length);
  pgo_free (text);
  return inner;
}

static void
walk_scopes (struct subprograms *table, Dwarf_Die *die, const struct scope_path *path, unsigned depth)
{
  Dwarf_Die child;
  if (depth > SYMBOLIZE_MAX_DEPTH || dwarf_child (die, &child) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&child);
      bool is_class = tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type
                      || tag == DW_TAG_interface_type;
      bool is_function = tag == DW_TAG_subprogram;
      if (is_function && *path->text)
        die_entry (table, child.addr)->scope = path->text;
      if (dwarf_haschildren (&child) <= 0
          || !(is_class || is_function || tag == DW_TAG_namespace || tag == DW_TAG_module
               || tag == DW_TAG_lexical_block))
        continue;
      struct scope_path inner = *path;
      if (is_class || is_function)
        inner = scope_within (table, path, &child, is_class);
      walk_scopes (table, &child, &inner, depth + 1);
    }
  while (dwarf_siblingof (&child, &child) == 0);
}

void
subprograms_read_scopes (struct subprograms *table, Dwarf_Die *unit)
{
  /* Ada's and Go's names have all of it already.  */
  switch (dwarf_srclang (unit))
    {
    case DW_LANG_Ada83:
    case DW_LANG_Ada95:
    case DW_LANG_Go:
      return;
    }
  const struct scope_path path = { "", 0 };
  walk_scopes (table, unit, &path, 0);
}

/* Whether DIE itself says that it is a destructor that also deletes.  */
static bool
is_deleting (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  const char *name = dwarf_attr (die, DW_AT_linkage_name, &attribute) ? dwarf_formstring (&attribute) : NULL;
  size_t length = name ? strlen (name) : 0;
  return length > strlen (DELETING_SUFFIX)
         && strcmp (name + length - strlen (DELETING_SUFFIX), DELETING_SUFFIX) == 0;
}

/* The DIE that DIE is an instance of, through all abstract origins; DIE itself if there is none.  So copies
   of a constructor or destructor go by the name that they are inlined by, their common origin's.  A
   destructor that also deletes is a function by itself, though it has the same origin.  */
static Dwarf_Die
ultimate_origin (Dwarf_Die die)
{
  for (int i = 0; i < ORIGIN_CHAIN_MAX; i++)
    {
      Dwarf_Attribute attribute;
      Dwarf_Die next;
      if (!dwarf_attr (&die, DW_AT_abstract_origin, &attribute) || !dwarf_formref_die (&attribute, &next)
          || is_deleting (&die))
        break;
      die = next;
    }
  return die;
}

/* Go's profiles, and the plugin after them, have the names of the source: "net/http.Serve", not net_1http.Serve.  */
static bool
is_go (Dwarf_Die *die)
{
  Dwarf_Die unit;
  return dwarf_diecu (die, &unit, NULL, NULL) && dwarf_srclang (&unit) == DW_LANG_Go;
}

static const char *
linkage_name (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  if (is_go (die))
    return NULL;
  if (!dwarf_attr_integrate (die, DW_AT_linkage_name, &attribute)
      && !dwarf_attr_integrate (die, DW_AT_MIPS_linkage_name, &attribute))
    return NULL;
  return dwarf_formstring (&attribute);
}

/* The base name of the file that DIE, or what it is an instance of, is declared in; NULL if not told.
   (dwarf_decl_file stumbles over split units.)  */
static const char *
decl_file (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Word index;
  Dwarf_Die unit;
  Dwarf_Files *files;
  size_t n;
  if (!dwarf_attr_integrate (die, DW_AT_decl_file, &attribute) || dwarf_formudata (&attribute, &index) != 0
      || dwarf_cu_info (attribute.cu, NULL, NULL, &unit, NULL, NULL, NULL, NULL) != 0
      || dwarf_getsrcfiles (&unit, &files, &n) != 0 || index >= n)
    return NULL;
  const char *path = dwarf_filesrc (files, index, NULL, NULL);
  const char *slash = path ? strrchr (path, '/') : NULL;
  return slash ? slash + 1 : path;
}

/* What the subprogram DIE is declared in, or NULL.  What is defined outside of its class says where it was declared.  */
static const char *
scope_of (struct subprograms *table, Dwarf_Die *die)
{
  const char *scope = die_entry (table, die->addr)->scope;
  Dwarf_Attribute attribute;
  Dwarf_Die declaration;
  if (dwarf_attr (die, DW_AT_specification, &attribute) && dwarf_formref_die (&attribute, &declaration))
    scope = die_entry (table, declaration.addr)->scope;
  return scope;
}

/* Fill in the subprogram that ORIGIN is; DIE is an instance of it.  */
static void
name_subprogram (struct subprograms *table, Dwarf_Die *origin, Dwarf_Die *die, struct subprogram *subprogram)
{
  const char *scope = NULL, *name = linkage_name (origin);
  /* Destructors may have a name only in their copies.  */
  if (!name)
    name = linkage_name (die);
  if (!name)
    {
      Dwarf_Attribute attribute;
      scope = scope_of (table, origin);
      if (dwarf_attr_integrate (origin, DW_AT_name, &attribute))
        name = dwarf_formstring (&attribute);
    }
  if (name && *name)
    {
      /* Where nothing was inlined, debug info has copies without a common origin.  */
      size_t before = scope ? strlen (scope) : 0, length = before + assembler_name_length (name);
      char *text = pgo_alloc (length + 1);
      if (scope)
        memcpy (text, scope, before);
      memcpy (text + before, name, length - before);
      text[length] = '\0';
      assembler_name_unify (text);
      subprogram->name = pgo_pool_intern (table->pool, text, length);
      pgo_free (text);
    }
  Dwarf_Attribute attribute;
  bool external = false;
  if (dwarf_attr_integrate (origin, DW_AT_external, &attribute))
    dwarf_formflag (&attribute, &external);
  /* Methods of local classes are called external, and are not.  */
  const char *file = external && !scope ? NULL : decl_file (origin);
  if (file)
    subprogram->file = pgo_pool_intern (table->pool, file, strlen (file));
  int line;
  if (dwarf_decl_line (origin, &line) == 0)
    subprogram->decl_line = line;
  if (subprogram->name)
    subprogram->is_marked = marks_find (table->marks, subprogram->name, subprogram->file, &subprogram->checksum);
}

const struct subprogram *
subprogram_of (struct subprograms *table, Dwarf_Die *die)
{
  Dwarf_Die origin = ultimate_origin (*die);
  struct die_entry *entry = die_entry (table, origin.addr);
  if (!entry->is_named)
    {
      struct subprogram subprogram = { 0 };
      name_subprogram (table, &origin, die, &subprogram);
      entry = die_entry (table, origin.addr);
      entry->subprogram = subprogram;
      entry->is_named = true;
    }
  return entry->subprogram.name ? &entry->subprogram : NULL;
}
