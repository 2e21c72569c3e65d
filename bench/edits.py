"""Edits of C sources, as time makes them: what a profile made before them has to survive.

Each function takes a folder of sources and the names of the files, changes the files, and leaves the program's
behaviour as it is.  They know the style of the sources: definitions begin in the first column, bodies end with `}` there.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import re
import shutil
import subprocess

# A definition that begins on this line: storage and type, a name, a parenthesis; no semicolon ends it.
DEFINITION = re.compile(r"^(?!#|typedef|struct [a-z]* \{|enum)([A-Za-z_][\w \t*]*[ *])(\w+)( ?)\(")


def read(path):
    with open(path, encoding="latin-1") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="latin-1") as file:
        file.write(text)


def definitions(text):
    """The functions defined in TEXT: (name, is static, first line, line after the last), lines from 0."""
    lines = text.split("\n")
    found = []
    at = 0
    while at < len(lines):
        match = DEFINITION.match(lines[at])
        if not match:
            at += 1
            continue
        brace = at
        while brace < len(lines) and "{" not in lines[brace] and ";" not in lines[brace]:
            brace += 1
        if brace == len(lines) or "{" not in lines[brace].split(";")[0] or lines[brace].startswith("#"):
            at = brace + 1
            continue
        end = brace
        while end < len(lines) and not lines[end].startswith("}"):
            if "}" in lines[end] and end == brace and lines[end].count("{") == lines[end].count("}"):
                break
            end += 1
        found.append((match.group(2), match.group(1).startswith(("static", "l_sinline")), at, end + 1))
        at = end + 1
    return found


def inside(text):
    """For each line of TEXT whether it is in a function's body, and no part of a macro or its continuation."""
    lines = text.split("\n")
    result = [False] * len(lines)
    for _, _, first, end in definitions(text):
        for at in range(first + 1, end - 1):
            result[at] = not lines[at].endswith("\\") and not lines[at].startswith("#") \
                and not lines[at - 1].endswith("\\")
    return result


def lines_inserted(tree, sources):
    """A comment of two lines after every seventh statement."""
    for source in sources:
        path = os.path.join(tree, source)
        text = read(path)
        body, n, out = inside(text), 0, []
        for line, is_inside in zip(text.split("\n"), body):
            out.append(line)
            if is_inside and line.endswith(";") and "//" not in line:
                n += 1
                if n % 7 == 0:
                    out += ["  /* A remark that somebody made,", "     and another.  */"]
        write(path, "\n".join(out))


def functions_moved(tree, sources):
    """What other files see goes to the end of its file, in reversed order."""
    for source in sources:
        path = os.path.join(tree, source)
        text = read(path)
        lines = text.split("\n")
        moved = [(first, end) for name, is_static, first, end in definitions(text)
                 if not is_static and lines[first].count("(") and not any(
                     line.startswith("#") for line in lines[first:end])]
        taken = set()
        for first, end in moved:
            taken.update(range(first, end))
        kept = [line for at, line in enumerate(lines) if at not in taken]
        for first, end in reversed(moved):
            kept += [""] + lines[first:end]
        write(path, "\n".join(kept) + "\n")


def static_functions(text, every):
    """Names of static functions that are only called, never taken the address of; every EVERY-th."""
    names = []
    for name, is_static in dict((name, is_static) for name, is_static, _, _ in definitions(text)).items():
        uses = re.findall(r"\b%s\b(\s*\()?" % name, text)
        if is_static and len(uses) > 1 and all(uses) and not re.search(r"#.*\b%s\b" % name, text):
            names.append(name)
    return names[::every]


def functions_renamed(tree, sources):
    """Every third static function has another name."""
    for source in sources:
        path = os.path.join(tree, source)
        text = read(path)
        for name in static_functions(text, 3):
            text = re.sub(r"\b%s\b" % name, name + "_renamed", text)
        write(path, text)


def parameter_added(tree, sources):
    """Every third static function has one more parameter, its first."""
    for source in sources:
        path = os.path.join(tree, source)
        text = read(path)
        for name in static_functions(text, 3):
            if re.search(r"\b%s\s*\(\s*(void)?\s*\)" % name, text):
                continue
            out = []
            for line in text.split("\n"):
                declares = re.match(r"^(static|l_noret|l_sinline)\b.*\b%s\s*\(" % name, line)
                out.append(re.sub(r"\b%s(\s*)\(" % name,
                                  r"%s\1(%s" % (name, "int added, " if declares else "0, "), line))
            text = "\n".join(out)
        write(path, text)


def reformatted(tree, sources):
    """clang-format, 110 columns, four spaces, braces on lines of their own."""
    if not shutil.which("clang-format"):
        return False
    style = "{BasedOnStyle: LLVM, ColumnLimit: 110, IndentWidth: 4, BreakBeforeBraces: Allman, SortIncludes: false}"
    subprocess.run(["clang-format", "-i", "-style=" + style, *[os.path.join(tree, s) for s in sources]], check=True)
    return True


# A definition on one line: result, name, parameters.
WHOLE_DEFINITION = re.compile(r"^((?:static |LUAI_FUNC )?[a-z_][\w ]*?[ *])(\w+) ?\(([\w *,]*)\) \{$")


def functions_split(tree, sources):
    """Every third function of ten lines or more is cut in two: what it did is done by a new one, which it calls."""
    for source in sources:
        path = os.path.join(tree, source)
        lines = read(path).split("\n")
        wanted = []
        for name, _, first, end in definitions("\n".join(lines)):
            match = WHOLE_DEFINITION.match(lines[first])
            parameters = [] if not match or match.group(3) in ("", "void") else match.group(3).split(",")
            # Arrays, function pointers and names left out aren't worth the trouble.
            names = [re.search(r"[ *](\w+)$", parameter.strip()) for parameter in parameters]
            if match and match.group(2) == name and end - first >= 10 and all(names) \
                    and not re.search(r"l_noret|l_sinline|inline", match.group(1)) and "va_list" not in match.group(3):
                wanted.append((first, end, match, [found.group(1) for found in names]))
        for first, end, match, names in reversed(wanted[::3]):
            result, name, parameters = match.groups()
            call = "%s_work (%s);" % (name, ", ".join(names))
            bare = re.sub(r"^(static|LUAI_FUNC) +", "", result)
            lines[end:end] = ["", "%s%s (%s) {" % (result, name, parameters),
                              "  " + ("" if bare.strip() == "void" else "return ") + call, "}"]
            declared = ["%s%s (%s);" % (result, name, parameters)] if result != bare else []
            lines[first:first + 1] = declared + ["static %s%s_work (%s) {" % (bare, name, parameters)]
        write(path, "\n".join(lines))


def several(tree, sources):
    """Lines inserted, functions moved, a parameter added: a few months."""
    parameter_added(tree, sources)
    functions_moved(tree, sources)
    lines_inserted(tree, sources)


EDITS = {
    "lines": lines_inserted,
    "moved": functions_moved,
    "parameter": parameter_added,
    "format": reformatted,
    "several": several,
    "renamed": functions_renamed,
    "split": functions_split,
}
