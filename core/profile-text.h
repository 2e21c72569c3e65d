/* Names and places as text, in the XML profile and wherever else they are shown.

   A name (of a function, a file, a binary) is any bytes but NUL.  In text %XX stands for a byte of it:
   for %, space, > and | always, and for what XML cannot hold (controls, bytes that are not UTF-8).

   A place is LOCATION, or for each inlined call, outermost first, "LOCATION CALLEE > " or
   "LOCATION CALLEE|FILE > " before it: "12:7 foo > 3:5.1".

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_PROFILE_TEXT_H
#define PGOINLINE_CORE_PROFILE_TEXT_H

#include "core/atomic-file.h"
#include "core/profile.h"

/* Bytes of a name, as escaped; bytes of a place.  Longer ones are neither written nor read.  */
#define PGO_NAME_TEXT_MAX 65535
#define PGO_PLACE_TEXT_MAX (1 << 20)

/* Bytes of NAME as text, before XML's own escapes.  */
size_t pgo_name_text_length (const char *name);
/* Write NAME as text, with XML's escapes of & < " '.  */
void pgo_name_write (struct pgo_output *, const char *name);
/* The name, interned, that LENGTH bytes at TEXT (not empty) stand for; NULL if an escape is malformed, a
   NUL, or the text too long.  What need not be escaped may be.  */
const char *pgo_name_parse (struct pgo_profile *, const char *text, size_t length);

size_t pgo_place_text_length (const struct pgo_place *place);
void pgo_place_write (struct pgo_output *, const struct pgo_place *place);
/* Parse LENGTH bytes at TEXT, all of them, into *PLACE, whose steps are STEPS; false if malformed.  */
bool pgo_place_parse (struct pgo_profile *, const char *text, size_t length,
                      struct pgo_step steps[PGO_DEPTH_MAX], struct pgo_place *place);

#endif
