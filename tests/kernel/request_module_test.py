#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets a real kernel call modprobe (/proc/sys/kernel/modprobe): modules that programs request must be
loaded, also with fifty requests at once, and hostile names must do no harm."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab

NOBODY = 65534
LIMIT = 50  # how many modprobes the kernel runs at once

# Device nodes of modules.devname, and the module of each.
NODES = {"/dev/loop-control": "loop", "/dev/fuse": "fuse", "/dev/net/tun": "tun",
         "/dev/ppp": "ppp_generic", "/dev/btrfs-control": "btrfs", "/dev/mapper/control": "dm_mod",
         "/dev/uinput": "uinput", "/dev/uhid": "uhid", "/dev/vhost-net": "vhost_net",
         "/dev/autofs": "autofs4", "/dev/snd/seq": "snd_seq", "/dev/snd/timer": "snd_timer"}
# Unprivileged processes may request these.
CIPHERS = {"hash md4": "md4", "hash rmd160": "rmd160", "hash wp512": "wp512",
           "hash blake2b-256": "blake2b_generic", "hash streebog256": "streebog_generic",
           "hash hmac(md4)": "md4", "skcipher ecb(serpent)": "serpent_generic",
           "skcipher cbc(twofish)": "twofish_generic", "skcipher ctr(camellia)": "camellia_generic",
           "skcipher chacha20": "chacha_generic", "skcipher xts(aes)": "xts",
           "skcipher cbc(cast5)": "cast5_generic", "aead ccm(aes)": "ccm", "aead gcm(aes)": "gcm"}
# "FAMILY TYPE PROTOCOL", the result, and the module.
SOCKETS = [("5 2 0", "ok", "appletalk"), ("8 2 0", "ok", "atm"),
           ("15 3 2", "ok", "af_key"), ("24 1 0", "ok", "pppoe"), ("26 2 0", "ok", "llc2"),
           ("29 3 1", "ok", "can_raw"), ("31 3 1", "ok", "bluetooth"), ("33 2 2", "ok", "rxrpc"),
           ("35 2 0", "ok", "phonet"), ("39 5 0", "ok", "nfc"), ("40 1 0", "ok", "vsock"),
           ("41 2 0", "ok", "kcm"), ("42 2 0", "ok", "qrtr"), ("43 1 0", "ok", "smc"),
           ("2 1 132", "ok", "sctp"), ("2 5 132", "ok", "sctp"), ("16 3 12", "ok", "nfnetlink"),
           ("16 3 6", "ok", "xfrm_user")]
# A known file system refuses the device; an unknown one gives ENODEV.
FILE_SYSTEMS = {name: name for name in (
    "reiserfs", "squashfs", "coda", "minix", "vfat", "msdos", "exfat", "bfs", "hfsplus", "hfs",
    "hpfs", "ufs", "efs", "jffs2", "affs", "romfs", "qnx4", "qnx6", "adfs", "overlay", "udf",
    "omfs", "jfs", "befs", "f2fs", "erofs", "nilfs2", "zonefs", "ecryptfs", "ubifs", "9p")}
FILE_SYSTEMS |= {"iso9660": "isofs", "vxfs": "freevxfs", "v7": "sysv", "sysv": "sysv"}

HOSTILE = [
    b"evil; rm -r /keep", b"$(touch /tmp/evil)", b"`touch /tmp/evil`", b"|touch /tmp/evil",
    b"x\ntouch /tmp/evil", b"&touch /tmp/evil&", b"-r", b"-r dummy", b"--remove", b"--help", b"--",
    b"-C/tmp/evil.conf", b"../../../etc/passwd", b"/etc/passwd", b"/tmp/evil.ko", b"./evil.ko",
    b"a b --help", b"dummy numdummies=7", b"*", b"?", b"[", b"[a-", b"[!x]*", b"\\", b"a\\",
    b"%s%n%x", b"\x01\x1b[2J\x7f", b"\xff\xfe\x80", b"'", b'"', b"symbol:", b"x" * 51,
    b"y" * 4000]
CRYPTO_NAME, INTERFACE_NAME = 63, 15  # maximum number of bytes that the calls accept
MODULE_NAME = 55  # the kernel requests no longer ones
SHOWN = 10  # number of differences shown for a step


class Plan:
    """The command lines of the boot, and the checks of their output."""

    def __init__(self, lab):
        self.lab = lab
        self.steps = []
        self.checks = []

    def step(self, line, check):
        self.steps.append(line)
        self.checks.append(check)

    def prints(self, line, expected, status=0):
        """A command line with exactly this output."""
        def check(output, found):
            if (output.strip(), found) != (expected, status):
                return f"printed {output!r}, status {found}; expected {expected!r}, status {status}"
            return None
        self.step(line, check)

    def request(self, title, requests, uid=0):
        """Makes requests [(kind, name, accepted results)] at once."""
        path = f"/requests/{len(self.steps)}"
        target = self.lab.root / path.lstrip("/")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(b"".join(as_bytes(kind) + b"\0" + as_bytes(name) + b"\0"
                                    for kind, name, _ in requests))

        def check(output, status):
            answers = output.splitlines()
            if status != 0 or len(answers) != len(requests):
                return f"{title}: {len(answers)} results of {len(requests)} requests: {output!r}"
            wrong = [f"{kind} {name!r}: {answer}, expected {expected}"
                     for (kind, name, expected), answer in zip(requests, answers)
                     if not accepts(expected, answer)]
            return f"{title}: " + "; ".join(wrong[:SHOWN]) if wrong else None
        self.step(f"/sbin/request {path} {uid}", check)

    def loaded(self, modules):
        wanted = set(modules)

        def check(output, _):
            missing = wanted - set(output.split())
            return f"not loaded: {sorted(missing)}" if missing else None
        self.step("awk '{print $1}' /proc/modules", check)

    def run(self):
        failures = []
        for (line, output, status), check in zip(self.lab.run(self.steps, seconds=120), self.checks):
            wrong = check(output, status)
            if wrong:
                failures.append(f"$ {line}\n  {wrong}")
        return failures


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


def accepts(expected, answer):
    """"!TEXT" means any result except TEXT."""
    return answer != expected[1:] if expected.startswith("!") else answer == expected


def ordinary_requests(plan):
    plan.prints("mount -t ext4 /dev/vda /mnt && cat /mnt/greeting && umount /mnt", "from the disk")
    plan.loaded(["ext4", "jbd2", "mbcache", "crc16"])
    plan.prints("ip link add type dummy && ls -d /sys/class/net/dummy0", "/sys/class/net/dummy0")
    plan.prints("echo bfq >/sys/block/vda/queue/scheduler", "")
    plan.prints("echo bbr >/proc/sys/net/ipv4/tcp_congestion_control", "")
    plan.loaded(["dummy", "bfq", "tcp_bbr"])
    plan.prints("/sbin/kmod static-nodes --format=tmpfiles --output=/tmp/nodes", "")
    plan.prints("awk '/^d/ {system(\"mkdir -p \" $2)} /^c!/ {split($7, n, \":\"); "
              "system(\"[ -e \" $2 \" ] || mknod \" $2 \" c \" n[1] \" \" n[2])}' /tmp/nodes", "")
    plan.request("device nodes", [("open", node, "ok") for node in NODES])
    plan.loaded(NODES.values())


def many_requests(plan):
    plan.request("algorithms", [("crypto", name, "ok") for name in CIPHERS], NOBODY)
    plan.loaded(CIPHERS.values())
    storm = [("socket", name, answer) for name, answer, _ in SOCKETS]
    storm += [("mount", name, "!ENODEV") for name in FILE_SYSTEMS]
    plan.request("sockets and file systems", storm[:LIMIT])
    plan.request("more file systems", storm[LIMIT:])
    plan.loaded([module for _, _, module in SOCKETS] + list(FILE_SYSTEMS.values()))
    # More than the kernel's limit: the rest waits.
    plan.request("unknown file systems", [("mount", f"nowhere{n}", "ENODEV") for n in range(2 * LIMIT)])


def many_calls(plan):
    """Calls modprobe itself, as the kernel does."""
    plan.request("one module", [("modprobe", "ipvlan", "status 0")] * LIMIT)
    # Modules that depend on each other.
    family = ("nft_compat", "nft_ct", "nft_fib_inet", "nft_flow_offload", "nft_limit", "nft_log",
              "nft_masq", "nft_nat", "nft_numgen", "nft_objref", "nft_osf", "nft_queue", "nft_quota",
              "nft_redir", "nft_reject_inet", "nft_socket", "nft_synproxy", "nft_tproxy",
              "nft_tunnel", "nft_xfrm", "xt_CT", "xt_NFLOG", "xt_TPROXY", "xt_connmark", "xt_hashlimit")
    plan.request("modules with common dependencies",
                 [("modprobe", name, "status 0") for name in family + family])
    plan.loaded(("ipvlan", "nf_tables", "x_tables", *family))
    plan.request("unknown names", [("modprobe", f"nowhere-{n}", "status 1")
                                      for n in range(LIMIT)])
    plan.request("hostile names", [("modprobe", name, "status 1") for name in HOSTILE
                                   if not name.startswith(b"dummy")])


def hostile_requests(plan):
    """Sends hostile names, and checks that none created /tmp/evil, removed /keep or a module, or
    changed the root."""
    state = ("(awk '{print $1}' /proc/modules | sort; ls -lR /bin /sbin /etc /lib /keep; "
             "ls -a / /tmp /sys/class/net)")
    plan.prints("mkdir /keep && echo kept >/keep/file && cp /lib/modules/*/kernel/fs/minix/minix.ko "
              "/tmp/evil.ko && echo 'install * /bin/touch /tmp/evil' >/tmp/evil.conf", "")
    plan.prints("/sbin/modprobe -r minix", "")
    plan.prints("echo /sbin/spy >/proc/sys/kernel/modprobe", "")
    plan.prints(f"touch /tmp/spied /tmp/before /tmp/after && {state} >/tmp/before", "")
    plan.request("hostile file systems", [("mount", name, "ENODEV") for name in HOSTILE])
    plan.request("hostile algorithms", [("crypto", b"hash " + name, "ENOENT") for name in HOSTILE],
                 NOBODY)
    plan.request("hostile interfaces", [("interface", name, "ENODEV") for name in HOSTILE])
    plan.prints(f"{state} >/tmp/after; cmp /tmp/before /tmp/after", "")
    plan.prints("echo /sbin/modprobe >/proc/sys/kernel/modprobe; cat /proc/sys/kernel/tainted", "0")
    plan.step("hexdump -v -e '1/1 \"%02x\"' /tmp/spied", check_calls)
    # The machine still works.
    plan.request("afterwards", [("mount", "minix", "!ENODEV"), ("crypto", "hash md4", "ok")])
    plan.loaded(["minix"])


def expected_calls():
    """The names that the kernel requests because of the hostile ones."""
    names = set()
    for name in HOSTILE:
        if len(name) < 4000:  # mount() takes a page at most, but a name is 55 bytes
            # The part after a dot is for the file system itself.
            names.add(b"fs-" + name.partition(b".")[0])
        names |= {b"crypto-" + name[:CRYPTO_NAME], b"crypto-" + name[:CRYPTO_NAME] + b"-all"}
        # The part after a colon is a label of the interface.
        interface = name[:INTERFACE_NAME].partition(b":")[0]
        names |= {b"netdev-" + interface, interface}
    return {name for name in names if len(name) <= MODULE_NAME}


def check_calls(output, _):
    """Checks the recorded calls: all have the kernel's form, all were refused."""
    wrong, seen = [], set()
    calls = [call.split(b"\0") for call in bytes.fromhex(output.strip()).split(b"\0\0")[:-1]]
    for call in calls:
        start, name, rest = call[:3], call[3], call[4:]
        seen.add(name)
        if start != [b"/sbin/spy", b"-q", b"--"] or rest != [
                b"HOME=/", b"TERM=linux", b"PATH=/sbin:/usr/sbin:/bin:/usr/bin", b"uid 0", b"/",
                b"status 1"]:
            wrong.append(f"unexpected call: {call}")
    if seen != expected_calls():
        wrong.append(f"unexpected requests: {sorted(seen - expected_calls())}; missing "
                     f"requests: {sorted(expected_calls() - seen)}")
    return "; ".join(wrong[:SHOWN] + [f"{len(wrong)} in all"]) if wrong else None


def make_disk(path):
    content = path.with_name("content")
    content.mkdir()
    (content / "greeting").write_text("from the disk\n")
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", content, path, "8M"], check=True,
                   capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--debian", action="store_true", help="with Debian's kmod, to compare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-request-") as directory:
        lab = Lab(options.tools, fetch_kernel(), directory, options.debian)
        lab.cores = 2
        lab.memory = 2048
        disk = lab.directory / "disk"
        make_disk(disk)
        lab.devices = ["-drive", f"file={disk},format=raw,if=virtio"]
        lab.add_applets("umount", "mknod", "touch", "cmp", "hexdump")
        lab.compile("request.c", "/sbin/request")
        (lab.root / "sbin" / "spy").symlink_to("request")
        lab.add_whole_tree()
        lab.build_databases()
        plan = Plan(lab)
        plan.prints("/sbin/modprobe -a virtio_pci virtio_blk", "")
        ordinary_requests(plan)
        many_requests(plan)
        many_calls(plan)
        hostile_requests(plan)
        failures = plan.run()
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(plan.steps)} steps on Linux {lab.release}")


if __name__ == "__main__":
    main()
