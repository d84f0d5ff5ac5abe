// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What leaves the shared libraries, and what a program must be built with to use it.
#pragma once

#include <version>

// Strings, vectors and functions of the standard library cross the border by value, so
// both sides must agree on their layout.
#ifndef __GLIBCXX__
#error "kmodpp is built with libstdc++: build with it too (clang: -stdlib=libstdc++)"
#elif !_GLIBCXX_USE_CXX11_ABI
#error "kmodpp has the std::string of C++11: build without _GLIBCXX_USE_CXX11_ABI=0"
#elif defined(_GLIBCXX_DEBUG)
#error \
    "kmodpp has ordinary containers: build with _GLIBCXX_ASSERTIONS, not _GLIBCXX_DEBUG"
#endif

/// Marks the declarations that leave the shared libraries; everything else is hidden.
#define KMODPP_API __attribute__((visibility("default")))
/// Marks a member of such a class that stays inside.
#define KMODPP_LOCAL __attribute__((visibility("hidden")))
