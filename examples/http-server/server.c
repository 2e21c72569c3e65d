/* Connections: see server.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "server.h"
#include "pages.h"
#include "request.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_EVENTS 64

struct connection
{
  int fd;
  bool closes;                  /* Once OUT is sent.  */
  size_t n_in, sent;
  struct text out;
  char in[REQUEST_MAX];
};

struct worker
{
  pthread_t thread;
  int epoll;
  struct text page;             /* Kept between requests.  */
};

static int listener, end_event;

static const char *
phrase (int status)
{
  switch (status)
    {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Bad Request";
    }
}

static void
watch (struct worker *worker, struct connection *c, int operation, uint32_t events)
{
  struct epoll_event event = { .events = events, .data.ptr = c };
  epoll_ctl (worker->epoll, operation, c->fd, &event);
}

static void
hang_up (struct connection *c)
{
  close (c->fd);
  text_free (&c->out);
  free (c);
}

static void
answer (struct worker *worker, struct connection *c, const struct request *request)
{
  text_clear (&worker->page);
  int status = pages_answer (request, &worker->page);
  text_add (&c->out, "HTTP/1.1 ");
  text_add_number (&c->out, status);
  text_add (&c->out, " ");
  text_add (&c->out, phrase (status));
  text_add (&c->out, "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ");
  text_add_number (&c->out, (long) worker->page.length);
  text_add (&c->out, request->keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (!request->head_only)
    text_add_n (&c->out, worker->page.bytes, worker->page.length);
  c->closes = !request->keep_alive;
}

/* Send what there is.  False if the connection is gone, or done.  */
static bool
flush (struct worker *worker, struct connection *c)
{
  while (c->sent < c->out.length)
    {
      ssize_t n = send (c->fd, c->out.bytes + c->sent, c->out.length - c->sent, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN)
        {
          watch (worker, c, EPOLL_CTL_MOD, EPOLLOUT);
          return true;
        }
      if (n < 0)
        return false;
      c->sent += (size_t) n;
    }
  if (c->sent != 0)
    watch (worker, c, EPOLL_CTL_MOD, EPOLLIN);
  text_clear (&c->out);
  c->sent = 0;
  return !c->closes;
}

/* Read, answer what is complete.  False if the connection is gone, or done.  */
static bool
serve (struct worker *worker, struct connection *c, uint32_t events)
{
  struct request request;
  if (c->out.length != 0)
    return flush (worker, c);
  if ((events & EPOLLIN) == 0)
    return false;
  ssize_t n = recv (c->fd, c->in + c->n_in, sizeof c->in - c->n_in, 0);
  if (n <= 0)
    return n < 0 && errno == EAGAIN;
  c->n_in += (size_t) n;
  while (!c->closes && c->n_in > 0 && request_parse (c->in, c->n_in, &request))
    {
      answer (worker, c, &request);
      c->n_in -= request.length;
      memmove (c->in, c->in + request.length, c->n_in);
    }
  return flush (worker, c);
}

static void
accept_all (struct worker *worker)
{
  int fd, on = 1;
  while ((fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      struct connection *c = calloc (1, sizeof *c);
      if (c == NULL)
        {
          close (fd);
          return;
        }
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      c->fd = fd;
      watch (worker, c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void *
work (void *data)
{
  struct worker *worker = data;
  struct epoll_event events[MAX_EVENTS];
  for (;;)
    {
      int n = epoll_wait (worker->epoll, events, MAX_EVENTS, -1);
      for (int i = 0; i < n; i++)
        {
          struct connection *c = events[i].data.ptr;
          if (events[i].data.ptr == &end_event)
            return NULL;
          if (events[i].data.ptr == &listener)
            accept_all (worker);
          else if (!serve (worker, c, events[i].events))
            hang_up (c);
        }
    }
}

static void
fail (const char *what)
{
  perror (what);
  exit (1);
}

/* Listen on PORT; the port.  */
static int
listen_on (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  socklen_t size = sizeof address;
  int on = 1;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0 || setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
      || bind (listener, (struct sockaddr *) &address, size) != 0 || listen (listener, SOMAXCONN) != 0
      || getsockname (listener, (struct sockaddr *) &address, &size) != 0)
    fail ("http-server: listen");
  return ntohs (address.sin_port);
}

int
server_run (int port, int n_threads)
{
  struct worker *workers = calloc ((size_t) n_threads, sizeof *workers);
  sigset_t signals;
  int number;
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  port = listen_on (port);
  end_event = eventfd (0, EFD_CLOEXEC);
  if (workers == NULL || end_event < 0)
    fail ("http-server");
  for (int i = 0; i < n_threads; i++)
    {
      struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &listener };
      workers[i].epoll = epoll_create1 (EPOLL_CLOEXEC);
      if (workers[i].epoll < 0 || epoll_ctl (workers[i].epoll, EPOLL_CTL_ADD, listener, &event) != 0)
        fail ("http-server: epoll");
      event = (struct epoll_event) { .events = EPOLLIN, .data.ptr = &end_event };
      epoll_ctl (workers[i].epoll, EPOLL_CTL_ADD, end_event, &event);
      if (pthread_create (&workers[i].thread, NULL, work, &workers[i]) != 0)
        fail ("http-server: thread");
    }
  printf ("http://127.0.0.1:%d/\n", port);
  fflush (stdout);
  sigwait (&signals, &number);
  uint64_t one = 1;
  ssize_t n = write (end_event, &one, sizeof one);
  for (int i = 0; i < n_threads; i++)
    pthread_join (workers[i].thread, NULL);
  return n == sizeof one ? 0 : 1;
}
