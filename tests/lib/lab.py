# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine of any size with any devices, optionally with the whole module tree, and with the built
tools or Debian's at the same paths."""

import os
import pathlib
import re
import select
import shutil
import subprocess
import time

from .harness import REPOSITORY
from .machine import TIMER, TOOLS, Machine, libraries_of

SOURCES = REPOSITORY / "tests/kernel"
DEBIAN_KMOD = "/bin/kmod"
MARK = "@@step"

# Output of the script goes to the first serial port, kernel messages to the second.
INIT = """#!/bin/sh
# The serial port is a terminal: no colours and no progress.
export PATH=/sbin:/bin LC_ALL=C TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1 </dev/null
. /main
poweroff -f
"""


class Silence(Exception):
    """The machine printed nothing for too long."""


class Lab(Machine):
    """Collects a root directory, then boots it any number of times."""

    def __init__(self, tools, kernel, directory, debian=False):
        super().__init__(pathlib.Path(tools).resolve(), kernel, directory)
        self.memory = 1024
        self.cores = 1
        self.devices = []
        self.console = self.directory / "console"
        self.depmod = "/sbin/depmod" if debian else self.tools / "depmod"
        if debian:
            self._take_debian()

    def _take_debian(self):
        shutil.rmtree(self.root / "libkmodpp", ignore_errors=True)
        for tool in TOOLS:
            (self.root / "sbin" / tool).unlink()
            if tool != "kmod":
                (self.root / "sbin" / tool).symlink_to("kmod")
        shutil.copy(DEBIAN_KMOD, self.root / "sbin" / "kmod")
        for library in libraries_of(DEBIAN_KMOD):
            target = self.root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)

    def add_applets(self, *names):
        for name in names:
            link = self.root / "bin" / name
            if not link.is_symlink():
                link.symlink_to("busybox")

    def add_whole_tree(self):
        """Adds all modules of the package, as hard links where possible."""
        source = self.kernel / "lib" / "modules" / self.release / "kernel"
        if subprocess.run(["cp", "-rl", source, self.modules], stderr=subprocess.DEVNULL).returncode:
            shutil.rmtree(self.modules / "kernel", ignore_errors=True)
            subprocess.run(["cp", "-r", source, self.modules], check=True)

    def build_databases(self):
        subprocess.run([self.depmod, "-b", self.root, self.release], check=True)

    def compile(self, source, target):
        """Compiles a small static program to a path in the machine."""
        program = self.root / target.lstrip("/")
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program,
                        SOURCES / source], check=True)

    def build_image(self):
        """Builds the initramfs; once is enough for several boots of the same root."""
        init = self.root / "init"
        init.write_text(INIT)
        init.chmod(0o755)
        with open(self.directory / "initramfs", "wb") as out:
            files = subprocess.run(["find", ".", "-print0"], cwd=self.root, check=True,
                                   capture_output=True).stdout
            subprocess.run(["cpio", "--quiet", "-0", "-o", "-H", "newc", "-R", "0:0"],
                           cwd=self.root, input=files, stdout=out, check=True)

    def boot(self, append="", silence=60):
        """Yields the lines that /main prints, until the machine ends. Raises Silence."""
        command = ["qemu-system-x86_64", "-accel", "tcg", "-m", str(self.memory),
                   "-smp", str(self.cores), "-display", "none", "-monitor", "none",
                   "-serial", "stdio", "-serial", f"file:{self.console}", "-no-reboot",
                   "-kernel", self.image,
                   "-initrd", self.directory / "initramfs", *self.devices,
                   "-append", f"console=ttyS1 quiet panic=-1 {TIMER} {append}"]
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            rest = b""
            deadline = time.monotonic() + silence
            while True:
                wait = deadline - time.monotonic()
                if wait <= 0:
                    raise Silence(f"no output for {silence} seconds")
                if not select.select([machine.stdout], [], [], wait)[0]:
                    continue
                piece = os.read(machine.stdout.fileno(), 65536)
                if not piece:
                    break
                deadline = time.monotonic() + silence
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line.decode(errors="replace").rstrip("\r")
        finally:
            machine.kill()
            machine.wait()

    def last_words(self, size=1500):
        """The end of the kernel messages."""
        return self.console.read_text(errors="replace")[-size:] if self.console.exists() else ""

    def run(self, steps, append="", seconds=180):
        """Boots, runs the command lines, and returns [(line, output, status)]. Each may take
        `seconds`."""
        (self.root / "main").write_text("".join(
            f"echo '{MARK} {number}'\n(\n{line}\n)\necho '{MARK} status '$?\n"
            for number, line in enumerate(steps)))
        self.build_image()
        printed = ""
        try:
            for line in self.boot(append, seconds):
                printed += line + "\n"
        except Silence as silence:
            printed += f"{silence}\n"
        results = []
        for number, line in enumerate(steps):
            found = re.search(rf"{MARK} {number}\n(.*?){MARK} status (\d+)\n", printed, re.S)
            if not found:
                raise RuntimeError(f"the machine ended before or in step {number}, '{line}'; "
                                   f"output:\n{printed[-2000:]}\nkernel:\n{self.last_words()}")
            results.append((line, found.group(1), int(found.group(2))))
        return results
