/* pgoinline record: run a command under the runtime, or under callgrind, and say what was written.

   The runtime is preloaded, and told by PGOSAMPLE what to do (runtime/pgosample.h), so that children
   that are forked or exec'ed sample themselves, each into a file of its own (FILE.PID).  In the end
   these are made into one, at the name that was asked for.  A process that outlives the command writes
   its file when it ends.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/pprof-merge.h"
#include "tool/record-files.h"
#include "core/alloc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A training run may cost some percent: at 46 us a sample, the worst seen (in a virtual machine), this
   is 4.6%.  */
#define DEFAULT_HZ "997"
#define DEFAULT_BURST "5%"
#define DEFAULT_OUT "cpu.pprof"
#define DEFAULT_CALLGRIND_OUT "callgrind.out"
#define LIBRARY "libpgosample.so." PGOINLINE_SOVERSION
#define SUFFIX ".pprof"

enum
{
  OPTION_OUT,
  OPTION_HZ,
  OPTION_BURST,
  OPTION_CALLGRIND
};

const struct pgo_option pgo_record_options[] = {
  { "-o", 0, "FILE", "where the samples go, default " DEFAULT_OUT " (" DEFAULT_CALLGRIND_OUT ")" },
  { "-F", 0, "HZ", "clock samples a second of CPU time, default " DEFAULT_HZ },
  { "--burst", 0, "PERCENT|off", "share of CPU time for branch records, default " DEFAULT_BURST },
  { "--callgrind", 0, NULL, "run under valgrind's callgrind: exact counts, 50 times slower" },
  { NULL, 0, NULL, NULL }
};

struct recording
{
  const char *out, *hz, *burst;
  bool callgrind;
  char **command;               /* Ends with NULL.  */
};

/* Print "pgoinline record: MESSAGE" on standard error.  */
static void __attribute__ ((format (printf, 1, 2)))
say (const char *format, ...)
{
  va_list arguments;
  fprintf (stderr, "pgoinline record: ");
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fprintf (stderr, "\n");
}

/* A printf into memory of its own.  */
static char *__attribute__ ((format (printf, 1, 2)))
text_of (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int n = vsnprintf (NULL, 0, format, arguments);
  va_end (arguments);
  char *text = pgo_alloc ((size_t) n + 1);
  va_start (arguments, format);
  vsnprintf (text, (size_t) n + 1, format, arguments);
  va_end (arguments);
  return text;
}

/* NAME as a template of PGOSAMPLE or callgrind: each % doubled, and absolute, since processes of the command may work in other
   folders than it began in.  (A folder with a comma PGOSAMPLE has no way to name; then each process takes NAME for its own.)  */
static char *
template_of (const char *name)
{
  char *directory = *name == '/' ? NULL : getcwd (NULL, 0);
  char *path = directory && !strchr (directory, ',') ? text_of ("%s/%s", directory, name) : text_of ("%s", name);
  char *text = pgo_alloc (2 * strlen (path) + 1), *to = text;
  for (const char *c = path; *c; c++)
    {
      if (*c == '%')
        *to++ = '%';
      *to++ = *c;
    }
  pgo_free (path);
  free (directory);
  return text;
}

/* The library, absolute: beside this program (as built), in ../lib or ../lib64 from it (as installed),
   or where it was configured to be.  NULL if it is nowhere.  */
static char *
find_library (void)
{
  static const char *const places[] = { "", "../lib/", "../lib64/" };
  char self[PATH_MAX];
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = '\0';
  char *slash = strrchr (self, '/');
  if (slash)
    slash[1] = '\0';
  for (size_t i = 0; i <= sizeof places / sizeof places[0]; i++)
    {
      char *name;
      if (i < sizeof places / sizeof places[0])
        name = text_of ("%s%s" LIBRARY, self, places[i]);
      else
#ifdef PGOINLINE_LIBDIR
        name = text_of ("%s/" LIBRARY, PGOINLINE_LIBDIR);
#else
        break;
#endif
      char *real = realpath (name, NULL);
      pgo_free (name);
      if (real)
        return real;
    }
  return NULL;
}

/* Set the environment of the command, in the child.  */
static bool
set_environment (const struct recording *r, const char *library)
{
  const char *given = getenv ("PGOSAMPLE"), *preload = getenv ("LD_PRELOAD");
  char *out = template_of (r->out);
  /* What the user has set remains, such as engine= or stacks=; what this command sets comes later, so it
     counts.  */
  char *options = text_of ("%s%sout=%s,hz=%s,burst=%s,main=%d", given ? given : "",
                           given && *given ? "," : "", out, r->hz, r->burst, (int) getpid ());
  char *preloads = text_of ("%s%s%s", library, preload && *preload ? ":" : "", preload ? preload : "");
  return setenv ("PGOSAMPLE", options, 1) == 0 && setenv ("LD_PRELOAD", preloads, 1) == 0;
}

/* Run ARGV, in the child with the environment set if LIBRARY isn't NULL.  Its wait status; *PID its
   process.  -1 with errno if it could not be run.  */
static int
run (char **argv, const struct recording *r, const char *library, pid_t *pid)
{
  /* The terminal's signals go to the command too; this process stays to tell what came of it.  */
  struct sigaction ignore, interrupt, quit;
  memset (&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  int report[2], status, failure = 0;
  if (pipe2 (report, O_CLOEXEC) != 0)
    return -1;
  sigaction (SIGINT, &ignore, &interrupt);
  sigaction (SIGQUIT, &ignore, &quit);
  fflush (NULL);
  *pid = fork ();
  if (*pid == 0)
    {
      sigaction (SIGINT, &interrupt, NULL);
      sigaction (SIGQUIT, &quit, NULL);
      if (!library || set_environment (r, library))
        execvp (argv[0], argv);
      failure = errno;
      if (write (report[1], &failure, sizeof failure) < 0)
        _exit (126);
      _exit (127);
    }
  failure = *pid < 0 ? errno : 0;
  close (report[1]);
  if (*pid > 0)
    {
      if (read (report[0], &failure, sizeof failure) != sizeof failure)
        failure = 0;
      while (waitpid (*pid, &status, 0) < 0 && errno == EINTR)
        continue;
    }
  close (report[0]);
  sigaction (SIGINT, &interrupt, NULL);
  sigaction (SIGQUIT, &quit, NULL);
  errno = failure;
  return failure ? -1 : status;
}

/* What a shell would return.  */
static int
exit_status (int status)
{
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* The file that execvp would run for NAME; NULL if none is found.  */
static char *
find_program (const char *name)
{
  if (strchr (name, '/'))
    return text_of ("%s", name);
  const char *path = getenv ("PATH");
  if (!path)
    path = "/bin:/usr/bin";
  for (;;)
    {
      size_t length = strcspn (path, ":");
      char *file = text_of ("%.*s%s%s", (int) length, path, length ? "/" : "", name);
      if (access (file, X_OK) == 0)
        return file;
      pgo_free (file);
      if (path[length] == '\0')
        return NULL;
      path += length + 1;
    }
}

/* Whether the ELF file PATH is for the dynamic linker; true of what is no ELF file of this machine's
   kind.  */
static bool
is_dynamic (const char *path)
{
  ElfW (Ehdr) header;
  ElfW (Phdr) segment;
  bool dynamic = true;
  FILE *file = fopen (path, "rb");
  if (!file)
    return true;
  if (fread (&header, sizeof header, 1, file) == 1 && memcmp (header.e_ident, ELFMAG, SELFMAG) == 0
      && header.e_ident[EI_CLASS] == (sizeof (void *) == 8 ? ELFCLASS64 : ELFCLASS32)
      && fseek (file, (long) header.e_phoff, SEEK_SET) == 0)
    {
      dynamic = false;
      for (unsigned i = 0; i < header.e_phnum && fread (&segment, sizeof segment, 1, file) == 1; i++)
        dynamic |= segment.p_type == PT_INTERP;
    }
  fclose (file);
  return dynamic;
}

/* Say why there may be no samples of COMMAND, which ended with STATUS.  */
static void
explain_nothing (const char *command, int status)
{
  char *file = find_program (command);
  struct stat about;
  if (WIFSIGNALED (status))
    say ("no samples: %s was ended by signal %d (%s); it can be asked for them before: PGOSAMPLE's signal=",
         command, WTERMSIG (status), strsignal (WTERMSIG (status)));
  else if (file && !is_dynamic (file))
    say ("no samples: %s is statically linked; link libpgosample.a into it, or use --callgrind", command);
  else if (file && stat (file, &about) == 0 && (about.st_mode & (S_ISUID | S_ISGID)) != 0)
    say ("no samples: %s is set-user-ID or set-group-ID, which preloading doesn't reach", command);
  else
    say ("no samples: %s did not load the library, or ended by _exit", command);
  pgo_free (file);
}

/* Make one file of FILES, at R's name, and say what is in it.  False if that failed, having said so.  */
static bool
gather_samples (const struct recording *r, const struct record_files *files)
{
  struct pgo_status status = { 0 };
  struct record_summary all;
  bool single = files->n_files == 1 && strcmp (files->files[0].path, r->out) == 0;
  if (!single)
    {
      const char **paths = pgo_alloc_array (files->n_files, sizeof paths[0]);
      for (size_t i = 0; i < files->n_files; i++)
        paths[i] = files->files[i].path;
      bool merged = pprof_merge (paths, files->n_files, r->out, &status);
      for (size_t i = 0; i < files->n_files && merged; i++)
        if (strcmp (paths[i], r->out) != 0)
          unlink (paths[i]);
      pgo_free (paths);
      if (!merged)
        {
          pgo_report_failure (&status);
          say ("the samples of %zu processes remain as they are, from %s on", files->n_files,
               files->files[0].path);
          return false;
        }
    }
  if (!record_summary_read (r->out, &all, &status))
    {
      pgo_report_failure (&status);
      return false;
    }

  char processes[48] = "", branches[48] = "", lost[48] = "";
  if (files->n_files > 1)
    snprintf (processes, sizeof processes, " of %zu processes", files->n_files);
  if (all.branch_records)
    snprintf (branches, sizeof branches, ", %llu branch records", (unsigned long long) all.branch_records);
  if (all.lost)
    snprintf (lost, sizeof lost, ", %llu lost", (unsigned long long) all.lost);
  say ("wrote %s: %llu samples%s%s%s (%s, %s Hz)%s%s", r->out, (unsigned long long) all.clock, processes,
       branches, lost, all.engine, all.hz, all.note[0] ? "; " : "", all.note);
  return true;
}

static int
record_samples (const struct recording *r)
{
  char *library = find_library ();
  if (!library)
    {
      say ("cannot find " LIBRARY);
      return PGO_EXIT_BAD;
    }
  if (strpbrk (library, " :"))
    {
      say ("%s: LD_PRELOAD cannot name a path with a space or colon", library);
      return PGO_EXIT_BAD;
    }
  struct record_files before, after;
  pid_t pid;
  record_files_list (r->out, SUFFIX, &before);
  int status = run (r->command, r, library, &pid);
  free (library);
  int result;
  if (status == -1)
    {
      say ("%s: %s", r->command[0], strerror (errno));
      result = PGO_EXIT_BAD;
    }
  else
    {
      record_files_list (r->out, SUFFIX, &after);
      record_files_subtract (&after, &before);
      result = exit_status (status);
      if (after.n_files != 0)
        {
          if (!gather_samples (r, &after) && result == 0)
            result = PGO_EXIT_BAD;
        }
      else
        {
          explain_nothing (r->command[0], status);
          if (result == 0)
            result = PGO_EXIT_BAD;
        }
      record_files_free (&after);
    }
  record_files_free (&before);
  return result;
}

/* callgrind's ARGV for the command; its arguments are never freed.  */
static char **
callgrind_arguments (const struct recording *r)
{
  size_t n = 0;
  while (r->command[n])
    n++;
  char **argv = pgo_alloc_array (n + 9, sizeof argv[0]);
  static const char *const fixed[] = { "valgrind", "-q", "--tool=callgrind", "--dump-instr=yes",
                                       "--collect-jumps=yes", "--trace-children=yes" };
  size_t at = 0;
  for (; at < sizeof fixed / sizeof fixed[0]; at++)
    argv[at] = pgo_text_copy (fixed[at], strlen (fixed[at]));
  char *out = template_of (r->out);
  argv[at++] = text_of ("--callgrind-out-file=%s.%%p", out);
  argv[at++] = pgo_text_copy ("--", 2);
  memcpy (argv + at, r->command, (n + 1) * sizeof argv[0]);
  return argv;
}

/* Each process writes OUT.PID; the command's own gets the plain name.  */
static int
record_callgrind (const struct recording *r)
{
  struct record_files before, after;
  pid_t pid;
  record_files_list (r->out, "", &before);
  int status = run (callgrind_arguments (r), r, NULL, &pid);
  if (status == -1)
    {
      say ("valgrind: %s", strerror (errno));
      record_files_free (&before);
      return PGO_EXIT_BAD;
    }
  int result = exit_status (status);
  char *own = text_of ("%s.%d", r->out, (int) pid);
  if (access (own, F_OK) == 0 && rename (own, r->out) != 0)
    {
      say ("%s: %s", r->out, strerror (errno));
      result = PGO_EXIT_BAD;
    }
  pgo_free (own);
  record_files_list (r->out, "", &after);
  record_files_subtract (&after, &before);
  if (after.n_files == 0)
    {
      say ("no counts: valgrind did not write any");
      if (result == 0)
        result = PGO_EXIT_BAD;
    }
  else if (after.n_files == 1)
    say ("wrote %s: exact counts", after.files[0].path);
  else
    say ("wrote %s and %s.PID of %zu processes: exact counts", after.files[0].path, r->out,
         after.n_files - 1);
  record_files_free (&before);
  record_files_free (&after);
  return result;
}

/* "5%", "0.5", "off": what the runtime understands (parse_share in runtime/options.c).  */
static bool
is_share (const char *text)
{
  static const char digits[] = "0123456789";
  if (strcmp (text, "off") == 0)
    return true;
  size_t whole = strspn (text, digits), fraction = 0;
  const char *rest = text + whole;
  if (*rest == '.')
    {
      fraction = strspn (rest + 1, digits);
      if (fraction < 1 || fraction > 4)
        return false;
      rest += 1 + fraction;
    }
  if (*rest == '%')
    rest++;
  if (whole < 1 || whole > 3 || *rest != '\0')
    return false;
  int percent = atoi (text);
  return percent < 100 || (percent == 100 && strspn (text + whole, ".0%") == strlen (text + whole));
}

int
pgo_record (int argc, char **argv)
{
  struct recording r = { NULL, DEFAULT_HZ, DEFAULT_BURST, false, NULL };
  bool sampling = false;        /* An option that callgrind has no use for.  */
  unsigned long long hz;
  struct pgo_arguments args;
  pgo_arguments_begin (&args, argc, argv);
  for (int option; !r.command && (option = pgo_arguments_next (&args)) != PGO_ARGUMENT_END;)
    switch (option)
      {
      case OPTION_OUT:
        r.out = args.value;
        break;
      case OPTION_HZ:
        if (!pgo_parse_number (args.value, 1, 10000, &hz))
          return pgo_report_usage (args.command, "-F needs a number from 1 to 10000, not %s", args.value);
        r.hz = args.value;
        sampling = true;
        break;
      case OPTION_BURST:
        if (!is_share (args.value))
          return pgo_report_usage (args.command, "--burst needs a percentage or off, not %s", args.value);
        r.burst = args.value;
        sampling = true;
        break;
      case OPTION_CALLGRIND:
        r.callgrind = true;
        break;
      case PGO_ARGUMENT_OPERAND:
        /* From here on it is the command's.  */
        r.command = argv + args.next - 1;
        break;
      case PGO_ARGUMENT_HELP:
        return PGO_EXIT_DONE;
      default:
        return PGO_EXIT_USAGE;
      }
  if (!r.command)
    return pgo_report_usage (args.command, "which command?");
  if (r.callgrind && sampling)
    return pgo_report_usage (args.command, "--callgrind counts everything: -F and --burst say nothing to it");
  if (!r.out)
    r.out = r.callgrind ? DEFAULT_CALLGRIND_OUT : DEFAULT_OUT;
  if (*r.out == '\0' || strchr (r.out, ','))
    return pgo_report_usage (args.command, "-o needs a file name without commas");
  return r.callgrind ? record_callgrind (&r) : record_samples (&r);
}
