# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the interop tests: both sets of tools, scratch copies of the kernel tree, readable
differences, and a count of comparisons."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = {name: "/sbin/" + name for name in ("depmod", "modprobe", "modinfo", "lsmod")}
MODULE_SUFFIXES = (".ko", ".ko.gz", ".ko.xz", ".ko.zst")
# Files that depmod reads in addition to the modules; it writes all others.
INPUTS = ("modules.order", "modules.builtin", "modules.builtin.modinfo")
# Operands per call: below the limit of an argument list, and few enough to find a difference.
BATCH = 400
SHOWN = 5


def fail(text):
    print("FAIL: " + text, file=sys.stderr)
    sys.exit(1)


def conclude(counts, differences, verdict="no differences"):
    """Ends a test: prints the number of comparisons. A test without a comparison fails."""
    for what, count in counts.items():
        print(f"{count:7d}  {what}")
    if not counts or 0 in counts.values():
        fail("one of the comparisons has a count of 0")
    if differences:
        fail(f"{differences} differences")
    print(verdict)


def fetch_kernel():
    script = REPOSITORY / "scripts" / "fetch-kernel.sh"
    done = subprocess.run([script], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail(f"{script} failed: there is no kernel to compare with")
    return done.stdout.strip()


class Test:
    """One test program: options, scratch directory, comparisons. Comparisons are counted by subject;
    a test without a comparison fails."""

    def __init__(self, description, add_options=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--tools", required=True, help="directory of the built tools")
        parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
        if add_options:
            add_options(parser)
        self.options = parser.parse_args()
        self.tools = pathlib.Path(self.options.tools).resolve()
        self.kernel = pathlib.Path(self.options.kernel or fetch_kernel()).resolve()
        modules = self.kernel / "lib" / "modules"
        self.release = sorted(os.listdir(modules))[-1]
        self.modules = modules / self.release
        self.counts = {}
        self.differences = 0
        for program in REFERENCE.values():
            if not os.access(program, os.X_OK):
                fail(f"{program} is missing: install Debian's kmod")

    def __enter__(self):
        # On the file system of the kernel package, so that copies can use hard links.
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=self.kernel.parent))
        return self

    def __exit__(self, kind, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)
        if kind is None:
            conclude(self.counts, self.differences)

    def ours(self, tool):
        return str(self.tools / tool)

    def directory(self, root):
        """The module directory of a tree."""
        return pathlib.Path(root) / "lib" / "modules" / self.release

    def copy_tree(self, name, chosen=None):
        """Makes a root with all or the chosen modules as hard links, and the files that depmod
        reads. Never write to the modules of such a tree."""
        root = self.scratch / name
        target = self.directory(root)
        target.mkdir(parents=True)
        for source in self.module_files() if chosen is None else chosen:
            link = target / source
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.modules / source, link)
        for source in INPUTS:
            if (self.modules / source).exists():
                shutil.copy(self.modules / source, target / source)
        return root

    def module_files(self):
        """Sorted paths of all modules in the module directory."""
        found = []
        for directory, _, files in os.walk(self.modules):
            below = pathlib.Path(directory).relative_to(self.modules)
            found += [str(below / f) for f in files if f.endswith(MODULE_SUFFIXES)]
        return sorted(found)

    def depmod(self, tool, root, *options, status=0):
        done = run([tool, "-b", str(root), *options, self.release])
        if done.returncode != status:
            fail(f"{tool} -b {root}: exit {done.returncode}: {done.stderr.decode()}")
        return done

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def differ(self, text):
        self.differences += 1
        if self.differences <= SHOWN:
            print("DIFFERENT: " + text, file=sys.stderr)
        elif self.differences == SHOWN + 1:
            print("further differences are only counted", file=sys.stderr)

    def compare(self, what, ours, theirs, label):
        """Compares two texts; counts one comparison under `what`."""
        self.count(what)
        if ours != theirs:
            self.differ(f"{label}\n{first_difference(ours, theirs)}")
            return False
        return True


def run(arguments, **options):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([str(a) for a in arguments], env=environment, **options)


# Lines that kmod 30 does not print: build IDs, which kmod 34 prints as well, and advice.
_ADDITIONS = re.compile(
    rb"build-id(?:=|: +)[0-9A-F:]*[\n\0]"
    rb"|[a-z]+: (?:FATAL|ERROR|WARNING): the nearest name is '\S+'\n"
    rb"|[a-z]+: NOTICE: run 'modprobe -r --remove-holders \S+' to remove them as well\n")


def without_additions(output):
    return _ADDITIONS.sub(b"", output)


def first_difference(ours, theirs, context=2):
    """The first differing line, with the lines before it."""
    left, right = (lines_of(text) for text in (ours, theirs))
    at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]),
              min(len(left), len(right)))
    shown = [f"    {shorten(line)}" for line in left[max(0, at - context):at]]
    shown += [f"  {who} {at + 1:6d}: {shorten(lines[at]) if at < len(lines) else '(end)'}"
              for who, lines in (("kmodpp", left), ("kmod  ", right))]
    return "\n".join(shown)


def lines_of(text):
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    return text.split("\n")


def shorten(line, limit=300):
    return repr(line if len(line) <= limit else line[:limit] + "…")


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
