/* The evaluators that expressions are made of.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef JSON_STORE_EVALUATE_H
#define JSON_STORE_EVALUATE_H

#include "expression.h"

evaluator evaluate_constant, evaluate_slot, evaluate_path, evaluate_member;
evaluator evaluate_variable, evaluate_variable_path;
evaluator evaluate_list, evaluate_call;
evaluator evaluate_any, evaluate_all, evaluate_total;
evaluator evaluate_not, evaluate_negate, evaluate_and, evaluate_or;
evaluator evaluate_equal, evaluate_ordered, evaluate_ordered_constant;
evaluator evaluate_in, evaluate_like, evaluate_like_constant, evaluate_concatenate;
evaluator evaluate_add, evaluate_subtract, evaluate_multiply, evaluate_divide, evaluate_remainder;

#endif
