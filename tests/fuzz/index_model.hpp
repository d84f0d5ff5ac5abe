// SPDX-License-Identifier: LGPL-2.1-or-later
// A model of an index: a plain list of entries, searched without a trie.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/index_reader.hpp"

namespace kmodpp::test {

class IndexModel {
public:
    /// False if there are too many entries, because the work is quadratic.
    bool add(std::string_view key, const IndexValue& value);

    [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;
    /// Claims that these are the results of a wildcard search.
    void check_search(std::string_view query,
                      const std::vector<IndexMatch>& matches) const;
    /// Claims that an index written from the entries gives the same results.
    void check_rewritten() const;

private:
    struct Value {
        std::string text;
        std::uint32_t priority;
        bool operator==(const Value&) const = default;
    };
    [[nodiscard]] bool is_writable() const;

    std::map<std::string, std::vector<Value>, std::less<>> entries_;
    std::size_t bytes_ = 0;
};

}  // namespace kmodpp::test
