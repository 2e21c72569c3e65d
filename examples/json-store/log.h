/* The log on standard error, and the errors that statements report.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_LOG_H
#define JSON_STORE_LOG_H

#include <stdbool.h>

enum log_level
{
  LOG_ERROR,
  LOG_WARNING,
  LOG_INFO,
  LOG_DEBUG
};

/* The most detailed level that is written; LOG_WARNING at first.  */
extern enum log_level log_threshold;

/* Set log_threshold from "error", "warning", "info" or "debug"; false if NAME is none of them.  */
bool log_set_threshold (const char *name);

void log_write (enum log_level, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Write an error and end the program with status 70.  */
void log_fatal (const char *format, ...) __attribute__ ((format (printf, 1, 2), noreturn));

/* Arguments are evaluated only when the level is written.  */
#define log_at(level, ...) \
  do { if ((level) <= log_threshold) log_write (level, __VA_ARGS__); } while (0)
#define log_error(...) log_at (LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at (LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_at (LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at (LOG_DEBUG, __VA_ARGS__)

/* Why a statement failed: one line for the client.  */
struct error
{
  char message[240];
};

/* Set the message; always false, so that a function can say `return fail (error, ...)'.  */
bool fail (struct error *, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

#endif
