#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the built tools on the cases of testsuite-rootfs and compares their output and the files they
leave.

    run_cases.py --tools BUILD/tools --mkmodule BUILD/tests/support/mkmodule CASE...
    run_cases.py --registered NAME,NAME... testsuite-rootfs

A case is a folder with

    root/      the root directory before the first step. NAME.recipe becomes the module NAME (see
               tests/support/module_recipe.hpp), NAME.hex the file NAME with these bytes; '#'
               begins a comment in both
    steps      one command per line, in shell words; '#' begins a comment. @ROOT@ is the copy of
               root/ in which the steps run. VARIABLE=value words may precede the tool.
               "kmod:NAME" is kmod called by the name NAME. "touch", "rm", "ln -s" and "cat"
               work as in a shell. "< FILE" at the end is the input of the command
    compare    patterns of files in the root that are part of the result, one per line; default
               kCompare. "@databases" means kDatabases
    expected/  output: each step with its stdout ('|'), stderr ('!') and exit status;
               root/: the files that match the patterns at the end

KMODPP_TEST_ACCEPT=1 writes expected/ instead of comparing with it.
"""

import argparse
import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

kCompare = [
    "proc/modules",
    "sys/module/*/refcnt",
    "sys/module/*/parameters/*",
    "var/log/kernel.log",
]
kDatabases = [
    "lib/modules/*/modules." + name
    for name in ("dep", "alias", "softdep", "weakdep", "symbols", "devname")
]
kTools = {"insmod", "rmmod", "modprobe", "depmod", "modinfo", "lsmod", "kmod", "weak-modules"}
kOrdinary = {"touch", "rm", "ln", "cat"}
kStepSeconds = 120


class CaseError(Exception):
    """A mistake in the case itself."""


def without_comments(text):
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def hex_bytes(text):
    """Parses hexadecimal words; "9x00" means nine zero bytes."""
    data = b""
    for word in " ".join(without_comments(text)).split():
        times, _, digits = word.rpartition("x")
        data += bytes.fromhex(digits) * int(times or 1)
    return data


def visible(data):
    """Bytes as text with every byte visible, including blanks at the end of a line."""
    text = data.decode("latin-1").replace("\\", "\\\\")
    text = re.sub(r"[^\n\t -~]", lambda match: "\\x%02x" % ord(match[0]), text)
    return re.sub(r"[ \t]+(?=\n|$)", lambda match: "".join("\\x%02x" % ord(c) for c in match[0]), text)


def marked(mark, data):
    """The lines of a stream, each after its mark."""
    if not data:
        return ""
    text = visible(data)
    if not text.endswith("\n"):
        text += "\\ without newline\n"
    return "".join("%s %s\n" % (mark, line) if line else mark + "\n" for line in text.splitlines())


class Case:
    def __init__(self, folder, tools, mkmodule):
        self.folder = folder
        self.tools = tools
        self.mkmodule = mkmodule

    def make_root(self, root):
        """Makes the root directory as it is before the first step."""
        shutil.copytree(self.folder / "root", root, symlinks=True)
        for path in sorted(root.rglob(".keep")):
            path.unlink()
        for path in sorted(root.rglob("*.hex")):
            path.with_suffix("").write_bytes(hex_bytes(path.read_text()))
            path.unlink()
        subprocess.run([self.mkmodule, "tree", root], check=True)

    def run(self, root):
        """The contents for expected/: {relative path: text}."""
        self.make_root(root)
        output = ""
        for line in (self.folder / "steps").read_text().splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                output += self.step(line.strip(), root)
        result = {"output": output}
        for path in self.compared_files(root):
            data = path.read_bytes().replace(os.fsencode(root), b"@ROOT@")
            result["root/" + str(path.relative_to(root))] = visible(data)
        return result

    def compared_files(self, root):
        compare = self.folder / "compare"
        patterns = without_comments(compare.read_text()) if compare.exists() else kCompare
        files = set()
        for pattern in patterns:
            for one in kDatabases if pattern == "@databases" else [pattern]:
                files.update(path for path in root.glob(one) if path.is_file())
        return sorted(files)

    def step(self, line, root):
        words = [word.replace("@ROOT@", str(root)) for word in shlex.split(line, comments=True)]
        environment = {"PATH": "%s:/usr/sbin:/usr/bin:/sbin:/bin" % self.tools, "LC_ALL": "C"}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
                environment[name] = value
        while words and re.match(r"[A-Za-z_]+=", words[0]):
            name, value = words.pop(0).split("=", 1)
            environment[name] = value
        if not words:
            raise CaseError("no command in: " + line)
        data = None
        if len(words) > 2 and words[-2] == "<":
            data = (root / words[-1]).read_bytes()
            del words[-2:]
        program, _, called = words[0].partition(":")
        words[0] = called or program
        if program in kTools:
            program = str(self.tools / program)
        elif program not in kOrdinary:
            raise CaseError("no such tool: " + program)
        done = subprocess.run(words, executable=program if "/" in program else None,
                              env=environment, cwd=root, input=data or b"",
                              capture_output=True, timeout=kStepSeconds, check=False)
        own = os.fsencode(root)
        return "$ %s\n%s%sexit %d\n\n" % (
            line, marked("|", done.stdout.replace(own, b"@ROOT@")),
            marked("!", done.stderr.replace(own, b"@ROOT@")), done.returncode)


def read_expected(folder):
    expected = folder / "expected"
    return {str(path.relative_to(expected)): path.read_text()
            for path in expected.rglob("*") if path.is_file()}


def write_expected(folder, result):
    shutil.rmtree(folder / "expected", ignore_errors=True)
    for name, text in result.items():
        path = folder / "expected" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def differences(expected, actual):
    text = []
    for name in sorted(expected.keys() | actual.keys()):
        if name in expected and name in actual and expected[name] == actual[name]:
            continue
        before = expected.get(name, "").splitlines(keepends=True)
        after = actual.get(name, "").splitlines(keepends=True)
        text += difflib.unified_diff(
            before, after,
            "expected/" + name if name in expected else "(not expected)",
            "actual/" + name if name in actual else "(missing)")
        if not before and not after:
            text.append("%s expected/%s (empty)\n" % ("-" if name in expected else "+", name))
    return "".join(text)


def run_case(folder, arguments):
    with tempfile.TemporaryDirectory(prefix="kmodpp-case-") as directory:
        root = pathlib.Path(directory).resolve() / "root"
        actual = Case(folder, arguments.tools.resolve(), arguments.mkmodule.resolve()).run(root)
    if "$ " not in actual["output"]:
        raise CaseError("no steps")
    if os.environ.get("KMODPP_TEST_ACCEPT") == "1":
        write_expected(folder, actual)
        return True
    difference = differences(read_expected(folder), actual)
    if difference:
        print("%s differs (KMODPP_TEST_ACCEPT=1 accepts):\n%s" % (folder.name, difference))
    return not difference


def all_registered(names, cases):
    """Checks that the build runs every case folder, and that every case it runs has a folder."""
    folders = {path.name for path in cases.iterdir() if path.is_dir()}
    for name in sorted(folders - names):
        print("testsuite-rootfs/%s is not listed in tests/tools/meson.build" % name)
    for name in sorted(names - folders):
        print("testsuite-rootfs/%s is listed, but does not exist" % name)
    return folders == names


def main():
    parser = argparse.ArgumentParser(description="runs cases of testsuite-rootfs")
    parser.add_argument("--tools", type=pathlib.Path, help="directory of the built tools")
    parser.add_argument("--mkmodule", type=pathlib.Path, help="the built mkmodule")
    parser.add_argument("--registered", help="check that just these cases exist")
    parser.add_argument("cases", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.registered is not None:
        return 0 if all_registered(set(arguments.registered.split(",")), arguments.cases[0]) else 1
    if arguments.tools is None or arguments.mkmodule is None:
        parser.error("--tools and --mkmodule are needed")
    failed = 0
    for folder in arguments.cases:
        try:
            failed += not run_case(folder.resolve(), arguments)
        except (CaseError, OSError, subprocess.SubprocessError, ValueError) as error:
            print("%s: %s" % (folder.name, error))
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
