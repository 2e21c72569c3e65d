/* The XML profile: any bytes are a profile or an error with a message; what is a profile is written in a
   form that reads back as the same bytes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/profile-io.h"

#include <string.h>
#include <unistd.h>

static char *
slurp (const char *path, size_t *size)
{
  FILE *f = fopen (path, "rb");
  FUZZ_CHECK ("written profile opens", f != NULL);
  char *text = NULL;
  size_t n, room = 0;
  *size = 0;
  do
    {
      room = room ? room * 2 : 65536;
      text = realloc (text, room);
      n = fread (text + *size, 1, room - *size, f);
      *size += n;
    }
  while (n > 0);
  fclose (f);
  return text;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static char first[64], second[64];
  struct pgo_status status = { 0 };
  struct pgo_profile *p = pgo_profile_read (fuzz_file (0, data, size), &status);
  if (!p)
    {
      FUZZ_CHECK ("a failure says why", status.message[0]);
      FUZZ_CHECK ("in one line", !strchr (status.message, '\n'));
      return 0;
    }
  snprintf (first, sizeof first, "/tmp/fuzz-%d-1", (int) getpid ());
  snprintf (second, sizeof second, "/tmp/fuzz-%d-2", (int) getpid ());
  FUZZ_CHECK ("what was read can be written", pgo_profile_write (p, first, &status));
  pgo_profile_free (p);
  p = pgo_profile_read (first, &status);
  FUZZ_CHECK ("what was written can be read", p != NULL);
  FUZZ_CHECK ("and written again", pgo_profile_write (p, second, &status));
  pgo_profile_free (p);
  size_t first_size, second_size;
  char *a = slurp (first, &first_size), *b = slurp (second, &second_size);
  FUZZ_CHECK ("as the same bytes", first_size == second_size && memcmp (a, b, first_size) == 0);
  free (a);
  free (b);
  unlink (first);
  unlink (second);
  return 0;
}
