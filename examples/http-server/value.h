/* What a template is filled with: texts, numbers, lists, records.

   Values are views: they own neither their names and texts nor their items.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef HTTP_SERVER_VALUE_H
#define HTTP_SERVER_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum value_kind
{
  VALUE_NONE,
  VALUE_TEXT,
  VALUE_NUMBER,
  VALUE_LIST,
  VALUE_RECORD
};

struct value
{
  enum value_kind kind;
  size_t n;                     /* Items or fields.  */
  union
  {
    const char *text;
    long number;
    const struct value *items;
    const struct field *fields;
  };
};

struct field
{
  const char *name;
  struct value value;
};

static inline struct value
value_text (const char *text)
{
  return (struct value) { .kind = VALUE_TEXT, .text = text };
}

static inline struct value
value_number (long number)
{
  return (struct value) { .kind = VALUE_NUMBER, .number = number };
}

static inline struct value
value_list (const struct value *items, size_t n)
{
  return (struct value) { .kind = VALUE_LIST, .n = n, .items = items };
}

static inline struct value
value_record (const struct field *fields, size_t n)
{
  return (struct value) { .kind = VALUE_RECORD, .n = n, .fields = fields };
}

/* The field of RECORD with the NAME of N bytes; none of what isn't a record or has no such field.  */
struct value value_field (const struct value *record, const char *name, size_t n);

/* False of none, "", 0 and empty lists.  */
bool value_is_true (const struct value *);

#endif
