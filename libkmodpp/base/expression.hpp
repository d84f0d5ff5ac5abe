// SPDX-License-Identifier: LGPL-2.1-or-later
// Extended regular expressions of foreign files, in bounded time and memory. The C
// library's dies of deep ones and does not come back from repetitions of repetitions.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace kmodpp {

/// A POSIX extended regular expression in the C locale (source: regex(7)): `.`, sets with
/// classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`, `$`, and \w \W \s \S as the C
/// library has them. Immutable.
class Expression {
public:
    /// malformed: not an expression, or one beyond kMaxGroups or kMaxSteps. unsupported:
    /// references back and word boundaries.
    [[nodiscard]] static Result<Expression> compile(std::string_view pattern);

    /// True when it matches somewhere in the text. At most kMaxSteps for each character.
    [[nodiscard]] bool matches_in(std::string_view text) const;

    static constexpr std::size_t kMaxGroups = 32;  ///< one within the other
    static constexpr std::size_t kMaxSteps = 4096;

private:
    class Parser;
    using Set = std::bitset<256>;
    /// Distances are relative, so that a part can be repeated by copying it.
    struct Step {
        enum class Kind { character, fork, jump, begin, end };
        Kind kind;
        std::ptrdiff_t to = 1;  ///< of a jump, and the second way of a fork
        Set set = {};
    };
    using Part = std::vector<Step>;

    Part steps_;
};

}  // namespace kmodpp
