# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the log of QEMU's blklogwrites driver: all writes of a machine to its disk and the flushes
between them, in the format of the kernel's dm-log-writes
(Documentation/admin-guide/device-mapper/log-writes.rst). Can put a disk into any state that a power
cut may leave."""

import dataclasses
import struct

MAGIC = 0x6a736677736872
SUPERBLOCK = struct.Struct("<QQQI")  # magic, version, entries, sector size
ENTRY = struct.Struct("<QQQQ")       # sector, sectors, flags, bytes of data
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


@dataclasses.dataclass
class Entry:
    sector: int
    sectors: int
    flags: int
    at: int  # offset of the data in the log

    @property
    def writes(self):
        return self.sectors > 0 and not self.flags & DISCARD


class WriteLog:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        magic, _, _, self.sector = SUPERBLOCK.unpack_from(self.data)
        if magic != MAGIC:
            raise ValueError(f"{path} is not a log of writes")
        self.entries = list(self._read())

    def _read(self):
        """Reads entries up to the first empty one; the count in the superblock is only updated by a
        flush."""
        at = self.sector
        while at + self.sector <= len(self.data):
            sector, sectors, flags, _ = ENTRY.unpack_from(self.data, at)
            at += self.sector
            if not sectors and not flags:
                return
            entry = Entry(sector, sectors, flags, at)
            if entry.writes:
                at += sectors * self.sector
            if at > len(self.data):
                return
            yield entry

    def contents(self, entry):
        return self.data[entry.at:entry.at + entry.sectors * self.sector]

    def cut(self, end, random, share=None):
        """Yields the writes that a power cut before entry `end` leaves, each as (entry, its sectors):
        all entries confirmed by a flush, and a share (random by default) of the later ones, some of
        them torn."""
        flushed = max((i for i in range(end) if self.entries[i].flags & FLUSH), default=0)
        torn_share = 0.0 if share is not None else 0.1
        if share is None:
            share = random.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for i, entry in enumerate(self.entries[:end]):
            if not entry.sectors:
                continue
            if i < flushed or entry.flags & FUA:
                yield entry, range(entry.sectors)
            elif random.random() < share:
                torn = entry.sectors > 1 and random.random() < torn_share
                yield entry, range(random.randrange(1, entry.sectors) if torn else entry.sectors)

    def write(self, kept, disk):
        """Writes the kept entries to the disk, an open file."""
        for entry, sectors in kept:
            disk.seek(entry.sector * self.sector)
            if entry.flags & DISCARD:
                continue  # the contents of a discarded block are undefined
            size = len(sectors) * self.sector
            disk.write(self.data[entry.at:entry.at + size])
