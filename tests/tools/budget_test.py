#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the size of the stripped files, the relocations that look up a symbol, and the system calls of a query
with their limits. A system starts modprobe thousands of times, and an initramfs contains these files. The
limits are for optimised builds for x86-64 by GCC 12; a change that exceeds one states the reason in its commit."""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

from lib.harness import ENVIRONMENT
from lib.scratch import INPUTS

RELEASE = "6.1.0"
MODULES = f"lib/modules/{RELEASE}/kernel"
KIB = 1024
PROGRAM = (8 * KIB, 12)
# {file in the build: (bytes, relocations that look up a symbol)}
FILES = {
    "libkmodpp/libkmodpp-load.so.0.1": (625 * KIB, 115),
    "libkmodpp/libkmodpp.so.0.1": (960 * KIB, 350),
    "libkmodpp/libkmodpp-index.so.0.1": (370 * KIB, 235),
    "libkmodpp/capi/libkmod.so.2": (24 * KIB, 90),
    **{f"tools/{name}": PROGRAM for name in ("depmod", "insmod", "kmod", "lsmod", "modinfo", "modprobe", "rmmod")},
}
# What an image needs to load modules, in bytes.
IMAGE = ("libkmodpp/libkmodpp-load.so.0.1", "libkmodpp/capi/libkmod.so.2", "tools/insmod", "tools/kmod", "tools/lsmod",
         "tools/modprobe", "tools/rmmod")
IMAGE_LIMIT = 680 * KIB
ALL_LIMIT = 2020 * KIB
# System calls of a query in addition to those of `modprobe --version`.
CALLS = {"-c": 54, "--show-depends top": 56, "-R top": 46}
RECIPES = {"top": "need middle\n", "middle": "export middle\nneed base\n", "base": "export base\n"}


def output(*words):
    return subprocess.run([str(word) for word in words], env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def calls_of(scratch, *words):
    """Returns the number of system calls by name."""
    trace = scratch / "trace"
    output("strace", "-qq", "-o", trace, *words)
    return collections.Counter(re.match(r"\w+", line)[0] for line in trace.read_text().splitlines())


def make_tree(root, mkmodule, depmod):
    for name, recipe in RECIPES.items():
        file = root / MODULES / f"{name}.ko.recipe"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("info license=GPL\n" + recipe)
    output(mkmodule, "tree", root)
    for name in INPUTS:
        (root / MODULES).parent.joinpath(name).write_text("")
    output(depmod, "-b", root, RELEASE)
    (root / "none.conf").write_text("")


class Budget:
    def __init__(self, more):
        self.more = more
        self.compared = 0
        self.exceeded = []

    def check_size(self, what, size, limit):
        self.check(f"bytes {what}", size, limit * (100 + self.more) // 100)

    def check(self, what, used, limit):
        self.compared += 1
        print(f"{used:9d} of {limit:9d}  {what}")
        if used > limit:
            self.exceeded.append(f"{what}: {used}, more than {limit}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True)
    parser.add_argument("--more", type=int, default=0, metavar="PERCENT", help="how much larger files may be")
    options = parser.parse_args()
    budget = Budget(options.more)
    sizes = {}
    with tempfile.TemporaryDirectory(prefix="budget-") as directory:
        scratch = pathlib.Path(directory)
        for name, (size, lookups) in FILES.items():
            stripped = scratch / "stripped"
            output("strip", "-o", stripped, options.build / name)
            sizes[name] = stripped.stat().st_size
            budget.check_size(f"of {name}", sizes[name], size)
            found = re.findall(r" R_X86_64_(?:JUMP_SLOT|GLOB_DAT|64) ", output("readelf", "-rW", stripped))
            budget.check(f"symbols that {name} looks up", len(found), lookups)
        budget.check_size("for an image", sum(sizes[name] for name in IMAGE), IMAGE_LIMIT)
        budget.check_size("of all files", sum(sizes.values()), ALL_LIMIT)

        root = scratch / "root"
        make_tree(root, options.mkmodule, options.build / "tools/depmod")
        modprobe = options.build / "tools/modprobe"
        start = sum(calls_of(scratch, modprobe, "--version").values())
        for query, limit in CALLS.items():
            calls = calls_of(scratch, modprobe, "-C", root / "none.conf", "-d", root, "-S", RELEASE, *query.split())
            budget.check(f"system calls of modprobe {query}", sum(calls.values()) - start, limit)
    if budget.exceeded:
        sys.exit("FAIL:\n" + "\n".join(budget.exceeded))
    print(f"{budget.compared} figures are within the limits")


if __name__ == "__main__":
    main()
