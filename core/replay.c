/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/replay.h"
#include "core/alloc.h"
#include "core/report-read.h"
#include "core/report.h"

#include <stdlib.h>
#include <string.h>

struct entry
{
  const char *id;
  enum pgo_call_decision decision;
  unsigned line;
  bool asked;
};

struct pgo_replay
{
  struct pgo_report_calls *report;
  struct entry *entries;        /* By id, each once.  */
  uint32_t n_entries;
};

static int
compare (const void *a_entry, const void *b_entry)
{
  const struct entry *a = a_entry, *b = b_entry;
  int order = strcmp (a->id, b->id);
  return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

struct pgo_replay *
pgo_replay_open (const char *path, const char *unit, struct pgo_status *status)
{
  char *file = pgo_unit_path (path, unit, PGO_REPORT_SUFFIX);
  struct pgo_replay *replay = pgo_alloc (sizeof *replay);
  replay->report = pgo_report_read (file, status);
  bool good = replay->report != NULL;
  uint32_t n = good ? replay->report->n_calls : 0;
  replay->entries = pgo_alloc_array (n, sizeof *replay->entries);
  for (uint32_t i = 0; i < n; i++)
    {
      const struct pgo_report_call *call = &replay->report->calls[i];
      replay->entries[i] = (struct entry) { call->id, call->decision, call->line, false };
    }
  if (n)
    qsort (replay->entries, n, sizeof *replay->entries, compare);
  for (uint32_t i = 0; i < n && good; i++)
    {
      struct entry *last = replay->n_entries ? &replay->entries[replay->n_entries - 1] : NULL;
      if (!last || strcmp (last->id, replay->entries[i].id) != 0)
        replay->entries[replay->n_entries++] = replay->entries[i];
      else if (last->decision != replay->entries[i].decision)
        good = pgo_fail (status, file, replay->entries[i].line, "call-site %.200s: %s contradicts %s on line %u",
                         last->id, pgo_decision_name (replay->entries[i].decision),
                         pgo_decision_name (last->decision), last->line);
    }
  pgo_free (file);
  if (good)
    return replay;
  pgo_replay_close (replay);
  return NULL;
}

void
pgo_replay_close (struct pgo_replay *replay)
{
  if (!replay)
    return;
  pgo_report_calls_free (replay->report);
  pgo_free (replay->entries);
  pgo_free (replay);
}

enum pgo_call_order
pgo_replay_find (struct pgo_replay *replay, const char *id)
{
  uint32_t low = 0, high = replay->n_entries;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      int order = strcmp (replay->entries[middle].id, id);
      if (order == 0)
        {
          replay->entries[middle].asked = true;
          switch (replay->entries[middle].decision)
            {
            case PGO_CALL_INLINE: return PGO_ORDER_INLINE;
            case PGO_CALL_REFUSE: return PGO_ORDER_REFUSE;
            case PGO_CALL_LEAVE: return PGO_ORDER_LEAVE;
            }
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return PGO_ORDER_NONE;
}

const char *
pgo_replay_unknown (const struct pgo_replay *replay, uint32_t i)
{
  for (uint32_t e = 0; e < replay->n_entries; e++)
    if (!replay->entries[e].asked && replay->entries[e].decision != PGO_CALL_LEAVE && i-- == 0)
      return replay->entries[e].id;
  return NULL;
}
