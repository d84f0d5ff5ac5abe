#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds, packages and uses kmodpp on Debian releases, each in its own chroot:
#   scripts/check-distributions.sh [--work DIR] [--steps "STEP..."] [bookworm|trixie|sid]...
# Run it by hand, as root; it needs debootstrap and takes hours for all releases. It uses the committed
# files. The chroots and the logs remain in DIR (default build/distributions), and a step that has passed
# is not run again unless --steps names it; delete DIR to start over. Prints a table with the result of
# each step.
set -eu
cd "$(dirname "$0")/.."

declare -A what=(
    [demo]="\`scripts/demo.sh\`"
    [real]="\`scripts/demo.sh --real\`"
    [tests]="\`scripts/test.sh style unit tools\`"
    [gcc]="-Werror, GCC"
    [clang]="-Werror, clang"
    [packages]="\`scripts/package.sh\`, lintian"
    [changes]="kmod, kmodpp and back by apt and dpkg, killed in between"
    [autopkgtest]="\`debian/tests\` except for the boots"
    [boot]="an image of update-initramfs boots"
    [boot-alone]="the same without libkmod2"
    [dracut]="an image of dracut boots"
    [dracut-alone]="the same without libkmod2"
    [systemd]="systemd-modules-load, kernel-install"
    [dkms]="dkms: build, install, remove"
)
order="demo real tests gcc clang packages changes autopkgtest boot boot-alone dracut dracut-alone systemd dkms"

work=build/distributions
steps=
releases=
while [ $# -gt 0 ]; do
    case $1 in
    --work) work=${2:?--work: which directory?}; shift ;;
    --steps) steps=${2:?--steps: which steps?}; shift ;;
    bookworm | trixie | sid) releases+=" $1" ;;
    *)
        echo "usage: scripts/check-distributions.sh [--work DIR] [--steps \"STEP...\"] [bookworm|trixie|sid]..." >&2
        echo "steps: $order" >&2
        exit 2
        ;;
    esac
    shift
done
releases=${releases:-bookworm trixie sid}
for step in $steps; do
    [ -n "${what[$step]:-}" ] || { echo "unknown step '$step'; the steps are: $order" >&2; exit 2; }
done
mkdir -p "$work"
work=$(cd "$work" && pwd)

# --- chroots ----------------------------------------------------------------------------

make_chroot() { # RELEASE
    local root=$work/$1
    if [ ! -e "$root/etc/debian_version" ]; then
        rm -rf --one-file-system "$root.new"
        debootstrap --variant=minbase --include=ca-certificates "$1" "$root.new" \
            "${KMODPP_DEBIAN_MIRROR:-http://deb.debian.org}/debian" >"$work/$1.log" 2>&1 ||
            { tail "$work/$1.log" >&2; return 1; }
        # The chroot does not have to survive a power failure.
        echo force-unsafe-io >"$root.new/etc/dpkg/dpkg.cfg.d/check-distributions"
        mv "$root.new" "$root"
    fi
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    # Existing builds in the clone are kept.
    [ -d "$root/kmodpp" ] || git clone -q . "$root/kmodpp"
    git -C "$root/kmodpp" fetch -q "$PWD" HEAD
    git -C "$root/kmodpp" reset -q --hard FETCH_HEAD
}

# inside ROOT FUNCTION: runs a function of this script in a chroot, in /kmodpp, without the capability to
# load modules into the kernel of the host.
inside() {
    root=$1 code="set -eux; $(declare -f "$2" with_packages install); cd /kmodpp; $2" \
        unshare --mount --pid --fork setpriv --bounding-set -sys_module -- sh -euc '
        mount -t proc proc "$root/proc"
        mount --bind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-}" bash -c "$code"'
}

# The same in a copy of the chroot, which is deleted afterwards.
inside_copy() {
    local copy status=0
    copy=$(mktemp -d "$work/copy.XXXXXX")
    mkdir "$copy/upper" "$copy/work" "$copy/root"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$copy/upper,workdir=$copy/work" "$copy/root"
    (inside "$copy/root" "$2") || status=$?
    umount "$copy/root"
    rm -rf --one-file-system "$copy"
    return $status
}

# --- functions that run in a chroot --------------------------------------------------------------

install() { apt-get install -y -qq --no-install-recommends "$@" </dev/null; }

prepare() {
    apt-get update -qq
    install build-essential git meson ninja-build
}

# Installs a system with kmod and a kernel package, in which the packages are tested.
prepare_system() {
    install kmod libkmod2 udev initramfs-tools busybox zstd xz-utils linux-image-amd64 pciutils
}

# Replaces kmod with the packages, and installs PACKAGE...
with_packages() { # PACKAGE...
    install ./build/packages/{kmodpp,libkmodpp0.1,libkmod2-kmodpp}_*.deb "$@"
    kmod -V | grep -q ^kmodpp
}

step_demo() { scripts/demo.sh; }
step_real() { scripts/demo.sh --real; }
step_tests() { scripts/test.sh style unit tools; }

step_gcc() {
    scripts/install-deps.sh test
    [ -e build/gcc/build.ninja ] ||
        CXX=g++ meson setup build/gcc --buildtype=release -Dwerror=true -Dcapi=enabled -Db_pch=false
    ninja -C build/gcc
    g++ -dumpfullversion
}

step_clang() {
    scripts/install-deps.sh test
    # The newest version in the release.
    compiler=$(apt-cache pkgnames clang- | grep -xE 'clang-[0-9]+' | sort -V | tail -n 1)
    install "$compiler"
    [ -e build/clang/build.ninja ] ||
        CXX=clang++-${compiler#clang-} meson setup build/clang --buildtype=release -Dwerror=true -Dcapi=enabled
    ninja -C build/clang
    "$compiler" -dumpversion
}

step_packages() { scripts/package.sh --install-deps; }

step_autopkgtest() {
    install ./build/packages/{libkmodpp-dev,libkmod-kmodpp-dev}_*.deb \
        ./build/packages/{kmodpp,libkmodpp0.1,libkmod2-kmodpp}_*.deb cmake g++ make pkg-config systemd
    for test in simulated-kernel whole-kernel initramfs libkmod libkmodpp programs; do
        debian/tests/$test
    done
}

step_boot() {
    with_packages e2fsprogs qemu-system-x86
    debian/tests/boot
}

step_boot_alone() {
    with_packages e2fsprogs qemu-system-x86
    apt-get remove -y -qq libkmod2
    debian/tests/boot
}

step_dracut() {
    with_packages dracut-core cpio e2fsprogs qemu-system-x86
    debian/tests/dracut
}

step_dracut_alone() {
    with_packages dracut-core cpio e2fsprogs qemu-system-x86
    apt-get remove -y -qq libkmod2
    debian/tests/dracut
}

step_systemd() {
    with_packages systemd
    release=$(ls /lib/modules)
    echo no_such_module >/etc/modules-load.d/check.conf
    /usr/lib/systemd/systemd-modules-load 2>&1 | grep "Failed to find module 'no_such_module'"
    LD_DEBUG=libs /usr/lib/systemd/systemd-modules-load 2>&1 | grep 'calling init: .*/kmodpp/libkmod\.so\.2'
    systemd-machine-id-setup
    rm "/lib/modules/$release/modules.dep.bin"
    kernel-install add "$release" "/boot/vmlinuz-$release"
    [ -s "/lib/modules/$release/modules.dep.bin" ]
    modprobe -S "$release" -D ext4 | grep /ext4
    kernel-install remove "$release"
}

step_dkms() {
    with_packages dkms linux-headers-amd64
    release=$(ls /lib/modules)
    mkdir /usr/src/check-1
    printf 'PACKAGE_NAME=check\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME=check\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n' \
        >/usr/src/check-1/dkms.conf
    echo 'obj-m := check.o' >/usr/src/check-1/Makefile
    printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_ALIAS("check-alias");\n' >/usr/src/check-1/check.c
    dkms install check/1 -k "$release"
    dkms status | grep "check/1, $release.*installed"
    modinfo -k "$release" -F filename check | grep updates/dkms
    modprobe -S "$release" -D check-alias | grep updates/dkms/check
    dkms remove check/1 --all
    ! modinfo -k "$release" check
}

# --- functions that run on the host -------------------------------------------------------------

run_step() { # RELEASE STEP
    local root=$work/$1
    case $2 in
    changes) tests/packages/changes_test.sh "$root/kmodpp/build/packages" "$root" ;;
    autopkgtest | boot | boot-alone | dracut | dracut-alone | systemd | dkms) inside_copy "$root" "step_${2//-/_}" ;;
    *) inside "$root" "step_$2" ;;
    esac
}

failures=0
for release in $releases; do
    make_chroot "$release"
    logs=$work/$release.results
    mkdir -p "$logs"
    prepared=
    for step in ${steps:-$order}; do
        if [ -z "$steps" ] && grep -qs ^passed "$logs/$step"; then
            continue
        fi
        if [ -z "$prepared" ]; then
            (inside "$work/$release" prepare && inside "$work/$release" prepare_system) >"$logs/prepare.log" 2>&1 ||
                { tail -n 20 "$logs/prepare.log" >&2; exit 1; }
            prepared=yes
        fi
        SECONDS=0
        # Not in a condition, because "set -e" has no effect in functions that are called there.
        set +e
        (set -e; run_step "$release" "$step") >"$logs/$step.log" 2>&1
        status=$?
        set -e
        if [ $status -eq 0 ]; then result=passed; else result=FAILED failures=$((failures + 1)); fi
        echo "$result $(date +%F)" >"$logs/$step"
        echo "$release: $step: $result after $SECONDS s ($logs/$step.log)"
    done
done

printf '\n| |'
printf ' %s |' $releases
printf '\n| --- |'
for release in $releases; do printf ' --- |'; done
for step in $order; do
    printf '\n| %s |' "${what[$step]}"
    for release in $releases; do
        printf ' %s |' "$(cat "$work/$release.results/$step" 2>/dev/null || echo "not run")"
    done
done
echo
[ $failures -eq 0 ]
