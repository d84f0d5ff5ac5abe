#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares modinfo --verify with a kernel 7.0 or later on modules signed with ML-DSA. Distribution kernels
do not support ML-DSA yet, so the test builds one that contains our keys. Run by hand:

  tests/kernel/ml_dsa_test.py --tools build/release/tools --source linux-source-7.2

SOURCE is a kernel source tree, such as the contents of Debian's linux-source-*; a minimal kernel is
built there in a few minutes. flex, bison, bc and libelf-dev are needed."""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from lib import ml_dsa_variants
from lib.harness import fetch_kernel
from lib.lab import Lab
from lib.newer_openssl import NewerOpenssl
from signatures_test import answers, flips, is_alike

MODULE, FILE = "crc32_cryptoapi", "crypto/crc32-cryptoapi.ko"
OPTIONS = """
64BIT PRINTK BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT PROC_FS SYSFS DEVTMPFS TTY
SERIAL_8250 SERIAL_8250_CONSOLE HYPERVISOR_GUEST PARAVIRT PVH FUTEX POSIX_TIMERS MULTIUSER KEYS
MODULES MODULE_UNLOAD MODULE_SIG MODULE_SIG_SHA512 CRYPTO CRYPTO_ECDSA CRYPTO_SHA256
CRYPTO_SHA512 CRYPTO_SHA3 CRYPTO_MLDSA ASYMMETRIC_KEY_TYPE ASYMMETRIC_PUBLIC_KEY_SUBTYPE
X509_CERTIFICATE_PARSER PKCS7_MESSAGE_PARSER PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA
SYSTEM_TRUSTED_KEYRING
""".split()
# The variant whose bits are changed too, in every n-th byte.
FLIPPED, STEP = "44-attributes", 3
# This kernel cannot power off.
MAIN = """
/sbin/signature_loader {module} /variants
echo flips
/sbin/signature_loader {module} /variants/{flipped}.ko {begin} {end} {step}
echo done
reboot -f
"""


def build_kernel(source, trusted):
    def make(*targets):
        subprocess.run(["make", "-s", f"-j{os.cpu_count()}", *targets], cwd=source, check=True)

    wanted = [f"CONFIG_{option}=y" for option in OPTIONS]
    wanted += ["CONFIG_CRYPTO_CRC32=m", f'CONFIG_SYSTEM_TRUSTED_KEYS="{trusted}"']
    (source / "kernel" / "configs" / "kmodpp.config").write_text("\n".join(wanted) + "\n")
    make("tinyconfig", "kmodpp.config")
    lost = set(wanted) - set((source / ".config").read_text().splitlines())
    if lost:
        sys.exit(f"{source}: the kernel's configuration lacks {', '.join(sorted(lost))}")
    make("vmlinux", "modules")


def kernel_answers(tools, source, found, body_size, directory):
    """The kernel's results for the variants, and for the variant with changed bits."""
    lab = Lab(tools, fetch_kernel(), directory / "machine")
    lab.image = source / "vmlinux"
    lab.add_applets("reboot")
    lab.compile("signature_loader.c", "/sbin/signature_loader")
    (lab.root / "variants").mkdir()
    for name, (data, _) in found.items():
        (lab.root / "variants" / f"{name}.ko").write_bytes(data)
    (lab.root / "main").write_text(MAIN.format(module=MODULE, flipped=FLIPPED, begin=body_size,
                                               end=len(found[FLIPPED][0]), step=STEP))
    lab.build_image()
    output = "".join(f"{line}\n" for line in lab.boot(append="module.sig_enforce=1", silence=300))
    first, _, rest = output.partition("\nflips\n")
    second, mark, _ = rest.partition("\ndone\n")
    if not mark:
        sys.exit(f"the machine did not finish: {output[-500:]}\n{lab.last_words()}")
    return answers(first), answers(second)


def differences(found, ours, theirs):
    """Returns the modules as {name: (module, verdict or None)}."""
    if set(found) != set(theirs):
        yield f"{len(found)} modules, {len(theirs)} results of the kernel"
        return
    for name, (_, verdict) in found.items():
        result = ours[name]
        if result["verdict"] != (verdict or result["verdict"]) or not is_alike(name, result, theirs[name]):
            yield (f"{name}: expected {verdict or 'the verdict of the kernel'}; modinfo reports "
                   f"{json.dumps(result)}, the kernel {theirs[name]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    options = parser.parse_args()
    tools, source = options.tools.resolve(), options.source.resolve()
    newer = NewerOpenssl()
    with tempfile.TemporaryDirectory(prefix="kmodpp-ml-dsa-") as scratch:
        directory = pathlib.Path(scratch)
        keys = ml_dsa_variants.owners(newer, directory)
        trusted = directory / "trusted.pem"
        trusted.write_bytes(b"".join(key.pem.read_bytes() for key in keys.values()))
        build_kernel(source, trusted)
        body = (source / FILE).read_bytes()
        found = ml_dsa_variants.variants(newer, directory, keys, body)
        data = found[FLIPPED][0]
        flipped = {name: (changed, None) for name, changed in
                   flips(data, len(body), len(data), STEP)}
        failures, counts = [], collections.Counter()
        answers_of = kernel_answers(tools, source, found, len(body), directory)
        for title, files, theirs in zip(("variants", "flips"), (found, flipped), answers_of):
            ours = newer.verify(tools, directory / title, files, trusted)
            failures += differences(files, ours, theirs)
            counts.update(one["verdict"] for one in ours.values())
    for failure in failures:
        print(failure)
    print(f"{sum(counts.values())} modules, {len(failures)} differences: "
          + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
