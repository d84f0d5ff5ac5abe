# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulates a machine with loaded modules: a simulated load provides /proc/modules and /sys/module,
mounted for this process and its children only. Needs root."""

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

CLONE_NEWNS = 0x20000  # linux/sched.h
# With their dependencies, about as many as a laptop has loaded.
DRIVERS = ("ext4", "btrfs", "nvme", "usb_storage", "uas", "i915", "iwlmvm", "btusb", "uvcvideo",
           "snd_hda_intel", "snd_hda_codec_realtek", "snd_usb_audio", "e1000e", "r8152", "nft_ct",
           "nft_masq", "nft_reject_inet", "wireguard", "kvm", "thunderbolt", "hid_multitouch",
           "ucsi_acpi", "iTCO_wdt", "i2c_i801", "dm_crypt", "fuse", "vfat", "overlay")


def load(tools, tree, side, state):
    """Loads the drivers into a simulated kernel in `state`."""
    conf = state / "etc/kmodpp/kernel.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"release {tree.release}\n", encoding="ascii")
    subprocess.run([tools / "modprobe", "--simulate", state, "-d", tree.root(side), "-a", *DRIVERS],
                   check=True)


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


def enter(tools, tree, side):
    """Moves this process to such a machine. Returns the directory that contains it, which must be
    kept until the end, and the number of modules."""
    directory = tempfile.TemporaryDirectory(prefix="kmodpp-loaded-")
    state = pathlib.Path(directory.name)
    load(tools, tree, side, state)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        sys.exit(f"cannot create a mount namespace: {os.strerror(ctypes.get_errno())}")
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "view", "/mnt")
    view, real = pathlib.Path("/mnt/proc"), pathlib.Path("/mnt/real")
    view.mkdir()
    real.mkdir()
    run("mount", "--rbind", "/proc", real)
    modules = (state / "proc/modules").read_bytes()
    (view / "modules").write_bytes(modules)
    for entry in os.listdir("/proc"):
        if not entry.isdigit() and entry != "modules":
            (view / entry).symlink_to(real / entry)
    run("mount", "--bind", state / "sys/module", "/sys/module")
    run("mount", "--rbind", view, "/proc")
    return directory, modules.count(b"\n")
