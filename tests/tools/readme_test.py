#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the tour in README.md: every line shown as output must be a line of the case `demo`.

    readme_test.py README.md testsuite-rootfs/demo/expected/output
"""

import pathlib
import re
import sys

ROOT = "ROOT"


def normalised(line):
    return " ".join(line.replace("\\x20", " ").replace("@ROOT@", ROOT).split())


def shown_lines(readme):
    """Output lines in the indented blocks of the tour."""
    tour = re.search(r"^## A tour\n(.*?)^## ", readme, re.S | re.M)
    if not tour:
        sys.exit("README.md has no tour")
    lines = [line.strip() for line in tour[1].splitlines() if line.startswith("    ")]
    return [line for line in lines if not line.startswith(("$ ", "…"))]


def main():
    readme, output = (pathlib.Path(path).read_text(encoding="utf-8") for path in sys.argv[1:])
    printed = {normalised(line[2:]) for line in output.splitlines() if line.startswith(("| ", "! "))}
    shown = shown_lines(readme)
    wrong = [line for line in shown if normalised(line) not in printed]
    for line in wrong:
        print(f"README.md shows a line that no tool prints: {line}", file=sys.stderr)
    if wrong or not shown:
        sys.exit(1)
    print(f"{len(shown)} lines of the tour")


main()
