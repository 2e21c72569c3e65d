/* gcov's JSON: any bytes are a profile or an error with a message; what is a profile can be settled and normalised.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/profile.h"
#include "tool/read-gcov.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct pgo_status status = { 0 };
  struct gcov gcov;
  bool good = gcov_read (fuzz_file (0, data, size), &gcov, &status);
  FUZZ_CHECK ("a failure says why, in one line", good || (status.message[0] && !strchr (status.message, '\n')));
  if (!good)
    return 0;
  FUZZ_CHECK ("what is known is no more than what there is", gcov.unknown <= gcov.lines);
  gcov_settle_files (gcov.profile);
  pgo_profile_normalize (gcov.profile);
  pgo_profile_free (gcov.profile);
  return 0;
}
