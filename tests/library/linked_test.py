#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that each third-party library is either linked, so that ldd shows it, or declared in
.note.dlopen, as the build option `dlopen` requires.

    linked_test.py --meson MESON --build BUILD LIBRARY...
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys

SONAMES = {"zstd": ["libzstd.so.1"], "xz": ["liblzma.so.5"], "zlib": ["libdeflate.so.0", "libz.so.1"],
           "openssl": ["libcrypto.so.3"]}
# What each library uses: the libraries of SONAMES, and those that are always opened. liblz4 is only used to read
# keys of kernels; it has no header that the build checks for.
USED = {"libkmodpp-load": ({"zstd", "xz", "zlib"}, {"libkmodpp.so.0.1"}),
        "libkmodpp": ({"openssl"}, {"liblz4.so.1"}),
        "libkmodpp-index": (set(), set()),
        # Its functions only call those of libkmodpp-load.
        "libkmod": (set(), set())}


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def notes(path):
    """Returns the sonames that .note.dlopen declares."""
    texts = output("readelf", "--string-dump=.note.dlopen", path)
    return {name for names in re.findall(r'"soname":\[(.*?)\]', texts) for name in json.loads(f"[{names}]")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meson", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("libraries", nargs="+")
    arguments = parser.parse_args()
    options = json.loads(output(*shlex.split(arguments.meson), "introspect", "--buildoptions", arguments.build))
    [chosen] = [option["value"] for option in options if option["name"] == "dlopen"]
    opened = {name for name in SONAMES if "all" in chosen or name in chosen}
    faults = []
    for path in arguments.libraries:
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", path)))
        declared = notes(path)
        used, always_opened = USED[pathlib.Path(path).name.split(".")[0]]
        wanted = {soname for name in opened & used for soname in SONAMES[name]} | always_opened
        if declared != wanted:
            faults.append(f"{path}: .note.dlopen declares {sorted(declared)}, not {sorted(wanted)}")
        for name in used:
            if (name in opened) == bool(needed & set(SONAMES[name])):
                faults.append(f"{path}: needs {sorted(needed)} with -Ddlopen={','.join(chosen)}")
    print("\n".join(faults) or f"{len(arguments.libraries)} libraries open {', '.join(sorted(opened)) or 'nothing'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
