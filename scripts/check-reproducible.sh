#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and installs twice, from two copies of the sources in directories with different names and
# depths, at different times, with different languages, time zones and umasks, and compares every
# installed file and its mode:
#   scripts/check-reproducible.sh [MESON-OPTIONS...]
# Run it by hand: it makes two complete builds. Prints the differences; the exit status is 1 if there are
# any.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
moment=$(git log -1 --format=%ct)

build() { # NAME FOLDER ENVIRONMENT...
    local name=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    cp -a "$work/sources/." "$folder"
    # Meson refuses files with a time in the future.
    find "$folder" -exec touch -h -d "@$((moment - RANDOM))" {} +
    # Like distributions, keep the path of the build directory out of the files.
    env CCACHE_DISABLE=1 SOURCE_DATE_EPOCH="$moment" "$@" CXXFLAGS="-ffile-prefix-map=$folder=." \
        meson setup "$folder/build-$name" "$folder" --buildtype=release --prefix=/usr -Dcapi=enabled -Dtests=disabled \
        "${options[@]}" >"$work/$name.log" 2>&1 || { tail "$work/$name.log" >&2; exit 1; }
    env CCACHE_DISABLE=1 SOURCE_DATE_EPOCH="$moment" "$@" \
        sh -c 'umask "$BUILD_UMASK" && ninja -C "$0" >/dev/null && meson install -C "$0" --no-rebuild --quiet --destdir "$1"' \
        "$folder/build-$name" "$work/installed-$name"
}

options=("$@")
# Copy the sources, because they may be edited during the builds.
mkdir "$work/sources"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$work/sources"
build one "$work/a" LC_ALL=C TZ=UTC BUILD_UMASK=022
sleep 2
build other "$work/another/folder/of/sources" LC_ALL=C.UTF-8 TZ=Asia/Kolkata BUILD_UMASK=077 HOME=/nonexistent

listing() { (cd "$1" && find . -printf '%P %y %m %l\n' | sort); }
differ=0
diff <(listing "$work/installed-one") <(listing "$work/installed-other") || differ=1
files=0
while IFS= read -r file; do
    files=$((files + 1))
    cmp "$work/installed-one/$file" "$work/installed-other/$file" || differ=1
done < <(cd "$work/installed-one" && find . -type f | sort)
[ "$files" -gt 50 ] || { echo "only $files files were installed" >&2; exit 1; }
[ "$differ" -eq 0 ] || { echo "the two builds differ" >&2; exit 1; }
echo "$files files are identical in both builds"
