/* Code with inlined calls of many kinds, for the comparison of inline stacks.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace
{
struct local
{
  int value;
  int twice () const { return 2 * value; }
  __attribute__ ((noinline)) int thrice (int k) { return k * 3 + value; }
};
__attribute__ ((noinline)) int scramble (int x) { return x * 17 % 13; }
}

static __attribute__ ((noinline)) int
nth (std::vector<int> &v, unsigned k)
{
  std::sort (v.begin (), v.end ());
  return v[k % v.size ()];
}

struct base
{
  int number;
  explicit base (int n) : number (n) {}
  virtual ~base () {}
  virtual int value (int) = 0;
};

struct derived : virtual base
{
  std::string name;
  explicit derived (int n) : base (n), name ("derived") { if (n > 1) name += "s"; }
  int value (int x) override { return number + x + name.size (); }
};

template <class T> T
greater (T a, T b)
{
  return a > b ? a : b;
}

int
main (int argc, char **)
{
  std::vector<int> v;
  std::map<std::string, int> m;
  for (int i = 0; i < 1000; i++)
    {
      v.push_back (scramble (i));
      m["key" + std::to_string (i % 50)] += i;
    }
  for (int i = 0; i < 5; i++)
    {
      base *d = new derived (i);
      v.push_back (d->value (i));
      delete d;
    }
  auto sum = [&] (int a) { for (auto &p : m) a += p.second; return a; };
  std::unique_ptr<base> b (new derived (argc));
  local l { 3 };
  std::printf ("%d %d %d %d\n", nth (v, argc), sum (3), b->value (2), greater (l.twice (), l.thrice (4)));
}
