/* Call chains by frame pointers: see frames.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/frames.h"
#include "runtime/raw.h"

#include <string.h>
#include <ucontext.h>

/* The next frame is taken to be no farther up the stack than this, bytes.  */
#define MAX_FRAME_BYTES (1u << 20)
/* Stack read at a time: most frames of a chain come with one system call.  */
#define WINDOW_BYTES 512u

struct registers
{
  uint64_t pc, sp, fp;
};

static struct registers
registers_of (const void *context)
{
  const ucontext_t *uc = context;
  struct registers r = { 0, 0, 0 };
#if defined __x86_64__
  r.pc = (uint64_t) uc->uc_mcontext.gregs[REG_RIP];
  r.sp = (uint64_t) uc->uc_mcontext.gregs[REG_RSP];
  r.fp = (uint64_t) uc->uc_mcontext.gregs[REG_RBP];
#elif defined __i386__
  r.pc = (uint32_t) uc->uc_mcontext.gregs[REG_EIP];
  r.sp = (uint32_t) uc->uc_mcontext.gregs[REG_ESP];
  r.fp = (uint32_t) uc->uc_mcontext.gregs[REG_EBP];
#elif defined __aarch64__
  r.pc = uc->uc_mcontext.pc;
  r.sp = uc->uc_mcontext.sp;
  r.fp = uc->uc_mcontext.regs[29];
#elif defined __riscv
  r.pc = uc->uc_mcontext.__gregs[REG_PC];
#else
  (void) uc;
#endif
  return r;
}

uint64_t
pgo_frames_pc (const void *context)
{
  return registers_of (context).pc;
}

unsigned
pgo_frames_walk (const void *context, uint64_t *chain, unsigned max)
{
  struct registers r = registers_of (context);
  _Alignas (16) uint8_t window[WINDOW_BYTES];
  uint64_t window_start = 0, window_bytes = 0;
  uint64_t below = r.sp, fp = r.fp;
  unsigned n = 0;
  chain[n++] = r.pc;
  while (n < max)
    {
      /* Of a frame: the caller's frame pointer, then the return address.  */
      uintptr_t frame[2];
      if (fp < below || fp - below > MAX_FRAME_BYTES || fp % sizeof (uintptr_t) != 0)
        break;
      if (fp < window_start || fp + sizeof frame > window_start + window_bytes)
        {
          /* Not across a page's end, where the stack may end.  */
          uint64_t to_page_end = 4096 - fp % 4096;
          window_start = fp;
          window_bytes = to_page_end < sizeof frame ? sizeof frame
                         : to_page_end < WINDOW_BYTES ? to_page_end : WINDOW_BYTES;
          if (!pgo_raw_peek (window_start, window, window_bytes))
            break;
        }
      memcpy (frame, window + (fp - window_start), sizeof frame);
      if (frame[1] == 0)
        break;
      chain[n++] = frame[1] - 1;
      below = fp + sizeof frame;
      fp = frame[0];
    }
  return n;
}
