# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots Debian's kernel in QEMU once, with the built tools in a small root, runs command lines there
and returns their output."""

import os
import pathlib
import re
import selectors
import shutil
import subprocess
import time

from .guest_script import INIT, OWNED, PARTS, Step, Transcript, script_of
from .kernel_image import vmlinux_of
from .scenario_root import ScenarioRoot

BUSYBOX = "/bin/busybox"
# busybox's own shell would run its applets instead of the tools.
SHELL = "/bin/dash"
APPLETS = ("mount", "umount", "poweroff", "cat", "ls", "awk", "sort", "echo", "dd", "ip",
           "grep", "sleep", "mkdir", "losetup", "readlink", "uname", "rm", "cp", "chmod", "su",
           "rmdir", "dmesg", "printf", "touch", "mv", "tail", "tr")
TOOLS = ("insmod", "rmmod", "modprobe", "depmod", "modinfo", "lsmod", "kmod")
# Opened with dlopen, so ldd does not list them.
DLOPENED = ("libzstd.so.1", "liblzma.so.5", "libdeflate.so.0", "libcrypto.so.3")
# Always TCG: KVM hangs where /dev/kvm exists but does not work, as in nested machines.
QEMU = ["qemu-system-x86_64", "-accel", "tcg", "-m", "1024", "-nodefaults", "-no-user-config",
        "-display", "none", "-no-reboot"]
# On a busy host the kernel's timer check can fail, and the kernel panics.
TIMER = "no_timer_check"
COMMAND_LINE = f"console=ttyS0 quiet panic=-1 printk.time=0 {TIMER}"


class MachineError(RuntimeError):
    """The machine did not finish its steps."""


def libraries_of(program):
    listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
    return set(re.findall(r"(/\S+) \(0x", listing.stdout))


def dlopened_libraries():
    listing = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True)
    found = [re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", listing.stdout, re.M)
             for name in DLOPENED]
    return {match.group(1) for match in found if match}


class Machine(ScenarioRoot):
    """Collects a root directory, then boots it. `image` replaces the package's kernel: a bzImage,
    or an ELF kernel with a PVH entry point."""

    def __init__(self, tools, kernel, directory, image=None):
        self.directory = pathlib.Path(directory)
        super().__init__(tools, kernel, self.directory / "root")
        self.image = image or vmlinux_of(self.kernel, self.release)
        self._fill_root()

    def _fill_root(self):
        for name in ("bin", "sbin", "proc", "sys", "dev", "etc/modprobe.d", "tmp", "mnt", "var"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(BUSYBOX, self.root / "bin" / "busybox")
        shutil.copy(SHELL, self.root / "bin" / "sh")
        for applet in APPLETS:
            (self.root / "bin" / applet).symlink_to("busybox")
        # The tools open the last one when they need it.
        libraries = dlopened_libraries() | libraries_of(SHELL) | {
            str(self.tools.parent / "libkmodpp/libkmodpp.so.0.1")}
        for tool in TOOLS:
            shutil.copy(self.tools / tool, self.root / "sbin" / tool)
            libraries |= libraries_of(self.tools / tool)
        for library in libraries:
            # The tools find the project's libraries relative to their own path.
            target = self.root / ("libkmodpp" if "libkmodpp" in library else
                                  os.path.dirname(library).lstrip("/"))
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target / os.path.basename(library))

    def part(self, name):
        """A root for some of the steps: its directories OWNED replace those of the machine while
        the steps run."""
        part = ScenarioRoot(self.tools, self.kernel, self.root / PARTS / name)
        for owned in (*OWNED, "etc/modprobe.d"):
            (part.root / owned).mkdir(parents=True, exist_ok=True)
        return part

    def run(self, steps, append="", seconds=180):
        """Boots, runs the command lines, and returns [(line, output, status)]."""
        found, _ = self.run_parts([(None, [Step(line) for line in steps])], append, seconds)
        return [(line, seen.stdout, seen.status) for line, seen in zip(steps, found[0])]

    def run_parts(self, parts, append="", seconds=180, step_seconds=60):
        """Boots once for parts [(part or None, [Step])]. Returns the observations of each part, and
        the modules that each part left loaded. Raises MachineError if the boot takes more than
        `seconds`, or a step more than `step_seconds`."""
        named = [(root and root.root.name, steps) for root, steps in parts]
        (self.root / "steps").write_text(script_of(named))
        init = self.root / "init"
        init.write_text(INIT)
        init.chmod(0o755)
        console = self.directory / "console"
        received, problem = self._boot(append, console, seconds, step_seconds)
        transcript = Transcript(received)
        if not transcript.ended:
            raise MachineError(self._explain(parts, transcript, problem, console))
        return ([transcript.observations(number) for number in range(len(parts))],
                [transcript.left(number) for number in range(len(parts))])

    def _make_initramfs(self):
        image = self.directory / "initramfs"
        with open(image, "wb") as out:
            files = subprocess.run(["find", ".", "-print0"], cwd=self.root, check=True,
                                   capture_output=True).stdout
            subprocess.run(["cpio", "--quiet", "-0", "-o", "-H", "newc", "-R", "0:0"],
                           cwd=self.root, input=files, stdout=out, check=True)
        return image

    def _boot(self, append, console, seconds, step_seconds):
        """Returns the output of the script, and the reason for an early end or None."""
        command = [*QEMU, "-kernel", self.image, "-initrd", self._make_initramfs(),
                   "-append", f"{COMMAND_LINE} {append}",
                   "-serial", f"file:{console}", "-serial", "stdio"]
        received = bytearray()
        began = step_began = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as qemu:
            try:
                with selectors.DefaultSelector() as ready:
                    ready.register(qemu.stdout, selectors.EVENT_READ)
                    while True:
                        now = time.monotonic()
                        if now > began + seconds:
                            return text_of(received), f"killed: the boot took more than {seconds} s"
                        if now > step_began + step_seconds:
                            return text_of(received), f"killed: a step took more than {step_seconds} s"
                        if not ready.select(timeout=1):
                            continue
                        chunk = os.read(qemu.stdout.fileno(), 1 << 16)
                        if not chunk:
                            return text_of(received), "the machine ended"
                        seen = len(received)
                        received += chunk
                        if b"@@step" in received[max(0, seen - 6):]:
                            step_began = time.monotonic()
                        if b"@@end" in received[max(0, seen - 6):]:
                            # Do not wait for the shutdown.
                            return text_of(received) + "\n", None
            finally:
                qemu.kill()

    def _explain(self, parts, transcript, problem, console):
        at, done = transcript.last_step()
        if at is None:
            where = "before the first step"
        else:
            root, steps = parts[at[0]]
            name = f" of {root.root.name}" if root else ""
            where = (f"{'after' if done else 'in'} step {at[1] + 1} of {len(steps)}{name}: "
                     f"{steps[at[1]].line}")
        words = console.read_text(errors="replace").replace("\r", "") if console.exists() else ""
        return (f"{problem} {where}\n"
                f"--- what the step printed\n{transcript.output_of_last()[-1000:]}\n"
                f"--- the end of the console\n{words[-2500:].strip() or '(none)'}\n")


def text_of(received):
    return received.decode(errors="replace").replace("\r", "")
