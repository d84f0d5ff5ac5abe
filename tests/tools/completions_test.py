#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completes command lines in bash, zsh and fish: options and their arguments, modules, loaded modules
and parameters, from a small tree; file names that contain shell syntax must not be executed."""

import argparse
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

kRelease = "6.1.0"
kTrap = "trap-was-sprung"
kPatience = 60

# Command line, with the cursor at its end; words that must be offered; words that must not.
# @ROOT@ is the tree.
kCases = [
    ("lsmod --so", ["--sort="], ["--tree"]),
    ("lsmod --sort=", ["name", "size", "used"], []),
    ("lsmod --sort=s", ["size"], ["name", "used"]),
    ("lsmod --sort s", ["size"], ["name", "used"]),
    ("lsmod ", [], ["first_mod"]),
    ("insmod --force-", ["--force-modversion", "--force-vermagic"], ["--force"]),
    ("modprobe --simulate @ROOT@ ", ["first_mod", "second_mod", "plain"], ["fixed", "other_live"]),
    ("modprobe --simulate @ROOT@ first", ["first_mod"], ["second_mod"]),
    ("modprobe --simulate @ROOT@ first-", ["first-mod"], ["second-mod"]),
    ("modprobe -d @ROOT@ -S 6.1.0 se", ["second_mod"], ["first_mod"]),
    ("modprobe -a --dirname=@ROOT@ --set-version=6.1.0 plain se", ["second_mod"], ["first_mod"]),
    ("modprobe -nvS 6.1.0 -d @ROOT@ se", ["second_mod"], ["first_mod"]),
    ("modprobe -S6.1.0 -d @ROOT@ se", ["second_mod"], ["first_mod"]),
    ("modprobe --simulate @ROOT@ -r ", ["other_live", "plain"], ["first_mod"]),
    ("modprobe --simulate @ROOT@ -vr ot", ["other_live"], ["plain"]),
    ("modprobe --simulate @ROOT@ -r plain ot", ["other_live"], ["first_mod"]),
    ("modprobe --simulate @ROOT@ first_mod ", ["count=", "text="], ["first_mod"]),
    ("modprobe --simulate @ROOT@ first_mod co", ["count="], ["text="]),
    ("modprobe --simulate @ROOT@ first_mod count=1 te", ["text="], ["count="]),
    ("modprobe --simulate @ROOT@ -- first_mod te", ["text="], ["count="]),
    ("modprobe -d @ROOT@ -S ", ["6.1.0"], []),
    ("modprobe --dirname=@ROOT@ --set-version=", ["6.1.0"], []),
    ("rmmod --simulate @ROOT@ ", ["other_live", "plain"], ["first_mod"]),
    ("rmmod --simulate @ROOT@ -f pl", ["plain"], ["other_live"]),
    ("modinfo -b @ROOT@ -k 6.1.0 ", ["first_mod", "fixed"], ["other_live"]),
    ("modinfo -b @ROOT@ -k 6.1.0 plain f", ["first_mod", "fixed"], ["plain"]),
    ("modinfo -F lic", ["license"], ["alias"]),
    ("modinfo --field=fi", ["filename", "firmware"], ["alias"]),
    ("modinfo -d --simulate @ROOT@ sec", ["second_mod"], []),
    ("depmod -b @ROOT@ ", ["6.1.0"], []),
    ("kmod ", ["list", "static-nodes", "modprobe", "help"], ["first_mod"]),
    ("kmod sta", ["static-nodes"], ["list"]),
    ("kmod params --diff", ["--differing"], ["--json"]),
    ("kmod params --simulate @ROOT@ fi", ["first_mod", "fixed"], ["plain"]),
    ("kmod firmware -d @ROOT@ -S 6.1.0 sec", ["second_mod"], ["plain"]),
    ("kmod devices --simulate @ROOT@ ", ["eth0"], ["first_mod"]),
    ("kmod devices --simulate @ROOT@ et", ["eth0"], ["pcspkr"]),
    ("kmod devices --un", ["--unbound"], ["--json"]),
    ("kmod why --simulate @ROOT@ se", ["second_mod"], ["first_mod"]),
    ("kmod forbid --simulate @ROOT@ se", ["second_mod"], ["first_mod"]),
    ("kmod list --so", ["--sort="], []),
    ("kmod lsmod --sort=u", ["used"], ["name"]),
    ("kmod static-nodes -f t", ["tmpfiles"], ["human"]),
    ("kmod modprobe --simulate @ROOT@ se", ["second_mod"], ["first_mod"]),
    ("kmod compat -d @ROOT@ -k ", ["6.1.0"], []),
    ("kmod diff -d @ROOT@ ", ["6.1.0"], ["first_mod"]),
    ("kmod diff --only=de", ["devices"], ["modules"]),
    ("kmod tree --simulate @ROOT@ f", ["first_mod", "fixed"], ["second_mod"]),
    ("kmod users -d @ROOT@ -S 6.1.0 se", ["second_mod"], ["first_mod"]),
    ("kmod users --simulate @ROOT@ --loaded ", ["other_live", "plain"], ["first_mod"]),
    ("kmod modprobe --simulate @ROOT@ first_mod te", ["text="], ["count="]),
    ("kmod rmmod --simulate @ROOT@ ot", ["other_live"], ["plain"]),
]
# Files, which each shell quotes differently.
kFileCases = [
    ("insmod @ROOT@/fi", "file.ko", "file.txt"),
    ("insmod --simulate @ROOT@ @ROOT@/file.ko co", "count=", "text="),
    ("modprobe @ROOT@/fi", "file.ko", "file.txt"),
    ("modinfo @ROOT@/fi", "file.ko", "file.txt"),
    ("depmod -C @ROOT@/fi", "file.txt", None),
    ("modprobe --config=@ROOT@/file.t", "file.txt", None),
]
# Driving a terminal is slow.
kZshCases = [
    ("lsmod --so", "--sort="),
    ("lsmod --sort=s", "--sort=size"),
    ("modprobe --simulate @ROOT@ fir", "first_mod"),
    # The terminal receives only changes.
    ("modprobe --simulate @ROOT@ first-m", "_mod"),
    ("modprobe --simulate @ROOT@ -r ot", "other_live"),
    ("modprobe --simulate @ROOT@ first_mod co", "count="),
    ("rmmod --simulate @ROOT@ ot", "other_live"),
    ("modinfo -b @ROOT@ -k 6.1.0 fix", "fixed"),
    ("insmod @ROOT@/fi", "file.ko"),
    ("kmod static", "static-nodes"),
    ("kmod modprobe --simulate @ROOT@ fir", "first_mod"),
    ("kmod tree --simulate @ROOT@ fir", "first_mod"),
    ("kmod diff -d @ROOT@ 6", "6.1.0"),
    ("kmod users --loaded --simulate @ROOT@ ot", "other_live"),
]

kRecipe = """info license=GPL
info vermagic=6.1.0
info parm=count:how many\\nand more: lines
info parmtype=count:int
info parmtype=text:charp
"""


def make_tree(root, mkmodule):
    tree = root / "lib/modules" / kRelease
    (tree / "kernel").mkdir(parents=True)
    (root / "etc/kmodpp").mkdir(parents=True)
    (root / "proc").mkdir()
    for name in ("kernel/first-mod.ko", "kernel/second_mod.ko", "kernel/plain.ko", "../../../file.ko"):
        (tree / (name + ".recipe")).write_text(kRecipe)
    (root / "file.txt").write_text("")
    (root / "sys/class/net/eth0").mkdir(parents=True)
    (root / "sys/bus/platform/devices/pcspkr").mkdir(parents=True)
    (root / "etc/kmodpp/kernel.conf").write_text("release 6.1.0\n")
    (root / "proc/modules").write_text(
        "plain 4096 0 - Live 0x0000000000000000\nother_live 4096 0 - Live 0x0000000000000000\n"
        f"$(touch$IFS{root}/{kTrap}) 4096 0 - Live 0x0000000000000000\n")
    subprocess.run([mkmodule, "tree", root], check=True)


def write_hostile_names(root):
    """Written after depmod, which would not write such names."""
    tree = root / "lib/modules" / kRelease
    with open(tree / "modules.dep", "a", encoding="utf-8") as lines:
        lines.write(f"kernel/$(touch$IFS{root}/{kTrap}).ko:\nkernel/`touch {root}/{kTrap}`.ko:\n"
                    f"kernel/;touch {root}/{kTrap};.ko:\nkernel/a b.ko:\n")
    (tree / "modules.builtin").write_text(f"kernel/fixed.ko\nkernel/$(touch {root}/{kTrap}).ko\n")


def readline_words(line):
    """Words as bash passes them to a completion function: '=' is a word of its own."""
    return [piece for word in line.split(" ")
            for piece in ([""] if word == "" else re.findall(r"=|[^=]+", word))]


class Shells:
    def __init__(self, completions, tools, root):
        self.completions = completions
        self.tools = tools
        self.root = root
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", "HOME": str(root),
                            "XDG_DATA_DIRS": "/nonexistent", "XDG_CONFIG_HOME": str(root),
                            "PATH": f"{tools}:/usr/bin:/bin:/usr/sbin:/sbin"}
        self.environment.pop("BASH_ENV", None)
        self.faults = 0

    def run(self, *command):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              timeout=kPatience, cwd=self.root, check=False)
        if done.stderr:
            self.fault(f"{command[0]}: {command[-1]}: stderr: {done.stderr}")
        return done.stdout

    def fault(self, text):
        print(text)
        self.faults += 1

    def bash(self, line):
        words = readline_words(line)
        # Words that readline has split before the cursor.
        if line.endswith("="):
            words.append("")
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
        script = (f"source {self.completions}/kmod; COMP_WORDBREAKS=$' \\t\\n\"><=;|&(:'; "
                  f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _kmodpp {words[0]}; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        return self.run("bash", "--norc", "-c", script).splitlines()

    def fish(self, line):
        # Load another tool's file first: it must not complete for this tool. fish finds that of this tool in the
        # search path; otherwise it would load the file of the system or, since version 4, its own.
        out = self.run("fish", "--no-config", "-c",
                       f"set -g fish_complete_path {self.completions}; source {self.completions}/rmmod.fish; "
                       f"complete -C '{line}'")
        found = [row.split("\t")[0] for row in out.splitlines()]
        # fish returns the option together with its argument.
        return [word.split("=", 1)[1] if re.match(r"--[\w-]+=.", word) else word for word in found]

    def check(self, shell, line, offered, wanted, unwanted):
        for word in wanted:
            if word not in offered:
                self.fault(f"{shell}: '{line}' does not offer {word}, but {offered[:20]}")
        for word in unwanted:
            if word in offered:
                self.fault(f"{shell}: '{line}' offers {word}")
        for word in offered:
            if re.search(r"[$`;]", word):
                self.fault(f"{shell}: '{line}' offers {word}")

    def zsh(self):
        """Drives an interactive shell through a terminal."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.root)
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.environment)
        try:
            os.write(terminal, (f"PS1='READY> '; fpath=({self.completions} $fpath); autoload -U compinit; "
                                f"compinit -D -u; unsetopt beep; zstyle ':completion:*' menu no; stty -echo; "
                                "echo set-$((1+1))\n").encode())
            self.wait_for(terminal, r"set-2.*READY> ")
            for line, wanted in kZshCases:
                line = line.replace("@ROOT@", str(self.root))
                # Tab completes, a mark shows the end, and the line is discarded.
                os.write(terminal, (line + "\t").encode())
                seen = self.wait_for(terminal, re.escape(wanted))
                if seen is None:
                    self.fault(f"zsh: '{line}' is not completed to {wanted}")
                os.write(terminal, b"\x15\n")
                self.wait_for(terminal, r"READY> ")
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
            os.close(terminal)
        return len(kZshCases)

    @staticmethod
    def wait_for(terminal, pattern):
        seen = ""
        end = time.monotonic() + kPatience / 3
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                seen += os.read(terminal, 4096).decode(errors="replace")
                # Remove the control sequences between the characters.
                plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x08", "", seen)
                if re.search(pattern, plain, re.S):
                    return plain
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--completions", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    for shell in ("bash", "zsh", "fish"):
        if not shutil.which(shell):
            print(f"{shell} is missing: scripts/install-deps.sh test installs it")
            return 1
    compared = 0
    with tempfile.TemporaryDirectory(prefix="kmodpp-completions-") as directory:
        root = pathlib.Path(directory).resolve()
        tools = arguments.tools.resolve()
        make_tree(root, arguments.mkmodule.resolve())
        subprocess.run([tools / "depmod", "-b", root, kRelease], check=True, capture_output=True)
        write_hostile_names(root)
        shells = Shells(arguments.completions.resolve(), tools, root)

        completions = shells.completions
        for command in (["bash", "-n", completions / "kmod"], ["zsh", "-n", completions / "_kmodpp"],
                        *(["fish", "-n", file] for file in sorted(completions.glob("*.fish")))):
            shells.run(*map(str, command))
            compared += 1
        for line, wanted, unwanted in kCases:
            line = line.replace("@ROOT@", str(root))
            shells.check("bash", line, shells.bash(line), wanted, unwanted)
            # fish offers long options without '='.
            bare = [word.rstrip("=") if word.startswith("-") else word for word in wanted]
            shells.check("fish", line, shells.fish(line), bare, unwanted)
            compared += 2
        for line, wanted, unwanted in kFileCases:
            line = line.replace("@ROOT@", str(root))
            for name, complete in (("bash", shells.bash), ("fish", shells.fish)):
                offered = [os.path.basename(word) for word in complete(line)]
                shells.check(name, line, offered, [wanted], [unwanted])
                compared += 1
        compared += shells.zsh()
        # The commands of kmod are part of the templates.
        shown = subprocess.run([tools / "kmod", "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z][\w-]*)  ", shown.split("Commands:\n", 1)[1], re.M)
        shells.check("bash", "kmod ", shells.bash("kmod "), commands, [])
        shells.check("fish", "kmod ", shells.fish("kmod "), commands, [])
        for command in commands:
            if command not in (completions / "_kmodpp").read_text():
                shells.fault(f"zsh: {command} is not among the commands of kmod")
        if (root / kTrap).exists():
            shells.fault("a name from a file was run as a command")
    print(f"{compared} completions compared")
    return 1 if shells.faults or compared < 90 else 0


sys.exit(main())
