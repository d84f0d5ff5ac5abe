# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs modinfo --verify on the modules of Debian's kernel package: all are valid with the certificate in
vmlinuz, which openssl confirms for some of them, also when compressed; none is valid after a change of
one bit in its body or in the signature value.

By default a part of the modules is changed and compressed; --whole uses all of them."""

import json
import os
import random
import struct
import subprocess

from lib.counting import fail
from lib.harness import Test, batches, run

from lib.kernel_image import certificates_in, vmlinux_of

MARKER = b"~Module signature appended~\n"
TRAILER = 12
SIGNATURE = 512  # bytes of the signature value, at the end of the PKCS#7: RSA with 4096 bits
PART = 40        # without --whole, every 40th module is changed and compressed
BATCH = 200
COMPRESSORS = {".gz": ["gzip", "-n", "-1"], ".xz": ["xz", "-0", "--check=crc32"],
               ".zst": ["zstd", "-q", "-1"]}


def add_options(parser):
    parser.add_argument("--whole", action="store_true", help="change and compress every module")


def verify(test, *words, tool="modinfo"):
    done = run([test.ours(tool), "--verify", "--json", *words])
    return done.returncode, {one["filename"]: one for one in json.loads(done.stdout)}


def parts_of(data):
    """Returns body and PKCS#7 of a signed module."""
    end = len(data) - len(MARKER)
    size = struct.unpack(">I", data[end - 4:end])[0]
    body = end - TRAILER - size
    return data[:body], data[body:body + size]


def expect(test, what, found, paths, verdict):
    for path in paths:
        test.count(what)
        if found.get(str(path), {}).get("verdict") != verdict:
            test.differ(f"{path}: {found.get(str(path))}, not {verdict}")


def check_package(test):
    """Verifies with the certificates found by default in the root."""
    status, found = verify(test, "--all", "-b", test.kernel, "-k", test.release)
    paths = [test.modules / path for path in test.module_files()]
    expect(test, "modules of the package", found, paths, "valid")
    if verify(test, "-b", test.kernel, test.release, tool="depmod") != (status, found):
        fail("depmod --verify and modinfo --verify --all disagree")
    image = str(test.kernel / "boot" / f"vmlinuz-{test.release}")
    if status != 0 or len(found) != len(paths) or {one["store"] for one in found.values()} != {image}:
        fail(f"exit status {status}, {len(found)} of {len(paths)} files, not all by {image}")


def check_with_openssl(test, certificate, paths):
    here = test.scratch
    (here / "certificate.der").write_bytes(certificate)
    (here / "certificate.pem").write_bytes(
        run(["openssl", "x509", "-inform", "DER", "-in", here / "certificate.der"]).stdout)
    for path in paths:
        body, message = parts_of(path.read_bytes())
        (here / "body").write_bytes(body)
        (here / "message").write_bytes(message)
        done = run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", here / "message",
                    "-content", here / "body", "-certfile", here / "certificate.pem", "-nointern",
                    "-noverify", "-out", os.devnull])
        test.count("modules that openssl verifies")
        if done.returncode != 0:
            test.differ(f"{path}: valid, but openssl says {done.stderr.decode()}")


def changed_copies(data, chance):
    """The same with one bit changed in the body, and one in the signature value."""
    body, message = parts_of(data)
    value = len(body) + len(message) - SIGNATURE
    for name, begin, end in (("body", 0, len(body)), ("value", value, value + SIGNATURE)):
        copy = bytearray(data)
        copy[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
        yield name, copy


def check_changed(test, image, paths):
    chance = random.Random(1)
    for batch in batches(paths, BATCH):
        made = []
        for number, path in enumerate(batch):
            for name, copy in changed_copies(path.read_bytes(), chance):
                made.append(test.scratch / f"{number}-{name}.ko")
                made[-1].write_bytes(copy)
        status, found = verify(test, "--trust", image, *made)
        expect(test, "modules with one bit changed", found, made, "changed")
        if status == 0:
            fail("exit status 0 for changed modules")


def check_compressed(test, image, paths):
    for batch in batches(paths, BATCH):
        made = []
        for number, path in enumerate(batch):
            for suffix, command in COMPRESSORS.items():
                made.append(test.scratch / f"{number}.ko{suffix}")
                with open(path, "rb") as source, open(made[-1], "wb") as target:
                    subprocess.run([*command, "-c"], stdin=source, stdout=target, check=True)
        status, found = verify(test, "--trust", image, *made)
        expect(test, "compressed modules", found, made, "valid")
        if status != 0:
            fail(f"exit status {status} for compressed modules")


def main():
    with Test(__doc__, add_options) as test:
        check_package(test)
        paths = [test.modules / path for path in test.module_files()]
        chosen = paths if test.options.whole else paths[::PART]
        vmlinux = vmlinux_of(test.kernel, test.release)
        (certificate,) = certificates_in(vmlinux.read_bytes())
        check_with_openssl(test, certificate, paths[::PART * 5])
        check_changed(test, test.scratch / "certificate.der", chosen)
        check_compressed(test, test.scratch / "certificate.der", chosen)


if __name__ == "__main__":
    main()
