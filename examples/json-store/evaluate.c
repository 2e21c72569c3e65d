/* The evaluators that expressions are made of.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "evaluate.h"

#include <math.h>
#include <string.h>

struct value
evaluate_constant (struct expression *self, struct frame *frame)
{
  (void) frame;
  return self->constant;
}

struct value
evaluate_slot (struct expression *self, struct frame *frame)
{
  return frame->row[self->slot];
}

struct value
evaluate_path (struct expression *self, struct frame *frame)
{
  return path_get (&self->path, frame->row[self->slot]);
}

/* A path of one member, which most are.  */
struct value
evaluate_member (struct expression *self, struct frame *frame)
{
  struct path_step *step = self->path.steps;
  return value_member (frame->row[self->slot], step->name, &step->hint);
}

struct value
evaluate_variable (struct expression *self, struct frame *frame)
{
  return frame->variables[self->slot];
}

struct value
evaluate_variable_path (struct expression *self, struct frame *frame)
{
  return path_get (&self->path, frame->variables[self->slot]);
}

struct value
evaluate_list (struct expression *self, struct frame *frame)
{
  struct value *items = arena_alloc (frame->arena, self->n_children * sizeof *items);
  for (unsigned i = 0; i < self->n_children; i++)
    items[i] = evaluate (self->children[i], frame);
  return (struct value) { .type = VALUE_ARRAY, .length = self->n_children, .items = items };
}

struct value
evaluate_call (struct expression *self, struct frame *frame)
{
  struct value arguments[LIST_MAX];
  for (unsigned i = 0; i < self->n_children; i++)
    arguments[i] = evaluate (self->children[i], frame);
  return self->call (arguments, self->n_children, frame);
}

struct value
evaluate_any (struct expression *self, struct frame *frame)
{
  struct value array = evaluate (self->children[0], frame);
  if (array.type != VALUE_ARRAY)
    return value_boolean (false);
  for (uint32_t i = 0; i < array.length; i++)
    {
      frame->variables[self->slot] = array.items[i];
      if (value_truth (evaluate (self->children[1], frame)))
        return value_boolean (true);
    }
  return value_boolean (false);
}

struct value
evaluate_all (struct expression *self, struct frame *frame)
{
  struct value array = evaluate (self->children[0], frame);
  if (array.type != VALUE_ARRAY)
    return value_boolean (false);
  for (uint32_t i = 0; i < array.length; i++)
    {
      frame->variables[self->slot] = array.items[i];
      if (!value_truth (evaluate (self->children[1], frame)))
        return value_boolean (false);
    }
  return value_boolean (true);
}

/* Integers overflow into reals.  */
static struct value
add (struct value a, struct value b)
{
  int64_t sum;
  if (a.type == VALUE_INTEGER && b.type == VALUE_INTEGER
      && !__builtin_add_overflow (a.integer, b.integer, &sum))
    return value_integer (sum);
  if (!value_is_number (a) || !value_is_number (b))
    return value_of_type (VALUE_NULL);
  return value_real (value_number (a) + value_number (b));
}

static struct value
subtract (struct value a, struct value b)
{
  int64_t difference;
  if (a.type == VALUE_INTEGER && b.type == VALUE_INTEGER
      && !__builtin_sub_overflow (a.integer, b.integer, &difference))
    return value_integer (difference);
  if (!value_is_number (a) || !value_is_number (b))
    return value_of_type (VALUE_NULL);
  return value_real (value_number (a) - value_number (b));
}

static struct value
multiply (struct value a, struct value b)
{
  int64_t product;
  if (a.type == VALUE_INTEGER && b.type == VALUE_INTEGER
      && !__builtin_mul_overflow (a.integer, b.integer, &product))
    return value_integer (product);
  if (!value_is_number (a) || !value_is_number (b))
    return value_of_type (VALUE_NULL);
  return value_real (value_number (a) * value_number (b));
}

struct value
evaluate_total (struct expression *self, struct frame *frame)
{
  struct value array = evaluate (self->children[0], frame), sum = value_integer (0);
  if (array.type != VALUE_ARRAY)
    return value_of_type (VALUE_NULL);
  for (uint32_t i = 0; i < array.length; i++)
    {
      frame->variables[self->slot] = array.items[i];
      struct value item = evaluate (self->children[1], frame);
      if (value_is_number (item))
        sum = add (sum, item);
    }
  return sum;
}

struct value
evaluate_not (struct expression *self, struct frame *frame)
{
  return value_boolean (!value_truth (evaluate (self->children[0], frame)));
}

struct value
evaluate_negate (struct expression *self, struct frame *frame)
{
  return subtract (value_integer (0), evaluate (self->children[0], frame));
}

struct value
evaluate_and (struct expression *self, struct frame *frame)
{
  return value_boolean (value_truth (evaluate (self->children[0], frame))
                        && value_truth (evaluate (self->children[1], frame)));
}

struct value
evaluate_or (struct expression *self, struct frame *frame)
{
  return value_boolean (value_truth (evaluate (self->children[0], frame))
                        || value_truth (evaluate (self->children[1], frame)));
}

static bool
equal (struct value a, struct value b)
{
  if (a.type <= VALUE_NULL || b.type <= VALUE_NULL)
    return a.type <= VALUE_NULL && b.type <= VALUE_NULL;
  if (a.type == VALUE_STRING && b.type == VALUE_STRING)
    return a.length == b.length && !memcmp (a.bytes, b.bytes, a.length);
  return value_compare (a, b) == 0;
}

/* = and !=: ACCEPT has bit 1 for the one, bits 0 and 2 for the other.  */
struct value
evaluate_equal (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame);
  bool same = equal (left, evaluate (self->children[1], frame));
  return value_boolean (same == (self->accept == 2));
}

/* Do < and its kin hold between values of these types at all?  */
static bool
comparable (struct value a, struct value b)
{
  if (a.type != b.type)
    return value_is_number (a) && value_is_number (b);
  return a.type >= VALUE_BOOLEAN && a.type <= VALUE_STRING;
}

struct value
evaluate_ordered (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame), right = evaluate (self->children[1], frame);
  if (!comparable (left, right))
    return value_boolean (false);
  int order = value_compare (left, right);
  return value_boolean (self->accept >> ((order > 0) - (order < 0) + 1) & 1);
}

/* The right side is a constant, and COMPARE made for its type.  */
struct value
evaluate_ordered_constant (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame);
  if (!comparable (left, self->constant))
    return value_boolean (false);
  int order = self->compare (left, self->constant);
  return value_boolean (self->accept >> ((order > 0) - (order < 0) + 1) & 1);
}

struct value
evaluate_in (struct expression *self, struct frame *frame)
{
  struct value item = evaluate (self->children[0], frame), list = evaluate (self->children[1], frame);
  if (list.type == VALUE_ARRAY)
    for (uint32_t i = 0; i < list.length; i++)
      if (equal (item, list.items[i]))
        return value_boolean (true);
  return value_boolean (false);
}

struct value
evaluate_like (struct expression *self, struct frame *frame)
{
  struct value text = evaluate (self->children[0], frame), pattern = evaluate (self->children[1], frame);
  if (text.type != VALUE_STRING || pattern.type != VALUE_STRING)
    return value_boolean (false);
  matcher *match = matcher_for (&pattern);
  return value_boolean (match (text, pattern));
}

struct value
evaluate_like_constant (struct expression *self, struct frame *frame)
{
  struct value text = evaluate (self->children[0], frame);
  return value_boolean (text.type == VALUE_STRING && self->match (text, self->constant));
}

struct value
evaluate_concatenate (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame), right = evaluate (self->children[1], frame);
  if (left.type != VALUE_STRING || right.type != VALUE_STRING || left.length > UINT32_MAX - right.length)
    return value_of_type (VALUE_NULL);
  char *bytes = arena_alloc (frame->arena, (size_t) left.length + right.length);
  memcpy (bytes, left.bytes, left.length);
  memcpy (bytes + left.length, right.bytes, right.length);
  return value_string (bytes, left.length + right.length);
}

struct value
evaluate_add (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame);
  return add (left, evaluate (self->children[1], frame));
}

struct value
evaluate_subtract (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame);
  return subtract (left, evaluate (self->children[1], frame));
}

struct value
evaluate_multiply (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame);
  return multiply (left, evaluate (self->children[1], frame));
}

/* An integer if it comes out even; null by zero.  */
struct value
evaluate_divide (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame), right = evaluate (self->children[1], frame);
  if (!value_is_number (left) || !value_is_number (right))
    return value_of_type (VALUE_NULL);
  if (left.type == VALUE_INTEGER && right.type == VALUE_INTEGER && right.integer != 0 && right.integer != -1
      && left.integer % right.integer == 0)
    return value_integer (left.integer / right.integer);
  return value_real (value_number (left) / value_number (right));
}

struct value
evaluate_remainder (struct expression *self, struct frame *frame)
{
  struct value left = evaluate (self->children[0], frame), right = evaluate (self->children[1], frame);
  if (!value_is_number (left) || !value_is_number (right))
    return value_of_type (VALUE_NULL);
  if (left.type == VALUE_INTEGER && right.type == VALUE_INTEGER)
    {
      if (right.integer == 0)
        return value_of_type (VALUE_NULL);
      return value_integer (right.integer == -1 ? 0 : left.integer % right.integer);
    }
  return value_real (fmod (value_number (left), value_number (right)));
}
