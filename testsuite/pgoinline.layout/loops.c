/* Of two loops of one function that are both compiled for speed, the one is peeled that saves enough by it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
/* { dg-do run } */
/* { dg-profile "loops.pgo.xml" } */
/* { dg-plugin "hot-cutoff=999990" } */
/* { dg-options "-O2 -fno-tree-vectorize -fdump-tree-cunroll-details" } */
/* { dg-require "xmllint" } */
struct item
{
  struct item *next;
  unsigned value;
};

unsigned __attribute__ ((noipa))
walk (const struct item *often, const struct item *seldom)
{
  unsigned sum = 0;
  for (; often; often = often->next)
    sum += often->value;
  for (; seldom; seldom = seldom->next)
    {
      unsigned v = seldom->value;
      v = (v << 3) ^ (v >> 5) ^ sum;
      v = (v << 7) ^ (v >> 3) ^ (v * 5);
      v = (v << 9) ^ (v >> 7) ^ (v * 9);
      sum += v;
    }
  return sum;
}

int
main (void)
{
  static struct item items[] = { { &items[1], 1 }, { &items[2], 2 }, { 0, 3 } };
  unsigned sum = 0;
  for (int i = 0; i < 20000; i++)
    sum += walk (items, i % 5000 ? 0 : items + 1);
  return sum == 0;
}
/* { dg-final { xpath-report "count(//loop\[@function='walk'])" "2" } } */
/* { dg-final { xpath-report "concat(//loop\[@at='4:17'\]/@decision, ' ', //loop\[@at='7:16'\]/@decision)" "copy keep" } } */
/* { dg-final { scan-dump-times cunroll {Peeled loop} 1 } } */
