#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every tool in a root that contains only what `meson install` puts there and the system's own
libraries, without ldconfig and without variables of the dynamic loader; then without libkmodpp, as in an
initramfs.

    chroot_test.py --build BUILD --prefix PREFIX --meson MESON
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

TOOLS = ("bin/kmod", "sbin/depmod", "sbin/insmod", "sbin/lsmod", "sbin/modinfo", "sbin/modprobe", "sbin/rmmod")
MISSING_CHROOT = 77
# Without libkmodpp: (arguments, exit status, part of stderr).
NO_LIBRARY = "libkmodpp.so.0.1 cannot be opened (package libkmodpp0.1): "
WITHOUT_LIBKMODPP = (
    (("sbin/modprobe", "-S", "1.0", "-c"), 0, ""),
    (("sbin/modprobe", "-S", "1.0", "none"), 1, f"modprobe: NOTICE: no explanation: {NO_LIBRARY}"),
    (("sbin/modprobe", "-S", "1.0", "--explain", "none"), 1, f"modprobe: FATAL: {NO_LIBRARY}"),
    (("sbin/modprobe", "-S", "1.0", "-c", "--json"), 1, f"modprobe: FATAL: {NO_LIBRARY}"),
    (("sbin/modprobe", "--simulate", "/", "none"), 1, f"modprobe: FATAL: {NO_LIBRARY}"),
    (("bin/kmod", "--version"), 0, ""),
    (("bin/kmod", "why", "none"), 1, f"kmod: FATAL: {NO_LIBRARY}"),
    (("sbin/depmod", "1.0"), 0, ""),
    (("sbin/depmod", "--verify", "1.0"), 1, f"depmod: ERROR: {NO_LIBRARY}"),
)


def copy_system_libraries(program, root):
    """Copies the libraries that ldd finds outside of the root and of the build."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for path in re.findall(r"(/\S+) \(0x", listed):
        if not path.startswith(str(root)) and "kmodpp" not in path:
            copy = root / path.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "prefix", "meson"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    enter = ["chroot"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
    if subprocess.run([*enter, "/", "true"], capture_output=True, check=False).returncode != 0:
        print("no permission to change the root directory")
        return MISSING_CHROOT
    faults = []
    with tempfile.TemporaryDirectory(prefix="kmodpp-chroot-") as scratch:
        root = pathlib.Path(scratch).resolve()
        subprocess.run([*shlex.split(arguments.meson), "install", "-C", arguments.build, "--no-rebuild", "--quiet",
                        "--tags", "runtime", "--destdir", root], check=True, stdout=subprocess.DEVNULL)
        prefix = root / arguments.prefix.lstrip("/")
        (root / "lib/modules/1.0/kernel").mkdir(parents=True)
        for path in list(prefix.rglob("lib*.so*")) + [prefix / tool for tool in TOOLS]:
            copy_system_libraries(path, root)
        runs = [[tool, "--version"] for tool in TOOLS] + [["sbin/depmod", "1.0"], ["sbin/modprobe", "-S", "1.0", "-c"]]

        def check(tool, words, status, message):
            done = subprocess.run([*enter, root, pathlib.Path(arguments.prefix) / tool, *words], capture_output=True,
                                  text=True, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
            if done.returncode != status or message not in done.stderr:
                faults.append(f"{tool} {' '.join(words)}: exit {done.returncode}: {done.stderr}")

        for tool, *words in runs:
            check(tool, words, 0, "")
        for library in prefix.rglob("libkmodpp.so*"):
            library.unlink()
        for (tool, *words), status, message in WITHOUT_LIBKMODPP:
            check(tool, words, status, message)
    print("\n".join(faults) or f"{len(runs) + len(WITHOUT_LIBKMODPP)} runs from {arguments.prefix}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
