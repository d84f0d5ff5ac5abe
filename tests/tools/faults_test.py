#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that depmod replaces its databases as a whole: after any fault the directory holds the complete
old set or the complete new one, without temporary files, and the exit status and the message say which.

- every system call that a file system can refuse fails once (strace)
- depmod and its guard are killed at every system call (kill_at)
- two depmods and readers run at the same time while the tree changes
- file systems are full or read-only, if this process may mount them
"""

import argparse
import collections
import concurrent.futures
import errno
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from lib.directory_lock import LOCK, wait_for_holder

RELEASE = "6.1.0"
DIRECTORY = "lib/modules/" + RELEASE
INPUTS = ("modules.order", "modules.builtin", "modules.builtin.modinfo")
WORKERS = os.cpu_count() or 1
# Each command takes far less; one that needs this long has hung.
SECONDS = 120

COMMON = {
    "kernel/lib/base.ko": "info license=GPL\nexport base_get 11111111\nexport base_put 22222222\n",
    "kernel/drivers/middle.ko": "info license=GPL\nneed base_get 11111111\nexport middle_get 33333333\n"
                                "info alias=pci:v00001234d*sv*sd*bc*sc*i*\n",
    "kernel/drivers/plain.ko": "info license=GPL\ninfo alias=plain-alias\n",
    "kernel/fs/later.ko": "info license=GPL\ninfo softdep=pre: plain\ninfo weakdep=middle\n",
}
TOP = "info license=GPL\nneed middle_get 33333333\nneed base_put 22222222\ninfo alias=top-alias\n"
STATES = {
    # No module has a device node.
    "quiet": {**COMMON, "kernel/drivers/top.ko": TOP},
    "loud": {**COMMON,
             "kernel/drivers/top.ko": TOP + "info alias=other-*\nexport top_get 44444444\n"
                                            "info softdep=post: plain\n",
             "kernel/drivers/node.ko": "info license=GPL\ninfo alias=char-major-10-229\n"
                                       "info alias=devname:node\nneed top_get 44444444\n"},
}


class Failure(Exception):
    """A check of the test failed."""


def fail(text):
    raise Failure(text)


class Tools:
    """The programs under test, a scratch directory, and counts of the runs."""

    def __init__(self, options):
        self.options = options
        self.directory = pathlib.Path(options.tools).resolve()
        self.scratch = pathlib.Path(options.scratch)
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        self.counts = collections.Counter()
        self.lock = threading.Lock()

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def run(self, *arguments):
        return subprocess.run([str(a) for a in arguments], env=self.environment, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def depmod(self, tree, out, *options):
        """The arguments of a run that reads one tree and writes another."""
        return [self.directory / "depmod", "--strict", "-b", tree, "-o", out, *options, RELEASE]

    def make_tree(self, name, modules):
        root = self.scratch / name
        for path, recipe in modules.items():
            file = root / DIRECTORY / (path + ".recipe")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(recipe)
        subprocess.run([self.options.mkmodule, "tree", root], check=True)
        (root / DIRECTORY / "modules.order").write_text("kernel/drivers/plain.ko\n")
        (root / DIRECTORY / "modules.builtin").write_text("kernel/lib/inside.ko\n")
        (root / DIRECTORY / "modules.builtin.modinfo").write_bytes(b"inside.alias=in-*\0")
        return root


def contents_of(directory):
    """Returns {name: bytes} of all files except the modules and the files that depmod reads."""
    found = {}
    for entry in os.scandir(directory):
        if entry.name not in (*INPUTS, LOCK) and not entry.is_dir():
            found[entry.name] = pathlib.Path(entry.path).read_bytes()
    return found


def described(found, old, new):
    """Names the set that each file of a mixed directory comes from."""
    lines = []
    for name in sorted({*found, *old, *new}):
        here = found.get(name)
        kinds = [word for word, other in (("old", old), ("new", new)) if other.get(name) == here]
        lines.append(f"  {name}: {' and '.join(kinds) or 'neither'}")
    return "\n".join(lines)


class Change:
    """The update from one tree to another, which can be repeated in new directories."""

    def __init__(self, tools, trees, sets, before, after):
        self.tools = tools
        self.name = f"{before} to {after}"
        self.tree = trees[after]
        self.old = sets[before]
        self.new = sets[after]
        self.numbers = itertools.count()

    def fresh(self, under=None):
        """Makes an output directory with the old set."""
        out = (under or self.tools.scratch) / f"{self.name.replace(' ', '-')}-{next(self.numbers)}"
        directory = out / DIRECTORY
        directory.mkdir(parents=True)
        for name, data in self.old.items():
            (directory / name).write_bytes(data)
        return out

    def result(self, out, label):
        """Returns which set is present after the holder of the lock has finished: "old" or "new"."""
        wait_for_holder(out / DIRECTORY)
        found = contents_of(out / DIRECTORY)
        if found == self.new:
            return "new"
        if found == self.old:
            return "old"
        return fail(f"{self.name}, {label}: a mix\n{described(found, self.old, self.new)}")

    def judge(self, out, done, label, cause=None):
        """Checks a run that was not killed: the status must match the set, the message name the cause."""
        result = self.result(out, label)
        if (done.returncode == 0) != (result == "new"):
            fail(f"{self.name}, {label}: exit {done.returncode} with the {result} set\n{done.stderr}")
        if done.returncode != 0 and cause is not None:
            # Errors of the dynamic loader do not name the directory.
            named = DIRECTORY in done.stderr and cause in done.stderr
            if not named and "loading shared libraries" not in done.stderr:
                fail(f"{self.name}, {label}: exit {done.returncode} without naming directory and "
                     f"cause ({cause})\n{done.stderr}")
        shutil.rmtree(out)
        self.tools.count(f"{cause_of_count(label)}: {result} set")
        return result


def cause_of_count(label):
    return label.split(":", 1)[0]


# calls: the system calls that fail
# codes: the errors that a file system or a lack of resources can cause in them
# where: a pattern that the line of strace has to match
# writing: only calls after the creation of the first new file
# harmless: depmod succeeds nevertheless
Fault = collections.namedtuple("Fault", "calls codes where writing harmless", defaults=("", False, False))
FAULTS = {
    # If a directory cannot be read, its modules must not be missing from a new set.
    "listing": Fault("openat", ("EIO", "EMFILE"), where=r'lib/modules/[^"/]+/[^"]+", [^{]*O_DIRECTORY'),
    "directory": Fault("openat2", ("EIO", "ENFILE"), where=r'lib/modules/[^"/]+/[^"]+", .*O_DIRECTORY'),
    "list": Fault("openat2", ("EIO", "ENOMEM"), where=r'/modules\.(order|builtin)'),
    "creation": Fault("openat", ("ENOSPC", "EIO", "EROFS", "EMFILE"), where=r"O_CREAT"),
    "write": Fault("write", ("ENOSPC", "EIO")),
    "fsync": Fault("fsync", ("ENOSPC", "EIO")),
    "sync_file_range": Fault("sync_file_range", ("ENOSPC", "EIO"), harmless=True),
    "fchmod": Fault("fchmod", ("EIO", "EROFS")),
    "linkat": Fault("linkat", ("ENOSPC", "EIO", "EROFS")),
    # The C library of newer architectures only calls renameat2.
    "renameat": Fault("renameat,renameat2", ("ENOSPC", "EIO", "EROFS")),
    "unlinkat": Fault("unlinkat", ("EIO", "EROFS")),
    "close": Fault("close", ("EIO", "ENOSPC"), writing=True),
    "flock": Fault("flock", ("EIO", "ENOLCK", "EINTR")),
    "mmap": Fault("mmap", ("ENOMEM",), where=r"MAP_SHARED\|MAP_ANONYMOUS"),
    # Calls of the guard.
    "clone": Fault("clone", ("EAGAIN",), where=r"clone\(child_stack=NULL, flags=0\)", harmless=True),
    "socketpair": Fault("socketpair", ("EMFILE",), harmless=True),
    "pidfd_open": Fault("pidfd_open", ("ENOSYS",), harmless=True),
    "close_range": Fault("close_range", ("ENOSYS",), harmless=True),
    "poll": Fault("poll,ppoll", ("ENOMEM", "EINTR"), harmless=True),
    "shutdown": Fault("shutdown", ("EIO",), harmless=True),
}

def message_of(code):
    return os.strerror(getattr(errno, code))


def strace(tools, change, out, trace, calls, *injections):
    """Runs depmod in one thread, so that calls have fixed numbers; returns it and the lines of all
    processes."""
    rules = [word for rule in injections for word in ("-e", "inject=" + rule)]
    done = tools.run("strace", "-f", "-qq", "-o", trace, "-e", "trace=" + calls, *rules,
                     *tools.depmod(change.tree, out, "--jobs=1"))
    return done, trace.read_text(errors="replace").splitlines()


def numbers_of(tools, change, fault):
    """Returns, for each process, the numbers (from 1) of the calls that the fault concerns."""
    out = change.fresh()
    done, lines = strace(tools, change, out, tools.scratch / "numbers", "openat," + fault.calls)
    if done.returncode != 0:
        fail(f"strace: {done.stderr}")
    shutil.rmtree(out)
    numbers = set()
    writing = False
    seen = collections.Counter()
    for line in lines:
        process, call = line.split(None, 1)
        name = call.split("(", 1)[0]
        writing |= "O_CREAT" in call
        if name not in fault.calls.split(","):
            continue
        seen[process, name] += 1
        if re.search(fault.where, call) and (writing or not fault.writing):
            numbers.add(seen[process, name])
    if not numbers:
        fail(f"{change.name}: no call of {fault}")
    return sorted(numbers)


def inject(tools, change, kind, code, n):
    fault = FAULTS[kind]
    out = change.fresh()
    done, lines = strace(tools, change, out, tools.scratch / f"trace-{out.name}", fault.calls,
                         f"{fault.calls}:error={code}:when={n}")
    label = f"{kind} fails: {code}, call {n}"
    result = change.judge(out, done, label, message_of(code))
    if not any("(INJECTED)" in line for line in lines):
        fail(f"{change.name}, {label}: it was not created")
    if fault.harmless and result == "old":
        fail(f"{change.name}, {label}: {done.stderr}")
    tools.count("injected failures")


def test_faults(tools, changes, pool):
    jobs = []
    for change in changes:
        for kind, fault in FAULTS.items():
            for n in numbers_of(tools, change, fault):
                jobs += [pool.submit(inject, tools, change, kind, code, n) for code in fault.codes]
    for job in jobs:
        job.result()


def test_persistent_faults(tools, change):
    """All calls from some point on fail, as after an error that makes a file system read-only."""
    for kind, n in (("write", 3), ("linkat", 2), ("fsync", 2), ("renameat", 1)):
        out = change.fresh()
        calls = FAULTS[kind].calls
        done, _ = strace(tools, change, out, tools.scratch / "trace", calls, f"{calls}:error=EIO:when={n}+")
        # If nothing can be written, neither can a message.
        cause = None if kind == "write" else message_of("EIO")
        change.judge(out, done, f"calls fail for good: {kind}", cause)
    # If the old files cannot be restored, depmod reports it.
    out = change.fresh()
    calls = FAULTS["renameat"].calls
    done, _ = strace(tools, change, out, tools.scratch / "trace", calls, f"{calls}:error=EROFS:when=3+")
    left = set(contents_of(out / DIRECTORY)) - {*change.old, *change.new}
    if done.returncode == 0 or left or "some old files could not be restored" not in done.stderr:
        fail(f"renames that cannot be undone: exit {done.returncode}, {left}\n{done.stderr}")
    tools.count("renames that cannot be undone")


def kill_at(tools, mode, n, command):
    done = tools.run(tools.options.kill_at, mode, n, *command)
    words = done.stdout.split()
    if done.returncode != 0 or not words:
        fail(f"kill_at {mode} {n}: exit {done.returncode}: {done.stderr}")
    return words


def left_in(directory):
    """Returns the hidden files that are left after the holder of the directory's lock has finished."""
    wait_for_holder(directory)
    return [name for name in os.listdir(directory) if name.startswith(".") and name != LOCK]


# {call: (errors with which file systems or a sandbox refuse it, a warning)}. depmod has another way to do
# what the call does.
REFUSALS = {
    "linkat": (("EACCES", "EINVAL", "EMLINK", "ENOSYS", "EOPNOTSUPP", "EPERM", "EXDEV"), ""),
    "fchmod": (("EINVAL", "ENOSYS", "EOPNOTSUPP", "EPERM"), ""),
    "flock": (("ENOLCK", "EOPNOTSUPP", "ENOSYS"), ""),
    "clone": (("EAGAIN", "ENOSYS", "EPERM"), "if depmod is killed, run it again before the next load"),
}


def test_refusals(tools, change):
    """Every call of one kind is refused. The new set is written, with the modes of other runs."""
    reference = change.fresh()
    tools.run(*tools.depmod(change.tree, reference))
    modes = modes_in(reference / DIRECTORY)
    for calls, (codes, warning) in REFUSALS.items():
        for code in codes:
            out = change.fresh()
            done, lines = strace(tools, change, out, tools.scratch / "trace", calls,
                                 f"{calls}:error={code}:when=1+")
            label = f"{calls} refused: {code}"
            if not any("(INJECTED)" in line for line in lines):
                fail(f"{change.name}, {label}: it was not created")
            if warning not in done.stderr or bool(done.stderr) != bool(warning):
                fail(f"{change.name}, {label}: {done.stderr}")
            if left := left_in(out / DIRECTORY):
                fail(f"{change.name}, {label}: {left}")
            if modes_in(out / DIRECTORY) != modes:
                fail(f"{change.name}, {label}: {modes_in(out / DIRECTORY)}, not {modes}")
            if change.judge(out, done, label) != "new":
                fail(f"{change.name}, {label}: the old set\n{done.stderr}")
    shutil.rmtree(reference)


def modes_in(directory):
    return {name: oct((directory / name).stat().st_mode) for name in contents_of(directory)}


def test_kills(tools, change, mode, options, pool):
    """Kills at every call, and at a few numbers beyond the last. A cache is a separate set."""
    with_cache = "--cache" in options

    def command_for(out):
        words = [f"--cache={out}/cache" if word == "--cache" else word for word in options]
        return tools.depmod(change.tree, out, *words)

    def attempt(n):
        out = change.fresh()
        words = kill_at(tools, mode, n, command_for(out))
        label = f"killed ({mode}) at call {n}, {words}"
        result = change.result(out, label)
        if (words[0] == "ended" or mode == "others") and result == "old":
            fail(f"{change.name}, {label}: the old set")
        # Whatever was left, the next run creates the new set.
        if with_cache or n % 8 == 0:
            done = tools.run(*command_for(out))
            if left_in(out):
                fail(f"{change.name}, {label}: {left_in(out)} next to the cache")
            change.judge(out, done, "run after a kill" + (" with a cache" if with_cache else ""))
        else:
            shutil.rmtree(out)
        return words, result

    out = change.fresh()
    words = kill_at(tools, mode, 0, command_for(out))
    total = int(words[2])
    shutil.rmtree(out)
    results = list(pool.map(attempt, range(1, total + 12)))
    for words, result in results:
        who = words[1] if words[0] == "killed" else "none"
        tools.count(f"killed ({mode}, {who}): {result} set")
    if not any(words[0] == "ended" for words, _ in results):
        fail(f"{mode}: not every call was tried")


def test_namespace_kills(tools, change, step, pool):
    """Runs depmod as process 1 of a PID namespace, so that its guard is killed with it."""
    alone = ["unshare", "--pid", "--fork", "--kill-child"]
    if tools.run(*alone, "true").returncode != 0:
        print("         no permission for PID namespaces: depmod was not killed together with its guard")
        return

    def attempt(n):
        out = change.fresh()
        command = tools.depmod(change.tree, out)
        path = shutil.which("unshare", path=tools.environment["PATH"])
        words = kill_at(tools, "all", n, [path, *alone[1:], *command])
        label = f"killed with its guard at call {n}, {words}"
        wait_for_holder(out / DIRECTORY)
        found = contents_of(out / DIRECTORY)
        shown = {name: data for name, data in found.items() if not name.startswith(".")}
        kind = "new" if shown == change.new else "old" if shown == change.old else "mixed"
        asked = tools.run(tools.directory / "modprobe", "-d", out, "-S", RELEASE, "-n", "plain")
        if kind == "mixed" and "run depmod again" not in asked.stderr:
            fail(f"{change.name}, {label}: modprobe does not report a mixed set: {asked.stderr}")
        tools.count(f"killed with its guard: {kind} set")
        change.judge(out, tools.run(*command), "run after both were killed")
        return words

    path = shutil.which("unshare", path=tools.environment["PATH"])
    out = change.fresh()
    total = int(kill_at(tools, "all", 0, [path, *alone[1:], *tools.depmod(change.tree, out)])[2])
    list(pool.map(attempt, range(1, total, step)))


class Readers:
    """Queries the databases with modprobe until the block ends."""

    def __init__(self, tools, root):
        self.tools = tools
        self.stopped = threading.Event()
        self.failure = None
        tree = ["-d", root, "-S", RELEASE]
        # Commands, and the output that they must have in every state of the tree.
        self.questions = [
            ([tools.directory / "modprobe", *tree, "--show-depends", "top"],
             r"insmod .*base\.ko ?\ninsmod .*middle\.ko ?\ninsmod .*top\.ko ?\n(insmod .*plain\.ko ?\n)?"),
            ([tools.directory / "modprobe", *tree, "-R", "top-alias"], r"top\n"),
            ([tools.directory / "modprobe", *tree, "-R", "symbol:base_get"], r"base\n"),
        ]
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            self.read()
        except Failure as failure:
            self.failure = failure

    def read(self):
        for command, expected in itertools.cycle(self.questions):
            if self.stopped.is_set():
                return
            done = self.tools.run(*command)
            if done.returncode != 0 or done.stderr or not re.fullmatch(expected, done.stdout):
                fail(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
            self.tools.count("queries of readers")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()

    def check(self):
        if self.failure:
            raise self.failure


def flip(root, trees, state):
    """Changes the modules of a tree to those of a state, file by file."""
    for path in sorted({*STATES["quiet"], *STATES["loud"]}):
        target = root / DIRECTORY / path
        if path in STATES[state]:
            os.link(trees[state] / DIRECTORY / path, root / "next")
            os.rename(root / "next", target)
            # rename() removes neither name if both are links to the same file.
            (root / "next").unlink(missing_ok=True)
        else:
            target.unlink(missing_ok=True)


def test_two_at_once(tools, trees, sets, rounds):
    root = tools.scratch / "shared"
    shutil.copytree(trees["quiet"], root)
    command = [str(tools.directory / "depmod"), "--no-sync", "--jobs=1", "-b", str(root), RELEASE]
    if tools.run(*command).returncode != 0:
        fail("depmod failed on the tree that is shared")

    def start():
        return subprocess.Popen(command, env=tools.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with Readers(tools, root) as readers:
        for n in range(rounds):
            state = ("loud", "quiet")[n % 2]
            # In every other round the first depmod is already running when the tree changes.
            both = [start()] if n // 2 % 2 else []
            flip(root, trees, state)
            while len(both) < 2:
                both.append(start())
            for process in both:
                if process.wait(SECONDS) != 0:
                    fail(f"round {n}: exit {process.returncode}")
            found = contents_of(root / DIRECTORY)
            if found != sets[state]:
                fail(f"round {n}: not the set of the tree\n"
                     + described(found, sets["quiet" if state == "loud" else "loud"], sets[state]))
            readers.check()
            tools.count("rounds with two depmods")


def mounted(tools, sets, trees):
    """The checks that run in a separate mount namespace."""
    place = tools.scratch / "mounted"
    place.mkdir()
    change = Change(tools, trees, sets, "quiet", "loud")

    def mount(*arguments):
        subprocess.run(["mount", *map(str, arguments)], check=True)

    def attempt(label, limits, cause):
        mount("-t", "tmpfs", "-o", limits, "none", place)
        out = change.fresh(place)
        result = change.judge(out, tools.run(*tools.depmod(change.tree, out)), label, cause)
        subprocess.run(["umount", place], check=True)
        return result

    pages = len(change.old)
    # Inodes for the databases, the root of the file system, and the directories in between.
    inodes = pages + len(pathlib.Path("out", DIRECTORY).parts) + 1
    for label, limits in (
            ("full file system", [f"size={4096 * (pages + n)}" for n in range(14)]),
            ("no inode left", [f"nr_inodes={inodes + n}" for n in range(30)])):
        results = [attempt(label, limit, message_of("ENOSPC")) for limit in limits]
        if results != sorted(results, reverse=True) or len(set(results)) != 2:
            fail(f"{label}: {results}")

    out = change.fresh(place)
    mount("--bind", out, out)
    mount("-o", "remount,bind,ro", out)
    done = tools.run(*tools.depmod(change.tree, out))
    subprocess.run(["umount", out], check=True)
    if change.result(out, "read-only") != "old" or done.returncode == 0 or not (
            str(out / DIRECTORY) in done.stderr and message_of("EROFS") in done.stderr):
        fail(f"read-only: exit {done.returncode}: {done.stderr}")
    tools.count("read-only directory: old set")


def test_mounts(tools):
    """Checks real file systems that are full or read-only; needs root."""
    probe = ["unshare", "--mount", "--propagation", "private"]
    if tools.run(*probe, "mount", "-t", "tmpfs", "none", tools.scratch).returncode != 0:
        print("         no permission to mount: full file systems were only simulated with strace")
        return
    done = subprocess.run([*probe, sys.executable, __file__, "--mounted", *sys.argv[1:],
                           "--scratch", tools.scratch], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail("on mounted file systems")
    for line in done.stdout.splitlines():
        number, what = line.split(None, 1)
        tools.count(what, int(number))


# {counter: least number for the test to be meaningful}
LEAST = {
    "injected failures": 300,
    "creation fails: old set": 30,
    "write fails: old set": 15,
    "fsync fails: old set": 15,
    "fchmod fails: old set": 15,
    "close fails: old set": 15,
    "linkat fails: old set": 15,
    "linkat refused: new set": 7,
    "fchmod refused: new set": 4,
    "flock refused: new set": 3,
    "clone refused: new set": 3,
    "renameat fails: old set": 20,
    "unlinkat fails: new set": 10,
    "flock fails: old set": 1,
    "clone fails: new set": 1,
    "calls fail for good: old set": 4,
    "killed (first, depmod): old set": 200,
    "killed (first, depmod): new set": 20,
    "killed (all, depmod): old set": 200,
    "killed (all, depmod): new set": 10,
    "killed (others, kmodpp-guard): new set": 3,
    "run after a kill: new set": 30,
    "run after a kill with a cache: new set": 100,
    "queries of readers": 20,
    "rounds with two depmods": 1,
}


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", required=True)
    parser.add_argument("--kill-at", required=True)
    parser.add_argument("--rounds", type=int, default=1000, help="rounds with two depmods")
    parser.add_argument("--step", type=int, default=5,
                        help="depmod and its guard are killed together at every STEP-th call")
    parser.add_argument("--scratch", help=argparse.SUPPRESS)
    parser.add_argument("--mounted", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main():
    options = options_of(sys.argv[1:])
    # Thousands of runs that need no disk; waiting for one is not what is tested.
    quick = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="faults-", dir=options.scratch or quick) as scratch:
        options.scratch = scratch
        tools = Tools(options)
        trees = {state: tools.make_tree(state, modules) for state, modules in STATES.items()}
        sets = {}
        for state, tree in trees.items():
            done = tools.run(*tools.depmod(tree, tools.scratch / ("set-" + state)))
            if done.returncode != 0:
                fail(f"depmod on the {state} tree: {done.stderr}")
            sets[state] = contents_of(tools.scratch / ("set-" + state) / DIRECTORY)
        # As left by other implementations of depmod: files are created, not only replaced.
        sets["older"] = {name: data for name, data in sets["quiet"].items() if data}
        sets["no"] = {}
        differing = [name for name in sets["loud"] if sets["quiet"].get(name) != sets["loud"][name]]
        if len(differing) < 6 or "modules.devname" in sets["older"] or not sets["loud"]["modules.devname"]:
            fail(f"the trees are too similar: only {differing} differ")

        if options.mounted:
            mounted(tools, sets, trees)
        else:
            louder = Change(tools, trees, sets, "older", "loud")
            quieter = Change(tools, trees, sets, "loud", "quiet")
            fresh = Change(tools, trees, sets, "no", "quiet")
            pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
            try:
                test_faults(tools, [louder, quieter], pool)
                test_persistent_faults(tools, louder)
                test_refusals(tools, louder)
                test_kills(tools, louder, "first", [], pool)
                test_kills(tools, quieter, "first", ["--no-sync"], pool)
                test_kills(tools, fresh, "all", [], pool)
                test_kills(tools, louder, "all", ["--no-sync", "--cache", "--jobs=2"], pool)
                test_kills(tools, louder, "others", [], pool)
                test_namespace_kills(tools, louder, options.step, pool)
            finally:
                pool.shutdown(cancel_futures=True)
            test_two_at_once(tools, trees, sets, options.rounds)
            test_mounts(tools)
        for what, number in sorted(tools.counts.items()):
            print(f"{number:7d}  {what}")
        for what, least in ({} if options.mounted else LEAST).items():
            if tools.counts[what] < least:
                fail(f"only {tools.counts[what]} of: {what}")
    if not options.mounted:
        print("every run left a complete set")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAIL: {failure}")
