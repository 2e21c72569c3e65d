/* Output files that are whole or absent, escapes, SHA-256.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/alloc.h"
#include "core/atomic-file.h"
#include "core/report.h"
#include "core/sha256.h"
#include "unit.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
file_is (const char *path, const char *expected)
{
  char text[200];
  FILE *file = fopen (path, "r");
  if (!file)
    return false;
  size_t n = fread (text, 1, sizeof text, file);
  fclose (file);
  return n == strlen (expected) && memcmp (text, expected, n) == 0;
}

static unsigned
count_files (const char *path)
{
  DIR *directory = opendir (path);
  unsigned n = 0;
  while (directory && readdir (directory))
    n++;
  closedir (directory);
  return n - 2;
}

static bool
write_text (const char *path, const char *text, struct pgo_status *status)
{
  struct pgo_output *out = pgo_output_open (path, status);
  if (!out)
    return false;
  pgo_output_text (out, text);
  return pgo_output_commit (out, status);
}

static void
test_files (void)
{
  struct pgo_status status = { 0 };
  mkdir ("d", 0777);
  CHECK ("a new file", write_text ("d/a", "one", &status) && file_is ("d/a", "one"));
  CHECK ("replaced", write_text ("d/a", "two", &status) && file_is ("d/a", "two"));
  CHECK ("nothing else is left", count_files ("d") == 1);

  struct pgo_output *out = pgo_output_open ("d/a", &status);
  pgo_output_text (out, "three");
  CHECK ("the target is untouched while it is written", file_is ("d/a", "two"));
  pgo_output_discard (out);
  CHECK ("and when it is given up", file_is ("d/a", "two") && count_files ("d") == 1);

  chmod ("d/a", 0640);
  struct stat st;
  CHECK ("permissions are kept", write_text ("d/a", "four", &status) && stat ("d/a", &st) == 0
                                 && (st.st_mode & 0777) == 0640);
  if (symlink ("a", "d/link") == 0)
    CHECK ("a symbolic link is followed", write_text ("d/link", "five", &status) && file_is ("d/a", "five")
                                          && lstat ("d/link", &st) == 0 && S_ISLNK (st.st_mode));

  CHECK ("no such directory", !write_text ("none/a", "x", &status) && strcmp (status.file, "none/a") == 0
                              && strstr (status.message, "cannot write: No such file"));
  CHECK ("a directory", !write_text ("d", "x", &status) && strstr (status.message, "Is a directory"));
  if (access ("/dev/full", W_OK) == 0)
    CHECK ("a full device",
           !write_text ("/dev/full", "x", &status) && strstr (status.message, "No space left"));
  CHECK ("the null device is written directly",
         write_text ("/dev/null", "x", &status) && stat ("/dev/null", &st) == 0 && S_ISCHR (st.st_mode));

  char name[300];
  memset (name, 'n', 250);
  memcpy (name, "d/", 2);
  name[250] = '\0';
  CHECK ("a long name", write_text (name, "six", &status) && file_is (name, "six"));

  /* More than the buffer holds, in one piece and in small ones.  */
  char *large = malloc (200001);
  memset (large, 'x', 200000);
  large[200000] = '\0';
  out = pgo_output_open ("d/large", &status);
  pgo_output_text (out, large);
  for (int i = 0; i < 200000; i++)
    pgo_output_bytes (out, "y", 1);
  pgo_output_printf (out, "%s", large);
  CHECK ("a large file",
         pgo_output_commit (out, &status) && stat ("d/large", &st) == 0 && st.st_size == 600000);
  free (large);
}

static void
test_text (void)
{
  struct pgo_status status = { 0 };
  struct pgo_output *out = pgo_output_open ("text", &status);
  pgo_output_xml (out, "<a href=\"x\">'&\n\x01\xff\xc3\xa4</a>");
  pgo_output_commit (out, &status);
  CHECK ("XML escapes", file_is ("text", "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&#10;??\xc3\xa4&lt;/a&gt;"));
  out = pgo_output_open ("text", &status);
  pgo_output_json (out, "\"\\\n\x01\xff\xc3\xa4");
  pgo_output_commit (out, &status);
  CHECK ("JSON escapes", file_is ("text", "\"\\\"\\\\\\u000a\\u0001\xef\xbf\xbd\xc3\xa4\""));
  out = pgo_output_open ("text", &status);
  pgo_output_plain (out, "a\x1b[31m\n\xff\xc3\xa4");
  pgo_output_commit (out, &status);
  CHECK ("no controls for a terminal", file_is ("text", "a?[31m??\xc3\xa4"));
  out = pgo_output_open ("text", &status);
  pgo_output_u64 (out, 0);
  pgo_output_text (out, " ");
  pgo_output_u64 (out, UINT64_MAX);
  pgo_output_commit (out, &status);
  CHECK ("numbers", file_is ("text", "0 18446744073709551615"));

  static const struct { const char *text; unsigned length;
  } utf8[] = { { "a", 1 },
               { "\t", 1 },
               { "\x01", 0 },
               { "\xc3\xa4", 2 },
               { "\xc3", 0 },
               { "\xc0\x80", 0 },
               { "\xe2\x82\xac", 3 },
               { "\xe0\x80\x80", 0 },
               { "\xed\xa0\x80", 0 },
               { "\xef\xbf\xbe", 0 },
               { "\xf0\x9f\x98\x80", 4 },
               { "\xf4\x90\x80\x80", 0 },
               { "\xf0\x80\x80\x80", 0 },
               { "\x80", 0 },
               { "\xff", 0 },
               { "", 0 } };
  bool good = true;
  for (unsigned i = 0; i < sizeof utf8 / sizeof *utf8; i++)
    good &= pgo_utf8_length (utf8[i].text) == utf8[i].length;
  CHECK ("UTF-8 that XML may hold", good);
}

static bool
sha256_is (const char *text, size_t times, const char *expected)
{
  struct pgo_sha256 sha;
  unsigned char digest[PGO_SHA256_BYTES];
  char hex[PGO_SHA256_TEXT];
  pgo_sha256_begin (&sha);
  for (size_t i = 0; i < times; i++)
    pgo_sha256_add (&sha, text, strlen (text));
  pgo_sha256_end (&sha, digest);
  pgo_sha256_text (digest, hex);
  return strcmp (hex, expected) == 0;
}

/* Examples of FIPS 180-2, appendix B.  */
static void
test_sha256 (void)
{
  CHECK ("SHA-256 of nothing",
         sha256_is ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  CHECK ("SHA-256 of one block",
         sha256_is ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK ("SHA-256 of two blocks",
         sha256_is ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  CHECK ("SHA-256 of a million letters",
         sha256_is ("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

static bool
unit_path_is (const char *path, const char *unit, const char *expected)
{
  char *file = pgo_unit_path (path, unit, ".x");
  bool same = strcmp (file, expected) == 0;
  pgo_free (file);
  return same;
}

static void
test_unit_paths (void)
{
  CHECK ("a file is what is asked for", unit_path_is ("d/report", "../a.c", "d/report"));
  CHECK ("in a folder each unit has one", unit_path_is ("d", "src/a.c", "d/src#a.c.x"));
  CHECK ("which is not hidden", unit_path_is ("d", "../src/a.c", "d/#..#src#a.c.x"));
}

int
main (void)
{
  test_files ();
  test_text ();
  test_sha256 ();
  test_unit_paths ();
  return unit_done ();
}
