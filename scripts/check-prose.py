#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the prose of the project: comments, messages, documents, man pages and test names.

    scripts/check-prose.py [FILE...]      without FILE: every file that git tracks

Reports phrases that are never right here (PHRASES), each with what to write instead, and spelling
mistakes found by codespell. Exit status 1 if there is any. A file that has to contain such a
phrase is listed in EXCEPTIONS, with the reason.
"""

import pathlib
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]

# phrase: what to write instead
PHRASES = {
    r"anew": "again",
    r"whoever|whomever": "name the actor: the caller, a process, the user",
    r"nobody|somebody|someone": "name the actor, or use the passive: 'is not used'",
    r"for want of": "because of, without",
    r"beneath": "under, in, below",
    r"behind (?:it|its|the|them|a|an|each|every|whose|which)": "after, following",
    r"beside (?:it|its|the|them|a|an|each)": "next to, in addition to",
    r"to be had": "available",
    r"(?:is|are) no (?!such\b)(?:[a-z]+ )?(?:bool|int|uint|number|module|modules|file|files|path|name|key|"
    r"index|cache|release|expression|match|options?|race|use|matter)\b": "is not a …, is not a valid …",
    r"tells? of": "reports, describes",
    r"hands? on": "passes on",
    r"mended": "fixed",
    r"foreign bytes": "untrusted input",
    r"the house|floors?": "layer, library",
    r"bookkeeping|keeps? book": "tracks, records",
}

# file pattern: (phrase, reason)
EXCEPTIONS = [
    ("scripts/check-prose.py", r".*", "lists the phrases"),
    ("tests/**", r"nobody", "the user of that name"),
    ("LICENSES/**", r".*", "the words of the licence"),
]

SUFFIXES = {".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".md", ".scd", ".build", ".txt", ".in", ".map", ".ini",
            ".spec"}
CODESPELL_IGNORE = ("parm,asymmetri,hda,debgu,nclude,msdos,buildd,leve,levle,hiden,relaese,ot,fo,te,nd,ue,ba,gost,"
                    "optoins,unexpect,caf,abd")


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True,
                            capture_output=True, text=True).stdout.split("\0")
    return [REPOSITORY / name for name in listed if name]


def is_prose(path):
    return path.is_file() and not path.is_symlink() and (
        path.suffix in SUFFIXES or path.parent.name in ("scripts", ".ci", "debian"))


def is_excepted(name, phrase):
    return any(pathlib.PurePath(name).match(pattern.replace("**", "*")) or
               (pattern.endswith("/**") and name.startswith(pattern[:-2]))
               for pattern, excepted, _ in EXCEPTIONS if re.fullmatch(excepted, phrase))


def phrases_in(path):
    name = path.relative_to(REPOSITORY).as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for phrase, instead in PHRASES.items():
            for found in re.finditer(rf"\b(?:{phrase})\b", line, re.IGNORECASE):
                if not is_excepted(name, found[0].lower()):
                    yield f"{name}:{number}: '{found[0]}': {instead}"


def main():
    paths = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or tracked_files()
    paths = [path for path in paths if is_prose(path)]
    found = [text for path in paths for text in phrases_in(path)]
    spelling = subprocess.run(["codespell", "--ignore-words-list", CODESPELL_IGNORE,
                               *map(str, paths)], capture_output=True, text=True, check=False)
    found += [line.replace(f"{REPOSITORY}/", "") for line in spelling.stdout.splitlines()]
    print("\n".join(found), end="\n" if found else "")
    if spelling.returncode not in (0, 64, 65) and not spelling.stdout:
        sys.exit(f"codespell failed: {spelling.stderr}")
    if not paths:
        sys.exit("no file to check")
    print(f"{len(paths)} files, {len(found)} findings")
    return 1 if found else 0


sys.exit(main())
