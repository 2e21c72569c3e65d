/* The executable mappings a process had: see mappings.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/mappings.h"
#include "runtime/build-id.h"
#include "runtime/raw.h"

#include <fcntl.h>
#include <string.h>

/* Of all names together: some 15,000 paths.  */
#define NAMES_BYTES (1u << 20)
/* /proc/self/maps is read in pieces of this; no line is longer.  */
#define BUFFER_BYTES (16u << 10)

/* What pgo_mappings_read remembers from line to line: where the file's beginning is mapped.  */
struct head
{
  uint64_t start, inode;
  char name[PGO_MAPPING_NAME];
};

struct pgo_mappings
{
  struct pgo_mapping list[PGO_MAX_MAPPINGS];
  char names[NAMES_BYTES];
  char buffer[BUFFER_BYTES];
  char name[PGO_MAPPING_NAME];  /* Being added.  */
  struct head head;
  size_t n_name_bytes;
  uint32_t count;               /* Published: entries below it are complete.  */
  uint32_t epoch;
  uint32_t refused;
};

struct pgo_mappings *
pgo_mappings_new (void)
{
  return pgo_raw_map (sizeof (struct pgo_mappings));
}

void
pgo_mappings_free (struct pgo_mappings *maps)
{
  pgo_raw_unmap (maps, sizeof *maps);
}

void
pgo_mappings_clear (struct pgo_mappings *maps)
{
  memset (maps->list, 0, maps->count * sizeof maps->list[0]);
  maps->n_name_bytes = 0;
  maps->count = maps->epoch = maps->refused = 0;
}

unsigned
pgo_mappings_epoch (const struct pgo_mappings *maps)
{
  return __atomic_load_n (&maps->epoch, __ATOMIC_RELAXED);
}

size_t
pgo_mappings_count (const struct pgo_mappings *maps)
{
  return __atomic_load_n (&maps->count, __ATOMIC_ACQUIRE);
}

size_t
pgo_mappings_refused (const struct pgo_mappings *maps)
{
  return __atomic_load_n (&maps->refused, __ATOMIC_RELAXED);
}

const struct pgo_mapping *
pgo_mappings_get (const struct pgo_mappings *maps, size_t index)
{
  return &maps->list[index];
}

static bool
holds (const struct pgo_mapping *m, uint64_t address, unsigned epoch)
{
  return address >= m->start && address < m->limit && epoch >= m->first_epoch
         && epoch <= __atomic_load_n (&m->last_epoch, __ATOMIC_RELAXED);
}

long
pgo_mappings_find (const struct pgo_mappings *maps, uint64_t address, unsigned epoch, long hint)
{
  size_t count = pgo_mappings_count (maps);
  if (hint >= 0 && (size_t) hint < count && holds (&maps->list[hint], address, epoch))
    return hint;
  for (size_t i = 0; i < count; i++)
    if (holds (&maps->list[i], address, epoch))
      return (long) i;
  return -1;
}

/* NAME's copy, shared with an entry that has the same; NULL if there is no room.  */
static const char *
keep_name (struct pgo_mappings *maps, const char *name)
{
  for (uint32_t i = maps->count; i-- > 0;)
    if (strcmp (maps->list[i].name, name) == 0)
      return maps->list[i].name;
  size_t size = strlen (name) + 1;
  if (size > PGO_MAPPING_NAME || size > sizeof maps->names - maps->n_name_bytes)
    return NULL;
  char *copy = maps->names + maps->n_name_bytes;
  memcpy (copy, name, size);
  maps->n_name_bytes += size;
  return copy;
}

static bool
same_object (const struct pgo_mapping *a, const struct pgo_mapping *b)
{
  return a->start - a->offset == b->start - b->offset && strcmp (a->name, b->name) == 0
         && (a->build_id_size == 0 || b->build_id_size == 0
             || (a->build_id_size == b->build_id_size
                 && memcmp (a->build_id, b->build_id, a->build_id_size) == 0));
}

/* Settle NEW against the mappings that are live in its range: true if one of them is just that.  Others
   there are of the past.  */
static bool
known_already (struct pgo_mappings *maps, const struct pgo_mapping *new)
{
  bool known = false, replaced = false;
  for (uint32_t i = 0; i < maps->count; i++)
    {
      struct pgo_mapping *old = &maps->list[i];
      if (old->last_epoch != UINT32_MAX || old->start >= new->limit || new->start >= old->limit)
        continue;
      if (same_object (old, new))
        {
          if (old->build_id_size == 0 && new->build_id_size != 0)
            {
              memcpy (old->build_id, new->build_id, new->build_id_size);
              __atomic_store_n (&old->build_id_size, new->build_id_size, __ATOMIC_RELEASE);
            }
          known |= old->start <= new->start && old->limit >= new->limit;
        }
      else
        {
          __atomic_store_n (&old->last_epoch, maps->epoch, __ATOMIC_RELAXED);
          replaced = true;
        }
    }
  if (replaced)
    __atomic_store_n (&maps->epoch, maps->epoch + 1, __ATOMIC_RELAXED);
  return known;
}

void
pgo_mappings_add (struct pgo_mappings *maps, uint64_t start, uint64_t limit, uint64_t offset,
                  const char *name, const uint8_t *build_id, size_t build_id_size)
{
  static const char deleted[] = " (deleted)";
  size_t length = strlen (name), ending = sizeof deleted - 1;
  if (length > ending && strcmp (name + length - ending, deleted) == 0)
    {
      struct pgo_text cut = pgo_text_in (maps->name, sizeof maps->name);
      pgo_text_add_n (&cut, name, length - ending);
      name = maps->name;
    }
  struct pgo_mapping new;
  memset (&new, 0, sizeof new);
  new.start = start;
  new.limit = limit;
  new.offset = offset;
  new.last_epoch = UINT32_MAX;
  new.name = name;
  new.build_id_size = (uint32_t) (build_id_size < PGO_BUILD_ID_BYTES ? build_id_size : PGO_BUILD_ID_BYTES);
  memcpy (new.build_id, build_id, new.build_id_size);
  if (start >= limit || known_already (maps, &new))
    return;
  if (maps->count == PGO_MAX_MAPPINGS || (new.name = keep_name (maps, name)) == NULL)
    {
      maps->refused++;
      return;
    }
  new.first_epoch = maps->epoch;
  maps->list[maps->count] = new;
  __atomic_store_n (&maps->count, maps->count + 1, __ATOMIC_RELEASE);
}

/* One line of /proc/self/maps.  */
struct line
{
  uint64_t start, limit, offset, inode;
  bool executable;
  const char *name;             /* "" if it has none.  */
};

static bool
take_number (const char **at, unsigned base, char end, uint64_t *number)
{
  uint64_t n = 0;
  const char *c = *at;
  for (;; c++)
    {
      unsigned digit;
      if (*c >= '0' && *c <= '9')
        digit = (unsigned) (*c - '0');
      else if (base == 16 && *c >= 'a' && *c <= 'f')
        digit = (unsigned) (*c - 'a') + 10;
      else
        break;
      n = n * base + digit;
    }
  if (c == *at || *c != end)
    return false;
  *at = c + 1;
  *number = n;
  return true;
}

/* "5581e0a00000-5581e0a2a000 r-xp 00002000 fe:01 1234   /usr/bin/lua (deleted)".  TEXT is changed.  */
static bool
parse_line (char *text, struct line *line)
{
  static const char deleted[] = " (deleted)";
  const char *at = text;
  uint64_t major, minor;
  if (!take_number (&at, 16, '-', &line->start) || !take_number (&at, 16, ' ', &line->limit))
    return false;
  if (strlen (at) < 5)
    return false;
  line->executable = at[2] == 'x';
  at += 5;
  if (!take_number (&at, 16, ' ', &line->offset) || !take_number (&at, 16, ':', &major)
      || !take_number (&at, 16, ' ', &minor))
    return false;
  line->inode = 0;
  if (!take_number (&at, 10, ' ', &line->inode))
    at += strcspn (at, " ");
  while (*at == ' ')
    at++;
  line->name = at;
  size_t length = strlen (at), ending = sizeof deleted - 1;
  if (length > ending && strcmp (at + length - ending, deleted) == 0)
    text[(size_t) (at - text) + length - ending] = 0;
  return true;
}

static void
read_line (struct pgo_mappings *maps, char *text)
{
  struct head *head = &maps->head;
  struct line line;
  uint8_t build_id[PGO_BUILD_ID_BYTES];
  size_t build_id_size = 0;
  if (!parse_line (text, &line))
    return;
  bool is_head = line.name[0] != 0 && line.offset == 0;
  if (is_head)
    {
      struct pgo_text copy = pgo_text_in (head->name, sizeof head->name);
      pgo_text_add (&copy, line.name);
      head->start = line.start;
      head->inode = line.inode;
    }
  if (!line.executable)
    return;
  /* Reading the notes is the dear part: only for what is new.  */
  unsigned epoch = maps->epoch;
  long old = pgo_mappings_find (maps, line.start, epoch, -1);
  const char *name = line.name[0] != 0 ? line.name : "//anon";
  if (old >= 0 && maps->list[old].limit >= line.limit && strcmp (maps->list[old].name, name) == 0
      && maps->list[old].start - maps->list[old].offset == line.start - line.offset
      && maps->list[old].build_id_size != 0)
    return;
  if (line.name[0] != 0)
    {
      if (head->inode == line.inode && strcmp (head->name, line.name) == 0)
        build_id_size = pgo_build_id_in_memory (head->start, build_id, sizeof build_id);
      if (build_id_size == 0 && line.name[0] == '/')
        build_id_size = pgo_build_id_in_file (line.name, line.inode, build_id, sizeof build_id);
    }
  pgo_mappings_add (maps, line.start, line.limit, line.offset, name, build_id, build_id_size);
}

bool
pgo_mappings_read (struct pgo_mappings *maps)
{
  int fd = pgo_raw_open ("/proc/self/maps", O_RDONLY, 0);
  if (fd < 0)
    return false;
  /* No memory is mapped for the time of this: a program may map anew, by MAP_FIXED, what it has just unmapped, and it would be
     there.  */
  maps->head = (struct head) { .start = 0 };
  size_t have = 0;
  long n;
  while ((n = pgo_raw_read (fd, maps->buffer + have, sizeof maps->buffer - 1 - have)) > 0)
    {
      have += (size_t) n;
      maps->buffer[have] = 0;
      char *line = maps->buffer, *end;
      while ((end = strchr (line, '\n')) != NULL)
        {
          *end = 0;
          read_line (maps, line);
          line = end + 1;
        }
      have -= (size_t) (line - maps->buffer);
      /* No line is that long: drop it rather than stop.  */
      if (have == sizeof maps->buffer - 1)
        have = 0;
      memmove (maps->buffer, line, have);
    }
  pgo_raw_close (fd);
  return n == 0;
}
