/* The source behind the functions of a binary, for showing: where a function is declared, and the text of its file.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_SOURCE_TEXT_H
#define PGOINLINE_TOOL_SOURCE_TEXT_H

#include "core/status.h"

#include <stdint.h>

struct source_text;

/* Of the ELF file BINARY, which needs debug info.  NULL and STATUS on failure.  */
struct source_text *source_text_open (const char *binary, struct pgo_status *status);
/* NULL is allowed.  */
void source_text_close (struct source_text *);

/* Where the function NAME (FILE as in struct pgo_instance, or NULL) is declared: the file's name, its line in
   *LINE.  NULL if the binary has no such function.  Valid until close.  */
const char *source_text_find (struct source_text *, const char *name, const char *file, int64_t *line);

/* Line NUMBER (from 1) of the file PATH, *LENGTH bytes without its end; NULL if there is none, or the file can't be
   read.  Valid until close.  */
const char *source_text_line (struct source_text *, const char *path, int64_t number, uint32_t *length);

#endif
