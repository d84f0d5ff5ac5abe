#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints a directory with an unpacked Debian kernel: the packages that make up its lib/modules.
# Fetches them with apt when build/kernel-package has none. Remove build/kernel-package/VERSION for
# a newer one.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/kernel-package
store=$(cd build/kernel-package && pwd -P)

# Tests run at once: the first fetches, the others wait for it.
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

# depends_on PACKAGE KIND...: the first packages linux-KIND-VERSION that it depends on.
depends_on() {
    name=$1
    shift
    for kind in "$@"; do
        apt-cache depends "$name" 2>/dev/null | sed -n "s/^[ |]*\\(Pre\\)\\{0,1\\}Depends: \\(linux-$kind-[0-9].*\\)/\\2/p" | head -n 1
    done
}

# The package of the kernel, which the flavour's own depends on, and those that it depends on for
# its modules (linux-modules-*) and its lists of builtin modules (linux-base-*), in releases where it
# does not contain them itself.
wanted() {
    image=$(depends_on "$meta" image)
    [ -n "$image" ] || return 0
    modules=$(depends_on "$image" modules)
    { echo "$image"; depends_on "$image" modules base; [ -z "$modules" ] || depends_on "$modules" base; } | sort -u
}

packages=$(wanted)
if [ -z "$packages" ]; then
    apt-get update >&2
    packages=$(wanted)
fi
if [ -z "$packages" ]; then
    echo "fetch-kernel.sh: apt knows no package that $meta depends on" >&2
    exit 1
fi

work=$store/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir "$work"
# shellcheck disable=SC2086 # names are words
download() { (cd "$work" && apt-get download -o APT::Sandbox::User=root $packages >&2); }
# A list that is too old names files that the archive has no more.
download || { apt-get update >&2 && packages=$(wanted) && download; }

version=$(dpkg-deb -f "$work"/linux-image-*.deb Version)
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/tree"
done
if [ ! -d "$work/tree/lib/modules" ]; then
    # Packages since Debian 13 have everything beneath usr.
    ln -s usr/lib "$work/tree/lib"
    [ -d "$work/tree/lib/modules" ] || { echo "fetch-kernel.sh: no modules in: $packages" >&2; exit 1; }
fi
mv "$work/tree" "$store/$version"
echo "$store/$version"
