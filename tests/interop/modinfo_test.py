# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares modinfo with Debian's for every module of a whole kernel, by file and by name, in each output
form: the output must be identical, including the signature lines."""

import sys

from lib.comparison import without_additions
from lib.harness import REFERENCE, Test, batches, module_name, run

FIELDS = ("author", "description", "license", "parm", "depends", "alias", "filename", "firmware",
          "name", "version", "vermagic", "srcversion", "intree", "softdep", "retpoline", "import_ns",
          "sig_id", "signer", "sig_key", "sig_hashalgo", "signature", "no-such-field")
LETTERS = ("-a", "-d", "-l", "-n", "-p", "--author", "--desc", "--license", "--filename", "--field=depends")
# The last of several options applies.
COMBINED = (["-a", "-l"], ["-p", "-F", "license"], ["-F", "license", "-n"], ["-0", "-d"], ["-0n"], ["-m", "-a"],
            ["-m", "-0"], ["-m", "-p"], ["-m", "-F", "firmware"])
# Without names that kmodpp prints differently: those with control or non-ASCII characters, printed as
# \\xNN, and very long ones, which it shortens.
UNKNOWN = ["no-such-module", "no/such/file.ko", "/etc/passwd", "/", "", ".", "x.ko", "ext4.ko", "symbol:nothing",
           "pci:v0000*", "[", "a]", "*", "ext4 ", " ext4", "-", "x" * 200]


def call_both(test, *arguments):
    """Calls both tools, and removes from the output the lines that only kmodpp adds."""
    ours, theirs = (run([program, *arguments])
                    for program in (test.ours("modinfo"), REFERENCE["modinfo"]))
    ours.stdout = without_additions(ours.stdout)
    ours.stderr = without_additions(ours.stderr)
    return ours, theirs


def compare_calls(test, what, options, operands, separator=b"\n"):
    """Compares one call of each tool per batch; if the results differ, one call per operand."""
    for batch in batches(operands, 1000):
        ours, theirs = call_both(test, *options, *batch)
        test.count(f"modules, {what}", len(batch))
        test.count("bytes", len(theirs.stdout))
        if (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode):
            continue
        before = test.differences
        for operand in batch:
            left, right = call_both(test, *options, operand)
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


def one_call(test, options, operands):
    """Passes every name of a kernel, and more, in a single call, as image builders do."""
    ours, theirs = call_both(test, *options, *operands)
    if len(operands) < 8000:
        test.differ(f"only {len(operands)} names: image builders pass more")
    test.compare("calls with every name", ours.stdout, theirs.stdout, f"modinfo with {len(operands)} names")
    test.compare("calls with every name", ours.stderr, theirs.stderr, f"modinfo with {len(operands)} names")


def group_builtin_entries(directory):
    """Moves the entries of each built-in module together: in files of kernel 7, the device aliases are at the end, and kmod
    only prints the entries before those of another module (docs/differences.md)."""
    file = directory / "modules.builtin.modinfo"
    entries = {}
    for entry in file.read_bytes().split(b"\0")[:-1]:
        entries.setdefault(entry.split(b".", 1)[0], []).append(entry)
    file.write_bytes(b"".join(entry + b"\0" for group in entries.values() for entry in group))


def main():
    with Test(__doc__) as test:
        root = test.copy_tree("tree")
        group_builtin_entries(test.directory(root))
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
            compare_calls(test, "by name, letters", [letter, *tree], names[::10])
            compare_calls(test, "built in, letters", [letter, *tree], builtin[::5])
        for options in COMBINED:
            separator = b"\0" if any("0" in option for option in options) else b"\n"
            compare_calls(test, "combined options", [*options, *tree], names[::20] + builtin[::20], separator)
        compare_calls(test, "by name alone, -m", ["-m", *tree], names + builtin)
        compare_calls(test, "built in", tree, builtin)
        compare_calls(test, "built in, -0", ["-0", *tree], builtin, separator=b"\0")
        compare_calls(test, "built in, -p", ["-p", *tree], builtin)
        for field in FIELDS:
            compare_calls(test, "built in, -F", ["-F", field, *tree], builtin)
        aliases = [line.split()[1] for line in (directory / "modules.alias").read_text().splitlines()
                   if line.startswith("alias ")]
        compare_calls(test, "by alias", tree, aliases[::100])
        compare_calls(test, "by alias, -n", ["-n", *tree], [a.replace("*", "0").replace("-", "_") for a in aliases[::50]])
        compare_calls(test, "by alias, -m", ["-m", *tree], aliases[::200])
        compare_calls(test, "by name with -", tree, [name.replace("_", "-") for name in names[::10]])
        compare_calls(test, "unknown", tree, UNKNOWN)
        compare_calls(test, "unknown, -m", ["-m", *tree], UNKNOWN)
        compare_calls(test, "unknown, -n", ["-n", *tree], UNKNOWN)
        # Valid and invalid names in one call.
        mixed = [operand for row in zip(names[::30], UNKNOWN * 10, files[::30], builtin, aliases[::300]) for operand in row]
        for options in ([], ["-n"], ["-0"], ["-F", "depends"], ["-m"], ["-p"]):
            compare_calls(test, "mixed", [*options, *tree], mixed, b"\0" if "-0" in options else b"\n")
        everything = names + builtin + files
        compare_calls(test, "all in one call", ["-F", "vermagic", *tree], everything)
        one_call(test, ["-F", "license", *tree], names + builtin + names)


if __name__ == "__main__":
    sys.exit(main())
