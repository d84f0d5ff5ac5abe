# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs tools on hostile input with a limit: the processor time of a call is limited, which does not
depend on the load of the machine."""

import functools
import os
import pathlib
import resource
import shutil
import signal
import subprocess

CPU_SECONDS = 2
# AddressSanitizer makes a tool several times slower.
SANITIZED_CPU_SECONDS = 10
# Limit for a call that waits instead of computing.
WALL_SECONDS = 60


class Ended:
    """The result of a call: `trouble` is empty, or the reason why it did not end properly."""

    def __init__(self, status, out, err, timed_out):
        self.status = status
        self.out = out
        self.err = err
        self.trouble = ""
        if timed_out:
            self.trouble = f"did not end within {WALL_SECONDS} s"
        elif status == -signal.SIGXCPU or status == -signal.SIGKILL:
            self.trouble = "used more processor time than a call may"
        elif status < 0:
            self.trouble = f"died of {signal.Signals(-status).name}"
        elif b"Sanitizer" in err or b"runtime error:" in err:
            self.trouble = "report of a sanitizer: " + err.decode(errors="replace")[:2000]


def make_root(options, root, files, release):
    """Makes a root from files, including module recipes, with its databases."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run([options.mkmodule, "tree", root], check=True)
    subprocess.run([options.tools.resolve() / "depmod", "-b", root, release], check=True)


@functools.cache
def cpu_seconds(program):
    sanitized = b"__asan_init" in pathlib.Path(program).read_bytes()
    return SANITIZED_CPU_SECONDS if sanitized else CPU_SECONDS


def limit(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def start(words, environment, cwd):
    for name, value in os.environ.items():
        if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
            environment = {**environment, name: value}
    seconds = cpu_seconds(shutil.which(words[0], path=environment["PATH"]))
    return subprocess.Popen(words, env=environment, cwd=cwd, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: limit(seconds))


def finish(process):
    try:
        out, err = process.communicate(timeout=WALL_SECONDS)
        return Ended(process.returncode, out, err, False)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ended(process.returncode, out, err, True)


def call(words, environment, cwd):
    return finish(start(words, environment, cwd))
