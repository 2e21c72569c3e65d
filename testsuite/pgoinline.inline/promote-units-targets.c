/* What promote-units.c calls.  twist is visible to all units, churn to this one alone, and too large for GCC's limits.

   SPDX-License-Identifier: GPL-3.0-or-later  */
typedef unsigned (*operation) (unsigned, unsigned);

unsigned
twist (unsigned a, unsigned b)
{
  return (a ^ 0x5eed) * 3 + (b << 2 | b >> 7);
}

unsigned
keep (unsigned a, unsigned b)
{
  return a | b;
}

#define ROUND(h, x) \
  h ^= h >> 15; h *= 2246822519u; h ^= h >> 13; h += (h & 255) * x; h ^= h >> 16; h *= x | 1; \
  h = (h << 11 | h >> 21) + x * 668265263u; h ^= (x << 3) ^ (h >> 2); h = (h << 13 | h >> 19) + x

static unsigned
churn (unsigned x, unsigned salt)
{
  unsigned h = x * 0x4badcafe + salt;
  ROUND (h, salt);
  ROUND (h, x);
  ROUND (h, salt);
  ROUND (h, x);
  return h ^ (h >> 11);
}

operation volatile table[] = { twist, keep, churn };
