/* Beginning and end of bursts; see burst-control.h.

   Which ticks begin one, and how long it is to be, is the budget's (burst-budget.h); times are measured by the time stamp
   counter.  Each tick stands for as much time, so each burst counts the same, whatever its length: a record of a burst that is
   to be twice as long counts half.  But a burst for which others were left out, to pay for the translation of code, counts for
   these, too: what is new to the recorder would seem to be executed less.  So does the first one of a process, with the highest
   of the debts that the process might have begun with: the lower its own was, the sooner it came, but the more there are that
   end before they have one.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-layout.h"

#if PGO_BURST_SUPPORTED

#include "runtime/burst-control.h"

#include "runtime/burst-budget.h"
#include "runtime/burst-cache.h"
#include "runtime/burst-dispatch.h"
#include "runtime/burst-records.h"
#include "runtime/burst-signals.h"
#include "runtime/raw.h"

#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <x86intrin.h>

/* Of the recorder's stack in a burst: the translator takes some 6 KB, the frame of a signal that arrives then up to 12 KB,
   if the thread has the widest of extended states (AMX).  */
#define STACK_BYTES 32768u
/* Kernel: arch/x86/include/uapi/asm/sigcontext.h.  */
#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u
/* Of struct _fpx_sw_bytes in the legacy area, with its size.  */
#define FP_SOFTWARE_AT 464u
#define FP_SOFTWARE_BYTES 48u
#define XSTATE_BV_AT 512u
/* What the kernel reads of a ucontext_t: its signal mask is 8 bytes.  */
#define KERNEL_CONTEXT_BYTES (offsetof (ucontext_t, uc_sigmask) + 8)
#define TRAP_FLAG 0x100
#define USER_CODE_64 0x33
/* Charged to each tick and burst besides what is measured: the kernel's part of a timer's signal, and of the rt_sigreturn
   that ends a burst.  Measured in a virtual machine with AVX-512 state: a signal to oneself takes 2.0 us more than the same
   call without a signal, the return from it somewhat less than half of that.  */
#define TICK_NS 2500u
#define BURST_NS 1000u
/* First guess of a record's cost.  */
#define RECORD_NS 50u
/* What the first burst of a process takes besides, to translate its code: bursts of 4,000 records took .9 to 2.1 ms in short
   processes of tcc, lua and duktape.  */
#define FIRST_BURST_NS 1500000u
/* How long a thread waits for the records of others to be added up: a few times as long as that takes for a full log, unless
   who does it is descheduled.  */
#define PATIENCE_NS 40000u
/* The same of the collector's thread, for which nobody waits.  */
#define SERVICE_PATIENCE_NS 2000000u
/* One visit to the slow path that took longer was interrupted.  */
#define SLOW_OUTLIER_NS 50000u
/* Least records of a burst at budgets up to the one that this many can use up on a machine that is slow at it; beyond, so
   many times as many.  */
#define USUAL_RECORDS 4000u
#define USUAL_BUDGET_PPM 50000u
/* Services between looks at which threads are gone.  */
#define RECLAIM_EVERY 8u
/* New translations of changed code in a burst.  */
#define MAX_CHANGED 16u

/* A thread's buffers.  Before it the recorder's stack, behind it extended state, log, targets.  */
struct pgo_burst_buffers
{
  /* The stack pointer of the way out: a signal that arrives there has the stack below.  */
  struct
  {
    uint64_t restorer;
    ucontext_t context;         /* As the tick found it; its mask is 8 bytes to the kernel.  */
  } frame;
  uint8_t *xsave;
  uint32_t *log;
  uint64_t *targets;

  int tid;                      /* Owner; 0: none.  */
  uint32_t index;
  uint32_t planned;             /* Records of the burst,  */
  uint32_t length;              /* that the log now takes,  */
  uint32_t left;                /* that the burst may have beyond, */
  uint32_t added;               /* and that were added up already.  */
  uint32_t pending;             /* Of the last one, not added up yet.  */
  uint32_t n_targets;
  uint32_t n_changed;
  uint32_t stands_for;          /* 256ths of bursts.  */
  uint32_t weight;              /* Of the burst's records, were it one; 0: not known yet.  */
  uint64_t begun, slow;         /* When the burst began; what its slow paths took: time stamps.  */
  uint32_t end;                 /* enum pgo_burst_skip, or PGO_N_SKIPS: a full burst.  */
  bool ending;                  /* No instruction of the program's is to come.  */
  bool is_deferred[PGO_BURST_FAULTS]; /* Signals that were sent meanwhile.  */
  siginfo_t deferred[PGO_BURST_FAULTS];
};

__thread struct pgo_burst_thread pgo_burst_self __attribute__ ((tls_model ("initial-exec")));

static struct
{
  struct pgo_burst_settings settings;
  char *pool;                   /* PGO_BURST_THREADS of them.  */
  size_t stride;                /* Bytes apart.  */
  uint32_t xsave_bytes;
  uint32_t n_used;              /* Beyond, no buffers were handed out yet.  */
  bool running;
  uint32_t active;              /* Bursts.  */
  const char *refusal;
  uint64_t tsc_per_us;          /* Times 1024.  */
  uint32_t least;               /* Records of a burst: at least; a burst of so many has weights as they are.  */
  uint64_t bursts, records;     /* So far.  */
  uint64_t ticks;
  uint32_t services;
  uint64_t bursts_served;       /* Bursts at the last service.  */
  uint64_t skips[PGO_N_SKIPS];
} the;

static uint64_t
to_tsc (uint64_t ns)
{
  return ns * the.tsc_per_us / (1000 * 1024);
}

static uint64_t
to_ns (uint64_t tsc)
{
  return the.tsc_per_us ? (uint64_t) ((__uint128_t) tsc * (1000 * 1024) / the.tsc_per_us) : 0;
}

static void
count (uint64_t *counter, uint64_t n)
{
  __atomic_fetch_add (counter, n, __ATOMIC_RELAXED);
}

static struct pgo_burst_buffers *
buffers_at (uint32_t index)
{
  return (struct pgo_burst_buffers *) (void *) (the.pool + index * the.stride + STACK_BYTES);
}

static size_t
round_up (size_t n, size_t to)
{
  return (n + to - 1) / to * to;
}

/* Counts of the time stamp counter a microsecond.  */
static void
calibrate (void)
{
  struct timespec wait = { 0, 1000000 };
  uint64_t ns = pgo_raw_now_ns (), tsc = __rdtsc ();
  pgo_syscall (SYS_nanosleep, &wait, NULL);
  ns = pgo_raw_now_ns () - ns;
  tsc = __rdtsc () - tsc;
  the.tsc_per_us = ns ? tsc * 1024 * 1000 / ns : 0;
}

/* Whether user shadow stacks are on: rdsspq leaves its operand alone where they are not.  */
static bool
has_shadow_stack (enum pgo_burst_machine pretended)
{
  uint64_t pointer = 0;
  __asm__ volatile ("rdsspq %0" : "+r" (pointer));
  return pointer != 0 || the.settings.machine == pretended;
}

static const char *
make_buffers (void)
{
  unsigned eax, ebx, ecx, edx;
  if (the.pool)
    return NULL;
  /* Bit 27: the system has enabled xsave.  Leaf 13: ECX, size for all that the processor supports.  */
  if (the.settings.machine == PGO_MACHINE_NO_XSAVE || !__get_cpuid (1, &eax, &ebx, &ecx, &edx) || !(ecx & 1u << 27)
      || !__get_cpuid_count (13, 0, &eax, &ebx, &ecx, &edx))
    return "the processor has no xsave";
  the.xsave_bytes = round_up (ecx + sizeof (uint32_t), 64);
  size_t log_at = STACK_BYTES + round_up (sizeof (struct pgo_burst_buffers), 64) + the.xsave_bytes;
  size_t targets_at = log_at + PGO_BURST_LOG * sizeof (uint32_t);
  the.stride = round_up (targets_at + PGO_BURST_LOG * sizeof (uint64_t), 4096);
  the.pool = pgo_raw_map (PGO_BURST_THREADS * the.stride);
  if (!the.pool)
    return "no memory for the threads' buffers";
  return NULL;
}

const char *
pgo_burst_open (const struct pgo_burst_settings *settings)
{
  the.settings = *settings;
  if (has_shadow_stack (PGO_MACHINE_SHADOW_STACK))
    return "user shadow stacks are on";
  if (!pgo_object_init ())
    return "the C library is older than 2.35";
  const char *reason = make_buffers ();
  if (!reason && !pgo_records_open ())
    reason = "no memory for the counts";
  if (!reason)
    reason = pgo_cache_open (PGO_BURST_THREADS, settings->dual, settings->max_blocks);
  if (reason)
    return reason;
  calibrate ();
  if (the.tsc_per_us == 0 || settings->machine == PGO_MACHINE_NO_TSC)
    return "no time stamp counter";
  uint64_t length = settings->records;
  if (length == 0)
    length = settings->budget_ppm <= USUAL_BUDGET_PPM ? USUAL_RECORDS
             : (uint64_t) USUAL_RECORDS * settings->budget_ppm / USUAL_BUDGET_PPM;
  the.least = length < PGO_BURST_MIN_RECORDS ? PGO_BURST_MIN_RECORDS
              : length > PGO_BURST_MAX_RECORDS ? PGO_BURST_MAX_RECORDS : (uint32_t) length;
  /* Times are in counts of the time stamp counter.  When a process begins is the chance by which it has its debt.  */
  uint64_t first = settings->at_once ? 0 : to_tsc (FIRST_BURST_NS);
  pgo_budget_open (&(struct pgo_budget_settings) {
    .allowance = (int64_t) (to_tsc (settings->period_ns) * settings->budget_ppm / 1000000),
    .tick_cost = (int64_t) to_tsc (TICK_NS), .burst_cost = (int64_t) to_tsc (BURST_NS),
    .record_cost = (int64_t) to_tsc (RECORD_NS * 256),
    .first_cost = (int64_t) first,
    .debt = first ? (int64_t) (__rdtsc () % (first + to_tsc ((uint64_t) RECORD_NS * the.least))) : 0,
    .least = the.least, .most = settings->records ? the.least : PGO_BURST_MAX_RECORDS
  });
  the.refusal = NULL;
  return NULL;
}

void
pgo_burst_run (void)
{
  __atomic_store_n (&the.running, true, __ATOMIC_SEQ_CST);
}

bool
pgo_burst_pause (void)
{
  /* Who begins a burst says so first, and then looks whether he may.  */
  __atomic_store_n (&the.running, false, __ATOMIC_SEQ_CST);
  for (unsigned i = 0; i < 1000; i++)
    {
      struct timespec wait = { 0, 1000000 };
      if (__atomic_load_n (&the.active, __ATOMIC_SEQ_CST) == 0)
        return true;
      pgo_syscall (SYS_nanosleep, &wait, NULL);
    }
  return false;
}

const char *
pgo_burst_refusal (void)
{
  return __atomic_load_n (&the.refusal, __ATOMIC_RELAXED);
}

void
pgo_burst_refuse (const char *reason)
{
  __atomic_store_n (&the.refusal, reason, __ATOMIC_SEQ_CST);
}

void
pgo_burst_forget (void)
{
  /* The buffers of this thread stay its own; those of the parent's other threads are free.  */
  pgo_burst_self.active = 0;
  the.running = false;
  the.active = 0;
  the.ticks = the.bursts = the.records = the.bursts_served = 0;
  memset (the.skips, 0, sizeof the.skips);
  for (uint32_t i = 0; i < the.n_used; i++)
    {
      struct pgo_burst_buffers *b = buffers_at (i);
      b->pending = 0;
      b->tid = 0;
    }
  pgo_burst_self.buffers = NULL;
  pgo_budget_forget ();
  pgo_records_forget ();
  pgo_cache_forget ();
}

/* Buffers for this thread, TID; NULL if there are none left.  */
static struct pgo_burst_buffers *
take_buffers (int tid)
{
  for (uint32_t i = 0; i < PGO_BURST_THREADS; i++)
    {
      struct pgo_burst_buffers *b = buffers_at (i);
      char *base = (char *) b;
      int none = 0;
      /* What makes them this thread's is its number there, and nothing else.  */
      if (__atomic_load_n (&b->tid, __ATOMIC_RELAXED) != 0
          || !__atomic_compare_exchange_n (&b->tid, &none, tid, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        continue;
      b->index = i;
      b->xsave = (uint8_t *) base + round_up (sizeof *b, 64);
      b->log = (uint32_t *) (void *) (b->xsave + the.xsave_bytes);
      b->targets = (uint64_t *) (void *) (b->log + PGO_BURST_LOG);
      uint32_t n = __atomic_load_n (&the.n_used, __ATOMIC_RELAXED);
      while (n <= i && !__atomic_compare_exchange_n (&the.n_used, &n, i + 1, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
      return b;
    }
  return NULL;
}

/* Add up B's log, unless the lock of the records can't be had in PATIENCE_NS: whether nothing is pending now.  */
static bool
add_pending (struct pgo_burst_buffers *b, uint64_t patience_ns)
{
  if (__atomic_load_n (&b->pending, __ATOMIC_ACQUIRE) == 0)
    return true;
  if (!pgo_records_lock (to_tsc (patience_ns)))
    return false;
  /* It may have been added meanwhile.  */
  uint32_t n = __atomic_load_n (&b->pending, __ATOMIC_ACQUIRE);
  if (n != 0 && b->weight == 0)
    b->weight = pgo_records_weight (b->log, n, b->planned, the.least);
  if (n != 0)
    pgo_records_add (b->log, n, b->targets, b->n_targets, b->weight, b->stands_for);
  __atomic_store_n (&b->pending, 0, __ATOMIC_RELEASE);
  pgo_records_unlock ();
  return true;
}

/* The kernel's description of extended state in the tick's frame, into B's own: its features, which may be fewer than the
   processor has (0 if there is none, or it is larger than expected).  */
static uint64_t
copy_state_format (struct pgo_burst_buffers *b, const void *state)
{
  struct
  {
    uint32_t magic1, extended_size;
    uint64_t features;
    uint32_t xstate_size;
  } software;
  const char *bytes = state;
  if (!state)
    return 0;
  memcpy (&software, bytes + FP_SOFTWARE_AT, sizeof software);
  if (software.magic1 != FP_MAGIC1 || software.xstate_size + sizeof (uint32_t) > the.xsave_bytes
      || software.xstate_size < XSTATE_BV_AT + 64)
    return 0;
  memcpy (b->xsave + FP_SOFTWARE_AT, bytes + FP_SOFTWARE_AT, FP_SOFTWARE_BYTES);
  const uint32_t magic2 = FP_MAGIC2;
  memcpy (b->xsave + software.xstate_size, &magic2, sizeof magic2);
  return software.features;
}

/* Let the next records be logged from the beginning.  */
static void
start_log (struct pgo_burst_thread *self, struct pgo_burst_buffers *b)
{
  b->length = b->left < PGO_BURST_LOG ? b->left : PGO_BURST_LOG;
  b->left -= b->length;
  self->count = -(int64_t) b->length;
  self->log_end = b->log + b->length;
  self->targets = b->targets;
}

/* Whether the thread interrupted at CONTEXT is on its signal stack.  A signal that arrives when a burst is on the recorder's
   stack would be given that stack from its beginning.  */
static bool
on_signal_stack (const ucontext_t *context)
{
  uint64_t sp = (uint64_t) context->uc_mcontext.gregs[REG_RSP], start = (uintptr_t) context->uc_stack.ss_sp;
  return !(context->uc_stack.ss_flags & SS_DISABLE) && sp - start <= context->uc_stack.ss_size;
}

/* Redirect the thread interrupted at CONTEXT.  False if it can't be.  */
static bool
begin (struct pgo_burst_thread *self, struct pgo_burst_buffers *b, ucontext_t *context)
{
  greg_t *registers = context->uc_mcontext.gregs;
  self->features = copy_state_format (b, context->uc_mcontext.fpregs);
  if (self->features == 0)
    return false;
  memcpy (&b->frame.context, context, KERNEL_CONTEXT_BYTES);
  b->left = b->planned = pgo_budget_length ();
  b->added = 0;
  b->n_changed = 0;
  b->weight = 0;
  b->stands_for = pgo_budget_begin ();
  b->slow = 0;
  b->end = PGO_N_SKIPS;
  b->ending = false;
  memset (b->is_deferred, 0, sizeof b->is_deferred);
  self->rax = (uint64_t) registers[REG_RAX];
  self->rcx = (uint64_t) registers[REG_RCX];
  self->rdx = (uint64_t) registers[REG_RDX];
  self->rsi = (uint64_t) registers[REG_RSI];
  start_log (self, b);
  self->target = (uint64_t) registers[REG_RIP];
  self->why = PGO_WHY_START;
  self->lookup = pgo_cache_slots ();
  self->stack = b;
  self->xsave = b->xsave;
  self->active = 1;
  registers[REG_RIP] = (greg_t) (uintptr_t) pgo_burst_begin;
  registers[REG_RDX] = pgo_burst_tls_offset ();
  const uint64_t blocked = ~(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGFPE - 1)
                             | 1ull << (SIGILL - 1) | 1ull << (SIGTRAP - 1));
  memcpy (&context->uc_sigmask, &blocked, sizeof blocked);
  return true;
}

void
pgo_burst_tick (int overrun, int tid, void *opaque)
{
  struct pgo_burst_thread *self = &pgo_burst_self;
  ucontext_t *context = opaque;
  const greg_t *registers = context->uc_mcontext.gregs;
  uint64_t now = __rdtsc (), ticks = 1 + (uint64_t) (overrun > 0 ? overrun : 0);
  if (the.tsc_per_us == 0 || self->active || tid == 0)
    return;
  struct pgo_burst_buffers *b = self->buffers;
  if (!b || __atomic_load_n (&b->tid, __ATOMIC_RELAXED) != tid)
    b = self->buffers = take_buffers (tid);
  count (&the.ticks, ticks);
  if (!b)
    {
      count (&the.skips[PGO_SKIP_BUFFERS], 1);
      return;
    }
  enum pgo_burst_skip skip = PGO_N_SKIPS;
  if (!pgo_budget_earn (ticks))
    skip = PGO_SKIP_CREDIT;
  else if ((registers[REG_EFL] & TRAP_FLAG) || (registers[REG_CSGSFS] & 0xffff) != USER_CODE_64
           || on_signal_stack (context))
    skip = PGO_SKIP_STATE;
  else if (has_shadow_stack (PGO_MACHINE_SHADOW_STACK_LATER))
    {
      pgo_burst_refuse ("user shadow stacks are on");
      skip = PGO_SKIP_STATE;
    }
  else if (!add_pending (b, 0))
    skip = PGO_SKIP_PENDING;
  else
    {
      __atomic_fetch_add (&the.active, 1, __ATOMIC_SEQ_CST);
      if (!__atomic_load_n (&the.running, __ATOMIC_SEQ_CST) || pgo_burst_refusal () || pgo_cache_full ())
        skip = PGO_SKIP_PAUSED;
      else if (!begin (self, b, context))
        skip = PGO_SKIP_STATE;
      if (skip != PGO_N_SKIPS)
        __atomic_fetch_sub (&the.active, 1, __ATOMIC_SEQ_CST);
    }
  b->begun = now;
  if (skip != PGO_N_SKIPS)
    count (&the.skips[skip], 1);
}

/* Hand over what SELF has logged, to be added up; false if that has to wait.  */
static bool
add_log (struct pgo_burst_thread *self, struct pgo_burst_buffers *b)
{
  uint32_t n = (uint32_t) (b->length + self->count);
  if (n != 0)
    {
      b->added += n;
      b->n_targets = (uint32_t) (self->targets - b->targets);
      self->count = -(int64_t) b->length;
      __atomic_store_n (&b->pending, n, __ATOMIC_RELEASE);
    }
  return add_pending (b, PATIENCE_NS);
}

/* The burst of SELF is over, after what it has logged: add up, charge.  It stays active, for signals, until the thread has
   left the recorder.  */
static void
end (struct pgo_burst_thread *self)
{
  struct pgo_burst_buffers *b = self->buffers;
  b->ending = true;
  add_log (self, b);
  uint32_t n = b->added;
  if (b->end < PGO_N_SKIPS)
    count (&the.skips[b->end], 1);

  /* What the recorder itself was the reason for says nothing of how long others can be.  */
  bool by_program = b->end == PGO_END_REFUSED || b->end == PGO_END_FOREIGN || b->end == PGO_END_CHANGED
                    || b->end == PGO_END_FAULT;
  pgo_budget_pay (by_program ? b->planned : n, n, __rdtsc () - b->begun, b->slow);
  count (&the.records, n);
  count (&the.bursts, 1);
  __atomic_fetch_sub (&the.active, 1, __ATOMIC_SEQ_CST);

  /* To be delivered when the program's mask is back.  */
  for (unsigned slot = 0; slot < PGO_BURST_FAULTS; slot++)
    if (b->is_deferred[slot])
      {
        const uint64_t all = ~(uint64_t) 0;
        pgo_syscall (SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
        pgo_signals_send_again (&b->deferred[slot]);
      }
}

/* Give up with REASON.  */
static uint64_t
give_up (struct pgo_burst_thread *self, enum pgo_burst_skip reason)
{
  self->buffers->end = reason;
  return 0;
}

PGO_GENERAL_REGS
uint64_t
pgo_burst_find (struct pgo_burst_thread *self)
{
  if (self->why == PGO_WHY_LOOKUP)
    return pgo_cache_find (self->target);
  if (self->why != PGO_WHY_LINK)
    return 0;
  const struct pgo_cache_exit *exit = pgo_cache_exit ((uint32_t) self->id);
  uint64_t code = pgo_cache_find (exit->to);
  if (code)
    pgo_cache_link ((uint32_t) self->id, code);
  return code;
}

/* Whether the thread is about to announce a restartable sequence: then the address of its descriptor is in a register,
   where an instruction before the burst has put it.  */
static bool
holds_sequence (const struct pgo_burst_buffers *b, const struct pgo_object *object, uint64_t pc)
{
  const greg_t *registers = b->frame.context.uc_mcontext.gregs;
  for (int i = REG_R8; i <= REG_RCX; i++)
    if (pgo_object_is_sequence (object, pc, (uint64_t) registers[i]))
      return true;
  return false;
}

/* New code for SELF's target.  */
static uint64_t
translate (struct pgo_burst_thread *self)
{
  struct pgo_object object;
  enum pgo_refusal refusal;
  uint64_t code;
  if (!pgo_object_find (self->target, &object) || !pgo_object_code_end (&object, self->target))
    return give_up (self, PGO_END_FOREIGN);
  if (self->why == PGO_WHY_START && holds_sequence (self->buffers, &object, self->target))
    return give_up (self, PGO_END_REFUSED);
  if (self->why == PGO_WHY_START)
    code = pgo_cache_add_start (self->buffers->index, self->target, &object, &refusal);
  else
    {
      if (!pgo_cache_try_lock ())
        return give_up (self, PGO_END_LOCKED);
      code = pgo_cache_add (self->target, &object, &refusal);
      if (code && self->why == PGO_WHY_LINK)
        pgo_cache_link ((uint32_t) self->id, code);
      pgo_cache_unlock ();
    }
  return code ? code : give_up (self, refusal ? PGO_END_REFUSED : PGO_END_FULL);
}

/* The log is full.  Go on at SELF's target with it empty, if the burst may be longer.  */
static uint64_t
go_on (struct pgo_burst_thread *self)
{
  struct pgo_burst_buffers *b = self->buffers;
  if (self->count != 0 || b->left == 0)
    return 0;
  if (__rdtsc () - b->begun > to_tsc (PGO_BURST_MAX_NS))
    return give_up (self, PGO_END_LONG);
  if (!add_log (self, b))
    return give_up (self, PGO_END_LOCKED);
  start_log (self, b);
  self->why = PGO_WHY_LOOKUP;
  uint64_t code = pgo_cache_find (self->target);
  return code ? code : translate (self);
}

uint64_t
pgo_burst_resolve (struct pgo_burst_thread *self)
{
  struct pgo_burst_buffers *b = self->buffers;
  uint64_t begun = __rdtsc (), code = 0;
  switch (self->why)
    {
    case PGO_WHY_LINK:
      self->target = pgo_cache_exit ((uint32_t) self->id)->to;
      code = translate (self);
      break;
    case PGO_WHY_START:
    case PGO_WHY_LOOKUP:
      code = translate (self);
      break;
    case PGO_WHY_CHANGED:
      self->target = pgo_cache_block_pc ((uint32_t) self->id);
      if (++b->n_changed > MAX_CHANGED)
        give_up (self, PGO_END_CHANGED);
      else
        {
          /* Perhaps someone has translated it anew already; if not, or if that has changed again, its check tells.  */
          code = pgo_cache_successor ((uint32_t) self->id);
          if (!code)
            code = translate (self);
        }
      break;
    case PGO_WHY_STOP:
      {
        const struct pgo_cache_exit *exit = pgo_cache_exit ((uint32_t) self->id);
        self->target = exit->to;
        if (exit->kind == PGO_EXIT_STOP)
          {
            give_up (self, PGO_END_REFUSED);
            self->log_end[self->count++] = (uint32_t) self->id;
          }
        else
          code = go_on (self);
        break;
      }
    default:                    /* PGO_WHY_QUIT.  */
      code = go_on (self);
      break;
    }
  uint64_t took = __rdtsc () - begun, most = to_tsc (SLOW_OUTLIER_NS);
  b->slow += took < most ? took : most;
  return code;
}

void *
pgo_burst_finish (struct pgo_burst_thread *self)
{
  struct pgo_burst_buffers *b = self->buffers;
  ucontext_t *context = &b->frame.context;
  greg_t *registers = context->uc_mcontext.gregs;
  /* Code cache and segment registers, the fault address and so on are as the tick found them.  */
  registers[REG_R8] = (greg_t) self->r8;
  registers[REG_R9] = (greg_t) self->r9;
  registers[REG_R10] = (greg_t) self->r10;
  registers[REG_R11] = (greg_t) self->r11;
  registers[REG_R12] = (greg_t) self->r12;
  registers[REG_R13] = (greg_t) self->r13;
  registers[REG_R14] = (greg_t) self->r14;
  registers[REG_R15] = (greg_t) self->r15;
  registers[REG_RDI] = (greg_t) self->rdi;
  registers[REG_RSI] = (greg_t) self->rsi;
  registers[REG_RBP] = (greg_t) self->rbp;
  registers[REG_RBX] = (greg_t) self->rbx;
  registers[REG_RDX] = (greg_t) self->rdx;
  registers[REG_RAX] = (greg_t) self->rax;
  registers[REG_RCX] = (greg_t) self->rcx;
  registers[REG_RSP] = (greg_t) self->rsp;
  registers[REG_RIP] = (greg_t) self->target;
  registers[REG_EFL] = (greg_t) self->rflags;
  context->uc_mcontext.fpregs = (fpregset_t) (void *) b->xsave;
  end (self);
  return &b->frame.context;
}

PGO_BURST_TEXT
bool
pgo_burst_fault (void *opaque)
{
  struct pgo_burst_thread *self = &pgo_burst_self;
  ucontext_t *context = opaque;
  greg_t *registers = context->uc_mcontext.gregs;
  uint64_t pc;
  enum pgo_place_state state;
  if (!self->active || !pgo_cache_locate ((uint64_t) registers[REG_RIP], &pc, &state))
    return false;
  registers[REG_RIP] = (greg_t) pc;
  if (state == PGO_PLACE_SAVED)
    {
      registers[REG_RAX] = (greg_t) self->rax;
      registers[REG_RCX] = (greg_t) self->rcx;
    }
  memcpy (&context->uc_sigmask, &self->buffers->frame.context.uc_sigmask, sizeof (uint64_t));
  self->buffers->end = PGO_END_FAULT;
  end (self);
  self->active = 0;
  return true;
}

PGO_BURST_TEXT
bool
pgo_burst_defer (unsigned slot, const siginfo_t *info)
{
  struct pgo_burst_buffers *b = pgo_burst_self.buffers;
  if (slot >= PGO_BURST_FAULTS || !pgo_burst_self.active || b->ending)
    return false;
  /* A second one of the same is lost, as of those that the kernel keeps pending.  */
  b->deferred[slot] = *info;
  b->is_deferred[slot] = true;
  return true;
}

/* Free the buffers of threads that are gone.  */
static void
reclaim_buffers (void)
{
  uint32_t n = __atomic_load_n (&the.n_used, __ATOMIC_ACQUIRE);
  long pid = pgo_syscall (SYS_getpid);
  for (uint32_t i = 0; i < n; i++)
    {
      struct pgo_burst_buffers *b = buffers_at (i);
      int tid = __atomic_load_n (&b->tid, __ATOMIC_ACQUIRE);
      if (tid != 0 && pgo_syscall (SYS_tgkill, pid, tid, 0) == -ESRCH)
        __atomic_store_n (&b->tid, 0, __ATOMIC_RELEASE);
    }
}

/* See pgo_burst_service.  */
static void
serve (struct pgo_table *table)
{
  bool paused = pgo_cache_full () && pgo_burst_pause (), moved = true;
  uint32_t n = __atomic_load_n (&the.n_used, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n && moved; i++)
    moved = add_pending (buffers_at (i), SERVICE_PATIENCE_NS);
  if (the.services++ % RECLAIM_EVERY == 0)
    reclaim_buffers ();
  if (table && moved)
    moved = pgo_records_drain (table, to_tsc (SERVICE_PATIENCE_NS));
  /* What isn't moved would tell of other code afterwards; the next service tries again.  */
  if (paused && moved)
    {
      pgo_cache_empty ();
      pgo_burst_run ();
    }
  if (pgo_cache_wants_area () && pgo_cache_try_lock ())
    {
      pgo_cache_extend ();
      pgo_cache_unlock ();
    }
}

void
pgo_burst_service (struct pgo_table *table)
{
  uint64_t begun_ns = pgo_raw_thread_time_ns (), bursts = __atomic_load_n (&the.bursts, __ATOMIC_RELAXED);
  serve (table);
  /* Where there were none, a process that sleeps would run into debt.  */
  if (bursts != the.bursts_served)
    pgo_budget_charge (to_tsc (pgo_raw_thread_time_ns () - begun_ns));
  the.bursts_served = bursts;
}

void
pgo_burst_report (struct pgo_burst_report *report)
{
  *report = (struct pgo_burst_report) {
    .ticks = the.ticks, .bursts = the.bursts, .length = pgo_budget_length (), .records = the.records,
    .lost_targets = pgo_records_lost (),
    .cpu_ns = the.ticks * the.settings.period_ns, .burst_ns = to_ns (pgo_budget_cost ()),
    .record_ps = to_ns (pgo_budget_record_cost () * 1000) / 256
  };
  struct pgo_cache_totals totals;
  pgo_cache_totals (&totals);
  report->emptied = totals.empties;
  memcpy (report->skips, the.skips, sizeof report->skips);
}

#endif
