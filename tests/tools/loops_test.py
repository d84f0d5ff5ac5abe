#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that cyclic or very long chains of dependencies, soft dependencies, aliases and commands end in a
plan without repeated modules, or in an error, in bounded time."""

import argparse
import collections
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from bounded import call

RELEASE = "6.1.0"
MODULES = "lib/modules/" + RELEASE
DEPTH = 1000
# Size for loads in the simulated kernel, which writes its whole list each time.
LOADED_DEPTH = 40


def ring(name, size):
    """Pairs (module, next module) around a ring."""
    return [(f"{name}{i}", f"{name}{(i + 1) % size}") for i in range(size)]


def chain(name, size):
    return ring(name, size)[:-1]


def lines(pairs, text):
    return "".join(text.format(*pair) + "\n" for pair in pairs)


def soft_loops(depth):
    """Returns {name of the requested module: (lines of modprobe.d, number of modules in its plan)}."""
    wide = min(depth, 100)
    return {
        "self0": (lines(ring("self", 1), "softdep {0} pre: {1}"), 1),
        "selfpost0": (lines(ring("selfpost", 1), "softdep {0} post: {1}"), 1),
        "pair0": (lines(ring("pair", 2), "softdep {0} pre: {1}"), 2),
        "pairpost0": (lines(ring("pairpost", 2), "softdep {0} post: {1}"), 2),
        "both0": (lines(ring("both", 2), "softdep {0} pre: {1} post: {1}"), 2),
        "ring0": (lines(ring("ring", depth), "softdep {0} pre: {1}"), depth),
        "ringpost0": (lines(ring("ringpost", depth), "softdep {0} post: {1}"), depth),
        "chain0": (lines(chain("chain", depth), "softdep {0} pre: {1}"), depth),
        "chainpost0": (lines(chain("chainpost", depth), "softdep {0} post: {1}"), depth),
        # The number of paths is two to the power of the depth.
        "bomb0": (lines(chain("bomb", depth), "softdep {0} pre: {1} post: {1}"), depth),
        "twice0": (lines(chain("twice", depth), "softdep {0} pre: {1} {1}"), depth),
        "mesh0": ("".join(f"softdep mesh{i} pre: " + " ".join(f"mesh{j}" for j in range(wide)) + "\n"
                          for i in range(wide)), wide),
        # Through an alias for both.
        "aliased0": ("alias any-aliased aliased0\nalias any-aliased aliased1\n"
                     "softdep aliased0 pre: any-aliased\nsoftdep aliased1 pre: any-aliased\n", 2),
    }


# {module: modules on its line of modules.dep}, which depmod would not write like this.
HARD = {
    "harda": ["harda"],
    "hardb": ["hardc"], "hardc": ["hardb"],
    "hardd": ["harde", "hardf"], "harde": ["hardf", "hardd"], "hardf": ["hardd", "harde"],
    # A dependency with a softdep on the module that needs it.
    "mixeda": ["mixedb"], "mixedb": [],
    **{module: [needed] for module, needed in ring("hardring", DEPTH)},
}
HARD_CONFIG = "softdep mixedb pre: mixeda\n"
COMMANDS = {
    "install cmdself modprobe cmdself\nremove cmdself modprobe -r cmdself\n": ["cmdself"],
    "install cmda modprobe cmdb\ninstall cmdb modprobe cmda\n"
    "remove cmda modprobe -r cmdb\nremove cmdb modprobe -r cmda\n": ["cmda", "cmdb"],
}
ALIASES = {
    "alias looped-a looped-b\nalias looped-b looped-a\nalias looped-self looped-self\n":
        ["looped-a", "looped-b", "looped-self"],
}


def index(values):
    """An index of the given keys; the layout is drawn in libkmodpp/format/index_format.hpp."""
    data = bytearray(struct.pack(">III", 0xB007F457, 0x00020001, 0))

    def node(entries):
        """Entries: [(rest of the key, text)]. Returns the offset with its flags."""
        here = [text for rest, text in entries if not rest]
        children = collections.defaultdict(list)
        for rest, text in entries:
            if rest:
                children[rest[0]].append((rest[1:], text))
        table = {first: node(below) for first, below in sorted(children.items())}
        offset = len(data)
        if table:
            low, high = min(table), max(table)
            data.extend(bytes([low, high]))
            for byte in range(low, high + 1):
                data.extend(struct.pack(">I", table.get(byte, 0)))
            offset |= 0x20000000
        if here:
            data.extend(struct.pack(">I", len(here)))
            for priority, text in enumerate(here):
                data.extend(struct.pack(">I", priority) + text.encode() + b"\0")
            offset |= 0x40000000
        return offset

    struct.pack_into(">I", data, 8, node([(key.encode(), text) for key, text in values]))
    return bytes(data)


class Root:
    def __init__(self, directory, options):
        self.path = directory
        self.tools = options.tools.resolve()
        self.mkmodule = options.mkmodule.resolve()
        self.environment = {"PATH": f"{self.tools}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        self.file("etc/kmodpp/kernel.conf", f"release {RELEASE}\nvermagic {RELEASE} SMP\n")
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            self.file(f"{MODULES}/{name}", "")

    def file(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def module(self, name, *lines_of_recipe):
        self.file(f"{MODULES}/kernel/{name}.ko.recipe",
                  f"info license=GPL\ninfo vermagic={RELEASE} SMP\n" + "".join(line + "\n" for line in lines_of_recipe))

    def make(self):
        subprocess.run([self.mkmodule, "tree", self.path], check=True)
        subprocess.run([self.tools / "depmod", "-b", self.path, RELEASE], check=True)


    def pretend_loaded(self, names):
        """Records these as loaded in this order, without references."""
        names = list(dict.fromkeys(names))
        self.file("proc/modules", "".join(f"{name} 4096 0 - Live 0x0000000000000000\n"
                                          for name in reversed(names)))
        for name in names:
            self.file(f"sys/module/{name}/refcnt", "0\n")
            self.file(f"sys/module/{name}/initstate", "live\n")
            (self.path / "sys/module" / name / "holders").mkdir(exist_ok=True)

    def forget_loaded(self):
        shutil.rmtree(self.path / "proc", ignore_errors=True)
        shutil.rmtree(self.path / "sys", ignore_errors=True)


class Test:
    def __init__(self):
        self.broken = []
        self.calls = 0

    def wrong(self, label, text):
        self.broken.append(f"{label}: {text}")

    def modprobe(self, root, *arguments, statuses=(0,)):
        """Runs a tool and returns its lines of standard output."""
        self.calls += 1
        ended = call([str(root.tools / "modprobe"), "--simulate", str(root.path), *arguments],
                     root.environment, root.path)
        label = f"{root.path.name}: modprobe {' '.join(arguments)}"
        if ended.trouble:
            self.wrong(label, ended.trouble)
        elif ended.status not in statuses:
            self.wrong(label, f"exit {ended.status}: {ended.err.decode(errors='replace')[:500]}")
        if ended.status == 1 and not ended.err:
            self.wrong(label, "fails without a message")
        return ended.out.decode().splitlines()

    def plan(self, root, name, count, *arguments):
        """Checks for `count` modules in about as many steps; the requested name may occur twice."""
        shown = self.modprobe(root, *arguments, name)
        label = f"{root.path.name}: modprobe {' '.join(arguments)} {name}"
        modules = [line.split("/")[-1].split(".ko")[0] if line.startswith("insmod ") else line.split()[1]
                   for line in shown]
        if count is not None and len(set(modules)) != count:
            self.wrong(label, f"{len(modules)} modules in the plan, not {count}: {modules[:10]}")
        if len(modules) > len(set(modules)) + 1:
            self.wrong(label, f"{len(modules)} steps for {len(set(modules))} modules")
        return modules

    def loaded(self, root):
        record = root.path / "proc/modules"
        return record.read_text().split("\n")[:-1] if record.exists() else []

    def plans(self, root, name, count):
        """Checks the plans for loading and for removing."""
        for arguments in (("-D",), ("-n", "-v"), ("-n", "-v", "-a")):
            shown = self.plan(root, name, count, *arguments)
        # Nothing is loaded, so there is nothing to remove.
        self.modprobe(root, "-r", name)
        root.pretend_loaded(shown)
        if self.modprobe(root, "-n", "-v", name):
            self.wrong(f"{root.path.name}: modprobe -n -v {name}", "reports steps although all is loaded")
        removed = self.plan(root, name, None, "-r", "-n", "-v")
        if name not in removed:
            self.wrong(f"{root.path.name}: modprobe -r {name}", f"is not removed: {removed[:10]}")
        root.forget_loaded()

    def load_and_remove(self, root, name, count):
        label = f"{root.path.name}: modprobe {name}"
        self.modprobe(root, name)
        now = len(self.loaded(root))
        if now != count:
            self.wrong(label, f"{now} modules are loaded, not {count}")
        self.modprobe(root, "-r", name)
        if name in (line.split()[0] for line in self.loaded(root)):
            self.wrong(label, "is still loaded after -r")
        root.forget_loaded()


def soft_dependencies(test, make_root):
    for depth, act in ((DEPTH, test.plans), (LOADED_DEPTH, test.load_and_remove)):
        root = make_root(f"soft-{depth}")
        loops = soft_loops(depth)
        config = "".join(text for text, _ in loops.values())
        for name in sorted({word for word in config.split() if word[-1].isdigit()}):
            root.module(name)
        root.file("etc/modprobe.d/test.conf", config)
        root.make()
        for name, (_, count) in loops.items():
            act(root, name, count)


def soft_dependencies_of_modules(test, make_root):
    """The same with modules.softdep, which contains the modules' own lines."""
    for depth, act in ((DEPTH, test.plans), (LOADED_DEPTH, test.load_and_remove)):
        root = make_root(f"soft-of-modules-{depth}")
        for module, following in ring("ring", depth):
            root.module(module, f"info softdep=pre: {following}")
        root.make()
        act(root, "ring0", depth)


def a_long_chain(test, make_root):
    """Modules that each depend on the next."""
    for depth, act in ((DEPTH, test.plans), (LOADED_DEPTH, test.load_and_remove)):
        root = make_root(f"long-{depth}")
        for i in range(depth):
            root.module(f"m{i}", f"export s{i}", *([f"need s{i + 1}"] if i + 1 < depth else []))
        root.make()
        order = test.plan(root, "m0", depth, "-D")
        if order != [f"m{i}" for i in reversed(range(depth))]:
            test.wrong(f"{root.path.name}: modprobe -D m0", f"dependencies are not in order: {order[:5]}")
        act(root, "m0", depth)


def hard_loops(test, make_root):
    root = make_root("hard")
    for module in HARD:
        root.module(module)
    root.file("etc/modprobe.d/test.conf", HARD_CONFIG)
    root.make()
    path = "kernel/{}.ko".format
    texts = [(module, path(module) + ":" + "".join(" " + path(n) for n in needed))
             for module, needed in HARD.items()]
    root.file(f"{MODULES}/modules.dep", "".join(text + "\n" for _, text in texts))
    root.file(f"{MODULES}/modules.dep.bin", index(texts))
    for module in HARD:
        if not module.startswith("hardring") or module in ("hardring0", f"hardring{DEPTH - 1}"):
            for arguments in (("-D",), ("-n", "-v"), ("-r", "-n", "-v"), (), ("-r",)):
                test.modprobe(root, *arguments, module, statuses=(0, 1))


def commands_and_aliases(test, make_root):
    root = make_root("commands")
    root.module("unrelated")
    root.file("etc/modprobe.d/test.conf", "".join([*COMMANDS, *ALIASES]))
    root.make()
    for names in COMMANDS.values():
        for name in names:
            test.modprobe(root, "-n", "-v", name)
            test.modprobe(root, "-D", name)
            # A command that runs itself is reported at its first repetition.
            test.modprobe(root, name, statuses=(1,))
            test.modprobe(root, "-r", name, statuses=(0, 1))
    for names in ALIASES.values():
        for name in names:
            for arguments in (("-R",), ("-D",), ("-n",), (), ("-r",)):
                test.modprobe(root, *arguments, name, statuses=(0, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True, type=pathlib.Path)
    options = parser.parse_args()
    test = Test()
    # In memory, because many files are written.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kmodpp-loops-", dir=memory) as scratch:
        def make_root(name):
            return Root(pathlib.Path(os.path.realpath(scratch), name), options)
        for part in (soft_dependencies, soft_dependencies_of_modules, a_long_chain, hard_loops,
                     commands_and_aliases):
            part(test, make_root)
    for text in test.broken[:40]:
        print(text)
    print(f"{test.calls} calls, {len(test.broken)} wrong")
    return 1 if test.broken or test.calls < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
