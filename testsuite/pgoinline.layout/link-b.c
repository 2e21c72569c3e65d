/* The second unit of the ordered program (layout.exp).

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <stdio.h>

int alpha (int x);
int unused (int x);

int __attribute__ ((noinline))
gamma_ (int x)
{
  __asm__ ("");
  return x - 1;
}

/* Not in the profile.  */
int __attribute__ ((noinline, noclone))
stranger (int x)
{
  __asm__ ("");
  return x ^ 5;
}

int
main (int argc, char **argv)
{
  int sum = 0;
  (void) argv;
  for (int i = 0; i < 100; i++)
    sum += alpha (i);
  if (argc > 5)
    sum += unused (sum);
  printf ("%d\n", sum + stranger (argc));
  return 0;
}
