/* pgoinline: the subcommands' table and dispatch.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/manual.h"
#include "core/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct pgo_command pgo_commands[] = {
#define PGO_COMMAND(NAME, OPERANDS, HELP) { #NAME, OPERANDS, HELP, pgo_##NAME##_options, pgo_##NAME },
#include "tool/commands.def"
#undef PGO_COMMAND
  { NULL, NULL, NULL, NULL, NULL }
};

static void
out_of_memory (void)
{
  static const char message[] = "pgoinline: out of memory\n";
  if (write (STDERR_FILENO, message, sizeof message - 1) < 0)
    _exit (PGO_EXIT_BAD);
  _exit (PGO_EXIT_BAD);
}

static void
print_help (void)
{
  printf ("Usage: pgoinline COMMAND [OPTION]... [OPERAND]...\n"
          "Profile-guided optimisation from samples, for the stock GCC.\n\n"
          "Commands:\n");
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    printf ("  %-10s%s\n", c->name, c->help);
  printf ("\n  --help     this text; pgoinline COMMAND --help says more of COMMAND\n"
          "  --version  the version\n"
          "  --man[=COMMAND], --completion\n"
          "             a manual page for man -l -; a completion script for bash\n\n"
          "Exit status: 0 done, 1 bad input or nothing found, 2 wrong usage.\n");
}

int
main (int argc, char **argv)
{
  pgo_set_out_of_memory_handler (out_of_memory);
  const char *name = argc > 1 ? argv[1] : "";
  const struct pgo_command *command = pgo_command_find (name);
  int result;
  if (command)
    result = command->run (argc - 1, argv + 1);
  else if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    {
      print_help ();
      result = PGO_EXIT_DONE;
    }
  else if (strcmp (name, "--version") == 0)
    {
      printf ("pgoinline %s\n", PGOINLINE_VERSION);
      result = PGO_EXIT_DONE;
    }
  else if (strcmp (name, "--man") == 0 || (strncmp (name, "--man=", 6) == 0 && pgo_command_find (name + 6)))
    {
      pgo_print_manual (name[5] ? pgo_command_find (name + 6) : NULL);
      result = PGO_EXIT_DONE;
    }
  else if (strcmp (name, "--completion") == 0)
    {
      pgo_print_completion ();
      result = PGO_EXIT_DONE;
    }
  else if (*name)
    result = pgo_report_usage (NULL, "there is no command %s", name);
  else
    result = pgo_report_usage (NULL, "which command?");

  if (fflush (stdout) != 0 || ferror (stdout))
    {
      perror ("standard output");
      result = PGO_EXIT_BAD;
    }
  return result;
}
