#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the man page of each tool against its table of options, in both directions: an option
that --help shows has a heading in the page, and a heading in the page is shown by --help."""

import argparse
import pathlib
import re
import subprocess
import sys

TOOLS = ("depmod", "insmod", "lsmod", "modinfo", "modprobe", "rmmod")


def options_of_help(text):
    found = set()
    for line in text.split("Options:\n", 1)[1].splitlines():
        # The columns behind the options are prose.
        head = re.match(r"  (?:(-\w)(?:, )?)?\s*(--[\w-]+)?", line)
        found |= {option for option in head.groups() if option}
    return found


def options_of_page(text):
    found = set()
    for line in text.splitlines():
        if line.startswith("*-"):
            found |= set(re.findall(r"\*(--?[\w-]+)\*", line))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--pages", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    faults = compared = 0
    for tool in TOOLS:
        shown = subprocess.run([arguments.tools / tool, "--help"], check=True,
                               capture_output=True, text=True).stdout
        helped = options_of_help(shown)
        written = options_of_page((arguments.pages / f"{tool}.8.scd").read_text())
        compared += len(helped)
        for option in sorted(helped - written):
            print(f"{tool}: {option} has no heading in its page")
            faults += 1
        for option in sorted(written - helped):
            print(f"{tool}: the page describes {option}, which --help does not show")
            faults += 1
    if compared < 50:
        print(f"only {compared} options found: the test reads the wrong text")
        faults += 1
    print(f"{compared} options compared")
    return 1 if faults else 0


sys.exit(main())
