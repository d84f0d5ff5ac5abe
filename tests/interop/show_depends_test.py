# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares `modprobe --show-depends` with Debian's for every module of a whole kernel, with the
configuration of this host.

One difference is deliberate: if a module has several softdep lines, the reference uses the first one,
kmodpp uses all. For such modules the comparison uses a second tree in which these lines are merged into
one, the administrator's first."""

import concurrent.futures
import os
import pathlib
import sys

from lib.harness import REFERENCE, Test, module_name, run_each


CONFIGURATION = [pathlib.Path(base, "modprobe.d")
                 for base in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib")]


class SoftdepLines:
    """The softdep lines of the host and of the modules, merged into one per module."""

    def __init__(self, test, directory):
        files = {}
        for folder in reversed(CONFIGURATION):
            files.update({path.name: path for path in folder.glob("*.conf")})
        self.host = [files[name].read_text() for name in sorted(files)]
        self.of = {}  # module -> [(pre, post) of each line]
        for text in self.host + [(directory / "modules.softdep").read_text()]:
            for line in text.splitlines():
                words = line.split()
                if words[:1] == ["softdep"]:
                    self.of.setdefault(words[1].replace("-", "_"), []).append(sides(words[2:]))
        self.several = {name for name, lines in self.of.items() if len(lines) > 1}
        test.count("modules with one softdep line", len(self.of) - len(self.several))

    def write_merged(self, directory, configuration):
        """Writes one line per module, and the host's configuration without softdep lines."""
        configuration.write_text("".join(
            line + "\n" for text in self.host for line in text.splitlines()
            if line.split()[:1] != ["softdep"]))
        (directory / "modules.softdep").write_text("".join(
            f"softdep {name} pre: {' '.join(p for pre, _ in lines for p in pre)}"
            f" post: {' '.join(p for _, post in lines for p in post)}\n"
            for name, lines in self.of.items()))


def sides(words):
    found = {"pre:": [], "post:": []}
    side = None
    for word in words:
        if word in found:
            side = word
        elif side:
            found[side].append(word)
    return found["pre:"], found["post:"]


def names_in(output):
    return {module_name(words[1]) for words in map(str.split, output.splitlines()) if len(words) > 1}


class Comparison:
    def __init__(self, test, root):
        self.test = test
        self.root = root
        self.softdeps = SoftdepLines(test, test.directory(root))
        # The same tree, with merged softdep lines.
        self.merged = test.copy_tree("merged")
        directory = test.directory(self.merged)
        for source in test.directory(root).glob("modules.*"):
            if not (directory / source.name).exists() and source.name != "modules.softdep":
                os.link(source, directory / source.name)
        self.configuration = test.scratch / "merged.conf"
        self.softdeps.write_merged(directory, self.configuration)

    def ask(self, program, root, names, options):
        return run_each([program, "-d", root, "-S", self.test.release, "--show-depends", *options],
                        names)

    def compare(self, what, names, options=()):
        def ask(program):
            return self.ask(program, self.root, names, options)

        with concurrent.futures.ThreadPoolExecutor() as pool:
            ours, theirs = pool.map(ask, (self.test.ours("modprobe"), REFERENCE["modprobe"]))
        special = [name for name in names if names_in(ours[name][0]) & self.softdeps.several]
        if special:
            merged = self.ask(REFERENCE["modprobe"], self.merged, special,
                              [*options, "-C", self.configuration])
            for name in special:
                theirs[name] = (merged[name][0].replace(str(self.merged), str(self.root)),
                                merged[name][1])
            self.test.count(what + ", with several softdep lines", len(special))
        for name in names:
            self.test.compare(what, ours[name][0], theirs[name][0], f"--show-depends {name}")
            self.test.compare("exit statuses", str(ours[name][1]), str(theirs[name][1]), name)


def main():
    with Test(__doc__) as test:
        root = test.copy_tree("tree")
        # Databases of the reference, because only modprobe is tested.
        test.depmod(REFERENCE["depmod"], root)
        directory = test.directory(root)
        comparison = Comparison(test, root)
        names = [module_name(line.split(":")[0])
                 for line in (directory / "modules.dep").read_text().splitlines()]
        comparison.compare("modules", names)
        comparison.compare("modules, with -i -b", names[::20], ["-i", "-b"])
        builtin = [module_name(line) for line in (directory / "modules.builtin").read_text().split()]
        comparison.compare("built-in modules", builtin)
        aliases = [line.split()[1] for line in (directory / "modules.alias").read_text().splitlines()
                   if line.startswith("alias ")]
        comparison.compare("aliases", list(dict.fromkeys(aliases[::40])))
        comparison.compare("unknown names", ["no-such-module", "../ext4", "ext4.ko", ""])


if __name__ == "__main__":
    sys.exit(main())
