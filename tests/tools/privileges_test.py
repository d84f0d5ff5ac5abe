#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what less privileged users can make root do: configuration that they could have written is
restricted, operands reach a command as words, and a setuid copy ignores the caller's environment."""

import argparse
import ctypes
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

RELEASE = "6.1.0"
OTHER = 12345
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

# Places in the tree. A change before a run is a list of (place, mode, user, group).
ROOT, ETC, RUN = "", "etc/modprobe.d", "run/modprobe.d"
FILE = ETC + "/a.conf"
# {name: (changes, command that `modprobe command` runs, warning about the file or directory)}
CONFIGURATIONS = {
    "root's": ([], "etc", None),
    "of the group of root": ([(FILE, 0o664, 0, 0)], "etc", None),
    "read by a group": ([(FILE, 0o640, 0, OTHER)], "etc", None),
    "written by a group": ([(FILE, 0o664, 0, OTHER)], "run",
                           (FILE, f"group {OTHER} may write to it", "chmod g-w")),
    "written by everyone": ([(FILE, 0o666, 0, 0)], "run",
                            (FILE, "everyone may write to it", "chmod o-w")),
    "of another user": ([(FILE, 0o644, OTHER, 0)], "run",
                        (FILE, f"it is owned by user {OTHER}, not by root", "chown root")),
    "in everyone's directory": ([(ETC, 0o777, 0, 0)], "run",
                                (ETC, "everyone may write to it", "chmod o-w")),
    # The sticky bit does not prevent adding links.
    "in a sticky directory": ([(ETC, 0o1777, 0, 0)], "run",
                              (ETC, "everyone may write to it", "chmod o-w")),
    "in another user's directory": ([(ETC, 0o755, OTHER, 0)], "run",
                                    (ETC, f"it is owned by user {OTHER}, not by root",
                                     "chown root")),
    "a builder's tree": ([(ROOT, 0o755, OTHER, OTHER), (ETC, 0o775, OTHER, OTHER),
                          (FILE, 0o664, OTHER, OTHER)], "etc", None),
    "everyone's file in a builder's tree": ([(ROOT, 0o755, OTHER, OTHER),
                                             (FILE, 0o666, OTHER, OTHER)], "run",
                                            (FILE, "everyone may write to it", "chmod o-w")),
}
# The same for files named by -C, where any owner is accepted.
NAMED = {
    "another user's directory": ([(ETC, 0o755, OTHER, OTHER), (FILE, 0o664, OTHER, OTHER)], "etc", None),
    "a file of a third user": ([(ETC, 0o755, OTHER, OTHER), (FILE, 0o644, OTHER + 1, 0)], "",
                               (FILE, f"it is owned by user {OTHER + 1}, not by root", "chown root")),
    "everyone's directory": ([(ETC, 0o777, 0, 0)], "",
                             (ETC, "everyone may write to it", "chmod o-w")),
}
OPERANDS = ["plain=1", "a=$(touch /gone)", "b=`id`", "c=;id", "d=|id", "e=&", "f=>x", "g='", 'h="',
            "i=\\", "j=\n id", "k=${IFS}", "l=#", "m=!", "n=(", "-r", "--help"]


class Test:
    def __init__(self, options, scratch):
        self.tools = options.tools.resolve()
        self.options = options
        self.scratch = scratch
        self.faults = []
        self.checks = 0

    def check(self, what, seen, expected):
        self.checks += 1
        if seen != expected:
            self.faults.append(f"{what}: {seen!r}\n    expected {expected!r}")

    def call(self, tool, *words, environment=None, **more):
        return subprocess.run([self.tools / tool, *words], env=PATH | (environment or {}),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              check=False, cwd="/", **more)

    def tree(self, name):
        root = self.scratch / re.sub(r"\W+", "-", name)
        for directory, word in ((ETC, "etc"), (RUN, "run")):
            (root / directory).mkdir(parents=True)
            (root / directory / "a.conf").write_text(f"install command echo {word}\n")
        (root / "lib/modules" / RELEASE).mkdir(parents=True)
        (root / "etc/kmodpp").mkdir()
        (root / "etc/kmodpp/kernel.conf").write_text(f"release {RELEASE}\n")
        os.chmod(root, 0o755)
        made = self.call("depmod", "-b", root, RELEASE)
        self.check(f"{name}: depmod", made.returncode, 0)
        return root

    @staticmethod
    def change(root, changes):
        for path, mode, user, group in changes:
            os.chown(root / path, user, group)
            os.chmod(root / path, mode)

    @staticmethod
    def complaint(root, objection):
        if objection is None:
            return ""
        path, why, remedy = objection
        return (f"modprobe: ERROR: {root / path}: ignored: {why}; to use it, run '{remedy} "
                f"{root / path}'\n")

    def configurations(self):
        for name, (changes, runs, objection) in CONFIGURATIONS.items():
            root = self.tree(name)
            self.change(root, changes)
            done = self.call("modprobe", "--simulate", root, "command")
            self.check(f"{name}: runs", done.stdout, runs + "\n")
            self.check(f"{name}: message", done.stderr, self.complaint(root, objection))
            quiet = self.call("modprobe", "-q", "--simulate", root, "command")
            self.check(f"{name}: -q", (quiet.stdout, quiet.stderr), (runs + "\n", ""))
            faults = self.call("modprobe", "--simulate", root, "--check-config")
            self.check(f"{name}: --check-config", "ignored: " in faults.stdout,
                       objection is not None)
        for name, (changes, runs, objection) in NAMED.items():
            root = self.tree("-C " + name)
            self.change(root, changes)
            done = self.call("modprobe", "-C", root / ETC, "--simulate", root, "-n", "-v", "command")
            self.check(f"-C, {name}: runs", done.stdout, runs and f"install echo {runs} \n")
            self.check(f"-C, {name}: message", self.complaint(root, objection) in done.stderr, True)

    def forbidden_modules(self):
        """From a file that others can write, only lines that forbid a module are used."""
        for name, (path, mode) in {"file": (FILE, 0o666), "directory": (ETC, 0o777)}.items():
            root = self.tree("forbidden modules, " + name)
            (root / FILE).write_text("blacklist evil\nforbid bad why\ninstall worse /bin/false # CVE\n"
                                     "install x /bin/false; id\nremove y /bin/true\n"
                                     "options y a=1\nalias z y\nnonsense\n")
            (root / "usr/lib/modprobe.d").mkdir(parents=True)
            (root / "usr/lib/modprobe.d/a.conf").write_text("options ours b=2\n")
            shutil.rmtree(root / RUN)
            os.chmod(root / path, mode)
            done = self.call("modprobe", "--simulate", root, "-c")
            rules = done.stdout.split("\n\n")[0].splitlines()
            self.check(f"forbidden modules, {name}", rules,
                       ["blacklist evil", "forbid bad why", "install worse /bin/false # CVE", "options ours b=2"])
            self.check(f"forbidden modules, {name}: message",
                       (done.stderr.count("ignored: everyone may write"), done.stderr.count("\n")),
                       (1, 1))

    def depmod_configuration(self):
        root = self.tree("depmod.d")
        config = root / "own.d"
        config.mkdir()
        (config / "bad.conf").write_text("nonsense\n")
        words = ("-C", config, "-b", root, RELEASE)
        self.check("depmod.d of root", "nonsense" in self.call("depmod", *words).stderr, True)
        os.chmod(config / "bad.conf", 0o666)
        refused = self.call("depmod", *words)
        self.check("depmod.d of everyone", (refused.returncode, refused.stderr.splitlines(True)[0]),
                   (0, self.complaint(root, ("own.d/bad.conf", "everyone may write to it",
                                             "chmod o-w")).replace("modprobe", "depmod")))

    def unprivileged(self):
        """Without privileges nothing is refused: a user can still try a configuration."""
        root = self.tree("unprivileged")
        self.change(root, [(FILE, 0o666, OTHER + 1, 0)])
        os.chmod(self.scratch, 0o755)
        done = self.call("modprobe", "--simulate", root, "-n", "-v", "command", user=OTHER,
                         extra_groups=[])
        self.check("without privileges", (done.stdout, done.stderr), ("install echo etc \n", ""))

    def operands(self):
        """An install command receives the operands as words."""
        root = self.tree("operands")
        (root / FILE).write_text('install bare for word in $CMDLINE_OPTS; do echo "[$word]"; done\n'
                                 'install quoted echo "$CMDLINE_OPTS" "$MODPROBE_MODULE"\n')
        for operand in OPERANDS:
            if operand.startswith("-"):
                continue
            name, value = operand.split("=", 1)
            # Quotes as the kernel parses them: they group the words of a value.
            shown = f'{name}="{value}"' if re.search(r"\s", value) else operand
            bare = self.call("modprobe", "--simulate", root, "--", "bare", operand)
            # One word, without the quotes that group it, even if the closing one is missing.
            self.check(f"operand {operand!r}", bare.stdout, "[%s]\n" % operand.replace('"', ""))
            quoted = self.call("modprobe", "--simulate", root, "--", "quoted", operand)
            self.check(f"operand {operand!r}, quoted", re.sub(r"\\+", r"\\", quoted.stdout),
                       f"{shown} quoted\n")
        everything = self.call("modprobe", "--simulate", root, "--", "bare", *OPERANDS)
        self.check("all operands", (everything.returncode, everything.stderr), (0, ""))
        self.check("all operands are words", all(line.startswith("[") for line in
                                                 everything.stdout.splitlines()), True)

    def callbacks(self):
        """libkmod.so.2 also passes the options as words in the command for a callback, which runs it
        with a shell."""
        library = self.options.build / "libkmodpp/capi/libkmod.so.2"
        if not library.exists():
            return  # a build without it
        root = self.tree("callbacks")
        (root / FILE).write_text('install bare for word in $CMDLINE_OPTS; do echo "[$word]"; done\n'
                                 'install quoted echo "$CMDLINE_OPTS"\n')
        libkmod = ctypes.CDLL(str(library))
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        for name in ("kmod_new", "kmod_module_get_module"):
            getattr(libkmod, name).restype = ctypes.c_void_p
        paths = (ctypes.c_char_p * 2)(os.fsencode(root / ETC), None)
        context = ctypes.c_void_p(libkmod.kmod_new(os.fsencode(root / "lib/modules" / RELEASE), paths))
        for module in ("bare", "quoted"):
            found = ctypes.c_void_p()
            libkmod.kmod_module_new_from_lookup(context, module.encode(), ctypes.byref(found))
            handle = ctypes.c_void_p(libkmod.kmod_module_get_module(found))
            for operand in OPERANDS:
                outputs = []

                def run(_, command, __, outputs=outputs):
                    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True,
                                          env=PATH, timeout=60, check=False)
                    outputs.append(done.stdout + done.stderr)
                    return 0

                libkmod.kmod_module_probe_insert_module(handle, 0, operand.encode(), callback(run),
                                                        None, None)
                words = "".join(f"[{word}]\n" for word in operand.replace('"', "").split())
                self.check(f"callback of {module}, {operand!r}",
                           [re.sub(r"\\+", r"\\", text) for text in outputs],
                           [words if module == "bare" else f"{operand}\n"])

    def installed(self):
        """Makes a root for chroot with the installed tools, and a second copy of modprobe."""
        root = self.tree("installed")
        subprocess.run([*shlex.split(self.options.meson), "install", "-C", self.options.build,
                        "--no-rebuild", "--quiet", "--tags", "runtime", "--destdir", root / "new"],
                       check=True, stdout=subprocess.DEVNULL)
        files = [path for path in (root / "new").rglob("*") if path.is_file()]
        libraries = {self.tools / "modprobe", pathlib.Path("/bin/sh").resolve()}
        for program in tuple(libraries):
            listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True)
            libraries.update(map(pathlib.Path, re.findall(r"(/\S+) \(0x", listing.stdout)))
        for path in files + sorted(libraries):
            is_library = ".so" in path.name
            place = "lib" if is_library else "bin"
            # The dynamic loader must be at the path that programs name.
            target = root / str(path).lstrip("/") if path.name.startswith("ld-") else \
                root / place / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(path, target)
        shutil.rmtree(root / "new")
        (root / "bin/sh").exists() or (root / "bin/sh").symlink_to(
            pathlib.Path("/bin/sh").resolve().name)
        (root / "tmp").mkdir()
        for name, mode in (("plain", 0o755), ("setuid", 0o4755)):
            shutil.copy(root / "bin/modprobe", root / "bin" / name)
            os.chmod(root / "bin" / name, mode)
        return root

    def setuid(self):
        """A plain copy uses each variable, a setuid copy of another user ignores it."""
        root = self.installed()
        (root / FILE).write_text("install show set\noptions a x=1\n")
        (root / "etc/modprobe.d/bad.conf").write_text("nonsense\n")

        def become_other():
            os.chroot(root)
            os.chdir("/")
            os.setgroups([])
            os.setresgid(OTHER, OTHER, OTHER)
            os.setresuid(OTHER, OTHER, OTHER)

        def call(copy, environment, *words):
            return subprocess.run([f"/bin/{copy}", "-S", RELEASE, *words], env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  preexec_fn=become_other, timeout=60, check=False)

        rows = {
            # {variable: (value, words, output that shows its use)}
            "MODPROBE_OPTIONS": ("--help", ["-R", "a"], lambda done: "Usage:" in done.stdout),
            "KMOD_LOG": ("debug", ["-R", "a"], lambda done: "reading /etc" in done.stderr),
            "KMODPP_RUNNING_COMMANDS": ("install:show", ["show"],
                                        lambda done: "runs itself" in done.stderr),
            "EVIL": ("1", ["show"], lambda done: "EVIL=" in done.stdout),
            "TMPDIR": ("/tmp", ["show"], lambda done: "TMPDIR=" in done.stdout),
        }
        for variable, (value, words, obeyed) in rows.items():
            environment = {variable: value} | PATH
            for copy in ("plain", "setuid"):
                done = call(copy, environment, *words)
                self.check(f"{copy} copy, {variable} ({done.stderr.strip()[:200]})", obeyed(done),
                           copy == "plain")
        path = call("setuid", {"PATH": "/evil"}, "show")
        self.check("PATH of a command of a setuid copy",
                   re.findall(r"^PATH='?([^'\n]*)", path.stdout, re.M),
                   ["/sbin:/usr/sbin:/bin:/usr/bin"])
        # A setuid copy does not accept a configuration that its caller owns.
        os.chown(root / FILE, OTHER, OTHER)
        for copy, refused in (("plain", False), ("setuid", True)):
            for words in ([], ["-C", "/" + FILE]):
                done = call(copy, PATH, *words, "-c")
                self.check(f"{copy} copy, configuration of its caller, {words}",
                           ("ignored: it is owned" in done.stderr, "options a x=1" in done.stdout),
                           (refused, not refused))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--meson", required=True)
    options = parser.parse_args()
    if os.geteuid() != 0:
        # Only root can change owners and make setuid copies.
        os.execvp("sudo", ["sudo", "-n", sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="kmodpp-privileges-") as scratch:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,suid,dev,exec", "none", scratch],
                       check=True)
        try:
            test = Test(options, pathlib.Path(scratch).resolve())
            for part in (test.configurations, test.forbidden_modules, test.depmod_configuration, test.unprivileged, test.operands,
                         test.callbacks, test.setuid):
                part()
        finally:
            subprocess.run(["umount", "-l", scratch], check=True)
    for text in test.faults:
        print(text)
    print(f"{test.checks} checks, {len(test.faults)} faults")
    return 1 if test.faults or test.checks < 80 else 0


if __name__ == "__main__":
    # A mount namespace, so that mounts disappear even if the test is killed. In a chroot, where the
    # root is not a mount point and propagation cannot be changed, they are only unmounted at the end.
    if os.geteuid() == 0 and "--unshared" not in sys.argv:
        mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        is_mount = any(line.split(" ")[4] == "/" for line in mounts)
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private" if is_mount else "unchanged",
                              "--", sys.executable, *sys.argv, "--unshared"])
    sys.argv = [word for word in sys.argv if word != "--unshared"]
    sys.exit(main())
