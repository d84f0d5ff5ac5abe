# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the tools on compressed modules: .ko.xz and .ko.zst with Debian's tools on the same tree,
.ko.gz, which Debian's cannot read, with Debian's tools on the uncompressed tree.

Uses a part of the kernel by default, with all dependencies; --whole uses all of it."""

import concurrent.futures
import os
import subprocess
import sys

from lib.comparison import without_additions
from lib.harness import REFERENCE, Test, module_name, run, run_each
from lib.scratch import INPUTS
from depmod_test import TEXTS, lines_after_header

COMPRESSORS = {".xz": ["xz", "-0", "--check=crc32"], ".zst": ["zstd", "-q", "-1"], ".gz": ["gzip", "-n", "-1"]}
PART = 400


def part_of(test):
    """Paths of modules from all parts of the tree, with their dependencies."""
    root = test.copy_tree("whole")
    test.depmod(REFERENCE["depmod"], root)
    needs = {}
    for line in (test.directory(root) / "modules.dep").read_text().splitlines():
        path, _, needed = line.partition(":")
        needs[path] = needed.split()
    if test.options.whole:
        return sorted(needs)
    chosen = set()
    # 61 usually has no common divisor with the number of modules in a directory.
    paths = sorted(needs)
    for i in range(len(paths)):
        if len(chosen) >= PART:
            break
        path = paths[i * 61 % len(paths)]
        chosen |= {path, *needs[path]}
    return sorted(chosen)


def compress_tree(test, suffix, chosen):
    root = test.scratch / suffix[1:]
    source, target = test.modules, test.directory(root)
    for directory in {os.path.dirname(path) for path in chosen}:
        (target / directory).mkdir(parents=True, exist_ok=True)
    for name in INPUTS:
        if (source / name).exists():
            os.link(source / name, target / name)

    def compress(path):
        with open(target / (path + suffix), "wb") as out:
            subprocess.run([*COMPRESSORS[suffix], "-c", source / path], stdout=out, check=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compress, chosen))
    test.count("modules compressed", len(chosen))
    return root


class Answers:
    """Output of one set of tools for one tree, with normalised roots and suffixes."""

    def __init__(self, test, programs, root, suffix, paths):
        self.plain = lambda data: data.replace(str(root).encode(), b"ROOT").replace(
            (".ko" + suffix).encode(), b".ko")
        test.depmod(programs["depmod"], root)
        directory = test.directory(root)
        self.texts = {name: self.plain((directory / name).read_bytes()) for name in TEXTS}
        self.symbols = b"\n".join(lines_after_header((directory / "modules.symbols").read_bytes()))
        names = [module_name(path) for path in paths]
        tree = ["-d", root, "-S", test.release]
        self.depends = {name: self.plain(text.encode()) for name, (text, _) in
                        run_each([programs["modprobe"], *tree, "-D"], names).items()}
        files = [directory / (path + suffix) for path in paths]
        self.info = {}
        for path, file in zip(paths, files):
            done = run([programs["modinfo"], file])
            self.info[path] = self.plain(without_additions(done.stdout) + done.stderr)


def compare_answers(test, label, ours, theirs):
    for name in TEXTS:
        test.compare(f"{label}: text databases", ours.texts[name], theirs.texts[name], f"{label}: {name}")
    test.compare(f"{label}: text databases", ours.symbols, theirs.symbols, f"{label}: modules.symbols (sorted)")
    for name, text in theirs.depends.items():
        test.compare(f"{label}: show-depends", ours.depends[name], text, f"{label}: modprobe -D {name}")
    for path, text in theirs.info.items():
        test.compare(f"{label}: modinfo", ours.info[path], text, f"{label}: modinfo {path}")


def add_options(parser):
    parser.add_argument("--whole", action="store_true", help="all modules")


def main():
    with Test(__doc__, add_options) as test:
        paths = part_of(test)
        mine = {tool: test.ours(tool) for tool in REFERENCE}
        for suffix in COMPRESSORS:
            root = compress_tree(test, suffix, paths)
            ours = Answers(test, mine, root, suffix, paths)
            if suffix == ".gz":
                theirs = Answers(test, REFERENCE, test.copy_tree("plain", paths), "", paths)
            else:
                for made in test.directory(root).glob("modules.*"):
                    if made.name not in INPUTS:
                        made.unlink()
                theirs = Answers(test, REFERENCE, root, suffix, paths)
            compare_answers(test, suffix, ours, theirs)


if __name__ == "__main__":
    sys.exit(main())
