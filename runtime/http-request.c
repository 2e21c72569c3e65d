/* The head of a request: see http-request.h.

   RFC 9112, but for what a server of three pages can leave out: bodies and all header fields but Host are passed
   over, and there is one request a connection.

   SPDX-License-Identifier: MIT  */
#include "runtime/http-request.h"
#include "runtime/options.h"

#include <string.h>

/* Longest value of a query parameter, decoded; bytes.  */
#define MAX_VALUE 32u

/* A piece of the head.  */
struct piece
{
  const char *at, *end;
};

static void
refuse (struct pgo_http_request *request, unsigned status, const char *why)
{
  request->status = status;
  request->why = why;
}

static bool
piece_is (struct piece piece, const char *string)
{
  size_t n = strlen (string);
  return (size_t) (piece.end - piece.at) == n && memcmp (piece.at, string, n) == 0;
}

/* The same, letters of either case.  STRING is in lower case.  */
static bool
piece_is_caseless (struct piece piece, const char *string)
{
  size_t n = strlen (string);
  if ((size_t) (piece.end - piece.at) != n)
    return false;
  for (size_t i = 0; i < n; i++)
    {
      char c = piece.at[i];
      if (c >= 'A' && c <= 'Z')
        c = (char) (c + ('a' - 'A'));
      if (c != string[i])
        return false;
    }
  return true;
}

/* Cut what is before the first C, and C, off REST; all of it, if there is none.  */
static struct piece
cut (struct piece *rest, char c)
{
  const char *at = memchr (rest->at, c, (size_t) (rest->end - rest->at));
  struct piece first = { rest->at, at != NULL ? at : rest->end };
  rest->at = at != NULL ? at + 1 : rest->end;
  return first;
}

/* Cut a line off REST, without its end, which is CR LF or LF.  */
static struct piece
cut_line (struct piece *rest)
{
  struct piece line = cut (rest, '\n');
  if (line.end > line.at && line.end[-1] == '\r')
    line.end--;
  return line;
}

/* Where the head ends, after its empty line; NULL if that hasn't come.  */
static const char *
head_end (const char *bytes, size_t n)
{
  struct piece rest = { bytes, bytes + n };
  while (memchr (rest.at, '\n', (size_t) (rest.end - rest.at)) != NULL)
    {
      struct piece line = cut_line (&rest);
      if (line.at == line.end)
        return rest.at;
    }
  return NULL;
}

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char) (c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* VALUE without its percent encoding into BUFFER; its length, or more than SIZE if it is longer.  A % that no two
   digits follow stands for itself: "burst=1%" is what people type.  */
static size_t
decode (struct piece value, char *buffer, size_t size)
{
  size_t n = 0;
  for (const char *at = value.at; at < value.end; at++)
    {
      char c = *at;
      if (c == '%' && value.end - at > 2 && hex_digit (at[1]) >= 0 && hex_digit (at[2]) >= 0)
        {
          c = (char) (hex_digit (at[1]) * 16 + hex_digit (at[2]));
          at += 2;
        }
      if (n == size)
        return size + 1;
      buffer[n++] = c;
    }
  return n;
}

static bool
set_seconds (struct pgo_http_request *request, const char *text, size_t n)
{
  unsigned seconds = 0;
  for (size_t i = 0; i < n; i++)
    {
      if (text[i] < '0' || text[i] > '9' || seconds > PGO_HTTP_MAX_SECONDS)
        return false;
      seconds = seconds * 10 + (unsigned) (text[i] - '0');
    }
  request->seconds = seconds;
  return n > 0 && seconds >= 1 && seconds <= PGO_HTTP_MAX_SECONDS;
}

/* The parameters of a profile; others than ours are passed over, and of two the first counts, as in Go.  */
static void
parse_query (struct pgo_http_request *request, struct piece query)
{
  bool has_seconds = false;
  while (query.at < query.end)
    {
      char text[MAX_VALUE];
      struct piece value = cut (&query, '&');
      struct piece key = cut (&value, '=');
      size_t n = decode (value, text, sizeof text);
      if (piece_is (key, "seconds") && !has_seconds)
        {
          if (n > sizeof text || !set_seconds (request, text, n))
            {
              refuse (request, 400, "seconds= takes a whole number from 1 to 600");
              return;
            }
          has_seconds = true;
        }
      else if (piece_is (key, "burst") && !request->has_burst)
        {
          if (n > sizeof text || !pgo_options_share (text, n, &request->burst_ppm))
            {
              refuse (request, 400, "burst= takes a share of CPU time, like 1%, or off");
              return;
            }
          request->has_burst = true;
        }
    }
}

/* TARGET: "/path?query", or with "http://authority" before it.  */
static void
parse_target (struct pgo_http_request *request, struct piece target)
{
  static const char scheme[] = "http://";
  size_t n = sizeof scheme - 1;
  if ((size_t) (target.end - target.at) > n && memcmp (target.at, scheme, n) == 0)
    {
      const char *slash = memchr (target.at + n, '/', (size_t) (target.end - target.at) - n);
      target.at = slash != NULL ? slash : target.end;
    }
  struct piece path = cut (&target, '?');
  request->status = 200;
  if (piece_is (path, "/debug/pprof/") || piece_is (path, "/debug/pprof"))
    request->page = PGO_HTTP_INDEX;
  else if (piece_is (path, "/debug/pprof/cmdline"))
    request->page = PGO_HTTP_CMDLINE;
  else if (piece_is (path, "/debug/pprof/profile"))
    {
      request->page = PGO_HTTP_PROFILE;
      parse_query (request, target);
    }
  else if (piece_is (path, "/debug/gcov"))
    {
      request->page = PGO_HTTP_GCOV;
      request->discard = piece_is (target, "discard=1");
      if (target.at != target.end && !request->discard)
        refuse (request, 400, "the one parameter is discard=1");
    }
  else
    refuse (request, 404, "there are /debug/pprof/, /debug/pprof/profile, /debug/pprof/cmdline and /debug/gcov");
}

/* Whether the Host field HOST names this machine: "localhost", "127.0.0.1" or "[::1]", with or without a
   port.  Any other address does too: names are what a hostile page has.  */
static bool
is_local_name (struct piece host)
{
  if (host.at < host.end && *host.at == '[')
    return true;
  host = cut (&host, ':');
  if (piece_is_caseless (host, "localhost"))
    return true;
  for (const char *c = host.at; c < host.end; c++)
    if (*c != '.' && (*c < '0' || *c > '9'))
      return false;
  return host.at < host.end;
}

/* The header fields.  VERSION is that of "HTTP/1.".  */
static void
parse_fields (struct pgo_http_request *request, struct piece fields, char version, bool local)
{
  unsigned hosts = 0;
  for (;;)
    {
      struct piece value = cut_line (&fields);
      if (value.at == value.end)
        break;
      struct piece name = cut (&value, ':');
      if (name.end == value.end || name.at == name.end)
        {
          refuse (request, 400, "a header field has no name or value");
          return;
        }
      if (!piece_is_caseless (name, "host"))
        continue;
      while (value.at < value.end && (*value.at == ' ' || *value.at == '\t'))
        value.at++;
      while (value.end > value.at && (value.end[-1] == ' ' || value.end[-1] == '\t'))
        value.end--;
      hosts++;
      if (local && !is_local_name (value))
        {
          refuse (request, 403, "ask for localhost, or an address");
          return;
        }
    }
  if (hosts > 1 || (hosts == 0 && version != '0'))
    refuse (request, 400, "one Host field is wanted");
}

void
pgo_http_parse (const char *bytes, size_t n, bool local, struct pgo_http_request *request)
{
  memset (request, 0, sizeof *request);
  request->seconds = PGO_HTTP_DEFAULT_SECONDS;
  for (size_t i = 0; i < n; i++)
    if ((unsigned char) bytes[i] < ' ' && bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\t')
      {
        refuse (request, 400, "this is no HTTP");
        return;
      }
  const char *end = head_end (bytes, n);
  if (end == NULL)
    {
      if (n >= PGO_HTTP_HEAD_BYTES)
        refuse (request, 431, "the request is too long");
      return;
    }
  struct piece head = { bytes, end };
  struct piece line = cut_line (&head);
  struct piece method = cut (&line, ' ');
  struct piece target = cut (&line, ' ');
  /* What is left is the version.  */
  if (line.end - line.at != 8 || memcmp (line.at, "HTTP/1.", 7) != 0 || line.at[7] < '0' || line.at[7] > '9'
      || method.at == method.end || target.at == target.end)
    {
      refuse (request, 400, "this is no HTTP/1 request");
      return;
    }
  if (!piece_is (method, "GET"))
    {
      refuse (request, 405, "only GET is understood");
      return;
    }
  parse_target (request, target);
  if (request->status == 200)
    parse_fields (request, head, line.at[7], local);
}
