/* From samples of a binary to the functions of a profile.

     evidence   attribute-evidence.c   all inputs' records of one binary, in its ELF addresses
     code       attribute-code.c       a function's instructions, machine blocks, dominance
     counts     attribute-counts.c     how often each machine block ran, by the kind of evidence
     keys       attribute-keys.c       which blocks carry a source location, and its weight
     branches   attribute-branches.c   which way conditional and indirect jumps went
     attribute.c puts them together, function by function.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#ifndef PGOINLINE_TOOL_ATTRIBUTE_H
#define PGOINLINE_TOOL_ATTRIBUTE_H

#include "core/profile.h"
#include "tool/samples.h"
#include "tool/symbolize.h"

/* No binary, block, scope or key.  */
#define NONE UINT32_MAX

/* Clock samples are few, and a weight is samples by instruction: weights of kind time are in units of
   1 / TIME_WEIGHT_SCALE sample by instruction.  */
#define TIME_WEIGHT_SCALE 1000

/* ---- Evidence.  */

struct address_count
{
  uint64_t address, count;
};

struct range_count
{
  uint64_t first, last, count;
};

/* Control went from FROM to TO of binary TO_BINARY (NONE: not opened), which the input calls SYMBOL (NULL:
   it doesn't tell).  */
struct transfer
{
  uint64_t from, to, count;
  uint32_t to_binary;
  const char *symbol;
};

/* All arrays are sorted by (first) address, then by the others; no two elements have all addresses equal.
   ENTRIES are the transfers into the binary, by target: calls, of exact inputs; of branch records those
   whose source lies elsewhere than the function of the target.  */
struct evidence
{
  struct address_count *clock, *insns;
  struct range_count *ranges;
  struct transfer *jumps, *calls, *branches;
  struct address_count *called; /* Targets of CALLS of all binaries.  */
  uint64_t branch_records, range_counts; /* As in struct samples, of all inputs together; neither is 0.  */
  uint32_t n_clock, n_insns, n_ranges, n_jumps, n_calls, n_branches, n_called;
};

/* A binary that takes part.  */
struct target
{
  struct binary *binary;
  struct debug_info *debug;     /* NULL: none, its samples are skipped.  */
  struct evidence evidence;
};

/* Where a module's addresses are: its target (NONE: not opened) and what must be added to them to get
   virtual addresses of the ELF file, for SPACE_ELF and SPACE_RUNTIME.  */
struct module_binding
{
  uint32_t target;
  bool is_unplaced;             /* Not bound, because where it was loaded is not known.  */
  uint64_t bias;
};

/* The ELF address of ADDRESS in MODULE; false if it is in no loaded part of the file.  */
bool bound_address (const struct sample_module *module, const struct module_binding *binding,
                    const struct target *targets, uint64_t address, uint64_t *elf_address);

/* Gather the evidence of all N_TARGETS targets from N_INPUTS inputs, of which BINDINGS[input][module] tells
   the modules.  */
void evidence_gather (struct target *targets, uint32_t n_targets, struct samples *const *inputs,
                      struct module_binding *const *bindings, uint32_t n_inputs);
void evidence_clear (struct evidence *);

/* How many observations stand behind COUNT, evidence of KIND: what it can be trusted by, where it is weighed.  */
uint64_t evidence_observations (const struct evidence *, enum pgo_evidence kind, uint64_t count);

/* Index of the first element of an array of SIZE-byte elements, sorted by a uint64_t at their start, whose
   address is at least ADDRESS.  */
uint32_t first_at (const void *array, uint32_t n, size_t size, uint64_t address);

/* ---- Code.  */

enum insn_flow
{
  FLOW_NEXT,                    /* On to the next instruction.  */
  FLOW_CONDITIONAL,             /* To TARGET or the next.  */
  FLOW_JUMP,                    /* To TARGET.  */
  FLOW_INDIRECT_JUMP,
  FLOW_CALL,                    /* To TARGET, and back to the next.  */
  FLOW_INDIRECT_CALL,
  FLOW_RETURN,
  FLOW_STOP                     /* Nowhere: a trap, or what is no instruction.  */
};

struct insn
{
  uint64_t address, target;
  uint64_t count;               /* Set by attribute-counts.c.  */
  uint32_t block;
  uint8_t length, flow;
  bool is_nop;                  /* Alignment: tells nothing.  */
  bool repeats;                 /* A string instruction with a rep prefix: counted once an iteration.  */
};

/* A machine basic block: INSNS[first] to INSNS[end - 1].  */
struct code_block
{
  uint32_t first, end;
  uint32_t first_successor, n_successors; /* In code.successors: blocks.  */
  uint32_t dom_enter, dom_leave; /* In the dominator tree: A dominates B if A's interval holds B's.  */
  uint32_t post_enter, post_leave; /* The same for postdominators.  */
  uint64_t weight, samples;     /* Set by attribute-counts.c.  */
};

struct code
{
  struct insn *insns;           /* By address.  */
  struct code_block *blocks;    /* By address.  */
  uint32_t *successors;
  uint32_t n_insns, n_blocks, n_successors;
  bool has_flow;                /* Instructions were decoded.  If not, an insn is a row of the line table.  */
};

/* Decode the function of LAYOUT.  EVIDENCE adds the targets of indirect jumps and, where there is no
   decoder for the machine, the addresses that were seen.  */
void code_read (const struct binary *binary, const struct layout *layout, const struct evidence *evidence,
                struct code *code);
void code_clear (struct code *);
/* Index of the instruction at exactly ADDRESS, or the one that holds it when WITHIN; NONE.  */
uint32_t code_insn (const struct code *, uint64_t address, bool within);

/* Decoder of one instruction at CODE (SIZE bytes, at ADDRESS) of a function's machine; attribute-decode.c.
   Fills all but count and block; false if it is none.  */
struct decoder;
struct decoder *decoder_new (const struct binary *binary); /* NULL: no decoder for this machine.  */
void decoder_free (struct decoder *);
bool decode (const struct decoder *, const unsigned char *code, uint64_t size, uint64_t address,
             struct insn *insn);

/* ---- Counts.  */

/* What is known of a function before it is looked into.  */
struct function_evidence
{
  enum pgo_evidence kind;       /* The best there is.  If exact, or branch records that abound, then of all of the binary.  */
  uint64_t clock_samples;
};

/* One for each function of TARGET, which has debug info; to be freed with pgo_free.  */
struct function_evidence *counts_survey (const struct target *target);
/* Set the counts of CODE's instructions, and weights and samples of its blocks.  */
void counts_set (const struct evidence *evidence, enum pgo_evidence kind, struct code *code);

/* ---- Keys.  */

/* A machine block that carries a key.  */
struct key_use
{
  uint32_t block;
  uint32_t n_insns;             /* Of it in that block.  */
  uint32_t n_conditional, n_calls; /* Of those, conditional jumps and calls.  */
  uint64_t count;               /* Greatest count of those: executions, or the block's estimate.  */
  bool is_first;                /* The block's first instruction (nops aside) carries it.  */
  bool decides_on;              /* The block carries nothing else, and only conditional jumps that carry the
                                   key lead to it: a tree of jumps for one statement.  */
};

/* A source location in a scope of the layout.  */
struct key
{
  uint32_t scope;
  struct pgo_location at;
  uint32_t first_use, n_uses;   /* In keys.uses, by block.  */
  uint64_t weight, samples;
};

struct keys
{
  struct key *keys;             /* By scope, then location.  */
  struct key_use *uses;
  uint32_t *of_insn;            /* Instruction to key; NONE: no line.  */
  uint32_t n_keys, n_uses;
};

void keys_read (const struct layout *layout, const struct code *code, struct keys *keys);
void keys_clear (struct keys *);

/* The weight of a key that N_USES blocks carry: how often its statement was executed.  The one place that
   decides between "the pieces of one execution" and "copies for different executions".  */
uint64_t combine_key_weights (const struct code *code, const struct key_use *uses, uint32_t n_uses);

/* ---- Branches.  */

/* Tell in INSTANCES (by scope; NULL where there is none) which way the jumps went, with evidence of KIND:
   exact or branch, else nothing is known.  */
void branches_add (struct pgo_profile *profile, struct pgo_instance *const *instances,
                   const struct evidence *evidence, enum pgo_evidence kind, const struct layout *layout,
                   const struct code *code, const struct keys *keys);

/* ---- All of it.  */

struct attribution
{
  uint64_t functions;           /* With a weight above 0.  */
  uint64_t listed;              /* All that were listed.  */
  uint64_t by_kind[PGO_EVIDENCE_EXACT + 1]; /* Functions with a weight above 0, by kind of evidence.  */
};

/* Add the functions of all targets to PROFILE.  */
void attribute (struct pgo_profile *profile, const struct target *targets, uint32_t n_targets,
                struct attribution *attribution);

#endif
