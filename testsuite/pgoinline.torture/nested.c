/* A nested function, called through its trampoline, is no target of a promoted call: that would lack the static chain.

   SPDX-License-Identifier: GPL-3.0-or-later  */

__attribute__ ((noinline)) int
apply (int (*f) (int), int n)
{
  return f (n) + 1;
}

int
count (int step, int n)
{
  int calls = 0;
  int add (int i)
  {
    calls++;
    return i * step;
  }
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += apply (add, i);
  return sum + calls;
}

int
main (void)
{
  volatile int n = 10;
  return count (3, n) == 3 * 45 + 10 + 10 ? 0 : 1;
}
