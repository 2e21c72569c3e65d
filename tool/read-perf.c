/* Reader of the text that perf script prints: clock samples and hardware branch records.

   Best made by

     perf script --show-mmap-events --show-task-events -F comm,pid,tid,time,event,ip,sym,symoff,dso[,brstack]

   but its default output, with or without call chains, is read as well.  Lines, as perf 6.1 prints them:

     lua  7752/7752   2648.58: PERF_RECORD_MMAP2 7752/7752: [0x560569d16000(0x2b000) @ 0x7000 fe:00 11 37]: \
                        r-xp /usr/bin/lua    (one line)
     lua  7752/7752   2648.59: cpu-clock:   560569d405f2 luaV_execute+0x3312 (/usr/bin/lua)
     lua  7752  [001]   2648.59:    1001001 cycles:u:   560569d405f2 luaV_execute+0x3312 (/usr/bin/lua)
     lua  7752   2648.60:    1001001 cpu-clock:
                         9760 lua_seti+0x40 (/usr/bin/lua)
                        1a2b3 main+0x13 (/usr/bin/lua)
     … (/usr/bin/lua)  0x560569d40600/0x560569d405d0/P/-/-/3  0x560569d405cc/0x…

   A branch record is FROM/TO/flags, the latest first, each address perhaps followed by its (object).
   Between two records, the code from the older one's TO to the newer one's FROM was executed.

   Addresses are those of the process.  The MMAP events tell what file lies there; without them, an
   object's load address is found from the symbols (sym+offset) of its samples.  Such symbols also show when
   a file here is not the one that ran.

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "tool/samples.h"
#include "tool/read-lines.h"
#include "core/alloc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Mappings of all processes together.  */
#define MAPPINGS_MAX (1u << 20)
#define PROCESSES_MAX (1u << 16)
/* Longest straight code between two branch records, in bytes; what is longer was not one run.  */
#define RANGE_BYTES_MAX (UINT64_C (1) << 20)
/* Anchors that are kept for one object of one process.  */
#define ANCHORS_PER_MODULE 64

struct mapping
{
  uint64_t start, end, offset;
  uint32_t module;
};

struct process
{
  uint32_t id;
  struct mapping *mappings;     /* The latest last.  */
  uint32_t n, room;
};

struct perf
{
  struct line_reader lines;
  struct samples *samples;
  struct pgo_status *status;
  struct process *processes;    /* By id.  */
  uint32_t n_processes, room_processes, n_mappings;
  uint64_t first_ns, last_ns;
  bool any_time, any_sample, any_brstack;
  char ignored_event[64];       /* The first one that is none of time.  */

  /* The sample being read, whose call chain may follow.  */
  bool in_sample, leaf_seen, is_time;
  uint32_t process;
};

/* ---- Processes and their mappings.  */

static uint32_t
process_index (const struct perf *p, uint32_t id)
{
  uint32_t low = 0, high = p->n_processes;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (p->processes[middle].id < id)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static struct process *
find_process (struct perf *p, uint32_t id)
{
  uint32_t i = process_index (p, id);
  return i < p->n_processes && p->processes[i].id == id ? &p->processes[i] : NULL;
}

/* NULL and STATUS beyond PROCESSES_MAX.  */
static struct process *
get_process (struct perf *p, uint32_t id)
{
  uint32_t i = process_index (p, id);
  if (i < p->n_processes && p->processes[i].id == id)
    return &p->processes[i];
  if (p->n_processes == PROCESSES_MAX)
    {
      pgo_fail (p->status, p->lines.path, p->lines.number, "more than %u processes", PROCESSES_MAX);
      return NULL;
    }
  if (p->n_processes == p->room_processes)
    {
      p->room_processes = p->room_processes ? p->room_processes * 2 : 16;
      p->processes = pgo_realloc_array (p->processes, p->room_processes, sizeof *p->processes);
    }
  memmove (&p->processes[i + 1], &p->processes[i], (p->n_processes - i) * sizeof *p->processes);
  p->processes[i] = (struct process) { .id = id };
  p->n_processes++;
  return &p->processes[i];
}

static bool
add_mapping (struct perf *p, struct process *process, struct mapping mapping)
{
  if (p->n_mappings == MAPPINGS_MAX)
    return pgo_fail (p->status, p->lines.path, p->lines.number, "more than %u mappings", MAPPINGS_MAX);
  if (process->n == process->room)
    {
      process->room = process->room ? process->room * 2 : 16;
      process->mappings = pgo_realloc_array (process->mappings, process->room, sizeof *process->mappings);
    }
  process->mappings[process->n++] = mapping;
  p->n_mappings++;
  return true;
}

/* The module and its own address of ADDRESS in a process; false if no mapping tells.  */
static bool
mapped_address (struct perf *p, uint32_t process_id, uint64_t address, uint32_t *module, uint64_t *offset)
{
  const struct process *process = find_process (p, process_id);
  for (uint32_t i = process ? process->n : 0; i > 0; i--)
    {
      const struct mapping *m = &process->mappings[i - 1];
      if (address >= m->start && address < m->end)
        {
          *module = m->module;
          *offset = address - m->start + m->offset;
          return true;
        }
    }
  return false;
}

/* ---- Lines of events.  */

static bool
bad (struct perf *p, const char *message)
{
  return pgo_fail (p->status, p->lines.path, p->lines.number, "%s", message);
}

static void
skip_blanks (char **text)
{
  while (**text == ' ' || **text == '\t')
    ++*text;
}

static bool
skip_text (char **text, const char *wanted)
{
  size_t length = strlen (wanted);
  if (strncmp (*text, wanted, length) != 0)
    return false;
  *text += length;
  return true;
}

/* "PID/TID" with PID in *ID; -1 (the kernel) gives UINT32_MAX.  */
static bool
parse_process (char **text, uint32_t *id)
{
  uint64_t value;
  if (skip_text (text, "-1"))
    *id = UINT32_MAX;
  else if (parse_number (text, &value) && value < UINT32_MAX)
    *id = value;
  else
    return false;
  if (**text == '/')
    {
      ++*text;
      if (!skip_text (text, "-1") && !parse_number (text, &value))
        return false;
    }
  return true;
}

/* TEXT is behind "PERF_RECORD_MMAP " or "PERF_RECORD_MMAP2 ".  */
static bool
mmap_line (struct perf *p, char *text)
{
  uint32_t id;
  uint64_t start, size, offset;
  char build_id[160] = "";
  skip_blanks (&text);
  if (!parse_process (&text, &id) || !skip_text (&text, ": [") || !parse_number (&text, &start)
      || !skip_text (&text, "(") || !parse_number (&text, &size) || !skip_text (&text, ") @ ")
      || !parse_number (&text, &offset))
    return bad (p, "malformed MMAP event");
  if (skip_text (&text, " <"))
    {
      size_t n = 0;
      for (; isxdigit ((unsigned char) *text) && n < sizeof build_id - 1; text++)
        build_id[n++] = tolower ((unsigned char) *text);
      build_id[n] = '\0';
    }
  char *end = strstr (text, "]: ");
  if (!end)
    return bad (p, "malformed MMAP event");
  text = end + 3;
  /* "r-xp", or one letter in the older event.  */
  bool executable = memchr (text, 'x', strcspn (text, " ")) != NULL;
  text += strcspn (text, " ");
  skip_blanks (&text);
  if (!executable || *text == '\0' || id == UINT32_MAX || size == 0 || start > UINT64_MAX - size)
    return true;
  uint32_t module = samples_module (p->samples, text, build_id, SPACE_FILE, 0, p->status);
  struct process *process = module != SAMPLES_NO_MODULE ? get_process (p, id) : NULL;
  return process && add_mapping (p, process, (struct mapping) { start, start + size, offset, module });
}

/* "(CHILD:TID):(PARENT:TID)": a child has its parent's mappings.  */
static bool
fork_line (struct perf *p, char *text)
{
  uint64_t child, parent, ignored;
  if (!skip_text (&text, "(") || !parse_number (&text, &child) || !skip_text (&text, ":")
      || !parse_number (&text, &ignored) || !skip_text (&text, "):(") || !parse_number (&text, &parent)
      || child >= UINT32_MAX || parent >= UINT32_MAX)
    return bad (p, "malformed FORK event");
  if (child == parent)
    return true;
  struct process *to = get_process (p, child), *from = find_process (p, parent);
  if (!to)
    return false;
  p->n_mappings -= to->n;
  to->n = 0;
  for (uint32_t i = 0; from && i < from->n; i++)
    if (!add_mapping (p, to, from->mappings[i]))
      return false;
  return true;
}

/* " exec: NAME:PID/TID": new mappings follow.  */
static bool
comm_line (struct perf *p, char *text)
{
  char *colon = strrchr (text, ':');
  uint32_t id;
  if (!skip_text (&text, " exec:") || !colon++ || !parse_process (&colon, &id))
    return true;
  struct process *process = find_process (p, id);
  if (process)
    {
      p->n_mappings -= process->n;
      process->n = 0;
    }
  return true;
}

static bool
record_line (struct perf *p, char *text)
{
  p->in_sample = false;
  if (skip_text (&text, "MMAP2 ") || skip_text (&text, "MMAP "))
    return mmap_line (p, text);
  if (skip_text (&text, "FORK"))
    return fork_line (p, text);
  if (skip_text (&text, "COMM"))
    return comm_line (p, text);
  char *lost = strstr (text, "lost ");
  uint64_t count;
  if (strncmp (text, "LOST", 4) == 0 && lost)
    {
      lost += 5;
      if (parse_number (&lost, &count))
        p->samples->lost = pgo_add (p->samples->lost, count);
    }
  return true;
}

/* ---- Samples.  */

/* Events whose samples say where time, or instructions, went.  */
static bool
is_time_event (const char *name, size_t length)
{
  static const char *const names[] = { "cpu-clock", "task-clock", "cycles", "cpu-cycles", "ref-cycles",
                                       "instructions", "cpu_core/cycles", "cpu_atom/cycles", "cpu/cycles",
                                       "cpu/cpu-cycles",
                                       "cpu_core/cpu-cycles", "cpu_atom/cpu-cycles", "cpu/instructions",
                                       "ibs_op/", "ibs_fetch/" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      size_t n = strlen (names[i]);
      if (length >= n && memcmp (name, names[i], n) == 0
          && (length == n || !isalnum ((unsigned char) name[n])))
        return true;
    }
  return false;
}

/* Where ADDRESS of the current process is: by mappings, else as an address of the object OBJECT of LENGTH
   bytes (NULL: not told).  MODULE SAMPLES_NO_MODULE if neither tells.  False and STATUS on failure.  */
static bool
place (struct perf *p, uint64_t address, const char *object, size_t length, uint32_t *module, uint64_t *at)
{
  *module = SAMPLES_NO_MODULE;
  *at = address;
  if (mapped_address (p, p->process, address, module, at))
    return true;
  if (!object || length == 0)
    return true;
  *module = samples_module (p->samples, samples_string (p->samples, object, length), "", SPACE_RUNTIME,
                            p->process, p->status);
  return *module != SAMPLES_NO_MODULE;
}

/* The start of the branch records in TEXT: " 0x…/0x…" or " 0x…(…)/0x…"; its end if there are none.  */
static char *
find_brstack (char *text)
{
  for (char *at = text; (at = strstr (at, "0x")); at += 2)
    {
      if (at > text && at[-1] != ' ' && at[-1] != '\t')
        continue;
      char *end = at + 2;
      while (isxdigit ((unsigned char) *end))
        end++;
      if (end == at + 2)
        continue;
      if (*end == '(')
        {
          char *close = strstr (end, ")/0x");
          char *blank = strchr (end, ' ');
          if (!close || (blank && blank < close))
            continue;
          return at;
        }
      if (strncmp (end, "/0x", 3) == 0)
        return at;
    }
  return text + strlen (text);
}

/* "0xADDRESS" or "0xADDRESS(OBJECT)".  */
static bool
brstack_address (struct perf *p, char **text, uint32_t *module, uint64_t *at, uint64_t *address)
{
  char *object = NULL;
  size_t length = 0;
  if (!parse_hexadecimal (text, address))
    return bad (p, "malformed branch record");
  if (**text == '(')
    {
      object = *text + 1;
      char *close = strchr (object, ')');
      if (!close)
        return bad (p, "malformed branch record");
      /* Newer perf may add the offset in the object: "(OBJECT+0x1234)".  */
      length = close - object;
      char *plus = memchr (object, '+', length);
      if (plus && plus[1] == '0' && plus[2] == 'x')
        length = plus - object;
      *text = close + 1;
    }
  return place (p, *address, object, length, module, at);
}

static bool
read_brstack (struct perf *p, char *text)
{
  /* Of the record read before, which was executed later.  */
  bool have_later = false;
  uint32_t later_module = 0;
  uint64_t later_from = 0, later_address = 0;
  for (skip_blanks (&text); *text; skip_blanks (&text))
    {
      uint32_t from_module, to_module;
      uint64_t from, to, from_address, to_address;
      if (!brstack_address (p, &text, &from_module, &from, &from_address))
        return false;
      if (*text++ != '/')
        return bad (p, "malformed branch record");
      if (!brstack_address (p, &text, &to_module, &to, &to_address))
        return false;
      while (*text && *text != ' ' && *text != '\t')
        text++;                 /* Flags and cycles.  */
      p->any_brstack = true;
      if (from_module == SAMPLES_NO_MODULE)
        p->samples->unmapped++;
      else if (!samples_add (p->samples, SAMPLE_BRANCH, from_module, from, to_module,
                             to_module == SAMPLES_NO_MODULE ? 0 : to, 1, p->status))
        return false;
      if (have_later && to_module != SAMPLES_NO_MODULE && to_module == later_module
          && to_address <= later_address && later_address - to_address <= RANGE_BYTES_MAX
          && !samples_add (p->samples, SAMPLE_RANGE, to_module, to, to_module, later_from, 1, p->status))
        return false;
      have_later = true;
      later_module = from_module;
      later_from = from;
      later_address = from_address;
    }
  return true;
}

/* "ADDRESS [SYMBOL[+0xOFFSET]] [(OBJECT)]", the leaf of a sample, NUL-terminated.  */
static bool
read_leaf (struct perf *p, char *text)
{
  uint64_t address;
  char *object = NULL;
  size_t object_length = 0;
  skip_blanks (&text);
  if (!parse_hexadecimal (&text, &address) || (*text && *text != ' ' && *text != '\t'))
    return bad (p, "not a line of perf script");
  size_t length = strlen (text);
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
    text[--length] = '\0';
  if (length > 1 && text[length - 1] == ')')
    {
      /* Names of symbols may hold parentheses, those of objects seldom do.  */
      size_t open = length - 1, depth = 1;
      while (open > 0 && depth > 0)
        {
          open--;
          depth += text[open] == ')';
          depth -= text[open] == '(';
        }
      object = text + open + 1;
      object_length = length - open - 2;
      text[open] = '\0';
    }
  if (object && object_length == strlen ("inlined") && memcmp (object, "inlined", object_length) == 0)
    return true;                /* The same address follows, with its object.  */

  p->leaf_seen = true;
  p->any_sample = true;
  uint32_t module;
  uint64_t at;
  if (!place (p, address, object, object_length, &module, &at))
    return false;
  if (module == SAMPLES_NO_MODULE)
    {
      if (p->is_time)
        p->samples->unmapped++;
      return true;
    }
  const struct sample_module *m = &p->samples->modules[module];
  if (m->n_anchors < ANCHORS_PER_MODULE)
    {
      skip_blanks (&text);
      char *plus = strrchr (text, '+'), *number = plus ? plus + 1 : NULL;
      uint64_t offset;
      if (plus && plus > text && strncmp (number, "0x", 2) == 0 && parse_number (&number, &offset))
        {
          *plus = '\0';
          samples_add_anchor (p->samples, module, text, offset, at);
        }
    }
  return !p->is_time || samples_add (p->samples, SAMPLE_CLOCK, module, at, 0, 0, 1, p->status);
}

/* What follows an event's name, or stands alone: a leaf and branch records, either perhaps absent.  */
static bool
read_fields (struct perf *p, char *text)
{
  skip_blanks (&text);
  char *brstack = find_brstack (text);
  bool has_brstack = *brstack != '\0';
  if (brstack > text)
    {
      char kept = *brstack;
      *brstack = '\0';
      if (*text && !p->leaf_seen && !read_leaf (p, text))
        return false;
      *brstack = kept;
    }
  return !has_brstack || read_brstack (p, brstack);
}

static bool
is_time_stamp (const char *word, size_t length)
{
  size_t digits = strspn (word, "0123456789");
  if (digits == 0 || word[digits] != '.')
    return false;
  size_t fraction = strspn (word + digits + 1, "0123456789");
  return fraction > 0 && digits + fraction + 2 == length && word[length - 1] == ':';
}

static void
note_time (struct perf *p, const char *word)
{
  uint64_t seconds = 0, ns = 0, unit = 100000000;
  for (; *word != '.'; word++)
    if (seconds < UINT64_C (10000000000))
      seconds = seconds * 10 + (*word - '0');
  for (word++; *word != ':'; word++, unit /= 10)
    ns += (*word - '0') * unit;
  if (seconds >= UINT64_C (10000000000))
    return;
  ns += seconds * 1000000000;
  if (!p->any_time || ns < p->first_ns)
    p->first_ns = ns;
  if (!p->any_time || ns > p->last_ns)
    p->last_ns = ns;
  p->any_time = true;
}

/* Parse the head of a sample's line, "COMM PID[/TID] [CPU] TIME: [PERIOD] EVENT:", of which all but the
   process may be absent, and COMM may hold blanks.  *REST is what follows.  False if TEXT has none.  */
static bool
sample_head (struct perf *p, char *text, char **rest)
{
  char *process_at = NULL, *time_at = NULL, *word = text;
  for (;;)
    {
      skip_blanks (&word);
      size_t length = strcspn (word, " \t");
      if (length == 0)
        break;
      size_t digits = strspn (word, "0123456789");
      size_t more = digits < length && word[digits] == '/' ? strspn (word + digits + 1, "0123456789") : 0;
      bool pair = digits > 0 && more > 0 && digits + 1 + more == length;
      char *next = word + length;
      skip_blanks (&next);
      if (*next == '[' && isdigit ((unsigned char) next[1]))
        {
          next += strcspn (next, " \t");
          skip_blanks (&next);
        }
      bool time_next = is_time_stamp (next, strcspn (next, " \t"));
      if (pair || (digits == length && time_next))
        {
          process_at = word;
          if (time_next)
            time_at = next;
          word = next;
          break;
        }
      word += length;
    }
  if (!process_at || (process_at == text && !time_at && !strchr (process_at, '/')))
    return false;
  uint32_t id;
  if (!parse_process (&process_at, &id))
    return false;
  p->process = id;
  if (time_at)
    {
      note_time (p, time_at);
      word = time_at + strcspn (time_at, " \t");
    }
  skip_blanks (&word);
  *rest = word;
  return true;
}

/* "[PERIOD] EVENT:" at *TEXT.  */
static void
read_event (struct perf *p, char **text)
{
  char *word = *text;
  size_t digits = strspn (word, "0123456789");
  if (digits && (word[digits] == ' ' || word[digits] == '\t'))
    {
      char *next = word + digits;
      skip_blanks (&next);
      size_t length = strcspn (next, " \t");
      /* A period, if an event follows; else an address.  */
      if (length > 1 && next[length - 1] == ':')
        word = next;
    }
  size_t length = strcspn (word, " \t");
  p->is_time = true;
  if (length < 2 || word[length - 1] != ':')
    return;
  p->is_time = is_time_event (word, length - 1);
  if (!p->is_time && !p->ignored_event[0])
    snprintf (p->ignored_event, sizeof p->ignored_event, "%.*s", (int) (length - 1 < 60 ? length - 1 : 60),
              word);
  *text = word + length;
}

static bool
read_line (struct perf *p, char *text)
{
  char *rest = text;
  skip_blanks (&rest);
  if (*rest == '\0' || *rest == '#')
    {
      p->in_sample = false;
      return true;
    }
  char *record = strstr (text, "PERF_RECORD_");
  if (record && (record == rest || record[-1] == ' '))
    return record_line (p, record + strlen ("PERF_RECORD_"));

  if (sample_head (p, text, &rest))
    {
      p->in_sample = true;
      p->leaf_seen = false;
      read_event (p, &rest);
      return read_fields (p, rest);
    }
  /* A frame of the sample's call chain, or its branch records; without a head, a sample by itself.  */
  skip_blanks (&text);
  if (!p->in_sample)
    {
      p->leaf_seen = false;
      p->is_time = true;
      p->process = 0;
    }
  bool chain = *find_brstack (text) == '\0';
  if (p->in_sample && p->leaf_seen && chain)
    {
      uint64_t address;
      char *at = text;
      return parse_hexadecimal (&at, &address) || bad (p, "not a line of perf script");
    }
  return read_fields (p, text);
}

struct samples *
samples_read_perf (const char *path, struct pgo_status *status)
{
  struct perf p = { .status = status };
  if (!line_reader_open (&p.lines, path, status))
    return NULL;
  p.samples = samples_new (path, "perf script");
  int more;
  bool ok = true;
  while (ok && (more = line_reader_next (&p.lines, status)) > 0)
    ok = read_line (&p, p.lines.text);
  if (ok && more < 0)
    ok = false;
  if (ok && p.any_time)
    p.samples->duration_ns = p.last_ns - p.first_ns;
  if (ok && !p.any_sample && !p.any_brstack)
    ok = pgo_fail (status, path, 0, "no samples");
  if (ok && p.samples->n_records == 0 && p.samples->unmapped == 0)
    ok = pgo_fail (status, path, 0, "no samples of time and no branch records, only of event %s",
                   p.ignored_event);
  line_reader_close (&p.lines);
  for (uint32_t i = 0; i < p.n_processes; i++)
    pgo_free (p.processes[i].mappings);
  pgo_free (p.processes);
  if (!ok)
    {
      samples_free (p.samples);
      return NULL;
    }
  samples_finish (p.samples);
  return p.samples;
}
