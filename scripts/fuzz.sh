#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzes the readers of foreign bytes with libFuzzer, ASan and UBSan; needs clang 19 or later.
#   scripts/fuzz.sh                        every target in turn, 60 seconds each
#   scripts/fuzz.sh TARGET [SECONDS]       one of them
#   FUZZ_RUNS=N scripts/fuzz.sh …          ends a target after N inputs, or after its time
# What is found lies in build/fuzz/artefacts; the inputs that reached new code are kept in
# build/fuzz/corpus/TARGET. Exit 1 when something was found.
set -eu
cd "$(dirname "$0")/.."

targets=${1:-$(for target in tests/fuzz/*_fuzz.cpp; do basename "$target" _fuzz.cpp; done)}
seconds=${2:-60}
build=build/fuzz

suffix=
for version in "" -19 -20 -21 -22; do
    command -v "clang++$version" >/dev/null 2>&1 || continue
    number=$("clang++$version" -dumpversion | cut -d. -f1)
    if [ "$number" -ge 19 ]; then suffix=$version found=$number; break; fi
done
if [ -z "${found:-}" ]; then
    echo "fuzz.sh: no clang++ of version 19 or later" >&2
    exit 2
fi

if [ ! -e $build/build.ninja ]; then
    CC=clang$suffix CXX=clang++$suffix meson setup $build --buildtype=debugoptimized \
        -Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false -Dman=disabled \
        -Dcompletions=disabled -Dstatic_libstdcxx=false >/dev/null
fi
for target in $targets; do
    [ -e "tests/fuzz/${target}_fuzz.cpp" ] || { echo "fuzz.sh: no target '$target'" >&2; exit 2; }
    programs="${programs:-} tests/fuzz/fuzz-$target"
done
# shellcheck disable=SC2086 # a list of words
ninja -C $build --quiet $programs >/dev/null

# Larger seeds than the repository holds, of the kernel package and by the release build.
if [ ! -e $build/seeds ] && [ -x build/release/tools/depmod ]; then
    tests/fuzz/make_seeds.py --kernel "$(scripts/fetch-kernel.sh)" --tools build/release/tools \
        --mkmodule "$PWD/build/release/tests/support/mkmodule" --output $build/seeds
fi

# Most inputs that matter are short, and short ones are many a second.
longest() {
    case $1 in
    elf) echo 16384 ;;
    index | decompress) echo 8192 ;;
    *) echo 2048 ;;
    esac
}

# One target makes files.
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; fi

mkdir -p $build/artefacts
status=0
for target in $targets; do
    mkdir -p "$build/corpus/$target" "$build/seeds/$target"
    log=$build/$target.log
    $build/tests/fuzz/fuzz-"$target" -max_total_time="$seconds" -runs="${FUZZ_RUNS:--1}" \
        -rss_limit_mb=1024 -malloc_limit_mb=256 -timeout=2 -max_len="$(longest "$target")" -print_final_stats=1 \
        -dict=tests/fuzz/dictionaries/"$target".dict -artifact_prefix=$build/artefacts/"$target"- \
        "$build/corpus/$target" tests/fuzz/corpus/"$target" "$build/seeds/$target" >"$log" 2>&1 || {
        # Seconds pass for a program that others keep from running, too.
        slow=$(sed -n 's/.*Test unit written to \(.*-timeout-.*\)/\1/p' "$log" | tail -n 1)
        if [ -n "$slow" ] && timeout 20 $build/tests/fuzz/fuzz-"$target" -timeout=2 "$slow" >/dev/null 2>&1; then
            echo "$target: ended early, for the machine was busy"
            rm -f "$slow"
        else
            status=1
            echo "$target: found something, see $log"
            grep -E 'ERROR|does not hold|SUMMARY|Test unit written' "$log" || tail -n 5 "$log"
        fi
    }
    printf '%-18s %s inputs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
done
exit $status
