/* The dispatcher: from block to block where blocks are not linked, into the recorder's C code and out of
   it, and out of a burst.

   General registers only.  Until `slow' no flag changes and nothing is pushed.  rdx holds the offset of
   the thread's state from fs throughout.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#define S(field) %fs:PGO_T_##field(%rdx)

	.section pgo_burst_text,"ax",@progbits
	.globl	pgo_burst_text_start, pgo_burst_text_end
	.hidden	pgo_burst_text_start, pgo_burst_text_end
	.globl	pgo_burst_begin, pgo_burst_indirect, pgo_burst_link, pgo_burst_changed, pgo_burst_stop
	.globl	pgo_burst_go, pgo_burst_quit, pgo_burst_signal_entry, pgo_burst_restorer
	.globl	pgo_burst_read, pgo_burst_read_at, pgo_burst_read_end
	.hidden	pgo_burst_begin, pgo_burst_indirect, pgo_burst_link, pgo_burst_changed, pgo_burst_stop
	.hidden	pgo_burst_go, pgo_burst_quit, pgo_burst_signal_entry, pgo_burst_restorer
	.hidden	pgo_burst_read, pgo_burst_read_at, pgo_burst_read_end
	.hidden	pgo_burst_find, pgo_burst_resolve, pgo_burst_finish, pgo_burst_on_signal

	.p2align 6
pgo_burst_text_start:

/* An indirect transfer: eax is the exit's id, rcx the target.  */
pgo_burst_indirect:
	mov	%rsi, S(RSI)
	mov	S(TARGETS), %rsi
	mov	%rcx, (%rsi)
	lea	8(%rsi), %rsi
	mov	%rsi, S(TARGETS)
	mov	%rcx, S(TARGET)
	mov	S(COUNT), %rcx
	mov	S(LOG_END), %rsi
	mov	%eax, (%rsi,%rcx,4)
	lea	1(%rcx), %rcx
	mov	%rcx, S(COUNT)
	jrcxz	.Lnear_quit
	mov	S(TARGET), %rcx
/* Two probes of the table here; the rest in C.  Shifts change flags: multiplied by 32 and read from its second byte on, an address
   is divided by 8.  */
.Llookup:
	lea	(,%rcx,8), %rax
	lea	(,%rax,4), %rax
	mov	%rax, S(INDEX)
	movzwl	%fs:1+PGO_T_INDEX(%rdx), %eax
	mov	S(LOOKUP), %rsi
	lea	(%rax,%rax), %rax
	lea	(%rsi,%rax,8), %rsi
	mov	(%rsi), %rax
	lea	(%rcx,%rax), %rcx
	jrcxz	.Lhit
	mov	S(TARGET), %rcx
	lea	16(%rsi), %rsi
	mov	(%rsi), %rax
	lea	(%rcx,%rax), %rcx
	jrcxz	.Lhit
	movq	$PGO_WHY_LOOKUP, S(WHY)
	jmp	.Lslow
.Lnear_quit:
	jmp	.Lquit
.Lhit:
	mov	8(%rsi), %rcx
	mov	S(RSI), %rsi
	mov	S(RDX), %rdx
	jmp	*%rcx

/* To the address in rcx, unlogged.  */
	.p2align 4
pgo_burst_go:
	mov	%rsi, S(RSI)
	mov	%rcx, S(TARGET)
	jmp	.Llookup

pgo_burst_begin:
	movq	$PGO_WHY_START, S(WHY)
	jmp	.Lslow

pgo_burst_link:
	mov	%rsi, S(RSI)
	mov	%rax, S(ID)
	movq	$PGO_WHY_LINK, S(WHY)
	jmp	.Lslow

pgo_burst_changed:
	mov	%rsi, S(RSI)
	mov	%rax, S(ID)
	movq	$PGO_WHY_CHANGED, S(WHY)
	jmp	.Lslow

pgo_burst_stop:
	mov	%rsi, S(RSI)
	mov	%rax, S(ID)
	movq	$PGO_WHY_STOP, S(WHY)
	jmp	.Lslow

pgo_burst_quit:
	mov	%rsi, S(RSI)
	mov	%rcx, S(TARGET)
.Lquit:
	movq	$PGO_WHY_QUIT, S(WHY)

/* Save all that C may change, and all that pgo_burst_finish needs; go over to the recorder's stack.  */
.Lslow:
	mov	%rbx, S(RBX)
	mov	%rbp, S(RBP)
	mov	%rdi, S(RDI)
	mov	%r8, S(R8)
	mov	%r9, S(R9)
	mov	%r10, S(R10)
	mov	%r11, S(R11)
	mov	%r12, S(R12)
	mov	%r13, S(R13)
	mov	%r14, S(R14)
	mov	%r15, S(R15)
	mov	%rsp, S(RSP)
	mov	S(STACK), %rsp
	pushfq
	pop	%rax
	mov	%rax, S(RFLAGS)
	/* Direction flag and alignment check as C expects them.  */
	pushq	$2
	popfq
	mov	%fs:0, %rbx
	add	%rdx, %rbx
	mov	%rbx, %rdi
	call	pgo_burst_find
	test	%rax, %rax
	jnz	.Lresume
	/* No more than the kernel saves: what lies behind that belongs to its format, and is no state of this program (tiles
	   that it has not asked for).  */
	mov	PGO_T_XSAVE(%rbx), %r12
	mov	PGO_T_FEATURES(%rbx), %eax
	mov	4+PGO_T_FEATURES(%rbx), %edx
	xsave64	(%r12)
	mov	%rbx, %rdi
	call	pgo_burst_resolve
	test	%rax, %rax
	jz	.Lfinish
	mov	%rax, %r13
	mov	PGO_T_FEATURES(%rbx), %eax
	mov	4+PGO_T_FEATURES(%rbx), %edx
	xrstor64 (%r12)
	/* What is mapped twice was written at another address than it is executed at.  Processors promise to notice only after
	   an instruction that serialises; of those this one needs no privilege and isn't intercepted in virtual machines.  */
	mov	%rsp, %rax
	mov	%ss, %ecx
	push	%rcx
	push	%rax
	pushfq
	mov	%cs, %ecx
	push	%rcx
	lea	1f(%rip), %rcx
	push	%rcx
	iretq
1:	mov	%r13, %rax
.Lresume:
	mov	%rax, %rcx
	pushq	PGO_T_RFLAGS(%rbx)
	popfq
	mov	PGO_T_RDX(%rbx), %rdx
	mov	PGO_T_RSI(%rbx), %rsi
	mov	PGO_T_RBP(%rbx), %rbp
	mov	PGO_T_RDI(%rbx), %rdi
	mov	PGO_T_R8(%rbx), %r8
	mov	PGO_T_R9(%rbx), %r9
	mov	PGO_T_R10(%rbx), %r10
	mov	PGO_T_R11(%rbx), %r11
	mov	PGO_T_R12(%rbx), %r12
	mov	PGO_T_R13(%rbx), %r13
	mov	PGO_T_R14(%rbx), %r14
	mov	PGO_T_R15(%rbx), %r15
	mov	PGO_T_RSP(%rbx), %rsp
	mov	PGO_T_RBX(%rbx), %rbx
	jmp	*%rcx

/* The way out, of all registers and the signal mask at once: return from the signal that began the burst, by a frame
   that says where the program is now.  No system call but the one that every signal handler makes, so that
   no seccomp filter can object.  */
.Lfinish:
	mov	%rbx, %rdi
	call	pgo_burst_finish
	mov	%rax, %rsp
	movl	$0, PGO_T_ACTIVE(%rbx)
	mov	$15, %eax		/* rt_sigreturn.  */
	syscall
	hlt

/* A fault at pgo_burst_read_at goes on behind it, with rcx the bytes that are left.  Its frame is put where one of the
   program's own would be.  */
	.p2align 4
	.type	pgo_burst_read, @function
pgo_burst_read:
	mov	%rdx, %rcx
	mov	%rsp, %rdx
	mov	pgo_burst_self@gottpoff(%rip), %rax
	mov	%fs:PGO_T_RSP(%rax), %rsp
pgo_burst_read_at:
	rep movsb
pgo_burst_read_end:
	mov	%rdx, %rsp
	mov	%rcx, %rax
	ret
	.size	pgo_burst_read, .-pgo_burst_read

	.p2align 4
	.type	pgo_burst_signal_entry, @function
pgo_burst_signal_entry:
	.cfi_startproc
	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	push	%rdx
	.cfi_adjust_cfa_offset 8
	call	pgo_burst_on_signal
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	test	%rax, %rax
	jz	1f
	jmp	*%rax
1:	ret
	.cfi_endproc
	.size	pgo_burst_signal_entry, .-pgo_burst_signal_entry

/* These very bytes are how unwinders know a signal frame; so no unwind table for them.  */
	.p2align 4
	nop
	.type	pgo_burst_restorer, @function
pgo_burst_restorer:
	mov	$15, %rax
	syscall
	.size	pgo_burst_restorer, .-pgo_burst_restorer

pgo_burst_text_end:

#endif

	.section .note.GNU-stack,"",@progbits
