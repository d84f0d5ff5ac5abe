# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes modified copies of a module, most of which a kernel refuses."""

import re
import struct

MARKER = b"~Module signature appended~\n"
TRAILER = 12
# Offsets and values of ELF64 (elf(5)).
SECTION_HEADERS = 0x28
SECTION_COUNT = 0x3c
SECTION_HEADER = 64
SECTION_TYPE = 4
SYMBOL_TABLE = 2


class CopyError(Exception):
    """A change that cannot be applied to the module."""


def split_signature(data):
    """(the body, the signature, its trailer and the marker)"""
    if not data.endswith(MARKER):
        raise CopyError("the module is not signed")
    end = len(data) - len(MARKER)
    size = struct.unpack(">I", data[end - 4:end])[0]
    begin = end - TRAILER - size
    return data[:begin], data[begin:end - TRAILER], data[end - TRAILER:end], MARKER


def without_signature(data):
    """The module without its signature."""
    return split_signature(data)[0]


def with_trailer_byte(data, at, value):
    """Changes one byte of struct module_signature: algo, hash, id_type, signer_len, key_id_len, 3 of
    padding, sig_len."""
    body, signature, trailer, marker = split_signature(data)
    return body + signature + with_byte(trailer, at, value) + marker


def with_signature_byte(data, at, value):
    body, signature, trailer, marker = split_signature(data)
    return body + with_byte(signature, at, value) + trailer + marker


def with_byte(data, at, value):
    at = at if at >= 0 else len(data) + at
    if data[at] == value:
        raise CopyError(f"byte {at} already is {value}")
    return data[:at] + bytes([value]) + data[at + 1:]


def with_text(data, old, new):
    """Replaces the first occurrence of a text with another text of the same length."""
    old, new = old.encode(), new.encode()
    if len(old) != len(new) or old not in data:
        raise CopyError(f"cannot replace {old!r} with {new!r}")
    return data.replace(old, new, 1)


def with_name(data, old, new):
    """Renames the module, with the same length, in .modinfo and in struct module."""
    old, new = old.encode(), new.encode()
    found = data.count(b"\0" + old + b"\0")
    if len(old) != len(new) or not found or b"name=" + old + b"\0" not in data:
        raise CopyError(f"cannot rename {old!r} to {new!r}")
    return data.replace(b"\0" + old + b"\0", b"\0" + new + b"\0").replace(
        b"name=" + old + b"\0", b"name=" + new + b"\0")


def with_other_version(data, symbol):
    """Flips one bit of the CRC that the module expects for a symbol (struct modversion_info:
    8 bytes of CRC, 56 of name)."""
    at = data.find(struct.pack("56s", symbol.encode()))
    if at < 8 or data[at - 4:at] != bytes(4):
        raise CopyError(f"the module has no version of {symbol}")
    return data[:at - 8] + bytes([data[at - 8] ^ 1]) + data[at - 7:]


def without_symbols(data):
    """Changes the type of the symbol table, as if it had been stripped."""
    start = struct.unpack_from("<Q", data, SECTION_HEADERS)[0]
    for number in range(struct.unpack_from("<H", data, SECTION_COUNT)[0]):
        at = start + number * SECTION_HEADER + SECTION_TYPE
        if struct.unpack_from("<I", data, at)[0] == SYMBOL_TABLE:
            return data[:at] + struct.pack("<I", 1) + data[at + 4:]
    raise CopyError("the module has no symbol table")


NUMBER = r"(-?\d+|0x[0-9a-f]+)"
# (pattern of a change, function that gets the data and the groups of the match)
CHANGES = [
    (r"unsigned", without_signature),
    (r"s/([^/]*)/([^/]*)/", with_text),
    (r"name:(\w+):(\w+)", with_name),
    (r"crc:(\w+)", with_other_version),
    (r"no-symbols", without_symbols),
    (r"first:(\d+)", lambda data, size: data[:int(size)]),
    (rf"byte:{NUMBER}={NUMBER}", lambda data, *row: with_byte(data, *numbers(row))),
    (rf"signature:{NUMBER}={NUMBER}",
     lambda data, *row: with_signature_byte(data, *numbers(row))),
    (rf"trailer:{NUMBER}={NUMBER}", lambda data, *row: with_trailer_byte(data, *numbers(row))),
]


def numbers(texts):
    return [int(text, 0) for text in texts]


def changed(data, changes):
    """Applies changes, each described by a word that matches a row of CHANGES, in order."""
    for change in changes:
        for pattern, apply in CHANGES:
            if match := re.fullmatch(pattern, change):
                data = apply(data, *match.groups())
                break
        else:
            raise CopyError(f"unknown change {change!r}")
    return data
