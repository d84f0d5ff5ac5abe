# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the script that a booted machine runs, and parses its output.

The script writes to a serial port of its own. Each section begins with a mark:

    @@part P            the root of part P is mounted
    @@step P.S          output of the command line, if the step is not observed
    @@status N          its exit status; an observed step continues with:
    @@stdout  @@stderr  its output
    @@modules           /proc/modules
    @@attributes        FILE:LINE of /sys/module/NAME/... of the loaded modules
    @@holders           /sys/module/NAME/holders/USER, one per line
    @@log               lines of the kernel log since the previous step
    @@left P            /proc/modules at the end of a part
    @@end
"""

import dataclasses
import re
import shlex

# Directories that each part has of its own; the rest of the root is shared.
OWNED = ("etc", "lib/modules", "mnt", "tmp", "var")
PARTS = "parts"

INIT = """#!/bin/sh
# The serial port is a terminal: no colours and no progress.
export PATH=/sbin:/bin LC_ALL=C TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t securityfs none /sys/kernel/security
# Only the kernel writes to the console, to show its last messages when it hangs.
echo 8 >/proc/sys/kernel/printk
exec </dev/null >/dev/ttyS1 2>&1
. /steps
echo "@@end"
exec >/dev/null 2>&1
poweroff -f
"""

FUNCTIONS = """
await() {
    tries=0
    until [ "$(cat $1 2>/dev/null)" = "$2" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || { echo "$1 never became '$2'" >&2; return 1; }
        sleep 0.1
    done
}
write() { echo "$2" >"$1"; }
observed() {
    echo "@@status $1"
    echo "@@stdout"; cat /.stdout
    echo "@@stderr"; cat /.stderr
    echo "@@modules"; cat /proc/modules
    set --
    for state in /sys/module/*/initstate; do
        [ -e $state ] || continue
        here=${state%/initstate}
        set -- "$@" $state $here/refcnt $here/taint $here/version $here/srcversion
        for file in $here/parameters/*; do
            [ -e $file ] && set -- "$@" $file
        done
    done
    echo "@@attributes"
    [ $# = 0 ] || grep -s -H '' "$@"
    echo "@@holders"
    for file in /sys/module/*/holders/*; do
        [ -e $file ] && echo $file
    done
    echo "@@log"; dmesg -c
}
"""


@dataclasses.dataclass
class Step:
    """A command line for sh; or a list of words, after which the kernel's state is recorded. With
    words, "COMMAND... &" runs in the background until the step "wait", "await PATH TEXT" waits
    until a file has that text, and "write PATH TEXT" writes one."""
    line: str
    words: list | None = None

    @property
    def in_background(self):
        return self.words is not None and self.words[-1] == "&"

    @property
    def observed(self):
        return self.words is not None and not self.in_background


@dataclasses.dataclass
class Observation:
    """The result of a step. If it is not observed, `stdout` contains both streams."""
    stdout: str
    status: int
    stderr: str = ""
    modules: list = dataclasses.field(default_factory=list)
    attributes: dict = dataclasses.field(default_factory=dict)
    holders: list = dataclasses.field(default_factory=list)
    log: list = dataclasses.field(default_factory=list)


def split_command(words):
    """({variable: value}, the command and its arguments)"""
    variables = {}
    while match := re.fullmatch(r"(\w+)=(.*)", words[0], re.S):
        variables[match[1]] = match[2]
        words = words[1:]
    return variables, words


def command_line_of(words):
    """The words as a command line for sh."""
    variables, command = split_command(words)
    assignments = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    return " ".join([*assignments, shlex.join(command)])


def script_of(parts):
    """The script for parts [(name of its root or None, [Step])]."""
    script = [FUNCTIONS]
    for part, (root, steps) in enumerate(parts):
        if root:
            script += [f"mount --bind /{PARTS}/{root}/{owned} /{owned}" for owned in OWNED]
        script += ["dmesg -c >/dev/null", f"echo '@@part {part}'"]
        for number, step in enumerate(steps):
            script.append(f"echo '@@step {part}.{number}'")
            if step.in_background:
                command = command_line_of(step.words[:-1])
                script += [f"{command} >/.later.stdout 2>/.later.stderr &", "later=$!",
                           "echo '@@status 0'"]
            elif step.words == ["wait"]:
                script += ["wait $later", "status=$?", "mv /.later.stdout /.stdout",
                           "mv /.later.stderr /.stderr", "observed $status"]
            elif step.observed:
                script += [f"{command_line_of(step.words)} >/.stdout 2>/.stderr", "observed $?"]
            else:
                script += ["(", step.line, ")", "echo '@@status '$?"]
        script += [f"echo '@@left {part}'", "cat /proc/modules"]
        if root:
            script += [f"umount -l /{owned}" for owned in OWNED]
    return "\n".join(script) + "\n"


MARK = re.compile(r"@@(part|step|status|stdout|stderr|modules|attributes|holders|log|left|end)"
                  r"(?: ([0-9.]+))?\n")


class Transcript:
    """The output of the machine so far."""

    def __init__(self, text):
        marks = list(MARK.finditer(text))
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        self.sections = [(mark[1], mark[2], text[mark.end():end])
                         for mark, end in zip(marks, ends)]

    @property
    def ended(self):
        return bool(self.sections) and self.sections[-1][0] == "end"

    def last_step(self):
        """Returns (part, step) of the last step that began, and whether it ended."""
        at, done = None, False
        for kind, value, _ in self.sections:
            if kind == "step":
                at, done = tuple(int(n) for n in value.split(".")), False
            elif kind in ("status", "left"):
                done = True
        return at, done

    def output_of_last(self):
        """The output of the last step, as far as it is known."""
        return next((text for kind, _, text in reversed(self.sections) if kind == "step"), "")

    def left(self, part):
        """/proc/modules at the end of a part."""
        return next(text.splitlines() for kind, value, text in self.sections
                    if kind == "left" and value == str(part))

    def observations(self, part):
        """Observations of the steps of a part, in order."""
        result = []
        found = None
        for kind, value, text in self.sections:
            if kind == "step":
                here = int(value.split(".")[0]) == part
                found = Observation(text, -1) if here else None
                if here:
                    result.append(found)
            elif found is None:
                continue
            elif kind == "status":
                found.status = int(value)
            elif kind in ("stdout", "stderr"):
                setattr(found, kind, text)
            elif kind == "modules":
                found.modules = text.splitlines()
            elif kind == "log":
                found.log = [as_in_kmsg(line) for line in text.split("\n") if line]
            elif kind == "attributes":
                found.attributes = attributes_of(text)
            elif kind == "holders":
                found.holders = [path.removeprefix("/sys/module/") for path in text.splitlines()]
        return result


def as_in_kmsg(line):
    """Escapes non-printable characters as /dev/kmsg does."""
    return re.sub(r"[^ -~]", lambda match: f"\\x{ord(match[0]):02x}", line)


def attributes_of(text):
    """Returns {"NAME/FILE": contents} from lines "/sys/module/NAME/FILE:LINE"."""
    files = {}
    for line in text.splitlines():
        path, _, value = line.partition(":")
        files.setdefault(path.removeprefix("/sys/module/"), []).append(value)
    return {path: "\n".join(lines) for path, lines in files.items()}
