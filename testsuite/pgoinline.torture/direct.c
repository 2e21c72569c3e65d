/* Calls through a pointer that become direct when their function is inlined: the caller's size must follow (an assertion of
   GCC's, with -fchecking).

   SPDX-License-Identifier: GPL-3.0-or-later  */

static int
twice (int n)
{
  return 2 * n;
}

static int
square (int n)
{
  return n * n;
}

static __attribute__ ((noclone)) int
sum (int (*f) (int), const int *values, int n)
{
  int all = 0;
  for (int i = 0; i < n; i++)
    all += f (values[i]) + f (i);
  return all + f (all);
}

static __attribute__ ((noclone)) int
both (const int *values, int n)
{
  return sum (twice, values, n) - sum (square, values, n);
}

int
main (void)
{
  static const int values[] = { 3, 1, 4, 1, 5 };
  volatile int n = 5;
  return both (values, n) == 144 - 6806 ? 0 : 1;
}
