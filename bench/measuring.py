"""Runs of a program's cases: their output, counts under valgrind, and time.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import os
import re
import shutil
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor

from building import JOBS, SLOTS, Failure, code_digest, digest, locked, note, read_json, text_size, write_json

# The simulated machine: fixed, so that counts do not depend on the host's caches.
CACHES = ["--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64"]
# As large, but any line may be anywhere: its misses tell how much code is needed at a time, and nothing of the luck by which
# lines of it exclude each other.
FULLY_ASSOCIATIVE = ["--I1=32768,512,64", *CACHES[1:]]

# Valgrind counts each step of a `rep` instruction as an instruction, and as a conditional jump taken: for libc's memset one a
# byte, where a processor stores a line at a time (by gcc -O2, of tcc 1.5% of the instructions and 23% of the jumps
# taken, of sqlite3 .9% and 14%).
# So libc is told to use its other code, loops over vectors.
COUNTING = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM"}

# Interleaved pairs of timed runs.
PAIRS = 9

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def run_case(shop, program, binary, case, inputs, wrap=None, collect=None, environment=None):
    """Run one case in a folder of its own: the hash of its output, and user CPU seconds.

    WRAP (folder, index) is what is put before the command; COLLECT (folder, index) is called after it.
    """
    # The same names each time: arguments and paths on the stack, and working folders that end up in the
    # output (tcc -g), must not differ.
    folder = os.path.join(shop.out, "run", program.name, case.name)
    with locked(folder + ".lock"):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        os.link(binary, os.path.join(folder, program.name))
        os.symlink(inputs, os.path.join(folder, "in"))
        total = hashlib.sha256()
        seconds = 0.0
        for index, command in enumerate(case.commands):
            prefix = wrap(folder, index) if wrap else []
            stdout = os.path.join(folder, command.stdout or ".stdout")
            stdin = os.path.join(folder, command.stdin) if command.stdin else os.devnull
            with SLOTS, open(stdin, "rb") as source, open(stdout, "wb") as sink, \
                 open(os.path.join(folder, ".stderr"), "w+b") as errors:
                child = subprocess.Popen([*prefix, "./" + program.name, *command.args], cwd=folder,
                                         env={**ENVIRONMENT, **(environment or {})}, stdin=source,
                                         stdout=sink, stderr=errors)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                if child.returncode:
                    errors.seek(0)
                    raise Failure("%s: case %s: %s: exit status %d\n%s" % (
                        program.name, case.name, " ".join(command.args), child.returncode,
                        errors.read().decode(errors="replace")[-2000:]))
            seconds += usage.ru_utime + usage.ru_stime
            with open(stdout, "rb") as file:
                total.update(hashlib.sha256(file.read()).digest())
            if collect:
                collect(folder, index)
        for name in case.files:
            with open(os.path.join(folder, name), "rb") as file:
                total.update(hashlib.sha256(file.read()).digest())
        shutil.rmtree(folder)
    return total.hexdigest()[:16], seconds


def run_cases(shop, program, binary, phase, length, wrap=None, collect=None, jobs=1, environment=None):
    """Run all cases: {case: hash of its output} and the sum of CPU seconds.

    WRAP and COLLECT also get the case.
    """
    inputs = shop.inputs(program, phase)
    cases = program.cases(phase, length)

    def one(case):
        return run_case(shop, program, binary, case, inputs,
                        wrap and (lambda folder, index: wrap(case, folder, index)),
                        collect and (lambda folder, index: collect(case, folder, index)), environment)

    with ThreadPoolExecutor(jobs) as pool:
        done = list(pool.map(one, cases))
    return {case.name: output for case, (output, _) in zip(cases, done)}, sum(s for _, s in done)


def cachegrind(shop, program, binary, simulate, caches=CACHES):
    """Instructions, in all and of each case; with SIMULATE also I1 misses and mispredicted branches, under cachegrind."""
    events, cases = {}, {}

    def wrap(_, folder, index):
        return ["valgrind", "--tool=cachegrind", "--cachegrind-out-file=%s/.counts" % folder,
                "--log-file=%s/.log" % folder, *caches,
                *(["--branch-sim=yes"] if simulate else ["--cache-sim=no"])]

    def collect(case, folder, index):
        with open(os.path.join(folder, ".counts"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        names = next(l for l in lines if l.startswith("events:")).split()[1:]
        counts = next(l for l in reversed(lines) if l.startswith("summary:")).split()[1:]
        for name, count in zip(names, counts):
            events[name] = events.get(name, 0) + int(count)
            if name == "Ir":
                cases[case.name] = cases.get(case.name, 0) + int(count)

    outputs, _ = run_cases(shop, program, binary, "measure", "short", wrap, collect, JOBS, COUNTING)
    figures = {"instructions": events["Ir"], "cases": cases}
    if simulate:
        figures.update(i1_misses=events["I1mr"], branches=events["Bc"],
                       mispredicts=events["Bcm"] + events["Bim"])
    return outputs, figures


def lackey(shop, program, binary):
    """Conditional jumps taken, under lackey."""
    taken = []

    def wrap(_, folder, index):
        return ["valgrind", "--tool=lackey", "--basic-counts=yes", "--log-file=%s/.log" % folder]

    def collect(_, folder, index):
        with open(os.path.join(folder, ".log"), encoding="utf-8") as file:
            taken.append(int(re.search(r"\btaken: +([0-9,]+)", file.read()).group(1).replace(",", "")))

    outputs, _ = run_cases(shop, program, binary, "measure", "short", wrap, collect, JOBS, COUNTING)
    return outputs, {"jumps_taken": sum(taken)}


def input_key(shop, program, length):
    return digest(os.path.basename(shop.inputs(program, "measure")),
                  repr(program.cases("measure", length)), shop.valgrind, os.confstr("CS_GNU_LIBC_VERSION"),
                  repr(COUNTING))


def counts(shop, program, binary, groups):
    """The deterministic figures of a binary, remembered by its code and input.

    GROUPS: "instructions" alone is the quickest; "cache" adds I1 misses and mispredictions, "jumps" the
    conditional jumps taken, "capacity" the misses of a fully associative I1.
    """
    path = os.path.join(shop.out, program.name, "figures",
                        "%s-%s.json" % (code_digest(binary), input_key(shop, program, "short")))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    record = read_json(path, {"outputs": None, "figures": {}})

    def add(measured):
        outputs, figures = measured
        if record["outputs"] not in (None, outputs):
            raise Failure("%s: the output of one binary differs between runs" % program.name)
        record["outputs"] = outputs
        record["figures"].update(figures)
        write_json(path, record)

    figures = record["figures"]
    if "cache" in groups and "i1_misses" not in figures:
        note("%s: cachegrind" % program.name)
        add(cachegrind(shop, program, binary, True))
    if "instructions" not in figures:
        note("%s: cachegrind, instructions only" % program.name)
        add(cachegrind(shop, program, binary, False))
    if "jumps" in groups and "jumps_taken" not in figures:
        note("%s: lackey" % program.name)
        add(lackey(shop, program, binary))
    if "capacity" in groups and "i1_capacity_misses" not in figures:
        note("%s: cachegrind, fully associative" % program.name)
        outputs, found = cachegrind(shop, program, binary, True, FULLY_ASSOCIATIVE)
        add((outputs, {"i1_capacity_misses": found["i1_misses"]}))
    return record["outputs"], dict(figures, text=text_size(binary))


def times(shop, program, binaries, fresh=False):
    """Paired CPU times of {variant: binary} against the binary of "base".

    The variants and base take turns in each round.  A figure is remembered by the two codes; with FRESH
    it is taken anew.  Returns {variant: {"median", "low", "high", "seconds"}}: the median and the
    quartiles of the ratios to base, and the median seconds.
    """
    base = code_digest(binaries["base"])
    key = input_key(shop, program, "long")
    paths = {name: os.path.join(shop.out, program.name, "figures",
                                "time-%s-%s-%s.json" % (code_digest(binary), base, key))
             for name, binary in binaries.items()}
    os.makedirs(os.path.join(shop.out, program.name, "figures"), exist_ok=True)
    missing = [n for n in binaries if n != "base" and (fresh or not os.path.exists(paths[n]))]
    if missing:
        turn = ["base"] + missing
        seconds = {name: [] for name in turn}
        outputs = {}
        for index in range(PAIRS):
            note("%s: timing, round %d of %d" % (program.name, index + 1, PAIRS))
            for name in turn[index % len(turn):] + turn[:index % len(turn)]:
                output, spent = run_cases(shop, program, binaries[name], "measure", "long")
                seconds[name].append(spent)
                if outputs.setdefault("all", output) != output:
                    raise Failure("%s: the output of %s differs from base's" % (program.name, name))
        for name in missing:
            ratios = [a / b for a, b in zip(seconds[name], seconds["base"])]
            low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
            write_json(paths[name], {"median": median, "low": low, "high": high,
                                     "seconds": statistics.median(seconds[name]),
                                     "base_seconds": statistics.median(seconds["base"])})
    return {name: read_json(paths[name]) for name in binaries if name != "base"}
