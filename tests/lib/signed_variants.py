# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes signatures of every kind that kernels accept or refuse, with openssl, and a certificate of the
same size as the one built into a kernel."""

import pathlib
import struct
import subprocess

from .module_copy import MARKER

# struct module_signature: algo, hash, id_type (2 is PKCS#7), signer_len, key_id_len, sig_len.
TRAILER = struct.Struct(">BBBBB3sI")
PKCS7 = 2
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "ripemd160")
RSA = bytes.fromhex("2a864886f70d010101")
RSA_WITH_SHA256 = bytes.fromhex("2a864886f70d01010b")
EXTENSIONS = """
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
[dn]
{names}
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = digitalSignature,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class VariantError(Exception):
    """openssl failed."""


def openssl(*arguments, data=b""):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True)
    if done.returncode != 0:
        raise VariantError(f"openssl {' '.join(map(str, arguments))}: {done.stderr.decode()}")
    return done.stdout


class Key:
    """A key and its certificate, in files."""

    def __init__(self, directory, name, bits=2048, extensions="leaf", issuer=None, serial=7,
                 names=None):
        self.path = pathlib.Path(directory) / name
        self.key = self.path.with_suffix(".key")
        self.pem = self.path.with_suffix(".pem")
        if bits == "ec":
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key)
        else:
            openssl("genrsa", "-out", self.key, bits)
        self.certify(names or f"CN = {name}", extensions, issuer, serial)

    def certify(self, names, extensions, issuer, serial):
        config = self.path.with_suffix(".cnf")
        config.write_text(EXTENSIONS.format(names=names))
        chain = ["-CA", issuer.pem, "-CAkey", issuer.key] if issuer else []
        openssl("req", "-new", "-x509", "-sha256", "-key", self.key, "-config", config,
                "-extensions", extensions, "-days", "36500", "-set_serial", hex(serial), *chain,
                "-out", self.pem)

    @property
    def certificate(self):
        return openssl("x509", "-in", self.pem, "-outform", "DER")


def key_of_size(directory, size):
    """Makes a key whose certificate has exactly this size."""
    key = Key(directory, "owner", 4096, "ca")
    # Vary the serial number (18 to 20 bytes) and the name, which is both issuer and subject.
    for serial_bytes in range(18, 21):
        for length in range(1, 190):
            parts = ["owner"[:length], "x" * min(max(length - 5, 0), 60),
                     "y" * min(max(length - 65, 0), 60), "z" * min(max(length - 125, 0), 60)]
            names = "\n".join(f"{field} = {part}" for field, part in
                              zip(("CN", "O", "0.OU", "L"), parts) if part)
            estimate = estimated_size(key, names, serial_bytes)
            if abs(estimate - size) > 3:
                continue
            key.certify(names, "ca", None, 0x45 << (8 * (serial_bytes - 1)))
            if len(key.certificate) == size:
                return key
    raise VariantError(f"no certificate of {size} bytes")


def estimated_size(key, names, serial_bytes):
    """Estimates the size, except for the size of length fields."""
    plain = len(key.certificate) if not hasattr(key, "plain") else key.plain
    key.plain = plain
    fields = [line.split(" = ")[1] for line in names.splitlines()]
    base = plain - 2 * (len("owner") + 11) - 1
    return base + 2 * sum(len(field) + 11 for field in fields) + serial_bytes


def message(body, signers, digest="sha256", words=("-noattr", "-nocerts"),
            key_words=()):
    """Makes a PKCS#7 message with openssl."""
    who = [word for key in signers for word in ("-signer", key.pem, "-inkey", key.key)]
    return openssl("cms", "-sign", "-binary", "-nosmimecap", "-md", digest, *words, *who,
                   *key_words, "-outform", "DER", data=body)


def appended(body, blob, algo=0, hash=0, id_type=PKCS7, signer=0, key_id=0, pad=b"\0\0\0",
             length=None):
    length = len(blob) if length is None else length
    return (body + blob + TRAILER.pack(algo, hash, id_type, signer, key_id, pad, length) + MARKER)


def replaced(data, old, new, last=False):
    at = data.rfind(old) if last else data.find(old)
    if at < 0:
        raise VariantError(f"the data does not contain {old.hex()}")
    return data[:at] + new + data[at + len(old):]


def variants(body, owner, directory):
    """Returns {name: bytes of a module}. `owner` is the key that the kernel trusts."""
    stranger = Key(directory, "stranger")
    ec_stranger = Key(directory, "ec-stranger", "ec")
    leaf = Key(directory, "leaf", issuer=owner)
    leaf_of_leaf = Key(directory, "leaf-of-leaf", issuer=leaf)
    blob = message(body, [owner])
    good = appended(body, blob)
    changed = bytearray(body)
    changed[len(body) // 2] ^= 1
    changed = bytes(changed)
    certificates = ("-noattr",)
    attributes = ("-nocerts",)
    by_key_id = ("-noattr", "-nocerts", "-keyid")
    found = {
        "good": good,
        "unsigned": body,
        "appended-byte": good + b"x",
        "stripped": appended(body[:-100], blob),
        "changed-body": appended(changed, blob),
        "changed-last-byte": appended(body[:-1] + bytes([body[-1] ^ 0x80]), blob),
        "marker-cut": good[:-1],
        "outer-stranger": appended(good, message(good, [stranger])),
        "length-zero": appended(body, blob, length=0),
        "length-short": appended(body, blob, length=len(blob) - 1),
        "length-long": appended(body, blob, length=len(blob) + 1),
        "length-all": appended(body, blob, length=len(blob) + len(body)),
        "length-4g": appended(body, blob, length=0xffffffff),
        "no-der": appended(body, b"what is this?"),
        "behind-der": appended(body, blob + b"something"),
        "stranger": appended(body, message(body, [stranger])),
        "stranger-changed": appended(changed, message(body, [stranger])),
        "stranger-by-key-id": appended(body, message(body, [stranger], words=by_key_id)),
        "ec-stranger": appended(body, message(body, [ec_stranger])),
        "by-key-id": appended(body, message(body, [owner], words=by_key_id)),
        "by-key-id-changed": appended(changed, message(body, [owner], words=by_key_id)),
        "with-certificate": appended(body, message(body, [owner], words=certificates)),
        "with-certificate-changed": appended(changed, message(body, [owner], words=certificates)),
        "stranger-with-certificate": appended(body, message(body, [stranger], words=certificates)),
        "stranger-with-certificate-changed":
            appended(changed, message(body, [stranger], words=certificates)),
        "ec-stranger-with-certificate":
            appended(body, message(body, [ec_stranger], words=certificates)),
        "leaf": appended(body, message(body, [leaf])),
        "leaf-with-certificate": appended(body, message(body, [leaf], words=certificates)),
        "leaf-with-certificate-changed":
            appended(changed, message(body, [leaf], words=certificates)),
        "leaf-of-leaf-with-certificate":
            appended(body, message(body, [leaf_of_leaf], words=certificates)),
        "leaf-of-leaf-with-both":
            appended(body, message(body, [leaf_of_leaf],
                                   words=("-noattr", "-certfile", leaf.pem))),
        "attributes": appended(body, message(body, [owner], words=attributes)),
        "attributes-of-stranger": appended(body, message(body, [stranger], words=attributes)),
        "not-detached": appended(body, message(body, [owner],
                                               words=("-noattr", "-nocerts", "-nodetach"))),
        "other-content": appended(body, message(
            body, [owner], words=("-noattr", "-nocerts", "-econtent_type", "1.2.3.4"))),
        "two-signers": appended(body, message(body, [owner, stranger])),
        "two-signers-turned": appended(body, message(body, [stranger, owner])),
        "two-strangers": appended(body, message(body, [stranger, ec_stranger])),
        "two-signers-changed": appended(changed, message(body, [owner, stranger])),
        "pss": appended(body, message(body, [owner],
                                      key_words=("-keyopt", "rsa_padding_mode:pss"))),
        "rsa-with-sha256": appended(body, replaced(blob, RSA, RSA_WITH_SHA256, last=True)),
        "signed-data-version-2": appended(body, replaced(blob, b"\x02\x01\x01", b"\x02\x01\x02")),
        "signed-data-version-3": appended(body, replaced(blob, b"\x02\x01\x01", b"\x02\x01\x03")),
        "both-versions-3": appended(body, replaced(replaced(
            blob, b"\x02\x01\x01", b"\x02\x01\x03"), b"\x02\x01\x01", b"\x02\x01\x03")),
    }
    for digest in HASHES:
        found[f"hash-{digest}"] = appended(body, message(body, [owner], digest))
    for id_type in (0, 1, 3, 255):
        found[f"id-type-{id_type}"] = appended(body, blob, id_type=id_type)
    for field in ("algo", "hash", "signer", "key_id"):
        found[f"field-{field}"] = appended(body, blob, **{field: 1})
    for at in range(3):
        found[f"pad-{at}"] = appended(body, blob, pad=bytes(at) + b"\1" + bytes(2 - at))
    found["id-type-before-fields"] = appended(body, blob, id_type=1, hash=4)
    for size in range(0, len(blob), 7):
        found[f"cut-{size}"] = appended(body, blob[:size])
    return found
