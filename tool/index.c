/* pgoinline index: make the index of a profile.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "core/profile-io.h"

enum { OPTION_OUTPUT };

const struct pgo_option pgo_index_options[] = {
  [OPTION_OUTPUT] = { "--output", 'o', "FILE", "where the index goes, by custom NAME.pgo" },
  { NULL, 0, NULL, NULL }
};

static int
make_index (const char *input, const char *output)
{
  struct pgo_status status = { 0 };
  struct pgo_profile *profile = pgo_profile_read (input, &status);
  bool good = profile && pgo_index_write (profile, output, &status);
  pgo_profile_free (profile);
  return good ? PGO_EXIT_DONE : pgo_report_failure (&status);
}

int
pgo_index (int argc, char **argv)
{
  struct pgo_arguments args;
  const char *input = NULL, *output = NULL;
  pgo_arguments_begin (&args, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_OUTPUT: output = args.value; break;
      case PGO_ARGUMENT_OPERAND:
        if (input)
          return pgo_report_usage (args.command, "one input, not %s too: `pgoinline merge' adds profiles up",
                                   args.value);
        input = args.value;
        break;
      case PGO_ARGUMENT_HELP: return PGO_EXIT_DONE;
      case PGO_ARGUMENT_WRONG: return PGO_EXIT_USAGE;
      default:
        if (!input)
          return pgo_report_usage (args.command, "no input");
        if (!output)
          return pgo_report_usage (args.command, "no output: -o FILE");
        return make_index (input, output);
      }
}
