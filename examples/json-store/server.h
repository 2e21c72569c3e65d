/* The service: clients on a loopback TCP port or a Unix socket.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_SERVER_H
#define JSON_STORE_SERVER_H

#include "store.h"

/* Listen on ADDRESS: "HOST:PORT", HOST numeric and of the loopback network, or the path of a Unix socket,
   which must have a slash in it.  The descriptor, or -1 with ERROR.  */
int server_listen (const char *address, struct error *);
/* Connect to such an address.  The descriptor, or -1 with ERROR.  */
int server_connect (const char *address, struct error *);
/* Serve clients until one says `shutdown' or the process gets SIGTERM or SIGINT.  False with ERROR if
   that is not possible any longer.  */
bool server_run (int listener, struct store *, const char *data_file, struct error *);

#endif
