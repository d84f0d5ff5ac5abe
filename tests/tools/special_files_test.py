#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Replaces each file that the tools open with a FIFO, a directory, a socket, an endless device or a link to
itself. No call may wait for another process or die of a signal; a call that needs the file fails with
its name."""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import shutil
import socket
import stat
import sys
import tempfile
import threading

from bounded import call, make_root
from lib.harness import ENVIRONMENT

RELEASE = "6.1.0"
MODULES = f"lib/modules/{RELEASE}"
FILES = {
    f"{MODULES}/kernel/plain.ko.recipe": "info license=GPL\ninfo alias=fs-plain\nneed from_lib\n",
    f"{MODULES}/kernel/lib.ko.recipe": "info license=GPL\nexport from_lib\n",
    f"{MODULES}/modules.order": "kernel/lib.ko\nkernel/plain.ko\n",
    f"{MODULES}/modules.builtin": "kernel/fixed.ko\n",
    f"{MODULES}/modules.builtin.modinfo": "",
    "etc/modprobe.d/test.conf": "alias other plain\n",
    "etc/depmod.d/test.conf": "search updates built-in\n",
    "etc/kmodpp/kernel.conf": f"release {RELEASE}\n",
}


def make_socket(path):
    # A socket is bound relative to its directory, because its path must be short.
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(path.parent, os.O_PATH)
        try:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


def make_device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


KINDS = {
    "FIFO": os.mkfifo,
    "directory": os.mkdir,
    "socket": make_socket,
    "device": make_device,
    "loop": lambda path: path.symlink_to(path.name),
}
# {path in the root: the calls that need it}
PLACES = {
    "etc/modprobe.d": (),
    "etc/modprobe.d/test.conf": (),
    "etc/modprobe.d/other.conf": (),
    "etc/depmod.d/test.conf": (),
    "etc/kmodpp/kernel.conf": (),
    MODULES: ("depmod", "modprobe", "-D", "modinfo"),
    f"{MODULES}/kernel": ("modprobe", "modinfo"),
    f"{MODULES}/kernel/plain.ko": ("modprobe", "modinfo"),
    f"{MODULES}/kernel/lib.ko": (),
    f"{MODULES}/modules.dep": (),
    f"{MODULES}/modules.dep.bin": ("modprobe", "-D", "modinfo"),
    f"{MODULES}/modules.alias.bin": (),
    f"{MODULES}/modules.symbols.bin": (),
    f"{MODULES}/modules.builtin.bin": (),
    f"{MODULES}/modules.builtin.alias.bin": (),
    f"{MODULES}/modules.softdep": (),
    f"{MODULES}/modules.weakdep": (),
    f"{MODULES}/modules.order": (),
    f"{MODULES}/modules.builtin": (),
    f"{MODULES}/modules.builtin.modinfo": (),
    "proc/modules": (),
    "proc/cmdline": (),
    "proc/keys": (),
    "proc/sys/kernel/osrelease": (),
    "proc/sys/kernel/tainted": (),
    "sys/module/plain": (),
    "sys/module/lib/refcnt": (),
    "sys/module/.new": (),
    "var/log/kernel.log": (),
    f"boot/vmlinuz-{RELEASE}": (),
    "sys/firmware/efi/mok-variables/MokListRT": (),
    "sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f": (),
    "sys/firmware/efi/efivars/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f": (),
    "var/lib/dkms/mok.pub": (),
    "var/lib/shim-signed/mok/MOK.der": (),
}
# Files named on the command line; "@" is replaced by the path.
NAMED = {
    "insmod": ("insmod", "--simulate", "ROOT", "@"),
    "rmmod": ("rmmod", "--simulate", "ROOT", "@"),
    "modinfo": ("modinfo", "@"),
    "modinfo --verify": ("modinfo", "--verify", "@"),
    "modinfo --trust": ("modinfo", "-b", "ROOT", "-k", RELEASE, "--verify", "--trust", "@", "plain"),
    "modprobe": ("modprobe", "--simulate", "ROOT", "@"),
    "modprobe -d": ("modprobe", "-d", "@", "-S", RELEASE, "-n", "plain"),
    "modprobe -C": ("modprobe", "--simulate", "ROOT", "-C", "@", "-n", "plain"),
    "modprobe --trust": ("modprobe", "--simulate", "ROOT", "--require-signature", "--trust", "@", "plain"),
    "modprobe --simulate": ("modprobe", "--simulate", "@", "plain"),
    "modprobe --show-modversions": ("modprobe", "--show-modversions", "@"),
    "modprobe --show-exports": ("modprobe", "--show-exports", "@"),
    "depmod FILE": ("depmod", "-b", "ROOT", RELEASE, "@"),
    "depmod -b": ("depmod", "-b", "@", RELEASE),
    "depmod -o": ("depmod", "-b", "ROOT", "-o", "@", RELEASE),
    "depmod -C": ("depmod", "-b", "ROOT", "-C", "@", RELEASE),
    "depmod -E": ("depmod", "-b", "ROOT", "-e", "-E", "@", RELEASE),
    "depmod -F": ("depmod", "-b", "ROOT", "-e", "-F", "@", RELEASE),
    "depmod --cache": ("depmod", "-b", "ROOT", "--cache=@", RELEASE),
}
# Combinations that may succeed: not a configuration file, an empty tree, a place to write to.
MAY_SUCCEED = {
    "modprobe -C", "depmod -C", "depmod --cache", "depmod -o", "depmod -b",
    "modprobe --simulate", "depmod FILE"}


class Special:
    def __init__(self, tools, root, scratch):
        self.tools = tools
        self.root = root
        self.scratch = scratch
        self.counts = collections.Counter()
        self.broken = []

    def calls(self, root):
        """The calls of all tools, in an order in which they succeed."""
        simulated = ("--simulate", root)
        return {
            "depmod": ("depmod", "-C", root / "etc/depmod.d", "-b", root, RELEASE),
            "-D": ("modprobe", *simulated, "-D", "plain"),
            "modinfo": ("modinfo", "-b", root, "-k", RELEASE, "plain"),
            "check": ("modprobe", *simulated, "--check-config"),
            "verify": ("modinfo", "-b", root, "-k", RELEASE, "--verify", "plain"),
            "modprobe": ("modprobe", *simulated, "plain"),
            "lsmod": ("lsmod", *simulated),
            "remove": ("modprobe", *simulated, "-r", "plain"),
        }

    def run(self, label, words, statuses, mention=None):
        ended = call([str(self.tools / words[0]), *map(str, words[1:])], ENVIRONMENT, self.scratch)
        self.counts["calls"] += 1
        trouble = ended.trouble
        if not trouble and ended.status not in statuses:
            trouble = f"exit {ended.status}, {ended.err[:300]!r}"
        if not trouble and ended.status != 0 and mention and mention.encode() not in ended.err:
            trouble = f"does not name {mention}: {ended.err[:300]!r}"
        if not trouble and any(not line.startswith(f"{words[0]}: ".encode())
                               for line in ended.err.splitlines()):
            trouble = f"not a message: {ended.err[:300]!r}"
        if trouble:
            self.broken.append(f"{label}: {trouble}")

    def place(self, place, needed, kind):
        root = self.scratch / f"{place.replace('/', '_')}-{kind}"
        shutil.copytree(self.root, root)
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        for way, words in self.calls(root).items():
            # Replaced before each call, because the previous call may have changed it.
            if path.is_symlink() or path.exists():
                (shutil.rmtree if path.is_dir() and not path.is_symlink() else os.unlink)(path)
            KINDS[kind](path)
            # Some paths are directories anyway, and depmod creates missing ones.
            must_fail = way in needed and not (kind == "directory" and path.name in
                                               ("kernel", "plain", RELEASE))
            self.run(f"{way}, {place} is a {kind}", words, (1,) if must_fail else (0, 1))
        shutil.rmtree(root)

    def named(self, way, words, kind):
        root = self.scratch / f"named-{way.replace(' ', '_').replace('/', '_')}-{kind}"
        shutil.copytree(self.root, root)
        path = root / "named.ko"
        KINDS[kind](path)
        words = [str(word).replace("ROOT", str(root)).replace("@", str(path)) for word in words]
        statuses = (0, 1) if way in MAY_SUCCEED else (1,)
        # A directory without certificates or modules has another message.
        self.run(f"{way} {kind}", words, statuses, None if way.startswith("rmmod") else "named")
        shutil.rmtree(root)

    def late_writer(self):
        """A FIFO that gets a writer while depmod waits is read to its end."""
        path = self.scratch / "late"
        os.mkfifo(path)

        def write():
            with open(path, "w") as out:
                for number in range(20_000):
                    out.write(f"0x00000000\tsymbol_{number}\tvmlinux\tEXPORT_SYMBOL\n")

        thread = threading.Timer(0.5, write)
        thread.start()
        self.run("a late writer", ("depmod", "-n", "-e", "-b", self.root, "-E", path, RELEASE), (0,))
        thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-special-") as scratch:
        scratch = pathlib.Path(scratch).resolve()
        root = scratch / "root"
        make_root(options, root, FILES, RELEASE)
        special = Special(options.tools.resolve(), root, scratch)
        for way, words in special.calls(root).items():
            special.run(f"{way}, all in order", words, (0, 1) if way in ("verify", "check") else (0,))
        shutil.rmtree(root / "sys")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(special.named, way, words, kind)
                    for kind in KINDS for way, words in NAMED.items()]
            jobs += [pool.submit(special.place, place, needed, kind)
                     for kind in KINDS for place, needed in PLACES.items()]
            for job in jobs:
                job.result()
        special.late_writer()
    for text in special.broken[:40]:
        print(text)
    print(f"{special.counts['calls']} calls, {len(special.broken)} wrong")
    return 1 if special.broken or special.counts["calls"] < 1200 else 0


if __name__ == "__main__":
    sys.exit(main())
