/* The sample table: see sample-table.h.

   An index of 32-bit slots, found by hash and probing, names entries in an arena of 64-bit words that only grows:

       head: hash (32 bits) | epoch (21) | n (8) | kind (2) | 1
       count
       time
       address 0 ... address n-1

   A chain is looked for first in a region of the index that it shares with the chains whose leaves are near its own, then
   anywhere, each time in another region, for whole regions may be full.  So what was executed fills few pages of the index, of
   which each is a fault to the process; and what is too much for a region (many chains of one leaf) still finds room.

   To add a chain that isn't there: take words from the arena, write the entry, its head last, and swap its
   place into the empty slot.  Who loses that race to an equal chain adds to the winner's; the loser's
   entry stays in the arena with count 0.  So nobody waits, whatever interrupts whom.  The winner then notes
   the place in a list, by which the table is read: the slots are too many to look through.

   SPDX-License-Identifier: MIT  */
#include "runtime/sample-table.h"
#include "runtime/raw.h"

#include <string.h>
#include <sys/mman.h>

/* Slots looked at before the table counts as full: at three quarters full, a chain of 128 occupied slots is
   rarer than one in ten million (Knuth, TAOCP 3, 6.4).  */
#define MAX_PROBES 128u
/* Slots of the region looked at before that, a line of the caches; slots of a region, a page; and bytes of code, as a power of 2, that share one: all
   executed, they make some 550 ranges and branches.  */
#define NEAR_PROBES 16u
#define REGION_SLOTS 1024u
#define REGION_SHIFT 13
/* Words of an entry without its addresses.  */
#define HEAD_WORDS 3u
/* An entry of one address takes 4 words, a place in the list and, at most three quarters of the slots being
   used, 1.33 slots of 4 bytes.  */
#define BYTES_PER_ENTRY 42u
#define EPOCH_BITS 21
#define MAX_EPOCH ((1u << EPOCH_BITS) - 1)

struct pgo_table
{
  uint32_t *slots;              /* Place of an entry in the arena + 1; 0: empty.  */
  uint32_t *list;               /* The same of each entry, in the order of their making; MAX_ENTRIES.  */
  uint64_t *words;
  size_t size_bytes;            /* Of this whole mapping.  */
  uint32_t n_slots;             /* A power of two.  */
  uint32_t n_words;
  uint32_t max_entries;
  uint32_t epoch;
  _Alignas (64) uint32_t used_words;
  uint32_t n_entries;           /* Made, with those that lost a race.  */
  uint32_t n_listed;
  uint64_t added[PGO_N_SAMPLE_KINDS];
  uint64_t records[PGO_N_SAMPLE_KINDS];
  uint64_t lost[PGO_N_SAMPLE_KINDS];
  uint64_t overflow[PGO_N_SAMPLE_KINDS];
};

static size_t
round_up (size_t n, size_t to)
{
  return (n + to - 1) / to * to;
}

struct pgo_table *
pgo_table_new (size_t size_bytes)
{
  uint32_t n_slots = 1024;
  while (n_slots < (1u << 28) && (size_t) n_slots * 2 <= size_bytes / BYTES_PER_ENTRY * 4 / 3)
    n_slots *= 2;
  size_t head = round_up (sizeof (struct pgo_table), 4096);
  uint32_t max_entries = n_slots / 4 * 3;
  size_t slots = round_up (n_slots * sizeof (uint32_t), 4096);
  size_t list = round_up (max_entries * sizeof (uint32_t), 4096);
  size_t minimum = head + slots + list + 4096;
  size_bytes = round_up (size_bytes < minimum ? minimum : size_bytes, 4096);
  size_t n_words = (size_bytes - head - slots - list) / sizeof (uint64_t);
  /* Places are 32 bits.  */
  if (n_words > UINT32_MAX - 256)
    n_words = UINT32_MAX - 256;

  char *memory = pgo_raw_map (size_bytes);
  if (memory == NULL)
    return NULL;
  struct pgo_table *table = (struct pgo_table *) memory;
  table->slots = (uint32_t *) (memory + head);
  table->list = (uint32_t *) (memory + head + slots);
  table->words = (uint64_t *) (memory + head + slots + list);
  table->size_bytes = size_bytes;
  table->n_slots = n_slots;
  table->n_words = (uint32_t) n_words;
  table->max_entries = max_entries;
  return table;
}

void
pgo_table_free (struct pgo_table *table)
{
  if (table != NULL)
    pgo_raw_unmap (table, table->size_bytes);
}

void
pgo_table_clear (struct pgo_table *table)
{
  size_t size = table->size_bytes - (size_t) ((char *) table->slots - (char *) table);
  /* Private anonymous pages come back zeroed.  The head stays as it is: a late signal may yet look at it.  */
  if (pgo_raw_failed (pgo_syscall (SYS_madvise, table->slots, size, MADV_DONTNEED)))
    memset (table->slots, 0, size);
  table->used_words = table->n_entries = table->n_listed = table->epoch = 0;
  memset (table->added, 0, sizeof table->added);
  memset (table->records, 0, sizeof table->records);
  memset (table->lost, 0, sizeof table->lost);
  memset (table->overflow, 0, sizeof table->overflow);
}

static inline uint64_t
load (const uint64_t *word)
{
  return __atomic_load_n (word, __ATOMIC_RELAXED);
}

static inline void
add (uint64_t *word, uint64_t n)
{
  if (n != 0)
    __atomic_fetch_add (word, n, __ATOMIC_RELAXED);
}

static uint32_t
hash_of (uint32_t kind_and_epoch, const uint64_t *addresses, unsigned n)
{
  uint64_t hash = kind_and_epoch * 0x9e3779b97f4a7c15u + n;
  for (unsigned i = 0; i < n; i++)
    {
      hash ^= addresses[i];
      hash *= 0xff51afd7ed558ccdu;
      hash ^= hash >> 32;
    }
  return (uint32_t) (hash ^ hash >> 29);
}

/* The words of the entry in SLOT if it is the chain of HEAD and ADDRESSES, else NULL.  */
static uint64_t *
entry_matches (struct pgo_table *table, uint32_t slot, uint64_t head, const uint64_t *addresses, unsigned n)
{
  uint64_t *entry = table->words + (slot - 1);
  if (load (entry) != head)
    return NULL;
  for (unsigned i = 0; i < n; i++)
    if (load (entry + HEAD_WORDS + i) != addresses[i])
      return NULL;
  return entry;
}

/* A new, unpublished entry: its place + 1; 0 if the arena is full.  */
static uint32_t
new_entry (struct pgo_table *table, uint64_t head, const uint64_t *addresses, unsigned n)
{
  uint32_t size = HEAD_WORDS + n;
  uint32_t place = __atomic_load_n (&table->used_words, __ATOMIC_RELAXED);
  if (__atomic_load_n (&table->n_entries, __ATOMIC_RELAXED) >= table->max_entries)
    return 0;
  do
    if (size > table->n_words - place)
      return 0;
  while (!__atomic_compare_exchange_n (&table->used_words, &place, place + size, true, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED));
  uint64_t *entry = table->words + place;
  for (unsigned i = 0; i < n; i++)
    entry[HEAD_WORDS + i] = addresses[i];
  __atomic_store_n (entry, head, __ATOMIC_RELEASE);
  __atomic_fetch_add (&table->n_entries, 1, __ATOMIC_RELAXED);
  return place + 1;
}

static void
list_entry (struct pgo_table *table, uint32_t place)
{
  uint32_t index = __atomic_fetch_add (&table->n_listed, 1, __ATOMIC_RELAXED);
  /* Threads that look at n_entries at once may exceed it by some.  */
  if (index < table->max_entries)
    __atomic_store_n (&table->list[index], place, __ATOMIC_RELEASE);
}

bool
pgo_table_add (struct pgo_table *table, enum pgo_sample_kind kind, const uint64_t *addresses, unsigned n,
               uint64_t count, uint64_t time_ns)
{
  if (n > PGO_TABLE_DEPTH)
    n = PGO_TABLE_DEPTH;
  uint32_t epoch = __atomic_load_n (&table->epoch, __ATOMIC_RELAXED);
  uint32_t hash = hash_of ((uint32_t) kind | epoch << 2, addresses, n);
  uint64_t head
    = (uint64_t) hash << 32 | (uint64_t) epoch << 11 | (uint64_t) n << 3 | (uint64_t) kind << 1 | 1;
  uint32_t mine = 0;
  uint32_t mask = table->n_slots - 1;
  uint32_t region = n == 0 ? 0 : (uint32_t) ((addresses[0] >> REGION_SHIFT) * 0x9e3779b97f4a7c15u >> 32);
  uint32_t near = region * REGION_SLOTS + hash % REGION_SLOTS;
  for (uint32_t probe = 0; probe < NEAR_PROBES + MAX_PROBES; probe++)
    {
      uint32_t at = probe < NEAR_PROBES ? near + probe : hash + (probe - NEAR_PROBES) * (REGION_SLOTS + 1);
      uint32_t *slot = &table->slots[at & mask];
      uint32_t place = __atomic_load_n (slot, __ATOMIC_ACQUIRE);
      if (place == 0)
        {
          if (mine == 0 && (mine = new_entry (table, head, addresses, n)) == 0)
            break;
          if (__atomic_compare_exchange_n (slot, &place, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            {
              place = mine;
              list_entry (table, mine);
            }
        }
      uint64_t *entry = entry_matches (table, place, head, addresses, n);
      if (entry != NULL)
        {
          add (entry + 1, count);
          add (entry + 2, time_ns);
          add (&table->added[kind], count);
          return true;
        }
    }
  add (&table->overflow[kind], count);
  return false;
}

void
pgo_table_add_lost (struct pgo_table *table, enum pgo_sample_kind kind, uint64_t count)
{
  add (&table->lost[kind], count);
}

void
pgo_table_add_records (struct pgo_table *table, enum pgo_sample_kind kind, uint64_t count)
{
  add (&table->records[kind], count);
}

void
pgo_table_totals (const struct pgo_table *table, struct pgo_table_totals *totals)
{
  for (int kind = 0; kind < PGO_N_SAMPLE_KINDS; kind++)
    {
      totals->added[kind] = load (&table->added[kind]);
      totals->records[kind] = load (&table->records[kind]);
      totals->lost[kind] = load (&table->lost[kind]);
      totals->overflow[kind] = load (&table->overflow[kind]);
    }
}

void
pgo_table_set_epoch (struct pgo_table *table, unsigned epoch)
{
  __atomic_store_n (&table->epoch, epoch < MAX_EPOCH ? epoch : MAX_EPOCH, __ATOMIC_RELAXED);
}

/* Entry number INDEX of the list.  1, or 0 if it is just being noted, or -1 if there are no more.  */
static int
read_entry (const struct pgo_table *table, size_t index, struct pgo_table_entry *entry)
{
  if (index >= table->max_entries || index >= __atomic_load_n (&table->n_listed, __ATOMIC_ACQUIRE))
    return -1;
  uint32_t place = __atomic_load_n (&table->list[index], __ATOMIC_ACQUIRE);
  if (place == 0)
    return 0;
  const uint64_t *words = table->words + (place - 1);
  uint64_t head = load (words);
  entry->kind = (enum pgo_sample_kind) (head >> 1 & 3);
  entry->n = (unsigned) (head >> 3 & 0xff);
  entry->epoch = (unsigned) (head >> 11 & MAX_EPOCH);
  entry->addresses = words + HEAD_WORDS;
  entry->count = load (words + 1);
  entry->time_ns = load (words + 2);
  return 1;
}

bool
pgo_table_next (const struct pgo_table *table, size_t *cursor, struct pgo_table_entry *entry)
{
  int found;
  while ((found = read_entry (table, *cursor, entry)) == 0)
    ++*cursor;
  ++*cursor;
  return found > 0;
}

bool
pgo_table_next_new (const struct pgo_table *table, size_t *cursor, struct pgo_table_entry *entry)
{
  if (read_entry (table, *cursor, entry) <= 0)
    return false;
  ++*cursor;
  return true;
}
