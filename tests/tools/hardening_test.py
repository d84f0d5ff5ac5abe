#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the hardening of the installed programs and libraries in their ELF headers: position
independent, no memory both writable and executable, all relocations resolved at start and read-only
afterwards, libraries searched only in system directories or where they
were installed. compile_commands.json shows which compiler
options were available."""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

PROGRAMS = ("insmod", "rmmod", "lsmod", "modinfo", "modprobe", "depmod", "kmod")
LIBRARIES = ("libkmodpp-load.so", "libkmodpp.so", "libkmodpp-index.so", "libkmod.so")
# Some of the checking functions of the C library must be in use.
CHECKED = re.compile(r"__(\w+_chk)\b(?!_fail)")


def readelf(*words):
    done = subprocess.run(["readelf", "-W", *words], capture_output=True, text=True, check=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return done.stdout


def faults_of(path, flags, own_path):
    """Lists the defects of an ELF file that was compiled with these flags. `own_path`: the RUNPATH
    to our libraries, or None if they are in the system's directories."""
    header, segments, dynamic, symbols = (readelf(word, path) for word in
                                          ("-h", "-l", "-d", "--dyn-syms"))
    if not re.search(r"Type:\s+DYN ", header):
        yield "not position-independent"
    if path.name in PROGRAMS and "Requesting program interpreter" not in segments:
        yield "not a dynamic program"
    if not re.search(r"^\s*GNU_RELRO ", segments, re.M):
        yield "no table becomes read-only"
    if not re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b", dynamic):
        yield "functions are bound late, so their table stays writable"
    stack = re.search(r"^\s*GNU_STACK .* (R\S*)\s+0x\w+$", segments, re.M)
    if stack is None or "E" in stack[1]:
        yield "executable stack"
    for flags_of in re.findall(r"^\s*LOAD .* (R[ W][ E]) ", segments, re.M):
        if "W" in flags_of and "E" in flags_of:
            yield "a segment is writable and executable"
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)
    needs_ours = path.name in PROGRAMS or path.name.startswith(("libkmod.so", "libkmodpp.so", "libkmodpp-index.so"))
    expected = [own_path] if needs_ours and own_path is not None else []
    if paths != expected or "(RPATH)" in dynamic:
        yield f"it looks for libraries in {paths}, not in {expected}"
    if "(TEXTREL)" in dynamic:
        yield "relocations in its code"
    # The programs and libkmod.so.2 contain no function with an array.
    if path.name.startswith("libkmodpp") and "-fstack-protector-strong" in flags and "__stack_chk_fail" not in symbols:
        yield "no function guards its stack"
    if path.name.startswith("libkmodpp") and \
            any(flag.startswith("-D_FORTIFY_SOURCE=") for flag in flags) and \
            not CHECKED.search(symbols):
        yield "no checked function of the C library is in use"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", help=argparse.SUPPRESS)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--meson", required=True)
    options = parser.parse_args()
    build = options.build.resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    # The files that are compiled for speed have all the flags of the build; those for size have the same and -Os.
    command = next(c for c in commands
                   if "/libkmodpp-core-fast.a.p/" in c["output"] and c["output"].endswith(".o"))
    flags = shlex.split(command["command"])

    introspected = subprocess.run([*shlex.split(options.meson), "introspect", "--buildoptions", build],
                                  capture_output=True, check=True)
    chosen = {option["name"]: option["value"] for option in json.loads(introspected.stdout)}
    prefix = pathlib.Path(chosen["prefix"])
    own_path = None if str(prefix) == "/usr" else str(prefix / chosen["libdir"])

    faults = []
    with tempfile.TemporaryDirectory(prefix="kmodpp-hardening-") as scratch:
        subprocess.run([*shlex.split(options.meson), "install", "-C", build, "--no-rebuild",
                        "--quiet", "--tags", "runtime,devel", "--destdir", scratch], check=True, stdout=subprocess.DEVNULL)
        found = {path.name: path for path in pathlib.Path(scratch).rglob("*")
                 if path.is_file() and path.name.split(".so")[0] + ".so" in LIBRARIES
                 or path.name in PROGRAMS and path.parent.name in ("bin", "sbin")}
        for name in PROGRAMS + LIBRARIES:
            if name not in found:
                # The only library that a build may omit.
                if name != "libkmod.so":
                    faults.append(f"{name}: not installed")
                continue
            faults += [f"{name}: {fault}" for fault in faults_of(found[name].resolve(), flags, own_path)]

    optimized = {"-O1", "-O2", "-O3", "-Os"} & set(flags)
    if optimized and not any(re.match("-D_FORTIFY_SOURCE=[23]", flag) for flag in flags):
        faults.append("compiled without the checks of the C library")
    # Check an object file: with a C library that has no such notes, linked files lose them.
    if "-fcf-protection=full" in flags and \
            "x86 feature: IBT, SHSTK" not in readelf("-n", build / command["output"]):
        faults.append(f"{command['output']}: jumps may lead anywhere (no IBT, SHSTK)")
    for text in faults:
        print(text)
    hardened = [flag for flag in flags if re.match("-f(stack|cf)-|-D_FORTIFY", flag)]
    print(f"{len(found)} files, compiled with {' '.join(hardened)}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
