/* The head of an HTTP/1.1 request.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_REQUEST_H
#define HTTP_SERVER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_MAX 8192        /* Bytes.  */

struct request
{
  size_t length;                /* Of the head, with its empty line.  */
  int status;                   /* 0: understood; else what to refuse it with.  */
  bool keep_alive;
  bool head_only;               /* HEAD.  */
  char path[256];
  char name[64], query[64];     /* The parameters "name" and "q", decoded; "" if they aren't there.  */
};

/* Take the request that starts at BYTES, of which N have come.  False if it isn't complete.  */
bool request_parse (const char *bytes, size_t n, struct request *request);

#endif
