#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that the cost of a call grows at most linearly with its input: for inputs of two sizes, counts the
instructions (valgrind) and takes the peak memory (getrusage). No time is measured."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from lib.harness import ENVIRONMENT

RELEASE = "6.1.0"
MODULES = f"lib/modules/{RELEASE}"
SMALL = 250
FACTOR = 8
# Sorting and tries cost more than linear, by a factor that grows with the logarithm.
SLACK = 1.3

ROOT = ("-d", "ROOT", "-S", RELEASE, "-C", "ROOT/etc/modprobe.d")
DEPMOD = ("depmod", "--no-sync", "-C", "ROOT/etc/depmod.d", "-b", "ROOT", RELEASE)


def numbered(size, text):
    return "".join(text.replace("#", str(i)) + "\n" for i in range(size))


def module(text=""):
    return {f"{MODULES}/kernel/m.ko.recipe": "info license=GPL\n" + text}


def config(text):
    return {**module(), "etc/modprobe.d/test.conf": text}


KERNEL = {"etc/kmodpp/kernel.conf": f"release {RELEASE}\n"}


# name: (files of a size, the calls to measure)
FAMILIES = {
    "aliases of a module": (
        lambda size: module(numbered(size, "info alias=pci:v#d*")),
        (DEPMOD, ("modprobe", *ROOT, "-R", "pci:v7d1"), ("modprobe", *ROOT, "-c"))),
    "equal aliases of a module with soft dependencies": (
        lambda size: module(numbered(size, "info alias=*") + numbered(100, "info softdep=pre: s#")),
        (DEPMOD, ("modprobe", *ROOT, "-q", "-n", "--explain", "foo"), ("modprobe", *ROOT, "-R", "foo"))),
    "symbols": (
        lambda size: {**module(numbered(size, "export symbol_#")),
                      f"{MODULES}/kernel/user.ko.recipe": numbered(size, "need symbol_#")},
        (DEPMOD, ("modprobe", *ROOT, "-R", "symbol:symbol_7"))),
    "modules": (
        lambda size: {f"{MODULES}/kernel/m{i}.ko.recipe": f"info alias=a{i}\n" for i in range(size // 8)},
        (DEPMOD,)),
    "modules that one module needs": (
        lambda size: {**{f"{MODULES}/kernel/m{i}.ko.recipe": f"export symbol_{i}\n" for i in range(size // 8)},
                      f"{MODULES}/kernel/top.ko.recipe": numbered(size // 8, "need symbol_#")},
        (DEPMOD, ("modprobe", *ROOT, "-D", "top"), ("modprobe", *ROOT, "--graph", "top"),
         ("kmod", "tree", *ROOT, "top"), ("kmod", "users", *ROOT, "m1"))),
    "differences between releases": (
        lambda size: {
            **module(numbered(size, "info alias=pci:v#d*\ninfo firmware=a#\ninfo parmtype=a#:int\nexport a#")),
            "lib/modules/6.2.0/kernel/m.ko.recipe":
                numbered(size, "info alias=pci:w#d*\ninfo firmware=b#\ninfo parmtype=b#:int\nexport b#"),
            **{f"lib/modules/6.2.0/kernel/m{i}.ko.recipe": f"info alias=a{i}\n" for i in range(size // 8)}},
        (("kmod", "diff", "-d", "ROOT", RELEASE, "6.2.0"),
         ("kmod", "diff", "--json", "ROOT:6.2.0", f"ROOT:{RELEASE}"))),
    "a module and the exports that it needs": (
        lambda size: {**module(numbered(size, "export symbol_# 0x1")),
                      "user.ko.recipe": "info license=GPL\n" + numbered(size, "need symbol_# 0x1")},
        (("kmod", "compat", "-d", "ROOT", "-k", RELEASE, "ROOT/user.ko"),)),
    "parameters": (
        lambda size: module(numbered(size, "info parm=p#:text\ninfo parmtype=p#:int")),
        (("modinfo", "-p", f"ROOT/{MODULES}/kernel/m.ko"), ("modinfo", f"ROOT/{MODULES}/kernel/m.ko"))),
    "options of a module": (
        lambda size: config(numbered(size, "options m p#=1")),
        (("modprobe", *ROOT, "-n", "m"), ("modprobe", *ROOT, "--explain", "m"), ("modprobe", *ROOT, "-c"))),
    "options of many modules": (
        lambda size: config(numbered(size, "options m# p=1")), (("modprobe", *ROOT, "-n", "m"),)),
    "devices": (
        lambda size: {**module("info alias=x:*\n"), **KERNEL,
                      **{f"sys/devices/bus{i % 4}/device{i}/modalias": f"x:{i}\n" for i in range(size)}},
        (("kmod", "devices", "--simulate", "ROOT"), ("kmod", "devices", "--simulate", "ROOT", "--json"))),
    "devices of one kind": (
        lambda size: {**module(numbered(50, "info firmware=f#")), **KERNEL,
                      f"{MODULES}/kernel/n.ko.recipe": "info alias=x:1\ninfo vermagic=other\n",
                      **{f"sys/devices/device{i}/modalias": "x:1\n" for i in range(size)}},
        (("kmod", "devices", "--simulate", "ROOT"), ("kmod", "firmware", "--simulate", "ROOT", "m"))),
    "firmware of a module": (
        lambda size: {**module(numbered(size, "info firmware=f#")), **KERNEL},
        (("kmod", "firmware", "--simulate", "ROOT", "m"),)),
    "running parameters": (
        lambda size: {**module(numbered(size, "info parmtype=p#:int")), **KERNEL,
                      "sys/module/m/initstate": "live\n", "etc/modprobe.d/test.conf": numbered(size, "options m p#=1"),
                      **{f"sys/module/m/parameters/p{i}": "0\n" for i in range(size)}},
        (("kmod", "params", "--simulate", "ROOT", "m"),)),
    "configured aliases of one name": (
        lambda size: config(numbered(size, "alias foo m#")),
        (("modprobe", *ROOT, "-R", "foo"), ("modprobe", *ROOT, "-q", "-n", "foo"))),
    "equal configured aliases": (
        lambda size: config(numbered(size, "alias foo m")),
        (("modprobe", *ROOT, "-R", "foo"), ("modprobe", *ROOT, "--explain", "foo"))),
    "configured patterns": (
        lambda size: config(numbered(size, "alias *foo*#*bar m")), (("modprobe", *ROOT, "-q", "-R", "foobar"),)),
    "a blacklist": (
        lambda size: config(numbered(size, "blacklist m#")),
        (("modprobe", *ROOT, "-n", "-b", "m"), ("modprobe", *ROOT, "--check-config"))),
    "forbidden modules": (
        lambda size: config(numbered(size, "forbid m# why\ninstall m# /bin/false")),
        (("modprobe", *ROOT, "-n", "m"), ("modprobe", *ROOT, "--check-config"))),
    "soft dependencies of one module": (
        lambda size: config(numbered(size, "softdep m pre: s#")),
        (("modprobe", *ROOT, "-n", "m"), ("modprobe", *ROOT, "--explain", "m"))),
    "a chain of soft dependencies": (
        lambda size: config("softdep m pre: s0\n" + "".join(f"softdep s{i} pre: s{i + 1}\n" for i in range(size))),
        (("modprobe", *ROOT, "-n", "m"),)),
    "damaged lines": (
        lambda size: config(numbered(size, "unknown m p#=1")),
        (("modprobe", *ROOT, "-n", "m"), ("modprobe", *ROOT, "--check-config"))),
    "one long line": (
        lambda size: config("options m " + " ".join(f"p{i}=1" for i in range(size)) + "\n"),
        (("modprobe", *ROOT, "-n", "m"),)),
    "overrides of depmod.d": (
        lambda size: {**module(), "etc/depmod.d/test.conf": numbered(size, "override m# * updates")}, (DEPMOD,)),
}


class Growth:
    def __init__(self, tools, mkmodule, scratch):
        self.tools = tools
        self.mkmodule = mkmodule
        self.scratch = scratch
        self.failures = 0
        self.count = 0

    def make(self, name, size, files):
        root = self.scratch / f"{name.replace(' ', '-')}-{size}"
        for directory in ("etc/modprobe.d", "etc/depmod.d", MODULES):
            (root / directory).mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for path in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            (root / MODULES / path).touch()
        subprocess.run([self.mkmodule, "tree", root], check=True)
        self.measure(root, DEPMOD)
        return root

    def run(self, words):
        """Returns the exit status of a call and its peak memory in KiB; small peaks are hidden by that of the
        process that starts it. The call may fail, but not be killed."""
        process = subprocess.Popen(words, env=ENVIRONMENT, cwd=self.scratch, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            sys.exit(f"{' '.join(map(str, words))}: exit {process.returncode}")
        return process.returncode, usage.ru_maxrss

    def measure(self, root, call):
        words = [str(self.tools / call[0]), *(word.replace("ROOT", str(root)) for word in call[1:])]
        status, memory = self.run(words)
        log = self.scratch / "valgrind.log"
        counted_status, _ = self.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                      f"--log-file={log}", *words])
        # One line for each process: depmod has a guard.
        counted = re.findall(r"Collected : (\d+)", log.read_text())
        if not counted or counted_status != status:
            sys.exit(f"valgrind does not run {words} (exit {counted_status}): {log.read_text()}")
        return sum(map(int, counted)), memory

    def compare(self, name, call, small_root, large_root):
        small, large = self.measure(small_root, call), self.measure(large_root, call)
        words = " ".join(word for word in call if not word.startswith("ROOT"))
        self.count += 1
        for what, before, after in zip(("instructions", "KiB of memory"), small, large):
            ratio = after / before
            print(f"{name}: {words}: {before} to {after} {what} ({ratio:.2f} times)")
            if ratio > FACTOR * SLACK:
                self.failures += 1
                print(f"FAIL: {FACTOR} times the input cost {ratio:.2f} times the {what}", file=sys.stderr)

    def family(self, name, files, calls):
        roots = [self.make(name, size, files(size)) for size in (SMALL, SMALL * FACTOR)]
        for call in calls:
            self.compare(name, call, *roots)
        for root in roots:
            shutil.rmtree(root)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    parser.add_argument("families", nargs="*", help="all by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-growth-") as scratch:
        growth = Growth(options.tools.resolve(), options.mkmodule.resolve(), pathlib.Path(scratch).resolve())
        for name, (files, calls) in FAMILIES.items():
            if not options.families or name in options.families:
                growth.family(name, files, calls)
    print(f"{growth.count} calls compared, {growth.failures} grow too fast")
    return 1 if growth.failures or growth.count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
