# SPDX-License-Identifier: LGPL-2.1-or-later
"""Replaces Debian's libkmod.so.2 with ours: it must have the same symbols and declarations, and every
function the same results, on a whole kernel and on a machine with loaded modules."""

import itertools
import os
import pathlib
import re
import subprocess
import sys

from lib import debian, loaded
from lib.counting import fail
from lib.harness import REPOSITORY
from libraries import HERE, Libraries

HEADER = "/usr/include/libkmod.h"
REFERENCE = f"/usr/lib/{os.uname().machine}-linux-gnu/libkmod.so.2"
CONFIGURATION = """alias my-al[a-b]* ext4
alias two ext4
alias two floppy
alias nowhere-to no-such-module
options ext4 a=1 b="x y"
options two t=1
options ext4 c=3
install floppy /bin/echo hello $CMDLINE_OPTS $CMDLINE_OPTS
remove floppy /bin/echo bye
install nbd /bin/true
install nothing-at-all /bin/true
install wild* /bin/false
blacklist pcspkr
blacklist ifb
softdep loop pre: nbd dummy post: pcspkr
options loop max_loop=3
softdep dummy pre: no-such-thing loop
"""
NAMES = """ext4 loop two my-ala my-alc symbol:jbd2_journal_start floppy nothing-at-all nowhere-to no-such
a[b a]b snd-pcm snd_pcm ext4.ko fs-ext4 tcp_cubic crc32c pcspkr nbd dummy a/b wildest e1000
pci:v00008086d0000100Esv00008086sd00001000bc02sc00i00 usb:v0BDAp8153d3000dc00dsc00dp00icFFisc00ip00in00
crypto-crc32c net-pf-10 char-major-10-200 cpu:type:x86,ven0000fam0006mod0055:feature:,0081, pcspkr.ko""".split()
# The output of later.c.
LATER = "ext4: loop\nloop: dummy\nloop: nbd no-such fs-ext4\n0\n0\ndummy\nnbd\next4\n-2\n"
# Deliberate differences: patterns of our line and of the reference's, and the reason.
DIFFERENCES = [
    (r"in place: 2", r"in place: 0", "a configuration file that was edited in place has changed"),
    (r"(kmod_dump_index\(ctx, KMOD_INDEX_MODULES_DEP, -1\)): -9", r"\1: 0", "a failed write is an error"),
    (r"(kmod_module_new_from_path\(ctx, \"/usr\", &other\)): -22", r"\1: 0", "a directory is not a module"),
    (r"(.*): (-?\d+)", r"\1: died", "the reference crashes"),
    (r"(.*(?:info|symbols|versions|exports).*): -61", r"\1: -2", "as in kmod 34, a missing section is ENODATA"),
    (r"(  loop: pre: nbd dummy) (post: pcspkr)", r"\1\2", "softdep lines are well formed"),
]


def newer_kmod():
    """The directory of kmod 34's libkmod.so.2 and of the C library that it needs."""
    tree = subprocess.run([REPOSITORY / "scripts/fetch-kmod.sh"], check=True, capture_output=True, text=True)
    return pathlib.Path(tree.stdout.strip()) / f"usr/lib/{os.uname().machine}-linux-gnu"


def symbols(libraries):
    """Checks that no symbol of kmod 30 or 34 is missing, and that new programs are linked to the symbol
    versions of kmod 34."""
    ours = libraries.ours / "libkmod.so.2"
    text = libraries.must("sh", "-c", 'abidiff "$0" "$1"; [ $(($? & 9)) -eq 0 ]', REFERENCE, ours).decode()
    if "Removed" in re.sub(r"\b0 Removed", "", text):
        libraries.differ(f"abidiff {REFERENCE} {ours}:\n{text}")
    exported = set(re.findall(r"(LIBKMOD_\d+)\)?\s+(kmod_\w+)$", libraries.must("objdump", "-T", ours).decode(), re.M))
    needed = set(re.findall(r"(LIBKMOD_\d+)\)?\s+(kmod_\w+)$",
                            libraries.must("objdump", "-T", REFERENCE).decode(), re.M))
    later = {("LIBKMOD_30", "kmod_module_new_from_name_lookup"), ("LIBKMOD_33", "kmod_config_get_weakdeps"),
             ("LIBKMOD_33", "kmod_module_get_weakdeps")}
    libraries.compare("symbols", "\n".join(map(str, sorted(exported))),
                      "\n".join(map(str, sorted(needed | later))), len(exported))
    # The linker must choose the same symbol versions for new programs as with kmod 34.
    newer = newer_kmod() / "libkmod.so.2"
    defaults = [sorted(re.findall(r"\s(LIBKMOD_\d+)\s+(kmod_\w+)$", libraries.must("objdump", "-T", path).decode(), re.M))
                for path in (ours, newer)]
    libraries.compare("symbols of kmod 34", "\n".join(map(str, defaults[0])), "\n".join(map(str, defaults[1])), number=len(defaults[1]))
    foreign = re.findall(r"NEEDED\s+(\S+)", libraries.must("objdump", "-p", ours).decode())
    if not libraries.sanitizers and set(foreign) - {"libkmodpp-load.so.0.1", "libc.so.6"}:
        libraries.differ(f"{ours} needs {foreign}: it may only need libkmodpp-load and libc")


def declarations(libraries):
    """Checks that our header has the declarations, types and values of Debian's."""
    ours = REPOSITORY / "libkmodpp/capi/libkmod.h"

    def functions(header):
        text = libraries.must("cc", "-E", "-P", header).decode()
        text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", text)
        found = {}
        for statement in text.split(";"):
            words = " ".join(re.findall(r"\w+|[^\w\s]", statement.rpartition("}")[2]))
            if match := re.search(r"\b(kmod_\w+) \(", words):
                found[match[1]] = words
        return found

    theirs = functions(HEADER)
    for name, words in theirs.items():
        libraries.compare("declarations", functions(ours).get(name, ""), words)
    text = re.sub(r"/\*.*?\*/", "", open(HEADER, encoding="ascii").read(), flags=re.S)
    names = [name for body in re.findall(r"enum \w+ \{(.*?)\}", text, re.S) for name in re.findall(r"\b_?KMOD_\w+", body)]
    program = libraries.scratch / "values.c"
    program.write_text("#include <stdio.h>\n#include HEADER\nint main(void) {\n" +
                       "".join(f'    printf("{name} %ld\\n", (long){name});\n' for name in names) + "    return 0;\n}\n")
    values = []
    for header in (ours, HEADER):
        libraries.must("cc", f'-DHEADER="{header}"', program, "-o", libraries.scratch / "values")
        values.append(libraries.must(libraries.scratch / "values").decode())
    libraries.compare("values", *values, number=len(names))


def on_purpose(ours, theirs):
    return any(re.fullmatch(pattern, ours) and re.fullmatch(pattern, ours).expand(other) == theirs
               for pattern, other, _ in DIFFERENCES)


def settled(text):
    """Splits into lines, and sorts those whose order is that of a directory in /sys."""
    runs = itertools.groupby(text.splitlines(), lambda line: re.sub(r"(: section|: held by) .*", r"\1", line))
    return [line for key, run in runs for line in (sorted(run) if key.endswith(("section", "by")) else run)]


def without_build_ids(text):
    """Removes build IDs, which kmod reports since version 35."""
    return re.sub(r"( info: )(\d+)(\n(?:(?!.* info: ).*\n)*?)  build-id=.*\n",
                  lambda found: f"{found[1]}{int(found[2]) - 1}{found[3]}", text)


def same_answers(libraries, what, programs, *arguments, stdin=b"", sides=None):
    """Compares the output of both programs line by line. `sides`: other arguments for our program."""
    theirs = settled(libraries.run("kmod", programs["kmod"], *arguments, stdin=stdin))
    ours = settled(without_build_ids(libraries.run("kmodpp", programs["kmodpp"], *(sides or arguments), stdin=stdin)))
    if len(ours) == len(theirs):
        theirs = [mine if on_purpose(mine, other) else other for mine, other in zip(ours, theirs)]
    libraries.compare(what, "\n".join(ours), "\n".join(theirs), number=len(theirs))


def contract(libraries):
    programs = libraries.build_program("contract.c")
    another = libraries.scratch / "snd-pcm.ko"
    another.write_bytes((libraries.directory / "kernel/sound/core/snd-pcm.ko").read_bytes())
    bare = libraries.scratch / "bare.ko"
    libraries.must("objcopy", "--remove-section=.modinfo", "--remove-section=__versions", another, bare)
    directories = []
    for side in ("kmod", "kmodpp"):
        directories.append(libraries.scratch / ("conf-" + side))
        directories[-1].mkdir()
    same_answers(libraries, "facts of the contract", programs, libraries.directory, directories[0], another, bare,
                 sides=(libraries.directory, directories[1], another, bare))


def walks(libraries):
    programs = libraries.build_program("walk.c")
    config = libraries.scratch / "conf"
    config.mkdir()
    (config / "a.conf").write_text(CONFIGURATION)
    at = (libraries.directory, config)
    for what in ("lookup", "probe", "configuration", "indexes", "loaded"):
        same_answers(libraries, f"lines about {what}", programs, what, *at,
                     *(NAMES if what in ("lookup", "probe") else ()))
    modules = sorted(str(path) for path in libraries.directory.rglob("*.ko"))
    builtin = (libraries.directory / "modules.builtin").read_text().split()
    names = modules + [path.rpartition("/")[2].removesuffix(".ko") for path in builtin]
    # Sanitizers are slow: every tenth module is enough for them.
    chosen = "\n".join(itertools.islice(names, 0, None, 10 if libraries.sanitizers else 1)).encode()
    for what in ("info", "symbols"):
        same_answers(libraries, f"lines about {what}", programs, what, *at, stdin=chosen)
    # The reference only reads the first softdep line.
    text = libraries.run("kmodpp", programs["kmodpp"], "lookup", *at, "btrfs")
    libraries.compare("modules with several softdep lines", re.findall("before: (.*)", text)[0],
                      "blake2b_generic sha256_ssse3 xxhash_generic crc32c_intel crc32c_generic")
    same_answers(libraries, "threads", programs, "threads", *at, *NAMES * 3)


def scarce(libraries):
    """Lets every allocation fail, one after the other: the library must report it and continue."""
    if libraries.sanitizers:
        return  # sanitizers have their own allocator
    program = libraries.compile("scarce.c", "scarce")
    printed = libraries.run("kmodpp", program, libraries.directory, libraries.scratch / "conf",
                            libraries.directory / "kernel/drivers/block/loop.ko")
    libraries.count("allocations that fail", int(printed))


def exchanged(libraries):
    """A program that was linked to our library must run with kmod 34's, and the reverse."""
    if libraries.sanitizers:
        return  # other libraries are not built with sanitizers
    newer = newer_kmod()
    ours = libraries.ours / "libkmod.so.2"
    flags = ["-Wl,--allow-shlib-undefined", "-I", newer.parents[1] / "include"]
    for name, library in (("with-ours", ours), ("with-newer", newer / "libkmod.so.2")):
        program = libraries.compile("later.c", name, *flags, library=library)
        for side in (libraries.ours, newer):
            printed = libraries.must(newer / "ld-linux-x86-64.so.2", "--library-path", f"{side}:{newer}", program,
                                  libraries.directory, libraries.scratch / "weak", "loop").decode()
            # kmod 34 only uses the first weakdep line of a module, that of the configuration.
            expected = LATER if side == libraries.ours else LATER.replace("nbd\next4\n", "")
            libraries.compare("programs with the other library", printed, expected)


def later(libraries):
    """Uses functions that Debian's library does not have, with our header, in C and in C++."""
    (libraries.directory / "modules.weakdep").write_text("# of modules\nweakdep loop nbd no-such fs-ext4\n")
    config = libraries.scratch / "weak"
    config.mkdir()
    (config / "a.conf").write_text("weakdep ext4 loop\nweakdep loop dummy\n")
    for language in ("c", "c++"):
        program = libraries.compile("later.c", "later-" + language, "-I", HERE.parents[1] / "libkmodpp/capi",
                                    *(["-fsanitize=" + libraries.sanitizers] if libraries.sanitizers else []),
                                    "-x", language, library=libraries.ours / "libkmod.so.2")
        libraries.compare("programs with our header",
                          libraries.run("kmodpp", program, libraries.directory, config, "loop"), LATER)


def forbidden(libraries):
    """Forbidden modules: with a flag for blacklists, the module itself returns the flag; otherwise the
    load fails and the line is logged. Debian's library only knows the install line."""
    config = libraries.scratch / "forbid.conf"
    config.write_text("forbid jbd2 slow\ninstall jbd2 /bin/false\n")
    program = libraries.compile("forbid.c", "forbid", "-I", HERE.parents[1] / "libkmodpp/capi",
                                *(["-fsanitize=" + libraries.sanitizers] if libraries.sanitizers else []),
                                library=libraries.ours / "libkmod.so.2")
    log = f"5: jbd2 is forbidden in {config} line 1: slow\n"
    expected = (f"jbd2:{log} -1\n 131072\n 262144\n 65536\n{log} -1\nfiltered\n"
                "ext4:" + 5 * f"{log} -1\n" + "left\nnbd: 0\n 0\n 0\n 0\n 0\nleft\n")
    libraries.compare("forbidden modules", libraries.run("kmodpp", program, libraries.directory, config,
                                                         "jbd2", "fs-ext4", "nbd"), expected)


def main():
    parsed = debian.options(__doc__, lambda parser: parser.add_argument("--sanitizers", default=""))
    sanitizers = "" if parsed.sanitizers == "none" else parsed.sanitizers
    with Libraries(parsed.build, sanitizers) as libraries:
        symbols(libraries)
        declarations(libraries)
        libraries.make_tree()
        if sanitizers:
            contract(libraries)
        # From here on a simulated kernel shows its loaded modules.
        libraries.seeks_leaks = False
        _state, count = loaded.enter(libraries.tools, libraries, "kmod")
        if count == 0:
            fail("no module is loaded")
        if not sanitizers:
            contract(libraries)
        walks(libraries)
        scarce(libraries)
        later(libraries)
        forbidden(libraries)
        exchanged(libraries)


if __name__ == "__main__":
    sys.exit(main())
