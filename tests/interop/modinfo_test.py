# SPDX-License-Identifier: LGPL-2.1-or-later
"""`modinfo` of every module of a whole kernel, by file and by name, in each of its output
forms, ours and Debian's: the same bytes, the lines of the signature included."""

import sys

from common import REFERENCE, Test, batches, module_name, run

FIELDS = ("author", "description", "license", "parm", "depends", "alias", "filename", "firmware",
          "name", "version", "vermagic", "srcversion", "intree", "softdep", "retpoline", "import_ns",
          "sig_id", "signer", "sig_key", "sig_hashalgo", "signature", "no-such-field")
LETTERS = ("-a", "-d", "-l", "-n")


def compare_calls(test, what, options, operands, separator=b"\n"):
    """One call of each tool a batch; in a batch that differs, one call a module."""
    for batch in batches(operands, 1000):
        ours, theirs = (run([program, *options, *batch])
                        for program in (test.ours("modinfo"), REFERENCE["modinfo"]))
        test.count(f"modules, {what}", len(batch))
        test.count("bytes", len(theirs.stdout))
        if (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode):
            continue
        before = test.differences
        for operand in batch:
            left, right = (run([program, *options, operand])
                           for program in (test.ours("modinfo"), REFERENCE["modinfo"]))
            label = " ".join(["modinfo", *map(str, options), str(operand)])
            same = test.compare("single calls", left.stdout.replace(separator, b"\n"),
                                right.stdout.replace(separator, b"\n"), label)
            if same:
                test.compare("single calls", left.stderr, right.stderr, label + ": stderr")
                test.compare("single calls", str(left.returncode), str(right.returncode), label + ": status")
            if test.differences > before + 20:
                break
        if test.differences == before:
            test.differ(f"modinfo {options}: a call with {len(batch)} operands differs from single calls")


def main():
    with Test(__doc__) as test:
        root = test.copy_tree("tree")
        test.depmod(REFERENCE["depmod"], root)
        directory = test.directory(root)
        paths = test.module_files()
        files = [directory / path for path in paths]
        names = [module_name(path) for path in paths]
        builtin = [module_name(line) for line in (directory / "modules.builtin").read_text().split()]
        tree = ["-b", root, "-k", test.release]

        compare_calls(test, "by file", [], files)
        compare_calls(test, "by name", tree, names)
        compare_calls(test, "by file, -0", ["-0"], files, separator=b"\0")
        compare_calls(test, "by name, -p", ["-p", *tree], names)
        compare_calls(test, "by name, -p -0", ["-p", "-0", *tree], names, separator=b"\0")
        for field in FIELDS:
            compare_calls(test, "by name, -F", ["-F", field, *tree], names)
        compare_calls(test, "by name, -0 -F", ["-0", "-F", "alias", *tree], names, separator=b"\0")
        for letter in LETTERS:
            compare_calls(test, "by file, letters", [letter], files[::10])
        compare_calls(test, "built in", tree, builtin)
        compare_calls(test, "built in, -0", ["-0", *tree], builtin, separator=b"\0")
        compare_calls(test, "built in, -p", ["-p", *tree], builtin)
        for field in FIELDS:
            compare_calls(test, "built in, -F", ["-F", field, *tree], builtin)
        aliases = [line.split()[1] for line in (directory / "modules.alias").read_text().splitlines()
                   if line.startswith("alias ")]
        compare_calls(test, "by alias", tree, aliases[::100])
        compare_calls(test, "unknown", tree, ["no-such-module", "no/such/file.ko", "/etc/passwd", "/"])


if __name__ == "__main__":
    sys.exit(main())
