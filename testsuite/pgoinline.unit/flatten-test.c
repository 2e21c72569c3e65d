/* Adding up over contexts, on drawn trees.  "f 3" is an instance of f whose line 1 has weight 3.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/source.h"
#include "random-profile.h"
#include "unit.h"

#include <string.h>

#define AT(LINE) ((struct pgo_location) { (LINE), 0, 0 })

static struct pgo_instance *
function (struct pgo_profile *p, const char *name, uint64_t weight, uint64_t head)
{
  struct pgo_instance *f = pgo_profile_add_function (p, name, NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  f->head = f->head_samples = head;
  pgo_instance_add_line (p, f, AT (1), weight, weight);
  return f;
}

static struct pgo_instance *
inlined (struct pgo_profile *p, struct pgo_instance *parent, int line, const char *name, uint64_t weight,
         uint64_t head)
{
  struct pgo_instance *i = pgo_instance_add_inlined (p, parent, AT (line), name, NULL);
  i->kind = PGO_EVIDENCE_EXACT;
  i->head = i->head_samples = head;
  pgo_instance_add_line (p, i, AT (1), weight, weight);
  return i;
}

static struct pgo_profile *
flatten (struct pgo_profile *p)
{
  struct pgo_profile *flat = pgo_profile_new ();
  pgo_profile_normalize (p);
  pgo_profile_order (p);
  pgo_flatten (p, flat);
  return flat;
}

/* Weight of line 1 of the merged NAME, or of what is inlined in it at LINE (0: itself).  */
static uint64_t
weight_of (const struct pgo_profile *flat, const char *name, int line, const char *callee)
{
  const struct pgo_instance *f = pgo_profile_find (flat, name, NULL);
  if (f && line)
    f = pgo_instance_find_inlined (f, AT (line), callee);
  const struct pgo_line *at = f ? pgo_instance_find_line (f, AT (1)) : NULL;
  return at ? at->weight : UINT64_MAX;
}

/* main 1                      f 10            h 7
     5: f 2                                      6: g 40
          8: g 20                                     */
static void
test_contexts (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *main_function = function (p, "main", 1, 1);
  struct pgo_instance *f = inlined (p, main_function, 5, "f", 2, 2);
  inlined (p, f, 8, "g", 20, 20);
  struct pgo_instance *f_alone = function (p, "f", 10, 10);
  f_alone->size_bytes = 100;
  f->size_bytes = 60;
  inlined (p, function (p, "h", 7, 7), 6, "g", 40, 40);
  struct pgo_step step = { AT (8), "g", NULL };
  struct pgo_place from = { NULL, 0, AT (1) }, to = { &step, 1, AT (1) };
  pgo_instance_add_branch (p, f, from, to, 15, 15);
  struct pgo_profile *flat = flatten (p);

  CHECK ("contexts: a merged tree for every function", flat->n_functions == 4);
  CHECK ("contexts: out-of-line and inlined code add up", weight_of (flat, "f", 0, NULL) == 12);
  CHECK ("contexts: below it stays what was inlined there", weight_of (flat, "f", 8, "g") == 20);
  CHECK ("contexts: a function that was always inlined", weight_of (flat, "g", 0, NULL) == 60);
  CHECK ("contexts: the callers keep theirs",
         weight_of (flat, "main", 5, "f") == 2 && weight_of (flat, "h", 6, "g") == 40);
  const struct pgo_instance *merged = pgo_profile_find (flat, "f", NULL);
  CHECK ("contexts: heads add up", merged && merged->head == 12 && merged->head_samples == 12);
  CHECK ("contexts: the greater size stays", merged && merged->size_bytes == 100);
  CHECK ("contexts: branches move with their instance", merged && merged->n_branches == 1
                                                        && merged->branches[0].weight == 15
                                                        && merged->branches[0].to.n_steps == 1);
  const struct pgo_instance *outer = pgo_profile_find (flat, "main", NULL);
  CHECK ("contexts: and not to others",
         outer && outer->n_branches == 0 && outer->inlined[0]->n_branches == 1);
  CHECK ("contexts: the summary is of the program", flat->summary.total == p->summary.total
                                                    && flat->summary.total == 80 && flat->summary.lines == 6);
  CHECK ("contexts: ranks are kept", merged && merged->rank == pgo_profile_find (p, "f", NULL)->rank
                                     && merged->rank > 0 && pgo_profile_find (flat, "g", NULL)->rank == 0);
  pgo_profile_free (flat);
  pgo_profile_free (p);
}

/* f 1
     3: f 10
          3: f 100
               4: g 1000      */
static void
test_recursion (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = function (p, "f", 1, 1);
  struct pgo_instance *second = inlined (p, f, 3, "f", 10, 10);
  struct pgo_instance *third = inlined (p, second, 3, "f", 100, 100);
  inlined (p, third, 4, "g", 1000, 1000);
  struct pgo_profile *flat = flatten (p);
  CHECK ("recursion: all bodies of f", weight_of (flat, "f", 0, NULL) == 111);
  CHECK ("recursion: f in f, wherever that was", weight_of (flat, "f", 3, "f") == 110);
  const struct pgo_instance *merged = pgo_profile_find (flat, "f", NULL);
  CHECK ("recursion: every level has its own", merged && merged->n_inlined == 2 && merged->head == 111
         && merged->inlined[0]->n_inlined == 2 && merged->inlined[0]->inlined[0]->lines[0].weight == 100);
  CHECK ("recursion: g in the innermost",
         weight_of (flat, "f", 4, "g") == 1000 && weight_of (flat, "g", 0, NULL) == 1000);
  pgo_profile_free (flat);
  pgo_profile_free (p);
}

/* Two units with a static f each; a mark's f beside a source's.  */
static void
test_keys (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *main_function = function (p, "main", 1, 1);
  inlined (p, main_function, 2, "f", 5, 5)->file = pgo_profile_string (p, "a.c");
  inlined (p, main_function, 3, "f", 7, 7)->file = pgo_profile_string (p, "b.c");
  struct pgo_instance *marked = inlined (p, main_function, 4, "f", 100, 1);
  marked->file = pgo_profile_string (p, "a.c");
  marked->keys = PGO_KEYS_MARK;
  marked->checksum = 1;
  struct pgo_profile *flat = flatten (p);
  const struct pgo_instance *f = pgo_profile_find (flat, "f", "b.c");
  CHECK ("keys: statics of two files stay apart", f && f->lines[0].weight == 7);
  CHECK ("keys: bodies of two keys stay apart", flat->n_functions == 4);
  f = pgo_profile_find (flat, "f", "a.c");
  CHECK ("keys: the heavier is found", f && f->keys == PGO_KEYS_MARK && f->lines[0].weight == 100);
  pgo_profile_free (flat);
  pgo_profile_free (p);
}

static uint64_t
own_weight (const struct pgo_instance *instance, bool with_inlined)
{
  uint64_t weight = 0;
  for (uint32_t i = 0; i < instance->n_lines; i++)
    weight = pgo_add (weight, instance->lines[i].weight);
  for (uint32_t i = 0; with_inlined && i < instance->n_inlined; i++)
    weight = pgo_add (weight, own_weight (instance->inlined[i], true));
  return weight;
}

/* Each body is in its function's own lines exactly once, so their weights add up to the program's.  */
static void
test_conservation (void)
{
  bool equal = true, some = false;
  for (unsigned seed = 0; seed < 40; seed++)
    {
      struct pgo_profile *p = random_profile (seed, 12), *flat = flatten (p);
      uint64_t before = 0, after = 0;
      for (uint32_t i = 0; i < p->n_functions; i++)
        before = pgo_add (before, own_weight (p->functions[i], true));
      for (uint32_t i = 0; i < flat->n_functions; i++)
        after = pgo_add (after, own_weight (flat->functions[i], false));
      equal &= before == after;
      some |= before != 0 && before != UINT64_MAX;
      pgo_profile_free (flat);
      pgo_profile_free (p);
    }
  CHECK ("no weight is lost or gained", equal && some);
}

/* Many copies of one callee: more than are gathered before they are added up.  */
static void
test_many (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  char name[20];
  for (int i = 0; i < 20000; i++)
    {
      snprintf (name, sizeof name, "f%d", i);
      inlined (p, inlined (p, function (p, name, 1, 1), 2, "g", 2, 2), 3, "h", 3, 3);
    }
  struct pgo_profile *flat = flatten (p);
  const struct pgo_instance *g = pgo_profile_find (flat, "g", NULL);
  CHECK ("many copies: one tree", g && g->n_lines == 1 && g->lines[0].weight == 40000 && g->n_inlined == 1
                                  && g->inlined[0]->lines[0].weight == 60000 && g->head == 40000);
  pgo_profile_free (flat);
  pgo_profile_free (p);
}

int
main (void)
{
  test_contexts ();
  test_recursion ();
  test_keys ();
  test_conservation ();
  test_many ();
  return unit_done ();
}
