/* Carrying out statements: queries, updates, deletions.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_STATEMENT_H
#define JSON_STORE_STATEMENT_H

#include "store.h"

struct outcome
{
  uint64_t rows;                /* Sent, changed or removed.  */
  uint64_t examined;            /* Documents looked at.  */
};

/* Parse, plan and carry out the statement of LENGTH bytes at BYTES.  A query's rows are appended to
   REPLY, a line each, after a space.  An update or a deletion is done for all documents or, with an
   error, for none.  */
bool statement_run (struct store *, const char *bytes, size_t length, struct arena *, struct text *reply,
                    struct outcome *, struct error *);
/* Append how the statement would be carried out.  */
bool statement_explain (struct store *, const char *bytes, size_t length, struct arena *, struct text *reply,
                        struct error *);

#endif
