// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Symbol visibility of the shared libraries, and requirements for programs that use
/// them.
#pragma once

#include <version>

// The interface passes strings, vectors and functions of the standard library by value,
// so the program and the library must agree on their layout.
#ifdef KMODPP_USES_LIBCXX  // in the flags of pkg-config, CMake and Meson
#ifndef _LIBCPP_VERSION
#error "kmodpp is built with libc++: build with it too (clang: -stdlib=libc++)"
#endif
#elif !defined(__GLIBCXX__)
#error "kmodpp is built with libstdc++: build with it too (clang: -stdlib=libstdc++)"
#elif !_GLIBCXX_USE_CXX11_ABI
#error "kmodpp uses the C++11 ABI of std::string: build without _GLIBCXX_USE_CXX11_ABI=0"
#elif defined(_GLIBCXX_DEBUG)
#error "kmodpp is built without _GLIBCXX_DEBUG: use _GLIBCXX_ASSERTIONS instead"
#endif

/// Marks exported declarations; everything else is hidden.
#define KMODPP_API __attribute__((visibility("default")))
/// Marks a hidden member of an exported class.
#define KMODPP_LOCAL __attribute__((visibility("hidden")))
