"""The five programs: where their source is, how it is built, what it is trained and measured with.

A *case* is one short series of commands in an empty folder of its own, where `in/` leads to the case's
input.  Every command's standard output, and every file that a case names, is its output, which must be
the same for all builds of the program.

Each program has two sets of cases, `train` and `measure`, which do the same kinds of work on different
input, and two lengths: `short` for valgrind (1 to 4 * 10^8 instructions in all), `long` for the clock: a
few seconds when measured, about 20 when trained, where the same commands are done again and again (`once`: one time;
sqlite3's, each of which does the same many times over, as short ones).  The only randomness in the programs themselves, hash
seeds taken from addresses or the time, is fixed when they are built.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import collections
import os
import subprocess

import generate

Command = collections.namedtuple("Command", "args stdin stdout")
Case = collections.namedtuple("Case", "name commands files")
Program = collections.namedtuple(
    "Program", "name package prepare sources cflags libs cases generate")


def command(*args, stdin=None, stdout=None):
    """One run of the program: its arguments, and files of the case's folder to read from and write to."""
    return Command(tuple(str(a) for a in args), stdin, stdout)


def case(name, *commands, files=()):
    return Case(name, commands, tuple(files))


def replace_once(path, old, new):
    """Replace OLD, which must be in the file once, by NEW."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        raise SystemExit("%s: %d times %r, not once" % (path, text.count(old), old))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def run_in(tree, *commands):
    """Run preparing commands in a source tree; their output is shown when one fails."""
    for argv in commands:
        done = subprocess.run(argv, cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise SystemExit("%s: %s failed\n%s"
                             % (tree, " ".join(argv), done.stdout.decode(errors="replace")))


def generate_nothing(phase, folder):
    """All input is in the project."""


def prepare_nothing(tree, cc):
    """The source can be compiled as it is."""


# --- lua ---

# Work units of each script in a short run; a long run has so many times as many.  In training that is done so often, by one
# process each: what a script needs to start is not to vanish beside what it does.
LUA = {
    "train": {"json": 3, "words": 4, "shapes": 9, "pipeline": 9, "numbers": 6},
    "measure": {"calc": 5, "template": 8, "paths": 2, "lzw": 3, "orbits": 9, "events": 15},
}
LUA_LONG = {"train": 10, "measure": 90}
LUA_TRAINING = 65


def prepare_lua(tree, cc):
    """As Debian's rules do; the script library's path plays no part here."""
    generate.write(os.path.join(tree, "src", "lua5.4-deb-multiarch.h"),
                   '#define DEB_HOST_MULTIARCH "none"\n')


def cases_lua(phase, length):
    times = 1 if length == "short" else LUA_LONG[phase]
    runs = LUA_TRAINING if (phase, length) == ("train", "long") else 1
    return [case(name, *[command("in/%s.lua" % name, units * times)] * runs) for name, units in LUA[phase].items()]


LUA_SOURCES = """lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc linit liolib
llex lmathlib lmem loadlib lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm
lua lundump lutf8lib lvm lzio""".split()


# --- sqlite3 ---

# How many rows, about, in tens to hundreds.  A long run does the whole so many times, each on a new file.
SQLITE = {
    "train": {"orders": 4, "notes": 4, "routes": 4, "statements": 9},
    "measure": {"sensors": 4, "library": 4, "parts": 4, "ledger": 4, "statements": 9},
}
SQLITE_LONG = {"train": 320, "measure": 60}


def prepare_sqlite(tree, cc):
    run_in(tree, ["./configure", "--disable-tcl", "CC=" + cc, "CFLAGS=-O1"],
           ["make", "-s", "sqlite3.c", "shell.c"])


def cases_sqlite(phase, length):
    """Each case has a database of its own, `statements` in memory; `scale` holds the number of units."""
    times = SQLITE_LONG[phase] if length == "long" else 1
    return [case(name, command("-batch", "base.db", *[
        ".open " + (":memory:" if name == "statements" else "--new base.db"),
        "CREATE TEMP TABLE scale AS SELECT %d AS n" % units, ".read in/%s.sql" % name] * times))
            for name, units in SQLITE[phase].items()]


def generate_sqlite(phase, folder):
    generate.write(os.path.join(folder, "statements.sql"),
                   generate.sql_statements(phase, SQLITE[phase]["statements"]))


# --- tcc ---

# How often each file is compiled in a long run.
TCC_LONG = {"train": 200, "measure": 40}


def prepare_tcc(tree, cc):
    run_in(tree, ["./configure", "--cc=" + cc])


def cases_tcc(phase, length):
    """Compile to objects and preprocess; link the objects into a shared library."""
    repeat = range(TCC_LONG[phase] if length == "long" else 1)
    flags = ["-nostdinc", "-Iin"]
    cases = []
    for name in generate.C_SOURCES[phase]:
        debug = ["-g"] if name in ("tables", "engine") else []
        cases.append(case(name, *[command(*flags, *debug, "-c", "in/%s.c" % name, "-o", "%s.o" % name)
                                  for _ in repeat], files=["%s.o" % name]))
    first, *_, last = generate.C_SOURCES[phase]
    cases.append(case("preprocess", *[command(*flags, "-E", "in/%s.c" % first, "-o", "first.i")
                                      for _ in repeat], files=["first.i"]))
    cases.append(case("link", *[command(*flags, "-nostdlib", "-shared", "in/%s.c" % first,
                                        "in/%s.c" % last, "-o", "both.so") for _ in repeat],
                      files=["both.so"]))
    return cases


def generate_tcc(phase, folder):
    for name in generate.C_SOURCES[phase]:
        generate.write(os.path.join(folder, name + ".c"), generate.c_source(phase, name))
    generate.write(os.path.join(folder, "base.h"), generate.c_header())


# --- duktape ---

# Work units of each script, as for lua.
DUKTAPE = {
    "train": {"inventory": 4, "strings": 4, "simulation": 4, "functional": 4},
    "measure": {"interpreter": 4, "markup": 4, "grids": 4, "caches": 4, "records": 4},
}
DUKTAPE_LONG = {"train": 10, "measure": 80}
DUKTAPE_TRAINING = 60


def prepare_duktape(tree, cc):
    replace_once(os.path.join(tree, "src", "duktape.c"), "(duk_uint32_t) (duk_uintptr_t) res;",
                 "(duk_uint32_t) 0x5eed1234UL;")


def cases_duktape(phase, length):
    """The command line has no arguments for scripts: a first script sets UNITS."""
    runs = DUKTAPE_TRAINING if (phase, length) == ("train", "long") else 1
    size = "short" if length == "short" else "long"
    return [case(name, *[command("in/units-%s-%d.js" % (size, units), "in/%s.js" % name)] * runs)
            for name, units in DUKTAPE[phase].items()]


def generate_duktape(phase, folder):
    for units in set(DUKTAPE[phase].values()):
        for length, times in (("short", 1), ("long", DUKTAPE_LONG[phase])):
            generate.write(os.path.join(folder, "units-%s-%d.js" % (length, units)),
                           "var UNITS = %d;\n" % (units * times))


# --- minigzip ---

# Kilobytes of each kind of data in a short run; a long run has so many times as many.
MINIGZIP = {
    "train": {"prose": (180, "-6"), "json": (220, "-9"), "source": (300, "-1"), "pixels": (90, "-6")},
    "measure": {"letters": (220, "-6"), "log": (300, "-6"), "table": (80, "-9"), "markup": (300, "-1"),
                "records": (80, "-6"), "noise": (60, "-6")},
}
MINIGZIP_LONG = 40
# How often that is done in a long training run.
MINIGZIP_TRAINING = 7


def cases_minigzip(phase, length):
    """Compress, then uncompress again."""
    times = MINIGZIP_TRAINING if (phase, length) == ("train", "long") else 1
    size = "short" if length == "short" else "long"
    return [case(name, *[command(level, stdin="in/%s-%s" % (name, size), stdout="packed.gz"),
                         command("-d", stdin="packed.gz", stdout="unpacked")] * times,
                 files=["packed.gz", "unpacked"])
            for name, (_, level) in MINIGZIP[phase].items()]


def generate_minigzip(phase, folder):
    for name, (kilobytes, _) in MINIGZIP[phase].items():
        generate.write_data(os.path.join(folder, name + "-short"), phase, name, kilobytes * 1024)
        generate.write_data(os.path.join(folder, name + "-long"), phase, name,
                            kilobytes * 1024 * MINIGZIP_LONG)


PROGRAMS = collections.OrderedDict((p.name, p) for p in (
    Program("sqlite3", "sqlite3", prepare_sqlite, ["sqlite3.c", "shell.c"],
            ["-DSQLITE_THREADSAFE=1", "-DSQLITE_ENABLE_MATH_FUNCTIONS", "-DSQLITE_OMIT_LOAD_EXTENSION",
             "-DHAVE_USLEEP"],
            ["-lm", "-lpthread"], cases_sqlite, generate_sqlite),
    Program("lua", "lua5.4", prepare_lua, ["src/%s.c" % name for name in LUA_SOURCES],
            ["-DLUA_COMPAT_5_3", "-DLUA_USE_POSIX", "-DLUA_USE_DLOPEN",
             "-Dluai_makeseed(L)=0x5eed1234u"],
            ["-Wl,-E", "-lm", "-ldl"], cases_lua, generate_nothing),
    Program("tcc", "tcc", prepare_tcc,
            ["tcc.c", "libtcc.c", "tccpp.c", "tccgen.c", "tccelf.c", "tccasm.c", "tccrun.c",
             "x86_64-gen.c", "x86_64-link.c", "i386-asm.c"],
            ["-I.", "-DTCC_TARGET_X86_64", "-DONE_SOURCE=0"], ["-lm", "-lpthread", "-ldl"],
            cases_tcc, generate_tcc),
    Program("duktape", "duktape", prepare_duktape,
            ["src/duktape.c", "examples/cmdline/duk_cmdline.c", "extras/print-alert/duk_print_alert.c"],
            ["-std=c99", "-Iexamples/cmdline", "-Isrc", "-Iextras/print-alert",
             "-DDUK_CMDLINE_PRINTALERT_SUPPORT"],
            ["-lm"], cases_duktape, generate_duktape),
    Program("minigzip", "zlib", prepare_nothing,
            ["test/minigzip.c", "adler32.c", "crc32.c", "deflate.c", "infback.c", "inffast.c",
             "inflate.c", "inftrees.c", "trees.c", "zutil.c", "compress.c", "uncompr.c", "gzclose.c",
             "gzlib.c", "gzread.c", "gzwrite.c"],
            ["-I.", "-DHAVE_UNISTD_H", "-DHAVE_STDARG_H"], [], cases_minigzip, generate_minigzip),
))
