# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the real and the simulated kernel after each step, with a table of the permitted
differences and their reasons."""

import dataclasses
import difflib
import re


@dataclasses.dataclass
class LogRule:
    """Lines of the real kernel's log that the simulated one does not write."""
    pattern: str
    reason: str


@dataclasses.dataclass
class OutputRule:
    """Tool output that is not compared."""
    tool: str  # pattern of a tool name or a kmod command
    pattern: str
    replacement: str
    reason: str


@dataclasses.dataclass
class AttributeRule:
    """A file of /sys/module whose contents are not compared."""
    pattern: str
    reason: str


REAL_LOG_ONLY = [
    LogRule(r"random: crng init done|(clocksource|tsc): .*", "logged at an arbitrary time"),
    LogRule(r"(hrtimer|perf): interrupt took .*|sched: RT throttling activated|workqueue: \S+ hogged CPU .*",
            "logged when the virtual machine gets little time"),
    LogRule(r"loop: module loaded", "logged by the module's own code"),
    LogRule(r"Kernel is locked down from securityfs; see man kernel_lockdown.7",
            "the scenario enables lockdown by writing a file"),
    LogRule(r"PKCS7: Unknown OID: .*|Unsupported digest algo: .*",
            "progress of the kernel's parser; the resulting verdict is compared"),
    LogRule(r"CPU: \d+ PID: .*|Hardware name: .*|Call Trace:|RIP: .*|Code: .*|RSP: .*"
            r"|(R\w\w: [0-9a-f]{16} ?)+| </?TASK>| (\? )?[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+.*",
            "a stack dump, which needs running code"),
]

NOT_COMPARED = [
    OutputRule(r"lsmod|list", r"(?m)^(\S+) +\d+(?= )", r"\1 SIZE",
               "the real size includes whole pages and the kernel's own data"),
    OutputRule("insmod", r"(of module_layout, but the kernel has) (0x[0-9a-f]{8}|another version)",
               r"\1 IT",
               "a real kernel does not show the CRCs of its symbols; the simulated kernel has them "
               "in its files"),
    OutputRule("insmod", r"insmod: NOTICE: kernel: Unsupported digest algo: .*\n", "",
               "quotes a line that only the real kernel logs"),
]


CONTENTS_NOT_COMPARED = [
    AttributeRule(r"loop/parameters/(hw_queue_depth|max_loop)",
                  "a setter function of the module writes them, of a type that it does not declare"),
]


class Comparison:
    """Compares the steps of one scenario in turn."""

    def __init__(self):
        self.known = {}

    def differences(self, words, real, simulated):
        """Describes the differences of a step. Empty if both kernels agree, or differ only in what
        was reported for an earlier step."""
        lines = []
        if real.status != simulated.status:
            lines.append(f"exit status: real {real.status}, simulated {simulated.status}")
        for name in ("stdout", "stderr"):
            lines += compared(name, printed(words, getattr(real, name)),
                              printed(words, getattr(simulated, name)))
        for name, look in LOOKS.items():
            # With --jobs the order depends on the threads.
            order = sorted if "--jobs" in words else list
            found = compared(name, order(look(real)), order(look(simulated)))
            if found != self.known.get(name):
                lines += found
            self.known[name] = found
        return lines + compared("kernel log", [x for x in real.log if not is_real_only(x)],
                                simulated.log)


def compared(what, real, simulated):
    """Returns the difference under a heading, or nothing."""
    if real == simulated:
        return []
    diff = difflib.unified_diff(real, simulated, lineterm="", n=1)
    return [f"{what}: (- real, + simulated)", *list(diff)[2:]]


def printed(words, text):
    for rule in NOT_COMPARED:
        if any(re.fullmatch(rule.tool, word) for word in words[:2]):
            text = re.sub(rule.pattern, rule.replacement, text)
    return text.splitlines()


def records(seen):
    """Lines of /proc/modules without size and address, which differ between the kernels."""
    result = []
    for line in seen.modules:
        name, _, refcount, users, state, _, *taints = line.split()
        result.append(" ".join([name, refcount, users, state, *taints]))
    return result


def attributes(seen):
    return [path if is_written_by_code(path) else f"{path}: {value}"
            for path, value in sorted(seen.attributes.items())]


def holders(seen):
    return sorted(seen.holders)


LOOKS = {"/proc/modules": records, "/sys/module": attributes, "holders": holders}


def is_written_by_code(path):
    return any(re.fullmatch(rule.pattern, path) for rule in CONTENTS_NOT_COMPARED)


def is_real_only(line):
    return any(re.fullmatch(rule.pattern, line) for rule in REAL_LOG_ONLY)
