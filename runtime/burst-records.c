/* Sums over bursts.  Counts of exits are in the cache's table of exits, those of (indirect exit, target) in a hash
   table here.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-records.h"

#include "runtime/burst-cache.h"
#include "runtime/raw.h"

/* Places tried for a pair.  */
#define PROBES 32u

struct pair
{
  uint64_t target, count;
  uint32_t exit;                /* Plus one; 0: free.  */
};

static struct
{
  struct pair *pairs;
  uint64_t lost, lost_told;     /* All in all; of these, told to the table.  */
  char lock;
} the;

void (*pgo_records_observer) (const uint32_t *, size_t, const uint64_t *, size_t);

bool
pgo_records_open (void)
{
  if (the.pairs == NULL)
    the.pairs = pgo_raw_map ((PGO_MAX_PAIRS + PROBES) * sizeof *the.pairs);
  return the.pairs != NULL;
}

bool
pgo_records_try_lock (void)
{
  return !__atomic_test_and_set (&the.lock, __ATOMIC_ACQUIRE);
}

void
pgo_records_unlock (void)
{
  __atomic_clear (&the.lock, __ATOMIC_RELEASE);
}

void
pgo_records_forget (void)
{
  /* A thread of the parent may have been adding: start from nothing.  */
  the.lock = 0;
  the.lost = the.lost_told = 0;
  for (uint32_t i = 0; the.pairs && i < PGO_MAX_PAIRS + PROBES; i++)
    if (the.pairs[i].exit)      /* Reading doesn't copy the page.  */
      the.pairs[i] = (struct pair) { 0 };
}

static void
add_pair (uint32_t exit, uint64_t target)
{
  uint64_t hash = (target ^ (uint64_t) exit << 32) * 0x9e3779b97f4a7c15u;
  struct pair *pair = &the.pairs[hash >> 48];
  _Static_assert (PGO_MAX_PAIRS == 65536, "the hash has 16 bits");
  for (unsigned i = 0; i < PROBES; i++, pair++)
    {
      if (pair->exit == 0)
        {
          pair->exit = exit + 1;
          pair->target = target;
        }
      if (pair->exit == exit + 1 && pair->target == target)
        {
          pair->count++;
          return;
        }
    }
  the.lost++;
}

void
pgo_records_add (const uint32_t *ids, size_t n, const uint64_t *targets, size_t n_targets)
{
  if (pgo_records_observer)
    pgo_records_observer (ids, n, targets, n_targets);
  size_t at = 0;
  for (size_t i = 0; i < n; i++)
    {
      struct pgo_cache_exit *exit = pgo_cache_exit (ids[i]);
      if (exit == NULL)
        continue;
      exit->count++;
      if (exit->to == 0 && at < n_targets)
        add_pair (ids[i], targets[at++]);
    }
}

void
pgo_records_drain (struct pgo_table *table)
{
  uint32_t n = pgo_cache_n_exits ();
  for (uint32_t i = 0; i < n; i++)
    {
      struct pgo_cache_exit *exit = pgo_cache_exit (i);
      if (exit->count == 0)
        continue;
      const uint64_t range[2] = { exit->from, exit->start }, branch[2] = { exit->to, exit->from };
      pgo_table_add (table, PGO_SAMPLE_RANGE, range, 2, exit->count, 0);
      if (exit->to && exit->kind != PGO_EXIT_CONTINUE && exit->kind != PGO_EXIT_STOP)
        pgo_table_add (table, PGO_SAMPLE_BRANCH, branch, 2, exit->count, 0);
      exit->count = 0;
    }
  for (uint32_t i = 0; i < PGO_MAX_PAIRS + PROBES; i++)
    {
      struct pair *pair = &the.pairs[i];
      if (pair->exit == 0)
        continue;
      const struct pgo_cache_exit *exit = pgo_cache_exit (pair->exit - 1);
      if (exit && pair->count)
        {
          const uint64_t branch[2] = { pair->target, exit->from };
          pgo_table_add (table, PGO_SAMPLE_BRANCH, branch, 2, pair->count, 0);
        }
      *pair = (struct pair) { 0 };
    }
  pgo_table_add_lost (table, PGO_SAMPLE_BRANCH, the.lost - the.lost_told);
  the.lost_told = the.lost;
}

uint64_t
pgo_records_lost (void)
{
  return the.lost;
}

#endif
