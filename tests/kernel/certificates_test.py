#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares our parser of certificates with a real kernel's, on valid and damaged certificates: both
must accept the same ones, and refuse the others with the same errno. The kernel is Debian
13's in QEMU; with --here that of this machine, if it has keys of the type "asymmetric"."""

import argparse
import collections
import errno
import pathlib
import subprocess
import sys
import tempfile

from certificate_variants import packed, variants
from lib.harness import fetch_newer_kernel
from lib.lab import Lab

HERE = pathlib.Path(__file__).resolve().parent
SHOWN = 30
# ML-DSA came with Linux 7.0.
ML_DSA = "2.16.840.1.101.3.4.3.17"


def is_alike(name, ours, theirs):
    code, *by_ec = ours.split()
    if code == theirs or ML_DSA in name:
        return True
    # A kernel without ECDSA parses such a certificate, but cannot check its signature.
    return bool(by_ec) and int(theirs) == errno.ENOENT


def kernel_results(options, data, directory):
    if options.here:
        program = directory / "add_certificates"
        subprocess.run(["gcc", "-O2", "-Wall", "-o", program, HERE / "add_certificates.c"], check=True)
        (directory / "packed").write_bytes(data)
        return subprocess.run([program, directory / "packed"], check=True, capture_output=True,
                              text=True).stdout.split()
    lab = Lab(options.tools, fetch_newer_kernel(), directory / "machine")
    lab.compile("add_certificates.c", "/sbin/add_certificates")
    (lab.root / "packed").write_bytes(data)
    (_, output, _), = lab.run(["/sbin/add_certificates /packed"], seconds=600)
    return output.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--verdicts", required=True, type=pathlib.Path,
                        help="the built certificate_verdicts")
    parser.add_argument("--mutations", type=int, default=200)
    parser.add_argument("--here", action="store_true", help="use the kernel of this machine")
    options = parser.parse_args()
    found = variants(options.mutations)
    data = packed(found.values())
    with tempfile.TemporaryDirectory(prefix="kmodpp-certificates-") as scratch:
        directory = pathlib.Path(scratch)
        theirs = kernel_results(options, data, directory)
        (directory / "packed").write_bytes(data)
        ours = subprocess.run([options.verdicts, directory / "packed"], check=True,
                              capture_output=True, text=True).stdout.splitlines()
    if not len(found) == len(ours) == len(theirs):
        sys.exit(f"{len(found)} certificates, {len(ours)} verdicts, {len(theirs)} results of the kernel")
    different = [f"{name}: {one}, the kernel {errno.errorcode.get(int(other), other)}"
                 for name, one, other in zip(found, ours, theirs)
                 if not is_alike(name, one, other)]
    for line in different[:SHOWN]:
        print(line)
    counts = collections.Counter(errno.errorcode.get(int(code), "accepted") for code in theirs)
    print(f"{len(found)} certificates, {len(different)} differences; the kernel: "
          + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
