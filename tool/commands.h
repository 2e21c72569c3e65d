/* What the subcommands of pgoinline share: the table, option parsing driven by it, messages.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_COMMANDS_H
#define PGOINLINE_TOOL_COMMANDS_H

#include "core/status.h"

/* Exit statuses.  */
enum pgo_exit
{
  PGO_EXIT_DONE = 0,
  PGO_EXIT_BAD = 1,             /* Bad input, or nothing found.  */
  PGO_EXIT_USAGE = 2
};

/* An option.  --help is made of these.  NAME is long ("--weight"), or a letter where the contract gives
   only that ("-o").  A list ends with NAME NULL.  */
struct pgo_option
{
  const char *name;
  char letter;                  /* Also -LETTER; 0: none.  */
  const char *argument;         /* What --help calls it; NULL: takes none; "[X]": optional, by =.  */
  const char *help;
};

struct pgo_command
{
  const char *name, *operands, *help;
  const struct pgo_option *options;
  /* ARGV[0] is the subcommand's name.  Returns an enum pgo_exit.  */
  int (*run) (int argc, char **argv);
};

/* Entry points and options, as tool/commands.def lists them.  */
#define PGO_COMMAND(NAME, OPERANDS, HELP) \
  extern const struct pgo_option pgo_##NAME##_options[]; \
  int pgo_##NAME (int argc, char **argv);
#include "tool/commands.def"
#undef PGO_COMMAND

/* The table, and its entry of that NAME or NULL.  */
extern const struct pgo_command pgo_commands[];
const struct pgo_command *pgo_command_find (const char *name);

/* Walks the arguments of a subcommand.  */
struct pgo_arguments
{
  int argc;
  char **argv;
  int next;                     /* Index in ARGV of what comes next.  */
  const struct pgo_command *command;
  bool only_operands;           /* After "--".  */
  const char *value;            /* Of the option or operand just returned; NULL: not given.  */
};

/* What pgo_arguments_next returns besides the index of an option in the command's list.  */
enum
{
  PGO_ARGUMENT_END = -1,        /* No more.  */
  PGO_ARGUMENT_OPERAND = -2,    /* VALUE is an operand; "-" is one.  */
  PGO_ARGUMENT_HELP = -3,       /* --help was asked for and printed: return PGO_EXIT_DONE.  */
  PGO_ARGUMENT_WRONG = -4       /* Was reported: return PGO_EXIT_USAGE.  */
};

/* For the command named ARGV[0].  */
void pgo_arguments_begin (struct pgo_arguments *, int argc, char **argv);
/* Accepts -o V, -oV, --name V, --name=V; options and operands in any order; "--" ends the options.  */
int pgo_arguments_next (struct pgo_arguments *);

/* Print "FILE:LINE: MESSAGE" on standard error; returns PGO_EXIT_BAD.  */
int pgo_report_failure (const struct pgo_status *status);
/* Print "pgoinline COMMAND: MESSAGE" and where to find help on standard error; returns PGO_EXIT_USAGE.  */
int pgo_report_usage (const struct pgo_command *command, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* TEXT as a whole number in MIN..MAX; false if it is none.  */
bool pgo_parse_number (const char *text, unsigned long long min, unsigned long long max,
                       unsigned long long *value);

#endif
