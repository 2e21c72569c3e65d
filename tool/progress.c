/* The bar: see progress.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What is over sooner needs no bar.  */
#define PROGRESS_AFTER_MS 1000
/* Between two states of the bar: a terminal over a network has other things to do.  */
#define PROGRESS_EVERY_MS 100
/* Characters of the bar, and of the text before it; together less than the narrowest terminals' 80.  */
#define BAR_WIDTH 30
#define TEXT_WIDTH 36

enum state { UNKNOWN, OFF, WAITING, SHOWN };

static struct
{
  enum state state;
  const char *what;
  uint64_t total, last_ms;
  bool at_once;
  unsigned percent;             /* As shown.  */
  int width;                    /* Of what stands on the line.  */
  /* Of pgo_progress_read.  */
  const char *path;
  uint64_t offset;
  char text[TEXT_WIDTH + 1];
} progress;

static uint64_t
now_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

static bool
is_on (void)
{
  if (progress.state == UNKNOWN)
    {
      const char *wish = getenv ("PGOINLINE_PROGRESS"), *terminal = getenv ("TERM");
      progress.at_once = wish && strcmp (wish, "now") == 0;
      progress.state = (wish && strcmp (wish, "off") == 0) || !isatty (STDERR_FILENO)
                       || (terminal && strcmp (terminal, "dumb") == 0) ? OFF : WAITING;
      progress.last_ms = now_ms ();
    }
  return progress.state != OFF;
}

static void
show (unsigned percent)
{
  char bar[BAR_WIDTH + 1];
  memset (bar, '.', BAR_WIDTH);
  memset (bar, '#', (size_t) percent * BAR_WIDTH / 100);
  bar[BAR_WIDTH] = '\0';
  int width = fprintf (stderr, "\r%-*.*s [%s] %3u%%", TEXT_WIDTH, TEXT_WIDTH, progress.what, bar, percent);
  progress.width = width > 1 ? width - 1 : 0;
  progress.percent = percent;
  progress.state = SHOWN;
  fflush (stderr);
}

void
pgo_progress_begin (const char *what, uint64_t total)
{
  if (!is_on ())
    return;
  progress.what = what;
  progress.total = total;
  if (progress.at_once || progress.state == SHOWN)
    show (0);
}

void
pgo_progress_reach (uint64_t done)
{
  if (!is_on () || !progress.what)
    return;
  unsigned percent = done >= progress.total ? 100 : (unsigned) ((double) done * 100 / (double) progress.total);
  if (progress.state == SHOWN && percent == progress.percent)
    return;
  uint64_t now = now_ms ();
  if (!progress.at_once
      && now - progress.last_ms < (progress.state == SHOWN ? PROGRESS_EVERY_MS : PROGRESS_AFTER_MS))
    return;
  progress.last_ms = now;
  show (percent);
}

void
pgo_progress_end (void)
{
  if (progress.state == SHOWN)
    {
      fprintf (stderr, "\r%*s\r", progress.width, "");
      fflush (stderr);
      progress.state = WAITING;
    }
  progress.what = NULL;
  progress.path = NULL;
}

void
pgo_progress_read (const char *path, uint64_t offset)
{
  if (!is_on ())
    return;
  if (!progress.path || strcmp (progress.path, path) != 0 || offset < progress.offset)
    {
      struct stat file;
      const char *slash = strrchr (path, '/');
      snprintf (progress.text, sizeof progress.text, "reading %s", slash ? slash + 1 : path);
      progress.path = path;
      /* What is no file has no size, and so no bar.  */
      if (stat (path, &file) == 0 && S_ISREG (file.st_mode) && file.st_size > 0)
        pgo_progress_begin (progress.text, (uint64_t) file.st_size);
      else
        progress.what = NULL;
    }
  progress.offset = offset;
  pgo_progress_reach (offset);
}
