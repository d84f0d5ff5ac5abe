// SPDX-License-Identifier: LGPL-2.1-or-later
// Making, describing and passing on errors inside the library.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/result.hpp>

namespace kmodpp {

/// A failure that no system call reported.
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string message,
                                          int code = 0);

/// A failed system call: "ATTEMPT: strerror(code)", with the kind that belongs to the
/// errno.
[[nodiscard]] std::unexpected<Error> fail_errno(int code, std::string_view attempt);

/// The kind that an errno stands for.
[[nodiscard]] ErrorKind kind_of_errno(int code);

/// The same error with "CONTEXT: " in front. Added once per layer.
[[nodiscard]] Error within(Error error, std::string_view context);

}  // namespace kmodpp

/// Leaves the function with the error of `expr`, if it has one.
#define TRY(expr)                                                   \
    do {                                                            \
        if (auto try_status_ = (expr); !try_status_)                \
            return std::unexpected(std::move(try_status_).error()); \
    } while (false)

#define KMODPP_CAT_(a, b) a##b
#define KMODPP_CAT(a, b) KMODPP_CAT_(a, b)

/// Declares `decl` with the value of `expr`, or leaves the function with its error.
#define TRY_ASSIGN(decl, ...) \
    TRY_ASSIGN_(KMODPP_CAT(try_value_, __LINE__), decl, (__VA_ARGS__))
#define TRY_ASSIGN_(tmp, decl, expr)                          \
    auto tmp = expr;                                          \
    if (!tmp) return std::unexpected(std::move(tmp).error()); \
    decl = *std::move(tmp)
