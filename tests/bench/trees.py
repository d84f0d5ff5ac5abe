# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the module trees for depmod's benchmark once, in build/bench: Debian's kernel package plain and
compressed as the kernel's `make modules_install` does it, and trees with several renamed copies."""

import os
import pathlib
import shutil
import subprocess
import sys

from lib.harness import MODULE_SUFFIXES, REPOSITORY, fetch_kernel
from lib.scratch import INPUTS
from copies import copied_path, make_copies

STORE = REPOSITORY / "build" / "bench"
SIDES = ("kmodpp", "kmod")
COMPRESSORS = {
    "plain": None,
    "zst": ["zstd", "-T1", "--rm", "-f", "-q"],
    "gz": ["gzip", "-n", "-f"],
    "xz": ["xz", "--check=crc32", "--lzma2=dict=1MiB", "-f"],
}
COPIES = {"1x": 1, "5x": 5, "10x": 10}
NAMES = (*COMPRESSORS, *COPIES)
BATCH = 20  # modules for one call of a compressor
# The module added in "one module added": a common driver that no other module depends on.
SPECIMEN = "e1000e.ko"
ADDED_DIRECTORY = "updates/dkms"


class Tree:
    """A module tree with one copy per side, each with its own databases. The modules are hard links
    to the same files."""

    def __init__(self, name, release, path):
        self.name = name
        self.release = release
        self.path = path

    def root(self, side):
        return self.path / side

    def directory(self, side):
        return self.root(side) / "lib/modules" / self.release

    def module_count(self):
        return len(module_paths(self.directory(SIDES[0])))

    def cache(self):
        return self.path / "cache"

    def remove_databases(self, side):
        for path in self.directory(side).glob("modules.*"):
            if path.name not in INPUTS:
                path.unlink()

    def listed(self, side):
        """The number of modules in the database that the side's depmod wrote."""
        return (self.directory(side) / "modules.dep").read_bytes().count(b"\n")

    def remove_added(self, side):
        for path in (self.directory(side) / ADDED_DIRECTORY).iterdir():
            path.unlink()

    @staticmethod
    def specimen(directory):
        return next((directory / "kernel").rglob(f"*{SPECIMEN}*"))

    def touch_module(self):
        """Of both sides: their files are the same."""
        os.utime(self.specimen(self.directory(SIDES[0])))

    def add_module(self, side):
        directory = self.directory(side)
        specimen = self.specimen(directory)
        shutil.copy(specimen, directory / ADDED_DIRECTORY / f"added_{specimen.name}")


def module_paths(directory):
    """All modules in `directory`, sorted."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.ko*")
                  if path.name.endswith(MODULE_SUFFIXES))


def link_modules(source, target):
    for path in module_paths(source):
        link = target / path
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(source / path, link)


class Trees:
    """Makes the missing trees. `kernel`: a directory that contains lib/modules."""

    def __init__(self, kernel=None):
        kernel = pathlib.Path(kernel or fetch_kernel()).resolve()
        self.release = sorted(os.listdir(kernel / "lib/modules"))[-1]
        self.source = kernel / "lib/modules" / self.release
        self.paths = module_paths(self.source)
        if not all(path.endswith(".ko") for path in self.paths):
            sys.exit(f"{self.source}: its modules are already compressed")
        self.store = STORE / self.release

    def get(self, name):
        tree = Tree(name, self.release, self.store / name)
        if not tree.path.exists():
            print(f"making {tree.path}", file=sys.stderr, flush=True)
            unfinished = self.fresh(f"{name}.new")
            order = self.link_copies(unfinished, COPIES[name]) if name in COPIES \
                else self.compress(unfinished, COMPRESSORS[name])
            for side in SIDES:
                self.finish(Tree(name, self.release, unfinished).directory(side), order)
            unfinished.rename(tree.path)
        return tree

    def fresh(self, name):
        path = self.store / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def finish(self, directory, order):
        (directory / ADDED_DIRECTORY).mkdir(parents=True)
        for name in INPUTS[1:]:
            if (self.source / name).exists():
                shutil.copy(self.source / name, directory / name)
        (directory / INPUTS[0]).write_text("".join(line + "\n" for line in order), encoding="utf-8")

    def order(self):
        return (self.source / INPUTS[0]).read_text(encoding="utf-8").split()

    def compress(self, path, compressor):
        ours, theirs = (Tree("", self.release, path).directory(side) for side in SIDES)
        for module in self.paths:
            target = ours / module
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.source / module, target)
        if compressor:
            files = "\0".join(str(ours / module) for module in self.paths)
            subprocess.run(["xargs", "-0", f"-P{os.cpu_count()}", f"-n{BATCH}", *compressor],
                           input=files.encode(), check=True)
        link_modules(ours, theirs)
        return self.order()

    def link_copies(self, path, count):
        missing = [n for n in range(count) if not (self.store / "copies" / f"copy{n}").exists()]
        if missing:
            made = self.fresh("copies.new")
            make_copies(self.source, made, self.paths, missing)
            (self.store / "copies").mkdir(exist_ok=True)
            for copy in made.iterdir():
                copy.rename(self.store / "copies" / copy.name)
        for number in range(count):
            for side in SIDES:
                link_modules(self.store / "copies" / f"copy{number}",
                             Tree("", self.release, path).directory(side))
        return [copied_path(line, number) for number in range(count) for line in self.order()]
