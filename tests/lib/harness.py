# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test that compares the built tools with Debian's kmod on the modules of a Debian kernel: options, both
sets of tools, and calls of them."""

import argparse
import os
import pathlib
import shutil
import subprocess

from .counting import Comparisons, fail
from .scratch import link_modules, scratch_directory

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = {name: "/sbin/" + name for name in ("depmod", "modprobe", "modinfo", "lsmod")}
MODULE_SUFFIXES = (".ko", ".ko.gz", ".ko.xz", ".ko.zst")
# Operands per call: below the limit of an argument list, and few enough to find a difference.
BATCH = 400
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def fetched(script):
    """The directory that a script fetched and printed."""
    path = REPOSITORY / "scripts" / script
    done = subprocess.run([path], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        fail(f"{path} failed")
    return pathlib.Path(done.stdout.strip())


def fetch_kernel():
    return fetched("fetch-kernel.sh")


def fetch_newer_kernel():
    """The directory of Debian 13's kernel package."""
    return fetched("fetch-newer-kernel.sh")


def newest_release(kernel):
    return sorted(os.listdir(kernel / "lib" / "modules"))[-1]


class KernelTest(Comparisons):
    """Comparisons on the modules of a kernel package, with a scratch directory on its file system."""

    def __init__(self, kernel):
        super().__init__()
        self.kernel = kernel.resolve()
        self.release = newest_release(self.kernel)
        self.modules = self.kernel / "lib" / "modules" / self.release

    def __enter__(self):
        self.scratch = scratch_directory(self.kernel)
        return self

    def __exit__(self, kind, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)
        if kind is None:
            self.conclude()

    def module_files(self):
        """Sorted paths of all modules in the module directory."""
        found = []
        for directory, _, files in os.walk(self.modules):
            below = pathlib.Path(directory).relative_to(self.modules)
            found += [str(below / f) for f in files if f.endswith(MODULE_SUFFIXES)]
        return sorted(found)


class Test(KernelTest):
    """One test program that compares tools: options, trees and calls."""

    def __init__(self, description, add_options=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--tools", required=True, help="directory of the built tools")
        parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
        if add_options:
            add_options(parser)
        self.options = parser.parse_args()
        super().__init__(pathlib.Path(self.options.kernel or fetch_kernel()))
        self.tools = pathlib.Path(self.options.tools).resolve()
        for program in REFERENCE.values():
            if not os.access(program, os.X_OK):
                fail(f"{program} is missing: install Debian's kmod")

    def ours(self, tool):
        return str(self.tools / tool)

    def directory(self, root):
        """The module directory of a tree."""
        return pathlib.Path(root) / "lib" / "modules" / self.release

    def copy_tree(self, name, chosen=None):
        """Makes a root with all or the chosen modules as hard links."""
        root = self.scratch / name
        link_modules(self.modules, self.directory(root), self.module_files() if chosen is None else chosen)
        return root

    def depmod(self, tool, root, *options, status=0):
        done = run([tool, "-b", str(root), *options, self.release])
        if done.returncode != status:
            fail(f"{tool} -b {root}: exit {done.returncode}: {done.stderr.decode()}")
        return done


def run(arguments, **options):
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([str(a) for a in arguments], env=ENVIRONMENT, **options)


def batches(items, size=BATCH):
    return [items[i:i + size] for i in range(0, len(items), size)]


def module_name(path):
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


# Runs a command for each line of standard input; a shell starts thousands of processes faster than
# Python. A record is "RS word US output US status"; no tool prints these.
_EACH = r"""while IFS= read -r word; do
    printf '\036%s\037' "$word"; "$@" "$word" 2>&1; printf '\037%s' "$?"
done"""


def run_each(command, words):
    """Returns {word: (stdout and stderr, exit status)} for every word."""
    words = list(words)
    done = run(["/bin/sh", "-c", _EACH, "each", *command],
               input="".join(word + "\n" for word in words).encode())
    records = done.stdout.decode(errors="surrogateescape").split("\036")[1:]
    results = {word: (output, int(status))
               for word, output, status in (record.split("\037") for record in records)}
    if done.returncode != 0 or len(results) != len(set(words)):
        fail(f"{command}: {len(results)} of {len(words)} calls were made: {done.stderr.decode()}")
    return results
