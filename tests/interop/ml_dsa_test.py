# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs modinfo --verify on a real module signed with ML-DSA in every form. With an OpenSSL that supports
ML-DSA, the verdicts must be those of a 7.2 kernel (tests/kernel/ml_dsa_test.py); with an older one, no
verdict may be `valid` or claim more than can be checked."""

import ctypes
import pathlib

from lib.counting import fail
from lib.harness import Test

from lib.ml_dsa_variants import owners, variants
from lib.module_copy import without_signature
from lib.newer_openssl import NewerOpenssl

MODULE = "crc7.ko"
# Verdicts that need no key, or only keys of other algorithms.
WITHOUT = ("unsupported", "malformed", "not_for_modules")
NOT_ML_DSA = ("rsa-leaf", "two-signers", "attributes-rsa-second")


def system_knows():
    """Whether the system's libcrypto supports ML-DSA."""
    crypto = ctypes.CDLL("libcrypto.so.3")
    crypto.EVP_SIGNATURE_fetch.restype = ctypes.c_void_p
    return crypto.EVP_SIGNATURE_fetch(None, b"ML-DSA-44", None) is not None


def compare(test, what, found, modules, is_right):
    for name, (_, verdict) in modules.items():
        test.count(what)
        if not is_right(name, found[name]["verdict"], verdict):
            test.differ(f"{what}: {name}: {found[name]} instead of the kernel's {verdict}")


def main():
    with Test(__doc__) as test:
        newer = NewerOpenssl()
        keys = owners(newer, test.scratch)
        trusted = test.scratch / "trusted.pem"
        trusted.write_bytes(b"".join(key.pem.read_bytes() for key in keys.values()))
        path = next(path for path in test.module_files() if pathlib.Path(path).name == MODULE)
        modules = variants(newer, test.scratch, keys,
                           without_signature((test.modules / path).read_bytes()))
        compare(test, "with ML-DSA",
                newer.verify(test.tools, test.scratch / "modules", modules, trusted), modules,
                lambda _, ours, kernel: ours == kernel)
        without = newer.verify(test.tools, test.scratch / "modules", modules, trusted, newer=False)
        if system_knows():
            compare(test, "with that of the system", without, modules,
                    lambda _, ours, kernel: ours == kernel)
        else:
            compare(test, "without ML-DSA", without, modules,
                    lambda name, ours, kernel: ours in WITHOUT if name not in NOT_ML_DSA
                    else ours == kernel)
        reason = without["44-plain"].get("reason", "")
        if not system_knows() and reason != "libcrypto has no ML-DSA-44, which was added in OpenSSL 3.5":
            fail(f"the reason without ML-DSA is '{reason}'")


if __name__ == "__main__":
    main()
