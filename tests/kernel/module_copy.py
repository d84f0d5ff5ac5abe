# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies of a module that a kernel has reason to refuse."""

import re
import struct

MARKER = b"~Module signature appended~\n"
TRAILER = 12


class CopyError(Exception):
    """A change that does not fit the module."""


def without_signature(data):
    """The body alone, as before it was signed."""
    if not data.endswith(MARKER):
        raise CopyError("it is not signed")
    end = len(data) - len(MARKER)
    size = struct.unpack(">I", data[end - 4:end])[0]
    return data[:end - TRAILER - size]


def with_text(data, old, new):
    """Another text of the same length in the place of the first one."""
    old, new = old.encode(), new.encode()
    if len(old) != len(new) or old not in data:
        raise CopyError(f"cannot put {new!r} in the place of {old!r}")
    return data.replace(old, new, 1)


def with_other_version(data, symbol):
    """One bit of the version that the module expects of a symbol (struct modversion_info:
    8 bytes of CRC, 56 of name)."""
    at = data.find(struct.pack("56s", symbol.encode()))
    if at < 8 or data[at - 4:at] != bytes(4):
        raise CopyError(f"it has no version of {symbol}")
    return data[:at - 8] + bytes([data[at - 8] ^ 1]) + data[at - 7:]


def changed(data, changes):
    """The words "unsigned", "s/OLD/NEW/", "crc:SYMBOL" and "first:BYTES", in their order."""
    for change in changes:
        if change == "unsigned":
            data = without_signature(data)
        elif match := re.fullmatch("s/([^/]*)/([^/]*)/", change):
            data = with_text(data, match[1], match[2])
        elif change.startswith("crc:"):
            data = with_other_version(data, change[4:])
        elif change.startswith("first:"):
            data = data[:int(change[6:])]
        else:
            raise CopyError(f"unknown change {change!r}")
    return data
