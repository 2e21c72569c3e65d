/* Mappings that come, go and are replaced.
   { unit-options "@TOP@/runtime/mappings.c @TOP@/runtime/build-id.c @TOP@/runtime/raw.c" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/build-id.h"
#include "runtime/mappings.h"
#include "unit.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pgo_mappings *maps;

static const struct pgo_mapping *
find (uint64_t address, unsigned epoch)
{
  long i = pgo_mappings_find (maps, address, epoch, -1);
  return i < 0 ? NULL : pgo_mappings_get (maps, (size_t) i);
}

static const struct pgo_mapping *
find_now (uint64_t address)
{
  return find (address, pgo_mappings_epoch (maps));
}

static bool
is (const struct pgo_mapping *mapping, const char *name)
{
  return mapping != NULL && strcmp (mapping->name, name) == 0;
}

static void
test_replacement (void)
{
  static const uint8_t id_a[] = { 1, 2, 3 }, id_b[] = { 4, 5 };
  pgo_mappings_add (maps, 0x1000, 0x5000, 0, "/a", id_a, 3);
  pgo_mappings_add (maps, 0x8000, 0x9000, 0x2000, "/b", NULL, 0);
  CHECK ("found", is (find_now (0x1000), "/a") && is (find_now (0x4fff), "/a"));
  CHECK ("found, another", is (find_now (0x8000), "/b"));
  CHECK ("not found", !find_now (0xfff) && !find_now (0x5000) && !find_now (0x9000));
  CHECK ("no change of epoch without a conflict", pgo_mappings_epoch (maps) == 0);

  pgo_mappings_add (maps, 0x1000, 0x5000, 0, "/a", id_a, 3);
  pgo_mappings_add (maps, 0x2000, 0x3000, 0x1000, "/a", NULL, 0);
  CHECK ("the same again, or a part of it, is not new",
         pgo_mappings_count (maps) == 2 && pgo_mappings_epoch (maps) == 0);
  pgo_mappings_add (maps, 0x8000, 0x9000, 0x2000, "/b", id_b, 2);
  CHECK ("a build-id that comes later is taken",
         pgo_mappings_count (maps) == 2 && find_now (0x8000)->build_id_size == 2
           && find_now (0x8000)->build_id[1] == 5);

  /*   0x1000        0x5000
       |------ a ------|           epoch 0
             |---- c ----|         epoch 1
             0x3000    0x6000  */
  pgo_mappings_add (maps, 0x3000, 0x6000, 0, "/c", NULL, 0);
  CHECK ("another object in its place raises the epoch", pgo_mappings_epoch (maps) == 1);
  CHECK ("what was seen before is the old one's", is (find (0x3000, 0), "/a"));
  CHECK ("what is seen now is the new one's", is (find (0x3000, 1), "/c"));
  CHECK ("what is elsewhere is there in both", is (find (0x8000, 0), "/b") && is (find (0x8000, 1), "/b"));

  pgo_mappings_add (maps, 0x3000, 0x6000, 0, "/c", id_a, 3);
  pgo_mappings_add (maps, 0x3000, 0x6000, 0, "/c", id_b, 2);
  CHECK ("another build-id is another object",
         pgo_mappings_epoch (maps) == 2 && find (0x3000, 1)->build_id_size == 3
           && find (0x3000, 2)->build_id_size == 2);
  pgo_mappings_add (maps, 0x3000, 0x6000, 0x1000, "/c", id_b, 2);
  CHECK ("so is another place in the file",
         pgo_mappings_epoch (maps) == 3 && find_now (0x3000)->offset == 0x1000);

  pgo_mappings_add (maps, 0x20000, 0x21000, 0, "/gone (deleted)", NULL, 0);
  CHECK ("a deleted file keeps its name", is (find_now (0x20000), "/gone"));
  pgo_mappings_add (maps, 0x30000, 0x30000, 0, "/empty", NULL, 0);
  CHECK ("an empty one is none", !find_now (0x30000));
}

static void
test_limits (void)
{
  static char name[2 * PGO_MAPPING_NAME];
  memset (name, 'n', sizeof name - 1);
  pgo_mappings_clear (maps);
  CHECK ("cleared", pgo_mappings_count (maps) == 0 && pgo_mappings_epoch (maps) == 0);
  pgo_mappings_add (maps, 0x1000, 0x2000, 0, name, NULL, 0);
  CHECK ("a name beyond the limit is refused",
         pgo_mappings_count (maps) == 0 && pgo_mappings_refused (maps) == 1);
  for (uint64_t i = 1; i <= PGO_MAX_MAPPINGS + 5; i++)
    pgo_mappings_add (maps, i << 12, (i + 1) << 12, 0, "//anon", NULL, 0);
  CHECK ("so are more mappings than there is room for",
         pgo_mappings_count (maps) == PGO_MAX_MAPPINGS && pgo_mappings_refused (maps) == 6);
  CHECK ("those before are found", find_now (PGO_MAX_MAPPINGS << 12) != NULL);
}

static void
test_own_process (void)
{
  pgo_mappings_clear (maps);
  /* Were memory mapped meanwhile, it could be where the program maps something next.  */
  struct rlimit usual, none = { 1 << 20, 1 << 20 };
  getrlimit (RLIMIT_AS, &usual);
  none.rlim_max = usual.rlim_max;
  setrlimit (RLIMIT_AS, &none);
  bool is_read = pgo_mappings_read (maps);
  setrlimit (RLIMIT_AS, &usual);
  REQUIRE ("read, without a new mapping", is_read);
  const struct pgo_mapping *own = find_now ((uint64_t) (uintptr_t) test_replacement);
  CHECK ("the program is there", own != NULL && strstr (own->name, "mappings-test") != NULL);
  CHECK ("address 0 is not", find_now (0) == NULL);
  CHECK ("the program has a build-id", own != NULL && own->build_id_size == 20);

  size_t count = pgo_mappings_count (maps);
  pgo_mappings_read (maps);
  CHECK ("reading again adds nothing", pgo_mappings_count (maps) == count && pgo_mappings_epoch (maps) == 0);

  void *code = mmap (NULL, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pgo_mappings_read (maps);
  CHECK ("generated code is //anon", is (find_now ((uint64_t) (uintptr_t) code), "//anon"));
  munmap (code, 8192);

  /* The same note by way of the file.  */
  struct stat status;
  uint8_t id[PGO_BUILD_ID_BYTES];
  REQUIRE ("the file is there", own != NULL && stat (own->name, &status) == 0);
  CHECK ("file and memory have the same build-id",
         pgo_build_id_in_file (own->name, status.st_ino, id, sizeof id) == 20
           && memcmp (id, own->build_id, 20) == 0);
  CHECK ("a file that was replaced has none",
         pgo_build_id_in_file (own->name, status.st_ino + 1, id, sizeof id) == 0);
  CHECK ("nor has one that isn't there", pgo_build_id_in_file ("/nonexistent", 1, id, sizeof id) == 0);
  CHECK ("nor a folder",
         stat ("/tmp", &status) == 0 && !pgo_build_id_in_file ("/tmp", status.st_ino, id, sizeof id));
  CHECK ("nor unmapped memory", pgo_build_id_in_memory (0x1000, id, sizeof id) == 0);
}

/* An ELF file in memory of which every byte was changed in turn.  */
static void
test_damaged_notes (void)
{
  size_t size = 8192;
  uint8_t *page = mmap (NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap (page + size, 4096);
  ElfW (Ehdr) *header = (ElfW (Ehdr) *) page;
  ElfW (Phdr) *segment = (ElfW (Phdr) *) (page + sizeof *header);
  ElfW (Nhdr) *note = (ElfW (Nhdr) *) (page + 512);
  memcpy (header->e_ident, ELFMAG, SELFMAG);
  header->e_ident[EI_CLASS] = sizeof (void *) == 8 ? ELFCLASS64 : ELFCLASS32;
  header->e_phoff = sizeof *header;
  header->e_phentsize = sizeof *segment;
  header->e_phnum = 2;
  segment[0].p_type = PT_LOAD;
  segment[0].p_filesz = size;
  segment[1].p_type = PT_NOTE;
  segment[1].p_vaddr = 512;
  segment[1].p_filesz = sizeof *note + 4 + 20;
  note->n_namesz = 4;
  note->n_descsz = 20;
  note->n_type = NT_GNU_BUILD_ID;
  memcpy (note + 1, "GNU", 4);
  memset ((uint8_t *) (note + 1) + 4, 0xab, 20);
  uint8_t id[PGO_BUILD_ID_BYTES];
  uint64_t base = (uint64_t) (uintptr_t) page;
  CHECK ("a note made here", pgo_build_id_in_memory (base, id, sizeof id) == 20 && id[19] == 0xab);
  CHECK ("cut to the room there is", pgo_build_id_in_memory (base, id, 4) == 4);
  bool sane = true;
  for (size_t at = 0; at < 600; at++)
    for (int change = 1; change < 256; change *= 2)
      {
        page[at] ^= (uint8_t) change;
        sane &= pgo_build_id_in_memory (base, id, sizeof id) <= sizeof id;
        page[at] ^= (uint8_t) change;
      }
  CHECK ("no changed bit does harm", sane);
  munmap (page, size);
}

int
main (void)
{
  maps = pgo_mappings_new ();
  REQUIRE ("memory", maps != NULL);
  test_replacement ();
  test_limits ();
  test_own_process ();
  test_damaged_notes ();
  pgo_mappings_free (maps);
  return unit_done ();
}
