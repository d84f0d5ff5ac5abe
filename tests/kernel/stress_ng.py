#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs stress-ng --module of Debian 13, which finds modules through libkmod, on a booted kernel with
Debian's library and with ours. Run by hand, as root: mmdebstrap fetches the program."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab

SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
MODULE, OPERATIONS = "dummy", 200
LOADER = "/lib64/ld-linux-x86-64.so.2"


def fetch(directory):
    """Returns a directory with stress-ng and its libraries."""
    subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", "--include=stress-ng", SUITE,
                    directory, MIRROR], check=True)
    for name in ("lib", "lib64", "bin"):
        if not (directory / name).exists():
            (directory / name).symlink_to(f"usr/{name}")
    return directory


def put_program(lab, system):
    """Installs stress-ng at its own paths; all programs of the machine then use its C library."""
    listing = subprocess.run(["chroot", system, LOADER, "--list", "/usr/bin/stress-ng"], check=True,
                             capture_output=True, text=True).stdout
    for path in ["/usr/bin/stress-ng", LOADER, *re.findall(r"(/\S+) \(0x", listing)]:
        shutil.copy(system / path.lstrip("/"), lab.place(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-stress-") as name:
        lab = Lab(options.tools, fetch_kernel(), pathlib.Path(name) / "machine")
        lab.add_modules([MODULE])
        lab.build_databases()
        put_program(lab, fetch(pathlib.Path(name) / SUITE))
        for library in ("capi/libkmod.so.2", "libkmodpp-load.so.0.1"):
            built = options.tools.parent / "libkmodpp" / library
            shutil.copy(built, lab.place(f"/ours/{built.name}"))
        stress = (f"/usr/bin/stress-ng --module 1 --module-name {MODULE} --module-ops {OPERATIONS} "
                  "--metrics 2>&1")
        found = lab.run([stress, f"LD_LIBRARY_PATH=/ours {stress}",
                         f"grep -c ^{MODULE} /proc/modules; true"])
    for (_, output, status), library in zip(found, ("Debian's", "ours")):
        done = re.search(r"module +(\d+) ", output)
        print(f"{library}: status {status}, {done[1] if done else 'no'} operations")
        if status or not done or int(done[1]) != OPERATIONS:
            sys.exit(output)
    if found[2][1].strip() != "0":
        sys.exit(f"{MODULE} is still loaded")


if __name__ == "__main__":
    main()
