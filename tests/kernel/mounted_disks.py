# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets a kernel check disks after a power cut: it mounts each disk, which replays the journal, reads
the databases, and runs depmod again."""

import collections
import itertools
import subprocess

PER_BOOT = 16  # each needs a PCI slot
SECONDS = 240
# Problems ("" if none), {database: digest} as found and after running depmod again, and the number
# of added modules that are present.
Mounted = collections.namedtuple("Mounted", "trouble found rebuilt added")


def in_boots(cuts):
    """Splits the cuts into lists of as many disks as one machine can have."""
    cuts = iter(cuts)
    while some := list(itertools.islice(cuts, PER_BOOT)):
        yield some


def digests_in(text):
    return dict(reversed(row.split("  ")) for row in text.splitlines() if "  " in row)


def mount_each(lab, paths, mode, inputs, added):
    """Yields a Mounted for each disk. `lab` has not loaded anything; its modules are in /boot.ko."""
    databases = f"/mnt/lib/modules/{lab.release}"
    digests = f"sha256sum $(ls -d modules.* | grep -v -x -e {' -e '.join(inputs)})"
    lab.devices = []
    for number, path in enumerate(paths):
        lab.devices += ["-drive", f"if=none,id=cut{number},format=raw,cache=unsafe,file={path}",
                        "-device", f"virtio-blk-pci,drive=cut{number}"]
    steps = ["insmod /boot.ko/" + name for name in lab.boot_modules]
    before = len(steps)
    for number in range(len(paths)):
        device = f"/dev/vd{chr(ord('a') + number)}"
        steps += [f"mount -t ext4 -o data={mode} {device} /mnt",
                  f"cd {databases} && {digests}",
                  f"cd {databases}/kernel && ls -d {' '.join(name + '.ko' for name in added)} 2>/dev/null; true",
                  # Without a terminal depmod must print nothing.
                  f"{{ depmod -b /mnt {lab.release} 2>/messages || {{ cat /messages; false; }}; }} && cd {databases} && {digests} && "
                  "! ls -d .modules* 2>/dev/null",
                  "umount /mnt"]
    results = lab.run(steps, seconds=SECONDS)
    for line, output, status in results[:before]:
        if status != 0:
            raise RuntimeError(f"{line}: {output}{lab.last_words()}")
    for number, path in enumerate(paths):
        each = results[before + 5 * number:before + 5 * (number + 1)]
        trouble = "".join(f"{line}: {output}status {status}\n" for line, output, status in each if status != 0)
        done = subprocess.run(["/sbin/e2fsck", "-f", "-n", path], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            trouble += done.stdout
        yield Mounted(trouble, digests_in(each[1][1]), digests_in(each[3][1]), len(each[2][1].split()))
