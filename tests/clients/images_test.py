# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs Debian's dracut, tiny-initramfs and kernel-install with Debian's tools and library and with
ours, and compares the resulting files. Run by hand, as root (docs/packaging.md); mkinitramfs and dkms
are part of the suite clients.

    tests/clients/images_test.py --build build/release"""

import re
import shutil
import sys

from lib.debian import Clients, command, in_parallel, options
from lib.harness import REPOSITORY

STORE = REPOSITORY / "build/client-packages"
PACKAGES = ("dracut-core", "tiny-initramfs-core", "kpartx", "dmsetup", "libdevmapper1.02.1")
DRACUT = ("dracut", "--force", "--no-hostonly", "--no-hostonly-cmdline", "--reproducible", "--no-early-microcode",
          "--compress", "zstd -1", "--kmoddir", "/lib/modules/@V@", "/tmp/dracut.img", "@V@")
TINY = ("mktirfs", "-o", "/tmp/tiny.img", "@V@")
# Files that only our image has, and files that differ: pattern -> reason.
ONLY_OURS = {
    r"usr/lib/[^/]+/libkmodpp(-load|-index)?\.so\.0\.1": "our libraries",
    r"usr/lib/[^/]+/libkmod\.so\.2\.5\.0": "our libkmod.so.2",
    r"usr/lib/[^/]+/lib(boost_filesystem|stdc\+\+|gcc_s|m|deflate|zstd|lzma)\.so\.[0-9.]+": "libraries that our tools need",
    r"usr/lib/modules/[^/]+/modules\.weakdep": "kmod 30 does not support weak dependencies",
}
ONLY_THEIRS = {
    r"usr/lib/[^/]+/libkmod\.so\.2\.4\.0": "Debian's libkmod.so.2",
    r"usr/lib/[^/]+/lib(lzma|zstd|crypto)\.so\.[0-9.]+": "libraries of Debian's kmod",
}
OTHER_CONTENTS = {
    r"usr/(s?bin/(kmod|modprobe|insmod|rmmod|lsmod|modinfo|depmod)|lib/[^/]+/libkmod\.so\.2)": "the tools",
    r"usr/lib/modules/[^/]+/modules\.symbols\.bin": "as the text",
    r"etc/ld\.so\.cache": "a list of the libraries",
    r"usr/lib/dracut/build-parameter\.txt": "the time of the build",
}


def packages():
    STORE.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not list(STORE.glob(name + "_*.deb")):
            command("apt-get", "download", "-o", "APT::Sandbox::User=root", name, cwd=STORE)
        yield next(STORE.glob(name + "_*.deb"))


def install_library(clients, view):
    """Replaces Debian's libkmod.so.2 with ours."""
    directory = view.path("/usr/lib/x86_64-linux-gnu")
    for library in directory.glob("libkmod.so*"):
        library.unlink()
    for library in (*clients.installed.rglob("libkmod.so.2*"), *clients.installed.rglob("libkmodpp*.so.*")):
        shutil.copy(library, directory, follow_symlinks=False)


def prepare(clients, view):
    for package in packages():
        # dpkg -x would replace the link /lib with a directory.
        command("sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$1"',
                package, view.root)
    if view.name == "kmodpp":
        install_library(clients, view)
    shutil.copy(next((clients.kernel / "boot").glob("vmlinuz-*")), view.path("/boot"))
    view.path("/etc/fstab").write_text("/dev/vda1 / ext4 defaults 0 1\n")
    view.path("/etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    view.mount_proc()
    view.must("ldconfig")
    view.must("depmod", clients.release)


def files(view, directory):
    """Returns {path: link target, checksum or file type}."""
    # modules.symbols with sorted lines: kmod writes them in the order of a hash table.
    script = (f"cd {directory} && find . -type d -printf '%p directory\\n' && find . -type l -printf '%p link %l\\n' && "
              f"for f in $(find . -name modules.symbols); do echo $f $(sort $f | md5sum); done; "
              f"find . -type f ! -name modules.symbols -print0 | xargs -0 -r md5sum | sed 's/^\\([0-9a-f]*\\)  \\(.*\\)/\\2 \\1/'")
    lines = view.must("sh", "-c", script).stdout.decode().splitlines()
    return dict(line.removeprefix("./").split(" ", 1) for line in lines if " " in line)


def reworded(done):
    """Removes names of temporary directories, and dracut's messages about hard links, which count the
    files of the tools too."""
    text = re.sub(r"/tmp/(dracut|kernel-install|mktirfs)\.\w+", "TEMPORARY", (done.stdout + done.stderr).decode())
    return re.sub(r"^dracut: (Files|Linked|Compared|Saved|Duration): .*\n", "", text, flags=re.M)


def build(clients, view):
    """Returns {name of the program: files that it made}, and the output."""
    prepare(clients, view)
    release = clients.release
    left, messages = {}, {}
    for name, line in (("dracut", DRACUT), ("tiny-initramfs", TINY)):
        words = [word.replace("@V@", release) for word in line]
        done = view.must(*words)
        messages[name] = reworded(done)
        image = words[words.index("-o") + 1] if "-o" in words else words[-2]
        view.must("sh", "-c", f"mkdir /tmp/{name} && cd /tmp/{name} && "
                  f"{{ zstdcat -f {image} 2>/dev/null || zcat -f {image}; }} | cpio -idm --quiet")
        left[name] = files(view, f"/tmp/{name}")
    databases = files(view, f"/lib/modules/{release}")
    # kernel-install calls depmod itself.
    view.must("sh", "-c", f"rm /lib/modules/{release}/modules.*.bin")
    for verb in (["add", release, f"/boot/vmlinuz-{release}"], ["remove", release]):
        name = "kernel-install " + verb[0]
        done = view.must("kernel-install", "--verbose", *verb, environment={"KERNEL_INSTALL_MACHINE_ID":
                         "0123456789abcdef0123456789abcdef"})
        messages[name] = reworded(done)
        left[name] = files(view, "/boot") | files(view, f"/lib/modules/{release}")
        left[name] = {path: what for path, what in left[name].items() if not path.startswith("kernel/")}
    clients.count("databases before kernel-install", len([p for p in databases if p.startswith("modules.")]))
    return left, messages


def explained(path, reasons):
    """Shortens paths of kernel-install to those in the module directory."""
    inside = path if path.startswith(("usr/", "etc/")) else "usr/lib/modules/RELEASE/" + path
    return any(re.fullmatch(pattern, inside) for pattern in reasons)


def compare_files(clients, name, ours, theirs):
    clients.count(f"files of {name}", len(theirs))
    for side, paths, reasons in (("ours", ours.keys() - theirs.keys(), ONLY_OURS),
                                 ("Debian's", theirs.keys() - ours.keys(), ONLY_THEIRS),
                                 ("other contents", [path for path in ours.keys() & theirs.keys()
                                                     if ours[path] != theirs[path]], OTHER_CONTENTS)):
        for path in sorted(paths):
            print(f"{name}: {side}: {path}")
            if not explained(path, reasons):
                clients.differ(f"{name}: {side}: {path}: {ours.get(path)} and {theirs.get(path)}")


def main():
    with Clients(options(__doc__)) as clients:
        views = {"kmod": clients.view("kmod", "kmod"), "kmodpp": clients.view("kmodpp", "multicall")}
        list(packages())
        results = in_parallel(lambda name: build(clients, views[name]), views)
        (ours, our_words), (theirs, their_words) = results["kmodpp"], results["kmod"]
        for name in theirs:
            compare_files(clients, name, ours[name], theirs[name])
            clients.compare("messages", our_words[name], their_words[name], name)
        clients.count("modules of dracut", sum(path.endswith(".ko") for path in theirs["dracut"]))
        for image in ("dracut", "tiny"):
            sizes = [f"{name} {view.path(f'/tmp/{image}.img').stat().st_size}" for name, view in views.items()]
            print(f"bytes of {image}.img: {', '.join(sizes)}")


if __name__ == "__main__":
    sys.exit(main())
