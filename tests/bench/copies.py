# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes renamed copies of a kernel's modules, for trees larger than any real one. Each copy has its
own file names, exported symbols and aliases, all of the same length as before, and its modules
depend on each other as the real ones do. Code, sizes and the kernel's own symbols are unchanged.

A name is renamed letter by letter (a rotated alphabet), so strings that share a tail in .strtab
still share it, and common prefixes remain. Data that depmod does not read keeps the old names
(`name=` and `depends=` of .modinfo, BTF), and the signatures become invalid."""

import os
import string
import struct

SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
VERSION_ENTRY = 64  # bytes: a checksum of 8, then the name
VERSION_NAME = 8
# Prefixes of symbols that accompany an exported symbol.
PREFIXES = (b"__crc_", b"__ksymtab_", b"__kstrtab_", b"__kstrtabns_")
# depmod interprets these for modules.devname.
KEPT_ALIASES = (b"devname:", b"char-major-", b"block-major-")
MOST_COPIES = 10


class Elf:
    """The sections of a 64-bit little-endian module that contain names."""

    def __init__(self, data, path):
        if data[:6] != b"\x7fELF\x02\x01":
            raise SystemExit(f"{path}: only 64-bit little-endian modules can be copied")
        table, = struct.unpack_from("<Q", data, 0x28)
        size, count, names = struct.unpack_from("<HHH", data, 0x3A)
        headers = [SECTION.unpack_from(data, table + i * size) for i in range(count)]
        self.data = data
        self.sections = {}
        for header in headers:
            start = headers[names][4] + header[0]
            name = data[start:data.index(b"\0", start)]
            self.sections.setdefault(name, (header[4], header[5]))

    def section(self, name):
        return self.sections.get(name, (0, 0))

    def strings(self, name):
        """Yields (offset in the file, string) for each string of a section."""
        at, size = self.section(name)
        for text in self.data[at:at + size].split(b"\0"):
            if text:
                yield at, text
            at += len(text) + 1

    def symbol_names(self):
        at, size = self.section(b".symtab")
        text, _ = self.section(b".strtab")
        for name, *_ in SYMBOL.iter_unpack(self.data[at:at + size]):
            if name:
                start = text + name
                yield start, self.data[start:self.data.index(b"\0", start)]

    def version_names(self):
        at, size = self.section(b"__versions")
        for start in range(at + VERSION_NAME, at + size, VERSION_ENTRY):
            entry = self.data[start:start + VERSION_ENTRY - VERSION_NAME]
            yield start, entry.split(b"\0")[0]


def rotation(shift):
    """A translation table that moves each letter `shift` places in its alphabet."""
    table = b""
    for letters in (string.ascii_lowercase, string.ascii_uppercase):
        table += (letters[shift:] + letters[:shift]).encode()
    return bytes.maketrans(string.ascii_letters.encode(), table)


def choose_rotations(names, taken, count):
    """Finds rotations that keep the names of all copies and of the kernel distinct."""
    chosen, used = [], set(taken)
    for shift in range(1, len(string.ascii_lowercase)):
        table = rotation(shift)
        renamed = {name.translate(table) for name in names}
        if len(chosen) < count and not used & renamed:
            chosen.append(table)
            used |= renamed
    if len(chosen) < count:
        raise SystemExit(f"only {len(chosen)} copies of the modules would be distinct")
    return chosen


def survey(root, paths):
    """Returns the exported names of all modules, and the other names that modules need."""
    exported, needed = set(), set()
    for path in paths:
        elf = Elf((root / path).read_bytes(), path)
        exported.update(name for _, name in elf.strings(b"__ksymtab_strings"))
        needed.update(name for _, name in elf.version_names())
    # Rotation cannot rename a name without letters, so such a name must not connect modules.
    exported = {name for name in exported if name.upper() != name.lower()}
    return exported, needed - exported


def alias_ranges(elf):
    for start, text in elf.strings(b".modinfo"):
        key, _, alias = text.partition(b"=")
        if key == b"alias" and not alias.startswith(KEPT_ALIASES):
            # A rotation could change the pattern characters after the colon.
            yield start + len(key) + 1, len(alias.split(b":")[0])


def ranges_to_rename(elf, exported):
    """Returns sorted, non-overlapping (offset, length), although names may share tails."""
    found = list(alias_ranges(elf))
    found += [(at, len(name)) for at, name in elf.strings(b"__ksymtab_strings")
              if name in exported]
    found += [(at, len(name)) for at, name in elf.version_names() if name in exported]
    for at, name in elf.symbol_names():
        prefix = next((p for p in PREFIXES if name.startswith(p)), b"")
        if name[len(prefix):] in exported:
            found.append((at + len(prefix), len(name) - len(prefix)))
    merged = []
    for at, length in sorted(found):
        if merged and at < merged[-1][0] + merged[-1][1]:
            length = max(merged[-1][0] + merged[-1][1], at + length) - merged[-1][0]
            merged[-1] = (merged[-1][0], length)
        else:
            merged.append((at, length))
    return merged


def copied_path(path, copy):
    """kernel/fs/ext4/ext4.ko -> kernel/copy3/fs/ext4/c3_ext4.ko"""
    top, _, rest = path.partition("/")
    directory, name = os.path.split(rest)
    return os.path.join(top, f"copy{copy}", directory, f"c{copy}_{name}")


def make_copies(source, target, paths, numbers):
    """Copies the modules at `paths` in `source` to target/copyN, for each N of `numbers`."""
    exported, taken = survey(source, paths)
    tables = choose_rotations(exported, taken, MOST_COPIES)
    for path in paths:
        elf = Elf((source / path).read_bytes(), path)
        ranges = ranges_to_rename(elf, exported)
        for number in numbers:
            data = bytearray(elf.data)
            for at, length in ranges:
                data[at:at + length] = data[at:at + length].translate(tables[number])
            file = target / f"copy{number}" / copied_path(path, number)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
