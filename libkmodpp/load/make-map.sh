#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the version script of libkmodpp-load: what the programs call, and what the other libraries use.
#   make-map.sh NM LIBKMODPP_LOAD LIBRARY...
set -eu
nm=$1 load=$2
shift 2
symbols() { "$nm" -D --format=posix "$@" | sed 's/[@ ].*//' | LC_ALL=C sort -u; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
symbols --defined-only "$load" >"$work/defined"
symbols --undefined-only "$@" >"$work/used"
echo "KMODPP_PRIVATE {"
echo "    global:"
echo "        kmodpp_*;"
LC_ALL=C comm -12 "$work/defined" "$work/used" | sed '/^kmodpp_/d; s/.*/        &;/'
echo "    local:"
echo "        *;"
echo "};"
