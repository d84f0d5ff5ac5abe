#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of a small Debian with initramfs-tools, dkms, a compiler and the headers of the
# kernel RELEASE. The first call creates it in two or three minutes, as root, in
# build/client-root/RELEASE.
#   debian_root.sh RELEASE
set -eu
cd "$(dirname "$0")/../.."
release=$1
store=$PWD/build/client-root
root=$store/$release
log=$store/$release.log
mirror=${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}
suite=bookworm
# Packages that the tests call, and libraries that our tools need in addition to a minimal Debian.
packages="kmod initramfs-tools udev systemd busybox zstd cpio
dkms gcc make libc6-dev linux-headers-$release
libboost-filesystem1.74.0 libdeflate0 libzstd1 liblzma5 openssl"

[ "$(id -u)" -eq 0 ] || { echo "debian_root.sh: only root can make a Debian root" >&2; exit 1; }
# The mounts below are private, and disappear with the last process in this namespace.
if [ "${2:-}" != unshared ]; then
    exec unshare --mount --propagation private "$0" "$release" unshared
fi

mkdir -p "$store"
# Tests run in parallel: the first one creates the system, the others wait.
exec 9>"$store/.lock"
flock 9
# A root with other packages was made by another version of this script.
if [ "$(cat "$root/.packages" 2>/dev/null)" = "$packages" ]; then
    echo "$root"
    exit 0
fi
rm -rf --one-file-system "$root" "$root.new"

broken() {
    tail -n 15 "$log" >&2
    echo "debian_root.sh: $1; see $log" >&2
    exit 1
}
quietly() { "$@" >>"$log" 2>&1 9>&-; }
inside() { quietly chroot "$root.new" env DEBIAN_FRONTEND=noninteractive "$@"; }

: >"$log"
quietly debootstrap --variant=minbase "$suite" "$root.new" "$mirror/debian" ||
    broken "debootstrap failed"
cat >"$root.new/etc/dpkg/dpkg.cfg.d/small" <<'EOF'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
EOF
cat >"$root.new/etc/apt/sources.list" <<EOF
deb $mirror/debian $suite main
deb $mirror/debian $suite-updates main
deb $mirror/debian-security $suite-security main
EOF
cp /etc/resolv.conf "$root.new/etc/resolv.conf"
# Packages must not start services here.
printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
chmod 755 "$root.new/usr/sbin/policy-rc.d"
mount -t proc proc "$root.new/proc"
mount --bind /dev "$root.new/dev"
inside apt-get update -q || broken "apt-get update failed"
# shellcheck disable=SC2086 # a list of words
inside apt-get install -y -q --no-install-recommends $packages ||
    broken "apt-get install failed (if linux-headers-$release no longer exist: remove build/kernel-package for a newer kernel)"
inside apt-get clean
umount "$root.new/proc" "$root.new/dev"
rm -rf "$root.new"/var/lib/apt/lists/*
echo "$packages" >"$root.new/.packages"
mv "$root.new" "$root"
echo "$root"
