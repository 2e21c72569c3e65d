/* Collections over HTTP: see http-endpoint.h.

   A connection goes from READING through SENDING, a profile's through COLLECTING in between, to LINGERING: a socket
   that is closed with bytes unread is reset, and the client may never see what was sent before.

   SPDX-License-Identifier: MIT  */
#include "runtime/http-endpoint.h"
#include "runtime/credentials.h"
#include "runtime/gcov.h"
#include "runtime/http-listen.h"
#include "runtime/http-request.h"
#include "runtime/raw.h"
#include "runtime/sampling.h"
#include "runtime/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Connections at a time: a collection, who looks at the index meanwhile, and some to refuse.  */
#define MAX_CONNECTIONS 8
/* A client on the same machine sends its head at once; a person with telnet may take a while.  */
#define READ_MS 10000u
/* A profile of some megabytes goes through the slowest link worth having.  */
#define SEND_MS 60000u
#define LINGER_MS 1000u
/* How often an idle thread looks whether it is to end, and how long none is accepted after a failure.  */
#define TICK_MS 1000u
#define PAUSE_MS 100u
/* How long who starts or stops the thread waits for it.  */
#define ANSWER_MS 10000u
#define MS 1000000ull
#define TEXT_BYTES 4096u

enum state
{
  FREE,
  READING,
  COLLECTING,
  SENDING,
  LINGERING
};

struct connection
{
  enum state state;
  int fd;
  int body;                     /* File of the rest of the answer, or -1.  */
  uint64_t body_at;             /* What was read of it, bytes.  */
  uint64_t deadline_ns;         /* In this state.  */
  size_t length, sent;          /* Of BYTES: what came, then what goes.  */
  char bytes[PGO_HTTP_HEAD_BYTES];
};

static struct
{
  struct pgo_options options;   /* As given to start.  */
  struct pgo_options asked;     /* Of a collection.  */
  struct pgo_http_address address;
  char where[TEXT_BYTES];       /* http=  */
  char directory[TEXT_BYTES];
  char place[160];
  bool ending;                  /* Set by who wants the thread to end.  */
  uint32_t answered;            /* 1 when ERROR tells whether it listens.  */
  int error;
  int pid;                      /* Of the process that listens.  */

  int listener;
  uint64_t accept_ns;           /* Not before.  */
  struct connection *connections;
  struct pgo_credentials credentials;
} endpoint;

static void run (void);
static struct pgo_thread the_thread = { .name = "pgosample-http", .function = run };

static const char *
reason_phrase (unsigned status)
{
  switch (status)
    {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Internal Server Error";
    }
}

static void
set_state (struct connection *c, enum state state, uint64_t ms)
{
  c->state = state;
  c->deadline_ns = pgo_raw_now_ns () + ms * MS;
}

/* The head of an answer with a body of LENGTH bytes; C's bytes from here on are what goes.  */
static struct pgo_text
begin_answer (struct connection *c, unsigned status, const char *type, uint64_t length)
{
  struct pgo_text text = pgo_text_in (c->bytes, sizeof c->bytes);
  pgo_text_add (&text, "HTTP/1.1 ");
  pgo_text_add_number (&text, status);
  pgo_text_add (&text, " ");
  pgo_text_add (&text, reason_phrase (status));
  pgo_text_add (&text, "\r\nContent-Type: ");
  pgo_text_add (&text, type);
  pgo_text_add (&text, "\r\nContent-Length: ");
  pgo_text_add_number (&text, length);
  pgo_text_add (&text, "\r\nConnection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  if (status == 405)
    pgo_text_add (&text, "Allow: GET\r\n");
  return text;
}

static void
end_answer (struct connection *c, struct pgo_text text)
{
  c->length = text.length;
  c->sent = 0;
  set_state (c, SENDING, SEND_MS);
}

static void
answer_text (struct connection *c, unsigned status, const char *type, const char *body)
{
  struct pgo_text text = begin_answer (c, status, type, strlen (body));
  pgo_text_add (&text, "\r\n");
  pgo_text_add (&text, body);
  end_answer (c, text);
}

/* Refuse with a line of text: WHY and, if it isn't NULL, MORE.  */
static void
refuse (struct connection *c, unsigned status, const char *why, const char *more)
{
  char line[512];
  struct pgo_text text = pgo_text_in (line, sizeof line - 1);
  pgo_text_add (&text, why);
  if (more != NULL)
    {
      pgo_text_add (&text, ": ");
      pgo_text_add (&text, more);
    }
  line[text.length] = '\n';
  line[text.length + 1] = 0;
  answer_text (c, status, "text/plain; charset=utf-8", line);
}

static void
refuse_error (struct connection *c, const char *why, int error)
{
  char line[64];
  struct pgo_text text = pgo_text_in (line, sizeof line);
  pgo_text_add_error (&text, error);
  refuse (c, 500, why, line);
}

/* A file without a name, or a negative number.  */
static int
anonymous_file (void)
{
  if (pgo_raw_forbidden (SYS_memfd_create))
    return -EPERM;
  /* MFD_CLOEXEC.  */
  return (int) pgo_syscall (SYS_memfd_create, "pgosample", 1);
}

/* Answer with the contents of the file FD, which becomes C's; NAME is for who saves it.  */
static void
answer_file (struct connection *c, int fd, const char *name)
{
  long size = pgo_syscall (SYS_lseek, fd, 0, SEEK_END);
  c->body = fd;
  c->body_at = 0;
  struct pgo_text text = begin_answer (c, 200, name != NULL ? "application/octet-stream" : "text/plain; charset=utf-8",
                                       size > 0 ? (uint64_t) size : 0);
  if (name != NULL)
    {
      pgo_text_add (&text, "Content-Disposition: attachment; filename=\"");
      pgo_text_add (&text, name);
      pgo_text_add (&text, "\"\r\n");
    }
  pgo_text_add (&text, "\r\n");
  end_answer (c, text);
}

static void
answer_index (struct connection *c)
{
  char body[2048];
  struct pgo_text text = pgo_text_in (body, sizeof body);
  pgo_text_add (&text, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>/debug/pprof/</title>"
                       "</head><body>\n<h1>/debug/pprof/</h1>\n<p>Process ");
  pgo_text_add_number (&text, (uint64_t) pgo_syscall (SYS_getpid));
  pgo_text_add (&text, ", pgosample " PGOINLINE_VERSION ", ");
  pgo_text_add_number (&text, endpoint.options.hz);
  pgo_text_add (&text, " clock samples a second of CPU time; branch records up to ");
  pgo_text_add_milli (&text, endpoint.options.burst_ppm / 10);
  pgo_text_add (&text, "% of it.</p>\n<ul>\n"
                       "<li><a href=\"/debug/pprof/profile?seconds=30\">profile?seconds=N</a>: samples of the next N "
                       "seconds, 30 by default; <code>burst=P%</code> or <code>off</code>: branch records</li>\n"
                       "<li><a href=\"/debug/pprof/cmdline\">cmdline</a>: the command line</li>\n"
                       "</ul>\n</body></html>\n");
  answer_text (c, 200, "text/html; charset=utf-8", body);
}

static void
answer_cmdline (struct connection *c)
{
  int from = pgo_raw_open ("/proc/self/cmdline", O_RDONLY, 0);
  int to = anonymous_file ();
  long error = from < 0 ? from : to < 0 ? to : 0, n = 0;
  char piece[4096];
  long total = 0;
  while (error == 0 && (n = pgo_raw_read (from, piece, sizeof piece)) > 0)
    {
      error = pgo_raw_write (to, piece, (size_t) n);
      total += n;
    }
  pgo_raw_close (from);
  if (error == 0 && n < 0)
    error = n;
  /* As in Go: no NUL after the last.  */
  if (error == 0 && total > 0)
    error = pgo_syscall (SYS_ftruncate, to, total - 1);
  if (error == 0)
    answer_file (c, to, NULL);
  else
    {
      pgo_raw_close (to);
      refuse_error (c, "no command line", (int) -error);
    }
}

static void
answer_gcov (struct connection *c, bool discard)
{
  char asked[8];
  if (!pgo_options_get (&endpoint.options, "gcov", asked, sizeof asked) || strcmp (asked, "on") != 0)
    refuse (c, 403, "counters were not allowed: start the program with gcov=on", NULL);
  else if (!pgo_gcov_is_there ())
    refuse (c, 404, "no counters: a program that is built with --coverage shows them if it is linked with "
                    "-rdynamic -Wl,-u,__gcov_dump -Wl,-u,__gcov_reset", NULL);
  else
    {
      int error = pgo_gcov_write (discard);
      if (error != 0)
        refuse_error (c, "the counters can't be written", error);
      else
        answer_text (c, 200, "text/plain; charset=utf-8", discard ? "discarded\n" : "written\n");
    }
}

static struct connection *
collecting (void)
{
  for (int i = 0; i < MAX_CONNECTIONS; i++)
    if (endpoint.connections[i].state == COLLECTING)
      return &endpoint.connections[i];
  return NULL;
}

static void
begin_profile (struct connection *c, const struct pgo_http_request *request)
{
  const struct pgo_options *options = &endpoint.options;
  char status[256];
  if (collecting () != NULL)
    {
      refuse (c, 429, "another profile is being collected", NULL);
      return;
    }
  if (request->has_burst && request->burst_ppm > options->burst_ppm)
    {
      refuse (c, 403, options->burst_ppm == 0 ? "branch records were not allowed: start the program with burst=P%"
                                              : "the program was started with a smaller burst=", NULL);
      return;
    }
  endpoint.asked = *options;
  if (request->has_burst)
    endpoint.asked.burst_ppm = request->burst_ppm;
  int error = pgo_sampling_begin (&endpoint.asked, status, sizeof status);
  if (error == EALREADY)
    refuse (c, 409, "the program is being sampled already", status);
  else if (error != 0)
    refuse (c, 500, "no samples", status);
  else
    set_state (c, COLLECTING, request->seconds * 1000ull);
}

static void
end_profile (struct connection *c)
{
  int fd = anonymous_file ();
  int error = pgo_sampling_end (fd);
  if (fd < 0)
    error = -fd;
  if (error == 0)
    answer_file (c, fd, "profile");
  else
    {
      pgo_raw_close (fd);
      refuse_error (c, "no profile", error);
    }
}

static void
drop (struct connection *c)
{
  if (c->state == COLLECTING)
    pgo_sampling_end (-1);
  pgo_raw_close (c->fd);
  pgo_raw_close (c->body);
  c->fd = c->body = -1;
  c->state = FREE;
}

static void
read_request (struct connection *c)
{
  long n = pgo_syscall (SYS_recvfrom, c->fd, c->bytes + c->length, sizeof c->bytes - c->length, 0, NULL, NULL);
  if (n == -EAGAIN || n == -EINTR)
    return;
  if (n <= 0)
    {
      drop (c);
      return;
    }
  c->length += (size_t) n;
  struct pgo_http_request request;
  pgo_http_parse (c->bytes, c->length, endpoint.address.loopback, &request);
  if (request.status == 0)
    return;
  if (request.status != 200)
    refuse (c, request.status, request.why, NULL);
  else if (request.page == PGO_HTTP_INDEX)
    answer_index (c);
  else if (request.page == PGO_HTTP_CMDLINE)
    answer_cmdline (c);
  else if (request.page == PGO_HTTP_GCOV)
    answer_gcov (c, request.discard);
  else
    begin_profile (c, &request);
}

static void
send_answer (struct connection *c)
{
  if (c->sent == c->length)
    {
      long n = c->body < 0 ? 0 : pgo_syscall (SYS_pread64, c->body, c->bytes, sizeof c->bytes, c->body_at);
      if (n <= 0)
        {
          pgo_raw_close (c->body);
          c->body = -1;
          pgo_syscall (SYS_shutdown, c->fd, SHUT_WR);
          set_state (c, LINGERING, LINGER_MS);
          return;
        }
      c->body_at += (uint64_t) n;
      c->length = (size_t) n;
      c->sent = 0;
    }
  long n = pgo_syscall (SYS_sendto, c->fd, c->bytes + c->sent, c->length - c->sent, MSG_NOSIGNAL, NULL, 0);
  if (n > 0)
    c->sent += (size_t) n;
  else if (n != -EAGAIN && n != -EINTR)
    drop (c);
}

/* What comes after the answer, and isn't wanted.  */
static void
read_rest (struct connection *c)
{
  long n = pgo_syscall (SYS_recvfrom, c->fd, c->bytes, sizeof c->bytes, 0, NULL, NULL);
  if (n == 0 || (n < 0 && n != -EAGAIN && n != -EINTR))
    drop (c);
}

static void
serve (struct connection *c, short events)
{
  switch (c->state)
    {
    case FREE:
      break;
    case READING:
      read_request (c);
      break;
    case COLLECTING:
      /* The client is gone.  */
      drop (c);
      break;
    case SENDING:
      if (events & (POLLERR | POLLHUP))
        drop (c);
      else
        send_answer (c);
      break;
    case LINGERING:
      read_rest (c);
      break;
    }
}

static void
expire (struct connection *c)
{
  if (c->state == COLLECTING)
    end_profile (c);
  else if (c->state == READING && c->length > 0)
    refuse (c, 408, "the request didn't come in time", NULL);
  else
    drop (c);
}

/* A place for a new connection: a free one, or that of who has kept us waiting for longest; NULL if all are
   being answered.  */
static struct connection *
find_place (void)
{
  struct connection *place = NULL;
  for (int i = 0; i < MAX_CONNECTIONS; i++)
    {
      struct connection *c = &endpoint.connections[i];
      if (c->state == FREE)
        return c;
      if ((c->state == READING || c->state == LINGERING)
          && (place == NULL || c->deadline_ns < place->deadline_ns))
        place = c;
    }
  return place;
}

static void
accept_connection (void)
{
  struct connection *c = find_place ();
  int fd = c != NULL ? (int) pgo_syscall (SYS_accept4, endpoint.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
  if (fd < 0)
    {
      /* Out of memory or descriptors, most likely: it would be ready again at once.  */
      endpoint.accept_ns = pgo_raw_now_ns () + PAUSE_MS * MS;
      return;
    }
  if (c->state != FREE)
    drop (c);
  c->fd = fd;
  c->body = -1;
  c->length = 0;
  set_state (c, READING, READ_MS);
}

static short
wanted_events (const struct connection *c)
{
  switch (c->state)
    {
    case READING:
    case LINGERING:
      return POLLIN;
    case COLLECTING:
      return POLLRDHUP;
    case SENDING:
      return POLLOUT;
    default:
      return 0;
    }
}

/* Wait for something to do, for at most MS_LEFT, and do it.  */
static void
serve_once (uint64_t ms_left)
{
  struct pollfd polled[MAX_CONNECTIONS + 1];
  uint64_t now = pgo_raw_now_ns (), until = now + ms_left * MS;
  bool accepts = now >= endpoint.accept_ns;
  if (!accepts && endpoint.accept_ns < until)
    until = endpoint.accept_ns;
  for (int i = 0; i < MAX_CONNECTIONS; i++)
    {
      const struct connection *c = &endpoint.connections[i];
      polled[i] = (struct pollfd) { c->state == FREE ? -1 : c->fd, wanted_events (c), 0 };
      if (c->state != FREE && c->deadline_ns < until)
        until = c->deadline_ns;
    }
  polled[MAX_CONNECTIONS] = (struct pollfd) { accepts ? endpoint.listener : -1, POLLIN, 0 };
  uint64_t wait_ns = until > now ? until - now : 0;
  struct timespec timeout = { (time_t) (wait_ns / 1000000000u), (long) (wait_ns % 1000000000u) };
  long n = pgo_syscall (SYS_ppoll, polled, MAX_CONNECTIONS + 1, &timeout, NULL, 0);
  for (int i = 0; i < MAX_CONNECTIONS; i++)
    {
      struct connection *c = &endpoint.connections[i];
      if (n > 0 && polled[i].revents != 0)
        serve (c, polled[i].revents);
      else if (c->state != FREE && pgo_raw_now_ns () >= c->deadline_ns)
        expire (c);
    }
  if (n > 0 && polled[MAX_CONNECTIONS].revents != 0)
    accept_connection ();
}

static void
answer_starter (int error)
{
  endpoint.error = error;
  __atomic_store_n (&endpoint.answered, 1, __ATOMIC_RELEASE);
  pgo_raw_wake (&endpoint.answered);
}

static void
run (void)
{
  pgo_raw_probe ();
  if (!pgo_thread_own_descriptors ())
    {
      answer_starter (EPERM);
      return;
    }
  unsigned follow_ms = pgo_credentials_begin (&endpoint.credentials);
  size_t size = MAX_CONNECTIONS * sizeof endpoint.connections[0];
  endpoint.connections = pgo_raw_map (size);
  int error = endpoint.connections == NULL ? ENOMEM : pgo_http_listen (&endpoint.address, &endpoint.listener);
  pgo_http_address_print (&endpoint.address, endpoint.place, error == 0 ? sizeof endpoint.place : 1);
  answer_starter (error);
  for (int i = 0; error == 0 && i < MAX_CONNECTIONS; i++)
    endpoint.connections[i].fd = endpoint.connections[i].body = -1;
  uint64_t tick_ms = follow_ms != 0 && follow_ms < TICK_MS ? follow_ms : TICK_MS;
  while (error == 0 && !__atomic_load_n (&endpoint.ending, __ATOMIC_ACQUIRE)
         && (follow_ms == 0 || pgo_credentials_follow (&endpoint.credentials)))
    serve_once (tick_ms);
  for (int i = 0; error == 0 && i < MAX_CONNECTIONS; i++)
    drop (&endpoint.connections[i]);
  if (error == 0)
    {
      pgo_http_unlink (&endpoint.address);
      pgo_raw_close (endpoint.listener);
    }
  endpoint.place[0] = 0;
  pgo_raw_unmap (endpoint.connections, size);
  pgo_credentials_end (&endpoint.credentials);
}

/* Start the thread on ENDPOINT's address.  An errno value.  */
static int
start_thread (void)
{
  endpoint.pid = (int) pgo_syscall (SYS_getpid);
  int error = pgo_http_address_parse (&endpoint.address, endpoint.where, endpoint.pid, endpoint.directory);
  if (error != 0)
    return error;
  endpoint.ending = false;
  endpoint.answered = 0;
  endpoint.accept_ns = 0;
  return pgo_thread_start (&the_thread);
}

int
pgo_endpoint_start (const struct pgo_options *options)
{
  enum { PIECE_MS = 10 };
  if (pgo_thread_alive (&the_thread))
    return EALREADY;
  endpoint.options = *options;
  if (!pgo_options_get (options, "http", endpoint.where, sizeof endpoint.where))
    return EINVAL;
  if (getcwd (endpoint.directory, sizeof endpoint.directory) == NULL)
    endpoint.directory[0] = 0;
  int error = start_thread ();
  if (error != 0)
    return error;
  for (unsigned waits = 0; waits < ANSWER_MS / PIECE_MS; waits++)
    {
      if (__atomic_load_n (&endpoint.answered, __ATOMIC_ACQUIRE) != 0)
        break;
      pgo_raw_wait (&endpoint.answered, 0, PIECE_MS);
    }
  if (__atomic_load_n (&endpoint.answered, __ATOMIC_ACQUIRE) == 0)
    return EAGAIN;
  if (endpoint.error != 0)
    pgo_thread_await_end (&the_thread);
  return endpoint.error;
}

int
pgo_endpoint_stop (void)
{
  if (!pgo_thread_alive (&the_thread))
    return EINVAL;
  __atomic_store_n (&endpoint.ending, true, __ATOMIC_RELEASE);
  return pgo_thread_await_end (&the_thread) ? 0 : EAGAIN;
}

void
pgo_endpoint_at_exit (void)
{
  if (pgo_thread_alive (&the_thread) && endpoint.place[0] != 0 && endpoint.pid == (int) pgo_syscall (SYS_getpid))
    pgo_http_unlink (&endpoint.address);
}

void
pgo_endpoint_after_fork (void)
{
  bool was_alive = pgo_thread_alive (&the_thread);
  pgo_thread_forget (&the_thread);
  endpoint.place[0] = 0;
  if (was_alive && endpoint.address.per_process && endpoint.options.children)
    start_thread ();
}

const char *
pgo_endpoint_place (void)
{
  return endpoint.place;
}
