#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a machine with many devices as an initramfs does: passes the aliases of all devices to
modprobe -a, then those of newly found devices, and so on. With the built tools and with Debian's the
same modules must be loaded, the same drivers bound, and each alias must give the same exit status."""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab
from lib.many_devices import COLDPLUG, EXPECTED, ROUNDS, attach_devices

STEPS = [
    COLDPLUG,
    "cat /tmp/now",
    "cmp /tmp/aliases /tmp/now",
    "awk '{print $1}' /proc/modules | sort",
    "for bus in pci usb virtio scsi platform; do cd /sys/bus/$bus/devices || continue; for d in *; do "
    "[ -e $d/driver ] && echo $bus $d $(basename $(readlink $d/driver)); done; done; true",
    "while read -r alias; do /sbin/modprobe -q \"$alias\"; echo \"$? $alias\"; done </tmp/now",
]
_, ALIASES_STEP, LAST_STEP, MODULES_STEP, DRIVERS_STEP, STATUS_STEP = range(len(STEPS))


def start(options, kernel, directory, debian):
    lab = Lab(options.tools, kernel, directory, debian)
    attach_devices(lab)
    return lab.run(STEPS, seconds=200)


def compare(title, ours, theirs):
    """The lines that only one of the two has."""
    left, right = set(ours.splitlines()), set(theirs.splitlines())
    return [f"{title}, ours only: {line}" for line in sorted(left - right)] + \
           [f"{title}, Debian's only: {line}" for line in sorted(right - left)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    kernel = fetch_kernel()
    with tempfile.TemporaryDirectory(prefix="kmodpp-coldplug-") as directory:
        # Both at the same time: each machine has one core.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ours, theirs = pool.map(
                lambda name: start(options, kernel, pathlib.Path(directory) / name,
                                   name == "debian"), ("ours", "debian"))
    failures = [f"{name}: devices still appeared after {ROUNDS} rounds: {results[LAST_STEP][1]}"
                for name, results in (("ours", ours), ("debian", theirs)) if results[LAST_STEP][2]]
    for title, step in (("aliases", ALIASES_STEP), ("modules", MODULES_STEP),
                        ("drivers", DRIVERS_STEP), ("status", STATUS_STEP)):
        failures += compare(title, ours[step][1], theirs[step][1])
    for (line, _, status), (_, _, other) in zip(ours, theirs):
        if status != other:
            failures.append(f"$ {line}\n  status {status}, Debian's {other}")
    modules = set(ours[MODULES_STEP][1].split())
    if not EXPECTED <= modules:
        failures.append(f"not loaded: {sorted(EXPECTED - modules)}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(ours[ALIASES_STEP][1].splitlines())} aliases, {len(modules)} modules, "
          f"{len(ours[DRIVERS_STEP][1].splitlines())} devices with drivers")


if __name__ == "__main__":
    main()
