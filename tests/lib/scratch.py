# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scratch copies of the kernel's module tree. They are on the file system of the kernel package, so that
modules can be hard links: never write to the modules of such a tree."""

import os
import pathlib
import shutil
import tempfile
import time

CLOCK_REALTIME_COARSE = 5  # linux/time.h; Python does not name it
# Files that depmod reads in addition to the modules; it writes all others.
INPUTS = ("modules.order", "modules.builtin", "modules.builtin.modinfo")


def scratch_directory(kernel):
    return pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=kernel.parent))


def link_modules(source, target, paths):
    """Makes a module directory of `paths` under `source`, with the files that depmod reads."""
    target.mkdir(parents=True)
    for path in paths:
        link = target / path
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(source / path, link)
    for name in INPUTS:
        if (source / name).exists():
            shutil.copy(source / name, target / name)


def next_file_time():
    """Waits until files that change get a later time than before: the clock of file times ticks slowly."""
    before = time.clock_gettime_ns(CLOCK_REALTIME_COARSE)
    while time.clock_gettime_ns(CLOCK_REALTIME_COARSE) == before:
        pass
