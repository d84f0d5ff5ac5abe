#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints a directory with an unpacked Debian kernel: all packages that belong to its lib/modules.
# Fetches them with apt if build/kernel-package does not contain one. Remove
# build/kernel-package/VERSION to get a newer version.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/kernel-package
store=$(cd build/kernel-package && pwd -P)

# Tests run in parallel: the first one fetches, the others wait.
exec 9>"$store/.fetch.lock"
flock 9

for tree in $(ls -d "$store"/*/lib/modules 2>/dev/null | sort -Vr); do
    dirname "$(dirname "$tree")"
    exit 0
done

architecture=$(dpkg --print-architecture)
case $architecture in
armhf) flavour=armmp ;;
i386) flavour=686-pae ;;
ppc64el) flavour=powerpc64le ;;
*) flavour=$architecture ;;
esac
meta=linux-image-$flavour

# parts_of PACKAGE: prints the packages linux-KIND-VERSION that it depends on.
parts_of() {
    apt-cache depends "$1" 2>/dev/null | sed -n 's/^[ |]*\(Pre\)\{0,1\}Depends: \(linux-[a-z]*-[0-9].*\)/\2/p'
}

# Prints the kernel package, on which the package of the flavour depends, and its parts: since Debian 14,
# the modules, the lists of built-in modules and the image are in separate packages.
wanted() {
    image=$(parts_of "$meta" | sed -n '/^linux-image-/p' | head -n 1)
    [ -n "$image" ] || return 0
    for package in "$image" $(parts_of "$image"); do
        echo "$package"
        parts_of "$package"
    done | sort -u
}

packages=$(wanted)
if [ -z "$packages" ]; then
    apt-get update >&2
    packages=$(wanted)
fi
if [ -z "$packages" ]; then
    echo "fetch-kernel.sh: apt does not know the packages that $meta depends on" >&2
    exit 1
fi

work=$store/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir "$work"
# shellcheck disable=SC2086 # names are words
download() { (cd "$work" && apt-get download -o APT::Sandbox::User=root $packages >&2); }
# An outdated package list names files that are no longer in the archive.
download || { apt-get update >&2 && packages=$(wanted) && download; }

version=$(dpkg-deb -f "$work"/linux-image-*.deb Version)
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/tree"
done
if [ ! -d "$work/tree/lib/modules" ]; then
    # Since Debian 13, all files are in usr.
    ln -s usr/lib "$work/tree/lib"
    [ -d "$work/tree/lib/modules" ] || { echo "fetch-kernel.sh: no modules in: $packages" >&2; exit 1; }
fi
mv "$work/tree" "$store/$version"
echo "$store/$version"
