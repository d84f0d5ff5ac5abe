# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes small module trees from recipes (tests/support/module_recipe.hpp), runs both depmods on them,
and returns what they wrote."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

from lib.harness import REFERENCE
from lib.scratch import INPUTS

RELEASE = "6.1.0"
MODULES = "lib/modules/" + RELEASE
TEXTS = ("modules.dep", "modules.alias", "modules.softdep", "modules.symbols", "modules.devname")
INDEXES = ("modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
           "modules.builtin.alias.bin")
DATABASES = TEXTS + INDEXES + ("modules.weakdep",)
# The order of these lines does not matter: the reference prints them in hash order.
UNORDERED = ("modules.symbols",)
# In memory, because the disk is not what is tested.
SCRATCH = "/dev/shm" if os.path.isdir("/dev/shm") else None
# No run takes long: one that reaches this limit has hung.
SECONDS = 120

TOOLS = {"kmod": REFERENCE["depmod"]}  # main() adds "kmodpp" and "mkmodule"


class Outcome:
    """Output and files of a run; paths of the tree are shown as @ROOT@."""

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
    """Returns {name: bytes} of the files that depmod wrote."""
    return {path.name: path.read_bytes() for path in sorted(directory.glob("modules.*"))
            if path.name not in INPUTS and path.is_file()}


class Tree:
    """A root with a module directory, an empty configuration and the files of the kernel build.
    Modules are made at the next run, all at once."""

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
        """A path in the module directory; with a leading slash, in the root."""
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
        """Lists every module in modules.order, because the reference takes others in the order of
        the file system."""
        self.make()
        names = sorted(str(path.relative_to(self.directory)) for path in self.directory.rglob("*.ko*"))
        plain = [re.sub(r"\.(gz|xz|zst)$", "", name) for name in names]
        self.file("modules.order", "".join(name + "\n" for name in dict.fromkeys(plain)))

    def clean(self):
        for name in databases(self.directory):
            (self.directory / name).unlink()

    def run(self, *arguments, tool="kmodpp", before=(), out=None, **options):
        """Runs the tool with exactly these arguments; @ROOT@ is replaced by the root."""
        self.make()
        words = [*before, TOOLS[tool], *(str(a).replace("@ROOT@", str(self.root)) for a in arguments)]
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, cwd=self.root,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}, **options)
        return Outcome(self, done, out or self.directory)

    def depmod(self, *arguments, **options):
        return self.run("-b", self.root, "-C", self.conf, *arguments, RELEASE, **options)

    def both(self, *arguments, whole=False):
        """Returns the outcomes of (kmodpp, kmod), each on a tree without databases."""
        results = []
        for tool in ("kmodpp", "kmod"):
            self.clean()
            results.append(self.run(*arguments, tool=tool) if whole
                           else self.depmod(*arguments, tool=tool))
        return results


def comparable(name, content):
    """A normal form that is equal for equivalent files of that name."""
    if name in INDEXES:
        return index_entries(content)
    if name in UNORDERED:
        return sorted(content.splitlines())
    return content


def index_entries(content):
    """Returns [(key, [(priority, value)])] of an index in key order. The reference writes an index
    without entries as an empty file."""
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
