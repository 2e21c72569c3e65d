/* What a client of the endpoint asks for: the head of an HTTP/1.x request, taken apart.

   Pure: bytes in, a decision out.  The bytes are hostile.

   SPDX-License-Identifier: MIT  */
#ifndef PGOINLINE_RUNTIME_HTTP_REQUEST_H
#define PGOINLINE_RUNTIME_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest head taken, bytes: clients send some 100, browsers up to 2,000.  */
#define PGO_HTTP_HEAD_BYTES 8192u
/* Seconds of a collection: net/http/pprof's default; and ten minutes, which at 10 kHz is more than enough.  */
#define PGO_HTTP_DEFAULT_SECONDS 30u
#define PGO_HTTP_MAX_SECONDS 600u

enum pgo_http_page
{
  PGO_HTTP_INDEX,               /* /debug/pprof/  */
  PGO_HTTP_PROFILE,             /* /debug/pprof/profile?seconds=N&burst=P%  */
  PGO_HTTP_CMDLINE,             /* /debug/pprof/cmdline  */
  PGO_HTTP_GCOV                 /* /debug/gcov?discard=1  */
};

struct pgo_http_request
{
  unsigned status;              /* 0: the head isn't complete; 200; or what to refuse it with.  */
  const char *why;              /* A sentence for that, else NULL.  Static.  */
  enum pgo_http_page page;
  unsigned seconds;             /* Of PROFILE, 1 to PGO_HTTP_MAX_SECONDS.  */
  bool discard;                 /* Of GCOV: discard=1.  */
  bool has_burst;               /* burst= was given.  */
  uint32_t burst_ppm;           /* Its share in millionths; 0: off.  */
};

/* Take apart the N bytes that have come so far.  With LOCAL the request must name this machine as "localhost" or
   by an address: a web page elsewhere that has its own name resolved to 127.0.0.1 does not.  */
void pgo_http_parse (const char *bytes, size_t n, bool local, struct pgo_http_request *request);

#endif
