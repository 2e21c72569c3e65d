/* Inline decisions, from the reports of compilations, for pages.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SHOW_DECISIONS_H
#define PGOINLINE_TOOL_SHOW_DECISIONS_H

#include "core/atomic-file.h"
#include "core/status.h"

#include <stdint.h>

struct pgo_decisions;

/* The calls of the N reports at PATHS.  NULL and STATUS on failure.  */
struct pgo_decisions *pgo_decisions_read (const char *const *paths, uint32_t n, struct pgo_status *status);
/* NULL is allowed.  */
void pgo_decisions_free (struct pgo_decisions *);

/* Whether there are any in FUNCTION's code.  */
bool pgo_decisions_any (const struct pgo_decisions *, const char *function);
/* A table of the TOP most executed, of those in FUNCTION's code (NULL: all).  */
void pgo_decisions_html_table (struct pgo_output *, const struct pgo_decisions *, const char *function, uint64_t top);
/* Those on calls at LINE, an offset, of FUNCTION's source, wherever it was inlined; nothing if there are none.  */
void pgo_decisions_html_line (struct pgo_output *, const struct pgo_decisions *, const char *function, int64_t line);

#endif
