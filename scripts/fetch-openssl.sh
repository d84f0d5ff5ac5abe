#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of an unpacked OpenSSL that knows ML-DSA (3.5, of Debian 13) with the C
# library that it needs; fetches them with apt when build/newer-openssl has none.
set -eu
cd "$(dirname "$0")/.."
mirror=${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}/debian
suite=trixie
packages="openssl libssl3t64 libc6 libzstd1 zlib1g"
mkdir -p build/newer-openssl
store=$(cd build/newer-openssl && pwd -P)
tree=$store/$suite

exec 9>"$store/.fetch.lock"
flock 9
if [ -d "$tree" ]; then
    echo "$tree"
    exit 0
fi

work=$store/.unpack.$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
echo "deb $mirror $suite main" >"$work/sources.list"
: >"$work/status"
# Of another release, and so with lists and a state of its own.
apt_of_suite() {
    apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" >&2
}
apt_of_suite update
# shellcheck disable=SC2086 # a list of words
(cd "$work" && apt_of_suite download $packages)
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/tree"
done
mv "$work/tree" "$tree"
echo "$tree"
