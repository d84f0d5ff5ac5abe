#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs missing dependencies, makes a build with sanitizers and a release build, and runs the suites:
#   scripts/test.sh            all suites
#   scripts/test.sh SUITE...   some of: style unit tools library interop capi clients kernel
# The last line shows the number of tests. The exit status is 1 if a test failed or a suite ran no test.
set -eu
cd "$(dirname "$0")/.."

# suite: its meson suite in each build that it uses. In the release build, tools-release contains the tests
# of suite tools that the sanitizers rule out or whose limits depend on the optimisation; the others see
# the same code in both builds.
declare -A sanitize=([unit]=unit [tools]=tools [capi]=capi)
declare -A release=([style]=style [tools]=tools-release [library]=library [interop]=interop [capi]=capi
    [clients]=clients [kernel]=kernel)
# build: the arguments of meson for a new directory, and the options that the tests need in any directory.
# scripts/demo.sh makes build/release without -Dwerror, which would compile everything again if it changed.
declare -A profile_of=([sanitize]="--native-file build-dev.ini" [release]="--buildtype=release -Dwerror=true")
declare -A options_of=([sanitize]="" [release]="-Dcapi=enabled")
all_suites="style unit tools library interop capi clients kernel"

suites=${*:-$all_suites}
for suite in $suites; do
    if [ -z "${sanitize[$suite]:-}${release[$suite]:-}" ]; then
        echo "unknown suite '$suite'; the suites are: $all_suites" >&2
        exit 2
    fi
done

scripts/install-deps.sh test

make_build() {
    if [ ! -e "build/$1/build.ninja" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson setup "build/$1" ${profile_of[$1]} ${options_of[$1]} >"build-$1.log" 2>&1 ||
            { cat "build-$1.log"; exit 1; }
        rm -f "build-$1.log"
    elif [ -n "${options_of[$1]}" ]; then
        # shellcheck disable=SC2086 # a list of options
        meson configure "build/$1" ${options_of[$1]}
    fi
}

# All suites of a build run at once, so that a slow test at the end of one does not leave a processor idle.
passed=0
failed=0
for build in release sanitize; do
    declare -n suite_in=$build
    chosen=""
    for suite in $suites; do
        chosen+=" ${suite_in[$suite]:-}"
    done
    [ -n "${chosen// /}" ] || continue
    make_build $build
    echo "== $build:$chosen"
    log=build/$build/meson-logs/testlog-whole.json
    rm -f "$log"
    # meson builds what the suites need. Failures are counted below, from its log.
    # shellcheck disable=SC2086,SC2046 # lists of words
    if ! meson test -C "build/$build" --setup whole --print-errorlogs $(printf -- '--suite %s ' $chosen); then
        echo "-- failures above"
    fi
    [ -e "$log" ] || : >"$log"
    for suite in $chosen; do
        # Meson 1.0 writes "kmodpp:SUITE+SUITE / NAME", and Meson 1.12 "SUITE+SUITE - kmodpp:NAME".
        if ! grep -Eq "\"name\": \"(kmodpp:)?([^ ]*\\+)?$suite(\\+[^ ]*)? [/-] " "$log"; then
            echo "suite $suite ran no test in build/$build" >&2
            failed=$((failed + 1))
        fi
    done
    # Every test that did not pass is a failure, including skipped ones.
    ok=$(awk '/"result": "OK"/ {n++} END {print n + 0}' "$log")
    all=$(awk '/"result":/ {n++} END {print n + 0}' "$log")
    passed=$((passed + ok))
    failed=$((failed + all - ok))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
