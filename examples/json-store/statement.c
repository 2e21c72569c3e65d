/* Carrying out statements.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "statement.h"

#include "json.h"
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Statements that look at more documents than this are worth a line in the log.  */
#define MANY_EXAMINED 1000000

/* --- Queries.  */

/* The name and colon before a column's value, printed once for all rows.  */
static struct value
column_label (const struct atoms *atoms, struct arena *arena, atom name, bool first)
{
  struct text text = { 0 };
  size_t length;
  const char *bytes = atoms_bytes (atoms, name, &length);
  text_byte (&text, first ? '{' : ',');
  json_print_string (&text, bytes, length);
  text_byte (&text, ':');
  struct value label = value_string (arena_copy (arena, text.bytes, text.length), text.length);
  text_free (&text);
  return label;
}

static void
run_columns (struct store *store, struct statement *statement, struct plan *plan, struct text *reply,
             struct outcome *outcome)
{
  struct execution *execution = plan->execution;
  struct value *labels = arena_alloc (execution->arena, statement->n_select * sizeof *labels);
  for (unsigned i = 0; i < statement->n_select; i++)
    labels[i] = column_label (store->atoms, execution->arena, statement->select[i].name, i == 0);
  for (const struct value *row; (row = plan->last->next (plan->last)); outcome->rows++)
    {
      execution->frame.row = row;
      text_byte (reply, ' ');
      for (unsigned i = 0; i < statement->n_select; i++)
        {
          text_append (reply, labels[i].bytes, labels[i].length);
          json_print (reply, store->atoms, evaluate (plan->select[i], &execution->frame));
        }
      text_append (reply, "}\n", 2);
    }
}

/* Without a select: documents as they are, those of a join side by side.  */
static void
run_documents (struct store *store, struct statement *statement, struct plan *plan, struct text *reply,
               struct outcome *outcome)
{
  struct value labels[SOURCES_MAX];
  for (unsigned i = 0; i < statement->n_sources; i++)
    labels[i] = column_label (store->atoms, plan->execution->arena, statement->sources[i].alias, i == 0);
  for (const struct value *row; (row = plan->last->next (plan->last)); outcome->rows++)
    {
      text_byte (reply, ' ');
      if (statement->n_sources == 1)
        json_print (reply, store->atoms, row[0]);
      else
        {
          for (unsigned i = 0; i < statement->n_sources; i++)
            {
              text_append (reply, labels[i].bytes, labels[i].length);
              json_print (reply, store->atoms, row[i]);
            }
          text_byte (reply, '}');
        }
      text_byte (reply, '\n');
    }
}

/* --- Changes.  */

struct change
{
  uint32_t number;
  struct value old, new;        /* Roots; OLD is a copy, made when the document is replaced.  */
};

/* The documents that the statement is about, and for an update what they shall be.  */
static bool
gather_changes (struct statement *statement, struct plan *plan, struct change **changes, uint32_t *count,
                struct error *error)
{
  struct execution *execution = plan->execution;
  uint32_t room = 0;
  for (const struct value *row; (row = plan->last->next (plan->last));)
    {
      if (*count == room)
        {
          room = grown (room);
          *changes = reallocate (*changes, room * sizeof **changes);
        }
      struct change *change = &(*changes)[(*count)++];
      *change = (struct change) { .number = execution->document, .new = row[0] };
      execution->frame.row = row;
      for (unsigned i = 0; i < statement->n_set; i++)
        {
          struct value value = evaluate (plan->set[i], &execution->frame);
          if (value.type == VALUE_MISSING)
            value = value_of_type (VALUE_NULL);
          if (!path_set (&statement->set[i].path, change->new, value, execution->arena, &change->new))
            return fail (error, "document %" PRIu32 " has no place for assignment %u", change->number, i + 1);
        }
    }
  return true;
}

static struct value
copy_to_arena (struct arena *arena, struct value value)
{
  char *room = arena_alloc (arena, value_copy_bytes (value));
  return value_copy (value, &room);
}

/* Replace all, or put those back that were when one fails.  What a document shall be may share parts of
   what it was, which is gone when it is replaced, and later with others' keys: copy first.  */
static bool
apply_update (struct store *store, struct collection *collection, struct arena *arena, struct change *changes,
              uint32_t count, struct error *error)
{
  for (uint32_t i = 0; i < count; i++)
    {
      changes[i].old = copy_to_arena (arena, collection_get (collection, changes[i].number)->root);
      if (collection_replace (collection, store->atoms, changes[i].number, changes[i].new, error))
        continue;
      log_info ("%s: update undone: %s", collection->name, error->message);
      struct error undo_error;
      while (i-- > 0)
        if (!collection_replace (collection, store->atoms, changes[i].number, changes[i].old, &undo_error))
          log_fatal ("%s: cannot undo an update: %s", collection->name, undo_error.message);
      return false;
    }
  return true;
}

static bool
run_changes (struct store *store, struct statement *statement, struct plan *plan, struct outcome *outcome,
             struct error *error)
{
  struct change *changes = NULL;
  uint32_t count = 0;
  bool ok = gather_changes (statement, plan, &changes, &count, error);
  if (ok && statement->kind == STATEMENT_UPDATE)
    ok = apply_update (store, plan->target, plan->execution->arena, changes, count, error);
  else if (ok)
    for (uint32_t i = 0; i < count; i++)
      collection_remove (plan->target, changes[i].number);
  free (changes);
  outcome->rows = count;
  return ok;
}

static bool
prepare (struct store *store, const char *bytes, size_t length, struct arena *arena,
         struct statement *statement, struct plan *plan, struct error *error)
{
  return (statement_parse (bytes, length, store->atoms, arena, statement, error)
          && plan_statement (store, statement, arena, plan, error));
}

bool
statement_run (struct store *store, const char *bytes, size_t length, struct arena *arena, struct text *reply,
               struct outcome *outcome, struct error *error)
{
  struct statement statement;
  struct plan plan;
  if (!prepare (store, bytes, length, arena, &statement, &plan, error))
    return false;
  if (statement.kind != STATEMENT_QUERY)
    {
      if (!run_changes (store, &statement, &plan, outcome, error))
        return false;
    }
  else if (statement.n_select)
    run_columns (store, &statement, &plan, reply, outcome);
  else
    run_documents (store, &statement, &plan, reply, outcome);
  outcome->examined = plan.execution->examined;
  if (outcome->examined > MANY_EXAMINED)
    log_info ("%" PRIu64 " documents examined: %.*s", outcome->examined,
              (int) (length < 200 ? length : 200), bytes);
  return true;
}

bool
statement_explain (struct store *store, const char *bytes, size_t length, struct arena *arena,
                   struct text *reply, struct error *error)
{
  struct statement statement;
  struct plan plan;
  struct text text = { 0 };
  if (!prepare (store, bytes, length, arena, &statement, &plan, error))
    return false;
  plan_describe (&plan, &text);
  for (size_t i = 0; i < text.length; i++)
    {
      if (i == 0 || text.bytes[i - 1] == '\n')
        text_byte (reply, ' ');
      text_byte (reply, text.bytes[i]);
    }
  text_free (&text);
  return true;
}
