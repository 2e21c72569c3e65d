/* Processor state that survives: vector registers of every width, tiles, x87 and MMX, rounding modes and exception flags,
   all arithmetic flags and the direction flag, red zones.

   { burst-options "-mno-red-zone -lm" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each keeps a value in the registers named, for some 10 microseconds of jumps and calls, and returns what is left.  */
#define SPIN "mov $3000, %%ecx; 1: call 3f; dec %%ecx; jnz 1b; jmp 2f; 3: lea 1(%%rax), %%rax; ret; 2:"

static int
keep_sse (uint64_t value)
{
  uint64_t out[16];
  __asm__ volatile ("movq %1, %%xmm0\n"
                    ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n movq %%xmm0, %%xmm\\n; psllq $\\n, %%xmm\\n\n .endr\n" SPIN
                    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n movq %%xmm\\n, 8*\\n(%0)\n .endr\n"
                    : : "r" (out), "r" (value) : "rax", "rcx", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                      "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  int good = 1;
  for (unsigned i = 0; i < 16; i++)
    good &= out[i] == value << i;
  return good;
}

__attribute__ ((target ("avx2")))
static int
keep_avx (uint64_t value)
{
  uint64_t out[16][4];
  __asm__ volatile ("vmovq %1, %%xmm0; vpbroadcastq %%xmm0, %%ymm0\n"
                    ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n vpsllq $\\n, %%ymm0, %%ymm\\n\n .endr\n" SPIN
                    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n vmovdqu %%ymm\\n, 32*\\n(%0)\n .endr\n vzeroupper\n"
                    : : "r" (out), "r" (value) : "rax", "rcx", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                      "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  int good = 1;
  for (unsigned i = 0; i < 16; i++)
    for (unsigned k = 0; k < 4; k++)
      good &= out[i][k] == value << i;
  return good;
}

__attribute__ ((target ("avx512f,avx512bw")))
static int
keep_avx512 (uint64_t value)
{
  uint64_t out[32][8], masks[7];
  __asm__ volatile ("vpbroadcastq %2, %%zmm0\n"
                    ".irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                    " vpsllq $\\n, %%zmm0, %%zmm\\n\n .endr\n"
                    ".irp n, 1,2,3,4,5,6,7\n lea \\n(%2), %%rax; kmovq %%rax, %%k\\n\n .endr\n" SPIN
                    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                    " vmovdqu64 %%zmm\\n, 64*\\n(%0)\n .endr\n"
                    ".irp n, 1,2,3,4,5,6,7\n kmovq %%k\\n, 8*(\\n-1)(%1)\n .endr\n vzeroupper\n"
                    : : "r" (out), "r" (masks), "r" (value) : "rax", "rcx", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
                      "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                      "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
                      "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7");
  int good = 1;
  for (unsigned i = 0; i < 32; i++)
    for (unsigned k = 0; k < 8; k++)
      good &= out[i][k] == value << i;
  for (unsigned i = 0; i < 7; i++)
    good &= masks[i] == value + i + 1;
  return good;
}

/* Linux: arch/x86/include/uapi/asm/prctl.h; the number of the tiles' state is Intel's.  */
#define ARCH_REQ_XCOMP_PERM 0x1023
#define TILE_DATA 18

/* Eight tiles of 16 rows of 64 bytes.  Bursts end before instructions that use them.  */
static int
keep_tiles (uint64_t value)
{
  static uint64_t in[8][128], out[8][128];
  struct { uint8_t palette, start, reserved[14]; uint16_t columns[16]; uint8_t rows[16]; } shape = { .palette = 1 };
  for (unsigned i = 0; i < 8; i++)
    {
      shape.columns[i] = 64;
      shape.rows[i] = 16;
      for (unsigned k = 0; k < 128; k++)
        in[i][k] = value * (i + 1) + k;
    }
  memset (out, 0, sizeof out);
  __asm__ volatile ("ldtilecfg (%2); mov $64, %%edx; mov %0, %%rsi; mov %1, %%rdi\n"
                    ".irp n, 0,1,2,3,4,5,6,7\n tileloadd 1024*\\n(%%rsi,%%rdx,1), %%tmm\\n\n .endr\n" SPIN
                    ".irp n, 0,1,2,3,4,5,6,7\n tilestored %%tmm\\n, 1024*\\n(%%rdi,%%rdx,1)\n .endr\n tilerelease\n"
                    : : "r" (in), "r" (out), "r" (&shape) : "rax", "rcx", "rdx", "rsi", "rdi", "memory", "cc");
  return memcmp (in, out, sizeof in) == 0;
}

static int
keep_x87 (double value)
{
  long double out[8];
  uint16_t control = 0, wanted = 0x0a7f; /* Round up, 53 bits.  */
  uint16_t usual;
  __asm__ volatile ("fnstcw %3; fldcw %4\n"
                    ".rept 8\n fldl %2\n .endr\n faddl %2; fxch %%st(3); fsqrt; fxch %%st(3)\n" SPIN
                    "fnstcw %1\n.irp n, 0,1,2,3,4,5,6,7\n fstpt 16*\\n(%0)\n .endr\n fldcw %3\n"
                    : : "r" (out), "m" (control), "m" (value), "m" (usual), "m" (wanted) : "rax", "rcx", "memory", "cc", "st",
                      "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
  int good = *(volatile uint16_t *) &control == wanted;
  for (unsigned i = 0; i < 8; i++)
    good &= i == 3 ? fabsl (out[i] * out[i] - value) < 1e-9L * value : (double) out[i] == (i == 0 ? value + value : value);
  return good;
}

static int
keep_mmx (uint64_t value)
{
  uint64_t out[8];
  __asm__ volatile ("movq %1, %%mm0\n .irp n, 1,2,3,4,5,6,7\n movq %%mm0, %%mm\\n; psllq $\\n, %%mm\\n\n .endr\n" SPIN
                    ".irp n, 0,1,2,3,4,5,6,7\n movq %%mm\\n, 8*\\n(%0)\n .endr\n emms\n"
                    : : "r" (out), "r" (value) : "rax", "rcx", "memory", "cc");
  int good = 1;
  for (unsigned i = 0; i < 8; i++)
    good &= out[i] == value << i;
  return good;
}

/* Flags across jumps and calls that leave them alone, and the red zone with them.  */
static int
keep_flags (uint8_t flags)
{
  uint64_t out, zone;
  __asm__ volatile ("mov $200, %%r8d; mov %b2, %%ah; mov %%rax, %%r9; mov $1, %%r10d\n"
                    "4: mov %%r9, %%rax; mov %%r9, -16(%%rsp); mov %%r9, -120(%%rsp); sahf\n"
                    "   jmp 5f; nop; 5: lea 6f(%%rip), %%rdx; jmp *%%rdx; nop; 6: jmp 7f; 7:\n"
                    "   lahf; mov -16(%%rsp), %%rdx; xor -120(%%rsp), %%rdx; jz 8f; xor %%r10d, %%r10d\n"
                    "8: cmp -15(%%rsp), %%ah; je 9f; xor %%r10d, %%r10d\n"
                    "9: dec %%r8d; jnz 4b; movzx %%ah, %%eax; mov %%r10, %1; mov %%rax, %0\n"
                    : "=&r" (out), "=&r" (zone) : "Q" (flags) : "rax", "rdx", "r8", "r9", "r10", "cc", "memory");
  return zone == 1 && out == flags;
}

static int
keep_direction (void)
{
  unsigned char a[600], b[600];
  for (unsigned i = 0; i < sizeof a; i++)
    a[i] = (unsigned char) (i * 7), b[i] = 0;
  const unsigned char *from = a + sizeof a - 1;
  unsigned char *to = b + sizeof b - 1;
  __asm__ volatile ("std; mov $300, %%edx; 1: movsb; call 2f; dec %%edx; jnz 1b; jmp 3f; 2: movsb; ret; 3: cld"
                    : "+S" (from), "+D" (to) : : "rdx", "memory", "cc");
  return memcmp (a, b, sizeof a) == 0;
}

static int
keep_environment (unsigned i)
{
  static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
  volatile double one = 1, three = 3, sum = 0;
  fesetround (modes[i % 4]);
  feclearexcept (FE_ALL_EXCEPT);
  for (unsigned k = 0; k < 300; k++)
    sum += one / three;
  int mode = fegetround (), inexact = fetestexcept (FE_INEXACT) != 0;
  fesetround (FE_TONEAREST);
  return mode == modes[i % 4] && inexact && sum > 99.99 && sum < 100.01;
}

int
main (void)
{
  unsigned sse = 0, avx = 0, avx512 = 0, tiles = 0, x87 = 0, mmx = 0, flags = 0, direction = 0, environment = 0;
  int has_avx = __builtin_cpu_supports ("avx2") != 0, has_avx512 = __builtin_cpu_supports ("avx512bw") != 0;
  int has_tiles = 0;
  for (unsigned i = 1; i <= 3000; i++)
    {
      uint64_t value = i * 0x9e3779b97f4a7c15u;
      if (i == 1500)            /* From then on the state is larger.  */
        has_tiles = syscall (SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
      tiles += (unsigned) (has_tiles ? keep_tiles (value) : 1);
      sse += (unsigned) keep_sse (value);
      avx += (unsigned) (has_avx ? keep_avx (value) : 1);
      avx512 += (unsigned) (has_avx512 ? keep_avx512 (value) : 1);
      x87 += (unsigned) keep_x87 (1.0 + i / 3.0);
      mmx += (unsigned) keep_mmx (value);
      flags += (unsigned) keep_flags ((uint8_t) ((value & 0xd5) | 2));
      direction += (unsigned) keep_direction ();
      environment += (unsigned) keep_environment (i);
    }
  printf ("sse %u, avx %u, avx512 %u, tiles %u, x87 %u, mmx %u\n", sse, avx, avx512, tiles, x87, mmx);
  if (!has_avx)
    puts ("UNSUPPORTED: the processor has no AVX2");
  if (!has_avx512)
    puts ("UNSUPPORTED: the processor has no AVX-512");
  if (!has_tiles)
    puts ("UNSUPPORTED: no tiles (AMX), or the system gives none");
  printf ("flags %u, direction %u, environment %u\n", flags, direction, environment);
  return 0;
}
