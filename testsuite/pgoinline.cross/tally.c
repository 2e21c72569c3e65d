/* A table of words, as small as it gets: scatter is the hot path, the table does not overflow.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>
#include <stdlib.h>

#define SIZE 1021u

static unsigned keys[SIZE], counts[SIZE], used;

unsigned
scatter (unsigned key, unsigned salt)
{
  for (unsigned turn = 0; turn < 3; turn++)
    {
      key ^= key >> 16;
      key *= 0x85ebca6bu;
      if (key > 0xf0000000u)
        key ^= (key << 5) + turn;
      key ^= key >> 13;
      key *= 0xc2b2ae35u + salt;
      if (key & 4096)
        key = (key << 7) + (key >> 25) + salt;
      key ^= key >> 11;
      key *= 0x27d4eb2fu;
    }
  return key % SIZE;
}

__attribute__ ((noinline)) void
overflow (unsigned key)
{
  fprintf (stderr, "no room for %u\n", key);
  used = scatter (key, 1);
}

unsigned
run (unsigned rounds)
{
  unsigned state = 1, most = 0;
  for (unsigned i = 0; i < rounds * 200; i++)
    {
      state = state * 1664525u + 1013904223u;
      unsigned key = (state >> 24) % 200, at = scatter (key, 0);
      while (counts[at] != 0 && keys[at] != key)
        at = at + 1 == SIZE ? 0 : at + 1;
      if (counts[at] == 0)
        {
          if (used + 1 == SIZE)
            overflow (key);
          used++;
          keys[at] = key;
        }
      if (++counts[at] > most)
        most = counts[at];
    }
  return most;
}

int
main (int argc, char **argv)
{
  printf ("%u\n", run (argc > 1 ? atoi (argv[1]) : 1));
  return 0;
}
