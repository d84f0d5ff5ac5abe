// SPDX-License-Identifier: LGPL-2.1-or-later
// Shell wildcards as alias patterns use them: *, ?, [set], [!set], \c.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kmodpp {

/// True when the whole of `text` matches. A '[' that nothing closes stands for itself.
/// Agrees with fnmatch(3) without flags in the C locale, but for classes such as
/// [[:alpha:]], which no alias uses and which are read as plain sets. Needs at most
/// pattern x text steps for any pattern, hostile ones included.
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view text);

/// The same for whoever matches many patterns in one go. nullopt when it takes more than
/// \p steps, from which those that were taken are subtracted.
[[nodiscard]] std::optional<bool> wildcard_match_within(std::string_view pattern,
                                                        std::string_view text,
                                                        std::size_t& steps);

/// True when the text holds a character that begins a wildcard (*, ?, [).
[[nodiscard]] bool has_wildcard(std::string_view text);

}  // namespace kmodpp
