/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/binary.h"
#include "core/alloc.h"
#include "core/pool.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <elfutils/libdwelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SYSTEM_DEBUG_DIR "/usr/lib/debug"
/* Longest build-id in bytes that is taken for one: SHA-256 has 32, Go's own has 83.  */
#define BUILD_ID_BYTES_MAX 128

/* ELF symbol order within one address.  */
struct raw_symbol
{
  struct symbol symbol;
  bool local;
};

static int
compare_raw_symbols (const void *x, const void *y)
{
  const struct raw_symbol *a = x, *b = y;
  if (a->symbol.address != b->symbol.address)
    return a->symbol.address < b->symbol.address ? -1 : 1;
  if (a->local != b->local)
    return a->local ? 1 : -1;
  int order = strcmp (a->symbol.name, b->symbol.name);
  if (order != 0)
    return order;
  return a->symbol.size < b->symbol.size ? -1 : a->symbol.size > b->symbol.size;
}

static int
compare_by_name (const void *x, const void *y, void *data)
{
  const struct symbol *symbols = data;
  uint32_t a = *(const uint32_t *) x, b = *(const uint32_t *) y;
  int order = strcmp (symbols[a].name, symbols[b].name);
  return order != 0 ? order : a < b ? -1 : a > b;
}

static const char *
read_build_id (struct pgo_pool *pool, Elf *elf)
{
  const void *bits;
  ssize_t length = dwelf_elf_gnu_build_id (elf, &bits);
  if (length <= 0 || length > BUILD_ID_BYTES_MAX)
    return "";
  char text[2 * BUILD_ID_BYTES_MAX + 1];
  for (ssize_t i = 0; i < length; i++)
    snprintf (text + 2 * i, 3, "%02x", ((const unsigned char *) bits)[i]);
  return pgo_pool_intern (pool, text, 2 * length);
}

/* The section of ELF that is called WANTED and has contents, or NULL.  */
static Elf_Scn *
find_section (Elf *elf, const char *wanted)
{
  size_t names;
  if (!elf || elf_getshdrstrndx (elf, &names) != 0)
    return NULL;
  for (Elf_Scn *section = NULL; (section = elf_nextscn (elf, section));)
    {
      GElf_Shdr header;
      if (!gelf_getshdr (section, &header) || header.sh_type == SHT_NOBITS)
        continue;
      const char *name = elf_strptr (elf, names, header.sh_name);
      if (name && strcmp (name, wanted) == 0)
        return section;
    }
  return NULL;
}

static bool
has_debug_info (Elf *elf)
{
  return find_section (elf, ".debug_info") || find_section (elf, ".zdebug_info");
}

static void
read_segments (struct binary *binary)
{
  size_t n;
  if (elf_getphdrnum (binary->elf, &n) != 0 || n > UINT16_MAX)
    return;
  binary->segments = pgo_pool_alloc (binary->pool, (n ? n : 1) * sizeof *binary->segments);
  for (size_t i = 0; i < n; i++)
    {
      GElf_Phdr header;
      if (gelf_getphdr (binary->elf, i, &header) && header.p_type == PT_LOAD)
        binary->segments[binary->n_segments++]
          = (struct segment) { header.p_vaddr, header.p_offset, header.p_filesz, header.p_flags & PF_X };
    }
}

/* Append the function symbols of ELF's table of TYPE to LIST; false if it has no such table.  */
static bool
collect_symbols (Elf *elf, uint32_t type, struct raw_symbol **list, uint32_t *n, uint32_t *room)
{
  bool found = false;
  for (Elf_Scn *section = NULL; (section = elf_nextscn (elf, section));)
    {
      GElf_Shdr header;
      if (!gelf_getshdr (section, &header) || header.sh_type != type || header.sh_entsize == 0)
        continue;
      Elf_Data *data = elf_getdata (section, NULL);
      if (!data)
        continue;
      size_t count = header.sh_size / header.sh_entsize;
      for (size_t i = 0; i < count && i < INT_MAX; i++)
        {
          GElf_Sym symbol;
          if (!gelf_getsym (data, i, &symbol))
            break;
          int kind = GELF_ST_TYPE (symbol.st_info);
          if ((kind != STT_FUNC && kind != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF)
            continue;
          const char *name = elf_strptr (elf, header.sh_link, symbol.st_name);
          if (!name || *name == '\0')
            continue;
          if (*n == *room)
            {
              *room = *room ? *room * 2 : 1024;
              *list = pgo_realloc_array (*list, *room, sizeof **list);
            }
          (*list)[(*n)++] = (struct raw_symbol) { { symbol.st_value, symbol.st_size, name },
                                                  GELF_ST_BIND (symbol.st_info) == STB_LOCAL };
          found = true;
        }
    }
  return found;
}

static void
read_symbols (struct binary *binary)
{
  struct raw_symbol *list = NULL;
  uint32_t n = 0, room = 0;
  if (!collect_symbols (binary->elf, SHT_SYMTAB, &list, &n, &room)
      && !(binary->debug_elf && collect_symbols (binary->debug_elf, SHT_SYMTAB, &list, &n, &room)))
    collect_symbols (binary->elf, SHT_DYNSYM, &list, &n, &room);
  if (n)
    qsort (list, n, sizeof *list, compare_raw_symbols);
  binary->symbols = pgo_pool_alloc (binary->pool, (n + 1) * sizeof *binary->symbols);
  binary->by_name = pgo_pool_alloc (binary->pool, (n + 1) * sizeof *binary->by_name);
  for (uint32_t i = 0; i < n; i++)
    {
      binary->symbols[i] = list[i].symbol;
      binary->by_name[i] = i;
    }
  binary->n_symbols = n;
  if (n)
    qsort_r (binary->by_name, n, sizeof *binary->by_name, compare_by_name, binary->symbols);
  pgo_free (list);
}

/* The checksum of a whole file, as in .gnu_debuglink.  */
static bool
file_crc (int fd, uint32_t *crc)
{
  unsigned char buffer[65536];
  uLong sum = crc32 (0, NULL, 0);
  if (lseek (fd, 0, SEEK_SET) != 0)
    return false;
  for (ssize_t got; (got = read (fd, buffer, sizeof buffer)) != 0;)
    {
      if (got < 0)
        return false;
      sum = crc32 (sum, buffer, got);
    }
  *crc = sum;
  return true;
}

/* Take PATH as the debug file if it belongs to BINARY: by equal build-ids, or, without, by CRC (NULL:
   not known).  */
static bool
try_debug_file (struct binary *binary, const char *path, const uint32_t *crc)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  Elf *elf = elf_begin (fd, ELF_C_READ_MMAP, NULL);
  if (elf && elf_kind (elf) == ELF_K_ELF && has_debug_info (elf))
    {
      const char *build_id = read_build_id (binary->pool, elf);
      uint32_t sum;
      if (*binary->build_id && *build_id ? strcmp (build_id, binary->build_id) == 0
          : crc && file_crc (fd, &sum) && sum == *crc)
        {
          binary->debug_elf = elf;
          binary->debug_fd = fd;
          return true;
        }
    }
  elf_end (elf);
  close (fd);
  return false;
}

static void
find_debug_file (struct binary *binary, char *const *dirs, uint32_t n_dirs)
{
  char path[PATH_MAX + 512];
  const char *id = binary->build_id;
  for (uint32_t i = 0; i <= n_dirs && strlen (id) > 2; i++)
    {
      snprintf (path, sizeof path, "%s/.build-id/%.2s/%s.debug", i < n_dirs ? dirs[i] : SYSTEM_DEBUG_DIR, id,
                id + 2);
      if (try_debug_file (binary, path, NULL))
        return;
    }

  GElf_Word link_crc;
  const char *link = dwelf_elf_gnu_debuglink (binary->elf, &link_crc);
  if (!link || strchr (link, '/'))
    return;
  uint32_t crc = link_crc;
  char real[PATH_MAX];
  if (!realpath (binary->path, real))
    return;
  char *slash = strrchr (real, '/');
  *slash = '\0';
  snprintf (path, sizeof path, "%s/%s", real, link);
  if (try_debug_file (binary, path, &crc))
    return;
  snprintf (path, sizeof path, "%s/.debug/%s", real, link);
  if (try_debug_file (binary, path, &crc))
    return;
  for (uint32_t i = 0; i <= n_dirs; i++)
    {
      const char *dir = i < n_dirs ? dirs[i] : SYSTEM_DEBUG_DIR;
      snprintf (path, sizeof path, "%s%s/%s", dir, real, link);
      if (try_debug_file (binary, path, &crc))
        return;
      snprintf (path, sizeof path, "%s/%s", dir, link);
      if (try_debug_file (binary, path, &crc))
        return;
    }
}

struct binary *
binary_open (const char *path, char *const *debug_dirs, uint32_t n_debug_dirs, struct pgo_status *status)
{
  elf_version (EV_CURRENT);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    {
      pgo_fail (status, path, 0, "%s", strerror (errno));
      return NULL;
    }
  struct stat file;
  Elf *elf = fstat (fd, &file) == 0 && S_ISREG (file.st_mode) ? elf_begin (fd, ELF_C_READ_MMAP, NULL) : NULL;
  GElf_Ehdr header;
  if (!elf || elf_kind (elf) != ELF_K_ELF || !gelf_getehdr (elf, &header)
      || (header.e_type != ET_EXEC && header.e_type != ET_DYN))
    {
      pgo_fail (status, path, 0, "not an ELF program or library");
      elf_end (elf);
      close (fd);
      return NULL;
    }

  struct binary *binary = pgo_alloc (sizeof *binary);
  binary->pool = pgo_pool_new ();
  binary->path = pgo_pool_intern (binary->pool, path, strlen (path));
  binary->fd = fd;
  binary->debug_fd = -1;
  binary->elf = elf;
  binary->machine = header.e_machine;
  binary->is_fixed = header.e_type == ET_EXEC;
  binary->build_id = read_build_id (binary->pool, elf);
  read_segments (binary);
  if (has_debug_info (elf))
    binary->dwarf = dwarf_begin_elf (elf, DWARF_C_READ, NULL);
  else
    {
      find_debug_file (binary, debug_dirs, n_debug_dirs);
      if (binary->debug_elf)
        binary->dwarf = dwarf_begin_elf (binary->debug_elf, DWARF_C_READ, NULL);
    }
  read_symbols (binary);
  return binary;
}

void
binary_close (struct binary *binary)
{
  if (!binary)
    return;
  dwarf_end (binary->dwarf);
  elf_end (binary->debug_elf);
  elf_end (binary->elf);
  if (binary->debug_fd >= 0)
    close (binary->debug_fd);
  close (binary->fd);
  pgo_pool_free (binary->pool);
  pgo_free (binary);
}

bool
binary_address (const struct binary *binary, uint64_t offset, uint64_t *address)
{
  /* Segments may share a page of the file; the code's own segment has the last word.  */
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < binary->n_segments; i++)
      {
        const struct segment *s = &binary->segments[i];
        if (s->executable == (pass == 0) && offset >= s->offset && offset - s->offset < s->file_size)
          {
            *address = s->address + (offset - s->offset);
            return true;
          }
      }
  return false;
}

const unsigned char *
binary_code (const struct binary *binary, uint64_t address, uint64_t *size)
{
  size_t file_size;
  const char *file = elf_rawfile (binary->elf, &file_size);
  for (uint32_t i = 0; file && i < binary->n_segments; i++)
    {
      const struct segment *s = &binary->segments[i];
      if (!s->executable || address < s->address || address - s->address >= s->file_size
          || s->offset > file_size || s->file_size > file_size - s->offset)
        continue;
      *size = s->file_size - (address - s->address);
      return (const unsigned char *) file + s->offset + (address - s->address);
    }
  return NULL;
}

/* Index of the first symbol at or behind ADDRESS.  */
static uint32_t
first_symbol (const struct binary *binary, uint64_t address)
{
  uint32_t low = 0, high = binary->n_symbols;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (binary->symbols[middle].address < address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

const struct symbol *
binary_symbol (const struct binary *binary, uint64_t address)
{
  uint32_t i = first_symbol (binary, address);
  return i < binary->n_symbols && binary->symbols[i].address == address ? &binary->symbols[i] : NULL;
}

const struct symbol *
binary_symbol_around (const struct binary *binary, uint64_t address)
{
  const struct symbol *at = binary_symbol (binary, address);
  if (at)
    return at;
  /* Symbols seldom nest: the nearest few before ADDRESS are enough.  */
  uint32_t i = first_symbol (binary, address);
  for (uint32_t tries = 0; i > 0 && tries < 16; tries++)
    {
      const struct symbol *s = &binary->symbols[--i];
      if (address - s->address < s->size)
        return s;
    }
  return NULL;
}

uint32_t
binary_find_name (const struct binary *binary, const char *name)
{
  uint32_t low = 0, high = binary->n_symbols;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (strcmp (binary->symbols[binary->by_name[middle]].name, name) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low < binary->n_symbols && strcmp (binary->symbols[binary->by_name[low]].name, name) == 0
         ? low : binary->n_symbols;
}

const char *
binary_section (const struct binary *binary, const char *name, size_t *size)
{
  Elf_Scn *section = find_section (binary->elf, name);
  if (!section)
    section = find_section (binary->debug_elf, name);
  Elf_Data *data = section ? elf_getdata (section, NULL) : NULL;
  *size = data && data->d_buf ? data->d_size : 0;
  return *size ? data->d_buf : NULL;
}
