/* What a fuzz target is: one function that takes any bytes and must come back.

   A target aborts (FUZZ_CHECK) when a promise is broken; crashes and sanitizers do the rest.  The same
   source is linked with libFuzzer (`make fuzz`) and with replay.c, which `make check` runs over the corpus
   and a fixed set of mutations of it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TESTSUITE_FUZZ_H
#define PGOINLINE_TESTSUITE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define FUZZ_CHECK(what, cond) \
  do { if (!(cond)) { fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, (what)); abort (); } } while (0)

/* The name of a file in memory with these bytes, until the next call with the same SLOT (0 or 1).  */
const char *fuzz_file (unsigned slot, const uint8_t *data, size_t size);

#endif
