#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Replaces kmod with kmodpp, with a newer kmodpp, and with kmod again, in a separate Debian, with apt and with
# dpkg, also when dpkg is killed. Meanwhile modprobe and udevadm run in a loop. Reports how often one of
# them was missing, and which files are left at the end. Run by hand, as root.
#   tests/packages/changes_test.sh PACKAGES BASE
# BASE is a directory or a tar file (build/system/SUITE/base.tar, or one made by
# scripts/check-distributions.sh) with the Debian release that the packages were built on, kmod, udev,
# initramfs-tools and a kernel. A directory is not changed.
set -eu
packages=$(cd "$1" && pwd)
base=$(realpath "$2")
if [ "${3:-}" != unshared ]; then
    # Processes in the chroot must not load modules into the kernel of the host.
    exec unshare --mount --propagation private --pid --fork \
        setpriv --bounding-set -sys_module -- "$0" "$packages" "$base" unshared
fi

work=$(mktemp -d "${TMPDIR:-/var/tmp}/changes.XXXXXX")
root=$work/root
mkdir "$root"
trap 'umount -l "$root/proc" "$root/sys" "$root/dev"; umount -l "$root" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
if [ -d "$base" ]; then
    mkdir "$work/upper" "$work/work"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" "$root"
else
    tar -xf "$base" -C "$root" --numeric-owner
fi
mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount --bind /dev "$root/dev"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/new" "$root/newer"
for name in kmodpp libkmodpp0.1 libkmod2-kmodpp; do
    cp "$packages/${name}"_[0-9]*.deb "$root/new"
    # The same with a higher version, for an upgrade.
    dpkg-deb -R "$packages/${name}"_[0-9]*.deb "$root/tmp/$name"
    sed -i -E 's/^(Version: .*)$/\1+1/; s/(libkmodpp0.1 \(= [^)]*)\)/\1+1)/' "$root/tmp/$name/DEBIAN/control"
    dpkg-deb -Zgzip -b "$root/tmp/$name" "$root/newer" >/dev/null
    rm -r "$root/tmp/$name"
done

cat >"$root/changes" <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
release=$(ls /lib/modules)
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

# The images need only the tools, and are made many times.
mkdir -p /etc/initramfs-tools/conf.d
printf 'MODULES=list\nCOMPRESS=gzip\n' >/etc/initramfs-tools/conf.d/changes
echo 'Dpkg::Use-Pty "0";' >/etc/apt/apt.conf.d/90changes
mkdir -p /etc/dpkg/dpkg.cfg.d
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/changes

# Since systemd 256 udev opens the library on demand; before it is linked to it.
library() {
    LD_DEBUG=libs udevadm test-builtin "kmod load no-such-module" /sys/devices/virtual/mem/null 2>&1 |
        sed -n 's/.*calling init: \(.*libkmod\.so\.2.*\)/\1/p' | tail -n 1
}

keep_trying() {
    runs=0 tools=0 library=0
    while [ ! -e /stop ]; do
        runs=$((runs + 1))
        modprobe -S "$release" -n ext4 >/dev/null 2>&1 || tools=$((tools + 1))
        [ -n "$(library)" ] || library=$((library + 1))
    done
    echo "$runs tries, without modprobe $tools, without libkmod.so.2 $library"
}

# tools: prints which project the installed tools belong to
tools() {
    for tool in /bin/lsmod /sbin/modprobe /sbin/insmod /sbin/rmmod /sbin/depmod /sbin/modinfo /sbin/lsmod /bin/kmod; do
        case $("$tool" -V 2>&1) in
        *kmodpp*) echo kmodpp ;;
        # lsmod of kmod 30 has no option -V.
        "kmod version"* | "Usage: "*) echo kmod ;;
        *) echo none ;;
        esac
    done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# check EXPECTED-TOOLS: the state after a change
check() {
    found=$(tools)
    [ "$found" = "$1" ] || fail "$1 was expected, not $found"
    audit=$(dpkg --audit)
    [ -z "$audit" ] || fail "$audit"
    [ -e /etc/modules ] || fail "no /etc/modules"
    # Since Debian 13 /etc/init.d/kmod belongs to initscripts.
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' base-files)" ge 13 ||
        [ -x /etc/init.d/kmod ] || fail "no /etc/init.d/kmod"
    dangling=$(find /etc/rc?.d /bin/ /sbin/ /usr/bin /usr/sbin -xtype l -name '*mod*')
    [ -z "$dangling" ] || fail "links to nothing: $dangling"
    lsinitramfs "/boot/initrd.img-$release" >/image
    grep -q '/modprobe$' /image || fail "no modprobe in the image"
    used=$(library)
    grep -q "${used#/}\$" /image || fail "the image has no $used, which the system uses"
}

# change WHAT EXPECTED-TOOLS GAPS COMMAND...; GAPS: tools may be missing for a "moment", or "none"
change() {
    what=$1 expected=$2 gaps=$3
    shift 3
    rm -f /stop
    keep_trying >/tried &
    "$@" >/output 2>&1 || fail "$what: $(tail -n 20 /output)"
    touch /stop
    wait
    echo "$what: $(tools); $(cat /tried); udev uses $(library)"
    grep -q 'without libkmod.so.2 0$' /tried || fail "$what: without libkmod.so.2"
    [ "$gaps" = moment ] || grep -q 'without modprobe 0,' /tried || fail "$what: without modprobe"
    check "$expected"
}

# kill_change ID: kills the session ID, and dpkg with its scripts, which may be in another session
kill_change() {
    sessions=" $1 "
    # PID (NAME) STATE PARENT GROUP SESSION
    for turn in find kill; do
        for stat in /proc/[0-9]*/stat; do
            read -r fields <"$stat" || continue
            name=${fields#*\(} name=${name%\)*}
            # shellcheck disable=SC2086
            set -- ${fields##*\) }
            case $turn:$name in
            find:dpkg) sessions="$sessions$4 " ;;
            kill:*) case $sessions in *" $4 "*) kill -KILL "${fields%% *}" ;; esac ;;
            esac
        done
    done 2>/dev/null
}

# interrupted WHAT EXPECTED-TOOLS COMMAND...: killed when dpkg prints one of three lines, then completed and undone
interrupted() {
    what=$1 expected=$2
    shift 2
    for moment in "Preparing to unpack .*/${expected}_" "Unpacking $expected " "Setting up $expected "; do
        setsid "$@" >/output 2>&1 &
        until grep -q "$moment" /output || ! kill -0 $! 2>/dev/null; do :; done
        grep -q "$moment" /output || fail "$what: never '$moment'"
        kill_change $!
        wait
        during="$(tools), $(library)"
        # The first command fails if a package was killed while being unpacked.
        { { dpkg --configure -a || true; } && "$@"; } >/output 2>&1 ||
            fail "$what, killed at '$moment': $(tail -n 20 /output)"
        echo "$what, killed at '$moment': then $during; finished: $(tools)"
        check "$expected"
        case $expected in
        kmod) to_kmodpp ;;
        *) to_kmod ;;
        esac >/output 2>&1 || fail "back: $(tail -n 20 /output)"
    done
}
to_kmod() { apt-get install -q -y kmod libkmod2-kmodpp-; }
to_kmodpp() { apt-get install -q -y /new/*.deb; }

apt-get update -qq
# shellcheck disable=SC2016
by_dpkg='dpkg -i /new/libkmodpp0.1_*.deb && dpkg -i /new/libkmod2-kmodpp_*.deb /new/kmodpp_*.deb'
kmod_deb() { (cd / && apt-get download -qq -o APT::Sandbox::User=root kmod && ls /kmod_*.deb); }

change "apt: kmod to kmodpp" kmodpp moment to_kmodpp
change "apt: to a newer kmodpp" kmodpp none apt-get install -q -y /newer/*.deb
change "apt: without libkmod2" kmodpp none apt-get remove -q -y libkmod2
change "apt: kmodpp to kmod" kmod moment apt-get install -q -y kmod libkmod2-kmodpp- libkmod2
# dpkg does not order packages: those that kmodpp pre-depends on come first.
change "dpkg: kmod to kmodpp" kmodpp none sh -c "$by_dpkg"
deb=$(kmod_deb)
# Debian's kmod does not declare that it replaces ours, and the removal after a forced installation
# would delete its files.
change "dpkg: kmodpp to kmod" kmod moment sh -c \
    "dpkg --no-triggers --force-depends -r kmodpp libkmod2-kmodpp && dpkg -i $deb && dpkg --configure -a"
interrupted "dpkg: kmod to kmodpp" kmodpp sh -c "$by_dpkg"
# Without --reinstall, apt does not complete a package that was killed while being unpacked: it counts as installed.
interrupted "apt: kmod to kmodpp" kmodpp apt-get install -q -y --reinstall /new/kmodpp_*.deb /new/libkmodpp0.1_*.deb /new/libkmod2-kmodpp_*.deb
to_kmodpp >/output 2>&1 || fail "$(tail -n 20 /output)"
interrupted "apt: kmodpp to kmod" kmod apt-get install -q -y --reinstall kmod libkmod2-kmodpp-
change "apt: to kmod once more" kmod moment to_kmod
change "apt: kmodpp is purged" kmod none apt-get purge -q -y kmodpp libkmod2-kmodpp libkmodpp0.1
left=$(find / -xdev -path /proc -prune -o -path '*kmodpp*' -print | grep -vE '^/(kmodpp|new|newer|tmp|var/(cache|log|tmp))(/|$)' || true)
[ -z "$left" ] || fail "left behind: $left"
exit $failed
END
chroot "$root" /bin/sh /changes
