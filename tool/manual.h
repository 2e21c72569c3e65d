/* Manual pages and shell completion, made of the tables that --help is made of.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_MANUAL_H
#define PGOINLINE_TOOL_MANUAL_H

#include "tool/commands.h"

/* The page pgoinline-COMMAND(1), or pgoinline(1) if COMMAND is NULL, on standard output.  */
void pgo_print_manual (const struct pgo_command *command);

/* A completion script for bash (and zsh, with bashcompinit), on standard output.  */
void pgo_print_completion (void);

#endif
