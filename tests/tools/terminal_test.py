#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the output of the tools for control characters, on a terminal and elsewhere."""

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
# Characters that change the direction of writing, or end a line.
kBidi = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def on_terminal(command):
    """Runs a command on a terminal and returns its output."""
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdout=end, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        os.close(end)
        data = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # reading ends with EIO on Linux
                break
            if not piece:
                break
            data += piece
        child.wait()
    os.close(terminal)
    return data.replace(b"\r\n", b"\n")


def obeyed(data):
    """The characters in the output that a terminal would interpret."""
    text = data.decode("utf-8", errors="surrogateescape")
    return [c for c in text if (ord(c) < 0x20 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0
            or c in kBidi or 0xdc80 <= ord(c) <= 0xdcff]


def check_other_tools(tools, mkmodule, root, check):
    """File names, options, commands and names of loaded modules, by every tool that shows them."""
    release = root / "lib/modules/6.1.0"
    for directory in (release / "kernel", root / "etc/modprobe.d", root / "proc"):
        directory.mkdir(parents=True)
    mark = "\x9b31m\u202eevil\u061c\u200f"
    (release / "modules.order").write_text("kernel/m.ko\n")
    (release / "modules.builtin").write_text("")
    (release / "kernel/m.ko.recipe").write_text("info license=GPL\n")
    subprocess.run([mkmodule, "tree", root], check=True)
    (release / f"kernel/x{mark}.ko").write_bytes((release / "kernel/m.ko").read_bytes())
    (root / "etc/modprobe.d/a.conf").write_text(f"options m text={mark}\ninstall other echo {mark}\n")
    (root / "proc/modules").write_text(f"m{mark} 16384 0 - Live 0x0\n")
    depmod = [tools / "depmod", "-b", root, "-C", "none", "6.1.0"]
    subprocess.run(depmod, check=True, stderr=subprocess.DEVNULL)
    modprobe = [tools / "modprobe", "-d", root, "-S", "6.1.0", "-C", root / "etc/modprobe.d"]
    for name, command in (
            ("modprobe -c", [*modprobe, "-c"]),
            ("modprobe -D", [*modprobe, "-D", "m"]),
            ("modprobe -n -v", [*modprobe, "-n", "-v", "m"]),
            ("modprobe --explain", [*modprobe, "--explain", "m"]),
            ("modprobe --graph", [*modprobe, "--graph", "other"]),
            ("modprobe --json", [*modprobe, "--json", "-D", "m"]),
            ("modprobe --check-config", [*modprobe, "--check-config"]),
            ("depmod -n", [*depmod[:-1], "-n", "6.1.0"]),
            ("kmod tree", [tools / "kmod", "tree", "-d", root, "-S", "6.1.0", "-C", root / "etc/modprobe.d", "m"]),
            ("kmod users --loaded", [tools / "kmod", "users", "--simulate", root, "--loaded", f"m{mark}"]),
            ("lsmod", [tools / "lsmod", "--simulate", root]),
            ("lsmod --tree", [tools / "lsmod", "--simulate", root, "--tree"]),
            ("lsmod --json", [tools / "lsmod", "--simulate", root, "--json"])):
        command = [str(word) for word in command]
        shown = on_terminal(command)
        check(f"{name}: it is shown", b"evil" in shown or name in ("modprobe --check-config", "modprobe --graph", "kmod tree"))
        check(f"{name}: {obeyed(shown)} reached the terminal", not obeyed(shown))
        piped = subprocess.run(command, capture_output=True, check=False).stdout
        if name in ("modprobe -c", "modprobe -D", "modprobe -n -v", "depmod -n", "lsmod"):
            check(f"{name}: every byte in a pipe", mark.encode() in piped)


def check_branches(tools, root, check):
    """Trees have Unicode branches on a terminal whose locale is UTF-8, and ASCII otherwise."""
    (root / "proc").mkdir(parents=True)
    (root / "etc/kmodpp").mkdir(parents=True)
    (root / "etc/kmodpp/kernel.conf").write_text("release 6.1.0\n")
    (root / "proc/modules").write_text("a 4096 1 b, Live 0x0\nb 4096 0 - Live 0x0\n")
    command = [str(tools / "kmod"), "users", "--simulate", str(root), "--loaded", "a"]
    before = os.environ.get("LC_ALL")
    for locale, expected in (("C.UTF-8", "a (loaded)\n└─b (loaded)\n"), ("C", "a (loaded)\n`-b (loaded)\n")):
        os.environ["LC_ALL"] = locale
        check(f"branches in the locale {locale}", on_terminal(command) == expected.encode())
        piped = subprocess.run(command, capture_output=True, check=True).stdout
        check("ASCII branches in a pipe", piped == b"a (loaded)\n`-b (loaded)\n")
    if before is None:
        del os.environ["LC_ALL"]
    else:
        os.environ["LC_ALL"] = before


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
        check("the recipe contains the placeholder", image.count(kPlaceholder) == 2)
        module.write_bytes(image.replace(kPlaceholder, kHostile))

        for options in ([], ["-F", "description"], ["-d"], ["-p"]):
            shown = on_terminal([modinfo, *options, str(module)])
            for byte in shown:
                if byte < 0x20 and byte not in b"\n\t":
                    check(f"{options}: byte {byte:#x} reached the terminal", False)
                    break
            check(f"{options}: it is shown", b"\\x1b]0;gone\\x07\\x1b[2Jred\\x9b31m" in shown)
            check(f"{options}: non-ASCII text is unchanged", "café".encode() in shown)
            check(f"{options}: no line is faked", b"\nsigner" not in shown and b"\n\tsigner" in shown)

            piped = subprocess.run([modinfo, *options, str(module)], capture_output=True, check=True).stdout
            check(f"{options}: every byte in a pipe", kHostile in piped)
        null = on_terminal([modinfo, "-0", "-F", "description", str(module)])
        check("-0: every byte on a terminal too", null == kHostile + b"\0")
        json = on_terminal([modinfo, "--json", str(module)])
        check("--json: no control character", not any((byte < 0x20 and byte != 10) or byte > 0x7e for byte in json))

        check_other_tools(arguments.tools.resolve(), arguments.mkmodule.resolve(), root / "tree", check)
        check_branches(arguments.tools.resolve(), root / "branches", check)

    for fault in faults:
        print("wrong: " + fault)
    return 1 if faults else 0


sys.exit(main())
