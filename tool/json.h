/* JSON (RFC 8259), pulled token by token from a file, plain or gzip'ed.

   Depth, strings and the file's size are bounded; nothing but the current token is held.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_JSON_H
#define PGOINLINE_TOOL_JSON_H

#include "core/status.h"

#include <stdint.h>

enum json_token
{
  JSON_END,                     /* Of the file, between values.  */
  JSON_ERROR,                   /* The status tells.  */
  JSON_OBJECT,
  JSON_OBJECT_END,
  JSON_ARRAY,
  JSON_ARRAY_END,
  JSON_NAME,                    /* Of a member: the text.  */
  JSON_STRING,
  JSON_NUMBER,
  JSON_TRUE,
  JSON_FALSE,
  JSON_NULL
};

struct json;

/* NULL and STATUS if PATH can't be opened.  STATUS must live as long.  */
struct json *json_open (const char *path, struct pgo_status *status);
void json_close (struct json *);

/* The next token.  Several values may follow each other, as in JSON lines.  */
enum json_token json_next (struct json *);
/* Text of a NAME or STRING, UTF-8 without NUL, valid until the next token.  */
const char *json_text (const struct json *);
/* A NUMBER as an unsigned integer: a negative one is 0, one too large UINT64_MAX, a fraction cut off.  */
uint64_t json_number (const struct json *);

/* Skip the value that TOKEN begins.  False after an error.  */
bool json_skip (struct json *, enum json_token token);
/* Fail: MESSAGE, with the line.  False.  */
bool json_fail (struct json *, const char *message);

#endif
