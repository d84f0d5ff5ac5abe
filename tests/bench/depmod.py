# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times kmodpp's depmod against Debian's on whole module trees, plain, compressed and ten times as
large: without databases, with no change and with one module added. Everything is in the page cache;
the two take turns. "times" is the figure of the reference divided by ours: above 1, kmodpp is better.
Targets are printed for comparison; no figure is a failure."""

import argparse
import os
import pathlib
import sys

from paired import Side, compare, print_heading, print_row, write_json
from trees import COPIES, NAMES, SIDES, Trees
from lib.harness import REFERENCE

OURS, THEIRS = SIDES
QUICK_ROUNDS, THOROUGH_ROUNDS = 5, 15
LARGE_TREE = 10000  # modules; such trees are measured in a third of the rounds
# Target ratios to the reference, by tree and situation.
AIMS = {
    ("plain", "cold"): 4, ("zst", "cold"): 3, ("gz", "cold"): 1.3, ("xz", "cold"): 1.9,
    ("plain", "unchanged"): 12, ("xz", "unchanged"): 100,
    ("plain", "added"): 8, ("xz", "added"): 70,
}


class Bench:
    """Makes the two sides of each situation in one tree. Debian's depmod is built without zlib, so
    our run on .ko.gz is compared with its run on plain modules."""

    def __init__(self, tools, trees, name):
        self.program = tools / "depmod"
        self.tree = trees.get(name)
        self.reference = trees.get("plain") if name == "gz" else self.tree

    def ours(self, prepare, *options):
        command = [self.program, "-b", self.tree.root(OURS), *options, self.tree.release]
        return Side(command, prepare)

    def theirs(self, prepare):
        tree = self.reference
        return Side([REFERENCE["depmod"], "-b", tree.root(THEIRS), tree.release], prepare)

    def clear(self):
        self.tree.remove_databases(OURS)
        self.tree.cache().unlink(missing_ok=True)

    def clear_theirs(self):
        self.reference.remove_databases(THEIRS)

    def before_added(self, *options):
        """Restores databases and cache to the state without the module, then adds the module."""
        def prepare():
            self.tree.remove_added(OURS)
            self.run(*options)
            self.tree.add_module(OURS)
        return prepare

    def before_added_theirs(self):
        self.reference.remove_added(THEIRS)
        self.reference.add_module(THEIRS)

    def run(self, *options):
        # Not measured, so no sync is needed.
        command = self.ours(None, "--no-sync", *options).command
        if os.spawnv(os.P_WAIT, command[0], command) != 0:
            sys.exit(f"{' '.join(command)} failed")

    def cache(self):
        return ("--cache", self.tree.cache())

    # The situations. Each returns the two sides, ours first.

    def cold(self, *options):
        return self.ours(self.clear, *options), self.theirs(self.clear_theirs)

    def cold_unsynced(self):
        return self.cold("--no-sync")

    def cold_cache(self):
        return self.cold(*self.cache())

    def unchanged(self):
        self.run(*self.cache())
        return self.ours(None, *self.cache()), self.theirs(None)

    def touched(self):
        self.run(*self.cache())
        return self.ours(self.tree.touch_module, *self.cache()), self.theirs(None)

    def added(self, *options):
        return (self.ours(self.before_added(*self.cache()), *self.cache(), *options),
                self.theirs(self.before_added_theirs))

    def added_unsynced(self):
        return self.added("--no-sync")

    # kmodpp only: compared with itself, or with the minimal cost of reading the tree.

    def jobs(self):
        return self.ours(self.clear, "--jobs", 2), self.ours(self.clear, "--jobs", 1)

    def sync(self):
        return self.ours(self.clear, "--no-sync"), self.ours(self.clear)

    def caching(self):
        return self.ours(self.clear), self.ours(self.clear, *self.cache())

    def bound_unchanged(self):
        ours, _ = self.unchanged()
        directory = self.tree.directory(OURS)
        return ours, Side(["find", directory, "-type", "f", "-printf", "%s %T@\n"])

    def bound_cold(self):
        directory = self.tree.directory(OURS)
        read = f"find {directory} -name '*.ko*' -print0 | xargs -0 cat"
        return self.ours(self.clear, "--no-sync"), Side(["sh", "-c", read])


AGAINST_KMOD = {
    "cold": (Bench.cold, "cold"),
    "cold-unsynced": (Bench.cold_unsynced, "cold, --no-sync"),
    "cold-cache": (Bench.cold_cache, "cold, cache written"),
    "unchanged": (Bench.unchanged, "nothing changed"),
    "touched": (Bench.touched, "one module touched"),
    "added": (Bench.added, "one module added"),
    "added-unsynced": (Bench.added_unsynced, "one module added, --no-sync"),
}
AGAINST_ITSELF = {
    "jobs": (Bench.jobs, "cold: --jobs 2 | --jobs 1"),
    "sync": (Bench.sync, "cold: --no-sync | default"),
    "caching": (Bench.caching, "cold: no cache | cache written"),
    "bound-unchanged": (Bench.bound_unchanged, "nothing changed | find: stat files"),
    "bound-cold": (Bench.bound_cold, "cold, --no-sync | cat: read files"),
}
SITUATIONS = {**AGAINST_KMOD, **AGAINST_ITSELF}


def run_situation(options, trees, name, situation):
    bench = Bench(options.tools, trees, name)
    for tree, side in ((bench.tree, OURS), (bench.reference, THEIRS)):
        tree.remove_added(side)
    make, label = SITUATIONS[situation]
    ours, theirs = make(bench)
    names = (OURS, THEIRS) if situation in AGAINST_KMOD else ("left", "right")
    count = bench.tree.module_count()
    rounds = options.rounds if count < LARGE_TREE else max(2, options.rounds // 3)
    result = compare(dict(zip(names, (ours, theirs))), rounds, options.patient)
    if situation in AGAINST_KMOD and bench.tree.listed(OURS) != bench.reference.listed(THEIRS):
        sys.exit(f"{name}, {situation}: the two do not list the same modules")
    print_row(f"{name} {label}", result, AIMS.get((name, situation)))
    return {"tree": name, "modules": count, "situation": situation,
            "aim": AIMS.get((name, situation)), **result.record(),
            **{quantity: {side: result.figure(side, quantity) for side in names}
               for quantity in ("wall", "processor", "memory")}}


def print_growth(records):
    """For the trees of copies: figures relative to the smallest tree, and per module."""
    cold = [r for r in records if r["tree"] in COPIES and r["situation"] == "cold-unsynced"]
    if len(cold) < 2:
        return
    print(f"\n{'growth (cold, --no-sync)':30} {'modules':>8} {'wall ms':>9} {'user+sys':>9}"
          f" {'peak MiB':>9}   each by that of the smallest tree, per module")
    for side in SIDES:
        for record in cold:
            line = f"{record['tree'] + ' ' + side:30} {record['modules']:8d}"
            relative = []
            for quantity in ("wall", "processor", "memory"):
                value, first = record[quantity][side], cold[0][quantity][side]
                relative.append(value / first / (record["modules"] / cold[0]["modules"]))
                line += f" {value:9.1f}"
            print(line + "  " + "".join(f" {value:6.2f}" for value in relative))


def choice(known):
    def parse(text):
        chosen = text.split(",")
        for word in chosen:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word}: not one of {', '.join(known)}")
        return chosen
    return parse


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
    parser.add_argument("--trees", type=choice(NAMES), default=list(NAMES),
                        metavar="NAME,...", help=", ".join(NAMES))
    parser.add_argument("--situations", type=choice(SITUATIONS), default=list(SITUATIONS),
                        metavar="NAME,...", help=", ".join(SITUATIONS))
    parser.add_argument("--rounds", type=int, default=QUICK_ROUNDS, help="pairs of each comparison")
    parser.add_argument("--thorough", dest="rounds", action="store_const", const=THOROUGH_ROUNDS,
                        help=f"the same as --rounds {THOROUGH_ROUNDS}")
    parser.add_argument("--impatient", dest="patient", action="store_false",
                        help="keep all pairs, for a machine that is never idle")
    parser.add_argument("--json", type=pathlib.Path, help="write every sample to this file")
    options = parser.parse_args()
    options.tools = options.tools.resolve()
    return options


def main():
    options = parse_options()
    trees = Trees(options.kernel)
    for name in options.trees:
        trees.get(name)
    records = []
    for table, heading in ((AGAINST_KMOD, SIDES), (AGAINST_ITSELF, ("left", "right"))):
        chosen = [situation for situation in table if situation in options.situations]
        if chosen:
            print_heading(*heading)
        for name in options.trees:
            for situation in chosen:
                records.append(run_situation(options, trees, name, situation))
    print_growth(records)
    print("\nload average afterwards:", *(f"{load:.2f}" for load in os.getloadavg()))
    if options.json:
        write_json(options.json, records)


if __name__ == "__main__":
    main()
