/* Print the inline stack of addresses, for comparison with another symbolizer.

   frames BINARY <ADDRESSES   For each hexadecimal address a line: NAME LINE COLUMN, innermost first, frames
   separated by tabs; "?" where the address is in no function.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/symbolize.h"

#include <inttypes.h>
#include <stdio.h>

int
main (int argc, char **argv)
{
  struct pgo_status status = { 0 };
  struct binary *binary = argc == 2 ? binary_open (argv[1], NULL, 0, &status) : NULL;
  struct debug_info *debug = binary && binary->dwarf ? debug_info_read (binary, &status) : NULL;
  if (!debug)
    {
      fprintf (stderr, "%s: %s\n", status.file, status.message);
      return 1;
    }
  struct layout layout = { 0 };
  uint64_t address;
  while (scanf ("%" SCNx64, &address) == 1)
    {
      const struct function *function = debug_info_function (debug, address);
      if (function && layout.function != function)
        {
          layout_clear (&layout);
          if (!layout_read (debug, function, &layout))
            function = NULL;
        }
      uint32_t scope = function ? layout_scope (&layout, address) : UINT32_MAX;
      if (scope == UINT32_MAX)
        {
          puts ("?");
          continue;
        }
      const struct line_row *row = layout_row (&layout, address);
      int64_t line = row ? row->line : 0;
      uint32_t column = row ? row->column : 0;
      for (;; scope = layout.scopes[scope].parent)
        {
          const struct scope *s = &layout.scopes[scope];
          printf ("%s%s %" PRId64 " %" PRIu32, scope == layout_scope (&layout, address) ? "" : "\t",
                  s->subprogram.name, line, column);
          if (scope == 0)
            break;
          line = layout.scopes[s->parent].subprogram.decl_line + s->at.line;
          column = s->at.column;
        }
      putchar ('\n');
    }
  layout_clear (&layout);
  debug_info_free (debug);
  binary_close (binary);
  return 0;
}
