/* The function order of a profile: its call graph as arrays.

   The functions are those that the profiled binary had; what was inlined is part of the code of its caller, as it
   mostly will be again.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/profile-compare.h"
#include "core/alloc.h"
#include "core/function-order.h"

struct gathering
{
  const struct pgo_profile *profile;
  struct pgo_order_call *calls;
  uint32_t n_calls, room_calls;
};

static bool
function_key (const void *context, uint32_t i, const char **name, const char **file, uint64_t *total)
{
  const struct pgo_profile *profile = context;
  *name = profile->functions[i]->name;
  *file = profile->functions[i]->file;
  *total = profile->functions[i]->total;
  return true;
}

/* The calls out of the code of function CALLER, of which INSTANCE is a part.  */
static void
gather_calls (struct gathering *g, uint32_t caller, const struct pgo_instance *instance)
{
  struct pgo_named_list functions = { g->profile->n_functions, function_key, g->profile };
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *call = &instance->calls[i];
      uint32_t callee = call->weight ? pgo_find_named (&functions, call->callee, call->callee_file) : UINT32_MAX;
      if (callee == UINT32_MAX || g->n_calls == UINT32_MAX)
        continue;
      if (g->n_calls == g->room_calls)
        {
          g->room_calls = g->room_calls > UINT32_MAX / 2 ? UINT32_MAX : g->room_calls ? 2 * g->room_calls : 256;
          g->calls = pgo_realloc_array (g->calls, g->room_calls, sizeof *g->calls);
        }
      g->calls[g->n_calls++] = (struct pgo_order_call) { caller, callee, call->weight };
    }
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    gather_calls (g, caller, instance->inlined[i]);
}

/* Bytes of the code that ran: of each body, in proportion to its locations that did.  */
static uint64_t
running_bytes (const struct pgo_instance *instance)
{
  uint64_t ran = 0;
  for (uint32_t i = 0; i < instance->n_lines; i++)
    ran += instance->lines[i].weight > 0;
  uint64_t bytes = pgo_scale (instance->size_bytes, ran, instance->n_lines);
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    bytes = pgo_add (bytes, running_bytes (instance->inlined[i]));
  return bytes;
}

void
pgo_profile_order (struct pgo_profile *profile)
{
  uint32_t n = profile->n_functions;
  struct gathering g = { .profile = profile };
  struct pgo_order_function *functions = pgo_alloc_array (n, sizeof *functions);
  uint32_t *order = pgo_alloc_array (n, sizeof *order);
  for (uint32_t i = 0; i < n; i++)
    {
      functions[i] = (struct pgo_order_function) { profile->functions[i]->total,
                                                   running_bytes (profile->functions[i]) };
      gather_calls (&g, i, profile->functions[i]);
    }
  pgo_function_order (functions, n, g.calls, g.n_calls, order);
  uint32_t rank = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      struct pgo_instance *function = profile->functions[order[i]];
      function->rank = function->total ? ++rank : 0;
    }
  pgo_free (functions);
  pgo_free (order);
  pgo_free (g.calls);
}
