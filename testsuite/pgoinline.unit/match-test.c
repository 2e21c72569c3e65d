/* Matching a small function against profiles of it.

       0
       2   if (x)            line 1, column 7 (branch); line 1:3 a computation
      / \
     3   4   f ()  |  g ()   line 2:5 (call)  |  line 4:5 (call)
      \ /
       5   return            line 5:3
       1

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/match.h"
#include "testsuite/lib/unit.h"

#include <string.h>

static const struct pgo_flow_edge edges[] = {
  { 0, 2, 1 }, { 2, 3, .5 }, { 2, 4, .5 }, { 3, 5, 1 }, { 4, 5, 1 }, { 5, 1, 1 },
};

static const struct pgo_statement statements[] = {
  { 2, 0, { 1, 3, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },  { 2, 0, { 1, 7, 0 }, PGO_STATEMENT_BRANCH, 1, NULL, NULL },
  { 3, 0, { 2, 5, 0 }, PGO_STATEMENT_CALL, 1, NULL, NULL },   { 4, 0, { 4, 5, 0 }, PGO_STATEMENT_CALL, 1, NULL, NULL },
  { 5, 0, { 5, 3, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },
};

static struct pgo_match_input
input (const struct pgo_context *contexts, uint32_t n_contexts, const struct pgo_statement *list, uint32_t n)
{
  return (struct pgo_match_input) { .n_contexts = n_contexts, .n_statements = n, .n_blocks = 6, .n_edges = 6,
                                    .contexts = contexts, .statements = list, .edges = edges };
}

/* The witness of block or edge INDEX with VALUE, or NULL.  */
static const struct pgo_flow_evidence *
witness (const struct pgo_match *m, bool is_edge, uint32_t index, uint64_t value)
{
  for (uint32_t i = 0; i < m->n_evidence; i++)
    if (m->evidence[i].is_edge == is_edge && m->evidence[i].index == index && m->evidence[i].value == value)
      return &m->evidence[i];
  return NULL;
}

static bool
any_witness (const struct pgo_match *m, bool is_edge, uint32_t index)
{
  for (uint32_t i = 0; i < m->n_evidence; i++)
    if (m->evidence[i].is_edge == is_edge && m->evidence[i].index == index)
      return true;
  return false;
}

static struct pgo_location
at (int32_t line, uint32_t column, uint32_t discriminator)
{
  return (struct pgo_location) { line, column, discriminator };
}

static void
test_lines (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  f->head = f->head_samples = 100;
  pgo_instance_add_line (p, f, at (1, 3, 0), 90, 90);
  pgo_instance_add_line (p, f, at (1, 7, 0), 100, 100);
  pgo_instance_add_line (p, f, at (2, 5, 0), 75, 75);
  pgo_instance_add_line (p, f, at (4, 5, 0), 0, 0);
  pgo_instance_add_line (p, f, at (4, 5, 1), 25, 25);
  pgo_profile_normalize (p);
  f = p->functions[0];

  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, statements, 5);
  struct pgo_match m;
  pgo_match_function (f, &in, &m);
  CHECK ("a statement's line is a witness of its block", witness (&m, false, 3, 75));
  CHECK ("zero is a witness where the code is known", witness (&m, false, 4, 0));
  CHECK ("what is not listed is unknown", !any_witness (&m, false, 5));
  CHECK ("the head is a witness of the entry", witness (&m, false, PGO_FLOW_ENTRY, 100));
  const struct pgo_flow_evidence *plain = witness (&m, false, 2, 90), *branch = witness (&m, false, 2, 100);
  CHECK ("a branch is trusted more than a computation", plain && branch && branch->over > plain->over);
  CHECK ("quality counts", m.quality.statements == 5 && m.quality.exact == 4 && m.quality.unmatched == 1);
  CHECK ("matched weight", m.quality.weight_matched == 265 && m.quality.weight == f->total);
  pgo_match_clear (&m);

  /* The same location in both arms bounds them, no more.  */
  struct pgo_statement shared[5];
  memcpy (shared, statements, sizeof shared);
  shared[3].at = shared[2].at;
  in = input (&self, 1, shared, 5);
  pgo_match_function (f, &in, &m);
  const struct pgo_flow_evidence *left = witness (&m, false, 3, 75), *right = witness (&m, false, 4, 75);
  CHECK ("a shared location is an upper bound", left && right && left->under == 0 && right->under == 0 && right->over > 0);
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* The beginning of g was inlined into f where it was profiled, and what is left at the call is the calls of the rest.  */
static void
test_partly_inlined (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  f->head = f->head_samples = 100;
  pgo_instance_add_line (p, f, at (1, 7, 0), 100, 100);
  pgo_instance_add_line (p, f, at (2, 5, 1), 2, 2);
  pgo_instance_add_line (p, f, at (4, 5, 0), 40, 40);
  struct pgo_instance *g = pgo_instance_add_inlined (p, f, at (2, 5, 0), "g", NULL);
  g->kind = PGO_EVIDENCE_EXACT;
  g->head = g->head_samples = 75;
  pgo_profile_normalize (p);
  f = p->functions[0];

  struct pgo_statement calls[5];
  memcpy (calls, statements, sizeof calls);
  calls[2].at.discriminator = 1;
  calls[2].callee = "g";
  calls[3].callee = "g";
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, calls, 5);
  struct pgo_match m;
  pgo_match_function (f, &in, &m);
  CHECK ("a call runs as often as its callee began inlined", witness (&m, false, 3, 75) && !witness (&m, false, 3, 2));
  CHECK ("another call of the same function does not", witness (&m, false, 4, 40));
  pgo_match_clear (&m);
  calls[2].callee = "h";
  pgo_match_function (f, &in, &m);
  CHECK ("nor a call of another function", witness (&m, false, 3, 2));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* What is left when columns or discriminators do not agree.  */
static void
test_fallbacks (void)
{
  /* Block 3 has a discriminator in the source, and had none where it was profiled; block 4 has one that is known.
     What follows agrees, so that the function is not taken for an edited one.  */
  enum { OTHERS = 27, N = 3 + OTHERS };
  struct pgo_statement discriminated[N] = {
    { 3, 0, { 1, 7, 2 }, PGO_STATEMENT_CALL, 0, NULL, NULL },   { 4, 0, { 1, 7, 3 }, PGO_STATEMENT_CALL, 0, NULL, NULL },
    { 5, 0, { 5, 9, 0 }, PGO_STATEMENT_CALL, 0, NULL, NULL },
  };
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, f, at (1, 7, 0), 75, 75);
  pgo_instance_add_line (p, f, at (1, 7, 3), 25, 25);
  pgo_instance_add_line (p, f, at (5, 3, 0), 99, 99);
  for (int i = 0; i < OTHERS; i++)
    {
      discriminated[3 + i] = (struct pgo_statement) { 2, 0, at (10 + i, 1, 0), PGO_STATEMENT_PLAIN, 0, NULL, NULL };
      pgo_instance_add_line (p, f, at (10 + i, 1, 0), 100, 100);
    }
  pgo_profile_normalize (p);
  f = p->functions[0];
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, discriminated, N);
  struct pgo_match m;
  pgo_match_function (f, &in, &m);
  const struct pgo_flow_evidence *without = witness (&m, false, 3, 75), *line = witness (&m, false, 5, 99);
  CHECK ("a location is found without its discriminator", without && without->under > 0);
  CHECK ("what has its own is not asked twice", witness (&m, false, 4, 25) && !witness (&m, false, 4, 75));
  CHECK ("without its column it is a bound", line && line->under == 0 && line->over > 0);
  CHECK ("each is counted", m.quality.exact == 1 + OTHERS && m.quality.without_discriminator == 1
         && m.quality.without_column == 1 && m.quality.unmatched == 0);
  pgo_match_clear (&m);

  /* Two blocks for one location that is left: it cannot tell them apart.  */
  struct pgo_statement both[N];
  memcpy (both, discriminated, sizeof both);
  both[1].at.discriminator = 4;
  in = input (&self, 1, both, N);
  pgo_match_function (f, &in, &m);
  without = witness (&m, false, 3, 75);
  CHECK ("two blocks without discriminators are bounded", without && without->under == 0 && witness (&m, false, 4, 75));
  pgo_match_clear (&m);
  pgo_profile_free (p);

  /* A branch from and to blocks that have lost theirs.  */
  p = pgo_profile_new ();
  f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  struct pgo_place from = { .at = at (1, 7, 0) };
  pgo_instance_add_branch (p, f, from, (struct pgo_place) { .at = at (2, 5, 0) }, 70, 70);
  pgo_instance_add_branch (p, f, from, (struct pgo_place) { .at = at (4, 5, 0) }, 30, 30);
  pgo_profile_normalize (p);
  struct pgo_statement branching[5];
  memcpy (branching, statements, sizeof branching);
  branching[1].at.discriminator = 5;
  branching[2].at.discriminator = 6;
  in = input (&self, 1, branching, 5);
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("so is the place of a branch", witness (&m, true, 1, 70) && witness (&m, true, 2, 30));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* A macro: the branch, the block that it may lead to and the call there have one location, of which GCC has dropped the
   discriminators.  */
static void
test_shared_location (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, f, at (1, 7, 0), 103, 103);
  pgo_instance_add_call (p, f, at (1, 7, 0), "e", NULL, 3, 3);
  pgo_instance_add_call (p, f, at (1, 7, 0), "other", NULL, 50, 50);
  pgo_instance_add_call (p, f, at (1, 8, 0), "e", NULL, 60, 60);
  pgo_instance_add_branch (p, f, (struct pgo_place) { .at = at (1, 7, 0) }, (struct pgo_place) { .at = at (1, 7, 0) }, 3, 3);
  pgo_instance_add_branch (p, f, (struct pgo_place) { .at = at (1, 7, 0) }, (struct pgo_place) { .at = at (4, 5, 0) }, 97, 97);
  pgo_profile_normalize (p);
  struct pgo_statement macro[5];
  memcpy (macro, statements, sizeof macro);
  macro[2].at = at (1, 7, 2);
  macro[2].callee = "e";
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, macro, 5);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("a branch to a block of its own location", witness (&m, true, 1, 3) && witness (&m, true, 2, 97));
  pgo_match_clear (&m);

  /* If two other blocks have it, it could be either.  */
  macro[4].at = at (1, 7, 3);
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("not if others have it, too", !any_witness (&m, true, 1) && witness (&m, true, 2, 97));
  pgo_match_clear (&m);

  /* A call by its own count, not by that of what shares its location.  */
  macro[0].at = macro[1].at = at (1, 9, 0);
  macro[4].at = at (5, 3, 0);
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *call = witness (&m, false, 3, 3);
  CHECK ("a call is as often as it is counted itself", call && call->under > 0 && call->over > 0
         && !witness (&m, false, 3, 103));
  pgo_match_clear (&m);
  macro[2].callee = "unknown";
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("one that is not, as its line", witness (&m, false, 3, 103));
  pgo_match_clear (&m);
  f = p->functions[0];
  f->kind = PGO_EVIDENCE_TIME;
  macro[2].callee = "e";
  pgo_match_function (f, &in, &m);
  CHECK ("time in a callee is no count of its calls", !witness (&m, false, 3, 3) && witness (&m, false, 3, 103));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

static void
test_branches (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, f, at (1, 7, 0), 100, 100);
  struct pgo_place from = { .at = at (1, 7, 0) }, to = { .at = at (2, 5, 0) }, other = { .at = at (4, 5, 0) };
  struct pgo_place join = { .at = at (5, 3, 0) };
  pgo_instance_add_branch (p, f, from, to, 70, 70);
  pgo_instance_add_branch (p, f, from, other, 30, 30);
  pgo_profile_normalize (p);
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, statements, 5);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("a branch tells its edges", witness (&m, true, 1, 70) && witness (&m, true, 2, 30));
  pgo_match_clear (&m);

  /* A target beyond both arms tells nothing of which was taken.  */
  pgo_instance_add_branch (p, p->functions[0], from, join, 9, 9);
  pgo_profile_normalize (p);
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *taken = witness (&m, true, 1, 70);
  CHECK ("an ambiguous target makes the others lower bounds", taken && taken->under > 0 && taken->over == 0);
  pgo_match_clear (&m);
  pgo_profile_free (p);

  /* Nor does one right behind an arm of nothing: the way round it leads there as soon.  */
  p = pgo_profile_new ();
  f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_branch (p, f, from, join, 100, 100);
  pgo_profile_normalize (p);
  static const struct pgo_flow_edge round[] = { { 0, 2, 1 }, { 2, 3, .5 }, { 2, 5, .5 }, { 3, 5, 1 }, { 5, 1, 1 } };
  struct pgo_statement one_arm[4] = { statements[0], statements[1], statements[2], statements[4] };
  in = input (&self, 1, one_arm, 4);
  in.edges = round;
  in.n_edges = 5;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("the way round an arm", witness (&m, true, 2, 100));
  pgo_match_clear (&m);
  one_arm[2].block = 2;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("an arm of nothing makes a target ambiguous", !any_witness (&m, true, 1) && !any_witness (&m, true, 2));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* GCC has one computed goto of a function, until late: blocks 5 and 6 go to block 4, and from there on to any of 5, 6, 7.  */
static void
test_computed_goto (void)
{
  static const struct pgo_flow_edge ways[] = {
    { 0, 2, 1 }, { 2, 4, 1 }, { 4, 5, .3 }, { 4, 6, .3 }, { 4, 7, .4 }, { 5, 4, 1 }, { 6, 4, 1 }, { 7, 1, 1 },
  };
  static const struct pgo_statement list[] = {
    { 2, 0, { 1, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },  { 5, 0, { 10, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },
    { 5, 0, { 11, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL }, { 6, 0, { 20, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },
    { 6, 0, { 21, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL }, { 7, 0, { 30, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },
  };
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = { .n_contexts = 1, .n_statements = 6, .n_blocks = 8, .n_edges = 8, .contexts = &self,
                                .statements = list, .edges = ways };
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  struct pgo_match m;
  f->kind = PGO_EVIDENCE_EXACT;
  /* The jump of block 6 is that of block 5, too; and before they were merged, another had none to block 7.  */
  struct pgo_place five = { .at = at (11, 1, 0) }, six = { .at = at (21, 1, 0) };
  struct pgo_place to_five = { .at = at (10, 1, 0) }, to_six = { .at = at (20, 1, 0) }, to_seven = { .at = at (30, 1, 0) };
  pgo_instance_add_branch (p, f, six, to_five, 60, 60);
  pgo_instance_add_branch (p, f, six, to_six, 30, 30);
  pgo_instance_add_branch (p, f, six, six, 0, 0);
  pgo_instance_add_branch (p, f, five, six, 60, 60);
  pgo_profile_normalize (p);
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *taken = witness (&m, true, 2, 60);
  CHECK ("jumps tell the ways out of a computed goto", taken && taken->under > 0 && taken->over > 0 && witness (&m, true, 3, 30));
  CHECK ("a way that no jump took", witness (&m, true, 4, 0));
  CHECK ("what leads into code that is shared is no jump", !any_witness (&m, true, 5));
  pgo_match_clear (&m);

  /* Another jump of the same goto.  */
  struct pgo_instance *again = p->functions[0];
  struct pgo_place two = { .at = at (1, 1, 0) };
  pgo_instance_add_branch (p, again, two, to_five, 1, 1);
  pgo_instance_add_branch (p, again, two, to_six, 2, 2);
  pgo_instance_add_branch (p, again, two, to_seven, 7, 7);
  pgo_profile_normalize (p);
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("all jumps together", witness (&m, true, 2, 61) && witness (&m, true, 3, 32) && witness (&m, true, 4, 7));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* Handlers of errors: the call in block 4 has no code of its own.  */
static void
test_callees (void)
{
  struct pgo_instance handler = { .name = "e", .kind = PGO_EVIDENCE_EXACT, .head = 10, .head_samples = 10, .total = 50,
                                  .size_bytes = 400 };
  struct pgo_statement calls[5];
  memcpy (calls, statements, sizeof calls);
  calls[2].callee = calls[3].callee = "e";
  calls[2].called = calls[3].called = &handler;
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, f, at (1, 7, 0), 100, 100);
  pgo_instance_add_line (p, f, at (2, 5, 0), 4, 4);
  pgo_profile_normalize (p);
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, calls, 5);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *rest = witness (&m, false, 4, 6);
  CHECK ("a call that was not seen runs as often as its callee was entered otherwise, at most", rest && rest->under == 0 && rest->over > 0);
  CHECK ("one that was seen has its own witness", witness (&m, false, 3, 4) && !witness (&m, false, 3, 6));
  pgo_match_clear (&m);
  handler.head = handler.head_samples = handler.total = 0;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("a callee that never ran", witness (&m, false, 4, 0));
  pgo_match_clear (&m);
  handler.total = 50;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("entries that are not known bound nothing", !any_witness (&m, false, 4));
  pgo_match_clear (&m);
  handler.total = 0;
  handler.size_bytes = 20;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("nor do those of a callee that may have become nothing where it was inlined", !any_witness (&m, false, 4));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* Branch records of a function, none of them in block 3.  */
static void
test_unseen (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_BRANCH;
  pgo_instance_add_line (p, f, at (1, 7, 0), 1000, 1000);
  pgo_instance_add_line (p, f, at (2, 5, 0), 0, 0);
  pgo_profile_normalize (p);
  static const struct pgo_context self = { .name = "f" };
  struct pgo_match_input in = input (&self, 1, statements, 5);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *near = witness (&m, false, 3, 0), *far = witness (&m, false, 3, 8);
  CHECK ("no records: hardly against a few executions, but against many", near && far && far->under == 0 && near->over < far->over);
  pgo_match_clear (&m);
  p->functions[0]->kind = PGO_EVIDENCE_TIME;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("no tick of the clock: against neither", witness (&m, false, 3, 0) && !witness (&m, false, 3, 8));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

static void
test_contexts (void)
{
  /* Block 3 holds a call of g inlined at 2:5; block 4 one of h, which the profile has not.  */
  static const struct pgo_context contexts[] = {
    { .name = "f" }, { 0, { 2, 5, 0 }, "g", "g.c", 0, 0 }, { 0, { 4, 5, 0 }, "h", NULL, 0, 0 },
  };
  static const struct pgo_statement list[] = {
    { 3, 1, { 1, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL }, { 4, 2, { 1, 1, 0 }, PGO_STATEMENT_PLAIN, 1, NULL, NULL },
    { 2, 0, { 1, 1, 0 }, PGO_STATEMENT_BRANCH, 1, NULL, NULL },
  };
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, f, at (1, 1, 0), 10, 10);
  struct pgo_instance *g = pgo_instance_add_inlined (p, f, at (2, 5, 0), "g", "g.c");
  g->kind = PGO_EVIDENCE_EXACT;
  pgo_instance_add_line (p, g, at (1, 1, 0), 7, 7);
  pgo_profile_normalize (p);
  struct pgo_match_input in = input (contexts, 3, list, 3);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("a statement of an inlined call is looked up there", witness (&m, false, 3, 7) && witness (&m, false, 2, 10));
  CHECK ("and nowhere else", !any_witness (&m, false, 4));
  CHECK ("contexts are counted", m.quality.contexts == 3 && m.quality.contexts_matched == 2);
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* The same function, profiled when marked: each line has one block, so that all marks are 1.  */
static void
test_marks (void)
{
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_EXACT;
  f->keys = PGO_KEYS_MARK;
  f->checksum = 17;
  pgo_instance_add_line (p, f, at (1, 1, 0), 100, 100);
  pgo_instance_add_line (p, f, at (2, 1, 0), 75, 75);
  pgo_instance_add_line (p, f, at (2, 2, 0), 80, 80);
  pgo_profile_normalize (p);
  struct pgo_context self = { .name = "f", .checksum = 17 };
  struct pgo_match_input in = input (&self, 1, statements, 5);
  struct pgo_match m;
  pgo_match_function (p->functions[0], &in, &m);
  CHECK ("a mark is a key", witness (&m, false, 2, 100) && witness (&m, false, 3, 75) && witness (&m, false, 3, 75)->under);
  pgo_match_clear (&m);

  self.checksum = 18;
  pgo_match_function (p->functions[0], &in, &m);
  const struct pgo_flow_evidence *bound = witness (&m, false, 3, 80);
  CHECK ("of a changed function the lines are bounds", bound && bound->under == 0 && bound->over > 0);
  CHECK ("and are counted as such", m.quality.without_column == 3 && m.quality.exact == 0);
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

static void
test_temper (void)
{
  static const struct pgo_context self = { .name = "f" };
  struct pgo_flowgraph graph = { 6, 6, 0, edges, NULL };
  struct pgo_match_input in = input (&self, 1, statements, 5);
  struct pgo_match m;
  uint64_t block[6], edge[6];
  struct pgo_flow_counts counts = { block, edge };
  for (unsigned i = 0; i < 4; i++)
    {
      bool many = i % 2, timed = i < 2;
      uint64_t samples = many ? 1000 : 1;
      printf ("# %s\n", timed ? "clock samples" : "branch records");
      struct pgo_profile *p = pgo_profile_new ();
      struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
      f->kind = timed ? PGO_EVIDENCE_TIME : PGO_EVIDENCE_BRANCH;
      pgo_instance_add_line (p, f, at (1, 7, 0), 1000 * samples, samples);
      pgo_instance_add_line (p, f, at (2, 5, 0), many ? 1000 * samples : 0, many ? samples : 0);
      pgo_instance_add_line (p, f, at (4, 5, 0), 0, 0);
      pgo_profile_normalize (p);
      pgo_match_function (p->functions[0], &in, &m);
      CHECK ("few clock samples of a function are not worth it", pgo_match_worth_it (p->functions[0], 5000) == (many || !timed));
      CHECK ("nor those of a profile that has few", pgo_match_worth_it (p->functions[0], 20) == !timed);
      CHECK (many ? "many samples: sampled" : "one sample: sampled", pgo_match_temper (&m, p->functions[0], &graph));
      graph.evidence = m.evidence;
      graph.n_evidence = m.n_evidence;
      pgo_infer (&graph, &counts);
      if (many)
        CHECK ("many samples outvote the estimate", block[4] * 10 < block[3]);
      else
        CHECK ("one sample of the branch leaves the arms to the estimate",
               block[3] > 0 && block[4] > 0 && block[4] * 2 > block[3] && block[3] * 2 > block[4]);
      pgo_match_clear (&m);
      pgo_profile_free (p);
    }
  struct pgo_profile *p = pgo_profile_new ();
  struct pgo_instance *f = pgo_profile_add_function (p, "f", NULL);
  f->kind = PGO_EVIDENCE_TIME;
  pgo_instance_add_line (p, f, at (1, 7, 0), 0, 0);
  pgo_profile_normalize (p);
  pgo_match_function (p->functions[0], &in, &m);
  graph.n_evidence = 0;
  CHECK ("no sample: not never, but unknown", !pgo_match_temper (&m, p->functions[0], &graph));
  pgo_match_clear (&m);
  pgo_profile_free (p);
}

/* Block 4 was not seen, and block 5 only follows from it here.  */
static void
test_never (void)
{
  static const struct pgo_flow_edge ways[] = { { 0, 2, 1 }, { 2, 3, .5 }, { 2, 4, .5 }, { 4, 5, 1 }, { 3, 1, 1 }, { 5, 1, 1 } };
  struct pgo_flowgraph graph = { 6, 6, 0, ways, NULL };
  uint64_t block[6] = { 1000, 1000, 1000, 1000, 0, 0 }, edge[6] = { 1000, 1000, 0, 0, 1000, 0 };
  struct pgo_flow_counts counts = { block, edge };
  struct pgo_match m = { .records_per_count = 1000 };
  bool never[6];
  pgo_match_never (&m, &graph, &counts, never);
  CHECK ("never: many records would have shown it", never[4] && never[5] && !never[0] && !never[1] && !never[2] && !never[3]);
  m.records_per_count = 1;
  pgo_match_never (&m, &graph, &counts, never);
  CHECK ("never: few need not have", !never[4] && !never[5]);
  m.records_per_count = 0;
  pgo_match_never (&m, &graph, &counts, never);
  CHECK ("never: other evidence does not say so", !never[4] && !never[5]);
}

int
main (void)
{
  test_lines ();
  test_partly_inlined ();
  test_fallbacks ();
  test_shared_location ();
  test_branches ();
  test_computed_goto ();
  test_callees ();
  test_unseen ();
  test_contexts ();
  test_marks ();
  test_temper ();
  test_never ();
  return unit_done ();
}
