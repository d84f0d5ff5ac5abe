#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulates power failures while depmod runs. A machine builds its databases several times on an ext4
disk; QEMU logs every write and flush. From the log the test makes the disk as a cut at any point may
leave it, with any subset of the writes not confirmed by a flush. After the journal is replayed, each
disk must contain one complete set of databases: the old or the new one, and the new one if depmod had
finished.

    power_test.py --tools BUILD/tools [--cuts N] [--every] [--modes MODE,...] [--commit SECONDS]
                  [--seed N] [--debian] [--storm] [--mount]

--every adds a cut at each write, with everything written before it, to see every state of the journal.
--debian does the same with Debian's kmod and only counts the results. With --storm another process syncs
without pause on another processor; the journal may then be written between two renames, so a mixture of
complete files of both sets is counted, but is not a failure. With --mount a kernel mounts each disk,
instead of e2fsck and debugfs, and depmod must rebuild the databases. --commit sets the interval at which
the file system writes its journal."""

import argparse
import collections
import hashlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab
from mounted_disks import in_boots, mount_each
from write_log import WriteLog

MODES = ("ordered", "journal", "writeback")
GENERATIONS = 5
DISK = 96 << 20
# Marks are stored after the file system; a mark is a sector that identifies a moment.
FILE_SYSTEM = DISK - (1 << 20)
# Alignment of a mark, which is written to the disk at once (O_DIRECT).
PAGE = 4096
TREE = ["e1000e", "igb", "ixgbe", "r8169", "tg3", "bnx2", "sky2", "forcedeth", "xfs", "btrfs", "nfs",
        "cifs", "usb_storage", "uas", "snd_hda_intel", "snd_usb_audio", "iwlwifi", "ath9k"]
# One module for each generation after the first.
ADDED = ["i915", "mlx5_core", "ath10k_pci", "qla2xxx", "lpfc"]
assert len(ADDED) == GENERATIONS
INPUTS = ("modules.order", "modules.builtin", "modules.builtin.modinfo")


class Disk:
    """Makes the disk for the start of the machine, with the tree and its first databases."""

    def __init__(self, lab, directory):
        self.lab = lab
        self.path = directory / "disk"
        self.log = directory / "log"
        tree = directory / "tree"
        source = Lab(lab.tools, lab.kernel, directory / "source")
        for name in ADDED:
            source.add_modules([name])
        base = Lab(lab.tools, lab.kernel, directory / "base")
        base.add_modules(TREE)
        self.place = f"lib/modules/{lab.release}"
        (tree / "lib/modules").mkdir(parents=True)
        (directory / "base/root" / self.place).rename(tree / self.place)
        for name in ADDED:
            path = source.path_of(name)
            target = tree / "spare" / path.name
            target.parent.mkdir(exist_ok=True)
            path.rename(target)
        subprocess.run([lab.depmod, "-b", tree, lab.release], check=True)
        with open(self.path, "wb") as out:
            out.truncate(DISK)
        subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", "-d", tree, self.path,
                        str(FILE_SYSTEM // 1024)], check=True)
        with open(self.log, "wb"):
            pass

    def devices(self):
        return ["-blockdev", "driver=blklogwrites,node-name=disk,"
                f"file.driver=file,file.filename={self.path},"
                f"log.driver=file,log.filename={self.log}",
                "-device", "virtio-blk-pci,drive=disk,write-cache=on"]


def mark(generation, done):
    return f"@@kmodpp {generation} {'done' if done else 'begins'}\n".encode().ljust(PAGE, b"\0")


def steps(lab, mode, options):
    databases = f"/mnt/lib/modules/{lab.release}"
    digests = f"cd {databases} && sha256sum $(ls -d modules.* | grep -v -x -e {' -e '.join(INPUTS)})"
    made = ["insmod /boot.ko/" + name for name in lab.boot_modules]
    made.append(f"mount -t ext4 -o data={mode},commit={options.commit} /dev/vda /mnt")
    if options.storm:
        made.append("(while :; do sync; done) >/dev/null 2>&1 &")
    made.append(digests)
    for generation, module in enumerate(ADDED, 1):
        def write_mark(done, generation=generation):
            text = mark(generation, done).rstrip(b"\0\n").decode()
            return (f"{{ echo '{text}'; cat /zeros; }} | dd of=/dev/vda bs={PAGE} count=1 "
                    f"seek={FILE_SYSTEM // PAGE} iflag=fullblock oflag=direct conv=notrunc 2>/dev/null")
        made += [f"mv /mnt/spare/{module}.ko {databases}/kernel/ && sync",
                 f"{write_mark(False)} && depmod -b /mnt {lab.release} && {write_mark(True)}",
                 "sleep 1.5", digests]
    return made


def take_boot_modules(lab, directory):
    """Modules that the kernel needs for QEMU's ext4 disk, in load order."""
    needed = Lab(lab.tools, lab.kernel, directory / "boot")
    needed.add_modules(["virtio_pci", "virtio_blk", "ext4", "crc32c_generic"])
    subprocess.run([needed.tools / "depmod", "-b", needed.root, needed.release], check=True)
    lab.boot_modules = []
    for name in ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4"):
        plan = subprocess.run([needed.tools / "modprobe", "-d", needed.root, "-S", needed.release,
                               "-D", name], check=True, capture_output=True, text=True).stdout
        for path in re.findall(r"^insmod (\S+)", plan, re.M):
            target = lab.place("/boot.ko/" + pathlib.Path(path).name)
            if not target.exists():
                target.write_bytes(pathlib.Path(path).read_bytes())
                lab.boot_modules.append(target.name)


class Recorded:
    """One boot: its log, and its sets of databases, oldest first."""

    def __init__(self, options, kernel, directory, mode, debian):
        directory.mkdir()
        lab = Lab(options.tools, kernel, directory, debian)
        lab.add_applets("sha256sum", "sync")
        take_boot_modules(lab, directory)
        lab.place("/zeros").write_bytes(bytes(PAGE))
        lab.cores = 2 if options.storm else 1
        self.disk = Disk(lab, directory)
        self.base = self.disk.path.read_bytes()
        lab.devices = self.disk.devices()
        results = lab.run(steps(lab, mode, options), "no_timer_check", seconds=240)
        for line, output, status in results:
            if status != 0:
                sys.exit(f"in the machine: {line}\n{output}status {status}\n{lab.last_words()}")
        self.sets = [dict(reversed(row.split("  ")) for row in output.splitlines())
                     for line, output, _ in results if "sha256sum" in line]
        assert len(self.sets) == GENERATIONS + 1
        self.log = WriteLog(self.disk.log)
        self.place = self.disk.place
        self.moments = list(self._moments())

    def _moments(self):
        """(entry, generation, done) of each mark."""
        for i, entry in enumerate(self.log.entries):
            if entry.writes and entry.sector * self.log.sector == FILE_SYSTEM:
                text = self.log.contents(entry)[:PAGE].rstrip(b"\0\n").decode()
                _, generation, what = text.split()
                yield i, int(generation), what == "done"

    def some_moment(self, chance):
        """Chooses moments, most of them while depmod runs, all after its first start."""
        begins = [i for i, _, done in self.moments if not done]
        ends = [i for i, _, done in self.moments if done]
        within = chance.randrange(len(begins))
        if chance.random() < 0.75:
            return chance.randrange(begins[within] + 1, ends[within] + 2)
        return chance.randrange(begins[0] + 1, len(self.log.entries) + 1)

    def allowed(self, end):
        """The permitted generations after a cut before entry `end`."""
        allowed = {0}
        for i, generation, done in self.moments:
            if i < end:
                allowed = {generation} if done else {generation - 1, generation}
        return allowed


def checked(path):
    """Replays the journal, and returns the defects of the file system."""
    subprocess.run(["/sbin/e2fsck", "-p", "-E", "journal_only", path], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    done = subprocess.run(["/sbin/e2fsck", "-f", "-n", path], capture_output=True, text=True,
                          check=False)
    return "" if done.returncode == 0 else done.stdout


def databases_on(path, place, scratch):
    """Returns {name: digest, or "empty"} of the databases on a disk, and the number of temporary
    files."""
    listing = subprocess.run(["/sbin/debugfs", "-R", f"ls -p /{place}", path], check=True,
                             capture_output=True, text=True).stdout
    names = [row.split("/")[5] for row in listing.splitlines() if row.count("/") >= 6]
    found = [name for name in names if name.startswith("modules.") and name not in INPUTS]
    commands = scratch / "commands"
    commands.write_text("".join(f'dump "/{place}/{name}" "{scratch / name}"\n' for name in found))
    subprocess.run(["/sbin/debugfs", "-f", commands, path], check=True, capture_output=True)
    digests = {}
    for name in found:
        data = (scratch / name).read_bytes()
        digests[name] = hashlib.sha256(data).hexdigest()
        if not data:
            digests[name] = "empty"
    return digests, sum(name.startswith(".modules.") for name in names)


EMPTY = hashlib.sha256(b"").hexdigest()


def judge(sets, allowed, found):
    """Classifies the result of a cut in a word."""
    known = [{name: "empty" if digest == EMPTY else digest for name, digest in each.items()}
             for each in sets]
    for generation, each in enumerate(known):
        if found == each:
            if generation in allowed:
                if len(allowed) == 1:
                    return "new, as required"
                return "new" if generation == max(allowed) else "old"
            return "older than required"
    if any(digest == "empty" and all(each.get(name) != "empty" for each in known)
           for name, digest in found.items()):
        return "empty files"
    if any(digest not in {each.get(name) for each in known} for name, digest in found.items()):
        return "files with unknown contents"
    names = {frozenset(known[generation]) for generation in allowed}
    if frozenset(found) in names and all(digest in [known[generation].get(name) for generation in allowed]
                                         for name, digest in found.items()):
        return MIXED
    return "a mixture of sets"


MIXED = "complete files of both sets"
WHOLE = ("old", "new", "new, as required")


def write_cut(recorded, path, end, chance, share):
    with open(path, "wb") as disk:
        disk.write(recorded.base)
        recorded.log.write(recorded.log.cut(end, chance, share), disk)


def verdict(recorded, end, trouble, found):
    """Returns (word, explanation) for a cut."""
    if trouble:
        return "file system damaged", f"before write {end}: {trouble[:500]}"
    allowed = recorded.allowed(end)
    word = judge(recorded.sets, allowed, found)
    generations = {name: [g for g, each in enumerate(recorded.sets) if each.get(name) == digest]
                   for name, digest in found.items()}
    return word, f"before write {end}, set {sorted(allowed)} expected: {generations}"


def judged_without_kernel(recorded, chosen, scratch):
    """Judges each cut with e2fsck and debugfs."""
    for number, (end, chance, share) in enumerate(chosen):
        work = scratch / f"cut-{number}"
        work.mkdir()
        write_cut(recorded, work / "disk", end, chance, share)
        trouble = checked(work / "disk")
        found = {} if trouble else databases_on(work / "disk", recorded.place, work)[0]
        yield verdict(recorded, end, trouble, found)
        subprocess.run(["rm", "-r", work], check=True)


def mounted(recorded, chosen, scratch, options, kernel, mode):
    """Judges each cut with a kernel that mounts the disks and runs depmod again."""
    directory = scratch / "mounting"
    directory.mkdir()
    lab = Lab(options.tools, kernel, directory)
    lab.add_applets("sha256sum")
    take_boot_modules(lab, directory)
    for some in in_boots(chosen):
        paths = [scratch / f"cut-{number}" for number in range(len(some))]
        for path, (end, chance, share) in zip(paths, some):
            write_cut(recorded, path, end, chance, share)
        for (end, _, _), each in zip(some, mount_each(lab, paths, mode, INPUTS, ADDED)):
            if not each.trouble and each.rebuilt != recorded.sets[each.added]:
                wanted = recorded.sets[each.added]
                yield "not repaired by another run of depmod", f"before write {end}, {each.added} modules added: " + \
                    ", ".join(sorted(name for name in {*wanted, *each.rebuilt}
                                     if wanted.get(name) != each.rebuilt.get(name)))
            else:
                yield verdict(recorded, end, each.trouble,
                              {name: "empty" if digest == EMPTY else digest
                               for name, digest in each.found.items()})
        for path in paths:
            path.unlink()


def cuts(recorded, options, mode):
    """Yields (entry before which to cut, random generator, share of unflushed writes) per cut."""
    for number in range(options.cuts):
        chance = random.Random(f"{options.seed} {mode} {number}")
        yield recorded.some_moment(chance), chance, None
    if options.every:
        for end in range(recorded.moments[0][0] + 1, len(recorded.log.entries) + 1):
            yield end, random.Random(end), 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--cuts", type=int, default=24, help="for each mode")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--modes", default="ordered")
    parser.add_argument("--commit", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("--storm", action="store_true")
    parser.add_argument("--mount", action="store_true")
    options = parser.parse_args()
    kernel = fetch_kernel()
    broken = 0
    for mode in options.modes.split(","):
        if mode not in MODES:
            parser.error(f"no mode '{mode}'; there are {', '.join(MODES)}")
        with tempfile.TemporaryDirectory(prefix="kmodpp-power-") as scratch:
            scratch = pathlib.Path(scratch)
            recorded = Recorded(options, kernel, scratch / "machine", mode, options.debian)
            flushes = sum(entry.flags & 1 for entry in recorded.log.entries)
            counts = collections.Counter()
            chosen = cuts(recorded, options, mode)
            verdicts = mounted(recorded, chosen, scratch, options, kernel, mode) if options.mount \
                else judged_without_kernel(recorded, chosen, scratch)
            for number, (word, explanation) in enumerate(verdicts):
                counts[word] += 1
                if word not in WHOLE and not options.debian and not (options.storm and word == MIXED):
                    broken += 1
                    print(f"{mode}, cut {number}: {word}; {explanation}")
        print(f"data={mode}: {len(recorded.log.entries)} writes and flushes ({flushes}), "
              f"{counts.total()} cuts: " +
              ", ".join(f"{count} {word}" for word, count in sorted(counts.items())), flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
