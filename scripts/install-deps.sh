#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing dependencies:
#   scripts/install-deps.sh build    to build everything
#   scripts/install-deps.sh test     to run the tests as well
# Uses apt-get, as root or through sudo. If it cannot install a dependency, it prints its name and exits
# with status 1.
set -eu

what=${1:-build}
case $what in
build | test) ;;
*) echo "usage: scripts/install-deps.sh build|test" >&2; exit 2 ;;
esac

# Prints the dependencies, each with the Debian package that contains it: cmd:NAME is a command, pc:NAME a
# pkg-config module, inc:PATH a header, lib:NAME a shared library.
needs_of() {
    cat <<'END'
cmd:meson meson
cmd:ninja ninja-build
cmd:g++ g++
cmd:pkg-config pkg-config
cmd:python3 python3
cmd:scdoc scdoc
cmd:xz xz-utils
cmd:zstd zstd
cmd:gzip gzip
pc:libzstd libzstd-dev
pc:liblzma liblzma-dev
pc:libdeflate libdeflate-dev
pc:zlib zlib1g-dev
pc:libcrypto libssl-dev
inc:boost/filesystem.hpp libboost-filesystem-dev
inc:doctest/doctest.h doctest-dev
inc:nlohmann/json.hpp nlohmann-json3-dev
END
    if [ "$1" = test ]; then
        cat <<'END'
cmd:kmod kmod
inc:libkmod.h libkmod-dev
cmd:abidiff abigail-tools
cmd:cmake cmake
cmd:codespell codespell
cmd:cpio cpio
cmd:qemu-system-x86_64 qemu-system-x86
cmd:make make
lib:libelf.so.1 libelf1
cmd:busybox busybox-static
cmd:mke2fs e2fsprogs
cmd:openssl openssl
cmd:strace strace
cmd:debootstrap debootstrap
cmd:unshare util-linux
cmd:valgrind valgrind
cmd:zsh zsh
cmd:fish fish
END
        # The headers of Debian's kernel need this compiler; on later releases, it is the default one.
        ! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || echo cmd:gcc-12 gcc-12
    fi
}

is_there() {
    case $1 in
    # kmod and other commands are in /sbin, which is not in the PATH of every user.
    cmd:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    lib:*) /sbin/ldconfig -p 2>/dev/null | grep -q "^[[:space:]]*${1#lib:} " ;;
    inc:*) printf '#include <%s>\n' "${1#inc:}" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1 ;;
    esac
}

missing_of() {
    needs_of "$1" | while read -r need package; do
        is_there "$need" || printf '%s %s\n' "$need" "$package"
    done
}

missing=$(missing_of "$what")
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
fi
if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || command -v sudo >/dev/null 2>&1; }; then
    packages=$(printf '%s\n' "$missing" | cut -d' ' -f2 | sort -u)
    echo "installing:" $packages
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # shellcheck disable=SC2086 # lists of words
    {
        $as_root apt-get update -qq >"$log" 2>&1 || true
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $packages >>"$log" 2>&1 || tail -n 5 "$log" >&2
    }
    missing=$(missing_of "$what")
    [ -n "$missing" ] || exit 0
fi

{
    echo "these dependencies are missing and cannot be installed by this script (Debian packages in parentheses):"
    printf '%s\n' "$missing" | sed 's/^cmd:/  command /; s/^pc:/  pkg-config module /; s/^inc:/  header /; s/^lib:/  library /; s/ \([^ ]*\)$/ (\1)/'
} >&2
exit 1
