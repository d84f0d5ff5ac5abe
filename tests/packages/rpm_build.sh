#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the RPM packages of the committed sources with Debian's rpm, which cannot resolve build
# dependencies: the headers are those of Debian. Unpacks the packages into a root, and lets the
# installed tools build the databases of a kernel and resolve names with them. Run by hand; needs rpm,
# takes 20 minutes.
#   tests/packages/rpm_build.sh [OUTPUT]        build/rpm by default
set -eu
cd "$(dirname "$0")/../.."
output=${1:-build/rpm}
mkdir -p "$output"
output=$(cd "$output" && pwd)
work=$(mktemp -d "$PWD/build/rpm.XXXXXX")
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^Version: *//p' packaging/kmodpp.spec)

mkdir "$work/SOURCES"
git archive --prefix="kmodpp-$version/" -o "$work/SOURCES/kmodpp-$version.tar.gz" HEAD
rpmbuild -bb --nodeps --define "_topdir $work" packaging/kmodpp.spec >"$output/build.log" 2>&1 ||
    { tail -n 20 "$output/build.log" >&2; exit 1; }
rm -f "$output"/*.rpm
mv "$work"/RPMS/*/*.rpm "$output"

root=$work/root
mkdir "$root"
rpm --root "$root" --dbpath /var/lib/rpm -i --nodeps --force-debian "$output"/*.rpm
rpm --root "$root" --dbpath /var/lib/rpm -V --nodeps -a
for library in libkmodpp.so.0.1 libkmodpp-load.so.0.1 libkmodpp-index.so.0.1 libkmod.so.2; do
    [ -f "$root/usr/lib64/$library" ] || { echo "no $library in the packages" >&2; exit 1; }
done

image=$(scripts/fetch-kernel.sh)
release=$(basename "$image"/lib/modules/*)
export LD_LIBRARY_PATH="$root/usr/lib64"
for tool in bin/kmod sbin/depmod sbin/insmod sbin/lsmod sbin/modinfo sbin/modprobe sbin/rmmod; do
    "$root/usr/$tool" --version
done | sort | uniq -c
"$root/usr/sbin/depmod" -b "$image" -o "$work/databases" "$release"
cp -al "$image/lib/modules/$release/kernel" "$work/databases/lib/modules/$release/kernel"
"$root/usr/sbin/modprobe" -d "$work/databases" -S "$release" -C /nonexistent -D ext4
rpm -qp --queryformat '%{NAME} %{SIZE}\n' "$output"/*.rpm
