// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds a .bin index from keys and values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace kmodpp {

/// Borrows its strings.
struct IndexEntry {
    std::string_view key;
    std::string_view value;
    std::uint32_t priority = 0;
};

/// Why a text cannot be a key of an index, or part of a line in a text database: "it is
/// not ASCII"; empty if it can. Stricter than write_index(), which accepts control
/// characters.
[[nodiscard]] std::string_view key_fault(std::string_view text);

/// Builds an index of all entries, including duplicates. Values with the same key and
/// priority are stored in reverse order of \p entries.
/// \return malformed if a key contains a NUL or a byte above kMaxKeyByte, or is longer
/// than kMaxNameLength; unsupported if the index is too large for its offsets
[[nodiscard]] Result<std::string> write_index(std::vector<IndexEntry> entries);

}  // namespace kmodpp
