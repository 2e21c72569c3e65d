/* The sample table, by one thread, by several, from signal handlers, full.
   { unit-options "@TOP@/runtime/sample-table.c @TOP@/runtime/raw.c -lpthread" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/sample-table.h"
#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

static struct pgo_table *table;

static uint64_t
total (enum pgo_sample_kind kind, uint64_t *n_entries)
{
  struct pgo_table_entry entry;
  size_t cursor = 0;
  uint64_t sum = 0;
  *n_entries = 0;
  while (pgo_table_next (table, &cursor, &entry))
    if (entry.kind == kind)
      {
        sum += entry.count;
        ++*n_entries;
      }
  return sum;
}

static bool
find (enum pgo_sample_kind kind, const uint64_t *addresses, unsigned n, struct pgo_table_entry *entry)
{
  size_t cursor = 0;
  while (pgo_table_next (table, &cursor, entry))
    if (entry->kind == kind && entry->n == n
        && memcmp (entry->addresses, addresses, n * sizeof addresses[0]) == 0)
      return true;
  return false;
}

static void
test_one_thread (void)
{
  struct pgo_table_entry entry;
  struct pgo_table_totals totals;
  uint64_t chain[200], n;
  for (int i = 0; i < 200; i++)
    chain[i] = 0x1000 + (uint64_t) i;
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, 1, 2, 20);
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, 1, 3, 30);
  CHECK ("equal chains add up",
         find (PGO_SAMPLE_CLOCK, chain, 1, &entry) && entry.count == 5 && entry.time_ns == 50);
  pgo_table_add (table, PGO_SAMPLE_BRANCH, chain, 2, 7, 0);
  pgo_table_add (table, PGO_SAMPLE_RANGE, chain, 2, 9, 0);
  CHECK ("kinds are apart", find (PGO_SAMPLE_BRANCH, chain, 2, &entry) && entry.count == 7
                              && find (PGO_SAMPLE_RANGE, chain, 2, &entry) && entry.count == 9);
  CHECK ("a prefix is another chain", find (PGO_SAMPLE_CLOCK, chain, 1, &entry) && entry.count == 5);
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, 200, 1, 0);
  CHECK ("long chains are cut at the root", find (PGO_SAMPLE_CLOCK, chain, PGO_TABLE_DEPTH, &entry));
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, 0, 1, 0);
  CHECK ("an empty chain is one too", find (PGO_SAMPLE_CLOCK, chain, 0, &entry));

  pgo_table_set_epoch (table, 1);
  pgo_table_add (table, PGO_SAMPLE_CLOCK, chain, 1, 11, 0);
  size_t cursor = 0;
  uint64_t by_epoch[2] = { 0, 0 };
  while (pgo_table_next (table, &cursor, &entry))
    if (entry.kind == PGO_SAMPLE_CLOCK && entry.n == 1 && entry.epoch < 2)
      by_epoch[entry.epoch] += entry.count;
  CHECK ("epochs are apart", by_epoch[0] == 5 && by_epoch[1] == 11);

  pgo_table_add_lost (table, PGO_SAMPLE_RANGE, 4);
  pgo_table_add_records (table, PGO_SAMPLE_RANGE, 3);
  pgo_table_totals (table, &totals);
  CHECK ("totals", totals.added[PGO_SAMPLE_CLOCK] == 18 && totals.added[PGO_SAMPLE_BRANCH] == 7
                     && totals.lost[PGO_SAMPLE_RANGE] == 4 && totals.lost[PGO_SAMPLE_CLOCK] == 0
                     && totals.records[PGO_SAMPLE_RANGE] == 3 && totals.added[PGO_SAMPLE_RANGE] == 9);

  pgo_table_clear (table);
  pgo_table_totals (table, &totals);
  CHECK ("cleared", total (PGO_SAMPLE_CLOCK, &n) == 0 && n == 0 && totals.added[PGO_SAMPLE_CLOCK] == 0
                      && totals.records[PGO_SAMPLE_RANGE] == 0);

  cursor = 0;
  CHECK ("nothing new in an empty table", !pgo_table_next_new (table, &cursor, &entry));
  for (uint64_t i = 1; i <= 3; i++)
    pgo_table_add (table, PGO_SAMPLE_CLOCK, &i, 1, 1, 0);
  bool in_order = true;
  for (uint64_t i = 1; i <= 3; i++)
    in_order &= pgo_table_next_new (table, &cursor, &entry) && entry.addresses[0] == i;
  CHECK ("new entries come in order", in_order && !pgo_table_next_new (table, &cursor, &entry));
  uint64_t four = 4, two = 2;
  pgo_table_add (table, PGO_SAMPLE_CLOCK, &two, 1, 1, 0);
  pgo_table_add (table, PGO_SAMPLE_CLOCK, &four, 1, 1, 0);
  CHECK ("and only new ones", pgo_table_next_new (table, &cursor, &entry) && entry.addresses[0] == 4
                                && !pgo_table_next_new (table, &cursor, &entry));
}

/* More different chains than there is room for.  */
static void
test_full (void)
{
  struct pgo_table_totals totals;
  uint64_t n, refused = 0;
  pgo_table_clear (table);
  for (uint64_t i = 0; i < 200000; i++)
    refused += !pgo_table_add (table, PGO_SAMPLE_BRANCH, (uint64_t[]) { i, i * i }, 2, 3, 0);
  pgo_table_totals (table, &totals);
  uint64_t kept = total (PGO_SAMPLE_BRANCH, &n);
  CHECK ("a full table refuses", refused != 0);
  CHECK ("but not before it is well filled", n > 15000);
  CHECK ("what it refuses is counted", totals.overflow[PGO_SAMPLE_BRANCH] == 3 * refused);
  CHECK ("nothing is lost in between", kept + totals.overflow[PGO_SAMPLE_BRANCH] == 3 * 200000);
  struct pgo_table_entry entry;
  CHECK ("what it has still counts", pgo_table_add (table, PGO_SAMPLE_BRANCH, (uint64_t[]) { 1, 1 }, 2, 1, 0)
                                       && find (PGO_SAMPLE_BRANCH, (uint64_t[]) { 1, 1 }, 2, &entry)
                                       && entry.count == 4);
}

#define N_THREADS 4
#define N_ROUNDS 200000

static volatile sig_atomic_t n_ticks;

/* Adds to what the interrupted thread may just be adding.  */
static void
on_tick (int number)
{
  (void) number;
  n_ticks++;
  for (uint64_t i = 0; i < 8; i++)
    pgo_table_add (table, PGO_SAMPLE_RANGE, (uint64_t[]) { i, 1 }, 2, 1, 0);
}

static void *
add_many (void *seed)
{
  uint64_t x = (uint64_t) (uintptr_t) seed;
  for (int i = 0; i < N_ROUNDS; i++)
    {
      x = x * 6364136223846793005u + 1442695040888963407u;
      pgo_table_add (table, PGO_SAMPLE_CLOCK, (uint64_t[]) { x >> 55, 5, 6 }, 3, 1, 10);
      if (i % 16 == 0)
        pgo_table_add (table, PGO_SAMPLE_RANGE, (uint64_t[]) { x >> 61, 1 }, 2, 1, 0);
    }
  return NULL;
}

static void
test_threads (void)
{
  pthread_t threads[N_THREADS];
  struct sigaction action;
  struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
  struct pgo_table_totals totals;
  uint64_t n, n_ranges;
  pgo_table_clear (table);
  memset (&action, 0, sizeof action);
  action.sa_handler = on_tick;
  action.sa_flags = SA_RESTART;
  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &often, NULL);
  for (int i = 0; i < N_THREADS; i++)
    pthread_create (&threads[i], NULL, add_many, (void *) (uintptr_t) (i + 1));
  /* Reading meanwhile.  */
  bool sane = true;
  for (int i = 0; i < 50; i++)
    sane &= total (PGO_SAMPLE_CLOCK, &n) <= (uint64_t) N_THREADS * N_ROUNDS && n <= 512;
  for (int i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
  setitimer (ITIMER_REAL, &never, NULL);
  pgo_table_totals (table, &totals);
  CHECK ("a reader meanwhile sees sums that can be", sane);
  CHECK ("no addition of any thread is lost",
         total (PGO_SAMPLE_CLOCK, &n) == (uint64_t) N_THREADS * N_ROUNDS);
  CHECK ("each chain has one entry", n == 512);
  uint64_t ranges = total (PGO_SAMPLE_RANGE, &n_ranges);
  CHECK ("nor any of a signal handler",
         ranges == (uint64_t) n_ticks * 8 + (uint64_t) N_THREADS * N_ROUNDS / 16 && n_ranges == 8);
  CHECK ("totals agree", totals.added[PGO_SAMPLE_CLOCK] == (uint64_t) N_THREADS * N_ROUNDS
                           && totals.added[PGO_SAMPLE_RANGE] == ranges);
}

/* More than a region of the index holds.  */
static void
test_one_leaf (void)
{
  struct pgo_table_entry entry;
  bool all = true;
  for (uint64_t i = 1; i <= 3000; i++)
    pgo_table_add (table, PGO_SAMPLE_CLOCK, (const uint64_t[]) { 0x4000, i }, 2, i, 0);
  for (uint64_t i = 1; i <= 3000; i++)
    all &= find (PGO_SAMPLE_CLOCK, (const uint64_t[]) { 0x4000, i }, 2, &entry) && entry.count == i;
  CHECK ("many callers of one leaf", all);
  pgo_table_free (table);
}

int
main (void)
{
  table = pgo_table_new (1 << 20);
  REQUIRE ("a table", table != NULL);
  test_one_thread ();
  test_full ();
  test_threads ();
  pgo_table_free (table);
  table = pgo_table_new (1 << 20);
  test_one_leaf ();
  table = pgo_table_new (0);
  CHECK ("the smallest table takes something",
         table != NULL && pgo_table_add (table, PGO_SAMPLE_CLOCK, (uint64_t[]) { 1 }, 1, 1, 1));
  pgo_table_free (table);
  return unit_done ();
}
