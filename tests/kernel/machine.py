# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine for one boot: Debian's kernel in QEMU with the built tools in a small root, which
runs command lines and hands back what they said."""

import os
import pathlib
import re
import shutil
import subprocess

BUSYBOX = "/bin/busybox"
TOOLS = ("insmod", "rmmod", "modprobe", "depmod", "modinfo", "lsmod", "kmod")
# Opened with dlopen, so that ldd does not name them.
DLOPENED = ("libzstd.so.1", "liblzma.so.5", "libdeflate.so.0")
MARK = "@@step"

INIT = """#!/bin/sh
export PATH=/sbin:/bin LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
echo 1 >/proc/sys/kernel/printk
exec 2>&1
. /steps
echo "{mark} end"
poweroff -f
"""


def libraries_of(program):
    listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
    return set(re.findall(r"(/\S+) \(0x", listing.stdout))


def dlopened_libraries():
    listing = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True)
    found = [re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", listing.stdout, re.M)
             for name in DLOPENED]
    return {match.group(1) for match in found if match}


class Machine:
    """Collects a root directory, then boots it."""

    def __init__(self, tools, kernel, directory):
        self.tools = pathlib.Path(tools)
        self.kernel = pathlib.Path(kernel)
        self.release = sorted(os.listdir(self.kernel / "lib" / "modules"))[-1]
        self.directory = pathlib.Path(directory)
        self.root = self.directory / "root"
        self._make_root()

    @property
    def modules(self):
        return self.root / "lib" / "modules" / self.release

    def _make_root(self):
        for name in ("bin", "sbin", "proc", "sys", "dev", "etc/modprobe.d", "tmp", "mnt"):
            (self.root / name).mkdir(parents=True)
        shutil.copy(BUSYBOX, self.root / "bin" / "busybox")
        for applet in ("sh", "mount", "poweroff", "cat", "ls", "awk", "sort", "echo", "dd", "ip",
                       "grep", "sleep", "mkdir", "losetup", "readlink", "uname", "rm", "cp",
                       "chmod", "su", "rmdir"):
            (self.root / "bin" / applet).symlink_to("busybox")
        libraries = dlopened_libraries()
        for tool in TOOLS:
            shutil.copy(self.tools / tool, self.root / "sbin" / tool)
            libraries |= libraries_of(self.tools / tool)
        for library in libraries:
            # Those of the build folder are found by their path from the tool, as there.
            target = self.root / ("libkmodpp" if "libkmodpp" in library else
                                  os.path.dirname(library).lstrip("/"))
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target / os.path.basename(library))
        self.modules.mkdir(parents=True)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(self.kernel / "lib" / "modules" / self.release / name, self.modules / name)

    def add_modules(self, names):
        """Modules of the package by their names, with everything that they depend on."""
        tree = self.kernel / "lib" / "modules" / self.release
        files = {path.name.split(".")[0].replace("-", "_"): path for path in tree.rglob("*.ko")}
        wanted = list(names)
        done = set()
        while wanted:
            name = wanted.pop()
            if name in done:
                continue
            done.add(name)
            source = files[name]
            target = self.modules / source.relative_to(tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            depends = subprocess.run([self.tools / "modinfo", "-F", "depends", source],
                                     check=True, capture_output=True, text=True).stdout.strip()
            wanted += [needed.replace("-", "_") for needed in depends.split(",") if needed]
        return done

    def packaged(self, name):
        """The file of a module in the package."""
        tree = self.kernel / "lib" / "modules" / self.release
        return next(p for p in tree.rglob("*.ko")
                    if p.name.split(".")[0].replace("-", "_") == name)

    def path_of(self, name):
        return next(p for p in self.modules.rglob("*.ko*")
                    if p.name.split(".")[0].replace("-", "_") == name)

    def run(self, steps, append="", seconds=180):
        """Boots, runs the command lines, and returns [(line, output, status)]."""
        script = "".join(
            f"echo '{MARK} {number}'\n({line}\n)\necho '{MARK} status '$?\n"
            for number, line in enumerate(steps))
        (self.root / "steps").write_text(script)
        init = self.root / "init"
        init.write_text(INIT.replace("{mark}", MARK))
        init.chmod(0o755)
        image = self.directory / "initramfs"
        with open(image, "wb") as out:
            files = subprocess.run(["find", ".", "-print0"], cwd=self.root, check=True,
                                   capture_output=True).stdout
            subprocess.run(["cpio", "--quiet", "-0", "-o", "-H", "newc", "-R", "0:0"],
                           cwd=self.root, input=files, stdout=out, check=True)
        command = ["qemu-system-x86_64", "-accel", "tcg", "-m", "1024", "-nographic",
                   "-no-reboot", "-kernel", self.kernel / "boot" / f"vmlinuz-{self.release}",
                   "-initrd", image, "-append", f"console=ttyS0 quiet panic=-1 {append}"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=seconds)
            console = done.stdout.decode(errors="replace").replace("\r", "")
        except subprocess.TimeoutExpired as hung:
            console = (hung.stdout or b"").decode(errors="replace").replace("\r", "")
        return self._results(steps, console)

    def _results(self, steps, console):
        results = []
        for number, line in enumerate(steps):
            found = re.search(rf"{MARK} {number}\n(.*?){MARK} status (\d+)\n", console, re.S)
            if not found:
                raise RuntimeError(f"the machine ended before or in step {number}, '{line}'; its "
                                   f"last words:\n{console[-2000:]}")
            results.append((line, found.group(1), int(found.group(2))))
        return results
