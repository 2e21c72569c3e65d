/* The merging of processes' samples: any bytes, and any bytes beside a good file, are merged or fail with a message;
   what is merged is read as samples, and merges to itself.

   Input: the first file; a line "--" of its own; the second.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "tool/pprof-merge.h"
#include "tool/samples.h"

#include <string.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char separator[] = "\n--\n";
  static char out[2][64];
  struct pgo_status status = { 0 };
  const uint8_t *at = memmem (data, size, separator, sizeof separator - 1);
  size_t first = at ? (size_t) (at - data) : size, skip = at ? first + sizeof separator - 1 : 0;
  const char *paths[] = { fuzz_file (0, data, first), fuzz_file (1, data + skip, size - skip) };
  for (unsigned i = 0; i < 2; i++)
    snprintf (out[i], sizeof out[i], "/tmp/fuzz-merge-%d-%u", (int) getpid (), i);
  if (!pprof_merge (paths, 2, out[0], &status))
    {
      FUZZ_CHECK ("a failure says why, in one line", status.message[0] && !strchr (status.message, '\n'));
      FUZZ_CHECK ("a failure writes nothing", access (out[0], F_OK) != 0);
      return 0;
    }
  const char *merged[] = { out[0] };
  FUZZ_CHECK ("what was merged can be merged", pprof_merge (merged, 1, out[1], &status));
  struct samples *s = samples_read_pprof (out[0], &status);
  FUZZ_CHECK ("what was merged is samples, or says why not", s || status.message[0]);
  samples_free (s);
  unlink (out[0]);
  unlink (out[1]);
  return 0;
}
