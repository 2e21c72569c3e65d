/* Sessions: one client's commands, carried out one by one.

   A command is a line; its reply is any number of lines that begin with a space, then one that begins
   with `ok' or `error'.  `help' lists the commands.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_SESSION_H
#define JSON_STORE_SESSION_H

#include "store.h"

/* Longest command, without the line's end.  */
#define COMMAND_BYTES_MAX ((size_t) 8 << 20)

struct session
{
  struct store *store;
  const char *data_file;        /* Where `save' writes; NULL: nowhere.  */
  struct arena arena;           /* Of the current command.  */
  struct text reply;            /* What the client has not taken yet.  */
  bool quit;                    /* The client is done.  */
  bool shutdown;                /* The service is to end.  */
  uint64_t commands, failed;
  uint64_t rows, examined;      /* Rows sent, documents looked at for them.  */
};

void session_begin (struct session *, struct store *, const char *data_file);
void session_end (struct session *);
/* Carry out the command of LENGTH bytes at LINE; the reply is appended to the session's.  Empty lines
   and those that begin with # are passed over.  */
void session_command (struct session *, const char *line, size_t length);

#endif
