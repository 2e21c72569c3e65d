"""The variants: how each build of a program comes by its flags and its profile.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import collections
import gzip
import os

from building import JOBS, Failure, digest, file_digest, note, output_of, text_digest, tree_digest
from measuring import run_cases
from programs import PROGRAMS

# CPU time that samples are taken of, for each program.
TRAINING_SECONDS = 20

# COUNTED: only what is counted is of interest, not the time of compiling and running.
Variant = collections.namedtuple("Variant", "name text build counted", defaults=[False])


class Profiles:
    """Evidence and profiles of the programs, each made once; with MARKED, of code that the plugin marked."""

    def __init__(self, shop, marked=False):
        self.shop = shop
        self.suffix = "-marked" if marked else ""

    def base(self, program):
        """The binary that is sampled: -O2 -g."""
        base = self.shop.build(program, "base", [])[0]
        if not self.suffix:
            return base
        plugin = self.shop.product("pgoinline.so")
        marked = self.shop.build(program, "marked", ["-fplugin=" + plugin, "-fplugin-arg-pgoinline-mark=on"],
                                 key=[file_digest(plugin)])[0]
        if text_digest(marked) != text_digest(base):
            raise Failure("%s: marks change .text: %s, %s" % (program.name, marked, base))
        return marked

    def _key(self, program, length, *more):
        return digest(file_digest(self.base(program)), os.path.basename(self.shop.inputs(program, "train")),
                      repr(program.cases("train", length)), *more)

    def _records(self, program, kind, length, key, wrap, seconds=0):
        """Folder of what a recorder writes in the training cases, which must put out what they do without.

        WRAP (PATH) is what is put before a command, for records named PATH and a suffix.  The cases are run as often as
        makes SECONDS of CPU time, about, on this machine.  What the recorder says is in `log` beside the folder.
        """
        def make(made):
            note("%s: training for %s" % (program.name, kind))
            folder = os.path.join(made, "records")
            os.mkdir(folder)
            said = {}

            def record(turn):
                def collect(case, run, index):
                    with open(os.path.join(run, ".stderr"), encoding="utf-8", errors="replace") as file:
                        said[case.name, turn, index] = file.read()

                return run_cases(self.shop, program, self.base(program), "train", length,
                                 lambda case, _, index: wrap("%s/%s.%d.%d." % (folder, case.name, turn, index)),
                                 collect, JOBS)[0]

            plain, spent = run_cases(self.shop, program, self.base(program), "train", length)
            for turn in range(max(1, round(seconds / spent))):
                outputs = record(turn)
                if outputs != plain:
                    raise Failure("%s: the output changes when it is recorded for %s: %s" % (
                        program.name, kind, ", ".join(c for c in plain if outputs[c] != plain[c])))
            with open(os.path.join(made, "log"), "w", encoding="utf-8") as log:
                log.writelines(said[key] for key in sorted(said))
        return os.path.join(self.shop.made(program, kind + self.suffix, key, make, self.shop.retrain), "records")

    def callgrind(self, program, kind="samples-exact", length="short"):
        """Folder of callgrind's records of a training run."""
        return self._records(program, kind, length, self._key(program, length, self.shop.valgrind),
                             lambda path: ["valgrind", "--tool=callgrind", "--dump-instr=yes",
                                           "--collect-jumps=yes", "--callgrind-out-file=%scallgrind" % path,
                                           "--log-file=/dev/null"])

    def samples(self, program, kind, *options):
        """Folder of what `pgoinline record` writes in the long training run, as KIND."""
        tool = self.shop.product("pgoinline")
        runtime = file_digest(self.shop.product("libpgosample.so"))
        return self._records(program, kind, "long", self._key(program, "long", runtime, options, TRAINING_SECONDS),
                             lambda path: [tool, "record", *options, "-o", path + "pprof", "--"], TRAINING_SECONDS)

    def clock(self, program):
        return self.samples(program, "samples-clock", "--burst=off")

    def burst(self, program):
        return self.samples(program, "samples-burst")

    def converted(self, program, kind, records):
        """The profile made of a folder of records."""
        tool = self.shop.product("pgoinline")
        base = self.base(program)

        def make(folder):
            output = output_of(tool, "convert", *[os.path.join(records, n) for n in sorted(os.listdir(records))],
                               "--binary", base, "-o", os.path.join(folder, "app.pgo.xml"))
            with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
                log.write(output)
        key = digest(tree_digest(records), file_digest(base), file_digest(tool))
        return os.path.join(self.shop.made(program, "profile-" + kind + self.suffix, key, make), "app.pgo.xml")

    def exact(self, program):
        return self.converted(program, "exact", self.callgrind(program))

    def timed(self, program):
        return self.converted(program, "clock", self.clock(program))

    def branches(self, program):
        return self.converted(program, "burst", self.burst(program))

    def exported(self, program):
        """GCC's own counts of the instrumented training run, written by the plugin with its keys."""
        plugin, tool = self.shop.product("pgoinline.so"), self.shop.product("pgoinline")
        binary, _ = build_fprofile(self.shop, self, program, 1, counts=True)

        def make(folder):
            parts = os.path.join(folder, "parts")
            os.mkdir(parts)
            self.shop.compile_again(program, "fprofile", FPROFILE + [
                "-fplugin=" + plugin, "-fplugin-arg-pgoinline-export=" + parts])
            output_of(tool, "merge", *[os.path.join(parts, n) for n in sorted(os.listdir(parts))],
                      "-o", os.path.join(folder, "app.pgo.xml"))
        key = digest(file_digest(binary), file_digest(plugin), file_digest(tool))
        return os.path.join(self.shop.made(program, "profile-exported", key, make), "app.pgo.xml")

    def few(self, program, samples=20):
        """As from a run that was too short: SAMPLES of the clock samples, evenly taken."""
        whole = self.clock(program)

        def make(folder):
            records = os.path.join(folder, "records")
            os.mkdir(records)
            files = [(name, *split_samples(os.path.join(whole, name))) for name in sorted(os.listdir(whole))]
            total = sum(values[0] for _, found, _ in files for _, values in found)
            if total < samples:
                raise Failure("%s: only %d samples to take %d of" % (program.name, total, samples))
            # A sample is taken when the sum of samples times SAMPLES passes a multiple of TOTAL.
            seen = 0
            for name, found, rest in files:
                mine = []
                for stack, values in found:
                    taken = (seen + values[0]) * samples // total - seen * samples // total
                    seen += values[0]
                    if taken:
                        mine.append(join_sample(stack, [value * taken // values[0] for value in values]))
                if mine:
                    with open(os.path.join(records, name), "wb") as file:
                        file.write(gzip.compress(b"".join(mine) + rest, mtime=0))
        made = self.shop.made(program, "samples-few", digest(tree_digest(whole), samples, "evenly"), make)
        return self.converted(program, "few", os.path.join(made, "records"))

    def empty(self, program):
        """A profile of nothing."""
        def make(folder):
            with open(os.path.join(folder, "app.pgo.xml"), "w", encoding="utf-8") as file:
                file.write(EMPTY)
        return os.path.join(self.shop.made(program, "profile-empty", digest(EMPTY), make), "app.pgo.xml")

    def wrong(self, program):
        """The profile of another program."""
        names = list(PROGRAMS)
        other = PROGRAMS[names[(names.index(program.name) + 1) % len(names)]]
        self.shop.fetch([other])
        return self.timed(other)


EMPTY = '<?xml version="1.0" encoding="UTF-8"?>\n<pgo-profile version="1"/>\n'


def fields(data):
    """The fields of a protobuf message: number, content (an integer or bytes), and all of it as encoded."""
    def varint(at):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value, at

    at = 0
    while at < len(data):
        start = at
        tag, at = varint(at)
        if tag & 7 == 0:
            content, at = varint(at)
        elif tag & 7 == 2:
            length, at = varint(at)
            content, at = data[at:at + length], at + length
        else:
            raise Failure("a profile.proto has a field of wire type %d" % (tag & 7))
        yield tag >> 3, content, data[start:at]


def split_samples(path):
    """The samples (field 2) of a profile.proto with positive counts, their stacks as encoded and their values, and
    all its other fields."""
    with gzip.open(path) as file:
        data = file.read()
    samples, rest = [], []
    for number, content, raw in fields(data):
        if number != 2:
            rest.append(raw)
            continue
        stack, values = b"", []
        for inner, value, inner_raw in fields(content):
            if inner == 1:
                stack += inner_raw
            elif inner == 2:
                values += unpacked(value)
        if values[0] > 0:
            samples.append((stack, values))
    return samples, b"".join(rest)


def unpacked(value):
    """A repeated integer, packed or not."""
    if isinstance(value, int):
        return [value]
    values, shift = [], 0
    for byte in value:
        if shift == 0:
            values.append(0)
        values[-1] |= (byte & 127) << shift
        shift = shift + 7 if byte & 128 else 0
    return values


def join_sample(stack, values):
    """A sample as it is encoded."""
    def varint(value):
        out = b""
        while value > 127:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    packed = b"".join(varint(value) for value in values)
    message = stack + b"\x12" + varint(len(packed)) + packed
    return b"\x12" + varint(len(message)) + message


def build_base(shop, profiles, program, times):
    return shop.build(program, "base", [], times=times)


FPROFILE = ["-fprofile-use", "-fprofile-correction"]


def build_fprofile(shop, profiles, program, times, counts=False):
    """Instrument, train with the short training run (in order: the counters' files are merged), rebuild."""
    return shop.build(program, "fprofile", FPROFILE,
                      key=[os.path.basename(shop.inputs(program, "train")),
                           repr(program.cases("train", "short"))],
                      train=lambda binary: run_cases(shop, program, binary, "train", "short"), times=times,
                      counts=counts)


def of_marked(profile):
    """PROFILE, made of marked code."""
    return lambda profiles, program: profile(Profiles(profiles.shop, True), program)


def plugin_build(kind, profile):
    def build(shop, profiles, program, times):
        plugin, path = shop.product("pgoinline.so"), profile(profiles, program)
        flags = ["-fplugin=" + plugin, "-fplugin-arg-pgoinline-profile=" + path]
        flags += ["-fplugin-arg-pgoinline-" + argument for argument in shop.plugin_args]
        return shop.build(program, kind, flags, key=[file_digest(plugin), file_digest(path)], times=times)
    return build


def file_variant(name, folder):
    """A variant whose profiles are the files FOLDER/PROGRAM.pgo.xml."""
    return Variant(name, "plugin, profiles of " + os.path.basename(folder), plugin_build(
        name, lambda _, program: os.path.join(os.path.abspath(folder), program.name + ".pgo.xml")))


VARIANTS = collections.OrderedDict((v.name, v) for v in (
    Variant("base", "gcc -O2", build_base),
    Variant("fprofile", "gcc -O2 -fprofile-use (instrumented)", build_fprofile),
    Variant("exported", "plugin, counts of -fprofile-use", plugin_build("exported", Profiles.exported), True),
    Variant("exact", "plugin, exact counts (callgrind)", plugin_build("exact", Profiles.exact)),
    Variant("burst", "plugin, branch records (bursts)", plugin_build("burst", Profiles.branches)),
    Variant("exact-marked", "plugin, exact counts of marked code",
            plugin_build("exact-marked", of_marked(Profiles.exact))),
    Variant("burst-marked", "plugin, bursts of marked code",
            plugin_build("burst-marked", of_marked(Profiles.branches))),
    Variant("clock", "plugin, clock samples", plugin_build("clock", Profiles.timed)),
    Variant("few", "plugin, 20 clock samples", plugin_build("few", Profiles.few), True),
    Variant("empty", "plugin, empty profile", plugin_build("empty", Profiles.empty), True),
    Variant("wrong", "plugin, another program's profile", plugin_build("wrong", Profiles.wrong), True),
))
