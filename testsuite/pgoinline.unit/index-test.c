/* The index: it answers as the profile does, and no truncation and no flipped bit makes it crash or lie
   unnoticed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/index.h"
#include "core/profile-io.h"
#include "core/sha256.h"
#include "core/source.h"
#include "random-profile.h"
#include "unit.h"

#include <string.h>
#include <sys/stat.h>

#define PROFILES 30

/* Equality of trees by the canonical text of profiles that hold one each is tested in xml-test.c; here
   the fields that an index could confuse.  */
static bool
same_place (const struct pgo_place *a, const struct pgo_place *b)
{
  bool same = a->n_steps == b->n_steps && pgo_location_compare (a->at, b->at) == 0;
  for (uint32_t i = 0; same && i < a->n_steps; i++)
    same = pgo_location_compare (a->steps[i].at, b->steps[i].at) == 0
           && strcmp (a->steps[i].callee, b->steps[i].callee) == 0
           && !a->steps[i].callee_file == !b->steps[i].callee_file
           && (!a->steps[i].callee_file || strcmp (a->steps[i].callee_file, b->steps[i].callee_file) == 0);
  return same;
}

static bool
same_tree (const struct pgo_instance *a, const struct pgo_instance *b)
{
  bool same = strcmp (a->name, b->name) == 0 && !a->file == !b->file
              && (!a->file || strcmp (a->file, b->file) == 0) && pgo_location_compare (a->at, b->at) == 0
              && a->kind == b->kind && a->keys == b->keys && a->checksum == b->checksum && a->head == b->head
              && a->head_samples == b->head_samples && a->total == b->total && a->size_bytes == b->size_bytes
              && a->rank == b->rank && a->n_lines == b->n_lines && a->n_calls == b->n_calls
              && a->n_branches == b->n_branches && a->n_inlined == b->n_inlined;
  for (uint32_t i = 0; same && i < a->n_lines; i++)
    same = pgo_location_compare (a->lines[i].at, b->lines[i].at) == 0
           && a->lines[i].weight == b->lines[i].weight && a->lines[i].samples == b->lines[i].samples;
  for (uint32_t i = 0; same && i < a->n_calls; i++)
    same = pgo_location_compare (a->calls[i].at, b->calls[i].at) == 0
           && a->calls[i].weight == b->calls[i].weight && a->calls[i].samples == b->calls[i].samples
           && strcmp (a->calls[i].callee, b->calls[i].callee) == 0
           && !a->calls[i].callee_file == !b->calls[i].callee_file;
  for (uint32_t i = 0; same && i < a->n_branches; i++)
    same = same_place (&a->branches[i].from, &b->branches[i].from)
           && same_place (&a->branches[i].to, &b->branches[i].to)
           && a->branches[i].weight == b->branches[i].weight
           && a->branches[i].samples == b->branches[i].samples;
  for (uint32_t i = 0; same && i < a->n_inlined; i++)
    same = same_tree (a->inlined[i], b->inlined[i]);
  return same;
}

static void
test_same_answers (void)
{
  bool opened = true, ids = true, same = true, same_at = true, absent = true, whole = true, verified = true;
  for (unsigned seed = 0; seed < PROFILES; seed++)
    {
      struct pgo_status status = { 0 };
      struct pgo_profile *p = random_profile (seed, seed), *flat = pgo_profile_new ();
      pgo_profile_normalize (p);
      pgo_profile_order (p);
      pgo_flatten (p, flat);
      pgo_profile_write (p, "p.pgo.xml", &status);
      pgo_index_write (p, "p.pgo", &status);
      struct pgo_source *xml = pgo_source_open ("p.pgo.xml", &status),
                        *index = pgo_source_open ("p.pgo", &status);
      opened &= xml && index && pgo_source_is_index (index) && !pgo_source_is_index (xml);
      if (!xml || !index)
        break;
      ids &= strcmp (pgo_source_id (xml, &status), pgo_source_id (index, &status)) == 0;
      verified &= pgo_source_verify (xml, &status) && pgo_source_verify (index, &status);

      uint32_t n, m;
      const struct pgo_origin *a = pgo_source_origins (xml, &n), *b = pgo_source_origins (index, &m);
      whole &= n == m && pgo_source_kind (xml) == pgo_source_kind (index)
               && pgo_source_summary (index)->total == p->summary.total
               && pgo_source_summary (index)->n_cutoffs == p->summary.n_cutoffs
               && pgo_summary_min_weight (pgo_source_summary (index), 990000)
                  == pgo_summary_min_weight (&p->summary, 990000);
      for (uint32_t i = 0; i < n && n == m; i++)
        whole &= a[i].kind == b[i].kind && strcmp (a[i].binary, b[i].binary) == 0
                 && strcmp (a[i].build_id, b[i].build_id) == 0 && a[i].samples == b[i].samples;

      same_at &= pgo_source_n_functions (index) == flat->n_functions
                 && pgo_source_n_functions (xml) == flat->n_functions;
      for (uint32_t i = 0; i < flat->n_functions && same_at; i++)
        {
          const struct pgo_instance *expected = flat->functions[i];
          const struct pgo_instance *at = pgo_source_at (index, i, &status);
          same_at &= at && same_tree (expected, at);
          expected = pgo_profile_find (flat, expected->name, expected->file);
          const struct pgo_instance *from_index =
              pgo_source_find (index, expected->name, expected->file, &status);
          const struct pgo_instance *from_xml =
              pgo_source_find (xml, expected->name, expected->file, &status);
          same &= from_index && from_xml && same_tree (expected, from_index) && same_tree (expected, from_xml)
                  && from_index == pgo_source_find (index, expected->name, expected->file, &status);
        }
      static const char *const names[] = { "", "a", "lookups", "zzz", "_ZN3foo3barE" };
      for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        absent &= !pgo_source_find (index, names[i], NULL, &status)
                  && !pgo_source_find (xml, names[i], "a.c", &status);
      absent &= status.message[0] == '\0';
      pgo_source_close (xml);
      pgo_source_close (index);
      pgo_profile_free (flat);
      pgo_profile_free (p);
    }
  CHECK ("an index opens", opened);
  CHECK ("it has the profile's id", ids);
  CHECK ("it verifies", verified);
  CHECK ("it has the profile's origins and summary", whole);
  CHECK ("its functions are those added up over contexts", same_at);
  CHECK ("it finds what the profile finds", same);
  CHECK ("and nothing else", absent);
}

static unsigned char *
read_file (const char *path, size_t *size)
{
  FILE *file = fopen (path, "rb");
  struct stat st;
  if (!file || fstat (fileno (file), &st) != 0)
    exit (3);
  unsigned char *bytes = malloc ((size_t) st.st_size + 1);
  *size = fread (bytes, 1, (size_t) st.st_size, file);
  fclose (file);
  return bytes;
}

static void
write_file (const char *path, const unsigned char *bytes, size_t size)
{
  FILE *file = fopen (path, "wb");
  if (!file || fwrite (bytes, 1, size, file) != size || fclose (file) != 0)
    exit (3);
}

/* Touch all of an index as a compiler would; true if it complained.  */
static bool
complains (const char *path, struct pgo_status *status)
{
  struct pgo_source *source = pgo_source_open (path, status);
  if (!source)
    return true;
  struct pgo_status lookups = { 0 };
  uint64_t seed = 0;
  for (int i = 0; i < 40; i++)
    {
      const char *name = random_name (&seed), *file = random_file (&seed);
      pgo_source_find (source, name, file, &lookups);
    }
  for (uint32_t i = 0; i < pgo_source_n_functions (source); i++)
    pgo_source_at (source, i, &lookups);
  bool bad = !pgo_source_verify (source, status);
  pgo_source_close (source);
  return bad;
}

/* An index of a few functions, small enough to change each of its bytes in turn; *SIZE of them.  */
static unsigned char *
small_index (uint64_t seed, size_t *size)
{
  for (;; seed++)
    {
      struct pgo_status status = { 0 };
      struct pgo_profile *p = random_profile (seed, 3);
      pgo_profile_normalize (p);
      pgo_index_write (p, "whole.pgo", &status);
      pgo_profile_free (p);
      unsigned char *bytes = read_file ("whole.pgo", size);
      if (*size > 1500 && *size < 3000)
        return bytes;
      free (bytes);
    }
}

static void
test_damage (void)
{
  struct pgo_status status = { 0 };
  size_t size;
  unsigned char *bytes = small_index (4, &size);
  REQUIRE ("the whole is good", size > INDEX_HEADER_BYTES + 200 && !complains ("whole.pgo", &status));

  bool all = true, named = true;
  for (size_t n = 0; n < size; n += n < 400 ? 1 : 7)
    {
      memset (&status, 0, sizeof status);
      write_file ("bad.pgo", bytes, n);
      all &= complains ("bad.pgo", &status);
      named &= strcmp (status.file, "bad.pgo") == 0 && status.message[0];
    }
  CHECK ("every truncation is noticed", all);
  CHECK ("with the file's name", named);
  write_file ("bad.pgo", bytes, size);
  FILE *file = fopen ("bad.pgo", "ab");
  fputs ("more", file);
  fclose (file);
  CHECK ("so is an appendix", complains ("bad.pgo", &status));

  all = true;
  for (size_t i = 0; i < size; i++)
    {
      unsigned char bit = (unsigned char) (1u << i % 8);
      bytes[i] ^= bit;
      memset (&status, 0, sizeof status);
      write_file ("bad.pgo", bytes, size);
      /* With the magic gone it is read as XML, and refused as that.  The id alone may be anything, but the
         header's check tells.  */
      all &= complains ("bad.pgo", &status);
      bytes[i] ^= bit;
    }
  CHECK ("every flipped bit is noticed", all);

  /* Headers that agree with themselves and lie: what a forger would write.  */
  bool survived = true;
  for (size_t at = INDEX_FUNCTIONS; at < INDEX_ID; at += 8)
    for (unsigned value = 0; value < 6; value++)
      {
        static const uint64_t values[] = {
          0, 1, INDEX_HEADER_BYTES, UINT64_MAX, UINT64_MAX / INDEX_ENTRY_BYTES + 1, UINT64_C (1) << 32
        };
        unsigned char header[INDEX_HEADER_BYTES];
        memcpy (header, bytes, sizeof header);
        for (unsigned i = 0; i < 8; i++)
          header[at + i] = (unsigned char) (values[value] >> 8 * i);
        uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, header, INDEX_HEADER_CHECK);
        for (unsigned i = 0; i < 8; i++)
          header[INDEX_HEADER_CHECK + i] = (unsigned char) (check >> 8 * i);
        unsigned char *forged = malloc (size);
        memcpy (forged, bytes, size);
        memcpy (forged, header, sizeof header);
        write_file ("bad.pgo", forged, size);
        free (forged);
        memset (&status, 0, sizeof status);
        survived &= complains ("bad.pgo", &status) || memcmp (header, bytes, sizeof header) == 0;
      }
  CHECK ("a forged header is refused", survived);
  free (bytes);
}

static uint64_t
load (const unsigned char *at)
{
  uint64_t value = 0;
  for (unsigned i = 8; i-- > 0;)
    value = value << 8 | at[i];
  return value;
}

/* Make entries and header of a changed index agree with it again.  */
static void
sign (unsigned char *bytes, size_t size)
{
  uint64_t n = load (bytes + INDEX_FUNCTIONS), table = load (bytes + INDEX_TABLE),
           trees = load (bytes + INDEX_TREES);
  uint64_t strings = load (bytes + INDEX_STRINGS);
  for (uint64_t i = 0; i < n; i++)
    {
      unsigned char *entry = bytes + table + i * INDEX_ENTRY_BYTES;
      uint64_t name = load (entry + INDEX_ENTRY_NAME), file = load (entry + INDEX_ENTRY_FILE);
      uint64_t tree = load (entry + INDEX_ENTRY_TREE), tree_size = load (entry + INDEX_ENTRY_TREE_SIZE);
      const char *text = (const char *) bytes + strings;
      uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, entry, INDEX_ENTRY_CHECK);
      check = pgo_index_check (check, text + name, strlen (text + name));
      if (file != INDEX_NO_STRING)
        check = pgo_index_check (check, text + file, strlen (text + file));
      check = pgo_index_check (check, bytes + trees + tree, tree_size);
      for (unsigned j = 0; j < 8; j++)
        entry[INDEX_ENTRY_CHECK + j] = (unsigned char) (check >> 8 * j);
    }
  struct pgo_sha256 sha;
  pgo_sha256_begin (&sha);
  pgo_sha256_add (&sha, bytes + INDEX_HEADER_BYTES, size - INDEX_HEADER_BYTES);
  pgo_sha256_end (&sha, bytes + INDEX_CONTENT);
  uint64_t check = pgo_index_check (INDEX_CHECK_BEGIN, bytes, INDEX_HEADER_CHECK);
  for (unsigned j = 0; j < 8; j++)
    bytes[INDEX_HEADER_CHECK + j] = (unsigned char) (check >> 8 * j);
}

/* Trees changed by somebody who can compute checks: whatever they hold, they are decoded or refused.  */
static void
test_forged_trees (void)
{
  struct pgo_status status = { 0 };
  size_t size;
  unsigned char *bytes = small_index (100, &size), *forged = malloc (size);
  uint64_t trees = load (bytes + INDEX_TREES), trees_size = load (bytes + INDEX_TREES + 8);
  unsigned refused = 0, decoded = 0;
  for (uint64_t i = 0; i < trees_size; i++)
    {
      memcpy (forged, bytes, size);
      forged[trees + i] = (unsigned char) (i % 3 == 0 ? 0xff : i % 3 == 1 ? forged[trees + i] ^ 1 : 0);
      sign (forged, size);
      write_file ("bad.pgo", forged, size);
      memset (&status, 0, sizeof status);
      *(complains ("bad.pgo", &status) ? &refused : &decoded) += 1;
    }
  CHECK ("forged trees are decoded or refused",
         refused > 0 && decoded > 0 && refused + decoded == trees_size);
  free (bytes);
  free (forged);
}

/* Kilobytes of the file that are mapped in by now; -1 if the system does not tell.  */
static long
resident_kb (const char *file)
{
  FILE *maps = fopen ("/proc/self/smaps", "r");
  char line[4400];
  long kb = -1;
  bool here = false;
  while (maps && fgets (line, sizeof line, maps))
    {
      if (strchr ("0123456789abcdef", line[0]) && strchr (line, '-'))
        here = strstr (line, file) != NULL;
      long n;
      if (here && sscanf (line, "Rss: %ld kB", &n) == 1)
        kb = (kb < 0 ? 0 : kb) + n;
    }
  if (maps)
    fclose (maps);
  return kb;
}

/* A lookup must not read the whole of a large index.  The system maps in 64 KB around each page that is
   touched, and a search among N names touches 2 log2 N places at most.  */
static void
test_size (void)
{
  struct pgo_status status = { 0 };
  struct pgo_profile *p = pgo_profile_new ();
  uint64_t seed = 1;
  char name[40];
  for (unsigned i = 0; i < 40000; i++)
    {
      snprintf (name, sizeof name, "_ZN5large%u8functionEv", i);
      struct pgo_instance *f = pgo_profile_add_function (p, name, NULL);
      for (int line = 0; line < 40; line++)
        pgo_instance_add_line (p, f, (struct pgo_location) { line, 1, 0 }, random_next (&seed) >> 20, 1);
    }
  pgo_profile_normalize (p);
  REQUIRE ("a large index is written", pgo_index_write (p, "large.pgo", &status));
  pgo_profile_free (p);
  struct stat st;
  stat ("large.pgo", &st);
  struct pgo_source *source = pgo_source_open ("large.pgo", &status);
  const struct pgo_instance *f =
      source ? pgo_source_find (source, "_ZN5large12345678functionEv", NULL, &status) : NULL;
  CHECK ("nothing is found that is not there", source && !f);
  f = source ? pgo_source_find (source, "_ZN5large123458functionEv", NULL, &status) : NULL;
  CHECK ("a function of a large index is found", f && f->n_lines == 40);
  long kb = resident_kb ("large.pgo");
  printf ("%ld of %ld KB mapped in\n", kb, (long) st.st_size / 1024);
  if (kb < 0)
    printf ("UNSUPPORTED: a lookup reads a part only: no /proc/self/smaps\n");
  else
    CHECK ("a lookup reads a part only", kb > 0 && kb < st.st_size / 1024 / 4);
  pgo_source_close (source);
}

static void
test_refusals (void)
{
  struct pgo_status status = { 0 };
  struct pgo_profile *p = random_profile (1, 2);
  pgo_profile_normalize (p);
  CHECK ("an index is not written where nothing can be", !pgo_index_write (p, "none/p.pgo", &status)
                                                         && strcmp (status.file, "none/p.pgo") == 0);
  pgo_index_write (p, "v.pgo", &status);
  pgo_profile_free (p);
  size_t size;
  unsigned char *bytes = read_file ("v.pgo", &size);
  bytes[INDEX_VERSION] = 2;
  write_file ("v.pgo", bytes, size);
  free (bytes);
  memset (&status, 0, sizeof status);
  CHECK ("another version is named",
         !pgo_source_open ("v.pgo", &status) && strstr (status.message, "version 2"));
  memset (&status, 0, sizeof status);
  CHECK ("an index is not read as XML",
         !pgo_profile_read ("v.pgo", &status) && strstr (status.message, "index"));
  memset (&status, 0, sizeof status);
  CHECK ("a missing file", !pgo_source_open ("none.pgo", &status) && strcmp (status.file, "none.pgo") == 0
                           && strstr (status.message, "No such file"));
  memset (&status, 0, sizeof status);
  CHECK ("a directory", !pgo_source_open (".", &status) && strstr (status.message, "directory"));
}

int
main (void)
{
  test_same_answers ();
  test_damage ();
  test_forged_trees ();
  test_size ();
  test_refusals ();
  return unit_done ();
}
