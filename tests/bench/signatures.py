# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times modinfo --verify on all modules of a kernel, on one processor and from the page cache, compared
with its lower bound, the SHA-256 of the same files by libcrypto, and with openssl cms -verify on some
of them. No figure is a failure."""

import argparse
import os
import pathlib
import statistics
import struct
import subprocess
import tempfile
import time

from lib.harness import fetch_kernel
from lib.kernel_image import certificates_in, vmlinux_of

MARKER = b"~Module signature appended~\n"
TRAILER = 12
BY_OPENSSL = 20  # modules that openssl verifies, a process for each


def seconds_of(commands):
    """Processor time of commands that run in sequence on one processor."""
    before = os.times()
    began = time.monotonic()
    for command in commands:
        subprocess.run(["taskset", "-c", "0", *map(str, command)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    processor = (after.children_user - before.children_user +
                 after.children_system - before.children_system)
    return processor, time.monotonic() - began


def openssl_commands(directory, certificate, modules):
    pem = directory / "certificate.pem"
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", certificate, "-out", pem], check=True)
    commands = []
    for number, path in enumerate(modules):
        data = path.read_bytes()
        end = len(data) - len(MARKER)
        size = struct.unpack(">I", data[end - 4:end])[0]
        body = end - TRAILER - size
        (directory / f"{number}.body").write_bytes(data[:body])
        (directory / f"{number}.message").write_bytes(data[body:body + size])
        commands.append(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
                         directory / f"{number}.message", "-content", directory / f"{number}.body",
                         "-certfile", pem, "-nointern", "-noverify", "-out", os.devnull])
    return commands


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--kernel", type=pathlib.Path, help="an unpacked kernel package; fetched by default")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    kernel = (options.kernel or pathlib.Path(fetch_kernel())).resolve()
    release = sorted(os.listdir(kernel / "lib" / "modules"))[-1]
    modules = sorted((kernel / "lib" / "modules" / release).rglob("*.ko"))
    modinfo = options.tools.resolve() / "modinfo"
    with tempfile.TemporaryDirectory(prefix="kmodpp-bench-") as scratch:
        directory = pathlib.Path(scratch)
        certificate = directory / "certificate.der"
        certificate.write_bytes(certificates_in(vmlinux_of(kernel, release).read_bytes())[0])
        every = max(1, len(modules) // BY_OPENSSL)
        whole = [modinfo, "--verify", "--all", "-b", kernel, "-k", release]
        tasks = {
            f"modinfo --verify, {len(modules)} modules": [[*whole, "--trust", certificate]],
            "the same with the keys of vmlinuz": [whole],
            f"sha256, {len(modules)} modules": [["openssl", "dgst", "-sha256", *modules]],
            f"openssl cms -verify, {BY_OPENSSL} modules":
                openssl_commands(directory, certificate, modules[::every][:BY_OPENSSL]),
        }
        figures = {name: [seconds_of(commands) for _ in range(options.rounds + 1)][1:]
                   for name, commands in tasks.items()}
    print(f"{'':44} {'processor s':>12} {'wall s':>8}")
    for name, samples in figures.items():
        processor, wall = (statistics.median(column) for column in zip(*samples))
        print(f"{name:44} {processor:12.3f} {wall:8.3f}")
    verify, _, digest, _ = (statistics.median(p for p, _ in samples) for samples in figures.values())
    print(f"verification by digest: {verify / digest:.2f}")
    print("load average afterwards:", *(f"{load:.2f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
