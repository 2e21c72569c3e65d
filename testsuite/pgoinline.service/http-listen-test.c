/* Addresses of the endpoint, and the sockets behind them.
   { unit-options "@TOP@/runtime/http-listen.c @TOP@/runtime/raw.c" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/http-listen.h"
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pgo_http_address a;

/* What TEXT is understood as; "" if it isn't.  */
static const char *
understood (const char *text)
{
  static char line[200];
  line[0] = 0;
  if (pgo_http_address_parse (&a, text, 4711, "/dir") == 0)
    pgo_http_address_print (&a, line, sizeof line);
  return line;
}

static bool
is (const char *text, const char *expected)
{
  return strcmp (understood (text), expected) == 0;
}

int
main (void)
{
  CHECK ("an address", is ("127.0.0.1:9000", "127.0.0.1:9000") && a.loopback);
  CHECK ("a port alone is this machine's", is ("9000", "127.0.0.1:9000") && a.loopback);
  CHECK ("localhost", is ("localhost:1", "127.0.0.1:1") && a.loopback);
  CHECK ("all interfaces, if that is said", is ("0.0.0.0:65535", "0.0.0.0:65535") && !a.loopback);
  CHECK ("version 6", is ("[::1]:80", "[::1]:80") && a.loopback);
  CHECK ("version 6, all interfaces", is ("[::]:80", "[::]:80") && !a.loopback);
  CHECK ("a path", is ("unix:/run/x", "unix:/run/x") && !a.loopback && !a.per_process);
  CHECK ("a relative path", is ("unix:x", "unix:/dir/x"));
  CHECK ("a path with the process's id", is ("unix:/run/%p-%%p", "unix:/run/4711-%p") && a.per_process);
  static const char *const bad[] = { "", ":", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.256:1", "1.2.3:1",
                                     "1.2.3.4.5:1", "127.0.0.1:1x", "-1", "pgo.example:80", "[::1]", "[::2]:1", "unix:",
                                     "99999999999999999999" };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      char name[64];
      snprintf (name, sizeof name, "no address: '%s'", bad[i]);
      CHECK (name, is (bad[i], "") && a.size == 0);
    }
  char longest[200] = "unix:/";
  memset (longest + 6, 'x', 105);
  CHECK ("the longest path", pgo_http_address_parse (&a, longest, 1, "") == 0);
  strcat (longest, "x");
  CHECK ("one byte more", pgo_http_address_parse (&a, longest, 1, "") == ENAMETOOLONG);
  CHECK ("a relative path from nowhere", pgo_http_address_parse (&a, "unix:x", 1, "") == EINVAL);

  int fd, second;
  struct pgo_http_address other;
  struct stat status;
  CHECK ("a free port", pgo_http_address_parse (&a, "0", 1, "") == 0 && pgo_http_listen (&a, &fd) == 0
                        && a.socket.ip4.sin_port != 0);
  other = a;
  CHECK ("a port that is taken", pgo_http_listen (&other, &second) == EADDRINUSE && second < 0);
  close (fd);

  /* However deep the directory is.  */
  CHECK ("a socket", pgo_http_address_parse (&a, "unix:s", 1, ".") == 0 && pgo_http_listen (&a, &fd) == 0);
  CHECK ("for its owner alone", stat ("s", &status) == 0 && (status.st_mode & 07777) == 0600);
  CHECK ("a socket that is listened to", pgo_http_listen (&a, &second) == EADDRINUSE);
  close (fd);
  CHECK ("a socket that was left behind", pgo_http_listen (&a, &fd) == 0);
  close (fd);
  pgo_http_unlink (&a);
  CHECK ("no socket any more", access ("s", F_OK) != 0);
  FILE *file = fopen ("s", "w");
  fclose (file);
  CHECK ("a file is not replaced", pgo_http_listen (&a, &second) == EADDRINUSE && access ("s", F_OK) == 0);
  CHECK ("a symbolic link is not followed",
         unlink ("s") == 0 && symlink ("nowhere", "s") == 0 && pgo_http_listen (&a, &second) != 0);
  return unit_done ();
}
