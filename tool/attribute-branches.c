/* Which way control went, between source locations: by jumps that decide, and into joins.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/alloc.h"

/* Unconditional jumps to jumps that are followed on the way to a destination.  */
#define JUMP_CHAIN_MAX 8

struct branches
{
  struct pgo_profile *profile;
  struct pgo_instance *const *instances;
  const struct evidence *evidence;
  enum pgo_evidence kind;
  const struct layout *layout;
  const struct code *code;
  const struct keys *keys;
};

/* The key that stands for the code at instruction INSN: the first one there that differs from FROM, jumps
   on the way followed; FROM itself if its block has no other; NONE if it has none.  */
static uint32_t
destination_key (const struct branches *b, uint32_t insn, uint32_t from)
{
  uint32_t best = NONE;
  for (int hops = 0; hops <= JUMP_CHAIN_MAX && insn != NONE; hops++)
    {
      const struct code_block *block = &b->code->blocks[b->code->insns[insn].block];
      const struct insn *last = &b->code->insns[block->end - 1];
      for (; insn < block->end; insn++)
        {
          uint32_t key = b->keys->of_insn[insn];
          if (key == NONE || b->code->insns[insn].flow == FLOW_JUMP)
            continue;
          if (best == NONE)
            best = key;
          if (key != from)
            return key;
        }
      if (best != NONE || last->flow != FLOW_JUMP)
        break;
      insn = code_insn (b->code, last->target, false);
    }
  return best;
}

/* The place of KEY below scope ANCESTOR, its steps appended to STEPS.  */
static struct pgo_place
place_below (const struct branches *b, const struct key *key, uint32_t ancestor, struct pgo_step *steps)
{
  const struct scope *scopes = b->layout->scopes;
  struct pgo_place place = { .steps = steps, .at = key->at };
  place.n_steps = scopes[key->scope].depth - scopes[ancestor].depth;
  for (uint32_t scope = key->scope, i = place.n_steps; i > 0; scope = scopes[scope].parent)
    steps[--i] = (struct pgo_step) { scopes[scope].at, scopes[scope].subprogram.name,
                                     scopes[scope].subprogram.file };
  return place;
}

/* Whether the block at instruction INSN only decides on: all of it carries FROM, to its conditional or
   indirect jump.  A switch may be a tree of jumps, whose inner edges tell nothing about the source.  */
static bool
decides_on (const struct branches *b, uint32_t from_insn, uint32_t insn)
{
  uint32_t from = b->keys->of_insn[from_insn];
  uint32_t block_index = b->code->insns[insn].block;
  const struct code_block *block = &b->code->blocks[block_index];
  unsigned flow = b->code->insns[block->end - 1].flow;
  if (block_index == b->code->insns[from_insn].block
      || (flow != FLOW_CONDITIONAL && flow != FLOW_INDIRECT_JUMP))
    return false;
  for (; insn < block->end; insn++)
    if (b->keys->of_insn[insn] != from && !b->code->insns[insn].is_nop)
      return false;
  return true;
}

/* COUNT times, control went from FROM_INSN to TO_INSN (NONE: out of the function).  */
static void
add_branch (const struct branches *b, uint32_t from_insn, uint32_t to_insn, uint64_t count)
{
  uint32_t from = b->keys->of_insn[from_insn];
  if (to_insn != NONE && decides_on (b, from_insn, to_insn))
    return;
  uint32_t to = to_insn == NONE ? NONE : destination_key (b, to_insn, from);
  if (to == NONE)
    return;
  const struct key *from_key = &b->keys->keys[from], *to_key = &b->keys->keys[to];
  const struct scope *scopes = b->layout->scopes;
  uint32_t common = from_key->scope;
  for (uint32_t other = to_key->scope; common != other;)
    if (scopes[common].depth > scopes[other].depth)
      common = scopes[common].parent;
    else if (scopes[other].depth > scopes[common].depth)
      other = scopes[other].parent;
    else
      {
        common = scopes[common].parent;
        other = scopes[other].parent;
      }
  uint32_t below = scopes[common].depth;
  struct pgo_step *steps = pgo_alloc_array (scopes[from_key->scope].depth - below
                                            + scopes[to_key->scope].depth - below + 1, sizeof *steps);
  struct pgo_place from_place = place_below (b, from_key, common, steps);
  struct pgo_place to_place = place_below (b, to_key, common, steps + from_place.n_steps);
  if (b->instances[common])
    pgo_instance_add_branch (b->profile, b->instances[common], from_place, to_place, count,
                             evidence_observations (b->evidence, b->kind, count));
  pgo_free (steps);
}

/* How often the jump INSN was seen to go to TARGET.  */
static uint64_t
seen_count (const struct transfer *list, uint32_t n, const struct insn *insn, uint64_t target)
{
  uint64_t sum = 0;
  for (uint32_t i = first_at (list, n, sizeof *list, insn->address);
       i < n && list[i].from == insn->address; i++)
    if (list[i].to == target)
      sum = pgo_add (sum, list[i].count);
  return sum;
}

/* The last instruction with a key, no jump, of BLOCK or of the blocks that alone lead to it; NONE.  */
static uint32_t
last_keyed (const struct branches *b, uint32_t block, const uint32_t *only_predecessor)
{
  for (int hops = 0; hops <= JUMP_CHAIN_MAX && block != NONE; hops++)
    {
      const struct code_block *here = &b->code->blocks[block];
      for (uint32_t i = here->end; i-- > here->first;)
        if (b->keys->of_insn[i] != NONE && b->code->insns[i].flow != FLOW_JUMP)
          return i;
      block = only_predecessor[block];
    }
  return NONE;
}

/* Where blocks with one way on join others.  When the compiler knows on one path how a branch will go, it leaves the
   branch out there (jump threading): this is what still tells of those executions, and where they went.  */
static void
add_joins (const struct branches *b)
{
  const struct code *code = b->code;
  uint32_t *n_predecessors = pgo_alloc_array ((size_t) code->n_blocks + 1, sizeof *n_predecessors);
  uint32_t *only_predecessor = pgo_alloc_array ((size_t) code->n_blocks + 1, sizeof *only_predecessor);
  for (uint32_t i = 0; i < code->n_blocks; i++)
    only_predecessor[i] = NONE;
  for (uint32_t i = 0; i < code->n_blocks; i++)
    for (uint32_t k = 0; k < code->blocks[i].n_successors; k++)
      {
        uint32_t to = code->successors[code->blocks[i].first_successor + k];
        only_predecessor[to] = n_predecessors[to]++ ? NONE : i;
      }
  for (uint32_t i = 0; i < code->n_blocks; i++)
    {
      const struct code_block *block = &code->blocks[i];
      if (block->n_successors != 1 || block->weight == 0)
        continue;
      uint32_t to = code->successors[block->first_successor];
      uint32_t from_insn = n_predecessors[to] > 1 && to != i ? last_keyed (b, i, only_predecessor) : NONE;
      if (from_insn == NONE)
        continue;
      uint32_t from = b->keys->of_insn[from_insn], to_insn = code->blocks[to].first;
      if (destination_key (b, to_insn, from) != from)
        add_branch (b, from_insn, to_insn, block->weight);
    }
  pgo_free (n_predecessors);
  pgo_free (only_predecessor);
}

void
branches_add (struct pgo_profile *profile, struct pgo_instance *const *instances,
              const struct evidence *evidence, enum pgo_evidence kind, const struct layout *layout,
              const struct code *code, const struct keys *keys)
{
  struct branches b = { profile, instances, evidence, kind, layout, code, keys };
  const struct transfer *list = kind == PGO_EVIDENCE_EXACT ? evidence->jumps : evidence->branches;
  uint32_t n = kind == PGO_EVIDENCE_EXACT ? evidence->n_jumps : evidence->n_branches;
  if (kind != PGO_EVIDENCE_EXACT && kind != PGO_EVIDENCE_BRANCH)
    return;
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      const struct insn *insn = &code->insns[i];
      if (keys->of_insn[i] == NONE || insn->count == 0)
        continue;
      if (insn->flow == FLOW_CONDITIONAL)
        {
          uint64_t next = insn->address + insn->length;
          uint64_t taken = seen_count (list, n, insn, insn->target);
          uint64_t fell = seen_count (list, n, insn, next);
          if (insn->target == next)
            continue;
          /* Valgrind may turn a condition round, and then counts the way on as the jump.  */
          if (fell && !taken)
            taken = insn->count > fell ? insn->count - fell : 0;
          else
            fell = insn->count > taken ? insn->count - taken : 0;
          add_branch (&b, i, code_insn (code, insn->target, false), taken);
          add_branch (&b, i, code_insn (code, next, false), fell);
        }
      else if (insn->flow == FLOW_INDIRECT_JUMP)
        for (uint32_t k = first_at (list, n, sizeof *list, insn->address);
             k < n && list[k].from == insn->address; k++)
          add_branch (&b, i, code_insn (code, list[k].to, false), list[k].count);
    }
  add_joins (&b);
}
