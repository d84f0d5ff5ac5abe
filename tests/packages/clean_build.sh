#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the packages of the committed sources in a fresh Debian 12 that contains only the build
# dependencies, without network from the compilation on, and checks them with lintian. Run by hand, as
# root; takes at least ten minutes (DEB_BUILD_OPTIONS=nocheck omits the unit tests).
#   tests/packages/clean_build.sh [OUTPUT]      build/packages by default
set -eu
cd "$(dirname "$0")/../.."
output=${1:-build/packages}
mirror=${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}/debian
mkdir -p "$output" build
output=$(cd "$output" && pwd)
root=$(mktemp -d "$PWD/build/clean.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT

chmod 755 "$root"
mmdebstrap --variant=buildd bookworm "$root" "$mirror"
mkdir -p "$root/build/kmodpp"
git -c safe.directory="$PWD" archive HEAD | tar -x -C "$root/build/kmodpp"
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get update -qq
inside apt-get build-dep -y -qq --no-install-recommends /build/kmodpp

export root DEB_BUILD_OPTIONS
# In separate namespaces, with only a loopback device.
unshare --net --mount --pid --fork sh -eu -c '
    mount -t proc proc "$root/proc"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" \
        sh -c "cd /build/kmodpp && dpkg-buildpackage -us -uc -b"'

rm -f "$output"/*.deb "$output"/*.changes "$output"/*.buildinfo
mv "$root"/build/*.deb "$root"/build/*.changes "$root"/build/*.buildinfo "$output"
lintian --allow-root --fail-on error,warning "$output"/*.changes
ls -1 "$output"
