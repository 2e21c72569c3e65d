/* Manual pages and shell completion: see manual.h.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/manual.h"

#include <stdio.h>
#include <string.h>

/* TEXT for troff: no request at a line's start, hyphens that are minus signs.  */
static void
put (const char *text)
{
  for (const char *c = text; *c; c++)
    if (*c == '\\')
      fputs ("\\e", stdout);
    else if (*c == '-')
      fputs ("\\-", stdout);
    else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
      printf ("\\&%c", *c);
    else
      putchar (*c);
}

/* An option's spelling, its argument in italics.  */
static void
put_option (const struct pgo_option *o)
{
  bool is_long = o->name[1] == '-';
  fputs (".TP\n", stdout);
  if (o->letter)
    printf ("\\fB\\-%c\\fR, ", o->letter);
  fputs ("\\fB", stdout);
  put (o->name);
  fputs ("\\fR", stdout);
  if (o->argument && o->argument[0] == '[')
    {
      fputs ("[=\\fI", stdout);
      for (const char *c = o->argument + 1; *c && *c != ']'; c++)
        putchar (*c);
      fputs ("\\fR]", stdout);
    }
  else if (o->argument)
    {
      printf (is_long ? "=\\fI" : " \\fI");
      put (o->argument);
      fputs ("\\fR", stdout);
    }
  putchar ('\n');
  put (o->help);
  fputs (".\n", stdout);
}

static void
put_end (const struct pgo_command *command)
{
  fputs (".SH EXIT STATUS\n0 done, 1 bad input or nothing found, 2 wrong usage.\n.SH SEE ALSO\n", stdout);
  if (command)
    fputs ("\\fBpgoinline\\fR(1)", stdout);
  const char *separator = command ? ", " : "";
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    if (c != command)
      {
        printf ("%s\\fBpgoinline\\-%s\\fR(1)", separator, c->name);
        separator = ", ";
      }
  putchar ('\n');
}

void
pgo_print_manual (const struct pgo_command *command)
{
  if (command)
    {
      printf (".TH PGOINLINE\\-%s 1 \"\" \"pgoinline " PGOINLINE_VERSION "\"\n.SH NAME\npgoinline\\-%s \\- ",
              command->name, command->name);
      put (command->help);
      printf ("\n.SH SYNOPSIS\n\\fBpgoinline %s\\fR [\\fIOPTION\\fR]...%s", command->name, *command->operands ? " " : "");
      put (command->operands);
      fputs ("\n.SH OPTIONS\n", stdout);
      for (const struct pgo_option *o = command->options; o->name; o++)
        put_option (o);
      fputs (".TP\n\\fB\\-\\-help\\fR\nPrint the options.\n", stdout);
      put_end (command);
      return;
    }
  fputs (".TH PGOINLINE 1 \"\" \"pgoinline " PGOINLINE_VERSION "\"\n.SH NAME\n"
         "pgoinline \\- profile\\-guided optimisation from samples, for the stock GCC\n.SH SYNOPSIS\n"
         "\\fBpgoinline\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIOPERAND\\fR]...\n.SH COMMANDS\n", stdout);
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    {
      printf (".TP\n\\fB%s\\fR ", c->name);
      put (c->operands);
      putchar ('\n');
      put (c->help);
      fputs (".\n", stdout);
    }
  fputs (".SH OPTIONS\n.TP\n\\fB\\-\\-help\\fR\nPrint the commands.\n.TP\n\\fB\\-\\-version\\fR\nPrint the version.\n"
         ".TP\n\\fB\\-\\-man\\fR[=\\fICOMMAND\\fR]\nPrint this page, or that of a command, for \\fBman \\-l \\-\\fR.\n"
         ".TP\n\\fB\\-\\-completion\\fR\nPrint a completion script for bash.\n"
         ".SH EXAMPLE\n.nf\ngcc \\-O2 \\-g app.c \\-o app\npgoinline record \\-o cpu.pprof \\-\\- ./app\n"
         "pgoinline convert cpu.pprof \\-\\-binary app \\-o app.pgo.xml\n"
         "gcc \\-O2 \\-g $(pgoinline flags \\-\\-profile app.pgo.xml) app.c \\-o app\n.fi\n", stdout);
  put_end (NULL);
}

/* The words of an argument like "text|json", if that is what it is: letters, digits and bars.  */
static bool
is_choice (const char *argument)
{
  return argument && strchr (argument, '|') && argument[strspn (argument, "abcdefghijklmnopqrstuvwxyz|")] == '\0';
}

void
pgo_print_completion (void)
{
  fputs ("# bash completion for pgoinline, made by `pgoinline --completion'.\n"
         "_pgoinline ()\n{\n  local word=${COMP_WORDS[COMP_CWORD]} options= choices= i\n  COMPREPLY=()\n"
         "  if [ $COMP_CWORD = 1 ]; then\n    COMPREPLY=($(compgen -W \"", stdout);
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    printf ("%s ", c->name);
  fputs ("--help --version --man --completion\" -- \"$word\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n", stdout);
  for (const struct pgo_command *c = pgo_commands; c->name; c++)
    {
      printf ("    %s)\n      options='", c->name);
      for (const struct pgo_option *o = c->options; o->name; o++)
        printf ("%s%s ", o->name, o->name[1] == '-' && o->argument && o->argument[0] != '[' ? "=" : "");
      fputs ("--help'\n", stdout);
      for (const struct pgo_option *o = c->options; o->name; o++)
        if (is_choice (o->argument))
          {
            printf ("      choices=\"$choices %s=", o->name);
            for (const char *p = o->argument; *p; p++)
              if (*p == '|')
                printf (" %s=", o->name);
              else
                putchar (*p);
            fputs ("\"\n", stdout);
          }
      fputs ("      ;;\n", stdout);
    }
  /* Bash takes a word apart at "=": what is completed is what is behind it.  */
  fputs ("  esac\n"
         "  if [ \"$word\" = = ] || [ \"${COMP_WORDS[COMP_CWORD-1]}\" = = ]; then\n"
         "    i=$((COMP_CWORD - 1))\n    [ \"$word\" = = ] && word= || i=$((i - 1))\n"
         "    for choice in $choices; do\n"
         "      case $choice in \"${COMP_WORDS[i]}=$word\"*) COMPREPLY+=(\"${choice#*=}\") ;; esac\n    done\n"
         "    [ ${#COMPREPLY[@]} != 0 ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  elif [ \"${word:0:1}\" = - ]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         "    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac\n"
         "  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n"
         "complete -o filenames -F _pgoinline pgoinline\n", stdout);
}
