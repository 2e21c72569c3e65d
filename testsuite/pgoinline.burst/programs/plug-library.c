/* Loaded by libraries.c, in two versions that differ in a constant and a branch.  It also works when it is loaded and closed.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdint.h>

#ifdef OTHER
# define FACTOR 6364136223846793005u
#else
# define FACTOR 2862933555777941757u
#endif

uint64_t plug (uint64_t, unsigned);
uint64_t
plug (uint64_t seed, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      seed = seed * FACTOR + 1442695040888963407u;
#ifdef OTHER
      if (seed >> 61 == 5)
        seed ^= seed >> 21;
#else
      if (seed >> 62 == 3)
        seed ^= seed >> 17;
#endif
    }
  return seed;
}

extern uint64_t plug_opened, *plug_closed;
uint64_t plug_opened, *plug_closed;

__attribute__ ((constructor)) static void
at_open (void)
{
  plug_opened = plug (5, 20000);
}

__attribute__ ((destructor)) static void
at_close (void)
{
  if (plug_closed)
    *plug_closed += plug (plug_opened, 20000);
}
