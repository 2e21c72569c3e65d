/* Values: comparing, hashing, looking up, copying.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "value.h"

#include <math.h>
#include <string.h>

struct value
value_real (double real)
{
  if (!isfinite (real))
    return value_of_type (VALUE_NULL);
  return (struct value) { .type = VALUE_REAL, .real = real };
}

double
value_number (struct value value)
{
  if (value.type == VALUE_INTEGER)
    return (double) value.integer;
  return value.type == VALUE_REAL ? value.real : 0;
}

const char *
value_type_name (struct value value)
{
  static const char *const names[] =
    { "missing", "null", "boolean", "number", "number", "string", "array", "object" };
  return names[value.type];
}

/* Integers beyond 2^53 have no exact double: compare the whole part as an integer, then the fraction.  */
static int
compare_integer_real (int64_t integer, double real)
{
  if (real >= 0x1p63)
    return -1;
  if (real < -0x1p63)
    return 1;
  int64_t whole = (int64_t) real;
  if (integer != whole)
    return integer < whole ? -1 : 1;
  double fraction = real - (double) whole;
  return (fraction < 0) - (fraction > 0);
}

int
value_compare_numbers (struct value a, struct value b)
{
  if (a.type == VALUE_INTEGER && b.type == VALUE_INTEGER)
    return (a.integer > b.integer) - (a.integer < b.integer);
  if (a.type == VALUE_REAL && b.type == VALUE_REAL)
    return (a.real > b.real) - (a.real < b.real);
  if (a.type == VALUE_INTEGER)
    return compare_integer_real (a.integer, b.real);
  return -compare_integer_real (b.integer, a.real);
}

int
value_compare_strings (struct value a, struct value b)
{
  uint32_t shorter = a.length < b.length ? a.length : b.length;
  int order = memcmp (a.bytes, b.bytes, shorter);
  return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int
lower (unsigned char byte)
{
  return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static int
compare_strings_nocase (struct value a, struct value b)
{
  uint32_t shorter = a.length < b.length ? a.length : b.length;
  for (uint32_t i = 0; i < shorter; i++)
    {
      int order = lower (a.bytes[i]) - lower (b.bytes[i]);
      if (order)
        return order;
    }
  return (a.length > b.length) - (a.length < b.length);
}

static int
compare_arrays (struct value a, struct value b, value_comparator *compare)
{
  uint32_t shorter = a.length < b.length ? a.length : b.length;
  for (uint32_t i = 0; i < shorter; i++)
    {
      int order = compare (a.items[i], b.items[i]);
      if (order)
        return order;
    }
  return (a.length > b.length) - (a.length < b.length);
}

static int
compare_objects (struct value a, struct value b, value_comparator *compare)
{
  uint32_t shorter = a.length < b.length ? a.length : b.length;
  for (uint32_t i = 0; i < shorter; i++)
    {
      if (a.members[i].name != b.members[i].name)
        return a.members[i].name < b.members[i].name ? -1 : 1;
      int order = compare (a.members[i].value, b.members[i].value);
      if (order)
        return order;
    }
  return (a.length > b.length) - (a.length < b.length);
}

/* Where a type stands in the order: numbers are one class.  */
static int
class_of (struct value value)
{
  return value.type == VALUE_REAL ? VALUE_INTEGER : value.type;
}

int
value_compare (struct value a, struct value b)
{
  int order = class_of (a) - class_of (b);
  if (order)
    return order;
  switch (a.type)
    {
    case VALUE_MISSING:
    case VALUE_NULL:
      return 0;
    case VALUE_BOOLEAN:
      return a.boolean - b.boolean;
    case VALUE_INTEGER:
    case VALUE_REAL:
      return value_compare_numbers (a, b);
    case VALUE_STRING:
      return value_compare_strings (a, b);
    case VALUE_ARRAY:
      return compare_arrays (a, b, value_compare);
    default:
      return compare_objects (a, b, value_compare);
    }
}

int
value_compare_nocase (struct value a, struct value b)
{
  if (a.type == VALUE_STRING && b.type == VALUE_STRING)
    {
      int order = compare_strings_nocase (a, b);
      return order ? order : value_compare_strings (a, b);
    }
  if (a.type == VALUE_ARRAY && b.type == VALUE_ARRAY)
    return compare_arrays (a, b, value_compare_nocase);
  return value_compare (a, b);
}

/* The finaliser of splitmix64.  */
static uint64_t
mix (uint64_t hash)
{
  hash = (hash ^ hash >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  hash = (hash ^ hash >> 27) * UINT64_C (0x94d049bb133111eb);
  return hash ^ hash >> 31;
}

static uint64_t
hash_bytes (const char *bytes, size_t length)
{
  uint64_t hash = length;
  for (; length >= 8; bytes += 8, length -= 8)
    {
      uint64_t word;
      memcpy (&word, bytes, 8);
      hash = mix (hash ^ word) + UINT64_C (0x9e3779b97f4a7c15);
    }
  uint64_t rest = 0;
  for (size_t i = 0; i < length; i++)
    rest |= (uint64_t) (unsigned char) bytes[i] << 8 * i;
  return mix (hash ^ rest);
}

static uint64_t
hash_real (double real)
{
  /* 3.0 equals 3.  */
  if (real >= -0x1p63 && real < 0x1p63 && real == floor (real))
    return mix ((uint64_t) (int64_t) real + VALUE_INTEGER);
  uint64_t bits;
  memcpy (&bits, &real, sizeof bits);
  return mix (bits ^ VALUE_REAL);
}

uint64_t
value_hash (struct value value)
{
  uint64_t hash = value.type;
  switch (value.type)
    {
    case VALUE_BOOLEAN:
      return mix (hash + 16 * (value.boolean + 1));
    case VALUE_INTEGER:
      return mix ((uint64_t) value.integer + VALUE_INTEGER);
    case VALUE_REAL:
      return hash_real (value.real);
    case VALUE_STRING:
      return hash_bytes (value.bytes, value.length);
    case VALUE_ARRAY:
      for (uint32_t i = 0; i < value.length; i++)
        hash = mix (hash + value_hash (value.items[i]));
      return hash;
    case VALUE_OBJECT:
      for (uint32_t i = 0; i < value.length; i++)
        hash = mix (hash + value.members[i].name * UINT64_C (0x9e3779b97f4a7c15)
                    + value_hash (value.members[i].value));
      return hash;
    default:
      return mix (hash);
    }
}

bool
value_truth (struct value value)
{
  switch (value.type)
    {
    case VALUE_BOOLEAN:
      return value.boolean;
    case VALUE_INTEGER:
      return value.integer != 0;
    case VALUE_REAL:
      return value.real != 0;
    case VALUE_MISSING:
    case VALUE_NULL:
      return false;
    default:
      return value.length != 0;
    }
}

struct value
value_member (struct value object, atom name, uint32_t *hint)
{
  if (object.type != VALUE_OBJECT)
    return value_of_type (VALUE_MISSING);
  uint32_t at = *hint;
  if (at < object.length && object.members[at].name == name)
    return object.members[at].value;
  for (at = 0; at < object.length; at++)
    if (object.members[at].name == name)
      {
        *hint = at;
        return object.members[at].value;
      }
  return value_of_type (VALUE_MISSING);
}

/* Strings are stored with a NUL and padded, so that what follows is aligned.  */
static size_t
string_bytes (uint32_t length)
{
  return ((size_t) length + 8) & ~(size_t) 7;
}

size_t
value_copy_bytes (struct value value)
{
  size_t bytes = 0;
  switch (value.type)
    {
    case VALUE_STRING:
      return string_bytes (value.length);
    case VALUE_ARRAY:
      bytes = value.length * sizeof *value.items;
      for (uint32_t i = 0; i < value.length; i++)
        bytes += value_copy_bytes (value.items[i]);
      return bytes;
    case VALUE_OBJECT:
      bytes = value.length * sizeof *value.members;
      for (uint32_t i = 0; i < value.length; i++)
        bytes += value_copy_bytes (value.members[i].value);
      return bytes;
    default:
      return 0;
    }
}

struct value
value_copy (struct value value, char **room)
{
  switch (value.type)
    {
    case VALUE_STRING:
      {
        char *bytes = *room;
        *room += string_bytes (value.length);
        if (value.length)
          memcpy (bytes, value.bytes, value.length);
        bytes[value.length] = 0;
        value.bytes = bytes;
        return value;
      }
    case VALUE_ARRAY:
      {
        struct value *items = (struct value *) *room;
        *room += value.length * sizeof *items;
        for (uint32_t i = 0; i < value.length; i++)
          items[i] = value_copy (value.items[i], room);
        value.items = items;
        return value;
      }
    case VALUE_OBJECT:
      {
        struct member *members = (struct member *) *room;
        *room += value.length * sizeof *members;
        for (uint32_t i = 0; i < value.length; i++)
          {
            members[i].name = value.members[i].name;
            members[i].value = value_copy (value.members[i].value, room);
          }
        value.members = members;
        return value;
      }
    default:
      return value;
    }
}
