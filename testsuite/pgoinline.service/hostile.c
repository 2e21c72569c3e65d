/* Clients that misbehave, and what the endpoint makes of them.

     hostile PORT

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in server;

static int
dial (void)
{
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &server, sizeof server) != 0)
    {
      perror ("connect");
      exit (2);
    }
  return fd;
}

static void
say (int fd, const char *text)
{
  ssize_t n = send (fd, text, strlen (text), MSG_NOSIGNAL);
  (void) n;
}

/* All that comes within MS, as a string; its status, or 0: closed without one, -1: nothing came, still open.  */
static int
hear (int fd, int ms)
{
  static char text[1 << 20];
  size_t n = 0;
  struct pollfd p = { fd, POLLIN, 0 };
  while (n < sizeof text - 1 && poll (&p, 1, ms) > 0)
    {
      ssize_t got = recv (fd, text + n, sizeof text - 1 - n, 0);
      if (got <= 0)
        {
          text[n] = 0;
          int status = 0;
          sscanf (text, "HTTP/1.1 %d", &status);
          return status;
        }
      n += (size_t) got;
    }
  return -1;
}

/* The status of TEXT, sent at once.  */
static int
ask (const char *text)
{
  int fd = dial ();
  say (fd, text);
  int status = hear (fd, 20000);
  close (fd);
  return status;
}

#define INDEX "GET /debug/pprof/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define PROFILE "GET /debug/pprof/profile?seconds=600 HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define SHORT "GET /debug/pprof/profile?seconds=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"

/* A profile of a second, as soon as no other is collected: a client that has left is noticed at once, but not
   before.  */
static int
ask_when_free (void)
{
  int status = 429;
  for (int tries = 0; tries < 100 && status == 429; tries++)
    {
      status = ask (SHORT);
      usleep (100000);
    }
  return status;
}

int
main (int argc, char **argv)
{
  int fds[40];
  server.sin_family = AF_INET;
  server.sin_port = htons ((unsigned short) atoi (argc > 1 ? argv[1] : "0"));
  server.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  signal (SIGPIPE, SIG_IGN);

  CHECK ("a request in one piece", ask (INDEX) == 200);
  int fd = dial ();
  for (const char *c = INDEX; *c != 0; c++)
    {
      char one[2] = { *c, 0 };
      say (fd, one);
    }
  CHECK ("a request in pieces of a byte", hear (fd, 20000) == 200);
  close (fd);
  CHECK ("two requests at once: the first is answered", ask (INDEX INDEX) == 200);
  CHECK ("a body is passed over", ask ("GET /debug/pprof/ HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody") == 200);
  CHECK ("no HTTP", ask ("\x16\x03\x01\x02\x01\r\n\r\n") == 400);

  static char big[200000];
  memset (big, 'x', sizeof big - 1);
  memcpy (big, "GET /", 5);
  CHECK ("200 kB without an end: refused, and the refusal arrives", ask (big) == 431);

  /* Slow ones: more of them than there are places.  Who says nothing is dropped for who does.  */
  for (int i = 0; i < 40; i++)
    {
      fds[i] = dial ();
      say (fds[i], "GET /debug/pprof/ HT");
    }
  CHECK ("40 half requests keep nobody out", ask (INDEX) == 200);
  for (int i = 0; i < 40; i++)
    close (fds[i]);
  CHECK ("nor do 40 that left", ask (INDEX) == 200);

  fd = dial ();
  say (fd, "GET /debug/pprof/ HTTP/1.1\r\n");
  CHECK ("a request that doesn't go on is refused in time", hear (fd, 30000) == 408);
  close (fd);

  /* A client that leaves ends its collection: then there is room for the next.  */
  fd = dial ();
  say (fd, PROFILE);
  usleep (300000);
  CHECK ("one collection at a time", ask (SHORT) == 429);
  CHECK ("and the index meanwhile", ask (INDEX) == 200);
  close (fd);
  CHECK ("a client that left is gone", ask_when_free () == 200);
  fd = dial ();
  say (fd, PROFILE);
  usleep (300000);
  struct linger linger = { 1, 0 };
  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
  CHECK ("a client that was reset is gone", ask_when_free () == 200);

  /* Who doesn't read keeps its own place only.  */
  fd = dial ();
  say (fd, "GET /debug/pprof/cmdline HTTP/1.0\r\n\r\n");
  CHECK ("who doesn't read keeps nobody out", ask (INDEX) == 200);
  close (fd);

  /* At random, the same every time.  */
  unsigned state = 1;
  for (int i = 0; i < 300; i++)
    {
      char text[] = "GET /debug/pprof/profile?seconds=0&burst=1% HTTP/1.1\r\nHost: localhost\r\n\r\n";
      for (int k = 0; k < 3; k++)
        {
          state = state * 1103515245u + 12345u;
          text[(state >> 8) % (sizeof text - 1)] = (char) (state >> 24);
        }
      fd = dial ();
      ssize_t n = send (fd, text, (state >> 4) % sizeof text, MSG_NOSIGNAL);
      (void) n;
      close (fd);
    }
  CHECK ("300 requests with bytes changed do no harm", ask (INDEX) == 200);
  return unit_done ();
}
