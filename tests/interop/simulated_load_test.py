# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads and removes modules of a whole kernel in the simulated kernel, and compares its state with the
`depends` field that the kernel build wrote into each module."""

import sys

from lib.comparison import without_additions
from lib.harness import REFERENCE, Test, module_name, run

GOALS = ("ext4", "btrfs", "nf_tables", "snd_hda_intel")
COLUMNS = "Module                  Size  Used by"


class Simulation:
    def __init__(self, test):
        self.test = test
        self.root = test.copy_tree("root")
        test.depmod(test.ours("depmod"), self.root)
        (self.root / "etc/kmodpp").mkdir(parents=True)
        (self.root / "etc/kmodpp/kernel.conf").write_text(f"release {test.release}\n")
        self.closure = {}
        for line in (test.directory(self.root) / "modules.dep").read_text().splitlines():
            path, _, needed = line.partition(":")
            self.closure[module_name(path)] = [module_name(p) for p in needed.split()]
        self.depends = {}

    def call(self, tool, *arguments, status=0):
        done = run([self.test.ours(tool), "--simulate", self.root, *arguments])
        self.test.compare("exit statuses", str(done.returncode), str(status),
                          f"{tool} {' '.join(arguments)}: {done.stderr.decode()}")
        return done

    def loaded(self):
        """Names of loaded modules, oldest first."""
        record = self.root / "proc/modules"
        # The file does not exist before the first load.
        lines = record.read_text().splitlines() if record.exists() else []
        return [line.split()[0] for line in reversed(lines)]

    def direct(self, names):
        """Direct dependencies of each module according to the build."""
        for name in set(names) - self.depends.keys():
            done = run([REFERENCE["modinfo"], "-b", self.root, "-k", self.test.release,
                        "-F", "depends", name])
            listed = done.stdout.decode().strip()
            self.depends[name] = {d.replace("-", "_") for d in listed.split(",") if d}
        return {name: self.depends[name] for name in names}


def check_order(simulation):
    order = simulation.loaded()
    position = {name: i for i, name in enumerate(order)}
    for name in order:
        for needed in simulation.closure[name]:
            simulation.test.count("dependencies before their users")
            if position.get(needed, len(order)) >= position[name]:
                simulation.test.differ(f"{name} was loaded before {needed}: {order}")


def check_list(simulation):
    """Compares lsmod with /proc/modules and with the dependencies."""
    test = simulation.test
    header, *rows = simulation.call("lsmod").stdout.decode().splitlines()
    test.compare("headers of lsmod", header, COLUMNS, "lsmod")
    names = [row.split()[0] for row in rows]
    test.compare("lists of names", "\n".join(names), "\n".join(reversed(simulation.loaded())), "lsmod")
    direct = simulation.direct(names)
    for row in rows:
        name, _, used, *by = row.split()
        holders = set(by[0].split(",")) if by else set()
        users = {user for user in names if name in direct[user]}
        test.compare("holders", " ".join(sorted(holders)), " ".join(sorted(users)), f"users of {name}")
        test.compare("reference counts", used, str(len(users)), name)
        shown = (simulation.root / "sys/module" / name / "refcnt").read_text().strip()
        test.compare("reference counts", shown, used, f"sys/module/{name}/refcnt")
        links = {p.name for p in (simulation.root / "sys/module" / name / "holders").iterdir()}
        test.compare("holders", " ".join(sorted(links)), " ".join(sorted(users)), f"sys/module/{name}/holders")


def check_refusals(simulation):
    """A module in use is not removed, and its user is named."""
    test = simulation.test
    before = simulation.loaded()
    direct = simulation.direct(before)
    for name in before:
        users = {user for user in before if name in direct[user]}
        if not users:
            continue
        message = without_additions(simulation.call("rmmod", name, status=1).stderr).decode().strip()
        text, _, named = message.partition(" in use by: ")
        test.compare("refusals", text + " in use by: " + " ".join(sorted(named.split())),
                     f"rmmod: ERROR: Module {name} is in use by: " + " ".join(sorted(users)),
                     f"rmmod {name}")
        simulation.call("modprobe", "-r", name, status=1)
    test.compare("lists of names", "\n".join(simulation.loaded()), "\n".join(before),
                 "after the refusals")


def load_all(simulation):
    test = simulation.test
    for goal in GOALS:
        before = set(simulation.loaded())
        expected = run([REFERENCE["modprobe"], "-d", simulation.root, "-S", test.release, "-D", goal])
        wanted = [module_name(line.split()[1]) for line in expected.stdout.decode().splitlines()]
        simulation.call("modprobe", goal)
        # Debian's plan, without the modules that were loaded before.
        fresh = [name for name in dict.fromkeys(wanted) if name not in before]
        added = [name for name in simulation.loaded() if name not in before]
        # Debian's kmod uses the first of several softdep lines, ours uses all.
        shared = [name for name in added if name in fresh]
        test.compare("loads", "\n".join(shared), "\n".join(fresh), f"modprobe {goal}")
        test.count("modules loaded", len(added))
        check_order(simulation)
        check_list(simulation)


def remove_all(simulation):
    test = simulation.test
    for i, goal in enumerate(GOALS):
        simulation.call("modprobe", "-r", goal)
        needed = set()
        for name in GOALS[i + 1:]:
            needed |= {name, *simulation.closure[name]}
        left = set(simulation.loaded())
        missing = {name for name in needed if name not in left}
        test.compare("removals", " ".join(sorted(missing)), "", f"modprobe -r {goal} removed modules in use")
        # Soft dependencies of remaining modules may or may not be removed.
        gone = {goal, *simulation.closure[goal]} - needed
        test.compare("removals", " ".join(sorted(gone & left)), "", f"modprobe -r {goal} left behind")
        if left:
            check_list(simulation)
    test.compare("removals", " ".join(simulation.loaded()), "", "after the last removal")
    entries = sorted(p.name for p in (simulation.root / "sys/module").iterdir())
    test.compare("removals", " ".join(entries), "", "sys/module after the last removal")


def main():
    with Test(__doc__) as test:
        simulation = Simulation(test)
        load_all(simulation)
        check_refusals(simulation)
        # Loading a loaded module is not an error and changes nothing.
        before = simulation.loaded()
        for goal in GOALS:
            simulation.call("modprobe", goal)
        test.compare("lists of names", "\n".join(simulation.loaded()), "\n".join(before), "loading twice")
        remove_all(simulation)


if __name__ == "__main__":
    sys.exit(main())
