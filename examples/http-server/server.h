/* Connections: worker threads, each with an epoll of its own over one listening socket.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_SERVER_H
#define HTTP_SERVER_SERVER_H

/* Listen on 127.0.0.1:PORT (0: a free one), say where on standard output, and serve with N threads until SIGTERM
   or SIGINT.  The exit status of the process.  */
int server_run (int port, int n_threads);

#endif
