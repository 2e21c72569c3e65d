/* Which binary each module of the samples is, on this machine.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_BIND_H
#define PGOINLINE_TOOL_BIND_H

#include "tool/attribute.h"

struct bind_options
{
  char *const *binaries;        /* Only these; none given: those that the modules name.  */
  char *const *debug_dirs;
  uint32_t n_binaries, n_debug_dirs;
};

/* The targets and what the modules are bound to: BINDINGS[input][module].  */
struct bound
{
  struct target *targets;
  struct module_binding **bindings;
  uint32_t n_targets, n_inputs;
};

/* Open binaries, read their debug info and bind the modules of the N_INPUTS INPUTS.  False and STATUS if a
   given binary cannot be read, has no debug info, or is not the one that ran: build-ids differ, or symbols
   lie elsewhere.  A module whose file is absent, changed or without debug info is bound to no target with
   debug info; that is no failure.  */
bool bind_modules (const struct bind_options *options, struct samples *const *inputs, uint32_t n_inputs,
                   struct bound *bound, struct pgo_status *status);
void bound_clear (struct bound *);

#endif
