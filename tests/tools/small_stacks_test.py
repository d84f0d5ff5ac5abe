#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tools and a program with libkmod.so.2 with stacks from 64 KiB to unlimited, on a tree that nests as
deeply as the formats allow: the output must always be the same. The limit also determines the stacks of threads;
if it is unlimited, they have 2 MiB."""

import argparse
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

from lib.harness import ENVIRONMENT
from lib.scratch import INPUTS

RELEASE = "6.1.0"
DIRECTORY = "lib/modules/" + RELEASE
SECONDS = 120
# The longest alias that the indexes can hold.
LONGEST = 4096
CHAIN = 300
LONG_LINE = 1 << 20
# In bytes; None: unlimited.
STACKS = (64 << 10, 128 << 10, 1 << 20, None)

# Names to look up: deep paths of the indexes, chains, compressed and signed modules.
NAMES = ("a" * LONGEST, "a" * 100, "b" * 300 + "x" * 700, "deep", "many", "need0", "soft0", "packed1", "packed2",
         "packed3", "signed", "long", "symbol:many_999", "nothing")
FILES = ("deep", "packed1", "packed2", "packed3", "signed", "long", "many")
CONFIGURATION = (
    "".join(f"softdep soft{n} pre: soft{n + 1} post: soft{n + 2}\n" for n in range(CHAIN - 2)) +
    f"options long text={'x' * LONG_LINE}\n" +
    "options long " + "\\\n".join("a=1 " for _ in range(10000)) + "\n" +
    f"alias {'y' * 4000}* many\n" +
    f"install long /bin/true {'z' * 10000}\n" +
    "".join(f"alias chained{n} chained{n + 1}\n" for n in range(CHAIN)) +
    "blacklist signed\n")


def recipes():
    """Returns {path in the directory of the modules: lines of the recipe}."""
    nested = [f"info alias={'a' * n}" for n in range(1, LONGEST + 1)]
    nested += [f"info alias={'b' * n}*" for n in range(1, 301)]
    many = [f"export many_{n} {n + 1:08x}" for n in range(2000)]
    made = {
        "kernel/deep.ko": nested,
        "kernel/many.ko": many,
        "kernel/user.ko": [f"need many_{n} {n + 1:08x}" for n in range(2000)],
        "kernel/long.ko": [f"info description={'d' * 100000}", "info parm=text:a text", "info parmtype=text:charp"],
        "kernel/signed.ko": ["info license=GPL", "sign owner attributes"],
        **{f"kernel/packed{n}.ko.{form}": ["info license=GPL", "text 500000"]
           for n, form in enumerate(("gz", "xz", "zst"), 1)},
        **{f"kernel/soft{n}.ko": ["info license=GPL"] for n in range(CHAIN)},
        **{f"kernel/need{n}.ko": [f"export need_{n}", *([f"need need_{n + 1}"] if n + 1 < CHAIN else [])]
           for n in range(CHAIN)},
    }
    return made


def make_tree(root, mkmodule, depmod):
    """Makes the modules, their databases and a configuration file; returns the path of that file."""
    for name, lines in recipes().items():
        file = root / DIRECTORY / (name + ".recipe")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(line + "\n" for line in lines))
    subprocess.run([mkmodule, "tree", root], check=True)
    for name in INPUTS:
        (root / DIRECTORY / name).write_text("")
    subprocess.run([depmod, "-b", root, RELEASE], check=True)
    config = root / "long.conf"
    config.write_text(CONFIGURATION)
    return config


def limited(stack):
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY if stack is None else stack, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(words, stack, environment=ENVIRONMENT):
    return subprocess.run([str(word) for word in words], env=environment, stdin=subprocess.DEVNULL, timeout=SECONDS,
                          capture_output=True, preexec_fn=lambda: limited(stack))


def library_queries(scratch, walk, config):
    """The words of calls of a program that makes every query of libkmod, some of them in eight threads."""
    program = scratch / "walk"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread", walk, "-o", program, "-lkmod"], check=True)
    names = {"lookup": NAMES, "probe": NAMES, "threads": NAMES[:4], "info": FILES, "symbols": FILES,
             "configuration": (), "indexes": ()}
    return [[program, what, scratch / DIRECTORY, config, *subjects] for what, subjects in names.items()]


def databases(directory):
    return {path.name: path.read_bytes() for path in directory.glob("modules.*") if path.name not in INPUTS}


def check_depmod(tools, root, stack, trouble):
    expected = databases(root / DIRECTORY)
    for jobs in (1, 4):
        out = root / "out"
        for again in (False, True):
            label = f"depmod --jobs={jobs}, stack of {stack}, {'unchanged' if again else 'new'}"
            done = run([tools / "depmod", "--jobs", jobs, "-b", root, "-o", out, f"--cache={root}/cache", RELEASE], stack)
            made = databases(out / DIRECTORY)
            if done.returncode != 0 or made != expected:
                trouble.append(f"{label}: exit {done.returncode} {done.stderr.decode(errors='replace')[-500:]}")
        shutil.rmtree(out)
        (root / "cache").unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--mkmodule", required=True)
    parser.add_argument("--libkmod", help="directory of libkmod.so.2; without it, that library is not tested")
    parser.add_argument("--walk", help="source of the program that calls it")
    options = parser.parse_args()
    tools = options.tools.resolve()
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    stacks = [stack for stack in STACKS if stack is not None or most == resource.RLIM_INFINITY]
    if len(stacks) < len(STACKS):
        print("the stack cannot be unlimited here: that was not tested")
    trouble = []
    with tempfile.TemporaryDirectory(prefix="small-stacks-") as scratch:
        root = pathlib.Path(scratch)
        config = make_tree(root, options.mkmodule, tools / "depmod")
        here = ["-C", config, "-d", root, "-S", RELEASE]
        queries = [[tools / "modprobe", *here, "-c"], [tools / "depmod", "-n", "-b", root, RELEASE]]
        queries += [[tools / "modprobe", *here, *option, name]
                    for name in NAMES for option in (["-R"], ["-D"], ["-n", "-v"], ["--explain"])]
        queries += [[tools / "modinfo", "-b", root, "-k", RELEASE, *option, name]
                    for name in FILES for option in ([], ["--verify"])]
        environment = ENVIRONMENT
        if options.libkmod:
            queries += library_queries(root, options.walk, config)
            environment = ENVIRONMENT | {"LD_LIBRARY_PATH": options.libkmod}
        usual = [run(query, 8 << 20, environment) for query in queries]
        for stack in stacks:
            check_depmod(tools, root, stack, trouble)
            for query, expected in zip(queries, usual):
                done = run(query, stack, environment)
                if (done.returncode, done.stdout) != (expected.returncode, expected.stdout):
                    trouble.append(f"stack of {stack}: {' '.join(map(str, query))[-200:]}: exit {done.returncode} "
                                   f"{done.stderr.decode(errors='replace')[-500:]}")
        failed = sum(done.returncode < 0 or done.returncode > 1 for done in usual)
        if failed or not all(done.stdout for done in usual[:2]):
            trouble.append(f"{failed} queries fail with a large stack")
    print(f"{len(queries)} queries and two kinds of builds with {len(stacks)} stacks")
    if trouble:
        sys.exit("FAIL:\n" + "\n".join(trouble))


if __name__ == "__main__":
    main()
