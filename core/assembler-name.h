/* Assembler names as a profile has them: one name for all pieces and copies of a function.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_ASSEMBLER_NAME_H
#define PGOINLINE_CORE_ASSEMBLER_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Length of NAME without the suffixes GCC gives to parts and copies of a function: .cold, .part.N, .isra.N,
   .constprop.N, .lto_priv.N, .localalias, .clone.N, in any combination.  */
size_t assembler_name_length (const char *name);

/* Whether NAME has a .part or .cold suffix: its code is a piece of a function, and calls and jumps to it
   are no calls of that function.  */
bool assembler_name_is_part (const char *name);

/* Make the copies of a constructor or destructor (Itanium C++ ABI: C1, C2, D1, D2) one, in place: C4 or D4,
   which is what GCC calls their common origin.  Other names stay as they are.  */
void assembler_name_unify (char *name);

#endif
