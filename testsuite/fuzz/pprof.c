/* pprof's files, plain or compressed: any bytes are samples or an error with a message.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "tool/samples.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct pgo_status status = { 0 };
  struct samples *s = samples_read_pprof (fuzz_file (0, data, size), &status);
  FUZZ_CHECK ("a failure says why", s || status.message[0]);
  samples_free (s);
  return 0;
}
