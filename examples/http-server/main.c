/* http-server: a home page made from a template, for everybody who asks.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "articles.h"
#include "pages.h"
#include "request.h"
#include "server.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
usage (void)
{
  fputs ("usage: http-server [--port N] [--threads N] [--template FILE] [--render N]\n"
         "\n"
         "  --port N        of 127.0.0.1; default 8080, 0 is a free one\n"
         "  --threads N     1 to 64; default 2\n"
         "  --template F    default home.html\n"
         "  --render N      don't serve: make N pages and print a checksum of them\n", stderr);
  return 2;
}

/* Make N pages as the server would, and print an FNV-1a hash of all.  */
static int
render (int n)
{
  static const char *const searches[] = { "compilers", "tea", "<", "nothing at all", "of the" };
  static const char *const names[] = { "", "Ada", "<script>", "Grace & Ken" };
  unsigned long hash = 14695981039346656037ul;
  struct text page = { 0 };
  for (int i = 0; i < n; i++)
    {
      char head[256];
      struct request request;
      snprintf (head, sizeof head, "GET %s?name=%s&q=%s HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
                i % 4 == 3 ? "/search" : "/", names[i % 4], searches[i / 4 % 5]);
      for (char *c = strchr (head, '=') + 1; strncmp (c, " HTTP", 5) != 0; c++)
        if (*c == ' ')
          *c = '+';
      if (!request_parse (head, strlen (head), &request))
        return 1;
      text_clear (&page);
      pages_answer (&request, &page);
      for (size_t k = 0; k < page.length; k++)
        hash = (hash ^ (unsigned char) page.bytes[k]) * 1099511628211ul;
    }
  text_free (&page);
  printf ("%016lx\n", hash);
  return 0;
}

int
main (int argc, char **argv)
{
  int port = 8080, threads = 2, pages = -1;
  const char *file = "home.html";
  for (int i = 1; i < argc; i += 2)
    {
      if (i + 1 == argc)
        return usage ();
      if (strcmp (argv[i], "--port") == 0)
        port = atoi (argv[i + 1]);
      else if (strcmp (argv[i], "--threads") == 0)
        threads = atoi (argv[i + 1]);
      else if (strcmp (argv[i], "--template") == 0)
        file = argv[i + 1];
      else if (strcmp (argv[i], "--render") == 0)
        pages = atoi (argv[i + 1]);
      else
        return usage ();
    }
  if (port < 0 || port > 65535 || threads < 1 || threads > 64)
    return usage ();
  articles_make ();
  pages_open (file);
  return pages >= 0 ? render (pages) : server_run (port, threads);
}
