/* The options of a sampling run: see options.h.

   SPDX-License-Identifier: MIT  */
#include "runtime/options.h"
#include "runtime/pgosample.h"
#include "runtime/raw.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define MIN_HZ 1u
/* perf's own lower bound of a cpu-clock period is 10 us; beyond 10 kHz a sample costs more than it shows.  */
#define MAX_HZ 10000u
#define MIN_MEMORY_MIB 1u
#define MAX_MEMORY_MIB 4096u
#define DEFAULT_MEMORY_MIB 16u

/* Known, but read by pgo_options_get where they are used.  */
static const char *const the_foreign_keys[] = { "http", "gcov", "burst-records", "burst-hz", "burst-dual", "burst-blocks",
                                              "burst-machine", NULL };

/* A piece of the text: LENGTH bytes.  */
struct word
{
  const char *text;
  size_t length;
};

static bool
word_is (struct word word, const char *string)
{
  return strlen (string) == word.length && memcmp (word.text, string, word.length) == 0;
}

/* Cut the next "key=value" off *REST; VALUE's text is NULL where there is no "=".  False at the end.  */
static bool
next_pair (const char **rest, struct word *key, struct word *value)
{
  while (**rest == ',' || **rest == ' ')
    ++*rest;
  if (**rest == 0)
    return false;
  size_t length = strcspn (*rest, ",");
  const char *equals = memchr (*rest, '=', length);
  key->text = *rest;
  key->length = equals != NULL ? (size_t) (equals - *rest) : length;
  value->text = equals != NULL ? equals + 1 : NULL;
  value->length = equals != NULL ? length - key->length - 1 : 0;
  *rest += length;
  return true;
}

static bool
parse_number (struct word word, uint64_t min, uint64_t max, uint64_t *number)
{
  uint64_t n = 0;
  if (word.length == 0 || word.length > 18)
    return false;
  for (size_t i = 0; i < word.length; i++)
    {
      if (word.text[i] < '0' || word.text[i] > '9')
        return false;
      n = n * 10 + (uint64_t) (word.text[i] - '0');
    }
  if (n < min || n > max)
    return false;
  *number = n;
  return true;
}

/* "5%", "0.5%", "off": millionths.  */
static bool
parse_share (struct word word, uint32_t *ppm)
{
  if (word_is (word, "off") || word_is (word, "0"))
    {
      *ppm = 0;
      return true;
    }
  if (word.length > 0 && word.text[word.length - 1] == '%')
    word.length--;
  uint64_t whole, value;
  const char *dot = memchr (word.text, '.', word.length);
  struct word first = { word.text, dot != NULL ? (size_t) (dot - word.text) : word.length };
  if (!parse_number (first, 0, 100, &whole))
    return false;
  value = whole * 10000;
  if (dot != NULL)
    {
      struct word rest = { dot + 1, word.length - first.length - 1 };
      uint64_t fraction;
      if (rest.length > 4 || !parse_number (rest, 0, 9999, &fraction))
        return false;
      for (size_t i = rest.length; i < 4; i++)
        fraction *= 10;
      value += fraction;
    }
  if (value > 1000000)
    return false;
  *ppm = (uint32_t) value;
  return true;
}

bool
pgo_options_share (const char *text, size_t length, uint32_t *ppm)
{
  return parse_share ((struct word) { text, length }, ppm);
}

/* "USR2", "SIGUSR2", "12", "RTMIN+3", "off".  */
static bool
parse_signal (struct word word, int *number)
{
  static const struct
  {
    const char *name;
    int number;
  } names[] = {
    { "off", 0 },           { "none", 0 },      { "HUP", SIGHUP },      { "INT", SIGINT },
    { "QUIT", SIGQUIT },    { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },   { "ALRM", SIGALRM },
    { "TERM", SIGTERM },    { "URG", SIGURG },  { "XCPU", SIGXCPU },    { "VTALRM", SIGVTALRM },
    { "PROF", SIGPROF },    { "WINCH", SIGWINCH }, { "IO", SIGIO },     { "PWR", SIGPWR },
  };
  uint64_t n;
  if (word.length > 3 && memcmp (word.text, "SIG", 3) == 0)
    {
      word.text += 3;
      word.length -= 3;
    }
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (word_is (word, names[i].name))
      {
        *number = names[i].number;
        return true;
      }
  if (word.length > 6 && memcmp (word.text, "RTMIN+", 6) == 0)
    {
      struct word rest = { word.text + 6, word.length - 6 };
      if (!parse_number (rest, 0, (uint64_t) (SIGRTMAX - SIGRTMIN), &n))
        return false;
      *number = SIGRTMIN + (int) n;
      return true;
    }
  if (!parse_number (word, 1, (uint64_t) SIGRTMAX, &n) || n == SIGKILL || n == SIGSTOP)
    return false;
  *number = (int) n;
  return true;
}

/* NAME, made absolute; false if it doesn't fit.  */
static bool
set_out (struct pgo_options *options, struct word name)
{
  char directory[PGO_OPTIONS_TEXT];
  struct pgo_text path = pgo_text_in (options->out, sizeof options->out);
  if (name.length == 0)
    return false;
  if (name.text[0] != '/' && getcwd (directory, sizeof directory) != NULL)
    {
      /* A % of the directory's name is no template.  */
      for (const char *c = directory; *c != 0; c++)
        pgo_text_add_n (&path, "%%", *c == '%' ? 2 : (pgo_text_add_n (&path, c, 1), 0));
      if (path.length == 0 || path.bytes[path.length - 1] != '/')
        pgo_text_add (&path, "/");
    }
  pgo_text_add_n (&path, name.text, name.length);
  return path.length + 1 < path.size;
}

static bool
is_foreign (struct word key)
{
  for (size_t i = 0; the_foreign_keys[i] != NULL; i++)
    if (word_is (key, the_foreign_keys[i]))
      return true;
  return false;
}

/* One "key=value": false if it isn't understood.  */
static bool
set_option (struct pgo_options *options, struct word key, struct word value)
{
  uint64_t n;
  if (value.text == NULL)
    return word_is (key, "on");
  if (word_is (key, "out"))
    {
      char before[PGO_OPTIONS_TEXT];
      memcpy (before, options->out, sizeof before);
      if (set_out (options, value))
        return true;
      memcpy (options->out, before, sizeof before);
      return false;
    }
  if (word_is (key, "hz"))
    {
      if (!parse_number (value, MIN_HZ, MAX_HZ, &n))
        return false;
      options->hz = (unsigned) n;
      return true;
    }
  if (word_is (key, "engine"))
    {
      if (word_is (value, "auto"))
        options->engine = PGO_ENGINE_AUTO;
      else if (word_is (value, "perf"))
        options->engine = PGO_ENGINE_PERF;
      else if (word_is (value, "timer"))
        options->engine = PGO_ENGINE_TIMER;
      else
        return false;
      return true;
    }
  if (word_is (key, "stacks"))
    {
      options->stacks = word_is (value, "fp");
      return options->stacks || word_is (value, "none");
    }
  if (word_is (key, "children"))
    {
      options->children = !word_is (value, "off");
      return !options->children || word_is (value, "on");
    }
  if (word_is (key, "signal"))
    return parse_signal (value, &options->signal);
  if (word_is (key, "memory"))
    {
      if (!parse_number (value, MIN_MEMORY_MIB, MAX_MEMORY_MIB, &n))
        return false;
      options->memory_bytes = (size_t) n << 20;
      return true;
    }
  if (word_is (key, "burst"))
    return parse_share (value, &options->burst_ppm);
  if (word_is (key, "main"))
    {
      if (!parse_number (value, 1, INT32_MAX, &n))
        return false;
      options->main_pid = (int) n;
      return true;
    }
  return is_foreign (key);
}

void
pgo_options_parse (struct pgo_options *options, const char *text)
{
  memset (options, 0, sizeof *options);
  options->hz = PGOSAMPLE_DEFAULT_HZ;
  options->children = true;
  options->memory_bytes = (size_t) DEFAULT_MEMORY_MIB << 20;
  set_out (options, (struct word) { "cpu.pprof", 9 });

  struct pgo_text copy = pgo_text_in (options->text, sizeof options->text);
  pgo_text_add (&copy, text != NULL ? text : "");
  struct pgo_text refused = pgo_text_in (options->refused, sizeof options->refused);
  /* Not from the copy, which may be cut.  */
  const char *rest = text != NULL ? text : "";
  struct word key, value;
  while (next_pair (&rest, &key, &value))
    if (!set_option (options, key, value))
      {
        if (refused.length != 0)
          pgo_text_add (&refused, ",");
        pgo_text_add_n (&refused, key.text, key.length + (value.text != NULL ? 1 + value.length : 0));
      }
}

bool
pgo_options_get (const struct pgo_options *options, const char *name, char *buffer, size_t size)
{
  const char *rest = options->text;
  struct word key, value;
  bool found = false;
  while (next_pair (&rest, &key, &value))
    if (word_is (key, name) && value.text != NULL)
      {
        struct pgo_text copy = pgo_text_in (buffer, size);
        pgo_text_add_n (&copy, value.text, value.length);
        found = true;
      }
  return found;
}

bool
pgo_options_path (const struct pgo_options *options, int pid, char *path, size_t size)
{
  struct pgo_text text = pgo_text_in (path, size);
  bool named = false;
  for (const char *c = options->out; *c != 0; c++)
    if (c[0] == '%' && c[1] == 'p')
      {
        pgo_text_add_number (&text, (uint64_t) pid);
        named = true;
        c++;
      }
    else
      {
        pgo_text_add_n (&text, c, 1);
        c += c[0] == '%' && c[1] == '%';
      }
  if (!named && options->main_pid != 0 && options->main_pid != pid)
    {
      static const char ending[] = ".pprof";
      size_t n = sizeof ending - 1;
      bool has_ending = text.length > n && memcmp (path + text.length - n, ending, n) == 0
                        && path[text.length - n - 1] != '/';
      if (has_ending)
        text.length -= n;
      pgo_text_add (&text, ".");
      pgo_text_add_number (&text, (uint64_t) pid);
      if (has_ending)
        pgo_text_add (&text, ending);
    }
  return text.length + 1 < text.size;
}
