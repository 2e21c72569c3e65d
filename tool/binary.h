/* A program or library on disk: its ELF file, symbols, and where its DWARF is.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_BINARY_H
#define PGOINLINE_TOOL_BINARY_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <elfutils/libdw.h>

/* A function symbol.  */
struct symbol
{
  uint64_t address, size;       /* SIZE 0: unknown.  */
  const char *name;
};

/* A loaded piece of the file.  */
struct segment
{
  uint64_t address, offset, file_size;
  bool executable;
};

struct binary
{
  const char *path;
  const char *build_id;         /* Lower-case hexadecimal, "" if it has none.  */
  int machine;                  /* EM_* of elf.h.  */
  bool is_fixed;                /* Runs where its addresses say: not position-independent.  */
  Dwarf *dwarf;                 /* NULL: no debug info was found.  */
  struct segment *segments;     /* As in the file.  */
  struct symbol *symbols;       /* By address, then global before local, then name.  */
  uint32_t *by_name;            /* Indices of SYMBOLS by name, then address.  */
  uint32_t n_segments, n_symbols;

  /* Private to binary.c.  */
  int fd, debug_fd;
  Elf *elf, *debug_elf;
  struct pgo_pool *pool;
};

/* Open the ELF file PATH.  Debug info is looked for in it, then by build-id and by debug link, below each
   of the N_DEBUG_DIRS DEBUG_DIRS and /usr/lib/debug; a candidate whose build-id or checksum differs is
   passed over.  No network is asked.  NULL and STATUS if PATH cannot be read or is no ELF program or
   library; no debug info is no failure.  */
struct binary *binary_open (const char *path, char *const *debug_dirs, uint32_t n_debug_dirs,
                            struct pgo_status *status);
/* NULL is allowed.  */
void binary_close (struct binary *);

/* The virtual address of the byte at OFFSET of the file; false if it is not loaded.  */
bool binary_address (const struct binary *, uint64_t offset, uint64_t *address);

/* The bytes from ADDRESS on to the end of their executable segment, *SIZE of them; NULL if there is no
   code.  Valid until binary_close.  */
const unsigned char *binary_code (const struct binary *, uint64_t address, uint64_t *size);

/* The bytes of the section NAME, loaded or not, *SIZE of them; NULL if there is none.  Valid until
   binary_close.  */
const char *binary_section (const struct binary *, const char *name, size_t *size);

/* The first symbol at exactly ADDRESS, or NULL; further ones follow it.  */
const struct symbol *binary_symbol (const struct binary *, uint64_t address);
/* The symbol whose code holds ADDRESS, or NULL.  */
const struct symbol *binary_symbol_around (const struct binary *, uint64_t address);
/* Index into by_name of the first symbol NAME, or n_symbols.  */
uint32_t binary_find_name (const struct binary *, const char *name);

#endif
