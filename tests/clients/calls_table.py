# SPDX-License-Identifier: LGPL-2.1-or-later
"""The calls that client programs make: their words, how the client reads the output, and the expected
result."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Row:
    """A call as a shell command: $V is the release, $M its module directory; the working directory is
    empty at first."""
    client: str
    call: str
    # How the client parses standard output: a shell filter, or a function of the text.
    parser: str | Callable[[str], object]
    # The expected result of the parser: a value, or a function that checks it.
    expect: object
    status: int = 0
    # Run before the call: `image` is a root with some of the modules, `files` lists files to compare.
    setup: str = ""
    # A directory with databases that the call writes.
    databases: str = ""
    # The reason why there is no result of Debian's kmod to compare with.
    alone: str = ""
    # Removes deliberate differences from the output of both sides.
    but: Callable[[str], str] | None = None


AS_IS = "cat"
# Run in a simulated kernel with the state of CONFIGURED.
LOADS = "loads: Debian's kmod can only load into the host's kernel"
SIMULATED = "export MODPROBE_OPTIONS='--simulate /simulated'\n"
NOW_LOADED = "cat >/dev/null; cut -d' ' -f1 /proc/modules | sort"

# Configuration files and loaded modules of the Debian system in which the calls run.
CONFIGURED = {
    "/etc/modprobe.d/clients.conf": """\
blacklist pcspkr
blacklist floppy
install cramfs /bin/true
install hfs /bin/true
install dccp /bin/false
install usb-storage /sbin/modprobe --ignore-install usb-storage $CMDLINE_OPTS
remove freevxfs /bin/true
options snd_hda_intel power_save=1
options snd-hda-intel model=auto
alias clients-net e1000e
alias char-major-10-999 loop
softdep sctp pre: libcrc32c post: sctp_diag
""",
    "/etc/kmodpp/kernel.conf": "release @V@\n",
    "/proc/cmdline": "quiet modprobe.blacklist=mousedev loop.max_loop=8\n",
    "/etc/depmod.d/clients.conf": "search updates built-in\n",
}
LOADED = ("ext4", "e1000e", "loop")

# initramfs-tools, manual_add_modules.
INITRAMFS = """while read -r prefix path options; do
    [ "$prefix" = insmod ] || continue
    echo "${path##*/}"
done"""

# mkinitcpio, add_module: records that end in NUL, a field before ':', '=' or blanks.
MKINITCPIO = """while IFS=':= ' read -r -d '' field value; do
    case $field in
    filename | depends | firmware | softdep | name | license) echo "$field|$value" ;;
    esac
done"""

# DKMS, get_module_verinfo.
DKMS = """while read -r -a words; do
    case ${words[0]} in
    version:) echo "version=${words[1]}" ;;
    srcversion:) echo "srcversion=${words[1]}" ;;
    esac
done"""


def mkosi(text):
    """mkosi, resolve_module_dependencies: {module: (files it depends on, firmware)}."""
    modules, current = {}, {}
    for line in text.split("\0"):
        key, separator, value = line.partition(":")
        if not separator or "=" in key:
            key, separator, value = line.partition("=")
        value = value.strip()
        if key == "name":
            modules[value] = current
            current = {}
        elif key in ("depends", "firmware"):
            current.setdefault(key, []).extend(v for v in value.split(",") if v)
    return modules


def lines_with(*wanted):
    """Checks that the output contains all these lines."""
    return lambda text: all(line in text.split("\n") for line in wanted)


def whole(*lines):
    return "".join(line + "\n" for line in lines)


def loaded(*names):
    """Checks for these modules in addition to those loaded before."""
    return lambda text: set(names) <= set(text.split()) and set(LOADED) <= set(text.split())


def not_loaded(*names):
    return lambda text: not set(names) & set(text.split()) and "mbcache" in text.split()


def softdeps(text):
    """`modprobe -c` of kmod 30 omits the blank before `post:`."""
    return text.replace(" post: ", "post: ")


def without_unknown_symbols(text):
    """Debian's System.map lists no exports: the reference warns of every symbol, we of the file."""
    return "".join(line for line in text.splitlines(keepends=True)
                   if "needs unknown symbol" not in line and "lists no symbol" not in line)


def once(text):
    """Debian's kmod repeats a directory for each further device in it."""
    return whole(*dict.fromkeys(text.splitlines()))


DATABASES = whole("modules.alias", "modules.dep", "modules.softdep", "modules.symbols")
NAMES = "ls $D | grep -xE 'modules.(dep|alias|symbols|softdep)'"

TABLE = [
    # The kernel.
    Row("Linux kernel", "env -i HOME=/ TERM=linux PATH=/sbin:/usr/sbin:/bin:/usr/bin "
        "/sbin/modprobe -q -- no-such-module", AS_IS, "", status=1),
    Row("Linux kernel", "env -i HOME=/ TERM=linux PATH=/sbin:/usr/sbin:/bin:/usr/bin "
        "/sbin/modprobe -q -- fs-ext4", AS_IS, ""),
    Row("Linux kernel", "env -i HOME=/ TERM=linux PATH=/sbin:/usr/sbin:/bin:/usr/bin "
        "/sbin/modprobe -q -- unix", AS_IS, ""),
    Row("Linux kernel", SIMULATED + "/sbin/modprobe -q -- fs-btrfs", NOW_LOADED,
        loaded("btrfs", "raid6_pq", "xor"), alone=LOADS),
    Row("Linux kernel", SIMULATED + "/sbin/modprobe -q -- net-pf-2-proto-132", NOW_LOADED,
        loaded("sctp", "sctp_diag"), alone=LOADS),

    # The kernel build: scripts/depmod.sh tries an empty directory first.
    Row("kernel build", "depmod -b tree $V && ls tree/lib/modules/$V | grep -c '^modules.dep'",
        AS_IS, lambda text: int(text) >= 1, setup="mkdir -p tree/lib/modules/$V"),
    Row("kernel build", "depmod -ae -F /boot/System.map-$V -b image $V", NAMES, DATABASES,
        setup="image", databases="image", but=without_unknown_symbols),
    Row("kernel build", "depmod -ae -F /boot/System.map-$V $V", NAMES, DATABASES, databases="/",
        but=without_unknown_symbols),

    Row("Debian linux-image postinst", "depmod $V", NAMES, DATABASES, databases="/"),

    # initramfs-tools.
    Row("initramfs-tools", "modprobe --all --set-version=$V --ignore-install --quiet --show-depends "
        "f2fs usb-storage no-such-module unix hfs", INITRAMFS,
        lambda text: text.split()[-1] == "hfs.ko" and
        {"f2fs.ko", "lz4_compress.ko", "usb-storage.ko", "scsi_mod.ko"} <= set(text.split()),
        status=1),
    Row("initramfs-tools", "modprobe --all --set-version=$V --quiet --show-depends "
        "f2fs usb-storage no-such-module unix hfs", INITRAMFS,
        lambda text: "f2fs.ko" in text.split() and "hfs.ko" not in text.split(), status=1),
    Row("initramfs-tools", "modprobe --all --set-version=$V --quiet --show-depends btrfs", INITRAMFS,
        lambda text: {"btrfs.ko", "xor.ko", "raid6_pq.ko", "blake2b_generic.ko", "xxhash_generic.ko",
                      "crc32c_generic.ko", "sha256-ssse3.ko"} <= set(text.split()),
        alone="all softdep lines of a module count: kmod 30 takes one"),
    Row("initramfs-tools", "find $M/kernel/drivers/net/ethernet -name '*.ko' | sort | "
        "while read -r module; do modinfo -k $V -F firmware $module; done", AS_IS,
        lines_with("tigon/tg3.bin", "rtl_nic/rtl8168d-1.fw")),
    Row("initramfs-tools", "depmod -a -b image $V", NAMES, DATABASES, setup="image",
        databases="image"),
    Row("initramfs-tools, at boot", SIMULATED + "modprobe -q -a i8042 atkbd ehci-pci usbhid "
        "no-such-module", NOW_LOADED, loaded("ehci_pci", "ehci_hcd", "usbhid", "hid"), status=1,
        alone=LOADS),
    Row("initramfs-tools, at boot", SIMULATED + "modprobe -b virtio:d00000001v00001AF4; "
        "modprobe -b input:b0011v0002p0001e0000-e0,1,2,kramlsfw; modprobe -b pcspkr", NOW_LOADED,
        lambda text: loaded("virtio_net")(text) and not_loaded("pcspkr", "mousedev")(text),
        alone=LOADS),

    # dracut.
    Row("dracut", "depmod -a -b image $V", NAMES, DATABASES, setup="image", databases="image"),
    Row("dracut", "modprobe -d image -S $V --dry-run btrfs > /dev/null", AS_IS, "",
        setup="image; depmod -b image $V"),
    Row("dracut", "modprobe -d image -S $V --dry-run no-such-module 2>&1",
        "sed 's/^modprobe: FATAL: *//'",
        "Module no-such-module not found in directory image/lib/modules/@V@\n", status=1,
        setup="image; depmod -b image $V"),
    Row("dracut", "modinfo -k $V btrfs", "grep -E '^(filename|license|depends|name):'",
        lines_with("license:        GPL", "name:           btrfs")),
    Row("dracut", "modinfo -F filename btrfs e1000e unix", "xargs -n1 basename",
        whole("btrfs.ko", "e1000e.ko", "(builtin)")),
    Row("dracut", "modinfo -k $V no-such-module", AS_IS, "", status=1),
    Row("dracut", "modprobe --version | cut -d' ' -f3", "head -n 1",
        lambda text: float(text) >= 29, alone="another version"),

    # mkinitcpio.
    Row("mkinitcpio", "modinfo -b / -k $V -0 ext4", MKINITCPIO,
        lambda text: lines_with("name|ext4", "license|GPL", "softdep|pre: crypto-crc32c")(text) and
        "depends|" in text and "kernel/fs/ext4/ext4.ko\n" in text),
    Row("mkinitcpio", "modinfo -b / -k $V -0 tg3", MKINITCPIO,
        lines_with("firmware|tigon/tg3.bin", "name|tg3")),
    Row("mkinitcpio", "modinfo -b / -k $V -0 unix", MKINITCPIO,
        lambda text: "filename|(builtin)" in text),
    Row("mkinitcpio", "modprobe -d / -S $V --show-depends f2fs", INITRAMFS,
        lambda text: text.split()[-1] == "f2fs.ko"),
    Row("mkinitcpio", "modprobe -S $V -qaR pci:v00008086d00001502sv00000000sd00000000bc02sc00i00 "
        "virtio:d00000002v00001AF4 clients-none fs-ext4", AS_IS,
        whole("e1000e", "virtio_blk", "ext4"), status=1),
    Row("mkinitcpio", "depmod -b image $V", NAMES, DATABASES, setup="image", databases="image"),

    # mkosi.
    Row("mkosi", "modinfo --modname --set-version $V --null ext4 tg3 unix", mkosi,
        lambda modules: list(modules)[:2] == ["ext4", "tg3"] and
        "mbcache" in modules["ext4"]["depends"] and
        "tigon/tg3.bin" in modules["tg3"]["firmware"]),
    Row("mkosi", "modinfo --modname --set-version $V --null --basedir / "
        "$(find $M -name '*.ko' -printf '%f\\n' | sed 's/\\.ko$//' | sort)", mkosi,
        lambda modules: len(modules) > 3000 and "jbd2" in modules["ext4"]["depends"]),

    # systemd: the call is that of kmod-static-nodes.service, modprobe@.service.
    Row("systemd", "kmod static-nodes --format=tmpfiles --output=nodes.conf && cat nodes.conf", AS_IS,
        lines_with("c! /dev/fuse 0600 - - - 10:229", "d /dev/net 0755 - - -",
                   "c! /dev/net/tun 0600 - - - 10:200"), but=once),
    Row("systemd", "kmod static-nodes --format=tmpfiles --output=nodes.conf && "
        "unshare --mount sh -c 'mount -t proc proc /proc && exec systemd-tmpfiles --prefix=/dev --create --boot "
        "--root=$PWD/made $PWD/made/nodes.conf' && find made/dev ! -type d -printf '%P %y %m\\n' | sort", AS_IS,
        lines_with("fuse c 600", "net/tun c 600", "loop-control c 600"),
        setup="mkdir made; mkdir made/dev; ln -s ../nodes.conf made/nodes.conf"),
    Row("systemd", "sed -n 's/^ExecStart=//p' /lib/systemd/system/kmod-static-nodes.service "
        "/lib/systemd/system/modprobe@.service", AS_IS,
        lambda text: "kmod static-nodes --format=tmpfiles --output=" in text and
        "/sbin/modprobe -abq " in text),
    Row("systemd", SIMULATED + "modprobe -abq fuse; modprobe -abq pcspkr", NOW_LOADED,
        lambda text: loaded("fuse")(text) and not_loaded("pcspkr")(text), alone=LOADS),

    Row("kernel-install", "depmod -a $V", NAMES, DATABASES, databases="/"),

    # DKMS.
    Row("DKMS", "depmod -a $V -F /boot/System.map-$V", NAMES, DATABASES, databases="/"),
    Row("DKMS", "modinfo $M/kernel/drivers/net/ethernet/intel/i40e/i40e.ko "
        "$M/kernel/drivers/block/floppy.ko $M/kernel/drivers/scsi/hpsa.ko", DKMS,
        lambda text: "version=3.4.20-200" in text),
    Row("DKMS", "modinfo -F sig_hashalgo $M/kernel/fs/ext4/ext4.ko; "
        "modinfo -F sig_key $M/kernel/fs/ext4/ext4.ko", AS_IS,
        lambda text: text.startswith("sha256\n") and ":" in text.split("\n")[1]),
    Row("DKMS", SIMULATED + "printf '%s\\n' virtio:d00000001v00001AF4 clients-none clients-net | "
        "xargs modprobe -a -b -q", NOW_LOADED, loaded("virtio_net"), status=123, alone=LOADS),
    Row("DKMS", "kmod --version", "sed -n 's/^kmod version \\([0-9][0-9]*\\).*/\\1/p'",
        lambda text: int(text) >= 29, alone="another version"),

    # kABI checks of RPM packages.
    Row("RPM kABI", "depmod -b image -ae -E symvers -C image/etc/depmod.d/ $V 2>&1",
        "sed -n 's/.*needs unknown symbol \\([a-z_]*\\).*/unknown \\1/p; "
        "s/.*disagrees about version of symbol \\([a-z_]*\\).*/disagrees \\1/p' | sort -u",
        lines_with("disagrees register_filesystem", "unknown unregister_filesystem"),
        setup="image; mkdir -p image/etc/depmod.d; "
        "sed -E '/\\tunregister_filesystem\\t/d; s/^0x[0-9a-f]*\\t(register_filesystem)\\t/0x00000001\\t\\1\\t/' "
        "/lib/modules/$V/build/Module.symvers >symvers", databases="image",
        but=lambda text: whole(*sorted(text.splitlines()))),

    # libvirt, before and after it assigns a device to a guest.
    Row("libvirt", "modprobe -c", "grep -xE 'blacklist (pcspkr|floppy|vfio_pci)'",
        whole("blacklist pcspkr", "blacklist floppy"), but=softdeps),
    Row("libvirt", SIMULATED + "modprobe vfio-pci && modprobe -b nbd", NOW_LOADED,
        loaded("vfio_pci", "vfio", "nbd"), alone=LOADS),
    Row("libvirt", "rmmod no_such_module", AS_IS, "", status=1),
    Row("libvirt", "rmmod mbcache 2>&1", AS_IS,
        "rmmod: ERROR: Module mbcache is in use by: ext4\n", status=1),

    # docker, kube-proxy, LXD.
    Row("docker", SIMULATED + "modprobe -va bridge br_netfilter", NOW_LOADED,
        loaded("bridge", "br_netfilter", "stp", "llc"), alone=LOADS),
    Row("docker", "modprobe -n -va bridge br_netfilter", INITRAMFS,
        whole("llc.ko", "stp.ko", "bridge.ko", "llc.ko", "stp.ko", "bridge.ko", "br_netfilter.ko")),
    Row("kube-proxy", SIMULATED + "modprobe -va ip_vs && modprobe -va nf_conntrack", NOW_LOADED,
        loaded("ip_vs", "nf_conntrack"), alone=LOADS),
    Row("LXD", SIMULATED + "modprobe -b vhost_vsock && modprobe -b unix && modprobe -b e1000e",
        NOW_LOADED, loaded("vhost_vsock", "vhost"), alone=LOADS),
    Row("LXD", "modprobe -b unix && modprobe -b e1000e && ! modprobe -b clients-none 2>&1", AS_IS,
        "modprobe: FATAL: Module clients-none not found in directory /lib/modules/@RUNNING@\n"),

    # NixOS, its closure of modules.
    Row("NixOS", "modprobe --config no-config -d / --set-version $V --show-depends f2fs",
        INITRAMFS, lambda text: text.split()[-1] == "f2fs.ko"),
    Row("NixOS", "modprobe --config no-config -d / --set-version $V --show-depends unix", AS_IS,
        "builtin unix\n"),
    Row("NixOS", "modprobe --config no-config -d / --set-version $V --show-depends hfs",
        INITRAMFS, lambda text: text.split()[-1] == "hfs.ko"),
    Row("NixOS", "modprobe --config no-config -d / --set-version $V --show-depends clients-none "
        "2>&1", AS_IS, "modprobe: FATAL: Module clients-none not found in directory "
        "/lib/modules/@V@\n", status=1),
    Row("NixOS", "modinfo -b / --set-version $V -F name tg3; "
        "modinfo -b / --set-version $V -F firmware $M/kernel/drivers/net/ethernet/broadcom/tg3.ko; "
        "modinfo -b / --set-version $V -F name unix", AS_IS,
        lambda text: text.startswith("tg3\n") and text.endswith("\nunix\n") and
        "tigon/tg3.bin\n" in text),

    # Yocto, Buildroot.
    Row("Yocto", "depmod -a -b image -F /boot/System.map-$V $V", NAMES, DATABASES, setup="image",
        databases="image"),
    Row("Buildroot", "depmod -b image $V", NAMES, DATABASES, setup="image", databases="image"),
    Row("Yocto", "depmod -b image -o out $V && ls out/lib/modules/$V",
        "sort -u | grep -xE 'modules.(dep|alias|symbols|softdep)'", DATABASES,
        setup="image; mkdir out", alone="kmod 30 had no --outdir"),

    # Compliance scripts.
    Row("compliance", "modprobe -n -v cramfs", "grep -o '^install /bin/true '",
        "install /bin/true \n"),
    Row("compliance", "modprobe -n -v dccp", AS_IS, "install /bin/false \n"),
    Row("compliance", "modprobe -n -v udf 2>&1", INITRAMFS, whole("cdrom.ko", "crc-itu-t.ko", "udf.ko")),
    Row("compliance", "modprobe -n -v freevxfz 2>&1",
        "grep -c 'FATAL: Module freevxfz not found in directory'", "1\n", status=1),
    Row("compliance", "modprobe --showconfig",
        "grep -E '^(blacklist|install (cramfs|dccp)|options loop) '",
        lines_with("blacklist pcspkr", "blacklist mousedev", "install cramfs /bin/true",
                   "install dccp /bin/false", "options loop max_loop=8"), but=softdeps),

    # Programs that collect information for support.
    Row("sos", "lsmod", AS_IS, lambda text: text.startswith(
        "Module                  Size  Used by\n") and "\nmbcache " in text),
    Row("kdump-tools", "lsmod", "tail -n +2 | cut -d' ' -f1 | sort",
        lambda text: {"ext4", "jbd2", "mbcache"} <= set(text.split())),
    Row("sos", "modprobe -c", "grep '^options snd_hda'",
        whole("options snd_hda_intel power_save=1", "options snd_hda_intel model=auto"),
        but=softdeps),
    Row("sos", "modinfo e1000e loop unix", "grep -E '^(filename|description|parm|author):'",
        lambda text: text.count("\n") > 15 and "filename:       (builtin)\n" in text),
    Row("alsa-info", "modinfo -F version snd_hda_intel; modinfo -F version hpsa", AS_IS,
        whole("3.4.20-200")),
    Row("alsa-info", "modinfo -p snd_hda_intel", "cut -d: -f1", lines_with("power_save", "model")),
    Row("inxi", "modinfo e1000e", "sed -n 's/^version: *//p; s/^license: *//p'",
        lambda text: "GPL" in text),
    Row("tuned", "lsmod | awk '$1 == \"e1000e\" {print $3}'", AS_IS, "0\n"),
    Row("tuned", "modinfo -F filename e1000e", AS_IS, lambda text: text.endswith("/e1000e.ko\n")),
    Row("openvswitch", "modinfo -k $V openvswitch", "sed -n 's/^depends: *//p'",
        lambda text: "nf_conntrack" in text),
    Row("isenkram", "modprobe -R pci:v00008086d00001502sv00000000sd00000000bc02sc00i00",
        AS_IS, "e1000e\n"),
]

LIBKMOD = "calls libkmod.so.2, which is not part of the tools"
# Clients that do not call a tool, or that have a test of their own.
ELSEWHERE = {
    "dracut-install": LIBKMOD,
    "systemd-modules-load": LIBKMOD,
    "udevadm": LIBKMOD,
    "libsystemd-shared": LIBKMOD,
    "lspci": LIBKMOD,
    "iscsid": LIBKMOD,
    "stress-ng": LIBKMOD,
    "lttng-sessiond": LIBKMOD,
    "tcmu-runner": LIBKMOD,
    "ddcutil": LIBKMOD,
    "libndctl": LIBKMOD,
    "libcxl": LIBKMOD,
    "libbd_utils": LIBKMOD,
    "bumblebee": LIBKMOD,
}
