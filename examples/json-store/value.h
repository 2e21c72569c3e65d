/* Values: what JSON can say, sixteen bytes each.

   A value does not own what it points to: a document's values live and die with the document, a
   result's with the arena it was made in.  Objects keep their members in the order they came in.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_VALUE_H
#define JSON_STORE_VALUE_H

#include "arena.h"
#include "atoms.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type
{
  VALUE_MISSING,                /* No such member: what a path finds where there is nothing.  */
  VALUE_NULL,
  VALUE_BOOLEAN,
  VALUE_INTEGER,
  VALUE_REAL,                   /* Finite.  */
  VALUE_STRING,                 /* UTF-8, perhaps with NULs in it.  */
  VALUE_ARRAY,
  VALUE_OBJECT
};

struct value
{
  uint8_t type;                 /* enum value_type */
  uint32_t length;              /* Bytes of a string, items of an array, members of an object; else 0.  */
  union
  {
    bool boolean;
    int64_t integer;
    double real;
    const char *bytes;
    const struct value *items;
    const struct member *members;
  };
};

struct member
{
  atom name;
  struct value value;
};

static inline struct value
value_of_type (enum value_type type)
{
  return (struct value) { .type = type };
}

static inline struct value
value_boolean (bool boolean)
{
  return (struct value) { .type = VALUE_BOOLEAN, .boolean = boolean };
}

static inline struct value
value_integer (int64_t integer)
{
  return (struct value) { .type = VALUE_INTEGER, .integer = integer };
}

/* The number REAL, or null if it is infinite or none.  */
struct value value_real (double real);

static inline struct value
value_string (const char *bytes, size_t length)
{
  return (struct value) { .type = VALUE_STRING, .length = length, .bytes = bytes };
}

static inline bool
value_is_number (struct value value)
{
  return value.type == VALUE_INTEGER || value.type == VALUE_REAL;
}

/* A number as a double; 0 if it is none.  */
double value_number (struct value);

/* "missing", "null", "boolean", "number", "string", "array", "object".  */
const char *value_type_name (struct value);

/* Order, <0, 0 or >0.  value_compare is total: missing < null < false < true < numbers < strings <
   arrays < objects; numbers by size, strings by bytes, arrays item by item, objects member by member.  */
typedef int value_comparator (struct value a, struct value b);
value_comparator value_compare;
/* The same for two numbers, for two strings: anything else is wrong.  */
value_comparator value_compare_numbers;
value_comparator value_compare_strings;
/* As value_compare, but strings without regard to the case of ASCII letters first.  */
value_comparator value_compare_nocase;

/* Values that compare equal have the same hash, whatever the run and the machine.  */
uint64_t value_hash (struct value);

/* What counts as true: not missing, null, false, zero, "" or empty.  */
bool value_truth (struct value);

/* The member NAME of OBJECT, VALUE_MISSING if there is none or OBJECT is no object.  *HINT is where to
   look first, and is set to where it was: documents of one collection mostly have one shape.  */
struct value value_member (struct value object, atom name, uint32_t *hint);

/* The bytes that a deep copy of VALUE takes beside the value itself.  */
size_t value_copy_bytes (struct value);
/* A deep copy, in the value_copy_bytes (VALUE) bytes at *ROOM, which is moved behind them.  */
struct value value_copy (struct value, char **room);

#endif
