// Functions that only this unit can call and that share a name: each has counts of its own.
#include <cstdio>
#include <vector>
namespace {
struct up { int n; __attribute__((noinline)) int run (int x); };
struct down { int n; __attribute__((noinline)) int run (int x); };
int up::run (int x)
{
  if (x > 0)
    return x + n;
  return x * n;
}
int down::run (int x)
{
  if (x > 0)
    return x - n;
  return x / (n + 1);
}
template <typename T> __attribute__((noinline)) long
each (std::vector<int> &v, T &&f)
{
  long s = 0;
  for (int x : v)
    s += f (x);
  return s;
}
}
int main (int argc, char **argv)
{
  std::vector<int> v;
  for (int i = 0; i < 10000; i++) v.push_back (i % 7 - (argc > 1));
  up u {argc}; down d {argc};
  long s = 0;
  for (int x : v) s += u.run (x);
  for (int x : v) s += d.run (-x);
  s += each (v, [] (int x) __attribute__((noinline)) { if (x > 2) return x; return x * 3; });
  for (int i = 0; i < 10; i++)
  s += each (v, [] (int x) __attribute__((noinline)) { if (x < 2) return x; return x / 3; });
  std::printf ("%ld\n", s);
}
