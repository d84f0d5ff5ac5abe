#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Injects failures into every tool: each system call that may fail does so, one at a time (fail_at),
and each allocation, alone or together with all later ones (scarce_memory). No call may die of a signal
or hang. Its result must be the same as without the failure, or an error that names it. Databases are
the old set or the new one; a simulated kernel is in the state before or after one of the steps.

    --whole    every call with every errno, and more tools (an hour; by hand)
    --only X   only the scenarios with X in their names
"""

import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from lib.directory_lock import LOCK, wait_for_holder
from run_cases import Case

CASES = pathlib.Path(__file__).resolve().parents[2] / "testsuite-rootfs"
SECONDS = 20
WORKERS = os.cpu_count() or 1
# Messages for a lack of memory, ours and that of strerror.
NO_MEMORY = ("out of memory", os.strerror(errno.ENOMEM), "cannot create shared object descriptor",
             "cannot allocate")
ROOT = "@ROOT@"
STATE = ("proc", "sys")
CONFIGURATION = ("etc/modprobe.d",)
# If the revoked keys cannot be read, the verdict comes with a warning.
UNREAD = "MokListXRT: Permission denied"
SIGNED = ("signatures", "revoked")

Scenario = collections.namedtuple(
    "Scenario", "name case command before steps sample ignores", defaults=((), (), True, False))
# name: unique, also for --only
# case: the case of testsuite-rootfs whose root is used
# command: the call under test
# before: commands that run first
# steps: commands that together do the same in the simulated kernel, one step each; scenarios that build
# databases have none
# sample: whether the scenario runs without --whole
# ignores: whether some steps may fail silently, such as the removal of a dependency that became unused
KERNEL = "@ROOT@/lib/modules/6.1.0/kernel/"
DEMO = "@ROOT@/lib/modules/6.1.0-demo/kernel/"
LOAD = "modprobe --simulate @ROOT@ top"
STEPS = [f"insmod --simulate @ROOT@ {KERNEL}{path}.ko" for path in
         ("lib/base", "drivers/middle", "drivers/top")]
SCENARIOS = [
    Scenario("depmod", "demo", "depmod --strict --jobs=1 -b @ROOT@ -C @ROOT@/etc/depmod.d 6.1.0-demo"),
    Scenario("depmod -n", "demo", "depmod -n --jobs=1 -b @ROOT@ -C @ROOT@/etc/depmod.d -e -E "
             "@ROOT@/boot/Module.symvers 6.1.0-demo", sample=False),
    Scenario("depmod of packed modules", "compressed",
             "depmod --strict --jobs=1 -b @ROOT@ -C @ROOT@/etc/depmod.d 6.1.0", sample=False),
    Scenario("modprobe", "chain", LOAD, steps=STEPS),
    Scenario("modprobe -r", "chain", "modprobe --simulate @ROOT@ -r top", [LOAD],
             ["rmmod --simulate @ROOT@ " + name for name in ("top", "middle", "base")], ignores=True),
    Scenario("modprobe of a packed module", "compressed", "modprobe --simulate @ROOT@ gz level=1",
             steps=["modprobe --simulate @ROOT@ core", "modprobe --simulate @ROOT@ gz level=1"],
             sample=False),
    Scenario("modprobe --require-signature", "signatures",
             "modprobe --simulate @ROOT@ --require-signature good",
             steps=[f"insmod --simulate @ROOT@ {KERNEL}good.ko"]),
    Scenario("modprobe, refused", "demo", "modprobe --simulate @ROOT@ stranger", sample=False),
    Scenario("modprobe -D", "demo", "modprobe --simulate @ROOT@ -D ext4"),
    Scenario("modprobe -n", "demo", "modprobe --simulate @ROOT@ -n -v e1000", sample=False),
    Scenario("modprobe -R", "demo", "modprobe --simulate @ROOT@ -R "
             "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"),
    Scenario("modprobe -c", "demo", "modprobe --simulate @ROOT@ -c"),
    Scenario("modprobe --explain", "demo", "modprobe --simulate @ROOT@ --explain e1000", sample=False),
    Scenario("modprobe --graph", "demo", "modprobe --simulate @ROOT@ --graph e1000", sample=False),
    Scenario("modprobe -D --json", "demo", "modprobe --simulate @ROOT@ -D --json e1000", sample=False),
    Scenario("modprobe --check-config", "demo", "modprobe --simulate @ROOT@ --check-config", sample=False),
    Scenario("modprobe --show-exports", "demo", "modprobe --simulate @ROOT@ --show-exports jbd2",
             sample=False),
    Scenario("modprobe, commands", "commands", "modprobe --simulate @ROOT@ wrapped x=2",
             steps=["modprobe --simulate @ROOT@ core", "modprobe --simulate @ROOT@ wrapped x=2"],
             sample=False),
    Scenario("insmod", "chain", STEPS[0], steps=STEPS[:1]),
    Scenario("rmmod", "chain", "rmmod --simulate @ROOT@ top", [LOAD],
             ["rmmod --simulate @ROOT@ top"]),
    Scenario("lsmod", "chain", "lsmod --simulate @ROOT@", [LOAD]),
    Scenario("lsmod --json", "chain", "lsmod --simulate @ROOT@ --json", [LOAD], sample=False),
    Scenario("lsmod --tree", "chain", "lsmod --simulate @ROOT@ --tree", [LOAD], sample=False),
    Scenario("modinfo", "demo", "modinfo --simulate @ROOT@ ext4"),
    Scenario("modinfo, packed", "compressed", "modinfo --simulate @ROOT@ gz xz zst"),
    Scenario("modinfo, file", "demo", f"modinfo {DEMO}fs/ext4/ext4.ko", sample=False),
    Scenario("modinfo --json", "demo", "modinfo --json --simulate @ROOT@ ext4", sample=False),
    Scenario("modinfo --verify", "signatures", "modinfo --verify -b @ROOT@ -k 6.1.0 good packed"),
    Scenario("modinfo --verify of a revoked key", "revoked", "modinfo --verify -b @ROOT@ -k 6.1.0 good"),
    Scenario("modprobe --require-signature of a revoked key", "revoked",
             "modprobe --simulate @ROOT@ --require-signature good", sample=False),
    Scenario("kmod list", "chain", "kmod list --simulate @ROOT@", [LOAD]),
    Scenario("kmod params", "params", "kmod params --simulate @ROOT@ wifi"),
    Scenario("kmod firmware", "firmware", "kmod firmware --simulate @ROOT@ wifi"),
    Scenario("kmod devices", "devices", "kmod devices --simulate @ROOT@ 0000:00:03.0 0000:00:05.0"),
    Scenario("kmod devices, all", "devices", "kmod devices --simulate @ROOT@", sample=False),
    Scenario("kmod forbid", "forbid", "kmod forbid --simulate @ROOT@ good it hangs"),
    Scenario("kmod allow", "forbid", "kmod allow --simulate @ROOT@ good", ["kmod forbid --simulate @ROOT@ good"]),
    Scenario("kmod tree", "chain", "kmod tree --simulate @ROOT@ top", [LOAD]),
    Scenario("kmod users", "chain", "kmod users --simulate @ROOT@ base", sample=False),
    Scenario("kmod users --loaded", "chain", "kmod users --simulate @ROOT@ --loaded base", [LOAD], sample=False),
    Scenario("lsmod --unused", "chain", "lsmod --simulate @ROOT@ --unused", [LOAD], sample=False),
    Scenario("kmod diff", "diff", "kmod diff -d @ROOT@ 6.1.0 6.2.0", sample=False),
    Scenario("kmod compat", "chain", f"kmod compat -d @ROOT@ -k 6.1.0 {KERNEL}drivers/top.ko", sample=False),
    Scenario("kmod static-nodes", "static-nodes", "kmod static-nodes --simulate @ROOT@ -f tmpfiles"),
]

Run = collections.namedtuple("Run", "status out err state")


class Failure(Exception):
    """A check of the test failed."""


class Place:
    """A scenario in its own directory, which can be reset to its initial state."""

    def __init__(self, options, scenario, scratch):
        self.options = options
        self.scenario = scenario
        self.tools = options.tools.resolve()
        self.root = scratch / "root"
        self.report = scratch / "report"
        self.kept = scratch / "kept"
        self.counts = collections.Counter()
        self.failures = []
        case = Case(CASES / scenario.case, self.tools, options.mkmodule.resolve())
        case.make_root(self.root)
        modules = sorted((self.root / "lib/modules").glob("*"))
        self.databases = modules[0] if modules else None
        self.builds = scenario.name.startswith("depmod") and "-n" not in scenario.command.split()
        self.prepare()
        for name in self.changing():
            if (self.root / name).exists():
                shutil.copytree(self.root / name, self.kept / name, symlinks=True)
        self.base = self.state()
        self.sound = self.run(self.words(scenario.command))
        self.allowed = self.states_between()

    def prepare(self):
        """Builds the databases (older ones for depmod), and runs the preceding commands."""
        for name in ("proc", "sys/module"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        # A failed load leaves an empty record.
        (self.root / "proc/modules").touch()
        order = self.databases / "modules.order" if self.databases else None
        if order is not None and not (self.databases / "modules.devname").exists():
            kept = order.read_bytes()
            if self.builds:
                order.write_text("")
            subprocess.run([self.tools / "depmod", "-b", self.root, "-C", self.root / "etc/depmod.d",
                            self.databases.name], check=True, capture_output=True)
            order.write_bytes(kept)
            if self.builds:
                (self.databases / "modules.dep").write_text("# older\n")
        for command in self.scenario.before:
            done = self.run(self.words(command))
            if done.status != 0:
                raise Failure(f"{command}: {done.err}")

    def changing(self):
        if self.builds:
            return ("databases",)
        return CONFIGURATION if self.scenario.command.startswith(("kmod forbid", "kmod allow")) else STATE

    def words(self, command):
        tool, *rest = command.replace(ROOT, str(self.root)).split()
        return [str(self.tools / tool), *rest]

    def state(self):
        """The files that may change: {path: contents or link target}."""
        found = {}
        if self.builds:
            self.wait_for_guard()
            for entry in os.scandir(self.databases):
                if entry.is_file() and entry.name != LOCK:
                    found[entry.name] = pathlib.Path(entry.path).read_bytes()
            return found
        for top in self.changing():
            for folder, folders, files in os.walk(self.root / top):
                if "sys" in folders and top == "proc":
                    folders.remove("sys")  # a load that fails taints the kernel as well
                # The lock file remains if the locking call fails.
                for name in {*files, *folders} - {LOCK}:
                    path = os.path.join(folder, name)
                    try:
                        found[path] = os.readlink(path) if os.path.islink(path) else \
                            "folder" if os.path.isdir(path) else pathlib.Path(path).read_bytes()
                    except FileNotFoundError:
                        found[path] = "gone"
        return found

    def wait_for_guard(self):
        """Waits for the guard of a depmod that ended in the middle of a commit: it holds the lock."""
        wait_for_holder(self.databases)

    def restore(self):
        if self.builds:
            for name in self.state().keys() - self.base.keys():
                (self.databases / name).unlink()
            for name, data in self.base.items():
                if not (self.databases / name).exists() or (self.databases / name).read_bytes() != data:
                    (self.databases / name).write_bytes(data)
            return
        for top in self.changing():
            shutil.rmtree(self.root / top, ignore_errors=True)
            if (self.kept / top).exists():
                shutil.copytree(self.kept / top, self.root / top, symlinks=True)

    def run(self, words, **environment):
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "LC_ALL": "C", **environment}
        try:
            done = subprocess.run(words, env=environment, cwd=self.root, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return Run(-1, "", f"did not end within {SECONDS} s", self.state())
        return Run(done.returncode, done.stdout.decode(errors="replace"),
                   done.stderr.decode(errors="replace"), self.state())

    def states_between(self):
        """The states before and after each step."""
        states = [self.base]
        if not self.scenario.steps:
            states.append(self.sound.state)
        self.restore()
        for step in self.scenario.steps:
            states.append(self.run(self.words(step)).state)
        self.restore()
        if states[-1] != self.sound.state:
            raise Failure(f"{self.scenario.name}: the steps lead elsewhere: "
                          f"{difference(states[-1], self.sound.state)}")
        return states

    def judge(self, label, done, causes, restarts=False, silent=False):
        """Compares the result of a call with the one without the failure. causes: texts of which the
        error message has to contain one; restarts: the failure only asks for the call to be
        repeated; silent: no message can be written."""
        sound = self.sound
        # Problems of a configuration are regular output, on stdout.
        messages = done.err + done.out
        named = any(cause in messages for cause in causes) or (silent and done.status != 0)
        state = done.state
        if state not in self.allowed and not self.builds:
            # A change that could not be completed or undone is finished by the next call.
            self.counts["states repaired by the next call"] += 1
            self.run(self.words("rmmod --force --simulate @ROOT@ no_such_module"))
            state = self.state()
        same = done.status == sound.status and done.out == sound.out and state == sound.state
        wrong = ""
        worst = 2 if self.scenario.name == "kmod diff" else 1  # as diff(1)
        if done.status < 0 or done.status > worst or (done.status < sound.status and UNREAD not in done.err):
            wrong = f"exit {done.status}"
        elif restarts and not same and "cannot be opened" not in messages:
            wrong = f"exit {done.status}, although the call could have been repeated"
        elif not same and not named and not (self.scenario.ignores and state in self.allowed):
            wrong = f"exit {done.status} without naming the cause\n{done.out[:300]}"
        elif state not in self.allowed and (done.status != 0 or ".changing" in str(state.keys())):
            nearest = min(self.allowed, key=lambda one: len(difference(one, state)))
            wrong = f"half a change: {difference(nearest, state)}"
        elif self.builds and done.status != 0 and state != self.base:
            wrong = "exit 1 with a new set"
        if wrong:
            self.failures.append(f"{self.scenario.name}: {label}: {wrong}\n{done.err}")
        self.counts["wrong" if wrong else "without effect" if same
                    else "refused" if done.status > sound.status else "reported"] += 1
        if done.state != self.base or state != self.base:
            self.restore()

    # --- faults --------------------------------------------------------------------------

    def fail_calls(self, whole):
        command = self.words(self.scenario.command)
        fail_at = [str(self.options.fail_at.resolve()), str(self.report)]
        self.run([*fail_at, "0", "0", *command])
        calls = [line.split(" ", 3) for line in self.report.read_text().splitlines()]
        self.restore()
        if len(calls) < 10:
            raise Failure(f"{self.scenario.name}: only {len(calls)} calls")
        for number, name, codes, path in calls:
            codes = codes.split(",")
            if path in ("fd 1", "fd 2"):
                # The tools install no signal handler here, and stdio does not retry.
                codes = [code for code in codes if code != "EINTR"]
            for code in codes if whole else [codes[int(number) % len(codes)]]:
                done = self.run([*fail_at, number, code, *command])
                made = self.report.read_text().split(" ", 3)
                if made[1:2] != [name]:
                    # Addresses differ between runs, which can change one call of the allocator.
                    self.counts["calls that came at another number"] += 1
                    path = "?"
                text = os.strerror(getattr(errno, code))
                # The message of the dynamic loader for the failure.
                causes = [text, "cannot be opened"]
                if name in ("mmap", "mremap", "mprotect"):
                    causes += ["out of memory", "cannot allocate"]
                self.judge(f"call {number}, {name} {path}: {code}", done, causes,
                           code == "EINTR" and path != "?", path in ("fd 1", "fd 2"))
                self.counts["calls"] += 1

    def fail_allocations(self, step):
        command = self.words(self.scenario.command)
        environment = {"LD_PRELOAD": str(self.options.scarce_memory.resolve()),
                       "SCARCE_REPORT": str(self.report)}
        self.run(command, SCARCE_MEMORY="0", **environment)
        total = int(self.report.read_text())
        self.restore()
        if self.scenario.case in SIGNED and not self.options.whole:
            step *= 40  # nearly all of them are libcrypto's
        for number in range(1, total + 1, step):
            for later in ("", "+"):
                done = self.run(command, SCARCE_MEMORY=f"{number}{later}", **environment)
                self.judge(f"allocation {number}{later} of {total}", done, NO_MEMORY)
                self.counts["allocations"] += 1


def difference(one, other):
    return sorted(f"{path[-60:]}: {str(one.get(path))[:60]} -> {str(other.get(path))[:60]}"
                  for path in {*one, *other} if one.get(path) != other.get(path))


def examine(options, scenario):
    quick = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="every-call-", dir=quick) as scratch:
        place = Place(options, scenario, pathlib.Path(scratch))
        if options.what in ("both", "calls"):
            place.fail_calls(options.whole)
        if options.what in ("both", "allocations"):
            place.fail_allocations(options.step or (1 if options.whole else 5))
        return place


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", type=pathlib.Path, required=True)
    parser.add_argument("--fail-at", type=pathlib.Path, required=True)
    parser.add_argument("--scarce-memory", type=pathlib.Path, required=True)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--what", choices=("both", "calls", "allocations"), default="both")
    parser.add_argument("--step", type=int, help="distance between failing allocations; 5, with --whole 1")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS
              if options.only in scenario.name and (options.whole or options.only or scenario.sample)]
    failures = []
    total = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for scenario, place in zip(chosen, pool.map(lambda one: examine(options, one), chosen)):
            for text in place.failures[:6]:
                print("FAIL: " + text, file=sys.stderr)
            print(f"{scenario.name}: " + ", ".join(f"{n} {what}" for what, n in sorted(place.counts.items())), flush=True)
            total += place.counts
            failures += place.failures
    print(f"{total['calls']} calls and {total['allocations']} allocations failed, {len(failures)} wrong")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
