/* The machine code of a function: instructions, basic blocks, dominance.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/attribute.h"
#include "core/alloc.h"

#include <stdlib.h>
#include <string.h>

/* Code of one function beyond this is not decoded: no compiler makes such, a damaged file may.  */
#define FUNCTION_BYTES_MAX (UINT64_C (1) << 26)

uint32_t
code_insn (const struct code *code, uint64_t address, bool within)
{
  uint32_t i = first_at (code->insns, code->n_insns, sizeof *code->insns, address);
  if (i < code->n_insns && code->insns[i].address == address)
    return i;
  if (within && i > 0 && address - code->insns[i - 1].address < code->insns[i - 1].length)
    return i - 1;
  return NONE;
}

static struct insn *
new_insn (struct code *code, uint32_t *room)
{
  if (code->n_insns == *room)
    {
      *room = *room ? *room * 2 : 64;
      code->insns = pgo_realloc_array (code->insns, *room, sizeof *code->insns);
    }
  return &code->insns[code->n_insns++];
}

static void
decode_range (const struct decoder *decoder, const struct binary *binary, const struct function_range *range,
              struct code *code, uint32_t *room)
{
  uint64_t size;
  const unsigned char *bytes = binary_code (binary, range->low, &size);
  if (!bytes || range->high - range->low > size || range->high - range->low > FUNCTION_BYTES_MAX)
    return;
  for (uint64_t at = range->low; at < range->high;)
    {
      struct insn insn;
      if (!decode (decoder, bytes + (at - range->low), range->high - at, at, &insn))
        insn = (struct insn) { .address = at, .length = 1, .flow = FLOW_STOP };
      *new_insn (code, room) = insn;
      at += insn.length;
    }
}

/* Without a decoder, the rows of the line table and the addresses that were seen stand for instructions.  */
static void
rows_as_insns (const struct layout *layout, const struct function_range *range,
               const struct evidence *evidence, struct code *code, uint32_t *room)
{
  uint32_t row = first_at (layout->rows, layout->n_rows, sizeof *layout->rows, range->low);
  uint32_t insn = first_at (evidence->insns, evidence->n_insns, sizeof *evidence->insns, range->low);
  for (uint64_t at = range->low; at < range->high;)
    {
      while (row < layout->n_rows && layout->rows[row].address <= at)
        row++;
      while (insn < evidence->n_insns && evidence->insns[insn].address <= at)
        insn++;
      uint64_t next = range->high;
      if (row < layout->n_rows && layout->rows[row].address < next)
        next = layout->rows[row].address;
      if (insn < evidence->n_insns && evidence->insns[insn].address < next)
        next = evidence->insns[insn].address;
      if (next - at > UINT8_MAX)
        next = at + UINT8_MAX;
      *new_insn (code, room) = (struct insn) { .address = at, .length = next - at, .flow = FLOW_NEXT };
      at = next;
    }
}

/* Whether control never goes from an instruction of FLOW to the next one.  */
static bool
never_falls_through (unsigned flow)
{
  return flow == FLOW_JUMP || flow == FLOW_INDIRECT_JUMP || flow == FLOW_RETURN || flow == FLOW_STOP;
}

static bool
ends_block (unsigned flow)
{
  return flow == FLOW_CONDITIONAL || never_falls_through (flow);
}

/* Call VISIT (DATA, target) for each target that evidence shows for the jump at ADDRESS.  */
static void
each_seen_target (const struct evidence *evidence, uint64_t address,
                  void (*visit) (void *data, uint64_t target), void *data)
{
  const struct transfer *lists[2] = { evidence->jumps, evidence->branches };
  uint32_t lengths[2] = { evidence->n_jumps, evidence->n_branches };
  for (int k = 0; k < 2; k++)
    for (uint32_t i = first_at (lists[k], lengths[k], sizeof *lists[k], address);
         i < lengths[k] && lists[k][i].from == address; i++)
      visit (data, lists[k][i].to);
}

struct leaders
{
  const struct code *code;
  bool *is_leader;
};

static void
mark_leader (void *data, uint64_t target)
{
  struct leaders *leaders = data;
  uint32_t i = code_insn (leaders->code, target, false);
  if (i != NONE)
    leaders->is_leader[i] = true;
}

static void
make_blocks (struct code *code, const struct layout *layout, const struct evidence *evidence)
{
  bool *is_leader = pgo_alloc_array (code->n_insns + 1, sizeof *is_leader);
  struct leaders leaders = { code, is_leader };
  for (uint32_t r = 0; r < layout->n_ranges; r++)
    mark_leader (&leaders, layout->ranges[r].low);
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      const struct insn *insn = &code->insns[i];
      if (!code->has_flow || ends_block (insn->flow))
        is_leader[i + 1] = true;
      if (insn->flow == FLOW_CONDITIONAL || insn->flow == FLOW_JUMP)
        mark_leader (&leaders, insn->target);
      if (insn->flow == FLOW_INDIRECT_JUMP)
        each_seen_target (evidence, insn->address, mark_leader, &leaders);
    }

  uint32_t room = 0;
  for (uint32_t i = 0; i < code->n_insns; i++)
    {
      if (is_leader[i] || i == 0)
        {
          if (code->n_blocks == room)
            {
              room = room ? room * 2 : 16;
              code->blocks = pgo_realloc_array (code->blocks, room, sizeof *code->blocks);
            }
          code->blocks[code->n_blocks++] = (struct code_block) { .first = i };
        }
      code->insns[i].block = code->n_blocks - 1;
      code->blocks[code->n_blocks - 1].end = i + 1;
    }
  pgo_free (is_leader);
}

struct successors
{
  struct code *code;
  struct code_block *block;
  uint32_t room;
};

static void
add_successor (struct successors *s, uint32_t insn)
{
  if (insn == NONE || insn >= s->code->n_insns || s->code->blocks[s->code->insns[insn].block].first != insn)
    return;
  struct code *code = s->code;
  uint32_t block = code->insns[insn].block;
  for (uint32_t i = s->block->first_successor; i < code->n_successors; i++)
    if (code->successors[i] == block)
      return;
  if (code->n_successors == s->room)
    {
      s->room = s->room ? s->room * 2 : 32;
      code->successors = pgo_realloc_array (code->successors, s->room, sizeof *code->successors);
    }
  code->successors[code->n_successors++] = block;
  s->block->n_successors++;
}

static void
add_seen_successor (void *data, uint64_t target)
{
  struct successors *s = data;
  add_successor (s, code_insn (s->code, target, false));
}

static void
make_successors (struct code *code, const struct evidence *evidence)
{
  struct successors s = { .code = code };
  for (uint32_t b = 0; b < code->n_blocks; b++)
    {
      s.block = &code->blocks[b];
      s.block->first_successor = code->n_successors;
      const struct insn *last = &code->insns[s.block->end - 1];
      bool next_follows = s.block->end < code->n_insns
                          && code->insns[s.block->end].address == last->address + last->length;
      if (!never_falls_through (last->flow) && next_follows)
        add_successor (&s, s.block->end);
      if (last->flow == FLOW_CONDITIONAL || last->flow == FLOW_JUMP)
        add_successor (&s, code_insn (code, last->target, false));
      if (last->flow == FLOW_INDIRECT_JUMP)
        each_seen_target (evidence, last->address, add_seen_successor, &s);
    }
}

/* ---- Dominators, by the method of Cooper, Harvey and Kennedy ("A simple, fast dominance algorithm",
   2001).  Node N is a root above every node without another way in.  */

struct flow
{
  uint32_t n;                   /* Nodes without the root.  */
  const uint32_t *first;        /* N + 1 bounds in TO, from node to node.  */
  const uint32_t *to;
  const uint32_t *back_first, *back_to; /* The reverse.  */
};

static uint32_t
intersect (const uint32_t *dominator, const uint32_t *order, uint32_t a, uint32_t b)
{
  while (a != b)
    {
      while (order[a] < order[b])
        a = dominator[a];
      while (order[b] < order[a])
        b = dominator[b];
    }
  return a;
}

/* Number the dominator tree of FLOW, whose node ENTRY (NONE: none) the root enters: ENTER[i] to LEAVE[i]
   holds those of all that i dominates.  */
static void
number_dominators (const struct flow *flow, uint32_t entry, uint32_t *enter, uint32_t *leave)
{
  uint32_t n = flow->n, root = n;
  uint32_t *order = pgo_alloc_array (n + 1, sizeof *order);     /* Postorder number, from 1.  */
  uint32_t *by_order = pgo_alloc_array (n + 2, sizeof *by_order);
  uint32_t *stack = pgo_alloc_array (n + 1, sizeof *stack);
  uint32_t *next = pgo_alloc_array (n + 1, sizeof *next);
  bool *seen = pgo_alloc_array (n + 1, sizeof *seen);
  bool *from_root = pgo_alloc_array (n + 1, sizeof *from_root);
  uint32_t numbered = 0;

  /* The entry first, then what has no way in, then what still was not reached, by address.  */
  for (int pass = 0; pass < 3; pass++)
    for (uint32_t start = 0; start < n; start++)
      {
        bool no_way_in = flow->back_first[start] == flow->back_first[start + 1];
        bool wanted = pass == 0 ? start == entry : pass == 1 ? no_way_in : true;
        if (!wanted || seen[start])
          continue;
        from_root[start] = true;
        seen[start] = true;
        uint32_t depth = 0;
        stack[depth] = start;
        next[start] = flow->first[start];
        for (;;)
          {
            uint32_t node = stack[depth];
            if (next[node] < flow->first[node + 1])
              {
                uint32_t to = flow->to[next[node]++];
                if (!seen[to])
                  {
                    seen[to] = true;
                    next[to] = flow->first[to];
                    stack[++depth] = to;
                  }
                continue;
              }
            order[node] = ++numbered;
            by_order[numbered] = node;
            if (depth-- == 0)
              break;
          }
      }
  order[root] = ++numbered;
  by_order[numbered] = root;

  uint32_t *dominator = next;   /* Its first use is over.  */
  for (uint32_t i = 0; i < n; i++)
    dominator[i] = NONE;
  dominator[root] = root;
  for (bool changed = true; changed;)
    {
      changed = false;
      for (uint32_t k = numbered - 1; k >= 1; k--)
        {
          uint32_t node = by_order[k];
          uint32_t best = from_root[node] ? root : NONE;
          for (uint32_t i = flow->back_first[node]; i < flow->back_first[node + 1]; i++)
            {
              uint32_t from = flow->back_to[i];
              if (dominator[from] != NONE)
                best = best == NONE ? from : intersect (dominator, order, from, best);
            }
          if (best != dominator[node])
            {
              dominator[node] = best;
              changed = true;
            }
        }
    }

  /* Sizes of subtrees, children before parents: a dominator has the greater postorder number.  Then each
     node takes an interval of its size within its dominator's.  */
  uint32_t *size = stack;
  for (uint32_t i = 0; i <= n; i++)
    size[i] = 1;
  for (uint32_t k = 1; k < numbered; k++)
    size[dominator[by_order[k]]] += size[by_order[k]];
  uint32_t *used = pgo_alloc_array (n + 1, sizeof *used);
  used[root] = 1;
  uint32_t root_enter = 0;
  for (uint32_t k = numbered - 1; k >= 1; k--)
    {
      uint32_t node = by_order[k], parent = dominator[node];
      uint32_t base = parent == root ? root_enter : enter[parent];
      enter[node] = base + used[parent];
      leave[node] = enter[node] + size[node] - 1;
      used[parent] += size[node];
      used[node] = 1;
    }
  pgo_free (used);
  pgo_free (order);
  pgo_free (by_order);
  pgo_free (stack);
  pgo_free (next);
  pgo_free (seen);
  pgo_free (from_root);
}

static void
make_dominance (struct code *code, uint32_t entry_block)
{
  uint32_t n = code->n_blocks;
  uint32_t *first = pgo_alloc_array (n + 1, sizeof *first);
  uint32_t *back_first = pgo_alloc_array (n + 2, sizeof *back_first);
  uint32_t *back_to = pgo_alloc_array (code->n_successors + 1, sizeof *back_to);
  uint32_t *enter = pgo_alloc_array (n, sizeof *enter), *leave = pgo_alloc_array (n, sizeof *leave);
  for (uint32_t b = 0; b < n; b++)
    first[b] = code->blocks[b].first_successor;
  first[n] = code->n_successors;
  for (uint32_t i = 0; i < code->n_successors; i++)
    back_first[code->successors[i] + 2]++;
  for (uint32_t b = 0; b < n; b++)
    back_first[b + 2] += back_first[b + 1];
  for (uint32_t b = 0; b < n; b++)
    for (uint32_t i = first[b]; i < first[b + 1]; i++)
      back_to[back_first[code->successors[i] + 1]++] = b;

  struct flow forward = { n, first, code->successors, back_first, back_to };
  number_dominators (&forward, entry_block, enter, leave);
  for (uint32_t b = 0; b < n; b++)
    {
      code->blocks[b].dom_enter = enter[b];
      code->blocks[b].dom_leave = leave[b];
    }
  struct flow backward = { n, back_first, back_to, first, code->successors };
  number_dominators (&backward, NONE, enter, leave);
  for (uint32_t b = 0; b < n; b++)
    {
      code->blocks[b].post_enter = enter[b];
      code->blocks[b].post_leave = leave[b];
    }
  pgo_free (first);
  pgo_free (back_first);
  pgo_free (back_to);
  pgo_free (enter);
  pgo_free (leave);
}

void
code_read (const struct binary *binary, const struct layout *layout, const struct evidence *evidence,
           struct code *code)
{
  memset (code, 0, sizeof *code);
  struct decoder *decoder = decoder_new (binary);
  uint32_t room = 0;
  code->has_flow = decoder != NULL;
  for (uint32_t r = 0; r < layout->n_ranges; r++)
    if (decoder)
      decode_range (decoder, binary, &layout->ranges[r], code, &room);
    else
      rows_as_insns (layout, &layout->ranges[r], evidence, code, &room);
  decoder_free (decoder);
  if (code->n_insns == 0)
    return;
  make_blocks (code, layout, evidence);
  make_successors (code, evidence);
  uint32_t entry = code_insn (code, layout->function->entry, false);
  make_dominance (code, entry == NONE ? 0 : code->insns[entry].block);
}

void
code_clear (struct code *code)
{
  pgo_free (code->insns);
  pgo_free (code->blocks);
  pgo_free (code->successors);
  memset (code, 0, sizeof *code);
}
