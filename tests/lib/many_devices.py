# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with forty devices, the drivers that they need, and the command line that loads these."""

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
# Drivers that must be bound for the test to be meaningful.
EXPECTED = {
    "virtio_net", "virtio_blk", "virtio_scsi", "virtio_rng", "virtio_balloon", "virtio_console",
    "virtio_crypto", "virtio_input", "e1000", "e1000e", "8139cp", "vmxnet3", "pcnet32", "ne2k_pci",
    "nvme", "xhci_pci", "usb_storage", "usbhid", "snd_usb_audio", "ehci_pci", "snd_hda_intel",
    "snd_intel8x0", "snd_ens1370", "i6300esb", "megaraid_sas", "mptsas", "sym53c8xx", "vmw_pvscsi",
    "am53c974", "sdhci_pci", "bochs", "i2c_i801", "lpc_ich", "psmouse"}
ROUNDS = 8  # at most
ALIASES = "find /sys/devices -name modalias | xargs cat | sort -u"
# Passes the aliases of all devices to modprobe -a, then those of newly found devices, and so on. Devices
# appear with a delay, so each round pauses. A round without new devices is the last.
COLDPLUG = (
    f"{ALIASES} >/tmp/now; for round in {' '.join(map(str, range(ROUNDS)))}; do "
    "mv /tmp/now /tmp/aliases; xargs /sbin/modprobe -abq </tmp/aliases; status=$?; sleep 2; "
    f"{ALIASES} >/tmp/now; cmp -s /tmp/aliases /tmp/now && break; done; exit $status")


def attach_devices(lab):
    """Prepares a machine with the devices and all modules of the kernel."""
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
