// SPDX-License-Identifier: LGPL-2.1-or-later
// A second, simple reader of .bin indexes, to check the library's reader against.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

struct PlainEntry {
    std::string key;
    std::uint32_t priority;
    std::string value;
    bool operator==(const PlainEntry&) const = default;
};

/// All entries of an index in file order; nullopt if an offset leaves the file or forms a
/// cycle.
[[nodiscard]] std::optional<std::vector<PlainEntry>> plain_index(const std::string& file);

/// Describes how the library's reader contradicts the bytes of an index, in its list or
/// in the result of a query. Empty if it does not, or if it refuses the index.
[[nodiscard]] std::string contradiction(const std::string& file,
                                        const std::vector<std::string>& queries);

}  // namespace kmodpp::test
