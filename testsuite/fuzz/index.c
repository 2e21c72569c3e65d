/* What a compiler opens, an index or an XML profile: any bytes open or fail, and every function that an
   opened one is asked for is found, absent, or an error.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "fuzz.h"
#include "core/source.h"

#include <string.h>

/* Touch everything, so that a sanitizer sees what is not there.  */
static uint64_t
visit (const struct pgo_instance *i, unsigned depth)
{
  uint64_t sum = strlen (i->name) + (i->file ? strlen (i->file) : 0) + i->head + i->total + (uint64_t) i->kind;
  FUZZ_CHECK ("no deeper than an index may be", depth < 1000);
  for (uint32_t n = 0; n < i->n_lines; n++)
    sum += i->lines[n].weight + (uint64_t) i->lines[n].at.line;
  for (uint32_t n = 0; n < i->n_calls; n++)
    sum += i->calls[n].weight + strlen (i->calls[n].callee);
  for (uint32_t n = 0; n < i->n_branches; n++)
    for (uint32_t s = 0; s < i->branches[n].from.n_steps; s++)
      sum += strlen (i->branches[n].from.steps[s].callee);
  for (uint32_t n = 0; n < i->n_inlined; n++)
    sum += visit (i->inlined[n], depth + 1);
  return sum;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const names[] = { "main", "f", "choose", "pick", "hot", "_Z8odd_useri", "", "zz" };
  volatile uint64_t sink = 0;
  struct pgo_status status = { 0 };
  struct pgo_source *s = pgo_source_open (fuzz_file (0, data, size), &status);
  if (!s)
    {
      FUZZ_CHECK ("a failure says why", status.message[0]);
      return 0;
    }
  sink += pgo_source_summary (s)->max + pgo_source_kind (s);
  for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++)
    for (unsigned with_file = 0; with_file < 2; with_file++)
      {
        const struct pgo_instance *i = pgo_source_find (s, names[n], with_file ? "a.c" : NULL, &status);
        if (i)
          sink += visit (i, 0);
      }
  pgo_source_id (s, &status);
  pgo_source_close (s);
  return 0;
}
