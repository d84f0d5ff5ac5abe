// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The result of every call that can fail: a value, or an Error that states what was
/// attempted, on what, and why it failed. The library does not throw.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <kmodpp/export.hpp>

#ifndef __cpp_lib_expected
#error "kmodpp returns std::expected: build as C++23 (-std=c++23)"
#endif

namespace kmodpp {

/// The few kinds of failure that a caller can act on.
enum class ErrorKind {
    not_found,    ///< does not exist
    malformed,    ///< the input or an argument is not well-formed
    unsupported,  ///< valid, but not something this build or kernel can do
    denied,       ///< permission, policy or signature
    busy,         ///< in use now; a later try may succeed
    io,           ///< the operating system refused or failed
    conflict,     ///< already exists, or contradicts something that exists
};
/// A stable name for programs: "not_found".
[[nodiscard]] KMODPP_API std::string_view to_string(ErrorKind kind);

/// A failure. Value type; safe to copy between threads.
struct Error {
    ErrorKind kind = ErrorKind::io;  ///< kind of the failure
    /// The errno of the system call or of the (real or simulated) kernel; 0 if no call
    /// failed.
    int code = 0;
    /// One line without a trailing newline: "modules.dep.bin: node 0x1f4: …".
    std::string message;
};

/// A value or an error.
template <class T>
using Result = std::expected<T, Error>;
/// Success or an error.
using Status = Result<void>;

}  // namespace kmodpp
