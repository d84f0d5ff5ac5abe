#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kmod, kmodpp, a newer kmodpp, kmod again, in a Debian of its own, by apt and by dpkg, while modprobe
# and udevadm are tried over and over: how often one was not there, and what is left. By hand, as root.
#   tests/packages/changes_test.sh PACKAGES BASE-TAR (build/packages, build/system/base.tar)
set -eu
packages=$(cd "$1" && pwd)
base=$(realpath "$2")
if [ "${3:-}" != unshared ]; then
    # Nothing in there may load modules into the kernel of this host.
    exec unshare --mount --propagation private --pid --fork \
        setpriv --bounding-set -sys_module -- "$0" "$packages" "$base" unshared
fi

root=$(mktemp -d "${TMPDIR:-/var/tmp}/changes.XXXXXX")
trap 'umount -l "$root/proc" "$root/dev"; rm -rf --one-file-system "$root"' EXIT
tar -xf "$base" -C "$root" --numeric-owner
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/new" "$root/newer"
for name in kmodpp libkmodpp1 libkmod2-kmodpp; do
    cp "$packages/${name}"_[0-9]*.deb "$root/new"
    # The same with a higher version, as an upgrade would bring.
    dpkg-deb -R "$packages/${name}"_[0-9]*.deb "$root/tmp/$name"
    sed -i -E 's/^(Version: .*)$/\1+1/; s/(libkmodpp1 \(= [^)]*)\)/\1+1)/' "$root/tmp/$name/DEBIAN/control"
    dpkg-deb -Zgzip -b "$root/tmp/$name" "$root/newer" >/dev/null
done

cat >"$root/changes" <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
release=$(ls /lib/modules)
failed=0

keep_trying() {
    runs=0 tools=0 library=0
    while [ ! -e /stop ]; do
        runs=$((runs + 1))
        modprobe -S "$release" -n ext4 2>/dev/null || tools=$((tools + 1))
        udevadm --version >/dev/null 2>&1 || library=$((library + 1))
    done
    echo "$runs tries, without modprobe $tools, without libkmod.so.2 $library"
}

# change WHAT EXPECTED-TOOLS COMMAND...
change() {
    what=$1 expected=$2
    shift 2
    rm -f /stop
    keep_trying >/tried &
    "$@" >/said 2>&1 || { echo "FAILED: $what: $(tail -n 20 /said)"; failed=1; }
    touch /stop
    wait
    tools=kmod
    if kmod -V | grep -q kmodpp; then tools=kmodpp; fi
    echo "$what: $tools; $(cat /tried)"
    [ "$tools" = "$expected" ] || { echo "FAILED: $expected was expected"; failed=1; }
    audit=$(dpkg --audit)
    [ -z "$audit" ] || { echo "FAILED: $audit"; failed=1; }
    [ -x /etc/init.d/kmod ] && [ -e /etc/modules ] || { echo "FAILED: /etc/init.d/kmod, /etc/modules"; failed=1; }
    grep -q 'without libkmod.so.2 0$' /tried || failed=1
    lsinitramfs "/boot/initrd.img-$release" | grep -q '/modprobe$' ||
        { echo "FAILED: no modprobe in the image"; failed=1; }
}

apt-get update -qq
change "apt: kmod to kmodpp" kmodpp apt-get install -q -y /new/*.deb
change "apt: to a newer kmodpp" kmodpp apt-get install -q -y /newer/*.deb
change "apt: kmodpp to kmod" kmod apt-get install -q -y kmod libkmod2-kmodpp-
# dpkg does not put them in order: first what kmodpp pre-depends on.
change "dpkg: kmod to kmodpp" kmodpp sh -c "dpkg -i /newer/lib*.deb && dpkg -i /newer/kmodpp_*.deb"
# Not by dpkg: Debian's kmod does not say that it replaces ours.
change "apt: to kmod once more" kmod apt-get install -q -y kmod libkmod2-kmodpp-
change "apt: kmodpp is purged" kmod apt-get purge -q -y kmodpp libkmod2-kmodpp libkmodpp1
left=$(find / -xdev -path /proc -prune -o -path '*kmodpp*' -print | grep -vE '^/(new|newer|tmp|var/(cache|log)/)' || true)
[ -z "$left" ] || { echo "FAILED: left behind: $left"; failed=1; }
exit $failed
END
chroot "$root" /bin/sh /changes
