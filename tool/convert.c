/* pgoinline convert: samples to a profile.

     read        read-*.c, told apart by content     raw samples, addresses of modules
     bind        bind.c                              modules to binaries here, build-ids checked
     gather      attribute-evidence.c                records of each binary, in its own addresses
     attribute   attribute*.c, symbolize.c           functions, locations, weights
     write       core/profile-write.c

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/commands.h"
#include "tool/bind.h"
#include "tool/progress.h"
#include "tool/read-gcov.h"
#include "core/alloc.h"
#include "core/match.h"
#include "core/pprof-stream.h"
#include "core/profile-io.h"
#include "core/symbolized.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Share of the samples, in percent, that must lie in binaries with debug info.  Low, because a service may
   spend its time in libraries that have none; above nothing, because a handful of stray samples in a wrong
   binary is no profile.  */
#define MIN_MAPPED_DEFAULT 5
/* Modules that a failure lists.  */
#define TOP_MODULES 5
/* Bytes that tell the format, and those of them that tell text from a protocol buffer, which has small
   numbers among its first.  */
#define SNIFF_BYTES 4096
#define TEXT_BYTES 64

const struct pgo_option pgo_convert_options[] = {
  { "-o", 0, "FILE", "write the profile to FILE (- for standard output); required" },
  { "--binary", 0, "ELF", "use only the samples of this program or library; may be repeated" },
  { "--debug-dir", 0, "DIR", "look for separate debug info below DIR as well; may be repeated" },
  { "--min-mapped", 0, "PERCENT", "fail if less of the samples lies in binaries with debug info; default 5" },
  { NULL, 0, NULL, NULL }
};

enum { OPTION_OUTPUT, OPTION_BINARY, OPTION_DEBUG_DIR, OPTION_MIN_MAPPED };

/* ---- Formats.  */

static bool
starts_with (const char *text, const char *prefix)
{
  return strncmp (text, prefix, strlen (prefix)) == 0;
}

/* TEXT is the first LENGTH bytes, with a NUL behind.  */
static bool
looks_like_callgrind (const char *text, size_t length)
{
  (void) length;
  return starts_with (text, "# callgrind format") || starts_with (text, "version: ")
         || starts_with (text, "creator: ") || strstr (text, "\npositions: ") || strstr (text, "\nevents: ");
}

static bool
is_text (const char *text, size_t length)
{
  for (size_t i = 0; i < length && i < TEXT_BYTES; i++)
    if ((unsigned char) text[i] < ' ' && text[i] != '\n' && text[i] != '\t' && text[i] != '\r')
      return false;
  return length > 0;
}

/* A protocol buffer of type Profile starts with a field of 1 to 14, and is no text.  */
static bool
looks_like_pprof (const char *text, size_t length)
{
  unsigned tag = (unsigned char) text[0];
  return length > 1 && tag >> 3 >= 1 && tag >> 3 <= 14 && ((tag & 7) == 0 || (tag & 7) == 2)
         && !is_text (text, length);
}

static const struct
{
  bool (*matches) (const char *text, size_t length);
  struct samples *(*read) (const char *path, struct pgo_status *status);
} formats[] =
{
  { looks_like_callgrind, samples_read_callgrind },
  { is_text, samples_read_perf },
};

/* What was mapped, of one kind of evidence.  */
struct mapped
{
  uint64_t mapped, total;       /* As the collectors weighed them.  */
  uint64_t observations;        /* All, each counted once.  */
};

/* One input: samples, in addresses; or a profile, of what tells functions and lines itself.  */
struct input
{
  struct samples *samples;
  struct pgo_profile *profile;
};

/* Read a pprof: by its own functions and lines, if it has them and nobody names binaries, which know more.  */
static bool
read_pprof (const char *path, bool by_binary, struct input *input, struct mapped *mapped, struct pgo_status *status)
{
  struct pgo_symbolized symbolized;
  struct pgo_status first = { 0 };
  if (!by_binary && pgo_symbolized_read (path, &symbolized, &first))
    {
      input->profile = symbolized.profile;
      mapped[PGO_EVIDENCE_TIME].total = pgo_add (mapped[PGO_EVIDENCE_TIME].total, symbolized.samples);
      mapped[PGO_EVIDENCE_TIME].observations = pgo_add (mapped[PGO_EVIDENCE_TIME].observations, symbolized.samples);
      mapped[PGO_EVIDENCE_TIME].mapped
        = pgo_add (mapped[PGO_EVIDENCE_TIME].mapped, symbolized.samples - symbolized.unknown);
      return true;
    }
  input->samples = samples_read_pprof (path, status);
  return input->samples != NULL;
}

static bool
read_gcov (const char *path, struct input *input, struct mapped *mapped, struct pgo_status *status)
{
  struct gcov gcov;
  if (!gcov_read (path, &gcov, status))
    return false;
  input->profile = gcov.profile;
  mapped[PGO_EVIDENCE_EXACT].total = pgo_add (mapped[PGO_EVIDENCE_EXACT].total, gcov.lines);
  mapped[PGO_EVIDENCE_EXACT].mapped = pgo_add (mapped[PGO_EVIDENCE_EXACT].mapped, gcov.lines - gcov.unknown);
  return true;
}

static bool
read_input (const char *path, bool by_binary, struct input *input, struct mapped *mapped, struct pgo_status *status)
{
  char text[SNIFF_BYTES + 1];
  errno = 0;
  gzFile file = gzopen (path, "rbe");
  if (!file)
    return pgo_fail (status, path, 0, "%s", errno ? strerror (errno) : "out of memory");
  int length = gzread (file, text, SNIFF_BYTES);
  int error = 0;
  const char *message = length < 0 ? gzerror (file, &error) : NULL;
  if (length < 0)
    pgo_fail (status, path, 0, "%s", error == Z_ERRNO ? strerror (errno) : message);
  gzclose_r (file);
  if (length < 0)
    return false;
  text[length] = '\0';

  if (length == 0)
    pgo_fail (status, path, 0, "empty");
  else if (starts_with (text, "PERFILE2"))
    pgo_fail (status, path, 0, "perf's own data: give the output of perf script --show-mmap-events "
              "-F comm,pid,tid,time,event,ip,sym,symoff,dso,brstack -i %s", path);
  else if (starts_with (text, "<?xml") || starts_with (text, "<pgo"))
    pgo_fail (status, path, 0, "a profile already; pgoinline merge adds profiles up");
  else if (text[0] == '{')
    return read_gcov (path, input, mapped, status);
  else if (looks_like_pprof (text, length))
    return read_pprof (path, by_binary, input, mapped, status);
  else
    {
      for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].matches (text, length))
          return (input->samples = formats[i].read (path, status)) != NULL;
      pgo_fail (status, path, 0, "neither pprof, perf script, callgrind nor gcov's JSON");
    }
  return false;
}

/* ---- Match quality.  */

static double
percent (uint64_t part, uint64_t whole)
{
  return whole ? 100.0 * (double) part / (double) whole : 0;
}

/* Whether the record's address is in a function whose debug info is known; *TARGET tells whose.  */
static bool
is_mapped (const struct bound *bound, uint32_t input, const struct samples *samples, const struct sample *s,
           uint32_t *target)
{
  const struct module_binding *binding = &bound->bindings[input][s->from_module];
  uint64_t address;
  if (!bound_address (&samples->modules[s->from_module], binding, bound->targets, s->from, &address))
    return false;
  *target = binding->target;
  const struct debug_info *debug = bound->targets[binding->target].debug;
  return debug && debug_info_function (debug, address);
}

/* Count what is mapped, and tell the profile its origins.  */
static void
count_mapped (struct pgo_profile *profile, const struct bound *bound, struct samples *const *inputs,
              struct mapped *mapped)
{
  for (uint32_t i = 0; i < bound->n_inputs; i++)
    {
      const struct samples *samples = inputs[i];
      uint64_t (*by_target)[PGO_EVIDENCE_EXACT + 1]
        = pgo_alloc_array ((size_t) bound->n_targets + 1, sizeof *by_target);
      uint64_t total[PGO_EVIDENCE_EXACT + 1] = { 0 };
      enum pgo_evidence strongest = PGO_EVIDENCE_NONE;
      for (uint32_t r = 0; r < samples->n_records; r++)
        {
          const struct sample *s = &samples->records[r];
          enum pgo_evidence kind = sample_kind_evidence (s->kind);
          uint32_t target;
          if (!sample_kind_counts (s->kind))
            continue;
          if (kind > strongest)
            strongest = kind;
          total[kind] = pgo_add (total[kind], s->count);
          if (is_mapped (bound, i, samples, s, &target))
            {
              mapped[kind].mapped = pgo_add (mapped[kind].mapped, s->count);
              by_target[target][kind] = pgo_add (by_target[target][kind], s->count);
            }
        }
      total[strongest] = pgo_add (total[strongest], samples->unmapped);
      for (int kind = PGO_EVIDENCE_TIME; kind <= PGO_EVIDENCE_EXACT; kind++)
        {
          uint64_t seen = kind == PGO_EVIDENCE_BRANCH ? samples_branch_records (samples, total[kind]) : total[kind];
          mapped[kind].total = pgo_add (mapped[kind].total, total[kind]);
          mapped[kind].observations = pgo_add (mapped[kind].observations, seen);
        }

      uint64_t lost = samples->lost;
      for (uint32_t t = 0; t < bound->n_targets; t++)
        for (int kind = PGO_EVIDENCE_EXACT; kind >= PGO_EVIDENCE_TIME; kind--)
          if (by_target[t][kind])
            {
              const struct binary *binary = bound->targets[t].binary;
              const char *slash = strrchr (binary->path, '/');
              struct pgo_origin *origin = pgo_profile_add_origin (profile);
              origin->kind = kind;
              origin->keys = debug_info_marked (bound->targets[t].debug) ? PGO_KEYS_MARK : PGO_KEYS_SOURCE;
              origin->binary = pgo_profile_string (profile, slash ? slash + 1 : binary->path);
              origin->build_id = pgo_profile_string (profile, binary->build_id);
              origin->samples = kind == PGO_EVIDENCE_BRANCH ? samples_branch_records (samples, by_target[t][kind])
                                : by_target[t][kind];
              origin->duration_ns = samples->duration_ns;
              /* Told once an input.  */
              origin->lost = lost;
              lost = 0;
            }
      pgo_free (by_target);
    }
}

/* A module of any input, with its observations of one kind.  */
struct module_share
{
  const char *path, *build_id;
  uint64_t samples;
};

static int
compare_shares (const void *x, const void *y)
{
  const struct module_share *a = x, *b = y;
  if (a->samples != b->samples)
    return a->samples > b->samples ? -1 : 1;
  int order = strcmp (a->path, b->path);
  return order != 0 ? order : strcmp (a->build_id, b->build_id);
}

/* Say what the samples of KIND are of, TOTAL of them.  */
static void
print_modules (struct samples *const *inputs, uint32_t n_inputs, enum pgo_evidence kind, uint64_t total)
{
  struct module_share *shares = NULL;
  uint32_t n = 0, first;
  for (uint32_t i = 0; i < n_inputs; i++)
    {
      first = n;
      n += inputs[i]->n_modules;
      shares = pgo_realloc_array (shares, (size_t) n + 1, sizeof *shares);
      for (uint32_t m = 0; m < inputs[i]->n_modules; m++)
        shares[first + m]
          = (struct module_share) { inputs[i]->modules[m].path, inputs[i]->modules[m].build_id, 0 };
      for (uint32_t r = 0; r < inputs[i]->n_records; r++)
        {
          const struct sample *s = &inputs[i]->records[r];
          uint64_t *sum = &shares[first + s->from_module].samples;
          if (sample_kind_counts (s->kind) && sample_kind_evidence (s->kind) == kind)
            *sum = pgo_add (*sum, s->count);
        }
    }
  /* Modules of one name and build, from several processes and inputs, are one.  */
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t j = 0; j < i; j++)
      if (shares[i].samples && strcmp (shares[j].path, shares[i].path) == 0
          && strcmp (shares[j].build_id, shares[i].build_id) == 0)
        {
          shares[j].samples = pgo_add (shares[j].samples, shares[i].samples);
          shares[i].samples = 0;
        }
  if (n)
    qsort (shares, n, sizeof *shares, compare_shares);
  for (uint32_t i = 0; i < n && i < TOP_MODULES && shares[i].samples; i++)
    fprintf (stderr, "  %5.1f%%  %s  %s%s\n", percent (shares[i].samples, total), shares[i].path,
             *shares[i].build_id ? "build-id " : "(no build-id recorded)", shares[i].build_id);
  pgo_free (shares);
}

/* Whether samples are lost for want of load addresses.  */
static void
print_unplaced (const struct bound *bound, struct samples *const *inputs)
{
  for (uint32_t i = 0; i < bound->n_inputs; i++)
    for (uint32_t m = 0; m < inputs[i]->n_modules; m++)
      if (bound->bindings[i][m].is_unplaced)
        {
          fprintf (stderr, "%s: it does not tell where %s was loaded: add --show-mmap-events, or symoff to "
                   "the fields, of perf script\n", inputs[i]->input, inputs[i]->modules[m].path);
          return;
        }
}

static const char *
unit_name (enum pgo_evidence kind)
{
  return kind == PGO_EVIDENCE_EXACT ? "executed instructions" : kind == PGO_EVIDENCE_BRANCH ? "branch records"
         : "clock samples";
}

/* Whether enough was mapped; if not, say so.  */
static bool
enough_mapped (struct samples *const *inputs, uint32_t n_inputs, const struct mapped *mapped,
               double min_percent)
{
  bool any = false, enough = false;
  const char *others = n_inputs > 1 ? " and others" : "";
  int strongest = PGO_EVIDENCE_NONE;
  for (int kind = PGO_EVIDENCE_TIME; kind <= PGO_EVIDENCE_EXACT; kind++)
    if (mapped[kind].total)
      {
        strongest = kind;
        any |= mapped[kind].mapped > 0;
        enough |= mapped[kind].mapped > 0 && percent (mapped[kind].mapped, mapped[kind].total) >= min_percent;
      }
  if (enough)
    return true;
  if (strongest == PGO_EVIDENCE_NONE)
    {
      fprintf (stderr, "%s%s: no samples\n", inputs[0]->input, others);
      return false;
    }
  if (any)
    fprintf (stderr, "%s%s: only %.2f%% of %" PRIu64 " %s lie in binaries with debug info, less than %g%%"
             " (--min-mapped); they are of\n", inputs[0]->input, others,
             percent (mapped[strongest].mapped, mapped[strongest].total), mapped[strongest].observations,
             unit_name (strongest), min_percent);
  else
    fprintf (stderr, "%s%s: none of %" PRIu64 " %s lies in a binary with debug info; they are of\n",
             inputs[0]->input, others, mapped[strongest].observations, unit_name (strongest));
  print_modules (inputs, n_inputs, strongest, mapped[strongest].total);
  return false;
}

static void
print_quality (const struct mapped *mapped, const struct attribution *attribution)
{
  const char *separator = "";
  for (int kind = PGO_EVIDENCE_EXACT; kind >= PGO_EVIDENCE_TIME; kind--)
    if (mapped[kind].total)
      {
        fprintf (stderr, "%s%.1f%% of %" PRIu64 " %s mapped", separator,
                 percent (mapped[kind].mapped, mapped[kind].total), mapped[kind].observations, unit_name (kind));
        separator = ", ";
      }
  if (mapped[PGO_EVIDENCE_TIME].total && mapped[PGO_EVIDENCE_TIME].mapped < PGO_CLOCK_SAMPLES_MIN
      && mapped[PGO_EVIDENCE_BRANCH].mapped == 0 && mapped[PGO_EVIDENCE_EXACT].mapped == 0)
    fprintf (stderr, " (fewer than %d: compilers will leave them aside)", PGO_CLOCK_SAMPLES_MIN);
  fprintf (stderr, "; %" PRIu64 " functions ran", attribution->functions);
  separator = " by ";
  for (int kind = PGO_EVIDENCE_EXACT; kind >= PGO_EVIDENCE_TIME; kind--)
    if (attribution->by_kind[kind])
      {
        fprintf (stderr, "%s%s evidence", separator, pgo_evidence_name (kind));
        if (attribution->by_kind[kind] != attribution->functions)
          fprintf (stderr, " (%" PRIu64 ")", attribution->by_kind[kind]);
        separator = ", ";
      }
  fprintf (stderr, "\n");
}

/* Modules that were left out, without --binary.  */
static void
print_skipped (const struct bound *bound, struct samples *const *inputs)
{
  uint64_t skipped = 0, modules = 0;
  for (uint32_t i = 0; i < bound->n_inputs; i++)
    {
      uint64_t *samples = pgo_alloc_array ((size_t) inputs[i]->n_modules + 1, sizeof *samples);
      for (uint32_t r = 0; r < inputs[i]->n_records; r++)
        if (sample_kind_counts (inputs[i]->records[r].kind))
          samples[inputs[i]->records[r].from_module] = pgo_add (samples[inputs[i]->records[r].from_module],
                                                                inputs[i]->records[r].count);
      for (uint32_t m = 0; m < inputs[i]->n_modules; m++)
        {
          uint32_t target = bound->bindings[i][m].target;
          if (samples[m] && (target == NONE || !bound->targets[target].debug))
            {
              modules++;
              skipped = pgo_add (skipped, samples[m]);
            }
        }
      pgo_free (samples);
    }
  if (modules)
    fprintf (stderr, "%" PRIu64 " module%s without debug info here left out, with %" PRIu64 " samples\n",
             modules, modules == 1 ? "" : "s", skipped);
}

/* ---- The command.  */

struct arguments
{
  char **inputs, **binaries, **debug_dirs;
  uint32_t n_inputs, n_binaries, n_debug_dirs;
  const char *output;
  double min_mapped;
};

/* PGO_EXIT_DONE to go on, with *HELP when all is said; else PGO_EXIT_USAGE.  */
static int
parse_arguments (int argc, char **argv, struct arguments *a, bool *help)
{
  struct pgo_arguments walk;
  const struct pgo_command *command = pgo_command_find (argv[0]);
  a->inputs = pgo_alloc_array ((size_t) argc + 1, sizeof *a->inputs);
  a->binaries = pgo_alloc_array ((size_t) argc + 1, sizeof *a->binaries);
  a->debug_dirs = pgo_alloc_array ((size_t) argc + 1, sizeof *a->debug_dirs);
  a->min_mapped = MIN_MAPPED_DEFAULT;
  pgo_arguments_begin (&walk, argc, argv);
  for (;;)
    switch (pgo_arguments_next (&walk))
      {
      case OPTION_OUTPUT:
        a->output = walk.value;
        break;
      case OPTION_BINARY:
        a->binaries[a->n_binaries++] = (char *) walk.value;
        break;
      case OPTION_DEBUG_DIR:
        a->debug_dirs[a->n_debug_dirs++] = (char *) walk.value;
        break;
      case OPTION_MIN_MAPPED:
        {
          char *end;
          a->min_mapped = strtod (walk.value, &end);
          if (end == walk.value || *end || !(a->min_mapped >= 0 && a->min_mapped <= 100))
            return pgo_report_usage (command, "--min-mapped is a percentage, not %s", walk.value);
          break;
        }
      case PGO_ARGUMENT_OPERAND:
        a->inputs[a->n_inputs++] = (char *) walk.value;
        break;
      case PGO_ARGUMENT_HELP:
        *help = true;
        return PGO_EXIT_DONE;
      case PGO_ARGUMENT_END:
        if (a->n_inputs == 0)
          return pgo_report_usage (command, "no input");
        if (!a->output)
          return pgo_report_usage (command, "-o is missing");
        return PGO_EXIT_DONE;
      default:
        return PGO_EXIT_USAGE;
      }
}

/* What the SAMPLES, N of them, in addresses, say of the binaries here into PROFILE.  False if that has been said to be
   too little, or failed.  */
static bool
convert_samples (const struct arguments *a, struct samples **samples, uint32_t n, struct mapped *mapped,
                 struct pgo_profile *profile, struct attribution *attribution)
{
  struct pgo_status status = { 0 };
  struct bind_options options = { a->binaries, a->debug_dirs, a->n_binaries, a->n_debug_dirs };
  struct bound bound;
  bool good = false;
  if (!bind_modules (&options, samples, n, &bound, &status))
    pgo_report_failure (&status);
  else
    {
      count_mapped (profile, &bound, samples, mapped);
      good = enough_mapped (samples, n, mapped, a->min_mapped);
      if (!good)
        print_unplaced (&bound, samples);
      else
        {
          evidence_gather (bound.targets, bound.n_targets, samples, bound.bindings, bound.n_inputs);
          attribute (profile, bound.targets, bound.n_targets, attribution);
          pgo_progress_end ();
          if (a->n_binaries == 0)
            print_skipped (&bound, samples);
        }
    }
  bound_clear (&bound);
  return good;
}

/* Add PROFILE, of an input that tells functions itself, to TARGET.  */
static void
add_profile (struct pgo_profile *target, const struct pgo_profile *profile, struct attribution *attribution)
{
  pgo_profile_merge (target, profile, 1);
  for (uint32_t i = 0; i < profile->n_functions; i++)
    if (profile->functions[i]->n_lines || profile->functions[i]->head)
      {
        attribution->functions++;
        attribution->by_kind[profile->functions[i]->kind]++;
      }
}

static int
run (const struct arguments *a, struct input *inputs)
{
  struct pgo_status status = { 0 };
  struct mapped mapped[PGO_EVIDENCE_EXACT + 1] = { 0 };
  struct attribution attribution = { 0 };
  pgo_pprof_set_progress_handler (pgo_progress_read);
  for (uint32_t i = 0; i < a->n_inputs; i++)
    if (!read_input (a->inputs[i], a->n_binaries != 0, &inputs[i], mapped, &status))
      return pgo_report_failure (&status);
  pgo_progress_end ();

  struct pgo_profile *profile = pgo_profile_new ();
  struct samples **samples = pgo_alloc_array (a->n_inputs, sizeof *samples);
  uint32_t n_samples = 0;
  for (uint32_t i = 0; i < a->n_inputs; i++)
    if (inputs[i].samples)
      samples[n_samples++] = inputs[i].samples;
  bool good = n_samples == 0 || convert_samples (a, samples, n_samples, mapped, profile, &attribution);
  for (uint32_t i = 0; good && i < a->n_inputs; i++)
    if (inputs[i].profile)
      add_profile (profile, inputs[i].profile, &attribution);
  if (good)
    {
      gcov_settle_files (profile);
      pgo_profile_normalize (profile);
      pgo_profile_order (profile);
      good = pgo_profile_write (profile, a->output, &status);
      if (!good)
        pgo_report_failure (&status);
    }
  if (good)
    print_quality (mapped, &attribution);
  pgo_free (samples);
  pgo_profile_free (profile);
  return good ? PGO_EXIT_DONE : PGO_EXIT_BAD;
}

int
pgo_convert (int argc, char **argv)
{
  /* Separate debug info is looked for on this machine only.  */
  unsetenv ("DEBUGINFOD_URLS");
  struct arguments a = { 0 };
  bool help = false;
  int result = parse_arguments (argc, argv, &a, &help);
  if (result == PGO_EXIT_DONE && !help)
    {
      struct input *inputs = pgo_alloc_array (a.n_inputs, sizeof *inputs);
      result = run (&a, inputs);
      for (uint32_t i = 0; i < a.n_inputs; i++)
        {
          samples_free (inputs[i].samples);
          pgo_profile_free (inputs[i].profile);
        }
      pgo_free (inputs);
    }
  pgo_free (a.inputs);
  pgo_free (a.binaries);
  pgo_free (a.debug_dirs);
  return result;
}
