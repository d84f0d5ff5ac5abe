# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tools on damaged modules among valid ones: no tool may crash, every message must name its file,
and the results for the valid modules must be those of Debian's tools without the damaged ones."""

import os
import random
import struct
import subprocess
import sys

from lib.comparison import without_additions
from lib.harness import REFERENCE, Test, module_name, run

GOOD = ("fs/ext4/ext4.ko", "net/netfilter/nf_tables.ko", "sound/pci/hda/snd-hda-intel.ko")
# Exports nothing, so its copies do not affect dependencies.
VICTIM = "fs/minix/minix.ko"
FLIPS = 60


def truncations(data):
    # A cut before the end of the section table makes the module unreadable; after it, only the
    # signature is lost.
    for size in (0, 1, 4, 16, 63, 64, 65, len(data) // 2, len(data) - 1, len(data) - 30):
        yield f"cut_{size}", data[:size]


def header_values(data):
    """Sets every field of the 64-byte ELF header to a hostile value."""
    for offset, form in ((4, "B"), (5, "B"), (16, "H"), (18, "H"), (40, "Q"), (58, "H"), (60, "H"), (62, "H")):
        for value in (0, 0xFF, 2 ** (8 * struct.calcsize(form)) - 1):
            changed = bytearray(data)
            struct.pack_into("<" + form, changed, offset, value & (2 ** (8 * struct.calcsize(form)) - 1))
            yield f"header_{offset}_{value:x}", bytes(changed)


def flips(data):
    rng = random.Random(7)
    table = struct.unpack_from("<Q", data, 40)[0]
    for i in range(FLIPS):
        changed = bytearray(data)
        # Half of the changes are in the section table, where they matter most.
        at = rng.randrange(table, len(data)) if i % 2 else rng.randrange(len(data))
        changed[at] ^= 1 << rng.randrange(8)
        yield f"flip_{i}", bytes(changed)


def compressed(data):
    for suffix, command in ((".xz", ["xz", "-0", "-c"]), (".zst", ["zstd", "-q", "-c"]), (".gz", ["gzip", "-c"])):
        packed = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
        yield suffix, "half_" + suffix[1:], packed[:len(packed) // 2]
        yield suffix, "text_" + suffix[1:], b"no module at all\n" * 10
        yield suffix, "empty_" + suffix[1:], b""


def plant(test, root):
    """Fills a directory with damaged modules. Returns {path: whether it must be rejected}."""
    data = (test.modules / "kernel" / VICTIM).read_bytes()
    bad = test.directory(root) / "kernel" / "bad"
    bad.mkdir()
    planted = {}

    def put(name, content, suffix="", surely=True):
        path = bad / (name + ".ko" + suffix)
        path.write_bytes(content)
        planted[path] = surely

    for name, content in truncations(data):
        # One lacks a part of the section table, the others a part of the signature.
        put(name, content, surely=len(content) <= len(data) // 2)
    for name, content in header_values(data):
        put(name, content, surely=False)
    for name, content in flips(data):
        put(name, content, surely=False)
    for suffix, name, content in compressed(data):
        put(name, content, suffix)
    put("text", b"#!/bin/sh\nexit 0\n")
    put("zeros", bytes(5000))
    (bad / "directory.ko").mkdir()
    os.symlink("nowhere", bad / "dangling.ko")
    os.symlink("loop.ko", bad / "loop.ko")
    return planted


def sane(test, label, done):
    """Checks for an exit status of 0 or 1, and for no sanitizer report."""
    test.count("calls that end normally")
    if done.returncode not in (0, 1) or b"Sanitizer" in done.stderr or b"Assertion" in done.stderr:
        test.differ(f"{label}: exit {done.returncode}: {done.stderr.decode(errors='replace')[:500]}")


def databases(directory, chosen):
    """The lines about valid modules."""
    wanted = {module_name(path) for path in chosen}
    lines = []
    for name in ("modules.dep", "modules.alias", "modules.softdep", "modules.symbols"):
        for line in (directory / name).read_text(errors="surrogateescape").splitlines():
            owner = module_name(line.split(":")[0]) if name == "modules.dep" else line.rpartition(" ")[2]
            if name == "modules.softdep":
                owner = line.split(" ")[1]
            if owner in wanted:
                lines.append(f"{name}: {line}")
    return "\n".join(sorted(lines))


def good_modules(test):
    """The chosen modules and their dependencies, without the victim."""
    root = test.copy_tree("whole")
    test.depmod(REFERENCE["depmod"], root)
    chosen = set()
    for line in (test.directory(root) / "modules.dep").read_text().splitlines():
        path, _, needed = line.partition(":")
        if path.removeprefix("kernel/") in GOOD:
            chosen |= {path, *needed.split()}
    return sorted(chosen)


def compare_modinfo(test, good, damaged):
    """A damaged file between two valid ones does not affect them."""
    # The reference prints a file's name before it reads the file.
    name_line = f"filename:       {damaged}\n".encode()
    for before, after in zip(good, good[1:]):
        ours, theirs = (run([program, before, damaged, after])
                        for program in (test.ours("modinfo"), REFERENCE["modinfo"]))
        test.compare("modinfo of good modules", without_additions(ours.stdout).replace(name_line, b""),
                     theirs.stdout.replace(name_line, b""), f"modinfo {before} {damaged} {after}")
        test.compare("exit statuses", str(ours.returncode), str(theirs.returncode), "modinfo, one damaged")


def main():
    with Test(__doc__) as test:
        chosen = good_modules(test)
        root = test.copy_tree("root", chosen)
        planted = plant(test, root)
        directory = test.directory(root)
        test.count("damaged files", len(planted))

        done = run([test.ours("depmod"), "-b", root, test.release])
        sane(test, "depmod", done)
        test.compare("exit statuses", str(done.returncode), "0", "depmod with damaged modules")
        ours = databases(directory, chosen)
        messages = done.stderr.decode(errors="replace")
        for path, surely in planted.items():
            if surely:
                test.count("damaged files named by depmod")
                if path.name not in messages:
                    test.differ(f"depmod does not name {path.name}")
        strict = run([test.ours("depmod"), "--strict", "-b", root, test.release])
        test.compare("exit statuses", str(strict.returncode), "1", "depmod --strict with damaged modules")

        # Without the damaged modules, because an assertion of the reference fails on some.
        clean = test.copy_tree("clean", chosen)
        test.depmod(REFERENCE["depmod"], clean)
        theirs = databases(test.directory(clean), chosen)
        test.count("lines about good modules", theirs.count("\n") + 1)
        test.compare("databases of the good modules", ours, theirs, "good modules")

        for path, surely in planted.items():
            done = run([test.ours("modinfo"), path])
            sane(test, f"modinfo {path.name}", done)
            if surely:
                test.compare("exit statuses", str(done.returncode), "1", f"modinfo {path.name}")
            if done.returncode == 1:
                test.count("messages of modinfo")
                if path.name.encode() not in done.stderr:
                    test.differ(f"modinfo does not name {path.name}: {done.stderr.decode(errors='replace')}")
            sane(test, f"modprobe {path.name}",
                 run([test.ours("modprobe"), "--simulate", root, "-S", test.release, str(path)]))
        compare_modinfo(test, [directory / path for path in chosen], next(iter(planted)))


if __name__ == "__main__":
    sys.exit(main())
