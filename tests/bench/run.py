# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times kmodpp's modprobe and modinfo against Debian's on a whole kernel: the two take turns,
everything is in the page cache, and the medians stand side by side. "times" is the reference's
need by ours: above 1, kmodpp needs less. No figure is judged here. For depmod see depmod.py."""

import argparse
import os
import pathlib
import sys

from paired import Side, compare, measure, print_heading, print_row, write_json
from trees import SIDES, Trees
from common import REFERENCE

OURS, THEIRS = SIDES
SUBSYSTEM = "kernel/drivers/net"


def first_alias(directory, module):
    with open(directory / "modules.alias", encoding="utf-8") as lines:
        for line in lines:
            if line.endswith(f" {module}\n") and "pci:" in line:
                return line.split()[1].replace("*", "0")
    sys.exit(f"no device alias of {module}")


def tasks(tree, options):
    """Name, number of pairs, tool and operands; {root} stands for the side's own tree."""
    directory = tree.directory(THEIRS)
    file = directory / "kernel/fs/ext4/ext4.ko"
    drivers = sorted((directory / SUBSYSTEM).rglob("*.ko"))
    where = ("-d", "{root}", "-S", tree.release)
    alias = first_alias(directory, "e1000e")
    return (
        ("modprobe --show-depends ext4", options.calls, "modprobe", (*where, "--show-depends", "ext4")),
        ("modprobe -R ALIAS", options.calls, "modprobe", (*where, "-R", alias)),
        ("modinfo FILE", options.calls, "modinfo", (file,)),
        ("modinfo -F firmware FILE", options.calls, "modinfo", ("-F", "firmware", file)),
        (f"modinfo, {len(drivers)} files", options.rounds, "modinfo", drivers),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
    parser.add_argument("--rounds", type=int, default=11, help="pairs of the long tasks")
    parser.add_argument("--calls", type=int, default=200, help="pairs of the short tasks")
    parser.add_argument("--impatient", dest="patient", action="store_false",
                        help="take the pairs as they come, on a machine that is never idle")
    parser.add_argument("--json", type=pathlib.Path, help="write every sample to this file")
    options = parser.parse_args()
    tools = options.tools.resolve()
    tree = Trees(options.kernel).get("plain")
    programs = {OURS: lambda tool: tools / tool, THEIRS: lambda tool: REFERENCE[tool]}

    # Each side then reads the databases that it wrote here.
    for side in SIDES:
        tree.remove_databases(side)
        tree.remove_added(side)
        measure([str(programs[side]("depmod")), "-b", str(tree.root(side)), tree.release])

    records = []
    print_heading(*SIDES)
    for name, pairs, tool, operands in tasks(tree, options):
        sides = {}
        for side in SIDES:
            words = [str(word).format(root=tree.root(side)) for word in operands]
            sides[side] = Side([programs[side](tool), *words])
        result = compare(sides, pairs, options.patient)
        print_row(name, result)
        records.append({"task": name, **result.record()})
    print("\nload average afterwards:", *(f"{load:.2f}" for load in os.getloadavg()))
    if options.json:
        write_json(options.json, records)


if __name__ == "__main__":
    main()
