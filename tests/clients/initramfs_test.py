# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's mkinitramfs makes an image of a whole kernel, with Debian's kmod and with our tools: the
images must contain the same files, except for the tools themselves."""

import re
import sys

from lib.counting import fail
from lib.debian import Clients, in_parallel, options

IMAGE = "/tmp/initrd.img"
# Files that only our image has: pattern -> reason. An unused pattern is an error, too.
ONLY_OURS = {
    r"usr/lib/[^/]+/libkmodpp-load\.so\.0\.1": "our library",
    r"usr/lib/modules/[^/]+/modules\.weakdep": "kmod 30 does not support weak dependencies",
    # btrfs has four lines of soft dependencies; kmod 30 uses one.
    r"usr/lib/modules/[^/]+/kernel/.*/(sha256-ssse3|xxhash_generic)\.ko": "all softdep lines count",
}
# Files with different contents in the two images.
OTHER_CONTENTS = {
    r"usr/bin/kmod": "the tool",
    r"usr/lib/modules/[^/]+/modules\.(dep|alias|symbols)\.bin": "for the added modules",
    r"etc/ld\.so\.cache": "a list of the libraries",
}
# Files compared line by line, without the lines about modules that only our image has.
DATABASES = r"usr/lib/modules/[^/]+/modules\.(dep|alias|symbols|softdep)"


def make(view, release):
    """Makes the image as Debian does, with all modules that an unknown machine may need."""
    view.mount_proc()
    view.must("depmod", release)
    # Content for the early part, which otherwise exists only for microcode.
    hook = view.path("/etc/initramfs-tools/hooks/early")
    hook.write_text("#!/bin/sh\n[ \"$1\" = prereqs ] && exit 0\n. /usr/share/initramfs-tools/hook-functions\n"
                    "early=$(mktemp -d)\nmkdir -p $early/kernel/x86/microcode\n"
                    "echo none >$early/kernel/x86/microcode/none.bin\n"
                    "(cd $early && find . | cpio --quiet -o -H newc >$early.cpio)\n"
                    "prepend_earlyinitramfs $early.cpio\n")
    hook.chmod(0o755)
    # A fast compression, because only the contents matter.
    view.path("/etc/initramfs-tools/conf.d/fast").write_text("COMPRESS=zstd\nCOMPRESSLEVEL=1\n")
    done = view.must("mkinitramfs", "-o", IMAGE, release)
    view.must("unmkinitramfs", IMAGE, "/tmp/unpacked")
    return done.stderr.decode()


def listing(view):
    """Lines of lsinitramfs, which lists the early and the main part."""
    return view.must("lsinitramfs", IMAGE).stdout.decode().splitlines()


def contents(view):
    """Returns {path: link target or checksum}."""
    script = ("cd /tmp/unpacked && find . -type l -printf '%p link %l\\n' && "
              "find . -type f -print0 | xargs -0 md5sum | sed 's/^\\([0-9a-f]*\\)  \\(.*\\)/\\2 \\1/'")
    lines = view.must("sh", "-c", script).stdout.decode().splitlines()
    return dict(line.removeprefix("./").split(" ", 1) for line in lines)


def unexplained(paths, reasons, used):
    """Returns the paths that no pattern matches, and adds matching patterns to `used`."""
    left = []
    for path in paths:
        pattern = next((p for p in reasons if re.fullmatch(p, path)), None)
        if pattern is None:
            left.append(path)
        else:
            used.add(pattern)
    return left


def lines_of(view, path, but):
    lines = view.path("/tmp/unpacked/" + path).read_text().splitlines()
    return "\n".join(sorted(line for line in lines if not any(name in line for name in but)))


def compare_lists(clients, views, used):
    """Names of modules that only our image has."""
    ours, theirs = (listing(views[name]) for name in ("kmodpp", "kmod"))
    clients.count("files in the image", len(theirs))
    clients.count("modules in the image", sum(1 for path in theirs if path.endswith(".ko")))
    if not any(path.startswith("kernel/x86") for path in theirs):
        fail("the image has no early part")
    only_ours = sorted(set(ours) - set(theirs))
    clients.compare("lists of files", "\n".join(unexplained(only_ours, ONLY_OURS, used)), "",
                    "only in our image")
    clients.compare("lists of files", "\n".join(sorted(set(theirs) - set(ours))), "",
                    "only in Debian's image")
    for path in only_ours:
        print("only in our image: " + path)
    return [path.split("/")[-1].removesuffix(".ko") for path in only_ours if path.endswith(".ko")]


def compare_contents(clients, views, added, used):
    left, right = (contents(views[name]) for name in ("kmodpp", "kmod"))
    names = [spelling for name in added for spelling in (name, name.replace("-", "_"))]
    for path in sorted(left.keys() & right.keys()):
        clients.count("contents compared")
        if left[path] == right[path]:
            continue
        inside = path.removeprefix("main/")
        if re.fullmatch(DATABASES, inside):
            clients.compare("databases", *(lines_of(views[name], path, names)
                                           for name in ("kmodpp", "kmod")), path)
        elif unexplained([inside], OTHER_CONTENTS, used):
            clients.differ(f"other contents: {path}")
        else:
            print("other contents: " + path)


def main():
    with Clients(options(__doc__)) as clients:
        views = {"kmod": clients.view("kmod", "kmod"), "kmodpp": clients.view("kmodpp", "multicall")}
        messages = in_parallel(lambda name: make(views[name], clients.release), views)
        used = set()
        added = compare_lists(clients, views, used)
        compare_contents(clients, views, added, used)
        for pattern, reason in (ONLY_OURS | OTHER_CONTENTS).items():
            clients.count("explanations")
            if pattern not in used:
                clients.differ(f"no difference matches {pattern} ({reason})")
        clients.compare("messages of mkinitramfs", messages["kmodpp"], messages["kmod"], "mkinitramfs")
        for name, view in views.items():
            print(f"{name}: {view.path(IMAGE).stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
