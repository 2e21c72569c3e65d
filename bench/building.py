"""Sources, builds and the store in which everything that was made is found again by what it was made from.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import contextlib
import fcntl
import hashlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))

# Things of one kind that are kept for one program; older ones are deleted.
KEPT = 6

# Compilers and valgrinds run at the same time.
JOBS = 2
SLOTS = threading.BoundedSemaphore(JOBS)


class Failure(Exception):
    """What is told to the user in one message."""


def note(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def digest(*parts):
    """Hash of strings, bytes and what JSON can hold; 16 hex digits name a thing in the store."""
    total = hashlib.sha256()
    for part in parts:
        if not isinstance(part, bytes):
            part = json.dumps(part, sort_keys=True).encode()
        total.update(b"%d:" % len(part))
        total.update(part)
    return total.hexdigest()[:16]


def file_digest(path):
    total = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()[:16]


def tree_digest(folder):
    """Hash of the names and content of the files of a folder."""
    return digest(*[[name, file_digest(os.path.join(folder, name))] for name in sorted(os.listdir(folder))])


def output_of(*argv):
    """What a command prints, standard error included."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except OSError as error:
        raise Failure("%s: %s" % (argv[0], error.strerror)) from error
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Failure("%s: exit status %d\n%s" % (" ".join(argv), done.returncode, text))
    return text


def write_json(path, value):
    """Replace PATH at once."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.write("\n")
    os.replace(path + ".new", path)


def read_json(path, default=None):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return default


@contextlib.contextmanager
def locked(path):
    """Hold the lock PATH: drivers that share an output folder wait for each other."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Workshop:
    """The folder of all results, the compiler, and the products under test.

    OUT/sources/PACKAGE, and for each program OUT/PROGRAM/KIND-KEY: what of a kind was made from the
    content that KEY is a hash of.
    """

    def __init__(self, out, cc, products, plugin_args=(), retrain=False):
        self.out = os.path.abspath(out)
        self.cc = cc
        self.products = os.path.abspath(products)
        self.plugin_args = tuple(plugin_args)
        self.retrain = retrain
        self.compiler = output_of(cc, "-v")
        self.valgrind = output_of("valgrind", "--version").strip()
        self.retrained = set()
        os.makedirs(self.out, exist_ok=True)

    def product(self, name):
        """Path of one of the project's products."""
        path = os.path.join(self.products, name)
        if not os.path.exists(path):
            raise Failure("%s is not there: run make first" % path)
        return path

    def made(self, program, kind, key, make, fresh=False):
        """The folder of KIND that KEY names; MAKE fills it if it is not there, or is to be made anew."""
        base = os.path.join(self.out, program.name)
        path = os.path.join(base, "%s-%s" % (kind, key))
        with locked(os.path.join(base, "locks", kind)):
            if fresh and path not in self.retrained:
                shutil.rmtree(path, ignore_errors=True)
                self.retrained.add(path)
            if not os.path.isdir(path):
                shutil.rmtree(path + ".new", ignore_errors=True)
                os.makedirs(path + ".new")
                make(path + ".new")
                os.rename(path + ".new", path)
                others = [os.path.join(base, n) for n in os.listdir(base)
                          if n.rpartition("-")[0] == kind and os.path.join(base, n) != path]
                for old in sorted(others, key=os.path.getmtime)[:-KEPT + 1]:
                    shutil.rmtree(old, ignore_errors=True)
            else:
                os.utime(path)
        return path

    # --- sources and inputs ---

    def version(self, program):
        """Version of the Debian source package."""
        with open(os.path.join(self.out, "sources", program.package, "debian", "changelog"),
                  encoding="utf-8") as file:
            return file.readline().split("(", 1)[1].split(")", 1)[0]

    def fetch(self, programs):
        with locked(os.path.join(self.out, "sources.lock")):
            done = subprocess.run([os.path.join(HERE, "fetch"), os.path.join(self.out, "sources")]
                                  + [p.package for p in programs], stdout=sys.stderr, check=False)
        if done.returncode:
            raise Failure("the sources could not be fetched")

    def tree(self, program):
        """Folder of the source, ready to be compiled."""
        source = os.path.join(self.out, "sources", program.package)

        def make(folder):
            note("%s: preparing the source" % program.name)
            shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
            program.prepare(folder, self.cc)
        return self.made(program, "tree", digest(self.version(program), inspect.getsource(program.prepare)),
                         make)

    def inputs(self, program, phase):
        """Folder with the input of a phase: what is kept in the project and what is generated."""
        written = os.path.join(HERE, "inputs", program.name, phase)
        with open(os.path.join(HERE, "generate.py"), "rb") as file:
            parts = [file.read(), inspect.getsource(program.generate),
                     [repr(program.cases(phase, length)) for length in ("short", "long")]]
        if os.path.isdir(written):
            parts.append(tree_digest(written))

        def make(folder):
            if os.path.isdir(written):
                shutil.copytree(written, folder, dirs_exist_ok=True)
            program.generate(phase, folder)
        return self.made(program, "inputs-" + phase, digest(*parts), make)

    # --- builds ---

    def compile(self, program, objects, flags):
        """Compile all sources into the folder OBJECTS: the objects, and user CPU seconds."""
        tree = self.tree(program)
        os.makedirs(objects, exist_ok=True)

        def one(source):
            target = os.path.join(objects, source.replace("/", "-")[:-2] + ".o")
            log = target[:-2] + ".log"
            argv = [self.cc, "-O2", "-g", "-w", *program.cflags, *flags, "-c", source, "-o", target]
            with SLOTS, open(log, "w+", encoding="utf-8") as out:
                child = subprocess.Popen(argv, cwd=tree, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                out.seek(0)
                if child.returncode:
                    raise Failure("%s\n%s" % (" ".join(argv), out.read()))
            return target, usage.ru_utime

        with ThreadPoolExecutor(JOBS) as pool:
            done = list(pool.map(one, program.sources))
        return [target for target, _ in done], sum(seconds for _, seconds in done)

    def link(self, program, objects, binary, flags=()):
        output_of(self.cc, "-O2", "-g", *flags, *objects, "-o", binary, *program.libs)

    def build(self, program, kind, flags, key=(), train=None, times=1, counts=False):
        """The binary built with FLAGS, as KIND, and the user CPU seconds of each compilation so far.

        KEY is what else the binary depends on (contents of profiles).  With TRAIN, the objects are first
        built with -fprofile-generate, at the path at which they are then built with -fprofile-use (GCC
        matches static functions by it), and TRAIN (binary) is called in between.  TIMES: the number of
        compilations to be timed.  With COUNTS, the counts of the training run are there afterwards, for
        compile_again.
        """
        work = os.path.join(self.out, program.name, "work", kind)
        fixed = digest(self.compiler, os.path.basename(self.tree(program)), program.sources, program.cflags,
                       program.libs, list(flags), list(key))

        def make(folder):
            note("%s: building %s" % (program.name, kind))
            shutil.rmtree(work, ignore_errors=True)
            if train:
                objects, _ = self.compile(program, work, ["-fprofile-generate"])
                generator = os.path.join(work, program.name)
                self.link(program, objects, generator, ["-fprofile-generate"])
                train(generator)
                if not any(name.endswith(".gcda") for name in os.listdir(work)):
                    raise Failure("%s: the instrumented training run left no counts" % program.name)
            objects, seconds = self.compile(program, work, flags)
            self.link(program, objects, os.path.join(folder, program.name))
            with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
                for name in sorted(os.listdir(work)):
                    if name.endswith(".log"):
                        with open(os.path.join(work, name), encoding="utf-8") as file:
                            log.write(file.read())
            write_json(os.path.join(folder, "build.json"), {"seconds": [seconds]})
            write_json(os.path.join(work, "made.json"), fixed)

        def timed():
            return read_json(os.path.join(self.out, program.name, "%s-%s" % (kind, fixed), "build.json"),
                             {"seconds": []})

        # What is compiled again needs the counts in the work folder, which keeps those of one build.
        again = train and (counts or len(timed()["seconds"]) < times)
        folder = self.made(program, kind, fixed, make,
                           again and read_json(os.path.join(work, "made.json")) != fixed)
        record = timed()
        while len(record["seconds"]) < times:
            note("%s: timing the compilation of %s" % (program.name, kind))
            record["seconds"].append(self.compile_again(program, kind, flags))
            write_json(os.path.join(folder, "build.json"), record)
        return os.path.join(folder, program.name), record["seconds"]

    def compile_again(self, program, kind, flags):
        """Compile once more where build (KIND) did: user CPU seconds."""
        with locked(os.path.join(self.out, program.name, "locks", kind)):
            return self.compile(program, os.path.join(self.out, program.name, "work", kind), flags)[1]


def code_digest(binary):
    """Hash of a binary without its debug information and build-id: of what runs."""
    bare = binary + ".bare"
    output_of("objcopy", "--strip-all", "--remove-section=.note.gnu.build-id", binary, bare)
    try:
        return file_digest(bare)
    finally:
        os.unlink(bare)


def text_digest(binary):
    """Hash of the section .text."""
    code = binary + ".text"
    output_of("objcopy", "-O", "binary", "--only-section=.text", binary, code)
    try:
        return file_digest(code)
    finally:
        os.unlink(code)


def text_size(binary):
    """Bytes of the section .text."""
    for line in output_of("size", "-A", "-d", binary).splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == ".text":
            return int(words[1])
    raise Failure("%s has no .text" % binary)
