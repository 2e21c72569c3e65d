/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/atomic-file.h"
#include "core/alloc.h"
#include "core/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
/* Temporaries left over by dead processes of the same id are stepped over, up to this many.  */
#define TEMPORARY_TRIES 100

struct pgo_output
{
  int fd;                       /* -1: nowhere.  */
  int error;                    /* errno of the first failed write, or 0.  */
  bool owns_fd;
  char *path;                   /* The file to be there in the end; what messages name.  */
  char *temporary;              /* What is to be renamed to it, or NULL.  */
  struct pgo_sha256 *digest;
  size_t used;
  char buffer[BUFFER_BYTES];
};

static void
free_output (struct pgo_output *out)
{
  pgo_free (out->path);
  pgo_free (out->temporary);
  pgo_free (out);
}

/* Open ".NAME.PROCESS.N.tmp" beside OUT->path.  */
static bool
open_temporary (struct pgo_output *out)
{
  const char *slash = strrchr (out->path, '/');
  int directory = slash ? (int) (slash - out->path + 1) : 0;
  const char *name = out->path + directory;
  size_t size = strlen (out->path) + 40;
  out->temporary = pgo_alloc (size);
  for (unsigned n = 0; n < TEMPORARY_TRIES; n++)
    {
      /* A file name may have NAME_MAX bytes: of a long one the temporary takes a part.  */
      snprintf (out->temporary, size, "%.*s.%.200s.%ld.%u.tmp", directory, out->path, name, (long) getpid (),
                n);
      out->fd = open (out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (out->fd >= 0 || errno != EEXIST)
        break;
    }
  if (out->fd >= 0)
    return true;
  int error = errno;
  pgo_free (out->temporary);
  out->temporary = NULL;
  errno = error;
  return false;
}

struct pgo_output *
pgo_output_open (const char *path, struct pgo_status *status)
{
  struct pgo_output *out = pgo_alloc (sizeof *out);
  out->fd = -1;
  if (!path)
    return out;
  if (strcmp (path, "-") == 0)
    {
      out->fd = STDOUT_FILENO;
      out->path = pgo_text_copy ("standard output", 15);
      return out;
    }

  struct stat st;
  bool exists = stat (path, &st) == 0;
  bool ok;
  if (exists && S_ISDIR (st.st_mode))
    {
      errno = EISDIR;
      ok = false;
    }
  else if (exists && !S_ISREG (st.st_mode))
    {
      out->path = pgo_text_copy (path, strlen (path));
      out->fd = open (path, O_WRONLY | O_CLOEXEC);
      ok = out->fd >= 0;
    }
  else
    {
      char *target = exists ? realpath (path, NULL) : NULL;
      out->path = target ? pgo_text_copy (target, strlen (target)) : pgo_text_copy (path, strlen (path));
      free (target);
      ok = (!exists || access (path, W_OK) == 0) && open_temporary (out);
      if (ok && exists)
        ok = fchmod (out->fd, st.st_mode & 0777) == 0;
    }
  out->owns_fd = true;
  if (ok)
    return out;
  pgo_fail (status, path, 0, "cannot write: %s", strerror (errno));
  pgo_output_discard (out);
  return NULL;
}

static void
flush (struct pgo_output *out)
{
  const char *p = out->buffer;
  size_t n = out->used;
  out->used = 0;
  if (out->digest)
    pgo_sha256_add (out->digest, p, n);
  while (n && out->fd >= 0 && !out->error)
    {
      ssize_t written = write (out->fd, p, n);
      if (written < 0 && errno != EINTR)
        out->error = errno;
      else if (written > 0)
        p += written, n -= (size_t) written;
    }
}

bool
pgo_output_commit (struct pgo_output *out, struct pgo_status *status)
{
  flush (out);
  if (out->owns_fd && out->fd >= 0)
    {
      if (close (out->fd) != 0 && !out->error)
        out->error = errno;
      out->fd = -1;
    }
  if (!out->error && out->temporary && rename (out->temporary, out->path) != 0)
    out->error = errno;
  bool ok = !out->error;
  if (!ok)
    {
      pgo_fail (status, out->path, 0, "cannot write: %s", strerror (out->error));
      if (out->temporary)
        unlink (out->temporary);
    }
  free_output (out);
  return ok;
}

void
pgo_output_discard (struct pgo_output *out)
{
  if (!out)
    return;
  if (out->owns_fd && out->fd >= 0)
    close (out->fd);
  if (out->temporary)
    unlink (out->temporary);
  free_output (out);
}

void
pgo_output_digest (struct pgo_output *out, struct pgo_sha256 *digest)
{
  flush (out);
  out->digest = digest;
}

void
pgo_output_bytes (struct pgo_output *out, const void *bytes, size_t n)
{
  const char *p = bytes;
  while (n)
    {
      if (out->used == BUFFER_BYTES)
        flush (out);
      size_t part = BUFFER_BYTES - out->used < n ? BUFFER_BYTES - out->used : n;
      memcpy (out->buffer + out->used, p, part);
      out->used += part;
      p += part, n -= part;
    }
}

void
pgo_output_text (struct pgo_output *out, const char *text)
{
  pgo_output_bytes (out, text, strlen (text));
}

void
pgo_output_u64 (struct pgo_output *out, uint64_t value)
{
  char digits[20];
  unsigned n = sizeof digits;
  do
    digits[--n] = (char) ('0' + value % 10);
  while (value /= 10);
  pgo_output_bytes (out, digits + n, sizeof digits - n);
}

void
pgo_output_printf (struct pgo_output *out, const char *format, ...)
{
  char small[512];
  va_list args;
  va_start (args, format);
  int n = vsnprintf (small, sizeof small, format, args);
  va_end (args);
  if (n < 0)
    out->error = out->error ? out->error : EINVAL;
  else if ((size_t) n < sizeof small)
    pgo_output_bytes (out, small, (size_t) n);
  else
    {
      char *large = pgo_alloc ((size_t) n + 1);
      va_start (args, format);
      vsnprintf (large, (size_t) n + 1, format, args);
      va_end (args);
      pgo_output_bytes (out, large, (size_t) n);
      pgo_free (large);
    }
}

unsigned
pgo_utf8_length (const char *text)
{
  const unsigned char *p = (const unsigned char *) text;
  if (p[0] < 0x80)
    return p[0] >= 0x20 || p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
  unsigned n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4)
    return 0;
  uint32_t code = p[0] & (0xff >> (n + 1));
  for (unsigned i = 1; i < n; i++)
    {
      if ((p[i] & 0xc0) != 0x80)
        return 0;
      code = code << 6 | (p[i] & 0x3f);
    }
  /* Overlong forms, surrogates, beyond Unicode, not characters.  */
  if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000) || (code >= 0xd800 && code <= 0xdfff)
      || code > 0x10ffff || code == 0xfffe || code == 0xffff)
    return 0;
  return n;
}

void
pgo_output_xml (struct pgo_output *out, const char *text)
{
  for (const char *p = text; *p;)
    {
      unsigned n = pgo_utf8_length (p);
      switch (*p)
        {
        case '&': pgo_output_text (out, "&amp;"); break;
        case '<': pgo_output_text (out, "&lt;"); break;
        case '>': pgo_output_text (out, "&gt;"); break;
        case '"': pgo_output_text (out, "&quot;"); break;
        case '\'': pgo_output_text (out, "&apos;"); break;
        case '\t': pgo_output_text (out, "&#9;"); break;
        case '\n': pgo_output_text (out, "&#10;"); break;
        case '\r': pgo_output_text (out, "&#13;"); break;
        default: pgo_output_bytes (out, n ? p : "?", n ? n : 1); break;
        }
      p += n ? n : 1;
    }
}

void
pgo_output_plain (struct pgo_output *out, const char *text)
{
  while (*text)
    {
      unsigned n = (unsigned char) *text < ' ' || *text == 0x7f ? 0 : pgo_utf8_length (text);
      pgo_output_bytes (out, n ? text : "?", n ? n : 1);
      text += n ? n : 1;
    }
}

void
pgo_output_json (struct pgo_output *out, const char *text)
{
  pgo_output_text (out, "\"");
  for (const char *p = text; *p;)
    {
      unsigned n = pgo_utf8_length (p);
      if (*p == '"' || *p == '\\')
        {
          pgo_output_text (out, "\\");
          pgo_output_bytes (out, p, 1);
        }
      else if ((unsigned char) *p < 0x20)
        pgo_output_printf (out, "\\u%04x", (unsigned) (unsigned char) *p);
      else
        pgo_output_bytes (out, n ? p : "\xef\xbf\xbd", n ? n : 3);
      p += n ? n : 1;
    }
  pgo_output_text (out, "\"");
}
