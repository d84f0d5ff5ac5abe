#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that were built with an earlier libkmodpp run with this one: what its functions take and
give, down to the layout of every value, is what libkmodpp/abi/kmodpp.abi says.

    abi_test.py --interface LIBRARY --library LIBRARY...

LIBRARY after --interface has the functions of all the libraries, and their types as debug
information. Additions are printed and pass. KMODPP_TEST_ACCEPT=1 writes the file; docs/library.md
says when that may be.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = REPOSITORY / "libkmodpp/abi/kmodpp.abi"
OURS = re.compile(r"_ZNK?6kmodpp")
# What differs from one machine to the next without a difference in the interface.
PLACES = ("filepath", "line", "column", "path", "comp-dir-path")


def must(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def exported(library):
    table = must("nm", "-D", "--defined-only", "--format=posix", library)
    return {symbol for symbol in re.findall(r"^\w+", table, re.MULTILINE) if OURS.match(symbol)}


class Interface:
    """What abidw says of a library, reduced to what a program built against it relies on: the
    exported functions of kmodpp, and the layout of all that they take and give. Most of it would be
    member functions of the standard library, which a program has for itself."""

    def __init__(self, library):
        self.root = ElementTree.fromstring(must(
            "abidw", "--exported-interfaces-only", "--no-corpus-path", "--no-comp-dir-path", "--no-elf-needed",
            "--no-architecture", "--no-parameter-names", "--type-id-style", "hash", library))
        self.parents = {child: parent for parent in self.root.iter() for child in parent}
        self.types = {element.get("id"): element for element in self.root.iter() if element.get("id")}
        self.kept = set()
        self.keep(symbols for symbols in self.root if symbols.tag == "elf-function-symbols")
        self.keep(function for function in self.root.iter("function-decl")
                  if function.get("elf-symbol-id") and self.is_ours(function))
        self.prune(self.root)

    def around(self, element):
        while (element := self.parents.get(element)) is not None:
            yield element

    def is_ours(self, element):
        return any(scope.tag == "namespace-decl" and scope.get("name") == "kmodpp" for scope in self.around(element))

    def is_inside(self, element):
        """Of a type that no public header tells of a program has pointers at most."""
        return element.tag == "class-decl" and self.is_ours(element) and "/kmodpp/" not in element.get("filepath", "")

    def parts(self, element):
        if element.tag == "elf-function-symbols":
            return [symbol for symbol in element if OURS.match(symbol.get("name"))]
        if element.tag not in ("class-decl", "union-decl"):
            return list(element)
        # Member functions are exported, and kept for that, or inline, and the program's; or virtual.
        return [child for child in element if child.tag in ("data-member", "base-class")
                or child.tag == "member-function" and child.get("vtable-offset")]

    def keep(self, elements):
        """Marks them, what they are within, and what they are made of."""
        waiting = list(elements)
        while waiting:
            element = waiting.pop()
            if element in self.kept:
                continue
            self.kept.add(element)
            for scope in self.around(element):
                if scope.tag in ("class-decl", "union-decl"):
                    waiting.append(scope)
                else:
                    self.kept.add(scope)
            if self.is_inside(element):
                element.attrib.update({"is-declaration-only": "yes"})
                element.attrib.pop("size-in-bits", None)
                continue
            waiting += self.parts(element)
            waiting += [self.types[element.get(name)] for name in ("type-id", "naming-typedef-id") if element.get(name)]

    def prune(self, element):
        for child in list(element):
            if child in self.kept:
                self.prune(child)
            else:
                element.remove(child)
        for place in PLACES:
            element.attrib.pop(place, None)

    def write(self, path):
        ElementTree.indent(self.root, " ")
        ElementTree.ElementTree(self.root).write(path, encoding="unicode")


def compare(interface):
    """True when programs that were built before go on running."""
    with tempfile.TemporaryDirectory() as scratch:
        present = pathlib.Path(scratch, "present.abi")
        interface.write(present)
        # What has changed itself, not what has it somewhere within.
        subprocess.run(["abidiff", "--leaf-changes-only", DESCRIPTION, present], check=False)
        return subprocess.run(["abidiff", "--no-added-syms", DESCRIPTION, present],
                              stdout=subprocess.DEVNULL, check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", required=True)
    parser.add_argument("--library", action="append", required=True)
    arguments = parser.parse_args()
    described = exported(arguments.interface)
    there = set().union(*map(exported, arguments.library))
    if described != there:
        print("tests/library/meson.build: `interface` is to have the sources of what the libraries export;",
              f"different are {sorted(described ^ there)}", file=sys.stderr)
        return 1
    interface = Interface(arguments.interface)
    if os.environ.get("KMODPP_TEST_ACCEPT") == "1":
        interface.write(DESCRIPTION)
        return 0
    if not compare(interface):
        print("programs that were built with the libkmodpp of libkmodpp/abi/kmodpp.abi would no longer run:\n"
              "see \"A stable interface\" in docs/library.md", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
