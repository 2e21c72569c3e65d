/* Function by function: its machine code and evidence to an instance tree.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "tool/progress.h"
#include "core/alloc.h"
#include "core/assembler-name.h"

#include <string.h>

/* What the dynamic linker runs at the first call through a procedure linkage table: no call of the program.
   In glibc, _dl_runtime_resolve_fxsave and the like.  */
#define LAZY_BINDING "_dl_runtime_resolve"

/* A function being attributed.  */
struct work
{
  struct pgo_profile *profile;
  const struct target *targets, *target;
  enum pgo_evidence kind;
  uint64_t numerator, denominator; /* From the kind's own weights to the profile's unit.  */
  struct layout layout;
  struct code code;
  struct keys keys;
  struct pgo_instance **instances; /* By scope.  */
};

static uint64_t
observations (const struct work *w, uint64_t count)
{
  return evidence_observations (&w->target->evidence, w->kind, count);
}

static uint64_t
scaled (const struct work *w, uint64_t weight)
{
  return pgo_scale (weight, w->numerator, w->denominator);
}

/* Instances for all scopes that have keys, and for those that hold them.  */
static void
add_instances (struct work *w)
{
  const struct layout *layout = &w->layout;
  w->instances = pgo_alloc_array (layout->n_scopes, sizeof *w->instances);
  bool *wanted = pgo_alloc_array (layout->n_scopes, sizeof *wanted);
  for (uint32_t k = 0; k < w->keys.n_keys; k++)
    for (uint32_t scope = w->keys.keys[k].scope; !wanted[scope]; scope = layout->scopes[scope].parent)
      wanted[scope] = true;
  wanted[0] = true;
  for (uint32_t i = 0; i < layout->n_scopes; i++)
    {
      const struct scope *scope = &layout->scopes[i];
      if (!wanted[i])
        continue;
      struct pgo_instance *instance
        = i == 0 ? pgo_profile_add_function (w->profile, scope->subprogram.name, scope->subprogram.file)
          : pgo_instance_add_inlined (w->profile, w->instances[scope->parent], scope->at,
                                      scope->subprogram.name, scope->subprogram.file);
      instance->kind = w->kind;
      instance->keys = scope->subprogram.is_marked ? PGO_KEYS_MARK : PGO_KEYS_SOURCE;
      instance->checksum = scope->subprogram.checksum;
      w->instances[i] = instance;
    }
  pgo_free (wanted);

  uint32_t span = 0;
  for (uint32_t i = 0; i < w->code.n_insns; i++)
    {
      const struct insn *insn = &w->code.insns[i];
      while (span < layout->n_spans && layout->spans[span].high <= insn->address)
        span++;
      if (span < layout->n_spans && layout->spans[span].low <= insn->address
          && w->instances[layout->spans[span].scope])
        w->instances[layout->spans[span].scope]->size_bytes += insn->length;
    }
}

static void
add_lines (struct work *w)
{
  for (uint32_t k = 0; k < w->keys.n_keys; k++)
    {
      const struct key *key = &w->keys.keys[k];
      uint64_t samples = w->kind == PGO_EVIDENCE_TIME ? key->samples : observations (w, key->weight);
      pgo_instance_add_line (w->profile, w->instances[key->scope], key->at, scaled (w, key->weight), samples);
    }
}

/* Calls of a function that is entered at ENTRY, counted by an exact input.  */
static uint64_t
calls_of (const struct evidence *e, uint64_t entry)
{
  uint32_t i = first_at (e->called, e->n_called, sizeof *e->called, entry);
  return i < e->n_called && e->called[i].address == entry ? e->called[i].count : 0;
}

/* How often the function's entry was reached by jumps within it: a loop back to the first instruction.  */
static uint64_t
jumps_to_entry (const struct work *w)
{
  const struct evidence *e = &w->target->evidence;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < w->code.n_insns; i++)
    {
      const struct insn *insn = &w->code.insns[i];
      if (insn->flow != FLOW_CONDITIONAL && insn->flow != FLOW_JUMP && insn->flow != FLOW_INDIRECT_JUMP)
        continue;
      for (uint32_t k = first_at (e->branches, e->n_branches, sizeof *e->branches, insn->address);
           k < e->n_branches && e->branches[k].from == insn->address; k++)
        if (e->branches[k].to == w->layout.function->entry)
          sum = pgo_add (sum, e->branches[k].count);
    }
  return sum;
}

/* Entries of the function and of the calls inlined into it.  */
static void
add_heads (struct work *w)
{
  const struct function *function = w->layout.function;
  uint32_t entry = code_insn (&w->code, function->entry, false);
  uint64_t count = entry == NONE ? 0 : w->code.insns[entry].count;
  struct pgo_instance *top = w->instances[0];
  if (function->is_part)
    /* Entered from the rest of its function.  */
    ;
  else if (w->kind == PGO_EVIDENCE_EXACT)
    {
      /* The first instruction may be a loop's; calls may be more than it if jumps were taken for calls.  */
      uint64_t calls = calls_of (&w->target->evidence, function->entry);
      top->head = top->head_samples = calls && calls < count ? calls : count;
    }
  else if (w->kind == PGO_EVIDENCE_BRANCH)
    {
      uint64_t loops = jumps_to_entry (w);
      uint64_t entered = count > loops ? count - loops : 0;
      top->head_samples = observations (w, entered);
      top->head = scaled (w, entered);
    }

  for (uint32_t i = 0; i < w->layout.n_entries; i++)
    {
      const struct scope_entry *e = &w->layout.entries[i];
      uint32_t insn = code_insn (&w->code, e->address, true);
      struct pgo_instance *instance = w->instances[e->scope];
      if (insn == NONE || !instance || e->scope == 0)
        continue;
      const struct code_block *block = &w->code.blocks[w->code.insns[insn].block];
      instance->head = pgo_add (instance->head, scaled (w, w->code.insns[insn].count));
      instance->head_samples = pgo_add (instance->head_samples, w->kind == PGO_EVIDENCE_TIME ? block->samples
                                        : observations (w, w->code.insns[insn].count));
    }
}

/* The final target of a call to code that only jumps on (an entry of the procedure linkage table), by the
   branch records from there; else TRANSFER's own.  */
static const struct transfer *
through_stub (const struct work *w, const struct transfer *transfer)
{
  /* A stub: at most endbr64, a prefixed indirect jump.  */
  enum { STUB_BYTES = 16 };
  if (transfer->to_binary == NONE)
    return transfer;
  const struct target *t = &w->targets[transfer->to_binary];
  if ((t->debug && debug_info_function (t->debug, transfer->to))
      || binary_symbol_around (t->binary, transfer->to))
    return transfer;
  const struct evidence *e = &t->evidence;
  uint32_t i = first_at (e->branches, e->n_branches, sizeof *e->branches, transfer->to);
  /* The first record that leaves the stub; a stub has one target once it is bound.  */
  const struct transfer *best = NULL;
  for (; i < e->n_branches && e->branches[i].from - transfer->to < STUB_BYTES; i++)
    if (!best || e->branches[i].count > best->count)
      best = &e->branches[i];
  return best ? best : transfer;
}

static void
add_call (struct work *w, uint32_t insn, const struct transfer *transfer)
{
  const struct transfer *final = through_stub (w, transfer);
  const char *name = NULL, *file = NULL;
  size_t length = 0;
  if (final->to_binary != NONE)
    {
      const struct target *t = &w->targets[final->to_binary];
      if (!symbolize_entry (t->debug, t->binary, final->to, &name, &length, &file)
          && ((t->debug && debug_info_function (t->debug, final->to))
              || binary_symbol (t->binary, final->to)))
        return;                 /* A part of a function.  */
    }
  if (!name && final->symbol && !assembler_name_is_part (final->symbol))
    {
      name = final->symbol;
      length = assembler_name_length (name);
    }
  uint32_t key_index = w->keys.of_insn[insn];
  if (!name || length == 0 || key_index == NONE || strncmp (name, LAZY_BINDING, strlen (LAZY_BINDING)) == 0)
    return;
  const struct key *key = &w->keys.keys[key_index];
  pgo_instance_add_call (w->profile, w->instances[key->scope], key->at,
                         pgo_profile_string_n (w->profile, name, length), file, scaled (w, transfer->count),
                         observations (w, transfer->count));
}

static void
add_calls (struct work *w)
{
  const struct evidence *e = &w->target->evidence;
  bool exact = w->kind == PGO_EVIDENCE_EXACT;
  const struct transfer *list = exact ? e->calls : e->branches;
  uint32_t n = exact ? e->n_calls : e->n_branches;
  if (w->kind == PGO_EVIDENCE_TIME)
    return;
  for (uint32_t i = 0; i < w->code.n_insns; i++)
    {
      const struct insn *insn = &w->code.insns[i];
      for (uint32_t k = first_at (list, n, sizeof *list, insn->address);
           k < n && list[k].from == insn->address; k++)
        {
          bool call = insn->flow == FLOW_CALL || insn->flow == FLOW_INDIRECT_CALL;
          bool jump = insn->flow == FLOW_JUMP || insn->flow == FLOW_INDIRECT_JUMP
                      || insn->flow == FLOW_CONDITIONAL;
          /* Tail calls are jumps out of the function.  */
          bool out = !(list[k].to_binary != NONE && &w->targets[list[k].to_binary] == w->target
                       && layout_scope (&w->layout, list[k].to) != NONE);
          if (exact || call || (jump && out))
            add_call (w, i, &list[k]);
        }
    }
}

static void
attribute_function (struct work *w)
{
  code_read (w->target->binary, &w->layout, &w->target->evidence, &w->code);
  counts_set (&w->target->evidence, w->kind, &w->code);
  keys_read (&w->layout, &w->code, &w->keys);
  add_instances (w);
  add_lines (w);
  add_heads (w);
  add_calls (w);
  branches_add (w->profile, w->instances, &w->target->evidence, w->kind, &w->layout, &w->code, &w->keys);
}

/* Executed instructions, by the evidence.  */
static uint64_t
executed_insns (const struct code *code)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < code->n_insns; i++)
    sum = pgo_add (sum, code->insns[i].count);
  return sum;
}

static bool
has_weight (const struct code *code)
{
  for (uint32_t b = 0; b < code->n_blocks; b++)
    if (code->blocks[b].weight)
      return true;
  return false;
}

void
attribute (struct pgo_profile *profile, const struct target *targets, uint32_t n_targets,
           struct attribution *attribution)
{
  memset (attribution, 0, sizeof *attribution);
  /* Functions with more than clock samples first: where they have clock samples as well, these tell the
     unit of the other ones' weights.  TIME_WEIGHT_SCALE by sample is what an instruction's weight sums up to
     over a function.  */
  uint64_t numerator = 0, denominator = 0;
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t t = 0; t < n_targets; t++)
      {
        if (!targets[t].debug)
          continue;
        struct function_evidence *survey = counts_survey (&targets[t]);
        pgo_progress_begin (pass == 0 ? "attributing records" : "attributing clock samples",
                            targets[t].debug->n_functions);
        for (uint32_t f = 0; f < targets[t].debug->n_functions; f++)
          {
            pgo_progress_reach (f);
            struct work w = { .profile = profile, .targets = targets, .target = &targets[t],
                              .kind = survey[f].kind, .numerator = 1, .denominator = 1 };
            if (w.kind == PGO_EVIDENCE_NONE || (w.kind == PGO_EVIDENCE_TIME) != (pass == 1)
                || !layout_read (targets[t].debug, &targets[t].debug->functions[f], &w.layout))
              continue;
            if (w.kind == PGO_EVIDENCE_TIME && numerator && denominator)
              {
                w.numerator = numerator;
                w.denominator = denominator;
              }
            attribute_function (&w);
            if (pass == 0 && survey[f].clock_samples)
              {
                numerator = pgo_add (numerator, executed_insns (&w.code));
                denominator = pgo_add (denominator,
                                       pgo_scale (survey[f].clock_samples, TIME_WEIGHT_SCALE, 1));
              }
            attribution->listed++;
            if (has_weight (&w.code))
              {
                attribution->functions++;
                attribution->by_kind[w.kind]++;
              }
            pgo_free (w.instances);
            keys_clear (&w.keys);
            code_clear (&w.code);
            layout_clear (&w.layout);
          }
        pgo_free (survey);
      }
}
