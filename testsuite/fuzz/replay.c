/* Run a fuzz target over files, and over mutations of them: the same every time, without a fuzzer.

     TARGET [-m N] FILE...     N mutations of each file, default 0

   Prints PASS for the files and for the mutations; a crash is the failure.  The input that was at work is
   then in the file "input" of the working directory.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"

#include <string.h>

static uint64_t state = 1;

/* splitmix64 (Steele, Lea, Flood 2014).  */
static uint32_t
random_below (uint32_t bound)
{
  uint64_t z = state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return (uint32_t) ((z ^ (z >> 31)) % (bound ? bound : 1));
}

static void
keep (const uint8_t *data, size_t size)
{
  FILE *f = fopen ("input", "wb");
  FUZZ_CHECK ("input can be written", f != NULL);
  fwrite (data, 1, size, f);
  fclose (f);
}

/* Change DATA (of SIZE, with room for twice that and 64) in one to four places; value: the new size.  */
static size_t
mutate (uint8_t *data, size_t size)
{
  static const char *const words[] = {
    "0", "-1", "18446744073709551615", "18446744073709551616", "99999999999999999999", "\"", "<", ">", "/>", "&", "&lt;",
    "\xff", "\xc3", "=", ":", "+", "*", "(", ")", "\n", " ", "version=\"2\"", "<inlined at=\"1\" name=\"x\">", "fn=", "calls=1 1\n",
    "0x", "0xffffffffffffffff",
  };
  for (unsigned n = 1 + random_below (4); n > 0; n--)
    {
      uint32_t at = random_below ((uint32_t) size), length = random_below (16);
      if (size == 0)
        return size;
      if (at + length > size)
        length = (uint32_t) size - at;
      switch (random_below (7))
        {
        case 0:
          data[at] ^= (uint8_t) (1u << random_below (8));
          break;
        case 1:
          data[at] = (uint8_t) random_below (256);
          break;
        case 2:                 /* Leave out.  */
          memmove (data + at, data + at + length, size - at - length);
          size -= length;
          break;
        case 3:                 /* Twice.  */
          memmove (data + at + length, data + at, size - at);
          size += length;
          break;
        case 4:                 /* Cut.  */
          if (random_below (4) == 0)
            size = at;
          break;
        case 5:                 /* A word that means something somewhere.  */
          {
            const char *word = words[random_below (sizeof words / sizeof words[0])];
            size_t n_word = strlen (word);
            memmove (data + at + n_word, data + at, size - at);
            memcpy (data + at, word, n_word);
            size += n_word;
            break;
          }
        case 6:                 /* Bytes from elsewhere.  */
          memmove (data + at, data + random_below ((uint32_t) (size - length)), length);
          break;
        }
    }
  return size;
}

int
main (int argc, char **argv)
{
  unsigned long mutations = 0, files = 0;
  int first = 1;
  if (argc > 2 && strcmp (argv[1], "-m") == 0)
    {
      mutations = strtoul (argv[2], NULL, 10);
      first = 3;
    }
  for (int i = first; i < argc; i++)
    {
      FILE *f = fopen (argv[i], "rb");
      if (!f)
        {
          printf ("FAIL: %s cannot be read\n", argv[i]);
          return 1;
        }
      static uint8_t original[1 << 20], changed[(1 << 21) + 4 * 64];
      size_t size = fread (original, 1, sizeof original / 4, f);
      fclose (f);
      keep (original, size);
      LLVMFuzzerTestOneInput (original, size);
      files++;
      for (unsigned long n = 0; n < mutations; n++)
        {
          memcpy (changed, original, size);
          size_t changed_size = mutate (changed, size);
          keep (changed, changed_size);
          LLVMFuzzerTestOneInput (changed, changed_size);
        }
    }
  if (files == 0)
    printf ("FAIL: no files\n");
  else
    printf ("PASS: %lu files\n", files);
  if (files && mutations)
    printf ("PASS: %lu mutations of each\n", mutations);
  return files == 0;
}
