#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares modinfo --verify with a real kernel that enforces signatures: same verdict for signatures of
every kind, and for every change of one bit of a signature. The kernel is Debian's, with our key
replacing its own."""

import argparse
import collections
import errno
import json
import pathlib
import subprocess
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.kernel_image import certificates_in, vmlinux_of
from lib.lab import Lab
from lib.module_copy import without_signature
from lib.signed_variants import appended, key_of_size, message, variants

MODULE = "crc7"
# The kernel requests these modules when a signature uses their hashes.
HASH_MODULES = ("sha512_generic", "md4")
RELEASE = "variants"
SHOWN = 20
# Reasons in the kernel log for modules that the kernel would accept if it did not enforce signatures.
REASONS = {errno.ENODATA: "unsigned module", errno.ENOKEY: "module with unavailable key",
           errno.ENOPKG: "module with unsupported crypto"}
# Differences between modinfo and this kernel, with reasons. Another one is SHA-3, which Linux 6.1 does
# not support in signatures.
KNOWN = {
    "ec-stranger-with-certificate": "Debian's kernel has no ECDSA and returns ENOENT",
}


def is_alike(name, ours, theirs):
    """`ours`: modinfo's verdict; `theirs`: (errno, reason)."""
    code = ours.get("errno", 0)
    expected = (errno.EKEYREJECTED, REASONS[code]) if code in REASONS else (code, "-")
    if theirs == expected or name in KNOWN:
        return True
    if ours.get("hash", "").startswith("sha3"):
        return theirs[1] == REASONS[errno.ENOPKG]
    # Refused under any policy, with different errnos: RSA without padding, BER-only lengths.
    return (ours["verdict"] in ("changed", "malformed") and
            theirs[0] in (errno.EINVAL, errno.EBADMSG, errno.EKEYREJECTED) and theirs[1] == "-")


class Variants:
    """Module files that both the kernel and modinfo check."""

    def __init__(self, tools, certificate, directory):
        self.tools = tools
        self.directory = pathlib.Path(directory)
        self.tree = self.directory / "lib" / "modules" / RELEASE
        self.tree.mkdir(parents=True)
        self.certificate = self.directory / "certificate.der"
        self.certificate.write_bytes(certificate)

    def add(self, name, data):
        (self.tree / f"{name}.ko").write_bytes(data)

    def verdicts(self):
        """Returns {name: modinfo's verdict}."""
        done = subprocess.run(
            [self.tools / "modinfo", "--verify", "--all", "--json", "-b", self.directory, "-k",
             RELEASE, "--trust", self.certificate], capture_output=True, text=True)
        found = json.loads(done.stdout)
        return {pathlib.Path(one["filename"]).stem: one for one in found}


def flips(data, begin, end, step):
    for at in range(begin, end, step):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield f"{at}-{bit}", bytes(changed)


def answers(output):
    found = {}
    for line in output.splitlines():
        name, code, reason = line.split(" ", 2)
        found[name.removesuffix(".ko")] = (int(code), reason)
    return found


class Comparison:
    def __init__(self, tools, directory):
        self.tools = tools
        self.directory = pathlib.Path(directory)
        package = pathlib.Path(fetch_kernel())
        self.lab = Lab(tools, package, self.directory / "machine")
        vmlinux = vmlinux_of(self.lab.kernel, self.lab.release).read_bytes()
        (builtin,) = certificates_in(vmlinux)
        self.owner = key_of_size(self.directory, len(builtin))
        self.certificate = self.owner.certificate
        image = self.directory / "vmlinux"
        image.write_bytes(vmlinux.replace(builtin, self.certificate))
        self.lab.image = image
        self.body = without_signature(self.lab.packaged(MODULE).read_bytes())
        self.failures = []
        self.counts = collections.Counter()

    def sign_for_machine(self, path):
        body = without_signature(path.read_bytes())
        path.unlink()
        path.write_bytes(appended(body, message(body, [self.owner])))

    def boot(self, flipped, step_of):
        self.lab.compile("signature_loader.c", "/sbin/signature_loader")
        for name in self.lab.add_modules(HASH_MODULES):
            self.sign_for_machine(self.lab.path_of(name))
        self.lab.build_databases()
        target = self.lab.root / "variants"
        target.mkdir()
        for name, data in self.all_variants.items():
            (target / f"{name}.ko").write_bytes(data)
        steps = [f"/sbin/signature_loader {MODULE} /variants"]
        for name, data in flipped.items():
            (self.lab.root / f"{name}.ko").write_bytes(data)
            steps.append(f"/sbin/signature_loader {MODULE} /{name}.ko {len(self.body)} "
                         f"{len(data)} {step_of[name]}")
        return [answers(output) for _, output, _ in
                self.lab.run(steps, append="module.sig_enforce=1", seconds=600)]

    def run(self):
        self.all_variants = variants(self.body, self.owner, self.directory)
        flipped = {"flips": self.all_variants["good"],
                   "flips-with-certificate": self.all_variants["with-certificate"]}
        step_of = {"flips": 1, "flips-with-certificate": 11}
        theirs = self.boot(flipped, step_of)
        self.compare("variants", self.all_variants.items(), theirs[0])
        for (name, data), seen in zip(flipped.items(), theirs[1:]):
            self.compare(name, flips(data, len(self.body), len(data), step_of[name]), seen)

    def compare(self, title, files, theirs):
        ours = Variants(self.tools, self.certificate, self.directory / title)
        for name, data in files:
            ours.add(name, data)
        verdicts = ours.verdicts()
        if set(verdicts) != set(theirs):
            self.failures.append(f"{title}: {len(verdicts)} verdicts, {len(theirs)} results of the kernel")
        for name, ours in verdicts.items():
            answer = theirs.get(name)
            self.counts[ours["verdict"]] += 1
            if answer is not None and not is_alike(name, ours, answer):
                self.failures.append(
                    f"{title}: {name}: modinfo reports {ours['verdict']} ({ours.get('errno', 0)}: "
                    f"{ours.get('reason')}), the kernel reports {answer[0]} ({answer[1]})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-signatures-") as directory:
        comparison = Comparison(options.tools.resolve(), directory)
        comparison.run()
    for failure in comparison.failures[:SHOWN]:
        print(failure)
    total = sum(comparison.counts.values())
    print(f"{total} modules, {len(comparison.failures)} differences: "
          + ", ".join(f"{count} {name}" for name, count in sorted(comparison.counts.items())))
    sys.exit(1 if comparison.failures else 0)


if __name__ == "__main__":
    main()
