"""What was measured: kept as JSON, shown as lines, written as the table of docs/benchmarks.md.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import math
import os
import platform
import shutil

from building import Failure, locked, output_of, read_json, write_json
from measuring import CACHES, PAIRS
from programs import PROGRAMS

BEGIN, END = "<!-- begin: written by bench/run --table -->", "<!-- end -->"

# (key, heading) of the figures that are shown as ratios to base.
RATIOS = [("instructions", "Instructions"), ("mispredicts", "Branches mispredicted"),
          ("jumps_taken", "Conditional jumps taken"), ("i1_misses", "I1 misses"),
          ("i1_capacity_misses", "I1 misses, if it were fully associative"), ("text", ".text bytes"),
          ("compile_seconds", "Compile time (user CPU)")]


def geomean(values):
    values = list(values)
    return math.exp(sum(math.log(v) for v in values) / len(values))


def ratio(values, variant, key):
    """A figure as a ratio to base's; None where it was not measured."""
    if key == "time":
        timed = values.get(variant, {}).get("time")
        return timed["median"] if timed else None
    of, base = values.get(variant, {}).get(key), values["base"].get(key)
    return of / base if of and base else None


def share(of, fprofile):
    """Share of the gain of -fprofile-use, of two ratios to base."""
    return (1 - of) / (1 - fprofile) if fprofile != 1 else float("nan")


def show_lines(program, values):
    """One line a variant."""
    for variant, figures in values.items():
        line = "%-9s %-12s %14s instructions" % (program, variant, "{:,}".format(figures["instructions"]))
        if variant != "base":
            mine, theirs = ratio(values, variant, "instructions"), ratio(values, "fprofile", "instructions")
            line += "  %.4f of base" % mine
            if variant != "fprofile":
                line += "  fprofile %.4f  share of its gain %4.0f%%" % (theirs, 100 * share(mine, theirs))
            for key, name in (("mispredicts", "mispredicts"), ("jumps_taken", "jumps taken"), ("i1_misses", "I1"),
                              ("i1_capacity_misses", "capacity"), ("text", "text"), ("compile_seconds", "compile"),
                              ("time", "time")):
                other = ratio(values, variant, key)
                if other:
                    line += "  %s %.3f" % (name, other)
            if "time" in figures:
                line += " (%.3f-%.3f)" % (figures["time"]["low"], figures["time"]["high"])
        print(line, flush=True)


def show_means(found):
    """Geometric means over the programs of this run."""
    if len(found) < 2:
        return
    for variant in next(iter(found.values())):
        if variant != "base":
            mean = geomean(ratio(v, variant, "instructions") for v in found.values())
            theirs = geomean(ratio(v, "fprofile", "instructions") for v in found.values())
            print("%-9s %-12s %.4f of base's instructions%s" % (
                "geomean", variant, mean,
                "" if variant == "fprofile" else "  share of fprofile's gain %.0f%%" % (100 * share(mean, theirs))))


def environment(shop):
    """What the figures depend on besides the project, without names or dates."""
    cpu = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            cpu = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), cpu)
    except OSError:
        pass
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return {"compiler": output_of(shop.cc, "--version").splitlines()[0], "valgrind": shop.valgrind,
            "libc": os.confstr("CS_GNU_LIBC_VERSION"), "system": system, "machine": platform.machine(),
            "processor": cpu, "processors": os.cpu_count()}


def merge(store, shop, program, values):
    """Put the figures of one program into the JSON; figures of the same build that are there stay."""
    with locked(store + ".lock"):
        here = environment(shop)
        whole = read_json(store, {})
        if whole.get("environment") != here:
            whole = {"environment": here, "programs": {}}
        old = whole["programs"].get(program.name, {"variants": {}})
        variants = {}
        for name in list(old["variants"]) + [n for n in values if n not in old["variants"]]:
            new, kept = values.get(name), old["variants"].get(name, {})
            if new is None:
                new = kept
            elif kept.get("instructions") == new["instructions"] and kept.get("text") == new["text"]:
                new = {**kept, **new}
            variants[name] = new
        whole["programs"][program.name] = {"version": shop.version(program), "variants": variants}
        write_json(store, whole)


def markdown(rows):
    """A table, its columns aligned."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def tables(whole, variants):
    """The generated part of docs/benchmarks.md: the figures that gcc -O2 has of every program."""
    found = {name: whole["programs"][name]["variants"] for name in PROGRAMS if name in whole["programs"]}
    names = [n for n in variants if any(n in values for values in found.values())]
    env = whole["environment"]
    out = ["%s, %s, %s, %s on %s (%d × %s)." % (
        env["compiler"], env["valgrind"], env["libc"], env["system"], env["machine"], env["processors"],
        env["processor"]),
           "Simulated caches: %s." % " ".join(CACHES),
           "Programs: %s." % ", ".join("%s (%s)" % (n, whole["programs"][n]["version"]) for n in found)]
    out = ["\n".join(out)]

    def row(text, cells, mean):
        known = [c for c in cells if c is not None]
        return [text] + ["%.3f" % c if c is not None else "–" for c in cells] + [
            "%.3f" % geomean(known) if mean and len(known) == len(cells) else "–"]

    heading = ["of gcc -O2"] + list(found) + ["geomean"]
    base = [["gcc -O2"] + list(found)]
    figures = [(key, text) for key, text in RATIOS if all(key in values["base"] for values in found.values())]
    for key, text in figures:
        form = "{:.1f} s" if key == "compile_seconds" else "{:,}"
        base.append([text] + [form.format(values["base"][key]) for values in found.values()])
    out.append("### What gcc -O2 needs\n\n" + markdown(base))

    for key, text in figures[:1] + [("time", "Run time (CPU)")] + figures[1:]:
        rows = [heading]
        for name in names:
            if name != "base":
                cells = [ratio(values, name, key) for values in found.values()]
                if any(c is not None for c in cells):
                    rows.append(row(variants[name].text, cells, True))
        if len(rows) > 1:
            out.append("### %s\n\n%s" % (text, markdown(rows)))
        if key == "instructions" and len(rows) > 2:
            theirs = {p: ratio(v, "fprofile", key) for p, v in found.items()}
            rows = [["share of the gain of -fprofile-use"] + heading[1:]]
            for name in names:
                if name in ("base", "fprofile"):
                    continue
                mine = {p: ratio(v, name, key) for p, v in found.items()}
                if any(v is None for v in mine.values()):
                    continue
                rows.append([variants[name].text] + ["%.0f%%" % (100 * share(mine[p], theirs[p])) for p in found]
                            + ["%.0f%%" % (100 * share(geomean(mine.values()), geomean(theirs.values())))])
            if len(rows) > 1:
                out.append(markdown(rows))
        if key == "time":
            rows = [["quartiles of %d pairs" % PAIRS] + list(found)]
            for name in names:
                timed = [values.get(name, {}).get("time") for values in found.values()]
                if name != "base" and any(timed):
                    rows.append([variants[name].text] + ["%.3f – %.3f" % (t["low"], t["high"]) if t else "–"
                                                         for t in timed])
            if len(rows) > 1:
                out.append(markdown(rows))
    return "\n\n".join(out)


def write_table(store, variants, docs):
    """Write docs/benchmarks.json and the generated part of docs/benchmarks.md."""
    whole = read_json(store)
    if not whole:
        raise Failure("%s is not there: run bench/run first" % store)
    page = os.path.join(docs, "benchmarks.md")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise Failure("%s lacks the markers %s and %s" % (page, BEGIN, END))
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(page + ".new", "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + tables(whole, variants) + "\n" + END + after)
    os.replace(page + ".new", page)
    shutil.copyfile(store, os.path.join(docs, "benchmarks.json"))
