#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the directory of the unpacked OpenSSL 3.5 of Debian 13, which supports ML-DSA, and the
# libraries that it needs.
exec "$(dirname "$0")/fetch-packages.sh" newer-openssl trixie openssl libssl3t64 libc6 libzstd1 zlib1g
