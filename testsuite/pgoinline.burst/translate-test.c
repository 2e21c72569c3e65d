/* The recorder's translator and dispatcher, piece by piece: each case is a few instructions that run three times:
   as they are; single-stepped, to learn which transfers take place; and in a burst.  Registers, flags, memory
   and what is left on the stack must come out equal, and the burst must have recorded exactly those transfers.

   A burst is begun at a known place: a signal that the thread sends itself is delivered when the system call
   returns, and the next system call ends it.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/burst-control.h"
#include "runtime/burst-cache.h"
#include "runtime/burst-records.h"
#include "runtime/burst-signals.h"
#include "unit.h"

#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* What the library's other parts would provide.  */
bool pgo_thread_is_ours (int tid);
bool
pgo_thread_is_ours (int tid)
{
  (void) tid;
  return false;
}

struct state
{
  uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rflags;
  uint64_t stack[32];           /* Below the stack pointer that the case was called with, after it.  */
  uint64_t memory[16];          /* the_memory after it.  */
  uint8_t vectors[16][32];
};

/* Send the thread SIGNAL; then load the registers from IN, call FUNCTION, and store them into OUT.  */
void run (void (*function) (void), const struct state *in, struct state *out, int signal_number);
extern const char code_begin[], code_end[];
extern uint64_t the_memory[16];

__asm__ (
  ".pushsection .text.cases,\"ax\",@progbits\n"
  ".globl code_begin, code_end, run\n"
  "code_begin:\n"
  "run:\n"
  "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
  "  push %rdx\n"
  "  mov %rdi, %r12; mov %rsi, %r13; mov %ecx, %r14d\n"
  "  mov $39, %eax; syscall\n"                         /* getpid  */
  "  mov %eax, %ebp; mov $186, %eax; syscall\n"        /* gettid  */
  "  mov %ebp, %edi; mov %eax, %esi; mov %r14d, %edx; mov $234, %eax; syscall\n" /* tgkill: delivered here.  */
  "  call inner\n"                                     /* The first transfer isn't recorded.  */
  "  mov $39, %eax; syscall\n"                         /* Ends it.  */
  "  pop %rdx; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
  "  ret\n"
  "inner:\n"
  "  mov %r12, the_function(%rip)\n"
  "  lea -256(%rsp), %rdi; mov $32, %ecx; mov $0x5a5a5a5a5a5a5a5a, %rax; rep stosq\n"
  "  mov %r13, %rsi\n"
  "  mov 120(%rsi), %rax; add $0x7f, %al; sahf\n"      /* Flags, without popf: overflow in the low byte.  */
  "  mov 0(%rsi), %rax; mov 8(%rsi), %rbx; mov 16(%rsi), %rcx; mov 24(%rsi), %rdx\n"
  "  mov 40(%rsi), %rdi; mov 48(%rsi), %rbp; mov 56(%rsi), %r8; mov 64(%rsi), %r9\n"
  "  mov 72(%rsi), %r10; mov 80(%rsi), %r11; mov 88(%rsi), %r12; mov 96(%rsi), %r13\n"
  "  mov 104(%rsi), %r14; mov 112(%rsi), %r15; mov 32(%rsi), %rsi\n"
  "  call *the_function(%rip)\n"
  "  pushfq; push %rsi; mov 24(%rsp), %rsi\n"
  "  mov %rax, 0(%rsi); mov %rbx, 8(%rsi); mov %rcx, 16(%rsi); mov %rdx, 24(%rsi)\n"
  "  pop 32(%rsi); mov %rdi, 40(%rsi); mov %rbp, 48(%rsi); mov %r8, 56(%rsi); mov %r9, 64(%rsi)\n"
  "  mov %r10, 72(%rsi); mov %r11, 80(%rsi); mov %r12, 88(%rsi); mov %r13, 96(%rsi)\n"
  "  mov %r14, 104(%rsi); mov %r15, 112(%rsi); pop 120(%rsi)\n"
  "  mov %rsi, %rdx\n"
  "  cld; lea 128(%rsi), %rdi; lea -256(%rsp), %rsi; mov $32, %ecx; rep movsq\n"
  "  lea the_memory(%rip), %rsi; mov $16, %ecx; rep movsq\n"
  "  movups %xmm0, (%rdi); movups %xmm1, 32(%rdi); movups %xmm7, 64(%rdi); movups %xmm15, 96(%rdi)\n"
  "  ret\n"
  ".local the_function; .comm the_function,8,8\n"
  ".globl the_memory; .comm the_memory,128,64\n"
  ".popsection\n");

/* One case: its name and its instructions.  */
#define CASES \
  X (plain, "lea 5(%rax,%rbx,4), %rcx; add %r8, %r9; adc %r10, %r11; not %rdx; xchg %rsi, %rdi; bswap %r12; ret") \
  X (rip_load, "mov the_memory(%rip), %rax; add the_memory+8(%rip), %rbx; lea the_memory+16(%rip), %rsi;" \
               "mov (%rsi), %rcx; lea the_memory(%rip), %rdx; sub %rdx, %rsi; xor %edx, %edx; ret") \
  X (rip_store, "mov %rax, the_memory+24(%rip); movl $0x12345678, the_memory+32(%rip); movb $7, the_memory+40(%rip);" \
                "movw $0x1234, the_memory+44(%rip); movq $-2, the_memory+48(%rip); incq the_memory+56(%rip); ret") \
  X (rip_immediate, "cmpl $0x11111111, the_memory(%rip); setz %al; imul $77, the_memory+8(%rip), %rbx;" \
                    "testb $1, the_memory+16(%rip); setnz %cl; shlq $3, the_memory+64(%rip);" \
                    "rolq %cl, the_memory+72(%rip); orw $0x101, the_memory+80(%rip); ret") \
  X (rip_vector, "movdqu the_memory(%rip), %xmm0; paddd the_memory+16(%rip), %xmm0; pshufd $27, the_memory(%rip), %xmm1;" \
                 "movups %xmm0, the_memory+32(%rip); palignr $3, the_memory(%rip), %xmm7; ret") \
  X (rip_indirect, "call *pointer_to_tail(%rip); jmp *pointer_to_ret(%rip)") \
  X (red_zone, "mov %rax, -8(%rsp); mov %rbx, -64(%rsp); mov %rcx, -128(%rsp); jmp 1f; nop; 1: test %rax, %rax;" \
               "jz 2f; mov -128(%rsp), %r8; 2: mov -64(%rsp), %r9; mov -8(%rsp), %r10;" \
               "lea 3f(%rip), %r11; jmp *%r11; 3: add -8(%rsp), %r9; xor %r11d, %r11d; ret") \
  X (direct_call, "call tail; call tail; ret") \
  X (call_pop, "call 1f; 1: pop %rax; lea 1b(%rip), %rbx; sub %rbx, %rax; xor %ebx, %ebx; ret") \
  X (return_address, "call 1f; jmp 2f; 1: mov (%rsp), %rax; lea 1b-2(%rip), %rbx; sub %rbx, %rax; ret; 2: xor %ebx, %ebx; ret") \
  X (ret_pops, "push %rax; push %rbx; call 1f; ret; 1: ret $16") \
  X (ret_to_register, "pop %rcx; push %rcx; ret") \
  X (call_registers, "lea tail(%rip), %rax; call *%rax; lea tail(%rip), %rcx; call *%rcx; lea tail(%rip), %rdx; call *%rdx;" \
                     "lea tail(%rip), %rsi; call *%rsi; lea tail(%rip), %r13; call *%r13; lea tail(%rip), %r11; call *%r11;" \
                     "xor %eax, %eax; xor %ecx, %ecx; xor %edx, %edx; xor %esi, %esi; xor %r13d, %r13d; xor %r11d, %r11d; ret") \
  X (call_memory, "lea tail(%rip), %r8; push %r8; call *(%rsp); mov %rsp, %rcx; call *(%rcx); mov $2, %ecx;" \
                  "lea -16(%rsp), %rax; call *(%rax,%rcx,8); lea -8(%rsp), %r12; call *8(%r12); mov $1, %r9d; call *-8(%rsp,%r9,8);" \
                  "pop %r8; xor %r8d, %r8d; xor %eax, %eax; xor %ecx, %ecx; xor %r12d, %r12d; ret") \
  X (call_below_stack, "lea tail(%rip), %r8; mov %r8, -8(%rsp); call *-8(%rsp); xor %r8d, %r8d; ret") \
  X (jump_memory, "lea 1f(%rip), %r8; mov %r8, -16(%rsp); jmp *-16(%rsp); 1: lea 2f(%rip), %rax; mov %rax, -24(%rsp);" \
                  "lea -24(%rsp), %rax; jmp *(%rax); nop; 2: xor %eax, %eax; xor %r8d, %r8d;" \
                  "mov %rax, -16(%rsp); mov %rax, -24(%rsp); ret") \
  X (jump_table, "mov $3, %ebx; 1: lea 9f(%rip), %rcx; movslq (%rcx,%rbx,4), %rax; add %rcx, %rax; notrack jmp *%rax;" \
                 "9: .long 2f-9b, 3f-9b, 4f-9b, 5f-9b; 2: xor %ecx, %ecx; xor %eax, %eax; ret; 3: dec %ebx; jmp 1b;" \
                 "4: dec %ebx; jmp 1b; 5: dec %ebx; jmp 1b") \
  X (conditions, "call conditions_all; add $0x7f, %al; call conditions_all; xor %ebx, %ebx; call conditions_all;" \
                 "cmp $1, %ebx; call conditions_all; sub $-128, %bl; call conditions_all; ret") \
  X (flags_survive, "stc; jmp 1f; 1: setc %al; clc; jmp 2f; 2: setc %bl; cmp %rax, %rax; call tail_flags; setz %cl;" \
                    "lea 3f(%rip), %rdx; stc; jmp *%rdx; 3: setc %dl; movzx %dl, %edx; ret") \
  X (loops, "mov $5, %ecx; 1: inc %eax; loop 1b; mov $3, %ecx; 2: inc %eax; cmp $1, %eax; loopne 2b; mov $4, %ecx;" \
            "3: cmp %eax, %eax; loope 3b; jrcxz 4f; inc %ebx; 4: mov $1, %ecx; jrcxz 5f; inc %edx; 5: xor %ecx, %ecx; jecxz 6f;" \
            "inc %edx; 6: ret") \
  X (counted, "mov $100, %ecx; 1: add %rcx, %rax; sub $1, %ecx; jnz 1b; ret") \
  X (nested, "mov $10, %ebx; 1: mov $10, %ecx; 2: add %rcx, %rax; test $3, %al; jz 3f; inc %rdx; 3: dec %ecx; jnz 2b; dec %ebx; jnz 1b; ret") \
  X (recursion, "mov $12, %edi; call fibonacci; ret") \
  X (many_jumps, "test %eax, %eax; jz 1f; test %ebx, %ebx; jz 1f; test %ecx, %ecx; jz 1f; test %edx, %edx; jz 1f;" \
                 "test %esi, %esi; jz 1f; test %edi, %edi; jz 1f; test %r8d, %r8d; jz 1f; mov $1, %r9d; 1: ret") \
  X (long_block, ".rept 60; add $0x01020304, %rax; rol $5, %rax; .endr; ret") \
  X (long_instructions, "movabs $0x1122334455667788, %r15; .rept 20; movq $0x11223344, %cs:-0x140(%rsp,%r12,1); .endr; ret") \
  X (one_byte_blocks, "jmp 1f; 1: nop; jmp 2f; 2: jmp 3f; 3: cld; ret") \
  X (push_pop, "push %rsp; pop %rax; sub %rsp, %rax; push $-5; pop %rbx; pushq 0(%rsp); pop %rcx; sub (%rsp), %rcx;" \
               "push %rdx; push %rdx; popq (%rsp); pop %rdx; sub $8, %rsp; pushq $1; pop (%rsp); pop %rsi;" \
               "mov %rsp, %rdi; push %rdi; sub %rsp, %rdi; pop %r8; sub %rsp, %r8; ret") \
  X (enter_leave, "enter $32, $0; mov %rax, -8(%rbp); call tail; leave; enter $16, $1; leave; ret") \
  X (strings, "lea the_memory(%rip), %rsi; lea the_memory+64(%rip), %rdi; mov $4, %ecx; rep movsq; sub $1, %rdi; std; mov $9, %ecx;" \
              "mov $0x33, %al; rep stosb; jmp 1f; 1: lodsb; cld; mov $3, %ecx; lea the_memory(%rip), %rdi; repne scasb; setz %bl;" \
              "lea the_memory(%rip), %rdx; sub %rdx, %rsi; sub %rdx, %rdi; xor %edx, %edx; ret") \
  X (string_empty, "xor %ecx, %ecx; stc; rep movsb; setc %al; movzx %al, %eax; ret") \
  X (locked, "lock incq the_memory(%rip); mov $1, %eax; lock xadd %rax, the_memory+8(%rip); lock cmpxchg %rbx, the_memory+16(%rip);" \
             "xchg %rdx, the_memory+24(%rip); lock cmpxchg16b the_memory+32(%rip); ret") \
  X (push_flags, "stc; pushfq; pop %rax; and $0x8d5, %eax; clc; lahf; ret") \
  X (vectors, "movq %rax, %xmm0; movq %rbx, %xmm1; punpcklqdq %xmm1, %xmm0; paddq %xmm0, %xmm0; cvtsi2sd %rcx, %xmm7;" \
              "mulsd %xmm7, %xmm7; call tail_vector; jmp 1f; 1: pxor %xmm15, %xmm15; addps %xmm0, %xmm15; ret") \
  X (x87, "fldpi; fldl2e; faddp; push %rax; fstpl (%rsp); call tail; fldl (%rsp); fldz; fucomip %st(1), %st; seta %bl;" \
          "fistpq (%rsp); pop %rax; movzx %bl, %ebx; ret") \
  X (mmx, "movq %rax, %mm0; paddb %mm0, %mm0; call tail; movq %mm0, %rbx; emms; ret") \
  X (high_registers, "mov %ah, %bl; add %ch, %dh; xchg %al, %ah; movsbl %bh, %esi; jmp 1f; 1: mov %cl, %ch; ret") \
  X (thread_local, "mov %fs:0, %rax; sub %fs:16, %rax; mov %fs:40, %rbx; sub %fs:40, %rbx; ret") \
  X (multi_nops, ".byte 0x66,0x2e,0x0f,0x1f,0x84,0,0,0,0,0; .byte 0x66,0x66,0x2e,0x0f,0x1f,0x84,0,0,0,0,0; rep nop; ret") \
  X (prefixed, "bnd jmp 1f; 1: bnd call tail; notrack call *pointer_to_tail(%rip); rep ret") \
  X (branch_hints, "test %eax, %eax; .byte 0x2e; jz 1f; .byte 0x3e; jnz 1f; nop; 1: ret") \
  X (tail_jump, "jmp tail") \
  X (branch_to_next, "jz 1f; 1: jmp 2f; 2: call 3f; 3: add $8, %rsp; ret") \
  X (entered_everywhere, "lea 2f(%rip), %rbx; mov $200, %ecx; 1: call *%rbx; inc %rbx; dec %ecx; jnz 1b; xor %ebx, %ebx; ret;" \
                         "2: .rept 200; nop; .endr; ret") \
  X (self_loop, "mov $3, %ecx; 1: loop 1b; ret") \
  X (into_middle, "xor %eax, %eax; mov $4, %ecx; jmp 2f; 1: inc %eax; 2: add $16, %eax; 3: dec %ecx; jz 4f; test $1, %cl; jz 1b; jmp 2b; 4: ret") \
  X (xlat_bound, "lea the_memory(%rip), %rbx; mov $3, %eax; xlat; xor %ebx, %ebx; ret") \
  X (bits, "bsf %rax, %rbx; popcnt %rcx, %rdx; bt $3, %r8; btsq $5, the_memory(%rip); shld $7, %rax, %r9; shrd %cl, %r9, %r10; cqto; ret")

/* The same for processors that have them.  */
#define CASES_AVX2 \
  X (avx, "vmovdqu the_memory(%rip), %ymm0; vpaddd the_memory+32(%rip), %ymm0, %ymm1; vpalignr $5, the_memory(%rip), %xmm1, %xmm7;" \
          "call tail; vpblendvb %xmm0, the_memory+16(%rip), %xmm1, %xmm15; vmovdqu %xmm7, the_memory+96(%rip);" \
          "vextracti128 $1, %ymm1, the_memory+64(%rip); vzeroupper; ret") \
  X (bmi, "andn the_memory(%rip), %rax, %rbx; rorx $7, the_memory+8(%rip), %rcx; shlx %rax, the_memory+16(%rip), %rdx; jmp 1f; 1: ret")
#define CASES_AVX512 \
  X (avx512, "vmovdqu64 the_memory(%rip), %zmm16; vpaddq the_memory(%rip){1to8}, %zmm16, %zmm17; kmovq the_memory(%rip), %k1;" \
             "call tail; vmovdqu8 %zmm17, the_memory+64(%rip){%k1}; vpternlogq $0x96, the_memory+8(%rip), %zmm16, %zmm17;" \
             "jmp 1f; 1: vextracti64x4 $1, %zmm17, the_memory+64(%rip); vzeroupper; ret")

/* Instructions before which a burst ends, in code that does nothing else than to go on.  */
#define ENDS \
  X (end_syscall, "jmp 1f; 1: push %rcx; push %r11; mov $39, %eax; syscall; pop %r11; pop %rcx; xor %eax, %eax; ret") \
  X (end_popf, "jmp 1f; 1: pushfq; popfq; ret") \
  X (end_far_ret, "jmp 1f; 1: push %rax; mov %cs, %eax; push %rax; lea 2f(%rip), %rax; push %rax; lretq; 2: pop %rax; ret") \
  X (end_iret, "jmp 1f; 1: push %rax; push %rbx; mov %rsp, %rbx; mov %ss, %eax; push %rax; push %rbx; pushfq; mov %cs, %eax; push %rax;" \
               "lea 2f(%rip), %rax; push %rax; iretq; 2: pop %rbx; pop %rax; ret") \
  X (end_segment, "jmp 1f; 1: mov %es, %eax; mov %eax, %es; ret") \
  X (end_gs_jump, "jmp 1f; 1: .byte 0xeb, 0x03; .byte 0x65, 0xff, 0xe0; lea 2f(%rip), %rax; .byte 0x65; jmp *%rax; 2: xor %eax, %eax; ret") \
  X (end_sequence, "jmp 1f; 1: lea sequence(%rip), %rax; 2: xor %eax, %eax; ret; .long 0x53053053; 3: ret;" \
                   ".pushsection .data.rel, \"aw\"; .balign 32; sequence: .long 0, 0; .quad 2b, 4, 3b; .popsection")

/* Loops of which a record takes as much time as 4, 10 and on average 6 instructions.  */
#define TIMED \
  X (timed_short, "mov $60000, %ecx; 1: dec %ecx; jnz 1b; ret") \
  X (timed_long, "mov $60000, %ecx; 1: .rept 6; lea 1(%rax), %rax; .endr; dec %ecx; jnz 1b; ret") \
  X (timed_calls, "mov $20000, %ecx; 1: call tail; dec %ecx; jnz 1b; ret")

#define X(name, text) \
  __asm__ (".pushsection .text.cases,\"ax\",@progbits\n .globl case_" #name "\n .p2align 4,0xcc\n" \
           "case_" #name ": " text "\n .popsection"); \
  void case_##name (void);
CASES
CASES_AVX2
CASES_AVX512
ENDS
TIMED
#undef X

__asm__ (
  ".pushsection .text.cases,\"ax\",@progbits\n"
  "tail: ret\n"
  "tail_flags: mov %rax, %rax; ret\n"
  "tail_vector: paddq %xmm0, %xmm0; ret\n"
  /* Each condition, as it comes and goes.  Leaves the flags alone.  */
  "conditions_all:\n"
  ".irp cc, o,no,b,ae,e,ne,be,a,s,ns,p,np,l,ge,le,g\n"
  "  j\\cc 1f; lea 1(%rdx), %rdx; 1:\n"
  "  lea (%rdx,%rdx), %rdx\n"
  ".endr\n"
  "  ret\n"
  "fibonacci: cmp $2, %edi; jb 1f; push %rdi; dec %edi; call fibonacci; pop %rdi; push %rax; sub $2, %edi; call fibonacci;"
  "  pop %rdx; add %rdx, %rax; ret; 1: mov %rdi, %rax; ret\n"
  "  .long 0xcccccccc\n"
  "code_end:\n"
  ".popsection\n"
  ".pushsection .data.rel,\"aw\",@progbits\n"
  "pointer_to_tail: .quad tail\n"
  "pointer_to_ret: .quad tail_flags\n"
  ".popsection\n");

/* Transfers seen.  */
#define MAX_SEEN 8192
struct seen
{
  uint64_t from[MAX_SEEN], to[MAX_SEEN];
  size_t n;
};
static struct seen the_stepped, the_recorded;
static uint64_t the_last_pc;
static unsigned the_bursts;

static bool
in_code (uint64_t pc)
{
  return pc >= (uintptr_t) code_begin && pc < (uintptr_t) code_end;
}

static void
see (struct seen *seen, uint64_t from, uint64_t to)
{
  if (in_code (from) && seen->n < MAX_SEEN)
    {
      seen->from[seen->n] = from;
      seen->to[seen->n++] = to;
    }
}

/* Single-stepping: note the transfer that the last instruction was.  */
static void
on_trap (int number, siginfo_t *info, void *context)
{
  (void) number, (void) info;
  greg_t *registers = ((ucontext_t *) context)->uc_mcontext.gregs;
  uint64_t pc = (uint64_t) registers[REG_RIP];
  struct pgo_insn insn;
  if (in_code (the_last_pc))
    {
      pgo_insn_decode ((const uint8_t *) (uintptr_t) the_last_pc, PGO_INSN_MAX, &insn);
      bool transfer = insn.kind != PGO_INSN_PLAIN && insn.kind != PGO_INSN_REFUSED;
      bool conditional = insn.kind == PGO_INSN_JCC || insn.kind == PGO_INSN_LOOP;
      /* A conditional jump to the next instruction can't be told from one that isn't taken.  */
      if (transfer && !(conditional && pc == the_last_pc + insn.length))
        see (&the_stepped, the_last_pc, pc);
    }
  the_last_pc = pc;
  /* Up to the second system call.  */
  if (in_code (pc) && *(const uint16_t *) (uintptr_t) pc == 0x050f)
    registers[REG_EFL] &= ~0x100;
}

static void
on_step (int number, siginfo_t *info, void *context)
{
  (void) number, (void) info;
  greg_t *registers = ((ucontext_t *) context)->uc_mcontext.gregs;
  the_last_pc = (uint64_t) registers[REG_RIP];
  registers[REG_EFL] |= 0x100;
}

static int the_overrun = 1000;

static void
on_burst (int number, siginfo_t *info, void *context)
{
  (void) number, (void) info;
  pgo_burst_tick (the_overrun, 1, context);
}

static void
on_nothing (int number)
{
  (void) number;
}

static void
observe (const uint32_t *ids, size_t n, const uint64_t *targets, size_t n_targets)
{
  size_t at = 0;
  the_bursts++;
  for (size_t i = 0; i < n; i++)
    {
      const struct pgo_cache_exit *exit = pgo_cache_exit (ids[i]);
      uint64_t to = exit->to ? exit->to : at < n_targets ? targets[at++] : 0;
      bool conditional = exit->kind == PGO_EXIT_JUMP && ((const uint8_t *) (uintptr_t) exit->from)[0] != 0xeb
                         && ((const uint8_t *) (uintptr_t) exit->from)[0] != 0xe9;
      struct pgo_insn insn;
      pgo_insn_decode ((const uint8_t *) (uintptr_t) exit->from, PGO_INSN_MAX, &insn);
      if (exit->kind != PGO_EXIT_CONTINUE && exit->kind != PGO_EXIT_STOP
          && !(conditional && insn.kind != PGO_INSN_JMP && to == exit->from + insn.length))
        see (&the_recorded, exit->from, to);
    }
}

static void
set_memory (void)
{
  for (unsigned i = 0; i < 16; i++)
    the_memory[i] = 0x1111111111111111u * i + (i << 20) + 0x0123456789abcdefu;
  the_memory[0] = 0x1111111111111111u;
}

static void
run_with (void (*function) (void), uint64_t seed, int number, struct state *out)
{
  struct state in;
  uint64_t value = seed * 0x9e3779b97f4a7c15u;
  memset (out, 0, sizeof *out);
  memset (&in, 0, sizeof in);
  for (uint64_t *word = &in.rax; word <= &in.r15; word++)
    *word = seed == 0 ? 0 : (value = value * 6364136223846793005u + 1442695040888963407u) >> (seed % 2 ? 33 : 0);
  in.r12 = seed % 2;            /* An index, in some.  */
  in.rflags = (value >> 20 & 0xd500) | (value >> 40 & 1);
  set_memory ();
  __asm__ volatile ("pxor %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; pxor %%xmm7, %%xmm7; pxor %%xmm15, %%xmm15"
                    : : : "xmm0", "xmm1", "xmm7", "xmm15");
  run (function, &in, out, number);
  out->rflags &= ~0x100ull;
}

static void
install (int number, void (*handler) (int, siginfo_t *, void *))
{
  struct sigaction action;
  memset (&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction (number, &action, NULL);
}

static void
try (const char *name, void (*function) (void))
{
  static struct state plain, stepped, burst;
  char title[100];
  bool same = true, exact = true, happened = true;
  size_t transfers = 0;
  for (uint64_t seed = 0; seed < 6; seed++)
    {
      run_with (function, seed, SIGUSR1, &plain);
      the_stepped.n = the_recorded.n = 0;
      run_with (function, seed, SIGUSR2, &stepped);
      unsigned before = the_bursts;
      run_with (function, seed, SIGALRM, &burst);
      happened &= the_bursts == before + 1;
      /* The stack's canary for what is written below the stack pointer includes return addresses: all equal.  */
      same &= memcmp (&plain, &burst, sizeof plain) == 0;
      if (memcmp (&plain, &burst, sizeof plain) != 0)
        for (size_t i = 0; i < sizeof plain / 8; i++)
          if (((uint64_t *) &plain)[i] != ((uint64_t *) &burst)[i])
            printf ("# %s, seed %d: word %zu: %lx, not %lx\n", name, (int) seed, i, ((uint64_t *) &burst)[i],
                    ((uint64_t *) &plain)[i]);
      /* Without the first, which is in the burst's first piece.  */
      bool equal = the_stepped.n == the_recorded.n + 1
                   && memcmp (the_stepped.from + 1, the_recorded.from, the_recorded.n * 8) == 0
                   && memcmp (the_stepped.to + 1, the_recorded.to, the_recorded.n * 8) == 0;
      exact &= equal;
      transfers += the_recorded.n;
      if (!equal)
        for (size_t i = 0; i < the_stepped.n && i < 40; i++)
          printf ("# %s, seed %d: stepped %lx->%lx recorded %lx->%lx\n", name, (int) seed,
                  the_stepped.from[i] - (uintptr_t) code_begin, the_stepped.to[i] - (uintptr_t) code_begin,
                  i && i <= the_recorded.n ? the_recorded.from[i - 1] - (uintptr_t) code_begin : 0,
                  i && i <= the_recorded.n ? the_recorded.to[i - 1] - (uintptr_t) code_begin : 0);
    }
  snprintf (title, sizeof title, "%s: ran in bursts", name);
  CHECK (title, happened && transfers >= 12);
  snprintf (title, sizeof title, "%s: same state", name);
  CHECK (title, same);
  snprintf (title, sizeof title, "%s: exact transfers", name);
  CHECK (title, exact);
}

/* FUNCTION runs the same, and the burst ends early for REASON.  */
static void
try_end (const char *name, void (*function) (void), enum pgo_burst_skip reason)
{
  static struct state plain, burst;
  struct pgo_burst_report before, after;
  char title[100];
  run_with (function, 3, SIGUSR1, &plain);
  pgo_burst_report (&before);
  the_recorded.n = 0;
  run_with (function, 3, SIGALRM, &burst);
  pgo_burst_report (&after);
  snprintf (title, sizeof title, "%s: same state", name);
  CHECK (title, memcmp (&plain, &burst, sizeof plain) == 0);
  snprintf (title, sizeof title, "%s: the burst ended there", name);
  CHECK (title, after.skips[reason] == before.skips[reason] + 1 && the_recorded.n <= 3);
}

/* Faults.  What the handler found, and where to.  */
static volatile struct
{
  greg_t registers[NGREG];
  uint64_t mask;
  void *address;
  int code;
} the_fault;
static uint64_t the_fault_skip;  /* Bytes to go on behind.  */

static void
on_fault (int number, siginfo_t *info, void *opaque)
{
  (void) number;
  ucontext_t *context = opaque;
  memcpy ((void *) &the_fault.registers, context->uc_mcontext.gregs, sizeof the_fault.registers);
  memcpy ((void *) &the_fault.mask, &context->uc_sigmask, 8);
  the_fault.address = info->si_addr;
  the_fault.code = info->si_code;
  context->uc_mcontext.gregs[REG_RIP] += (greg_t) the_fault_skip;
}

/* Name, instruction that faults (two bytes or more), code around it; all registers known.  */
#define FAULTS \
  X (load, 3, "mov (%r15), %rax") \
  X (store, 3, "mov %rax, (%r15)") \
  X (divide, 3, "div %r14") \
  X (undefined, 2, "ud2") \
  X (unaligned, 4, "movaps 1(%rsp), %xmm0; nop") \
  X (jump_load, 3, "jmp *(%r15)") \
  X (call_load, 3, "call *(%r15)") \
  X (vector, 5, "movups %xmm0, (%r15,%r14,1)")
#define X(name, size, text) \
  __asm__ (".pushsection .text.cases,\"ax\",@progbits\n .globl fault_" #name "\n" \
           "fault_" #name ": mov $0x1234, %r15; mov $0, %r14; xor %edx, %edx; jmp 1f; 1: inc %rcx; call tail; cmp %rax, %rbx; " \
           text "; xor %r15d, %r15d; lea (%rcx,%rcx), %rcx; ret\n .popsection"); \
  void fault_##name (void);
FAULTS
#undef X

static void
try_fault (const char *name, void (*function) (void), unsigned skip)
{
  static struct state plain, burst;
  struct pgo_burst_report before, after;
  greg_t registers[NGREG];
  char title[100];
  the_fault_skip = skip;
  run_with (function, 4, SIGUSR1, &plain);
  memcpy (registers, (void *) &the_fault.registers, sizeof registers);
  uint64_t mask = the_fault.mask;
  void *address = the_fault.address;
  int code = the_fault.code;
  memset ((void *) &the_fault, 0, sizeof the_fault);
  pgo_burst_report (&before);
  run_with (function, 4, SIGALRM, &burst);
  pgo_burst_report (&after);
  snprintf (title, sizeof title, "fault at %s: same state", name);
  CHECK (title, memcmp (&plain, &burst, sizeof plain) == 0);
  snprintf (title, sizeof title, "fault at %s: the handler sees the same", name);
  bool same = memcmp (registers, (void *) &the_fault.registers, (REG_EFL + 1) * sizeof *registers) == 0;
  for (int i = 0; i <= REG_EFL; i++)
    if (registers[i] != the_fault.registers[i])
      printf ("# register %d: %llx, not %llx\n", i, the_fault.registers[i], registers[i]);
  CHECK (title, same && the_fault.mask == mask && the_fault.address == address && the_fault.code == code);
  snprintf (title, sizeof title, "fault at %s: it was in a burst", name);
  CHECK (title, after.skips[PGO_END_FAULT] == before.skips[PGO_END_FAULT] + 1
                || after.skips[PGO_END_REFUSED] == before.skips[PGO_END_REFUSED] + 1);
}

/* What TABLE holds after one burst.  */
static struct pgo_table_totals
one_burst (struct pgo_table *table)
{
  static struct state out;
  struct pgo_table_totals totals;
  pgo_table_clear (table);
  run_with (case_direct_call, 1, SIGALRM, &out);
  pgo_burst_service (table);
  pgo_table_totals (table, &totals);
  return totals;
}

/* Begin anew by SETTINGS until the first tick begins a burst; its counts by its records.  */
static double
first_burst (struct pgo_table *table, const struct pgo_burst_settings *settings)
{
  struct pgo_table_totals totals = { .added = { 0 } };
  the_overrun = 0;
  for (unsigned i = 0; i < 400 && totals.records[PGO_SAMPLE_RANGE] == 0; i++)
    {
      if (!pgo_burst_pause () || pgo_burst_open (settings) != NULL)
        break;
      pgo_burst_run ();
      totals = one_burst (table);
    }
  the_overrun = 1000;
  return totals.records[PGO_SAMPLE_RANGE]
         ? (double) totals.added[PGO_SAMPLE_RANGE] / (double) totals.records[PGO_SAMPLE_RANGE] : 0;
}

/* Of a record, in a burst in FUNCTION.  */
static double
weight_in (struct pgo_table *table, void (*function) (void))
{
  static struct state out;
  struct pgo_burst_report before, after;
  struct pgo_table_totals totals;
  pgo_table_clear (table);
  pgo_burst_report (&before);
  run_with (function, 1, SIGALRM, &out);
  pgo_burst_report (&after);
  pgo_burst_service (table);
  pgo_table_totals (table, &totals);
  return (double) totals.records[PGO_SAMPLE_RANGE] / (double) (after.records - before.records);
}

static void
test_weights (void)
{
  struct pgo_table *table = pgo_table_new (1u << 20);
  REQUIRE ("a table", table);
  pgo_burst_service (table);
  /* All of the CPU time, a second a tick: overhead is nothing.  */
  const struct pgo_burst_settings plenty = { .budget_ppm = 1000000, .period_ns = 1000000000, .records = 4000 };
  CHECK ("a burst stands for itself", first_burst (table, &plenty) == 1);
  double usual_weight = weight_in (table, case_timed_short), long_ratio = usual_weight / weight_in (table, case_timed_long);
  double call_ratio = usual_weight / weight_in (table, case_timed_calls);
  CHECK ("a record weighs less, the more instructions it has", long_ratio > 2.4 && long_ratio < 2.6);
  CHECK ("and the more of them return", call_ratio > 1.45 && call_ratio < 1.55);
  /* 4,000 records at 50 ns cost .2 ms, the first burst of a process 1.5 ms besides.  With a lower budget it comes later, but
     as many are left out.  */
  const struct pgo_burst_settings usual = { .budget_ppm = 50000, .period_ns = 4000000 };
  double first = first_burst (table, &usual);
  CHECK ("the first of a process stands for those that its debt left out", first > 4 && first < 14);
  struct pgo_table_totals later = one_burst (table);
  double ratio = (double) later.added[PGO_SAMPLE_RANGE] / (double) later.records[PGO_SAMPLE_RANGE];
  CHECK ("later ones for what was spent since", later.records[PGO_SAMPLE_RANGE] > 0 && ratio >= 1 && ratio < 4);
  pgo_table_free (table);
}

int
main (void)
{
  struct pgo_burst_settings settings = { .budget_ppm = 1000000, .period_ns = 1000000000 };
  const char *reason = pgo_burst_open (&settings);
  if (reason)
    {
      printf ("UNSUPPORTED: bursts: %s\n", reason);
      return unit_done ();
    }
  pgo_records_observer = observe;
  signal (SIGUSR1, on_nothing);
  install (SIGUSR2, on_step);
  install (SIGTRAP, on_trap);
  install (SIGALRM, on_burst);
  pgo_burst_run ();
#define X(name, text) try (#name, case_##name);
  CASES
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("bmi2"))
    {
      CASES_AVX2
    }
  if (__builtin_cpu_supports ("avx512bw"))
    {
      CASES_AVX512
    }
#undef X
#define X(name, text) try_end (#name, case_##name, PGO_END_REFUSED);
  ENDS
#undef X

  test_weights ();

  /* From here on the library stands before the handlers of faults.  */
  REQUIRE ("handlers are taken over", pgo_signals_begin (SIGRTMIN + 5) == 0);
  install (SIGSEGV, on_fault);
  install (SIGFPE, on_fault);
  install (SIGILL, on_fault);
  install (SIGBUS, on_fault);
#define X(name, size, text) try_fault (#name, fault_##name, size);
  FAULTS
#undef X
  return unit_done ();
}
