#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of the unpacked kmod 34 of Debian 13 and the libraries that it needs.
exec "$(dirname "$0")/fetch-packages.sh" newer-kmod trixie kmod libkmod2 libkmod-dev libc6 \
    libssl3t64 libzstd1 liblzma5 zlib1g
