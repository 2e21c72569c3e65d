/* SHA-256 (FIPS 180-4).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_CORE_SHA256_H
#define PGOINLINE_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define PGO_SHA256_BYTES 32
/* Lower-case hexadecimal and a NUL.  */
#define PGO_SHA256_TEXT 65

struct pgo_sha256
{
  uint32_t state[8];
  uint64_t n_bytes;
  unsigned char block[64];
};

void pgo_sha256_begin (struct pgo_sha256 *);
void pgo_sha256_add (struct pgo_sha256 *, const void *bytes, size_t n);
void pgo_sha256_end (struct pgo_sha256 *, unsigned char digest[PGO_SHA256_BYTES]);
void pgo_sha256_text (const unsigned char digest[PGO_SHA256_BYTES], char text[PGO_SHA256_TEXT]);

#endif
