#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of unpacked packages of another Debian release. Fetches them with apt if
# build/STORE does not contain them:
#   scripts/fetch-packages.sh STORE SUITE PACKAGE...
set -eu
cd "$(dirname "$0")/.."
mirror=${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}/debian
name=$1
suite=$2
shift 2
mkdir -p "build/$name"
store=$(cd "build/$name" && pwd -P)
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
# Another release needs separate package lists and state.
apt_of_suite() {
    apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" >&2
}
apt_of_suite update
(cd "$work" && apt_of_suite download "$@")
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/tree"
done
mv "$work/tree" "$tree"
echo "$tree"
