/* The text of PGOSAMPLE.
   { unit-options "@TOP@/runtime/options.c @TOP@/runtime/raw.c" }

   SPDX-License-Identifier: GPL-3.0-or-later  */
#include "runtime/options.h"
#include "runtime/pgosample.h"
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct pgo_options o;
static char path[PGO_OPTIONS_TEXT];

static void
parse (const char *text)
{
  pgo_options_parse (&o, text);
}

static bool
refuses (const char *text)
{
  parse (text);
  return strcmp (o.refused, text) == 0;
}

static bool
path_is (const char *text, int pid, const char *expected)
{
  parse (text);
  return pgo_options_path (&o, pid, path, sizeof path) && strcmp (path, expected) == 0;
}

int
main (void)
{
  if (chdir ("/") != 0)
    return 1;
  parse (NULL);
  CHECK ("defaults: rate", o.hz == PGOSAMPLE_DEFAULT_HZ);
  CHECK ("defaults: file in the current directory", strcmp (o.out, "/cpu.pprof") == 0);
  CHECK ("defaults: children, no stacks, no signal, no bursts",
         o.children && !o.stacks && o.signal == 0 && o.burst_ppm == 0 && o.engine == PGO_ENGINE_AUTO);
  CHECK ("defaults: nothing refused", o.refused[0] == 0);

  parse ("out=/x/y.pprof,hz=997,engine=timer,stacks=fp,children=off,memory=3,main=17");
  CHECK ("all at once", strcmp (o.out, "/x/y.pprof") == 0 && o.hz == 997 && o.engine == PGO_ENGINE_TIMER);
  CHECK ("all at once, the rest",
         o.stacks && !o.children && o.memory_bytes == 3u << 20 && o.main_pid == 17 && o.refused[0] == 0);
  parse ("hz=1,hz=2");
  CHECK ("the last one counts", o.hz == 2);
  parse ("on");
  CHECK ("on is understood", o.refused[0] == 0);
  parse (",, ,hz=5,,");
  CHECK ("empty entries are skipped", o.hz == 5 && o.refused[0] == 0);
  parse ("http=127.0.0.1:9000,burst=1%");
  CHECK ("keys of other parts are known", o.refused[0] == 0);
  CHECK ("and can be read",
         pgo_options_get (&o, "http", path, sizeof path) && strcmp (path, "127.0.0.1:9000") == 0);
  CHECK ("absent ones can't", !pgo_options_get (&o, "hz", path, sizeof path));
  CHECK ("long ones are cut", pgo_options_get (&o, "http", path, 4) && strcmp (path, "127") == 0);

  static const struct
  {
    const char *text;
    uint32_t ppm;
  } shares[] = {
    { "burst=5%", 50000 },      { "burst=5", 50000 }, { "burst=0.5%", 5000 },
    { "burst=1.25%", 12500 },   { "burst=off", 0 },   { "burst=100%", 1000000 },
    { "burst=0.0001%", 1 },
  };
  bool good = true;
  for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
    {
      parse (shares[i].text);
      good &= o.burst_ppm == shares[i].ppm && o.refused[0] == 0;
    }
  CHECK ("shares", good);

  static const struct
  {
    const char *text;
    int number;
  } signals[] = {
    { "signal=USR2", SIGUSR2 }, { "signal=SIGUSR1", SIGUSR1 }, { "signal=12", 12 }, { "signal=off", 0 }
  };
  good = true;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    {
      parse (signals[i].text);
      good &= o.signal == signals[i].number && o.refused[0] == 0;
    }
  parse ("signal=RTMIN+3");
  CHECK ("signals", good && o.signal == SIGRTMIN + 3);

  static const char *const wrong[] = {
    "hz=0",         "hz=10001",       "hz=-1",           "hz=",        "hz=1e3",    "hz=99999999999999999999",
    "hz",           "engine=x",       "stacks=deep",     "children=1", "signal=KILL", "signal=9",
    "burst=101%",   "burst=-1%",      "signal=RTMIN+99", "burst=%",    "memory=0",  "memory=5000",
    "burst=1.2.3%", "burst=0.00001%", "colour=red",      "main=0",     "out=",      "=",
    "off"
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    {
      char name[64];
      snprintf (name, sizeof name, "refused: %s", wrong[i]);
      CHECK (name, refuses (wrong[i]));
    }
  parse ("hz=7,hz=x,colour=red");
  CHECK ("what is refused changes nothing", o.hz == 7 && strcmp (o.refused, "hz=x,colour=red") == 0);

  static char long_text[3 * PGO_OPTIONS_TEXT];
  memset (long_text, 'x', sizeof long_text - 1);
  memcpy (long_text, "out=/", 5);
  parse (long_text);
  CHECK ("a name that is too long is refused", strcmp (o.out, "/cpu.pprof") == 0 && o.refused[0] != 0);

  CHECK ("the main process has the plain name", path_is ("out=/a/cpu.pprof,main=5", 5, "/a/cpu.pprof"));
  CHECK ("so has everybody without a main one", path_is ("out=/a/cpu.pprof", 5, "/a/cpu.pprof"));
  CHECK ("others have their id before the ending", path_is ("out=/a/cpu.pprof,main=5", 6, "/a/cpu.6.pprof"));
  CHECK ("or at the end", path_is ("out=/a/cpu,main=5", 6, "/a/cpu.6"));
  CHECK ("a name that is only the ending", path_is ("out=/a/.pprof,main=5", 6, "/a/.pprof.6"));
  CHECK ("%p is the id", path_is ("out=/a/%p/%p.x,main=5", 6, "/a/6/6.x"));
  CHECK ("%% is %", path_is ("out=/a/100%%p,main=5", 5, "/a/100%p"));
  CHECK ("other %s are themselves", path_is ("out=/a/%q%,main=5", 5, "/a/%q%"));
  parse ("out=/abc.pprof,main=1");
  CHECK ("a path that doesn't fit", !pgo_options_path (&o, 2, path, 8));
  return unit_done ();
}
