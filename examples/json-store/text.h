/* Text under construction: replies, snapshots, printed documents.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_TEXT_H
#define JSON_STORE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* LENGTH bytes, without a final NUL.  All zero is an empty text.  */
struct text
{
  char *bytes;
  size_t length, room;
};

void text_byte (struct text *, char byte);
void text_append (struct text *, const char *bytes, size_t length);
void text_string (struct text *, const char *string);
void text_integer (struct text *, int64_t number);
void text_format (struct text *, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Drop the first COUNT bytes.  */
void text_consume (struct text *, size_t count);
void text_free (struct text *);

/* The order of STRING and LENGTH bytes at BYTES, which may have NULs in them: <0, 0, >0.  */
int compare_name (const char *string, const char *bytes, size_t length);

/* FNV-1a, the checksum of everything here: CHECKSUM continued over LENGTH bytes.  */
#define CHECKSUM_START UINT64_C (0xcbf29ce484222325)
uint64_t checksum (uint64_t checksum, const char *bytes, size_t length);

#endif
