/* What a template is filled with: see value.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "value.h"

#include <string.h>

struct value
value_field (const struct value *record, const char *name, size_t n)
{
  if (record->kind == VALUE_RECORD)
    for (size_t i = 0; i < record->n; i++)
      {
        const struct field *field = &record->fields[i];
        if (strncmp (field->name, name, n) == 0 && field->name[n] == 0)
          return field->value;
      }
  return (struct value) { .kind = VALUE_NONE };
}

bool
value_is_true (const struct value *value)
{
  switch (value->kind)
    {
    case VALUE_NONE:
      return false;
    case VALUE_TEXT:
      return value->text[0] != 0;
    case VALUE_NUMBER:
      return value->number != 0;
    default:
      return value->n != 0;
    }
}
