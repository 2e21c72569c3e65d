/* JSON text (RFC 8259) to values and back.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_JSON_H
#define JSON_STORE_JSON_H

#include "log.h"
#include "text.h"
#include "value.h"

/* Deepest nesting of arrays and objects.  */
#define JSON_DEPTH_MAX 64
/* Most members of one object; duplicates are looked for one by one.  */
#define JSON_MEMBERS_MAX 1024

/* Parse one value from the LENGTH bytes at BYTES.  Nothing but white space may follow if END is NULL;
   otherwise *END is set to what follows.  Strings without escapes point into BYTES, all else is in
   ARENA.  Numbers without fraction and exponent that fit are integers, others doubles.
   Returns false, with the position in ERROR, if the text is not JSON, is too deep or too wide, has the
   same member twice, or a number too large.  */
bool json_parse (const char *bytes, size_t length, const char **end, struct atoms *, struct arena *,
                 struct value *, struct error *);

/* Append VALUE, without white space.  Equal values print alike; reals in the fewest digits, of 15, 16 or
   17, that read back as the same number.  VALUE_MISSING prints as null.  */
void json_print (struct text *, const struct atoms *, struct value);
/* Append a string in quotes.  */
void json_print_string (struct text *, const char *bytes, size_t length);

/* The number of bytes of the UTF-8 character at BYTES, which has LENGTH > 0 bytes at most; 0 if it is
   not UTF-8 (overlong forms and surrogates are not).  */
unsigned utf8_length (const char *bytes, size_t length);

#endif
