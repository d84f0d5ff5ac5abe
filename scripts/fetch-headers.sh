#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory to pass to make -C to build modules for the kernel of scripts/fetch-kernel.sh.
# Fetches Debian's headers packages of the same version with apt if they are not stored next to the
# kernel package.
set -eu
cd "$(dirname "$0")/.."
kernel=$(scripts/fetch-kernel.sh)
version=$(basename "$kernel")
set -- "$kernel"/lib/modules/*
release=$(basename "$1")
packages=$(dirname "$kernel")
store=$packages/headers-$version
headers=$store/usr/src/linux-headers-$release

exec 9>"$packages/.fetch.lock"
flock 9
if [ -d "$headers" ]; then
    echo "$headers"
    exit 0
fi

# RELEASE is ABI-FLAVOUR; the package that is common to all flavours is named after the ABI.
abi=${release%-*}
series=$(echo "$release" | cut -d. -f1,2)
work=$packages/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir "$work"
# The version of linux-kbuild is not specified: the archive may contain only a newer version than that
# of the signed kernel.
download() {
    (cd "$work" && apt-get download -o APT::Sandbox::User=root "linux-headers-$release=$version" \
        "linux-headers-$abi-common=$version" "linux-kbuild-$series" >&2)
}
download || { apt-get update >&2 && download; }
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/tree"
done
tree=$work/tree
# Otherwise scripts/fetch-kernel.sh would treat this directory as a kernel package.
rm -rf "$tree/lib"
# The makefiles and links contain the installed paths.
for makefile in "$tree"/usr/src/*/Makefile; do
    sed -i "s:/usr/src/:$store/usr/src/:g" "$makefile"
done
find "$tree/usr/src" -type l | while read -r link; do
    target=$(readlink "$link")
    case $target in
    /*) ln -sfn "$store$target" "$link" ;;
    esac
done
mv "$tree" "$store"
echo "$headers"
