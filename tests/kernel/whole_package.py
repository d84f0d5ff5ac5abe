#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads and removes every module of the kernel package in turn on a booted kernel, with the built tools
and with Debian's, and compares the results of modprobe and the loaded modules. It takes hours and
is not part of a suite. An interrupted run continues: one line of JSON per module is appended to
DIRECTORY/{ours,debian}.jsonl. If the machine crashes or hangs, this is recorded with the current module,
and the machine boots again for the next one."""

import argparse
import collections
import json
import pathlib
import re
import shutil
import sys
import time

from lib.harness import fetch_kernel
from lib.lab import Lab, Silence

SILENCE = 300  # seconds; above the limits of module_loop.c
MAIN = "/sbin/module_loop /list $first $count\n"


def records_of(lines):
    """Parses the output of module_loop: one dictionary per module, without "end" for a module during
    which the machine ended."""
    record = None
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "begin":
            record = {"module": rest}
        elif record is None:
            continue
        elif word in ("load", "remove"):
            found = re.fullmatch(r"(\d+) (\d+) (.*)", rest)
            if found:
                record[word] = int(found[1])
                record[word + "_ms"] = int(found[2])
                record[word + "_text"] = found[3]
        elif word in ("added", "left", "stuck"):
            record[word] = sorted(rest.split())
        elif word == "end":
            yield record
            record = None
    if record is not None:
        yield record


class Tour:
    """Runs all modules with one set of tools."""

    def __init__(self, options, kernel, debian):
        self.name = "debian" if debian else "ours"
        self.options = options
        self.log = options.directory / f"{self.name}.jsonl"
        place = options.directory / f"machine-{self.name}"
        shutil.rmtree(place, ignore_errors=True)
        self.lab = Lab(options.tools, kernel, place, debian)
        self.lab.memory = 3072
        self.lab.add_whole_tree()
        self.lab.build_databases()
        self.lab.compile("module_loop.c", "/sbin/module_loop")
        self.modules = sorted({path.name.split(".")[0].replace("-", "_")
                               for path in self.lab.modules.rglob("*.ko")})
        (self.lab.root / "list").write_text("".join(name + "\n" for name in self.modules))
        # The kernel passes unknown words to init as environment variables.
        (self.lab.root / "main").write_text(MAIN)
        self.lab.build_image()

    def write(self, record):
        with open(self.log, "a") as out:
            out.write(json.dumps(record) + "\n")

    def run(self, positions=None):
        """Runs the modules without a record; or those at the positions, each in its own boot."""
        if positions is not None:
            for position in positions:
                self.boot(position, 1)
            return
        done = len(read_log(self.log))
        while done < len(self.modules):
            # Batches end at the same modules with both sets of tools, even after an interruption.
            batch = self.options.batch
            done += self.boot(done, min(batch - done % batch, len(self.modules) - done))

    def boot(self, first, count):
        """Boots once, and returns the number of modules that were recorded."""
        start, recorded = time.monotonic(), 0
        ending = "crash"
        lines = []

        def console_lines():
            nonlocal ending
            try:
                for line in self.lab.boot(f"oops=panic first={first} count={count}", SILENCE):
                    lines.append(line)
                    yield line
            except Silence:
                ending = "hang"

        for record in records_of(console_lines()):
            if "stuck" not in record:
                record["ended"] = ending
                record["console"] = self.lab.last_words(3000)
            self.write(record)
            recorded += 1
        if recorded == 0:
            sys.exit(f"the machine did not start: {lines[-5:]} {self.lab.last_words()}")
        print(f"{time.strftime('%H:%M:%S')} {self.name} {first}..{first + recorded - 1}: "
              f"{time.monotonic() - start:.0f} s", flush=True)
        return recorded


def read_log(path):
    """The last record of each module, in order."""
    if not path.exists():
        return {}
    return {record["module"]: record for record in map(json.loads, path.read_text().splitlines())}


def end_of(record):
    """Describes how the machine ended. module_loop.c stops it if modprobe cannot be killed."""
    return "hang" if 513 in (record.get("load"), record.get("remove")) else record["ended"]


def outcome(record):
    """The part of a record that must be equal."""
    if "ended" in record:
        return (end_of(record),)
    return (record["load"], record["load_text"], tuple(record["added"]), record["remove"],
            tuple(record["stuck"]))


def reason(record):
    """The reason why a module was not loaded, in a few words."""
    if "ended" in record:
        return "machine: " + end_of(record)
    if record["load"] == 0:
        return "loaded"
    return re.sub(r".*: ", "", record["load_text"]) or f"status {record['load']}"


def report(ours, theirs):
    """Prints the figures; returns True if anything differs."""
    for title, records in (("ours", ours), ("debian", theirs)):
        reasons = collections.Counter(map(reason, records.values()))
        removed = sum(r.get("remove") == 0 for r in records.values())
        stuck = sum(bool(r.get("stuck")) for r in records.values())
        seconds = [sum(r.get(key, 0) for r in records.values()) / 1000
                   for key in ("load_ms", "remove_ms")]
        print(f"{title}: {len(records)} modules, modprobe -r returned 0 for {removed}, {stuck} "
              f"left modules that cannot be removed; {seconds[0]:.0f} s in modprobe, "
              f"{seconds[1]:.0f} s in modprobe -r")
        for text, number in reasons.most_common():
            print(f"  {number:5d}  {text}")
    different = [name for name in ours if name in theirs and
                 outcome(ours[name]) != outcome(theirs[name])]
    print(f"{len(different)} differ")
    for name in different:
        print(f"  {name}\n    ours    {outcome(ours[name])}\n    debian  {outcome(theirs[name])}")
    missing = set(ours) ^ set(theirs)
    if missing:
        print(f"{len(missing)} were only loaded with one set of tools")
    return bool(different or missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--directory", required=True, type=pathlib.Path,
                        help="results and scratch files; an interrupted run continues")
    parser.add_argument("--batch", type=int, default=500, help="modules in one boot")
    parser.add_argument("--report", action="store_true", help="only compare existing records")
    parser.add_argument("--again", action="store_true",
                        help="repeat modules that differ or ended the machine, each in a boot "
                             "of its own")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    logs = [options.directory / f"{name}.jsonl" for name in ("ours", "debian")]
    if not options.report:
        kernel = fetch_kernel()
        ours, theirs = map(read_log, logs)
        again = {name for name in ours if name in theirs and
                 (outcome(ours[name]) != outcome(theirs[name]) or "ended" in ours[name])}
        for debian in (False, True):
            tour = Tour(options, kernel, debian)
            tour.run([i for i, name in enumerate(tour.modules) if name in again]
                     if options.again else None)
    sys.exit(report(*map(read_log, logs)))


if __name__ == "__main__":
    main()
