# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times kmodpp's modprobe, lsmod and modinfo against Debian's on a whole kernel. The two take turns,
everything is in the page cache, and the medians are printed. "times" is the figure of the reference
divided by ours: above 1, kmodpp is better. No figure is a failure. For depmod see depmod.py. Needs root,
because a simulated load replaces /proc/modules and /sys/module."""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from lib import loaded
from paired import ENVIRONMENT, Side, compare, measure, print_heading, print_row, write_json
from trees import SIDES, Trees
from lib.harness import REFERENCE

OURS, THEIRS = SIDES
SUBSYSTEM = "kernel/drivers/net"
AIM, CONFIGURATION_AIM = 1, 3
RELEASES = pathlib.Path("/lib/modules")


def first_alias(directory, module):
    with open(directory / "modules.alias", encoding="utf-8") as lines:
        for line in lines:
            if line.endswith(f" {module}\n") and "pci:" in line:
                return line.split()[1].replace("*", "0")
    sys.exit(f"no device alias of {module}")


def tasks(tree, options):
    """Name, number of pairs, tool and operands, target ratio; {release} is the tree of each side."""
    directory = tree.directory(THEIRS)
    file = directory / "kernel/fs/ext4/ext4.ko"
    drivers = sorted((directory / SUBSYSTEM).rglob("*.ko"))
    where = ("-S", "{release}")
    alias = first_alias(directory, "e1000e")
    calls = options.calls
    return (
        ("modprobe --show-depends ext4", calls, "modprobe", (*where, "--show-depends", "ext4"), AIM),
        ("modprobe -R ALIAS", calls, "modprobe", (*where, "-R", alias), AIM),
        ("modprobe -n xfs", calls, "modprobe", (*where, "-n", "xfs"), AIM),
        ("modprobe -n ext4, which is loaded", calls, "modprobe", (*where, "-n", "ext4"), AIM),
        ("modprobe -c", options.rounds, "modprobe", (*where, "-c"), CONFIGURATION_AIM),
        ("lsmod", calls, "lsmod", (), AIM),
        ("modinfo FILE", calls, "modinfo", (file,), AIM),
        ("modinfo -F firmware FILE", calls, "modinfo", ("-F", "firmware", file), AIM),
        (f"modinfo, {len(drivers)} files", options.rounds, "modinfo", drivers, AIM),
    )


def mount_releases(tree):
    """The tree of each side becomes a release below /lib/modules for this process and its children."""
    RELEASES.mkdir(exist_ok=True)
    loaded.run("mount", "-t", "tmpfs", "releases", RELEASES)
    for side in SIDES:
        (RELEASES / side).mkdir()
        loaded.run("mount", "--bind", tree.directory(side), RELEASES / side)


def instructions(command):
    """Instructions in user space, including the dynamic linker."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
                          env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"callgrind failed on {' '.join(command)}:\n{done.stderr}")
    return int(found[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
    parser.add_argument("--rounds", type=int, default=11, help="pairs of the long tasks")
    parser.add_argument("--calls", type=int, default=200, help="pairs of the short tasks")
    parser.add_argument("--instructions", action="store_true",
                        help="count the instructions as well, with callgrind")
    parser.add_argument("--impatient", dest="patient", action="store_false",
                        help="keep all pairs, for a machine that is never idle")
    parser.add_argument("--json", type=pathlib.Path, help="write every sample to this file")
    options = parser.parse_args()
    tools = options.tools.resolve()
    tree = Trees(options.kernel).get("plain")
    programs = {OURS: lambda tool: tools / tool, THEIRS: lambda tool: REFERENCE[tool]}

    # Each side then reads the databases that it wrote.
    for side in SIDES:
        tree.remove_databases(side)
        tree.remove_added(side)
        measure([str(programs[side]("depmod")), "-b", str(tree.root(side)), tree.release])

    machine, count = loaded.enter(tools, tree, OURS)
    print(f"{count} modules are loaded")
    mount_releases(tree)
    records, counts = [], []
    print_heading(*SIDES)
    for name, pairs, tool, operands, aim in tasks(tree, options):
        sides = {}
        for side in SIDES:
            words = [str(word).format(release=side) for word in operands]
            sides[side] = Side([programs[side](tool), *words])
        result = compare(sides, pairs, options.patient)
        print_row(name, result, aim)
        records.append({"task": name, **result.record()})
        if options.instructions:
            ours, theirs = (instructions(sides[side].command) for side in SIDES)
            counts.append((name, ours, theirs))
            records[-1]["instructions"] = {OURS: ours, THEIRS: theirs}
    for name, ours, theirs in counts:
        print(f"{name:38} {ours / 1e6:8.2f} {theirs / 1e6:8.2f} {theirs / ours:6.2f}  million instructions")
    print("\nload average afterwards:", *(f"{load:.2f}" for load in os.getloadavg()))
    if options.json:
        write_json(options.json, records)
    del machine


if __name__ == "__main__":
    main()
