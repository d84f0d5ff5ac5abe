# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signs modules with a key that no kernel knows, in the form of the kernel's scripts/sign-file."""

import pathlib
import struct
import subprocess
import tempfile

from lib.module_copy import MARKER

# struct module_signature: algo, hash, id_type (2 is PKCS#7), signer_len, key_id_len, sig_len.
TRAILER = struct.Struct(">BBBBB3xI")
PKCS7 = 2
SUBJECT = "/O=Nowhere/CN=Stranger"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def sign(path, digest):
    with tempfile.TemporaryDirectory(prefix="kmodpp-sign-") as directory:
        here = pathlib.Path(directory)
        key, certificate, signature = here / "key", here / "certificate", here / "signature"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                certificate, "-subj", SUBJECT, "-set_serial", "7", "-days", "3650")
        openssl("cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap", "-md", digest,
                "-signer", certificate, "-inkey", key, "-in", path, "-outform", "DER", "-out",
                signature)
        message = signature.read_bytes()
    with open(path, "ab") as module:
        module.write(message + TRAILER.pack(0, 0, PKCS7, 0, 0, len(message)) + MARKER)
