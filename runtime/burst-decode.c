/* x86-64 instruction lengths by tables: one character an opcode.

   SPDX-License-Identifier: MIT  */
#include "runtime/burst-decode.h"

#include <stdbool.h>
#include <string.h>

/* What follows an opcode, and what is special about it:

     ' '  nothing              m  ModRM                   M  ModRM, memory only
     b    8-bit immediate      B  ModRM, 8-bit            w  16-bit
     z    16/32-bit immediate  Z  ModRM, 16/32-bit        q  16/32/64-bit (mov r, imm)
     o    address (moffs)      e  enter: 16 + 8 bits      g  a group, see one_byte_group and 0f_group
     j    jcc                  l  loop, jrcxz             r  ret, with or without immediate
     c    call, J, jmp 32-bit, h  jmp 8-bit
     P    prefix               X  VEX, EVEX, 0f: handled by the caller
     s    syscall   t  trap   f  far   S  segment   p  processor state   .  unknown, invalid, privileged  */
static const char the_one_byte[257] =
  /*        0123456789abcdef */
  /* 0 */  "mmmmbz..mmmmbz.X"
  /* 1 */  "mmmmbz..mmmmbz.."
  /* 2 */  "mmmmbzP.mmmmbzP."
  /* 3 */  "mmmmbzP.mmmmbzP."
  /* 4 */  "PPPPPPPPPPPPPPPP"
  /* 5 */  "                "
  /* 6 */  "..XmPPPPzZbB...."
  /* 7 */  "jjjjjjjjjjjjjjjj"
  /* 8 */  "BZ.BmmmmmmmmmMSg"
  /* 9 */  "          .  p  "
  /* a */  "oooo    bz      "
  /* b */  "bbbbbbbbqqqqqqqq"
  /* c */  "BBrrXXgge fftttt"
  /* d */  "mmmm... mmmmmmmm"
  /* e */  "llll....cJ.h...."
  /* f */  "PtPPt gg  ..  gg";

/* After 0f.  */
static const char the_0f[257] =
  /*        0123456789abcdef */
  /* 0 */  ".gmm.s.....t.M.."
  /* 1 */  "mmmmmmmmmmmmmmmm"
  /* 2 */  "........mmmmmmmm"
  /* 3 */  ". ..ss..X.X....."
  /* 4 */  "mmmmmmmmmmmmmmmm"
  /* 5 */  "mmmmmmmmmmmmmmmm"
  /* 6 */  "mmmmmmmmmmmmmmmm"
  /* 7 */  "BBBBmmm ....mmmm"
  /* 8 */  "jjjjjjjjjjjjjjjj"
  /* 9 */  "mmmmmmmmmmmmmmmm"
  /* a */  " S mBm.. S.mBmgm"
  /* b */  "mmSmSSmmgtgmmmmm"
  /* c */  "mmBMBBBg        "
  /* d */  "mmmmmmmmmmmmmmmm"
  /* e */  "mmmmmmmmmmmmmmmm"
  /* f */  "mmmmmmmmmmmmmmmt";

/* After 0f 38, all with ModRM.  */
static const char the_0f38[257] =
  /*        0123456789abcdef */
  /* 0 */  "mmmmmmmmmmmm...."
  /* 1 */  "m...mm.m....mmm."
  /* 2 */  "mmmmmm..mmmm...."
  /* 3 */  "mmmmmm.mmmmmmmmm"
  /* 4 */  "mm.............."
  /* 5 */  "................"
  /* 6 */  "................"
  /* 7 */  "................"
  /* 8 */  "................"
  /* 9 */  "................"
  /* a */  "................"
  /* b */  "................"
  /* c */  "........mmmmmm.m"
  /* d */  "...........mgggg"
  /* e */  "................"
  /* f */  "mm....g..M......";

/* After 0f 3a, all with ModRM and an 8-bit immediate.  */
static const char the_0f3a[257] =
  /*        0123456789abcdef */
  /* 0 */  "........BBBBBBBB"
  /* 1 */  "....BBBB........"
  /* 2 */  "BBB............."
  /* 3 */  "................"
  /* 4 */  "BBB.B..........."
  /* 5 */  "................"
  /* 6 */  "BBBB............"
  /* 7 */  "................"
  /* 8 */  "................"
  /* 9 */  "................"
  /* a */  "................"
  /* b */  "................"
  /* c */  "............B.BB"
  /* d */  "...............B"
  /* e */  "................"
  /* f */  "................";

/* What a decoding knows so far.  */
struct cursor
{
  const uint8_t *bytes;
  size_t size, at;              /* SIZE at most PGO_INSN_MAX.  */
  uint8_t rex;
  uint8_t repeat;               /* 0xf2, 0xf3 (the last one counts) or 0.  */
  bool operand16, address32, lock, segment; /* SEGMENT: fs or gs.  */
};

static void
refuse (struct pgo_insn *insn, enum pgo_refusal why)
{
  insn->kind = PGO_INSN_REFUSED;
  insn->refusal = why;
}

/* The special characters that refuse, or PGO_REFUSAL_NONE.  */
static enum pgo_refusal
refusal_of (char form)
{
  switch (form)
    {
    case 's': return PGO_REFUSAL_SYSCALL;
    case 't': return PGO_REFUSAL_TRAP;
    case 'f': return PGO_REFUSAL_FAR;
    case 'x': return PGO_REFUSAL_TRANSACTION;
    case 'S': return PGO_REFUSAL_SEGMENT;
    case 'p': return PGO_REFUSAL_STATE;
    case '.': return PGO_REFUSAL_UNKNOWN;
    default: return PGO_REFUSAL_NONE;
    }
}

/* Forms that need a look at ModRM, of the one-byte opcodes.  */
static char
one_byte_group (uint8_t opcode, uint8_t modrm)
{
  unsigned reg = modrm >> 3 & 7;
  switch (opcode)
    {
    case 0x8f:                  /* pop; else XOP, which is not in the tables.  */
      return reg == 0 ? 'm' : '.';
    case 0xc6:                  /* mov; xabort.  */
      return reg == 0 ? 'B' : reg == 7 ? 'x' : '.';
    case 0xc7:                  /* mov; xbegin.  */
      return reg == 0 ? 'Z' : reg == 7 ? 'x' : '.';
    case 0xf6:                  /* test has an immediate.  */
      return reg < 2 ? 'B' : 'm';
    case 0xf7:
      return reg < 2 ? 'Z' : 'm';
    case 0xfe:
      return reg < 2 ? 'm' : '.';
    case 0xff:                  /* 2 and 4 are indirect transfers: the caller.  */
      return reg == 3 || reg == 5 ? 'f' : reg == 7 ? '.' : 'm';
    default:
      return '.';
    }
}

/* The same after 0f.  */
static char
two_byte_group (uint8_t opcode, uint8_t modrm, const struct cursor *c)
{
  unsigned reg = modrm >> 3 & 7;
  bool memory = modrm < 0xc0;
  switch (opcode)
    {
    case 0x01:                  /* xgetbv, rdtscp, xtest (no burst is in a transaction); xend; the rest is privileged or changes
                                   state.  */
      if (c->repeat || c->operand16)
        return '.';
      return modrm == 0xd0 || modrm == 0xf9 || modrm == 0xd6 ? 'm' : modrm == 0xd5 ? 'x' : 'p';
    case 0xae:
      if (memory)
        {
          if (c->repeat)
            return '.';
          if (c->operand16)     /* clwb, clflushopt.  */
            return reg >= 6 ? 'm' : '.';
          return reg == 5 ? 'p' : 'm'; /* fxsave, fxrstor, ldmxcsr, stmxcsr, xsave, -, xsaveopt, clflush.  */
        }
      if (c->repeat == 0xf3 && !c->operand16) /* rdfsbase, rdgsbase; wrfsbase, wrgsbase.  */
        return reg < 2 ? 'm' : reg < 4 ? 'S' : 'p';
      return !c->repeat && !c->operand16 && reg >= 5 ? 'm' : 'p'; /* Fences.  */
    case 0xb8:                  /* popcnt.  */
      return c->repeat == 0xf3 ? 'm' : '.';
    case 0xba:                  /* Bit tests.  */
      return reg >= 4 ? 'B' : '.';
    case 0xc7:
      if (memory)               /* cmpxchg8b, cmpxchg16b; xsavec.  */
        return !c->repeat && !c->operand16 && (reg == 1 || reg == 4) ? 'm' : reg == 3 || reg == 5 ? 'p' : '.';
      /* rdrand, rdseed, rdpid; senduipi.  */
      return reg == 7 && c->repeat != 0xf2 ? 'm' : reg == 6 ? (c->repeat ? 'p' : 'm') : '.';
    default:
      return '.';
    }
}

/* Step over ModRM, SIB and displacement; false if the bytes end before.  */
static bool
operand (struct cursor *c, struct pgo_insn *insn)
{
  if (c->at >= c->size)
    return false;
  size_t begin = c->at;
  uint8_t modrm = c->bytes[c->at++];
  unsigned mod = modrm >> 6, rm = modrm & 7;
  insn->modrm_at = begin;
  if (mod != 3)
    {
      size_t displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
      if (rm == 4)
        {
          if (c->at >= c->size)
            return false;
          if (mod == 0 && (c->bytes[c->at] & 7) == 5)
            displacement = 4;
          c->at++;
        }
      else if (mod == 0 && rm == 5)
        {
          displacement = 4;
          insn->rip_at = c->at;
        }
      c->at += displacement;
    }
  insn->operand_length = c->at - begin;
  return c->at <= c->size;
}

/* Finish a plain instruction of FORM at the cursor, which is behind the opcode.  */
static void
plain (struct cursor *c, struct pgo_insn *insn, char form)
{
  enum pgo_refusal why = refusal_of (form);
  if (why)
    {
      refuse (insn, why);
      return;
    }
  bool modrm = form == 'm' || form == 'M' || form == 'B' || form == 'Z';
  if (modrm && !operand (c, insn))
    {
      refuse (insn, PGO_REFUSAL_UNKNOWN);
      return;
    }
  bool wide = c->rex & 8;
  size_t word = c->operand16 && !wide ? 2 : 4;
  switch (form)
    {
    case 'b': case 'B': c->at += 1; break;
    case 'w': c->at += 2; break;
    case 'e': c->at += 3; break;
    case 'z': case 'Z': c->at += word; break;
    case 'q': c->at += wide ? 8 : word; break;
    case 'o': c->at += c->address32 ? 4 : 8; break;
    default: break;
    }
  insn->kind = PGO_INSN_PLAIN;
  insn->refusal = PGO_REFUSAL_NONE;
  insn->length = c->at;
  if (c->at > c->size)
    refuse (insn, PGO_REFUSAL_UNKNOWN);
  else if (form == 'M' && c->bytes[insn->modrm_at] >= 0xc0)
    refuse (insn, PGO_REFUSAL_UNKNOWN);
  else if (insn->rip_at && c->address32)
    refuse (insn, PGO_REFUSAL_PREFIX);  /* Relative to eip.  */
}

static int32_t
read_displacement (const uint8_t *bytes, size_t n)
{
  if (n == 1)
    return (int8_t) bytes[0];
  return (int32_t) ((uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
                    | (uint32_t) bytes[3] << 24);
}

/* A relative transfer with N bytes of displacement.  A 16-bit operand size means different things to
   Intel and AMD.  */
static void
relative (struct cursor *c, struct pgo_insn *insn, enum pgo_insn_kind kind, size_t n)
{
  if (c->at + n > c->size)
    refuse (insn, PGO_REFUSAL_UNKNOWN);
  else if (c->operand16 || c->lock || (c->address32 && kind != PGO_INSN_LOOP))
    refuse (insn, PGO_REFUSAL_PREFIX);
  else
    {
      insn->kind = kind;
      insn->refusal = PGO_REFUSAL_NONE;
      insn->displacement = read_displacement (c->bytes + c->at, n);
      insn->length = c->at + n;
    }
}

/* Whether it uses tiles (AMX): of maps 2 and 3, by ESCAPE.  A thread gets memory for them by its first such instruction, so that
   the state with which a burst has begun may be less than what it has to end with.  */
static bool
uses_tiles (uint8_t escape, unsigned map, uint8_t opcode)
{
  if (escape == 0xc4)
    return map == 2 && ((opcode & 0xfc) == 0x48 || (opcode & 0xfc) == 0x5c || (opcode & 0xfc) == 0x6c);
  return escape == 0x62 && (map == 2 ? opcode == 0x4a || opcode == 0x6d : map == 3 && (opcode == 0x07 || opcode == 0x77));
}

/* VEX (opcode byte c4, c5) and EVEX (62); the cursor is behind that byte.  The forms of each map agree in
   length, whatever the operation; those that exist are ModRM, or ModRM and an 8-bit immediate, but for
   vzeroupper and vzeroall.  */
static void
vector (struct cursor *c, struct pgo_insn *insn, uint8_t escape)
{
  size_t payload = escape == 0xc5 ? 1 : escape == 0xc4 ? 2 : 3;
  if (c->rex || c->repeat || c->operand16 || c->lock || c->at + payload + 1 > c->size)
    {
      refuse (insn, PGO_REFUSAL_UNKNOWN);
      return;
    }
  unsigned map = 1;
  if (escape == 0xc4)
    map = c->bytes[c->at] & 0x1f;
  else if (escape == 0x62)
    {
      map = c->bytes[c->at] & 7;
      /* The bits that are fixed unless extended registers (APX) are meant.  */
      if ((c->bytes[c->at] & 8) || !(c->bytes[c->at + 1] & 4))
        map = 0;
    }
  c->at += payload;
  uint8_t opcode = c->bytes[c->at];
  insn->opcode_at = c->at++;
  char form = '.';
  if (map == 1)
    {
      if ((opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 || (opcode >= 0xc4 && opcode <= 0xc6))
        form = 'B';
      else if (opcode == 0x77)
        form = escape == 0x62 ? '.' : ' ';
      else if ((opcode >= 0x80 && opcode < 0x90) || (opcode >= 0xa0 && opcode < 0xc0 && opcode != 0xae)
               || (opcode >= 0xc0 && opcode < 0xd0) || opcode < 0x10
               || (opcode >= 0x30 && opcode < 0x40) || opcode == 0xff)
        form = '.';
      else
        form = 'm';
    }
  else if (uses_tiles (escape, map, opcode))
    form = 'p';
  else if (map == 2)
    form = 'm';
  else if (map == 3)
    form = 'B';
  else if ((map == 5 || map == 6) && escape == 0x62)
    form = 'm';
  plain (c, insn, form);
}

/* FF /2 and /4, the ModRM byte at the cursor.  */
static void
indirect (struct cursor *c, struct pgo_insn *insn, enum pgo_insn_kind kind)
{
  plain (c, insn, 'm');
  if (insn->kind == PGO_INSN_REFUSED)
    return;
  if (c->operand16 || c->address32 || c->lock)
    refuse (insn, PGO_REFUSAL_PREFIX);
  else if (c->segment)
    refuse (insn, PGO_REFUSAL_SEGMENT);
  else
    insn->kind = kind;
}

static void
two_bytes (struct cursor *c, struct pgo_insn *insn)
{
  if (c->at >= c->size)
    {
      refuse (insn, PGO_REFUSAL_UNKNOWN);
      return;
    }
  uint8_t opcode = c->bytes[c->at];
  insn->opcode_at = c->at++;
  char form = the_0f[opcode];
  if (form == 'j')
    {
      insn->condition = opcode & 15;
      relative (c, insn, PGO_INSN_JCC, 4);
      return;
    }
  if (form == 'X')
    {
      if (c->at >= c->size)
        {
          refuse (insn, PGO_REFUSAL_UNKNOWN);
          return;
        }
      uint8_t third = c->bytes[c->at];
      insn->opcode_at = c->at++;
      form = opcode == 0x38 ? the_0f38[third] : the_0f3a[third];
      if (form == 'g')          /* f3 selects key locker and shadow stack among aesenc..., adcx and adox.  */
        form = third == 0xf6 ? (c->repeat == 0xf3 || (c->operand16 && !c->repeat) ? 'm' : '.')
                             : (c->repeat ? '.' : 'm');
    }
  else if (form == 'g')
    form = c->at < c->size ? two_byte_group (opcode, c->bytes[c->at], c) : '.';
  plain (c, insn, form);
}

void
pgo_insn_decode (const uint8_t *bytes, size_t size, struct pgo_insn *insn)
{
  struct cursor c = { .bytes = bytes, .size = size < PGO_INSN_MAX ? size : PGO_INSN_MAX };
  *insn = (struct pgo_insn) { .kind = PGO_INSN_REFUSED, .refusal = PGO_REFUSAL_UNKNOWN };

  /* Prefixes, in any order; a REX counts only directly before the opcode.  */
  char form = '.';
  uint8_t opcode = 0;
  for (;;)
    {
      if (c.at >= c.size)
        return;
      opcode = bytes[c.at];
      insn->opcode_at = c.at++;
      form = the_one_byte[opcode];
      if (form != 'P')
        break;
      c.rex = opcode >= 0x40 && opcode < 0x50 ? opcode : 0;
      switch (opcode)
        {
        case 0x66: c.operand16 = true; break;
        case 0x67: c.address32 = true; break;
        case 0x64: case 0x65: c.segment = true; break;
        case 0xf0: c.lock = true; break;
        case 0xf2: case 0xf3: c.repeat = opcode; break;
        default: break;
        }
    }
  insn->rex = c.rex;
  insn->length = c.at;

  switch (form)
    {
    case 'X':
      if (opcode == 0x0f)
        two_bytes (&c, insn);
      else
        vector (&c, insn, opcode);
      break;
    case 'j':
      insn->condition = opcode & 15;
      relative (&c, insn, PGO_INSN_JCC, 1);
      break;
    case 'l':
      relative (&c, insn, PGO_INSN_LOOP, 1);
      break;
    case 'c':
      relative (&c, insn, PGO_INSN_CALL, 4);
      break;
    case 'J':
      relative (&c, insn, PGO_INSN_JMP, 4);
      break;
    case 'h':
      relative (&c, insn, PGO_INSN_JMP, 1);
      break;
    case 'r':
      plain (&c, insn, opcode == 0xc2 ? 'w' : ' ');
      if (insn->kind == PGO_INSN_REFUSED)
        break;
      if (c.operand16 || c.lock)
        refuse (insn, PGO_REFUSAL_PREFIX);
      else
        {
          insn->kind = PGO_INSN_RET;
          if (opcode == 0xc2)
            insn->pop = bytes[c.at - 2] | bytes[c.at - 1] << 8;
        }
      break;
    case 'g':
      if (c.at >= c.size)
        break;
      if (opcode == 0xff && ((bytes[c.at] >> 3 & 7) == 2 || (bytes[c.at] >> 3 & 7) == 4))
        indirect (&c, insn, (bytes[c.at] >> 3 & 7) == 2 ? PGO_INSN_CALL_INDIRECT : PGO_INSN_JMP_INDIRECT);
      else
        plain (&c, insn, one_byte_group (opcode, bytes[c.at]));
      break;
    default:
      plain (&c, insn, form);
      break;
    }
}

const char *
pgo_refusal_name (enum pgo_refusal refusal)
{
  switch (refusal)
    {
    case PGO_REFUSAL_NONE: return "none";
    case PGO_REFUSAL_SYSCALL: return "system call";
    case PGO_REFUSAL_TRAP: return "trap";
    case PGO_REFUSAL_FAR: return "far transfer";
    case PGO_REFUSAL_TRANSACTION: return "transaction";
    case PGO_REFUSAL_SEGMENT: return "segment register";
    case PGO_REFUSAL_STATE: return "processor state";
    case PGO_REFUSAL_PREFIX: return "prefix";
    case PGO_REFUSAL_SEQUENCE: return "restartable sequence";
    case PGO_REFUSAL_UNKNOWN: break;
    }
  return "unknown instruction";
}
