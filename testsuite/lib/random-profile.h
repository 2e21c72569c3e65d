/* Profiles for tests, made from a seed: every kind of element, odd names, extreme numbers, duplicates.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TESTSUITE_RANDOM_PROFILE_H
#define PGOINLINE_TESTSUITE_RANDOM_PROFILE_H

#include "core/profile.h"

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014).  */
static inline uint64_t
random_next (uint64_t *seed)
{
  uint64_t z = *seed += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

static inline uint32_t
random_below (uint64_t *seed, uint32_t n)
{
  return (uint32_t) (random_next (seed) % n);
}

static inline const char *
random_name (uint64_t *seed)
{
  static const char *const names[] = { "main",
                                       "lookup",
                                       "parse",
                                       "f",
                                       "g",
                                       "_ZN3foo3barEv",
                                       "net/http.(*conn).serve",
                                       "a&b<c>\"d\"'e'",
                                       "100%",
                                       "|>",
                                       "tab\there",
                                       "\xc3\xa4\xe2\x82\xac",
                                       "bad\xff\xc3",
                                       "x y",
                                       "%41",
                                       "]]>" };
  return names[random_below (seed, sizeof names / sizeof *names)];
}

static inline const char *
random_file (uint64_t *seed)
{
  static const char *const files[] = { NULL, NULL, NULL, "a.c", "b.h", "with space.c" };
  return files[random_below (seed, sizeof files / sizeof *files)];
}

static inline struct pgo_location
random_location (uint64_t *seed)
{
  static const int32_t lines[] = { INT32_MIN, INT32_MAX, -3 };
  struct pgo_location at = { (int32_t) random_below (seed, 12), 0, 0 };
  if (random_below (seed, 30) == 0)
    at.line = lines[random_below (seed, 3)];
  if (random_below (seed, 2))
    at.column = random_below (seed, 40) ? random_below (seed, 5) : UINT32_MAX;
  if (random_below (seed, 4) == 0)
    at.discriminator = random_below (seed, 40) ? random_below (seed, 3) : UINT32_MAX;
  return at;
}

static inline uint64_t
random_weight (uint64_t *seed)
{
  switch (random_below (seed, 12))
    {
    case 0: return 0;
    case 1: return random_next (seed) >> 8;
    case 2: return random_below (seed, 60) ? 1 : UINT64_MAX;
    default: return random_below (seed, 5000);
    }
}

static inline struct pgo_place
random_place (uint64_t *seed, struct pgo_step steps[3])
{
  struct pgo_place place = { steps, random_below (seed, 2) ? 0 : random_below (seed, 4),
                             random_location (seed) };
  for (uint32_t i = 0; i < place.n_steps; i++)
    {
      steps[i].at = random_location (seed);
      steps[i].callee = random_name (seed);
      steps[i].callee_file = random_file (seed);
    }
  return place;
}

static inline void
random_fill (struct pgo_profile *profile, struct pgo_instance *instance, uint64_t *seed, int depth)
{
  instance->kind = (enum pgo_evidence) random_below (seed, 4);
  instance->keys = (enum pgo_keys) (random_below (seed, 6) % PGO_N_KEYS);
  if (instance->keys == PGO_KEYS_MARK)
    instance->checksum = random_below (seed, 2) ? random_next (seed) : 7;
  if (random_below (seed, 2))
    {
      instance->head = random_weight (seed);
      instance->head_samples = random_below (seed, 2) ? instance->head : random_weight (seed);
    }
  instance->size_bytes = random_below (seed, 3) ? 0 : random_weight (seed);
  for (uint32_t i = random_below (seed, 8); i-- > 0;)
    {
      uint64_t weight = random_weight (seed);
      pgo_instance_add_line (profile, instance, random_location (seed), weight,
                             random_below (seed, 2) ? weight : random_weight (seed));
    }
  for (uint32_t i = random_below (seed, 4); i-- > 0;)
    {
      struct pgo_location at = random_location (seed);
      const char *callee = random_name (seed), *file = random_file (seed);
      pgo_instance_add_call (profile, instance, at, callee, file, random_weight (seed), random_weight (seed));
    }
  for (uint32_t i = random_below (seed, 4); i-- > 0;)
    {
      struct pgo_step from_steps[3], to_steps[3];
      struct pgo_place from = random_place (seed, from_steps), to = random_place (seed, to_steps);
      pgo_instance_add_branch (profile, instance, from, to, random_weight (seed), random_weight (seed));
    }
  for (uint32_t i = depth ? random_below (seed, 4) : 0; i-- > 0;)
    {
      struct pgo_location at = random_location (seed);
      const char *name = random_name (seed), *file = random_file (seed);
      random_fill (profile, pgo_instance_add_inlined (profile, instance, at, name, file), seed, depth - 1);
    }
}

/* A profile of about N functions, not normalised.  */
static inline struct pgo_profile *
random_profile (uint64_t seed, uint32_t n)
{
  struct pgo_profile *profile = pgo_profile_new ();
  for (uint32_t i = random_below (&seed, 4); i-- > 0;)
    {
      struct pgo_origin *origin = pgo_profile_add_origin (profile);
      origin->kind = (enum pgo_evidence) random_below (&seed, 4);
      origin->binary = pgo_profile_string (profile, random_below (&seed, 5) ? random_name (&seed) : "");
      origin->build_id = pgo_profile_string (profile, random_below (&seed, 2) ? "0123abcd" : "");
      origin->samples = random_weight (&seed);
      origin->lost = random_weight (&seed);
      origin->duration_ns = random_weight (&seed);
    }
  while (n-- > 0)
    {
      const char *name = random_name (&seed), *file = random_file (&seed);
      random_fill (profile, pgo_profile_add_function (profile, name, file), &seed, 3);
    }
  return profile;
}

#endif
