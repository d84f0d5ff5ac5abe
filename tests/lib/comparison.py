# SPDX-License-Identifier: LGPL-2.1-or-later
"""Readable differences between our output and that of Debian's kmod."""

import re

# Lines that kmod 30 does not print: build IDs, which kmod 34 prints as well, and advice.
_ADDITIONS = re.compile(
    rb"build-id(?:=|: +)[0-9A-F:]*[\n\0]"
    rb"|[a-z]+: (?:FATAL|ERROR|WARNING): the nearest name is '\S+'\n"
    rb"|[a-z]+: NOTICE: run 'modprobe -r --remove-holders \S+' to remove them as well\n")


def without_additions(output):
    return _ADDITIONS.sub(b"", output)


def first_difference(ours, theirs, context=2):
    """The first differing line, with the lines before it."""
    left, right = (lines_of(text) for text in (ours, theirs))
    at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]),
              min(len(left), len(right)))
    shown = [f"    {shorten(line)}" for line in left[max(0, at - context):at]]
    shown += [f"  {who} {at + 1:6d}: {shorten(lines[at]) if at < len(lines) else '(end)'}"
              for who, lines in (("kmodpp", left), ("kmod  ", right))]
    return "\n".join(shown)


def lines_of(text):
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    return text.split("\n")


def shorten(line, limit=300):
    return repr(line if len(line) <= limit else line[:limit] + "…")
