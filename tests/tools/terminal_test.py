#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks modinfo's output for a module with control characters, on a terminal and elsewhere."""

import argparse
import os
import pathlib
import pty
import subprocess
import sys
import tempfile

# Appended to a name that a recipe can contain.
kHostile = b"\x1b]0;gone\x07\x1b[2Jred\x9b31m \xe2\x80\xae caf\xc3\xa9\rfake\nsigner:         Trusted"
kPlaceholder = b"H" * len(kHostile)


def on_terminal(command):
    """Runs a command on a terminal and returns its output."""
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdout=end, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        os.close(end)
        data = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # what Linux says at the end
                break
            if not piece:
                break
            data += piece
        child.wait()
    os.close(terminal)
    return data.replace(b"\r\n", b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    modinfo = str(arguments.tools.resolve() / "modinfo")
    faults = []

    def check(what, right):
        if not right:
            faults.append(what)

    with tempfile.TemporaryDirectory(prefix="kmodpp-terminal-") as directory:
        root = pathlib.Path(directory)
        (root / "m.ko.recipe").write_text(
            f"info license=GPL\ninfo description={kPlaceholder.decode()}\ninfo parm=a:{kPlaceholder.decode()}\n")
        subprocess.run([arguments.mkmodule.resolve(), "tree", root], check=True)
        module = root / "m.ko"
        image = module.read_bytes()
        check("the recipe holds what is replaced", image.count(kPlaceholder) == 2)
        module.write_bytes(image.replace(kPlaceholder, kHostile))

        for options in ([], ["-F", "description"], ["-d"], ["-p"]):
            shown = on_terminal([modinfo, *options, str(module)])
            for byte in shown:
                if byte < 0x20 and byte not in b"\n\t":
                    check(f"{options}: byte {byte:#x} reached the terminal", False)
                    break
            check(f"{options}: it is shown", b"\\x1b]0;gone\\x07\\x1b[2Jred\\x9b31m" in shown)
            check(f"{options}: text of the world stays", "café".encode() in shown)
            check(f"{options}: no line is faked", b"\nsigner" not in shown and b"\n\tsigner" in shown)

            piped = subprocess.run([modinfo, *options, str(module)], capture_output=True, check=True).stdout
            check(f"{options}: every byte in a pipe", kHostile in piped)
        null = on_terminal([modinfo, "-0", "-F", "description", str(module)])
        check("-0: every byte on a terminal too", null == kHostile + b"\0")
        json = on_terminal([modinfo, "--json", str(module)])
        check("--json: no control character", not any((byte < 0x20 and byte != 10) or byte > 0x7e for byte in json))

    for fault in faults:
        print("wrong: " + fault)
    return 1 if faults else 0


sys.exit(main())
