# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares `kmod static-nodes` with Debian's for a whole kernel and for small files. Debian's reads only
the modules.devname of the running kernel, so it runs in a chroot that has the file at that path."""

import os
import re
import shutil
import subprocess
import sys

from lib.counting import fail
from lib.harness import REFERENCE, Test, run

KMOD = "/bin/kmod"
FORMATS = ("human", "tmpfiles", "devname")
# Lines that both accept.
SOUND = """# comment
fuse fuse c10:229
tun net/tun c10:200

snd_timer\tsnd/timer   c116:33
snd_seq snd/seq c116:1
loop-x loop.0 b7:1048575
deep a/b/c/d b4095:0
"""
# Lines that both refuse, each tried between two valid lines.
REFUSED = ("bad", "bad x", "bad x q1:2", "bad x c1", "bad x c:1", "bad x cx:y", "space in name c1:2")
# Lines that Debian's kmod accepts, although they are passed to systemd-tmpfiles, which runs as root.
TRUSTED_THERE = ("evil ../etc/x c1:1", "evil a/../../z c1:4", "evil /etc/y c1:1", "huge x c99999:99999999",
                 "less x c-1:2", "evil \\x2e\\x2e/x c1:1", "more x c1:2:3")


class Debian:
    """A root with Debian's kmod, its libraries and one module directory."""

    def __init__(self, root):
        self.root = root
        self.devname = root / "lib/modules" / os.uname().release / "modules.devname"
        self.devname.parent.mkdir(parents=True)
        libraries = re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", KMOD], capture_output=True, text=True,
                                                                check=True).stdout)
        for file in (KMOD, *libraries):
            target = root / file.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        self.enter = ["chroot"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "chroot"]

    def run(self, text, form):
        """Returns (the nodes, the exit status); text None: the file does not exist."""
        self.devname.unlink(missing_ok=True)
        if text is not None:
            self.devname.write_text(text)
        out = self.root / "out"
        out.unlink(missing_ok=True)
        done = run([*self.enter, self.root, KMOD, "static-nodes", "-f", form, "-o", "/out"])
        return out.read_text() if out.exists() else done.stderr.decode(), done.returncode


def ours(test, root, text, form):
    devname = root / "lib/modules" / test.release / "modules.devname"
    devname.parent.mkdir(parents=True, exist_ok=True)
    devname.unlink(missing_ok=True)
    if text is not None:
        devname.write_text(text)
    done = run([test.ours("kmod"), "static-nodes", "-f", form, "--simulate", root])
    return done.stdout.decode(), done.returncode, done.stderr.decode()


def once(text):
    """Debian's repeats the line of a directory before each of its nodes."""
    seen = set()
    return "".join(line for line in text.splitlines(keepends=True)
                   if not line.startswith("d ") or not (line in seen or seen.add(line)))


def main():
    with Test(__doc__) as test:
        tree = test.copy_tree("tree")
        test.depmod(REFERENCE["depmod"], tree)
        real = (test.directory(tree) / "modules.devname").read_text()
        if len(real.splitlines()) < 5:
            fail("the kernel has hardly any device nodes")
        debian = Debian(test.scratch / "debian")
        root = test.scratch / "ours"

        for name, text in (("a whole kernel", real), ("sound lines", SOUND.replace("\n\n", "\n")), ("no line", ""),
                           ("a comment", "# none\n"), ("no newline at the end", "fuse fuse c10:229")):
            for form in FORMATS:
                theirs, status = debian.run(text, form)
                nodes, own_status, complaint = ours(test, root, text, form)
                test.compare(name, nodes, once(theirs), f"{name}, {form}")
                test.compare("exit status", (own_status, complaint), (status, ""), f"{name}, {form}")
        for line in REFUSED:
            text = f"fuse fuse c10:229\n{line}\ntun net/tun c10:200\n"
            for form in FORMATS:
                theirs, status = debian.run(text, form)
                nodes, own_status, complaint = ours(test, root, text, form)
                test.compare("refused lines", nodes, once(theirs), f"'{line}', {form}")
                test.compare("exit status", own_status, status, f"'{line}', {form}")
                test.compare("warnings", "WARNING" in complaint and "line 2" in complaint, True, line)
        for line in TRUSTED_THERE:
            text = f"fuse fuse c10:229\n{line}\n"
            theirs, _ = debian.run(text, "tmpfiles")
            nodes, own_status, complaint = ours(test, root, text, "tmpfiles")
            test.compare("hostile lines", theirs != nodes, True, f"Debian's kmod accepts '{line}'")
            test.compare("hostile lines", (nodes, own_status), ("c! /dev/fuse 0600 - - - 10:229\n", 1), line)
        for form in FORMATS:
            _, status = debian.run(None, form)
            nodes, own_status, complaint = ours(test, root, None, form)
            test.compare("no file", (nodes, own_status), ("", status), form)
            test.compare("no file", complaint.endswith("modules.devname not found - ignoring\n"), True, complaint)


if __name__ == "__main__":
    sys.exit(main())
