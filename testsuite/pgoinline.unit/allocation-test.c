/* Every allocation of core fails once, in turn.  The contract (core/alloc.h): core either comes back with a status
   that says something, or calls pgo_out_of_memory, whose handler ends the process; never NULL used, never a
   result that is wrong, and a file that was to be written is the old one or the new one.

   The allocations of libxml2 and zlib on core's behalf fail likewise.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "core/block-layout.h"
#include "core/flowgraph.h"
#include "core/inline-plan.h"
#include "core/alloc.h"
#include "core/profile-io.h"
#include "core/replay.h"
#include "core/report-read.h"
#include "core/source.h"
#include "core/symbolized.h"
#include "unit.h"

#include <libxml/parser.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer has its own allocator in this place.  */
#if defined __SANITIZE_ADDRESS__ || !defined __GLIBC__

int
main (void)
{
  CHECK ("allocations cannot be made to fail here", true);
  return unit_done ();
}

#else

extern void *__libc_malloc (size_t);
extern void *__libc_calloc (size_t, size_t);
extern void *__libc_realloc (void *, size_t);

/* The allocation that fails, counted from 1; 0: none.  */
static unsigned long fail_at, allocations;

static bool
fails (void)
{
  return fail_at && ++allocations == fail_at;
}

void *
malloc (size_t size)
{
  return fails () ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  return fails () ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *block, size_t size)
{
  return fails () ? NULL : __libc_realloc (block, size);
}

/* Ends of a child.  */
enum { WORKED, SAID_WHY, OUT_OF_MEMORY, WRONG };

static void
end_here (void)
{
  _exit (OUT_OF_MEMORY);
}

static char profile_path[4096], index_path[4096], pprof_path[4096], report_path[4096];
static struct pgo_status status;

static int
said (void)
{
  return status.message[0] && !strchr (status.message, '\n') ? SAID_WHY : WRONG;
}

/* ---- What is tried --------------------------------------------------------------------------------- */

static int
read_xml (void)
{
  struct pgo_profile *p = pgo_profile_read (profile_path, &status);
  if (!p)
    return said ();
  int end = p->n_functions == 3 ? WORKED : WRONG;
  pgo_profile_free (p);
  return end;
}

static bool
same_file (const char *a, const char *b)
{
  FILE *f = fopen (a, "rb"), *g = fopen (b, "rb");
  bool same = f && g;
  for (int c = 0; same && c != EOF;)
    {
      c = getc (f);
      same = c == getc (g);
    }
  if (f)
    fclose (f);
  if (g)
    fclose (g);
  return same;
}

static int
write_profile (bool (*write) (const struct pgo_profile *, const char *, struct pgo_status *), const char *path)
{
  struct pgo_profile *p = pgo_profile_read (profile_path, &status);
  if (!p || !write (p, path, &status))
    return said ();
  pgo_profile_free (p);
  return WORKED;
}

static int
write_xml (void)
{
  return write_profile (pgo_profile_write, "written.pgo.xml");
}

static int
write_index (void)
{
  return write_profile (pgo_index_write, "written.pgo");
}

static int
ask_source (const char *path)
{
  struct pgo_source *s = pgo_source_open (path, &status);
  if (!s)
    return said ();
  int end = WORKED;
  const struct pgo_instance *main_ = pgo_source_find (s, "main", NULL, &status);
  if (!main_)
    end = said ();
  else if (!pgo_source_id (s, &status) || !pgo_source_verify (s, &status))
    end = said ();
  pgo_source_close (s);
  return end;
}

static int
ask_xml (void)
{
  return ask_source (profile_path);
}

static int
ask_index (void)
{
  return ask_source (index_path);
}

static int
read_symbolized (void)
{
  struct pgo_symbolized s = { 0 };
  if (!pgo_symbolized_read (pprof_path, &s, &status))
    return said ();
  pgo_profile_free (s.profile);
  return WORKED;
}

static int
read_report (void)
{
  struct pgo_report_calls *r = pgo_report_read (report_path, &status);
  if (!r)
    return said ();
  const struct pgo_report_call *c = r->calls;
  bool whole = r->n_calls == 3 && r->unit && strcmp (r->unit, "a.c") == 0 && c->stage && c->reason && c->gcc
               && c->has[PGO_FEATURE_count] && c->has[PGO_FEATURE_frequency] && c->has[PGO_FEATURE_growth];
  pgo_report_calls_free (r);
  return whole ? WORKED : WRONG;
}

static int
read_replay (void)
{
  struct pgo_replay *replay = pgo_replay_open (report_path, "a.c", &status);
  if (!replay)
    return said ();
  int end = pgo_replay_find (replay, "main > 5:3 step") == PGO_ORDER_INLINE ? WORKED : WRONG;
  pgo_replay_close (replay);
  return end;
}

/*  0 ──► 2 ──► 3 ──► 1     with a loop 3 ──► 2  */
static int
infer (void)
{
  static const struct pgo_flow_edge edges[] = { { 0, 2, 1 }, { 2, 3, 1 }, { 3, 2, .9 }, { 3, 1, .1 } };
  static const struct pgo_flow_evidence evidence[] = { { 2, false, 100, PGO_TRUST_FULL, PGO_TRUST_FULL },
                                                       { 3, true, 10, PGO_TRUST_FULL, PGO_TRUST_FULL } };
  uint64_t block[4], edge[4];
  struct pgo_flowgraph g = { 4, 4, 2, edges, evidence };
  struct pgo_flow_counts counts = { block, edge };
  return pgo_infer (&g, &counts) == PGO_INFER_DONE && block[3] == 100 && edge[2] == 90 ? WORKED : WRONG;
}

static int
lay_out (void)
{
  static const struct pgo_layout_edge edges[] = { { 0, 2, 90, true, true }, { 0, 1, 10, true, true }, { 2, 3, 90, true, false } };
  static const uint32_t sizes[] = { 4, 4, 4, 4 };
  static const uint64_t counts[] = { 100, 10, 90, 90 };
  uint32_t order[] = { 0, 1, 2, 3 };
  struct pgo_layout_graph g = { 4, 3, sizes, counts, edges, true };
  struct pgo_layout_figures before, after;
  return pgo_layout_improve (&g, order, &before, &after) == PGO_LAYOUT_BETTER && order[1] == 2 ? WORKED : WRONG;
}

static int
plan (void)
{
  struct pgo_call_function f[] = { { 1, 50, 0, false, false }, { 1000, 20, 0, true, false } };
  struct pgo_call_edge e = { .caller = 0, .callee = 1, .possible = true, .counted = true, .count = 1000, .growth = 2 };
  struct pgo_inline_limits limits = { .hot_count = 100, .total_weight = 1000000, .budget = 1000 };
  struct pgo_callgraph g = { 2, 1, f, &e };
  struct pgo_inline_plan p;
  pgo_inline_plan_make (&g, &limits, NULL, NULL, &p);
  int end = p.n_order == 1 ? WORKED : WRONG;
  pgo_inline_plan_clear (&p);
  return end;
}

/* ---- The sweep ------------------------------------------------------------------------------------- */

/* Work in a child in which allocation AT fails.  Its end, or -1 if a signal ended it; *REACHED: whether there were so
   many.  */
static int
try (int (*work) (void), unsigned long at, bool *reached)
{
  int pipe_ends[2], state;
  if (pipe (pipe_ends) != 0)
    return WRONG;
  pid_t child = fork ();
  if (child == 0)
    {
      setrlimit (RLIMIT_CORE, &(struct rlimit) { 0, 0 });
      /* What libxml2 says of it on its own account.  */
      if (!freopen ("/dev/null", "w", stderr))
        _exit (WRONG);
      pgo_set_out_of_memory_handler (end_here);
      fail_at = at;
      int end = work ();
      bool all = allocations < fail_at;
      fail_at = 0;
      if (all && write (pipe_ends[1], "", 1) != 1)
        end = WRONG;
      _exit (end);
    }
  close (pipe_ends[1]);
  char byte;
  *reached = read (pipe_ends[0], &byte, 1) == 0;
  close (pipe_ends[0]);
  waitpid (child, &state, 0);
  return WIFEXITED (state) ? WEXITSTATUS (state) : -1;
}

/* TARGET: the file that WORK writes, and is to be like MODEL; NULL: none.  */
static void
sweep (const char *name, int (*work) (void), const char *target, const char *model)
{
  char text[120];
  unsigned ends[4] = { 0 }, killed = 0, half = 0;
  unsigned long at = 1;
  for (bool reached = true; reached; at++)
    {
      if (target)
        unlink (target);
      int end = try (work, at, &reached);
      if (end < 0)
        {
          killed++;
          printf ("# %s: allocation %lu: killed\n", name, at);
        }
      else
        ends[end]++;
      half += target && access (target, F_OK) == 0 && !same_file (target, model);
      if (!reached)
        {
          snprintf (text, sizeof text, "%s: works when nothing fails", name);
          CHECK (text, end == WORKED);
        }
    }
  printf ("# %s: %lu allocations: %u worked all the same, %u said why, %u out of memory\n", name, at - 2, ends[WORKED] - 1,
          ends[SAID_WHY], ends[OUT_OF_MEMORY]);
  snprintf (text, sizeof text, "%s: some allocation failed", name);
  CHECK (text, at > 2);
  snprintf (text, sizeof text, "%s: every failure is a status or the handler's", name);
  CHECK (text, killed == 0 && ends[WRONG] == 0);
  if (target)
    {
      snprintf (text, sizeof text, "%s: no file is half", name);
      CHECK (text, half == 0);
    }
}

int
main (int argc, char **argv)
{
  REQUIRE ("the tests' folder is given", argc == 2);
  snprintf (profile_path, sizeof profile_path, "%s/../fuzz/corpus/profile/small.pgo.xml", argv[1]);
  snprintf (index_path, sizeof index_path, "%s/../fuzz/corpus/index/small.pgo", argv[1]);
  snprintf (pprof_path, sizeof pprof_path, "%s/../fuzz/corpus/symbolized/small.pb", argv[1]);
  snprintf (report_path, sizeof report_path, "%s/../fuzz/corpus/report/calls.xml", argv[1]);
  /* What the parser keeps for good is not to be allocated by whoever comes first.  */
  xmlInitParser ();
  REQUIRE ("files to compare with are written", write_profile (pgo_profile_write, "model.pgo.xml") == WORKED
           && write_profile (pgo_index_write, "model.pgo") == WORKED);
  sweep ("read XML", read_xml, NULL, NULL);
  sweep ("write XML", write_xml, "written.pgo.xml", "model.pgo.xml");
  sweep ("write index", write_index, "written.pgo", "model.pgo");
  sweep ("ask XML", ask_xml, NULL, NULL);
  sweep ("ask index", ask_index, NULL, NULL);
  sweep ("read pprof", read_symbolized, NULL, NULL);
  sweep ("read report", read_report, NULL, NULL);
  sweep ("read replay file", read_replay, NULL, NULL);
  sweep ("infer", infer, NULL, NULL);
  sweep ("lay out", lay_out, NULL, NULL);
  sweep ("plan", plan, NULL, NULL);
  return unit_done ();
}

#endif
