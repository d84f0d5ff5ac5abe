#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads and removes modules through libkmod.so.2 on a real kernel. One program, linked to Debian's
library, runs with that library and with ours: results, actions and loaded modules must be the same."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import SOURCES, Lab
from lib.machine import libraries_of
from lib.samples import sample_modules

# Flags of libkmod.h.
PROBE_IGNORE_COMMAND, PROBE_IGNORE_LOADED, PROBE_DRY_RUN, PROBE_FAIL_ON_LOADED = 0x4, 0x8, 0x10, 0x20
BLACKLIST_ALL, BLACKLIST, BLACKLIST_ALIAS_ONLY = 0x10000, 0x20000, 0x40000
FORCE_VERMAGIC, FORCE_MODVERSION, REMOVE_FORCE, REMOVE_NOLOG = 0x1, 0x2, 0x200, 0x1
CONFIGURATION = """alias an-alias minix
alias two minix
alias two msdos
options parameters an_int=7
install hello /bin/true $CMDLINE_OPTS
install init_eio /bin/false
blacklist msdos
softdep minix pre: hello post: dummy
"""
MODULES = ("minix", "msdos", "dummy", "l2tp_ppp", "vxlan")
SAMPLES = ("hello", "parameters", "user", "exporter", "init_eio", "slow")
LINES = f"""
probe 0 l2tp_ppp
module l2tp_core
module l2tp_ppp
probe 0 l2tp_ppp
probe {PROBE_FAIL_ON_LOADED} l2tp_ppp
insert 0 l2tp_ppp
remove 0 l2tp_core
remove {REMOVE_NOLOG} l2tp_core
remove 0 l2tp_ppp
remove 0 l2tp_ppp
module l2tp_ppp
probe 0 an-alias
remove 0 minix
remove 0 dummy
probe {PROBE_IGNORE_COMMAND} minix
remove 0 minix
remove 0 dummy
remove 0 hello
probe {PROBE_DRY_RUN} minix
probe {PROBE_DRY_RUN | PROBE_IGNORE_LOADED} two
probe {BLACKLIST} msdos
probe {BLACKLIST_ALIAS_ONLY} msdos
probe {BLACKLIST_ALL} two
remove 0 msdos
remove 0 minix
remove 0 dummy
probe 0 hello
probe 0 hello some options
probe 0 init_eio
probe {PROBE_IGNORE_COMMAND} init_eio
probe 0 no_such_module
probe 0 tcp_cubic
module tcp_cubic
probe 0 user
module exporter
remove 0 exporter
remove 0 user
insert 0 user
remove 0 exporter
insert 0 user
probe 0 parameters a_bool=1 numbers=1,2
remove 0 parameters
probe 0 parameters numbers=1,2,3,4,5,6
insert 0 parameters an_int=nothing
insert 0 parameters nobody=1
remove 0 parameters
insert 0 /extra/dummy.ko numdummies=2
insert 0 dummy
remove {REMOVE_FORCE} dummy
insert {FORCE_VERMAGIC} /extra/dummy.ko
insert {FORCE_MODVERSION} slow delay_ms=20
module slow
remove 0 slow
insert 0 /extra/nothing.ko
insert 0 /extra/text.ko
insert 0 /extra/cut.ko
probe 0 vxlan
probe 0 vxlan
module udp_tunnel
remove 0 vxlan
remove 0 ip6_udp_tunnel
module dummy
"""


def make_lab(options, directory):
    lab = Lab(options.tools, fetch_kernel(), directory)
    lab.add_modules(MODULES)
    (lab.modules / "extra").mkdir()
    for name in SAMPLES:
        shutil.copy(sample_modules(lab.kernel) / f"{name}.ko", lab.modules / "extra")
    lab.build_databases()
    lab.place("/etc/modprobe.d/test.conf").write_text(CONFIGURATION)
    dummy = next(lab.modules.rglob("dummy.ko")).read_bytes()
    for name, content in (("dummy.ko", dummy), ("text.ko", b"no module\n"), ("cut.ko", dummy[:3000])):
        lab.place(f"/extra/{name}").write_bytes(content)
    program = lab.place("/bin/libkmod")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCES / "libkmod.c",
                    "-lkmod"], check=True)
    ours = options.tools.parent / "libkmodpp" / "capi" / "libkmod.so.2"
    for library in libraries_of(program) | libraries_of(ours):
        shutil.copy(library, lab.place(library))
    for library in (ours, ours.parent.parent / "libkmodpp-load.so.0.1"):
        shutil.copy(library, lab.place(f"/ours/{library.name}"))
    lab.place("/lines").write_text(LINES.lstrip())
    return lab


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    # The environment of the test runner would make the program use our library.
    os.environ.pop("LD_LIBRARY_PATH", None)
    with tempfile.TemporaryDirectory(prefix="kmodpp-libkmod-") as directory:
        lab = make_lab(options, pathlib.Path(directory))
        clean = "for m in $(cut -d' ' -f1 /proc/modules); do rmmod $m 2>/dev/null; done; true"
        lab.add_applets("cut")
        (_, ours, status), _, (_, theirs, other) = lab.run(
            ["LD_LIBRARY_PATH=/ours /bin/libkmod </lines 2>&1", f"{clean}; {clean}",
             "/bin/libkmod </lines 2>&1"])
    if status or other:
        sys.exit(f"status {status}, Debian's {other}\n{ours[-1000:]}\n{theirs[-1000:]}")
    commands = [line for line in LINES.splitlines() if line]
    blocks = [split(text) for text in (ours, theirs)]
    failures = [f"ours:\n{mine}\nDebian's:\n{other}" for mine, other in zip(*blocks) if mine != other]
    if len(blocks[0]) != len(commands) or len(blocks[1]) != len(commands):
        failures.append(f"{len(blocks[0])} and {len(blocks[1])} results of {len(commands)} calls")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(commands)} calls, no differences")


def split(text):
    """Splits into a block for each line of LINES: the line and the following indented lines."""
    blocks = []
    for line in text.splitlines():
        if line.startswith("  ") and blocks:
            blocks[-1] += "\n" + line
        else:
            blocks.append(line)
    return blocks


if __name__ == "__main__":
    main()
