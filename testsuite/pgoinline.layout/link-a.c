/* The first unit of the ordered program (layout.exp): `beta' is static, `alpha' has a cold part.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>
#include <stdlib.h>

int gamma_ (int x);

static int __attribute__ ((noinline))
beta (int x)
{
  __asm__ ("");
  return x * 3;
}

int __attribute__ ((noinline))
alpha (int x)
{
  if (x > 1000000)
    {
      fprintf (stderr, "too much: %d\n", x);
      abort ();
    }
  return beta (x) + gamma_ (x);
}

int __attribute__ ((noinline))
unused (int x)
{
  __asm__ ("");
  return x + 7;
}
