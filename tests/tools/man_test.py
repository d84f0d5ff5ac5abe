#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the man pages in both directions: every option of --help has an entry in the page and the
reverse, for each tool and each command of kmod; every verb of a configuration grammar has an entry in
its page; every page is built, and every built file is a page."""

import argparse
import pathlib
import re
import subprocess
import sys

TOOLS = ("depmod", "insmod", "lsmod", "modinfo", "modprobe", "rmmod", "weak-modules")
# Commands of kmod without a page of their own, and the section with their options.
SECTIONS = {
    "allow": "OPTIONS OF ALLOW AND FORBID",
    "check": "OPTIONS OF CHECK AND GRAPH",
    "compat": "OPTIONS OF COMPAT",
    "devices": "OPTIONS OF DEVICES",
    "diff": "OPTIONS OF DIFF",
    "firmware": "OPTIONS OF FIRMWARE",
    "forbid": "OPTIONS OF ALLOW AND FORBID",
    "graph": "OPTIONS OF CHECK AND GRAPH",
    "params": "OPTIONS OF PARAMS",
    "static-nodes": "OPTIONS OF STATIC-NODES",
    "tree": "OPTIONS OF TREE AND USERS",
    "users": "OPTIONS OF TREE AND USERS",
    "why": "OPTIONS OF WHY",
}
# Commands that are a second name of another tool.
SECOND_NAMES = {"list"}
GRAMMARS = {"modprobe.d.5": "modprobe_config.cpp", "depmod.d.5": "depmod_config.cpp"}


def options_of_help(text):
    found = set()
    for line in text.split("Options:\n", 1)[1].split("\n\n", 1)[0].splitlines():
        # The text after the options is prose.
        head = re.match(r"  (?:(-\w)(?:, )?)?\s*(--[\w-]+)?", line)
        found |= {option for option in head.groups() if option}
    return found


def headings(text):
    """The terms of a definition list: "*NAME*" at the beginning of a line."""
    found = set()
    for line in text.splitlines():
        if line.startswith("*"):
            found |= set(re.findall(r"\*([^*\s]+)\*", line))
    return found


def section(page, title):
    found = re.search(rf"^# {re.escape(title)}\n(.*?)(?=^# |\Z)", page, re.M | re.S)
    return found[1] if found else ""


class Check:
    def __init__(self, tools, source):
        self.tools = tools
        self.source = source
        self.faults = 0
        self.compared = 0

    def page(self, name):
        return (self.source / "man" / f"{name}.scd").read_text()

    def help_of(self, *command):
        return subprocess.run([self.tools / command[0], *command[1:], "--help"], check=True,
                              capture_output=True, text=True).stdout

    def same(self, what, shown, written):
        """Compares the existing entries with those of the page, in both directions."""
        self.compared += len(shown)
        for name in sorted(shown - written):
            self.fault(f"{what}: {name} has no heading in its page")
        for name in sorted(written - shown):
            self.fault(f"{what}: the page describes {name}, which does not exist")

    def fault(self, text):
        print(text)
        self.faults += 1

    def options(self, what, command, text):
        written = {name for name in headings(text) if name.startswith("-")}
        self.same(what, options_of_help(self.help_of(*command)), written)

    def kmod(self):
        text = self.help_of("kmod")
        page = self.page("kmod.8")
        self.options("kmod", ("kmod",), section(page, "OPTIONS"))
        commands = set(re.findall(r"^  ([a-z][\w-]*)  ", text.split("Commands:\n", 1)[1], re.M))
        self.same("kmod", commands, headings(section(page, "COMMANDS")))
        for command in sorted(commands - set(TOOLS) - SECOND_NAMES - {"help"}):
            if command not in SECTIONS:
                self.fault(f"kmod {command}: SECTIONS does not name the section with its options")
                continue
            self.options(f"kmod {command}", ("kmod", command), section(page, SECTIONS[command]))

    def verbs(self, page, grammar):
        source = (self.source / "libkmodpp" / "format" / grammar).read_text()
        table = re.search(r"k\w*Verbs = \{\{(.*?)\}\};", source, re.S)
        names = set(re.findall(r'\{"(\w+)",', table[1])) if table else set()
        # Arguments in bold ("*pre:*") are not verbs.
        written = {name for name in headings(section(self.page(page), "VERBS"))
                   if not name.endswith(":")}
        self.same(page, names, written)
        if len(names) < 4:
            self.fault(f"{grammar}: only {len(names)} verbs found: the test reads the wrong text")

    def built(self):
        listed = set(re.findall(r"'([\w.-]+\.\d)'", (self.source / "man" / "meson.build").read_text()))
        there = {path.stem for path in (self.source / "man").glob("*.scd")}
        self.same("man/meson.build", there, listed)
        for name in sorted(there):
            first = self.page(name).split("\n", 1)[0]
            title, number = name.rsplit(".", 1)
            # The quoted text is shown in the footer.
            if first != f'{title}({number}) "kmodpp"':
                self.fault(f"{name}: begins with '{first}'")
            for page, digit in re.findall(r"\*([\w.-]+)\*\((\d)\)", self.page(name)):
                ours = page.startswith(("mod", "kmod", "depmod", "insmod", "rmmod", "lsmod"))
                if ours and f"{page}.{digit}" not in there:
                    self.fault(f"{name}: refers to {page}({digit}), which does not exist")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    check = Check(arguments.tools, arguments.source)
    for tool in TOOLS:
        check.options(tool, (tool,), check.page(f"{tool}.8"))
    check.kmod()
    for page, grammar in GRAMMARS.items():
        check.verbs(page, grammar)
    check.built()
    if check.compared < 100:
        check.fault(f"only {check.compared} names found: the test reads the wrong text")
    print(f"{check.compared} names compared")
    return 1 if check.faults else 0


sys.exit(main())
