/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

bool
pgo_fail (struct pgo_status *status, const char *file, unsigned line, const char *format, ...)
{
  va_list args;
  snprintf (status->file, sizeof status->file, "%s", file ? file : "");
  status->line = line;
  va_start (args, format);
  vsnprintf (status->message, sizeof status->message, format, args);
  va_end (args);
  return false;
}

char *
pgo_status_text (const struct pgo_status *status, char *buffer, size_t size)
{
  if (status->file[0] == '\0')
    snprintf (buffer, size, "%s", status->message);
  else if (status->line == 0)
    snprintf (buffer, size, "%s: %s", status->file, status->message);
  else
    snprintf (buffer, size, "%s:%u: %s", status->file, status->line, status->message);
  return buffer;
}
