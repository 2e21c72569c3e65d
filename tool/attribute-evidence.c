/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/alloc.h"

#include <stdlib.h>
#include <string.h>

uint32_t
first_at (const void *array, uint32_t n, size_t size, uint64_t address)
{
  uint32_t low = 0, high = n;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      uint64_t at;
      memcpy (&at, (const char *) array + middle * size, sizeof at);
      if (at < address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

bool
bound_address (const struct sample_module *module, const struct module_binding *binding,
               const struct target *targets, uint64_t address, uint64_t *elf_address)
{
  if (binding->target == NONE)
    return false;
  if (module->space == SPACE_FILE)
    return binary_address (targets[binding->target].binary, address, elf_address);
  *elf_address = address + binding->bias;
  uint64_t size;
  return binary_code (targets[binding->target].binary, *elf_address, &size) != NULL;
}

#define COMPARE(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1

static int
compare_counts (const void *x, const void *y)
{
  const struct address_count *a = x, *b = y;
  COMPARE (a->address, b->address);
  return 0;
}

static int
compare_ranges (const void *x, const void *y)
{
  const struct range_count *a = x, *b = y;
  COMPARE (a->first, b->first);
  COMPARE (a->last, b->last);
  return 0;
}

static int
compare_transfers (const void *x, const void *y)
{
  const struct transfer *a = x, *b = y;
  COMPARE (a->from, b->from);
  COMPARE (a->to_binary, b->to_binary);
  COMPARE (a->to, b->to);
  if (!a->symbol || !b->symbol)
    return !!a->symbol - !!b->symbol;
  return strcmp (a->symbol, b->symbol);
}

/* Append an element to ARRAY, whose room is the next power of two from N.  */
#define APPEND(ARRAY, N, ...) \
  do \
    { \
      if (((N) & ((N) - 1)) == 0) \
        (ARRAY) = pgo_realloc_array ((ARRAY), (N) ? (size_t) (N) * 2 : 1, sizeof *(ARRAY)); \
      (ARRAY)[(N)++] = __VA_ARGS__; \
    } \
  while (0)

/* Sort ARRAY and add up the counts of equal elements.  */
#define SORT(ARRAY, N, COMPARE_FUNCTION) \
  do \
    { \
      uint32_t kept_ = 0; \
      if (N) \
        qsort ((ARRAY), (N), sizeof *(ARRAY), COMPARE_FUNCTION); \
      for (uint32_t i_ = 0; i_ < (N); i_++) \
        if (kept_ && COMPARE_FUNCTION (&(ARRAY)[kept_ - 1], &(ARRAY)[i_]) == 0) \
          (ARRAY)[kept_ - 1].count = pgo_add ((ARRAY)[kept_ - 1].count, (ARRAY)[i_].count); \
        else \
          (ARRAY)[kept_++] = (ARRAY)[i_]; \
      (N) = kept_; \
    } \
  while (0)

/* What INPUT calls the function at ADDRESS of MODULE, NULL if it doesn't tell.  */
static const char *
anchor_symbol (const struct sample_module *module, uint64_t address)
{
  for (uint32_t i = first_at (module->anchors, module->n_anchors, sizeof *module->anchors, address);
       i < module->n_anchors && module->anchors[i].address == address; i++)
    if (module->anchors[i].offset == 0 && !strpbrk (module->anchors[i].symbol, " (<"))
      return module->anchors[i].symbol;
  return NULL;
}

static void
gather_record (struct target *targets, const struct samples *samples, const struct module_binding *bindings,
               const struct sample *s)
{
  const struct module_binding *binding = &bindings[s->from_module];
  uint64_t from, to = 0;
  if (!bound_address (&samples->modules[s->from_module], binding, targets, s->from, &from))
    return;
  struct evidence *e = &targets[binding->target].evidence;
  if (s->kind == SAMPLE_CLOCK)
    {
      APPEND (e->clock, e->n_clock, (struct address_count) { from, s->count });
      return;
    }
  if (s->kind == SAMPLE_INSN)
    {
      APPEND (e->insns, e->n_insns, (struct address_count) { from, s->count });
      return;
    }

  struct transfer transfer = { from, s->to, s->count, NONE, NULL };
  if (s->to_module != SAMPLES_NO_MODULE)
    {
      const struct sample_module *module = &samples->modules[s->to_module];
      if (bound_address (module, &bindings[s->to_module], targets, s->to, &to))
        {
          transfer.to = to;
          transfer.to_binary = bindings[s->to_module].target;
        }
      if (s->kind != SAMPLE_RANGE && s->kind != SAMPLE_JUMP)
        transfer.symbol = anchor_symbol (module, s->to);
    }
  switch (s->kind)
    {
    case SAMPLE_RANGE:
      if (transfer.to_binary == binding->target && from <= transfer.to)
        APPEND (e->ranges, e->n_ranges, (struct range_count) { from, transfer.to, s->count });
      break;
    case SAMPLE_JUMP:
      APPEND (e->jumps, e->n_jumps, transfer);
      break;
    case SAMPLE_CALL:
      APPEND (e->calls, e->n_calls, transfer);
      break;
    case SAMPLE_BRANCH:
      APPEND (e->branches, e->n_branches, transfer);
      break;
    }
}

/* Calls from anywhere, also from where no binary was opened, count for their target.  */
static void
gather_called (struct target *targets, const struct samples *samples, const struct module_binding *bindings,
               const struct sample *s)
{
  uint64_t to;
  if (s->to_module == SAMPLES_NO_MODULE
      || !bound_address (&samples->modules[s->to_module], &bindings[s->to_module], targets, s->to, &to))
    return;
  struct evidence *e = &targets[bindings[s->to_module].target].evidence;
  APPEND (e->called, e->n_called, (struct address_count) { to, s->count });
}

void
evidence_gather (struct target *targets, uint32_t n_targets, struct samples *const *inputs,
                 struct module_binding *const *bindings, uint32_t n_inputs)
{
  for (uint32_t i = 0; i < n_inputs; i++)
    for (uint32_t r = 0; r < inputs[i]->n_records; r++)
      {
        const struct sample *s = &inputs[i]->records[r];
        gather_record (targets, inputs[i], bindings[i], s);
        if (s->kind == SAMPLE_CALL)
          gather_called (targets, inputs[i], bindings[i], s);
      }
  uint64_t records = 0, counts = 0;
  for (uint32_t i = 0; i < n_inputs; i++)
    {
      records = pgo_add (records, samples_branch_records (inputs[i], inputs[i]->range_counts));
      counts = pgo_add (counts, inputs[i]->range_counts);
    }
  for (uint32_t t = 0; t < n_targets; t++)
    {
      struct evidence *e = &targets[t].evidence;
      e->branch_records = records ? records : 1;
      e->range_counts = counts ? counts : 1;
      SORT (e->clock, e->n_clock, compare_counts);
      SORT (e->insns, e->n_insns, compare_counts);
      SORT (e->called, e->n_called, compare_counts);
      SORT (e->ranges, e->n_ranges, compare_ranges);
      SORT (e->jumps, e->n_jumps, compare_transfers);
      SORT (e->calls, e->n_calls, compare_transfers);
      SORT (e->branches, e->n_branches, compare_transfers);
    }
}

uint64_t
evidence_observations (const struct evidence *e, enum pgo_evidence kind, uint64_t count)
{
  if (kind != PGO_EVIDENCE_BRANCH || count == 0)
    return count;
  uint64_t records = pgo_scale (count, e->branch_records, e->range_counts);
  return records ? records : 1;
}

void
evidence_clear (struct evidence *e)
{
  pgo_free (e->clock);
  pgo_free (e->insns);
  pgo_free (e->called);
  pgo_free (e->ranges);
  pgo_free (e->jumps);
  pgo_free (e->calls);
  pgo_free (e->branches);
  memset (e, 0, sizeof *e);
}
