/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/samples.h"
#include "core/alloc.h"
#include "core/pool.h"

#include <stdlib.h>
#include <string.h>

struct samples *
samples_new (const char *input, const char *format)
{
  struct samples *samples = pgo_alloc (sizeof *samples);
  samples->pool = pgo_pool_new ();
  samples->input = samples_string (samples, input, strlen (input));
  samples->format = format;
  return samples;
}

void
samples_free (struct samples *samples)
{
  if (!samples)
    return;
  for (uint32_t i = 0; i < samples->n_modules; i++)
    pgo_free (samples->modules[i].anchors);
  pgo_free (samples->modules);
  pgo_free (samples->module_slots);
  pgo_free (samples->records);
  pgo_pool_free (samples->pool);
  pgo_free (samples);
}

const char *
samples_string (struct samples *samples, const char *text, size_t length)
{
  return pgo_pool_intern (samples->pool, text, length);
}

static uint64_t
mix (uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * UINT64_C (0x9e3779b97f4a7c15);
  return hash ^ (hash >> 29);
}

static uint64_t
module_hash (const char *path, const char *build_id, enum sample_space space, uint32_t process)
{
  /* Interned: equal strings are equal pointers.  The order of the slots shows nowhere.  */
  return mix (mix (mix (space, (uintptr_t) path), (uintptr_t) build_id), process);
}

static void
grow_module_slots (struct samples *samples)
{
  uint32_t n = samples->n_module_slots ? samples->n_module_slots * 2 : 64;
  pgo_free (samples->module_slots);
  samples->module_slots = pgo_alloc_array (n, sizeof *samples->module_slots);
  samples->n_module_slots = n;
  for (uint32_t i = 0; i < samples->n_modules; i++)
    {
      const struct sample_module *m = &samples->modules[i];
      uint32_t slot = module_hash (m->path, m->build_id, m->space, m->process) & (n - 1);
      while (samples->module_slots[slot])
        slot = (slot + 1) & (n - 1);
      samples->module_slots[slot] = i + 1;
    }
}

uint32_t
samples_module (struct samples *samples, const char *path, const char *build_id, enum sample_space space,
                uint32_t process, struct pgo_status *status)
{
  static const char deleted[] = " (deleted)";
  size_t length = strlen (path);
  if (length > sizeof deleted - 1 && strcmp (path + length - (sizeof deleted - 1), deleted) == 0)
    length -= sizeof deleted - 1;
  path = samples_string (samples, path, length);
  build_id = samples_string (samples, build_id, strlen (build_id));
  if (space != SPACE_RUNTIME)
    process = 0;

  if (samples->n_modules * 2 >= samples->n_module_slots)
    grow_module_slots (samples);
  uint32_t mask = samples->n_module_slots - 1;
  uint32_t slot = module_hash (path, build_id, space, process) & mask;
  for (; samples->module_slots[slot]; slot = (slot + 1) & mask)
    {
      const struct sample_module *m = &samples->modules[samples->module_slots[slot] - 1];
      if (m->path == path && m->build_id == build_id && m->space == space && m->process == process)
        return samples->module_slots[slot] - 1;
    }
  if (samples->n_modules == SAMPLES_MAX_MODULES)
    {
      pgo_fail (status, samples->input, 0, "more than %u modules", SAMPLES_MAX_MODULES);
      return UINT32_MAX;
    }
  if (samples->n_modules == samples->room_modules)
    {
      samples->room_modules = samples->room_modules ? samples->room_modules * 2 : 16;
      samples->modules = pgo_realloc_array (samples->modules, samples->room_modules,
                                            sizeof *samples->modules);
    }
  samples->modules[samples->n_modules]
    = (struct sample_module) { .path = path, .build_id = build_id, .space = space, .process = process };
  samples->module_slots[slot] = samples->n_modules + 1;
  return samples->n_modules++;
}

/* The slot of a record in the open-addressing table, found or free (count 0).  */
static struct sample *
find_slot (struct sample *table, uint32_t room, const struct sample *key)
{
  uint64_t hash = mix (mix (mix (key->kind, key->from), key->to),
                       (uint64_t) key->from_module << 32 | key->to_module);
  uint32_t slot = hash & (room - 1);
  for (;; slot = (slot + 1) & (room - 1))
    {
      struct sample *s = &table[slot];
      if (s->count == 0
          || (s->from == key->from && s->to == key->to && s->kind == key->kind
              && s->from_module == key->from_module && s->to_module == key->to_module))
        return s;
    }
}

bool
samples_add (struct samples *samples, enum sample_kind kind, uint32_t from_module, uint64_t from,
             uint32_t to_module, uint64_t to, uint64_t count, struct pgo_status *status)
{
  if (count == 0)
    return true;
  if ((uint64_t) samples->n_records * 2 >= samples->room_records)
    {
      uint32_t room = samples->room_records ? samples->room_records * 2 : 1024;
      struct sample *table = pgo_alloc_array (room, sizeof *table);
      for (uint32_t i = 0; i < samples->room_records; i++)
        if (samples->records[i].count)
          *find_slot (table, room, &samples->records[i]) = samples->records[i];
      pgo_free (samples->records);
      samples->records = table;
      samples->room_records = room;
    }
  struct sample key = { .from = from, .to = to, .kind = kind, .from_module = from_module,
                        .to_module = to_module };
  struct sample *slot = find_slot (samples->records, samples->room_records, &key);
  if (slot->count == 0)
    {
      if (samples->n_records == SAMPLES_MAX_RECORDS)
        return pgo_fail (status, samples->input, 0, "more than %u different addresses and branches",
                         SAMPLES_MAX_RECORDS);
      *slot = key;
      samples->n_records++;
    }
  slot->count = pgo_add (slot->count, count);
  return true;
}

void
samples_add_anchor (struct samples *samples, uint32_t module, const char *symbol, uint64_t offset,
                    uint64_t address)
{
  struct sample_module *m = &samples->modules[module];
  if (samples->n_all_anchors >= SAMPLES_MAX_ANCHORS)
    return;
  symbol = samples_string (samples, symbol, strlen (symbol));
  if (m->n_anchors && m->anchors[m->n_anchors - 1].symbol == symbol
      && m->anchors[m->n_anchors - 1].address == address && m->anchors[m->n_anchors - 1].offset == offset)
    return;
  if (m->n_anchors == m->room_anchors)
    {
      m->room_anchors = m->room_anchors ? m->room_anchors * 2 : 16;
      m->anchors = pgo_realloc_array (m->anchors, m->room_anchors, sizeof *m->anchors);
    }
  m->anchors[m->n_anchors++] = (struct sample_anchor) { address, offset, symbol };
  samples->n_all_anchors++;
}

#define COMPARE(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1

static int
compare_records (const void *x, const void *y)
{
  const struct sample *a = x, *b = y;
  COMPARE (a->kind, b->kind);
  COMPARE (a->from_module, b->from_module);
  COMPARE (a->from, b->from);
  COMPARE (a->to_module, b->to_module);
  COMPARE (a->to, b->to);
  return 0;
}

static int
compare_anchors (const void *x, const void *y)
{
  const struct sample_anchor *a = x, *b = y;
  COMPARE (a->address, b->address);
  COMPARE (a->offset, b->offset);
  return strcmp (a->symbol, b->symbol);
}

uint64_t
samples_branch_records (const struct samples *samples, uint64_t count)
{
  if (samples->branch_records == 0 || samples->range_counts == 0)
    return count;
  return pgo_scale (count, samples->branch_records, samples->range_counts);
}

void
samples_finish (struct samples *samples)
{
  uint32_t n = 0;
  samples->range_counts = 0;
  for (uint32_t i = 0; i < samples->room_records; i++)
    if (samples->records[i].count)
      {
        if (samples->records[i].kind == SAMPLE_RANGE)
          samples->range_counts = pgo_add (samples->range_counts, samples->records[i].count);
        samples->records[n++] = samples->records[i];
      }
  if (n)
    {
      samples->records = pgo_realloc_array (samples->records, n, sizeof *samples->records);
      qsort (samples->records, n, sizeof *samples->records, compare_records);
    }
  samples->room_records = n;

  for (uint32_t i = 0; i < samples->n_modules; i++)
    {
      struct sample_module *m = &samples->modules[i];
      if (m->n_anchors == 0)
        continue;
      qsort (m->anchors, m->n_anchors, sizeof *m->anchors, compare_anchors);
      uint32_t kept = 1;
      for (uint32_t j = 1; j < m->n_anchors; j++)
        if (compare_anchors (&m->anchors[j], &m->anchors[kept - 1]) != 0)
          m->anchors[kept++] = m->anchors[j];
      m->n_anchors = kept;
    }
}

bool
sample_kind_counts (enum sample_kind kind)
{
  return kind == SAMPLE_CLOCK || kind == SAMPLE_INSN || kind == SAMPLE_BRANCH;
}

enum pgo_evidence
sample_kind_evidence (enum sample_kind kind)
{
  switch (kind)
    {
    case SAMPLE_CLOCK:
      return PGO_EVIDENCE_TIME;
    case SAMPLE_INSN:
    case SAMPLE_JUMP:
    case SAMPLE_CALL:
      return PGO_EVIDENCE_EXACT;
    default:
      return PGO_EVIDENCE_BRANCH;
    }
}
