/* pgoinline bisect: which decision on a call makes a test fail.

   The decisions of a report, in its order, are d1 … dn.  A command, which builds with a replay file and tests what
   it built, is run with the first k of them, the others left to GCC; the least k with which it fails names the
   decision.  Two runs see that it fails with all of them and not with none, then about log2 n find it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "core/alloc.h"
#include "core/atomic-file.h"
#include "core/report-read.h"
#include "core/report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_OUT "replay.xml"
/* Where the command finds the name of the replay file.  */
#define VARIABLE "PGOINLINE_REPLAY"
/* Exit statuses of the command from here on are not its answer: not executable, not found, killed.  */
#define FIRST_NO_ANSWER 126

enum { OPTION_REPORT, OPTION_OUT };

const struct pgo_option pgo_bisect_options[] = {
  [OPTION_REPORT] = { "--report", 0, "FILE", "the report of the build that fails" },
  [OPTION_OUT] = { "-o", 0, "FILE", "the replay file of each build, default " DEFAULT_OUT
                   "; the command has its name in " VARIABLE },
  { NULL, 0, NULL, NULL }
};

struct bisection
{
  const struct pgo_report_calls *report;
  uint32_t *decisions;          /* The calls that something was decided on.  */
  uint32_t n_decisions;
  const char *out;
  char **command;
  uint32_t runs;
};

/* Write the replay file with the first KEPT decisions.  */
static bool
write_replay (const struct bisection *b, uint32_t kept, struct pgo_status *status)
{
  struct pgo_output *out = pgo_output_open (b->out, status);
  if (!out)
    return false;
  pgo_output_printf (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pgo-report version=\"%d\" unit=\"", PGO_REPORT_VERSION);
  pgo_output_xml (out, b->report->unit ? b->report->unit : "");
  pgo_output_text (out, "\">\n");
  uint32_t d = 0;
  for (uint32_t i = 0; i < b->report->n_calls; i++)
    {
      const struct pgo_report_call *call = &b->report->calls[i];
      bool decided = d < b->n_decisions && b->decisions[d] == i;
      enum pgo_call_decision decision = decided && d < kept ? call->decision : PGO_CALL_LEAVE;
      d += decided;
      pgo_output_text (out, " <call-site id=\"");
      pgo_output_xml (out, call->id);
      pgo_output_printf (out, "\" decision=\"%s\"/>\n", pgo_decision_name (decision));
    }
  pgo_output_text (out, "</pgo-report>\n");
  return pgo_output_commit (out, status);
}

/* Run the command with the first KEPT decisions: whether it fails, into *FAILS.  */
static bool
run (struct bisection *b, uint32_t kept, bool *fails, struct pgo_status *status)
{
  if (!write_replay (b, kept, status))
    return false;
  fflush (NULL);
  pid_t child = fork ();
  if (child == 0)
    {
      setenv (VARIABLE, b->out, 1);
      execvp (b->command[0], b->command);
      fprintf (stderr, "pgoinline bisect: %s: %s\n", b->command[0], strerror (errno));
      _exit (127);
    }
  int state = 0;
  while (child > 0 && waitpid (child, &state, 0) < 0)
    if (errno != EINTR)
      child = -1;
  if (child < 0)
    return pgo_fail (status, NULL, 0, "cannot run a process: %s", strerror (errno));
  if (!WIFEXITED (state) || WEXITSTATUS (state) >= FIRST_NO_ANSWER)
    return pgo_fail (status, b->command[0], 0, "ended with no answer (exit status 0: good, 1 to %d: fails)",
                     FIRST_NO_ANSWER - 1);
  *fails = WEXITSTATUS (state) != 0;
  b->runs++;
  fprintf (stderr, "pgoinline bisect: %u of %u decisions: %s\n", kept, b->n_decisions, *fails ? "fails" : "good");
  return true;
}

static bool
search (struct bisection *b, uint32_t *found, struct pgo_status *status)
{
  bool fails;
  if (!run (b, b->n_decisions, &fails, status))
    return false;
  if (!fails)
    return pgo_fail (status, b->command[0], 0, "does not fail with all %u decisions", b->n_decisions);
  if (!run (b, 0, &fails, status))
    return false;
  if (fails)
    return pgo_fail (status, b->command[0], 0, "fails without any decision, too");
  /* Good with GOOD, fails with BAD.  */
  uint32_t good = 0, bad = b->n_decisions;
  while (bad - good > 1)
    {
      uint32_t middle = good + (bad - good) / 2;
      if (!run (b, middle, &fails, status))
        return false;
      *(fails ? &bad : &good) = middle;
    }
  *found = b->decisions[bad - 1];
  /* The file left behind is that of the failure, with no decision too many.  */
  return write_replay (b, bad, status);
}

static int
bisect (const char *path, struct bisection *b)
{
  struct pgo_status status = { 0 };
  struct pgo_report_calls *report = pgo_report_read (path, &status);
  if (!report)
    return pgo_report_failure (&status);
  b->report = report;
  b->decisions = pgo_alloc_array (report->n_calls, sizeof *b->decisions);
  for (uint32_t i = 0; i < report->n_calls; i++)
    if (report->calls[i].decision != PGO_CALL_LEAVE)
      b->decisions[b->n_decisions++] = i;
  uint32_t found = 0;
  bool good = b->n_decisions > 0 || pgo_fail (&status, path, 0, "nothing was decided on any call");
  good = good && search (b, &found, &status);
  if (good)
    printf ("%s %s (%s), found by %u runs; it and those before it are in %s\n",
            pgo_decision_name (report->calls[found].decision), report->calls[found].id,
            report->calls[found].reason ? report->calls[found].reason : "no reason", b->runs, b->out);
  pgo_free (b->decisions);
  pgo_report_calls_free (report);
  return good ? PGO_EXIT_DONE : pgo_report_failure (&status);
}

int
pgo_bisect (int argc, char **argv)
{
  struct pgo_arguments args;
  struct bisection b = { .out = DEFAULT_OUT };
  const char *path = NULL;
  char absolute[PATH_MAX];
  uint32_t n = 0;
  b.command = pgo_alloc_array ((size_t) argc + 1, sizeof *b.command);
  pgo_arguments_begin (&args, argc, argv);
  int status = -1;
  while (status < 0)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_REPORT: path = args.value; break;
      case OPTION_OUT: b.out = args.value; break;
      case PGO_ARGUMENT_OPERAND: b.command[n++] = (char *) args.value; break;
      case PGO_ARGUMENT_HELP: status = PGO_EXIT_DONE; break;
      case PGO_ARGUMENT_WRONG: status = PGO_EXIT_USAGE; break;
      default:
        if (!path)
          status = pgo_report_usage (args.command, "no --report");
        else if (n == 0)
          status = pgo_report_usage (args.command, "no command");
        else
          {
            /* The command may change its working directory.  */
            if (b.out[0] != '/' && getcwd (absolute, sizeof absolute)
                && strlen (absolute) + strlen (b.out) + 2 <= sizeof absolute)
              {
                strcat (absolute, "/");
                b.out = strcat (absolute, b.out);
              }
            status = bisect (path, &b);
          }
      }
  pgo_free (b.command);
  return status;
}
