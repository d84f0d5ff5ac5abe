# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs programs of Debian that are linked to libkmod.so.2, with Debian's library and with ours: their
output and the files that they create must be the same. (Debian's own modprobe, modinfo and lsmod
contain the library statically.)"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from lib import debian, loaded
from lib.counting import fail
from libraries import HERE

STORE = HERE.parents[1] / "build/client-packages"
# Packages in addition to those in the Debian of tests/clients.
PACKAGES = ("dracut-core", "pciutils", "libpci3")
PROGRAMS = {"udevadm": "/usr/bin/udevadm", "modules-load": "/usr/lib/systemd/systemd-modules-load",
            "dracut-install": "/usr/lib/dracut/dracut-install", "lspci": "/usr/bin/lspci"}
CONFIGURATION = """alias an-alias nbd
options nbd max_part=8
install ifb /bin/true
blacklist pcspkr
softdep nbd pre: dummy
"""
ALIASES = """nbd an-alias ifb pcspkr ext4 no-such-module tcp_cubic net-pf-10 crypto-crc32c symbol:jbd2_journal_start
platform:pcspkr pci:v00008086d0000100Esv00008086sd00001000bc02sc00i00 btrfs""".split()
MODULES = "nbd\nan-alias\nifb\npcspkr\next4\nno-such-module\ntcp_cubic\n# comment\n\ncrypto-crc32c\nloop\n"
DRACUT = [
    "-m ext4 loop nbd snd_hda_intel tcp_cubic",
    "-m no-such-module",
    "-o -m no-such-module an-alias ext4",
    "-m =drivers/net/ethernet/intel",
    "-o -s iscsi_register_transport|eth_type_trans -m =drivers/scsi =drivers/net/usb",
    "-o -s ^U?ata_scsi_ioctl$|scsi_add_host -S ^U?wireless -m =drivers/ata",
    "-P virtio -m =drivers/block",
    "-o -p /xhci -m =drivers/usb",
]
# Vendor, device, subsystem vendor and device, class: two devices with a driver, and two without.
DEVICES = [(0x8086, 0x100E, 0x8086, 0x001E, 0x020000), (0x8086, 0x2668, 0x1AF4, 0x1100, 0x040300),
           (0x10EC, 0x8139, 0x1AF4, 0x1100, 0x020000), (0x1234, 0x5678, 0x1AF4, 0x1100, 0xFF0000)]


# Messages that must occur, which show that the programs called the library.
MESSAGES = {"udevadm": ["Module 'ext4' is already loaded", "Module 'tcp_cubic' is built in",
                        "Failed to find module 'no-such-module'", "Module 'pcspkr' is deny-listed"],
            "modules-load": ["Module 'ext4' is already loaded"],
            "lspci": ["Kernel modules: e1000"],
            "dracut-install": ["/fs/ext4/ext4.ko", "/fs/jbd2/jbd2.ko", "/scsi/libiscsi.ko"]}


def packages():
    """Returns the packages, which are downloaded at the first call."""
    STORE.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not list(STORE.glob(name + "_*.deb")):
            done = subprocess.run(["apt-get", "download", name], cwd=STORE, capture_output=True, check=False)
            if done.returncode != 0:
                fail(f"apt-get download {name}: {done.stderr.decode()}")
    return [next(STORE.glob(name + "_*.deb")) for name in PACKAGES]


class Tree:
    """The tree in the form that tests/lib/loaded.py expects."""

    def __init__(self, view, release):
        self.view, self.release = view, release

    def root(self, _side):
        return self.view.root


def prepare(clients, view, state):
    """Installs programs, configuration and databases, and shows a kernel with loaded modules."""
    for package in packages():
        # dpkg -x would replace the link /lib with a directory.
        debian.command("sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$1"',
                       package, view.root)
    view.must("depmod", clients.release)
    view.path("/etc/modprobe.d/test.conf").write_text(CONFIGURATION)
    view.path("/etc/modules-test.conf").write_text(MODULES)
    for number, (vendor, device, subvendor, subdevice, kind) in enumerate(DEVICES):
        directory = view.path(f"/pci/devices/0000:00:{number:02x}.0")
        directory.mkdir(parents=True)
        alias = (f"pci:v{vendor:08X}d{device:08X}sv{subvendor:08X}sd{subdevice:08X}"
                 f"bc{kind >> 16:02X}sc{kind >> 8 & 255:02X}i{kind & 255:02X}")
        config = bytearray(64)
        config[0:4] = vendor.to_bytes(2, "little") + device.to_bytes(2, "little")
        config[8:12] = bytes([0]) + kind.to_bytes(3, "little")
        config[44:48] = subvendor.to_bytes(2, "little") + subdevice.to_bytes(2, "little")
        (directory / "config").write_bytes(config)
        for name, text in {"vendor": hex(vendor), "device": hex(device), "class": hex(kind), "irq": "11",
                           "subsystem_vendor": hex(subvendor), "subsystem_device": hex(subdevice),
                           "modalias": alias, "resource": "0x0 0x0 0x0\n" * 13}.items():
            (directory / name).write_text(text + "\n")
    debian.command("mount", "--rbind", "/sys", view.path("/sys"))
    debian.command("mount", "--bind", state / "sys/module", view.path("/sys/module"))
    debian.command("mount", "--bind", "/dev", view.path("/dev"))
    # /proc/modules may be missing or not replaceable, so /proc consists of links and a copy of that file.
    real, shown = view.path("/real-proc"), view.path("/proc")
    real.mkdir()
    debian.command("mount", "-t", "proc", "proc", real)
    for entry in os.listdir(real):
        if not entry.isdigit() and entry != "modules":
            (shown / entry).symlink_to(f"/real-proc/{entry}")
    shutil.copy(state / "proc/modules", shown)


def put_library(clients, view):
    """Replaces Debian's library with ours."""
    directory = view.path(f"/usr/lib/{os.uname().machine}-linux-gnu")
    for library in directory.glob("libkmod.so*"):
        library.unlink()
    found = [path for path in clients.installed.rglob("libkmod.so.2*")]
    if not found:
        fail("meson installs no libkmod.so.2")
    for library in found + list(clients.installed.rglob("libkmodpp*.so.*")):
        shutil.copy(library, directory, follow_symlinks=False)


def calls():
    """Yields (program, words, environment)."""
    logging = {"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_LOG_COLOR": "0"}
    for alias in ALIASES:
        yield "udevadm", ["test-builtin", f"kmod load {alias}", "/sys/devices/virtual/mem/null"], logging
    yield "udevadm", ["test-builtin", "kmod load", "/sys/devices/virtual/mem/null"], logging
    yield "modules-load", ["/etc/modules-test.conf"], logging
    yield "modules-load", ["/etc/modules-test.conf"], {}
    yield "lspci", ["-k", "-n", "-O", "sysfs.path=/pci"], {}
    yield "lspci", ["-v", "-k", "-n", "-O", "sysfs.path=/pci"], {}


def reworded(text):
    """Removes messages of the library itself, and addresses."""
    text = re.sub(r"^libkmod: .*\n", "", text.decode(errors="replace"), flags=re.M)
    return re.sub(r"0x[0-9a-f]{8,}", "0x", text)


def outcome(view, words, environment=None):
    done = view.run(*words, environment=environment)
    return f"{done.stdout.decode(errors='replace')}\n{reworded(done.stderr)}\nexit {done.returncode}"


def dracut(clients, view, line, number):
    """Returns the messages of dracut-install and the list of files that it copied."""
    target = f"/initrd-{number}"
    view.path(target).mkdir()
    output = outcome(view, [PROGRAMS["dracut-install"], "-D", target, "--kerneldir",
                          f"/lib/modules/{clients.release}", *line.split()])
    files = sorted(str(path.relative_to(view.path(target))) for path in view.path(target).rglob("*"))
    return "\n".join([output, *files])


def check_links(view):
    """Checks that each program is linked to the library that the test replaces."""
    for program in PROGRAMS.values():
        if "libkmod.so.2 =>" not in view.must("ldd", program).stdout.decode():
            fail(f"{program} is not linked to libkmod.so.2")


def main():
    parsed = debian.options(__doc__)
    with debian.Clients(parsed) as clients, tempfile.TemporaryDirectory() as scratch:
        state = pathlib.Path(scratch)
        views = {name: clients.view(name, "kmod") for name in ("theirs", "ours")}
        views["theirs"].must("depmod", clients.release)
        loaded.load(parsed.build.resolve() / "tools", Tree(views["theirs"], clients.release), "kmod", state)
        for view in views.values():
            prepare(clients, view, state)
        put_library(clients, views["ours"])
        check_links(views["ours"])
        output = dict.fromkeys(MESSAGES, "")
        for what, words, environment in calls():
            results = {name: outcome(view, [PROGRAMS[what], *words], environment) for name, view in views.items()}
            clients.compare(what, results["ours"], results["theirs"], f"{what} {' '.join(words)}")
            output[what] += results["ours"]
        for number, line in enumerate(DRACUT):
            results = {name: dracut(clients, view, line, number) for name, view in views.items()}
            clients.compare("dracut-install", results["ours"], results["theirs"], f"dracut-install {line}")
            output["dracut-install"] += results["ours"]
        for what, texts in MESSAGES.items():
            for text in texts:
                if text not in output[what]:
                    clients.differ(f"{what} never prints {text!r}: {output[what][-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
