/* Output files that are whole or absent: a temporary beside the target, renamed when it is complete.
   Also the place where text is formatted, for XML and JSON alike: without locale, with sticky errors.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_ATOMIC_FILE_H
#define PGOINLINE_CORE_ATOMIC_FILE_H

#include "core/status.h"

#include <stdint.h>

struct pgo_output;
struct pgo_sha256;

/* Begin to write PATH.  "-" is standard output (of descriptor 1: flush stdio before); a device or a pipe
   is written directly; NULL writes nowhere (see pgo_output_digest).  An existing file keeps its
   permissions; a symbolic link is followed.  NULL and STATUS on failure.  */
struct pgo_output *pgo_output_open (const char *path, struct pgo_status *status);

/* End: everything written, renamed into place, and the output freed.  False and STATUS if this or any
   write before it failed; the target is then as it was.  */
bool pgo_output_commit (struct pgo_output *, struct pgo_status *status);
/* Give up: the target is as it was; the output is freed.  NULL is allowed.  */
void pgo_output_discard (struct pgo_output *);

/* All that is written from now on goes into DIGEST (core/sha256.h) too.  */
void pgo_output_digest (struct pgo_output *, struct pgo_sha256 *digest);

/* Append.  An error is remembered for pgo_output_commit.  */
void pgo_output_bytes (struct pgo_output *, const void *bytes, size_t n);
void pgo_output_text (struct pgo_output *, const char *text);
void pgo_output_u64 (struct pgo_output *, uint64_t value);
void pgo_output_printf (struct pgo_output *, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* TEXT with & < > " ' and the controls that XML allows escaped, for attributes and for content.  What XML
   cannot hold (other controls, bytes that are not UTF-8) becomes a question mark: names have their own
   escapes (core/profile-text.h).  */
void pgo_output_xml (struct pgo_output *, const char *text);
/* TEXT for a terminal: controls and bytes that are not UTF-8 become question marks.  */
void pgo_output_plain (struct pgo_output *, const char *text);
/* TEXT as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.  */
void pgo_output_json (struct pgo_output *, const char *text);

/* Bytes of the UTF-8 sequence at TEXT (NUL-terminated), 1 to 4; 0 if it is none, or is none that XML may
   hold (controls but tab, newline and return; surrogates; U+FFFE, U+FFFF).  */
unsigned pgo_utf8_length (const char *text);

#endif
