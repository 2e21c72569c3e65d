/* json-store: a store of JSON documents with a query language.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "server.h"
#include "session.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
  "usage: json-store [--data FILE] [--log LEVEL] [--script FILE [--checksum]]\n"
  "       json-store [--data FILE] [--log LEVEL] --listen HOST:PORT | --unix PATH\n"
  "\n"
  "A store of JSON documents.  Carries out commands, one a line: of FILE, of standard input, or of\n"
  "clients of a socket; `help' lists them.\n"
  "\n"
  "  --data FILE    begin with what `save' wrote to FILE, if it is there\n"
  "  --script FILE  carry out the commands of FILE, then end; - is standard input\n"
  "  --checksum     print a checksum of the replies instead of them\n"
  "  --listen H:P   serve clients on a loopback address, as 127.0.0.1:7070\n"
  "  --unix PATH    serve clients on a Unix socket\n"
  "  --log LEVEL    error, warning (the default), info or debug, to standard error\n";

struct options
{
  const char *data, *script, *address;
  bool checksum;
};

static int
usage_error (const char *message)
{
  fprintf (stderr, "json-store: %s\n%s", message, usage_text);
  return 2;
}

/* Carry out the commands of FILE.  Their replies are printed, or only their checksum, or neither; LOADING
   makes the first command that fails an error.  */
static bool
run_script (FILE *file, const char *name, struct store *store, const struct options *options, bool loading,
            struct error *error)
{
  struct session session;
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  uint64_t sum = CHECKSUM_START, number = 0;
  bool ok = true;
  session_begin (&session, store, options->data);
  while (ok && !session.quit && (length = getline (&line, &room, file)) >= 0)
    {
      number++;
      session_command (&session, line, length - (length && line[length - 1] == '\n'));
      if (loading)
        ok = !session.failed || fail (error, "%.100s:%" PRIu64 ": %.100s", name, number, session.reply.bytes);
      else if (options->checksum)
        sum = checksum (sum, session.reply.bytes, session.reply.length);
      else
        ok = (fwrite (session.reply.bytes, 1, session.reply.length, stdout) == session.reply.length
              || fail (error, "standard output: %s", strerror (errno)));
      session.reply.length = 0;
    }
  if (ok && ferror (file))
    ok = fail (error, "%.160s: %s", name, strerror (errno));
  if (!loading && options->checksum)
    printf ("%016" PRIx64 " %" PRIu64 " commands %" PRIu64 " errors %" PRIu64 " rows\n", sum,
            session.commands, session.failed, session.rows);
  session_end (&session);
  free (line);
  if (!loading && (fflush (stdout) != 0 || ferror (stdout)))
    ok = fail (error, "standard output: %s", strerror (errno));
  return ok;
}

static bool
load_data (struct store *store, const struct options *options, struct error *error)
{
  FILE *file = fopen (options->data, "r");
  if (!file)
    return errno == ENOENT || fail (error, "%.160s: %s", options->data, strerror (errno));
  bool ok = run_script (file, options->data, store, options, true, error);
  fclose (file);
  return ok;
}

static bool
run (struct store *store, const struct options *options, struct error *error)
{
  if (options->data && !load_data (store, options, error))
    return false;
  if (options->address)
    {
      int listener = server_listen (options->address, error);
      if (listener < 0)
        return false;
      log_info ("serving on %s", options->address);
      bool ok = server_run (listener, store, options->data, error);
      close (listener);
      if (strchr (options->address, '/'))
        unlink (options->address);
      return ok;
    }
  if (!options->script || !strcmp (options->script, "-"))
    return run_script (stdin, "standard input", store, options, false, error);
  FILE *file = fopen (options->script, "r");
  if (!file)
    return fail (error, "%.160s: %s", options->script, strerror (errno));
  bool ok = run_script (file, options->script, store, options, false, error);
  fclose (file);
  return ok;
}

int
main (int argc, char **argv)
{
  static const struct option long_options[] =
  {
    { "checksum", no_argument, NULL, 'c' },
    { "data", required_argument, NULL, 'd' },
    { "help", no_argument, NULL, 'h' },
    { "listen", required_argument, NULL, 'l' },
    { "log", required_argument, NULL, 'g' },
    { "script", required_argument, NULL, 's' },
    { "unix", required_argument, NULL, 'u' },
    { 0 }
  };
  struct options options = { 0 };
  struct error error;
  for (int option; (option = getopt_long (argc, argv, "", long_options, NULL)) != -1;)
    switch (option)
      {
      case 'c':
        options.checksum = true;
        break;
      case 'd':
        options.data = optarg;
        break;
      case 'h':
        fputs (usage_text, stdout);
        return 0;
      case 'g':
        if (!log_set_threshold (optarg))
          return usage_error ("unknown log level");
        break;
      case 's':
        options.script = optarg;
        break;
      case 'l':
      case 'u':
        if (options.address)
          return usage_error ("--listen and --unix exclude each other");
        if ((option == 'u') != (strchr (optarg, '/') != NULL))
          return usage_error (option == 'u' ? "--unix needs a path with a slash, as ./socket"
                              : "--listen needs HOST:PORT");
        options.address = optarg;
        break;
      default:
        fputs (usage_text, stderr);
        return 2;
      }
  if (optind < argc)
    return usage_error ("unexpected argument");
  if (options.address && (options.script || options.checksum))
    return usage_error ("--script and --checksum do not go with --listen and --unix");

  struct store *store = store_new ();
  bool ok = run (store, &options, &error);
  if (!ok)
    log_error ("%s", error.message);
  store_free (store);
  return ok ? 0 : 1;
}
