/* What a request of the endpoint is taken for.
   { unit-options "@TOP@/runtime/http-request.c @TOP@/runtime/options.c @TOP@/runtime/raw.c" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/http-request.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct pgo_http_request r;

static unsigned
status_of (const char *text, bool local)
{
  pgo_http_parse (text, strlen (text), local, &r);
  return r.status;
}

/* The status of a GET for TARGET.  */
static unsigned
get (const char *target)
{
  static char text[4096];
  snprintf (text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost:9000\r\nAccept: */*\r\n\r\n", target);
  return status_of (text, true);
}

/* The status of a GET from HOST, a whole header field or "".  */
static unsigned
from (const char *host, bool local)
{
  static char text[4096];
  snprintf (text, sizeof text, "GET /debug/pprof/ HTTP/1.1\r\n%s\r\n", host);
  return status_of (text, local);
}

int
main (void)
{
  CHECK ("the index", get ("/debug/pprof/") == 200 && r.page == PGO_HTTP_INDEX);
  CHECK ("the command line", get ("/debug/pprof/cmdline") == 200 && r.page == PGO_HTTP_CMDLINE);
  CHECK ("a profile of 30 seconds", get ("/debug/pprof/profile") == 200 && r.page == PGO_HTTP_PROFILE
                                    && r.seconds == 30 && !r.has_burst);
  CHECK ("seconds", get ("/debug/pprof/profile?seconds=7") == 200 && r.seconds == 7);
  CHECK ("with a whole address", get ("http://localhost:9000/debug/pprof/profile?seconds=7") == 200 && r.seconds == 7);
  CHECK ("a share", get ("/debug/pprof/profile?burst=2%25") == 200 && r.has_burst && r.burst_ppm == 20000);
  CHECK ("a share as it is typed", get ("/debug/pprof/profile?seconds=1&burst=2%") == 200 && r.burst_ppm == 20000);
  CHECK ("a share without a sign", get ("/debug/pprof/profile?burst=0.5") == 200 && r.burst_ppm == 5000);
  CHECK ("none", get ("/debug/pprof/profile?burst=off") == 200 && r.has_burst && r.burst_ppm == 0);
  CHECK ("other parameters are passed over", get ("/debug/pprof/profile?gc=1&x&seconds=3&=") == 200 && r.seconds == 3);
  CHECK ("of two the first counts", get ("/debug/pprof/profile?seconds=3&seconds=4") == 200 && r.seconds == 3);
  CHECK ("the longest", get ("/debug/pprof/profile?seconds=600") == 200 && r.seconds == 600);

  static const char *const bad[] = { "seconds=0", "seconds=601", "seconds=", "seconds=-1", "seconds=1.5", "seconds=1s",
                                     "seconds=99999999999999999999", "seconds=%30x", "burst=101%", "burst=x",
                                     "burst=", "burst=11111111111111111111111111111111111111" };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      char target[128];
      snprintf (target, sizeof target, "/debug/pprof/profile?%s", bad[i]);
      CHECK (bad[i], get (target) == 400 && r.why != NULL);
    }

  CHECK ("counters", get ("/debug/gcov") == 200 && r.page == PGO_HTTP_GCOV && !r.discard);
  CHECK ("counters discarded", get ("/debug/gcov?discard=1") == 200 && r.discard);
  CHECK ("counters, and nonsense", get ("/debug/gcov?discard=2") == 400);
  CHECK ("another page", get ("/debug/pprof/heap") == 404);
  CHECK ("a path that goes up", get ("/debug/pprof/../pprof/profile") == 404);
  CHECK ("no path", get ("http://localhost") == 404 && get ("*") == 404);
  CHECK ("another method", status_of ("POST /debug/pprof/profile HTTP/1.1\r\nHost: localhost\r\n\r\n", true) == 405);
  CHECK ("another version", status_of ("GET /debug/pprof/ HTTP/2.0\r\nHost: localhost\r\n\r\n", true) == 400);
  CHECK ("no version", status_of ("GET /debug/pprof/\r\n\r\n", true) == 400);
  CHECK ("nothing", status_of ("\r\n\r\n", true) == 400);
  CHECK ("HTTP/1.0 needs no host", status_of ("GET /debug/pprof/ HTTP/1.0\n\n", true) == 200);
  CHECK ("a handshake of TLS", status_of ("\x16\x03\x01\x02", true) == 400);
  pgo_http_parse ("GET /debug\0/ HTTP/1.0\r\n\r\n", 25, true, &r);
  CHECK ("a NUL", r.status == 400);

  CHECK ("an address is this machine's", from ("Host: 127.0.0.1:80\r\n", true) == 200
                                         && from ("HOST:[::1]\r\n", true) == 200);
  CHECK ("a name is not", from ("Host: pgo.example\r\n", true) == 403 && from ("Host: \r\n", true) == 403
                          && from ("Host: localhost.example\r\n", true) == 403);
  CHECK ("a name is fine where others may come", from ("Host: pgo.example\r\n", false) == 200);
  CHECK ("no host", from ("", true) == 400 && from ("", false) == 400);
  CHECK ("two hosts", from ("Host: localhost\r\nHost: localhost\r\n", true) == 400);
  CHECK ("a field without a colon", from ("Host: localhost\r\nnonsense\r\n", true) == 400);

  /* As it comes in, byte by byte.  */
  static const char whole[] = "GET /debug/pprof/profile?seconds=9 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  bool waits = true;
  for (size_t n = 0; n < sizeof whole - 1; n++)
    {
      pgo_http_parse (whole, n, true, &r);
      waits &= r.status == 0;
    }
  CHECK ("what isn't complete is waited for", waits && status_of (whole, true) == 200 && r.seconds == 9);
  char *endless = malloc (PGO_HTTP_HEAD_BYTES);
  memset (endless, 'G', PGO_HTTP_HEAD_BYTES);
  pgo_http_parse (endless, PGO_HTTP_HEAD_BYTES - 1, true, &r);
  CHECK ("a long head is waited for", r.status == 0);
  pgo_http_parse (endless, PGO_HTTP_HEAD_BYTES, true, &r);
  CHECK ("an endless one isn't", r.status == 431);
  free (endless);
  return unit_done ();
}
