/* Sums over bursts.  Counts of exits are in the cache's table of exits, those of (indirect exit, target) in a table here, in the
   order of their making, with an index by hash that grows with it: each page that a process touches first costs a fault, and
   short processes have few bursts to spread that over.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-records.h"

#include "runtime/burst-cache.h"
#include "runtime/raw.h"

#include <string.h>
#include <x86intrin.h>

/* Places of the index, at first, a page; doubled when half of them are taken.  */
#define FIRST_PLACES 1024u
/* Counts are kept in such fractions of a record: so small that the weights of long bursts in code without branches, a few
   hundredths, are right to one in a hundred.  */
#define UNIT 65536u
/* The time that code takes unrecorded, estimated in instructions: what a basic block and a return take besides.  By clock samples
   and callgrind's counts of functions (docs/algorithms.md).  */
#define BLOCK_TIME 2u
#define RETURN_TIME 8u
/* Of a record of weight 1: those of lua, tcc and sqlite3 have 13 on average, of duktape 15.  */
#define RECORD_TIME 13u
/* Exits or pairs that are drained at a time: some 10 us.  */
#define AT_A_TIME 2048u
/* Fewer records don't tell a weight.  */
#define MIN_WEIGHED 64u

struct pair
{
  uint64_t target, count;
  uint32_t exit;
};

static struct
{
  struct pair *pairs;           /* PGO_MAX_PAIRS.  */
  uint32_t n_pairs;
  uint32_t *index;              /* Pairs, plus one, by hash; 0: free.  Linear probing.  */
  uint32_t n_places;            /* Of the index, a power of 2.  */
  uint64_t lost, lost_told;     /* All in all; of these, told to the table.  */
  uint64_t rest;                /* Units that were no whole record so far.  */
  uint64_t made;                /* Units of records, by weight alone.  */
  char lock;
} the;

void (*pgo_records_observer) (const uint32_t *, size_t, const uint64_t *, size_t);

bool
pgo_records_open (void)
{
  if (the.pairs == NULL)
    the.pairs = pgo_raw_map (PGO_MAX_PAIRS * sizeof *the.pairs);
  if (the.index == NULL)
    {
      the.index = pgo_raw_map (2 * PGO_MAX_PAIRS * sizeof *the.index);
      the.n_places = FIRST_PLACES;
    }
  return the.pairs != NULL && the.index != NULL;
}

bool
pgo_records_lock (uint64_t patience)
{
  uint64_t begun = __rdtsc ();
  while (__atomic_test_and_set (&the.lock, __ATOMIC_ACQUIRE))
    if (__rdtsc () - begun >= patience)
      return false;
    else
      _mm_pause ();
  return true;
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
  the.lost = the.lost_told = the.rest = the.made = 0;
  if (the.index != NULL)
    memset (the.index, 0, the.n_places * sizeof *the.index);
  the.n_pairs = 0;
}

/* The place of the index for the pair of EXIT and TARGET, or the free one where it would be.  */
static uint32_t *
find_place (uint32_t exit, uint64_t target)
{
  uint64_t hash = (target ^ (uint64_t) exit << 32) * 0x9e3779b97f4a7c15u;
  for (uint32_t at = (uint32_t) (hash >> 32);; at++)
    {
      uint32_t *place = &the.index[at & (the.n_places - 1)];
      if (*place == 0 || (the.pairs[*place - 1].exit == exit && the.pairs[*place - 1].target == target))
        return place;
    }
}

static void
grow (void)
{
  memset (the.index, 0, the.n_places * sizeof *the.index);
  the.n_places *= 2;
  for (uint32_t i = 0; i < the.n_pairs; i++)
    *find_place (the.pairs[i].exit, the.pairs[i].target) = i + 1;
}

static void
add_pair (uint32_t exit, uint64_t target, uint64_t weight)
{
  uint32_t *place = find_place (exit, target);
  if (*place == 0)
    {
      if (the.n_pairs == PGO_MAX_PAIRS)
        {
          the.lost++;
          return;
        }
      the.pairs[the.n_pairs] = (struct pair) { .target = target, .exit = exit };
      *place = ++the.n_pairs;
      if (the.n_pairs > the.n_places / 2)
        {
          grow ();
          place = find_place (exit, target);
        }
    }
  the.pairs[*place - 1].count += weight;
}

uint32_t
pgo_records_weight (const uint32_t *ids, size_t n, uint32_t length, uint32_t usual)
{
  uint64_t time = 0;
  for (size_t i = 0; i < n; i++)
    {
      const struct pgo_cache_exit *exit = pgo_cache_exit (ids[i]);
      if (exit != NULL)
        time += exit->insns + exit->blocks * BLOCK_TIME + (exit->kind == PGO_EXIT_RETURN ? RETURN_TIME : 0);
    }
  uint64_t weight = n < MIN_WEIGHED || time == 0 ? UNIT : (uint64_t) UNIT * RECORD_TIME * n / time;
  weight = length > usual ? weight * usual / length : weight;
  return weight ? (uint32_t) weight : 1;
}

void
pgo_records_add (const uint32_t *ids, size_t n, const uint64_t *targets, size_t n_targets, uint32_t weight,
                 uint32_t stands_for)
{
  if (pgo_records_observer)
    pgo_records_observer (ids, n, targets, n_targets);
  uint64_t counts = (uint64_t) weight * stands_for / 256;
  the.made += n * (uint64_t) weight;
  size_t at = 0;
  for (size_t i = 0; i < n; i++)
    {
      struct pgo_cache_exit *exit = pgo_cache_exit (ids[i]);
      if (exit == NULL)
        continue;
      exit->count += counts;
      if (exit->to == 0 && at < n_targets)
        add_pair (ids[i], targets[at++], counts);
    }
}

/* Whole records in COUNT, with what was left of others.  So sums are right, and what is rare isn't always rounded down.  */
static uint64_t
records_of (uint64_t count)
{
  uint64_t units = count + the.rest;
  the.rest = units % UNIT;
  return units / UNIT;
}

/* Move the counts of exits from BEGIN up to END.  With the lock.  */
static void
drain_exits (struct pgo_table *table, uint32_t begin, uint32_t end)
{
  for (uint32_t i = begin; i < end; i++)
    {
      struct pgo_cache_exit *exit = pgo_cache_exit (i);
      if (exit->count == 0)
        continue;
      const uint64_t range[2] = { exit->from, exit->start }, branch[2] = { exit->to, exit->from };
      uint64_t records = records_of (exit->count);
      exit->count = 0;
      if (records == 0)
        continue;
      pgo_table_add (table, PGO_SAMPLE_RANGE, range, 2, records, 0);
      if (exit->to && exit->kind != PGO_EXIT_CONTINUE && exit->kind != PGO_EXIT_STOP)
        pgo_table_add (table, PGO_SAMPLE_BRANCH, branch, 2, records, 0);
    }
}

/* Move the counts of at most N of the pairs added last.  With the lock.  */
static void
drain_pairs (struct pgo_table *table, uint32_t n)
{
  for (; n > 0 && the.n_pairs > 0; n--)
    {
      const struct pair *pair = &the.pairs[the.n_pairs - 1];
      const struct pgo_cache_exit *exit = pgo_cache_exit (pair->exit);
      uint64_t records = exit ? records_of (pair->count) : 0;
      if (records)
        {
          const uint64_t branch[2] = { pair->target, exit->from };
          pgo_table_add (table, PGO_SAMPLE_BRANCH, branch, 2, records, 0);
        }
      /* No other was placed after it: a hole here is in nobody's way.  */
      *find_place (pair->exit, pair->target) = 0;
      the.n_pairs--;
    }
}

bool
pgo_records_drain (struct pgo_table *table, uint64_t patience)
{
  uint32_t n = pgo_cache_n_exits ();
  for (uint32_t i = 0; i < n; i += AT_A_TIME)
    {
      if (!pgo_records_lock (patience))
        return false;
      drain_exits (table, i, n - i < AT_A_TIME ? n : i + AT_A_TIME);
      pgo_records_unlock ();
    }
  for (bool more = true; more;)
    {
      if (!pgo_records_lock (patience))
        return false;
      drain_pairs (table, AT_A_TIME);
      more = the.n_pairs > 0;
      pgo_table_add_lost (table, PGO_SAMPLE_BRANCH, the.lost - the.lost_told);
      the.lost_told = the.lost;
      pgo_table_add_records (table, PGO_SAMPLE_RANGE, the.made / UNIT);
      the.made %= UNIT;
      pgo_records_unlock ();
    }
  return true;
}

uint64_t
pgo_records_lost (void)
{
  return the.lost;
}

#endif
