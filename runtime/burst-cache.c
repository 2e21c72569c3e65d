/* The code cache.  Layout of an area: trampolines, places for first pieces, blocks.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-cache.h"

#include "runtime/burst-area.h"
#include "runtime/burst-dispatch.h"
#include "runtime/raw.h"

#include <string.h>

#define TRAMPOLINE_BYTES 32u
#define TRAMPOLINES_BYTES 4096u
/* Blocks are entered at any address; lines of the instruction cache begin at multiples of this.  */
#define BLOCK_ALIGN 16u
/* Room left at which the cache counts as full: as much as bursts may still add until it is emptied.  */
#define RESERVE_BYTES (256u << 10)
#define RESERVE_BLOCKS 512u
#define PLACES_PER_BLOCK 16u

struct block
{
  uint64_t pc;
  uint64_t code;                /* First byte; the entry is somewhat behind.  */
  uint32_t code_size;
  uint32_t first_place;
  uint8_t n_places;
};

/* A first piece, for pgo_cache_locate.  Written by the thread that runs it only.  */
struct start
{
  uint64_t pc, code;
  uint32_t code_size;
  uint8_t n_places;
  struct pgo_place places[PGO_BLOCK_PLACES];
};

static struct
{
  struct pgo_area areas[PGO_MAX_AREAS];
  struct pgo_trampolines trampolines[PGO_MAX_AREAS];
  uint32_t used[PGO_MAX_AREAS]; /* Bytes.  */
  uint32_t n_areas;
  uint32_t n_starts;
  struct pgo_burst_slot *slots;
  struct block *blocks;
  struct pgo_cache_exit *exits;
  struct pgo_place *places;
  struct start *starts;
  uint32_t n_blocks, n_exits, n_places, max_places, max_blocks;
  uint64_t empties;
  bool full, wants_area, dual;
  bool has_far;                 /* Of the slots in use one may be beyond the near probes.  */
  char lock;
} the;

static void
put_trampoline (uint8_t *out, void (*entry) (void))
{
  static const uint8_t save[] = { 0x64, 0x48, 0x89, 0x14, 0x25 }, set[] = { 0x48, 0xc7, 0xc2 };
  static const uint8_t jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
  int32_t tls = (int32_t) pgo_burst_tls_offset (), field = tls + PGO_T_RDX;
  uint64_t address = (uintptr_t) entry;
  memcpy (out, save, 5);        /* mov %rdx, S.rdx  */
  memcpy (out + 5, &field, 4);
  memcpy (out + 9, set, 3);     /* mov $TLS, %rdx  */
  memcpy (out + 12, &tls, 4);
  memcpy (out + 16, jump, 6);   /* jmp *0(%rip)  */
  memcpy (out + 22, &address, 8);
}

static void
set_up_area (unsigned index)
{
  struct pgo_area *area = &the.areas[index];
  struct pgo_trampolines *t = &the.trampolines[index];
  static void (*const entries[]) (void) = {
    pgo_burst_indirect, pgo_burst_link, pgo_burst_changed, pgo_burst_stop, pgo_burst_go, pgo_burst_quit
  };
  uint64_t *const fields[] = { &t->indirect, &t->link, &t->changed, &t->stop, &t->go, &t->quit };
  for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++)
    {
      put_trampoline (area->memory + i * TRAMPOLINE_BYTES, entries[i]);
      *fields[i] = area->address + i * TRAMPOLINE_BYTES;
    }
  the.used[index] = TRAMPOLINES_BYTES + the.n_starts * PGO_START_ROOM;
}

/* Make areas until every executable mapping is in reach of one, or no more can be had: a reason if there is
   none at all.  */
static const char *
make_areas (void)
{
  const char *reason = "no memory near the program's code";
  while (the.n_areas < PGO_MAX_AREAS)
    {
      struct pgo_area *area = &the.areas[the.n_areas];
      int made = pgo_area_make (the.areas, the.n_areas, PGO_AREA_BYTES, the.dual, area, &reason);
      if (made <= 0)
        break;
      the.dual |= area->memory != (uint8_t *) (uintptr_t) area->address;
      set_up_area (the.n_areas);
      __atomic_store_n (&the.n_areas, the.n_areas + 1, __ATOMIC_RELEASE);
    }
  return the.n_areas ? NULL : reason;
}

const char *
pgo_cache_open (unsigned n_starts, bool dual, uint32_t max_blocks)
{
  if (the.slots == NULL)
    {
      the.max_places = PGO_MAX_BLOCKS * PLACES_PER_BLOCK;
      the.blocks = pgo_raw_map (PGO_MAX_BLOCKS * sizeof *the.blocks);
      the.exits = pgo_raw_map (PGO_MAX_EXITS * sizeof *the.exits);
      the.places = pgo_raw_map (the.max_places * sizeof *the.places);
      the.starts = pgo_raw_map (n_starts * sizeof *the.starts);
      the.n_starts = n_starts;
      /* Last: a child of a fork that comes in between begins anew.  */
      the.slots = pgo_raw_map ((PGO_BURST_SLOTS + PGO_NEAR_PROBES) * sizeof *the.slots);
      if (!the.slots || !the.blocks || !the.exits || !the.places || !the.starts)
        {
          pgo_raw_unmap (the.slots, (PGO_BURST_SLOTS + PGO_NEAR_PROBES) * sizeof *the.slots);
          pgo_raw_unmap (the.blocks, PGO_MAX_BLOCKS * sizeof *the.blocks);
          pgo_raw_unmap (the.exits, PGO_MAX_EXITS * sizeof *the.exits);
          pgo_raw_unmap (the.places, the.max_places * sizeof *the.places);
          pgo_raw_unmap (the.starts, n_starts * sizeof *the.starts);
          the.slots = NULL;
          return "no memory for the code cache's tables";
        }
    }
  if (the.n_areas == 0)
    the.dual = dual;
  the.max_blocks = max_blocks && max_blocks < PGO_MAX_BLOCKS ? max_blocks : PGO_MAX_BLOCKS;
  return make_areas ();
}

void
pgo_cache_extend (void)
{
  the.wants_area = false;
  make_areas ();
}

/* Probe I for PC: first upwards from the place of its address, where a small program leaves the table's other pages alone; where
   code of other addresses lies as dense there, as in large ones, anywhere.  */
PGO_GENERAL_REGS
static struct pgo_burst_slot *
probe_slot (uint64_t pc, unsigned i)
{
  if (i < PGO_NEAR_PROBES)
    return &the.slots[(pc >> PGO_BURST_SLOT_SHIFT & (PGO_BURST_SLOTS - 1)) + i];
  uint64_t hash = pc * 0x9e3779b97f4a7c15u;
  return &the.slots[((hash >> 48) + i * (hash >> 32 | 1)) & (PGO_BURST_SLOTS - 1)];
}

void
pgo_cache_empty (void)
{
  /* Slots that blocks may be in, and no others: most pages of a small program's table were never touched.  */
  if (the.has_far)
    memset (the.slots, 0, (PGO_BURST_SLOTS + PGO_NEAR_PROBES) * sizeof *the.slots);
  else
    for (uint32_t i = 0; i < the.n_blocks; i++)
      memset (probe_slot (the.blocks[i].pc, 0), 0, PGO_NEAR_PROBES * sizeof *the.slots);
  the.has_far = false;
  memset (the.exits, 0, the.n_exits * sizeof *the.exits);
  the.n_blocks = the.n_exits = the.n_places = 0;
  for (unsigned i = 0; i < the.n_areas; i++)
    the.used[i] = TRAMPOLINES_BYTES + the.n_starts * PGO_START_ROOM;
  the.full = false;
  the.empties++;
}

void
pgo_cache_forget (void)
{
  the.lock = 0;
  if (the.slots == NULL)
    return;
  for (unsigned i = 0; i < the.n_areas; i++)
    if (the.areas[i].memory != (uint8_t *) (uintptr_t) the.areas[i].address)
      {
        /* Shared mappings, which the child didn't get.  */
        the.n_areas = 0;
        break;
      }
  pgo_cache_empty ();
}

bool
pgo_cache_full (void)
{
  return __atomic_load_n (&the.full, __ATOMIC_RELAXED);
}

bool
pgo_cache_wants_area (void)
{
  return __atomic_load_n (&the.wants_area, __ATOMIC_RELAXED);
}

void
pgo_cache_totals (struct pgo_cache_totals *totals)
{
  *totals = (struct pgo_cache_totals) {
    .blocks = the.n_blocks, .exits = the.n_exits, .areas = the.n_areas, .empties = the.empties, .dual = the.dual
  };
  for (unsigned i = 0; i < the.n_areas; i++)
    totals->code_bytes += the.used[i];
}

bool
pgo_cache_try_lock (void)
{
  return !__atomic_test_and_set (&the.lock, __ATOMIC_ACQUIRE);
}

void
pgo_cache_unlock (void)
{
  __atomic_clear (&the.lock, __ATOMIC_RELEASE);
}

struct pgo_burst_slot *
pgo_cache_slots (void)
{
  return the.slots;
}

/* The slot for PC, or the first free one of its probes, or NULL.  */
PGO_GENERAL_REGS
static struct pgo_burst_slot *
find_slot (uint64_t pc)
{
  /* A page that is read before it is written to faults twice.  */
  __atomic_fetch_or (&probe_slot (pc, 0)->minus_pc, 0, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < PGO_NEAR_PROBES + PGO_FAR_PROBES; i++)
    {
      struct pgo_burst_slot *slot = probe_slot (pc, i);
      uint64_t minus = __atomic_load_n (&slot->minus_pc, __ATOMIC_ACQUIRE);
      if (minus == 0 || minus == -pc)
        return slot;
    }
  return NULL;
}

PGO_GENERAL_REGS
uint64_t
pgo_cache_find (uint64_t pc)
{
  const struct pgo_burst_slot *slot = find_slot (pc);
  return slot && slot->minus_pc == -pc ? __atomic_load_n (&slot->code, __ATOMIC_RELAXED) : 0;
}

/* The area that reaches PC, or -1.  */
static int
area_for (uint64_t pc)
{
  uint32_t n = __atomic_load_n (&the.n_areas, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    if (pgo_area_reaches (&the.areas[i], pc))
      return (int) i;
  __atomic_store_n (&the.wants_area, true, __ATOMIC_RELAXED);
  return -1;
}

static bool
translate (struct pgo_translate_request *request, unsigned area, uint64_t pc, const struct pgo_object *object,
           uint32_t at, struct pgo_translation *translation, enum pgo_refusal *refusal)
{
  uint64_t end = pgo_object_code_end (object, pc);
  uint8_t bytes[PGO_BLOCK_LOOK];
  *refusal = PGO_REFUSAL_NONE;
  if (end == 0)
    return false;
  size_t size = end - pc < sizeof bytes ? end - pc : sizeof bytes;
  request->pc = pc;
  request->bytes = bytes;
  request->size = size - pgo_burst_read (bytes, (const void *) (uintptr_t) pc, size);
  request->object = object;
  request->tls = (int32_t) pgo_burst_tls_offset ();
  request->trampolines = &the.trampolines[area];
  request->out = the.areas[area].memory + at;
  request->out_pc = the.areas[area].address + at;
  bool made = pgo_translate (request, translation);
  *refusal = translation->refusal;
  return made;
}

uint64_t
pgo_cache_add (uint64_t pc, const struct pgo_object *object, enum pgo_refusal *refusal)
{
  *refusal = PGO_REFUSAL_NONE;
  int area = area_for (pc);
  struct pgo_burst_slot *slot = find_slot (pc);
  if (area < 0)
    return 0;
  uint32_t at = the.used[area];
  if (slot == NULL || the.n_blocks >= the.max_blocks || the.n_exits + PGO_BLOCK_EXITS > PGO_MAX_EXITS
      || the.n_places + PGO_BLOCK_PLACES > the.max_places || at + PGO_BLOCK_ROOM > the.areas[area].size)
    {
      __atomic_store_n (&the.full, true, __ATOMIC_RELAXED);
      return 0;
    }
  struct pgo_translate_request request = { .block_id = the.n_blocks, .first_exit_id = the.n_exits };
  struct pgo_translation translation;
  if (!translate (&request, (unsigned) area, pc, object, at, &translation, refusal))
    return 0;

  for (unsigned i = 0; i < translation.n_exits; i++)
    {
      const struct pgo_exit *exit = &translation.exits[i];
      struct pgo_cache_exit *out = &the.exits[the.n_exits + i];
      out->start = pc;
      out->from = exit->from;
      out->to = exit->to;
      out->link = exit->link;
      out->kind = exit->kind;
      out->insns = exit->insns;
      out->blocks = exit->blocks;
    }
  memcpy (the.places + the.n_places, translation.places, translation.n_places * sizeof *the.places);
  the.blocks[the.n_blocks] = (struct block) {
    .pc = pc, .code = request.out_pc, .code_size = translation.code_size, .first_place = the.n_places,
    .n_places = translation.n_places
  };
  the.n_places += translation.n_places;
  the.n_exits += translation.n_exits;
  __atomic_store_n (&the.n_blocks, the.n_blocks + 1, __ATOMIC_RELEASE);
  the.used[area] = (at + translation.code_size + BLOCK_ALIGN - 1) & ~(BLOCK_ALIGN - 1);
  if (the.used[area] + RESERVE_BYTES > the.areas[area].size || the.n_blocks + RESERVE_BLOCKS > the.max_blocks)
    __atomic_store_n (&the.full, true, __ATOMIC_RELAXED);

  uint64_t entry = request.out_pc + translation.entry;
  the.has_far |= slot - probe_slot (pc, 0) >= PGO_NEAR_PROBES || slot < probe_slot (pc, 0);
  __atomic_store_n (&slot->code, entry, __ATOMIC_RELAXED);
  __atomic_store_n (&slot->minus_pc, -pc, __ATOMIC_RELEASE);
  return entry;
}

uint64_t
pgo_cache_add_start (unsigned start, uint64_t pc, const struct pgo_object *object, enum pgo_refusal *refusal)
{
  *refusal = PGO_REFUSAL_NONE;
  int area = area_for (pc);
  if (area < 0 || start >= the.n_starts)
    return 0;
  /* Without check and log, and with two exits at most, it is far smaller than a block.  */
  struct pgo_translate_request request = { .start = true };
  struct pgo_translation translation;
  uint32_t at = TRAMPOLINES_BYTES + start * PGO_START_ROOM;
  struct start *record = &the.starts[start];
  record->code = 0;
  if (!translate (&request, (unsigned) area, pc, object, at, &translation, refusal))
    return 0;
  record->pc = pc;
  record->code = request.out_pc;
  record->code_size = translation.code_size;
  record->n_places = translation.n_places;
  memcpy (record->places, translation.places, translation.n_places * sizeof *translation.places);
  return request.out_pc + translation.entry;
}

uint64_t
pgo_cache_block_pc (uint32_t id)
{
  return id < the.n_blocks ? the.blocks[id].pc : 0;
}

uint64_t
pgo_cache_successor (uint32_t id)
{
  const struct block *block = &the.blocks[id];
  uint64_t code = pgo_cache_find (block->pc);
  return code - block->code < block->code_size ? 0 : code;
}

PGO_GENERAL_REGS
struct pgo_cache_exit *
pgo_cache_exit (uint32_t id)
{
  return id < the.n_exits ? &the.exits[id] : NULL;
}

uint32_t
pgo_cache_n_exits (void)
{
  return the.n_exits;
}

PGO_GENERAL_REGS
void
pgo_cache_link (uint32_t id, uint64_t code)
{
  uint64_t link = the.exits[id].link;
  int64_t distance = (int64_t) (code - (link + 4));
  if (link == 0 || distance != (int32_t) distance)
    return;
  uint32_t n = __atomic_load_n (&the.n_areas, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    if (link - the.areas[i].address < the.areas[i].size)
      {
        int32_t *displacement = (int32_t *) (void *) (the.areas[i].memory + (link - the.areas[i].address));
        __atomic_store_n (displacement, (int32_t) distance, __ATOMIC_RELAXED);
      }
}

static int
area_holding (uint64_t code)
{
  uint32_t n = __atomic_load_n (&the.n_areas, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    if (code - the.areas[i].address < the.areas[i].size)
      return (int) i;
  return -1;
}

bool
pgo_cache_holds (uint64_t code)
{
  return area_holding (code) >= 0;
}

/* The places of the block or first piece that holds CODE: their number, and *PC and *START, the program's address and that of
   the code; or 0.  Linear in the number of blocks: faults in bursts are rare.  */
static unsigned
places_around (uint64_t code, uint64_t *pc, uint64_t *start, const struct pgo_place **places)
{
  for (uint32_t i = 0; i < the.n_starts; i++)
    if (the.starts[i].code && code - the.starts[i].code < the.starts[i].code_size)
      {
        *pc = the.starts[i].pc;
        *start = the.starts[i].code;
        *places = the.starts[i].places;
        return the.starts[i].n_places;
      }
  uint32_t n = __atomic_load_n (&the.n_blocks, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    if (code - the.blocks[i].code < the.blocks[i].code_size)
      {
        *pc = the.blocks[i].pc;
        *start = the.blocks[i].code;
        *places = the.places + the.blocks[i].first_place;
        return the.blocks[i].n_places;
      }
  return 0;
}

bool
pgo_cache_locate (uint64_t code, uint64_t *pc, enum pgo_place_state *state)
{
  uint64_t block, start;
  const struct pgo_place *places;
  unsigned n = places_around (code, &block, &start, &places);
  for (unsigned i = 0; i < n; i++)
    if (places[i].code_at == code - start)
      {
        *pc = block + places[i].at;
        *state = places[i].state;
        return true;
      }
  return false;
}

uint64_t
pgo_cache_original (uint64_t code)
{
  uint64_t block, start;
  const struct pgo_place *places;
  if (!pgo_cache_holds (code))
    return 0;
  unsigned n = places_around (code, &block, &start, &places);
  if (n == 0)
    return 0;
  for (unsigned i = 0; i < n; i++)
    if (places[i].code_at == code - start)
      return block + places[i].at;
  return block;
}

#endif
