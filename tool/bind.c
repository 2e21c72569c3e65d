/* SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/bind.h"
#include "core/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Anchors of one module that vote for its load bias.  */
#define VOTERS_MAX 4096
/* Symbols of one name that are tried: static functions of many files may share theirs.  */
#define NAMESAKES_MAX 16
/* Hexadecimal digits of a build-id that is long enough to be the start of another.  */
#define BUILD_ID_DIGITS_MIN 32
/* Share of the anchors whose symbol the binary has that must agree about the bias.  */
#define AGREEMENT_PERCENT 80

static const char *
base_name (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? slash + 1 : path;
}

/* A symbolic module: the kernel, anonymous memory, the vdso.  */
static bool
has_file (const struct sample_module *module)
{
  return module->path[0] != '[' && strncmp (module->path, "//", 2) != 0 && module->path[0] != '\0';
}

static bool *
modules_with_records (const struct samples *samples)
{
  bool *used = pgo_alloc_array ((size_t) samples->n_modules + 1, sizeof *used);
  for (uint32_t i = 0; i < samples->n_records; i++)
    used[samples->records[i].from_module] = true;
  return used;
}

static int
compare_addresses (const void *x, const void *y)
{
  uint64_t a = *(const uint64_t *) x, b = *(const uint64_t *) y;
  return a < b ? -1 : a > b;
}

/* What the anchors of MODULE say about BINARY.  Callgrind's are targets of calls, and the names of the functions that
   they lie in.  Code with a split stack (Go) is also called in the middle of a function, by what gave it room; so the
   first target in a function is taken for its start.  */
struct votes
{
  uint32_t voters;              /* Anchors whose symbol BINARY has.  */
  uint32_t agree;               /* Those that hold with BIAS.  */
  uint64_t bias;                /* The most voted: address in ELF less recorded one; of equals the least.  */
  uint32_t agree_zero;          /* Those that hold without.  */
};

static struct votes
count_votes (const struct sample_module *module, const struct binary *binary)
{
  struct votes votes = { 0 };
  uint64_t *biases = pgo_alloc_array ((size_t) VOTERS_MAX * NAMESAKES_MAX, sizeof *biases);
  bool *is_later = pgo_alloc_array (binary->n_symbols, sizeof *is_later); /* By place in by_name.  */
  uint32_t n = 0;
  uint32_t step = module->n_anchors / VOTERS_MAX + 1;
  for (uint32_t i = 0; i < module->n_anchors; i += step)
    {
      const struct sample_anchor *anchor = &module->anchors[i];
      uint64_t address = anchor->address;
      if (module->space == SPACE_FILE && !binary_address (binary, anchor->address, &address))
        continue;
      uint32_t at = binary_find_name (binary, anchor->symbol), first = n;
      if (module->space == SPACE_ELF && at < binary->n_symbols)
        {
          if (is_later[at])
            continue;
          is_later[at] = true;
        }
      for (uint32_t k = 0; k < NAMESAKES_MAX && at + k < binary->n_symbols; k++)
        {
          const struct symbol *symbol = &binary->symbols[binary->by_name[at + k]];
          if (strcmp (symbol->name, anchor->symbol) != 0)
            break;
          uint64_t bias = symbol->address + anchor->offset - address;
          bool again = false;
          for (uint32_t j = first; j < n; j++)
            again |= biases[j] == bias;
          if (!again)
            biases[n++] = bias;
          votes.agree_zero += bias == 0;
        }
      votes.voters += n > first;
    }
  pgo_free (is_later);
  if (n)
    qsort (biases, n, sizeof *biases, compare_addresses);
  for (uint32_t i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && biases[end] == biases[i]; end++)
        continue;
      if (end - i > votes.agree)
        {
          votes.agree = end - i;
          votes.bias = biases[i];
        }
    }
  pgo_free (biases);
  return votes;
}

/* Find the bias of MODULE, whose binary TARGET is; false if its symbols say that it is another.  */
static bool
find_bias (const struct sample_module *module, const struct target *target, struct module_binding *binding,
           struct votes *votes)
{
  *votes = (struct votes) { 0 };
  binding->bias = 0;
  *votes = count_votes (module, target->binary);
  if (votes->voters == 0)
    return module->space != SPACE_RUNTIME || target->binary->is_fixed;
  bool as_is = (uint64_t) votes->agree_zero * 100 >= (uint64_t) votes->voters * AGREEMENT_PERCENT;
  if (as_is || module->space == SPACE_FILE)
    {
      votes->agree = votes->agree_zero;
      return as_is;
    }
  binding->bias = votes->bias;
  return (uint64_t) votes->agree * 100 >= (uint64_t) votes->voters * AGREEMENT_PERCENT;
}

/* Open PATH as a new target.  */
static bool
add_target (struct bound *bound, const char *path, const struct bind_options *options,
            struct pgo_status *status)
{
  struct binary *binary = binary_open (path, options->debug_dirs, options->n_debug_dirs, status);
  if (!binary)
    return false;
  struct debug_info *debug = NULL;
  if (binary->dwarf && !(debug = debug_info_read (binary, status)))
    {
      binary_close (binary);
      return false;
    }
  bound->targets = pgo_realloc_array (bound->targets, (size_t) bound->n_targets + 1, sizeof *bound->targets);
  bound->targets[bound->n_targets++] = (struct target) { .binary = binary, .debug = debug };
  return true;
}

/* Collectors may cut long build-ids (perf after 20 bytes, the runtime after 32).  */
static bool
build_ids_differ (const char *a, const char *b)
{
  size_t length = strlen (a) < strlen (b) ? strlen (a) : strlen (b);
  if (length == 0)
    return false;
  if (strlen (a) == strlen (b) || length < BUILD_ID_DIGITS_MIN)
    return strcmp (a, b) != 0;
  return memcmp (a, b, length) != 0;
}

/* Bind to one of the binaries that were given.  */
static uint32_t
given_target (const struct bound *bound, const struct sample_module *module)
{
  uint32_t found = NONE;
  for (uint32_t t = 0; t < bound->n_targets; t++)
    {
      const struct binary *binary = bound->targets[t].binary;
      if (*module->build_id && *binary->build_id && !build_ids_differ (binary->build_id, module->build_id))
        return t;
      if (build_ids_differ (binary->build_id, module->build_id)
          || strcmp (base_name (binary->path), base_name (module->path)) != 0)
        continue;
      if (found == NONE || strcmp (binary->path, module->path) == 0)
        found = t;
    }
  return found;
}

/* Bind to the file that the module names, opened if need be.  Files that cannot be opened are absent.  */
static uint32_t
named_target (struct bound *bound, const struct sample_module *module, const struct bind_options *options)
{
  for (uint32_t t = 0; t < bound->n_targets; t++)
    if (strcmp (bound->targets[t].binary->path, module->path) == 0)
      return build_ids_differ (bound->targets[t].binary->build_id, module->build_id) ? NONE : t;
  struct pgo_status status = { 0 };
  struct stat file;
  if (stat (module->path, &file) != 0 || !S_ISREG (file.st_mode)
      || !add_target (bound, module->path, options, &status))
    return NONE;
  return build_ids_differ (bound->targets[bound->n_targets - 1].binary->build_id, module->build_id)
         ? NONE : bound->n_targets - 1;
}

/* A binary that was given and that no module is: if a module of that name ran, it was another build.  */
static bool
check_given (const struct bound *bound, struct samples *const *inputs, struct pgo_status *status)
{
  for (uint32_t t = 0; t < bound->n_targets; t++)
    {
      const struct binary *binary = bound->targets[t].binary;
      const struct sample_module *other = NULL;
      uint32_t other_input = 0;
      bool is_bound = false;
      for (uint32_t i = 0; i < bound->n_inputs && !is_bound; i++)
        {
          bool *used = modules_with_records (inputs[i]);
          for (uint32_t m = 0; m < inputs[i]->n_modules && !is_bound; m++)
            if (bound->bindings[i][m].target == t)
              is_bound = true;
            else if (!other && used[m] && build_ids_differ (inputs[i]->modules[m].build_id, binary->build_id)
                     && strcmp (base_name (inputs[i]->modules[m].path), base_name (binary->path)) == 0)
              {
                other = &inputs[i]->modules[m];
                other_input = i;
              }
          pgo_free (used);
        }
      if (!is_bound && other)
        return pgo_fail (status, binary->path, 0,
                         "has build-id %s, but the samples in %s are of %s with build-id %s",
                         binary->build_id, inputs[other_input]->input, other->path, other->build_id);
    }
  return true;
}

bool
bind_modules (const struct bind_options *options, struct samples *const *inputs, uint32_t n_inputs,
              struct bound *bound, struct pgo_status *status)
{
  memset (bound, 0, sizeof *bound);
  bound->n_inputs = n_inputs;
  bound->bindings = pgo_alloc_array ((size_t) n_inputs + 1, sizeof *bound->bindings);
  for (uint32_t i = 0; i < options->n_binaries; i++)
    {
      if (!add_target (bound, options->binaries[i], options, status))
        return false;
      if (!bound->targets[bound->n_targets - 1].debug)
        return pgo_fail (status, options->binaries[i], 0,
                         "no debug info: compile with -g, or say --debug-dir");
    }

  for (uint32_t i = 0; i < n_inputs; i++)
    {
      const struct samples *samples = inputs[i];
      bool *used = modules_with_records (samples);
      bound->bindings[i] = pgo_alloc_array ((size_t) samples->n_modules + 1, sizeof **bound->bindings);
      bool ok = true;
      for (uint32_t m = 0; m < samples->n_modules && ok; m++)
        {
          const struct sample_module *module = &samples->modules[m];
          struct module_binding *binding = &bound->bindings[i][m];
          struct votes votes;
          binding->target = NONE;
          if (!has_file (module))
            continue;
          if (options->n_binaries)
            binding->target = given_target (bound, module);
          else if (used[m])
            binding->target = named_target (bound, module, options);
          if (binding->target == NONE
              || find_bias (module, &bound->targets[binding->target], binding, &votes))
            continue;
          if (options->n_binaries && used[m] && votes.voters)
            ok = pgo_fail (status, bound->targets[binding->target].binary->path, 0,
                           "not the binary that ran: only %u of %u symbols are where %s has them",
                           votes.agree, votes.voters, samples->input);
          binding->is_unplaced = votes.voters == 0;
          binding->target = NONE;
        }
      pgo_free (used);
      if (!ok)
        return false;
    }
  return !options->n_binaries || check_given (bound, inputs, status);
}

void
bound_clear (struct bound *bound)
{
  for (uint32_t t = 0; t < bound->n_targets; t++)
    {
      evidence_clear (&bound->targets[t].evidence);
      debug_info_free (bound->targets[t].debug);
      binary_close (bound->targets[t].binary);
    }
  pgo_free (bound->targets);
  for (uint32_t i = 0; bound->bindings && i < bound->n_inputs; i++)
    pgo_free (bound->bindings[i]);
  pgo_free (bound->bindings);
  memset (bound, 0, sizeof *bound);
}
