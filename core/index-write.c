/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/index.h"
#include "core/alloc.h"
#include "core/atomic-file.h"
#include "core/profile-xml.h"
#include "core/sha256.h"
#include "core/source.h"

#include <string.h>

struct bytes
{
  unsigned char *data;
  size_t used, room;
};

/* Where a string of the flattened profile is in the strings.  Strings are interned, so their addresses are
   keys; only finding depends on them.  */
struct string_offset
{
  const char *text;
  uint64_t offset;
};

struct writer
{
  struct bytes info, table, trees, strings;
  struct string_offset *offsets; /* Open addressing.  */
  size_t n_offsets, n_slots;     /* A power of two.  */
};

static void
put (struct bytes *b, const void *data, size_t n)
{
  if (b->room - b->used < n)
    {
      b->room = (b->room + n) * 2;
      b->data = pgo_realloc_array (b->data, b->room, 1);
    }
  if (n)
    memcpy (b->data + b->used, data, n);
  b->used += n;
}

static void
store_number (unsigned char *at, uint64_t value, unsigned n_bytes)
{
  for (unsigned i = 0; i < n_bytes; i++)
    at[i] = (unsigned char) (value >> 8 * i);
}

static void
put_number (struct bytes *b, uint64_t value, unsigned n_bytes)
{
  unsigned char data[8];
  store_number (data, value, n_bytes);
  put (b, data, n_bytes);
}

static void
put_varint (struct bytes *b, uint64_t value)
{
  unsigned char data[10];
  unsigned n = 0;
  for (; value >= 0x80; value >>= 7)
    data[n++] = (unsigned char) (value | 0x80);
  data[n++] = (unsigned char) value;
  put (b, data, n);
}

static void
put_signed (struct bytes *b, int64_t value)
{
  put_varint (b, (uint64_t) value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void
put_text (struct bytes *b, const char *text)
{
  size_t n = strlen (text);
  put_varint (b, n);
  put (b, text, n);
}

static uint64_t
check_word (uint64_t check, uint64_t word)
{
  check = (check ^ word) * INDEX_CHECK_PRIME;
  return check ^ check >> 32;
}

uint64_t
pgo_index_check (uint64_t check, const void *bytes, size_t n)
{
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n; i += 8)
    {
      uint64_t word = 0;
      unsigned n_word = n - i < 8 ? (unsigned) (n - i) : 8;
      if (n_word == 8)
        word = (uint64_t) p[i] | (uint64_t) p[i + 1] << 8 | (uint64_t) p[i + 2] << 16
               | (uint64_t) p[i + 3] << 24 | (uint64_t) p[i + 4] << 32 | (uint64_t) p[i + 5] << 40
               | (uint64_t) p[i + 6] << 48 | (uint64_t) p[i + 7] << 56;
      else
        for (unsigned j = 0; j < n_word; j++)
          word |= (uint64_t) p[i + j] << 8 * j;
      check = check_word (check, word);
    }
  return check_word (check, n);
}

static struct string_offset *
find_slot (struct string_offset *slots, size_t n_slots, const char *text)
{
  /* Multiplicative hashing (Knuth, TAOCP 6.4): 2^64 divided by the golden ratio.  */
  size_t at = ((uint64_t) (uintptr_t) text * UINT64_C (0x9e3779b97f4a7c15) >> 20) & (n_slots - 1);
  while (slots[at].text && slots[at].text != text)
    at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

/* Offset of an interned string in the strings, where it is put at its first use.  */
static uint64_t
string_offset (struct writer *w, const char *text)
{
  if (w->n_offsets >= w->n_slots / 2)
    {
      size_t n_slots = w->n_slots ? w->n_slots * 2 : 1024;
      struct string_offset *slots = pgo_alloc_array (n_slots, sizeof *slots);
      for (size_t i = 0; i < w->n_slots; i++)
        if (w->offsets[i].text)
          *find_slot (slots, n_slots, w->offsets[i].text) = w->offsets[i];
      pgo_free (w->offsets);
      w->offsets = slots;
      w->n_slots = n_slots;
    }
  struct string_offset *slot = find_slot (w->offsets, w->n_slots, text);
  if (!slot->text)
    {
      slot->text = text;
      slot->offset = w->strings.used;
      w->n_offsets++;
      put (&w->strings, text, strlen (text) + 1);
    }
  return slot->offset;
}

static void
put_reference (struct writer *w, const char *text)
{
  put_varint (&w->trees, text ? string_offset (w, text) + 1 : 0);
}

/* *LINE is that of the location before.  */
static void
put_location (struct writer *w, struct pgo_location at, int32_t *line)
{
  put_signed (&w->trees, (int64_t) at.line - *line);
  put_varint (&w->trees, at.column);
  put_varint (&w->trees, at.discriminator);
  *line = at.line;
}

static void
put_weight (struct writer *w, uint64_t weight, uint64_t samples)
{
  put_varint (&w->trees, weight);
  put_varint (&w->trees, weight ^ samples);
}

static void
put_place (struct writer *w, const struct pgo_place *place)
{
  int32_t line = 0;
  put_varint (&w->trees, place->n_steps);
  for (uint32_t i = 0; i < place->n_steps; i++)
    {
      put_location (w, place->steps[i].at, &line);
      put_reference (w, place->steps[i].callee);
      put_reference (w, place->steps[i].callee_file);
    }
  line = 0;
  put_location (w, place->at, &line);
}

static void
put_instance (struct writer *w, const struct pgo_instance *instance)
{
  struct bytes *trees = &w->trees;
  put_number (trees, instance->kind + 4u * instance->keys, 1);
  if (instance->keys == PGO_KEYS_MARK)
    put_number (trees, instance->checksum, 8);
  put_weight (w, instance->head, instance->head_samples);
  put_varint (trees, instance->size_bytes);
  put_varint (trees, instance->rank);

  int32_t line = 0;
  put_varint (trees, instance->n_lines);
  for (uint32_t i = 0; i < instance->n_lines; i++)
    {
      put_location (w, instance->lines[i].at, &line);
      put_weight (w, instance->lines[i].weight, instance->lines[i].samples);
    }
  line = 0;
  put_varint (trees, instance->n_calls);
  for (uint32_t i = 0; i < instance->n_calls; i++)
    {
      const struct pgo_call *call = &instance->calls[i];
      put_location (w, call->at, &line);
      put_reference (w, call->callee);
      put_reference (w, call->callee_file);
      put_weight (w, call->weight, call->samples);
    }
  put_varint (trees, instance->n_branches);
  for (uint32_t i = 0; i < instance->n_branches; i++)
    {
      const struct pgo_branch *branch = &instance->branches[i];
      put_place (w, &branch->from);
      put_place (w, &branch->to);
      put_weight (w, branch->weight, branch->samples);
    }
  line = 0;
  put_varint (trees, instance->n_inlined);
  for (uint32_t i = 0; i < instance->n_inlined; i++)
    {
      put_location (w, instance->inlined[i]->at, &line);
      put_reference (w, instance->inlined[i]->name);
      put_reference (w, instance->inlined[i]->file);
      put_instance (w, instance->inlined[i]);
    }
}

static void
put_function (struct writer *w, const struct pgo_instance *function)
{
  uint64_t name = string_offset (w, function->name);
  uint64_t file = function->file ? string_offset (w, function->file) : INDEX_NO_STRING;
  size_t tree = w->trees.used;
  put_instance (w, function);

  unsigned char entry[INDEX_ENTRY_BYTES];
  store_number (entry + INDEX_ENTRY_NAME, name, 8);
  store_number (entry + INDEX_ENTRY_FILE, file, 8);
  store_number (entry + INDEX_ENTRY_TREE, tree, 8);
  store_number (entry + INDEX_ENTRY_TREE_SIZE, w->trees.used - tree, 8);
  store_number (entry + INDEX_ENTRY_TOTAL, function->total, 8);
  uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, entry, INDEX_ENTRY_CHECK);
  check = pgo_index_check (check, function->name, strlen (function->name));
  if (function->file)
    check = pgo_index_check (check, function->file, strlen (function->file));
  check = pgo_index_check (check, w->trees.data + tree, w->trees.used - tree);
  store_number (entry + INDEX_ENTRY_CHECK, check, 8);
  put (&w->table, entry, sizeof entry);
}

static void
put_info (struct bytes *info, const struct pgo_profile *profile)
{
  put_varint (info, pgo_profile_kind (profile));
  put_varint (info, profile->n_origins);
  for (uint32_t i = 0; i < profile->n_origins; i++)
    {
      const struct pgo_origin *origin = &profile->origins[i];
      put_varint (info, origin->kind + 4u * origin->keys);
      put_text (info, origin->binary);
      put_text (info, origin->build_id);
      put_varint (info, origin->samples);
      put_varint (info, origin->lost);
      put_varint (info, origin->duration_ns);
    }

  const struct pgo_summary *summary = &profile->summary;
  put_varint (info, summary->total);
  put_varint (info, summary->max);
  put_varint (info, summary->functions);
  put_varint (info, summary->lines);
  put_varint (info, summary->n_cutoffs);
  for (uint32_t i = 0; i < summary->n_cutoffs; i++)
    {
      put_varint (info, summary->cutoffs[i].cutoff_ppm);
      put_varint (info, summary->cutoffs[i].min_weight);
      put_varint (info, summary->cutoffs[i].lines);
    }
}

/* SHA-256 of the canonical text.  */
static bool
profile_id (const struct pgo_profile *profile, unsigned char id[PGO_SHA256_BYTES], struct pgo_status *status)
{
  struct pgo_sha256 sha;
  pgo_sha256_begin (&sha);
  struct pgo_output *nowhere = pgo_output_open (NULL, status);
  pgo_output_digest (nowhere, &sha);
  bool good = pgo_profile_write_xml (profile, nowhere, status);
  if (good)
    good = pgo_output_commit (nowhere, status);
  else
    pgo_output_discard (nowhere);
  pgo_sha256_end (&sha, id);
  return good;
}

bool
pgo_index_write (const struct pgo_profile *profile, const char *path, struct pgo_status *status)
{
  unsigned char header[INDEX_HEADER_BYTES] = { 0 };
  if (!profile_id (profile, header + INDEX_ID, status))
    return false;
  struct pgo_output *out = pgo_output_open (path, status);
  if (!out)
    return false;

  struct writer w = { 0 };
  struct pgo_profile *flat = pgo_profile_new ();
  pgo_flatten (profile, flat);
  put_info (&w.info, flat);
  for (uint32_t i = 0; i < flat->n_functions; i++)
    put_function (&w, flat->functions[i]);
  /* Never empty, so that its last byte is a NUL.  */
  put_number (&w.strings, 0, 1);

  memcpy (header, PGO_INDEX_MAGIC, 8);
  store_number (header + INDEX_VERSION, PGO_PROFILE_VERSION, 4);
  store_number (header + INDEX_HEADER_SIZE, INDEX_HEADER_BYTES, 4);
  store_number (header + INDEX_FUNCTIONS, flat->n_functions, 8);
  const struct bytes *sections[] = { &w.info, &w.table, &w.trees, &w.strings };
  uint64_t offset = INDEX_HEADER_BYTES;
  struct pgo_sha256 sha;
  pgo_sha256_begin (&sha);
  for (unsigned i = 0; i < 4; i++)
    {
      store_number (header + INDEX_INFO + 16 * i, offset, 8);
      store_number (header + INDEX_INFO + 16 * i + 8, sections[i]->used, 8);
      offset += sections[i]->used;
      pgo_sha256_add (&sha, sections[i]->data, sections[i]->used);
    }
  store_number (header + INDEX_FILE_SIZE, offset, 8);
  pgo_sha256_end (&sha, header + INDEX_CONTENT);
  store_number (header + INDEX_INFO_CHECK, pgo_index_check (INDEX_CHECK_BEGIN, w.info.data, w.info.used), 8);
  store_number (header + INDEX_HEADER_CHECK, pgo_index_check (INDEX_CHECK_BEGIN, header, INDEX_HEADER_CHECK),
                8);

  pgo_output_bytes (out, header, sizeof header);
  for (unsigned i = 0; i < 4; i++)
    {
      pgo_output_bytes (out, sections[i]->data, sections[i]->used);
      pgo_free (sections[i]->data);
    }
  pgo_free (w.offsets);
  pgo_profile_free (flat);
  return pgo_output_commit (out, status);
}
