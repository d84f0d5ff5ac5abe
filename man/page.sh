#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a man page with scdoc, which is the argument. man runs tbl if the first line says so, which
# scdoc does not write.
set -e
page=$("$1")
case $page in
*'
.TS'*) printf "'%s\n" '\" t' ;;
esac
printf '%s\n' "$page"
