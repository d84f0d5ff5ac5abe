#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests the installed library as its users get it: in a directory, found by pkg-config and by CMake, each
header on its own, and the examples of docs/examples built against it.

    installed_test.py --build BUILD --prefix PREFIX --mkmodule MKMODULE
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
EXAMPLES = REPOSITORY / "docs/examples"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wnon-virtual-dtor", "-Werror"]
# Headers with values and enumerations only: C++20 is enough for them.
FOR_CPP20 = {"configuration.hpp", "device_node.hpp", "device_report.hpp", "diagnosis.hpp", "export.hpp", "forbid.hpp", "hidden_file.hpp",
             "firmware_report.hpp", "installed_module.hpp", "loaded_module.hpp", "message.hpp", "module_graph.hpp",
             "module_info.hpp", "name_trace.hpp", "origin.hpp", "parameter_report.hpp", "plan.hpp"}
# Compiler options that the headers refuse, and the error message.
REFUSED = [
    (["-std=c++20"], "kmodpp returns std::expected: build as C++23"),
    (["-std=c++23", "-D_GLIBCXX_USE_CXX11_ABI=0"], "build without _GLIBCXX_USE_CXX11_ABI=0"),
    (["-std=c++23", "-D_GLIBCXX_DEBUG"], "built without _GLIBCXX_DEBUG"),
]
# (case of testsuite-rootfs, example, arguments, exit status); expected/N-EXAMPLE is the output.
RUNS = [
    ("demo", "rehearse", ["@ROOT@", "6.1.0-demo"], 0),
    ("demo", "resolve", ["--simulate", "@ROOT@", "fs-ext4", "e1000"], 0),
    ("demo", "rehearse", ["@ROOT@", "6.1.0-demo", "fs-ext4", "e1000", "stranger"], 1),
    ("demo", "resolve", ["--simulate", "@ROOT@", "jbd2", "fs-ext4", "e1000", "nobody"], 1),
    ("demo", "resolve", ["--simulate", "@ROOT@", "symbol:crc16"], 0),
    ("signatures", "verify", ["@ROOT@", "6.1.0"], 1),
    ("signatures", "verify", ["@ROOT@", "6.1.0", "@ROOT@/keys"], 1),
    ("signatures", "verify", ["@ROOT@", "6.9.0"], 1),
    ("chain", "rehearse", ["@ROOT@", "6.1.0"], 0),
    ("chain", "footprint", ["@ROOT@", "6.1.0"], 0),
    ("chain", "footprint", ["@ROOT@", "6.9.0"], 1),
]


class Differs(Exception):
    pass


def must(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Differs(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def compilers():
    # Clang before 17 does not support C++23.
    found = [name for name in ("g++-12", "c++", "clang++-19", "clang++")
             if shutil.which(name) and not subprocess.run(
                 [name, "-std=c++23", "-fsyntax-only", "-x", "c++", os.devnull],
                 capture_output=True, check=False).returncode]
    families = {}
    for name in found:
        families.setdefault("clang" if "clang" in must(name, "--version") else "gcc", name)
    return list(families.values())


class Installed:
    def __init__(self, build, prefix, scratch):
        self.scratch = scratch
        self.destination = scratch / "installed"
        must("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", self.destination,
             "--tags", "runtime,devel", "--skip-subprojects")
        self.prefix = self.destination / prefix.lstrip("/")
        folder = next(self.prefix.rglob("kmodpp.pc")).parent
        self.library = folder.parent
        self.environment = dict(os.environ, PKG_CONFIG_LIBDIR=str(folder),
                                PKG_CONFIG_SYSROOT_DIR=str(self.destination), CCACHE_DISABLE="1")
        self.root = {}

    def flags(self, *packages):
        return must("pkg-config", "--cflags", "--libs", *packages, env=self.environment).split()

    # --- headers ------------------------------------------------------------------------

    def headers(self):
        folder = self.prefix / "include/kmodpp"
        installed = {path.name for path in folder.iterdir()}
        public = {path.name for path in (REPOSITORY / "libkmodpp/include/kmodpp").glob("*.hpp")}
        if installed != public:
            raise Differs(f"installed and public headers differ: {sorted(installed ^ public)}")
        for name in sorted(installed):
            text = (folder / name).read_text()
            for included in re.findall(r'#\s*include\s*["<]([^">]+)', text):
                folder_of, _, rest = included.rpartition("/")
                if (folder_of == "kmodpp" and rest not in installed) or (REPOSITORY / "libkmodpp" / included).exists():
                    raise Differs(f"{name} includes {included}, which is not installed")
            enums = len(re.findall(r"\benum class ", text))
            named = len(re.findall(r"\bstd::string_view to_string\(", text))
            if enums != named:
                raise Differs(f"{name} has {enums} enums, and to_string() for {named}")
            for macro in re.findall(r"#\s*define\s+(\w+)", text):
                if not macro.startswith("KMODPP_"):
                    raise Differs(f"{name} defines {macro}")
        for compiler in compilers():
            for name in sorted(installed):
                standard = "-std=c++20" if name in FOR_CPP20 else "-std=c++23"
                must(compiler, standard, *WARNINGS, "-fsyntax-only", "-x", "c++", "-include",
                     folder / name, "-I", folder.parent, "/dev/null", env=self.environment)
            whole = self.scratch / "whole.cpp"
            whole.write_text("".join(f"#include <kmodpp/{name}>\n" for name in sorted(installed)))
            must(compiler, "-std=c++23", *WARNINGS, "-fsyntax-only", "-I", folder.parent, whole)
        for flags, message in REFUSED:
            done = subprocess.run(["c++", *flags, "-fsyntax-only", "-I", folder.parent, "-x", "c++", "-include",
                                   folder / "context.hpp", "/dev/null"], capture_output=True, text=True, check=False)
            if done.returncode == 0 or message not in done.stderr:
                raise Differs(f"context.hpp with {flags}: expected the error '{message}', not\n{done.stderr[:2000]}")
        print(f"{len(installed)} headers alone, with {', '.join(compilers())}")

    # --- symbols ------------------------------------------------------------------------

    def symbols(self):
        for name, pattern in (
                ("libkmodpp.so.0.1", r"_ZN?K?6kmodpp\w+ T|kmodpp_(complete|complete_tools|weak_modules) T"),
                ("libkmodpp-index.so.0.1",
                 r"_ZN6kmodpp(10run_depmod|11verify_tree|9to_string)\w+ T|kmodpp_depmod T")):
            table = must("nm", "-D", "--extern-only", "--defined-only", "--format=posix", self.library / name)
            foreign = [line for line in table.splitlines()
                       if not re.match(pattern, line)]
            if foreign or table.count(" T ") < 1:
                raise Differs(f"{name} exports symbols that are not part of its interface: {foreign}")
            dynamic = must("readelf", "-d", self.library / name)
            if f"soname: [{name}]" not in dynamic:
                raise Differs(f"{name} has another soname:\n{dynamic}")
            print(f"{name}: {table.count(' T ')} symbols")

    # --- programs -----------------------------------------------------------------------

    def with_pkg_config(self):
        folder = self.scratch / "pkg-config"
        folder.mkdir()
        for source in sorted(EXAMPLES.glob("*.cpp")):
            packages = ["kmodpp", "kmodpp-index"] if source.stem == "rehearse" else ["kmodpp"]
            must("c++", "-std=c++23", *WARNINGS[:3], "-Werror", source, "-o", folder / source.stem,
                 *self.flags(*packages), env=self.environment)
        return folder

    def with_cmake(self):
        folder = self.scratch / "cmake"
        must("cmake", "-S", EXAMPLES, "-B", folder, f"-DCMAKE_PREFIX_PATH={self.prefix}", "-G", "Ninja",
             "-DCMAKE_BUILD_RPATH_USE_ORIGIN=OFF", env=self.environment)
        used = re.search(r"kmodpp_DIR:PATH=(.*)", (folder / "CMakeCache.txt").read_text())[1]
        if not pathlib.Path(used).is_relative_to(self.destination):
            raise Differs(f"CMake has found another kmodpp: {used}")
        must("cmake", "--build", folder, env=self.environment)
        return folder

    def other_versions(self):
        """CMake accepts no version with another interface."""
        folder = self.scratch / "versions"
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.20)\nproject(versions LANGUAGES NONE)\n"
            "foreach(version 0.1 0.1.0 0.2 0.0 1.0)\n"
            f"  find_package(kmodpp ${{version}} QUIET NO_DEFAULT_PATH PATHS {self.prefix})\n"
            "  message(\"${version} ${kmodpp_FOUND}\")\n  unset(kmodpp_DIR CACHE)\nendforeach()\n")
        done = subprocess.run(["cmake", f"-DCMAKE_LIBRARY_ARCHITECTURE={self.library.name}", "-S", folder,
                               "-B", folder / "build"], capture_output=True, text=True, check=False)
        found = done.stderr.split("\n")
        for line in ("0.1 1", "0.1.0 1", "0.2 0", "0.0 0", "1.0 0"):
            if line not in found:
                raise Differs(f"find_package(kmodpp VERSION): expected {line!r} among\n{done.stderr}{done.stdout}")

    def uninstalled(self, build):
        """A program can be built with the build directory, without an installation."""
        environment = dict(self.environment, PKG_CONFIG_PATH=str(pathlib.Path(build) / "meson-uninstalled"))
        del environment["PKG_CONFIG_SYSROOT_DIR"], environment["PKG_CONFIG_LIBDIR"]
        flags = must("pkg-config", "--cflags", "--libs", "kmodpp", env=environment).split()
        program = self.scratch / "uninstalled"
        must("c++", "-std=c++23", EXAMPLES / "resolve.cpp", "-o", program, *flags, env=environment)
        plain = self.run(self.scratch / "pkg-config/resolve", ["--simulate", str(self.root["demo"]), "e1000"], 0)
        if self.run(program, ["--simulate", str(self.root["demo"]), "e1000"], 0) != plain:
            raise Differs("resolve prints something else with the build directory")

    # --- runs ---------------------------------------------------------------------------

    def run(self, program, words, status):
        done = subprocess.run([program, *words], capture_output=True, text=True, check=False,
                              env=dict(self.environment, LD_LIBRARY_PATH=str(self.library), LC_ALL="C"))
        if done.returncode != status:
            raise Differs(f"{program} {words}: exit {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
        return done.stdout + "".join(f"! {line}\n" for line in done.stderr.splitlines())

    def copy_case(self, name, mkmodule, folder):
        """Makes the root of a case as it is before its first step, with databases."""
        root = folder / name
        shutil.copytree(REPOSITORY / "testsuite-rootfs" / name / "root", root, symlinks=True)
        for path in sorted(root.rglob("*.hex")):
            lines = [line.split("#", 1)[0] for line in path.read_text().splitlines()]
            data = b""
            for word in " ".join(lines).split():
                times, _, digits = word.rpartition("x")
                data += bytes.fromhex(digits) * int(times or 1)
            path.with_suffix("").write_bytes(data)
            path.unlink()
        must(mkmodule, "tree", root)
        return root

    def examples(self, programs, mkmodule):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        self.root = {}
        for number, (case, example, words, status) in enumerate(RUNS):
            if case not in self.root:
                self.root[case] = self.copy_case(case, mkmodule, folder)
            root = str(self.root[case])
            output = self.run(programs / example, [word.replace("@ROOT@", root) for word in words], status)
            output = output.replace(root, "@ROOT@")
            expected = HERE / "expected" / f"{number + 1}-{example}"
            if os.environ.get("KMODPP_TEST_ACCEPT") == "1":
                expected.parent.mkdir(exist_ok=True)
                expected.write_text(output)
            elif output != expected.read_text():
                raise Differs(f"{programs / example} {words} prints\n{output}expected:\n{expected.read_text()}")
        print(f"{len(RUNS)} runs of {programs.name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--mkmodule", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            installed = Installed(arguments.build, arguments.prefix, pathlib.Path(scratch).resolve())
            installed.headers()
            installed.symbols()
            installed.examples(installed.with_pkg_config(), arguments.mkmodule)
            installed.examples(installed.with_cmake(), arguments.mkmodule)
            installed.other_versions()
            installed.uninstalled(arguments.build)
        except Differs as difference:
            print(difference, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
