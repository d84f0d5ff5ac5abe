# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs tools on hostile input with a limit: a call may use CPU_SECONDS of processor time, independent
of the load of the machine."""

import os
import resource
import signal
import subprocess

# Enough for sanitizers on a slow machine; growth_test.py bounds the cost.
CPU_SECONDS = 10
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
            self.trouble = f"used more than {CPU_SECONDS} s of processor time"
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


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def start(words, environment, cwd):
    for name, value in os.environ.items():
        if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
            environment = {**environment, name: value}
    return subprocess.Popen(words, env=environment, cwd=cwd, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit)


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
