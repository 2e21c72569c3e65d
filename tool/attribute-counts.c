/* How often each machine block ran.

   Exact: every instruction of a block has the block's count, but for string instructions, which count once
   an iteration, and what lies behind a call that did not return.  Branch: the same, from the ranges between
   branches.  Time: a block's samples, spread evenly over its instructions, because within a block samples
   pile up behind slow instructions.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/alloc.h"

/* Branch records of a binary from which on a function without any is listed, too, as one that was not seen.  They come
   in bursts of 4,000: of a function with a share S of the time, 125 bursts miss the one in exp (125 S) times, so what it
   loses by being compiled for size, a third at most, is expected to be less than a thousandth, whatever S is.  */
#define COVERED_BINARY_RECORDS 500000

/* The function that has ADDRESS, at or behind range *RANGE, which advances with growing addresses; or
   NONE.  */
static uint32_t
function_at (const struct debug_info *debug, uint32_t *range, uint64_t address)
{
  while (*range < debug->n_ranges && debug->ranges[*range].high <= address)
    ++*range;
  bool found = *range < debug->n_ranges && debug->ranges[*range].low <= address;
  return found ? debug->ranges[*range].function : NONE;
}

static uint64_t
branch_records (const struct evidence *e)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < e->n_branches; i++)
    sum = pgo_add (sum, e->branches[i].count);
  return evidence_observations (e, PGO_EVIDENCE_BRANCH, sum);
}

struct function_evidence *
counts_survey (const struct target *target)
{
  const struct debug_info *debug = target->debug;
  const struct evidence *e = &target->evidence;
  struct function_evidence *survey = pgo_alloc_array ((size_t) debug->n_functions + 1, sizeof *survey);
  uint32_t range = 0, f;
  for (uint32_t i = 0; i < e->n_clock; i++)
    if ((f = function_at (debug, &range, e->clock[i].address)) != NONE)
      {
        survey[f].kind = PGO_EVIDENCE_TIME;
        survey[f].clock_samples = pgo_add (survey[f].clock_samples, e->clock[i].count);
      }
  range = 0;
  for (uint32_t i = 0; i < e->n_ranges; i++)
    if ((f = function_at (debug, &range, e->ranges[i].first)) != NONE)
      survey[f].kind = PGO_EVIDENCE_BRANCH;
  range = 0;
  for (uint32_t i = 0; i < e->n_branches; i++)
    if ((f = function_at (debug, &range, e->branches[i].from)) != NONE)
      survey[f].kind = PGO_EVIDENCE_BRANCH;
  if (branch_records (e) >= COVERED_BINARY_RECORDS)
    for (f = 0; f < debug->n_functions; f++)
      if (survey[f].kind == PGO_EVIDENCE_NONE)
        survey[f].kind = PGO_EVIDENCE_BRANCH;
  if (e->n_insns)
    for (f = 0; f < debug->n_functions; f++)
      survey[f].kind = PGO_EVIDENCE_EXACT;
  return survey;
}

/* Add the COUNTS that lie in CODE to its instructions.  */
static void
add_counts (const struct address_count *counts, uint32_t n, struct code *code)
{
  uint32_t at = 0;
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      struct insn *insn = &code->insns[i];
      if (i == 0 || insn->address != code->insns[i - 1].address + code->insns[i - 1].length)
        at = first_at (counts, n, sizeof *counts, insn->address);
      for (; at < n && counts[at].address - insn->address < insn->length; at++)
        insn->count = pgo_add (insn->count, counts[at].count);
    }
}

/* Add each range's count to the instructions in it.  */
static void
add_ranges (const struct evidence *e, struct code *code)
{
  /* What starts and ends at each instruction; the running difference is the count.  */
  uint64_t *starts = pgo_alloc_array (code->n_insns + 1, sizeof *starts);
  uint64_t *ends = pgo_alloc_array (code->n_insns + 1, sizeof *ends);
  uint32_t *run_of = pgo_alloc_array (code->n_insns + 1, sizeof *run_of);
  for (uint32_t i = 1; i < code->n_insns; i++)
    run_of[i] = run_of[i - 1]
                + (code->insns[i].address != code->insns[i - 1].address + code->insns[i - 1].length);
  uint32_t r = 0;
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      const struct insn *insn = &code->insns[i];
      if (i == 0 || run_of[i] != run_of[i - 1])
        r = first_at (e->ranges, e->n_ranges, sizeof *e->ranges, insn->address);
      while (r < e->n_ranges && e->ranges[r].first < insn->address)
        r++;
      for (; r < e->n_ranges && e->ranges[r].first == insn->address; r++)
        {
          uint32_t last = code_insn (code, e->ranges[r].last, false);
          /* Straight code has no gap between FIRST and LAST.  */
          if (last == NONE || run_of[last] != run_of[i])
            continue;
          starts[i] = pgo_add (starts[i], e->ranges[r].count);
          ends[last + 1] = pgo_add (ends[last + 1], e->ranges[r].count);
        }
    }
  uint64_t running = 0;
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      running = pgo_add (running, starts[i]);
      running = running > ends[i] ? running - ends[i] : 0;
      code->insns[i].count = running;
    }
  pgo_free (starts);
  pgo_free (ends);
  pgo_free (run_of);
}

/* A jump that was recorded was executed, and so was its target, even where no range tells.  */
static void
add_branches (const struct evidence *e, struct code *code)
{
  uint64_t *arrived = pgo_alloc_array (code->n_insns + 1, sizeof *arrived);
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      uint64_t left = 0;
      for (uint32_t b = first_at (e->branches, e->n_branches, sizeof *e->branches, code->insns[i].address);
           b < e->n_branches && e->branches[b].from == code->insns[i].address; b++)
        {
          left = pgo_add (left, e->branches[b].count);
          uint32_t to = code_insn (code, e->branches[b].to, false);
          if (to != NONE)
            arrived[to] = pgo_add (arrived[to], e->branches[b].count);
        }
      if (code->insns[i].count < left)
        code->insns[i].count = left;
    }
  for (uint32_t i = 0; i < code->n_insns; i++)
    if (code->insns[i].count < arrived[i])
      code->insns[i].count = arrived[i];
  pgo_free (arrived);
}

/* Whether an exact count may be more than the executions: string instructions count once an iteration, and
   callgrind adds what runs in the procedure linkage table to the call or jump that goes through it.  */
static bool
is_inflated (const struct insn *insn, enum pgo_evidence kind)
{
  return insn->repeats || (kind == PGO_EVIDENCE_EXACT && insn->flow != FLOW_NEXT
                           && insn->flow != FLOW_CONDITIONAL && insn->flow != FLOW_RETURN);
}

/* The count of such an instruction, as far as it can be told alone: by the calls counted from there.  */
static uint64_t
deflated (const struct evidence *e, enum pgo_evidence kind, const struct insn *insn)
{
  uint64_t calls = 0;
  if (kind == PGO_EVIDENCE_EXACT && !insn->repeats)
    for (uint32_t i = first_at (e->calls, e->n_calls, sizeof *e->calls, insn->address);
         i < e->n_calls && e->calls[i].from == insn->address; i++)
      calls = pgo_add (calls, e->calls[i].count);
  return calls && calls < insn->count ? calls : insn->count;
}

void
counts_set (const struct evidence *e, enum pgo_evidence kind, struct code *code)
{
  if (kind == PGO_EVIDENCE_EXACT)
    add_counts (e->insns, e->n_insns, code);
  else if (kind == PGO_EVIDENCE_BRANCH)
    {
      add_ranges (e, code);
      add_branches (e, code);
    }
  else
    add_counts (e->clock, e->n_clock, code);

  for (uint32_t b = 0; b < code->n_blocks; b++)
    {
      struct code_block *block = &code->blocks[b];
      if (kind == PGO_EVIDENCE_TIME)
        {
          uint32_t n = 0;
          for (uint32_t i = block->first; i < block->end; i++)
            {
              block->samples = pgo_add (block->samples, code->insns[i].count);
              n += !code->insns[i].is_nop;
            }
          block->weight = pgo_scale (block->samples, TIME_WEIGHT_SCALE, n ? n : 1);
        }
      else
        {
          uint64_t plain = 0, inflated = UINT64_MAX;
          bool any_plain = false;
          for (uint32_t i = block->first; i < block->end; i++)
            if (is_inflated (&code->insns[i], kind))
              {
                uint64_t count = deflated (e, kind, &code->insns[i]);
                inflated = count < inflated ? count : inflated;
              }
            else
              {
                any_plain = true;
                plain = code->insns[i].count > plain ? code->insns[i].count : plain;
              }
          block->weight = block->samples = any_plain ? plain : inflated;
        }
      for (uint32_t i = block->first; i < block->end; i++)
        {
          struct insn *insn = &code->insns[i];
          /* After a call that may not have returned, an instruction has its own exact count.  */
          bool own = kind == PGO_EVIDENCE_EXACT && !(is_inflated (insn, kind) && insn->count > block->weight);
          if (!own)
            insn->count = block->weight;
        }
    }
}
