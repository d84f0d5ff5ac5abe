#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the output of the tools for control characters and colours, on a terminal and elsewhere."""

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
# The sequences that the tools print themselves.
kColours = (b"\x1b[1m", b"\x1b[32m", b"\x1b[33m", b"\x1b[1;31m", b"\x1b[0m")
# Characters that change the direction of writing, or end a line.
kBidi = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def environment_with(variables):
    """The environment with these variables; None: not set. A terminal without colours is the default."""
    changed = {**os.environ, "TERM": "dumb", "NO_COLOR": None, **variables}
    return {name: value for name, value in changed.items() if value is not None}


def on_terminal(command, stream="stdout", **variables):
    """Runs a command with one stream on a terminal and returns what it prints there."""
    terminal, end = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: end}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment_with(variables), **streams) as child:
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


def in_pipe(command, **variables):
    return subprocess.run(command, env=environment_with(variables), capture_output=True, check=False)


def without_colours(data):
    for sequence in kColours:
        data = data.replace(sequence, b"")
    return data


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
    (root / "etc/modprobe.d/a.conf").write_text(f"options m text={mark}\ninstall other echo {mark}\n"
                                               "install inner echo $MODPROBE_OPTIONS\n")
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
        shown_in_colour = on_terminal(command, TERM="xterm")
        check(f"{name}: colours do not change the text", without_colours(shown_in_colour) == shown)
        piped = subprocess.run(command, capture_output=True, check=False).stdout
        if name in ("modprobe -c", "modprobe -D", "modprobe -n -v", "depmod -n", "lsmod"):
            check(f"{name}: every byte in a pipe", mark.encode() in piped)


    inner = in_pipe([str(tools / "modprobe"), "--simulate", str(root), "--color=never", "inner"]).stdout
    check(f"--color is passed on to commands: {inner}", b"--color=never" in inner)
    unknown = [str(word) for word in modprobe] + [f"x{mark}\x1b[0m\x1b[32m"]
    for terminal in ("dumb", "xterm"):
        shown = on_terminal(unknown, "stderr", TERM=terminal)
        check(f"messages, TERM={terminal}: the name is shown", b"\\x1b[0m\\x1b[32m" in shown)
        check(f"messages, TERM={terminal}: in colour", (without_colours(shown) != shown) == (terminal == "xterm"))
        check(f"messages, TERM={terminal}: {obeyed(without_colours(shown))} reached the terminal",
              not obeyed(without_colours(shown)))


def check_branches(tools, root, check):
    """Trees have Unicode branches on a terminal whose locale is UTF-8, and ASCII otherwise."""
    (root / "proc").mkdir(parents=True)
    (root / "etc/kmodpp").mkdir(parents=True)
    (root / "etc/kmodpp/kernel.conf").write_text("release 6.1.0\n")
    (root / "proc/modules").write_text("a 4096 1 b, Live 0x0\nb 4096 0 - Live 0x0\n")
    command = [str(tools / "kmod"), "users", "--simulate", str(root), "--loaded", "a"]
    for locale, expected in (("C.UTF-8", "a (loaded)\n└─b (loaded)\n"), ("C", "a (loaded)\n`-b (loaded)\n")):
        check(f"branches in the locale {locale}", on_terminal(command, LC_ALL=locale) == expected.encode())
        check("ASCII branches in a pipe", in_pipe(command, LC_ALL=locale).stdout == b"a (loaded)\n`-b (loaded)\n")
    return command


def check_colours(tools, command, check):
    """When output and messages are in colour. `command` prints two states."""
    plain = b"a (loaded)\n`-b (loaded)\n"
    coloured = plain.replace(b"loaded", b"\x1b[32mloaded\x1b[0m")
    always, never = [*command, "--color=always"], [*command, "--color", "never"]
    unknown = [command[0], "users", "--simulate", command[3], "nosuch"]
    error = b"users: ERROR: Module nosuch not found"
    red = error.replace(b"ERROR", b"\x1b[1;31mERROR")
    for name, words, variables, expected in (
            ("a terminal", command, {"TERM": "xterm"}, True),
            ("NO_COLOR", command, {"TERM": "xterm", "NO_COLOR": "1"}, False),
            ("an empty NO_COLOR", command, {"TERM": "xterm", "NO_COLOR": ""}, True),
            ("TERM=dumb", command, {"TERM": "dumb"}, False),
            ("no TERM", command, {"TERM": None}, False),
            ("--color=auto", [*command, "--color=auto"], {"TERM": "xterm"}, True),
            ("--color=never", never, {"TERM": "xterm"}, False),
            ("the last --color", [*always, "--color=never"], {"TERM": "xterm"}, False),
            ("--color=always with NO_COLOR", always, {"TERM": "xterm", "NO_COLOR": "1"}, True),
            ("--color=always with TERM=dumb", always, {"TERM": "dumb"}, True)):
        shown = on_terminal(words, LC_ALL="C", **variables)
        check(f"colours: {name}: {shown}", shown == (coloured if expected else plain))
        messages = on_terminal([*unknown, *words[len(command):]], "stderr", **variables)
        check(f"colours of messages: {name}: {messages}", messages.startswith(red if expected else error))
        check(f"colours of messages: {name}: they end with the line", messages.endswith(b"\x1b[0m\n") == expected)
    for name, words, expected in (("a pipe", command, plain), ("--color=always", always, coloured)):
        check(f"colours in a pipe: {name}", in_pipe(words, TERM="xterm").stdout == expected)
    check("no colour in JSON", b"\x1b" not in in_pipe([*always, "--json"]).stdout)
    check("messages in a pipe", in_pipe(unknown, TERM="xterm").stderr.startswith(error))
    check("messages in a pipe with --color=always", in_pipe([*unknown, "--color=always"]).stderr.startswith(red))

    wrong = in_pipe([*command, "--color=loud"])
    check(f"--color=loud: {wrong}", wrong.returncode == 1 and wrong.stdout == b"" and wrong.stderr
          == b"users: ERROR: 'loud' is not valid for --color: expected auto, always or never\n")
    check("--co is short for --config", in_pipe([str(tools / "modprobe"), "--simulate", command[3], "--co", "none",
                                                 "-c"]).returncode == 0)


def check_table(tools, root, check):
    """On a terminal, the columns of lsmod fit long names; in a pipe, they are those of kmod."""
    (root / "proc").mkdir(parents=True)
    (root / "etc/kmodpp").mkdir(parents=True)
    (root / "etc/kmodpp/kernel.conf").write_text("release 6.1.0\n")
    long = "snd_soc_sof_sdw_with_a_long_name"
    evil = "\x1b[1m\x1b[32mm"
    (root / "proc/modules").write_text(
        f"{long} 4096 0 - Live 0x0\na 123456789012 1 {long}, Live 0x0\n{evil} 4096 0 - Live 0x0\n")
    escaped = evil.replace("\x1b", "\\x1b")
    title = "Module                                   Size  Used by"
    rows = (f"\n{long}         4096  0\n"
            f"a                                123456789012  1 {long}\n"
            f"{escaped:<32}         4096  0\n")
    fixed = ("Module                  Size  Used by\n"
             f"{long}     4096  0\n"
             f"a                   123456789012  1 {long}\n"
             f"{evil:<19}     4096  0\n")
    for program in (["lsmod"], ["kmod", "list"]):
        command = [str(tools / program[0]), *program[1:], "--simulate", str(root)]
        shown = on_terminal(command)
        check(f"{program}: the columns fit on a terminal: {shown}", shown == (title + rows).encode())
        shown = on_terminal(command, TERM="xterm")
        check(f"{program}: the title is bold: {shown}", shown == f"\x1b[1m{title}\x1b[0m{rows}".encode())
        check(f"{program}: bytes in a pipe", in_pipe(command, TERM="xterm").stdout == fixed.encode())
        shown = in_pipe([*command, "--color=always"]).stdout
        check(f"{program}: --color=always escapes names in a pipe", not obeyed(without_colours(shown))
              and escaped.encode() in shown)


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
        command = check_branches(arguments.tools.resolve(), root / "branches", check)
        check_colours(arguments.tools.resolve(), command, check)
        check_table(arguments.tools.resolve(), root / "table", check)

    for fault in faults:
        print("wrong: " + fault)
    return 1 if faults else 0


sys.exit(main())
