# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares depmod with and without a cache over random edits of a tree: files, messages and exit status
must be the same for any number of threads, and hardly any unchanged module may be read again."""

import json
import os
import random
import shutil
import subprocess
import sys
import time

from lib.harness import Test, run

EDITS = 100
PART = 300
# Number of files that depmod may open after an edit: the edited files, and those changed so recently
# that the previous run could not cache them.
OPENED = 8
DATABASES = ("modules.dep", "modules.dep.bin", "modules.alias", "modules.alias.bin",
             "modules.softdep", "modules.weakdep", "modules.symbols", "modules.symbols.bin",
             "modules.builtin.bin", "modules.builtin.alias.bin", "modules.devname")
CONFIGURATIONS = ("", "search updates built-in\n", "search kernel/fs built-in updates\n",
                  "exclude net\n", "override ext4 * updates\nsearch built-in\n",
                  "exclude sound\nsearch extra updates built-in\n")


class Tree:
    """The tree under edit, its configuration and its cache."""

    def __init__(self, test):
        self.test = test
        self.random = random.Random(20)
        self.all = test.module_files()
        paths = self.all[:: max(1, len(self.all) // PART)]
        self.root = test.scratch / "tree"
        self.directory = test.directory(self.root)
        for path in paths:
            self.put(path, path)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(test.modules / name, self.directory / name)
        self.config = self.root / "depmod.conf"
        self.config.write_text("")
        self.cache = test.scratch / "cache"
        self.cold = test.scratch / "cold"
        self.remembers = True

    def put(self, path, source):
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.test.modules / source, target)

    def modules(self):
        found = []
        for directory, _, files in os.walk(self.directory):
            found += [os.path.relpath(os.path.join(directory, name), self.directory)
                      for name in files if ".ko" in name]
        return sorted(found)

    def some_module(self):
        return self.random.choice(self.modules())

    def some_source(self):
        return self.random.choice(self.all)


def add(tree):
    source = tree.some_source()
    tree.put(source, source)


def add_preferred(tree):
    tree.put("updates/" + os.path.basename(tree.some_module()), tree.some_source())


def remove(tree):
    (tree.directory / tree.some_module()).unlink()


def replace_by_rename(tree):
    target = tree.directory / tree.some_module()
    other = target.with_name("other")
    shutil.copy2(tree.test.modules / tree.some_source(), other)
    os.rename(other, target)


def replace_in_place(tree):
    target = tree.directory / tree.some_module()
    target.write_bytes((tree.test.modules / tree.some_source()).read_bytes())


def replace_same_size_and_time(tree):
    """Changes that keep size and mtime, so that only ctime differs."""
    target = tree.directory / tree.some_module()
    status = target.stat()
    data = bytearray(target.read_bytes())
    at = data.find(b"alias=")
    if at >= 0:
        data[at + 6] ^= 1
    target.write_bytes(data)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def rename(tree):
    source = tree.directory / tree.some_module()
    source.rename(source.with_name(f"renamed_{tree.random.randrange(1000)}.ko"))


def touch(tree):
    os.utime(tree.directory / tree.some_module())


def touch_back(tree):
    os.utime(tree.directory / tree.some_module(), (1, 1))


def compress(tree):
    path = tree.directory / tree.some_module()
    if path.suffix == ".ko":
        subprocess.run(["xz", "-0", "--check=crc32", "-f", path], check=True)


def damage(tree):
    path = tree.directory / tree.some_module()
    path.write_bytes(path.read_bytes()[: tree.random.randrange(3000)])


def link(tree):
    path = tree.directory / "weak-updates" / f"link_{tree.random.randrange(1000)}.ko"
    path.parent.mkdir(exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(os.path.join("..", tree.some_module()))


def move_directory(tree):
    old, new = tree.directory / "kernel/fs", tree.directory / "extra/fs"
    if new.exists():
        old, new = new, old
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.exists() and not new.exists():
        old.rename(new)


def configure(tree):
    tree.config.write_text(tree.random.choice(CONFIGURATIONS))


def reorder(tree):
    path = tree.directory / "modules.order"
    lines = path.read_text().splitlines()
    tree.random.shuffle(lines)
    path.write_text("\n".join(lines[tree.random.randrange(20):]) + "\n")


def change_builtin(tree):
    with open(tree.directory / "modules.builtin", "a", encoding="ascii") as file:
        file.write(f"kernel/more{tree.random.randrange(1000)}.ko\n")


def change_builtin_modinfo(tree):
    with open(tree.directory / "modules.builtin.modinfo", "ab") as file:
        file.write(b"more.alias=more:%d\0" % tree.random.randrange(1000))


def lose_database(tree):
    (tree.directory / tree.random.choice(DATABASES)).unlink()


def spoil_database(tree):
    with open(tree.directory / tree.random.choice(DATABASES), "ab") as file:
        file.write(b"junk")


def spoil_cache(tree):
    if not tree.cache.exists():
        return
    data = bytearray(tree.cache.read_bytes())
    # Without its first bytes the file would not be recognised as a cache and be left alone.
    data[tree.random.randrange(8, len(data))] ^= 1 << tree.random.randrange(8)
    tree.cache.write_bytes(data[: tree.random.choice((len(data), len(data) // 2, 10, 0))])


def open_cache(tree):
    if tree.cache.exists():
        tree.cache.chmod(0o666)


def lose_cache(tree):
    tree.cache.unlink(missing_ok=True)


def nothing(tree):
    pass


# Edits that change only a few modules.
SMALL = (add, add_preferred, remove, replace_by_rename, replace_in_place, replace_same_size_and_time,
         rename, touch, touch_back, compress, damage, link, reorder, change_builtin,
         change_builtin_modinfo, lose_database, spoil_database, nothing)
LARGE = (move_directory, configure, spoil_cache, open_cache, lose_cache)


def databases(directory):
    return {name: (directory / name).read_bytes() for name in DATABASES}


def depmod(tree, *options):
    return run([tree.test.ours("depmod"), "-b", tree.root, "-C", tree.config, *options,
                tree.test.release])


def compare(tree, label, edit, quick):
    test = tree.test
    shutil.rmtree(tree.cold, ignore_errors=True)
    jobs = tree.random.choice(("1", "2", "7"))
    cold = depmod(tree, "--cache=off", "--no-sync", "--jobs", jobs, "-o", tree.cold)
    options = ["-A"] if quick else []
    warm = depmod(tree, "--cache", tree.cache, "--no-sync", "--statistics=json", *options)
    report = json.loads(warm.stdout)
    test.compare("exit statuses", b"%d" % warm.returncode, b"%d" % cold.returncode, label)
    # -A prints nothing if there is nothing to do.
    if not report["up_to_date"] or not quick:
        test.compare("messages", warm.stderr, cold.stderr, label)
    ours, theirs = databases(tree.directory), databases(test.directory(tree.cold))
    for name in DATABASES:
        test.compare("databases", ours[name], theirs[name], f"{label}: {name}")
    opened = report["modules"] - report["cached_modules"] - report["unreadable_modules"]
    # Without a cache, -A can still find that there is nothing to do, and does not create one.
    if edit in SMALL and tree.remembers and opened > OPENED:
        test.differ(f"{label}: opened {opened} modules")
    tree.remembers = tree.cache.exists()
    test.count("edits")


def check_silence(tree):
    """Nothing is left to do after recently changed modules have been read again."""
    time.sleep(0.15)
    depmod(tree, "--cache", tree.cache, "--no-sync")
    report = json.loads(depmod(tree, "--cache", tree.cache, "--statistics=json", "-A").stdout)
    if report["unreadable_modules"] == 0:
        tree.test.count("runs that found nothing to do")
        if not report["up_to_date"] or report["cached_modules"] != report["modules"]:
            tree.test.differ(f"not up to date: {report}")


def main():
    with Test(__doc__) as test:
        tree = Tree(test)
        depmod(tree, "--cache", tree.cache, "--no-sync")
        time.sleep(0.15)
        depmod(tree, "--cache", tree.cache, "--no-sync")
        check_silence(tree)
        edits = list(SMALL + LARGE)
        for number in range(EDITS):
            edit = edits[number] if number < len(edits) else tree.random.choice(edits)
            edit(tree)
            quick = number % 3 == 2
            label = f"edit {number}, {edit.__name__}{', -A' if quick else ''}"
            compare(tree, label, edit, quick)
        # Damaged modules are read and reported each time.
        for path in tree.modules():
            if (tree.directory / path).stat().st_size < 3000:
                (tree.directory / path).unlink()
        check_silence(tree)


if __name__ == "__main__":
    sys.exit(main())
