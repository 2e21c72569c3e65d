/* pgoinline flags: what to put on the command lines of a build that uses a profile.

   The profile's path goes in relative to the directory the compiler runs in, so that the command lines, and
   what a cache makes of them, are the same wherever the tree lies.  A build that compiles in many directories
   asks for an absolute one; the plugin keeps either out of what GCC records.  The id goes in so that a compiler
   cache sees when the profile changes.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "core/alloc.h"
#include "core/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_PROFILE, OPTION_LTO, OPTION_PLUGIN, OPTION_DIRECTORY, OPTION_ABSOLUTE, OPTION_SPECS };

const struct pgo_option pgo_flags_options[] = {
  [OPTION_PROFILE] = { "--profile", 0, "FILE", "the profile or index" },
  [OPTION_LTO] = { "--lto", 0, NULL, "for -flto: a line for the compiler, a line for the linker" },
  [OPTION_PLUGIN] = { "--plugin", 0, "FILE", "the plugin, if it is not where GCC looks for plugins" },
  [OPTION_DIRECTORY] = { "--directory", 'C', "DIR", "where the compiler runs, if not here" },
  [OPTION_ABSOLUTE] = { "--absolute", 'a', NULL, "the profile by its absolute name: for compilers that run anywhere" },
  [OPTION_SPECS] = { "--specs", 0, NULL, "a file for -specs= instead, which libtool passes on when it links" },
  { NULL, 0, NULL, NULL }
};

/* In place of a directory: compilers run in any.  */
static const char ANYWHERE[] = "";

/* PATH, absolute and canonical, as seen from DIRECTORY, likewise.  */
static char *
relative_path (const char *path, const char *directory)
{
  /* The common part ends at a slash of PATH, or where DIRECTORY does.  */
  size_t common = 0;
  for (size_t i = 0;; i++)
    {
      if ((directory[i] == '\0' || directory[i] == '/') && path[i] == '/')
        common = i;
      if (directory[i] == '\0' || directory[i] != path[i])
        break;
    }
  if (strcmp (directory, "/") == 0)
    return pgo_text_copy (path + 1, strlen (path + 1));

  size_t up = 0;
  for (const char *p = directory + common; *p; p++)
    up += *p == '/';
  const char *rest = path + common + 1;
  char *relative = pgo_alloc (3 * up + strlen (rest) + 1), *end = relative;
  while (up-- > 0)
    end = stpcpy (end, "../");
  strcpy (end, rest);
  return relative;
}

/* PATH as the compiler running in DIRECTORY (NULL: here; ANYWHERE) is to be given it; to be freed.  */
static char *
path_for_compiler (const char *path, const char *directory, struct pgo_status *status)
{
  if (directory == ANYWHERE)
    {
      char *absolute = realpath (path, NULL), *copy = absolute ? pgo_text_copy (absolute, strlen (absolute)) : NULL;
      if (!absolute)
        pgo_fail (status, path, 0, "cannot find it: %s", strerror (errno));
      free (absolute);
      return copy;
    }
  if (!directory && path[0] != '/')
    return pgo_text_copy (path, strlen (path));
  char *real_path = realpath (path, NULL), *real_directory = realpath (directory ? directory : ".", NULL);
  char *relative = NULL;
  if (!real_path || !real_directory)
    pgo_fail (status, real_path ? (directory ? directory : ".") : path, 0, "cannot find it: %s",
              strerror (errno));
  else
    relative = relative_path (real_path, real_directory);
  free (real_path);
  free (real_directory);
  return relative;
}

/* How the flags are printed.  */
enum form { FORM_LINE, FORM_LTO, FORM_SPECS };

/* TEXT as specs have it: % begins a directive there.  */
static void
print_spec (const char *text)
{
  for (; *text; text++)
    printf (*text == '%' ? "%%%%" : "%c", *text);
}

static int
print_flags (const char *profile, const char *plugin, const char *directory, enum form form)
{
  struct pgo_status status = { 0 };
  struct pgo_source *source = pgo_source_open (profile, &status);
  const char *id = source ? pgo_source_id (source, &status) : NULL;
  char *path = id ? path_for_compiler (profile, directory, &status) : NULL;
  bool good = path != NULL;
  /* The output is split into words by whoever uses it.  */
  if (good && (strpbrk (path, " \t\n") || strpbrk (plugin, " \t\n")))
    good = pgo_fail (&status, strpbrk (path, " \t\n") ? profile : plugin, 0,
                     "white space in the name: flags cannot carry it");
  if (good && form == FORM_SPECS)
    {
      printf ("*cc1_options:\n+ -fplugin=");
      print_spec (plugin);
      printf (" -fplugin-arg-pgoinline-profile=");
      print_spec (path);
      printf (" -fplugin-arg-pgoinline-id=%s\n", id);
    }
  else if (good)
    for (int line = 0; line < (form == FORM_LTO ? 2 : 1); line++)
      printf ("%s-fplugin=%s -fplugin-arg-pgoinline-profile=%s -fplugin-arg-pgoinline-id=%s\n",
              form == FORM_LTO ? "-flto " : "", plugin, path, id);
  pgo_free (path);
  pgo_source_close (source);
  return good ? PGO_EXIT_DONE : pgo_report_failure (&status);
}

int
pgo_flags (int argc, char **argv)
{
  struct pgo_arguments args;
  const char *profile = NULL, *plugin = "pgoinline", *directory = NULL;
  bool lto = false, absolute = false, specs = false;
  pgo_arguments_begin (&args, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&args))
      {
      case OPTION_PROFILE: profile = args.value; break;
      case OPTION_LTO: lto = true; break;
      case OPTION_PLUGIN: plugin = args.value; break;
      case OPTION_DIRECTORY: directory = args.value; break;
      case OPTION_ABSOLUTE: absolute = true; break;
      case OPTION_SPECS: specs = true; break;
      case PGO_ARGUMENT_OPERAND:
        return pgo_report_usage (args.command, "%s: is it --profile=%s?", args.value, args.value);
      case PGO_ARGUMENT_HELP: return PGO_EXIT_DONE;
      case PGO_ARGUMENT_WRONG: return PGO_EXIT_USAGE;
      default:
        if (!profile)
          return pgo_report_usage (args.command, "no profile: --profile FILE");
        if (absolute && directory)
          return pgo_report_usage (args.command, "--absolute is for any directory, --directory for one");
        if (lto && specs)
          return pgo_report_usage (args.command, "--specs says the same for --lto: leave it out");
        return print_flags (profile, plugin, absolute ? ANYWHERE : directory,
                            specs ? FORM_SPECS : lto ? FORM_LTO : FORM_LINE);
      }
}
