# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates of many kinds, valid and damaged, for a comparison with the kernel's parser. The same
seed makes the same bytes: keys, signatures and changes all come from one random generator."""

import copy
import hashlib
import random

SEED = 17


# DER, with every form of length that a decoder may encounter.

def length(size, form=0):
    """form: 0 for the shortest form, otherwise the least number of bytes after the first one."""
    if form == 0 and size < 0x80:
        return bytes([size])
    form = max(form, (size.bit_length() + 7) // 8)
    return bytes([0x80 | form]) + size.to_bytes(form, "big")


def tlv(tag, *contents, form=0):
    """form: that of the length; -1: indefinite."""
    body = b"".join(contents)
    if form < 0:
        return bytes([tag, 0x80]) + body + b"\0\0"
    return bytes([tag]) + length(len(body), form) + body


def seq(*contents):
    return tlv(0x30, *contents)


def integer(number):
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bits(data, unused=0):
    return tlv(3, bytes([unused]), data)


def octets(data):
    return tlv(4, data)


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = [first * 40 + second]
    for number in rest:
        digits = [number & 0x7f]
        while number := number >> 7:
            digits.insert(0, number & 0x7f | 0x80)
        out += digits
    return tlv(6, bytes(out))


NULL = tlv(5)


def parse(data):
    """A tree of [tag, form, contents], where contents is bytes or a list of such nodes."""
    nodes, at = [], 0
    while at < len(data):
        tag, size, start = data[at], data[at + 1], at + 2
        if size > 0x80:
            start += size - 0x80
            size = int.from_bytes(data[at + 2:start], "big")
        body = data[start:start + size]
        nodes.append([tag, 0, parse(body) if tag & 0x20 else body])
        at = start + size
    return nodes


def encode(nodes):
    return b"".join(tlv(tag, contents if isinstance(contents, bytes) else encode(contents), form=form)
                    for tag, form, contents in nodes)


def all_nodes(nodes):
    for node in nodes:
        yield node
        if isinstance(node[2], list):
            yield from all_nodes(node[2])


# Keys

SMALL_PRIMES = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79]


def prime(rng, size, e):
    while True:
        number = rng.getrandbits(size) | 0xff << size - 8 | 1
        if any(number % small == 0 for small in SMALL_PRIMES) or number % e in (0, 1):
            continue
        if all(pow(base, number - 1, number) == 1 for base in (2, 3, 5)):
            return number


class Rsa:
    """A key with several small primes: fast to create in any size, and good for tests only."""
    algorithm = "1.2.840.113549.1.1.1"
    hashes = {"sha1": ("1.2.840.113549.1.1.5", "3021300906052b0e03021a05000414"),
              "sha256": ("1.2.840.113549.1.1.11", "3031300d060960864801650304020105000420"),
              "sha384": ("1.2.840.113549.1.1.12", "3041300d060960864801650304020205000430"),
              "sha512": ("1.2.840.113549.1.1.13", "3051300d060960864801650304020305000440"),
              "sha224": ("1.2.840.113549.1.1.14", "302d300d06096086480165030402040500041c")}

    def __init__(self, rng, size, e=65537):
        self.e, self.size = e, size
        primes, left = [], size
        while left > 0:
            # Each prime begins with eight one bits, so that the product has the sum of their lengths.
            primes.append(prime(rng, left if left < 256 else 128, e))
            left -= primes[-1].bit_length()
        self.n, order = 1, 1
        for number in primes:
            self.n, order = self.n * number, order * (number - 1)
        assert self.n.bit_length() == size
        self.d = pow(e, -1, order)

    def spki(self, parameters=NULL):
        return seq(seq(oid(self.algorithm), parameters),
                   bits(seq(integer(self.n), integer(self.e))))

    def signature_algorithm(self, hash_name):
        return seq(oid(self.hashes[hash_name][0]), NULL)

    def raw(self, padded):
        size = (self.n.bit_length() + 7) // 8
        return pow(int.from_bytes(padded, "big") % self.n, self.d, self.n).to_bytes(size, "big")

    def sign(self, data, hash_name, _=None):
        digest = bytes.fromhex(self.hashes[hash_name][1]) + hashlib.new(hash_name, data).digest()
        size = (self.n.bit_length() + 7) // 8
        return self.raw(b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest)


CURVES = {  # name: (oid, p, a, b, n, x, y)
    "p192": ("1.2.840.10045.3.1.1", 2**192 - 2**64 - 1, -3,
             0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1,
             0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831,
             0x188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012,
             0x07192B95FFC8DA78631011ED6B24CDD573F977A11E794811),
    "p256": ("1.2.840.10045.3.1.7", 2**256 - 2**224 + 2**192 + 2**96 - 1, -3,
             0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
             0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
             0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
             0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
    "p384": ("1.3.132.0.34", 2**384 - 2**128 - 2**96 + 2**32 - 1, -3,
             0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
             0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
             0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
             0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F),
    "p521": ("1.3.132.0.35", 2**521 - 1, -3,
             0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
             0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
             0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
             0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650),
}


class Ec:
    algorithm = "1.2.840.10045.2.1"
    hashes = {"sha1": "1.2.840.10045.4.1", "sha224": "1.2.840.10045.4.3.1",
              "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3",
              "sha512": "1.2.840.10045.4.3.4"}

    def __init__(self, rng, curve):
        self.curve = curve
        self.oid, self.p, self.a, self.b, self.order, x, y = CURVES[curve]
        self.base = (x, y)
        self.d = rng.randrange(1, self.order)
        self.q = self.times(self.d, self.base)
        self.bytes = (self.p.bit_length() + 7) // 8

    def add(self, one, other):
        if one is None or other is None:
            return one or other
        (x1, y1), (x2, y2) = one, other
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        slope = ((3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p) if one == other
                 else (y2 - y1) * pow(x2 - x1, -1, self.p))
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p

    def times(self, number, point):
        out = None
        while number:
            if number & 1:
                out = self.add(out, point)
            point, number = self.add(point, point), number >> 1
        return out

    def point(self, x=None, y=None, head=4):
        x, y = self.q[0] if x is None else x, self.q[1] if y is None else y
        return bytes([head]) + x.to_bytes(self.bytes, "big") + y.to_bytes(self.bytes, "big")

    def spki(self, parameters=None, point=None):
        return seq(seq(oid(self.algorithm), oid(self.oid) if parameters is None else parameters),
                   bits(point or self.point()))

    def signature_algorithm(self, hash_name):
        return seq(oid(self.hashes[hash_name]))

    def rs(self, data, hash_name, rng):
        digest = hashlib.new(hash_name, data).digest()
        number = int.from_bytes(digest, "big") >> max(0, len(digest) * 8 - self.order.bit_length())
        k = rng.randrange(1, self.order)
        r = self.times(k, self.base)[0] % self.order
        return r, pow(k, -1, self.order) * (number + r * self.d) % self.order

    def sign(self, data, hash_name, rng):
        r, s = self.rs(data, hash_name, rng)
        return seq(integer(r), integer(s))


# Certificates

def name(text):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, text.encode()))))


def utc(text):
    return tlv(0x17, text.encode())


def general(text):
    return tlv(0x18, text.encode())


def extension(identifier, value, *critical):
    return seq(oid(identifier), *critical, octets(value))


SKID, AKID = "2.5.29.14", "2.5.29.35"
KEY_USAGE, CONSTRAINTS = "2.5.29.15", "2.5.29.19"
VERSION = tlv(0xa0, integer(2))
VALIDITY = seq(utc("200101000000Z"), utc("491231235959Z"))
USUAL = (extension(CONSTRAINTS, seq(), tlv(1, b"\xff")), extension(KEY_USAGE, bits(b"\x80", 7)),
         extension(SKID, octets(b"k" * 20)), extension(AKID, seq(tlv(0x80, b"k" * 20))))


class Maker:
    """Builds certificates for one key."""

    def __init__(self, rng, key):
        self.rng, self.key = rng, key

    def tbs(self, hash_name="sha256", version=VERSION, serial=b"\x12\x34", subject=name("Build key"),
            issuer=None, validity=VALIDITY, spki=None, ids=b"", extensions=USUAL, algorithm=None):
        return seq(version, tlv(2, serial), algorithm or self.key.signature_algorithm(hash_name),
                   issuer or subject, validity, subject, spki or self.key.spki(), ids,
                   tlv(0xa3, seq(*extensions)) if extensions is not None else b"")

    def sign(self, tbs, hash_name="sha256", algorithm=None, signature=None):
        if signature is None:
            signature = self.key.sign(tbs, hash_name, self.rng)
        return seq(tbs, algorithm or self.key.signature_algorithm(hash_name), bits(signature))

    def make(self, hash_name="sha256", outer=None, signature=None, **how):
        return self.sign(self.tbs(hash_name, **how), hash_name, outer or how.get("algorithm"),
                         signature)


def flipped(data, at, bit=0):
    out = bytearray(data)
    out[at] ^= 1 << bit
    return bytes(out)


def key_types(rng):
    """Keys of every kind, in self-signed and in issued certificates."""
    issuer = Maker(rng, Rsa(rng, 1024))
    for size in (256, 504, 512, 520, 768, 1000, 1023, 1024, 1025, 1032, 1280, 1472, 1480, 1536, 1544,
                 1792, 1984, 1985, 1992, 2000, 2040, 2047, 2048, 2049, 2056, 2112, 2560, 3008, 3016,
                 3072, 3080, 3584, 4040, 4096, 4104, 5120, 8192):
        key = Rsa(rng, size)
        digest = "sha256" if size >= 504 else "sha1"
        if size >= 504:
            yield f"rsa-{size}", Maker(rng, key).make(digest)
        yield f"rsa-{size}-issued", issuer.make(spki=key.spki(), issuer=name("Issuer"))
    for e in (3, 5, 17, 257, 2**32 + 15, 2**64 + 13, 2**70 + 25, 2**511 + 111):
        key = Rsa(rng, 1024, e)
        yield f"rsa-e-{e.bit_length()}-bits", Maker(rng, key).make()
    plain = Rsa(rng, 1024)
    maker = Maker(rng, plain)
    for title, modulus, exponent in (
            ("no-n", tlv(2), integer(3)), ("no-e", integer(plain.n), tlv(2)),
            ("n-zero", tlv(2, b"\0"), integer(3)), ("e-zero", integer(plain.n), tlv(2, b"\0")),
            ("e-one", integer(plain.n), tlv(2, b"\1")), ("e-even", integer(plain.n), integer(2)),
            ("n-negative", tlv(2, plain.n.to_bytes(128, "big")), integer(65537)),
            ("n-zeros", tlv(2, bytes(9), plain.n.to_bytes(128, "big")), integer(65537)),
            ("e-zeros", integer(plain.n), tlv(2, bytes(9), b"\1\0\1")),
            ("e-longer-than-n", integer(plain.n), tlv(2, bytes(130), b"\1\0\1")),
            ("n-even", integer(plain.n & ~1), integer(65537)),
            ("n-octets", tlv(4, plain.n.to_bytes(128, "big")), integer(65537)),
            ("more", integer(plain.n), integer(65537) + integer(1)),
            ("only-n", integer(plain.n), b"")):
        info = seq(seq(oid(Rsa.algorithm), NULL), bits(seq(modulus, exponent)))
        yield f"rsa-{title}", maker.make(spki=info)
        yield f"rsa-{title}-issued", maker.make(spki=info, issuer=name("Issuer"))
    key_bytes = seq(integer(plain.n), integer(plain.e))
    for title, contents in (("trailing", key_bytes + b"x"), ("empty", b""), ("cut", key_bytes[:-1])):
        yield f"rsa-key-{title}", maker.make(spki=seq(seq(oid(Rsa.algorithm), NULL), bits(contents)))
    for title, parameters in (("none", b""), ("two", NULL + NULL), ("other", octets(b"x"))):
        yield f"rsa-parameters-{title}", maker.make(spki=plain.spki(parameters))
    yield "rsa-unused-bits", maker.make(
        spki=seq(seq(oid(Rsa.algorithm), NULL), bits(key_bytes, 1)))
    for identifier in ("1.2.840.113549.1.1.7", "1.2.840.113549.1.1.10", "1.2.840.10040.4.1",
                       "1.3.101.112", "1.3.101.110", "2.16.840.1.101.3.4.3.17", "1.2.3"):
        info = seq(seq(oid(identifier)), bits(b"k" * 32))
        yield f"key-{identifier}", maker.make(spki=info)
        yield f"key-{identifier}-issued", maker.make(spki=info, issuer=name("Issuer"))
    for curve in CURVES:
        key = Ec(rng, curve)
        own = Maker(rng, key)
        yield curve, own.make()
        yield f"{curve}-issued", issuer.make(spki=key.spki(), issuer=name("Issuer"))
        yield f"{curve}-issued-by-it", own.make(spki=plain.spki(), issuer=name("Issuer"))
        explicit = seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(key.p)))
        for title, parameters in (("explicit", explicit), ("null", NULL), ("none", b""),
                                  ("long", tlv(6, oid(key.oid)[2:], form=1)),
                                  ("k1", oid("1.3.132.0.10")), ("p224", oid("1.3.132.0.33")),
                                  ("brainpool", oid("1.3.36.3.3.2.8.1.1.7"))):
            yield f"{curve}-{title}", own.make(spki=key.spki(parameters))
            yield f"{curve}-{title}-issued", own.make(spki=key.spki(parameters),
                                                      issuer=name("Issuer"))
        x, y = key.q
        for title, point in (("compressed", key.point()[:1 + key.bytes]),
                             ("hybrid", key.point(head=6 + y % 2)), ("nowhere", key.point(y=y ^ 1)),
                             ("infinity", b"\0"), ("zero", key.point(0, 0)),
                             ("beyond", key.point(x=key.p)), ("short", key.point()[:-1]),
                             ("long", key.point() + b"x"), ("longer", key.point() + b"xx"),
                             ("negated", key.point(y=key.p - y))):
            yield f"{curve}-point-{title}", own.make(spki=key.spki(point=point))
        if curve != "p521":
            yield f"{curve}-point-eight-more", own.make(spki=key.spki(point=key.point() + b"x" * 8))
        tbs = own.tbs()
        r, s = key.rs(tbs, "sha256", rng)
        for title, signature in (
                ("r-zero", seq(integer(0), integer(s))), ("s-zero", seq(integer(r), integer(0))),
                ("r-empty", seq(tlv(2), integer(s))), ("s-order", seq(integer(r), integer(key.order))),
                ("r-zeros", seq(tlv(2, b"\0\0", r.to_bytes(key.bytes, "big")), integer(s))),
                ("r-byte", seq(tlv(2, b"\1"), integer(s))),
                ("r-long", seq(tlv(2, b"\1", r.to_bytes(key.bytes, "big")), integer(s))),
                ("r-negative", seq(tlv(2, (r | 1 << key.bytes * 8 - 1).to_bytes(key.bytes, "big")),
                                   integer(s))),
                ("trailing", seq(integer(r), integer(s)) + b"x"), ("empty", b""),
                ("raw", r.to_bytes(key.bytes, "big") + s.to_bytes(key.bytes, "big")),
                ("other-s", seq(integer(r), integer(key.order - s))),
                ("wrong", seq(integer(r ^ 1), integer(s)))):
            yield f"{curve}-signature-{title}", own.sign(tbs, signature=signature)
        for hash_name in Ec.hashes:
            yield f"{curve}-{hash_name}", own.make(hash_name)
        yield f"{curve}-key-says-rsa", maker.make(spki=key.spki())
        yield f"rsa-key-says-{curve}", own.make(spki=plain.spki())


def forms(maker):
    """Certificates with unusual or invalid parts."""
    rng = maker.rng
    for hash_name in maker.key.hashes:
        yield f"hash-{hash_name}", maker.make(hash_name)
    for identifier in ("1.2.840.113549.1.1.4", "1.2.840.113549.1.1.2", "1.2.840.113549.1.1.10",
                       "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.15", "1.3.101.112",
                       "1.2.643.7.1.1.3.2", "1.2.156.10197.1.501", "2.16.840.1.101.3.4.3.14",
                       "2.16.840.1.101.3.4.3.10", "2.16.840.1.101.3.4.3.17", "1.2.3"):
        for issuer in (None, name("Issuer")):
            yield (f"algorithm-{identifier}{'-issued' if issuer else ''}",
                   maker.make(algorithm=seq(oid(identifier)), issuer=issuer))
    yield "algorithms-differ", maker.make(outer=maker.key.signature_algorithm("sha384"))
    yield "algorithm-unknown-outside", maker.make(outer=seq(oid("1.2.3")))
    for title, version in (("none", b""), ("1", tlv(0xa0, integer(0))), ("9", tlv(0xa0, integer(9))),
                           ("empty", tlv(0xa0)), ("two", tlv(0xa0, integer(2), integer(2))),
                           ("octets", tlv(0xa0, octets(b"\2"))), ("primitive", tlv(0x80, b"\2")),
                           ("long", tlv(0xa0, tlv(2, bytes(9)))), ("no-bytes", tlv(0xa0, tlv(2)))):
        yield f"version-{title}", maker.make(version=version)
    for title, serial in (("empty", b""), ("zero", b"\0"), ("negative", b"\xff"), ("long", b"x" * 99)):
        yield f"serial-{title}", maker.make(serial=serial)
    for title, first, last in (
            ("leap", utc("000229000000Z"), utc("490228000000Z")),
            ("no-leap", utc("010229000000Z"), utc("490228000000Z")),
            ("2100", utc("200101000000Z"), general("21000229000000Z")),
            ("2400", utc("200101000000Z"), general("24000229000000Z")),
            ("1969", utc("690101000000Z"), utc("491231235959Z")),
            ("1970", utc("700101000000Z"), utc("491231235959Z")),
            ("1949", general("19490101000000Z"), utc("491231235959Z")),
            ("general-2049", utc("200101000000Z"), general("20491231235959Z")),
            ("general-2050", utc("200101000000Z"), general("20500101000000Z")),
            ("9999", utc("200101000000Z"), general("99991231235959Z")),
            ("24-hours", utc("200101240000Z"), utc("491231235959Z")),
            ("24-hours-more", utc("200101245959Z"), utc("491231235959Z")),
            ("25-hours", utc("200101250000Z"), utc("491231235959Z")),
            ("60-minutes", utc("200101006000Z"), utc("491231235959Z")),
            ("60-seconds", utc("200101000060Z"), utc("491231235959Z")),
            ("61-seconds", utc("200101000061Z"), utc("491231235959Z")),
            ("month-0", utc("200001000000Z"), utc("491231235959Z")),
            ("month-13", utc("201301000000Z"), utc("491231235959Z")),
            ("day-0", utc("200100000000Z"), utc("491231235959Z")),
            ("day-31", utc("200431000000Z"), utc("491231235959Z")),
            ("no-seconds", utc("2001010000Z"), utc("491231235959Z")),
            ("zone", utc("200101000000+0100"), utc("491231235959Z")),
            ("letters", utc("2001010000a0Z"), utc("491231235959Z")),
            ("z", utc("200101000000z"), utc("491231235959Z")),
            ("backwards", utc("300101000000Z"), utc("200101000000Z")),
            ("past", utc("010101000000Z"), utc("020101000000Z")),
            ("octets", octets(b"200101000000Z"), utc("491231235959Z")),
            ("one", utc("200101000000Z"), b""),
            ("three", utc("200101000000Z"), utc("491231235959Z") + utc("491231235959Z"))):
        yield f"time-{title}", maker.make(validity=seq(first, last))
    string = seq(oid("2.5.4.3"), tlv(0x0c, b"x"))
    for title, subject in (
            ("empty", seq()), ("set-empty", seq(tlv(0x31))), ("set-two", seq(tlv(0x31, string, string))),
            ("not-set", seq(string)), ("attribute-short", seq(tlv(0x31, seq(oid("2.5.4.3"))))),
            ("attribute-long", seq(tlv(0x31, seq(oid("2.5.4.3"), NULL, NULL)))),
            ("attribute-tag", seq(tlv(0x31, seq(octets(b"x"), NULL)))),
            ("set", tlv(0x31, string)), ("long", name("x" * 300)),
            ("o-and-cn", seq(tlv(0x31, seq(oid("2.5.4.10"), tlv(0x0c, b"Org"))),
                             tlv(0x31, string))),
            ("email", seq(tlv(0x31, seq(oid("1.2.840.113549.1.9.1"), tlv(0x16, b"a@b"))))),
            ("unknown", seq(tlv(0x31, seq(oid("1.2.3"), tlv(0x0c, b"x")))))):
        yield f"name-{title}", maker.make(subject=subject)
        yield f"issuer-{title}", maker.make(issuer=subject)
    for title, ids in (("1", tlv(0x81, b"\0x")), ("2", tlv(0x82, b"\0x")),
                       ("both", tlv(0x81, b"\0x") + tlv(0x82, b"\0x")), ("1-cons", tlv(0xa1, bits(b"x"))),
                       ("2-cons", tlv(0xa2, bits(b"x"))), ("swapped", tlv(0x82, b"\0") + tlv(0x81, b"\0")),
                       ("twice", tlv(0x81, b"\0") + tlv(0x81, b"\0")), ("empty", tlv(0x81)),
                       ("other", tlv(0x84, b"x"))):
        yield f"unique-ids-{title}", maker.make(ids=ids)
    skid = extension(SKID, octets(b"k" * 20))
    akid = extension(AKID, seq(tlv(0x80, b"k" * 20)))
    named = seq(tlv(0xa4, name("Build key")))
    serial = tlv(0x82, b"\x12\x34")
    issuer_names = {
        "directory": tlv(0xa4, name("Build key")), "mail": tlv(0x81, b"a@b"), "dns": tlv(0x82, b"b"),
        "uri": tlv(0x86, b"b:"), "ip": tlv(0x87, b"1234"), "id": tlv(0x88, b"\x2a"),
        "other": tlv(0xa0, oid("1.2.3"), tlv(0xa0, NULL)), "x400": tlv(0xa3, NULL),
        "edi": tlv(0xa5, NULL), "nine": tlv(0x89, b"x"), "mail-cons": tlv(0xa1, tlv(0x16, b"a@b"))}
    akids = {
        "key": seq(tlv(0x80, b"k" * 20)), "other-key": seq(tlv(0x80, b"o" * 20)), "empty": seq(),
        "key-empty": seq(tlv(0x80)), "key-cons": seq(tlv(0xa0, octets(b"k" * 20))),
        "serial": seq(serial), "issuer-serial": seq(tlv(0xa1, tlv(0xa4, name("Build key"))), serial),
        "explicit": seq(tlv(0xa1, named), serial),
        "all": seq(tlv(0x80, b"k" * 20), tlv(0xa1, tlv(0xa4, name("Build key"))), serial),
        "other-issuer": seq(tlv(0x80, b"k" * 20), tlv(0xa1, tlv(0xa4, name("Other"))), serial),
        "other-serial": seq(tlv(0x80, b"k" * 20), tlv(0xa1, tlv(0xa4, name("Build key"))),
                            tlv(0x82, b"\x55")),
        "other-key-all": seq(tlv(0x80, b"o" * 20), tlv(0xa1, tlv(0xa4, name("Build key"))), serial),
        "nothing-fits": seq(tlv(0x80, b"o" * 20), tlv(0xa1, tlv(0xa4, name("Other"))), serial),
        "octets": octets(b"k" * 20), "set": tlv(0x31, tlv(0x80, b"k" * 20)), "nothing": b"",
        "trailing": seq(tlv(0x80, b"k" * 20)) + b"x", "more": seq(tlv(0x80, b"k" * 20), NULL),
        "cut": seq(tlv(0x80, b"k" * 20))[:-1], "indefinite": tlv(0x30, tlv(0x80, b"k" * 20), form=-1),
        "issuer-none": seq(tlv(0xa1), serial), "order": seq(serial, tlv(0x80, b"k" * 20)),
        "twice": seq(tlv(0x80, b"k" * 20), tlv(0x80, b"k" * 20)),
        "name-damaged": seq(tlv(0xa1, tlv(0xa4, seq(string))), serial),
        "name-bare": seq(tlv(0xa1, tlv(0xa4, tlv(0x31, string))), serial),
        **{f"name-{kind}": seq(tlv(0xa1, one), serial) for kind, one in issuer_names.items()},
        **{f"name-two-{kind}": seq(tlv(0xa1, one, issuer_names["directory"]), serial)
           for kind, one in issuer_names.items()}}
    for title, value in akids.items():
        for issuer in (None, name("Issuer")):
            yield (f"akid-{title}{'-issued' if issuer else ''}",
                   maker.make(extensions=(skid, extension(AKID, value)), issuer=issuer))
        yield f"akid-{title}-alone", maker.make(extensions=(extension(AKID, value),))
    yield "akid-twice", maker.make(extensions=(skid, extension(AKID, akids["key"]),
                                               extension(AKID, akids["octets"])))
    yield "akid-twice-swapped", maker.make(extensions=(skid, extension(AKID, akids["octets"]),
                                                       extension(AKID, akids["key"])))
    for title, value in (("empty", octets(b"")), ("byte", octets(b"k")), ("none", b""), ("tag", NULL),
                         ("bits", bits(b"k")), ("trailing", octets(b"k") + b"x"),
                         ("long", octets(b"k" * 130)), ("long-form", tlv(4, b"k" * 20, form=1))):
        yield f"skid-{title}", maker.make(extensions=(extension(SKID, value),))
    yield "skid-twice", maker.make(extensions=(skid, skid))
    for title, value in (("empty", b""), ("no-bits", bits(b"")), ("sign", bits(b"\x80", 7)),
                         ("cert-sign", bits(b"\x04", 2)), ("two-bytes", bits(b"\x80\x80", 7)),
                         ("unused-7", bits(b"\x80", 7)), ("unused-8", bits(b"\x80", 8)),
                         ("unused-255", bits(b"\x80", 255)), ("octets", octets(b"\x80\x80")),
                         ("short", b"\3\1\0"), ("trailing", bits(b"\x80", 7) + b"x"),
                         ("length", b"\3\x09\7\x80"), ("two-trailing", bits(b"\x80\x80") + b"xx")):
        yield f"key-usage-{title}", maker.make(extensions=(skid, extension(KEY_USAGE, value)))
    for title, value in (("empty", b""), ("false", seq()), ("true", seq(tlv(1, b"\xff"))),
                         ("path", seq(tlv(1, b"\xff"), integer(1))), ("only-path", seq(integer(1))),
                         ("one", seq(tlv(1, b"\1"))), ("explicit-false", seq(tlv(1, b"\0"))),
                         ("octets", octets(b"\xff")), ("trailing", seq(tlv(1, b"\xff")) + b"x"),
                         ("length", b"\x30\x09\1\1\xff"), ("one-byte", b"\x30"),
                         ("long-form", tlv(0x30, tlv(1, b"\xff"), form=1)),
                         ("bool-two", seq(tlv(1, b"\xff\xff"))), ("set", tlv(0x31))):
        yield f"constraints-{title}", maker.make(extensions=(skid, extension(CONSTRAINTS, value)))
    for title, extensions in (
            ("none", None), ("no-list", ()), ("unknown", (extension("1.2.3", b"x"),)),
            ("unknown-critical", (extension("1.2.3", b"x", tlv(1, b"\xff")),)),
            ("critical-empty", (extension("1.2.3", b"x", tlv(1)),)),
            ("critical-long", (extension("1.2.3", b"x", tlv(1, b"\xff\xff")),)),
            ("critical-twice", (extension("1.2.3", b"x", tlv(1, b"\xff"), tlv(1, b"\xff")),)),
            ("not-octets", (seq(oid("1.2.3"), bits(b"x")),)), ("no-value", (seq(oid("1.2.3")),)),
            ("more", (seq(oid("1.2.3"), octets(b"x"), NULL),)), ("not-sequence", (NULL,)),
            ("after", (skid, akid, NULL)), ("many", (skid,) + (extension("1.2.3", b"x"),) * 99)):
        yield f"extensions-{title}", maker.make(extensions=extensions)
    good = maker.make()
    tbs = maker.tbs()
    yield "trailing", good + b"trailing"
    yield "nothing", b""
    yield "one-byte", b"\x30"
    for size in (1, 2, 3, 4, len(good) // 2, len(good) - 1):
        yield f"cut-{size}", good[:size]
    wrong = maker.key.sign(tbs + b"x", "sha256", rng)
    yield "signature-of-other-bytes", maker.sign(tbs, signature=wrong)
    if isinstance(maker.key, Rsa):
        right = maker.key.sign(tbs, "sha256")
        yield "signature-cut", maker.sign(tbs, signature=right[:-1])
        yield "signature-longer", maker.sign(tbs, signature=b"\0" + right)
        yield "signature-beyond-n", maker.sign(tbs, signature=b"\xff" * len(right))
        for number in (0, 1, maker.key.n - 1, maker.key.n):
            yield (f"signature-{number.bit_length()}-bits-{number % 3}",
                   maker.sign(tbs, signature=number.to_bytes(len(right), "big")))
        yield "signature-empty", maker.sign(tbs, signature=b"")
        info = bytes.fromhex(Rsa.hashes["sha256"][1])
        digest = hashlib.sha256(tbs).digest()
        size = len(right)
        for title, padded in (
                ("no-zero", b"\1\1" + b"\xff" * (size - 54) + b"\0" + info + digest),
                ("type-2", b"\0\2" + b"\xff" * (size - 54) + b"\0" + info + digest),
                ("seven", b"\0\1" + b"\xff" * 7 + b"\0" + info + digest + bytes(size - 61)),
                ("short", b"\0\1" + b"\xff" * 8 + b"\0" + info + digest + bytes(size - 62)),
                ("hole", b"\0\1" + b"\xff" * 9 + b"\xfe" + b"\xff" * (size - 64) + b"\0" + info + digest),
                ("no-end", b"\0\1" + b"\xff" * (size - 2)),
                ("other-info", b"\0\1" + b"\xff" * (size - 54) + b"\0" + info[:-1] + b"\x21" + digest),
                ("other-digest", b"\0\1" + b"\xff" * (size - 54) + b"\0" + info + digest[:-1] + b"x"),
                ("no-info", b"\0\1" + b"\xff" * (size - 35) + b"\0" + digest),
                ("cut-digest", b"\0\1" + b"\xff" * (size - 53) + b"\0" + info + digest[:-1]),
                ("zero", bytes(size)), ("two-zeros", b"\0\0\1" + b"\xff" * (size - 3))):
            yield f"padding-{title}", maker.sign(tbs, signature=maker.key.raw(padded))
    algorithm = maker.key.signature_algorithm("sha256")
    signature = maker.key.sign(tbs, "sha256", rng)
    yield "signature-octets", seq(tbs, algorithm, octets(b"\0" + signature))
    yield "signature-unused-bits", seq(tbs, algorithm, bits(signature, 3))
    yield "signature-no-bits", seq(tbs, algorithm, tlv(3))
    yield "no-signature", seq(tbs, algorithm)
    yield "more-after-signature", seq(tbs, algorithm, bits(signature), NULL)


def in_form(nodes, target, form):
    return [[tag, form if node is target else old,
             contents if isinstance(contents, bytes) else in_form(contents, target, form)]
            for node in nodes for tag, old, contents in [node]]


def lengths(maker):
    """Every length field of a certificate in every form."""
    tree = parse(maker.tbs())
    for number, node in enumerate(list(all_nodes(tree))):
        for form in (-1, 1, 2, 3, 4):
            yield f"tbs-length-{number}-form-{form}", maker.sign(encode(in_form(tree, node, form)))
    whole = parse(maker.make())
    for number, node in enumerate([whole[0], whole[0][2][1], whole[0][2][2], whole[0][2][1][2][0]]):
        for form in (-1, 1, 2, 3, 4):
            yield f"length-{number}-form-{form}", encode(in_form(whole, node, form))


def mutated(rng, tree):
    """The encoding of the tree after one to three random changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        nodes = list(all_nodes(tree))
        node = rng.choice(nodes)
        lists = [one[2] for one in nodes if isinstance(one[2], list) and one[2]]
        if not lists:
            break
        siblings = rng.choice(lists)
        at = rng.randrange(len(siblings))
        change = rng.randrange(9)
        if change == 0:
            node[0] ^= 1 << rng.randrange(8)
        elif change == 1:
            node[1] = rng.choice((-1, 1, 2, 3, 4))
        elif change == 2:
            del siblings[at]
        elif change == 3:
            siblings.insert(at, copy.deepcopy(siblings[at]))
        elif change == 4:
            node[2] = b"" if isinstance(node[2], bytes) else []
        elif change == 5 and isinstance(node[2], bytes) and node[2]:
            node[2] = flipped(node[2], rng.randrange(len(node[2])), rng.randrange(8))
        elif change == 6 and isinstance(node[2], bytes):
            node[2] = node[2][:-1] if rng.random() < .5 else node[2] + bytes([rng.randrange(256)])
        elif change == 7:
            siblings.insert(at, [rng.choice((1, 2, 3, 4, 5, 6, 0x0c, 0x80, 0x81, 0x82)), 0, b"\0x"])
        elif change == 8:
            other = rng.randrange(len(siblings))
            siblings[at], siblings[other] = siblings[other], siblings[at]
    return encode(tree)


def mutations(rng, makers, count):
    for number in range(count):
        maker = rng.choice(makers)
        issuer = name("Issuer") if rng.random() < .4 else None
        tbs = maker.tbs(issuer=issuer)
        kind = rng.randrange(4)
        if kind == 0:
            data = maker.sign(tbs)
            for _ in range(rng.choice((1, 1, 2, 4))):
                data = flipped(data, rng.randrange(len(data)), rng.randrange(8))
        elif kind == 1:
            data = encode([[0x30, 0, parse(maker.sign(tbs))[0][2]]])
            data = mutated(rng, parse(data))
        else:
            data = maker.sign(mutated(rng, parse(tbs)))
        yield f"mutation-{number}", data


def variants(count, seed=SEED):
    """Returns {name: DER} of every kind, and of `count` mutations."""
    rng = random.Random(seed)
    rsa, p256 = Maker(rng, Rsa(rng, 1024)), Maker(rng, Ec(rng, "p256"))
    p384 = Maker(rng, Ec(rng, "p384"))
    found = dict(key_types(rng))
    found.update((f"rsa:{title}", data) for title, data in forms(rsa))
    found.update((f"ec:{title}", data) for title, data in forms(p256))
    found.update((f"rsa:{title}", data) for title, data in lengths(rsa))
    found.update((f"ec:{title}", data) for title, data in lengths(p256))
    found.update(mutations(rng, [rsa, rsa, p256, p384], count))
    return found


def packed(certificates):
    """The certificates in a row, each preceded by its size in four bytes."""
    return b"".join(len(data).to_bytes(4, "little") + data for data in certificates)
