// Exceptions across frames in flight, through qsort's frames, rethrown, with clean-ups; backtraces as they would be.
//
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <execinfo.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <unwind.h>
#include <vector>

static unsigned the_cleanups;

struct Guard
{
  ~Guard () { the_cleanups++; }
};

__attribute__ ((noinline)) static unsigned
dive (unsigned depth, unsigned limit)
{
  Guard guard;
  if (depth == limit)
    throw std::runtime_error ("bottom " + std::to_string (depth));
  if (depth % 7 == 3)
    try
      {
        return dive (depth + 1, limit) + 1;
      }
    catch (const std::exception &)
      {
        if (depth % 14 == 3)
          throw;
        throw std::logic_error ("from " + std::to_string (depth));
      }
  return dive (depth + 1, limit) + 1;
}

static int
compare (const void *a, const void *b)
{
  int x = *static_cast<const int *> (a), y = *static_cast<const int *> (b);
  if (x == 77 || y == 77)
    throw x + y;
  return x - y;
}

// Return addresses, all of them the program's own.
static _Unwind_Reason_Code
count_frame (_Unwind_Context *, void *data)
{
  ++*static_cast<unsigned *> (data);
  return _URC_NO_REASON;
}

__attribute__ ((noinline)) static unsigned
frames_at (unsigned depth, unsigned *unwound, void **addresses)
{
  if (depth > 0)
    {
      unsigned result = frames_at (depth - 1, unwound, addresses);
      __asm__ volatile ("" : "+r" (result));
      return result;
    }
  *unwound = 0;
  _Unwind_Backtrace (count_frame, unwound);
  return static_cast<unsigned> (backtrace (addresses, 64));
}

static uint64_t
round_of (unsigned seed)
{
  uint64_t sum = 0;
  for (unsigned i = 0; i < 400; i++)
    try
      {
        sum += dive (0, 3 + (i + seed) % 40);
      }
    catch (const std::logic_error &error)
      {
        sum = sum * 31 + strlen (error.what ());
      }
    catch (const std::exception &error)
      {
        sum = sum * 37 + strlen (error.what ());
      }
  for (unsigned i = 0; i < 100; i++)
    {
      int values[64];
      for (int k = 0; k < 64; k++)
        values[k] = (k * 29 + static_cast<int> (i)) % 100;
      try
        {
          qsort (values, 64, sizeof *values, compare);
          sum++;
        }
      catch (int thrown)
        {
          sum = sum * 3 + (thrown >= 77);
        }
    }
  return sum;
}

int
main ()
{
  uint64_t sum = 0;
  for (unsigned i = 0; i < 10; i++)
    sum = sum * 7 + round_of (i);
  std::printf ("sum %llu, cleanups %u\n", static_cast<unsigned long long> (sum), the_cleanups);

  std::vector<std::thread> threads;
  std::vector<uint64_t> sums (4);
  for (unsigned i = 0; i < 4; i++)
    threads.emplace_back ([i, &sums] { sums[i] = round_of (i); });
  for (auto &thread : threads)
    thread.join ();
  std::printf ("threads %llu %llu\n", static_cast<unsigned long long> (sums[0] ^ sums[1]),
               static_cast<unsigned long long> (sums[2] ^ sums[3]));

  unsigned equal = 0, first_unwound = 0, first_n = 0;
  void *first[64] = {}, *addresses[64];
  for (unsigned volatile i = 0; i < 3000; i = i + 1)
    {
      unsigned unwound;
      unsigned n = frames_at (20, &unwound, addresses);
      if (i == 0)
        {
          first_unwound = unwound;
          first_n = n;
          memcpy (first, addresses, sizeof first);
        }
      // Return addresses in main and above are equal too: it is one call in a loop.
      equal += unwound == first_unwound && n == first_n && memcmp (addresses, first, n * sizeof *first) == 0;
    }
  std::printf ("backtraces %u\n", equal);
  try
    {
      std::string text;
      text.at (5);
    }
  catch (const std::out_of_range &)
    {
      std::puts ("out of range");
    }
  return 4;
}
