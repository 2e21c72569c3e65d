/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "plugin/location-key.h"

/* Go's profiles have the names of the source, "net/http.Serve", not net_1http.Serve.  */
static bool
is_go (void)
{
  return strcmp (lang_hooks.name, "GNU Go") == 0;
}

const char *
pgo_decl_name (tree fndecl)
{
  if (is_go ())
    return lang_hooks.decl_printable_name (fndecl, 2);
  if (TREE_PUBLIC (fndecl) || !DECL_NAME (fndecl))
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
  return lang_hooks.dwarf_name (fndecl, 0);
}

const char *
pgo_decl_file (tree fndecl)
{
  if (TREE_PUBLIC (fndecl))
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
