# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares debian/ and packaging/ with the build, without building a package: every installed file
belongs to one binary package, the symbols files list the exports of the libraries, and the versions
are those of the build."""

import argparse
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

# Libraries with a stable interface; packages of the others depend on an exact version.
LIBRARIES = {"libkmod.so.2": "libkmodpp/capi"}
# Values of Meson's directory options in the packages (debian/rules).
FOLDERS = {"bindir": "usr/bin", "sbindir": "usr/sbin", "libdir": "usr/lib/TRIPLET"}
# debian/rules replaces this with the level from meson.build.
LEVEL = "${kmod:Level}"


class Checks:
    """The number of comparisons, and the faults found."""

    def __init__(self, build, source):
        self.build, self.debian, self.source = build, source / "debian", source
        self.compared = 0
        self.faults = []

    def introspection(self, name):
        return json.loads((self.build / f"meson-info/intro-{name}.json").read_text())

    def same(self, what, left, right):
        self.compared += 1
        if left != right:
            self.faults.append(f"{what}: {left!r} and {right!r}")

    def installed(self):
        """Yields the installed paths as in debian/tmp."""
        options = {row["name"]: row["value"] for row in self.introspection("buildoptions")}
        prefix = options["prefix"].rstrip("/") + "/"
        for path in self.introspection("installed").values():
            path = path.removeprefix(prefix)
            for option, folder in FOLDERS.items():
                value = options[option].removeprefix(prefix)
                if path.startswith(value + "/"):
                    path = folder + path.removeprefix(value)
                    break
            else:
                path = "usr/" + path
            yield path

    def install_files(self):
        """Checks that each file is in one package, and that each line of a package matches a file."""
        patterns = {}
        for file in self.debian.glob("*.install"):
            for line in file.read_text().splitlines():
                pattern = line.split()[0]
                if not pattern.startswith("debian/"):
                    patterns[file.stem, pattern] = 0
        for path in sorted(set(self.installed())):
            homes = set()
            for package, pattern in patterns:
                if fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern + "/*"):
                    homes.add(package)
                    patterns[package, pattern] += 1
            self.same(f"packages that have {path}", len(homes), 1)
        for (package, pattern), found in patterns.items():
            if not found:
                self.faults.append(f"debian/{package}.install: '{pattern}' matches no installed file")

    def symbols(self):
        """Returns {library: symbols in the symbols file of its package}."""
        listed, current = {}, None
        for file in self.debian.glob("*.symbols"):
            for line in file.read_text().splitlines():
                if not line.startswith((" ", "*")):
                    current = listed.setdefault(line.split()[0], set())
                elif match := re.fullmatch(r" (.*)@(\w+) [\d.~]+", line):
                    current.add((match[1], match[2]))
        return listed

    def symbols_files(self):
        listed = self.symbols()
        self.same("libraries with symbols", sorted(listed), sorted(LIBRARIES))
        for library, folder in LIBRARIES.items():
            table = subprocess.run(["objdump", "-T", self.build / folder / library], check=True,
                                   capture_output=True, text=True).stdout
            exported = set(re.findall(r"^[0-9a-f]+ (?!.*\*UND\*).*?\t[0-9a-f]+ +\(?(\w+)\)? +(.+)$", table, re.M))
            exported = {(name, version) for version, name in exported}
            # The line to add or to remove.
            line = ' {}@{} ' + self.introspection("projectinfo")["version"]
            for symbol in sorted(exported - listed[library]):
                self.faults.append(f"debian/*.symbols, {library}: not there yet:\n{line.format(*symbol)}")
            for symbol in sorted(listed[library] - exported):
                self.faults.append(f"debian/*.symbols, {library}: exported no more:\n{line.format(*symbol)}")
            self.compared += len(exported)

    def versions(self):
        """Checks the version of the package and the level of kmod, which only meson.build defines."""
        project = self.introspection("projectinfo")["version"]
        changelog = (self.debian / "changelog").read_text()
        self.same("version", re.match(r"kmodpp \(([^)]+)\)", changelog)[1], project)
        provided = dict(re.findall(r"^Provides: (\S+) \(= (\S+)\)$", (self.debian / "control").read_text(), re.M))
        for package in ("kmod", "libkmod2", "libkmod-dev"):
            self.same(f"version of {package} in control", provided[package], LEVEL)
        level = re.search(r"^kmod_level = '(\S+)'$", (self.source / "meson.build").read_text(), re.M)[1]
        printed = subprocess.run([self.build / "tools/kmod", "-V"], check=True, capture_output=True, text=True).stdout
        self.same("kmod -V", re.match(r"kmod version (\S+)", printed)[1], level)
        library = re.search(r"^Version: (\S+)$", (self.build / "meson-private/libkmod.pc").read_text(), re.M)[1]
        self.same("libkmod.pc", library, level)
        for spec in (self.source / "packaging").glob("*.spec"):
            text = spec.read_text()
            self.same(str(spec.name), re.search(r"^Version: +(\S+)$", text, re.M)[1], project)
            for package, version in re.findall(r"^Provides: +(kmod\S*) = (\S+)$", text, re.M):
                self.same(f"{spec.name}: {package}", version, level)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    options = parser.parse_args()
    checks = Checks(options.build, options.source)
    checks.install_files()
    checks.symbols_files()
    checks.versions()
    for fault in checks.faults:
        print(fault, file=sys.stderr)
    print(f"{checks.compared} files, symbols and versions compared, {len(checks.faults)} faults")
    return 1 if checks.faults or checks.compared < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
