# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times kmodpp against Debian's kmod on a whole kernel: the two take turns, everything is in
the page cache, and the medians stand side by side. No figure is judged here."""

import argparse
import ctypes
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from common import INPUTS, MODULE_SUFFIXES, REFERENCE, fetch_kernel  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
MEMORY_RUNS = 3
SUBSYSTEM = "kernel/drivers/net"


class Sample:
    """Milliseconds of one run."""

    def __init__(self, wall, usage):
        self.wall = wall * 1000
        self.processor = (usage.ru_utime + usage.ru_stime) * 1000


def measure(command, null):
    actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return Sample(wall, usage)


def peak_memory(command):
    """MiB. A process begins with the peak of the one that started it, and that of Python is
    higher than most: a shell starts this one, which waits until the shell has ended and we
    are its parent."""
    script = 'exec 3<&0; { read go; exec "$@" >/dev/null 2>&1; } <&3 & echo $!'
    shell = subprocess.Popen(["/bin/sh", "-c", script, "sh", *command], env=ENVIRONMENT,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process = int(shell.stdout.readline())
    shell.wait()
    shell.communicate(b"go\n")
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def become_subreaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) failed: peak memory cannot be measured")


def copy_tree(kernel, release, root):
    """Every side has its own copy, of files of its own."""
    source, target = kernel / "lib/modules" / release, root / "lib/modules" / release
    target.mkdir(parents=True)
    shutil.copytree(source / "kernel", target / "kernel")
    for name in INPUTS:
        if (source / name).exists():
            shutil.copy(source / name, target / name)


def first_alias(root, release, module):
    with open(root / "lib/modules" / release / "modules.alias", encoding="utf-8") as lines:
        for line in lines:
            if line.endswith(f" {module}\n") and "pci:" in line:
                return line.split()[1].replace("*", "0")
    sys.exit(f"no device alias of {module}")


def tasks(kernel, release, roots, options):
    """Name, number of pairs, and the command of each side."""
    def both(make):
        return {side: make(side, str(roots[side])) for side in roots}

    def tool(side, name):
        return str(options.tools / name) if side == "kmodpp" else REFERENCE[name]

    modules = f"{kernel}/lib/modules/{release}"
    file = f"{modules}/kernel/fs/ext4/ext4.ko"
    drivers = sorted(str(p) for p in pathlib.Path(modules, SUBSYSTEM).rglob("*")
                     if p.name.endswith(MODULE_SUFFIXES))
    alias = first_alias(roots["kmod"], release, "e1000e")

    def modprobe(*words):
        return both(lambda side, root: [tool(side, "modprobe"), "-d", root, "-S", release, *words])

    def modinfo(*words):
        return both(lambda side, root: [tool(side, "modinfo"), *words])

    def depmod(*words):
        return both(lambda side, root: [tool(side, "depmod"), "-b", root, *words, release])

    unsynced = {**depmod(), "kmodpp": depmod("--no-sync")["kmodpp"]}
    return (
        # Each side then reads the databases that it wrote here.
        ("depmod", options.rounds, depmod()),
        ("depmod, ours with --no-sync", options.rounds, unsynced),
        ("modprobe --show-depends ext4", options.calls, modprobe("--show-depends", "ext4")),
        ("modprobe -R ALIAS", options.calls, modprobe("-R", alias)),
        ("modinfo FILE", options.calls, modinfo(file)),
        ("modinfo -F firmware FILE", options.calls, modinfo("-F", "firmware", file)),
        (f"modinfo, {len(drivers)} files", options.rounds, modinfo(*drivers)),
    )


def remove_databases(directory):
    for path in directory.glob("modules.*"):
        if path.name not in INPUTS:
            path.unlink()


def compare(commands, pairs, remove, null):
    samples = {side: [] for side in commands}
    for turn in range(pairs + 1):
        # Who begins changes with every turn.
        order = list(commands) if turn % 2 else list(reversed(commands))
        for side in order:
            if remove:
                remove_databases(remove[side])
            sample = measure(commands[side], null)
            if turn > 0:  # the first pair warms up
                samples[side].append(sample)
    memory = {side: [] for side in commands}
    for _ in range(MEMORY_RUNS):
        for side, command in commands.items():
            if remove:
                remove_databases(remove[side])
            memory[side].append(peak_memory(command))
    return {
        side: (statistics.median(sample.wall for sample in samples[side]),
               statistics.median(sample.processor for sample in samples[side]),
               statistics.median(memory[side]))
        for side in commands
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--kernel", type=pathlib.Path, help="directory that holds lib/modules")
    parser.add_argument("--rounds", type=int, default=11, help="pairs of the long tasks")
    parser.add_argument("--calls", type=int, default=200, help="pairs of the short tasks")
    options = parser.parse_args()
    options.tools = options.tools.resolve()
    kernel = (options.kernel or pathlib.Path(fetch_kernel())).resolve()
    release = sorted(os.listdir(kernel / "lib/modules"))[-1]
    become_subreaper()
    null = os.open(os.devnull, os.O_WRONLY)

    with tempfile.TemporaryDirectory(prefix="bench-", dir=kernel.parent) as scratch:
        roots = {"kmodpp": pathlib.Path(scratch, "kmodpp"), "kmod": pathlib.Path(scratch, "kmod")}
        for root in roots.values():
            copy_tree(kernel, release, root)
            measure([REFERENCE["depmod"], "-b", str(root), release], null)
        directories = {side: root / "lib/modules" / release for side, root in roots.items()}

        print(f"{'':34} {'pairs':>5}  {'wall ms':^23}  {'user+sys ms':^23}  {'peak RSS MiB':^23}")
        print(f"{'':34} {'':>5}" + "  ".join([""] + [f"{'kmodpp':>8} {'kmod':>8} {'ratio':>5}"] * 3))
        for name, pairs, commands in tasks(kernel, release, roots, options):
            fresh = directories if name.startswith("depmod") else None
            medians = compare(commands, pairs, fresh, null)
            line = f"{name:34} {pairs:5d}"
            for ours, theirs in zip(medians["kmodpp"], medians["kmod"]):
                ratio = f"{ours / theirs:5.2f}" if theirs else "    -"
                line += f"  {ours:8.2f} {theirs:8.2f} {ratio}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
