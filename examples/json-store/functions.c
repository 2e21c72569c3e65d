/* Scalar and aggregate functions.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "expression.h"

#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct value
null_value (void)
{
  return value_of_type (VALUE_NULL);
}

/* --- Strings.  */

/* Characters of a string, items of an array, members of an object.  */
static struct value
call_length (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  struct value value = arguments[0];
  if (value.type == VALUE_ARRAY || value.type == VALUE_OBJECT)
    return value_integer (value.length);
  if (value.type != VALUE_STRING)
    return null_value ();
  int64_t characters = 0;
  for (uint32_t i = 0; i < value.length; i++)
    characters += ((unsigned char) value.bytes[i] & 0xc0) != 0x80;
  return value_integer (characters);
}

static struct value
change_case (struct value string, char first, char last, struct frame *frame)
{
  if (string.type != VALUE_STRING)
    return null_value ();
  char *bytes = arena_copy (frame->arena, string.bytes, string.length);
  for (uint32_t i = 0; i < string.length; i++)
    if (bytes[i] >= first && bytes[i] <= last)
      bytes[i] ^= 'a' ^ 'A';
  return value_string (bytes, string.length);
}

static struct value
call_lower (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count;
  return change_case (arguments[0], 'A', 'Z', frame);
}

static struct value
call_upper (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count;
  return change_case (arguments[0], 'a', 'z', frame);
}

static struct value
call_trim (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  struct value string = arguments[0];
  if (string.type != VALUE_STRING)
    return null_value ();
  while (string.length && string.bytes[0] == ' ')
    string.bytes++, string.length--;
  while (string.length && string.bytes[string.length - 1] == ' ')
    string.length--;
  return string;
}

/* substring (TEXT, FIRST [, COUNT]), in characters from 0.  */
static struct value
call_substring (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) frame;
  struct value string = arguments[0];
  if (string.type != VALUE_STRING || arguments[1].type != VALUE_INTEGER
      || (count == 3 && arguments[2].type != VALUE_INTEGER))
    return null_value ();
  int64_t skip = arguments[1].integer, take = count == 3 ? arguments[2].integer : INT64_MAX;
  const char *next = string.bytes, *end = next + string.length;
  for (; skip > 0 && next < end; skip--)
    next += utf8_length (next, end - next);
  const char *first = next;
  for (; take > 0 && next < end; take--)
    next += utf8_length (next, end - next);
  return value_string (first, next - first);
}

static struct value
call_contains (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  struct value whole = arguments[0], part = arguments[1];
  if (whole.type == VALUE_ARRAY)
    {
      for (uint32_t i = 0; i < whole.length; i++)
        if (value_compare (whole.items[i], part) == 0)
          return value_boolean (true);
      return value_boolean (false);
    }
  if (whole.type != VALUE_STRING || part.type != VALUE_STRING)
    return value_boolean (false);
  for (uint32_t at = 0; (size_t) at + part.length <= whole.length; at++)
    if (!memcmp (whole.bytes + at, part.bytes, part.length))
      return value_boolean (true);
  return value_boolean (false);
}

/* --- Numbers.  */

static struct value
call_abs (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  struct value value = arguments[0];
  if (value.type == VALUE_INTEGER && value.integer != INT64_MIN)
    return value_integer (value.integer < 0 ? -value.integer : value.integer);
  return value_is_number (value) ? value_real (fabs (value_number (value))) : null_value ();
}

/* A real that is a whole number as an integer.  */
static struct value
whole (double real)
{
  return real >= -0x1p63 && real < 0x1p63 ? value_integer ((int64_t) real) : value_real (real);
}

/* round (NUMBER [, DECIMALS]) */
static struct value
call_round (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) frame;
  struct value value = arguments[0];
  if (value.type == VALUE_INTEGER || value.type != VALUE_REAL)
    return value.type == VALUE_INTEGER ? value : null_value ();
  if (count == 1)
    return whole (round (value.real));
  if (arguments[1].type != VALUE_INTEGER || arguments[1].integer < 0 || arguments[1].integer > 15)
    return null_value ();
  double scale = 1;
  for (int64_t i = 0; i < arguments[1].integer; i++)
    scale *= 10;
  double scaled = round (value.real * scale);
  return isfinite (scaled) ? value_real (scaled / scale) : value;
}

static struct value
call_floor (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  struct value value = arguments[0];
  if (value.type == VALUE_INTEGER)
    return value;
  return value.type == VALUE_REAL ? whole (floor (value.real)) : null_value ();
}

/* The number a string spells.  */
static struct value
call_number (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count;
  struct value value = arguments[0];
  struct error error;
  if (value_is_number (value))
    return value;
  if (value.type != VALUE_STRING || !value.length || !(value.bytes[0] == '-' || (value.bytes[0] >= '0'
                                                                                 && value.bytes[0] <= '9')))
    return null_value ();
  struct value number;
  bool ok = json_parse (value.bytes, value.length, NULL, NULL, frame->arena, &number, &error);
  return ok ? number : null_value ();
}

/* --- Any values.  */

static struct value
call_type (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  const char *name = value_type_name (arguments[0]);
  return value_string (name, strlen (name));
}

static struct value
call_exists (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  return value_boolean (arguments[0].type != VALUE_MISSING);
}

/* The first argument that is neither missing nor null.  */
static struct value
call_coalesce (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) frame;
  for (unsigned i = 0; i < count; i++)
    if (arguments[i].type > VALUE_NULL)
      return arguments[i];
  return null_value ();
}

/* if (CONDITION, THEN, ELSE) */
static struct value
call_if (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  return value_truth (arguments[0]) ? arguments[1] : arguments[2];
}

/* The parts of a date, "YYYY-MM-DD...".  */
static struct value
date_part (struct value date, unsigned first, unsigned digits)
{
  if (date.type != VALUE_STRING || date.length < 10 || date.bytes[4] != '-' || date.bytes[7] != '-')
    return null_value ();
  int64_t number = 0;
  for (unsigned i = first; i < first + digits; i++)
    {
      if (date.bytes[i] < '0' || date.bytes[i] > '9')
        return null_value ();
      number = number * 10 + date.bytes[i] - '0';
    }
  return value_integer (number);
}

static struct value
call_year (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  return date_part (arguments[0], 0, 4);
}

static struct value
call_month (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  return date_part (arguments[0], 5, 2);
}

static struct value
call_day (struct value *arguments, unsigned count, struct frame *frame)
{
  (void) count, (void) frame;
  return date_part (arguments[0], 8, 2);
}

/* In the order of their names.  */
static const struct scalar scalars[] =
{
  { "abs", 1, 1, call_abs },
  { "coalesce", 1, LIST_MAX, call_coalesce },
  { "contains", 2, 2, call_contains },
  { "day", 1, 1, call_day },
  { "exists", 1, 1, call_exists },
  { "floor", 1, 1, call_floor },
  { "if", 3, 3, call_if },
  { "length", 1, 1, call_length },
  { "lower", 1, 1, call_lower },
  { "month", 1, 1, call_month },
  { "number", 1, 1, call_number },
  { "round", 1, 2, call_round },
  { "substring", 2, 3, call_substring },
  { "trim", 1, 1, call_trim },
  { "type", 1, 1, call_type },
  { "upper", 1, 1, call_upper },
  { "year", 1, 1, call_year },
};

static int
compare_scalars (const void *name, const void *scalar)
{
  return strcmp (name, ((const struct scalar *) scalar)->name);
}

const struct scalar *
scalar_find (const char *name)
{
  return bsearch (name, scalars, sizeof scalars / sizeof *scalars, sizeof *scalars, compare_scalars);
}

/* --- Aggregates.  Missing and null values do not count.  */

static void
add_count (struct accumulator *accumulator, struct value value)
{
  accumulator->count += value.type > VALUE_NULL;
}

static struct value
result_count (const struct accumulator *accumulator)
{
  return value_integer (accumulator->count);
}

/* Neumaier's summation: what rounding loses is summed apart, so that the order in which a plan finds the
   rows does not show in the result.  */
static void
add_compensated (struct accumulator *accumulator, double term)
{
  double sum = accumulator->real + term;
  if (fabs (accumulator->real) >= fabs (term))
    accumulator->lost += (accumulator->real - sum) + term;
  else
    accumulator->lost += (term - sum) + accumulator->real;
  accumulator->real = sum;
}

static void
add_sum (struct accumulator *accumulator, struct value value)
{
  if (!value_is_number (value))
    return;
  accumulator->count++;
  add_compensated (accumulator, value_number (value));
  if (value.type == VALUE_REAL
      || __builtin_add_overflow (accumulator->integer, value.integer, &accumulator->integer))
    accumulator->is_real = true;
}

static struct value
result_sum (const struct accumulator *accumulator)
{
  if (accumulator->is_real)
    return value_real (accumulator->real + accumulator->lost);
  return value_integer (accumulator->integer);
}

static struct value
result_average (const struct accumulator *accumulator)
{
  if (!accumulator->count)
    return null_value ();
  return value_real ((accumulator->real + accumulator->lost) / accumulator->count);
}

static void
add_minimum (struct accumulator *accumulator, struct value value)
{
  if (value.type > VALUE_NULL && (!accumulator->count++ || value_compare (value, accumulator->extreme) < 0))
    accumulator->extreme = value;
}

static void
add_maximum (struct accumulator *accumulator, struct value value)
{
  if (value.type > VALUE_NULL && (!accumulator->count++ || value_compare (value, accumulator->extreme) > 0))
    accumulator->extreme = value;
}

static struct value
result_extreme (const struct accumulator *accumulator)
{
  return accumulator->count ? accumulator->extreme : null_value ();
}

static const struct aggregate aggregates[] =
{
  { "count", false, add_count, result_count },
  { "sum", true, add_sum, result_sum },
  { "avg", true, add_sum, result_average },
  { "min", true, add_minimum, result_extreme },
  { "max", true, add_maximum, result_extreme },
};

const struct aggregate *
aggregate_find (const char *name)
{
  for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++)
    if (!strcmp (name, aggregates[i].name))
      return &aggregates[i];
  return NULL;
}
