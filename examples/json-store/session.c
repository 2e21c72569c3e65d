/* Sessions: the commands.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "session.h"

#include "json.h"
#include "statement.h"
#include "syntax.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is left of the command.  */
struct rest
{
  const char *next, *end;
};

struct command
{
  const char *name;
  const char *usage;
  /* COMMAND is all of it.  On success *COUNT is what `ok' is followed by, unless negative.  */
  bool (*run) (struct session *, struct rest command, struct rest, int64_t *count, struct error *);
};

void
session_begin (struct session *session, struct store *store, const char *data_file)
{
  *session = (struct session) { .store = store, .data_file = data_file };
}

void
session_end (struct session *session)
{
  arena_free (&session->arena);
  text_free (&session->reply);
}

/* --- Words.  */

/* The next word, of bytes up to a blank; its length is 0 at the end.  */
static const char *
next_word (struct rest *rest, size_t *length)
{
  while (rest->next < rest->end && *rest->next == ' ')
    rest->next++;
  const char *word = rest->next;
  while (rest->next < rest->end && *rest->next != ' ')
    rest->next++;
  *length = rest->next - word;
  return word;
}

static bool
word_is (const char *word, size_t length, const char *wanted)
{
  return compare_name (wanted, word, length) == 0;
}

static bool
at_end (struct rest rest, struct error *error)
{
  size_t length;
  next_word (&rest, &length);
  return !length || fail (error, "too many words");
}

/* A collection's name, which must be one that queries can say.  */
static bool
next_name (struct rest *rest, const char **name, size_t *length, struct error *error)
{
  *name = next_word (rest, length);
  if (!*length)
    return fail (error, "expected a collection's name");
  for (size_t i = 0; i < *length; i++)
    {
      char c = (*name)[i];
      bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      if (!letter && !(i && c >= '0' && c <= '9'))
        return fail (error, "a collection's name is of letters, digits and _");
    }
  return *length <= 64 || fail (error, "collection's name too long");
}

/* A collection that is there.  */
static bool
next_collection (struct session *session, struct rest *rest, struct collection **collection,
                 struct error *error)
{
  const char *name;
  size_t length;
  if (!next_name (rest, &name, &length, error))
    return false;
  *collection = store_find (session->store, name, length);
  return *collection || fail (error, "no collection `%.*s'", (int) length, name);
}

/* A collection that is there or can be made.  */
static bool
next_or_new_collection (struct session *session, struct rest *rest, struct collection **collection,
                        struct error *error)
{
  const char *name;
  size_t length;
  if (!next_name (rest, &name, &length, error))
    return false;
  *collection = store_get (session->store, name, length, error);
  return *collection != NULL;
}

/* The number of a document that is there.  */
static bool
next_document (struct rest *rest, const struct collection *collection, const struct document **document,
               struct error *error)
{
  size_t length;
  const char *word = next_word (rest, &length);
  uint64_t number = 0;
  for (size_t i = 0; i < length; i++)
    {
      if (word[i] < '0' || word[i] > '9' || number > UINT32_MAX)
        return fail (error, "expected a document's number");
      number = number * 10 + word[i] - '0';
    }
  *document = collection_get (collection, number);
  return *document || fail (error, "%s: no document %" PRIu64, collection->name, number);
}

static bool
next_path (struct session *session, struct rest *rest, struct path *path, struct error *error)
{
  size_t length;
  const char *word = next_word (rest, &length);
  return path_parse (word, length, session->store->atoms, &session->arena, path, error);
}

static bool
rest_as_json (struct session *session, struct rest rest, struct value *value, struct error *error)
{
  return json_parse (rest.next, rest.end - rest.next, NULL, session->store->atoms, &session->arena, value,
                     error);
}

/* --- Documents.  */

static bool
run_insert (struct session *session, struct rest command, struct rest rest, int64_t *count,
            struct error *error)
{
  (void) command;
  const char *name;
  size_t length;
  struct value root;
  if (!next_name (&rest, &name, &length, error) || !rest_as_json (session, rest, &root, error))
    return false;
  struct collection *collection = store_get (session->store, name, length, error);
  if (!collection)
    return false;
  *count = collection_insert (collection, session->store->atoms, root, error);
  return *count != 0;
}

static bool
run_get (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  const struct document *document;
  if (!next_collection (session, &rest, &collection, error)
      || !next_document (&rest, collection, &document, error) || !at_end (rest, error))
    return false;
  text_byte (&session->reply, ' ');
  json_print (&session->reply, session->store->atoms, document->root);
  text_byte (&session->reply, '\n');
  return true;
}

static bool
run_put (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  const struct document *document;
  struct value root;
  return (next_collection (session, &rest, &collection, error)
          && next_document (&rest, collection, &document, error)
          && rest_as_json (session, rest, &root, error)
          && collection_replace (collection, session->store->atoms, document->number, root, error));
}

static bool
run_remove (struct session *session, struct rest command, struct rest rest, int64_t *count,
            struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  const struct document *document;
  if (!next_collection (session, &rest, &collection, error)
      || !next_document (&rest, collection, &document, error) || !at_end (rest, error))
    return false;
  collection_remove (collection, document->number);
  return true;
}

/* --- Statements.  */

static bool
run_statement (struct session *session, struct rest command, struct rest rest, int64_t *count,
               struct error *error)
{
  (void) rest;
  struct outcome outcome = { 0 };
  if (!statement_run (session->store, command.next, command.end - command.next, &session->arena,
                      &session->reply, &outcome, error))
    return false;
  session->rows += outcome.rows;
  session->examined += outcome.examined;
  *count = outcome.rows;
  return true;
}

static bool
run_explain (struct session *session, struct rest command, struct rest rest, int64_t *count,
             struct error *error)
{
  (void) command, (void) count;
  return statement_explain (session->store, rest.next, rest.end - rest.next, &session->arena, &session->reply,
                            error);
}

/* --- Indexes and rules.  */

static bool
run_index (struct session *session, struct rest command, struct rest rest, int64_t *count,
           struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  struct path path;
  enum index_kind kind = INDEX_ANY;
  bool unique = false;
  if (!next_or_new_collection (session, &rest, &collection, error)
      || !next_path (session, &rest, &path, error))
    return false;
  size_t length;
  for (const char *word; word = next_word (&rest, &length), length;)
    if (word_is (word, length, "numbers"))
      kind = INDEX_NUMBERS;
    else if (word_is (word, length, "strings"))
      kind = INDEX_STRINGS;
    else if (word_is (word, length, "unique"))
      unique = true;
    else
      return fail (error, "expected numbers, strings or unique");
  return collection_add_index (collection, session->store->atoms, &path, kind, unique, error);
}

static bool
run_require (struct session *session, struct rest command, struct rest rest, int64_t *count,
             struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  struct path path;
  unsigned types = 0;
  if (!next_or_new_collection (session, &rest, &collection, error)
      || !next_path (session, &rest, &path, error))
    return false;
  size_t length;
  for (const char *word; word = next_word (&rest, &length), length;)
    {
      unsigned bits = type_bits (word, length);
      if (!bits)
        return fail (error, "no type `%.*s'", (int) (length < 60 ? length : 60), word);
      types |= bits;
    }
  return types ? collection_add_rule (collection, session->store->atoms, &path, types, error)
               : fail (error, "expected a type");
}

/* --- The store.  */

static bool
run_drop (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  struct collection *collection;
  if (!next_collection (session, &rest, &collection, error) || !at_end (rest, error))
    return false;
  store_drop (session->store, collection);
  return true;
}

static bool
run_collections (struct session *session, struct rest command, struct rest rest, int64_t *count,
                 struct error *error)
{
  (void) command;
  if (!at_end (rest, error))
    return false;
  for (unsigned i = 0; i < session->store->n_collections; i++)
    {
      const struct collection *collection = session->store->collections[i];
      text_format (&session->reply, " %s %" PRIu32 " documents, %u indexes, %u rules\n", collection->name,
                   collection->count, collection->n_indexes, collection->n_rules);
    }
  *count = session->store->n_collections;
  return true;
}

static bool
run_checksum (struct session *session, struct rest command, struct rest rest, int64_t *count,
              struct error *error)
{
  (void) command;
  struct collection *collection;
  if (!next_collection (session, &rest, &collection, error) || !at_end (rest, error))
    return false;
  text_format (&session->reply, " %016" PRIx64 "\n", collection_checksum (session->store, collection));
  *count = collection->count;
  return true;
}

static bool
run_stats (struct session *session, struct rest command, struct rest rest, int64_t *count,
           struct error *error)
{
  (void) command, (void) count;
  uint64_t documents = 0, bytes = 0, entries = 0;
  if (!at_end (rest, error))
    return false;
  for (unsigned i = 0; i < session->store->n_collections; i++)
    {
      const struct collection *collection = session->store->collections[i];
      documents += collection->count;
      bytes += collection->bytes;
      for (unsigned j = 0; j < collection->n_indexes; j++)
        entries += collection->indexes[j].tree.count;
    }
  text_format (&session->reply,
               " {\"documents\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"index_entries\":%" PRIu64
               ",\"names\":%zu,\"commands\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"rows\":%" PRIu64
               ",\"examined\":%" PRIu64 "}\n",
               documents, bytes, entries, atoms_count (session->store->atoms), session->commands,
               session->failed, session->rows, session->examined);
  return true;
}

static bool
run_save (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  if (!at_end (rest, error))
    return false;
  if (!session->data_file)
    return fail (error, "started without --data");
  return store_save (session->store, session->data_file, error);
}

static bool
run_ping (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) session, (void) command, (void) count;
  return at_end (rest, error);
}

static bool
run_quit (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  session->quit = true;
  return at_end (rest, error);
}

static bool
run_shutdown (struct session *session, struct rest command, struct rest rest, int64_t *count,
              struct error *error)
{
  (void) command, (void) count;
  session->quit = session->shutdown = true;
  return at_end (rest, error);
}

static bool run_help (struct session *, struct rest, struct rest, int64_t *, struct error *);

/* In the order of their names.  */
static const struct command commands[] =
{
  { "checksum", "checksum COLLECTION", run_checksum },
  { "collections", "collections", run_collections },
  { "delete", "delete from COLLECTION [where EXPRESSION]", run_statement },
  { "drop", "drop COLLECTION", run_drop },
  { "explain", "explain from ...", run_explain },
  { "from", "from COLLECTION [join ...] [where ...] [group by ...] [select ...] [order by ...] [limit N]",
    run_statement },
  { "get", "get COLLECTION NUMBER", run_get },
  { "help", "help", run_help },
  { "index", "index COLLECTION PATH [numbers | strings] [unique]", run_index },
  { "insert", "insert COLLECTION JSON", run_insert },
  { "ping", "ping", run_ping },
  { "put", "put COLLECTION NUMBER JSON", run_put },
  { "quit", "quit", run_quit },
  { "remove", "remove COLLECTION NUMBER", run_remove },
  { "require", "require COLLECTION PATH TYPE...", run_require },
  { "save", "save", run_save },
  { "shutdown", "shutdown", run_shutdown },
  { "stats", "stats", run_stats },
  { "update", "update COLLECTION set PATH = EXPRESSION, ... [where EXPRESSION]", run_statement },
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static bool
run_help (struct session *session, struct rest command, struct rest rest, int64_t *count, struct error *error)
{
  (void) command, (void) count;
  for (size_t i = 0; i < N_COMMANDS; i++)
    text_format (&session->reply, " %s\n", commands[i].usage);
  return at_end (rest, error);
}

static const struct command *
find_command (const char *word, size_t length)
{
  size_t low = 0, high = N_COMMANDS;
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      int order = compare_name (commands[middle].name, word, length);
      if (!order)
        return &commands[middle];
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

/* An error instead of the lines that the reply had from BEFORE on.  */
static void
reply_error (struct session *session, size_t before, const struct error *error)
{
  session->failed++;
  session->reply.length = before;
  text_format (&session->reply, "error %s\n", error->message);
  log_debug ("error: %s", error->message);
}

void
session_command (struct session *session, const char *line, size_t length)
{
  struct rest all = { line, line + length }, rest = all;
  struct error error;
  size_t before = session->reply.length, word_length;
  if (length && line[length - 1] == '\r')
    all.end = --rest.end;
  const char *word = next_word (&rest, &word_length);
  if (!word_length || *word == '#')
    return;

  session->commands++;
  arena_reset (&session->arena);
  if (length > COMMAND_BYTES_MAX)
    {
      fail (&error, "command too long");
      reply_error (session, before, &error);
      return;
    }
  const struct command *command = find_command (word, word_length);
  int64_t count = -1;
  if (!command)
    {
      fail (&error, "no command `%.*s'", (int) (word_length < 60 ? word_length : 60), word);
      reply_error (session, before, &error);
      return;
    }
  if (!command->run (session, all, rest, &count, &error))
    {
      reply_error (session, before, &error);
      return;
    }
  text_string (&session->reply, "ok");
  if (count >= 0)
    {
      text_byte (&session->reply, ' ');
      text_integer (&session->reply, count);
    }
  text_byte (&session->reply, '\n');
}
