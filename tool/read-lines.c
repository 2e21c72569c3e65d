/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/read-lines.h"
#include "tool/progress.h"
#include "core/alloc.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define FIRST_BUFFER_BYTES ((size_t) 1 << 16)
/* Of 64 KiB each, between two reports of progress.  */
#define FILLS_PER_PROGRESS 64

bool
line_reader_open (struct line_reader *reader, const char *path, struct pgo_status *status)
{
  memset (reader, 0, sizeof *reader);
  errno = 0;
  reader->path = path;
  reader->file = gzopen (path, "rbe");
  if (!reader->file)
    return pgo_fail (status, path, 0, "%s", errno ? strerror (errno) : "out of memory");
  gzbuffer (reader->file, 1 << 16);
  reader->size = FIRST_BUFFER_BYTES;
  reader->buffer = pgo_alloc (reader->size + 1);
  return true;
}

void
line_reader_close (struct line_reader *reader)
{
  if (reader->file)
    gzclose_r (reader->file);
  pgo_free (reader->buffer);
  memset (reader, 0, sizeof *reader);
}

/* Read more behind what is buffered; false and STATUS on errors.  */
static bool
fill (struct line_reader *reader, struct pgo_status *status)
{
  if (reader->start > 0)
    {
      memmove (reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
      reader->end -= reader->start;
      reader->start = 0;
    }
  if (reader->end == reader->size)
    {
      if (reader->size > LINE_BYTES_MAX)
        return pgo_fail (status, reader->path, reader->number + 1, "line of more than %zu bytes",
                         LINE_BYTES_MAX);
      reader->size *= 2;
      reader->buffer = pgo_realloc_array (reader->buffer, reader->size + 1, 1);
    }
  int got = gzread (reader->file, reader->buffer + reader->end, reader->size - reader->end);
  if (got < 0)
    {
      int error;
      const char *message = gzerror (reader->file, &error);
      if (error == Z_ERRNO || error == Z_BUF_ERROR)
        message = error == Z_ERRNO ? strerror (errno) : "truncated gzip stream";
      return pgo_fail (status, reader->path, reader->number + 1, "%s", message);
    }
  if (got == 0)
    {
      int error;
      gzerror (reader->file, &error);
      if (error == Z_BUF_ERROR)
        return pgo_fail (status, reader->path, reader->number + 1, "truncated gzip stream");
      reader->at_end = true;
    }
  reader->end += got;
  if (++reader->fills % FILLS_PER_PROGRESS == 0)
    pgo_progress_read (reader->path, (uint64_t) gzoffset (reader->file));
  return true;
}

int
line_reader_next (struct line_reader *reader, struct pgo_status *status)
{
  size_t scanned = 0;
  char *newline;
  while (!(newline = memchr (reader->buffer + reader->start + scanned, '\n',
                             reader->end - reader->start - scanned)))
    {
      scanned = reader->end - reader->start;
      if (reader->at_end)
        break;
      if (!fill (reader, status))
        return -1;
    }
  if (!newline && reader->start == reader->end)
    return 0;
  reader->text = reader->buffer + reader->start;
  reader->length = newline ? (size_t) (newline - reader->text) : reader->end - reader->start;
  reader->start += reader->length + (newline ? 1 : 0);
  reader->number++;
  if (reader->length && reader->text[reader->length - 1] == '\r')
    reader->length--;
  reader->text[reader->length] = '\0';
  if (memchr (reader->text, '\0', reader->length))
    {
      pgo_fail (status, reader->path, reader->number, "a NUL byte in a text file");
      return -1;
    }
  return 1;
}

static int
digit_value (char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static bool
parse_base (char **text, uint64_t *value, unsigned base)
{
  char *p = *text;
  uint64_t v = 0;
  for (; (unsigned) digit_value (*p) < base; p++)
    {
      unsigned digit = digit_value (*p);
      if (v > (UINT64_MAX - digit) / base)
        return false;
      v = v * base + digit;
    }
  if (p == *text)
    return false;
  *text = p;
  *value = v;
  return true;
}

bool
parse_hexadecimal (char **text, uint64_t *value)
{
  char *p = *text;
  if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit_value (p[2]) < 16)
    p += 2;
  if (!parse_base (&p, value, 16))
    return false;
  *text = p;
  return true;
}

bool
parse_number (char **text, uint64_t *value)
{
  if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X'))
    return parse_hexadecimal (text, value);
  return parse_base (text, value, 10);
}
