// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// How every fallible call of the library answers: a value, or an Error that says what
/// was attempted, on what, and why it failed. The library throws nothing of its own.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <kmodpp/export.hpp>

#ifndef __cpp_lib_expected
#error "kmodpp answers with std::expected: build as C++23 (-std=c++23)"
#endif

namespace kmodpp {

/// The few kinds of failure that a caller can act on.
enum class ErrorKind {
    not_found,    ///< what was named does not exist
    malformed,    ///< foreign bytes or arguments that break their format
    unsupported,  ///< valid, but not something this build or kernel can do
    denied,       ///< permission, policy or signature
    busy,         ///< in use now; a later try may succeed
    io,           ///< the operating system refused or failed
    conflict,     ///< it exists already, or contradicts something that does
};

/// A failure. Value type; safe to copy between threads.
struct Error {
    ErrorKind kind = ErrorKind::io;  ///< what a caller may act on
    /// The errno of the system call or of the (real or simulated) kernel; 0 when no call
    /// failed.
    int code = 0;
    /// One line without a trailing newline: "modules.dep.bin: node 0x1f4: …".
    std::string message;
};

/// A value, or why there is none. Discarding one is a warning of the compiler where the
/// function is marked.
template <class T>
using Result = std::expected<T, Error>;
/// Done, or why not.
using Status = Result<void>;

}  // namespace kmodpp
