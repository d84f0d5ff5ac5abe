#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a machine with many devices as an initramfs does: passes the aliases of all devices to
modprobe -a, then those of newly found devices, and so on. With the built tools and with Debian's the
same modules must be loaded, the same drivers bound, and each alias must give the same exit status."""

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

from lab import Lab, fetch_kernel

ROUNDS = 8  # at most
DISK_SIZE = 1 << 20
# The devices of a disk are named after it.
DEVICES = [
    "pcie-pci-bridge,id=bridge", "virtio-net-pci", "e1000,bus=bridge", "e1000e",
    "rtl8139,bus=bridge", "vmxnet3", "pcnet,bus=bridge", "ne2k_pci,bus=bridge",
    "tulip,bus=bridge", "i82559er,bus=bridge", "virtio-blk-pci,drive=blk", "virtio-scsi-pci,id=vscsi",
    "scsi-hd,bus=vscsi.0,drive=scsi", "virtio-rng-pci", "virtio-balloon-pci", "virtio-serial-pci",
    "virtio-keyboard-pci", "virtio-crypto-pci,cryptodev=crypto", "nvme,serial=1,drive=nvme",
    "qemu-xhci,id=xhci", "usb-storage,bus=xhci.0,drive=usb", "usb-tablet,bus=xhci.0",
    "usb-kbd,bus=xhci.0", "usb-audio,bus=xhci.0,audiodev=none", "ich9-usb-ehci1", "pci-ohci",
    "ich9-intel-hda", "hda-duplex,audiodev=none", "AC97,audiodev=none", "ES1370,audiodev=none",
    "i6300esb", "megasas", "mptsas1068", "lsi53c895a", "pvscsi", "am53c974", "sdhci-pci",
    "sd-card,drive=sd", "tpci200", "pvpanic-pci"]
DISKS = ("blk", "scsi", "nvme", "usb", "sd")

ALIASES = "find /sys/devices -name modalias | xargs cat | sort -u"
STEPS = [
    # Devices appear with a delay, so each round pauses. A round without new devices is the last.
    f"{ALIASES} >/tmp/now; for round in {' '.join(map(str, range(ROUNDS)))}; do "
    "mv /tmp/now /tmp/aliases; xargs /sbin/modprobe -abq </tmp/aliases; status=$?; sleep 2; "
    f"{ALIASES} >/tmp/now; cmp -s /tmp/aliases /tmp/now && break; done; exit $status",
    "cat /tmp/now",
    "cmp /tmp/aliases /tmp/now",
    "awk '{print $1}' /proc/modules | sort",
    "for bus in pci usb virtio scsi platform; do cd /sys/bus/$bus/devices || continue; for d in *; do "
    "[ -e $d/driver ] && echo $bus $d $(basename $(readlink $d/driver)); done; done; true",
    "while read -r alias; do /sbin/modprobe -q \"$alias\"; echo \"$? $alias\"; done </tmp/now",
]
_, ALIASES_STEP, LAST_STEP, MODULES_STEP, DRIVERS_STEP, STATUS_STEP = range(len(STEPS))
# Drivers that must be bound for the test to be meaningful.
EXPECTED = {
    "virtio_net", "virtio_blk", "virtio_scsi", "virtio_rng", "virtio_balloon", "virtio_console",
    "virtio_crypto", "virtio_input", "e1000", "e1000e", "8139cp", "vmxnet3", "pcnet32", "ne2k_pci",
    "nvme", "xhci_pci", "usb_storage", "usbhid", "snd_usb_audio", "ehci_pci", "snd_hda_intel",
    "snd_intel8x0", "snd_ens1370", "i6300esb", "megaraid_sas", "mptsas", "sym53c8xx", "vmw_pvscsi",
    "am53c974", "sdhci_pci", "bochs", "i2c_i801", "lpc_ich", "psmouse"}


def start(options, kernel, directory, debian):
    lab = Lab(options.tools, kernel, directory, debian)
    lab.memory = 2048
    lab.add_applets("find", "xargs", "cmp", "basename", "mv")
    lab.add_whole_tree()
    lab.build_databases()
    lab.devices = ["-machine", "q35", "-vga", "std", "-audiodev", "none,id=none",
                   "-object", "cryptodev-backend-builtin,id=crypto"]
    for disk in DISKS:
        path = lab.directory / disk
        with open(path, "wb") as out:
            out.truncate(DISK_SIZE)
        lab.devices += ["-drive", f"file={path},format=raw,if=none,id={disk}"]
    for device in DEVICES:
        lab.devices += ["-device", device]
    return lab.run(STEPS, seconds=200)


def compare(title, ours, theirs):
    """The lines that only one of the two has."""
    left, right = set(ours.splitlines()), set(theirs.splitlines())
    return [f"{title}, ours only: {line}" for line in sorted(left - right)] + \
           [f"{title}, Debian's only: {line}" for line in sorted(right - left)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    kernel = fetch_kernel()
    with tempfile.TemporaryDirectory(prefix="kmodpp-coldplug-") as directory:
        # Both at the same time: each machine has one core.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ours, theirs = pool.map(
                lambda name: start(options, kernel, pathlib.Path(directory) / name,
                                   name == "debian"), ("ours", "debian"))
    failures = [f"{name}: devices still appeared after {ROUNDS} rounds: {results[LAST_STEP][1]}"
                for name, results in (("ours", ours), ("debian", theirs)) if results[LAST_STEP][2]]
    for title, step in (("aliases", ALIASES_STEP), ("modules", MODULES_STEP),
                        ("drivers", DRIVERS_STEP), ("status", STATUS_STEP)):
        failures += compare(title, ours[step][1], theirs[step][1])
    for (line, _, status), (_, _, other) in zip(ours, theirs):
        if status != other:
            failures.append(f"$ {line}\n  status {status}, Debian's {other}")
    modules = set(ours[MODULES_STEP][1].split())
    if not EXPECTED <= modules:
        failures.append(f"not loaded: {sorted(EXPECTED - modules)}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(ours[ALIASES_STEP][1].splitlines())} aliases, {len(modules)} modules, "
          f"{len(ours[DRIVERS_STEP][1].splitlines())} devices with drivers")


if __name__ == "__main__":
    main()
