// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of every unit test program.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
