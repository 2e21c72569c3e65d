/* Loaded objects and their segments, from the program headers in memory.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-object.h"

#include "runtime/burst-dispatch.h"

#include <dlfcn.h>
#include <elf.h>
#include <features.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#define PAGE 4096u
/* Program headers, which are in an object's first page.  */
#define MAX_HEADERS ((PAGE - sizeof (Elf64_Ehdr)) / sizeof (Elf64_Phdr))
/* Objects that are never recorded: the vdso, the dynamic loader, this library.  */
#define MAX_EXCLUDED 3

static uint64_t the_excluded[MAX_EXCLUDED]; /* Where they are mapped; 0: none.  */
/* The main program, which stays where it is.  Of a static one _dl_find_object knows the segments only.  */
static struct pgo_object the_program;

#if defined __GLIBC_PREREQ && __GLIBC_PREREQ (2, 35)

/* By a pointer, bound when the library is loaded: binding in a handler would run the dynamic loader.  */
static int (*const volatile the_find) (void *, struct dl_find_object *) = _dl_find_object;

static bool
find (uint64_t address, uint64_t *start, uint64_t *end)
{
  struct dl_find_object found;
  if (the_find ((void *) (uintptr_t) address, &found) != 0)
    return false;
  *start = (uintptr_t) found.dlfo_map_start;
  *end = (uintptr_t) found.dlfo_map_end;
  return true;
}
static const bool the_library_can = true;

#else

static bool
find (uint64_t address, uint64_t *start, uint64_t *end)
{
  (void) address, (void) start, (void) end;
  return false;
}
static const bool the_library_can = false;

#endif

/* The C library's; not in static programs.  */
#pragma weak _r_debug

/* Copies N bytes: how many, the last ones, couldn't be read.  */
typedef size_t reader (void *to, const void *from, size_t n);

static size_t
read_plainly (void *to, const void *from, size_t n)
{
  memcpy (to, from, n);
  return 0;
}

/* The segments of the object mapped at OBJECT->start.  */
static bool
read_segments (struct pgo_object *object, reader *read)
{
  const unsigned char *base = (const unsigned char *) (uintptr_t) object->start;
  Elf64_Ehdr header;
  Elf64_Phdr headers[MAX_HEADERS];
  if (object->end - object->start < PAGE || read (&header, base, sizeof header) != 0)
    return false;
  if (memcmp (header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64
      || header.e_phentsize != sizeof (Elf64_Phdr) || header.e_phnum > MAX_HEADERS
      || header.e_phoff > PAGE - header.e_phnum * sizeof (Elf64_Phdr)
      || read (headers, base + header.e_phoff, header.e_phnum * sizeof (Elf64_Phdr)) != 0)
    return false;
  uint64_t lowest = UINT64_MAX;
  for (unsigned i = 0; i < header.e_phnum; i++)
    if (headers[i].p_type == PT_LOAD && headers[i].p_vaddr < lowest)
      lowest = headers[i].p_vaddr;
  uint64_t bias = object->start - (lowest & ~(uint64_t) (PAGE - 1));
  object->n_segments = 0;
  for (unsigned i = 0; i < header.e_phnum && object->n_segments < PGO_OBJECT_SEGMENTS; i++)
    {
      if (headers[i].p_type != PT_LOAD || !(headers[i].p_flags & PF_R))
        continue;
      uint64_t start = bias + headers[i].p_vaddr, end = start + headers[i].p_filesz;
      if (start < object->start || end > object->end || start >= end)
        continue;
      unsigned n = object->n_segments++;
      object->segments[n].start = start;
      object->segments[n].end = end;
      object->segments[n].writable = headers[i].p_flags & PF_W;
      object->segments[n].executable = headers[i].p_flags & PF_X;
    }
  return object->n_segments > 0;
}

bool
pgo_object_init (void)
{
  uint64_t start, end;
  if (!the_library_can)
    return false;
  /* The kernel tells where the program headers are: right behind the ELF header, if it is one that we understand.  */
  uint64_t headers = getauxval (AT_PHDR);
  the_program.start = headers - sizeof (Elf64_Ehdr);
  the_program.end = UINT64_MAX;
  if (headers % PAGE != sizeof (Elf64_Ehdr) || !read_segments (&the_program, read_plainly))
    the_program.start = the_program.end = 0;
  for (unsigned i = 0; i < the_program.n_segments; i++)
    if (i == 0 || the_program.segments[i].end > the_program.end)
      the_program.end = the_program.segments[i].end;
  the_excluded[0] = getauxval (AT_SYSINFO_EHDR);
  the_excluded[1] = getauxval (AT_BASE);
  if (the_excluded[1] == 0 && &_r_debug != NULL)
    the_excluded[1] = _r_debug.r_ldbase; /* The loader was called by name.  */
  /* Linked into the program, the library is recorded with it, but for what must not be (PGO_BURST_TEXT).  */
  if (find ((uintptr_t) &pgo_object_init, &start, &end) && start != the_program.start)
    the_excluded[2] = start;
  return true;
}

/* Where the object of ADDRESS is mapped, if it is to be recorded.  */
static bool
find_recorded (uint64_t address, struct pgo_object *object)
{
  if (address >= (uintptr_t) __start_pgo_burst_text && address < (uintptr_t) __stop_pgo_burst_text)
    return false;
  if (address >= the_program.start && address < the_program.end)
    {
      *object = the_program;
      return true;
    }
  if (!find (address, &object->start, &object->end))
    return false;
  for (unsigned i = 0; i < MAX_EXCLUDED; i++)
    if (object->start == the_excluded[i])
      return false;
  object->n_segments = 0;
  return true;
}

bool
pgo_object_recorded (uint64_t address)
{
  struct pgo_object object;
  return find_recorded (address, &object);
}

bool
pgo_object_find (uint64_t address, struct pgo_object *object)
{
  return find_recorded (address, object) && (object->n_segments != 0 || read_segments (object, pgo_burst_read));
}

uint64_t
pgo_object_code_end (const struct pgo_object *object, uint64_t address)
{
  for (unsigned i = 0; i < object->n_segments; i++)
    if (address >= object->segments[i].start && address < object->segments[i].end)
      {
        uint64_t end = object->segments[i].end, own = (uintptr_t) __start_pgo_burst_text;
        if (!object->segments[i].executable || object->segments[i].writable)
          return 0;
        return address < own && own < end ? own : end;
      }
  return 0;
}

bool
pgo_object_readable (const struct pgo_object *object, uint64_t address, size_t size)
{
  for (unsigned i = 0; i < object->n_segments; i++)
    if (address >= object->segments[i].start && address < object->segments[i].end)
      return size <= object->segments[i].end - address;
  return false;
}

bool
pgo_object_is_sequence (const struct pgo_object *object, uint64_t pc, uint64_t address)
{
  uint64_t words[4];            /* Version and flags, start, length, address to go to when aborted.  */
  if (!object || address % 8 != 0 || !pgo_object_readable (object, address, sizeof words)
      || pgo_burst_read (words, (const void *) (uintptr_t) address, sizeof words) != 0)
    return false;
  /* The kernel knows version 0, and 8 flags at most so far.  */
  return (uint32_t) words[0] == 0 && words[0] >> 32 < 256 && words[1] - pc < 4096 && words[2] < 4096
         && words[3] >= object->start && words[3] < object->end;
}

#endif
