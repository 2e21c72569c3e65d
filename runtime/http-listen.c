/* Where the endpoint listens: see http-listen.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/http-listen.h"
#include "runtime/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* Connections that the kernel holds while all of ours are taken.  */
#define BACKLOG 16

static uint16_t
to_network (uint16_t host)
{
  unsigned char bytes[2] = { (unsigned char) (host >> 8), (unsigned char) host };
  uint16_t network;
  memcpy (&network, bytes, sizeof network);
  return network;
}

/* A whole decimal number of at most MAX, up to the end of TEXT or to STOP.  NULL if there is none; else its end.  */
static const char *
take_number (const char *text, char stop, unsigned max, unsigned *number)
{
  unsigned n = 0;
  const char *at = text;
  for (; *at >= '0' && *at <= '9'; at++)
    if ((n = n * 10 + (unsigned) (*at - '0')) > max)
      return NULL;
  *number = n;
  return at == text || (*at != stop && *at != 0) ? NULL : at;
}

static bool
parse_port (const char *text, uint16_t *port)
{
  unsigned number;
  const char *end = take_number (text, 0, 65535, &number);
  if (end == NULL)
    return false;
  *port = to_network ((uint16_t) number);
  return true;
}

static bool
parse_ip4 (struct pgo_http_address *address, const char *text)
{
  struct sockaddr_in *ip4 = &address->socket.ip4;
  unsigned char bytes[4] = { 127, 0, 0, 1 };
  static const char localhost[] = "localhost:";
  if (strncmp (text, localhost, sizeof localhost - 1) == 0)
    text += sizeof localhost - 1;
  else if (strchr (text, ':') != NULL)
    for (int i = 0; i < 4; i++)
      {
        unsigned number;
        char stop = i < 3 ? '.' : ':';
        text = take_number (text, stop, 255, &number);
        if (text == NULL || *text++ != stop)
          return false;
        bytes[i] = (unsigned char) number;
      }
  ip4->sin_family = AF_INET;
  memcpy (&ip4->sin_addr, bytes, sizeof bytes);
  address->size = sizeof *ip4;
  address->loopback = bytes[0] == 127;
  return parse_port (text, &ip4->sin_port);
}

/* "[::1]:PORT" and "[::]:PORT": of other addresses of one interface nobody has asked for.  */
static bool
parse_ip6 (struct pgo_http_address *address, const char *text)
{
  static const char one[] = "[::1]:", any[] = "[::]:";
  struct sockaddr_in6 *ip6 = &address->socket.ip6;
  ip6->sin6_family = AF_INET6;
  address->size = sizeof *ip6;
  if (strncmp (text, one, sizeof one - 1) == 0)
    {
      ip6->sin6_addr.s6_addr[15] = 1;
      address->loopback = true;
      return parse_port (text + sizeof one - 1, &ip6->sin6_port);
    }
  return strncmp (text, any, sizeof any - 1) == 0 && parse_port (text + sizeof any - 1, &ip6->sin6_port);
}

static int
parse_path (struct pgo_http_address *address, const char *path, int pid, const char *directory)
{
  struct sockaddr_un *local = &address->socket.local;
  struct pgo_text text = pgo_text_in (local->sun_path, sizeof local->sun_path);
  if (*path == 0 || (*path != '/' && *directory == 0))
    return EINVAL;
  if (*path != '/')
    {
      pgo_text_add (&text, directory);
      pgo_text_add (&text, "/");
    }
  for (; *path != 0; path++)
    if (path[0] == '%' && path[1] == 'p')
      {
        pgo_text_add_number (&text, (uint64_t) pid);
        address->per_process = true;
        path++;
      }
    else
      {
        pgo_text_add_n (&text, path, 1);
        path += path[0] == '%' && path[1] == '%';
      }
  local->sun_family = AF_UNIX;
  address->size = sizeof *local;
  return text.length + 1 < text.size ? 0 : ENAMETOOLONG;
}

int
pgo_http_address_parse (struct pgo_http_address *address, const char *text, int pid, const char *directory)
{
  static const char unix_scheme[] = "unix:";
  memset (address, 0, sizeof *address);
  int error;
  if (strncmp (text, unix_scheme, sizeof unix_scheme - 1) == 0)
    error = parse_path (address, text + sizeof unix_scheme - 1, pid, directory);
  else if (text[0] == '[')
    error = parse_ip6 (address, text) ? 0 : EINVAL;
  else
    error = parse_ip4 (address, text) ? 0 : EINVAL;
  if (error != 0)
    address->size = 0;
  return error;
}

/* Whether ADDRESS is a socket whose process is dead.  */
static bool
is_left_behind (const struct pgo_http_address *address)
{
  struct statx status;
  memset (&status, 0, sizeof status);
  if (pgo_syscall (SYS_statx, AT_FDCWD, address->socket.local.sun_path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0
      || (status.stx_mode & S_IFMT) != S_IFSOCK)
    return false;
  int fd = (int) pgo_syscall (SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  long error = pgo_syscall (SYS_connect, fd, &address->socket, address->size);
  pgo_raw_close (fd);
  return error == -ECONNREFUSED;
}

int
pgo_http_listen (struct pgo_http_address *address, int *fd)
{
  int family = address->socket.any.sa_family, on = 1;
  *fd = (int) pgo_syscall (SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*fd < 0)
    return -*fd;
  long error = 0;
  if (family == AF_UNIX)
    /* What bind makes has these rights, so there is no moment with others.  */
    error = pgo_syscall (SYS_fchmod, *fd, 0600);
  else
    /* Not to wait for the dead connections of the process before.  */
    error = pgo_syscall (SYS_setsockopt, *fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (error == 0)
    error = pgo_syscall (SYS_bind, *fd, &address->socket, address->size);
  if (error == -EADDRINUSE && family == AF_UNIX && is_left_behind (address))
    {
      pgo_http_unlink (address);
      error = pgo_syscall (SYS_bind, *fd, &address->socket, address->size);
    }
  if (error == 0)
    error = pgo_syscall (SYS_listen, *fd, BACKLOG);
  if (error == 0 && family != AF_UNIX)
    {
      socklen_t size = sizeof address->socket;
      error = pgo_syscall (SYS_getsockname, *fd, &address->socket, &size);
    }
  if (error != 0)
    {
      pgo_raw_close (*fd);
      *fd = -1;
    }
  return (int) -error;
}

void
pgo_http_unlink (const struct pgo_http_address *address)
{
  if (address->size != 0 && address->socket.any.sa_family == AF_UNIX)
    pgo_syscall (SYS_unlinkat, AT_FDCWD, address->socket.local.sun_path, 0);
}

void
pgo_http_address_print (const struct pgo_http_address *address, char *buffer, size_t size)
{
  struct pgo_text text = pgo_text_in (buffer, size);
  unsigned char port[2];
  switch (address->size != 0 ? address->socket.any.sa_family : AF_UNSPEC)
    {
    case AF_UNIX:
      pgo_text_add (&text, "unix:");
      pgo_text_add (&text, address->socket.local.sun_path);
      return;
    case AF_INET:
      {
        unsigned char bytes[4];
        memcpy (bytes, &address->socket.ip4.sin_addr, sizeof bytes);
        for (int i = 0; i < 4; i++)
          {
            pgo_text_add_number (&text, bytes[i]);
            pgo_text_add (&text, i < 3 ? "." : ":");
          }
        memcpy (port, &address->socket.ip4.sin_port, sizeof port);
        break;
      }
    case AF_INET6:
      pgo_text_add (&text, address->loopback ? "[::1]:" : "[::]:");
      memcpy (port, &address->socket.ip6.sin6_port, sizeof port);
      break;
    default:
      return;
    }
  pgo_text_add_number (&text, (uint64_t) port[0] << 8 | port[1]);
}
