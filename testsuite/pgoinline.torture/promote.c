/* Indirect calls with several targets of one type, one of them always_inline: promotion adds calls to a function
   whose sums over its calls GCC keeps.

   SPDX-License-Identifier: GPL-3.0-or-later  */

static int
triple (int x)
{
  return x * 3 + 1;
}

static int
next (int x)
{
  return x + 2;
}

static inline int __attribute__ ((always_inline))
scale (int x)
{
  return x * 5;
}

static int (*ways[2]) (int) = { triple, next };
static int (*volatile other) (int) = scale;

int
main (void)
{
  int sum = 0;
  for (int i = 0; i < 10; i++)
    sum += ways[i & 1] (i) + scale (i) + other (i);
  return sum != 550;
}
