#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests kmodpp as a Meson subproject: dependency('kmodpp') and dependency('kmodpp-index') find it, the headers
are found, and its tests are not part of the other project. Links nothing, which would build the whole library.

    subproject_test.py --meson MESON
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROJECT = """
project('user', 'cpp', version: '1', default_options: ['cpp_std=none'])
add_project_arguments('-std=c++23', language: 'cpp')
executable('rehearse', 'rehearse.cpp', dependencies: [dependency('kmodpp'), dependency('kmodpp-index')])
"""


def must(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meson", required=True)
    meson = parser.parse_args().meson
    with tempfile.TemporaryDirectory(prefix="kmodpp-subproject-") as scratch:
        source = pathlib.Path(scratch) / "source"
        (source / "subprojects").mkdir(parents=True)
        (source / "subprojects/kmodpp").symlink_to(REPOSITORY)
        (source / "meson.build").write_text(PROJECT)
        (source / "rehearse.cpp").write_text((REPOSITORY / "docs/examples/rehearse.cpp").read_text())
        build = pathlib.Path(scratch) / "build"
        disabled = [f"-Dkmodpp:{option}=disabled" for option in ("man", "docs", "completions")]
        must(meson, "setup", build, source, "--force-fallback-for=kmodpp,kmodpp-index", *disabled)
        tests = json.loads(must(meson, "introspect", "--tests", build))
        if tests:
            sys.exit(f"the tests of the subproject are part of the project: {[test['name'] for test in tests]}")
        must("ninja", "-C", build, "rehearse.p/rehearse.cpp.o")
        linked = [line for line in (build / "build.ninja").read_text().splitlines()
                  if line.startswith("build rehearse:")]
        for library in ("libkmodpp.so", "libkmodpp-index.so"):
            if len(linked) != 1 or library not in linked[0]:
                sys.exit(f"the program is not linked to {library}: {linked}")
    print("a program of another project compiles, and links both libraries of the subproject")
    return 0


if __name__ == "__main__":
    sys.exit(main())
