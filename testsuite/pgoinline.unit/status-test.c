/* Errors as values: texts with and without file and line, and texts that are too long.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/status.h"
#include "unit.h"

#include <string.h>

int
main (void)
{
  struct pgo_status status = { 0 };
  char text[800];

  CHECK ("pgo_fail returns false", !pgo_fail (&status, "a.pgo.xml", 7, "weight %d is negative", -3));
  CHECK ("file, line, message", !strcmp (pgo_status_text (&status, text, sizeof text),
                                         "a.pgo.xml:7: weight -3 is negative"));
  pgo_fail (&status, "a.pgo.xml", 0, "empty");
  CHECK ("file, message", !strcmp (pgo_status_text (&status, text, sizeof text), "a.pgo.xml: empty"));
  pgo_fail (&status, NULL, 9, "out of memory");
  CHECK ("message alone", !strcmp (pgo_status_text (&status, text, sizeof text), "out of memory"));

  char buffer[8];
  CHECK ("a short buffer is filled and ended", strlen (pgo_status_text (&status, buffer, sizeof buffer)) == 7);

  char longer[2000];
  memset (longer, 'x', sizeof longer - 1);
  longer[sizeof longer - 1] = 0;
  pgo_fail (&status, longer, 1, "%s", longer);
  CHECK ("a long file name is cut", strlen (status.file) == sizeof status.file - 1);
  CHECK ("a long message is cut", strlen (status.message) == sizeof status.message - 1);
  return unit_done ();
}
