/* The head of an HTTP/1.1 request: see request.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "request.h"

#include <string.h>
#include <strings.h>

static int
hex (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char) (c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A query's value, up to its '&', into TO, cut to SIZE.  */
static void
decode (const char *at, const char *end, char *to, size_t size)
{
  size_t n = 0;
  for (; at < end && *at != '&' && n + 1 < size; at++)
    {
      char c = *at == '+' ? ' ' : *at;
      if (c == '%' && end - at > 2 && hex (at[1]) >= 0 && hex (at[2]) >= 0)
        {
          c = (char) (hex (at[1]) * 16 + hex (at[2]));
          at += 2;
        }
      to[n++] = (unsigned char) c < ' ' ? ' ' : c;
    }
  to[n] = 0;
}

static void
parse_query (struct request *request, const char *at, const char *end)
{
  while (at < end)
    {
      if (end - at > 5 && memcmp (at, "name=", 5) == 0)
        decode (at + 5, end, request->name, sizeof request->name);
      else if (end - at > 2 && memcmp (at, "q=", 2) == 0)
        decode (at + 2, end, request->query, sizeof request->query);
      const char *next = memchr (at, '&', (size_t) (end - at));
      at = next != NULL ? next + 1 : end;
    }
}

/* "GET /path?query HTTP/1.1": the status to refuse it with, or 0.  */
static int
parse_line (struct request *request, const char *at, const char *end)
{
  request->head_only = end - at > 5 && memcmp (at, "HEAD ", 5) == 0;
  if (!request->head_only && (end - at <= 4 || memcmp (at, "GET ", 4) != 0))
    return 405;
  const char *path = at + (request->head_only ? 5 : 4);
  const char *space = memchr (path, ' ', (size_t) (end - path));
  if (space == NULL || end - space != 9 || memcmp (space, " HTTP/1.", 8) != 0)
    return 400;
  request->keep_alive = space[8] != '0';
  const char *mark = memchr (path, '?', (size_t) (space - path));
  const char *path_end = mark != NULL ? mark : space;
  if ((size_t) (path_end - path) >= sizeof request->path)
    return 414;
  memcpy (request->path, path, (size_t) (path_end - path));
  request->path[path_end - path] = 0;
  if (mark != NULL)
    parse_query (request, mark + 1, space);
  return 0;
}

static void
parse_field (struct request *request, const char *at, const char *end)
{
  static const char connection[] = "connection:", length[] = "content-length:";
  if ((size_t) (end - at) >= sizeof connection - 1 && strncasecmp (at, connection, sizeof connection - 1) == 0)
    {
      at += sizeof connection - 1;
      while (at < end && *at == ' ')
        at++;
      if (end - at == 5 && strncasecmp (at, "close", 5) == 0)
        request->keep_alive = false;
      else if (end - at == 10 && strncasecmp (at, "keep-alive", 10) == 0)
        request->keep_alive = true;
    }
  else if ((size_t) (end - at) >= sizeof length - 1 && strncasecmp (at, length, sizeof length - 1) == 0)
    /* A body isn't read: what follows would be taken for a request.  */
    request->keep_alive = false;
}

bool
request_parse (const char *bytes, size_t n, struct request *request)
{
  const char *end = memmem (bytes, n, "\r\n\r\n", 4);
  if (end == NULL && n < REQUEST_MAX)
    return false;
  request->name[0] = request->query[0] = request->path[0] = 0;
  request->keep_alive = request->head_only = false;
  request->length = n;
  request->status = 431;
  if (end == NULL)
    return true;
  request->length = (size_t) (end - bytes) + 4;
  const char *line = bytes, *line_end = memmem (line, request->length, "\r\n", 2);
  request->status = parse_line (request, line, line_end);
  for (line = line_end + 2; line < end; line = line_end + 2)
    {
      line_end = memmem (line, (size_t) (end + 2 - line), "\r\n", 2);
      parse_field (request, line, line_end);
    }
  if (request->status != 0)
    request->keep_alive = false;
  return true;
}
