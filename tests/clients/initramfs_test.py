# SPDX-License-Identifier: LGPL-2.1-or-later
"""mkinitramfs of Debian makes an image of a whole kernel, once with Debian's kmod and once with our
tools in its place: the images hold the same files, but for the tools themselves."""

import re
import sys
import threading

from debian import Clients, fail, options

IMAGE = "/tmp/initrd.img"
# What only one of the images has: pattern -> why. A pattern that explains nothing is an error.
ONLY_OURS = {
    r"usr/lib/[^/]+/libkmodpp(-index)?\.so\.1(\.0\.0)?": "our libraries",
    r"usr/lib/[^/]+/libboost_filesystem\.so\.1\.[0-9.]+": "what depmod in kmod needs",
    r"usr/lib/[^/]+/libstdc\+\+\.so\.6(\.[0-9.]+)?": "the same",
    r"usr/lib/[^/]+/libgcc_s\.so\.1": "the same",
    r"usr/lib/[^/]+/libm\.so\.6": "the same",
}
ONLY_DEBIANS = {}
MAY_BE_NONE = {
    # Other programs in the image need them as well, which the list of packages decides.
    r"usr/lib/[^/]+/libgcc_s\.so\.1",
    r"usr/lib/[^/]+/libm\.so\.6",
    r"usr/lib/[^/]+/libstdc\+\+\.so\.6(\.[0-9.]+)?",
}
# Files that both have, with other contents.
OTHER_CONTENTS = {
    r"usr/bin/kmod": "the tool",
    r"usr/lib/modules/[^/]+/modules\.symbols": "a set of lines: the reference hashes them",
    r"usr/lib/modules/[^/]+/modules\.[a-z.]+\.bin": "the same keys and values, in another order",
    r"etc/ld\.so\.cache": "a list of the libraries",
    r"conf/initramfs\.conf": "",
}


def make(view, release):
    """The image. Debian's way, with all modules that an unknown machine may need."""
    view.mount_proc()
    view.must("depmod", release)
    # Something to put into the early part, which there is for microcode only.
    hook = view.path("/etc/initramfs-tools/hooks/early")
    hook.write_text("#!/bin/sh\n[ \"$1\" = prereqs ] && exit 0\n. /usr/share/initramfs-tools/hook-functions\n"
                    "early=$(mktemp -d)\nmkdir -p $early/kernel/x86/microcode\n"
                    "echo none >$early/kernel/x86/microcode/none.bin\n"
                    "(cd $early && find . | cpio --quiet -o -H newc >$early.cpio)\n"
                    "prepend_earlyinitramfs $early.cpio\n")
    hook.chmod(0o755)
    # Fast to make; the contents are what counts.
    view.path("/etc/initramfs-tools/conf.d/fast").write_text("COMPRESS=zstd\nCOMPRESSLEVEL=1\n")
    done = view.must("mkinitramfs", "-o", IMAGE, release)
    view.must("unmkinitramfs", IMAGE, "/tmp/unpacked")
    return done.stderr.decode()


def listing(view):
    """Lines of lsinitramfs, which shows the early part and the main one."""
    return view.must("lsinitramfs", IMAGE).stdout.decode().splitlines()


def contents(view):
    """path -> what lies there: a link's target, or a checksum."""
    script = ("cd /tmp/unpacked && find . -type l -printf '%p link %l\\n' && "
              "find . -type f -print0 | xargs -0 md5sum | sed 's/^\\([0-9a-f]*\\)  \\(.*\\)/\\2 \\1/'")
    lines = view.must("sh", "-c", script).stdout.decode().splitlines()
    return dict(line.removeprefix("./").split(" ", 1) for line in lines)


def explained(paths, reasons, used):
    """Those that no pattern explains."""
    left = []
    for path in paths:
        pattern = next((p for p in reasons if re.fullmatch(p, path)), None)
        if pattern is None:
            left.append(path)
        else:
            used.add(pattern)
    return left


def main():
    with Clients(options(__doc__)) as clients:
        views = {"kmod": clients.view("kmod", "kmod"), "kmodpp": clients.view("kmodpp", "multicall")}
        said = {}

        def work(name):
            said[name] = make(views[name], clients.release)

        threads = [threading.Thread(target=work, args=(name,)) for name in views]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(said) != len(views):
            fail("an image was not made")

        ours, theirs = (listing(views[name]) for name in ("kmodpp", "kmod"))
        clients.count("files in the image", len(theirs))
        clients.count("modules in the image", sum(1 for path in theirs if path.endswith(".ko")))
        if not any(path.startswith("kernel/x86") for path in theirs):
            fail("the image has no early part")
        used = set()
        added = explained(sorted(set(ours) - set(theirs)), ONLY_OURS, used)
        lost = explained(sorted(set(theirs) - set(ours)), ONLY_DEBIANS, used)
        clients.compare("lists of files", "\n".join(added), "", "only in our image")
        clients.compare("lists of files", "\n".join(lost), "", "only in Debian's image")
        for pattern in (set(ONLY_OURS) | set(ONLY_DEBIANS)) - MAY_BE_NONE - used:
            clients.differ(f"nothing to explain by {pattern}: {ONLY_OURS[pattern]}")

        left, right = (contents(views[name]) for name in ("kmodpp", "kmod"))
        both = sorted(left.keys() & right.keys())
        clients.count("contents compared", len(both))
        unlike = [path for path in both if left[path] != right[path]]
        for path in explained([path.removeprefix("main/") for path in unlike], OTHER_CONTENTS, used):
            clients.differ(f"other contents: {path}")
        clients.compare("what mkinitramfs says", said["kmodpp"], said["kmod"], "mkinitramfs")


if __name__ == "__main__":
    sys.exit(main())
