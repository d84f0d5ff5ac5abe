# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs test programs with Debian's and with our libkmod.so.2. The programs are built once, against
Debian's header and library."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
for name in ("clients", "interop", "bench"):
    sys.path.insert(0, str(HERE.parent / name))
# pylint: disable=wrong-import-position
from common import conclude, fail, fetch_kernel, first_difference  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
DEPMOD = "/sbin/depmod"
# A finding of a sanitizer ends the program. LeakSanitizer needs /proc/PID, which is not visible on the
# simulated machine with modules.
SANITIZED = {leaks: {"ASAN_OPTIONS": f"detect_leaks={leaks:d}:exitcode=99:handle_sigill=1",
                     "UBSAN_OPTIONS": "halt_on_error=1"} for leaks in (True, False)}


class Libraries:
    """Scratch space, a kernel with databases, both libraries, and the counts of comparisons. A test
    that compared nothing fails."""

    def __init__(self, build, sanitizers=""):
        self.build = build.resolve()
        self.seeks_leaks = True
        self.ours = self.build / "libkmodpp/capi"
        self.tools = self.build / "tools"
        self.sanitizers = sanitizers
        self.kernel = pathlib.Path(fetch_kernel()).resolve()
        self.release = sorted(os.listdir(self.kernel / "lib/modules"))[-1]
        self.counts = {}
        self.differences = 0

    def __enter__(self):
        # In the directory of the kernel package, so that copies of the tree can use hard links.
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=self.kernel.parent))
        return self

    def __exit__(self, kind, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)
        if kind is None:
            conclude(self.counts, self.differences)

    def root(self, _side="kmod"):
        """The root of the tree; tests/bench/loaded.py passes a side."""
        return self.scratch / "tree"

    @property
    def directory(self):
        return self.root() / "lib/modules" / self.release

    def make_tree(self):
        """Makes a tree of the kernel's modules as hard links, with Debian's databases."""
        source = self.kernel / "lib/modules" / self.release
        self.directory.parent.mkdir(parents=True)
        shutil.copytree(source, self.directory, symlinks=True,
                        copy_function=lambda old, new: os.link(old, new)
                        if str(old).endswith(".ko") else shutil.copy(old, new))
        for made in self.directory.glob("modules.*"):
            if made.name not in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
                made.unlink()
        self.must(DEPMOD, "-b", self.root(), self.release)

    def must(self, *words, **others):
        done = subprocess.run([str(word) for word in words], capture_output=True, env=ENVIRONMENT,
                              check=False, **others)
        if done.returncode != 0:
            fail(f"{' '.join(map(str, words))}: exit {done.returncode}: "
                 f"{(done.stdout + done.stderr).decode(errors='replace')[-3000:]}")
        return done.stdout

    def compile(self, source, name, *flags, library="-lkmod"):
        """Compiles a program of tests/capi and returns its path."""
        program = self.scratch / name
        self.must("cc", "-Wall", "-Wextra", "-Werror", "-Wno-deprecated-declarations", "-O1", "-g",
                  "-pthread", *flags, HERE / source, "-x", "none", "-o", program, library)
        return program

    def build_program(self, source):
        """Returns {side: program}. It is the same program for Debian's library and for ours, unless
        ours was built with sanitizers, which the program then needs too."""
        name = pathlib.Path(source).stem
        theirs = self.compile(source, name)
        ours = theirs
        if self.sanitizers:
            ours = self.compile(source, name + "-sanitized", "-fsanitize=" + self.sanitizers)
        return {"kmod": theirs, "kmodpp": ours}

    def run(self, side, program, *arguments, stdin=b"", seconds=300):
        """Returns the standard output. Messages of sanitizers are errors."""
        environment = dict(ENVIRONMENT)
        if side == "kmodpp":
            environment |= {"LD_LIBRARY_PATH": str(self.ours)} | SANITIZED[self.seeks_leaks]
        done = subprocess.run([str(word) for word in (program, *arguments)], input=stdin,
                              capture_output=True, env=environment, timeout=seconds, check=False)
        if done.returncode != 0:
            fail(f"{side}: {program} {' '.join(map(str, arguments))[:300]}: exit {done.returncode}: "
                 f"{done.stderr.decode(errors='replace')[-3000:]}")
        return done.stdout.decode(errors="surrogateescape")

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def differ(self, text):
        self.differences += 1
        if self.differences <= 12:
            print("DIFFERENT: " + text, file=sys.stderr)

    def compare(self, what, ours, theirs, number=1):
        """Compares two values, counted as `number` comparisons."""
        self.count(what, number)
        if ours != theirs:
            self.differ(f"{what}\n{first_difference(ours, theirs)}")


__all__ = ["ENVIRONMENT", "HERE", "REPOSITORY", "Libraries", "fail"]
