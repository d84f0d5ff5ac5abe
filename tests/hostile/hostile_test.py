#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the library and the tools on hostile input: damaged modules, indexes and streams, unusual texts
and names. The library reads thousands of inputs in process, the built tools a sample. No call may die of
a signal, compute for more than 2 s or use more than 256 MiB; its result must equal that for the valid
file, or be an error that names the fault.

    --whole      use all inputs instead of a sample (half an hour; by hand)
    --reference  make the same calls with Debian's kmod, counted but not judged
    --only TEXT  use only the classes with TEXT in their names"""

import argparse
import collections
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

import seeds
from lib.harness import REFERENCE, fetch_kernel

RELEASE = "6.1.0"
CPU_SECONDS = 2
MEMORY_KIB = 256 * 1024
# class: number of inputs for the library in a sample, then calls of the tools (sample, whole)
CLASSES = {
    "module truncations": (400, 8, 300),
    "module fields": (400, 8, 300),
    "module noise": (400, 12, 1000),
    "index truncations": (300, 10, 300),
    "index noise": (1000, 20, 1000),
    "compressed streams": (96, 16, 300),
    "configuration and command line": (60, 10, 300),
    "names and aliases": (500, 20, 500),
}
INDEXES = ("modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
           "modules.builtin.alias.bin")
# Maximum length of an argument that the kernel accepts.
MOST_OF_A_WORD = 128 << 10
BOMBS = {False: 128 << 20, True: 1 << 30}


class Call:
    """One call of a tool, and how it ended."""

    def __init__(self, words, scratch):
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        out, err = scratch / "out", scratch / "err"
        with open(out, "wb") as to, open(err, "wb") as errors:
            process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=to,
                                       stderr=errors, preexec_fn=limit)
            # RLIMIT_CPU bounds the processor time, so the process ends.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.status = process.returncode
        self.memory = usage.ru_maxrss
        self.out = out.read_bytes()
        self.err = err.read_bytes()

    @property
    def trouble(self):
        if self.status in (-24, -9):
            return "hangs"
        if self.status < 0 or self.status > 128:
            return "deaths"
        return "too much memory" if self.memory > MEMORY_KIB else ""


class Hostile:
    def __init__(self, options):
        self.options = options
        self.tools = pathlib.Path(options.tools).resolve()
        kernel = pathlib.Path(options.kernel or fetch_kernel())
        modules = sorted((kernel / "lib" / "modules").iterdir())[-1]
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="hostile-", dir=memory_folder()))
        self.seeds = self.scratch / "seeds"
        seeds.make(modules, self.seeds, BOMBS[options.whole])
        self.root = self.scratch / "root"
        self.directory = self.root / "lib" / "modules" / RELEASE
        self.counts = collections.defaultdict(collections.Counter)
        self.broken = []

    def wrong(self, text):
        self.broken.append(text)

    # --- the library ---------------------------------------------------------------------

    def judge(self, name, sample):
        count = 0 if self.options.whole else sample
        done = subprocess.run([self.options.hostile, "judge", name, str(count), self.seeds],
                              env={**os.environ, "TMPDIR": str(self.scratch)},
                              capture_output=True, text=True)
        print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            self.wrong(f"{name}: {done.stdout}{done.stderr}")

    # --- the tools -----------------------------------------------------------------------

    def make_root(self):
        """A small tree with databases."""
        for folder in ("etc/kmodpp", "etc/modprobe.d", "etc/depmod.d", "proc"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "etc/kmodpp/kernel.conf").write_text(f"release {RELEASE}\n")
        (self.directory / "kernel").mkdir(parents=True)
        for path in (self.seeds / "modules").iterdir():
            shutil.copy(path, self.directory / "kernel")
        for path in (self.seeds / "texts").iterdir():
            shutil.copy(path, self.directory)
        self.rebuild("kmodpp")

    def rebuild(self, who):
        subprocess.run([self.tool(who, "depmod"), "-b", self.root, "-C", self.root / "etc/depmod.d",
                        RELEASE], check=True, capture_output=True)

    def tool(self, who, name):
        return str(self.tools / name) if who == "kmodpp" else REFERENCE[name]

    def modprobe(self, who, *words):
        """Makes both use the configuration of the root."""
        place = ("--simulate", self.root) if who == "kmodpp" else \
            ("-d", self.root, "-S", RELEASE, "-C", self.root / "etc/modprobe.d")
        return [self.tool(who, "modprobe"), *place, *words]

    def calls_of(self, name, who, file):
        """The calls made with an input; for the reference only calls that do not load."""
        victim = self.directory / "kernel" / "victim.ko"
        if name.startswith("module"):
            shutil.copy(file, victim)
            yield [self.tool(who, "modinfo"), victim]
            yield self.modprobe(who, "--show-modversions", victim)
            yield [self.tool(who, "depmod"), "-n", "-b", self.root, "-C", self.root / "etc/depmod.d", RELEASE]
            if who == "kmodpp":
                yield self.modprobe(who, victim)
                yield [self.tool(who, "insmod"), "--simulate", self.root, victim]
            victim.unlink()
        elif name.startswith("index"):
            index = self.directory / INDEXES[self.index_of(name, int(file.name))]
            sound = index.read_bytes()
            shutil.copy(file, index)
            yield self.modprobe(who, "-c")
            yield self.modprobe(who, "-R", "pci:v000010ECd00008139sv1sd1bc02sc00i00")
            yield self.modprobe(who, "-D", "8139cp")
            yield self.modprobe(who, "-n", "-v", "symbol:crc16")
            yield [self.tool(who, "modinfo"), "-b", self.root, "-k", RELEASE, "dummy"]
            yield [self.tool(who, "depmod"), "-A", "-b", self.root, "-C", self.root / "etc/depmod.d", RELEASE]
            index.write_bytes(sound)
        elif name.startswith("compressed"):
            stream = self.stream_names()[int(file.name) % len(self.stream_names())]
            victim = self.scratch / ("victim" + stream[stream.index("."):])
            shutil.copy(file, victim)
            yield [self.tool(who, "modinfo"), victim]
        elif name.startswith("configuration"):
            shutil.copy(file, self.root / "etc/modprobe.d/hostile.conf")
            shutil.copy(file, self.root / "etc/depmod.d/hostile.conf")
            yield self.modprobe(who, "-c")
            yield self.modprobe(who, "-D", "8139cp")
            yield [self.tool(who, "depmod"), "-n", "-b", self.root, "-C", self.root / "etc/depmod.d", RELEASE]
            for folder in ("modprobe.d", "depmod.d"):
                (self.root / "etc" / folder / "hostile.conf").unlink()
        else:
            word = file.read_bytes()
            if 0 < len(word) < MOST_OF_A_WORD:
                yield self.modprobe(who, "-R", "--", word)
                yield [self.tool(who, "modinfo"), "-b", self.root, "-k", RELEASE, "--", word]

    def stream_names(self):
        return sorted(path.name for path in (self.seeds / "streams").iterdir())

    def index_of(self, name, number):
        if name == "index noise":
            return number % len(INDEXES)
        for at, index in enumerate(INDEXES):
            size = (self.directory / index).stat().st_size
            if number < size:
                return at
            number -= size
        raise ValueError(number)

    def run_tools(self, name, count, who):
        folder = self.scratch / "inputs"
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run([self.options.hostile, "write", name, str(count), self.seeds, folder],
                              env={**os.environ, "TMPDIR": str(self.scratch)}, capture_output=True, text=True)
        if done.returncode != 0:
            self.wrong(f"{name}: {done.stderr}")
            return
        tally = self.counts[name, who]
        for file in sorted(folder.iterdir(), key=lambda path: int(path.name)):
            tally["inputs"] += 1
            for words in self.calls_of(name, who, file):
                call = Call(words, self.scratch)
                tally["calls"] += 1
                tally["peak MiB"] = max(tally["peak MiB"], call.memory // 1024)
                if call.trouble:
                    tally[call.trouble] += 1
                elif call.status == 0:
                    tally["exit 0"] += 1
                else:
                    tally["exit 1"] += 1
                if who == "kmodpp":
                    self.check(f"{name} {file.name}: {pathlib.Path(words[0]).name} {words[1:]}", call)

    def check(self, label, call):
        if call.trouble:
            self.wrong(f"{label}: {call.trouble}, status {call.status}")
        elif call.status not in (0, 1):
            self.wrong(f"{label}: exit {call.status}")
        elif call.status == 1 and not call.err:
            self.wrong(f"{label}: exit 1 without a message")

    def run(self):
        self.make_root()
        for name, (sample, calls, calls_of_whole) in CLASSES.items():
            if self.options.only not in name:
                continue
            self.judge(name, sample)
            count = calls_of_whole if self.options.whole else calls
            for who in ("kmodpp", "kmod") if self.options.reference else ("kmodpp",):
                self.run_tools(name, count, who)
                tally = self.counts[name, who]
                print(f"  {who}: " + ", ".join(f"{tally[key]} {key}" for key in (
                    "inputs", "calls", "exit 0", "exit 1", "deaths", "hangs", "too much memory",
                    "peak MiB")), flush=True)
        for text in self.broken[:20]:
            print("FAIL: " + text, file=sys.stderr)
        return 1 if self.broken else 0


def memory_folder():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--hostile", required=True, help="the program of that name")
    parser.add_argument("--kernel", help="directory that holds lib/modules; fetched by default")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", default="", metavar="TEXT", help="classes with TEXT in their names")
    parser.add_argument("--reference", action="store_true")
    hostile = Hostile(parser.parse_args())
    try:
        return hostile.run()
    finally:
        shutil.rmtree(hostile.scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
