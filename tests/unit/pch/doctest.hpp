// SPDX-License-Identifier: LGPL-2.1-or-later
// Precompiled for developer builds, for all unit tests.
#include <doctest/doctest.h>

#include "../../../libkmodpp/pch/standard.hpp"
