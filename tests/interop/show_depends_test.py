# SPDX-License-Identifier: LGPL-2.1-or-later
"""`modprobe --show-depends` of every module of a whole kernel, ours and Debian's, with the
configuration of this host."""

import concurrent.futures
import sys

from common import REFERENCE, Test, module_name, run_each


def compare_names(test, root, what, names, options=()):
    def ask(program):
        return run_each([program, "-d", root, "-S", test.release, "--show-depends", *options], names)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        ours, theirs = pool.map(ask, (test.ours("modprobe"), REFERENCE["modprobe"]))
    for name in names:
        test.compare(what, ours[name][0], theirs[name][0], f"--show-depends {name}")
        test.compare("exit statuses", str(ours[name][1]), str(theirs[name][1]), name)


def main():
    with Test(__doc__) as test:
        root = test.copy_tree("tree")
        # Databases of the reference: this is a test of modprobe alone.
        test.depmod(REFERENCE["depmod"], root)
        directory = test.directory(root)
        names = [module_name(line.split(":")[0])
                 for line in (directory / "modules.dep").read_text().splitlines()]
        compare_names(test, root, "modules", names)
        compare_names(test, root, "modules, with -i -b", names[::20], ["-i", "-b"])
        builtin = [module_name(line) for line in (directory / "modules.builtin").read_text().split()]
        compare_names(test, root, "built-in modules", builtin)
        aliases = [line.split()[1] for line in (directory / "modules.alias").read_text().splitlines()
                   if line.startswith("alias ")]
        compare_names(test, root, "aliases", list(dict.fromkeys(aliases[::40])))
        compare_names(test, root, "unknown names", ["no-such-module", "../ext4", "ext4.ko", ""])


if __name__ == "__main__":
    sys.exit(main())
