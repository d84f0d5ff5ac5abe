#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Converts a man page from stdin to stdout with scdoc; the argument is the path of scdoc. Adds the
# first line that tells man to run tbl on a page with tables, which scdoc omits.
set -e
page=$("$1")
case $page in
*'
.TS'*) printf "'%s\n" '\" t' ;;
esac
printf '%s\n' "$page"
