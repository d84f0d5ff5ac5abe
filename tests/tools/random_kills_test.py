#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills depmod at random moments of a run with SIGKILL, together with all other processes of its group or
of its PID namespace. The next depmod must leave the databases of an undisturbed run, byte for byte, and no
other file: no temporary, back-up, record or lock file.

The guard of depmod has a session of its own, so it survives the end of the process group and finishes the
set. It does not survive the end of the namespace, in which depmod is process 1."""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from lib.counting import fail
from lib.harness import ENVIRONMENT

RELEASE = "6.1.0"
DIRECTORY = "lib/modules/" + RELEASE
MODULES = 200
KILLS = 200
# Runs from which the usual duration is determined.
MEASURED = 7
# Each command takes far less; one that needs this long has hung.
SECONDS = 120


def make_tree(root, mkmodule, word):
    """A tree whose databases all differ from those for another word."""
    for n in range(MODULES):
        recipe = [f"export {word}_{n} {n + 1:08x}", f"info alias={word}:{n}*", f"info softdep=pre: {word}{n // 3}",
                  f"info weakdep={word}{n // 5}", f"info alias=char-major-10-{n}", f"info alias=devname:{word}{n}"]
        recipe += [f"need {word}_{n // 2} {n // 2 + 1:08x}"] if n else []
        file = root / DIRECTORY / f"kernel/{n % 10}/{word}{n}.ko.recipe"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(line + "\n" for line in recipe))
    subprocess.run([mkmodule, "tree", root], check=True)
    (root / DIRECTORY / "modules.order").write_text("")
    (root / DIRECTORY / "modules.builtin").write_text(f"kernel/{word}.ko\n")
    (root / DIRECTORY / "modules.builtin.modinfo").write_bytes(f"{word}.alias={word}-builtin".encode() + b"\0")


def contents_of(directory):
    found = {}
    for name in os.listdir(directory):
        # A guard that survived may be removing files.
        with contextlib.suppress(FileNotFoundError):
            found[name] = (directory / name).read_bytes()
    return found


def children_of(process):
    found = []
    for thread in pathlib.Path(f"/proc/{process}/task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return found


def kill_group(process):
    os.killpg(process.pid, signal.SIGKILL)


def kill_namespace(process):
    """Kills unshare, which sends SIGKILL to process 1 of the namespace."""
    process.kill()


def kill_pair(process):
    """Kills depmod and its guard, while depmod cannot react."""
    process.send_signal(signal.SIGSTOP)
    for child in children_of(process.pid):
        os.kill(child, signal.SIGKILL)
    process.kill()


class Test:
    def __init__(self, options, scratch):
        self.depmod = pathlib.Path(options.tools).resolve() / "depmod"
        self.random = random.Random(options.seed)
        self.scratch = scratch
        self.counts = collections.Counter()
        for word in ("old", "new"):
            make_tree(scratch / word, options.mkmodule, word)
        self.sets = {}
        for word in ("old", "new"):
            out = scratch / f"set-{word}"
            self.must(self.command(word, out))
            self.sets[word] = contents_of(out / DIRECTORY)
        same = [name for name, data in self.sets["old"].items() if self.sets["new"].get(name) == data]
        if len(self.sets["new"]) != 11 or same:
            fail(f"the sets are too similar: {same}")

    def command(self, word, out, *options):
        return [self.depmod, "-b", self.scratch / word, "-o", out, *options, RELEASE]

    def must(self, command):
        done = subprocess.run(command, env=ENVIRONMENT, timeout=SECONDS, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode != 0 or done.stderr:
            fail(f"{command}: exit {done.returncode}\n{done.stderr}")

    def start(self, command):
        return subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def wait(self, process):
        """Waits until all processes have ended, except the guard, which closes the pipe."""
        # If unshare is killed too early, its child survives and ends by itself.
        process.communicate(timeout=SECONDS)
        return process.returncode

    def fresh(self, name):
        """An output directory with the old set."""
        out = self.scratch / name
        (out / DIRECTORY).mkdir(parents=True)
        for file, data in self.sets["old"].items():
            (out / DIRECTORY / file).write_bytes(data)
        return out

    def duration(self, before, options):
        measured = []
        for n in range(MEASURED):
            out = self.fresh(f"measured-{n}")
            process = self.start([*before, *self.command("new", out, *options(out))])
            begin = time.monotonic()
            if self.wait(process) != 0:
                fail("a run that was not killed failed")
            measured.append(time.monotonic() - begin)
            shutil.rmtree(out)
        return statistics.median(measured)

    def kills(self, way, number, before, kill, options):
        duration = self.duration(before, options)
        for n in range(number):
            out = self.fresh(f"out-{n}")
            command = self.command("new", out, *options(out))
            moment = self.random.uniform(0, duration)
            process = self.start([*before, *command])
            time.sleep(moment)
            running = process.poll() is None
            if running:
                kill(process)
            self.wait(process)
            # Perhaps the guard is still at work; the next run waits for it.
            left = contents_of(out / DIRECTORY)
            shown = {name: data for name, data in left.items() if not name.startswith(".")}
            state = next((word for word, files in self.sets.items() if files == shown), "mixed")
            self.counts[f"{way}: {state} set" if running else f"{way}: had ended"] += 1
            self.counts[f"{way}: other files left"] += left != shown

            self.must(command)
            label = f"{way}, after {moment * 1000:.2f} of {duration * 1000:.2f} ms, {state} set"
            found = contents_of(out / DIRECTORY)
            for name in sorted({*found, *self.sets["new"]}):
                if found.get(name) != self.sets["new"].get(name):
                    fail(f"{label}: {name} is not as after an undisturbed run; left before: {sorted(left)}")
            beside = sorted(path.name for path in out.iterdir())
            if beside != (["cache", "lib"] if options(out) else ["lib"]):
                fail(f"{label}: {beside}")
            shutil.rmtree(out)
        self.up_to_date(options)
        # The duration varies with the load of the machine.
        if self.counts[f"{way}: had ended"] > number * 0.9:
            fail(f"{way}: hardly any run was killed")

    def up_to_date(self, options):
        """A run that finds nothing to do removes what a killed one has left."""
        out = self.fresh("up-to-date")
        command = self.command("new", out, *options(out))
        self.must(command)
        for name in self.sets["new"]:
            (out / DIRECTORY / f".{name}.ABCDEF").write_text("left")
        # So that the cache is used.
        time.sleep(0.2)
        self.must(command)
        if contents_of(out / DIRECTORY) != self.sets["new"]:
            fail(f"a run with nothing to do leaves {sorted(os.listdir(out / DIRECTORY))}")
        shutil.rmtree(out)


def options_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", required=True)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    return parser.parse_args()


def namespace():
    """The words before a command that is process 1 of a PID namespace; None without permission."""
    for privileges in ([], ["--user", "--map-root-user"]):
        words = ["unshare", *privileges, "--pid", "--fork", "--kill-child"]
        if subprocess.run([*words, "true"], env=ENVIRONMENT, capture_output=True).returncode == 0:
            return words
    return None


def main():
    options = options_of()
    print(f"seed {options.seed}")
    # Thousands of files that need no disk.
    quick = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="random-kills-", dir=quick) as scratch:
        test = Test(options, pathlib.Path(scratch))
        words = namespace()
        ways = [("process group", [], kill_group)]
        if words is None:
            print("no permission for PID namespaces: depmod and its guard are killed one after the other")
            ways.append(("both processes", [], kill_pair))
        else:
            ways.append(("namespace", words, kill_namespace))
        # The cache is a file that depmod writes at the same time as the databases.
        kinds = [lambda out: [], lambda out: [f"--cache={out}/cache"]]
        for way, before, kill in ways:
            for kind in kinds:
                test.kills(way, options.kills // (len(ways) * len(kinds)), before, kill, kind)
        for what, number in sorted(test.counts.items()):
            print(f"{number:5d}  {what}")


if __name__ == "__main__":
    main()
