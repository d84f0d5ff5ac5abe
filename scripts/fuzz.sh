#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzes the readers of untrusted input with libFuzzer, ASan and UBSan. Requires clang 19 or later.
#   scripts/fuzz.sh                        every target in turn, 60 seconds each
#   scripts/fuzz.sh TARGET [SECONDS]       one target
#   FUZZ_RUNS=N scripts/fuzz.sh …          stop each target after N inputs at the latest
# Inputs that reveal a defect are stored in build/fuzz/artefacts, and inputs that reach new code in
# build/fuzz/corpus/TARGET. The exit status is 1 if a defect was found.
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
    echo "fuzz.sh: clang++ 19 or later was not found" >&2
    exit 2
fi

if [ ! -e $build/build.ninja ]; then
    CC=clang$suffix CXX=clang++$suffix meson setup $build --buildtype=debugoptimized \
        -Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false -Dman=disabled \
        -Dcompletions=disabled -Dstatic_libstdcxx=false >/dev/null
fi
for target in $targets; do
    [ -e "tests/fuzz/${target}_fuzz.cpp" ] || { echo "fuzz.sh: unknown target '$target'" >&2; exit 2; }
    programs="${programs:-} tests/fuzz/fuzz-$target"
done
# shellcheck disable=SC2086 # a list of words
ninja -C $build --quiet $programs >/dev/null

# Create larger seeds than those in the repository, from the kernel package with the release build.
if [ ! -e $build/seeds ] && [ -x build/release/tools/depmod ]; then
    tests/fuzz/make_seeds.py --kernel "$(scripts/fetch-kernel.sh)" --tools build/release/tools \
        --mkmodule "$PWD/build/release/tests/support/mkmodule" --output $build/seeds
fi

# Most relevant inputs are short, and short inputs run faster.
longest() {
    case $1 in
    elf) echo 16384 ;;
    index | decompress) echo 8192 ;;
    *) echo 2048 ;;
    esac
}

# One target creates files: use a file system in memory.
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
        # On a busy machine, an input can time out although it needs little processor time.
        slow=$(sed -n 's/.*Test unit written to \(.*-timeout-.*\)/\1/p' "$log" | tail -n 1)
        if [ -n "$slow" ] && timeout 20 $build/tests/fuzz/fuzz-"$target" -timeout=2 "$slow" >/dev/null 2>&1; then
            echo "$target: stopped early, because the machine was busy"
            rm -f "$slow"
        else
            status=1
            echo "$target: found a defect, see $log"
            grep -E 'ERROR|does not hold|SUMMARY|Test unit written' "$log" || tail -n 5 "$log"
        fi
    }
    printf '%-18s %s inputs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
done
exit $status
