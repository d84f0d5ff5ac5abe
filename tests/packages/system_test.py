#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes a Debian with systemd and udev in QEMU from kmod to kmodpp and back. The machine is booted in
between, also after a crash during the change: each boot must succeed as before, with the same modules
and drivers, and programs that run while packages are exchanged must find their tools and libraries. Run
by hand, as root: it takes half an hour without KVM (docs/packaging.md).

    scripts/package.sh
    PYTHONPATH=tests tests/packages/system_test.py --packages build/packages

The packages must have been built on the tested release (--suite, default bookworm)."""

import argparse
import pathlib
import re
import selectors
import shutil
import subprocess
import sys
import time

from lib.many_devices import DEVICES, DISK_SIZE, DISKS, EXPECTED

HERE = pathlib.Path(__file__).resolve().parent

INCLUDED = ("systemd-sysv", "systemd", "udev", "dbus", "kmod", "linux-image-amd64", "initramfs-tools",
            "zstd", "pciutils", "bash-completion")
OURS = ("kmodpp", "libkmodpp0.1", "libkmod2-kmodpp")
# Downloaded in the system, where apt knows the packages of its release.
THEIRS = "kmod"
IMAGE_SIZE = "4G"
SERVICE = """[Unit]
Description=Reports the state of the machine
[Service]
Type=exec
ExecStart=/root/guest
[Install]
WantedBy=multi-user.target
"""
FILES = {
    "etc/hostname": "debian\n",
    "etc/fstab": "LABEL=system / ext4 defaults 0 1\n",
    "etc/modules": "nbd\n",
    "etc/modules-load.d/more.conf": "dummy\n",
    "etc/modprobe.d/local.conf": "options dummy numdummies=2\nblacklist pcspkr\n",
    "etc/initramfs-tools/conf.d/fast": "COMPRESS=zstd\nCOMPRESSLEVEL=1\n",
    "etc/systemd/system/tell.service": SERVICE,
}
# (action after the boot, project of the tools that booted). "remove" and "unpack" end in a crash, at
# moments of a change by apt without tools, and with tools that are not configured yet.
BOOTS = (("remove", "kmod"), ("unpack", "none"), ("configure", "kmodpp"), ("kmod", "kmodpp"),
         ("dpkg", "kmod"), ("off", "kmodpp"))
# Sections that must be the same in each boot as in the first one.
SAME = ("state", "failed", "modules", "drivers", "requested", "complaints")
# Without tools the kernel cannot request modules, so only this section is compared.
WITHOUT_TOOLS = ("complaints",)
SILENCE = 900


def command(*words, **others):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **others)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: {done.stdout.decode(errors='replace')[-3000:]}")
    return done.stdout.decode(errors="replace")


class System:
    """The disk of the machine, and its boots."""

    def __init__(self, options):
        self.work = options.work
        self.packages = options.packages
        self.suite = options.suite
        self.accelerator = options.accel
        self.mirror = [options.mirror] if options.mirror else []
        self.disk = self.work / "disk"

    def base(self):
        """Makes the Debian system without our packages, once."""
        tar = self.work / "base.tar"
        if not tar.exists():
            self.work.mkdir(parents=True, exist_ok=True)
            new = self.work / "new.tar"
            hook = ('mkdir "$1/root/kmod" && cd "$1/root/kmod" && '
                    f'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download -o APT::Sandbox::User=root {THEIRS}')
            command("mmdebstrap", "--variant=minbase", "--include=" + ",".join((*INCLUDED, *self.needed())),
                    f"--customize-hook={hook}", self.suite, new, *self.mirror)
            new.rename(tar)
        return tar

    def needed(self):
        """Returns the packages that ours need, so that the machine needs no network."""
        fields = "".join(command("dpkg-deb", "-f", self.package(name), field) + "," for name in OURS
                         for field in ("Pre-Depends", "Depends", "Recommends"))
        names = {entry.split()[0] for entry in fields.split(",") if entry.strip()}
        return sorted(names - set(OURS))

    def make_disk(self):
        root = self.work / "root"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        command("tar", "-xf", self.base(), "-C", root, "--numeric-owner")
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        shutil.copy(HERE / "system_guest.sh", root / "root/guest")
        wanted = root / "etc/systemd/system/multi-user.target.wants"
        wanted.mkdir(exist_ok=True)
        (wanted / "tell.service").symlink_to("/etc/systemd/system/tell.service")
        (root / "root/kmodpp").mkdir()
        for name in OURS:
            shutil.copy(self.package(name), root / "root/kmodpp")
        self.disk.unlink(missing_ok=True)
        command("mke2fs", "-q", "-t", "ext4", "-L", "system", "-d", root, self.disk, IMAGE_SIZE)
        shutil.rmtree(root)

    def package(self, name):
        found = list(self.packages.glob(name + "_*.deb"))
        if len(found) != 1:
            sys.exit(f"{len(found)} packages {name} in {self.packages}")
        return found[0]

    def boot_files(self):
        """Copies the kernel and the initramfs from the disk, after checking the file system."""
        # Status 1: e2fsck made repairs, as a boot would have done after a crash.
        done = subprocess.run(["e2fsck", "-f", "-p", self.disk], capture_output=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"e2fsck: {done.stdout.decode()}")
        for name in ("vmlinuz", "initrd.img"):
            printed = command("debugfs", "-R", f"stat /{name}", self.disk)
            target = re.search(r'Fast link dest: "(.*)"', printed)[1]
            command("debugfs", "-R", f"dump /{target} {self.work / name}", self.disk)

    def devices(self):
        lines = ["-machine", "q35", "-vga", "std", "-audiodev", "none,id=none",
                 "-object", "cryptodev-backend-builtin,id=crypto"]
        for disk in DISKS:
            path = self.work / f"disk-{disk}"
            with open(path, "wb") as out:
                out.truncate(DISK_SIZE)
            lines += ["-drive", f"file={path},format=raw,if=none,id={disk}"]
        for device in DEVICES:
            lines += ["-device", device]
        return lines

    def boot(self, act):
        """Boots the machine, and returns its report as {section: text}."""
        self.boot_files()
        console = self.work / f"console-{act}"
        line = ["qemu-system-x86_64", "-accel", self.accelerator, "-m", "2048", "-smp", "2",
                "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
                "-kernel", self.work / "vmlinuz", "-initrd", self.work / "initrd.img",
                "-drive", f"file={self.disk},format=raw,if=none,id=system,cache=unsafe",
                "-device", "virtio-blk-pci,drive=system", *self.devices(),
                "-serial", f"file:{console}", "-serial", "stdio", "-append",
                f"root=LABEL=system console=ttyS0 panic=-1 quiet test_act={act} "
                "rootdelay=120 systemd.default_timeout_start_sec=600s systemd.default_device_timeout_sec=600s"]
        received, last_output = bytearray(), time.monotonic()
        with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as machine:
            try:
                with selectors.DefaultSelector() as ready:
                    ready.register(machine.stdout, selectors.EVENT_READ)
                    while time.monotonic() < last_output + SILENCE:
                        if not ready.select(timeout=1):
                            continue
                        chunk = machine.stdout.read1(1 << 16)
                        if not chunk:
                            break
                        received += chunk
                        last_output = time.monotonic()
            finally:
                machine.kill()
        text = received.decode(errors="replace").replace("\r", "")
        (self.work / f"report-{act}").write_text(text)
        sections = dict(re.findall(r"^@@(\w+)\n(.*?)(?=^@@)", text, re.M | re.S))
        if "\n@@end" not in text:
            sys.exit(f"the boot for '{act}' did not finish; its report:\n{text[-2000:]}\n"
                     f"its console:\n{console.read_text(errors='replace')[-3000:]}")
        return sections


def faults_of(act, tools, seen, first):
    """Returns the faults of one boot."""
    wrong = []
    if tools != "none" and seen["state"].strip() != "running":
        wrong.append(f"the system is {seen['state'].strip()}: {seen['failed']}")
    found = "kmodpp" if "kmodpp" in seen["version"] else "none" if "none" in seen["version"] else "kmod"
    if found != tools:
        wrong.append(f"{tools} should run here: {seen['version']}")
    # After a crash during a change, dpkg reports unfinished packages.
    if seen["audit"].strip() and act not in ("unpack", "configure"):
        wrong.append(f"dpkg --audit: {seen['audit']}")
    if tools == "none":
        print("only with tools: " + " ".join(sorted(set(first["modules"].split()) - set(seen["modules"].split()))))
    # Drivers that are modules in one kernel are built into another.
    bound = {row.split()[-1] for row in seen["drivers"].splitlines()}
    missing = (EXPECTED - bound | {"nbd", "dummy"}) - set(seen["modules"].split())
    if missing:
        wrong.append(f"not loaded: {sorted(missing)}")
    for name in WITHOUT_TOOLS if tools == "none" else SAME:
        ours, theirs = (set(text[name].splitlines()) for text in (seen, first))
        if ours != theirs:
            wrong.append(f"{name}: only in this boot {sorted(ours - theirs)}, only in the first {sorted(theirs - ours)}")
    if seen["status"].strip() != "0":
        wrong.append(f"{act}: {seen['act'][-2000:]}")
    if "tried" in seen and not re.search(r"^tried [1-9]\d+ times, 0 failures$", seen["tried"], re.M):
        wrong.append(f"while packages changed: {seen['tried'][-2000:]}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path, default=HERE.parents[1] / "build/packages")
    parser.add_argument("--suite", default="bookworm", help="release of Debian")
    parser.add_argument("--work", type=pathlib.Path, help="default: build/system/SUITE")
    parser.add_argument("--accel", default="tcg,thread=multi", help="of QEMU; kvm where it works")
    parser.add_argument("--mirror", help="of Debian")
    options = parser.parse_args()
    options.work = options.work or HERE.parents[1] / "build/system" / options.suite
    system = System(options)
    system.make_disk()
    first, faults = None, 0
    for act, tools in BOOTS:
        began = time.monotonic()
        seen = system.boot(act)
        first = first or seen
        print(f"booted by {tools}, then {act}: {seen['state'].strip()}, "
              f"{len(seen['modules'].split())} modules, {sum(int(row.split()[0]) for row in seen['drivers'].splitlines())} devices with drivers, "
              f"{seen['time'].splitlines()[0]}; {seen.get('tried', 'nothing tried').splitlines()[-1]}; "
              f"{time.monotonic() - began:.0f} s in all", flush=True)
        for fault in faults_of(act, tools, seen, first):
            print("FAIL: " + fault, file=sys.stderr)
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
