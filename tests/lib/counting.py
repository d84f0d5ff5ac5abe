# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the comparisons of a test by subject. A test without a comparison fails."""

import sys

from .comparison import first_difference

SHOWN = 12


def fail(text):
    print("FAIL: " + text, file=sys.stderr)
    sys.exit(1)


class Comparisons:
    """Base class of the programs that compare."""

    def __init__(self):
        self.counts = {}
        self.differences = 0

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def differ(self, text):
        self.differences += 1
        if self.differences <= SHOWN:
            print("DIFFERENT: " + text, file=sys.stderr)
        elif self.differences == SHOWN + 1:
            print("further differences are only counted", file=sys.stderr)

    def compare(self, what, ours, theirs, label=None, number=1):
        """Compares two texts, counted under `what` as `number` comparisons. Returns true if they are equal."""
        self.count(what, number)
        if ours != theirs:
            self.differ(f"{label or what}\n{first_difference(ours, theirs)}")
        return ours == theirs

    def conclude(self):
        """Ends a test: prints the number of comparisons."""
        for what, count in self.counts.items():
            print(f"{count:7d}  {what}")
        if not self.counts or 0 in self.counts.values():
            fail("one of the comparisons has a count of 0")
        if self.differences:
            fail(f"{self.differences} differences")
        print("no differences")
