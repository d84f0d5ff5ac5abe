#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing dependencies, makes a build with sanitizers and a release build, and runs the suites:
#   scripts/test.sh            all suites
#   scripts/test.sh SUITE...   some of: style unit tools library interop capi clients kernel
# The last line shows the number of tests. The exit status is 1 if a test failed or a suite ran no test.
set -eu
cd "$(dirname "$0")/.."

# suite: the builds that it uses
declare -A builds_of=(
    [style]="release"
    [unit]="sanitize"
    [tools]="sanitize release"
    [library]="release"
    [interop]="release"
    [capi]="sanitize release"
    [clients]="release"
    [kernel]="release"
)
# build: the arguments of meson for a new directory, and the options of an existing one, which another
# script may have made
declare -A profile_of=([sanitize]="--native-file build-dev.ini" [release]="--buildtype=release")
declare -A options_of=([sanitize]="" [release]="-Dwerror=true -Dcapi=enabled")
all_suites="style unit tools library interop capi clients kernel"

suites=${*:-$all_suites}
for suite in $suites; do
    if [ -z "${builds_of[$suite]:-}" ]; then
        echo "unknown suite '$suite'; the suites are: $all_suites" >&2
        exit 2
    fi
done

scripts/install-deps.sh test

needed_builds=$(for suite in $suites; do printf '%s\n' ${builds_of[$suite]}; done | sort -u)
for build in $needed_builds; do
    if [ ! -e "build/$build/build.ninja" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson setup "build/$build" ${profile_of[$build]} ${options_of[$build]} >"build-$build.log" 2>&1 ||
            { cat "build-$build.log"; exit 1; }
        rm -f "build-$build.log"
    elif [ -n "${options_of[$build]}" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson configure "build/$build" ${options_of[$build]}
    fi
done

passed=0
failed=0
for suite in $suites; do
    for build in ${builds_of[$suite]}; do
        echo "== $suite ($build)"
        log=build/$build/meson-logs/testlog.json
        rm -f "$log"
        # meson builds what the suite needs. Failures are counted below, from its log.
        if ! meson test -C "build/$build" --suite "$suite" --print-errorlogs; then
            echo "-- failures above"
        fi
        [ -e "$log" ] || : >"$log"
        ok=$(awk '/"result": "OK"/ {n++} END {print n + 0}' "$log")
        all=$(awk '/"result":/ {n++} END {print n + 0}' "$log")
        if [ "$all" -eq 0 ]; then
            echo "suite $suite ran no test in build/$build" >&2
            failed=$((failed + 1))
        fi
        # Every test that did not pass is a failure, including skipped ones.
        passed=$((passed + ok))
        failed=$((failed + all - ok))
    done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
