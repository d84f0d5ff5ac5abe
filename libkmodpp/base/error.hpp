// SPDX-License-Identifier: LGPL-2.1-or-later
// Creates errors inside the library, adds context to them, and passes them on.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <kmodpp/result.hpp>

namespace kmodpp {

/// A failure that no system call reported.
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string message,
                                          int code = 0);
/// The same for input that breaks the rules of its format.
[[nodiscard]] std::unexpected<Error> malformed(std::string message);

/// A failed system call: "ATTEMPT: strerror(code)", with the kind for the errno.
[[nodiscard]] std::unexpected<Error> fail_errno(int code, std::string_view attempt);

/// The error kind for an errno.
[[nodiscard]] ErrorKind kind_of_errno(int code);

/// The same error with "CONTEXT: " before its message. Each layer adds context once.
[[nodiscard]] Error within(Error error, std::string_view context);

namespace detail {

/// Converts to every result with this kind of error. With std::unexpected, each TRY would
/// move the error twice, which makes the libraries two percent larger.
template <class E>
struct PassedOn {
    E& error;

    template <class T>
    operator std::expected<T, E>() const {
        return std::expected<T, E>(std::unexpect, std::move(error));
    }
};

}  // namespace detail

}  // namespace kmodpp

/// Returns from the function with the error of `expr`, if it has one.
#define TRY(expr)                                                   \
    do {                                                            \
        if (auto try_status_ = (expr); !try_status_)                \
            return ::kmodpp::detail::PassedOn{try_status_.error()}; \
    } while (false)

#define KMODPP_CAT_(a, b) a##b
#define KMODPP_CAT(a, b) KMODPP_CAT_(a, b)

/// Declares `decl` with the value of `expr`, or returns from the function with its error.
#define TRY_ASSIGN(decl, ...) \
    TRY_ASSIGN_(KMODPP_CAT(try_value_, __LINE__), decl, (__VA_ARGS__))
#define TRY_ASSIGN_(tmp, decl, expr)                          \
    auto tmp = expr;                                          \
    if (!tmp) return ::kmodpp::detail::PassedOn{tmp.error()}; \
    decl = *std::move(tmp)
