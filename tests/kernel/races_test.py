#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs several tools at once on a real kernel, and kills tools. Each race runs for many rounds; a rule
checks the exit statuses and loaded modules of each round; afterwards all modules can be loaded and
removed normally."""

import argparse
import collections
import pathlib
import shutil
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab
from lib.samples import sample_modules

MODPROBE, RMMOD, INSMOD = "/sbin/modprobe", "/sbin/rmmod", "/sbin/insmod"
KILLED = "S9"
SAMPLES = ("slow", "user", "namespace_user", "exporter")
# A module with many dependencies, and independent modules.
LARGE = "l2tp_ppp"
MANY = (LARGE, "user", "namespace_user", "dummy", "vxlan", "ipvlan", "minix", "vfat", "msdos")


class Round:
    """A line of races.c."""

    def __init__(self, line):
        statuses, loaded, after, left = (column.split() for column in line.split("\t"))
        self.statuses, self.loaded, self.after, self.left = statuses, set(loaded), after, left

    def __str__(self):
        return (f"{' '.join(self.statuses)}; loaded: {' '.join(sorted(self.loaded))}; after that "
                f"{' '.join(self.after)}; left: {' '.join(self.left)}")


class Race:
    """`commands` are lines for races.c; `rule` returns whether a Round is correct."""

    def __init__(self, name, rounds, spread, commands, after, rule):
        self.name, self.rounds, self.rule = name, rounds, rule
        self.text = [f"spread {spread}", *commands, *(f"after {line}" for line in after)]
        self.after_count = len(after)

    def is_right(self, found):
        # No module is partly loaded, and all are removed at the end.
        return (self.rule(found) and found.left == [] and found.after == ["0"] * self.after_count and
                not any(":" in name or "?" in name for name in found.loaded))


def all_of(status, loaded):
    return lambda r: set(r.statuses) == {status} and r.loaded == loaded


def one_alone(loaded):
    return lambda r: sorted(r.statuses) == ["0"] + ["1"] * (len(r.statuses) - 1) and \
        r.loaded == loaded


def loaded_unless_removed(name):
    """A load, and a removal that may run before it."""
    return lambda r: (r.statuses, r.loaded) in ((["0", "1"], {name}), (["0", "0"], set()))


def races_of(lab):
    """\\param lab with its databases"""
    needs = {}
    for line in (lab.modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[module_of(path)] = {module_of(other) for other in rest.split()}

    def whole(*names):
        return set(names).union(*(needs[name] for name in names))

    def partial(status, full, empty):
        """Killed or finished; every loaded module has its dependencies."""
        def rule(r):
            closed = all(needs[name] <= r.loaded for name in r.loaded)
            if r.statuses == ["0"]:
                return r.loaded == (full if status == "load" else empty)
            return r.statuses == [KILLED] and closed and r.loaded <= full
        return rule

    slow_file = f"/lib/modules/{lab.release}/extra/slow.ko"
    load, remove = f"{MODPROBE} {{}}".format, f"{MODPROBE} -r {{}}".format
    many = " ".join(MANY)
    return [
        Race("modprobe, 8 times", 10, 3000, ["race " + load("user")] * 8, [remove("user")],
             all_of("0", whole("user"))),
        Race("modprobe of a module that is slow, 8 times", 5, 3000,
             ["race " + load("slow delay_ms=30")] * 8, [remove("slow")], all_of("0", {"slow"})),
        Race("modprobe --first-time, 8 times", 10, 3000, ["race " + load("--first-time user")] * 8,
             [remove("user")], one_alone(whole("user"))),
        Race("insmod, 8 times", 5, 3000, [f"race {INSMOD} {slow_file} delay_ms=30"] * 8,
             [remove("slow")], one_alone({"slow"})),
        Race("rmmod, 8 times", 10, 3000, ["before " + load("dummy"), *[f"race {RMMOD} dummy"] * 8],
             [], one_alone(set())),
        Race("modprobe -r, 8 times", 10, 3000,
             ["before " + load("user"), *["race " + remove("user")] * 8], [], all_of("0", set())),
        Race("modprobe and rmmod, not loaded", 20, 30000,
             ["race " + load("dummy"), f"race {RMMOD} dummy"], [remove("dummy")],
             loaded_unless_removed("dummy")),
        Race("modprobe of a module that is slow and rmmod", 10, 60000,
             ["race " + load("slow delay_ms=30"), f"race {RMMOD} slow"], [remove("slow")],
             loaded_unless_removed("slow")),
        Race("modprobe and rmmod, loaded", 20, 10000,
             ["before " + load("dummy"), "race " + load("dummy"), f"race {RMMOD} dummy"],
             [remove("dummy")],
             lambda r: r.statuses == ["0", "0"] and r.loaded <= {"dummy"}),
        Race("modprobe and modprobe -r of modules with a common dependency", 20, 10000,
             ["before " + load("user"), "race " + load("namespace_user"), "race " + remove("user")],
             [remove("namespace_user")], all_of("0", whole("namespace_user"))),
        Race("modprobe, killed", 15, 0, ["kill 200000 " + load(LARGE)], [load(LARGE), remove(LARGE)],
             partial("load", whole(LARGE), set())),
        Race("modprobe of a module that is slow, killed", 7, 0,
             ["kill 120000 " + load("slow delay_ms=60")], [load("slow"), remove("slow")],
             partial("load", {"slow"}, set())),
        Race("modprobe -r, killed", 7, 0,
             ["before " + load(LARGE), "kill 150000 " + remove(LARGE)], [load(LARGE), remove(LARGE)],
             partial("remove", whole(LARGE), set())),
        Race("modprobe -a --jobs 8, twice", 4, 10000, [f"race {load('-a --jobs 8 ' + many)}"] * 2,
             [remove("-a " + many)], all_of("0", whole(*MANY))),
        Race("modprobe -a --jobs 8, killed", 4, 0, [f"kill 500000 {load('-a --jobs 8 ' + many)}"],
             [load("-a " + many), remove("-a " + many)], partial("load", whole(*MANY), set())),
    ]


def module_of(path):
    return path.rpartition("/")[2].partition(".")[0].replace("-", "_")


def make_lab(options, directory):
    lab = Lab(options.tools, fetch_kernel(), directory, options.debian)
    lab.cores = 2
    lab.add_modules([name for name in MANY if name not in SAMPLES])
    (lab.modules / "extra").mkdir()
    for name in SAMPLES:
        shutil.copy(sample_modules(lab.kernel) / f"{name}.ko", lab.modules / "extra")
    lab.build_databases()
    lab.compile("races.c", "/sbin/races")
    return lab


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--debian", action="store_true", help="Debian's kmod, to compare")
    parser.add_argument("--times", type=int, default=1, help="multiply the number of rounds")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-races-") as directory:
        lab = make_lab(options, directory)
        races = [race for race in races_of(lab) if not (options.debian and "--jobs" in race.name)]
        for number, race in enumerate(races):
            (lab.root / f"race-{number}").write_text("\n".join(
                [f"rounds {race.rounds * options.times}", f"seed {options.seed + number}",
                 *race.text]) + "\n")
        results = lab.run([f"/sbin/races /race-{number}" for number in range(len(races))],
                          seconds=300)
    failed = False
    for race, (_, output, status) in zip(races, results):
        rounds = [Round(line) for line in output.splitlines()]
        wrong = [found for found in rounds if not race.is_right(found)]
        failed |= status != 0 or len(rounds) != race.rounds * options.times or bool(wrong)
        print(f"{race.name}: {len(rounds)} rounds, {len(wrong)} wrong")
        shown = collections.Counter(map(str, wrong if wrong else rounds))
        for text, number in shown.most_common(5):
            print(f"  {number:4d} {text}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
