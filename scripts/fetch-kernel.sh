#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of an unpacked Debian kernel package, the one that holds lib/modules;
# fetches the package with apt when build/kernel-package has none. Remove build/kernel-package/VERSION
# for a newer one.
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

# The package that holds the modules; the flavour's own package only depends on it.
wanted() { apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1; }

package=$(wanted)
if [ -z "$package" ]; then
    apt-get update >&2
    package=$(wanted)
fi
if [ -z "$package" ]; then
    echo "fetch-kernel.sh: apt knows no package that $meta depends on" >&2
    exit 1
fi

work=$store/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir "$work"
download() { (cd "$work" && apt-get download -o APT::Sandbox::User=root "$package" >&2); }
# A list that is too old names files that the archive has no more.
download || { apt-get update >&2 && package=$(wanted) && download; }

version=$(dpkg-deb -f "$work"/*.deb Version)
dpkg-deb -x "$work"/*.deb "$work/tree"
if [ ! -d "$work/tree/lib/modules" ]; then
    # Packages since Debian 13 have everything beneath usr.
    ln -s usr/lib "$work/tree/lib"
    [ -d "$work/tree/lib/modules" ] || { echo "fetch-kernel.sh: $package has no modules" >&2; exit 1; }
fi
mv "$work/tree" "$store/$version"
echo "$store/$version"
