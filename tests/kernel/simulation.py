# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the steps of a scenario on the simulated kernel: each tool is called with --simulate ROOT on
the root that was a part of the booted machine."""

import os
import shlex
import shutil
import subprocess
import time

from lib.guest_script import Observation, as_in_kmsg, attributes_of, split_command
from lib.kernel_image import certificates_in

DESCRIPTION = "etc/kmodpp/kernel.conf"
SYMVERS = "etc/kmodpp/Module.symvers"
LOG = "var/log/kernel.log"
# State that is passed on from one root to the next, as a machine keeps it between parts.
STATE = ("proc", "sys")
X86_64 = 62
ATTRIBUTES = ("initstate", "refcnt", "taint", "version", "srcversion")


class SimulationError(Exception):
    """A step did not end on the simulated kernel."""


class Simulation:
    """The simulated kernel over `part`, a ScenarioRoot."""

    def __init__(self, part, tools, headers, image, command_line, statements, before=None):
        self.root = part.root
        self.tools = tools
        self.later = None
        self.log_read = 0
        self._describe(part, headers, image, command_line, statements)
        if before:
            for name in STATE:
                if (before.root / name).exists():
                    shutil.move(before.root / name, self.root / name)

    def _describe(self, part, headers, image, command_line, statements):
        any_module = next(part._tree.rglob("*.ko"))
        vermagic = subprocess.run([self.tools / "modinfo", "-F", "vermagic", any_module],
                                  check=True, capture_output=True, text=True).stdout.strip("\n")
        part.place(SYMVERS)
        shutil.copy(headers / "Module.symvers", self.root / SYMVERS)
        trusted = []
        for number, certificate in enumerate(certificates_in(image.read_bytes())):
            trusted.append(f"trusted /etc/kmodpp/{number}.der")
            (self.root / "etc" / "kmodpp" / f"{number}.der").write_bytes(certificate)
        (self.root / DESCRIPTION).write_text("\n".join([
            f"release {part.release}", f"vermagic {vermagic}", f"machine {X86_64}",
            f"cmdline {command_line}", f"symvers /{SYMVERS}", "signatures permissive",
            *trusted, *statements]) + "\n")

    def run(self, step):
        """Runs a step and records the state of the kernel after it."""
        if step.in_background:
            self.later = self._start(step.words[:-1])
            return Observation("", 0)
        status, stdout, stderr = self._run(step.words)
        return Observation(
            stdout=self._as_seen_inside(stdout), status=status,
            stderr=self._as_seen_inside(stderr), modules=self._modules(),
            attributes=self._attributes(), holders=self._holders(), log=self._new_log())

    def _new_log(self):
        """Lines of the kernel log since the last call."""
        log = self.root / LOG
        if not log.exists():
            return []
        contents = log.read_bytes()
        begin, self.log_read = self.log_read, len(contents)
        return [as_in_kmsg(line) for line in contents[begin:].decode().split("\n") if line]

    def _run(self, words):
        if words[0] == "await":
            return self._await(words[1], words[2])
        if words[0] == "write":
            return self._write(words[1], words[2])
        process = self.later if words == ["wait"] else self._start(words)
        try:
            stdout, stderr = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise SimulationError(f"'{shlex.join(words)}' hangs on the simulated kernel")
        return process.returncode, stdout, stderr

    def _await(self, path, text):
        for _ in range(200):
            try:
                if (self.root / path.lstrip("/")).read_text().strip() == text:
                    return 0, "", ""
            except OSError:
                pass
            time.sleep(0.1)
        return 1, "", f"{path} never became '{text}'\n"

    def _write(self, path, text):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n")
        return 0, "", ""

    def _start(self, words):
        variables, (command, *arguments) = split_command(words)
        arguments = [self._outside(word) for word in arguments]
        if command != "cat":
            # kmod expects options after the name of the command.
            at = 1 if command == "kmod" else 0
            arguments[at:at] = ["--simulate", str(self.root)]
            command = str(self.tools / command)
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "LC_ALL": "C", **variables}
        return subprocess.Popen([command, *arguments], cwd=self.root, env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace")

    def _outside(self, word):
        """Converts an absolute path in the root to a path of the host."""
        option, equals, path = word.rpartition("=") if word.startswith("--") else ("", "", word)
        return option + equals + str(self.root) + path if path.startswith("/") else word

    def _as_seen_inside(self, text):
        return text.replace(str(self.root), "")

    def _modules(self):
        record = self.root / "proc" / "modules"
        return record.read_text().splitlines() if record.exists() else []

    def _directories(self):
        loaded = [line.split()[0] for line in self._modules()]
        return [self.root / "sys" / "module" / name for name in loaded]

    def _attributes(self):
        lines = []
        for directory in self._directories():
            files = [directory / name for name in ATTRIBUTES]
            if (directory / "parameters").exists():
                files += sorted((directory / "parameters").iterdir())
            for path in files:
                if path.exists():
                    inside = f"/{path.relative_to(self.root)}"
                    lines += [f"{inside}:{line}" for line in path.read_text().splitlines()]
        return attributes_of("\n".join(lines))

    def _holders(self):
        return [f"{directory.name}/holders/{name}" for directory in self._directories()
                if (directory / "holders").exists()
                for name in os.listdir(directory / "holders")]
