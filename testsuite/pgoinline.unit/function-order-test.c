/* Function order, against drawn answers and on random call graphs.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/function-order.h"
#include "testsuite/lib/unit.h"

#include <string.h>

#define MAX 5000

static struct pgo_order_function functions[MAX];
static struct pgo_order_call calls[4 * MAX];
static uint32_t n, n_calls, order[MAX];

static void
function (uint64_t weight, uint64_t size_bytes)
{
  functions[n++] = (struct pgo_order_function) { weight, size_bytes };
}

static void
call (uint32_t caller, uint32_t callee, uint64_t weight)
{
  calls[n_calls++] = (struct pgo_order_call) { caller, callee, weight };
}

static bool
is (const char *expected)
{
  char text[256] = "";
  pgo_function_order (functions, n, calls, n_calls, order);
  for (uint32_t i = 0; i < n; i++)
    sprintf (text + strlen (text), "%s%u", i ? " " : "", order[i]);
  if (strcmp (text, expected) != 0)
    printf ("# %s, expected %s\n", text, expected);
  n = n_calls = 0;
  return strcmp (text, expected) == 0;
}

static void
test_drawn (void)
{
  /*   0 main 20/100 B ── 900 ──► 3 parse 900/100 B ── 5000 ──► 1 next 5000/50 B
                                   └── 3 ──► 2 fault 3/400 B

     next belongs to parse; with both, main would be 26 times thinner than they: it stays, parse comes to it.  */
  function (20, 100);
  function (5000, 50);
  function (3, 400);
  function (900, 100);
  call (0, 3, 900);
  call (3, 1, 5000);
  call (3, 2, 3);
  CHECK ("callees behind their callers, the rare one last", is ("0 3 1 2"));

  /* 2 is called by 0 and by 1, more by 1.  */
  function (100, 10);
  function (99, 10);
  function (500, 10);
  call (0, 2, 40);
  call (1, 2, 20);
  call (1, 2, 40);
  CHECK ("to the caller that calls most, calls of a pair added up", is ("1 2 0"));

  /* A dense function does not carry a big thin one in front of all others.  */
  function (10, 100000);
  function (1000, 10);
  function (500, 10);
  call (1, 0, 10);
  CHECK ("a cluster does not become too thin", is ("1 2 0"));

  function (10, 1 << 20);
  function (10, 1 << 20);
  call (0, 1, 10);
  CHECK ("clusters have a greatest size, ties go by number", is ("0 1"));

  function (5, 1);
  function (5, 1);
  function (5, 1);
  call (0, 1, 5);
  call (1, 2, 5);
  call (2, 0, 5);
  call (1, 1, 50);
  CHECK ("circles and recursion end", is ("2 0 1"));

  /* Eleven callers of 11 with the same share: none has a tenth of the calls.  */
  for (int i = 0; i < 11; i++)
    function (100 - (uint64_t) i, 10);
  function (1000, 10);
  for (uint32_t i = 0; i < 11; i++)
    call (i, 11, 10);
  CHECK ("a callee of everyone belongs to no one", is ("11 0 1 2 3 4 5 6 7 8 9 10"));
  CHECK ("nothing", is (""));
}

static uint64_t state = 88172645463325252;
static uint32_t
next (uint32_t below)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11) % below;
}

static void
test_random (void)
{
  static uint32_t again[MAX];
  static bool seen[MAX];
  bool permutation = true, same = true;
  for (uint32_t round = 0; round < 20; round++)
    {
      n = n_calls = 0;
      uint32_t count = 1 + next (MAX), links = next (4 * MAX);
      for (uint32_t i = 0; i < count; i++)
        function (next (3) ? next (100000) : round == 7 ? UINT64_MAX : 0, next (5) ? next (5000) : 0);
      for (uint32_t i = 0; i < links; i++)
        call (next (count), next (count), next (4) ? next (1000) : 0);
      pgo_function_order (functions, n, calls, n_calls, order);
      memset (seen, 0, sizeof seen);
      for (uint32_t i = 0; i < n; i++)
        {
          permutation &= order[i] < n && !seen[order[i]];
          seen[order[i] < n ? order[i] : 0] = true;
        }
      /* The order of the calls that are given makes no difference.  */
      for (uint32_t i = n_calls; i > 1; i--)
        {
          uint32_t j = next (i);
          struct pgo_order_call t = calls[i - 1];
          calls[i - 1] = calls[j], calls[j] = t;
        }
      pgo_function_order (functions, n, calls, n_calls, again);
      same &= memcmp (order, again, n * sizeof *order) == 0;
    }
  CHECK ("random: a permutation", permutation);
  CHECK ("random: the same whatever the order of calls", same);
}

int
main (void)
{
  test_drawn ();
  test_random ();
  return unit_done ();
}
