#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the tools and demonstrates them on a small module tree with a simulated kernel:
#   scripts/demo.sh           with the modules of testsuite-rootfs/demo
#   scripts/demo.sh --real    with the modules of Debian's current kernel package
# Every command is printed before it is run. KEEP=1 keeps the working directory, so that the commands can
# be repeated.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
"") real= ;;
--real) real=1 ;;
*) echo "usage: scripts/demo.sh [--real]" >&2; exit 2 ;;
esac

build=build/release
tools=$build/tools

say() { printf '\n# %s\n' "$*"; }
# Prints a command, then runs it.
run() {
    printf '$'
    printf ' %q' "$@"
    printf '\n'
    "$@"
}
# The same for a command that must fail.
run_failing() { if run "$@"; then echo "this command should have failed" >&2; exit 1; fi; }

build_tools() {
    scripts/install-deps.sh build
    local log
    log=$(mktemp)
    # shellcheck disable=SC2064 # expand the name now
    trap "rm -f '$log'" RETURN
    if [ ! -e $build/build.ninja ]; then
        meson setup $build --buildtype=release >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    fi
    ninja -C $build $(printf "tools/%s " insmod rmmod lsmod modinfo modprobe depmod kmod) tests/support/mkmodule >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
}

make_root() {
    root=$(mktemp -d "${TMPDIR:-/tmp}/kmodpp-demo.XXXXXX")
    if [ -n "${KEEP:-}" ]; then
        trap 'echo; echo "the tree is in $root"' EXIT
    else
        trap 'rm -rf "$root"' EXIT
    fi
}

show_small_tree() {
    cp -R testsuite-rootfs/demo/root/. "$root"
    $build/tests/support/mkmodule tree "$root"
    release=6.1.0-demo
    modules=$root/lib/modules/$release

    say "Build the databases of the tree, and show the dependencies."
    run $tools/depmod -b "$root" -C "$root/etc/depmod.d" -e -E "$root/boot/Module.symvers" $release
    run cat "$modules/modules.dep"

    say "Show which module an alias leads to, and what loading it would do."
    run $tools/modprobe --simulate "$root" --resolve-alias fs-ext4
    run $tools/modprobe --simulate "$root" --show-depends fs-ext4
    run $tools/modprobe --simulate "$root" --explain e1000

    say "Load it into the simulated kernel under the root, with its dependencies."
    run $tools/modprobe --simulate "$root" -v fs-ext4
    run $tools/modprobe --simulate "$root" pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00
    run $tools/lsmod --simulate "$root"
    run cat "$root/proc/modules"

    say "Show the contents of a compressed module, and a parameter in the kernel."
    run $tools/modinfo --simulate "$root" e1000
    run cat "$root/sys/module/e1000/parameters/debug"

    say "The kernel refuses a module for another kernel, and does not remove a module in use."
    run_failing $tools/modprobe --simulate "$root" stranger
    run cat "$root/var/log/kernel.log"
    run_failing $tools/rmmod --simulate "$root" jbd2

    say "Remove it again, with the dependencies that are no longer used."
    run $tools/modprobe --simulate "$root" -r -v fs-ext4
    run $tools/lsmod --simulate "$root"
}

show_real_tree() {
    local kernel
    kernel=$(scripts/fetch-kernel.sh)
    # The tools write into the tree, so use a temporary copy, with hard links if possible.
    cp -Rl "$kernel/." "$root" 2>/dev/null || cp -R "$kernel/." "$root"
    [ -e "$root/lib/modules" ] || { mkdir -p "$root/lib"; ln -s ../usr/lib/modules "$root/lib/modules"; }
    release=$(basename "$(echo "$root"/lib/modules/*)")
    mkdir -p "$root/etc/depmod.d"

    say "Build the databases of $(find -L "$root/lib/modules/$release" -name '*.ko*' | wc -l) modules."
    time run $tools/depmod -b "$root" -C "$root/etc/depmod.d" "$release"
    run wc -l "$root/lib/modules/$release/modules.dep" "$root/lib/modules/$release/modules.alias"

    say "Load a file system by its alias, and a sound card by its PCI alias."
    run $tools/modprobe --simulate "$root" -v fs-ext4
    run $tools/modprobe --simulate "$root" -v pci:v00008086d0000A170sv00001028sd000006E4bc04sc03i00
    run $tools/lsmod --simulate "$root"

    say "Show information about modules."
    run $tools/modinfo --simulate "$root" -F description ext4 snd_hda_intel
    run $tools/modinfo --simulate "$root" -F alias ext4

    say "Remove them with their dependencies."
    run $tools/modprobe --simulate "$root" -r snd_hda_intel ext4
    run $tools/lsmod --simulate "$root"
}

build_tools
make_root
if [ -n "$real" ]; then show_real_tree; else show_small_tree; fi
