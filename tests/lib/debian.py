# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small Debian system with a whole kernel (debian_root.sh) in several views: with Debian's kmod, and
with our tools instead. Changes are kept in memory and discarded after the test."""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .counting import Comparisons, fail
from .harness import ENVIRONMENT as WITHOUT_HOME
from .harness import REPOSITORY, fetch_kernel, newest_release

APPLETS = ("insmod", "rmmod", "modprobe", "depmod", "modinfo", "lsmod")
ENVIRONMENT = WITHOUT_HOME | {"HOME": "/root"}


def options(description, add_options=None):
    """Parses the options of a test program, and then gives the process a mount namespace of its own
    and removes its privilege to load modules into the host's kernel."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", required=True, help="directory of the build", type=pathlib.Path)
    parser.add_argument("--unshared", action="store_true", help=argparse.SUPPRESS)
    if add_options:
        add_options(parser)
    parsed = parser.parse_args()
    if not parsed.unshared:
        if os.geteuid() != 0:
            fail("this test mounts and changes its root directory, which needs root: "
                 "run it as root")
        sys.stdout.flush()
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--",
                              "setpriv", "--bounding-set", "-sys_module", "--",
                              sys.executable, *sys.argv, "--unshared"])
    return parsed


def command(*words, **others):
    """Runs a step of the test itself, which must succeed."""
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **others)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, words))}: {done.stdout.decode(errors='replace')}")
    return done.stdout


def in_parallel(work, names):
    """Returns {name: result of the work}. A failure of one fails the test."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(work, names)))


class View:
    """One view of the Debian system: a root directory with one set of tools."""

    def __init__(self, name, root):
        self.name = name
        self.root = root

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def run(self, *words, stdin=b"", seconds=600, environment=None):
        """Runs a command in this root and captures both outputs."""
        return subprocess.run(["chroot", self.root, *words], input=stdin, capture_output=True,
                              env=ENVIRONMENT | (environment or {}), timeout=seconds, check=False)

    def must(self, *words, **others):
        done = self.run(*words, **others)
        if done.returncode != 0:
            fail(f"{self.name}: {' '.join(words)}: exit {done.returncode}: "
                 f"{(done.stdout + done.stderr).decode(errors='replace')[-3000:]}")
        return done

    def mount_proc(self):
        command("mount", "-t", "proc", "proc", self.path("/proc"))
        command("mount", "--bind", "/dev", self.path("/dev"))


class Clients(Comparisons):
    """The views and the comparisons made."""

    def __init__(self, parsed):
        super().__init__()
        self.build = parsed.build.resolve()
        self.kernel = fetch_kernel()
        self.release = newest_release(self.kernel)
        done = subprocess.run([REPOSITORY / "tests/clients/debian_root.sh", self.release], stdout=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode != 0:
            fail("there is no Debian system for the clients")
        self.base = pathlib.Path(done.stdout.strip())

    def __enter__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=self.base.parent))
        command("mount", "-t", "tmpfs", "-o", "mode=755", "views", self.scratch)
        self.installed = self.scratch / "installed"
        command("meson", "install", "-C", self.build, "--no-rebuild", "--quiet", "--strip",
                "--tags", "runtime", "--destdir", self.installed)
        return self

    def __exit__(self, kind, *_):
        command("umount", "--recursive", "--lazy", self.scratch)
        self.scratch.rmdir()
        if kind is None:
            self.conclude()

    def overlay(self, name, target, *lower):
        for part in ("upper", "work"):
            (self.scratch / name / part).mkdir(parents=True)
        target.mkdir(parents=True, exist_ok=True)
        upper, work = (self.scratch / name / part for part in ("upper", "work"))
        command("mount", "-t", "overlay", "-o",
                f"lowerdir={':'.join(map(str, lower))},upperdir={upper},workdir={work}",
                name, target)

    def view(self, name, tools):
        """`tools`: "kmod": Debian's; "multicall": our kmod as the target of Debian's links;
        "separate": our binaries, one per tool."""
        view = View(name, self.scratch / name / "root")
        self.overlay(name, view.root, self.base)
        self.overlay(name + "-modules", view.path("/usr/lib/modules"),
                     self.kernel / "lib/modules", self.base / "usr/lib/modules")
        for boot in (self.kernel / "boot").iterdir():
            if not boot.name.startswith("vmlinuz"):
                shutil.copy(boot, view.path("/boot"))
        # uname -r of a client returns this release.
        running = view.path("/usr/lib/modules") / os.uname().release
        if not running.exists():
            running.symlink_to(self.release)
        if tools != "kmod":
            self.install(view, separate=tools == "separate")
        return view

    def install(self, view, separate):
        """Installs our tools and libraries at the paths of Debian's kmod."""
        programs = {"kmod": view.path("/usr/bin/kmod")}
        if separate:
            programs |= {name: view.path("/usr/sbin") / name for name in APPLETS}
            programs["lsmod-bin"] = view.path("/usr/bin/lsmod")
        for name, target in programs.items():
            target.unlink(missing_ok=True)
            shutil.copy(self.one(name.removesuffix("-bin")), target)
        libraries = view.path(f"/usr/lib/{os.uname().machine}-linux-gnu")
        found = list(self.installed.rglob("libkmodpp*.so*"))
        if not found:
            fail(f"meson installs no libraries into {self.installed}")
        for library in found:
            shutil.copy(library, libraries, follow_symlinks=False)

    def one(self, name):
        found = [path for path in self.installed.rglob(name) if path.is_file()]
        if len(found) != 1:
            fail(f"meson installs {len(found)} files named {name}")
        return found[0]
