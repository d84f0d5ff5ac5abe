// SPDX-License-Identifier: LGPL-2.1-or-later
// A second reader of .bin indexes, as plain as can be, to hold the library's against.
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

/// All that an index says, in the order of its bytes; nullopt: it points out of itself,
/// or in circles.
[[nodiscard]] std::optional<std::vector<PlainEntry>> plain_index(const std::string& file);

/// How the library's reader contradicts the bytes of an index: by what it lists, or by
/// how it answers a query. Empty: it does not, or it refuses.
[[nodiscard]] std::string contradiction(const std::string& file,
                                        const std::vector<std::string>& queries);

}  // namespace kmodpp::test
