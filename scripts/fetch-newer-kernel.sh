#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of an unpacked kernel package of Debian 13, whose kernel unpacks .ko.xz modules
# itself. Fetches the package with apt if build/newer-kernel does not contain it.
set -eu
cd "$(dirname "$0")/.."
mirror=${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}/debian
suite=trixie
meta=linux-image-amd64
mkdir -p build/newer-kernel
store=$(cd build/newer-kernel && pwd -P)
tree=$store/$suite

exec 9>"$store/.fetch.lock"
flock 9
if [ -d "$tree" ]; then
    echo "$tree"
    exit 0
fi

work=$store/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb $mirror $suite main" >"$work/sources.list"
: >"$work/status"
# Another release needs separate package lists and state.
apt_of_suite() {
    program=$1
    shift
    "$program" -q -o APT::Architecture=amd64 -o Dir::Etc::SourceList="$work/sources.list" \
        -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" \
        -o Dir::State::Status="$work/status" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root "$@"
}
apt_of_suite apt-get update >&2
package=$(apt_of_suite apt-cache depends "$meta" |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
(cd "$work" && apt_of_suite apt-get download "$package" >&2)
dpkg-deb -x "$work"/*.deb "$work/tree"
ln -s usr/lib "$work/tree/lib"
mv "$work/tree" "$tree"
echo "$tree"
