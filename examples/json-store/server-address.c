/* Addresses of the service.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union address
{
  struct sockaddr any;
  struct sockaddr_in inet;
  struct sockaddr_un local;
};

static bool
parse_unix (const char *text, union address *address, socklen_t *size, struct error *error)
{
  if (strlen (text) >= sizeof address->local.sun_path)
    return fail (error, "%.100s...: path of a socket too long", text);
  address->local.sun_family = AF_UNIX;
  strcpy (address->local.sun_path, text);
  *size = sizeof address->local;
  return true;
}

static bool
parse_tcp (const char *text, union address *address, socklen_t *size, struct error *error)
{
  const char *colon = strrchr (text, ':');
  char host[64], *end;
  if (!colon || colon == text || (size_t) (colon - text) >= sizeof host)
    return fail (error, "%.100s: expected HOST:PORT or the path of a socket", text);
  memcpy (host, text, colon - text);
  host[colon - text] = 0;
  unsigned long port = strtoul (colon + 1, &end, 10);
  if (*end || end == colon + 1 || port > 65535)
    return fail (error, "%.100s: no port number", text);
  address->inet.sin_family = AF_INET;
  address->inet.sin_port = htons (port);
  if (inet_pton (AF_INET, host, &address->inet.sin_addr) != 1)
    return fail (error, "%.60s: not a numeric address", host);
  /* There is no password: who can connect can do everything.  */
  if (ntohl (address->inet.sin_addr.s_addr) >> 24 != 127)
    return fail (error, "%.60s: only loopback addresses are served", host);
  *size = sizeof address->inet;
  return true;
}

static bool
parse_address (const char *text, union address *address, socklen_t *size, struct error *error)
{
  memset (address, 0, sizeof *address);
  return (strchr (text, '/') ? parse_unix : parse_tcp) (text, address, size, error);
}

/* Remove a socket that nobody listens on any more.  */
static void
remove_stale (const union address *address, socklen_t size)
{
  struct stat status;
  if (lstat (address->local.sun_path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return;
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0)
    return;
  if (connect (fd, &address->any, size) != 0 && errno == ECONNREFUSED)
    unlink (address->local.sun_path);
  close (fd);
}

int
server_listen (const char *text, struct error *error)
{
  union address address;
  socklen_t size;
  if (!parse_address (text, &address, &size, error))
    return -1;
  int fd = socket (address.any.sa_family, SOCK_STREAM, 0), on = 1;
  if (fd < 0)
    return fail (error, "socket: %s", strerror (errno)), -1;
  mode_t mask = umask (077);
  if (address.any.sa_family == AF_UNIX)
    remove_stale (&address, size);
  else
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bool ok = bind (fd, &address.any, size) == 0 && listen (fd, 64) == 0;
  umask (mask);
  if (ok)
    return fd;
  fail (error, "%.100s: %s", text, strerror (errno));
  close (fd);
  return -1;
}

int
server_connect (const char *text, struct error *error)
{
  union address address;
  socklen_t size;
  if (!parse_address (text, &address, &size, error))
    return -1;
  int fd = socket (address.any.sa_family, SOCK_STREAM, 0), on = 1;
  if (fd < 0)
    return fail (error, "socket: %s", strerror (errno)), -1;
  if (connect (fd, &address.any, size) != 0)
    {
      fail (error, "%.100s: %s", text, strerror (errno));
      close (fd);
      return -1;
    }
  if (address.any.sa_family == AF_INET)
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}
