/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/xml-input.h"
#include "core/profile-io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail (struct pgo_xml_input *input, unsigned line, const char *message)
{
  input->failed = true;
  return pgo_fail (input->status, input->path, line, "%s", message);
}

static bool
fail_errno (struct pgo_xml_input *input, int error)
{
  input->failed = true;
  return pgo_fail (input->status, input->path, 0, "cannot read: %s", strerror (error));
}

static int
read_file (struct pgo_xml_input *input, char *buffer, size_t size)
{
  ssize_t n;
  do
    n = read (input->fd, buffer, size);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    fail_errno (input, errno);
  else
    {
      if (input->hash)
        pgo_sha256_add (&input->sha, buffer, (size_t) n);
      input->n_bytes += (size_t) n;
      if (input->n_bytes > PGO_XML_INPUT_MAX)
        {
          input->failed = true;
          pgo_fail (input->status, input->path, 0, "larger than %llu bytes",
                    (unsigned long long) PGO_XML_INPUT_MAX);
        }
    }
  return input->failed ? -1 : (int) n;
}

int
pgo_xml_input_read (struct pgo_xml_input *input, char *buffer, int size)
{
  if (input->failed)
    return -1;
  size_t left = input->head_used - input->head_given;
  if (left == 0)
    return read_file (input, buffer, (size_t) size);
  size_t n = left < (size_t) size ? left : (size_t) size;
  memcpy (buffer, input->head + input->head_given, n);
  input->head_given += n;
  return (int) n;
}

/* What the file's first bytes say: whether it is worth while to parse it.  */
static bool
check_head (struct pgo_xml_input *input)
{
  while (input->head_used < sizeof input->head)
    {
      int n = read_file (input, input->head + input->head_used, sizeof input->head - input->head_used);
      if (n < 0)
        return false;
      if (n == 0)
        break;
      input->head_used += (size_t) n;
    }
  const unsigned char *head = (const unsigned char *) input->head;
  size_t n = input->head_used, i = 0;
  if (n == 0)
    return fail (input, 0, "empty: expected a profile");
  if (n >= 8 && memcmp (head, PGO_INDEX_MAGIC, 8) == 0)
    return fail (input, 0, "an index: expected the XML profile that it was made from");
  if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b)
    return fail (input, 0, "compressed by gzip: expected a profile (`pgoinline convert' reads samples)");
  bool utf_16 = n >= 2 && ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff)
                           || head[0] == 0 || head[1] == 0);
  if (utf_16)
    return fail (input, 1, "not UTF-8 text: expected an XML profile");
  if (n >= 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0)
    i = 3;
  while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
    i++;
  if (i < n && head[i] != '<')
    return fail (input, 1, "not XML: expected a profile");
  return true;
}

bool
pgo_xml_input_open (struct pgo_xml_input *input, const char *path, bool hash, struct pgo_status *status)
{
  bool standard_input = strcmp (path, "-") == 0;
  struct stat st;
  memset (input, 0, sizeof *input);
  input->path = standard_input ? "standard input" : path;
  input->status = status;
  input->hash = hash;
  pgo_sha256_begin (&input->sha);
  input->fd = standard_input ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  if (input->fd < 0)
    return fail_errno (input, errno);
  if (fstat (input->fd, &st) == 0 && S_ISDIR (st.st_mode))
    return fail_errno (input, EISDIR);
  return check_head (input);
}

void
pgo_xml_input_close (struct pgo_xml_input *input)
{
  if (input->fd > STDIN_FILENO)
    close (input->fd);
  input->fd = -1;
}

void
pgo_xml_message (const char *message, char *line, size_t size)
{
  snprintf (line, size, "%s", message ? message : "no message");
  size_t n = strlen (line);
  while (n > 0 && strchr (" \r\n", line[n - 1]))
    line[--n] = '\0';
  for (size_t i = 0; i < n; i++)
    if ((unsigned char) line[i] < ' ')
      line[i] = ' ';
}
