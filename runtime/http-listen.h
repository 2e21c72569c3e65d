/* Where the endpoint listens.

   "127.0.0.1:9000", "[::1]:9000", "9000" and "localhost:9000" (both 127.0.0.1), "unix:/path/socket".  Addresses of
   other interfaces are taken at their word: who writes http=0.0.0.0:9000 wants the network.  Names are not looked
   up.  Port 0 is one that is free.  %p in a path is the process id, %% a percent sign.

   No libc state (raw.h).

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_HTTP_LISTEN_H
#define PGOINLINE_RUNTIME_HTTP_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct pgo_http_address
{
  union
  {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    struct sockaddr_un local;
  } socket;
  size_t size;                  /* Bytes of it; 0: none.  */
  bool loopback;                /* TCP, and only this machine can reach it.  */
  bool per_process;             /* %p was in the path.  */
};

/* Understand TEXT for process PID.  A relative path is taken from DIRECTORY ("" if that isn't known).  0, EINVAL,
   or ENAMETOOLONG: a path may have 106 bytes.  */
int pgo_http_address_parse (struct pgo_http_address *address, const char *text, int pid, const char *directory);

/* A listening socket, which doesn't block, in *FD; ADDRESS gets the port if it was 0.  A Unix socket has mode 0600
   from the beginning; one that a dead process left behind is replaced.  0 or an errno value.  */
int pgo_http_listen (struct pgo_http_address *address, int *fd);

/* Remove a Unix socket's file.  */
void pgo_http_unlink (const struct pgo_http_address *address);

/* ADDRESS as text, cut to SIZE.  */
void pgo_http_address_print (const struct pgo_http_address *address, char *text, size_t size);

#endif
