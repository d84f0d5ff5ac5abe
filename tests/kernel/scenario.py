# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parses scenario files: the contents of a machine, the command lines to run on it, and their
expected output. README.md describes the format."""

import dataclasses
import re
import shlex
import subprocess

from lib.guest_script import OWNED, Step, split_command
from lib.module_copy import changed
from module_sign import sign

COMPRESS = {"gz": ["gzip", "-n"], "xz": ["xz", "--check=crc32"], "zst": ["zstd", "-q", "--rm"]}
STDERR = "! "
# Commands that a step may run on both kernels.
TOOLS = ("insmod", "rmmod", "modprobe", "modinfo", "lsmod", "kmod")
# Steps that need no tool: read a file, change a setting, wait for a background command.
OTHERS = ("cat", "write", "await", "wait")
# Statements for the description of the simulated kernel.
SIMULATION = ("init", "delay")


class ScenarioError(Exception):
    """A mistake in a scenario file."""


@dataclasses.dataclass
class ExpectedStep:
    line: str
    number: int  # of the line in the file
    output: list
    status: int | None = None


class Scenario:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.head = []  # (number of steps before it, line)
        self.steps = []
        current = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("$ "):
                current = ExpectedStep(line[2:], number, [])
                self.steps.append(current)
            elif current and current.status is None and line.startswith("= "):
                current.status = int(line[2:])
            elif current and current.status is None:
                current.output.append(line)
            else:
                self.head.append((len(self.steps), line))
        if not self.steps:
            raise ScenarioError(f"{path}: no steps")

    def statements(self):
        """Returns [(verb, the rest of the line)]."""
        for _, line in self.head:
            if line and not line.startswith("#"):
                verb, _, rest = line.partition(" ")
                yield verb, rest

    def values(self, verb):
        return [rest for found, rest in self.statements() if found == verb]

    @property
    def append(self):
        return " ".join(self.values("append"))

    @property
    def shared(self):
        """Whether the scenario runs on both kernels."""
        return "real" not in self.values("kernel")

    def steps_to_run(self, release):
        """The steps for the machine."""
        return [Step(step.line, self._words(step, release) if self.shared else None)
                for step in self.steps]

    def _words(self, step, release):
        """The words of a step for both kernels, which have no shell."""
        words = shlex.split(step.line.replace("@RELEASE@", release))
        command = split_command(words)[1][0]
        if command not in TOOLS + OTHERS:
            raise ScenarioError(f"{self.path}:{step.number}: only {', '.join(TOOLS + OTHERS)} "
                                "run on both kernels; 'kernel real' has a shell")
        return words

    def simulation(self):
        """Lines for the description of the simulated kernel."""
        return [f"{verb} {rest}" for verb, rest in self.statements() if verb in SIMULATION]

    def prepare(self, root):
        """Creates the files of the scenario in a part of the machine."""
        for verb, rest in self.statements():
            if verb not in STATEMENTS:
                raise ScenarioError(f"{self.path}: unknown line '{verb} {rest}'")
            STATEMENTS[verb](root, rest)
        root.run_depmod()

    def text_with(self, answers):
        """The scenario file with these results [(output lines, status)] as its expected output."""
        lines = []
        for number, (step, (output, status)) in enumerate(zip(self.steps, answers)):
            lines += [line for at, line in self.head if at == number]
            lines += ["$ " + step.line, *output, f"= {status}"]
        lines += [line for at, line in self.head if at == len(self.steps)]
        return "".join(line + "\n" for line in lines)


def place(root, path):
    if not any(path.startswith(f"/{owned}/") for owned in OWNED):
        raise ScenarioError(f"{path} is outside the directories of a scenario: {OWNED}")
    return root.place(path)


def add_modules(root, rest):
    root.add_modules(rest.split())


def add_samples(root, rest):
    root.add_samples(rest.split())


def compress(root, rest):
    name, form = rest.split()
    subprocess.run(COMPRESS[form] + [root.path_of(name)], check=True)


def copy(root, rest):
    """Copies a module with changes, and compresses it if the path ends like a compressed module."""
    name, path, *changes = shlex.split(rest)
    plain, _, form = path.partition(".ko.")
    plain = place(root, plain + ".ko" if form else path)
    plain.write_bytes(changed(root.packaged(name).read_bytes(), changes))
    if form:
        subprocess.run(COMPRESS[form] + [plain], check=True)


def sign_file(root, rest):
    path, digest = rest.split()
    sign(place(root, path), digest)


def write_file(root, rest):
    name, _, text = rest.partition(" ")
    place(root, name).write_text(text.replace("\\n", "\n") + "\n")


def elsewhere(root, rest):
    """A statement that is evaluated elsewhere."""


STATEMENTS = {
    "modules": add_modules,
    "samples": add_samples,
    "compress": compress,
    "copy": copy,
    "sign": sign_file,
    "file": write_file,
    "append": elsewhere,
    "kernel": elsewhere,
    **{verb: elsewhere for verb in SIMULATION},
}


def without_numbers(text):
    """Replaces keys and symbol versions, which differ in each build of the kernel."""
    text = re.sub(r"\b(?:[0-9A-F]{2}:){7,}[0-9A-F]{2}\b", "@KEY@", text)
    return re.sub(r"\b0x[0-9a-f]{8}\b", "@CRC@", text)


def answer_lines(seen, release):
    """The output of a step in the form of the file, with marked lines of stderr if the two streams
    were recorded separately. @OTHER_RELEASE@ is a release that a scenario has written into a module."""
    other = release.replace("6.1.0-", "6.1.1-")

    def lines(text):
        return without_numbers(text.replace(release, "@RELEASE@").replace(other, "@OTHER_RELEASE@")).splitlines()
    return lines(seen.stdout) + [STDERR + line for line in lines(seen.stderr)]
