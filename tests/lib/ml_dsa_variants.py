# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes modules signed with ML-DSA in every form that 7.x kernels accept or refuse. The messages are
assembled here, because openssl cannot make signatures without attributes (before 4.0) or broken ones."""

import itertools
import pathlib
import subprocess

from .signed_variants import EXTENSIONS, appended

# (parameter set, object identifier)
SETS = {44: "2.16.840.1.101.3.4.3.17", 65: "2.16.840.1.101.3.4.3.18", 87: "2.16.840.1.101.3.4.3.19"}
RSA = "1.2.840.113549.1.1.1"
HASHES = {"sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3",
          "shake256": "2.16.840.1.101.3.4.2.12"}
DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, SMIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5, 15))
OPUS_INFO, STATEMENT_TYPE = "1.3.6.1.4.1.311.2.1.12", "1.3.6.1.4.1.311.2.1.11"
INTEGER, OCTETS, OID, UTC_TIME, SEQUENCE, SET, CONTEXT_0 = 2, 4, 6, 0x17, 0x30, 0x31, 0xa0


def der(tag, *parts):
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + contents


def children(element):
    """The DER elements contained in an element."""
    def header(data, at):
        first = data[at + 1]
        more = first & 0x7f if first & 0x80 else 0
        size = int.from_bytes(data[at + 2:at + 2 + more], "big") if more else first
        return at + 2 + more, size

    at, size = header(element, 0)
    end = at + size
    while at < end:
        start, size = header(element, at)
        yield element[at:start + size]
        at = start + size


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        digits = [number & 0x7f]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7f)
        out += bytes(reversed(digits))
    return der(OID, bytes(out))


def algorithm(text):
    return der(SEQUENCE, oid(text))


def attribute(kind, *values):
    return der(SEQUENCE, oid(kind), der(SET, *values))


class Key:
    """A key and its certificate. `openssl` is a program that supports ML-DSA."""

    serials = itertools.count(0x51)

    def __init__(self, openssl, directory, name, kind, extensions="ca", issuer=None):
        self.openssl, self.kind = openssl, kind
        self.path = pathlib.Path(directory) / name
        self.key, self.pem = self.path.with_suffix(".key"), self.path.with_suffix(".pem")
        what = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == RSA else [f"ML-DSA-{kind}"]
        self.run("genpkey", "-algorithm", *what, "-out", self.key)
        config = self.path.with_suffix(".cnf")
        config.write_text(EXTENSIONS.format(names=f"CN = {name}"))
        chain = ["-CA", issuer.pem, "-CAkey", issuer.key] if issuer else []
        self.run("req", "-new", "-x509", "-key", self.key, "-config", config, "-extensions",
                 extensions, "-days", "36500", "-set_serial", next(self.serials), *chain, "-out",
                 self.pem)
        self.certificate = self.run("x509", "-in", self.pem, "-outform", "DER")
        _, self.serial, _, self.issuer, *_ = children(next(children(self.certificate)))

    def run(self, *arguments, data=b""):
        return subprocess.run([self.openssl, *map(str, arguments)], input=data, check=True,
                              capture_output=True).stdout

    def digest(self, name, data):
        return self.run("dgst", f"-{name}", "-binary", data=data)

    def sign(self, data, digest, *options):
        if self.kind == RSA:
            return self.run("dgst", f"-{digest}", "-sign", self.key, "-binary", data=data)
        file = self.path.with_suffix(".data")
        file.write_bytes(data)
        return self.run("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", file, *options)

    @property
    def id(self):
        return oid(RSA if self.kind == RSA else SETS[self.kind])


def usual_attributes(key, body, digest="sha512", time=b"300101000000Z"):
    return [attribute(CONTENT_TYPE, oid(DATA)), attribute(SIGNING_TIME, der(UTC_TIME, time)),
            attribute(MESSAGE_DIGEST, der(OCTETS, key.digest(digest, body)))]


def signer_info(key, body, attributes=None, digest="sha512", options=(), algorithm_id=None):
    """`attributes`: None means a signature over the body itself."""
    signed = body if attributes is None else der(SET, *attributes)
    kept = [] if attributes is None else [der(CONTEXT_0, *attributes)]
    return der(SEQUENCE, der(INTEGER, b"\1"), der(SEQUENCE, key.issuer, key.serial),
               algorithm(HASHES[digest]), *kept, der(SEQUENCE, algorithm_id or key.id),
               der(OCTETS, key.sign(signed, digest, *options)))


def message(*infos, certificates=()):
    kept = [der(CONTEXT_0, *certificates)] if certificates else []
    return der(SEQUENCE, oid(SIGNED_DATA), der(CONTEXT_0, der(
        SEQUENCE, der(INTEGER, b"\1"), der(SET, algorithm(HASHES["sha512"])),
        der(SEQUENCE, oid(DATA)), *kept, der(SET, *infos))))


def owners(openssl, directory):
    """The trusted keys by name."""
    keys = {f"ml-dsa-{size}": Key(openssl, directory, f"owner-{size}", size) for size in SETS}
    keys["rsa"] = Key(openssl, directory, "owner-rsa", RSA)
    return keys


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def of_one_set(name, key, stranger, body):
    """Returns {name: (module, verdict)}."""
    attributes = usual_attributes(key, body)
    with_attributes = appended(body, message(signer_info(key, body, attributes)))
    plain = appended(body, message(signer_info(key, body)))
    time = with_attributes.rfind(b"300101000000Z")
    end = len(body) + len(message(signer_info(key, body)))
    certificate = {"certificates": [key.certificate]}
    return {
        f"{name}-attributes": (with_attributes, "valid"),
        f"{name}-plain": (plain, "valid"),
        f"{name}-attributes-changed-body": (flipped(with_attributes, 100), "changed"),
        f"{name}-plain-changed-body": (flipped(plain, 100), "changed"),
        f"{name}-changed-attributes": (flipped(with_attributes, time), "changed"),
        f"{name}-changed-signature": (flipped(plain, end - 1000), "changed"),
        f"{name}-plain-sha256": (appended(body, message(
            signer_info(key, body, digest="sha256"))), "valid"),
        f"{name}-attributes-sha256": (appended(body, message(signer_info(
            key, body, usual_attributes(key, body, "sha256"), "sha256"))), "not_for_modules"),
        f"{name}-stranger": (appended(body, message(signer_info(stranger, body))), "unknown_key"),
        f"{name}-stranger-attributes": (appended(body, message(
            signer_info(stranger, body, usual_attributes(stranger, body)))), "unknown_key"),
        f"{name}-context": (appended(body, message(signer_info(
            key, body, options=("-pkeyopt", "context-string:kernel")))), "changed"),
        f"{name}-with-certificate": (appended(body, message(
            signer_info(key, body), **certificate)), "valid"),
        f"{name}-with-certificate-changed": (flipped(appended(body, message(
            signer_info(key, body), **certificate)), 100), "changed"),
    }


def of_attributes(key, rsa, body):
    """Variants of attributes by signers that are trusted."""
    kind, time, digest = usual_attributes(key, body)
    value = key.digest("sha512", body)

    def made(*attributes, **more):
        return appended(body, message(signer_info(key, body, list(attributes)), **more))

    def several(*infos):
        return appended(body, message(*infos))

    usual = usual_attributes(key, body)
    early = attribute(SIGNING_TIME, der(UTC_TIME, b"000101000000Z"))
    certificate = {"certificates": [key.certificate]}
    return {
        "attributes-alone": (made(kind, digest), "valid"),
        "attributes-turned": (made(digest, time, kind), "valid"),
        "attributes-unknown": (made(kind, digest, attribute("1.2.3.4", der(OCTETS, b"x"))), "valid"),
        "attributes-no-digest": (made(kind, time), "malformed"),
        "attributes-no-type": (made(time, digest), "malformed"),
        "attributes-none": (made(), "malformed"),
        "attributes-digest-twice": (made(kind, digest, digest), "not_for_modules"),
        "attributes-two-types": (made(attribute(CONTENT_TYPE, oid(DATA), oid(DATA)), digest),
                                 "not_for_modules"),
        "attributes-other-type": (made(attribute(CONTENT_TYPE, oid("1.2.3.4")), digest), "malformed"),
        "attributes-digest-no-octets": (made(kind, attribute(MESSAGE_DIGEST, der(INTEGER, value))),
                                        "malformed"),
        "attributes-digest-short": (made(kind, attribute(MESSAGE_DIGEST, der(OCTETS, value[:32]))),
                                    "malformed"),
        "attributes-digest-other": (made(kind, attribute(MESSAGE_DIGEST, der(OCTETS, value[::-1]))),
                                    "changed"),
        "attributes-bad-time": (made(kind, attribute(SIGNING_TIME, der(UTC_TIME, b"noon")), digest),
                                "malformed"),
        "attributes-smime": (made(kind, digest, attribute(SMIME, der(SEQUENCE))), "not_for_modules"),
        "attributes-opus": (made(kind, digest, attribute(OPUS_INFO, der(SEQUENCE))),
                            "not_for_modules"),
        "attributes-statement": (made(kind, digest, attribute(STATEMENT_TYPE, der(SEQUENCE))),
                                 "not_for_modules"),
        "attributes-with-certificate": (made(kind, time, digest, **certificate), "valid"),
        "attributes-early-with-certificate": (made(kind, early, digest, **certificate),
                                              "not_for_modules"),
        "attributes-early": (made(kind, early, digest), "valid"),
        "attributes-damaged": (appended(body, message(signer_info(key, body, [
            kind, digest, der(SEQUENCE, der(INTEGER, b"\1"))]))), "malformed"),
        "attributes-rsa": (several(signer_info(rsa, body, usual)), "not_for_modules"),
        "attributes-rsa-first": (several(signer_info(rsa, body, usual),
                                         signer_info(key, body, usual)), "not_for_modules"),
        "attributes-rsa-second": (several(signer_info(key, body, usual),
                                          signer_info(rsa, body, usual)), "valid"),
        "attributes-of-first": (several(signer_info(key, body, usual), signer_info(key, body)),
                                "malformed"),
        "attributes-of-second": (several(signer_info(key, body), signer_info(key, body, usual)),
                                 "malformed"),
        "two-signers": (several(signer_info(key, body), signer_info(rsa, body)), "valid"),
        "shake256": (several(signer_info(key, body, digest="shake256")), "unsupported"),
    }


def of_chains(openssl, directory, keys, body):
    ml_dsa, rsa = keys["ml-dsa-65"], keys["rsa"]
    found = {}
    for name, kind, issuer in (("leaf", 44, ml_dsa), ("leaf-of-rsa", 87, rsa),
                               ("rsa-leaf", RSA, ml_dsa)):
        leaf = Key(openssl, directory, name, kind, "leaf", issuer)
        alone, known = signer_info(leaf, body), {"certificates": [leaf.certificate]}
        found[name] = appended(body, message(alone)), "unknown_key"
        found[f"{name}-with-certificate"] = appended(body, message(alone, **known)), "valid"
        found[f"{name}-changed"] = flipped(appended(body, message(alone, **known)), 100), "changed"
    return found


def variants(openssl, directory, keys, body):
    """Returns {name: (module, verdict if `keys` are trusted)}."""
    found = {}
    for size in SETS:
        stranger = Key(openssl, directory, f"stranger-{size}", size)
        found |= of_one_set(f"{size}", keys[f"ml-dsa-{size}"], stranger, body)
    key = keys["ml-dsa-44"]
    other = signer_info(keys["ml-dsa-65"], body, algorithm_id=key.id)
    renamed = other.replace(keys["ml-dsa-65"].issuer + keys["ml-dsa-65"].serial,
                            key.issuer + key.serial)
    found["another-set"] = appended(body, message(renamed)), "changed"
    return (found | of_attributes(key, keys["rsa"], body)
            | of_chains(openssl, directory, keys, body))
