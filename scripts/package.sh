#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the Debian packages from the committed files in a temporary directory, and runs lintian:
#   scripts/package.sh [--output DIR] [--install-deps] [-- OPTION-OF-DPKG-BUILDPACKAGE...]
# The packages are stored in DIR (default build/packages). --install-deps installs the build dependencies
# with apt-get, as root. DEB_BUILD_OPTIONS=nocheck skips the unit tests.
set -eu
cd "$(dirname "$0")/.."

output=build/packages
install_deps=
while [ $# -gt 0 ]; do
    case $1 in
    --output) output=${2:?--output: which directory?}; shift ;;
    --output=*) output=${1#*=} ;;
    --install-deps) install_deps=yes ;;
    --) shift; break ;;
    *) echo "usage: scripts/package.sh [--output DIR] [--install-deps] [-- OPTION...]" >&2; exit 2 ;;
    esac
    shift
done

if [ -n "$install_deps" ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dpkg-dev lintian git
    DEBIAN_FRONTEND=noninteractive apt-get build-dep -y -qq --no-install-recommends "$PWD"
fi
for command in dpkg-buildpackage lintian git; do
    command -v "$command" >/dev/null || { echo "package.sh: $command was not found (try --install-deps)" >&2; exit 1; }
done

mkdir -p "$output"
output=$(cd "$output" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The repository may belong to another user, for example in a container.
mkdir "$work/kmodpp"
git -c safe.directory="$PWD" archive HEAD | tar -x -C "$work/kmodpp"

export DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}"
(cd "$work/kmodpp" && dpkg-buildpackage -us -uc -b "$@")

rm -f "$output"/*.deb "$output"/*.changes "$output"/*.buildinfo
mv "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$output"
echo "== lintian"
# lintian refuses to run as root by default, but in a container every user is root.
lintian --allow-root --fail-on error,warning "$output"/*.changes
echo "== in $output"
ls -1 "$output"
