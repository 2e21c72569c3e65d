/* Translation of one block.  The code written, for a block of two exits at P (S is the thread's state):

                     jmp changed             the checks below chain back to here
     entry:          mov P, %rcx             8 bytes of the program
                     movabs $-WORD, %rax
                     lea (%rcx,%rax), %rcx   no flag changes
                     jrcxz 1f
                     jmp (one back)
     1:              ... the other words
                     mov S.rax, %rax
                     mov S.rcx, %rcx
                     INSN ...                the program's
                     jCC taken
                     INSN ...
                     (exit: the transfer that ends the block)
     taken:          (exit of the conditional jump)

   An exit that is logged:

                     mov %rax, S.rax
                     mov %rcx, S.rcx
                     [movabs $RETURN, %rax;  push %rax]      a call
                     mov S.count, %rcx
                     mov S.log_end, %rax
                     movl $ID, (%rax,%rcx,4)
                     lea 1(%rcx), %rcx
                     mov %rcx, S.count
                     jrcxz stop
                     jmp link                patched to the next block's entry
     link:           mov $ID, %eax;  jmp trampoline
     stop:           mov $ID, %eax;  jmp trampoline

   Indirect ones load the target into rcx and the id into eax; the dispatcher does the rest.

   Restartable sequences (rseq): the kernel recognises one by the address of the program counter, which in a
   burst is another.  A sequence is announced by storing the address of its descriptor (struct rseq_cs)
   into the thread's area; whoever does so has that address from a lea or a mov just before.  Such an
   instruction is refused, so that the sequence runs in the original code.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-translate.h"

#include <string.h>

/* Offsets of an exit within a block's source are bytes, of its code 16 bits.  */
_Static_assert (PGO_BLOCK_BYTES + PGO_INSN_MAX < 256, "struct pgo_place.at");

/* Hardware register numbers.  */
enum { RAX = 0, RCX = 1 };

struct item
{
  struct pgo_insn insn;
  uint8_t at;                   /* Offset in the program's code.  */
};

struct writer
{
  const struct pgo_translate_request *request;
  struct pgo_translation *result;
  uint32_t at;                  /* Bytes written.  */
};

/* N bytes, the lowest of BYTES first; the others are written too, and overwritten by what follows.  */
static inline void
put (struct writer *w, unsigned n, uint64_t bytes)
{
  memcpy (w->request->out + w->at, &bytes, 8);
  w->at += n;
}

static uint64_t
here (const struct writer *w)
{
  return w->request->out_pc + w->at;
}

/* A 32-bit displacement from the end of the instruction, which has AFTER more bytes behind it.  */
static void
put_relative (struct writer *w, uint64_t target, unsigned after)
{
  put (w, 4, (uint32_t) (target - (here (w) + 4 + after)));
}

static void
put_jump (struct writer *w, uint64_t target)
{
  put (w, 1, 0xe9);
  put_relative (w, target, 0);
}

/* mov REGISTER, S.FIELD; or the other way round.  */
static void
put_save (struct writer *w, unsigned reg, unsigned field)
{
  put (w, 5, 0x2504894864 | (uint64_t) reg << 27);
  put (w, 4, (uint32_t) (w->request->tls + (int32_t) field));
}

static void
put_load (struct writer *w, unsigned reg, unsigned field)
{
  put (w, 5, 0x25048b4864 | (uint64_t) reg << 27);
  put (w, 4, (uint32_t) (w->request->tls + (int32_t) field));
}

/* mov $ID, %eax.  */
static void
put_id (struct writer *w, uint32_t id)
{
  put (w, 5, 0xb8 | (uint64_t) id << 8);
}

static void
put_constant (struct writer *w, unsigned reg, uint64_t value)
{
  put (w, 2, 0xb848 | reg << 8);
  put (w, 8, value);
}

/* The next instruction written stands for the program's at offset AT.  */
static void
place (struct writer *w, unsigned at, enum pgo_place_state state)
{
  struct pgo_translation *t = w->result;
  if (t->n_places < PGO_BLOCK_PLACES)
    t->places[t->n_places++] = (struct pgo_place) { .code_at = w->at, .at = at, .state = state };
}

/* Compare N bytes of the program, 8, 4, 2 or 1, at offset AT with what they are now.  BACK: where a jump to the
   dispatcher is; updated to one that is nearer to what follows.  */
static void
put_check_word (struct writer *w, unsigned at, unsigned n, uint32_t *back)
{
  uint64_t address = w->request->pc + at, word = 0;
  memcpy (&word, w->request->bytes + at, n);
  place (w, 0, PGO_PLACE_SAVED);
  if (n == 8)
    put (w, 3, 0x0d8b48);
  else if (n == 4)
    put (w, 2, 0x0d8b);
  else
    put (w, 3, n == 2 ? 0x0db70f : 0x0db60f);
  put_relative (w, address, 0);
  if (n == 8)
    {
      put_constant (w, RAX, -word);
      put (w, 1, 0x48);
    }
  else
    put_id (w, -(uint32_t) word);
  put (w, 3, 0x010c8d);         /* lea (%rcx,%rax), %rcx or %ecx.  */
  put (w, 2, 0x02e3);           /* jrcxz over  */
  put (w, 2, 0xeb | (uint64_t) (uint8_t) (*back - (w->at + 2)) << 8); /* jmp back.  */
  *back = w->at - 2;
}

static void
put_check (struct writer *w, unsigned size)
{
  uint32_t back = w->at;
  put_id (w, w->request->block_id);
  put_jump (w, w->request->trampolines->changed);
  w->result->entry = w->at;
  unsigned at = 0;
  for (; at + 8 <= size; at += 8)
    put_check_word (w, at, 8, &back);
  if (at < size)
    {
      if (size >= 8)
        put_check_word (w, size - 8, 8, &back);
      else
        for (unsigned n = 4; n > 0; n /= 2)
          if (size - at >= n)
            {
              put_check_word (w, at, n, &back);
              at += n;
            }
    }
}

static bool
takes_sequence (const struct writer *w, const struct item *item)
{
  const struct pgo_insn *insn = &item->insn;
  const uint8_t *bytes = w->request->bytes + item->at;
  uint64_t pc = w->request->pc + item->at;
  uint8_t opcode = bytes[insn->opcode_at];
  int32_t value;
  if (insn->rip_at)
    {
      memcpy (&value, bytes + insn->rip_at, 4);
      return opcode == 0x8d
             && pgo_object_is_sequence (w->request->object, pc, pc + insn->length + (uint64_t) (int64_t) value);
    }
  /* Absolute, in programs at fixed addresses: mov $A, %r32; mov $A, r/m64.  */
  bool plain_mov = insn->opcode_at <= 1 && opcode >= 0xb8 && opcode < 0xc0 && insn->length == insn->opcode_at + 5u;
  bool store = opcode == 0xc7 && (insn->rex & 8);
  if (!plain_mov && !store)
    return false;
  memcpy (&value, bytes + insn->length - 4, 4);
  return pgo_object_is_sequence (w->request->object, pc, (uint32_t) value);
}

/* Whether a rip-relative operand at ADDRESS can be named from anywhere in the code.  */
static bool
in_reach (const struct writer *w, uint64_t address)
{
  int64_t distance = (int64_t) (address - w->request->out_pc);
  return distance < INT32_MAX - PGO_BLOCK_ROOM && distance > INT32_MIN + PGO_BLOCK_ROOM;
}

/* Decode the block into ITEMS; their number.  Sets the result's size and refusal; *LAST to the kind of what
   ends it: an instruction's, PGO_INSN_PLAIN if it was cut off, PGO_INSN_REFUSED.  */
static unsigned
decode (struct writer *w, struct item items[PGO_BLOCK_INSNS], enum pgo_insn_kind *last)
{
  const struct pgo_translate_request *q = w->request;
  size_t size = q->size < PGO_BLOCK_LOOK ? q->size : PGO_BLOCK_LOOK;
  unsigned n = 0, at = 0, jumps = 0;
  w->result->refusal = PGO_REFUSAL_NONE;
  *last = PGO_INSN_PLAIN;
  while (n < PGO_BLOCK_INSNS && at < PGO_BLOCK_BYTES)
    {
      struct item *item = &items[n];
      item->at = at;
      pgo_insn_decode (w->request->bytes + at, size - at, &item->insn);
      if (item->insn.kind != PGO_INSN_REFUSED && takes_sequence (w, item))
        {
          item->insn.kind = PGO_INSN_REFUSED;
          item->insn.refusal = PGO_REFUSAL_SEQUENCE;
        }
      if (item->insn.kind == PGO_INSN_REFUSED)
        {
          w->result->refusal = item->insn.refusal;
          *last = PGO_INSN_REFUSED;
          break;
        }
      if (item->insn.rip_at)
        {
          int32_t value;
          memcpy (&value, w->request->bytes + at + item->insn.rip_at, 4);
          if (!in_reach (w, q->pc + at + item->insn.length + (int64_t) value))
            {
              *last = PGO_INSN_REFUSED;
              break;
            }
        }
      n++;
      at += item->insn.length;
      enum pgo_insn_kind kind = item->insn.kind;
      if (kind == PGO_INSN_JCC || kind == PGO_INSN_LOOP)
        {
          /* What follows a backward jump is rarely next, but would be checked each time round.  */
          if (q->start || ++jumps == PGO_BLOCK_JUMPS || item->insn.displacement < 0)
            break;
        }
      else if (kind != PGO_INSN_PLAIN)
        {
          *last = kind;
          break;
        }
    }
  w->result->size = at;
  return n;
}

static void
put_insn (struct writer *w, const struct item *item)
{
  const uint8_t *bytes = w->request->bytes + item->at;
  const struct pgo_insn *insn = &item->insn;
  place (w, item->at, PGO_PLACE_LIVE);
  uint8_t *out = w->request->out + w->at;
  for (unsigned i = 0; i < insn->length; i++)
    out[i] = bytes[i];
  if (insn->rip_at)
    {
      /* As far from the operand as the code moved.  */
      int32_t value;
      memcpy (&value, bytes + insn->rip_at, 4);
      value += (int32_t) (w->request->pc + item->at - here (w));
      memcpy (out + insn->rip_at, &value, 4);
    }
  w->at += insn->length;
}

/* The conditional jump ITEM, to an exit not yet written: returns where its 32-bit displacement is.  */
static uint32_t
put_conditional (struct writer *w, const struct item *item)
{
  if (item->insn.kind == PGO_INSN_JCC)
    put (w, 2, 0x800f | (unsigned) item->insn.condition << 8);
  else
    {
      for (unsigned i = 0; i <= item->insn.opcode_at; i++)
        put (w, 1, w->request->bytes[item->at + i]);
      put (w, 1, 2);            /* Over  */
      put (w, 2, 0x05eb);       /* a jump over  */
      put (w, 1, 0xe9);         /* the jump.  */
    }
  put (w, 4, 0);
  return w->at - 4;
}

static void
patch_here (struct writer *w, uint32_t at)
{
  uint32_t displacement = w->at - (at + 4);
  memcpy (w->request->out + at, &displacement, 4);
}

/* mov OPERAND, %rcx, of the indirect transfer ITEM.  */
static void
put_target_load (struct writer *w, const struct item *item)
{
  const struct pgo_insn *insn = &item->insn;
  const uint8_t *operand = w->request->bytes + item->at + insn->modrm_at;
  put (w, 1, 0x48 | (insn->rex & 3)); /* X and B as they were.  */
  put (w, 1, 0x8b);
  put (w, 1, (operand[0] & 0xc7) | RCX << 3);
  if (insn->rip_at)
    {
      int32_t value;
      memcpy (&value, operand + 1, 4);
      put_relative (w, w->request->pc + item->at + insn->length + (int64_t) value, 0);
    }
  else
    for (unsigned i = 1; i < insn->operand_length; i++)
      put (w, 1, operand[i]);
}

/* Push the address behind ITEM, a call.  */
static void
put_push_return (struct writer *w, const struct item *item)
{
  put_constant (w, RAX, w->request->pc + item->at + item->insn.length);
  place (w, item->at, PGO_PLACE_SAVED);
  put (w, 1, 0x50);
}

/* An exit of KIND from ITEM (CONTINUE, STOP: the last before) to the address TO.  */
static void
put_exit (struct writer *w, enum pgo_exit_kind kind, const struct item *item, uint64_t to)
{
  const struct pgo_translate_request *q = w->request;
  struct pgo_translation *t = w->result;
  uint32_t id = q->first_exit_id + t->n_exits;
  struct pgo_exit *exit = &t->exits[t->n_exits++];
  *exit = (struct pgo_exit) { .from = q->pc + item->at, .to = to, .kind = kind };

  put_save (w, RAX, PGO_T_RAX);
  put_save (w, RCX, PGO_T_RCX);
  bool indirect = kind == PGO_EXIT_INDIRECT_JUMP || kind == PGO_EXIT_INDIRECT_CALL || kind == PGO_EXIT_RETURN;
  if (indirect)
    {
      place (w, item->at, PGO_PLACE_SAVED);
      if (kind == PGO_EXIT_RETURN)
        {
          put (w, 1, 0x59);     /* pop %rcx.  */
          if (item->insn.pop)
            put (w, 8, 0x24a48d48 | (uint64_t) item->insn.pop << 32); /* lea N(%rsp), %rsp.  */
        }
      else
        put_target_load (w, item);
    }
  if (kind == PGO_EXIT_CALL || kind == PGO_EXIT_INDIRECT_CALL)
    put_push_return (w, item);

  if (q->start)
    {
      if (!indirect)
        put_constant (w, RCX, to);
      put_jump (w, kind == PGO_EXIT_STOP ? q->trampolines->quit : q->trampolines->go);
      return;
    }
  if (indirect || kind == PGO_EXIT_STOP)
    {
      put_id (w, id);
      put_jump (w, indirect ? q->trampolines->indirect : q->trampolines->stop);
      return;
    }
  put_load (w, RCX, PGO_T_COUNT);
  put_load (w, RAX, PGO_T_LOG_END);
  put (w, 7, 0x8804c7 | (uint64_t) id << 24); /* movl $ID, (%rax,%rcx,4).  */
  put (w, 4, 0x01498d48);       /* lea 1(%rcx), %rcx.  */
  put_save (w, RCX, PGO_T_COUNT);
  /* The displacement that is patched, while other threads may run through it, is aligned.  */
  unsigned pad = (unsigned) -(here (w) + 3) & 3;
  put (w, 2, 0xe3 | (pad + 5 + 10) << 8); /* jrcxz stop.  */
  put (w, pad, 0x909090);       /* nop.  */
  put (w, 1, 0xe9);
  exit->link = here (w);
  put (w, 4, 0);
  put_id (w, id);
  put_jump (w, q->trampolines->link);
  put_id (w, id);
  put_jump (w, q->trampolines->stop);
}

bool
pgo_translate (const struct pgo_translate_request *request, struct pgo_translation *result)
{
  struct writer w = { .request = request, .result = result };
  struct item items[PGO_BLOCK_INSNS];
  enum pgo_insn_kind last;
  result->n_exits = result->n_places = 0;
  result->code_size = result->entry = 0;
  unsigned n = decode (&w, items, &last);
  if (n == 0)
    return false;
  /* The checks name the code itself.  */
  if (!request->start && !(in_reach (&w, request->pc) && in_reach (&w, request->pc + result->size)))
    return false;

  if (!request->start)
    put_check (&w, result->size);
  put_load (&w, RAX, PGO_T_RAX);
  put_load (&w, RCX, PGO_T_RCX);

  uint32_t taken[PGO_BLOCK_JUMPS];
  const struct item *jumps[PGO_BLOCK_JUMPS];
  unsigned n_jumps = 0;
  for (unsigned i = 0; i < n; i++)
    if (items[i].insn.kind == PGO_INSN_PLAIN)
      put_insn (&w, &items[i]);
    else if (items[i].insn.kind == PGO_INSN_JCC || items[i].insn.kind == PGO_INSN_LOOP)
      {
        jumps[n_jumps] = &items[i];
        taken[n_jumps++] = put_conditional (&w, &items[i]);
      }
  const struct item *end = &items[n - 1];
  uint64_t next = request->pc + result->size, target = next + (int64_t) end->insn.displacement;
  switch (last)
    {
    case PGO_INSN_JMP: put_exit (&w, PGO_EXIT_JUMP, end, target); break;
    case PGO_INSN_CALL: put_exit (&w, PGO_EXIT_CALL, end, target); break;
    case PGO_INSN_JMP_INDIRECT: put_exit (&w, PGO_EXIT_INDIRECT_JUMP, end, 0); break;
    case PGO_INSN_CALL_INDIRECT: put_exit (&w, PGO_EXIT_INDIRECT_CALL, end, 0); break;
    case PGO_INSN_RET: put_exit (&w, PGO_EXIT_RETURN, end, 0); break;
    case PGO_INSN_REFUSED: put_exit (&w, PGO_EXIT_STOP, end, next); break;
    default: put_exit (&w, PGO_EXIT_CONTINUE, end, next); break;
    }
  result->exits[0].insns = (uint8_t) n;
  result->exits[0].blocks = (uint8_t) (n_jumps > 0 && jumps[n_jumps - 1] == end ? n_jumps : n_jumps + 1);
  for (unsigned i = 0; i < n_jumps; i++)
    {
      patch_here (&w, taken[i]);
      put_exit (&w, PGO_EXIT_JUMP, jumps[i],
                request->pc + jumps[i]->at + jumps[i]->insn.length + (int64_t) jumps[i]->insn.displacement);
      result->exits[i + 1].insns = (uint8_t) (jumps[i] - items + 1);
      result->exits[i + 1].blocks = (uint8_t) (i + 1);
    }
  result->code_size = w.at;
  return true;
}

#endif
