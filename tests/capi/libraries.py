# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs test programs with Debian's and with our libkmod.so.2. The programs are built once, against
Debian's header and library."""

import pathlib
import subprocess

from lib.counting import fail
from lib.harness import ENVIRONMENT, KernelTest, fetch_kernel
from lib.scratch import link_modules

HERE = pathlib.Path(__file__).resolve().parent

DEPMOD = "/sbin/depmod"
# A finding of a sanitizer ends the program. LeakSanitizer needs /proc/PID, which is not visible on the
# simulated machine with modules.
SANITIZED = {leaks: {"ASAN_OPTIONS": f"detect_leaks={leaks:d}:exitcode=99:handle_sigill=1",
                     "UBSAN_OPTIONS": "halt_on_error=1"} for leaks in (True, False)}


class Libraries(KernelTest):
    """Both libraries, on a kernel with databases."""

    def __init__(self, build, sanitizers=""):
        super().__init__(fetch_kernel())
        self.build = build.resolve()
        self.seeks_leaks = True
        self.ours = self.build / "libkmodpp/capi"
        self.tools = self.build / "tools"
        self.sanitizers = sanitizers

    def root(self, _side="kmod"):
        """The root of the tree; tests/lib/loaded.py passes a side."""
        return self.scratch / "tree"

    @property
    def directory(self):
        return self.root() / "lib/modules" / self.release

    def make_tree(self):
        """Makes a tree of the kernel's modules as hard links, with Debian's databases."""
        link_modules(self.modules, self.directory, self.module_files())
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
