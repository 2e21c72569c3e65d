"""The five programs: where their source is, how it is built, what it is trained and measured with.

A *case* is one short series of commands in an empty folder of its own, where `in/` leads to the case's
input.  Every command's standard output, and every file that a case names, is its output, which must be
the same for all builds of the program.

Each program has two sets of cases, `train` and `measure`, which do the same kinds of work on different
input, and two lengths: `short` for valgrind (1 to 4 * 10^8 instructions in all), `long` for the clock (a
few seconds).  The only randomness in the programs themselves, hash seeds taken from addresses or the
time, is fixed when they are built.

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

# Work units of one script: short, long.
LUA = {
    "train": {"json": (3, 120), "words": (4, 160), "shapes": (9, 360), "pipeline": (9, 360),
              "numbers": (6, 240)},
    "measure": {"calc": (5, 180), "template": (8, 290), "paths": (2, 60), "lzw": (3, 120),
                "orbits": (9, 330), "events": (15, 540)},
}


def prepare_lua(tree, cc):
    """As Debian's rules do; the script library's path plays no part here."""
    generate.write(os.path.join(tree, "src", "lua5.4-deb-multiarch.h"),
                   '#define DEB_HOST_MULTIARCH "none"\n')


def cases_lua(phase, length):
    return [case(name, command("in/%s.lua" % name, units[length == "long"]))
            for name, units in LUA[phase].items()]


LUA_SOURCES = """lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc linit liolib
llex lmathlib lmem loadlib lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm
lua lundump lutf8lib lvm lzio""".split()


# --- sqlite3 ---

SQLITE = {
    "train": {"orders": (4, 120), "notes": (4, 120), "routes": (4, 120), "statements": (9, 260)},
    "measure": {"sensors": (4, 120), "library": (4, 120), "parts": (4, 120), "ledger": (4, 120),
                "statements": (9, 260)},
}


def prepare_sqlite(tree, cc):
    run_in(tree, ["./configure", "--disable-tcl", "CC=" + cc, "CFLAGS=-O1"],
           ["make", "-s", "sqlite3.c", "shell.c"])


def cases_sqlite(phase, length):
    """Each case has a database file of its own; `scale` holds the number of work units."""
    return [case(name, command("-batch", "-cmd",
                               "CREATE TEMP TABLE scale AS SELECT %d AS n" % units[length == "long"],
                               "base.db", ".read in/%s.sql" % name
                               if name != "statements" else ".read in/statements-%s.sql" % length))
            for name, units in SQLITE[phase].items()]


def generate_sqlite(phase, folder):
    for index, length in enumerate(("short", "long")):
        generate.write(os.path.join(folder, "statements-%s.sql" % length),
                       generate.sql_statements(phase, SQLITE[phase]["statements"][index]))


# --- tcc ---

# How often each file is compiled: short, long.
TCC = (1, 30)


def prepare_tcc(tree, cc):
    run_in(tree, ["./configure", "--cc=" + cc])


def cases_tcc(phase, length):
    """Compile to objects and preprocess; link the objects into a shared library."""
    repeat = range(TCC[length == "long"])
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

DUKTAPE = {
    "train": {"inventory": (4, 120), "strings": (4, 120), "simulation": (4, 120), "functional": (4, 120)},
    "measure": {"interpreter": (4, 120), "markup": (4, 120), "grids": (4, 120), "caches": (4, 120),
                "records": (4, 120)},
}


def prepare_duktape(tree, cc):
    replace_once(os.path.join(tree, "src", "duktape.c"), "(duk_uint32_t) (duk_uintptr_t) res;",
                 "(duk_uint32_t) 0x5eed1234UL;")


def cases_duktape(phase, length):
    """The command line has no arguments for scripts: a first script sets UNITS."""
    return [case(name, command("in/units-%d.js" % units[length == "long"], "in/%s.js" % name))
            for name, units in DUKTAPE[phase].items()]


def generate_duktape(phase, folder):
    for units in set(sum(DUKTAPE[phase].values(), ())):
        generate.write(os.path.join(folder, "units-%d.js" % units), "var UNITS = %d;\n" % units)


# --- minigzip ---

# Kilobytes of each kind of data, short; and how often the long cases repeat it.
MINIGZIP = {
    "train": {"prose": (180, "-6"), "json": (220, "-9"), "source": (160, "-1"), "pixels": (90, "-6")},
    "measure": {"letters": (220, "-6"), "log": (300, "-6"), "table": (80, "-9"), "markup": (300, "-1"),
                "records": (80, "-6"), "noise": (60, "-6")},
}
MINIGZIP_LONG = 30


def cases_minigzip(phase, length):
    """Compress, then uncompress again."""
    return [case(name, command(level, stdin="in/%s-%s" % (name, length), stdout="packed.gz"),
                 command("-d", stdin="packed.gz", stdout="unpacked"),
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
