/* Arguments of the subcommands, and what they say when something is wrong.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/progress.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct pgo_command *
pgo_command_find (const char *name)
{
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    if (strcmp (c->name, name) == 0)
      return c;
  return NULL;
}

void
pgo_arguments_begin (struct pgo_arguments *args, int argc, char **argv)
{
  memset (args, 0, sizeof *args);
  args->argc = argc;
  args->argv = argv;
  args->next = 1;
  args->command = pgo_command_find (argv[0]);
}

static void
print_help (const struct pgo_command *command)
{
  printf ("Usage: pgoinline %s [OPTION]...%s%s\n%c%s.\n\nOptions:\n", command->name,
          *command->operands ? " " : "", command->operands,
          command->help[0] >= 'a' && command->help[0] <= 'z' ? command->help[0] - 'a' + 'A'
                                                             : command->help[0],
          command->help + 1);
  for (const struct pgo_option *o = command->options; o->name; o++)
    {
      char left[80];
      bool is_long = o->name[1] == '-';
      int n = snprintf (left, sizeof left, "%s", o->name);
      if (o->letter)
        n = snprintf (left, sizeof left, "-%c, %s", o->letter, o->name);
      if (o->argument && o->argument[0] == '[')
        snprintf (left + n, sizeof left - (size_t) n, "[=%s", o->argument + 1);
      else if (o->argument)
        snprintf (left + n, sizeof left - (size_t) n, "%c%s", is_long ? '=' : ' ', o->argument);
      printf ("  %-26s%s%s\n", left, strlen (left) > 25 ? "  " : "", o->help);
    }
  printf ("  %-26sthis text\n", "--help");
}

/* The option that ARGUMENT names, its index; *VALUE is what is attached to it, or NULL.  */
static int
find_option (const struct pgo_option *options, const char *argument, const char **value)
{
  for (int i = 0; options[i].name; i++)
    {
      const char *name = options[i].name;
      size_t length = strlen (name);
      *value = NULL;
      if (argument[1] == '-' && strncmp (argument, name, length) == 0)
        {
          if (argument[length] == '\0')
            return i;
          if (argument[length] == '=')
            {
              *value = argument + length + 1;
              return i;
            }
        }
      char letter = options[i].letter ? options[i].letter : name[1];
      if (argument[1] != '-' && letter == argument[1] && (options[i].letter || name[1] != '-'))
        {
          if (argument[2])
            *value = argument + 2;
          return i;
        }
    }
  return -1;
}

int
pgo_arguments_next (struct pgo_arguments *args)
{
  args->value = NULL;
  if (args->next >= args->argc)
    return PGO_ARGUMENT_END;
  const char *argument = args->argv[args->next++];
  if (args->only_operands || argument[0] != '-' || argument[1] == '\0')
    {
      args->value = argument;
      return PGO_ARGUMENT_OPERAND;
    }
  if (strcmp (argument, "--") == 0)
    {
      args->only_operands = true;
      return pgo_arguments_next (args);
    }
  if (strcmp (argument, "--help") == 0)
    {
      print_help (args->command);
      return PGO_ARGUMENT_HELP;
    }

  const struct pgo_option *options = args->command->options;
  int i = find_option (options, argument, &args->value);
  if (i < 0)
    pgo_report_usage (args->command, "there is no option %s", argument);
  else if (!options[i].argument && args->value)
    pgo_report_usage (args->command, "%s takes no argument", options[i].name);
  else if (options[i].argument && options[i].argument[0] != '[' && !args->value && args->next >= args->argc)
    pgo_report_usage (args->command, "%s needs %s", options[i].name, options[i].argument);
  else
    {
      if (options[i].argument && options[i].argument[0] != '[' && !args->value)
        args->value = args->argv[args->next++];
      return i;
    }
  return PGO_ARGUMENT_WRONG;
}

int
pgo_report_failure (const struct pgo_status *status)
{
  char text[sizeof status->file + sizeof status->message + 32];
  pgo_progress_end ();
  fprintf (stderr, "%s\n", pgo_status_text (status, text, sizeof text));
  return PGO_EXIT_BAD;
}

int
pgo_report_usage (const struct pgo_command *command, const char *format, ...)
{
  va_list args;
  fprintf (stderr, "pgoinline%s%s: ", command ? " " : "", command ? command->name : "");
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fprintf (stderr, "\nTry: pgoinline %s%s--help\n", command ? command->name : "", command ? " " : "");
  return PGO_EXIT_USAGE;
}

bool
pgo_parse_number (const char *text, unsigned long long min, unsigned long long max, unsigned long long *value)
{
  if (*text < '0' || *text > '9')
    return false;
  char *end;
  errno = 0;
  unsigned long long n = strtoull (text, &end, 10);
  if (errno || *end || n < min || n > max)
    return false;
  *value = n;
  return true;
}
