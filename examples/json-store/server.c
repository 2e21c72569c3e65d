/* The service's main loop: one thread, poll, a session a client.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "server.h"

#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 256
#define READ_BYTES ((size_t) 64 << 10)
/* A client that does not take its replies is not listened to, above so many bytes.  */
#define REPLY_BYTES_MAX ((size_t) 4 << 20)
/* How long to go on delivering replies when the service ends.  */
#define LINGER_ROUNDS 50
#define LINGER_MS 20

struct client
{
  int fd;
  struct session session;
  struct text input;            /* What came after the last whole line.  */
  size_t searched;              /* Bytes of it that hold no line's end.  */
  size_t sent;                  /* Bytes of the reply.  */
  bool finished;                /* The client sends no more.  */
};

struct server
{
  int listener;
  struct store *store;
  const char *data_file;
  struct client *clients[CLIENTS_MAX];
  unsigned n_clients;
  bool shutdown;
};

/* A signal writes a byte here, so that poll sees it.  */
static int wake_pipe[2] = { -1, -1 };

static void
on_signal (int number)
{
  int saved = errno;
  char byte = number;
  ssize_t ignored = write (wake_pipe[1], &byte, 1);
  (void) ignored;
  errno = saved;
}

static bool
set_nonblocking (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  return flags >= 0 && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl (fd, F_SETFD, FD_CLOEXEC) == 0;
}

static bool
catch_signals (struct error *error)
{
  if (pipe (wake_pipe) != 0 || !set_nonblocking (wake_pipe[0]) || !set_nonblocking (wake_pipe[1]))
    return fail (error, "pipe: %s", strerror (errno));
  struct sigaction action = { .sa_handler = on_signal };
  sigemptyset (&action.sa_mask);
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction (SIGPIPE, &action, NULL);
  return true;
}

static void
accept_client (struct server *server)
{
  int fd = accept (server->listener, NULL, NULL);
  if (fd < 0)
    {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        log_warning ("accept: %s", strerror (errno));
      return;
    }
  if (server->n_clients == CLIENTS_MAX || !set_nonblocking (fd))
    {
      log_warning ("client refused: %u are connected", server->n_clients);
      close (fd);
      return;
    }
  struct client *client = allocate (sizeof *client);
  *client = (struct client) { .fd = fd };
  session_begin (&client->session, server->store, server->data_file);
  server->clients[server->n_clients++] = client;
  log_info ("client %d connected", fd);
}

static void
drop_client (struct server *server, unsigned at)
{
  struct client *client = server->clients[at];
  log_info ("client %d gone", client->fd);
  close (client->fd);
  session_end (&client->session);
  text_free (&client->input);
  free (client);
  server->clients[at] = server->clients[--server->n_clients];
}

static size_t
unsent (const struct client *client)
{
  return client->session.reply.length - client->sent;
}

/* Carry out the whole lines of the input, as long as the replies do not pile up.  */
static void
run_lines (struct client *client)
{
  size_t done = 0;
  while (!client->session.quit && unsent (client) < REPLY_BYTES_MAX)
    {
      const char *line = client->input.bytes + done;
      size_t left = client->input.length - done, from = client->searched;
      const char *end = left > from ? memchr (line + from, '\n', left - from) : NULL;
      if (!end)
        {
          client->searched = left;
          break;
        }
      session_command (&client->session, line, end - line);
      done += end - line + 1;
      client->searched = 0;
    }
  if (done)
    text_consume (&client->input, done);
  if (client->input.length > COMMAND_BYTES_MAX && client->searched)
    {
      log_warning ("client %d: command too long", client->fd);
      client->session.quit = true;
    }
}

/* False if the client is gone.  */
static bool
read_client (struct client *client)
{
  char buffer[READ_BYTES];
  ssize_t got = read (client->fd, buffer, sizeof buffer);
  if (got < 0)
    return errno == EAGAIN || errno == EINTR;
  if (got == 0)
    client->finished = true;
  text_append (&client->input, buffer, got);
  return true;
}

/* False if the client is gone.  */
static bool
write_client (struct client *client)
{
  struct text *reply = &client->session.reply;
  while (unsent (client))
    {
      ssize_t put = write (client->fd, reply->bytes + client->sent, unsent (client));
      if (put < 0)
        return errno == EAGAIN || errno == EINTR;
      client->sent += put;
    }
  reply->length = client->sent = 0;
  return true;
}

/* False if the client can be dropped.  */
static bool
serve_client (struct client *client, short events)
{
  if (events & (POLLIN | POLLHUP | POLLERR) && !read_client (client))
    return false;
  run_lines (client);
  if (!write_client (client))
    return false;
  bool more = client->input.length > client->searched;
  return unsent (client) || !(client->session.quit || (client->finished && !more));
}

/* What to wait for.  Returns whether a client has lines that wait for room in its reply.  */
static bool
fill_poll (struct server *server, struct pollfd *polls)
{
  bool waiting = false;
  polls[0] = (struct pollfd) { .fd = wake_pipe[0], .events = POLLIN };
  polls[1] = (struct pollfd) { .fd = server->listener, .events = POLLIN };
  for (unsigned i = 0; i < server->n_clients; i++)
    {
      struct client *client = server->clients[i];
      short events = unsent (client) ? POLLOUT : 0;
      if (unsent (client) < REPLY_BYTES_MAX && !client->finished && !client->session.quit)
        events |= POLLIN;
      polls[2 + i] = (struct pollfd) { .fd = client->fd, .events = events };
      waiting |= !unsent (client) && client->input.length > client->searched;
    }
  return waiting;
}

/* Deliver what was replied.  */
static void
linger (struct server *server)
{
  for (unsigned round = 0; round < LINGER_ROUNDS; round++)
    {
      bool all = true;
      for (unsigned i = 0; i < server->n_clients; i++)
        all = (!write_client (server->clients[i]) || !unsent (server->clients[i])) && all;
      if (all)
        break;
      poll (NULL, 0, LINGER_MS);
    }
  while (server->n_clients)
    drop_client (server, 0);
}

bool
server_run (int listener, struct store *store, const char *data_file, struct error *error)
{
  struct server server = { .listener = listener, .store = store, .data_file = data_file };
  struct pollfd polls[CLIENTS_MAX + 2];
  bool ok = true;
  if (!catch_signals (error) || !set_nonblocking (listener))
    return false;
  while (!server.shutdown)
    {
      unsigned n_clients = server.n_clients;
      bool waiting = fill_poll (&server, polls);
      if (poll (polls, n_clients + 2, waiting ? 0 : -1) < 0)
        {
          if (errno == EINTR)
            continue;
          ok = fail (error, "poll: %s", strerror (errno));
          break;
        }
      /* From the last to the first: dropping one moves the last into its place.  */
      for (unsigned i = n_clients; i-- > 0;)
        {
          struct client *client = server.clients[i];
          bool stays = serve_client (client, polls[2 + i].revents);
          server.shutdown |= client->session.shutdown;
          if (!stays)
            drop_client (&server, i);
        }
      if (polls[1].revents)
        accept_client (&server);
      if (polls[0].revents)
        {
          log_info ("signalled to end");
          server.shutdown = true;
        }
    }
  linger (&server);
  return ok;
}
