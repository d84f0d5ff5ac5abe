#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a scenario on a real booted kernel and compares what the tools said with what the
scenario expects. A scenario is a text file:

    modules NAME...             modules of the kernel package that the machine has, with theirs
    compress NAME gz|xz|zst     one of them is compressed
    copy NAME PATH CHANGE...    a module of the package with changes, see module_copy.py;
                                quotes hold a change with blanks together
    file PATH TEXT              a file of the machine, \\n in it being a newline
    append TEXT                 for the kernel command line
    $ COMMAND LINE              run by sh; behind it the lines that it prints, and
    = STATUS                    its exit status

'#' begins a comment. @RELEASE@ stands for the kernel release, @KEY@ for the bytes of a
key, @CRC@ for the version of a symbol. KMODPP_TEST_ACCEPT=1 rewrites
what is expected."""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from machine import Machine
from module_copy import changed

COMPRESS = {"gz": ["gzip", "-n"], "xz": ["xz", "--check=crc32"], "zst": ["zstd", "-q", "--rm"]}


def parse(path):
    head, steps, current = [], [], None
    for line in path.read_text().splitlines():
        if line.startswith("$ "):
            current = [line[2:], [], None]
            steps.append(current)
        elif current and current[2] is None and line.startswith("= "):
            current[2] = int(line[2:])
        elif current and current[2] is None:
            current[1].append(line)
        else:
            head.append((len(steps), line))
    return head, steps


def without_numbers(text):
    """Keys and versions of symbols are others in each build of the kernel."""
    text = re.sub(r"\b(?:[0-9A-F]{2}:){7,}[0-9A-F]{2}\b", "@KEY@", text)
    return re.sub(r"\b0x[0-9a-f]{8}\b", "@CRC@", text)


def prepare(machine, head):
    append = []
    for _, line in head:
        verb, _, rest = line.partition(" ")
        if verb == "modules":
            machine.add_modules(rest.split())
        elif verb == "compress":
            name, form = rest.split()
            subprocess.run(COMPRESS[form] + [machine.path_of(name)], check=True)
        elif verb == "copy":
            name, path, *changes = shlex.split(rest)
            target = machine.root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(changed(machine.packaged(name).read_bytes(), changes))
        elif verb == "file":
            name, _, text = rest.partition(" ")
            target = machine.root / name.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace("\\n", "\n") + "\n")
        elif verb == "append":
            append.append(rest)
        elif line and not line.startswith("#"):
            sys.exit(f"unknown line in the scenario: {line}")
    return " ".join(append)


def text_of(head, steps):
    lines = []
    for number, step in enumerate(steps):
        lines += [line for at, line in head if at == number]
        lines += ["$ " + step[0], *step[1], f"= {step[2]}"]
    lines += [line for at, line in head if at == len(steps)]
    return "".join(line + "\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("scenario", type=pathlib.Path)
    options = parser.parse_args()
    fetch = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "fetch-kernel.sh"
    kernel = subprocess.run([fetch], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    head, steps = parse(options.scenario)
    if not steps:
        sys.exit("the scenario has no steps")
    with tempfile.TemporaryDirectory(prefix="kmodpp-kernel-") as directory:
        machine = Machine(options.tools.resolve(), kernel, directory)
        append = prepare(machine, head)
        subprocess.run([options.tools / "depmod", "-b", machine.root, machine.release], check=True)
        results = machine.run([step[0] for step in steps], append)

    actual = [[line, without_numbers(output.replace(machine.release, "@RELEASE@")).splitlines(),
               status] for line, output, status in results]
    expected_text, actual_text = text_of(head, steps), text_of(head, actual)
    if os.environ.get("KMODPP_TEST_ACCEPT") == "1":
        options.scenario.write_text(actual_text)
        print(f"{len(actual)} steps accepted")
        return
    if expected_text != actual_text:
        sys.stdout.writelines(difflib.unified_diff(
            expected_text.splitlines(True), actual_text.splitlines(True), "expected", "actual"))
        sys.exit("the kernel did not answer as expected")
    print(f"{len(actual)} steps on Linux {machine.release}")


main()
