/* Any order of blocks computes the same, hot and cold parts stay apart, landing pads stay with their calls.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-do run } */
/* { dg-plugin "random-layout=7" } */
/* { dg-options "-O2 -fchecking -fexceptions -freorder-blocks-and-partition" } */
/* { dg-variants {"" "-O1" "-O3" "-Os" "-g" "-fPIC" "-flto"} } */
/* { dg-output {^317 50 3\n$} } */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf target;
static int cleaned;

static void
cleanup (int *p)
{
  cleaned += *p;
}

int __attribute__ ((noipa))
leave (int x)
{
  int here __attribute__ ((cleanup (cleanup))) = 1;
  if (__builtin_expect (x == 77, 0))
    longjmp (target, 3);
  return x & here;
}

int __attribute__ ((noipa))
run (const char *program)
{
  static const void *const labels[] = { &&add, &&skip, &&stop };
  int sum = 0, i = 0;
  goto *labels[program[i] - '0'];
add:
  for (int k = 0; k < 10; k++)
    sum += k + (leave (k) ? 0 : i);
  goto *labels[program[++i] - '0'];
skip:
  switch (sum % 7)
    {
    case 0: sum++; break;
    case 1: case 3: sum += 2; break;
    case 5: sum--; break;
    default: __asm__ goto ("" : : : : done);
    }
  goto *labels[program[++i] - '0'];
done:
  sum += 50;
  goto *labels[program[++i] - '0'];
stop:
  return sum;
}

int
main (void)
{
  int sum = run ("0101001012");
  int left = setjmp (target);
  if (!left)
    leave (77);
  printf ("%d %d %d\n", sum, cleaned, left);
  return 0;
}
