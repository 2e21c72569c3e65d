"""Input that is generated: the same bytes everywhere, from seeds.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


class Chance:
    """Deterministic choices.  Only random.random is promised to stay the same between Pythons."""

    def __init__(self, *seed):
        self.random = random.Random("/".join(map(str, seed))).random

    def below(self, limit):
        return int(self.random() * limit)

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def often(self, items):
        """Pick, the first ones more often (about as words are used)."""
        return items[int(len(items) * self.random() ** 3)]


# --- data for minigzip ---

SYLLABLES = """al an ar be bo ca ce co da de di do el en er es fa fi ga go ha he hi in is ka la le li lo ma me
mi mo na ne ni no on or pa pe po ra re ri ro sa se si so sta ta te ter ti to tra tu un va ve vi wa we""".split()


def vocabulary(chance, size):
    words = {"".join(chance.pick(SYLLABLES) for _ in range(chance.between(1, 4))) for _ in range(size)}
    words = sorted(words)
    return sorted(words, key=lambda w: (len(w) + chance.random() * 4, w))


def prose(chance):
    words = vocabulary(chance, 3000)
    while True:
        sentence = [chance.often(words) for _ in range(chance.between(4, 22))]
        sentence[0] = sentence[0].capitalize()
        yield " ".join(sentence) + chance.pick([". ", ". ", ", ", "! ", ".\n", ".\n\n"])


def letters(chance):
    words = vocabulary(chance, 1800)
    number = 0
    while True:
        number += 1
        yield "Letter %d\n\nDear %s,\n" % (number, chance.pick(words).capitalize())
        for _ in range(chance.between(3, 9)):
            line, rest = "", chance.between(20, 60)
            while rest:
                word = chance.often(words) + chance.pick(["", "", "", "", ",", ";"])
                if len(line) + len(word) > 68:
                    yield line + "\n"
                    line = ""
                line += (" " if line else "") + word
                rest -= 1
            yield line + ".\n\n"
        yield "Yours, %s\n%s\n" % (chance.pick(words).capitalize(), "-" * 40)


def json(chance):
    words = vocabulary(chance, 400)
    number = 0
    while True:
        number += 1
        yield ('{"id": %d, "user": "%s", "score": %.2f, "active": %s, "tags": [%s], "place": {"lat": %.5f, '
               '"lon": %.5f, "name": "%s"}}\n' % (
                   number, chance.often(words), chance.random() * 100, chance.pick(["true", "false"]),
                   ", ".join('"%s"' % chance.often(words) for _ in range(chance.below(5))),
                   chance.random() * 180 - 90, chance.random() * 360 - 180, chance.pick(words).title()))


def source(chance):
    while True:
        yield from CSource(chance, "zip", ("lists", "text", "numeric")).functions(1)


def pixels(chance):
    """Gradients with noise: bytes that differ little from their neighbours."""
    row = [128] * 192
    while True:
        row = [max(0, min(255, value + chance.between(-2, 2) + (1 if index & 32 else -1)))
               for index, value in enumerate(row)]
        yield bytes(row)


def log(chance):
    hosts = ["web%d.%s" % (i, place) for i in range(8) for place in ("north", "south")]
    paths = ["/" + "/".join(chance.pick(SYLLABLES) * 2 for _ in range(chance.between(1, 3))) for _ in range(60)]
    seconds = 0.0
    while True:
        seconds += chance.random() * 2
        if chance.below(12) == 0:
            yield "%012.3f %s kernel: [%d] task %05d blocked for more than %d seconds\n" % (
                seconds, chance.pick(hosts), chance.below(8), chance.below(32768), chance.pick([30, 60, 120]))
        else:
            yield '%012.3f %s 10.%d.%d.%d "GET %s HTTP/1.1" %d %d "%s"\n' % (
                seconds, chance.often(hosts), chance.below(4), chance.below(256), chance.below(256),
                chance.often(paths), chance.pick([200, 200, 200, 200, 304, 404, 500]), chance.below(60000),
                chance.pick(["Mozilla/5.0 (X11; Linux x86_64)", "curl/7.88.1", "robot/1.0 (+info)"]))


def table(chance):
    yield "date,station,temperature,pressure,rain,wind,remark\n"
    level = 12.0
    for index in range(1 << 30):
        level += chance.random() - 0.5 - (level - 12) / 50
        yield "%04d-%02d-%02d,ST%03d,%.1f,%.1f,%s,%d,%s\n" % (
            1990 + index // 360 % 30, index // 30 % 12 + 1, index % 30 + 1, chance.below(40), level,
            1013 + level / 3 + chance.random(), "%.1f" % (chance.random() * 9) if chance.below(4) == 0 else "",
            chance.below(30), chance.pick(["", "", "", "est.", "gap"]))


def markup(chance):
    words = vocabulary(chance, 700)
    number = 0
    while True:
        number += 1
        yield '  <entry id="e%05d" class="%s">\n    <title>%s</title>\n' % (
            number, chance.pick(["main", "note", "aside"]), chance.often(words).title())
        for _ in range(chance.below(6)):
            yield '    <para lang="%s">%s</para>\n' % (
                chance.pick(["en", "de", "fr"]), " ".join(chance.often(words) for _ in range(chance.below(18))))
        yield '    <link href="#e%05d"/>\n  </entry>\n' % chance.between(1, number)


def records(chance):
    """Structures of fixed size: counters, small numbers, padding, an index."""
    number = 0
    while True:
        number += chance.between(1, 9)
        yield (number.to_bytes(8, "little") + chance.below(1 << 12).to_bytes(4, "little") + bytes(4)
               + int(chance.random() * (1 << 52)).to_bytes(8, "little")
               + chance.pick([b"alpha", b"beta", b"gamma", b"delta"]).ljust(8, b"\0"))


def noise(chance):
    """What cannot be compressed."""
    while True:
        yield bytes(chance.below(256) for _ in range(64))


DATA = {kind.__name__: kind for kind in
        (prose, letters, json, source, pixels, log, table, markup, records, noise)}


def write_data(path, phase, name, size):
    """SIZE bytes of the kind NAME."""
    parts, length = [], 0
    for part in DATA[name](Chance("data", phase, name)):
        part = part if isinstance(part, bytes) else part.encode()
        parts.append(part)
        length += len(part)
        if length >= size:
            break
    write(path, b"".join(parts)[:size])


# --- SQL statements ---

def sql_statements(phase, units):
    """Many short statements, as a program sends them: each is parsed, planned and run once."""
    chance = Chance("sql", phase)
    columns = {"train": ("name", "city", "age", "points"), "measure": ("title", "shelf", "year", "weight")}[phase]
    one, two, three, four = columns
    words = vocabulary(chance, 300)
    lines = ["CREATE TABLE t (id INTEGER PRIMARY KEY, %s TEXT, %s TEXT, %s INTEGER, %s REAL);" % columns,
             "CREATE INDEX t_two ON t (%s, %s);" % (two, three),
             "CREATE TABLE u (k TEXT PRIMARY KEY, v);"]
    rows = 0
    for _ in range(units):
        lines += ["BEGIN;", "DELETE FROM t WHERE id < %d;" % (rows - 300)]
        for _ in range(40):
            rows += 1
            lines.append("INSERT INTO t VALUES (%d, '%s', '%s', %d, %.3f);" % (
                rows, chance.often(words), chance.pick(words[:40]), chance.below(90), chance.random() * 100))
        lines.append("COMMIT;")
        for _ in range(90):
            kind = chance.below(12)
            key = chance.between(1, rows)
            if kind < 3:
                lines.append("SELECT %s, %s FROM t WHERE id = %d;" % (one, four, key))
            elif kind == 3:
                lines.append("SELECT count(*), max(%s) FROM t WHERE %s = '%s' AND %s > %d;" % (
                    four, two, chance.pick(words[:40]), three, chance.below(80)))
            elif kind == 4:
                lines.append("UPDATE t SET %s = %s + 1.5, %s = '%s' WHERE id BETWEEN %d AND %d;" % (
                    four, four, one, chance.pick(words), key, key + 3))
            elif kind == 5:
                lines.append("INSERT OR REPLACE INTO u VALUES ('%s', %d);" % (chance.often(words), key))
            elif kind == 6:
                lines.append("DELETE FROM t WHERE id = %d;" % key)
            elif kind == 7:
                lines.append("SELECT a.%s, b.%s FROM t a JOIN t b ON b.%s = a.%s AND b.id > a.id "
                             "WHERE a.id = %d ORDER BY b.%s, b.id LIMIT 3;" % (one, one, two, two, key, three))
            elif kind == 8:
                lines.append("SELECT %s, count(*) AS n FROM t WHERE id > %d GROUP BY %s ORDER BY n DESC, 1 "
                             "LIMIT 4;" % (two, rows - 60, two))
            elif kind == 9:
                lines.append("SELECT CASE WHEN %s < 30 THEN 'low' WHEN %s < 60 THEN 'mid' ELSE 'high' END, "
                             "round(%s * 2 + length(%s), 2) FROM t WHERE id IN (%d, %d, %d);" % (
                                 three, three, four, one, key, key // 2, key // 3))
            elif kind == 10:
                lines.append("SELECT k, v FROM u WHERE k > '%s' ORDER BY k LIMIT 2;" % chance.pick(words))
            else:
                lines.append("SELECT upper(substr(%s, 1, 3)) || '-' || %s FROM t WHERE %s LIKE '%s%%' AND id "
                             "> %d LIMIT 3;" % (one, three, one, chance.pick(words)[:2], rows - 40))
    return "\n".join(lines) + "\n"


# --- C sources for tcc ---

# Files of each phase, and what they are made of.
C_SOURCES = {
    "train": {"lists": ("lists", "macros"), "tables": ("tables", "text"), "machine": ("machine", "lists"),
              "numeric": ("numeric", "text")},
    "measure": {"engine": ("machine", "lists", "text"), "shapes": ("numeric", "lists"),
                "tables": ("tables", "macros"), "text": ("text", "machine", "macros"),
                "mixed": ("lists", "tables", "numeric")},
}
# Functions of a file.
C_FUNCTIONS = {"train": 110, "measure": 85}


def c_header():
    """What every C source includes: types, macros, inline functions."""
    return """#ifndef BASE_H
#define BASE_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long i64;
#ifndef NULL
# define NULL ((void *) 0)
#endif
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(x, low, high) MAX (low, MIN (x, high))
#define COUNT(array) (sizeof (array) / sizeof ((array)[0]))
#define JOIN_(a, b) a ## b
#define JOIN(a, b) JOIN_ (a, b)
#define TEXT_(x) #x
#define TEXT(x) TEXT_ (x)
#define OFFSET(type, field) ((unsigned long) &((type *) 0)->field)
#if defined __x86_64__ && !defined SMALL
# define WORD_BITS 64
#elif defined __i386__
# define WORD_BITS 32
#else
# error unknown word size
#endif
#define FOR_EACH(item, list) for (item = (list); item != NULL; item = item->next)
#define CHECK(test) do { if (!(test)) failed (TEXT (test), __FILE__, __LINE__); } while (0)
extern void failed (const char *what, const char *file, int line);
extern void *allocate (unsigned long size);
static inline u32 rotate (u32 x, int by) { return x << by | x >> (32 - by); }
static inline int is_digit (int c) { return c >= '0' && c <= '9'; }
static inline int is_alpha (int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
#endif
"""


class CSource:
    """Functions of several kinds, each different in names, sizes, constants and expressions."""

    def __init__(self, chance, prefix, kinds):
        self.chance = chance
        self.prefix = prefix
        self.kinds = kinds
        self.words = [w for w in vocabulary(chance, 250) if len(w) > 2 and w not in (
            "for", "int", "else", "enum", "case", "goto")]
        self.number = 0

    def name(self):
        self.number += 1
        return "%s_%s_%d" % (self.prefix, self.chance.pick(self.words), self.number)

    def constant(self):
        return self.chance.pick(["%d", "%d", "0x%x", "%du", "%dL"]) % self.chance.often(range(5000))

    def expression(self, names, depth=3, real=False):
        chance = self.chance
        if depth == 0 or chance.below(5) == 0:
            if chance.below(3) == 0:
                return "%.3f" % (chance.random() * 10) if real else self.constant()
            return chance.pick(names)
        left = self.expression(names, depth - 1, real)
        right = self.expression(names, depth - 1, real)
        if real:
            form = chance.pick(["%s + %s", "%s - %s", "(%s) * (%s)", "(%s > %s ? 1.5 : 0.25)",
                                "(%s) / ((%s) + 1.0)", "-(%s) + %s"])
        else:
            form = chance.pick(["%s + %s", "(%s) - (%s)", "(%s) * (%s)", "((%s) & (%s))", "((%s) ^ (%s))",
                                "((%s) << 3 | (%s))", "(%s < %s)", "((%s) && (%s))", "MAX (%s, %s)",
                                "(%s) %% ((%s) | 1)", "((%s) ? 2 : (%s))", "(u8) (%s) + (%s)"])
        return form % (left, right)

    def statements(self, names, depth, indent, real=False):
        chance, out = self.chance, []
        for _ in range(chance.between(1, 4)):
            kind = chance.below(7) if depth else chance.below(3)
            target = chance.pick(names)
            if kind < 3:
                out.append("%s %s %s;" % (target, chance.pick(["=", "+=", "-=", "=", "="]),
                                          self.expression(names, 2, real)))
            elif kind == 3:
                out += ["if (%s)" % self.expression(names, 2, real), "  {"]
                out += self.statements(names, depth - 1, "    ", real) + ["  }"]
                if chance.below(2):
                    out += ["else", "  {"] + self.statements(names, depth - 1, "    ", real) + ["  }"]
            elif kind == 4:
                out += ["for (i = 0; i < %d; i++)" % chance.between(2, 99), "  {"]
                out += self.statements(names, depth - 1, "    ", real) + ["  }"]
            elif kind == 5:
                out += ["while (%s > %s)" % (target, self.constant()), "  {", "    %s /= 2;" % target]
                out += self.statements(names, 0, "    ", real) + ["  }"]
            else:
                out += ["/* %s.  */" % " ".join(chance.pick(self.words) for _ in range(chance.between(3, 9))),
                        "do", "  %s--;" % target, "while (%s > 100);" % target]
        return [indent + line for line in out]

    def lists(self):
        """A structure, and functions that walk lists of it."""
        chance, name = self.chance, self.name()
        fields = [self.words[(self.number * 7 + k) % len(self.words)] for k in range(chance.between(3, 6))]
        yield "/* A list of %s.  */" % name
        yield "struct %s" % name
        yield "{"
        yield "  struct %s *next, *previous;" % name
        for field in fields:
            yield "  %s %s_;" % (chance.pick(["int", "u32", "i64", "short", "unsigned"]), field)
        yield "  union { double real; u64 bits; char bytes[8]; } value;"
        yield "  unsigned kind : 4, marked : 1;"
        yield "};"
        a, b = chance.pick(fields) + "_", chance.pick(fields) + "_"
        yield "static struct %s *%s_insert (struct %s **head, int key)" % (name, name, name)
        yield "{"
        yield "  struct %s *node = allocate (sizeof *node);" % name
        yield "  struct %s *at;" % name
        yield "  if (node == NULL) return NULL;"
        yield "  node->%s = key; node->kind = key & 7; node->value.bits = (u64) key << %d;" % (
            a, chance.between(1, 40))
        yield "  for (at = *head; at && at->%s < key; at = at->next)" % a
        yield "    if (at->next == NULL) { at->next = node; node->previous = at; return node; }"
        yield "  node->next = at; if (at) { node->previous = at->previous; at->previous = node; }"
        yield "  if (at == *head) *head = node;"
        yield "  return node;"
        yield "}"
        yield "int %s_count (struct %s *head, int limit)" % (name, name)
        yield "{"
        yield "  struct %s *node, *key = NULL;" % name
        yield "  int count = 0, i = 0;"
        yield "  FOR_EACH (node, head)"
        yield "    {"
        yield "      if (node->marked || node->%s > limit) continue;" % b
        yield "      if (node->value.bytes[%d] == '%s') break;" % (chance.below(8), chance.pick("abcxyz"))
        yield from self.statements(["count", "i", "limit", "node->" + a], 1, "      ")
        yield "      key = %s_insert (&head, node->%s + count);" % (name, a)
        yield "    }"
        yield "  CHECK (count >= 0);"
        yield "  return count + (key != NULL) + (int) OFFSET (struct %s, %s);" % (name, b)
        yield "}"

    def tables(self):
        """Constants: an enumeration, tables with initialisers, a switch, strings."""
        chance, name = self.chance, self.name()
        items = ["%s_%s" % (name.upper(), w.upper()) for w in
                 sorted({chance.pick(self.words) for _ in range(chance.between(6, 18))})]
        yield "enum %s { %s, %s_LAST = %d };" % (name, ", ".join(items), name, chance.between(40, 90))
        yield "static const struct { const char *text; int value; double weight; u8 flags[3]; } %s_table[] = {" % name
        for item in items:
            yield '  { "%s\\t%s\\n", %s, %.2f, { %d, 0x%x, sizeof (int) } },' % (
                item.lower(), chance.pick(self.words), item, chance.random() * 50, chance.below(200),
                chance.below(255))
        yield "};"
        yield "const u16 %s_map[%d] = { [0 ... 2] = 7, [5] = %d, %s };" % (
            name, 64, chance.below(100), ", ".join(str(chance.below(60000)) for _ in range(24)))
        yield "const char *%s_text (enum %s which)" % (name, name)
        yield "{"
        yield "  switch (which)"
        yield "    {"
        for item in items:
            yield "    case %s: %s" % (item, chance.pick([
                'return "%s";' % chance.pick(self.words), "break;", "/* fall through */",
                "if (%s_map[%d] > %d) return %s_table[%s].text; break;" % (
                    name, chance.below(64), chance.below(9999), name, item)]))
        yield '    default: return "%s" " " TEXT (%s);' % (chance.pick(self.words), name)
        yield "    }"
        yield "  return which < COUNT (%s_table) ? %s_table[which].text : NULL;" % (name, name)
        yield "}"

    def numeric(self):
        """Floating point and integer arithmetic over arrays."""
        chance, name = self.chance, self.name()
        size = chance.between(4, 64)
        yield "static double %s_state[%d][%d];" % (name, size, size)
        yield "double %s (double x, float y, int n)" % name
        yield "{"
        yield "  double sum = 0.0, last = x * %.4f;" % chance.random()
        yield "  int i, j = n;"
        yield "  for (i = 1; i < %d && i < n; i++)" % size
        yield "    for (j = i; j < %d; j += %d)" % (size, chance.between(1, 3))
        yield "      {"
        yield "        %s_state[i][j] = %s_state[i - 1][j] * y + x;" % (name, name)
        yield "        sum += %s;" % self.expression(["x", "y", "last", "%s_state[j][i]" % name], 3, True)
        yield "        if (sum > %de%d) { last = sum; sum = (float) i / (j + 1); }" % (
            chance.between(1, 9), chance.between(1, 9))
        yield "      }"
        yield from self.statements(["sum", "last", "x"], 1, "  ", True)
        yield "  return sum + last + (n %% %d ? (unsigned) n : -1.5e-3);" % chance.between(2, 9)
        yield "}"
        yield "i64 %s_mix (u64 a, i64 b, u32 c)" % name
        yield "{"
        yield "  int i = 0;"
        yield from self.statements(["a", "b", "c"], 2, "  ")
        yield "  return a / (c | 1) + b %% %d + rotate (c, %d) + i;" % (chance.between(3, 99), chance.between(1, 31))
        yield "}"

    def text(self):
        """Characters: scanning, comparing, converting."""
        chance, name = self.chance, self.name()
        yield "static int %s_scan (const char *text, char *out, unsigned size)" % name
        yield "{"
        yield "  unsigned used = 0; int value = 0, i = 0, sign = 1;"
        yield "  static const char word[] = \"%s\";" % chance.pick(self.words)
        yield "  while (*text)"
        yield "    {"
        yield "      int c = *text++;"
        yield "      if (is_digit (c)) value = value * 10 + (c - '0');"
        yield "      else if (c == '-' && is_digit (*text)) sign = -sign;"
        yield "      else if (is_alpha (c) && used + 1 < size) out[used++] = c | 0x20;"
        yield "      else if (c == '\\\\' || c == '\\x%02x') goto escape;" % chance.between(1, 31)
        yield "      else if (c == word[i]) { if (!word[++i]) return -%d; }" % chance.between(1, 9)
        yield "      continue;"
        yield "    escape:"
        yield "      switch (*text) { case 'n': c = '\\n'; break; case 't': c = '\\t'; break; case 0: return value; "
        yield "        case 'u': case 'x': c = text[1]; text += 2; break; default: c = *text; }"
        yield "      if (used < size) out[used] = (char) c;"
        yield "    }"
        yield from self.statements(["value", "used", "sign"], 1, "  ")
        yield "  out[MIN (used, size - 1)] = 0;"
        yield "  return value * sign;"
        yield "}"
        yield "int %s (const char *const *lines, int count)" % name
        yield "{"
        yield "  char buffer[%d], *end = buffer + sizeof buffer;" % chance.between(16, 256)
        yield "  int total = 0, i;"
        yield "  for (i = 0; i < count && lines[i]; ++i)"
        yield "    total ^= %s_scan (lines[i], buffer, end - buffer) + *buffer;" % name
        yield "  return total;"
        yield "}"

    def machine(self):
        """An interpreter: a switch in a loop, a table of function pointers, structures by value."""
        chance, name = self.chance, self.name()
        count = chance.between(5, 14)
        yield "struct %s { int regs[16]; u32 flags; const u8 *pc; int (*hook) (struct %s *, int); };" % (name, name)
        for k in range(3):
            yield "static int %s_op%d (struct %s *m, int x)" % (name, k, name)
            yield "{"
            yield "  m->regs[x & 15] %s= m->regs[(x >> 4) & 15] %s %s;" % (
                chance.pick(["+", "^", "|"]), chance.pick(["+", "-", "&"]), self.constant())
            yield "  return m->flags & (1u << %d) ? x : %s;" % (chance.below(31), self.constant())
            yield "}"
        yield "static int (*const %s_ops[]) (struct %s *, int) = { %s_op0, %s_op1, %s_op2, NULL };" % ((name,) * 5)
        yield "struct %s %s_run (struct %s m, int fuel)" % (name, name, name)
        yield "{"
        yield "  int a = 0, b = 1, i = 0;"
        yield "  while (fuel-- > 0)"
        yield "    {"
        yield "      u8 op = *m.pc++;"
        yield "      switch (op & 0x1f)"
        yield "        {"
        for k in range(count):
            yield "        case %d:" % k
            yield "          %s;" % chance.pick([
                "a = m.regs[op >> 5]", "m.regs[op >> 5] = a", "b = a; a = *m.pc++", "m.flags ^= a < b",
                "if (m.flags & 1) m.pc += (signed char) *m.pc", "a = m.hook ? m.hook (&m, a) : a",
                "a = %s" % self.expression(["a", "b", "op"], 2)])
            if chance.below(6):
                yield "          break;"
        yield "        default:"
        yield "          if (op == %d) return m;" % chance.between(100, 250)
        yield "          a = %s_ops[op %% 3] (&m, b);" % name
        yield "        }"
        yield from self.statements(["a", "b"], 0, "      ")
        yield "      m.regs[0] = a + i;"
        yield "    }"
        yield "  return m;"
        yield "}"

    def macros(self):
        """Preprocessing: conditionals, function-like macros in layers, stringing and pasting."""
        chance, name = self.chance, self.name()
        big = name.upper()
        yield "#define %s_LEVEL %d" % (big, chance.below(6))
        yield "#define %s_FIELDS(X) %s" % (big, " ".join("X (%s, %d)" % (w, chance.below(99)) for w in sorted(
            {chance.pick(self.words) for _ in range(chance.between(4, 9))})))
        yield "#define %s_DECLARE(field, start) int JOIN (field, _value);" % big
        yield "#define %s_START(field, start) .JOIN (field, _value) = start," % big
        yield "#define %s_SUM(field, start) + MAX (s.JOIN (field, _value), start)" % big
        yield "struct %s { %s_FIELDS (%s_DECLARE) };" % (name, big, big)
        yield "#if %s_LEVEL > 3 && defined (WORD_BITS) && WORD_BITS == 64" % big
        yield "# define %s_SCALE(x) CLAMP ((x) * 2, 0, %d)" % (big, chance.between(100, 999))
        yield "#elif %s_LEVEL %% 2 || (WORD_BITS >> 5 == 1)" % big
        yield "# define %s_SCALE(x) CLAMP ((x) + %s_LEVEL, -1, MIN (%s_LEVEL, 3))" % (big, big, big)
        yield "#else"
        yield "# undef %s_SCALE" % big
        yield "# define %s_SCALE(x) (x)" % big
        yield "#endif"
        yield "int %s (int x)" % name
        yield "{"
        yield "  struct %s s = { %s_FIELDS (%s_START) };" % (name, big, big)
        yield '  const char *text = TEXT (%s_LEVEL) "/" TEXT (WORD_BITS);' % big
        yield "  int i = 0;"
        yield from self.statements(["x", "i"], 1, "  ")
        yield "  CHECK (%s_SCALE (x) < %s_SCALE (x + 1) || text[0]);" % (big, big)
        yield "  return %s_SCALE (0 %s_FIELDS (%s_SUM));" % (big, big, big)
        yield "}"

    def functions(self, count):
        """COUNT times one of the kinds."""
        for _ in range(count):
            kind = getattr(self, self.chance.pick(self.kinds))
            yield "\n".join(kind()) + "\n\n"


def c_source(phase, name):
    maker = CSource(Chance("c", phase, name), name, C_SOURCES[phase][name])
    return '#include "base.h"\n\n' + "".join(maker.functions(C_FUNCTIONS[phase]))
