#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs tools at the same time on one simulated kernel, and checks their results and the final state."""

import argparse
import collections
import contextlib
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

RELEASE = "6.1.0"
RECIPE = "info license=GPL\ninfo intree=Y\ninfo vermagic=6.1.0\n"
FAILURES = []


def check(what, actual, expected):
    if actual != expected:
        FAILURES.append(f"{what}: {actual!r}, not {expected!r}")


class Root:
    def __init__(self, options, directory, description):
        self.tools = options.tools.resolve()
        self.path = pathlib.Path(directory)
        kernel = self.path / "lib/modules" / RELEASE / "kernel"
        kernel.mkdir(parents=True)
        (kernel / "base.ko.recipe").write_text(RECIPE + "export base_call\n")
        (kernel / "slow.ko.recipe").write_text(RECIPE + "need base_call\nexport slow_call\n")
        (kernel / "user.ko.recipe").write_text(RECIPE + "need slow_call\n")
        subprocess.run([options.mkmodule, "tree", self.path], check=True)
        subprocess.run([self.tools / "depmod", "-b", self.path, RELEASE], check=True,
                       stderr=subprocess.DEVNULL)
        (self.path / "etc/kmodpp").mkdir(parents=True)
        (self.path / "etc/kmodpp/kernel.conf").write_text(f"release {RELEASE}\n" + description)

    def start(self, tool, *words):
        return subprocess.Popen([self.tools / tool, "--simulate", self.path, *words],
                                env={"LC_ALL": "C"}, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def run(self, tool, *words):
        """Exit status and first line of the output."""
        process = self.start(tool, *words)
        messages = process.communicate(timeout=60)[1]
        return process.returncode, messages.splitlines()[0] if messages else ""

    def modules(self):
        """Lines of /proc/modules without size and address, newest first."""
        record = self.path / "proc/modules"
        lines = record.read_text().splitlines() if record.exists() else []
        return [" ".join(word for i, word in enumerate(line.split()) if i not in (1, 5))
                for line in lines]

    def await_state(self, name, state):
        path = self.path / "sys/module" / name / "initstate"
        for _ in range(3000):
            with contextlib.suppress(OSError):
                if path.read_text().strip() == state:
                    return
            time.sleep(0.01)
        FAILURES.append(f"{name} never became {state}")


@contextlib.contextmanager
def fresh_root(options, description=""):
    with tempfile.TemporaryDirectory(prefix="kmodpp-side-") as directory:
        yield Root(options, directory, description)


def statuses(processes):
    """Counts the exit statuses."""
    for process in processes:
        process.communicate(timeout=60)
    return dict(collections.Counter(process.returncode for process in processes))


def loads_of_one_module(options):
    with fresh_root(options, "delay slow 300\n") as root:
        check("eight times modprobe", statuses([root.start("modprobe", "slow") for _ in range(8)]),
              {0: 8})
        check("modules", root.modules(), ["slow 0 - Live", "base 1 slow, Live"])
    with fresh_root(options, "delay slow 300\n") as root:
        check("insmod base", root.run("modprobe", "base"), (0, ""))
        module = root.path / "lib/modules" / RELEASE / "kernel/slow.ko"
        check("eight times insmod", statuses([root.start("insmod", module) for _ in range(8)]),
              {0: 1, 1: 7})
        check("modules", root.modules(), ["slow 0 - Live", "base 1 slow, Live"])


def a_load_that_fails(options):
    with fresh_root(options, "delay slow 3000\ninit slow ENODEV\n") as root:
        first = root.start("modprobe", "slow")
        root.await_state("slow", "coming")
        check("modules while init runs", root.modules(), ["slow 1 - Loading", "base 1 slow, Live"])
        check("the second load", root.run("modprobe", "slow"),
              (1, "modprobe: ERROR: could not insert 'slow': Device or resource busy"))
        check("the first load", first.communicate(timeout=60)[1].splitlines()[0],
              "modprobe: ERROR: could not insert 'slow': No such device")
        check("modules", root.modules(), ["base 0 - Live"])


def a_removal_while_init_runs(options):
    with fresh_root(options, "delay slow 4000\n") as root:
        first = root.start("modprobe", "slow")
        root.await_state("slow", "coming")
        check("rmmod", root.run("rmmod", "slow"), (1, "rmmod: ERROR: Module slow is in use"))
        check("rmmod -f", root.run("rmmod", "-f", "slow"),
              (1, "rmmod: ERROR: could not remove module slow: Device or resource busy"))
        check("rmmod of what it uses", root.run("rmmod", "base"),
              (1, "rmmod: ERROR: Module base is in use by: slow"))
        check("the load", statuses([first]), {0: 1})
        check("rmmod when it is live", root.run("rmmod", "slow"), (0, ""))


def loads_and_removals(options):
    """Checks that the final reference counts agree, in whatever order the tools ran."""
    with fresh_root(options) as root:
        for _ in range(5):
            racing = [root.start(*words) for words in
                      (["modprobe", "user"], ["modprobe", "-q", "-r", "user"],
                       ["rmmod", "slow"], ["modprobe", "slow"])]
            statuses(racing)
        check("the last load", root.run("modprobe", "user"), (0, ""))
        check("modules", sorted(root.modules()),
              ["base 1 slow, Live", "slow 1 user, Live", "user 0 - Live"])
        check("the last removal", root.run("modprobe", "-r", "user"), (0, ""))
        check("modules", root.modules(), [])
        check("sys/module", [path.name for path in (root.path / "sys/module").iterdir()], [])


def a_loader_that_is_killed(options):
    with fresh_root(options, "delay slow 600000\n") as root:
        loader = root.start("modprobe", "slow")
        root.await_state("slow", "coming")
        loader.send_signal(signal.SIGKILL)
        check("the loader", statuses([loader]), {-signal.SIGKILL: 1})
        check("lsmod", root.run("lsmod"), (0, ""))
        check("modules", root.modules(), ["base 0 - Live"])
        check("rmmod", root.run("rmmod", "base"), (0, ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    options = parser.parse_args()
    tests = (loads_of_one_module, a_load_that_fails, a_removal_while_init_runs,
             loads_and_removals, a_loader_that_is_killed)
    for test in tests:
        test(options)
    sys.exit("\n".join(FAILURES) if FAILURES else 0)


main()
