# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares kmod diff of two Debian kernels with a computation from the texts that Debian's depmod writes and
from Debian's modinfo: modules, aliases and the devices that lose their driver, exported symbols and, for a
sample, parameters and firmware."""

import json
import os
import pathlib
import re
import sys

from lib.counting import fail
from lib.harness import MODULE_SUFFIXES, REFERENCE, Test, batches, fetch_newer_kernel, module_name, newest_release, run
from lib.scratch import link_modules

SAMPLE = 7  # every seventh module for what modinfo prints


class Release:
    """A copy of a kernel's modules with the databases of Debian's depmod."""

    def __init__(self, test, kernel, name):
        self.release = newest_release(kernel)
        modules = kernel / "lib" / "modules" / self.release
        self.root = test.scratch / name
        self.directory = self.root / "lib" / "modules" / self.release
        files = sorted(str((pathlib.Path(folder) / file).relative_to(modules))
                       for folder, _, names in os.walk(modules) for file in names if file.endswith(MODULE_SUFFIXES))
        link_modules(modules, self.directory, files)
        done = run([REFERENCE["depmod"], "-b", self.root, self.release])
        if done.returncode != 0:
            fail(f"depmod: {done.stderr.decode()}")
        self.paths = {module_name(file): re.sub(r"\.ko\..*", ".ko", file) for file in files}
        self.files = {module_name(file): self.directory / file for file in files}
        self.builtin = {module_name(line) for line in self.lines("modules.builtin")} - set(self.paths)
        self.info = {}  # of built-in modules
        for entry in (self.directory / "modules.builtin.modinfo").read_bytes().split(b"\0"):
            name, _, rest = entry.decode(errors="replace").partition(".")
            key, _, value = rest.partition("=")
            self.info.setdefault(name.replace("-", "_"), {}).setdefault(key, []).append(value)
        self.builtin |= set(self.info) - set(self.paths) - {""}
        self.aliases = self.read_aliases()
        self.symbols = {tuple(line.split()[1:]) for line in self.lines("modules.symbols") if line.startswith("alias ")}

    def lines(self, name):
        return (self.directory / name).read_text(errors="replace").splitlines()

    def read_aliases(self):
        """Returns {normalised pattern: modules}."""
        aliases = {}
        pairs = [line.split()[1:] for line in self.lines("modules.alias") if line.startswith("alias ")]
        pairs += [(alias, name) for name, info in self.info.items() if name in self.builtin
                  for alias in info.get("alias", [])]
        for pattern, module in pairs:
            key = "".join(part if part.startswith("[") else part.replace("-", "_")
                          for part in re.split(r"(\[[^]]*\])", pattern))
            aliases.setdefault(key, set()).add(module)
        return aliases

    def kind(self, name):
        return self.paths.get(name) or ("builtin" if name in self.builtin else None)

    def modinfo(self, names, field):
        """Returns {name: sorted values} of a field, from Debian's modinfo."""
        found = {}
        for batch in batches(sorted(names)):
            done = run([REFERENCE["modinfo"], *(self.files[name] for name in batch)])
            values = []
            for line in done.stdout.decode(errors="replace").splitlines():
                key, _, value = line.partition(":")
                if key == "filename":
                    values = found.setdefault(module_name(value.strip()), [])
                elif key == field:
                    values.append(value.strip())
        return {name: sorted(values) for name, values in found.items()}


def matcher(pattern):
    """A regular expression for the text of the patterns that a pattern covers."""
    pieces = re.split(r"(\*|\?|\[[^]]*\])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(piece, piece if piece.startswith("[") else re.escape(piece))
                              for piece in pieces), re.S)


def covering(release, patterns):
    """Returns {pattern: modules with a pattern that covers it}. Patterns are compared only if one begins with
    the text of the other up to its first wildcard."""
    by_head = {}
    for pattern, modules in release.aliases.items():
        head = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        by_head.setdefault(head, []).append((matcher(pattern), modules))
    found = {}
    for pattern in patterns:
        modules = set(release.aliases.get(pattern, ()))
        for length in range(len(pattern) + 1):
            for expression, owners in by_head.get(pattern[:length], ()):
                if not owners <= modules and expression.fullmatch(pattern):
                    modules |= owners
        found[pattern] = modules
    return found


def normalised(pattern):
    return "".join(part if part.startswith("[") else part.replace("-", "_")
                   for part in re.split(r"(\[[^]]*\])", pattern))


def check_modules(test, before, after, found):
    ours = {(one["module"], one.get("before") or ("builtin" if one["builtin_before"] else None),
             one.get("after") or ("builtin" if one["builtin_after"] else None)) for one in found["modules"]}
    names = {*before.paths, *before.builtin, *after.paths, *after.builtin}
    expected = {(name, before.kind(name), after.kind(name)) for name in names
                if before.kind(name) != after.kind(name)}
    test.compare("modules", listed(ours), listed(expected), number=len(expected))


def check_aliases(test, before, after, found):
    changed = {pattern for pattern in {*before.aliases, *after.aliases}
               if before.aliases.get(pattern) != after.aliases.get(pattern)}
    old, new = covering(before, changed), covering(after, changed)
    expected = {(pattern, tuple(sorted(old[pattern])), tuple(sorted(new[pattern])))
                for pattern in changed if old[pattern] != new[pattern]}
    lost = {one for one in expected
            if ":" in one[0] and not one[0].startswith("devname:") and bool(one[1]) != bool(one[2])}
    for what, rows in (("devices", lost), ("aliases", expected - lost)):
        ours = {(normalised(one["pattern"]), tuple(one["before"]), tuple(one["after"])) for one in found[what]}
        test.compare(what, listed(ours), listed(rows), number=len(rows))


def check_symbols(test, before, after, found):
    """modules.symbols has no CRCs: only the owners of symbols are compared."""
    ours = set()
    for one in found["symbols"]:
        for side in ("before", "after"):
            state = one.get(side)
            other = one.get("after" if side == "before" else "before")
            if state and (not other or other["module"] != state["module"]):
                ours.add((side, "symbol:" + one["symbol"], state["module"]))
    expected = ({("before", *row) for row in before.symbols - after.symbols} |
                {("after", *row) for row in after.symbols - before.symbols})
    test.compare("owners of symbols", listed(ours), listed(expected), number=len(expected))
    sample = sorted({one["before"]["module"] for one in found["symbols"] if one.get("before")})[::SAMPLE * 4]
    for side, release in (("before", before), ("after", after)):
        crcs = {one["symbol"]: one[side].get("crc") for one in found["symbols"]
                if one.get(side, {}).get("module") in sample}
        theirs = {}
        for name in sample:
            if name in release.files:
                done = run([REFERENCE["modprobe"], "--show-exports", release.files[name]])
                theirs |= {word[1]: "0x%08x" % int(word[0], 16)
                           for word in map(str.split, done.stdout.decode().splitlines()) if word[1] in crcs}
        test.compare("CRCs of symbols", listed(crcs.items()), listed(theirs.items()), number=len(theirs))


def check_sample(test, before, after, found):
    """Parameters and firmware of every SAMPLE-th module that both kernels have."""
    names = sorted(set(before.paths) & set(after.paths))[::SAMPLE]
    old, new = before.modinfo(names, "parm"), after.modinfo(names, "parm")
    expected, ours = set(), set()
    for name in names:
        known = [{value.split(":")[0] for value in side[name]} for side in (old, new)]
        expected |= {(name, parameter, parameter in known[0]) for parameter in known[0] ^ known[1]}
    for one in found["parameters"]:
        if one["module"] in set(names) and ("before" in one) != ("after" in one):
            ours.add((one["module"], one["name"], "before" in one))
    test.compare("parameters", listed(ours), listed(expected), number=len(expected))

    old, new = before.modinfo(before.paths, "firmware"), after.modinfo(after.paths, "firmware")
    sides = [{file for values in side.values() for file in values} |
             {file for name in release.builtin for file in release.info.get(name, {}).get("firmware", [])}
             for side, release in ((old, before), (new, after))]
    ours = {(one["file"], bool(one["before"])) for one in found["firmware"]}
    expected = {(file, file in sides[0]) for file in sides[0] ^ sides[1]}
    test.compare("firmware", listed(ours), listed(expected), number=len(expected))


def listed(rows):
    return "\n".join(sorted(map(repr, rows)))


def diff(test, *arguments, status):
    done = run([test.ours("kmod"), "diff", *arguments])
    if done.returncode != status or done.stderr:
        fail(f"kmod diff {arguments}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def main():
    with Test(__doc__) as test:
        before = Release(test, test.kernel, "before")
        after = Release(test, fetch_newer_kernel().resolve(), "after")
        found = json.loads(diff(test, "--json", before.root, after.root, status=1))
        check_modules(test, before, after, found)
        check_aliases(test, before, after, found)
        check_symbols(test, before, after, found)
        check_sample(test, before, after, found)
        for release in (before, after):
            name = f"{release.root}:{release.release}"
            test.compare("releases without differences", diff(test, name, release.directory, status=0), "")


if __name__ == "__main__":
    sys.exit(main())
