# SPDX-License-Identifier: LGPL-2.1-or-later
"""Extracts the ELF kernel from a bzImage: QEMU boots it directly (PVH) in half the time."""

import fcntl
import lzma
import os
import pathlib
import re
import struct
import subprocess
import zlib

# Offsets in the header of the Linux/x86 boot protocol (Documentation/x86/boot.rst).
SETUP_SECTORS = 0x1f1
MAGIC = 0x202
PAYLOAD = 0x248
SECTOR = 512


class ImageError(Exception):
    """An image of an unknown form."""


def unzstd(data):
    return subprocess.run(["zstd", "-dc"], input=data, check=True, capture_output=True).stdout


# The unpacked size follows the stream, so one-shot functions would fail.
UNPACKERS = {
    b"\x1f\x8b": lambda data: zlib.decompressobj(wbits=31).decompress(data),
    b"\xfd7zXZ\0": lambda data: lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(data),
    b"\x5d\0\0": lambda data: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data),
    b"\x28\xb5\x2f\xfd": lambda data: unzstd(data[:-4]),
}


def vmlinux_in(image):
    """Returns the vmlinux contained in a bzImage."""
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        raise ImageError("not a bzImage")
    # 0 means 4 (the same document).
    start = ((image[SETUP_SECTORS] or 4) + 1) * SECTOR
    offset, size = struct.unpack_from("<II", image, PAYLOAD)
    payload = image[start + offset:start + offset + size]
    for magic, unpack in UNPACKERS.items():
        if payload.startswith(magic):
            break
    else:
        raise ImageError(f"the payload begins with {payload[:8].hex()}, an unknown "
                         "compression")
    kernel = unpack(payload)
    if not kernel.startswith(b"\x7fELF"):
        raise ImageError("the payload is not an ELF file")
    return kernel


# An X.509 certificate of version 3 in DER: two sequences, [0] { INTEGER 2 }.
CERTIFICATE = re.compile(rb"\x30\x82(..)\x30\x82..\xa0\x03\x02\x01\x02", re.S)


def certificates_in(vmlinux):
    """Returns all certificates in a kernel, including those not used for modules."""
    found = {}
    for match in CERTIFICATE.finditer(vmlinux):
        size = 4 + struct.unpack(">H", match[1])[0]
        found.setdefault(vmlinux[match.start():match.start() + size], None)
    return list(found)


def vmlinux_of(package, release):
    """Returns the path of the vmlinux of an unpacked kernel package, next to which it is extracted
    once."""
    package = pathlib.Path(package)
    path = package.with_name(f"vmlinux-{package.name}-{release}")
    with open(package.with_name(".vmlinux.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            source = package / "boot" / f"vmlinuz-{release}"
            unfinished = path.with_name(path.name + ".unfinished")
            try:
                unfinished.write_bytes(vmlinux_in(source.read_bytes()))
            except ImageError as error:
                raise ImageError(f"{source}: {error}") from None
            os.replace(unfinished, path)
    return path
