/* The log on standard error, and the errors that statements report.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum log_level log_threshold = LOG_WARNING;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

bool
log_set_threshold (const char *name)
{
  for (unsigned i = 0; i < sizeof level_names / sizeof *level_names; i++)
    if (!strcmp (name, level_names[i]))
      {
        log_threshold = (enum log_level) i;
        return true;
      }
  return false;
}

/* One write a message, so that lines of several processes do not mix.  */
static void
write_line (enum log_level level, const char *format, va_list arguments)
{
  char line[1024];
  int length = snprintf (line, sizeof line, "json-store: %s: ", level_names[level]);
  length += vsnprintf (line + length, sizeof line - length, format, arguments);
  if (length > (int) sizeof line - 2)
    length = sizeof line - 2;
  line[length] = '\n';
  fwrite (line, 1, length + 1, stderr);
}

void
log_write (enum log_level level, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  write_line (level, format, arguments);
  va_end (arguments);
}

void
log_fatal (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  write_line (LOG_ERROR, format, arguments);
  va_end (arguments);
  exit (70);
}

bool
fail (struct error *error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vsnprintf (error->message, sizeof error->message, format, arguments);
  va_end (arguments);
  return false;
}
