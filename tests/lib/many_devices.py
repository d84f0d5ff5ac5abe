# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forty devices for a machine, as arguments of QEMU, and the drivers that they need."""

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
