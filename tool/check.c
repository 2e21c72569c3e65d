/* pgoinline check: validate profiles and indexes, one line for each.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/view.h"
#include "core/profile-xml.h"
#include "core/sha256.h"

#include <stdio.h>
#include <string.h>

const struct pgo_option pgo_check_options[] = {
  { NULL, 0, NULL, NULL }
};

/* Whether the XML profile at PATH, whose bytes have the SHA-256 ID, is as it would be written.  */
static bool
is_canonical (const struct pgo_profile *profile, const char *id)
{
  struct pgo_sha256 sha;
  struct pgo_status status = { 0 };
  unsigned char digest[PGO_SHA256_BYTES];
  char text[PGO_SHA256_TEXT];
  pgo_sha256_begin (&sha);
  struct pgo_output *nowhere = pgo_output_open (NULL, &status);
  pgo_output_digest (nowhere, &sha);
  bool good = pgo_profile_write_xml (profile, nowhere, &status);
  good &= pgo_output_commit (nowhere, &status);
  pgo_sha256_end (&sha, digest);
  pgo_sha256_text (digest, text);
  return good && strcmp (text, id) == 0;
}

static int
check (const char *path)
{
  struct pgo_status status = { 0 };
  struct pgo_view *view = pgo_view_open (path, &status);
  if (!view)
    return pgo_report_failure (&status);
  if (view->source && !pgo_source_verify (view->source, &status))
    {
      pgo_view_close (view);
      return pgo_report_failure (&status);
    }
  printf ("%s: %s, version %d, %s evidence, %u functions, weight %llu in %llu functions and %llu lines, id "
          "%s%s\n",
          path, view->source ? "index" : "profile", PGO_PROFILE_VERSION, pgo_evidence_name (view->kind),
          view->n_functions, (unsigned long long) view->summary->total,
          (unsigned long long) view->summary->functions, (unsigned long long) view->summary->lines, view->id,
          view->source || is_canonical (view->profile, view->id) ? "" : ", not canonical");
  pgo_view_close (view);
  return PGO_EXIT_DONE;
}

int
pgo_check (int argc, char **argv)
{
  struct pgo_arguments args;
  int result = PGO_EXIT_DONE;
  bool any = false;
  pgo_arguments_begin (&args, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&args))
      {
      case PGO_ARGUMENT_OPERAND:
        any = true;
        if (check (args.value) != PGO_EXIT_DONE)
          result = PGO_EXIT_BAD;
        break;
      case PGO_ARGUMENT_HELP: return PGO_EXIT_DONE;
      case PGO_ARGUMENT_WRONG: return PGO_EXIT_USAGE;
      default: return any ? result : pgo_report_usage (args.command, "no input");
      }
}
