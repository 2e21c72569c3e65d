/* The index is mapped and never trusted: each number that names a place in it is checked where it is used,
   and each tree has a check of its own, so that damage is reported by those who meet it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/index.h"
#include "core/alloc.h"
#include "core/profile-compare.h"
#include "core/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct section
{
  const unsigned char *data;
  uint64_t size;
};

struct pgo_index
{
  char *path;
  const unsigned char *map;
  size_t map_size;
  struct section info, table, trees, strings;
  uint32_t n_functions;
  enum pgo_evidence kind;
  char id[PGO_SHA256_TEXT];
  struct pgo_profile *profile;
  const struct pgo_instance **decoded; /* By entry; NULL: not yet.  */
};

static uint64_t
load_number (const unsigned char *at, unsigned n_bytes)
{
  uint64_t value = 0;
  for (unsigned i = n_bytes; i-- > 0;)
    value = value << 8 | at[i];
  return value;
}

/* ---- Decoding -------------------------------------------------------------------------------------- */

/* The least bytes that elements take: a byte a number, see core/index.h.  */
#define STEP_BYTES_MIN 5
#define LINE_BYTES_MIN 5
#define CALL_BYTES_MIN 7
#define BRANCH_BYTES_MIN 10
#define INLINED_BYTES_MIN 14
#define ORIGIN_BYTES_MIN 6
#define CUTOFF_BYTES_MIN 3

/* What is left to decode.  After BAD all reads give 0 and lists are empty.  */
struct cursor
{
  const struct pgo_index *index;
  const unsigned char *at, *end;
  bool bad;
};

static uint64_t
take_number (struct cursor *c, unsigned n_bytes)
{
  if (c->bad || (size_t) (c->end - c->at) < n_bytes)
    {
      c->bad = true;
      return 0;
    }
  c->at += n_bytes;
  return load_number (c->at - n_bytes, n_bytes);
}

static uint64_t
take_varint (struct cursor *c)
{
  /* Most are a byte.  */
  if (c->at < c->end && *c->at < 0x80)
    return *c->at++;
  uint64_t value = 0;
  for (unsigned shift = 0; !c->bad; shift += 7)
    {
      uint64_t byte = take_number (c, 1);
      if (shift == 63 && byte > 1)
        c->bad = true;
      value |= (byte & 0x7f) << shift;
      if (!(byte & 0x80))
        break;
    }
  return c->bad ? 0 : value;
}

static uint64_t
take_limited (struct cursor *c, uint64_t max)
{
  uint64_t value = take_varint (c);
  if (value > max)
    c->bad = true;
  return c->bad ? 0 : value;
}

/* The number of elements that follow, each of MIN_BYTES at least: what is allocated for them is in
   proportion to the file.  */
static uint32_t
take_count (struct cursor *c, unsigned min_bytes)
{
  uint64_t value = take_varint (c);
  uint64_t max = (uint64_t) (c->end - c->at) / min_bytes;
  if (value > max || value > UINT32_MAX)
    c->bad = true;
  return c->bad ? 0 : (uint32_t) value;
}

static struct pgo_location
take_location (struct cursor *c, int32_t *line)
{
  uint64_t zigzag = take_limited (c, UINT64_C (1) << 33);
  int64_t delta = (int64_t) (zigzag >> 1) ^ -(int64_t) (zigzag & 1);
  int64_t absolute = *line + delta;
  if (absolute < INT32_MIN || absolute > INT32_MAX)
    {
      c->bad = true;
      absolute = 0;
    }
  *line = (int32_t) absolute;
  uint32_t column = (uint32_t) take_limited (c, UINT32_MAX);
  return (struct pgo_location) { *line, column, (uint32_t) take_limited (c, UINT32_MAX) };
}

/* The string at OFFSET, or NULL if no string begins there.  */
static const char *
string_at (const struct pgo_index *index, uint64_t offset)
{
  const struct section *strings = &index->strings;
  if (offset >= strings->size || (offset > 0 && strings->data[offset - 1] != '\0')
      || strings->data[offset] == '\0')
    return NULL;
  return (const char *) strings->data + offset;
}

static const char *
take_reference (struct cursor *c, bool required)
{
  uint64_t reference = take_varint (c);
  const char *text = reference ? string_at (c->index, reference - 1) : NULL;
  if (!text && (required || reference))
    c->bad = true;
  return c->bad ? NULL : text;
}

struct weight
{
  uint64_t weight, samples;
};

static struct weight
take_weight (struct cursor *c)
{
  uint64_t weight = take_varint (c);
  return (struct weight) { weight, weight ^ take_varint (c) };
}

/* Decoded trees are not built by appending: their arrays are as long as needed, their strings are those of
   the map, which lives as long.  So they must not be appended to.  */

static struct pgo_place
take_place (struct cursor *c)
{
  struct pgo_place place = { NULL, 0, { 0, 0, 0 } };
  int32_t line = 0;
  uint32_t n_steps = take_count (c, STEP_BYTES_MIN);
  if (n_steps > PGO_DEPTH_MAX)
    c->bad = true;
  if (n_steps && !c->bad)
    {
      struct pgo_step *steps = pgo_profile_alloc (c->index->profile, n_steps * sizeof *steps);
      for (uint32_t i = 0; i < n_steps && !c->bad; i++)
        {
          steps[i].at = take_location (c, &line);
          steps[i].callee = take_reference (c, true);
          steps[i].callee_file = take_reference (c, false);
        }
      place.steps = steps;
      place.n_steps = n_steps;
    }
  line = 0;
  place.at = take_location (c, &line);
  return place;
}

static void
take_lines (struct cursor *c, struct pgo_instance *instance)
{
  int32_t line = 0;
  uint32_t n = take_count (c, LINE_BYTES_MIN);
  instance->lines = n ? pgo_profile_alloc (c->index->profile, n * sizeof *instance->lines) : NULL;
  for (uint32_t i = 0; i < n && !c->bad; i++)
    {
      struct pgo_line *l = &instance->lines[i];
      l->at = take_location (c, &line);
      struct weight w = take_weight (c);
      l->weight = w.weight;
      l->samples = w.samples;
      instance->total = pgo_add (instance->total, w.weight);
      c->bad |= i > 0 && pgo_location_compare (l[-1].at, l->at) >= 0;
    }
  instance->n_lines = n;
}

static void
take_calls (struct cursor *c, struct pgo_instance *instance)
{
  int32_t line = 0;
  uint32_t n = take_count (c, CALL_BYTES_MIN);
  instance->calls = n ? pgo_profile_alloc (c->index->profile, n * sizeof *instance->calls) : NULL;
  for (uint32_t i = 0; i < n && !c->bad; i++)
    {
      struct pgo_call *call = &instance->calls[i];
      call->at = take_location (c, &line);
      call->callee = take_reference (c, true);
      call->callee_file = take_reference (c, false);
      struct weight w = take_weight (c);
      call->weight = w.weight;
      call->samples = w.samples;
      c->bad |= c->bad || (i > 0 && pgo_call_compare (call - 1, call) >= 0);
    }
  instance->n_calls = n;
}

static void
take_branches (struct cursor *c, struct pgo_instance *instance)
{
  uint32_t n = take_count (c, BRANCH_BYTES_MIN);
  instance->branches = n ? pgo_profile_alloc (c->index->profile, n * sizeof *instance->branches) : NULL;
  for (uint32_t i = 0; i < n && !c->bad; i++)
    {
      struct pgo_branch *branch = &instance->branches[i];
      branch->from = take_place (c);
      branch->to = take_place (c);
      struct weight w = take_weight (c);
      branch->weight = w.weight;
      branch->samples = w.samples;
      c->bad |= c->bad || (i > 0 && pgo_branch_compare (branch - 1, branch) >= 0);
    }
  instance->n_branches = n;
}

/* INSTANCE has its name, file, location and depth, and is else zero.  */
static void
take_instance (struct cursor *c, struct pgo_instance *instance)
{
  struct pgo_profile *profile = c->index->profile;
  unsigned kind_keys = (unsigned) take_number (c, 1);
  if (kind_keys > PGO_EVIDENCE_EXACT + 4 * (PGO_N_KEYS - 1))
    c->bad = true;
  instance->kind = (enum pgo_evidence) (kind_keys & 3);
  instance->keys = c->bad ? PGO_KEYS_SOURCE : (enum pgo_keys) (kind_keys >> 2);
  if (instance->keys == PGO_KEYS_MARK)
    instance->checksum = take_number (c, 8);
  struct weight head = take_weight (c);
  instance->head = head.weight;
  instance->head_samples = head.samples;
  instance->size_bytes = take_varint (c);
  instance->rank = (uint32_t) take_limited (c, UINT32_MAX);
  take_lines (c, instance);
  take_calls (c, instance);
  take_branches (c, instance);

  int32_t line = 0;
  uint32_t n = take_count (c, INLINED_BYTES_MIN);
  if (n && instance->depth == PGO_DEPTH_MAX)
    c->bad = true;
  if (n == 0 || c->bad)
    return;
  instance->inlined = pgo_profile_alloc (profile, n * sizeof *instance->inlined);
  struct pgo_instance *children = pgo_profile_alloc (profile, n * sizeof *children);
  for (uint32_t i = 0; i < n && !c->bad; i++)
    {
      struct pgo_instance *child = instance->inlined[i] = &children[i];
      child->depth = instance->depth + 1;
      child->at = take_location (c, &line);
      child->name = take_reference (c, true);
      child->file = take_reference (c, false);
      if (!c->bad)
        take_instance (c, child);
      instance->total = pgo_add (instance->total, child->total);
      c->bad |= c->bad || (i > 0 && pgo_instance_compare (child - 1, child) >= 0);
    }
  instance->n_inlined = n;
}

static const char *
take_text (struct cursor *c, struct pgo_profile *profile)
{
  uint32_t n = take_count (c, 1);
  const unsigned char *text = c->at;
  if (c->bad || (size_t) (c->end - c->at) < n || memchr (text, '\0', n))
    {
      c->bad = true;
      return pgo_profile_string (profile, "");
    }
  c->at += n;
  return pgo_profile_string_n (profile, (const char *) text, n);
}

static bool
take_info (struct pgo_index *index)
{
  struct cursor c = { index, index->info.data, index->info.data + index->info.size, false };
  struct pgo_profile *profile = index->profile;
  index->kind = (enum pgo_evidence) take_limited (&c, PGO_EVIDENCE_EXACT);
  uint32_t n = take_count (&c, ORIGIN_BYTES_MIN);
  for (uint32_t i = 0; i < n && !c.bad; i++)
    {
      struct pgo_origin *origin = pgo_profile_add_origin (profile);
      uint64_t kind_keys = take_limited (&c, PGO_EVIDENCE_EXACT + 4 * (PGO_N_KEYS - 1));
      origin->kind = (enum pgo_evidence) (kind_keys & 3);
      origin->keys = c.bad ? PGO_KEYS_SOURCE : (enum pgo_keys) (kind_keys >> 2);
      origin->binary = take_text (&c, profile);
      origin->build_id = take_text (&c, profile);
      origin->samples = take_varint (&c);
      origin->lost = take_varint (&c);
      origin->duration_ns = take_varint (&c);
    }
  struct pgo_summary *summary = &profile->summary;
  summary->total = take_varint (&c);
  summary->max = take_varint (&c);
  summary->functions = take_varint (&c);
  summary->lines = take_varint (&c);
  n = take_count (&c, CUTOFF_BYTES_MIN);
  if (!c.bad)
    summary->cutoffs = pgo_profile_alloc (profile, n * sizeof *summary->cutoffs);
  for (; summary->n_cutoffs < n && !c.bad; summary->n_cutoffs++)
    {
      struct pgo_cutoff *cutoff = &summary->cutoffs[summary->n_cutoffs];
      cutoff->cutoff_ppm = (uint32_t) take_limited (&c, 1000000);
      cutoff->min_weight = take_varint (&c);
      cutoff->lines = take_varint (&c);
    }
  return !c.bad && c.at == c.end;
}

/* ---- Opening --------------------------------------------------------------------------------------- */

/* The section whose offset and size are at HEADER, if it is in the file.  */
static bool
find_section (const struct pgo_index *index, unsigned header, struct section *section)
{
  uint64_t offset = load_number (index->map + header, 8), size = load_number (index->map + header + 8, 8);
  if (offset < INDEX_HEADER_BYTES || offset > index->map_size || size > index->map_size - offset)
    return false;
  section->data = index->map + offset;
  section->size = size;
  return true;
}

static bool
check_header (struct pgo_index *index, struct pgo_status *status)
{
  const unsigned char *map = index->map;
  const char *path = index->path;
  if (index->map_size < 8 || memcmp (map, PGO_INDEX_MAGIC, 8) != 0)
    return pgo_fail (status, path, 0, "no index: expected one made by `pgoinline index'");
  if (index->map_size < INDEX_HEADER_BYTES)
    return pgo_fail (status, path, 0, "truncated index: %zu bytes", index->map_size);
  uint32_t version = (uint32_t) load_number (map + INDEX_VERSION, 4);
  if (version != PGO_PROFILE_VERSION)
    return pgo_fail (status, path, 0, "index of version %u: expected %d; make it again from the profile",
                     version, PGO_PROFILE_VERSION);
  if (load_number (map + INDEX_HEADER_CHECK, 8)
          != pgo_index_check (INDEX_CHECK_BEGIN, map, INDEX_HEADER_CHECK)
      || load_number (map + INDEX_HEADER_SIZE, 4) != INDEX_HEADER_BYTES)
    return pgo_fail (status, path, 0, "damaged index: its header does not agree with itself");
  uint64_t file_size = load_number (map + INDEX_FILE_SIZE, 8);
  if (file_size != index->map_size)
    return pgo_fail (status, path, 0, "%s index: %zu bytes of %llu",
                     index->map_size < file_size ? "truncated" : "damaged", index->map_size,
                     (unsigned long long) file_size);
  uint64_t n_functions = load_number (map + INDEX_FUNCTIONS, 8);
  if (!find_section (index, INDEX_INFO, &index->info) || !find_section (index, INDEX_TABLE, &index->table)
      || !find_section (index, INDEX_TREES, &index->trees)
      || !find_section (index, INDEX_STRINGS, &index->strings) || n_functions >= UINT32_MAX
      || index->table.size != n_functions * INDEX_ENTRY_BYTES || index->strings.size == 0
      || index->strings.data[index->strings.size - 1] != '\0')
    return pgo_fail (status, path, 0, "damaged index: its parts do not fit into it");
  index->n_functions = (uint32_t) n_functions;
  if (load_number (map + INDEX_INFO_CHECK, 8)
      != pgo_index_check (INDEX_CHECK_BEGIN, index->info.data, index->info.size)
      || !take_info (index))
    return pgo_fail (status, path, 0, "damaged index: its summary");
  return true;
}

bool
pgo_file_is_index (const char *path)
{
  char magic[8];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool yes = fd >= 0 && pread (fd, magic, sizeof magic, 0) == sizeof magic
             && memcmp (magic, PGO_INDEX_MAGIC, 8) == 0;
  if (fd >= 0)
    close (fd);
  return yes;
}

static bool
map_file (struct pgo_index *index, struct pgo_status *status)
{
  struct stat st;
  int fd = open (index->path, O_RDONLY | O_CLOEXEC);
  bool good = fd >= 0 && fstat (fd, &st) == 0;
  if (good && (!S_ISREG (st.st_mode) || (uint64_t) st.st_size > SIZE_MAX / 2))
    {
      errno = EINVAL;
      good = false;
    }
  if (good && st.st_size > 0)
    {
      void *map = mmap (NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
      good = map != MAP_FAILED;
      if (good)
        {
          index->map = map;
          index->map_size = (size_t) st.st_size;
          /* Lookups hop about: reading ahead would bring in what nobody asks for.  */
          madvise (map, index->map_size, MADV_RANDOM);
        }
    }
  if (!good)
    pgo_fail (status, index->path, 0, "cannot map: %s", strerror (errno));
  if (fd >= 0)
    close (fd);
  return good;
}

struct pgo_index *
pgo_index_open (const char *path, struct pgo_status *status)
{
  struct pgo_index *index = pgo_alloc (sizeof *index);
  index->path = pgo_text_copy (path, strlen (path));
  index->profile = pgo_profile_new ();
  if (!map_file (index, status) || !check_header (index, status))
    {
      pgo_index_close (index);
      return NULL;
    }
  pgo_sha256_text (index->map + INDEX_ID, index->id);
  index->decoded = pgo_alloc_array (index->n_functions, sizeof *index->decoded);
  return index;
}

void
pgo_index_close (struct pgo_index *index)
{
  if (!index)
    return;
  if (index->map)
    munmap ((void *) index->map, index->map_size);
  pgo_profile_free (index->profile);
  pgo_free (index->decoded);
  pgo_free (index->path);
  pgo_free (index);
}

/* ---- Looking up ------------------------------------------------------------------------------------ */

static bool
get_entry (const void *context, uint32_t i, const char **name, const char **file, uint64_t *total)
{
  const struct pgo_index *index = context;
  const unsigned char *entry = index->table.data + (size_t) i * INDEX_ENTRY_BYTES;
  uint64_t file_offset = load_number (entry + INDEX_ENTRY_FILE, 8);
  *name = string_at (index, load_number (entry + INDEX_ENTRY_NAME, 8));
  *file = file_offset == INDEX_NO_STRING ? NULL : string_at (index, file_offset);
  *total = load_number (entry + INDEX_ENTRY_TOTAL, 8);
  return *name && (*file || file_offset == INDEX_NO_STRING);
}

static const struct pgo_instance *
fail_entry (const struct pgo_index *index, uint32_t i, struct pgo_status *status)
{
  pgo_fail (status, index->path, 0, "damaged index: function %u of %u cannot be read", i + 1,
            index->n_functions);
  return NULL;
}

bool
pgo_index_name_at (const struct pgo_index *index, uint32_t i, const char **name, const char **file)
{
  uint64_t total;
  return get_entry (index, i, name, file, &total);
}

const struct pgo_instance *
pgo_index_at (struct pgo_index *index, uint32_t i, struct pgo_status *status)
{
  if (index->decoded[i])
    return index->decoded[i];
  const unsigned char *entry = index->table.data + (size_t) i * INDEX_ENTRY_BYTES;
  uint64_t offset = load_number (entry + INDEX_ENTRY_TREE, 8),
           size = load_number (entry + INDEX_ENTRY_TREE_SIZE, 8);
  const char *name, *file;
  uint64_t total;
  if (!get_entry (index, i, &name, &file, &total) || offset > index->trees.size
      || size > index->trees.size - offset)
    return fail_entry (index, i, status);

  const unsigned char *tree = index->trees.data + offset;
  uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, entry, INDEX_ENTRY_CHECK);
  check = pgo_index_check (check, name, strlen (name));
  if (file)
    check = pgo_index_check (check, file, strlen (file));
  check = pgo_index_check (check, tree, size);
  if (check != load_number (entry + INDEX_ENTRY_CHECK, 8))
    return fail_entry (index, i, status);

  struct cursor c = { index, tree, tree + size, false };
  struct pgo_instance *function = pgo_profile_alloc (index->profile, sizeof *function);
  function->name = name;
  function->file = file;
  take_instance (&c, function);
  if (c.bad || c.at != c.end)
    return fail_entry (index, i, status);
  return index->decoded[i] = function;
}

const struct pgo_instance *
pgo_index_find (struct pgo_index *index, const char *name, const char *file, struct pgo_status *status)
{
  const struct pgo_named_list list = { index->n_functions, get_entry, index };
  uint32_t i = pgo_find_named (&list, name, file);
  return i == UINT32_MAX ? NULL : pgo_index_at (index, i, status);
}

bool
pgo_index_verify (struct pgo_index *index, struct pgo_status *status)
{
  struct pgo_sha256 sha;
  unsigned char content[PGO_SHA256_BYTES];
  pgo_sha256_begin (&sha);
  pgo_sha256_add (&sha, index->map + INDEX_HEADER_BYTES, index->map_size - INDEX_HEADER_BYTES);
  pgo_sha256_end (&sha, content);
  if (memcmp (content, index->map + INDEX_CONTENT, sizeof content) != 0)
    return pgo_fail (status, index->path, 0, "damaged index: its content is not what was written");
  for (uint32_t i = 0; i < index->n_functions; i++)
    if (!pgo_index_at (index, i, status))
      return false;
  return true;
}

const struct pgo_profile *
pgo_index_profile (const struct pgo_index *index)
{
  return index->profile;
}

enum pgo_evidence
pgo_index_kind (const struct pgo_index *index)
{
  return index->kind;
}

const char *
pgo_index_id (const struct pgo_index *index)
{
  return index->id;
}

uint32_t
pgo_index_n_functions (const struct pgo_index *index)
{
  return index->n_functions;
}
