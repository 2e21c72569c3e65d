/* The endpoint's requests: any bytes are a request, an error with a sentence, or not complete; and what was
   decided of complete ones doesn't change with what comes after.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "runtime/http-request.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  /* An allocation of exactly these bytes, so that a sanitizer sees what is read beyond.  */
  if (size > PGO_HTTP_HEAD_BYTES)
    size = PGO_HTTP_HEAD_BYTES;
  char *bytes = malloc (size ? size : 1);
  FUZZ_CHECK ("memory", bytes != NULL);
  memcpy (bytes, data, size);
  for (int local = 0; local < 2; local++)
    {
      struct pgo_http_request r, again;
      pgo_http_parse (bytes, size, local, &r);
      FUZZ_CHECK ("a known status", r.status == 0 || r.status == 200 || (r.status >= 400 && r.status < 500));
      FUZZ_CHECK ("a refusal says why", (r.why != NULL) == (r.status >= 400));
      FUZZ_CHECK ("a full head is decided", r.status != 0 || size < PGO_HTTP_HEAD_BYTES);
      if (r.status == 200)
        {
          FUZZ_CHECK ("seconds within bounds", r.seconds >= 1 && r.seconds <= PGO_HTTP_MAX_SECONDS);
          FUZZ_CHECK ("a share is one", r.burst_ppm <= 1000000);
          FUZZ_CHECK ("a known page", r.page <= PGO_HTTP_GCOV);
        }
      for (size_t n = 0; n < size && size < 512; n++)
        {
          pgo_http_parse (bytes, n, local, &again);
          FUZZ_CHECK ("what was taken stays taken", again.status != 200 || r.status == 200 || r.status == 400);
        }
    }
  free (bytes);
  return 0;
}
