# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a machine wrote to its disk, in its order, with the flushes between: the log of QEMU's
blklogwrites driver, in the format of the kernel's dm-log-writes
(Documentation/admin-guide/device-mapper/log-writes.rst). From it the disk can be made as a power cut
at any point may leave it."""

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
    at: int  # of the data, in the log

    @property
    def writes(self):
        return self.sectors > 0 and not self.flags & DISCARD


class WriteLog:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        magic, _, _, self.sector = SUPERBLOCK.unpack_from(self.data)
        if magic != MAGIC:
            raise ValueError(f"{path} is no log of writes")
        self.entries = list(self._read())

    def _read(self):
        """The count in the superblock is as old as the last flush: entries end where none is."""
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
        """The entries that a power cut before entry `end` leaves, each as (entry, the sectors of
        it): all that a flush has confirmed, and of those behind it that share, or any, in part
        too."""
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
        """Puts what was kept on the disk, an open file."""
        for entry, sectors in kept:
            disk.seek(entry.sector * self.sector)
            if entry.flags & DISCARD:
                continue  # what a discarded block holds is nobody's business
            size = len(sectors) * self.sector
            disk.write(self.data[entry.at:entry.at + size])
