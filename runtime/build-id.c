/* The build-id of an ELF object: see build-id.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/build-id.h"
#include "runtime/raw.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

/* Program headers looked at; real objects have about a dozen.  */
#define MAX_HEADERS 64
/* Notes of one segment looked at, bytes.  */
#define MAX_NOTES 2048

/* An object in memory (FD < 0) or in a file.  */
struct object
{
  uint64_t base;
  int fd;
};

/* Read SIZE bytes at OFFSET of the file, or at the address BASE + OFFSET.  */
static bool
get (const struct object *object, uint64_t offset, void *buffer, size_t size)
{
  if (object->fd < 0)
    return pgo_raw_peek (object->base + offset, buffer, size);
  return pgo_syscall (SYS_pread64, object->fd, buffer, size, offset) == (long) size;
}

static size_t
find_note (const char *notes, size_t length, uint8_t *id, size_t size)
{
  size_t at = 0;
  while (length - at >= sizeof (ElfW (Nhdr)))
    {
      ElfW (Nhdr) note;
      memcpy (&note, notes + at, sizeof note);
      at += sizeof note;
      size_t name_size = ((size_t) note.n_namesz + 3) & ~(size_t) 3;
      size_t data_size = ((size_t) note.n_descsz + 3) & ~(size_t) 3;
      if (name_size > length - at || data_size > length - at - name_size)
        return 0;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp (notes + at, "GNU", 4) == 0)
        {
          size_t n = note.n_descsz < size ? note.n_descsz : size;
          memcpy (id, notes + at + name_size, n);
          return n;
        }
      at += name_size + data_size;
    }
  return 0;
}

static size_t
find_id (const struct object *object, uint8_t *id, size_t size)
{
  ElfW (Ehdr) header;
  ElfW (Phdr) segments[MAX_HEADERS];
  char notes[MAX_NOTES];
  if (!get (object, 0, &header, sizeof header) || memcmp (header.e_ident, ELFMAG, SELFMAG) != 0
      || header.e_ident[EI_CLASS] != (sizeof (void *) == 8 ? ELFCLASS64 : ELFCLASS32)
      || header.e_phentsize != sizeof segments[0] || header.e_phnum == 0 || header.e_phnum > MAX_HEADERS
      || !get (object, header.e_phoff, segments, header.e_phnum * sizeof segments[0]))
    return 0;

  /* In memory, the segment that begins the file is at BASE, and the others keep their distance.  */
  uint64_t first = 0;
  for (unsigned i = 0; i < header.e_phnum; i++)
    if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0)
      first = segments[i].p_vaddr;
  for (unsigned i = 0; i < header.e_phnum; i++)
    if (segments[i].p_type == PT_NOTE)
      {
        size_t length = segments[i].p_filesz < sizeof notes ? segments[i].p_filesz : sizeof notes;
        uint64_t at = object->fd < 0 ? segments[i].p_vaddr - first : segments[i].p_offset;
        size_t n;
        if (get (object, at, notes, length) && (n = find_note (notes, length, id, size)) != 0)
          return n;
      }
  return 0;
}

size_t
pgo_build_id_in_memory (uint64_t base, uint8_t *id, size_t size)
{
  struct object object = { base, -1 };
  return find_id (&object, id, size);
}

size_t
pgo_build_id_in_file (const char *path, uint64_t inode, uint8_t *id, size_t size)
{
  /* Not a file that opening could wait for.  */
  struct object object = { 0, pgo_raw_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0) };
  struct statx status;
  size_t n = 0;
  if (object.fd < 0)
    return 0;
  if (pgo_syscall (SYS_statx, object.fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) == 0
      && S_ISREG (status.stx_mode) && status.stx_ino == inode)
    n = find_id (&object, id, size);
  pgo_raw_close (object.fd);
  return n;
}
