/* Text input line by line, plain or gzip'ed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_READ_LINES_H
#define PGOINLINE_TOOL_READ_LINES_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest line in bytes: a perf branch stack of 1,024 entries fits.  */
#define LINE_BYTES_MAX ((size_t) 1 << 20)

struct line_reader
{
  const char *path;
  unsigned number;              /* Of the current line, from 1.  */
  char *text;                   /* The current line, NUL-terminated, without newline and carriage return.  */
  size_t length;

  /* Private to read-lines.c.  */
  void *file;
  char *buffer;
  size_t size, start, end;
  bool at_end;
  unsigned fills;
};

/* PATH must live as long as the reader.  False and STATUS if it cannot be opened.  */
bool line_reader_open (struct line_reader *, const char *path, struct pgo_status *status);
void line_reader_close (struct line_reader *);

/* Advance: 1 a line, 0 the end of the input, -1 STATUS (a line too long, a NUL byte, a damaged gzip
   stream, a read error).  TEXT may be changed in place; it is valid until the next call.  */
int line_reader_next (struct line_reader *, struct pgo_status *status);

/* Parse an unsigned number at *TEXT, decimal or, after 0x, hexadecimal, and advance over it; false if
   there is none or it does not fit.  */
bool parse_number (char **text, uint64_t *value);
/* The same, hexadecimal with or without 0x.  */
bool parse_hexadecimal (char **text, uint64_t *value);

#endif
