/* Reader of callgrind.out files made with --dump-instr=yes --collect-jumps=yes: exact execution counts.

   The format, as far as it matters here (valgrind manual, "Callgrind Format Specification"):

     positions: instr line          two sub-positions a line; relative ("+3", "-3", "*") to the last cost line
     events: Ir …                   the columns of costs
     ob=(1) /usr/bin/lua            names are defined once with their number, later "ob=(1)"
     fn=(7) luaV_execute
     0x2e2e0 1141 20000             the instruction at ELF address 0x2e2e0 ran 20000 times
     cob=(3)                        object and function of the next call's target, this object if absent
     cfn=(9) memcpy
     calls=12 0x8f10 0              12 calls from the position of the next line, whose cost is inclusive
     +5 +1 340
     jcnd=2/9 +31 +2                a conditional jump: 2 of 9 went to the target; its position follows
     * *
     jump=4 -54 -17                 an unconditional or indirect jump

   Callgrind writes addresses as they are in the ELF file, its load bias taken off.  Names may carry a
   recursion level ('2); the levels add up.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/samples.h"
#include "tool/read-lines.h"
#include "core/alloc.h"

#include <string.h>

/* Greatest number of a compressed name.  */
#define NAME_NUMBER_MAX (1u << 22)
/* Most columns of events and positions.  */
#define EVENTS_MAX 64

/* Names by number.  */
struct names
{
  const char **text;
  uint32_t room;
};

enum expected
{
  EXPECT_COST,                  /* A cost line is the cost of its instruction.  */
  EXPECT_CALL,                  /* It is the inclusive cost of the call just told.  */
  EXPECT_JUMP                   /* It is the position of the jump just told.  */
};

struct callgrind
{
  struct line_reader lines;
  struct samples *samples;
  struct pgo_status *status;
  struct names objects, functions;
  uint32_t object, call_object; /* Modules; call_object SAMPLES_NO_MODULE: not given.  */
  const char *call_function;    /* NULL: not given.  */
  bool instr_positions;         /* "positions:" has instr, first.  */
  unsigned n_positions;
  int ir_event;                 /* Column of Ir, -1: no "events:" yet.  */
  uint64_t address;             /* Position of the last cost line.  */
  uint64_t source_line;
  enum expected expected;
  uint64_t count, target;       /* Of the call or jump just told.  */
  bool in_body, complete;
};

static bool
bad (struct callgrind *c, const char *message)
{
  return pgo_fail (c->status, c->lines.path, c->lines.number, "%s", message);
}

/* Read "(NUMBER) NAME", "(NUMBER)" or "NAME".  False and STATUS if malformed.  */
static bool
read_name (struct callgrind *c, struct names *names, char *text, const char **name)
{
  if (*text != '(' || text[1] < '0' || text[1] > '9')
    {
      *name = samples_string (c->samples, text, strlen (text));
      return true;
    }
  uint64_t number;
  text++;
  if (!parse_number (&text, &number) || *text++ != ')' || number > NAME_NUMBER_MAX)
    return bad (c, "malformed compressed name");
  if (number >= names->room)
    {
      uint32_t room = names->room ? names->room : 256;
      while (room <= number)
        room *= 2;
      names->text = pgo_realloc_array (names->text, room, sizeof *names->text);
      memset (names->text + names->room, 0, (room - names->room) * sizeof *names->text);
      names->room = room;
    }
  while (*text == ' ')
    text++;
  if (*text)
    names->text[number] = samples_string (c->samples, text, strlen (text));
  *name = names->text[number];
  return *name || bad (c, "number of a name that was not defined");
}

/* Read one sub-position at *TEXT relative to LAST.  */
static bool
read_position (char **text, uint64_t last, uint64_t *position)
{
  while (**text == ' ')
    ++*text;
  if (**text == '*')
    {
      ++*text;
      *position = last;
      return true;
    }
  char sign = **text;
  if (sign == '+' || sign == '-')
    ++*text;
  uint64_t value;
  if (!parse_number (text, &value))
    return false;
  /* Modulo 2^64: callgrind lets source lines, which matter to nobody here, go below zero.  */
  *position = sign == '+' ? last + value : sign == '-' ? last - value : value;
  return true;
}

/* Read the sub-positions at *TEXT, of which the first is the instruction's address.  */
static bool
read_positions (struct callgrind *c, char **text, uint64_t *address, uint64_t *source_line)
{
  if (!c->instr_positions)
    return bad (c, "positions without instructions: run callgrind with --dump-instr=yes --collect-jumps=yes");
  if (!read_position (text, c->address, address))
    return bad (c, "malformed position");
  for (unsigned i = 1; i < c->n_positions; i++)
    if (!read_position (text, c->source_line, source_line))
      return bad (c, "malformed position");
  return true;
}

static bool
cost_line (struct callgrind *c, char *text)
{
  uint64_t address, source_line = c->source_line;
  if (!read_positions (c, &text, &address, &source_line))
    return false;
  c->address = address;
  c->source_line = source_line;
  enum expected expected = c->expected;
  c->expected = EXPECT_COST;
  c->in_body = true;
  c->complete = false;
  uint32_t module = c->object;
  bool known = module != SAMPLES_NO_MODULE;

  if (expected == EXPECT_JUMP)
    return !known
           || samples_add (c->samples, SAMPLE_JUMP, module, address, module, c->target, c->count, c->status);
  if (expected == EXPECT_CALL)
    {
      uint32_t to = c->call_object != SAMPLES_NO_MODULE ? c->call_object : module;
      const char *function = c->call_function;
      c->call_object = SAMPLES_NO_MODULE;
      c->call_function = NULL;
      if (!known || to == SAMPLES_NO_MODULE)
        return true;
      if (function && strncmp (function, "0x", 2) != 0 && *function != '(' && *function != '?')
        {
          /* Without the recursion level.  */
          size_t length = strlen (function), end = length;
          while (end > 0 && function[end - 1] >= '0' && function[end - 1] <= '9')
            end--;
          if (end > 1 && end < length && function[end - 1] == '\'')
            function = samples_string (c->samples, function, end - 1);
          samples_add_anchor (c->samples, to, function, 0, c->target);
        }
      return samples_add (c->samples, SAMPLE_CALL, module, address, to, c->target, c->count, c->status);
    }

  uint64_t cost = 0;
  for (int i = 0; i <= c->ir_event; i++)
    {
      while (*text == ' ')
        text++;
      if (*text == '\0')
        {
          cost = 0;             /* Trailing zeros may be left out.  */
          break;
        }
      if (!parse_number (&text, &cost))
        return bad (c, "malformed cost");
    }
  if (c->ir_event < 0)
    return bad (c, "costs before \"events:\"");
  if (!known)
    {
      c->samples->unmapped = pgo_add (c->samples->unmapped, cost);
      return true;
    }
  return samples_add (c->samples, SAMPLE_INSN, module, address, 0, 0, cost, c->status);
}

/* "jump=COUNT TARGET", "jcnd=TAKEN/EXECUTED TARGET", "calls=COUNT TARGET".  */
static bool
transfer_line (struct callgrind *c, char *text, bool conditional, enum expected expected)
{
  uint64_t line;
  if (!parse_number (&text, &c->count))
    return bad (c, "malformed count");
  if (conditional)
    {
      uint64_t executed;
      if (*text++ != '/' || !parse_number (&text, &executed) || executed < c->count)
        return bad (c, "malformed counts of a conditional jump");
    }
  if (!read_positions (c, &text, &c->target, &line))
    return false;
  c->expected = expected;
  return true;
}

static bool
positions_line (struct callgrind *c, char *text)
{
  c->n_positions = 0;
  c->instr_positions = false;
  for (char *save, *word = strtok_r (text, " ", &save); word; word = strtok_r (NULL, " ", &save))
    {
      if (strcmp (word, "instr") == 0 && c->n_positions == 0)
        c->instr_positions = true;
      else if (strcmp (word, "line") != 0)
        return bad (c, "unknown kind of positions");
      if (++c->n_positions > 2)
        return bad (c, "too many kinds of positions");
    }
  if (!c->instr_positions)
    return bad (c, "positions without instructions: run callgrind with --dump-instr=yes --collect-jumps=yes");
  return true;
}

static bool
events_line (struct callgrind *c, char *text)
{
  int n = 0;
  c->ir_event = -1;
  for (char *save, *word = strtok_r (text, " ", &save); word; word = strtok_r (NULL, " ", &save), n++)
    if (strcmp (word, "Ir") == 0)
      c->ir_event = n;
  if (c->ir_event < 0 || n > EVENTS_MAX)
    return bad (c, "no event Ir (instructions executed)");
  return true;
}

static bool
object_line (struct callgrind *c, char *text, uint32_t *module)
{
  const char *name;
  if (!read_name (c, &c->objects, text, &name))
    return false;
  *module = SAMPLES_NO_MODULE;
  if (strcmp (name, "???") == 0)
    return true;
  *module = samples_module (c->samples, name, "", SPACE_ELF, 0, c->status);
  return *module != SAMPLES_NO_MODULE;
}

/* The value of "KEY=VALUE" or "KEY: VALUE" at TEXT, or NULL.  */
static char *
value_of (char *text, const char *key)
{
  size_t length = strlen (key);
  if (strncmp (text, key, length) != 0)
    return NULL;
  text += length;
  while (*text == ' ')
    text++;
  return text;
}

static bool
read_line (struct callgrind *c, char *text)
{
  if (*text == '\0' || *text == '#')
    return true;
  if ((*text >= '0' && *text <= '9') || *text == '+' || *text == '-' || *text == '*')
    return cost_line (c, text);
  if (c->expected != EXPECT_COST)
    return bad (c, "no position after a call or jump");

  char *value;
  const char *name;
  if ((value = value_of (text, "calls=")))
    return transfer_line (c, value, false, EXPECT_CALL);
  if ((value = value_of (text, "jcnd=")))
    return transfer_line (c, value, true, EXPECT_JUMP);
  if ((value = value_of (text, "jump=")))
    return transfer_line (c, value, false, EXPECT_JUMP);
  if ((value = value_of (text, "fn=")))
    return read_name (c, &c->functions, value, &name);
  if ((value = value_of (text, "cfn=")))
    return read_name (c, &c->functions, value, &c->call_function);
  if ((value = value_of (text, "jfn=")))
    return read_name (c, &c->functions, value, &name);
  if ((value = value_of (text, "ob=")))
    return object_line (c, value, &c->object);
  if ((value = value_of (text, "cob=")))
    return object_line (c, value, &c->call_object);
  if (value_of (text, "fl=") || value_of (text, "fi=") || value_of (text, "fe=") || value_of (text, "cfi=")
      || value_of (text, "cfl=") || value_of (text, "jfi="))
    return true;
  if ((value = value_of (text, "positions:")))
    return positions_line (c, value);
  if ((value = value_of (text, "events:")))
    return events_line (c, value);
  if (value_of (text, "part:"))
    {
      if (c->in_body && !c->complete)
        return bad (c, "a part that was not finished: no \"totals:\"");
      c->address = c->source_line = 0;
      return true;
    }
  if (value_of (text, "totals:"))
    {
      c->complete = true;
      return true;
    }
  static const char *const ignored[] = { "version:", "creator:", "pid:", "cmd:", "desc:", "thread:",
                                         "target:", "summary:", "event:", "rec:", "frfn=" };
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    if (value_of (text, ignored[i]))
      return true;
  return bad (c, "not a line of a callgrind file");
}

struct samples *
samples_read_callgrind (const char *path, struct pgo_status *status)
{
  struct callgrind c = { .status = status, .object = SAMPLES_NO_MODULE, .call_object = SAMPLES_NO_MODULE,
                         .ir_event = -1 };
  if (!line_reader_open (&c.lines, path, status))
    return NULL;
  c.samples = samples_new (path, "callgrind");
  int more;
  bool ok = true;
  while (ok && (more = line_reader_next (&c.lines, status)) > 0)
    ok = read_line (&c, c.lines.text);
  if (ok && more < 0)
    ok = false;
  if (ok && c.expected != EXPECT_COST)
    ok = bad (&c, "no position after a call or jump");
  if (ok && (!c.in_body || !c.complete))
    ok = bad (&c, c.in_body ? "truncated: no \"totals:\" at the end" : "no costs");
  line_reader_close (&c.lines);
  pgo_free (c.objects.text);
  pgo_free (c.functions.text);
  if (!ok)
    {
      samples_free (c.samples);
      return NULL;
    }
  samples_finish (c.samples);
  return c.samples;
}
