#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of an unpacked OpenSSL that knows ML-DSA (3.5, of Debian 13) with the C
# library that it needs.
exec "$(dirname "$0")/fetch-packages.sh" newer-openssl trixie openssl libssl3t64 libc6 libzstd1 zlib1g
