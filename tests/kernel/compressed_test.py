#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads compressed modules on a kernel that unpacks them itself (CONFIG_MODULE_DECOMPRESS), but refuses
some streams that user space can unpack. The kernel is that of Debian 13."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from lib.harness import fetch_newer_kernel
from lib.lab import Lab

DICTIONARY = "dict=1MiB"


def xz(data, *options):
    return subprocess.run(["xz", "-c", *options], input=data, check=True,
                          capture_output=True).stdout


def damaged(stream):
    """The same headers, with damaged contents."""
    middle = len(stream) // 2
    return stream[:middle] + bytes(byte ^ 0xff for byte in stream[middle:middle + 16]) + \
        stream[middle + 16:]


class Files:
    """Modules of the package, packed in other ways, in /m of the machine."""

    def __init__(self, lab, package):
        self.lab = lab
        self.packed = {path.name.removesuffix(".ko.xz"): path.read_bytes()
                       for path in package.rglob("*.ko.xz")}

    def plain(self, name):
        return subprocess.run(["xz", "-dc"], input=self.packed[name], check=True,
                              capture_output=True).stdout

    def put(self, name, data):
        path = f"/m/{name}.ko.xz"
        self.lab.place(path).write_bytes(data)
        return path


def step(path):
    """Loads a file; prints what the kernel logged about decompression."""
    return (f"dmesg -c >/dev/null; insmod {path} 2>&1; status=$?; "
            "dmesg | grep -o 'decompression failed with status .*'; exit $status")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    package = fetch_newer_kernel()
    with tempfile.TemporaryDirectory(prefix="kmodpp-compressed-") as directory:
        lab = Lab(options.tools, package, directory)
        files = Files(lab, package / "lib" / "modules" / lab.release)
        refused = "decompression failed with status"
        cases = [
            ("crc7", files.packed["crc7"], 0, ""),
            ("crc8", xz(files.plain("crc8"), "--check=crc64"), 0, ""),
            ("crc16", xz(files.plain("crc16"), "--check=crc32", "--x86", "--delta",
                         f"--lzma2={DICTIONARY}"), 0, ""),
            ("crc-itu-t", xz(files.plain("crc-itu-t"), "--check=crc32", "--powerpc",
                             f"--lzma2={DICTIONARY}"), 0, ""),
            ("dummy", damaged(files.packed["dummy"]), 1, refused),
        ]
        steps = ["cat /sys/module/compression"]
        steps += [step(files.put(name, data)) for name, data, _, _ in cases]
        (_, compression, _), *results = lab.run(steps)
        failures = [] if compression == "xz\n" else [f"the kernel unpacks {compression!r}"]
        for (name, _, status, message), (line, output, found) in zip(cases, results):
            unpacked_here = message == "" and refused in output
            if found != status or message not in output or unpacked_here:
                failures.append(f"{name}: exit {found}, expected {status}\n{output}")
        last = results[-1][1]
        if "cannot be decompressed" not in last and "xz: " not in last:
            failures.append(f"the message does not name the damage of the stream:\n{last}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(cases)} files on Linux {lab.release}")


if __name__ == "__main__":
    main()
