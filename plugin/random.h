/* Pseudo-random numbers for the options that test the compiler with random counts and orders.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_PLUGIN_RANDOM_H
#define PGOINLINE_PLUGIN_RANDOM_H

#include <stdint.h>

/* The state of a generator that depends on SEED and the function NAME alone.  */
static inline uint64_t
pgo_random_begin (uint64_t seed, const char *name)
{
  for (; *name; name++)
    seed = seed * 31 + (unsigned char) *name;
  return seed;
}

/* The next number from *STATE (splitmix64: Steele, Lea, Flood 2014).  */
static inline uint64_t
pgo_random_next (uint64_t *state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

#endif
