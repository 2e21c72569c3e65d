/* Where to put code near the program's: a gap in the address space that the program is unlikely to want.

   Below a mapping, with a distance: the kernel hands out addresses downwards from the libraries, a
   position-independent program's heap grows upwards behind it, and below it is nothing.  A program at a fixed low
   address has no room below; there the top of what is in reach is taken, to leave the heap the rest.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-area.h"

#include "runtime/burst-object.h"
#include "runtime/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MFD_EXEC                /* Linux 6.3.  */
# define MFD_EXEC 0x10u
#endif

#define REACH ((int64_t) INT32_MAX - (64 << 20))
/* Left free below libraries and below a program.  */
#define DISTANCE_BYTES ((uint64_t) 256 << 20)
/* The kernel's usual lowest address, and a margin to neighbours.  */
#define LOWEST 0x10000u
/* End of what user space has; the vsyscall page is beyond, and in reach of low addresses as they wrap.  */
#define HIGHEST ((uint64_t) 1 << 47)
#define MARGIN ((uint64_t) 1 << 20)
#define PAGE_MASK (~(uint64_t) 4095)

bool
pgo_area_reaches (const struct pgo_area *area, uint64_t pc)
{
  int64_t low = (int64_t) (pc - area->address), high = (int64_t) (pc - (area->address + area->size));
  return low < REACH && low > -REACH && high < REACH && high > -REACH;
}

/* /proc/self/maps, line by line.  */
struct maps
{
  int fd;
  bool ended;
  size_t filled, at;
  char buffer[8192];
};

struct mapping
{
  uint64_t start, end;
  bool executable, file;
};

static uint64_t
read_hex (const char **at)
{
  uint64_t value = 0;
  for (;; ++*at)
    {
      char c = **at;
      if (c >= '0' && c <= '9')
        value = value * 16 + (uint64_t) (c - '0');
      else if (c >= 'a' && c <= 'f')
        value = value * 16 + (uint64_t) (c - 'a' + 10);
      else
        return value;
    }
}

/* The next mapping; false at the end.  Lines that are longer than the buffer are cut.  */
static bool
next_mapping (struct maps *maps, struct mapping *mapping)
{
  for (;;)
    {
      char *line = maps->buffer + maps->at;
      char *end = memchr (line, '\n', maps->filled - maps->at);
      if (end == NULL && !maps->ended)
        {
          memmove (maps->buffer, line, maps->filled - maps->at);
          maps->filled -= maps->at;
          maps->at = 0;
          if (maps->filled == sizeof maps->buffer)
            maps->filled = 256; /* An absurdly long name.  */
          long n = pgo_raw_read (maps->fd, maps->buffer + maps->filled, sizeof maps->buffer - maps->filled);
          if (n <= 0)
            maps->ended = true;
          else
            maps->filled += (size_t) n;
          continue;
        }
      if (end == NULL)
        return false;
      *end = 0;
      maps->at = (size_t) (end - maps->buffer) + 1;
      const char *at = line;
      mapping->start = read_hex (&at);
      if (*at++ != '-')
        continue;
      mapping->end = read_hex (&at);
      if (end - at < 5)
        continue;
      mapping->executable = at[1] == 'r' && at[2] == '-' && at[3] == 'x';
      mapping->file = strchr (at, '/') != NULL;
      return true;
    }
}

static bool
open_maps (struct maps *maps)
{
  maps->fd = pgo_raw_open ("/proc/self/maps", O_RDONLY, 0);
  maps->ended = false;
  maps->filled = maps->at = 0;
  return maps->fd >= 0;
}

/* Address for SIZE bytes in reach of TARGET, or 0.  */
static uint64_t
find_gap (uint64_t target, uint32_t size)
{
  struct maps maps;
  struct mapping mapping;
  uint64_t previous_end = LOWEST, below = 0, above = 0;
  struct pgo_area area = { .size = size };
  if (!open_maps (&maps))
    return 0;
  for (bool more = true; more; previous_end = mapping.end)
    {
      more = next_mapping (&maps, &mapping) && mapping.start < HIGHEST;
      if (!more)
        mapping.start = mapping.end = HIGHEST;
      if (mapping.start < previous_end || mapping.start - previous_end < size + 2 * MARGIN)
        continue;
      uint64_t low = previous_end + MARGIN, high = mapping.start - MARGIN - size;
      if (mapping.start <= target)
        {
          /* The nearest gap below, well off its end if it is large.  */
          area.address = high - low > DISTANCE_BYTES ? high - DISTANCE_BYTES : low;
          area.address &= PAGE_MASK;
          if (pgo_area_reaches (&area, target))
            below = area.address;
        }
      else if (previous_end > target)
        {
          /* The highest place that reaches.  */
          area.address = high;
          if (!pgo_area_reaches (&area, target))
            area.address = target + (uint64_t) REACH - size - MARGIN;
          area.address &= PAGE_MASK;
          if (area.address >= low && area.address <= high && pgo_area_reaches (&area, target))
            above = area.address;
        }
    }
  pgo_raw_close (maps.fd);
  return below ? below : above;
}

static long
map_at (uint64_t address, uint32_t size, int protection, int flags, int fd)
{
  long result = pgo_syscall (SYS_mmap, address, size, protection,
                             flags | MAP_NORESERVE | (address ? MAP_FIXED_NOREPLACE : 0), fd, 0);
  if (!pgo_raw_failed (result) && address && (uint64_t) result != address)
    {
      /* A kernel that takes the flag for a hint.  */
      pgo_syscall (SYS_munmap, result, size);
      return -EEXIST;
    }
  return result;
}

/* SIZE bytes at ADDRESS, mapped twice.  */
static bool
map_dual (uint64_t address, uint32_t size, struct pgo_area *area, const char **reason)
{
  long fd = pgo_raw_forbidden (SYS_memfd_create) ? -EPERM
            : pgo_syscall (SYS_memfd_create, "pgosample", MFD_CLOEXEC | MFD_EXEC);
  if (fd == -EINVAL)
    fd = pgo_syscall (SYS_memfd_create, "pgosample", MFD_CLOEXEC);
  if (fd < 0)
    {
      *reason = "writable and executable memory is refused, and so is a file in memory";
      return false;
    }
  long code = -1, data = -1;
  if (pgo_syscall (SYS_ftruncate, fd, size) == 0)
    {
      code = map_at (address, size, PROT_READ | PROT_EXEC, MAP_SHARED, (int) fd);
      data = map_at (0, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int) fd);
    }
  pgo_raw_close ((int) fd);
  if (pgo_raw_failed (code) || pgo_raw_failed (data)
      /* A child of a fork would share the memory, but not the tables that describe it.  */
      || pgo_syscall (SYS_madvise, code, size, MADV_DONTFORK) != 0
      || pgo_syscall (SYS_madvise, data, size, MADV_DONTFORK) != 0)
    {
      if (!pgo_raw_failed (code))
        pgo_syscall (SYS_munmap, code, size);
      if (!pgo_raw_failed (data))
        pgo_syscall (SYS_munmap, data, size);
      *reason = "executable memory is refused, also mapped twice";
      return false;
    }
  *area = (struct pgo_area) { .address = (uint64_t) code, .memory = (uint8_t *) data, .size = size };
  return true;
}

int
pgo_area_make (const struct pgo_area *areas, unsigned n, uint32_t size, bool dual, struct pgo_area *area,
               const char **reason)
{
  struct maps maps;
  struct mapping mapping;
  uint64_t target = 0;
  if (!open_maps (&maps))
    {
      *reason = "/proc/self/maps cannot be read";
      return -1;
    }
  while (target == 0 && next_mapping (&maps, &mapping))
    if (mapping.executable && mapping.file)
      {
        bool reached = !pgo_object_recorded (mapping.start);
        for (unsigned i = 0; i < n && !reached; i++)
          reached = pgo_area_reaches (&areas[i], mapping.start) && pgo_area_reaches (&areas[i], mapping.end);
        if (!reached)
          target = mapping.start;
      }
  pgo_raw_close (maps.fd);
  if (target == 0)
    return 0;

  uint64_t address = find_gap (target, size);
  if (address == 0)
    {
      *reason = "no free addresses near the program's code";
      return -1;
    }
  long code = dual ? -EACCES : map_at (address, size, PROT_READ | PROT_WRITE | PROT_EXEC,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (!pgo_raw_failed (code))
    {
      *area = (struct pgo_area) { .address = (uint64_t) code, .memory = (uint8_t *) code, .size = size };
      return 1;
    }
  if (code == -ENOMEM)
    {
      *reason = "no memory for the code cache";
      return -1;
    }
  return map_dual (address, size, area, reason) ? 1 : -1;
}

#endif
