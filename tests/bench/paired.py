# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures two commands in turns: wall time, processor time and peak memory, as medians. Repeats a
pair if the machine did other work at the same time."""

import ctypes
import json
import os
import statistics
import subprocess
import sys
import time

from lib.harness import ENVIRONMENT

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
MEMORY_RUNS = 3
QUANTITIES = ("wall", "least", "processor", "memory")  # medians, but for the least wall time
# Tolerated work of other processes: a share of the wall time, plus the resolution of /proc/stat.
OVERLOOKED_SHARE = 0.1
OVERLOOKED_MS = 30
PATIENCE = 4  # limit: this many times the requested number of pairs
# A comparison begins, and goes on after a disturbed pair, when the machine has been idle for a moment. It does not wait
# before every pair: after a pause, all programs take half as long again. Maximum waiting time per comparison.
MOMENT = 0.1  # seconds
LONGEST_WAIT = 90
NULL = os.open(os.devnull, os.O_WRONLY)


class Side:
    """A command, and an unmeasured preparation before each of its runs."""

    def __init__(self, command, prepare=None):
        self.command = [str(word) for word in command]
        self.prepare = prepare


class Sample:
    """One run, in milliseconds. `foreign`: processor time of other processes beyond the tolerated
    amount."""

    def __init__(self, wall, usage, busy):
        self.wall = wall * 1000
        self.processor = (usage.ru_utime + usage.ru_stime) * 1000
        overlooked = OVERLOOKED_MS + OVERLOOKED_SHARE * self.wall
        self.foreign = max(0.0, busy - self.processor - overlooked)


class Result:
    """The kept samples and the medians of both sides."""

    def __init__(self, pairs, memory, repeated):
        self.samples = {side: [pair[side] for pair in pairs] for side in memory}
        self.memory_samples = memory
        self.repeated = repeated

    def figure(self, side, quantity):
        if quantity == "memory":
            return statistics.median(self.memory_samples[side])
        if quantity == "least":
            return min(sample.wall for sample in self.samples[side])
        return statistics.median(getattr(sample, quantity) for sample in self.samples[side])

    def times(self, quantity):
        """Ratio of the second side's figure to the first side's."""
        ours, theirs = (self.figure(side, quantity) for side in self.samples)
        return theirs / ours if ours else 0.0

    def record(self):
        """For JSON: milliseconds, MiB."""
        sides = {side: {"wall": [round(sample.wall, 3) for sample in samples],
                        "processor": [round(sample.processor, 3) for sample in samples],
                        "disturbed": sum(sample.foreign > 0 for sample in samples),
                        "memory": [round(peak, 2) for peak in self.memory_samples[side]]}
                 for side, samples in self.samples.items()}
        return {"sides": sides, "repeated": self.repeated,
                "times": {quantity: round(self.times(quantity), 3) for quantity in QUANTITIES}}


def busy_milliseconds():
    """Sum over all processors since boot."""
    with open("/proc/stat", encoding="ascii") as lines:
        user, nice, system, _, _, irq, softirq, steal = map(int, lines.readline().split()[1:9])
    ticks = user + nice + system + irq + softirq + steal
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def check(command, status):
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")


def measure(command):
    actions = [(os.POSIX_SPAWN_DUP2, NULL, 1), (os.POSIX_SPAWN_DUP2, NULL, 2)]
    busy = busy_milliseconds()
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    check(command, status)
    return Sample(wall, usage, busy_milliseconds() - busy)


def become_subreaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) failed: peak memory cannot be measured")


def peak_memory(command):
    """Peak memory in MiB. A process inherits the peak of the process that started it, and Python's
    is high. So a shell starts the command, which waits until the shell has ended."""
    become_subreaper()
    script = 'exec 3<&0; { read go; exec "$@" >/dev/null 2>&1; } <&3 & echo $!'
    shell = subprocess.Popen(["/bin/sh", "-c", script, "sh", *command], env=ENVIRONMENT,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process = int(shell.stdout.readline())
    shell.wait()
    shell.communicate(b"go\n")
    _, status, usage = os.wait4(process, 0)
    check(command, status)
    return usage.ru_maxrss / 1024


def wait_for_quiet(limit):
    """Returns the rest of the time limit in seconds."""
    while limit > 0:
        before = busy_milliseconds()
        time.sleep(MOMENT)
        if busy_milliseconds() - before < OVERLOOKED_MS:
            break
        limit -= MOMENT
    return limit


def prepare(side):
    if side.prepare is not None:
        side.prepare()
        os.sync()  # otherwise one side would wait for data that the other wrote


def compare(sides, rounds, patient=True):
    """`sides`: two sides by name, ours first. Without patience, for a machine that is never idle,
    every pair is kept."""
    pairs, undisturbed, patience = [], 0, wait_for_quiet(LONGEST_WAIT if patient else 0)
    for turn in range(rounds * (PATIENCE if patient else 1) + 1):
        pair = {}
        # The side that begins alternates.
        for name in sorted(sides, reverse=turn % 2 == 1):
            prepare(sides[name])
            pair[name] = measure(sides[name].command)
        if turn == 0:  # warms up
            continue
        pairs.append(pair)
        if any(sample.foreign for sample in pair.values()):
            patience = wait_for_quiet(patience)
        else:
            undisturbed += 1
        if undisturbed == rounds:
            break
    kept = sorted(pairs, key=lambda pair: sum(s.foreign for s in pair.values()))[:rounds]
    memory = {name: [] for name in sides}
    for _ in range(MEMORY_RUNS):
        for name, side in sides.items():
            prepare(side)
            memory[name].append(peak_memory(side.command))
    return Result(kept, memory, len(pairs) - len(kept))


def print_heading(ours, theirs):
    columns = f"{ours:>8} {theirs:>8} {'times':>6}"
    print(f"\n{'':44}{'wall ms':>25} {'':6}{'least wall ms':>26}{'user+sys ms':>26}{'peak RSS MiB':>26}")
    print(f"{'':38} {'pairs':>5} {columns} {'aim':>5}   {columns}   {columns}   {columns}")


def print_row(label, result, aim=None):
    rounds = len(next(iter(result.samples.values())))
    line = f"{label:38} {rounds:5d}"
    for quantity in QUANTITIES:
        ours, theirs = (result.figure(side, quantity) for side in result.samples)
        line += f" {ours:8.2f} {theirs:8.2f} {result.times(quantity):6.2f}"
        if quantity == "wall":
            line += f" {aim:5.1f}" if aim else " " * 6
        line += "  "
    disturbed = sum(sample.foreign > 0 for samples in result.samples.values() for sample in samples)
    print(line.rstrip() + (f"  ({disturbed} runs disturbed)" if disturbed else ""), flush=True)


def write_json(file, records):
    file.write_text(json.dumps(records, indent=1) + "\n", encoding="ascii")
