// Exceptions under random orders: landing pads in the part of their calls.
//
// SPDX-License-Identifier: GPL-3.0-or-later
// { dg-do run }
// { dg-plugin "random-layout=5 random-counts=3" }
// { dg-options "-O2 -fchecking" }
// { dg-variants {"" "-O3" "-Os" "-fPIC" "-flto" "-g"} }
// { dg-output {^caught 40 of 100, 100 destroyed\n$} }
#include <cstdio>
#include <stdexcept>
#include <string>

static int destroyed;

struct guard
{
  ~guard () { destroyed++; }
};

static int __attribute__ ((noipa))
check (int i)
{
  guard g;
  std::string text (i % 20, 'x');
  if (i % 5 == 0)
    throw std::runtime_error (text);
  if (i % 5 == 3)
    throw i;
  return text.size () & 1;
}

int
main ()
{
  int caught = 0;
  for (int i = 0; i < 100; i++)
    try
      {
        caught -= check (i) < 0;
      }
    catch (const std::exception &e)
      {
        caught += e.what () != nullptr;
      }
    catch (int n)
      {
        caught += n == i;
      }
  std::printf ("caught %d of 100, %d destroyed\n", caught, destroyed);
  return 0;
}
