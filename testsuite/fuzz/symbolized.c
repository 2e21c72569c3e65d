/* A symbolized pprof: any bytes are a profile or an error with a message.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/symbolized.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct pgo_status status = { 0 };
  struct pgo_symbolized s = { 0 };
  const char *path = fuzz_file (0, data, size);
  pgo_file_is_pprof (path);
  bool good = pgo_symbolized_read (path, &s, &status);
  FUZZ_CHECK ("a failure says why", good || status.message[0]);
  FUZZ_CHECK ("what is known is no more than what there is", !good || s.unknown < s.samples);
  if (good)
    pgo_profile_free (s.profile);
  return 0;
}
