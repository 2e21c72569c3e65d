/* The profile model: text forms, building, normal form, searching, adding up, summary and order.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/atomic-file.h"
#include "core/profile-text.h"
#include "core/profile.h"
#include "random-profile.h"
#include "unit.h"

#include <string.h>

#define AT(LINE, COLUMN, DISCRIMINATOR) ((struct pgo_location) { (LINE), (COLUMN), (DISCRIMINATOR) })

static bool
location_is (const char *text, struct pgo_location expected)
{
  struct pgo_location at;
  char back[PGO_LOCATION_TEXT];
  return pgo_location_parse (text, strlen (text), &at) && pgo_location_compare (at, expected) == 0
         && strcmp (pgo_location_text (at, back), text) == 0;
}

static bool
location_refused (const char *text)
{
  struct pgo_location at;
  return !pgo_location_parse (text, strlen (text), &at);
}

static void
test_text (void)
{
  CHECK ("location: line", location_is ("12", AT (12, 0, 0)));
  CHECK ("location: line, column", location_is ("12:7", AT (12, 7, 0)));
  CHECK ("location: line, discriminator", location_is ("12.3", AT (12, 0, 3)));
  CHECK ("location: all",
         location_is ("-2147483648:4294967295.4294967295", AT (INT32_MIN, UINT32_MAX, UINT32_MAX)));
  static const char *const bad[] = {
    "",           "-",           ":1",           "1:",           "1.",
    "1.2:3",      "1 ",          " 1",           "+1",           "1:-2",
    "2147483648", "-2147483649", "1:4294967296", "1.4294967296", "99999999999999999999",
    "1:2.3x",     "0x1"
  };
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      char name[80];
      snprintf (name, sizeof name, "location refused: \"%s\"", bad[i]);
      CHECK (name, location_refused (bad[i]));
    }

  enum pgo_evidence kind;
  bool all = true;
  for (unsigned k = PGO_EVIDENCE_NONE; k <= PGO_EVIDENCE_EXACT; k++)
    all &= pgo_evidence_parse (pgo_evidence_name ((enum pgo_evidence) k), &kind) && kind == k;
  CHECK ("evidence names and back", all);
  CHECK ("no evidence of that name", !pgo_evidence_parse ("sure", &kind));
  CHECK ("evidence combines to the weaker", pgo_evidence_combine (PGO_EVIDENCE_EXACT, PGO_EVIDENCE_TIME)
                                            == PGO_EVIDENCE_TIME);
  CHECK ("no evidence changes nothing", pgo_evidence_combine (PGO_EVIDENCE_NONE, PGO_EVIDENCE_EXACT)
                                        == PGO_EVIDENCE_EXACT);

  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_step steps[PGO_DEPTH_MAX];
  struct pgo_place place;
  const char *text = "12:7 foo > -1 a%20b|c.h > 3:5.1";
  CHECK ("place: two steps", pgo_place_parse (p, text, strlen (text), steps, &place) && place.n_steps == 2
                                 && strcmp (steps[0].callee, "foo") == 0 && !steps[0].callee_file
                                 && strcmp (steps[1].callee, "a b") == 0
                                 && strcmp (steps[1].callee_file, "c.h") == 0 && steps[1].at.line == -1
                                 && pgo_location_compare (place.at, AT (3, 5, 1)) == 0);
  static const char *const bad_places[] = { "",         "foo > 1",    "1 > 2",     "1 foo >2",
                                            "1 foo > ", "1 foo| > 2", "1 |f > 2",  "1 a b > 2",
                                            "1 foo",    "1 %zz > 2",  "1 %00 > 2", "1 %4 > 2" };
  for (unsigned i = 0; i < sizeof bad_places / sizeof *bad_places; i++)
    {
      char name[80];
      snprintf (name, sizeof name, "place refused: \"%s\"", bad_places[i]);
      CHECK (name, !pgo_place_parse (p, bad_places[i], strlen (bad_places[i]), steps, &place));
    }
  char deep[PGO_DEPTH_MAX * 6 + 20] = "";
  for (int i = 0; i < PGO_DEPTH_MAX; i++)
    strcat (deep, "1 f > ");
  strcat (deep, "1");
  CHECK ("place: as deep as allowed", pgo_place_parse (p, deep, strlen (deep), steps, &place)
                                      && place.n_steps == PGO_DEPTH_MAX);
  strcat (deep, " f > 1");
  CHECK ("place refused: deeper", !pgo_place_parse (p, deep, strlen (deep), steps, &place));
  pgo_profile_free (p);
}

static void
test_arithmetic (void)
{
  CHECK ("sums stop at the greatest number",
         pgo_add (UINT64_MAX - 1, 5) == UINT64_MAX && pgo_add (2, 3) == 5);
  CHECK ("scaling rounds to nearest",
         pgo_scale (10, 1, 4) == 3 && pgo_scale (9, 1, 4) == 2 && pgo_scale (7, 2, 1) == 14);
  CHECK ("scaling needs no more than 64 bits between", pgo_scale (UINT64_MAX, 1000, 1000) == UINT64_MAX
                                                       && pgo_scale (UINT64_MAX - 1, 3, 6) == UINT64_MAX / 2);
  CHECK ("scaling stops at the greatest number", pgo_scale (UINT64_MAX, 3, 2) == UINT64_MAX);
  CHECK ("nothing over nothing is nothing", pgo_scale (5, 5, 0) == 0);
}

static void
test_normal_form (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *g = pgo_profile_add_function (p, "g", NULL);
  struct pgo_instance *f1 = pgo_profile_add_function (p, "f", "b.c");
  struct pgo_instance *f2 = pgo_profile_add_function (p, "f", "a.c");
  struct pgo_instance *f3 = pgo_profile_add_function (p, "f", "b.c");
  f1->kind = PGO_EVIDENCE_EXACT;
  f3->kind = PGO_EVIDENCE_TIME;
  f1->head = f1->head_samples = 3;
  f3->head = 4;
  f1->size_bytes = 10, f3->size_bytes = 30;
  pgo_instance_add_line (p, f1, AT (5, 0, 0), 10, 1);
  pgo_instance_add_line (p, f3, AT (5, 0, 0), 20, 2);
  pgo_instance_add_line (p, f3, AT (1, 0, 0), 5, 5);
  pgo_instance_add_call (p, f1, AT (2, 0, 0), "g", NULL, 1, 1);
  pgo_instance_add_call (p, f3, AT (2, 0, 0), "g", NULL, 2, 2);
  struct pgo_step step = { AT (1, 0, 0), "h", NULL };
  struct pgo_place from = { &step, 1, AT (2, 0, 0) }, to = { NULL, 0, AT (3, 0, 0) };
  pgo_instance_add_branch (p, f1, from, to, 7, 1);
  pgo_instance_add_branch (p, f3, from, to, 8, 1);
  struct pgo_instance *i1 = pgo_instance_get_inlined (p, f1, AT (9, 0, 0), "h", NULL);
  CHECK ("get_inlined finds what is there", pgo_instance_get_inlined (p, f1, AT (9, 0, 0), "h", NULL) == i1);
  CHECK ("get_inlined adds what is not", pgo_instance_get_inlined (p, f1, AT (9, 0, 0), "h", "h.h") != i1);
  struct pgo_instance *i3 = pgo_instance_get_inlined (p, f3, AT (9, 0, 0), "h", NULL);
  pgo_instance_add_line (p, i1, AT (0, 0, 0), 100, 1);
  pgo_instance_add_line (p, i3, AT (0, 0, 0), 200, 1);
  pgo_instance_add_line (p, g, AT (0, 0, 0), 1, 1);
  pgo_profile_normalize (p);

  REQUIRE ("functions are united by name and file", p->n_functions == 3);
  CHECK ("functions are sorted by name, then file", strcmp (p->functions[0]->file, "a.c") == 0
                                                    && strcmp (p->functions[1]->file, "b.c") == 0
                                                    && strcmp (p->functions[2]->name, "g") == 0);
  const struct pgo_instance *f = p->functions[1];
  CHECK ("lines are sorted and added up",
         f->n_lines == 2 && f->lines[0].at.line == 1 && f->lines[1].weight == 30 && f->lines[1].samples == 3);
  CHECK ("calls are added up", f->n_calls == 1 && f->calls[0].weight == 3);
  CHECK ("branches are added up", f->n_branches == 1 && f->branches[0].weight == 15);
  CHECK ("heads are added up", f->head == 7 && f->head_samples == 3);
  CHECK ("the weaker evidence stays", f->kind == PGO_EVIDENCE_TIME);
  CHECK ("the greater size stays", f->size_bytes == 30);
  CHECK ("inlined instances are united",
         f->n_inlined == 2 && f->inlined[0]->total == 300 && !f->inlined[0]->file);
  CHECK ("the total is of the tree", f->total == 335);
  CHECK ("the summary is of the profile", p->summary.total == 336 && p->summary.max == 300
                                              && p->summary.lines == 4 && p->summary.functions == 2);
  (void) f2;

  const struct pgo_line *line = pgo_instance_find_line (f, AT (5, 0, 0));
  CHECK ("a line is found", line && line->weight == 30);
  CHECK ("another is not",
         !pgo_instance_find_line (f, AT (5, 1, 0)) && !pgo_instance_find_line (f, AT (6, 0, 0)));
  CHECK ("an inlined instance is found, the heaviest of its name",
         pgo_instance_find_inlined (f, AT (9, 0, 0), "h") == f->inlined[0]);
  CHECK ("another is not found", !pgo_instance_find_inlined (f, AT (9, 0, 0), "i")
                                 && !pgo_instance_find_inlined (f, AT (8, 0, 0), "h"));
  pgo_profile_free (p);
}

static void
test_find (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  pgo_profile_add_function (p, "one", "a.c");
  pgo_profile_add_function (p, "two", "a.c");
  pgo_profile_add_function (p, "two", "b.c");
  pgo_profile_add_function (p, "both", NULL);
  pgo_profile_add_function (p, "both", "a.c");
  for (unsigned i = 1; i <= 3; i++)
    {
      struct pgo_instance *f = pgo_profile_add_function (p, "marked", NULL);
      f->keys = PGO_KEYS_MARK;
      f->checksum = i;
      pgo_instance_add_line (p, f, AT (1, 0, 0), i == 2 ? 50 : 10, 1);
    }
  pgo_profile_normalize (p);
  const struct pgo_instance *f;
  CHECK ("find: the only one of its name",
         (f = pgo_profile_find (p, "one", NULL)) && strcmp (f->name, "one") == 0);
  CHECK ("find: the one of that file",
         (f = pgo_profile_find (p, "two", "b.c")) && strcmp (f->file, "b.c") == 0);
  CHECK ("find: none of that file", !pgo_profile_find (p, "two", "c.c"));
  CHECK ("find: ambiguous without a file", !pgo_profile_find (p, "two", NULL));
  CHECK ("find: without a file first", (f = pgo_profile_find (p, "both", NULL)) && !f->file);
  CHECK ("find: a file that the profile has not", (f = pgo_profile_find (p, "both", "z.c")) && !f->file);
  CHECK ("find: the heaviest of several checksums",
         (f = pgo_profile_find (p, "marked", NULL)) && f->checksum == 2);
  CHECK ("find: no such name", !pgo_profile_find (p, "a", NULL) && !pgo_profile_find (p, "zz", "a.c"));
  pgo_profile_free (p);

  p = pgo_profile_new ();
  pgo_profile_normalize (p);
  CHECK ("find: in an empty profile", !pgo_profile_find (p, "f", NULL) && !pgo_profile_find (p, "f", "f.c"));
  CHECK ("nothing is hot in an empty profile", pgo_summary_min_weight (&p->summary, 990000) == UINT64_MAX);
  pgo_profile_free (p);
}

static void
test_merge_instance (void)
{
  struct pgo_profile *a = pgo_profile_new (), *b = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (a, "f", NULL),
                      *g = pgo_profile_add_function (b, "f", NULL);
  pgo_instance_add_line (a, f, AT (1, 0, 0), 100, 10);
  pgo_instance_add_line (a, pgo_instance_add_inlined (a, f, AT (2, 0, 0), "h", NULL), AT (0, 0, 0), 5, 5);
  f->head = 9;
  pgo_instance_merge (b, g, f, 1, 3);
  pgo_profile_normalize (b);
  CHECK ("merge scales all", g->lines[0].weight == 33 && g->lines[0].samples == 3 && g->head == 3
                             && g->inlined[0]->lines[0].weight == 2);
  CHECK ("merge copies names",
         g->inlined[0]->name != f->inlined[0]->name && strcmp (g->inlined[0]->name, "h") == 0);

  f->keys = PGO_KEYS_MARK;
  f->checksum = 1;
  pgo_instance_merge (b, g, f, 1, 100);
  CHECK ("another body that is lighter is dropped",
         g->keys == PGO_KEYS_SOURCE && g->n_lines == 1 && g->lines[0].weight == 33);
  pgo_instance_merge (b, g, f, 1, 1);
  CHECK ("another body that is heavier takes its place", g->keys == PGO_KEYS_MARK && g->checksum == 1
                                                             && g->n_lines == 1 && g->lines[0].weight == 100
                                                             && g->head == 9 && g->n_inlined == 1);
  pgo_profile_free (a);
  pgo_profile_free (b);
}

/* main at depth 0, then one more than is allowed.  */
static void
test_depth (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *i = pgo_profile_add_function (p, "main", NULL);
  for (int depth = 1; depth <= PGO_DEPTH_MAX + 3; depth++)
    {
      i = pgo_instance_add_inlined (p, i, AT (1, 0, 0), "f", NULL);
      pgo_instance_add_line (p, i, AT (1, 0, 0), 1, 1);
    }
  pgo_profile_normalize (p);
  CHECK ("what is too deep is dropped", p->summary.total == PGO_DEPTH_MAX);
  pgo_profile_free (p);
}

/* Ten lines of 90, ten of 10: 90% of 1000 is in the first ten.  */
static void
test_summary (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  struct pgo_instance *inlined = pgo_instance_add_inlined (p, f, AT (1, 0, 0), "g", NULL);
  for (int i = 0; i < 10; i++)
    {
      pgo_instance_add_line (p, f, AT (i, 0, 0), 90, 90);
      pgo_instance_add_line (p, inlined, AT (i, 0, 0), 10, 10);
    }
  pgo_instance_add_line (p, f, AT (20, 0, 0), 0, 0);
  pgo_profile_normalize (p);
  const struct pgo_summary *s = &p->summary;
  bool ascending = s->n_cutoffs > 0, has_99 = false, has_999 = false;
  for (uint32_t i = 0; i < s->n_cutoffs; i++)
    {
      ascending &= i == 0 || s->cutoffs[i].cutoff_ppm > s->cutoffs[i - 1].cutoff_ppm;
      has_99 |= s->cutoffs[i].cutoff_ppm == 990000;
      has_999 |= s->cutoffs[i].cutoff_ppm == 999000;
    }
  CHECK ("cutoffs ascend", ascending);
  CHECK ("cutoffs of 99% and 99.9%", has_99 && has_999);
  CHECK ("lines without weight don't count", s->lines == 20 && s->total == 1000 && s->max == 90);
  CHECK ("hot at 90%", pgo_summary_min_weight (s, 900000) == 90);
  CHECK ("hot at 95%", pgo_summary_min_weight (s, 950000) == 10);
  CHECK ("a cutoff between takes the next", pgo_summary_min_weight (s, 900001) == 10);
  CHECK ("a cutoff beyond takes the last", pgo_summary_min_weight (s, 1000000) == 10);
  CHECK ("equal weights are hot together", s->cutoffs[0].lines == 10);
  pgo_profile_free (p);

  p = pgo_profile_new ();
  f = pgo_profile_add_function (p, "f", NULL);
  for (int i = 0; i < 3; i++)
    pgo_instance_add_line (p, f, AT (i, 0, 0), UINT64_MAX, 1);
  pgo_profile_normalize (p);
  CHECK ("the total stops at the greatest number",
         p->summary.total == UINT64_MAX && f->total == UINT64_MAX
             && pgo_summary_min_weight (&p->summary, 990000) == UINT64_MAX && p->summary.n_cutoffs > 0);
  pgo_profile_free (p);
}

static void
test_order (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  static const struct { const char *name; uint64_t weight; uint32_t rank; } functions[] = {
    { "a", 5, 2 }, { "b", 5, 3 }, { "c", 9, 1 }, { "d", 0, 0 }
  };
  for (unsigned i = 0; i < 4; i++)
    pgo_instance_add_line (p, pgo_profile_add_function (p, functions[i].name, NULL), AT (1, 0, 0),
                           functions[i].weight, 1);
  pgo_profile_normalize (p);
  pgo_profile_order (p);
  bool good = true;
  for (unsigned i = 0; i < 4; i++)
    good &= p->functions[i]->rank == functions[i].rank;
  CHECK ("heavier functions first, names break ties, none without weight", good);
  pgo_profile_free (p);
}

int
main (void)
{
  test_text ();
  test_arithmetic ();
  test_normal_form ();
  test_find ();
  test_merge_instance ();
  test_depth ();
  test_summary ();
  test_order ();
  return unit_done ();
}
