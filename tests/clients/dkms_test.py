# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's dkms adds, builds, installs and removes a module, with Debian's kmod and with our tools: its
output, the location of the module and the databases must be the same."""

import re
import sys

from lib.comparison import without_additions
from lib.debian import Clients, in_parallel, options

VERSIONS = ("1.0", "1.1")
SOURCES = {
    "dkms.conf": 'PACKAGE_NAME="hello"\nPACKAGE_VERSION="@VERSION@"\nBUILT_MODULE_NAME[0]="hello"\n'
                 'DEST_MODULE_LOCATION[0]="/updates/dkms"\nAUTOINSTALL="yes"\n',
    "Makefile": "obj-m := hello.o\n",
    "hello.c": '#include <linux/module.h>\nstatic int level;\nmodule_param(level, int, 0444);\n'
               'MODULE_PARM_DESC(level, "how loud");\nstatic int __init hello(void) { return 0; }\n'
               'static void __exit bye(void) {}\nmodule_init(hello);\nmodule_exit(bye);\n'
               'MODULE_LICENSE("GPL");\nMODULE_VERSION("@VERSION@");\nMODULE_ALIAS("hello-world");\n'
               'MODULE_SOFTDEP("pre: crc16");\n',
}
# Steps, each with the state to record afterwards.
STEPS = (
    ("dkms", "add", "hello/1.0"),
    ("dkms", "build", "hello/1.0", "-k", "@V@"),
    ("dkms", "install", "hello/1.0", "-k", "@V@"),
    ("modprobe", "-n", "-v", "-S", "@V@", "hello-world", "level=3"),
    ("modinfo", "-k", "@V@", "-F", "version", "hello"),
    ("modinfo", "-k", "@V@", "-p", "hello"),
    ("dkms", "uninstall", "hello/1.0", "-k", "@V@"),
    ("modprobe", "-n", "-S", "@V@", "hello"),
    ("dkms", "install", "hello/1.0", "-k", "@V@"),
    ("dkms", "remove", "hello/1.0", "--all"),
    ("dkms", "status"),
    # Two versions, because dkms compares modinfo's output for the installed one.
    ("dkms", "add", "hello/1.0"),
    ("dkms", "install", "hello/1.0", "-k", "@V@"),
    ("dkms", "add", "hello/1.1"),
    ("dkms", "install", "hello/1.1", "-k", "@V@"),
    ("modinfo", "-k", "@V@", "-F", "version", "hello"),
    ("dkms", "install", "hello/1.0", "-k", "@V@"),
    ("dkms", "status"),
    ("dkms", "remove", "hello/1.1", "--all"),
    ("dkms", "remove", "hello/1.0", "--all"),
    ("dkms", "status"),
)
TEXTS = ("modules.dep", "modules.alias", "modules.softdep", "modules.devname")


def prepare(view):
    view.mount_proc()
    for version in VERSIONS:
        folder = view.path(f"/usr/src/hello-{version}")
        folder.mkdir()
        for name, text in SOURCES.items():
            (folder / name).write_text(text.replace("@VERSION@", version))


def databases(view, release):
    directory = view.path(f"/usr/lib/modules/{release}")
    return {name: (directory / name).read_text() for name in TEXTS}


def without_noise(text):
    """Removes times, process ids and names of temporary directories."""
    text = re.sub(r"/tmp/dkms\.\w+|/tmp/tmp\.\w+", "TEMPORARY", text)
    text = re.sub(r"-j *\d+", "-jN", text)
    return re.sub(r"\.{3,}", "...", text)


def act(view, release):
    """Returns for each step its words, output, status and the state afterwards."""
    prepare(view)
    record = []
    view.must("depmod", release)
    for step in STEPS:
        words = [word.replace("@V@", release) for word in step]
        done = view.run(*words)
        record.append((" ".join(words), without_noise(done.stdout.decode()),
                       without_noise(without_additions(done.stderr).decode()), done.returncode,
                       view.run("dkms", "status").stdout.decode(), databases(view, release)))
    return record


def main():
    with Clients(options(__doc__)) as clients:
        views = {"kmod": clients.view("kmod", "kmod"), "kmodpp": clients.view("kmodpp", "multicall")}
        records = in_parallel(lambda name: act(views[name], clients.release), views)
        for ours, theirs in zip(records["kmodpp"], records["kmod"]):
            label = ours[0]
            print(f"{label}: exit {theirs[3]}: {theirs[4].strip() or 'nothing'}")
            for what, left, right in zip(("outputs", "errors", "exit statuses", "states"), ours[1:], theirs[1:]):
                clients.compare(what, str(left), str(right), label)
            for name, text in theirs[5].items():
                clients.compare("databases", ours[5][name], text, f"{label}: {name}")
        # Check that the module really was installed and removed.
        there = ["hello.ko" in step[5]["modules.dep"] for step in records["kmodpp"]]
        states = ["add", "build", "install", "modprobe", "modinfo", "modinfo", "uninstall"]
        clients.compare("steps with the module installed", str(there[:len(states)]),
                        str([False, False, True, True, True, True, False]), ", ".join(states))


if __name__ == "__main__":
    sys.exit(main())
