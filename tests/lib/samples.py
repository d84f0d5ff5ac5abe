# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modules of samples/, built against the headers of the kernel that the machine boots."""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess

from .harness import REPOSITORY

SOURCES = REPOSITORY / "tests/kernel/samples"
FETCH_HEADERS = REPOSITORY / "scripts/fetch-headers.sh"


class BuildError(Exception):
    """The sample modules could not be built."""


def state_of_sources():
    state = hashlib.sha256()
    for path in sorted(SOURCES.iterdir()):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def output_of(command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}")
    return done.stdout


def headers():
    """The directory for make -C when modules for that kernel are built."""
    return pathlib.Path(output_of([FETCH_HEADERS]).splitlines()[-1])


def sample_modules(package):
    """Returns the directory with the .ko files, next to an unpacked kernel package. Builds them if
    the sources have changed."""
    package = pathlib.Path(package)
    place = package.with_name(f"samples-{package.name}")
    stamp = place / "sources.sha256"
    with open(package.with_name(".samples.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = state_of_sources()
        if not stamp.exists() or stamp.read_text() != state:
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(SOURCES, place)
            output_of(["make", "-C", headers(), f"M={place}", "modules"])
            for module in place.glob("*.ko"):
                output_of(["strip", "--strip-debug", module])
            stamp.write_text(state)
    return place
