# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small module trees made from recipes (tests/support/module_recipe.hpp), runs of both depmods
over them, and what they wrote."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

from common import INPUTS, REFERENCE

RELEASE = "6.1.0"
MODULES = "lib/modules/" + RELEASE
TEXTS = ("modules.dep", "modules.alias", "modules.softdep", "modules.symbols", "modules.devname")
INDEXES = ("modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
           "modules.builtin.alias.bin")
DATABASES = TEXTS + INDEXES + ("modules.weakdep",)
# The reference hashes symbols: the order of its lines means nothing.
UNORDERED = ("modules.symbols",)
# In memory: what is tried here many times is not the disk.
SCRATCH = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Nothing here takes long; whoever needs this has lost its way.
SECONDS = 120

TOOLS = {"kmod": REFERENCE["depmod"]}  # main() adds "kmodpp" and "mkmodule"


class Outcome:
    """What a run said and left behind; paths of the tree as @ROOT@."""

    def __init__(self, tree, done, directory):
        def shown(text):
            return text.decode(errors="backslashreplace").replace(str(tree.root), "@ROOT@")
        self.status = done.returncode
        self.out = shown(done.stdout)
        self.err = shown(done.stderr)
        self.files = databases(directory)

    def text(self, name):
        return self.files[name].decode(errors="backslashreplace")

    @property
    def dep(self):
        return self.text("modules.dep")


def databases(directory):
    """name -> bytes of the files that depmod made."""
    return {path.name: path.read_bytes() for path in sorted(directory.glob("modules.*"))
            if path.name not in INPUTS and path.is_file()}


class Tree:
    """A root with a module directory, an empty configuration and the files that the kernel's
    build leaves there. Modules are made at the next run, all at once."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="depmod-", dir=SCRATCH)).resolve()
        self.directory = self.root / MODULES
        self.directory.mkdir(parents=True)
        for name in INPUTS:
            (self.directory / name).touch()
        self.conf = self.root / "conf"
        self.conf.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def path(self, name):
        """Of the module directory; of the root with a leading slash."""
        return self.root / name[1:] if name.startswith("/") else self.directory / name

    def file(self, name, content=""):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def module(self, name, *lines):
        self.file(name + ".recipe", "".join(line + "\n" for line in lines))

    def modules(self, recipes):
        for name, lines in recipes.items():
            self.module(name, *lines)

    def link(self, name, target):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def config(self, text):
        (self.conf / "test.conf").write_text(text)

    def make(self):
        subprocess.run([TOOLS["mkmodule"], "tree", self.root], check=True)

    def order_all(self):
        """Lists every module in modules.order: the reference takes the rest as the file system
        happens to have them."""
        self.make()
        names = sorted(str(path.relative_to(self.directory)) for path in self.directory.rglob("*.ko*"))
        plain = [re.sub(r"\.(gz|xz|zst)$", "", name) for name in names]
        self.file("modules.order", "".join(name + "\n" for name in dict.fromkeys(plain)))

    def clean(self):
        for name in databases(self.directory):
            (self.directory / name).unlink()

    def run(self, *arguments, tool="kmodpp", before=(), out=None, **options):
        """The tool with just these arguments; @ROOT@ stands for the root in them."""
        self.make()
        words = [*before, TOOLS[tool], *(str(a).replace("@ROOT@", str(self.root)) for a in arguments)]
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, cwd=self.root,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}, **options)
        return Outcome(self, done, out or self.directory)

    def depmod(self, *arguments, **options):
        return self.run("-b", self.root, "-C", self.conf, *arguments, RELEASE, **options)

    def both(self, *arguments, whole=False):
        """(kmodpp's, kmod's) outcome, each over a tree without databases."""
        results = []
        for tool in ("kmodpp", "kmod"):
            self.clean()
            results.append(self.run(*arguments, tool=tool) if whole
                           else self.depmod(*arguments, tool=tool))
        return results


def comparable(name, content):
    """Equal for two files of that name that say the same."""
    if name in INDEXES:
        return index_entries(content)
    if name in UNORDERED:
        return sorted(content.splitlines())
    return content


def index_entries(content):
    """[(key, [(priority, value)])] of an index, in the order of its keys. The reference leaves
    one without entries empty."""
    if not content:
        return []
    magic, version, root = struct.unpack_from(">III", content)
    if (magic, version) != (0xB007F457, 0x00020001):
        raise ValueError(f"header {magic:x} {version:x}")
    entries = []

    def text(at):
        end = content.index(b"\0", at)
        return content[at:end], end + 1

    def visit(offset, key):
        at = offset & 0x0FFFFFFF
        if offset & 0x80000000:
            prefix, at = text(at)
            key += prefix
        children = []
        if offset & 0x20000000:
            first, last = content[at], content[at + 1]
            at += 2
            for byte in range(first, last + 1):
                (child,) = struct.unpack_from(">I", content, at)
                at += 4
                if child:
                    children.append((byte, child))
        if offset & 0x40000000:
            (count,) = struct.unpack_from(">I", content, at)
            at += 4
            values = []
            for _ in range(count):
                (priority,) = struct.unpack_from(">I", content, at)
                value, at = text(at + 4)
                values.append((priority, value))
            entries.append((key, values))
        for byte, child in children:
            visit(child, key + bytes([byte]))

    visit(root, b"")
    return entries
