# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the databases of a whole kernel with both depmods: the text files must be identical, and every
key of every index must have the same values, with each modprobe on each index."""

import random
import re
import sys

from lib.comparison import without_additions
from lib.counting import fail
from lib.harness import REFERENCE, Test, batches, module_name, run

TEXTS = ("modules.dep", "modules.alias", "modules.softdep", "modules.devname")
# The order of these lines does not matter: the reference prints them in hash order.
SETS = ("modules.symbols",)
# Separates two queries in the output, so that each value belongs to its query.
MARK = "interop-mark"
MARK_LINE = "interop_mark\n"


def lines_after_header(text):
    return sorted(line for line in text.split(b"\n") if line and not line.startswith(b"#"))


def compare_texts(test, ours, theirs):
    for name in TEXTS:
        test.compare("text databases", (ours / name).read_bytes(), (theirs / name).read_bytes(), name)
    for name in SETS:
        left, right = (lines_after_header((where / name).read_bytes()) for where in (ours, theirs))
        test.compare("text databases", b"\n".join(left), b"\n".join(right), name + " (sorted)")
        test.count("symbol lines", len(right))
    left, right = ({p.name for p in where.glob("modules.*")} for where in (ours, theirs))
    # This version of the reference does not write weak dependencies.
    test.compare("text databases", "\n".join(sorted(left - {"modules.weakdep"})),
                 "\n".join(sorted(right - {"modules.weakdep"})), "names of the files written")


def concrete(pattern, rng):
    """A name that matches the pattern, as a device might send it."""
    def star(_):
        return rng.choice(("", "0", "00000000", "1a", "xyz"))
    out = re.sub(r"\[([^]])[^]]*\]", lambda m: m.group(1), pattern)
    out = out.replace("?", "0")
    return re.sub(r"\*", star, out)


def words_of_tree(theirs):
    """All keys of the indexes, by kind."""
    def column(name, verb):
        lines = (theirs / name).read_text().splitlines()
        return list(dict.fromkeys(l.split(" ", 2)[1] for l in lines if l.startswith(verb)))
    patterns = column("modules.alias", "alias ")
    builtin = (theirs / "modules.builtin.modinfo").read_bytes().decode().split("\0")
    builtin = [e.split(".alias=", 1)[1] for e in builtin if ".alias=" in e]
    rng = random.Random(1)
    devices = [concrete(p, rng) for p in patterns + builtin]
    symbols = column("modules.symbols", "alias ")
    return {
        "alias patterns": patterns,
        "device aliases": list(dict.fromkeys(devices)),
        "aliases of built-in modules": list(dict.fromkeys(builtin)),
        "symbols": symbols,
        "module names": [module_name(l.split(":")[0])
                         for l in (theirs / "modules.dep").read_text().splitlines()],
        "names of built-in modules": [module_name(l)
                                      for l in (theirs / "modules.builtin").read_text().split()],
        "unknown names": [f"interop-none-{i}" for i in range(200)] +
                         [s + "_" for s in symbols[:200]] + [d + "!" for d in devices[:400]],
    }


def resolve(program, root, release, config, words):
    """Output of `modprobe -a -R` for each word, and its stderr."""
    operands = [operand for word in words for operand in (word, MARK)]
    done = run([program, "-C", config, "-d", root, "-S", release, "-a", "-R", "--", *operands])
    answers = done.stdout.decode().split(MARK_LINE)
    if len(answers) != len(words) + 1:
        fail(f"{program}: {len(answers) - 1} results for {len(words)} names: {done.stderr.decode()[:500]}")
    complaints = without_additions(done.stderr).decode().replace(str(root), "ROOT")
    return answers[:-1], complaints, done.returncode


def compare_lookups(test, roots, kind, words):
    """The reference on its own indexes is the oracle for the other three combinations."""
    config = test.scratch / "marks.conf"
    config.write_text(f"alias {MARK} {MARK}\n")
    readers = (("kmodpp reads kmodpp", test.ours("modprobe"), roots["ours"]),
               ("kmodpp reads kmod", test.ours("modprobe"), roots["theirs"]),
               ("kmod reads kmodpp", REFERENCE["modprobe"], roots["ours"]))
    found = 0
    for batch in batches(words):
        expected, complaints, status = resolve(REFERENCE["modprobe"], roots["theirs"],
                                               test.release, config, batch)
        found += sum(1 for answer in expected if answer)
        for label, program, root in readers:
            answers, messages, left = resolve(program, root, test.release, config, batch)
            for word, answer, wanted in zip(batch, answers, expected):
                test.compare(f"look-ups of {kind}", answer, wanted, f"{label}: modprobe -R {word}")
            test.compare("messages of look-ups", messages, complaints, f"{label}: messages on {kind}")
            test.compare("exit statuses of look-ups", str(left), str(status), f"{label}: {kind}")
    if kind != "unknown names" and found < len(words) * 9 // 10:
        fail(f"the reference resolves only {found} of {len(words)} {kind}: the list is wrong")


def compare_dumps(test, roots):
    """`modprobe -c` visits every node of the indexes in key order."""
    def dump(root):
        return run([REFERENCE["modprobe"], "-d", root, "-S", test.release, "-c"]).stdout

    expected = dump(roots["theirs"])
    test.compare("dumps", dump(roots["ours"]), expected, "kmod reads kmodpp: modprobe -c")
    test.count("lines of a dump", expected.count(b"\n"))


def main():
    with Test(__doc__) as test:
        roots = {"ours": test.copy_tree("ours"), "theirs": test.copy_tree("theirs")}
        test.depmod(test.ours("depmod"), roots["ours"])
        test.depmod(REFERENCE["depmod"], roots["theirs"])
        theirs = test.directory(roots["theirs"])
        compare_texts(test, test.directory(roots["ours"]), theirs)

        kinds = words_of_tree(theirs)
        for kind, words in kinds.items():
            compare_lookups(test, roots, kind, words)
        compare_dumps(test, roots)


if __name__ == "__main__":
    sys.exit(main())
