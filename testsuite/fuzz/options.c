/* The runtime's options, which come from an environment variable: any text gives settings within their bounds.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "runtime/options.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct pgo_options options, again;
  static char path[PGO_OPTIONS_TEXT];
  char *text = malloc (size + 1), value[32];
  FUZZ_CHECK ("memory", text != NULL);
  memcpy (text, data, size);
  text[size] = '\0';
  memset (&options, 0xee, sizeof options);
  memset (&again, 0x11, sizeof again);
  pgo_options_parse (&options, text);
  FUZZ_CHECK ("texts end", memchr (options.out, 0, sizeof options.out) && memchr (options.refused, 0, sizeof options.refused)
              && memchr (options.text, 0, sizeof options.text));
  FUZZ_CHECK ("a rate", options.hz > 0);
  FUZZ_CHECK ("a share is one", options.burst_ppm <= 1000000);
  FUZZ_CHECK ("memory for samples", options.memory_bytes > 0);
  FUZZ_CHECK ("a known engine", options.engine <= PGO_ENGINE_TIMER);
  pgo_options_get (&options, "http", value, sizeof value);
  if (pgo_options_path (&options, 4711, path, sizeof path))
    FUZZ_CHECK ("a path ends", memchr (path, 0, sizeof path));
  pgo_options_parse (&again, text);
  FUZZ_CHECK ("the same again", strcmp (options.out, again.out) == 0 && options.hz == again.hz
              && options.burst_ppm == again.burst_ppm && strcmp (options.refused, again.refused) == 0);
  free (text);
  return 0;
}
