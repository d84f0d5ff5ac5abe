#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls modprobe with names that unprivileged processes can choose and the kernel passes on. A name must
be opaque: looked up and not found, never an option, never run by a shell, never a path outside the module
directory. The call must end soon with status 1, and its messages must be safe to display."""

import argparse
import collections
import os
import pathlib
import sys
import tempfile

from bounded import call, finish, make_root, start

RELEASE = "6.1.0"
MODULES = "lib/modules/" + RELEASE
# The environment that the kernel gives.
KERNEL = {"HOME": "/", "TERM": "linux", "PATH": "/sbin:/usr/sbin:/bin:/usr/bin"}
AT_ONCE = 50
# Below the maximum length of an argument together with the name of a variable.
LONG = 64 * 1024

NAMES = {
    "option -r": b"-r",
    "option --help": b"--help",
    "option -C": b"-C/dev/stdin",
    "dashes": b"--",
    "path out": b"../../../etc/passwd",
    "path through the tree": b"kernel/../../../../../etc/passwd",
    "option after a blank": b"a b --help",
    "command after a semicolon": b"fs-evil; touch semicolon",
    "command after a bar": b"fs-evil|touch bar",
    "command after an ampersand": b"fs-evil & touch ampersand",
    "redirection": b"fs-evil >redirection",
    "command in brackets": b"$(touch brackets)",
    "command in backticks": b"`touch backticks`",
    "command after a newline": b"fs-evil\ntouch newline\n",
    "quotes": b"'; touch single; '\"; touch double; \"",
    "variable": b"${IFS}$PATH",
    "forged message": b"x\nmodprobe: FATAL: all is lost",
    "4 KB": b"a" * 4096,
    "64 KB": b"fs-" + b"b" * LONG,
    "4 KB of path": b"a/" * 2048,
    "control bytes": bytes(range(1, 32)) + b"\x7f",
    "escape sequence": b"\x1b]0;title\x07\x1b[31mred",
    "unclosed bracket": b"fs-[ext4",
    "unopened bracket": b"fs-]ext4",
    "many brackets": b"[" * 4096,
    "printf": b"%s%n%s%n%99999999d",
    "not UTF-8": b"\xff\xfe\x80caf\xe9",
    "C1 control": b"\xc2\x9b31m",
    "all bytes": bytes(byte for byte in range(1, 256) if byte != 0x2f),
    "empty": b"",
    "blank": b" ",
    "symbol: alone": b"symbol:",
    "symbol: of nothing": b"symbol:$(touch symbol)",
    "one star": b"*",
    "very many stars": b"*" * 20000,
    "stars and letters": b"*a" * 10000,
    "against a pattern of stars": b"stars" + b"a" * LONG,
    "dot": b".",
    "dots": b"..",
    "slash": b"/",
    "directory": b"./",
    "no such path": b"/no/such/evil.ko",
    "suffix": b"evil.ko",
    "backslashes": b"\\x41\\n\\",
    "equals": b"a=b",
}
# Names that an alias of the configuration matches: its module is loaded.
MATCHED = {
    "matched, command in brackets": b"wanted-$(touch matched)",
    "matched, newline": b"wanted-\n; touch matched2",
    "matched, control bytes": b"wanted-\x01\x1b31m\xff\r\x7f",
}
CONFIG = r"""
alias wanted-* plain
alias stars*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b plain
install gated test -z "$MODPROBE_OPTIONS" || /bin/true $CMDLINE_OPTS
install quoted /bin/true "$CMDLINE_OPTS" '$CMDLINE_OPTS'
"""
FILES = {
    f"{MODULES}/kernel/plain.ko.recipe": "info license=GPL\ninfo alias=fs-plain\ninfo parm=a:text\n",
    f"{MODULES}/modules.order": "kernel/plain.ko\n",
    f"{MODULES}/modules.builtin": "kernel/fixed.ko\n",
    f"{MODULES}/modules.builtin.modinfo": "",
    "etc/modprobe.d/test.conf": CONFIG,
    "etc/kmodpp/kernel.conf": f"release {RELEASE}\n",
    "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
}


class Hostile:
    def __init__(self, tools, root, cwd):
        self.tools = tools
        self.root = root
        self.cwd = cwd
        self.counts = collections.Counter()
        self.broken = []
        self.before = self.everything()

    def everything(self):
        """All files of the root and the working directory, except the simulated kernel's log."""
        found = {}
        for top in (self.root, self.cwd):
            for directory, _, files in os.walk(top):
                for name in files:
                    path = pathlib.Path(directory, name)
                    if path.name != "kernel.log":
                        found[str(path)] = path.stat().st_size
        return found

    def words(self, tool, *arguments):
        return [str(self.tools / tool), *(a if isinstance(a, bytes) else str(a) for a in arguments)]

    def wrong(self, label, text):
        self.broken.append(f"{label}: {text}")

    def check(self, label, tool, ended, statuses=(1,), quiet=False):
        self.counts["calls"] += 1
        if ended.trouble:
            self.wrong(label, ended.trouble)
        elif ended.status not in statuses:
            self.wrong(label, f"exit {ended.status}: {ended.err[:300]!r}")
        if quiet and ended.err:
            self.wrong(label, f"not quiet: {ended.err[:300]!r}")
        self.check_text(label, tool, ended.err)
        after = self.everything()
        if after != self.before:
            changed = sorted(set(after.items()) ^ set(self.before.items()))
            self.wrong(label, f"files have changed: {changed}")
            self.before = after

    def check_text(self, label, tool, err):
        """Checks that every line is a message of the tool without terminal control sequences."""
        try:
            text = err.decode()
        except UnicodeDecodeError:
            self.wrong(label, f"not UTF-8: {err[:300]!r}")
            return
        for line in text.split("\n")[:-1]:
            self.counts["messages"] += 1
            if not line.startswith(f"{tool}: "):
                self.wrong(label, f"not a message of {tool}: {line[:300]!r}")
            if not line.isprintable():
                self.wrong(label, f"not printable: {line[:300]!r}")
        if "all is lost" in text and f"\n{tool}: FATAL: all is lost" in text:
            self.wrong(label, "a name forged a message")


def lookups(hostile):
    """Passes the name after `--` in every kind of call."""
    root = hostile.root
    simulated = ("--simulate", root)
    ways = {
        "modprobe": ("modprobe", *simulated, "--"),
        "modprobe -q": ("modprobe", *simulated, "-q", "--"),
        "modprobe -n": ("modprobe", *simulated, "-n", "-v", "--"),
        "modprobe -R": ("modprobe", *simulated, "-R", "--"),
        "modprobe -D": ("modprobe", *simulated, "-D", "--"),
        "modprobe -a": ("modprobe", *simulated, "-a", "--"),
        "modprobe -b": ("modprobe", *simulated, "-b", "--"),
        "modprobe -r": ("modprobe", *simulated, "-r", "--"),
        "modinfo": ("modinfo", "-b", root, "-k", RELEASE, "--"),
        "modinfo -F": ("modinfo", "-b", root, "-k", RELEASE, "-F", "license", "--"),
        "modinfo -0": ("modinfo", "-b", root, "-k", RELEASE, "-0", "--"),
        "rmmod": ("rmmod", *simulated, "--"),
        "insmod": ("insmod", *simulated, "--"),
    }
    for way, (tool, *before) in ways.items():
        for what, name in NAMES.items():
            ended = call(hostile.words(tool, *before, name), KERNEL, hostile.cwd)
            # Removing a module that is not loaded succeeds, even without a file.
            statuses = (0,) if way == "modprobe -r" and what == "no such path" else (1,)
            hostile.check(f"{way}, {what}", tool, ended, statuses, quiet="-q" in before)
            if ended.out and way != "modinfo":
                hostile.wrong(f"{way}, {what}", f"prints {ended.out[:300]!r}")


def matched(hostile):
    """If an alias of the configuration matches, the status is 0 and the name stays opaque."""
    for what, name in MATCHED.items():
        for way in (("-n", "-v"), ("-q", "-n"), ("-R",), ("-D",)):
            words = hostile.words("modprobe", "--simulate", hostile.root, *way, "--", name)
            hostile.check(f"modprobe {' '.join(way)}, {what}", "modprobe",
                          call(words, KERNEL, hostile.cwd), statuses=(0,))


def operands(hostile):
    """Parameters passed to an install command: the shell runs the administrator's text, but never
    text from an operand."""
    for what, text in (NAMES | MATCHED).items():
        for module in ("gated", "quoted"):
            for operand in (text, b"a=" + text):
                words = hostile.words("modprobe", "--simulate", hostile.root, "--", module, operand)
                hostile.check(f"install command of {module}, operand {what}", "modprobe",
                              call(words, KERNEL, hostile.cwd), statuses=(0, 1))


def as_the_kernel(hostile):
    """`modprobe -q -- NAME`, many at once, in the environment of the kernel's helper."""
    modprobe = hostile.words("modprobe")
    # One case uses the host's module directory, which does not contain such a name either.
    for before in (("--simulate", str(hostile.root)), ()):
        for _ in range(2):
            names = (list(NAMES.items()) * 2)[:AT_ONCE]
            running = [(what, start([*modprobe, *before, "-q", "--", name], KERNEL, hostile.cwd))
                       for what, name in names]
            for what, process in running:
                hostile.check(f"one of {AT_ONCE}, {what}", "modprobe", finish(process), quiet=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-hostile-") as scratch:
        root, cwd = (pathlib.Path(scratch).resolve() / name for name in ("root", "cwd"))
        cwd.mkdir()
        make_root(options, root, FILES, RELEASE)
        hostile = Hostile(options.tools.resolve(), root, cwd)
        for part in (lookups, matched, operands, as_the_kernel):
            part(hostile)
    for text in hostile.broken[:30]:
        print(text)
    print(", ".join(f"{count} {what}" for what, count in hostile.counts.items()))
    print(f"{len(hostile.broken)} wrong")
    return 1 if hostile.broken or hostile.counts["messages"] < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
