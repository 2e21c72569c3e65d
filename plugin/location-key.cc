/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/location-key.h"

/* Go's profiles have the names of the source, "net/http.Serve", not net_1http.Serve.  */
static bool
is_go (void)
{
  return strcmp (lang_hooks.name, "GNU Go") == 0;
}

/* Names of functions that other units cannot call, by DECL_UID of their origin.  They are made while the trees still
   tell what is declared in what, and kept: front ends make them in one buffer.  */
typedef hash_map<int_hash<int, -1, -2>, const char *> name_map;
static name_map *local_names;

/* Put what is declared in CONTEXT, a class or a function, goes by into NAMES, innermost first.  The same as tool/subprograms.c
   makes of debug info.  */
static void
add_scopes (tree context, auto_vec<char *> *names)
{
  for (tree outer; context && (TYPE_P (context) || TREE_CODE (context) == FUNCTION_DECL); context = outer)
    {
      const char *name = NULL;
      char offset[16] = "";
      if (TREE_CODE (context) == FUNCTION_DECL)
        {
          outer = DECL_CONTEXT (context);
          name = lang_hooks.dwarf_name (context, 0);
        }
      else
        {
          outer = TYPE_CONTEXT (context);
          tree decl = TYPE_NAME (context);
          if (decl && TREE_CODE (decl) == TYPE_DECL)
            {
              if (DECL_NAME (decl) && !DECL_NAMELESS (decl) && !DECL_IGNORED_P (decl))
                name = lang_hooks.dwarf_name (decl, 2);
              tree function = outer;
              while (function && TYPE_P (function))
                function = TYPE_CONTEXT (function);
              if (function && TREE_CODE (function) == FUNCTION_DECL && (!name || *name == '<'))
                snprintf (offset, sizeof offset, "%+d", DECL_SOURCE_LINE (decl) - DECL_SOURCE_LINE (function));
            }
        }
      names->safe_push (concat (name ? name : "<unnamed>", offset, "::", NULL));
    }
}

static const char *
local_name (tree fndecl)
{
  fndecl = DECL_ORIGIN (fndecl);
  if (!local_names)
    local_names = new name_map;
  if (const char **known = local_names->get (DECL_UID (fndecl)))
    return *known;
  const char *name = lang_hooks.dwarf_name (fndecl, 0);
  if (!name)
    name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
  char *text = xstrdup (name);
  /* Ada's names have all of it already.  */
  if (strcmp (lang_hooks.name, "GNU Ada") != 0)
    {
      auto_vec<char *> scopes;
      add_scopes (DECL_CONTEXT (fndecl), &scopes);
      unsigned i;
      char *scope;
      FOR_EACH_VEC_ELT (scopes, i, scope)
        {
          char *longer = concat (scope, text, NULL);
          free (text);
          free (scope);
          text = longer;
        }
    }
  local_names->put (DECL_UID (fndecl), text);
  return text;
}

void
pgo_name_functions (void *, void *)
{
  cgraph_node *node;
  if (in_lto_p || is_go ())
    return;
  FOR_EACH_FUNCTION (node)
    if (!TREE_PUBLIC (node->decl) && DECL_NAME (node->decl))
      local_name (node->decl);
}

/* Whether NAME, an assembler name, is mangled (Itanium C++ ABI) and of something that other units see: an L before an
   identifier marks what they don't, Z what is declared in a function.  */
static bool
is_external_mangled (const char *name)
{
  if (strncmp (name, "_Z", 2) != 0 || name[2] == 'Z' || name[2] == 'L' || strstr (name, "_GLOBAL__N_"))
    return false;
  if (name[2] != 'N')
    return true;
  for (name += 3; *name == 'K' || *name == 'V' || *name == 'R' || *name == 'O';)
    name++;
  while (ISDIGIT (*name))
    {
      char *identifier;
      unsigned long length = strtoul (name, &identifier, 10);
      if (length > strlen (identifier))
        return false;
      name = identifier + length;
    }
  return *name != 'L';
}

/* Whether other units see FNDECL, as it was written: link-time optimisation makes local what nothing else of the
   program uses.  */
static bool
is_external (tree fndecl)
{
  return TREE_PUBLIC (fndecl)
         || (in_lto_p && is_external_mangled (IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl))));
}

const char *
pgo_decl_name (tree fndecl)
{
  if (is_go ())
    return lang_hooks.decl_printable_name (fndecl, 2);
  if (is_external (fndecl) || !DECL_NAME (fndecl))
    {
      const char *name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
      /* Copies of a constructor or destructor go by their common origin, as debug info has it; a destructor
         that also deletes is a function by itself.  */
      size_t length = strlen (name);
      if ((DECL_CXX_CONSTRUCTOR_P (fndecl) || DECL_CXX_DESTRUCTOR_P (fndecl)) && DECL_ABSTRACT_ORIGIN (fndecl)
          && !(length > 4 && strcmp (name + length - 4, "D0Ev") == 0))
        name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (DECL_ORIGIN (fndecl)));
      return targetm.strip_name_encoding (name);
    }
  return local_name (fndecl);
}

const char *
pgo_decl_file (tree fndecl)
{
  /* What a front end makes up may be in no file.  */
  if (is_external (fndecl) || !DECL_SOURCE_FILE (fndecl))
    return NULL;
  return lbasename (DECL_SOURCE_FILE (fndecl));
}

struct pgo_location
pgo_location_key (location_t loc, int discriminator, tree fndecl)
{
  expanded_location at = expand_location (loc);
  struct pgo_location key;
  key.line = at.line - DECL_SOURCE_LINE (fndecl);
  key.column = at.column > 0 ? at.column : 0;
  key.discriminator = discriminator > 0 ? discriminator : 0;
  return key;
}
